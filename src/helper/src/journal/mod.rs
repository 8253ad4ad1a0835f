//! The journal: `/var/lib/gangway/records/<name>/`, for root alone. It is written ahead of every change, so that a stop at
//! any instant, power loss included, leads back to *before* or on to *after*.
//!
//! A record's folder is made under a name that begins with `.new-`, filled (copies of large files, `record.json`, an empty
//! `progress`), synced, and only then given its own name: it is there whole or not at all. Afterwards only `progress`
//! grows. Records are kept, so that they can be undone; strange files in the folder are left alone and not looked at.
//!
//! One plan at a time: a lock on `/var/lib/gangway/lock` is held while something is changed.

mod progress;
mod record;

use std::time::{SystemTime, UNIX_EPOCH};

pub use progress::State;
pub(crate) use progress::{Left, Mark, Progress};
pub(crate) use record::{Former, KeptCopy};
pub use record::{Record, RecordError, RecordId, RecordIdError};

use crate::step;
use crate::write::{Keeping, Lock, Root, WriteError};

const STATE: &str = "/var/lib/gangway";
const RECORDS: &str = "/var/lib/gangway/records";
const LOCK: &str = "/var/lib/gangway/lock";
/// What a folder of a record is called until it is whole.
const UNFINISHED: &str = ".new-";

/// How the names of copies of large files begin.
pub(crate) const COPY: &str = "kept-";

/// Why the journal could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It could not be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// There is no such record.
    #[error("there is no record {0}")]
    NoRecord(RecordId),
    /// A record cannot be acted on.
    #[error("{id}: {error}")]
    Record {
        /// The record.
        id: RecordId,
        /// Why.
        error: RecordError,
    },
    /// Another change is being made.
    #[error("another change is being made; wait until it has ended")]
    Busy,
}

/// A record with how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) record: Record,
    pub(crate) progress: Progress,
}

/// The records of a machine, below its root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Journal<'a> {
    root: &'a Root,
}

impl<'a> Journal<'a> {
    pub(crate) fn new(root: &'a Root) -> Self {
        Self { root }
    }

    /// Makes the folders and takes the lock.
    pub(crate) fn lock(self) -> Result<Lock, JournalError> {
        for missing in self.root.missing_folders(STATE)? {
            self.root.make_folder(&missing, false)?;
        }
        // The state of a reservation in it is for everybody; the records are not.
        self.root.make_passable(STATE)?;
        self.root.make_folder(RECORDS, true)?;
        self.root.lock(LOCK)?.ok_or(JournalError::Busy)
    }

    /// The folder of a record.
    pub(crate) fn folder(id: &RecordId) -> String {
        format!("{RECORDS}/{id}")
    }

    /// A name for a new record, and the folder in which it is prepared.
    pub(crate) fn prepare(self) -> Result<(RecordId, u64, String), JournalError> {
        let seconds = u64::try_from(now()).unwrap_or(0);
        let taken = self.root.names_in(RECORDS)?;
        let mut number = 1;
        let id = loop {
            let id = RecordId::new(seconds, number);
            if !taken.iter().any(|name| name.strip_prefix(UNFINISHED).unwrap_or(name) == id.as_str()) {
                break id;
            }
            number += 1;
        };
        let folder = format!("{RECORDS}/{UNFINISHED}{id}");
        self.root.make_folder(&folder, true)?;
        Ok((id, seconds, folder))
    }

    /// Gives a prepared record its name; from here on it counts.
    pub(crate) fn begin(self, record: Record, prepared: &str) -> Result<Entry, JournalError> {
        let text = record.to_text().map_err(|error| JournalError::Record { id: record.id.clone(), error })?;
        self.root.put(&format!("{prepared}/record.json"), None, text.as_bytes(), Keeping::Private)?;
        let progress = format!("{prepared}/progress");
        self.root.put(&progress, None, b"", Keeping::Private)?;
        // So that a disk that is full in the middle still takes the marks.
        self.root.reserve(&progress, MARKS)?;
        self.root.rename_folder(prepared, &Self::folder(&record.id))?;
        Ok(Entry { record, progress: Progress::default() })
    }

    /// Removes what was prepared and never begun.
    pub(crate) fn discard_unfinished(self) -> Result<(), JournalError> {
        for name in self.root.names_in(RECORDS)?.iter().filter(|name| name.starts_with(UNFINISHED)) {
            self.root.remove_tree(&format!("{RECORDS}/{name}"))?;
        }
        Ok(())
    }

    /// Removes the copies of large files that a finished record does not need any more. Where that fails, it is tried again
    /// with the next recovery.
    pub(crate) fn drop_copies(self, id: &RecordId) {
        let folder = Self::folder(id);
        let names = self.root.names_in(&folder).unwrap_or_default();
        for name in names.iter().filter(|name| name.starts_with(COPY)) {
            let _ = self.root.remove_made(&format!("{folder}/{name}"));
        }
    }

    /// The names of all records, the oldest first.
    pub(crate) fn ids(self) -> Result<Vec<RecordId>, JournalError> {
        Ok(self.root.names_in(RECORDS)?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// A record.
    pub(crate) fn read(self, id: &RecordId) -> Result<Entry, JournalError> {
        let folder = Self::folder(id);
        let of = |error| JournalError::Record { id: id.clone(), error };
        let found = self.root.look_up_to(&format!("{folder}/record.json"), RECORD_LIMIT)?;
        let bytes = found.ok_or_else(|| JournalError::NoRecord(id.clone()))?;
        let text = str::from_utf8(&bytes).map_err(|error| of(RecordError::Damaged(error.to_string())))?;
        let record = Record::parse(text).map_err(of)?;
        if let Some(error) = record.plan.steps.iter().find_map(|step| step::check(step).err()) {
            return Err(of(RecordError::Damaged(error.to_string())));
        }
        if record.id != *id {
            return Err(of(RecordError::Damaged("it is in another record's folder".to_owned())));
        }
        let marks = self.root.look_up_to(&format!("{folder}/progress"), RECORD_LIMIT)?;
        let marks = marks.ok_or_else(|| of(RecordError::Damaged("its progress is missing".to_owned())))?;
        Ok(Entry { record, progress: Progress::parse(&marks).map_err(of)? })
    }

    /// Adds a mark, on disk when this returns.
    pub(crate) fn mark(self, entry: &mut Entry, mark: Mark) -> Result<(), JournalError> {
        let id = &entry.record.id;
        let line = progress::line(&mark).map_err(|error| JournalError::Record { id: id.clone(), error })?;
        let path = format!("{}/progress", Self::folder(id));
        self.root.append(&path, entry.progress.length, line.as_bytes())?;
        entry.progress.length += line.len() as u64;
        entry.progress.marks.push(mark);
        Ok(())
    }
}

/// Room for the marks of one application, and of rolling it back.
const MARKS: u64 = 64 << 10;
/// Seconds since 1970, by the computer's clock.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

/// The most that is read of a record: small files twice and what tells of them.
const RECORD_LIMIT: u64 = 256 << 20;

#[cfg(test)]
mod tests;
