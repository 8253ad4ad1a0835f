//! The difference of two texts, as hunks for a window and as unified text for a terminal.
//!
//! Finding the difference is the `similar` crate's work; hiding what must not be shown is the caller's, before.

use std::fmt;

use similar::{Algorithm, ChangeTag, TextDiff};

/// Lines of context around each change.
const CONTEXT: usize = 3;

/// What differs between two texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// The places that differ, in order.
    pub hunks: Vec<Hunk>,
    /// How many lines are new.
    pub added: usize,
    /// How many lines are gone.
    pub removed: usize,
}

/// One place where the texts differ, with the lines around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Where it is, as `@@ -1,4 +1,5 @@`.
    pub header: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What happened to it.
    pub kind: LineKind,
    /// The line without its line end.
    pub text: String,
    /// Whether the text ends here without a line end.
    pub unended: bool,
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// It is in both texts.
    Context,
    /// It is in the new text alone.
    Added,
    /// It is in the old text alone.
    Removed,
}

impl Difference {
    /// The difference between an old and a new text, line by line.
    pub fn between(old: &str, new: &str) -> Self {
        let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(old, new);
        let mut result = Self::default();
        for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
            let lines: Vec<Line> = hunk
                .iter_changes()
                .map(|change| {
                    let text = change.value();
                    let bare = text.strip_suffix('\n').unwrap_or(text);
                    let kind = match change.tag() {
                        ChangeTag::Equal => LineKind::Context,
                        ChangeTag::Insert => LineKind::Added,
                        ChangeTag::Delete => LineKind::Removed,
                    };
                    Line { kind, text: bare.to_owned(), unended: bare.len() == text.len() }
                })
                .collect();
            result.added += lines.iter().filter(|line| line.kind == LineKind::Added).count();
            result.removed += lines.iter().filter(|line| line.kind == LineKind::Removed).count();
            result.hunks.push(Hunk { header: hunk.header().to_string(), lines });
        }
        result
    }

    /// Whether the texts are the same.
    pub fn is_empty(&self) -> bool {
        self.hunks.is_empty()
    }
}

impl LineKind {
    /// The sign that stands before such a line in unified text.
    pub const fn sign(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Added => '+',
            Self::Removed => '-',
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for hunk in &self.hunks {
            writeln!(f, "{}", hunk.header.trim_end())?;
            for line in &hunk.lines {
                writeln!(f, "{}{}", line.kind.sign(), line.text)?;
                if line.unended {
                    writeln!(f, "\\ No newline at end of file")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_difference() {
        let same = Difference::between("a\nb\n", "a\nb\n");
        assert!(same.is_empty());
        assert_eq!((same.to_string().as_str(), same.added, same.removed), ("", 0, 0));
    }

    #[test]
    fn a_change_stands_between_three_lines_of_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let difference = Difference::between(old, &old.replace('5', "five\nand a half"));
        assert_eq!((difference.added, difference.removed), (2, 1));
        assert_eq!(
            difference.to_string(),
            "@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and a half\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let old: String = (0..40).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n3\n", "\n").replace("\n33\n", "\n33\n33b\n");
        let difference = Difference::between(&old, &new);
        assert_eq!(difference.hunks.len(), 2);
        assert_eq!((difference.added, difference.removed), (1, 1));
    }

    #[test]
    fn a_missing_line_end_is_seen() {
        let text = Difference::between("a\nb", "a\nb\n").to_string();
        assert_eq!(text, "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    }

    #[test]
    fn carriage_returns_belong_to_the_line() {
        let difference = Difference::between("a\r\n", "a\n");
        assert_eq!((difference.added, difference.removed), (1, 1));
        assert_eq!(difference.hunks[0].lines[0].text, "a\r");
    }
}
