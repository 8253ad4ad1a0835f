//! A block of ours between two marks, in a file that is shared with others and has `#` for comments, such as GRUB's
//! `custom.cfg`. All else stays byte for byte; marks that do not pair are somebody else's, and refused.

use std::ops::Range;

use super::error::{ConfigError, Refusal};

/// The whole block of this name, with its marks.
pub fn make(name: &str, lines: &[String]) -> String {
    let (begin, end) = marks(name);
    let inside: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{begin}\n{inside}{end}\n")
}

/// The text with a block in the place of the one of its name, or at the end.
///
/// # Errors
///
/// Refuses marks that do not pair.
pub fn put(text: &str, name: &str, block: &str) -> Result<String, ConfigError> {
    Ok(match find(text, name)? {
        Some(range) => {
            [text.get(..range.start), Some(block), text.get(range.end..)].into_iter().flatten().collect()
        }
        None if text.is_empty() || text.ends_with('\n') => format!("{text}{block}"),
        None => format!("{text}\n{block}"),
    })
}

/// The text without the block; the same where there is none. A line end that was added before it stays.
///
/// # Errors
///
/// Refuses marks that do not pair.
pub fn take_out(text: &str, name: &str) -> Result<String, ConfigError> {
    Ok(match find(text, name)? {
        Some(range) => [text.get(..range.start), text.get(range.end..)].into_iter().flatten().collect(),
        None => text.to_owned(),
    })
}

/// Where the block stands, its marks and the last line end included.
///
/// # Errors
///
/// Refuses marks that do not pair.
pub fn find(text: &str, name: &str) -> Result<Option<Range<usize>>, ConfigError> {
    let (begin, end) = marks(name);
    let at = |mark: &str| -> Vec<usize> {
        let whole = |at: &usize| {
            let before = text.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
            let after = text.get(*at + mark.len()..);
            before && after.is_some_and(|after| after.is_empty() || after.starts_with('\n'))
        };
        text.match_indices(mark).map(|(at, _)| at).filter(whole).collect()
    };
    match (at(&begin).as_slice(), at(&end).as_slice()) {
        ([], []) => Ok(None),
        ([first], [last]) if first < last => {
            let behind = last + end.len();
            let line = usize::from(text.get(behind..).is_some_and(|rest| rest.starts_with('\n')));
            Ok(Some(*first..behind + line))
        }
        (begins, ends) => {
            let first = begins.iter().chain(ends).min().copied().unwrap_or_default();
            Err(Refusal::Unbalanced.at(text, first))
        }
    }
}

fn marks(name: &str) -> (String, String) {
    (format!("### BEGIN {name}"), format!("### END {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> String {
        make("ours", &["a".to_owned(), "b".to_owned()])
    }

    #[test]
    fn what_is_put_in_is_taken_out_again() {
        for text in ["", "x\n", "x\n### BEGIN ours-too\n### END ours-too\n"] {
            let with = put(text, "ours", &block()).unwrap();
            assert!(with.ends_with("### BEGIN ours\na\nb\n### END ours\n"), "{with}");
            assert_eq!(put(&with, "ours", &block()).unwrap(), with);
            let other = put(&format!("{with}y\n"), "ours", &make("ours", &[])).unwrap();
            assert_eq!(other, format!("{text}### BEGIN ours\n### END ours\ny\n"));
            assert_eq!(take_out(&with, "ours").unwrap(), text);
            assert_eq!(take_out(&format!("{with}y"), "ours").unwrap(), format!("{text}y"));
        }
        assert_eq!(put("x", "ours", &block()).unwrap(), format!("x\n{}", block()));
        assert_eq!(take_out("x", "ours").unwrap(), "x");
    }

    #[test]
    fn marks_that_do_not_pair_are_refused() {
        let twice = block() + &block();
        for text in ["### BEGIN ours\n", "### END ours\n", "### END ours\n### BEGIN ours\n", &twice] {
            assert_eq!(find(text, "ours").unwrap_err().refusal, Refusal::Unbalanced, "{text}");
        }
        assert_eq!(find("# ### BEGIN ours\n", "ours"), Ok(None));
    }
}
