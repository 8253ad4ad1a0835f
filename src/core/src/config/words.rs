//! Words of the kernel command line inside some text, and where to splice them in and out.
//!
//! A [`Field`] is the value as its reader sees it, character by character, each with its place in the text. What quotes
//! and escapes a format has is its own module's business; which arguments belong together is `argument`'s.

use std::ops::Range;

use super::argument::{KernelArgument, OwnArgument, Standing, word_ranges};
use super::edit::{Edit, Splice};
use super::error::{ConfigError, Refusal};

/// What a character stands in, and so how a blank is written beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing needs an escape.
    Plain,
    /// Shell text without quotes, where a blank would end the value.
    Bare,
}

/// One character of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) character: char,
    /// Where the text says so; of a variable, where it is named.
    pub(super) raw: Range<usize>,
    pub(super) place: Place,
    /// Whether it is written here, and not the value of something else.
    pub(super) written: bool,
}

/// A value that holds words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) atoms: Vec<Atom>,
    /// Where the first word of an empty value goes.
    pub(super) start: usize,
    pub(super) start_place: Place,
}

/// One word: its text, and its characters in the field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    atoms: Range<usize>,
}

impl Field {
    /// A field of text that has no quotes or escapes of its own.
    pub(super) fn plain(text: &str, range: Range<usize>) -> Self {
        let mut field = Self { atoms: Vec::new(), start: range.start, start_place: Place::Plain };
        field.push_plain(text, range);
        field
    }

    /// Adds text without quotes or escapes of its own.
    pub(super) fn push_plain(&mut self, text: &str, range: Range<usize>) {
        let part = text.get(range.clone()).unwrap_or_default();
        self.atoms.extend(part.char_indices().map(|(at, character)| {
            let at = range.start + at;
            let raw = at..at + character.len_utf8();
            Atom { character, raw, place: Place::Plain, written: true }
        }));
    }

    /// Adds white space that stands for something between two parts, at this byte.
    pub(super) fn push_gap(&mut self, at: usize) {
        self.atoms.push(Atom { character: ' ', raw: at..at, place: Place::Plain, written: false });
    }

    /// The value as its reader sees it.
    pub(super) fn value(&self) -> String {
        self.atoms.iter().map(|atom| atom.character).collect()
    }

    fn words(&self) -> Result<Vec<Word>, Refusal> {
        let value = self.value();
        let (ranges, ended) = word_ranges(&value);
        if !ended {
            return Err(Refusal::UnendedQuote);
        }
        let word = |range: Range<usize>| {
            let index = |byte: usize| value.get(..byte).map_or(0, |before| before.chars().count());
            let text = value.get(range.clone()).unwrap_or_default().to_owned();
            Word { text, atoms: index(range.start)..index(range.end) }
        };
        Ok(ranges.into_iter().map(word).collect())
    }

    /// The words.
    ///
    /// # Errors
    ///
    /// Refuses a quote that is not ended.
    pub(super) fn texts(&self) -> Result<Vec<String>, Refusal> {
        Ok(self.words()?.into_iter().map(|word| word.text).collect())
    }

    /// Where further words go, and after how many words: behind the last one for the kernel.
    fn insertion(&self, new: &[String]) -> Result<(Splice, usize), Refusal> {
        let words = self.words()?;
        let end = words.iter().position(|word| word.text == "--").unwrap_or(words.len());
        let written = |place: Place| new.join(place.blank());
        let before = end.checked_sub(1).and_then(|last| words.get(last));
        let last = before.and_then(|word| self.atoms.get(word.atoms.end.checked_sub(1)?));
        let next = words.get(end).and_then(|word| self.atoms.get(word.atoms.start));
        let (at, text) = match (last, next.or(self.atoms.first())) {
            (Some(atom), _) => (atom.raw.end, format!("{}{}", atom.place.blank(), written(atom.place))),
            (None, Some(atom)) if next.is_some() => {
                (atom.raw.start, format!("{}{}", written(atom.place), atom.place.blank()))
            }
            (None, Some(atom)) => (atom.raw.start, written(atom.place)),
            (None, None) => (self.start, written(self.start_place)),
        };
        Ok((Splice { range: at..at, text }, end))
    }

