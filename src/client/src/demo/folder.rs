//! The folder that holds a demo's state: one file that libvirt's test driver reads, replaced whole or not
//! at all, and a lock so that two programs do not mix. What stands in the file is [`super::node`]'s.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long one program waits for another that is writing; a write takes milliseconds.
const LOCK_LIMIT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

pub(super) const STATE_FILE: &str = "node.xml";
const LOCK_FILE: &str = "lock";
/// There where the default network starts with libvirt.
const AUTOSTART_FILE: &str = "network-autostart";

/// Reading, locking or writing the state failed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub(super) struct FolderError {
    /// The file or folder.
    pub(super) path: PathBuf,
    /// What the system said.
    #[source]
    pub(super) cause: io::Error,
}

/// Which version of the state file was seen: replacing the file changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    file: u64,
    size: u64,
    changed: (i64, i64),
}

/// Keeps other programs from writing; ends when dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// The folder of one demo machine's state.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder; makes it, readable by the user alone, where it is missing.
    pub(super) fn open(path: &Path) -> Result<Self, FolderError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))?;
        // libvirt wants an absolute path, and the working folder may change under us.
        let path = fs::canonicalize(path).map_err(at(path))?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn state_file(&self) -> PathBuf {
        self.path.join(STATE_FILE)
    }

    /// Waits for other programs, at most ten seconds.
    pub(super) fn lock(&self) -> Result<Lock, FolderError> {
        let path = self.path.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            // A pipe in its place must not make us wait for a reader.
            .custom_flags(NONBLOCK)
            .open(&path)
            .map_err(at(&path))?;
        let until = Instant::now() + LOCK_LIMIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::WouldBlock) => return Err(at(&path)(io::ErrorKind::TimedOut.into())),
                Err(TryLockError::Error(cause)) => return Err(at(&path)(cause)),
            }
        }
    }

    /// The version of the state file; none where there is no file yet.
    pub(super) fn stamp(&self) -> Result<Option<Stamp>, FolderError> {
        let path = self.state_file();
        match fs::metadata(&path) {
            // libvirt would wait for a pipe's writer for ever.
            Ok(meta) if !meta.is_file() => Err(at(&path)(io::Error::other("not a regular file"))),
            Ok(meta) => Ok(Some(Stamp {
                file: meta.ino(),
                size: meta.len(),
                changed: (meta.ctime(), meta.ctime_nsec()),
            })),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(at(&path)(cause)),
        }
    }

    /// Whether the default network starts with libvirt.
    pub(super) fn has_autostart(&self) -> bool {
        self.path.join(AUTOSTART_FILE).exists()
    }

    /// Lets the default network start with libvirt, or not any more.
    pub(super) fn set_autostart(&self, on: bool, _lock: &Lock) -> Result<(), FolderError> {
        let path = self.path.join(AUTOSTART_FILE);
        let changed = if on {
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map(|_| ())
        } else {
            fs::remove_file(&path)
        };
        match changed {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(at(&path)(cause)),
            _ => Ok(()),
        }
    }

    /// Replaces the state file; the lock shows that nobody else does.
    pub(super) fn replace(&self, text: &str, _lock: &Lock) -> Result<(), FolderError> {
        let path = self.state_file();
        let fresh = self.path.join(".node.xml.new");
        let written = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&fresh)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&fresh, &path));
        if written.is_err() {
            // What is left of a failed write is of no use, and the next one replaces it in any case.
            let _ = fs::remove_file(&fresh);
        }
        written.map_err(at(&path))
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |cause| FolderError { path: path.clone(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_replacement_is_another_version() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temporary.path().join("a b/ü")).unwrap();
        assert_eq!(folder.stamp().unwrap(), None);
        let lock = folder.lock().unwrap();
        folder.replace("<node/>", &lock).unwrap();
        let first = folder.stamp().unwrap();
        assert!(first.is_some());
        folder.replace("<node/>", &lock).unwrap();
        assert_ne!(folder.stamp().unwrap(), first);
        assert_eq!(fs::metadata(folder.state_file()).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn one_holds_the_lock_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        let lock = folder.lock().unwrap();
        let other = folder.clone();
        let waiting = thread::spawn(move || {
            let begun = Instant::now();
            other.lock().map(|_| begun.elapsed())
        });
        thread::sleep(Duration::from_millis(100));
        drop(lock);
        assert!(waiting.join().unwrap().unwrap() >= Duration::from_millis(80));
    }

    #[test]
    fn what_is_no_file_is_refused_and_never_waited_for() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path()).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        for name in [STATE_FILE, LOCK_FILE] {
            let path = temporary.path().join(name);
            rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }
        assert_eq!(folder.stamp().unwrap_err().path, folder.state_file());
        assert!(folder.lock().is_err());
        fs::remove_file(folder.state_file()).unwrap();
        fs::create_dir(folder.state_file()).unwrap();
        assert!(folder.stamp().is_err());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        File::create(&file).unwrap();
        assert_eq!(Folder::open(&file.join("x")).unwrap_err().path, file.join("x"));
    }
}
