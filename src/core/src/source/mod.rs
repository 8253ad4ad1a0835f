//! The one way to read a machine: the running system, a folder, or a captured machine, by paths below its root.
//!
//! Links are resolved inside the root, absolute ones and `..` too; reading is bounded in size and never waits for a
//! pipe or a device. What the bytes mean belongs to parsers, which never come here.

mod error;
mod rooted;
mod tree;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

pub use error::{SourceError, SourceErrorKind};
use rooted::{Rooted, RootedFolder};
pub(crate) use tree::{Node, Tree};

use crate::machine_file::{MachineFile, OpenMachineError};

/// The most links that one path may lead through, as in the kernel.
const LINK_LIMIT: usize = 40;

/// The most that is read of a file unless said otherwise: the largest of `/proc` on a very large machine.
pub const READ_LIMIT: usize = 4 << 20;

/// Where the kernel's messages are read.
pub const KERNEL_LOG: &str = "/dev/kmsg";

/// The most messages that are read of the kernel's log: those of the start, which come first, are what is asked for.
const LOG_LIMIT: usize = 4000;

type Outcome<T> = Result<T, SourceErrorKind>;

/// A machine to read. Cheap to clone; usable from any thread.
#[derive(Debug, Clone)]
pub struct Source {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    label: String,
    backing: Backing,
}

#[derive(Debug)]
enum Backing {
    Rooted(Rooted),
    Tree(Arc<Tree>),
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, socket or device; also what a captured machine could not read.
    Other,
}

impl Source {
    /// The running system.
    ///
    /// # Errors
    /// When `/` cannot be opened.
    pub fn live() -> Result<Self, SourceError> {
        let rooted = Rooted::open(Path::new("/"), true).map_err(|kind| kind.at("/"))?;
        Ok(Self::new("/".to_owned(), Backing::Rooted(rooted)))
    }

    /// A folder that stands for `/`.
    ///
    /// # Errors
    /// When the folder is not there or cannot be opened.
    pub fn folder(path: &Path) -> Result<Self, SourceError> {
        Self::named_folder(path, &path.display().to_string())
    }

    /// A folder that stands for `/`, under a name of its own.
    ///
    /// # Errors
    /// As [`Source::folder`].
    pub fn named_folder(path: &Path, name: &str) -> Result<Self, SourceError> {
        let rooted = Rooted::open(path, false)
            .map_err(|kind| SourceError { path: path.display().to_string(), kind })?;
        Ok(Self::new(name.to_owned(), Backing::Rooted(rooted)))
    }

    /// A captured machine.
    pub fn machine(machine: &MachineFile) -> Self {
        Self::new(machine.title().unwrap_or("captured machine").to_owned(), Backing::Tree(machine.tree()))
    }

    /// A captured machine out of a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is no captured machine.
    pub fn open_machine(path: &Path) -> Result<Self, OpenMachineError> {
        let machine = MachineFile::open(path)?;
        let name = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        Ok(Self::new(machine.title().map_or(name, str::to_owned), Backing::Tree(machine.tree())))
    }

    fn new(label: String, backing: Backing) -> Self {
        Self { inner: Arc::new(Inner { label, backing }) }
    }

    /// What to call this machine: `/`, the folder, or the captured machine's title.
    pub fn label(&self) -> String {
        self.inner.label.clone()
    }

    /// Whether this is the running system.
    pub fn is_live(&self) -> bool {
        matches!(&self.inner.backing, Backing::Rooted(rooted) if rooted.is_live())
    }

