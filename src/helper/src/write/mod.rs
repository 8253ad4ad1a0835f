//! The one way to write: below a root that is held open, never through what another user could have put there.
//!
//! A path is walked folder by folder, each opened without following links (so `openat2` is not needed, which some sandboxes
//! refuse). A folder may be a link, as `/var/service` and `/boot/loader` are on some systems, if only the administrator
//! could have made it: every folder on the way must belong to the root's owner and be writable by nobody else. A link where
//! a *file* is expected is refused. Files are replaced as a whole ([`Root::put`]), large ones from a kept copy
//! ([`Root::restore`]); the temporary file has one fixed name beside the target, so that one that a power cut left is found.

mod access;
mod attribute;
mod error;
mod file;
mod folder;
mod large;
mod meta;
mod pointer;

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use gangway_core::source::{Source, SourceError};
use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};
use rustix::io::Errno;

use error::system;
pub use error::{WriteError, WriteErrorKind};
pub use file::{Found, Keeping};
pub(crate) use folder::Lock;
pub(crate) use large::Large;
pub use meta::Meta;

use crate::gap::Gaps;

type Outcome<T> = Result<T, WriteErrorKind>;

/// The most links that one path may lead through.
const LINKS: usize = 8;
const PLACE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
const OPEN_FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The folder below which everything is written: `/`, or a folder that stands for it.
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
    path: PathBuf,
    owner: (u32, u32),
    gaps: Gaps,
}

/// A name in a folder that is held open.
#[derive(Debug)]
struct Place<'a> {
    folder: OwnedFd,
    path: &'a str,
    name: &'a str,
}

impl Root {
    /// The running system.
    ///
    /// # Errors
    /// When `/` cannot be opened, or belongs to another user than root.
    pub fn live() -> Result<Self, WriteError> {
        Self::open(Path::new("/"), Gaps::default())
    }

    /// A folder that stands for `/`: its owner stands for root. `gaps` is told of every gap between two effects.
    ///
    /// # Errors
    /// When it cannot be opened, or others may write to it.
    pub fn open(path: &Path, gaps: Gaps) -> Result<Self, WriteError> {
        let label = path.to_string_lossy();
        let open = || {
            let fd = openat(CWD, path, OPEN_FOLDER, Mode::empty()).map_err(system("open the folder"))?;
            let stat = fstat(&fd).map_err(system("look at the folder"))?;
            let owner = (stat.st_uid, stat.st_gid);
            if path == Path::new("/") && owner.0 != 0 || others_may_write(&fd, &stat, owner) {
                return Err(WriteErrorKind::OthersMayWrite(label.to_string()));
            }
            Ok(Self { fd, path: path.to_owned(), owner, gaps })
        };
        open().map_err(|kind| kind.at(&label))
    }

    /// Whether this is the running system.
    pub fn is_live(&self) -> bool {
        self.path == Path::new("/")
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same folder, to be read as a machine.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn source(&self) -> Result<Source, SourceError> {
        if self.is_live() { Source::live() } else { Source::folder(&self.path) }
    }

    /// The user and group that stand for root's.
    pub(crate) fn owner(&self) -> (u32, u32) {
        self.owner
    }

    pub(crate) fn gap(&self, name: &str, about: &str) {
        self.gaps.reached(name, about);
    }

    /// The folder of a path, and the name in it.
    fn place<'a>(&self, path: &'a str) -> Outcome<Place<'a>> {
        let (folder, name) = split(path)?;
        Ok(Place { folder: self.folder(folder)?, path, name })
    }

    /// Opens a folder, for reading and for syncing.
    fn folder(&self, path: &str) -> Outcome<OwnedFd> {
        let mut ahead: VecDeque<OsString> = names(path)?.map(OsString::from).collect();
        let mut above: Vec<OwnedFd> = Vec::new();
        let mut links = 0;
        while let Some(name) = ahead.pop_front() {
            if name == ".." {
                above.pop();
                continue;
            }
            let here = above.last().unwrap_or(&self.fd).as_fd();
            let next = open_next(here, &name).map_err(system("open the folder"))?;
            let stat = fstat(&next).map_err(system("look at the folder"))?;
            let shown = || name.to_string_lossy().into_owned();
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory if others_may_write(&next, &stat, self.owner) => {
                    return Err(WriteErrorKind::OthersMayWrite(shown()));
                }
                FileType::Directory => above.push(next),
                // Where it stands only the administrator could make it; it leads to nothing outside the root.
                FileType::Symlink if stat.st_uid == self.owner.0 && links < LINKS => {
                    links += 1;
                    let target = readlinkat(&next, "", Vec::new()).map_err(system("read the link"))?;
                    let target = OsString::from_vec(target.into_bytes());
                    if target.as_bytes().starts_with(b"/") {
                        above.clear();
                    }
                    let parts = target.as_bytes().split(|byte| *byte == b'/');
                    for part in parts.rev().filter(|part| !matches!(*part, b"" | b".")) {
                        ahead.push_front(OsStr::from_bytes(part).to_owned());
                    }
                }
                FileType::Symlink => return Err(WriteErrorKind::OthersMayWrite(shown())),
                _ => return Err(WriteErrorKind::NotAFolder(shown())),
            }
        }
        match above.pop() {
            Some(folder) => Ok(folder),
            None => openat(&self.fd, ".", OPEN_FOLDER, Mode::empty()).map_err(system("open the folder")),
        }
    }
}

