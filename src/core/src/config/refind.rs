//! rEFInd's `refind_linux.conf`: on each line a title and options, each in quotes.
//!
//! Two quotes in a row are one quote inside of a value; `#` begins a comment. Stanzas of `refind.conf` are not edited.
//! Source: rEFInd, "Configuring the Boot Manager" and "Methods of Booting Linux".

use std::ops::Range;

use super::argument::{KernelArgument, OwnArgument};
use super::edit::{Edit, lines};
use super::error::{ConfigError, Refusal};
use super::words::{self, Atom, Field, Place};

/// A line: its title, and the words of its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The title.
    pub title: String,
    /// The options, as the kernel gets them.
    pub options: Vec<String>,
}

/// The choices, in order; the first is what is started.
///
/// # Errors
///
/// Refuses a line that is not a title and options in quotes.
pub fn choices(text: &str) -> Result<Vec<Choice>, ConfigError> {
    let lines = read(text)?;
    let choice = |line: &Line| -> Result<Choice, ConfigError> {
        let refuse = |refusal: Refusal| refusal.at(text, line.range.start);
        Ok(Choice { title: line.title.clone(), options: line.options.texts().map_err(refuse)? })
    };
    lines.iter().map(choice).collect()
}

/// Adds arguments to the choice with this title.
///
/// # Errors
///
/// Refuses a file that is not understood, a title that is not there once, and a contradiction.
pub fn add_arguments(text: &str, title: &str, arguments: &[OwnArgument]) -> Result<Edit, ConfigError> {
    words::add(text, arguments, find(title))
}

/// Removes arguments from the choice with this title; of one that is there more than once, the last.
///
/// # Errors
///
/// Refuses as [`add_arguments`] does.
pub fn remove_arguments(text: &str, title: &str, arguments: &[KernelArgument]) -> Result<Edit, ConfigError> {
    words::remove(text, arguments, find(title))
}

struct Line {
    range: Range<usize>,
    title: String,
    options: Field,
}

fn find(title: &str) -> impl words::Find<Vec<String>> {
    move |text: &str| {
        let choices = read(text)?;
        let mut own = choices.iter().filter(|line| line.title == title);
        let Some(line) = own.next() else {
            return Err(Refusal::Missing(title.to_owned()).at(text, text.len()));
        };
        if let Some(other) = own.next() {
            return Err(Refusal::Ambiguous(title.to_owned()).at(text, other.range.start));
        }
        let other = |(range, written): (Range<usize>, &str)| {
            if range == line.range { title.to_owned() } else { written.to_owned() }
        };
        Ok((line.options.clone(), lines(text).map(other).collect()))
    }
}

fn read(text: &str) -> Result<Vec<Line>, ConfigError> {
    let mut choices = Vec::new();
    for (range, line) in lines(text) {
        let body = line.trim_start_matches([' ', '\t']);
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let refuse = |refusal: Refusal| refusal.at(text, range.start);
        let start = range.start + line.len() - body.len();
        let (title, end) = quoted(text, start..range.end).map_err(refuse)?;
        let between = text.get(end..range.end).unwrap_or_default();
        let gap = between.len() - between.trim_start_matches([' ', '\t']).len();
        if gap == 0 {
            return Err(refuse(Refusal::Malformed));
        }
        let (options, end) = quoted(text, end + gap..range.end).map_err(refuse)?;
        let behind = text.get(end..range.end).unwrap_or_default();
        let comment = behind.trim_start_matches([' ', '\t']);
        if !(comment.is_empty() || comment.starts_with('#') && comment.len() < behind.len()) {
            return Err(refuse(Refusal::Malformed));
        }
        choices.push(Line { range, title: title.value(), options });
    }
    Ok(choices)
}

/// A value in quotes that begins here, and where it ends.
fn quoted(text: &str, range: Range<usize>) -> Result<(Field, usize), Refusal> {
    let part = text.get(range.clone()).unwrap_or_default();
    let inner = part.strip_prefix('"').ok_or(Refusal::Malformed)?;
    let start = range.start + 1;
    let mut field = Field { atoms: Vec::new(), start, start_place: Place::Plain };
    let mut characters = inner.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let at = start + at;
        let mut raw = at..at + character.len_utf8();
        if character == '"' {
            if characters.next_if(|(_, next)| *next == '"').is_none() {
                return Ok((field, at + 1));
            }
            raw.end += 1;
        }
        field.atoms.push(Atom { character, raw, place: Place::Plain, written: true });
    }
    Err(Refusal::UnendedQuote)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MKRLCONF: &str = "\"Boot with standard options\"  \"ro root=UUID=1 quiet splash\"\n\
        \"Boot to single-user mode\"    \"ro root=UUID=1 single\"\n# old\n\"Boot with minimal options\"   \"ro root=UUID=1\"  # x\n";

    #[test]
    fn arguments_of_one_choice() {
        let both = [OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough];
        for text in [MKRLCONF.to_owned(), MKRLCONF.replace('\n', "\r\n"), MKRLCONF.trim_end().to_owned()] {
            for (title, last) in
                [("Boot with standard options", "splash\""), ("Boot with minimal options", "UUID=1\"  #")]
            {
                let added = add_arguments(&text, title, &both).unwrap();
                let expected = last.replace('"', " intel_iommu=on iommu=pt\"");
                assert_eq!(added.text, text.replace(last, &expected));
                assert!(add_arguments(&added.text, title, &both).unwrap().is_empty());
                let gone: Vec<KernelArgument> = added.added.iter().map(|one| one.parse().unwrap()).collect();
                assert_eq!(remove_arguments(&added.text, title, &gone).unwrap().text, text);
            }
        }
        let quotes = "\"a \"\"b\"\"\" \"dyndbg=\"\"file x\"\" y\"\n";
        let read = choices(quotes).unwrap();
        assert_eq!(
            (read[0].title.as_str(), read[0].options.as_slice()),
            ("a \"b\"", &["dyndbg=\"file x\"".to_owned(), "y".to_owned()][..])
        );
        assert!(
            add_arguments(quotes, "a \"b\"", &both).unwrap().text.ends_with("y intel_iommu=on iommu=pt\"\n")
        );
    }

    #[test]
    fn what_is_not_a_title_and_options_is_refused() {
        for (text, refusal) in [
            ("\"a\" \"b\n", Refusal::UnendedQuote),
            ("\"a\"\n", Refusal::Malformed),
            ("a b\n", Refusal::Malformed),
            ("\"a\"\"b\"\n", Refusal::Malformed),
            ("\"a\" \"b\" c\n", Refusal::Malformed),
            ("\"a\" \"b\"#\n", Refusal::Malformed),
            ("\"a\" \"b=\"\"c\"\n", Refusal::UnendedQuote),
        ] {
            assert_eq!(choices(text).unwrap_err().refusal, refusal, "{text}");
        }
        let twice = "\"a\" \"b\"\n\"a\" \"c\"\n";
        assert_eq!(add_arguments(twice, "a", &[OwnArgument::IntelIommuOn]).unwrap_err().line, 2);
        assert!(add_arguments("", "a", &[OwnArgument::IntelIommuOn]).is_err());
    }
}
