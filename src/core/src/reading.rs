//! A value of the machine, or why there is none: absent, unreadable and nonsense stay apart.
//!
//! Only the four-way answer and its trouble live here. What a value means is said where its type is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::source::{SourceError, SourceErrorKind};

/// The most characters of an offending text that are kept.
const TEXT_CAP: usize = 120;

/// A value read from the machine, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reading<T> {
    /// The machine says so.
    Known(T),
    /// The machine does not have it.
    #[default]
    Absent,
    /// It is there, but reading it failed: the value is unknown, not off.
    Unreadable(Box<Trouble>),
    /// It was read and makes no sense.
    Nonsense(Box<Trouble>),
}

/// Where a value should have come from, and what stood there instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Trouble {
    /// The path inside the source, beginning with `/`.
    pub path: String,
    /// What was wrong.
    pub detail: TroubleDetail,
}

/// What was wrong with a value. The programs make sentences of it; its own text is English, for `--json` and logs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleDetail {
    /// It could not be read, or not as what it should be.
    #[error(transparent)]
    Source(#[from] SourceErrorKind),
    /// An entry of a folder of PCI devices is called something else than an address.
    #[error("not a PCI address")]
    NotAnAddress,
    /// The root service waits for a driver that lets go of the device, or takes it up: reading would wait with it.
    #[error("not read: a driver is letting go of it, or taking it up, just now")]
    DriverBusy,
    /// A driver did not let go of the device, or did not take it up: reading would wait for ever.
    #[error("not read: its driver hangs until the computer is restarted")]
    DriverHangs,
    /// The offending text itself, shortened.
    #[error("{0}")]
    Other(String),
}

impl Trouble {
    /// Trouble at a path.
    pub fn new(path: impl Into<String>, detail: impl Into<TroubleDetail>) -> Self {
        Self { path: path.into(), detail: detail.into() }
    }
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self::new(error.path, error.kind)
    }
}

/// The offending text; a long one is cut at a character.
impl From<&str> for TroubleDetail {
    fn from(found: &str) -> Self {
        let mut text: String = found.chars().take(TEXT_CAP).collect();
        if text.len() < found.len() {
            text.push('…');
        }
        Self::Other(text)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.detail)
    }
}

impl<T> Reading<T> {
    /// Reading failed at this path for this reason.
    pub fn unreadable(path: impl Into<String>, error: SourceErrorKind) -> Self {
        Self::Unreadable(Box::new(Trouble::new(path, error)))
    }

    /// What was read at this path makes no sense.
    pub fn nonsense(path: impl Into<String>, found: impl Into<TroubleDetail>) -> Self {
        Self::Nonsense(Box::new(Trouble::new(path, found)))
    }

    /// The value, where there is one.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unreadable(_) | Self::Nonsense(_) => None,
        }
    }

    /// Whether the machine does not have it: looked, and nothing is there.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether there is a value.
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Why the value is unknown, where it is.
    pub const fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Unreadable(trouble) | Self::Nonsense(trouble) => Some(trouble),
            Self::Known(_) | Self::Absent => None,
        }
    }

    /// The same answer about something made of the value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Self::Known(value) => Reading::Known(make(value)),
            Self::Absent => Reading::Absent,
            Self::Unreadable(trouble) => Reading::Unreadable(trouble),
            Self::Nonsense(trouble) => Reading::Nonsense(trouble),
        }
    }

    /// The same answer with the value borrowed.
    pub fn as_ref(&self) -> Reading<&T> {
        match self {
            Self::Known(value) => Reading::Known(value),
            Self::Absent => Reading::Absent,
            Self::Unreadable(trouble) => Reading::Unreadable(trouble.clone()),
            Self::Nonsense(trouble) => Reading::Nonsense(trouble.clone()),
        }
    }

    /// This answer, or the other one where this one has no value.
    #[must_use]
    pub fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_known() {
            return self;
        }
        match other() {
            Self::Absent => self,
            better => better,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds_of_no_answer_stay_apart() {
        let absent: Reading<u8> = Reading::Absent;
        let unreadable: Reading<u8> = Reading::unreadable("/sys/x", SourceErrorKind::NoPermission);
        let nonsense: Reading<u8> = Reading::nonsense("/sys/x", "banana");
        assert!(absent.is_absent() && absent.trouble().is_none());
        assert!(!unreadable.is_absent() && !nonsense.is_absent());
        assert_ne!(unreadable, nonsense);
        assert_eq!(nonsense.clone().map(u16::from), Reading::nonsense("/sys/x", "banana"));
        assert_eq!(
            unreadable.trouble().map(ToString::to_string).as_deref(),
            Some("/sys/x: permission denied")
        );
    }

    #[test]
    fn a_second_look_counts_only_where_it_says_more() {
        let nonsense: Reading<u8> = Reading::nonsense("/a", "x");
        assert_eq!(nonsense.clone().or_else(|| Reading::Known(3)), Reading::Known(3));
        assert_eq!(nonsense.clone().or_else(|| Reading::Absent), nonsense);
        assert_eq!(Reading::Known(1).or_else(|| Reading::Known(3)), Reading::Known(1));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let trouble = Trouble::new("/a", "ä".repeat(500).as_str());
        assert_eq!(trouble.detail.to_string().chars().count(), TEXT_CAP + 1);
    }
}