/// Opens the next folder of a path, or whatever else is there. A folder is opened for reading, since nothing less mounts
/// what systemd mounts on demand, as it does with `/efi` and `/boot`; held open, that stays mounted.
fn open_next(here: BorrowedFd<'_>, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    match openat(here, name, OPEN_FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
        Err(Errno::NOTDIR | Errno::LOOP) => openat(here, name, PLACE, Mode::empty()),
        other => other,
    }
}

impl Place<'_> {
    /// What stands there itself; none where nothing does.
    fn stat(&self) -> Outcome<Option<Stat>> {
        match rustix::fs::statat(&self.folder, self.name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(system("look at it")(errno)),
        }
    }

    /// The file, which is a regular one; none where nothing is.
    fn open_file(&self) -> Outcome<Option<(OwnedFd, Stat)>> {
        // Nothing else is opened at all: opening a device can do something.
        let Some(stat) = self.stat()? else { return Ok(None) };
        check_kind(&stat)?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match openat(&self.folder, self.name, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(WriteErrorKind::Link),
            other => other.map_err(system("open it"))?,
        };
        let stat = fstat(&file).map_err(system("look at it"))?;
        check_kind(&stat)?;
        Ok(Some((file, stat)))
    }

    fn sync(&self) -> Outcome<()> {
        rustix::fs::fsync(&self.folder).map_err(system("sync the folder"))
    }
}

/// What was found; none where nothing is.
fn if_there<T>(found: Outcome<T>) -> Outcome<Option<T>> {
    match found {
        Err(kind) if kind.is_absent() => Ok(None),
        other => other.map(Some),
    }
}

fn check_kind(stat: &Stat) -> Outcome<()> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(()),
        FileType::Symlink => Err(WriteErrorKind::Link),
        _ => Err(WriteErrorKind::NotAFile),
    }
}

/// Refuses a file of configuration with a second name, which would keep what we change, or lead to what is none. What tools
/// make may have one: `update-initramfs` keeps the former image so while it works.
fn refuse_second_name(stat: &Stat) -> Outcome<()> {
    if stat.st_nlink > 1 { Err(WriteErrorKind::HardLinks) } else { Ok(()) }
}

/// Whether somebody else than the owner may put something else into a folder.
fn others_may_write(folder: &OwnedFd, stat: &Stat, owner: (u32, u32)) -> bool {
    // Where a folder has an access list, these bits are the most that anybody named in it may do.
    let group = stat.st_mode & 0o020 != 0;
    stat.st_uid != owner.0
        || stat.st_mode & 0o002 != 0
        || group && (stat.st_gid != owner.1 || access::lets_others_write(folder))
}

/// The folder of a path, and the last name in it.
fn split(path: &str) -> Outcome<(&str, &str)> {
    let (folder, name) = path.rsplit_once('/').ok_or(WriteErrorKind::BadPath)?;
    let _ = names(path)?;
    if name.is_empty() { Err(WriteErrorKind::BadPath) } else { Ok((folder, name)) }
}

/// The names that a path is made of. It must be absolute and written plainly.
fn names(path: &str) -> Outcome<impl Iterator<Item = &str>> {
    let rest = match path {
        "" => "",
        path => path.strip_prefix('/').ok_or(WriteErrorKind::BadPath)?,
    };
    let plain = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(char::is_control);
    if !rest.is_empty() && !rest.split('/').all(plain) || path.len() > 4000 {
        return Err(WriteErrorKind::BadPath);
    }
    Ok(rest.split('/').filter(|name| !name.is_empty()))
}
