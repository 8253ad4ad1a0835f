//! Entries of the Boot Loader Specification (`loader/entries/*.conf`), and systemd-boot's `loader.conf`.
//!
//! Lines of a key and a value; `options` may stand several times and counts together. Only entries that start a kernel
//! are edited. Source: UAPI.1 Boot Loader Specification, type 1; loader.conf(5); Fedora's `$kernelopts` and
//! `$tuned_params` are words like any other, and stay.

use std::ops::Range;

use super::argument::{KernelArgument, OwnArgument, word_ranges};
use super::edit::{Edit, append_line, cut_line, lines};
use super::error::{ConfigError, Refusal};
use super::words::{self, Field};

/// The key of the kernel's arguments.
const OPTIONS: &str = "options";

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// What the menu shows.
    pub title: Option<String>,
    /// The version of the kernel.
    pub version: Option<String>,
    /// What it is sorted by; entries with such a key come before those without.
    pub sort_key: Option<String>,
    /// The machine that it is of.
    pub machine_id: Option<String>,
    /// The kernel.
    pub linux: Option<String>,
    /// The initramfs images, in order.
    pub initrd: Vec<String>,
    /// The words of all `options`, in order, as written.
    pub options: Vec<String>,
}

impl Entry {
    /// Reads an entry. Keys that are not known are left out.
    ///
    /// # Errors
    ///
    /// Refuses `options` with a quote that is not ended, or with quotes around all of them.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut entry = Self::default();
        for (_, key, value) in pairs(text) {
            let value = || text.get(value.clone()).unwrap_or_default().to_owned();
            match key {
                "title" => entry.title = Some(value()),
                "version" => entry.version = Some(value()),
                "sort-key" => entry.sort_key = Some(value()),
                "machine-id" => entry.machine_id = Some(value()),
                "linux" => entry.linux = Some(value()),
                "initrd" => entry.initrd.push(value()),
                _ => {}
            }
        }
        if let Some(options) = field(text)? {
            entry.options = options.texts().map_err(|refusal: Refusal| refusal.at(text, options.start))?;
        }
        Ok(entry)
    }
}

/// The text of an entry of our own.
///
/// # Errors
///
/// Refuses values that are empty, of more than one line, or with blanks at an end.
pub fn make(
    title: &str,
    version: &str,
    linux: &str,
    initrd: &[String],
    options: &[String],
) -> Result<String, ConfigError> {
    let options = options.join(" ");
    let mut lines = vec![("title", title), ("version", version), ("linux", linux)];
    lines.extend(initrd.iter().map(|image| ("initrd", image.as_str())));
    lines.push((OPTIONS, &options));
    let mut text = String::new();
    for (key, value) in lines {
        if value.is_empty() || value.trim() != value || value.contains(char::is_control) {
            return Err(Refusal::NotAllowed(value.to_owned()).at(&text, text.len()));
        }
        text.push_str(&format!("{key} {value}\n"));
    }
    Ok(text)
}

/// The settings of `loader.conf`, in order.
pub fn loader_settings(text: &str) -> Vec<(&str, &str)> {
    pairs(text).map(|(_, key, value)| (key, text.get(value).unwrap_or_default())).collect()
}

/// Adds arguments that are not there yet, behind the last one; an entry without `options` gets a line for them.
///
/// # Errors
///
/// Refuses an entry that starts no kernel, `options` without a word, quotes that are not understood, and a
/// contradiction.
pub fn add_arguments(text: &str, arguments: &[OwnArgument]) -> Result<Edit, ConfigError> {
    if pairs(text).filter(|(_, key, _)| *key == "linux").count() != 1 {
        return Err(Refusal::Missing("linux".to_owned()).at(text, 0));
    }
    let Some(options) = field(text)? else {
        let refuse = || Refusal::ReadBack.at(text, text.len());
        let mut with = append_line(text, &format!("{OPTIONS} ")).apply(text).ok_or_else(refuse)?;
        // Words are added to the line only, so whatever else is in the text must be in it now.
        let mut expected = rest(text);
        expected.push(OPTIONS.to_owned());
        if rest(&with) != expected {
            return Err(refuse());
        }
        let edit = words::add(&with, arguments, find)?;
        with = edit.text.clone();
        return Ok(if edit.is_empty() { Edit::unchanged(text) } else { Edit { text: with, ..edit } });
    };
    let empty = options.texts().is_ok_and(|words| words.is_empty());
    if empty && !arguments.is_empty() {
        return Err(Refusal::Malformed.at(text, options.start));
    }
    words::add(text, arguments, find)
}