    /// What to cut for words to go, with one blank beside them. The words were counted in this field.
    fn removal(&self, words: &[Word], run: Range<usize>) -> Result<Splice, Refusal> {
        let gone = words.get(run.clone()).unwrap_or_default();
        let entangled = || {
            let texts: Vec<&str> = gone.iter().map(|word| word.text.as_str()).collect();
            Refusal::Entangled(texts.join(" "))
        };
        let (Some(first), Some(last)) = (gone.first(), gone.last()) else { return Err(entangled()) };
        let mut atoms = first.atoms.start..last.atoms.end;
        let next = words.get(run.end).map(|word| word.atoms.start);
        let one_space = |index: usize| self.atoms.get(index).is_some_and(|atom| atom.character == ' ');
        if next == Some(atoms.end + 1) && one_space(atoms.end) && self.joined(atoms.end - 1..atoms.end + 1) {
            atoms.end += 1;
        } else if run.start > 0 && self.joined(atoms.start - 1..atoms.start + 1) {
            atoms.start -= 1;
        }
        let cut = self.atoms.get(atoms.clone()).unwrap_or_default();
        let (Some(start), Some(end)) = (cut.first(), cut.last()) else { return Err(entangled()) };
        if !self.joined(atoms) {
            return Err(entangled());
        }
        Ok(Splice { range: start.raw.start..end.raw.end, text: String::new() })
    }

    /// Whether these characters are written one right after the other, with no quote between them.
    fn joined(&self, atoms: Range<usize>) -> bool {
        let atoms = self.atoms.get(atoms).unwrap_or_default();
        let follow = |pair: &[Atom]| match pair {
            [one, other] => one.raw.end == other.raw.start && one.place == other.place,
            _ => true,
        };
        atoms.iter().all(|atom| atom.written && !atom.raw.is_empty()) && atoms.windows(2).all(follow)
    }
}

impl Place {
    const fn blank(self) -> &'static str {
        match self {
            Self::Plain => " ",
            Self::Bare => "\\ ",
        }
    }
}

/// How a format finds the field in its text, with everything else of the text in a form that can be compared.
pub(super) trait Find<Rest: PartialEq>: Fn(&str) -> Result<(Field, Rest), ConfigError> {}
impl<Rest: PartialEq, F: Fn(&str) -> Result<(Field, Rest), ConfigError>> Find<Rest> for F {}

/// Adds arguments that are not there yet.
///
/// # Errors
///
/// What `find` refuses, a contradiction, and a text that does not read back as meant.
pub(super) fn add<Rest: PartialEq>(
    text: &str,
    arguments: &[OwnArgument],
    find: impl Find<Rest>,
) -> Result<Edit, ConfigError> {
    let mut edit = Edit::unchanged(text);
    for argument in arguments {
        let (field, _) = find(&edit.text)?;
        let refuse = |refusal: Refusal| refusal.at(&edit.text, field.start);
        let words = field.texts().map_err(refuse)?;
        let argument = match argument.standing(&words) {
            Standing::There => continue,
            Standing::Contradicted(found) => {
                return Err(refuse(Refusal::Contradiction { wanted: argument.to_string(), found }));
            }
            Standing::Absent => KernelArgument::from(argument),
        };
        let (splice, index) = field.insertion(argument.words()).map_err(refuse)?;
        let mut expected = words;
        expected.splice(index..index, argument.words().iter().cloned());
        edit.text = spliced(&edit.text, &splice, &expected, &find)?;
        edit.added.push(argument.to_string());
    }
    Ok(edit)
}

/// Removes arguments; of one that is there more than once, the last. What is not there is no edit.
///
/// # Errors
///
/// What `find` refuses, words that are not written as such, and a text that does not read back as meant.
pub(super) fn remove<Rest: PartialEq>(
    text: &str,
    arguments: &[KernelArgument],
    find: impl Find<Rest>,
) -> Result<Edit, ConfigError> {
    let mut edit = Edit::unchanged(text);
    // What was added last goes first, so that the blanks between them come back as they were.
    for argument in arguments.iter().rev() {
        let (field, _) = find(&edit.text)?;
        let refuse = |refusal: Refusal| refusal.at(&edit.text, field.start);
        let words = field.words().map_err(refuse)?;
        let mut expected: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
        let Some(run) = argument.last_in(&expected) else { continue };
        let splice = field.removal(&words, run.clone()).map_err(refuse)?;
        let gone: Vec<String> = expected.drain(run).collect();
        edit.text = spliced(&edit.text, &splice, &expected, &find)?;
        edit.removed.push(gone.join(" "));
    }
    Ok(edit)
}

/// The text with the splice, read again: the words must be the expected ones, and everything else the same.
fn spliced<Rest: PartialEq>(
    text: &str,
    splice: &Splice,
    expected: &[String],
    find: &impl Find<Rest>,
) -> Result<String, ConfigError> {
    let refuse = || Refusal::ReadBack.at(text, splice.range.start);
    let (_, before) = find(text)?;
    let new = splice.apply(text).ok_or_else(refuse)?;
    let (field, after) = find(&new).map_err(|_| refuse())?;
    if before != after || field.texts().map_err(|_| refuse())? != expected {
        return Err(refuse());
    }
    Ok(new)
}
