//! Large files, such as an initramfs: measured, copied, and restored from a copy.

use std::os::fd::OwnedFd;

use gangway_core::plan::Digest;
use rustix::fs::{fstatvfs, ioctl_ficlone};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::system;
use super::file::write_all;
use super::{Meta, Outcome, Root, WriteError, WriteErrorKind, if_there};

/// The most that is copied of one file; an initramfs with firmware has some hundred megabytes.
const LARGE: u64 = 4 << 30;
/// What stays free on a file system of which we take room.
const SPARE: u64 = 1 << 20;

/// A large file, as it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Large {
    /// Its length in bytes.
    pub(crate) size: u64,
    /// SHA-256 of its bytes.
    pub(crate) sha256: Digest,
    /// What it has besides.
    pub(crate) meta: Meta,
}

impl Large {
    pub(crate) fn same_bytes(&self, other: &Self) -> bool {
        (self.size, self.sha256) == (other.size, other.sha256)
    }
}

impl Root {
    /// Measures a file; none where nothing is.
    pub(crate) fn measure(&self, path: &str) -> Result<Option<Large>, WriteError> {
        let measure = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(None) };
            let Some((file, stat)) = place.open_file()? else { return Ok(None) };
            let meta = Meta::of(&file, &stat)?;
            let (size, sha256) = pour(&file, |_| Ok(()))?;
            Ok(Some(Large { size, sha256, meta }))
        };
        measure().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Bytes that are free for us where a path is.
    pub(crate) fn free(&self, path: &str) -> Result<u64, WriteError> {
        let free = || {
            let place = self.place(path)?;
            let stat = fstatvfs(&place.folder).map_err(system("ask for the free space"))?;
            Ok(stat.f_bavail.saturating_mul(stat.f_frsize).saturating_sub(SPARE))
        };
        free().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Fails where there is no room for so many bytes.
    pub(crate) fn need(&self, path: &str, needed: u64) -> Result<(), WriteError> {
        let free = self.free(path)?;
        if needed > free { Err(WriteErrorKind::NoSpace { needed, free }.at(path)) } else { Ok(()) }
    }

    /// Copies a file to a place where nothing is, on disk when this returns. With the permissions and time of the
    /// original, or private to root.
    pub(crate) fn copy(&self, from: &str, to: &str, private: bool) -> Result<Large, WriteError> {
        let copy = || {
            let source = self.place(from)?;
            let (file, stat) = source.open_file()?.ok_or(system("open it")(Errno::NOENT))?;
            let original = Meta::of(&file, &stat)?;
            let mut meta = original.clone();
            if private {
                meta.mode = 0o600;
                (meta.uid, meta.gid) = self.owner();
                meta.attributes.clear();
            }
            let target = self.place(to)?;
            let free = || Ok(if target.stat()?.is_some() { Err(WriteErrorKind::Occupied)? } else { false });
            free()?;
            let mut measured = None;
            let fill = |new: &OwnedFd| fill(&file, new).map(|poured| measured = Some(poured));
            self.replace(&target, &meta, true, fill, free)?;
            let (size, sha256) = measured.ok_or(WriteErrorKind::Changed)?;
            Ok(Large { size, sha256, meta: original })
        };
        copy().map_err(|kind: WriteErrorKind| kind.at(to))
    }

    /// Puts a copy in the place of whatever file is there, with these permissions and this time.
    pub(crate) fn restore(&self, copy: &str, path: &str, former: &Large) -> Result<(), WriteError> {
        let restore = || {
            let source = self.place(copy)?;
            let (file, _) = source.open_file()?.ok_or(system("open the copy")(Errno::NOENT))?;
            let target = self.place(path)?;
            let fill = |new: &OwnedFd| match fill(&file, new)? {
                poured if poured == (former.size, former.sha256) => Ok(()),
                _ => Err(WriteErrorKind::Changed),
            };
            self.replace(&target, &former.meta, true, fill, || Ok(target.open_file()?.is_some()))
        };
        restore().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Removes a file that was made for a change alone, whatever is in it, if it is there.
    pub(crate) fn remove_made(&self, path: &str) -> Result<(), WriteError> {
        let remove = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(()) };
            if place.open_file()?.is_some() { self.remove_at(&place) } else { Ok(()) }
        };
        remove().map_err(|kind: WriteErrorKind| kind.at(path))
    }
}

/// Fills a new file from another: shares its blocks where the file system can, and copies its bytes elsewhere.
fn fill(from: &OwnedFd, to: &OwnedFd) -> Outcome<(u64, Digest)> {
    if ioctl_ficlone(to, from).is_ok() {
        pour(from, |_| Ok(()))
    } else {
        pour(from, |part| write_all(to, part))
    }
}

/// Reads a file from its current place to its end, and measures it.
fn pour(file: &OwnedFd, mut into: impl FnMut(&[u8]) -> Outcome<()>) -> Outcome<(u64, Digest)> {
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut room = vec![0; 1 << 18];
    loop {
        match rustix::io::read(file, &mut room) {
            Ok(0) => return Ok((size, Digest::from(<[u8; 32]>::from(hash.finalize())))),
            Ok(length) => {
                let part = room.get(..length).unwrap_or_default();
                size += length as u64;
                if size > LARGE {
                    return Err(WriteErrorKind::TooLarge(LARGE));
                }
                hash.update(part);
                into(part)?;
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(system("read")(errno)),
        }
    }
}