    /// The bytes of a file, links followed; at most [`READ_LIMIT`].
    ///
    /// # Errors
    /// When it is not there, no regular file, too large or unreadable.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Vec<u8>, SourceError> {
        self.read_up_to(path, READ_LIMIT)
    }

    /// The bytes of a file of at most `limit` bytes, links followed.
    ///
    /// # Errors
    /// When it is not there, no regular file, larger than that or unreadable.
    pub fn read_up_to(&self, path: impl AsRef<Path>, limit: usize) -> Result<Vec<u8>, SourceError> {
        let path = path.as_ref();
        match &self.inner.backing {
            Backing::Rooted(rooted) => rooted.read(relative(path), limit),
            Backing::Tree(tree) => tree.read(relative(path)).and_then(|bytes| {
                if bytes.len() > limit { Err(SourceErrorKind::TooLarge) } else { Ok(bytes.to_vec()) }
            }),
        }
        .map_err(|kind| kind.at(&path.to_string_lossy()))
    }

    /// The text of a file, links followed; at most [`READ_LIMIT`].
    ///
    /// # Errors
    /// As [`Source::read`], and when it is not UTF-8.
    pub fn read_text(&self, path: impl AsRef<Path>) -> Result<String, SourceError> {
        let path = path.as_ref();
        let bytes = self.read(path)?;
        String::from_utf8(bytes).map_err(|_| SourceErrorKind::NotText.at(&path.to_string_lossy()))
    }

    /// Where a link points, as it is written.
    ///
    /// # Errors
    /// When it is not there or no link.
    pub fn read_link(&self, path: impl AsRef<Path>) -> Result<PathBuf, SourceError> {
        let path = path.as_ref();
        match &self.inner.backing {
            Backing::Rooted(rooted) => rooted.read_link(relative(path)),
            Backing::Tree(tree) => tree.read_link(relative(path)).map(<[u8]>::to_vec),
        }
        .map(|target| PathBuf::from(OsString::from_vec(target)))
        .map_err(|kind| kind.at(&path.to_string_lossy()))
    }

    /// The names in a folder, sorted by their bytes; links to the folder are followed.
    ///
    /// # Errors
    /// When it is not there, no folder or unreadable.
    pub fn list(&self, path: impl AsRef<Path>) -> Result<Vec<OsString>, SourceError> {
        self.open(path)?.list()
    }

    /// What stands at a path itself, links not followed.
    ///
    /// # Errors
    /// When nothing is there or the way to it cannot be walked.
    pub fn kind(&self, path: impl AsRef<Path>) -> Result<Kind, SourceError> {
        let path = path.as_ref();
        match &self.inner.backing {
            Backing::Rooted(rooted) => rooted.kind(relative(path)),
            Backing::Tree(tree) => tree.kind(relative(path)),
        }
        .map_err(|kind| kind.at(&path.to_string_lossy()))
    }

    /// Whether something is there once links are followed, readable or not.
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        let path = relative(path.as_ref());
        match &self.inner.backing {
            Backing::Rooted(rooted) => rooted.exists(path),
            Backing::Tree(tree) => tree.exists(path),
        }
    }

    /// What the kernel has said since it started, one message a line, as far back as it still knows; the first
    /// few thousand messages. A captured machine and a folder hold it as a file.
    ///
    /// # Errors
    /// When the user may not read it, or it is not there.
    pub fn kernel_log(&self) -> Result<String, SourceError> {
        match &self.inner.backing {
            Backing::Rooted(rooted) if rooted.is_live() => rooted
                .read_messages(relative(Path::new(KERNEL_LOG)), LOG_LIMIT)
                .map_err(|kind| kind.at(KERNEL_LOG)),
            _ => self.read_text(KERNEL_LOG),
        }
    }

    /// Whether the user may read and write a device node, socket or file, without opening it; links followed. A captured
    /// machine keeps what was so for the one who captured it.
    ///
    /// # Errors
    /// When it is not there, or may not be used.
    pub fn may_use(&self, path: impl AsRef<Path>) -> Result<(), SourceError> {
        let path = path.as_ref();
        match &self.inner.backing {
            Backing::Rooted(rooted) => rooted.may_use(relative(path)),
            Backing::Tree(tree) => tree.may_use(relative(path)),
        }
        .map_err(|kind| kind.at(&path.to_string_lossy()))
    }

    /// A folder held open, to read several files in it cheaply; links to it are followed.
    ///
    /// # Errors
    /// When it is not there, no folder or unreadable.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Folder<'_>, SourceError> {
        let path = path.as_ref();
        let open = match &self.inner.backing {
            Backing::Rooted(rooted) => rooted.open_folder(relative(path)).map(Open::Rooted),
            Backing::Tree(tree) => tree.open_folder(relative(path)).map(|node| Open::Tree(tree, node)),
        };
        match open {
            Ok(open) => Ok(Folder { source: self, path: relative(path).to_path_buf(), open }),
            Err(kind) => Err(kind.at(&path.to_string_lossy())),
        }
    }
}

