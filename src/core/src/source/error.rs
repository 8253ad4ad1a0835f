//! Why something could not be read from a source.
//!
//! One small kind, which a captured machine can carry, and the path that it happened at.

use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {kind}")]
pub struct SourceError {
    /// The path inside the source, beginning with `/`.
    pub path: String,
    /// What was wrong.
    pub kind: SourceErrorKind,
}

/// What was wrong with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SourceErrorKind {
    /// Nothing is there.
    #[error("not there")]
    Absent,
    /// A link is there, and what it leads to is not.
    #[error("the link leads to nothing")]
    Dangling,
    /// Links lead in a circle, or there are too many of them.
    #[error("the links lead in a circle")]
    Loop,
    /// The user may not read it.
    #[error("permission denied")]
    NoPermission,
    /// It is no regular file: a folder, a pipe, a device.
    #[error("not a regular file")]
    NotAFile,
    /// It is no folder.
    #[error("not a folder")]
    NotAFolder,
    /// It is no link.
    #[error("not a link")]
    NotALink,
    /// It is larger than what is read of such a file.
    #[error("larger than expected")]
    TooLarge,
    /// It was expected to be text, and is not UTF-8.
    #[error("not text")]
    NotText,
    /// Any other error of the kernel, by its number.
    #[error("{}", std::io::Error::from_raw_os_error(*.0))]
    System(i32),
}

impl SourceErrorKind {
    /// Whether nothing is there, as opposed to something that could not be read.
    pub const fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The word that a captured machine carries.
    pub fn word(self) -> String {
        match self {
            Self::Absent => "absent".to_owned(),
            Self::Dangling => "dangling".to_owned(),
            Self::Loop => "loop".to_owned(),
            Self::NoPermission => "permission".to_owned(),
            Self::NotAFile => "not-a-file".to_owned(),
            Self::NotAFolder => "not-a-folder".to_owned(),
            Self::NotALink => "not-a-link".to_owned(),
            Self::TooLarge => "too-large".to_owned(),
            Self::NotText => "not-text".to_owned(),
            Self::System(number) => format!("error-{number}"),
        }
    }

    /// The kind of such a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "absent" => Self::Absent,
            "dangling" => Self::Dangling,
            "loop" => Self::Loop,
            "permission" => Self::NoPermission,
            "not-a-file" => Self::NotAFile,
            "not-a-folder" => Self::NotAFolder,
            "not-a-link" => Self::NotALink,
            "too-large" => Self::TooLarge,
            "not-text" => Self::NotText,
            other => Self::System(
                other.strip_prefix("error-")?.parse().ok().filter(|number| (1..4096).contains(number))?,
            ),
        })
    }

    /// This kind at a path, which is given its leading `/`.
    pub fn at(self, path: &str) -> SourceError {
        SourceError { path: format!("/{}", path.trim_start_matches('/')), kind: self }
    }
}

impl TryFrom<String> for SourceErrorKind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::from_word(&word).ok_or(word)
    }
}

impl From<SourceErrorKind> for String {
    fn from(kind: SourceErrorKind) -> Self {
        kind.word()
    }
}

impl From<Errno> for SourceErrorKind {
    fn from(error: Errno) -> Self {
        match error {
            Errno::NOENT | Errno::NOTDIR => Self::Absent,
            Errno::LOOP => Self::Loop,
            Errno::ACCESS | Errno::PERM => Self::NoPermission,
            Errno::ISDIR => Self::NotAFile,
            other => Self::System(other.raw_os_error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_its_word() {
        use SourceErrorKind::{
            Absent, Dangling, Loop, NoPermission, NotAFile, NotAFolder, NotALink, NotText, System, TooLarge,
        };
        for kind in [
            Absent,
            Dangling,
            Loop,
            NoPermission,
            NotAFile,
            NotAFolder,
            NotALink,
            TooLarge,
            NotText,
            System(5),
        ] {
            assert_eq!(SourceErrorKind::from_word(&kind.word()), Some(kind));
        }
        for word in ["", "error-", "error-0", "error-x", "error-99999", "Absent"] {
            assert_eq!(SourceErrorKind::from_word(word), None, "{word:?}");
        }
    }

    #[test]
    fn an_error_says_where_and_what() {
        assert_eq!(SourceErrorKind::Loop.at("sys/x").to_string(), "/sys/x: the links lead in a circle");
        assert_eq!(
            SourceErrorKind::from(Errno::IO).at("/a").to_string(),
            "/a: Input/output error (os error 5)"
        );
    }
}