/// Removes arguments; of one that is there more than once, the last. `options` without a word left goes, too.
///
/// # Errors
///
/// Refuses quotes that are not understood.
pub fn remove_arguments(text: &str, arguments: &[KernelArgument]) -> Result<Edit, ConfigError> {
    if field(text)?.is_none() {
        return Ok(Edit::unchanged(text));
    }
    let mut edit = words::remove(text, arguments, find)?;
    let options: Vec<_> = pairs(&edit.text).filter(|(_, key, _)| *key == OPTIONS).collect();
    let emptied = match options.as_slice() {
        [(line, _, value)] if value.is_empty() && !edit.is_empty() => Some(line.clone()),
        _ => None,
    };
    if let Some(line) = emptied {
        let refuse = || Refusal::ReadBack.at(&edit.text, line.start);
        let without = cut_line(&edit.text, &line).apply(&edit.text).ok_or_else(refuse)?;
        let mut expected = rest(&edit.text);
        expected.retain(|line| line != OPTIONS);
        if rest(&without) != expected {
            return Err(refuse());
        }
        edit.text = without;
    }
    Ok(edit)
}

fn find(text: &str) -> Result<(Field, Vec<String>), ConfigError> {
    let missing = || Refusal::Missing(OPTIONS.to_owned()).at(text, text.len());
    Ok((field(text)?.ok_or_else(missing)?, rest(text)))
}

/// Every line as it is, and of `options` the key.
fn rest(text: &str) -> Vec<String> {
    let line = |(_, line): (_, &str)| match key_and_value(line) {
        Some((OPTIONS, _)) => OPTIONS.to_owned(),
        _ => line.to_owned(),
    };
    lines(text).map(line).collect()
}

fn field(text: &str) -> Result<Option<Field>, ConfigError> {
    let mut field: Option<Field> = None;
    for (line, _, value) in pairs(text).filter(|(_, key, _)| *key == OPTIONS) {
        let words = text.get(value.clone()).unwrap_or_default();
        // systemd-boot takes quotes around a whole value off, GRUB does not.
        if words.len() > 1 && words.starts_with('"') && words.ends_with('"') {
            return Err(Refusal::Malformed.at(text, value.start));
        }
        if !word_ranges(words).1 {
            return Err(Refusal::UnendedQuote.at(text, value.start));
        }
        // With the blanks behind it, so that the first word of an empty value does not touch the key.
        let whole = value.start..line.end;
        match &mut field {
            None => field = Some(Field::plain(text, whole)),
            Some(field) => {
                field.push_gap(whole.start);
                field.start = whole.start;
                field.push_plain(text, whole);
            }
        }
    }
    Ok(field)
}

/// The lines that are neither empty nor comments: the line, its key, and the range of its value.
fn pairs(text: &str) -> impl Iterator<Item = (Range<usize>, &str, Range<usize>)> {
    lines(text).filter_map(|(range, line)| {
        let (key, value) = key_and_value(line)?;
        Some((range.clone(), key, range.start + value.start..range.start + value.end))
    })
}