/// A path without its leading slashes: everything is below the root.
fn relative(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

/// Puts the names of a path before those that are still to be walked, where links are followed step by step.
fn push_front(ahead: &mut VecDeque<OsString>, path: &Path) {
    for component in path.components().rev() {
        match component {
            Component::Normal(name) => ahead.push_front(name.to_owned()),
            Component::ParentDir => ahead.push_front(OsString::from("..")),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
}

/// A folder of a source, held open.
#[derive(Debug)]
pub struct Folder<'a> {
    source: &'a Source,
    path: PathBuf,
    open: Open<'a>,
}

#[derive(Debug)]
enum Open<'a> {
    Rooted(RootedFolder),
    Tree(&'a Tree, usize),
}

impl<'a> Folder<'a> {
    /// A folder in this one, held open; a link to it is followed.
    ///
    /// # Errors
    /// When it is not there, no folder or unreadable.
    pub fn open(&self, name: &str) -> Result<Folder<'a>, SourceError> {
        self.source.open(self.path.join(name))
    }

    /// The path of something in this folder, beginning with `/`.
    pub fn path_of(&self, name: &str) -> String {
        format!("/{}/{name}", self.path.display())
    }

    /// The bytes of a small file in this folder, put into `buffer`; at most `buffer`'s length is allowed.
    ///
    /// # Errors
    /// When it is not there, no regular file, larger than the buffer or unreadable.
    pub fn read_into<'b>(&self, name: &str, buffer: &'b mut [u8]) -> Outcome<&'b [u8]> {
        let length = match &self.open {
            Open::Rooted(folder) => folder.read(name, buffer),
            Open::Tree(tree, node) => tree.read_at(*node, name).and_then(|bytes| copy(bytes, buffer)),
        };
        let length = match length {
            // A link in place of an attribute: take the careful way, which follows it inside the root.
            Err(SourceErrorKind::Loop) => copy(&self.follow(name, buffer.len())?, buffer)?,
            other => other?,
        };
        buffer.get(..length).ok_or(SourceErrorKind::TooLarge)
    }

    /// Where a link in this folder points, put into `buffer`.
    ///
    /// # Errors
    /// When it is not there, no link, or too long.
    pub fn link_into<'b>(&self, name: &str, buffer: &'b mut [u8]) -> Outcome<&'b [u8]> {
        let length = match &self.open {
            Open::Rooted(folder) => folder.read_link(name, buffer)?,
            Open::Tree(tree, node) => copy(tree.read_link_at(*node, name)?, buffer)?,
        };
        buffer.get(..length).ok_or(SourceErrorKind::TooLarge)
    }

    /// The names in this folder, sorted by their bytes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn list(&self) -> Result<Vec<OsString>, SourceError> {
        let mut names = match &self.open {
            Open::Rooted(folder) => folder.list().map_err(|kind| kind.at(&self.path.to_string_lossy()))?,
            Open::Tree(tree, node) => tree.list_at(*node),
        };
        names.sort_unstable();
        Ok(names)
    }

    fn follow(&self, name: &str, limit: usize) -> Outcome<Vec<u8>> {
        self.source.read_up_to(self.path.join(name), limit).map_err(|error| error.kind)
    }
}

/// Copies bytes that fit.
fn copy(bytes: &[u8], buffer: &mut [u8]) -> Outcome<usize> {
    buffer.get_mut(..bytes.len()).ok_or(SourceErrorKind::TooLarge)?.copy_from_slice(bytes);
    Ok(bytes.len())
}
