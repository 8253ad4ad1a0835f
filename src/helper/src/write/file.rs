//! Small files: looked at with everything that belongs to them, replaced and removed as a whole.

use std::os::fd::OwnedFd;

use gangway_core::plan::Content;
use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, fsync, openat, renameat, renameat_with, statat,
    unlinkat,
};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::error::system;
use super::meta::refuse_protected;
use super::{Meta, Outcome, Place, Root, WriteError, WriteErrorKind, if_there, refuse_second_name};

/// The most that is read of a small file; `grub.cfg` of a machine with many systems may have some hundred kilobytes.
pub(crate) const SMALL: u64 = 4 << 20;

/// The folders of boot loaders.
const LOADERS: [&str; 2] = ["/boot/", "/efi/"];

/// A file as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its bytes.
    pub content: Content,
    /// What it has besides.
    pub meta: Meta,
}

/// What a file that is written gets besides its bytes.
#[derive(Debug, Clone, Copy)]
pub enum Keeping<'a> {
    /// Permissions, owner and attributes of the file that is there. A new one is root's and readable by all, in folders of
    /// boot loaders by those who may read the files beside it; what begins with `#!` is a program.
    Present,
    /// Exactly these, the modification time, too.
    Exactly(&'a Meta),
    /// It is root's, and nobody else reads it.
    Private,
}

impl Root {
    /// A small file; none where nothing is.
    ///
    /// # Errors
    /// When something else than a plain file is there, or the way to it is not safe.
    pub fn look(&self, path: &str) -> Result<Option<Found>, WriteError> {
        let look = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(None) };
            place.look()
        };
        look().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// The bytes of a file of ours; none where nothing is.
    pub(crate) fn look_up_to(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, WriteError> {
        let look = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(None) };
            place.open_file()?.map(|(file, _)| read_whole(&file, limit)).transpose()
        };
        look().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Puts a file in the place of what is expected there (none for nothing), on disk when this returns.
    ///
    /// # Errors
    /// When something else is there by then, and when the system says no. What was there is there still.
    pub fn put(
        &self,
        path: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        keeping: Keeping<'_>,
    ) -> Result<(), WriteError> {
        self.place(path)
            .and_then(|place| self.put_at(&place, expected, bytes, keeping))
            .map_err(|kind| kind.at(path))
    }

    fn put_at(
        &self,
        place: &Place<'_>,
        expected: Option<&[u8]>,
        bytes: &[u8],
        keeping: Keeping<'_>,
    ) -> Outcome<()> {
        let present = place.look_as(expected)?;
        let (uid, gid) = self.owner();
        let mode = if bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
        let fresh = |mode| Meta { mode, uid, gid, modified: (0, 0), attributes: Default::default() };
        let meta = match keeping {
            Keeping::Exactly(meta) => meta.clone(),
            Keeping::Present => match present {
                Some(found) => found.meta,
                None => fresh(mode & Self::readers_beside(place)?),
            },
            Keeping::Private => fresh(0o600),
        };
        let exact = matches!(keeping, Keeping::Exactly(_));
        self.replace(
            place,
            &meta,
            exact,
            |file| write_all(file, bytes),
            || place.look_as(expected).map(|found| found.is_some()),
        )
    }

    /// The permissions that a new file has at most: below the folders of boot loaders those of every file of its kind (with
    /// the same ending) beside it, since it repeats parts of them. Where `grub.cfg` is closed to others, `custom.cfg` is.
    fn readers_beside(place: &Place<'_>) -> Outcome<u32> {
        let ending = |name: &str| name.rsplit_once('.').map(|(_, ending)| ending.to_owned());
        let own = ending(place.name);
        let mut mode = 0o777;
        if own.is_none() || !LOADERS.iter().any(|folder| place.path.starts_with(folder)) {
            return Ok(mode);
        }
        for entry in Dir::read_from(&place.folder).map_err(system("list the folder"))? {
            let entry = entry.map_err(system("list the folder"))?;
            let alike = |name: &str| !name.starts_with('.') && ending(name) == own;
            if !entry.file_name().to_str().is_ok_and(alike) {
                continue;
            }
            match statat(&place.folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                    mode &= readers(stat.st_mode);
                }
                Ok(_) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(system("look at a file beside it")(errno)),
            }
        }
        Ok(mode)
    }

    /// Makes a file beside the place, fills it, and gives it the name after `check` has said whether one is there.
    pub(super) fn replace(
        &self,
        place: &Place<'_>,
        meta: &Meta,
        with_time: bool,
        fill: impl FnOnce(&OwnedFd) -> Outcome<()>,
        check: impl FnOnce() -> Outcome<bool>,
    ) -> Outcome<()> {
        let temporary = temporary(place.name);
        // One of a power cut: only one process of ours is here at a time.
        place.unlink(&temporary)?;
        self.gap("write-begin", place.path);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&place.folder, temporary.as_str(), flags, Mode::RUSR | Mode::WUSR)
            .map_err(system("make a file beside it"))?;
        let named = || {
            self.gap("write-made", place.path);
            fill(&file)?;
            meta.give_rights(&file)?;
            if with_time {
                meta.give_time(&file)?;
            }
            fsync(&file).map_err(system("sync"))?;
            self.gap("write-filled", place.path);
            if check()? {
                return renameat(&place.folder, temporary.as_str(), &place.folder, place.name)
                    .map_err(system("give it its name"));
            }
            let flags = RenameFlags::NOREPLACE;
            match renameat_with(&place.folder, temporary.as_str(), &place.folder, place.name, flags) {
                // A file system that does not know this; that nothing is there was seen just now.
                Err(Errno::INVAL | Errno::NOSYS) => {
                    renameat(&place.folder, temporary.as_str(), &place.folder, place.name)
                }
                other => other,
            }
            .map_err(|errno| match errno {
                Errno::EXIST => WriteErrorKind::Changed,
                errno => system("give it its name")(errno),
            })
        };
        if let Err(kind) = named() {
            place.unlink(&temporary)?;
            return Err(kind);
        }
        self.gap("write-named", place.path);
        place.sync()?;
        self.gap("write-synced", place.path);
        Ok(())
    }

    /// Removes a file that is what is expected.
    ///
    /// # Errors
    /// When something else is there, and when the system says no. It is there still.
    pub fn remove(&self, path: &str, expected: &[u8]) -> Result<(), WriteError> {
        let remove = || {
            let place = self.place(path)?;
            place.look_as(Some(expected))?;
            self.remove_at(&place)
        };
        remove().map_err(|kind| kind.at(path))
    }

    pub(super) fn remove_at(&self, place: &Place<'_>) -> Outcome<()> {
        self.gap("remove-begin", place.path);
        unlinkat(&place.folder, place.name, AtFlags::empty()).map_err(system("remove it"))?;
        self.gap("remove-done", place.path);
        place.sync()?;
        self.gap("remove-synced", place.path);
        Ok(())
    }

    /// Removes what a power cut left beside a path.
    ///
    /// # Errors
    /// When the system says no.
    pub(crate) fn tidy(&self, path: &str) -> Result<(), WriteError> {
        let tidy = || match if_there(self.place(path))? {
            Some(place) => place.unlink(&temporary(place.name)),
            None => Ok(()),
        };
        tidy().map_err(|kind: WriteErrorKind| kind.at(path))
    }
}

