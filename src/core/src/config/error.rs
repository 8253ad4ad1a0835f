//! Why configuration text was not edited, or not read.
//!
//! A closed set: whatever is not understood for certain is one of these, with its line. The programs make sentences
//! of them; their own text is English, for logs and `--json`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A refusal, and the line that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("line {line}: {refusal}")]
pub struct ConfigError {
    /// The line, counted from 1.
    pub line: usize,
    /// Why.
    pub refusal: Refusal,
}

/// Why a text is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// It is not UTF-8, or has a zero byte.
    #[error("not text")]
    NotText,
    /// A quote or an escape is not ended.
    #[error("a quote is not ended")]
    UnendedQuote,
    /// A here-document, whose end and meaning are not followed.
    #[error("a here-document")]
    HereDocument,
    /// Parentheses, braces or the words of a condition or loop do not pair.
    #[error("parentheses, braces, conditions or loops do not pair")]
    Unbalanced,
    /// A command that may change any variable, such as `source` or `eval`.
    #[error("{0} may change any setting")]
    Command(String),
    /// The setting is named in a condition, a function, a loop, or another command.
    #[error("{0} is set or used by a command")]
    Conditional(String),
    /// The value is computed by the shell, or holds a variable that is not known.
    #[error("{0} is computed")]
    Computed(String),
    /// The setting has two values, of which the later hides the earlier.
    #[error("{0} is set twice")]
    SetTwice(String),
    /// The setting is a list where a text is expected, or the other way round.
    #[error("{0} is of another kind")]
    Kind(String),
    /// Something else is there, which what is to be added contradicts.
    #[error("{wanted} contradicts {found}")]
    Contradiction {
        /// What was to be added.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// What is to be removed is not written here as words of its own.
    #[error("{0} is not written as words of its own")]
    Entangled(String),
    /// What is to be edited is not there.
    #[error("there is no {0}")]
    Missing(String),
    /// What is to be edited is there more than once.
    #[error("there is more than one {0}")]
    Ambiguous(String),
    /// A name or a value that must not be written into such a file.
    #[error("{0:?} cannot be written here")]
    NotAllowed(String),
    /// The line is not of this format.
    #[error("the line is not understood")]
    Malformed,
    /// The edited text did not read back as meant; it was thrown away.
    #[error("the edited text does not read back as meant")]
    ReadBack,
}

impl Refusal {
    /// The refusal at a byte of a text.
    pub(super) fn at(self, text: &str, offset: usize) -> ConfigError {
        let before = text.as_bytes().iter().take(offset);
        ConfigError { line: before.filter(|byte| **byte == b'\n').count() + 1, refusal: self }
    }
}

/// Bytes of a file as text that can be edited.
///
/// # Errors
///
/// Refuses bytes that are not UTF-8, and zero bytes: neither can be given back for certain by every reader.
pub fn text(bytes: &[u8]) -> Result<&str, ConfigError> {
    let valid = match str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => return Ok(text),
            Some(zero) => zero,
        },
        Err(error) => error.valid_up_to(),
    };
    let before = bytes.iter().take(valid).filter(|byte| **byte == b'\n').count();
    Err(ConfigError { line: before + 1, refusal: Refusal::NotText })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_line() {
        assert_eq!(text("grün\n".as_bytes()), Ok("grün\n"));
        assert_eq!(text(b"a\nb\xfc\n"), Err(ConfigError { line: 2, refusal: Refusal::NotText }));
        assert_eq!(text(b"a\n\nb\0"), Err(ConfigError { line: 3, refusal: Refusal::NotText }));
    }
}
