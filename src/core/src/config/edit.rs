//! What an editor gives back: the new text, and what changed in it.

use std::ops::Range;

/// An edited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The whole new text. Where nothing had to change, the text that was given.
    pub text: String,
    /// What was added, in order, each as it can be removed again.
    pub added: Vec<String>,
    /// What was removed, in the order of removal.
    pub removed: Vec<String>,
}

impl Edit {
    /// No edit yet.
    pub(super) fn unchanged(text: &str) -> Self {
        Self { text: text.to_owned(), added: Vec::new(), removed: Vec::new() }
    }

    /// Whether it was already so.
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// A range of a text, and what is to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    /// The text with the splice; none where the range is not of this text.
    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let before = text.get(..self.range.start)?;
        let after = text.get(self.range.end..)?;
        Some([before, &self.text, after].concat())
    }
}

/// Adds a line at the end of a text: with a line end like the last line's, and without one where the text has none.
pub(super) fn append_line(text: &str, line: &str) -> Splice {
    let end = text.len();
    let newline = if text.ends_with("\r\n") || (!text.ends_with('\n') && text.contains("\r\n")) {
        "\r\n"
    } else {
        "\n"
    };
    let ended = text.is_empty() || text.ends_with('\n');
    let text = if ended { format!("{line}{newline}") } else { format!("{newline}{line}") };
    Splice { range: end..end, text }
}

/// Cuts a whole line out of a text, as [`append_line`] put it in. The range is the line's, without its end.
pub(super) fn cut_line(text: &str, line: &Range<usize>) -> Splice {
    let after = text.get(line.end..).unwrap_or_default();
    let before = text.get(..line.start).unwrap_or_default();
    let end = ["\r\n", "\n"].into_iter().find(|end| after.starts_with(end)).map_or(0, str::len);
    let range = if end > 0 { line.start..line.end + end } else { start_of(before)..line.end };
    Splice { range, text: String::new() }
}

/// Where the line end begins that was put before a line for want of one; a return may belong to the text.
fn start_of(before: &str) -> usize {
    let whole = before.strip_suffix("\r\n").filter(|text| text.contains("\r\n"));
    whole.or_else(|| before.strip_suffix('\n')).map_or(before.len(), str::len)
}

/// The lines of a text with their ranges, without line ends (`\n` or `\r\n`).
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |whole| {
        let line = whole.strip_suffix('\n').map_or(whole, |line| line.strip_suffix('\r').unwrap_or(line));
        let range = at..at + line.len();
        at += whole.len();
        (range, line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_added_and_cut_leaves_no_trace() {
        for text in ["", "a", "a\n", "a\r\n", "a\r\nb", "a\n\n", "\n", "\n#\r", "a\r\n\r", "\r"] {
            let added = append_line(text, "x").apply(text).unwrap();
            let (range, line) = lines(&added).last().unwrap();
            assert_eq!(line, "x", "{text:?}");
            assert_eq!(cut_line(&added, &range).apply(&added).as_deref(), Some(text));
        }
    }
}
