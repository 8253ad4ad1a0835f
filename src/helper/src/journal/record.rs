//! The record of one applied plan: everything that is needed to go back, written whole before the first change.
//!
//! `record.json` is `{"version": 1, "sha256": …, "record": {…}}`; the hash is over the bytes of `record` as they stand in
//! the file. A reader refuses a newer version and a hash that does not fit, and then acts on nothing of it. Fields are only
//! ever added, with a default; a sample of version 1 is read by a test for ever.

use std::fmt;
use std::str::FromStr;

use gangway_core::plan::{Content, Digest, Plan};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::write::{Found, Large};

/// The version that is written.
const VERSION: u32 = 1;

/// The name of a record: the time at which it was made, and a number that tells those of one second apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordId(String);

/// A text is no name of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no name of a record: {0:?}")]
pub struct RecordIdError(String);

/// A change of the host that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub id: RecordId,
    /// What was reviewed and is applied.
    pub plan: Plan,
    /// Who wanted it: the user's number, as the bus told it.
    pub uid: u32,
    /// When, in seconds since 1970 (UTC).
    pub time: u64,
    /// Which start of the computer it was, in the kernel's words, where they could be read.
    pub boot: Option<String>,
    /// The kernel that ran.
    pub kernel: Option<String>,
    /// The version of this program.
    pub program: String,
    /// What was there before each step, in their order.
    pub(crate) former: Vec<Former>,
}

/// What was there before a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "former", rename_all = "kebab-case")]
pub(crate) enum Former {
    /// The file, and the folders above it that were missing, the outermost first.
    File { found: Option<Found>, missing: Vec<String> },
    /// The large file that is to be kept, and the folders above the copy that were missing, the outermost first.
    Keep {
        original: Large,
        #[serde(default)]
        missing: Vec<String>,
    },
    /// The state of a trial, and the file of the loader's pointer.
    Trial { state: Found, pointer: Option<Content> },
    /// Nothing: the file is made for this change alone. The folders above it that were missing, the outermost first.
    Made { missing: Vec<String> },
    /// The small files that a tool makes, and the large ones.
    Run { rewrites: Vec<Option<Found>>, rebuilds: Vec<Option<KeptCopy>> },
    /// Whether the service was switched on, and whether it ran; and the links by which systemd starts units, with the folders
    /// that they are in.
    Service {
        enabled: bool,
        active: bool,
        #[serde(default)]
        links: Vec<String>,
    },
    /// Whether the user was in the group.
    Group { member: bool },
    /// What the step itself says is all.
    Told,
}

/// The copy of a large file in the record's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptCopy {
    /// Its name in the record's folder.
    pub(crate) name: String,
    /// What it is a copy of.
    pub(crate) original: Large,
}

/// Why a record is not acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is no record, cut off, or was changed by hand.
    #[error("the record is damaged or was changed by hand ({0}); nothing is done with it")]
    Damaged(String),
    /// A newer Gangway wrote it.
    #[error("the record is of a newer version of Gangway (format {0}); use that version to undo it")]
    Newer(u32),
}

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    version: u32,
    sha256: Digest,
    #[serde(borrow)]
    record: &'a RawValue,
}

#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl Record {
    /// The text of the file.
    pub(crate) fn to_text(&self) -> Result<String, RecordError> {
        let damaged = |error: serde_json::Error| RecordError::Damaged(error.to_string());
        let record = RawValue::from_string(serde_json::to_string(self).map_err(damaged)?).map_err(damaged)?;
        let envelope = Envelope { version: VERSION, sha256: hash(record.get().as_bytes()), record: &record };
        Ok(serde_json::to_string(&envelope).map_err(damaged)? + "\n")
    }

    /// Reads the text of the file.
    pub(crate) fn parse(text: &str) -> Result<Self, RecordError> {
        let damaged = |error: serde_json::Error| RecordError::Damaged(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(damaged)?;
        if head.version > VERSION {
            return Err(RecordError::Newer(head.version));
        }
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(damaged)?;
        if hash(envelope.record.get().as_bytes()) != envelope.sha256 {
            return Err(RecordError::Damaged("its checksum does not fit".to_owned()));
        }
        let record: Self = serde_json::from_str(envelope.record.get()).map_err(damaged)?;
        if record.former.len() != record.plan.steps.len() {
            return Err(RecordError::Damaged("it does not tell of every step".to_owned()));
        }
        Ok(record)
    }
}

fn hash(bytes: &[u8]) -> Digest {
    Digest::from(<[u8; 32]>::from(Sha256::digest(bytes)))
}

impl RecordId {
    pub(crate) fn new(seconds: u64, number: u32) -> Self {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        // Colons are not for file names.
        Self(format!("{}-{number}", humantime::format_rfc3339_seconds(time)).replace(':', "."))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecordId {
    type Err = RecordIdError;

    fn from_str(text: &str) -> Result<Self, RecordIdError> {
        let fits = |c: char| c.is_ascii_digit() || matches!(c, 'T' | 'Z' | '-' | '.');
        let number = text.starts_with(|c: char| c.is_ascii_digit());
        if number && text.len() <= 40 && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RecordIdError(text.chars().take(60).collect()))
        }
    }
}

impl TryFrom<String> for RecordId {
    type Error = RecordIdError;

    fn try_from(text: String) -> Result<Self, RecordIdError> {
        text.parse()
    }
}

impl From<RecordId> for String {
    fn from(id: RecordId) -> Self {
        id.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