fn key_and_value(line: &str) -> Option<(&str, Range<usize>)> {
    let blank = [' ', '\t'];
    let body = line.trim_start_matches(blank);
    if body.is_empty() || body.starts_with('#') {
        return None;
    }
    let key = body.split(blank).next()?;
    let value = body.get(key.len()..)?.trim_start_matches(blank);
    let start = line.len() - value.len();
    Some((key, start..start + value.trim_end_matches([' ', '\t', '\r']).len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEDORA: &str = "title Fedora Linux (6.17.4-300.fc43.x86_64) 43 (Workstation Edition)\nversion 6.17.4-300.fc43.x86_64\n\
        linux /vmlinuz-6.17.4-300.fc43.x86_64\ninitrd /initramfs-6.17.4-300.fc43.x86_64.img $tuned_initrd\n\
        options root=UUID=0a rootflags=subvol=root ro rhgb quiet $tuned_params\ngrub_users $grub_users\ngrub_class fedora\n";
    const DEBIAN: &str = "# Boot Loader Specification type#1 entry\n# File created by /usr/lib/kernel/install.d/90-loaderentry.install\n\
        title      Debian GNU/Linux 13 (trixie)\nversion    6.12.43+deb13-amd64\nmachine-id 0123\nsort-key   debian\n\
        options    root=UUID=1 quiet systemd.machine_id=0123\noptions\tsplash\nlinux      /0123/6.12.43/linux\ninitrd     /0123/6.12.43/initrd.img\n";
    const MINIMAL: &str = "title Arch\nlinux /vmlinuz-linux\ninitrd /initramfs-linux.img";

    fn both() -> Vec<OwnArgument> {
        vec![OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough]
    }

    fn there_and_back(text: &str) -> String {
        let added = add_arguments(text, &both()).unwrap();
        assert!(add_arguments(&added.text, &both()).unwrap().is_empty());
        let gone: Vec<KernelArgument> = added.added.iter().map(|one| one.parse().unwrap()).collect();
        assert_eq!(remove_arguments(&added.text, &gone).unwrap().text, text);
        added.text
    }

    #[test]
    fn arguments_in_and_out_again() {
        assert_eq!(
            there_and_back(FEDORA),
            FEDORA.replace("$tuned_params", "$tuned_params intel_iommu=on iommu=pt")
        );
        assert_eq!(there_and_back(DEBIAN), DEBIAN.replace("\tsplash", "\tsplash intel_iommu=on iommu=pt"));
        assert_eq!(there_and_back(MINIMAL), format!("{MINIMAL}\noptions intel_iommu=on iommu=pt"));
        let crlf = DEBIAN.replace('\n', "\r\n");
        assert_eq!(there_and_back(&crlf), crlf.replace("\tsplash", "\tsplash intel_iommu=on iommu=pt"));
        let spaced = "linux /x\noptions  a b \t\n";
        assert_eq!(there_and_back(spaced), "linux /x\noptions  a b intel_iommu=on iommu=pt \t\n");
    }

    #[test]
    fn entries_are_read() {
        let entry = Entry::parse(DEBIAN).unwrap();
        assert_eq!(entry.options, ["root=UUID=1", "quiet", "systemd.machine_id=0123", "splash"]);
        assert_eq!(entry.sort_key.as_deref(), Some("debian"));
        assert_eq!(entry.linux.as_deref(), Some("/0123/6.12.43/linux"));
        assert_eq!(Entry::parse("").unwrap(), Entry::default());
        let settings = loader_settings("#x\ndefault  debian-*\ntimeout 3\neditor\n");
        assert_eq!(settings, [("default", "debian-*"), ("timeout", "3"), ("editor", "")]);
    }

    #[test]
    fn entries_that_are_not_plain_are_refused() {
        let refused = |text: &str| add_arguments(text, &both()).unwrap_err().refusal;
        assert_eq!(refused("title Windows\nefi /EFI/x.efi\n"), Refusal::Missing("linux".to_owned()));
        assert_eq!(refused("linux /x\noptions \"a b\"\n"), Refusal::Malformed);
        assert_eq!(refused("linux /x\noptions a \"b\noptions c\"\n"), Refusal::UnendedQuote);
        assert_eq!(refused("linux /x\noptions\n"), Refusal::Malformed);
        assert!(matches!(refused("linux /x\noptions iommu=off\n"), Refusal::Contradiction { .. }));
    }

    #[test]
    fn an_entry_of_our_own_reads_back() {
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (initrd, options) =
            (strings(&["/ucode.img", "/gangway/initrd.img"]), strings(&["root=UUID=1", "panic=30"]));
        let text = make("Gangway trial", "6.12", "/vmlinuz", &initrd, &options).unwrap();
        let entry = Entry::parse(&text).unwrap();
        assert_eq!((entry.initrd, entry.options), (initrd, options));
        for bad in ["", "a\nb", " a", "a\t"] {
            assert!(make(bad, "1", "/x", &[], &strings(&["a"])).is_err(), "{bad:?}");
        }
        assert!(make("a", "1", "/x", &[], &[]).is_err());
    }
}
