//! What a boot loader is asked through: a file that is written in place, so that its blocks stay where they are, and EFI
//! variables, which are written in one piece.
//!
//! Source: kernel, `Documentation/filesystems/efivarfs.rst` (attributes and value in one write; most variables are
//! immutable until their flag is taken away).

use rustix::fs::{
    IFlags, Mode, OFlags, StatVfsMountFlags, fstat, fstatvfs, fsync, ftruncate, ioctl_getflags,
    ioctl_setflags, openat,
};
use rustix::io::{Errno, pread, pwrite};

use super::error::system;
use super::{Outcome, Place, Root, WriteError, WriteErrorKind};

impl Root {
    /// Writes over a file of the same length that is what is expected, without a moment in which it is shorter; on disk when
    /// this returns. Who reads the disk without the journal of its file system sees the old bytes or the new ones.
    pub(crate) fn overwrite(&self, path: &str, expected: &[u8], bytes: &[u8]) -> Result<(), WriteError> {
        let overwrite = || {
            let place = self.place(path)?;
            let stat = place.stat()?.ok_or(WriteErrorKind::Changed)?;
            super::check_kind(&stat)?;
            super::refuse_second_name(&stat)?;
            let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
            let file = openat(&place.folder, place.name, flags, Mode::empty()).map_err(system("open it"))?;
            let mut present = vec![0; expected.len() + 1];
            let length = pread(&file, &mut present, 0).map_err(system("read"))?;
            if present.get(..length) != Some(expected) || bytes.len() != expected.len() {
                return Err(WriteErrorKind::Changed);
            }
            self.gap("overwrite-begin", path);
            let written = pwrite(&file, bytes, 0).map_err(system("write"))?;
            self.gap("overwrite-written", path);
            fsync(&file).map_err(system("sync"))?;
            self.gap("overwrite-synced", path);
            if written == bytes.len() { Ok(()) } else { Err(WriteErrorKind::Changed) }
        };
        overwrite().map_err(|kind| kind.at(path))
    }

    /// Fails where EFI variables cannot be written.
    pub(crate) fn need_variables(&self, path: &str) -> Result<(), WriteError> {
        let need = || {
            let place = self.place(path)?;
            let stat = fstatvfs(&place.folder).map_err(system("look at the firmware’s variables"))?;
            let read_only = stat.f_flag.contains(StatVfsMountFlags::RDONLY);
            if read_only { Err(system("write to it")(Errno::ROFS)) } else { Ok(()) }
        };
        need().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Makes an EFI variable, or gives it another value.
    pub(crate) fn write_variable(&self, path: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let write = || {
            let place = self.place(path)?;
            release(&place)?;
            self.gap("variable-begin", path);
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
            let file = openat(&place.folder, place.name, flags, mode).map_err(system("open it"))?;
            // In one piece: the kernel takes each write for a whole value.
            let written = rustix::io::write(&file, bytes).map_err(system("write to it"))?;
            // The firmware has the new value alone; a plain file in its place keeps the end of a longer one.
            let left = fstat(&file).map_err(system("look at it"))?;
            if u64::try_from(left.st_size).is_ok_and(|size| size > bytes.len() as u64) {
                ftruncate(&file, bytes.len() as u64).map_err(system("cut it"))?;
            }
            self.gap("variable-written", path);
            if written == bytes.len() { Ok(()) } else { Err(WriteErrorKind::Changed) }
        };
        write().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Removes an EFI variable, if it is there.
    pub(crate) fn remove_variable(&self, path: &str) -> Result<(), WriteError> {
        let remove = || {
            let place = self.place(path)?;
            if place.stat()?.is_none() {
                return Ok(());
            }
            release(&place)?;
            self.remove_at(&place)
        };
        remove().map_err(|kind: WriteErrorKind| kind.at(path))
    }
}

/// Takes the flag away that keeps a variable from being written.
fn release(place: &Place<'_>) -> Outcome<()> {
    let Some((file, _)) = place.open_file()? else { return Ok(()) };
    match ioctl_getflags(&file) {
        Ok(flags) if flags.contains(IFlags::IMMUTABLE) => {
            ioctl_setflags(&file, flags.difference(IFlags::IMMUTABLE)).map_err(system("make it writable"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use crate::gap::Gaps;
    use crate::write::{Keeping, Root, WriteErrorKind};

    #[test]
    fn what_is_written_in_place_stays_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path(), Gaps::default()).unwrap();
        root.put("/env", None, b"asked", Keeping::Present).unwrap();
        let file = || std::fs::metadata(folder.path().join("env")).unwrap();
        let before = file().ino();
        root.overwrite("/env", b"asked", b"taken").unwrap();
        assert_eq!((file().ino(), file().len()), (before, 5));
        assert_eq!(root.look("/env").unwrap().unwrap().content.bytes(), b"taken");
        // Something else is there, or would be longer or shorter.
        for (expected, bytes) in [(&b"asked"[..], &b"other"[..]), (b"taken", b"longer"), (b"take", b"four")] {
            let error = root.overwrite("/env", expected, bytes).unwrap_err();
            assert_eq!(error.kind, WriteErrorKind::Changed);
        }
        assert_eq!(root.look("/env").unwrap().unwrap().content.bytes(), b"taken");
        std::os::unix::fs::symlink("env", folder.path().join("link")).unwrap();
        assert_eq!(root.overwrite("/link", b"taken", b"other").unwrap_err().kind, WriteErrorKind::Link);
    }

    #[test]
    fn a_variable_comes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path(), Gaps::default()).unwrap();
        root.need_variables("/variable").unwrap();
        root.remove_variable("/variable").unwrap();
        root.write_variable("/variable", b"\x07\0\0\0a\0\0\0").unwrap();
        assert_eq!(root.look("/variable").unwrap().unwrap().content.bytes(), b"\x07\0\0\0a\0\0\0");
        root.remove_variable("/variable").unwrap();
        assert_eq!(root.look("/variable").unwrap(), None);
        assert!(root.need_variables("/none/variable").is_err());
    }
}
