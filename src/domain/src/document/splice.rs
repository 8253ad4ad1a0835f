//! Edits of a text as a list of (range, replacement), applied together.
//!
//! Ranges are of the text before any edit; they must not overlap. Insertions at one place keep their order.

use std::ops::Range;

use super::{Document, ParseError};

/// The edits of one change.
#[derive(Debug, Default)]
pub(crate) struct Splices {
    edits: Vec<(Range<usize>, String)>,
}

impl Splices {
    pub(crate) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.edits.push((at..at, text.into()));
    }

    pub(crate) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push((range, text.into()));
    }

    pub(crate) fn delete(&mut self, range: Range<usize>) {
        self.edits.push((range, String::new()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The text with all edits.
    fn apply(mut self, text: &str) -> String {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut result =
            String::with_capacity(text.len() + self.edits.iter().map(|(_, new)| new.len()).sum::<usize>());
        let mut at = 0;
        for (range, new) in &self.edits {
            result.push_str(text.get(at..range.start).unwrap_or_default());
            result.push_str(new);
            at = at.max(range.end);
        }
        result.push_str(text.get(at..).unwrap_or_default());
        result
    }

    /// The edited text, read again.
    pub(crate) fn document(self, of: &Document) -> Result<Document, ParseError> {
        if self.is_empty() {
            return Ok(of.clone());
        }
        Document::parse(self.apply(of.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_the_order_of_the_text() {
        let mut splices = Splices::default();
        splices.replace(4..5, "E");
        splices.insert(2, "1");
        splices.insert(2, "2");
        splices.delete(0..1);
        assert_eq!(splices.apply("abcdef"), "b12cdEf");
    }

    #[test]
    fn no_edit_changes_nothing() {
        assert_eq!(Splices::default().apply("abc"), "abc");
    }
}
