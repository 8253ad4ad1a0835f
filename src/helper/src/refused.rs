//! Why a call is not answered: a name that programs go by, and a text for a log.

use std::fmt::Display;

use gangway_protocol::ErrorName;
use gangway_protocol::wire::WireError;

/// An error for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?}: {text}")]
pub struct Refused {
    /// What kind of error it is.
    pub name: ErrorName,
    /// More of it, in English.
    pub text: String,
    /// After how many seconds it is worth asking again, where only time is missing.
    pub wait: Option<u32>,
}

impl Refused {
    /// An error with its text.
    pub fn new(name: ErrorName, text: impl Display) -> Self {
        Self { name, text: text.to_string(), wait: None }
    }
}

impl From<WireError> for Refused {
    fn from(error: WireError) -> Self {
        Self::new(ErrorName::InvalidArgument, error)
    }
}
