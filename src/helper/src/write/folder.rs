//! Folders: made where one is missing, removed where ours is empty; and what the journal does in its own.

use std::time::Duration;

use rustix::fs::{
    AtFlags, Dir, FallocateFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags, fallocate, fdatasync,
    flock, fstat, fsync, ftruncate, mkdirat, openat, readlinkat, renameat_with, symlinkat, syncfs, unlinkat,
};
use rustix::io::Errno;

use super::error::system;
use super::file::write_all;
use super::{Outcome, Root, WriteError, WriteErrorKind, if_there, split};

/// How often, and how long apart, a lock is tried.
const LOCK_TRIES: usize = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Holds a lock until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: std::os::fd::OwnedFd,
}

impl Root {
    /// The folders above a path that are missing, the outermost first.
    pub(crate) fn missing_folders(&self, path: &str) -> Result<Vec<String>, WriteError> {
        let missing = || {
            let mut missing = Vec::new();
            let (mut folder, _) = split(path)?;
            while !folder.is_empty() {
                if if_there(self.folder(folder))?.is_some() {
                    break;
                }
                missing.insert(0, folder.to_owned());
                (folder, _) = split(folder)?;
            }
            Ok(missing)
        };
        missing().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Makes a folder that is not there. A private one is for root alone, another one is readable by all.
    pub(crate) fn make_folder(&self, path: &str, private: bool) -> Result<(), WriteError> {
        let make = || {
            let place = self.place(path)?;
            let mode = Mode::from_raw_mode(if private { 0o700 } else { 0o755 });
            match mkdirat(&place.folder, place.name, mode) {
                Err(Errno::EXIST) => {
                    let stat = place.stat()?.ok_or(WriteErrorKind::Changed)?;
                    let folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
                    let open = private && stat.st_mode & 0o077 != 0;
                    return if folder && !open { Ok(()) } else { Err(WriteErrorKind::Occupied) };
                }
                other => other.map_err(system("make the folder"))?,
            }
            // Whatever the process's mask takes away; the folder was nobody else's to find until here.
            rustix::fs::chmodat(&place.folder, place.name, mode, AtFlags::empty())
                .map_err(system("set the permissions"))?;
            self.gap("folder-made", path);
            place.sync()
        };
        make().map_err(|kind| kind.at(path))
    }

    /// Makes a folder that others may pass through and not list; one of ours that was private becomes such a one.
    pub(crate) fn make_passable(&self, path: &str) -> Result<(), WriteError> {
        let make = || {
            let place = self.place(path)?;
            let mode = Mode::from_raw_mode(0o711);
            match mkdirat(&place.folder, place.name, mode) {
                Ok(()) => {}
                Err(Errno::EXIST) => {
                    let stat = place.stat()?.ok_or(WriteErrorKind::Changed)?;
                    let ours = FileType::from_raw_mode(stat.st_mode) == FileType::Directory
                        && stat.st_uid == self.owner().0;
                    return match stat.st_mode & 0o777 {
                        _ if !ours => Err(WriteErrorKind::Occupied),
                        0o700 => rustix::fs::chmodat(&place.folder, place.name, mode, AtFlags::empty())
                            .map_err(system("set the permissions")),
                        0o711 => Ok(()),
                        // Somebody else prepared it.
                        _ => Err(WriteErrorKind::Occupied),
                    };
                }
                Err(errno) => return Err(system("make the folder")(errno)),
            }
            rustix::fs::chmodat(&place.folder, place.name, mode, AtFlags::empty())
                .map_err(system("set the permissions"))?;
            self.gap("folder-made", path);
            place.sync()
        };
        make().map_err(|kind| kind.at(path))
    }

    /// Removes a folder if it is there and empty.
    pub(crate) fn remove_folder(&self, path: &str) -> Result<(), WriteError> {
        let remove = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(()) };
            match unlinkat(&place.folder, place.name, AtFlags::REMOVEDIR) {
                Ok(()) => place.sync(),
                Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(()),
                Err(errno) => Err(system("remove the folder")(errno)),
            }
        };
        remove().map_err(|kind| kind.at(path))
    }

    /// When the link at a path was made, in seconds since 1970; none where nothing is.
    pub(crate) fn made_at(&self, path: &str) -> Result<Option<i64>, WriteError> {
        let made = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(None) };
            Ok(place.stat()?.map(|stat| stat.st_mtime))
        };
        made().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Where the link at a path leads, as it is written; none where nothing is.
    pub(crate) fn link(&self, path: &str) -> Result<Option<String>, WriteError> {
        let link = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(None) };
            match readlinkat(&place.folder, place.name, Vec::new()) {
                Ok(target) => Ok(Some(target.to_string_lossy().into_owned())),
                Err(Errno::NOENT) => Ok(None),
                Err(Errno::INVAL) => Err(WriteErrorKind::Occupied),
                Err(errno) => Err(system("read the link")(errno)),
            }
        };
        link().map_err(|kind| kind.at(path))
    }

    /// Makes a link to a folder of a service, unless it is there.
    pub(crate) fn make_link(&self, path: &str, target: &str) -> Result<(), WriteError> {
        let make = || {
            let place = self.place(path)?;
            match symlinkat(target, &place.folder, place.name) {
                Ok(()) => {
                    self.gap("link-made", path);
                    place.sync()
                }
                Err(Errno::EXIST) if self.link(path).is_ok_and(|there| there.as_deref() == Some(target)) => {
                    Ok(())
                }
                Err(errno) => Err(system("make the link")(errno)),
            }
        };
        make().map_err(|kind| kind.at(path))
    }

    /// Removes a link that leads where ours does.
    pub(crate) fn remove_link(&self, path: &str, target: &str) -> Result<(), WriteError> {
        match self.link(path)? {
            None => return Ok(()),
            Some(there) if there == target => {}
            Some(_) => return Err(WriteErrorKind::Changed.at(path)),
        }
        self.place(path).and_then(|place| self.remove_at(&place)).map_err(|kind| kind.at(path))
    }

    /// The names in a folder, sorted; none where it is not there.
    pub(crate) fn names_in(&self, path: &str) -> Result<Vec<String>, WriteError> {
        let list = || {
            let Some(folder) = if_there(self.folder(path))? else { return Ok(Vec::new()) };
            let mut names = Vec::new();
            for entry in Dir::new(folder).map_err(system("list the folder"))? {
                let entry = entry.map_err(system("list the folder"))?;
                if let Ok(name) = entry.file_name().to_str()
                    && !matches!(name, "." | "..")
                {
                    names.push(name.to_owned());
                }
            }
            names.sort_unstable();
            Ok(names)
        };
        list().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Gives a folder its name, which nothing may have yet.
    pub(crate) fn rename_folder(&self, from: &str, to: &str) -> Result<(), WriteError> {
        let rename = || {
            let from = self.place(from)?;
            let to = self.place(to)?;
            renameat_with(&from.folder, from.name, &to.folder, to.name, RenameFlags::NOREPLACE)
                .map_err(system("give the folder its name"))?;
            self.gap("folder-named", to.path);
            to.sync()
        };
        rename().map_err(|kind| kind.at(to))
    }

    /// Copies what is in a folder into another one, which is made where it is not there; what is there by the same name is
    /// replaced. Links lead where they led. None where there is no such folder.
    pub(crate) fn copy_tree(&self, from: &str, to: &str) -> Result<(), WriteError> {
        self.make_folder(to, false)?;
        for name in self.names_in(from)? {
            let (inner, copy) = (format!("{from}/{name}"), format!("{to}/{name}"));
            let stat = self.place(&inner).and_then(|place| place.stat()).map_err(|kind| kind.at(&inner))?;
            match stat.map(|stat| FileType::from_raw_mode(stat.st_mode)) {
                None => {}
                Some(FileType::Directory) => self.copy_tree(&inner, &copy)?,
                Some(FileType::RegularFile) => {
                    self.remove_made(&copy)?;
                    self.copy(&inner, &copy, false)?;
                }
                Some(FileType::Symlink) => {
                    let target = self.link(&inner)?.unwrap_or_default();
                    let target = if target.starts_with('/') { target } else { format!("{from}/{target}") };
                    self.make_link(&copy, &target)?;
                }
                Some(_) => return Err(WriteErrorKind::NotAFile.at(&inner)),
            }
        }
        Ok(())
    }

    /// Gives a file of ours the name that nothing has yet, on disk when this returns.
    pub(crate) fn rename_made(&self, from: &str, to: &str) -> Result<(), WriteError> {
        let rename = || {
            let source = self.place(from)?;
            let target = self.place(to)?;
            if target.stat()?.is_some() {
                return Err(WriteErrorKind::Occupied);
            }
            self.gap("rename-begin", to);
            rustix::fs::renameat(&source.folder, source.name, &target.folder, target.name)
                .map_err(system("give it its name"))?;
            self.gap("rename-done", to);
            target.sync()
        };
        rename().map_err(|kind: WriteErrorKind| kind.at(to))
    }

    /// Removes a folder of the journal's with the files in it; links are removed, not followed.
    pub(crate) fn remove_tree(&self, path: &str) -> Result<(), WriteError> {
        for name in self.names_in(path)? {
            let inner = format!("{path}/{name}");
            let place = self.place(&inner).map_err(|kind| kind.at(&inner))?;
            match place.stat().map_err(|kind| kind.at(&inner))? {
                Some(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {
                    self.remove_tree(&inner)?;
                }
                _ => {
                    unlinkat(&place.folder, place.name, AtFlags::empty())
                        .map_err(|errno| system("remove it")(errno).at(&inner))?;
                }
            }
        }
        self.remove_folder(path)
    }

    /// Cuts a file of ours to a length and adds bytes at its end, on disk when this returns.
    pub(crate) fn append(&self, path: &str, length: u64, bytes: &[u8]) -> Result<(), WriteError> {
        let append = || {
            let place = self.place(path)?;
            let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
            let file = openat(&place.folder, place.name, flags, Mode::empty()).map_err(system("open it"))?;
            let stat = fstat(&file).map_err(system("look at it"))?;
            super::check_kind(&stat)?;
            if u64::try_from(stat.st_size) != Ok(length) {
                ftruncate(&file, length).map_err(system("cut it"))?;
            }
            self.gap("append-begin", path);
            write_all(&file, bytes)?;
            self.gap("append-written", path);
            fdatasync(&file).map_err(system("sync"))
        };
        append().map_err(|kind| kind.at(path))
    }

    /// Brings everything of the file system that a path is on to the disk: tools do not always do so with what they make.
    pub(crate) fn sync_around(&self, path: &str) -> Result<(), WriteError> {
        let sync = || {
            let Some(place) = if_there(self.place(path))? else { return Ok(()) };
            syncfs(&place.folder).map_err(system("sync the file system"))
        };
        sync().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Takes room on the disk for a file of ours that will grow, where the file system can.
    pub(crate) fn reserve(&self, path: &str, length: u64) -> Result<(), WriteError> {
        let reserve = || {
            let place = self.place(path)?;
            let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
            let file = openat(&place.folder, place.name, flags, Mode::empty()).map_err(system("open it"))?;
            match fallocate(&file, FallocateFlags::KEEP_SIZE, 0, length) {
                Ok(()) => fsync(&file).map_err(system("sync")),
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
                Err(errno) => Err(system("take room for it")(errno)),
            }
        };
        reserve().map_err(|kind| kind.at(path))
    }

    /// Takes a lock on a file of ours, which is made; none where somebody has it.
    pub(crate) fn lock(&self, path: &str) -> Result<Option<Lock>, WriteError> {
        let lock = || -> Outcome<Option<Lock>> {
            let place = self.place(path)?;
            let flags = OFlags::RDONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
            let file = openat(&place.folder, place.name, flags, Mode::RUSR | Mode::WUSR)
                .map_err(system("open the lock"))?;
            for _ in 0..LOCK_TRIES {
                match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                    Ok(()) => return Ok(Some(Lock { _file: file })),
                    // A process that is being started just now has every open file for a moment.
                    Err(Errno::WOULDBLOCK) => std::thread::sleep(LOCK_PAUSE),
                    Err(errno) => return Err(system("take the lock")(errno)),
                }
            }
            Ok(None)
        };
        lock().map_err(|kind| kind.at(path))
    }
}
