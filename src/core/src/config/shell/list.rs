//! Lists in parentheses, such as mkinitcpio's `HOOKS=(base udev)`: one element in or out.

use std::ops::Range;

use super::super::edit::{Edit, Splice};
use super::super::error::{ConfigError, Refusal};
use super::super::words::Place;
use super::lex::{Element, PieceKind, Text, Value};
use super::{plain, rest};

/// Where a new element goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position<'a> {
    /// Before all others.
    First,
    /// Right before this one, which must be there once.
    Before(&'a str),
    /// Behind all others.
    Last,
}

/// Adds an element to a list. One that is in the list already is no edit, wherever it stands.
///
/// # Errors
///
/// Refuses a list that is not there, that is set more than once, or of which not every element is plain to see; and a
/// name that is not of letters, digits and `_-.`.
pub fn add_element(
    text: &str,
    variable: &str,
    element: &str,
    position: Position<'_>,
) -> Result<Edit, ConfigError> {
    let list = List::read(text, variable)?;
    let refuse = |refusal: Refusal| refusal.at(text, list.inner.start);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if element.is_empty() || element.starts_with('-') || !element.bytes().all(fits) {
        return Err(refuse(Refusal::NotAllowed(element.to_owned())));
    }
    let names: Vec<&str> = list.elements.iter().map(|(_, name)| name.as_str()).collect();
    if names.contains(&element) {
        return Ok(Edit::unchanged(text));
    }
    let index = match position {
        Position::First => 0,
        Position::Last => names.len(),
        Position::Before(other) => {
            match names.iter().filter(|name| **name == other).count() {
                0 => return Err(refuse(Refusal::Missing(other.to_owned()))),
                1 => {}
                _ => return Err(refuse(Refusal::Ambiguous(other.to_owned()))),
            }
            names.iter().position(|name| *name == other).unwrap_or_default()
        }
    };
    let last = index.checked_sub(1).and_then(|last| list.elements.get(last));
    let (at, new) = match (list.elements.get(index), last) {
        (Some((next, _)), _) => (next.start, format!("{element} ")),
        (None, Some((last, _))) => (last.end, format!(" {element}")),
        (None, None) => (list.inner.start, element.to_owned()),
    };
    let mut expected: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    expected.insert(index, element.to_owned());
    let splice = Splice { range: at..at, text: new };
    let text = list.spliced(text, variable, &splice, &expected)?;
    Ok(Edit { text, added: vec![element.to_owned()], removed: Vec::new() })
}

/// Removes an element from a list, with one blank beside it. One that is not there is no edit.
///
/// # Errors
///
/// Refuses as [`add_element`] does, and an element that is there more than once.
pub fn remove_element(text: &str, variable: &str, element: &str) -> Result<Edit, ConfigError> {
    let list = List::read(text, variable)?;
    let refuse = |refusal: Refusal| refusal.at(text, list.inner.start);
    let found: Vec<usize> = (0..list.elements.len())
        .filter(|index| list.elements.get(*index).is_some_and(|(_, name)| name == element))
        .collect();
    let index = match found.as_slice() {
        [] => return Ok(Edit::unchanged(text)),
        [index] => *index,
        _ => return Err(refuse(Refusal::Ambiguous(element.to_owned()))),
    };
    let range = |index: usize| list.elements.get(index).map(|(range, _)| range.clone());
    let Some(mut cut) = range(index) else { return Err(refuse(Refusal::ReadBack)) };
    let before = text.get(..cut.start).unwrap_or_default();
    let after = text.get(cut.end..).unwrap_or_default();
    let next = range(index + 1).is_some_and(|next| next.start == cut.end + 1);
    if next && after.starts_with(' ') {
        cut.end += 1;
    } else if index > 0 && before.ends_with([' ', '\t', '\n']) {
        cut.start -= 1;
    }
    let mut expected: Vec<String> = list.elements.iter().map(|(_, name)| name.clone()).collect();
    expected.remove(index);
    let text = list.spliced(text, variable, &Splice { range: cut, text: String::new() }, &expected)?;
    Ok(Edit { text, added: Vec::new(), removed: vec![element.to_owned()] })
}

/// The one list of a variable.
struct List {
    inner: Range<usize>,
    elements: Vec<(Range<usize>, String)>,
}

impl List {
    fn read(text: &str, variable: &str) -> Result<Self, ConfigError> {
        let assignments = plain(text, variable)?;
        let mut own = assignments.iter().filter(|assignment| assignment.name == variable);
        let Some(first) = own.next() else {
            return Err(Refusal::Missing(variable.to_owned()).at(text, text.len()));
        };
        if let Some(second) = own.next() {
            return Err(Refusal::SetTwice(variable.to_owned()).at(text, second.range.start));
        }
        let Value::Array { elements, inner } = &first.value else {
            return Err(Refusal::Kind(variable.to_owned()).at(text, first.range.start));
        };
        let read = |one: &Element| match element(&one.text) {
            Some(name) => Ok((one.range.clone(), name)),
            None => Err(Refusal::Computed(variable.to_owned()).at(text, one.range.start)),
        };
        Ok(Self { inner: inner.clone(), elements: elements.iter().map(read).collect::<Result<_, _>>()? })
    }

    fn spliced(
        &self,
        text: &str,
        variable: &str,
        splice: &Splice,
        expected: &[String],
    ) -> Result<String, ConfigError> {
        let refuse = || Refusal::ReadBack.at(text, self.inner.start);
        let new = splice.apply(text).ok_or_else(refuse)?;
        let list = Self::read(&new, variable).map_err(|_| refuse())?;
        let names = list.elements.iter().map(|(_, name)| name);
        if !names.eq(expected) || rest(&new, variable)? != rest(text, variable)? {
            return Err(refuse());
        }
        Ok(new)
    }
}

/// An element that is plain to see; bash makes something else of wildcards and braces.
pub(super) fn element(text: &Text) -> Option<String> {
    let pattern = |character: char| matches!(character, '*' | '?' | '[' | '{' | '}' | '~' | '=');
    let plain = |piece: &super::lex::Piece| match piece.kind {
        PieceKind::Character(character) => piece.place == Place::Plain || !pattern(character),
        PieceKind::Variable(_) | PieceKind::Computed => false,
    };
    text.pieces.iter().all(plain).then(|| super::known(text, |_| None)).flatten()
}

/// The variable, where an element stands for all elements of another list.
pub(super) fn all_of(text: &Text) -> Option<&str> {
    match text.pieces.as_slice() {
        [piece] => match &piece.kind {
            PieceKind::Variable(name) => name.strip_suffix("[@]"),
            PieceKind::Character(_) | PieceKind::Computed => None,
        },
        _ => None,
    }
}
