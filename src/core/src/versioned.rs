//! Small texts of our own that are kept between runs: JSON with a version in front, read strictly. What a text means, and
//! whether its values can be so, belongs to what reads it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most of a value that an error repeats, in characters.
const SHOWN: usize = 200;

/// Why a text is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VersionedError {
    /// A newer program wrote it.
    #[error("it has version {0}, which a newer Gangway wrote")]
    Newer(u32),
    /// It is not JSON of the right shape.
    #[error("{0}")]
    Shape(String),
    /// Something in it cannot be so.
    #[error("{what} cannot be {value:?}")]
    Value {
        /// Which part.
        what: &'static str,
        /// What stands there, cut.
        value: String,
    },
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl VersionedError {
    /// A part that cannot have this value.
    pub fn value(what: &'static str, value: &str) -> Self {
        Self::Value { what, value: value.chars().take(SHOWN).collect() }
    }
}

impl From<serde_json::Error> for VersionedError {
    fn from(error: serde_json::Error) -> Self {
        Self::Shape(error.to_string())
    }
}

/// Reads a text of this version.
///
/// # Errors
/// It is of another version, or has another shape.
pub fn parse<T: DeserializeOwned>(text: &str, version: u32) -> Result<T, VersionedError> {
    match serde_json::from_str::<Versioned>(text)?.version {
        found if found == version => Ok(serde_json::from_str(text)?),
        found if found > version => Err(VersionedError::Newer(found)),
        found => Err(VersionedError::value("the version", &found.to_string())),
    }
}

/// The text of a value that has its version in it.
///
/// # Errors
/// It has something that JSON has no words for.
pub fn to_text<T: Serialize>(value: &T) -> Result<String, VersionedError> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
