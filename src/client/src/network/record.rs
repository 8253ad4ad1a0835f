//! What of libvirt's network is ours, for undo: one small file in the user's state folder, written before each step.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use gangway_core::plan::Digest;
use serde::{Deserialize, Serialize};

use crate::store::{make_private_folder, write_in_place};

/// The most that is read of it.
const LIMIT: u64 = 64 << 10;

/// The record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRecord {
    path: PathBuf,
}

/// What we did to the network; what was so before is not ours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ours {
    /// We defined it.
    pub(super) defined: bool,
    /// What libvirt made of our definition.
    pub(super) definition: Option<Digest>,
    /// We started it.
    pub(super) started: bool,
    /// We let it start with libvirt.
    pub(super) autostart: bool,
}

impl Ours {
    /// Whether nothing is.
    pub(super) fn is_nothing(&self) -> bool {
        !(self.defined || self.started || self.autostart)
    }
}

/// The record cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct RecordError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl NetworkRecord {
    /// The record in this file, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Whether something of the network is ours.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn is_there(&self) -> Result<bool, RecordError> {
        Ok(self.read()?.is_some_and(|ours| !ours.is_nothing()))
    }

    pub(super) fn read(&self) -> Result<Option<Ours>, RecordError> {
        let mut text = String::new();
        match fs::File::open(&self.path).and_then(|file| file.take(LIMIT).read_to_string(&mut text)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.error(error)),
        }
        serde_json::from_str(&text).map(Some).map_err(|error| self.error(io::Error::other(error)))
    }

    /// Writes it; what says nothing is removed. When this returns, it is on the disk.
    pub(super) fn write(&self, ours: &Ours) -> Result<(), RecordError> {
        if ours.is_nothing() {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.error(error)),
                _ => Ok(()),
            };
        }
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let text = serde_json::to_vec(ours).map_err(|error| self.error(io::Error::other(error)))?;
        make_private_folder(folder)
            .and_then(|()| write_in_place(folder, &self.path, &text))
            .map_err(|error| self.error(error))
    }

    fn error(&self, source: io::Error) -> RecordError {
        RecordError { path: self.path.clone(), source }
    }
}

/// What tells one definition from another.
pub(super) fn hash(xml: &str) -> Digest {
    Digest::of("network", &xml)
}
