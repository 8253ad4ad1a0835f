//! Files that hold nothing but kernel arguments: `/etc/kernel/cmdline`, `/etc/cmdline.d/*.conf`.
//!
//! White space, line ends included, separates arguments; lines that begin with `#` are no arguments to mkinitcpio,
//! and an unlikely thing to find where kernel-install alone reads the file. Source: kernel-install(8) and its
//! `90-loaderentry.install`; mkinitcpio(8), `--cmdline`.

use super::argument::{KernelArgument, OwnArgument};
use super::edit::{Edit, lines};
use super::error::{ConfigError, Refusal};
use super::words::{self, Field};

/// The arguments, in order.
///
/// # Errors
///
/// Refuses a quote that is not ended.
pub fn arguments(text: &str) -> Result<Vec<String>, ConfigError> {
    find(text)?.0.texts().map_err(|refusal: Refusal| refusal.at(text, 0))
}

/// Adds arguments that are not there yet, behind the last one.
///
/// # Errors
///
/// Refuses a quote that is not ended, and a contradiction.
pub fn add_arguments(text: &str, arguments: &[OwnArgument]) -> Result<Edit, ConfigError> {
    words::add(text, arguments, find)
}

/// Removes arguments; of one that is there more than once, the last. What is not there is no edit.
///
/// # Errors
///
/// Refuses a quote that is not ended.
pub fn remove_arguments(text: &str, arguments: &[KernelArgument]) -> Result<Edit, ConfigError> {
    words::remove(text, arguments, find)
}

/// The arguments of all lines that are no comments, and the comments.
fn find(text: &str) -> Result<(Field, Vec<String>), ConfigError> {
    let mut field = Field::plain(text, 0..0);
    let mut comments = Vec::new();
    for (range, line) in lines(text) {
        if line.starts_with('#') {
            comments.push(line.to_owned());
            continue;
        }
        if !field.atoms.is_empty() {
            field.push_gap(range.start);
        }
        field.start = range.start;
        field.push_plain(text, range);
    }
    if field.atoms.is_empty() && !comments.is_empty() && field.start == 0 {
        // Nothing but comments: there is no line that would take a word.
        return Err(Refusal::Malformed.at(text, 0));
    }
    Ok((field, comments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> Vec<OwnArgument> {
        vec![OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough]
    }

    #[test]
    fn arguments_in_and_out_again() {
        for (text, edited) in [
            ("root=UUID=1 ro quiet\n", "root=UUID=1 ro quiet intel_iommu=on iommu=pt\n"),
            ("root=UUID=1 ro", "root=UUID=1 ro intel_iommu=on iommu=pt"),
            ("root=UUID=1 \r\n", "root=UUID=1 intel_iommu=on iommu=pt \r\n"),
            ("a\nb\n\n", "a\nb intel_iommu=on iommu=pt\n\n"),
            ("# x\na b\n# \"y\n", "# x\na b intel_iommu=on iommu=pt\n# \"y\n"),
            ("", "intel_iommu=on iommu=pt"),
            ("\n", "intel_iommu=on iommu=pt\n"),
            ("a -- b\n", "a intel_iommu=on iommu=pt -- b\n"),
        ] {
            let added = add_arguments(text, &both()).unwrap();
            assert_eq!(added.text, edited);
            assert!(add_arguments(&added.text, &both()).unwrap().is_empty());
            let gone: Vec<KernelArgument> = added.added.iter().map(|one| one.parse().unwrap()).collect();
            assert_eq!(remove_arguments(&added.text, &gone).unwrap().text, text);
        }
    }

    #[test]
    fn what_is_no_line_of_arguments_is_refused() {
        let refused = |text: &str| add_arguments(text, &both()).unwrap_err().refusal;
        assert_eq!(refused("a=\"b c\nd\n"), Refusal::UnendedQuote);
        assert_eq!(refused("# nothing\n"), Refusal::Malformed);
        assert!(matches!(refused("iommu=off"), Refusal::Contradiction { .. }));
        assert_eq!(arguments("a \"b c\"\n# d\ne").unwrap(), ["a", "\"b c\"", "e"]);
    }
}