impl Place<'_> {
    fn look(&self) -> Outcome<Option<Found>> {
        let Some((file, stat)) = self.open_file()? else { return Ok(None) };
        refuse_second_name(&stat)?;
        let content = Content::from(read_whole(&file, SMALL)?);
        Ok(Some(Found { content, meta: Meta::of(&file, &stat)? }))
    }

    /// What is there, if it is what is expected and may be replaced.
    fn look_as(&self, expected: Option<&[u8]>) -> Outcome<Option<Found>> {
        let Some((file, stat)) = self.open_file()? else {
            return if expected.is_none() { Ok(None) } else { Err(WriteErrorKind::Changed) };
        };
        let Some(expected) = expected else { return Err(WriteErrorKind::Occupied) };
        refuse_protected(&file)?;
        refuse_second_name(&stat)?;
        let content = read_whole(&file, SMALL.max(expected.len() as u64))?;
        if content != expected {
            return Err(WriteErrorKind::Changed);
        }
        Ok(Some(Found { content: content.into(), meta: Meta::of(&file, &stat)? }))
    }

    /// Removes a name in the folder, if it is there.
    fn unlink(&self, name: &str) -> Outcome<()> {
        match unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(system("remove a file that was left beside it")(errno)),
        }
    }
}

/// What a file is called until it is whole. No system reads such a name in a folder of configuration.
fn temporary(name: &str) -> String {
    format!(".{name}.gangway-new")
}

pub(super) fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> Outcome<()> {
    while !bytes.is_empty() {
        match rustix::io::write(file, bytes) {
            Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(system("write")(errno)),
        }
    }
    Ok(())
}

pub(super) fn read_whole(file: &OwnedFd, limit: u64) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if bytes.len() as u64 > limit {
            return Err(WriteErrorKind::TooLarge(limit));
        }
        bytes.reserve(16 << 10);
        match rustix::io::read(file, rustix::buffer::spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(system("read")(errno)),
        }
    }
}

/// The most that a file may let others do beside one of these permissions: whoever may not read that one may do nothing.
fn readers(mode: u32) -> u32 {
    let group = if mode & 0o040 == 0 { 0 } else { 0o070 };
    let others = if mode & 0o004 == 0 { 0 } else { 0o007 };
    0o700 | group | others
}
