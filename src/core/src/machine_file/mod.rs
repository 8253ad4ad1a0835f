//! Captured machines: a host saved as one text file, `*.host`, that is read in place of `/`.
//!
//! # Grammar, version 1
//!
//! UTF-8 text, one entry a path. A reader of version 1 reads it for ever.
//!
//! ```text
//! machine = "gangway-host 1" LF { remark } { entry } "end " COUNT [ LF ]
//! remark  = "#" TEXT LF                         only before the first entry; the first one is the title
//! entry   = PATH " file" LF { TAB LINE LF }
//!         | PATH " link " TARGET LF
//!         | PATH " folder" LF                   folders above an entry need no entry of their own
//!         | PATH " unreadable " WORD LF         WORD of SourceErrorKind::word
//! ```
//!
//! Each `LINE` of a file stands for its text and a line feed; a `\` at its end takes that line feed away. `COUNT` is the
//! number of entries, so that a file that was cut is noticed. A byte that is no printable text is `\xNN`, a backslash
//! is `\\`; in a `PATH` or `TARGET` a space is `\x20`. A path begins with `/`, and has no empty, `.` or `..` name. At most
//! [`ENTRY_LIMIT`] bytes are in a file, [`FILE_LIMIT`] in the whole text.

mod builder;
mod capture;
mod escape;
mod parse;
mod redact;
mod write;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use crate::source::{Node, Source, SourceError, SourceErrorKind, Tree};
pub use builder::MachineBuilder;
pub use parse::{MachineFileError, MachineFileErrorKind};

/// The most bytes of one captured file.
pub const ENTRY_LIMIT: usize = 256 << 10;

/// The most bytes of a captured machine's text.
pub const FILE_LIMIT: usize = 64 << 20;

/// A captured machine.
#[derive(Debug, Clone)]
pub struct MachineFile {
    title: Option<String>,
    remarks: Vec<String>,
    tree: Arc<Tree>,
}

/// What a captured machine has at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// A file with these bytes.
    File(&'a [u8]),
    /// A link that points there.
    Link(&'a Path),
    /// A folder.
    Folder,
    /// What could not be read.
    Unreadable(SourceErrorKind),
}

/// A captured machine could not be had out of a file.
#[derive(Debug, Error)]
pub enum OpenMachineError {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] SourceError),
    /// The file is no captured machine.
    #[error("{path}: {error}")]
    Parse {
        /// The file.
        path: String,
        /// What was wrong in it.
        error: MachineFileError,
    },
}

impl MachineFile {
    /// Reads the text of a captured machine.
    ///
    /// # Errors
    /// When it is none, was cut, or breaks the grammar; with the line.
    pub fn parse(text: &[u8]) -> Result<Self, MachineFileError> {
        parse::parse(text)
    }

    /// Reads a captured machine out of a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is no captured machine.
    pub fn open(path: &Path) -> Result<Self, OpenMachineError> {
        let here = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let text = Source::live()?.read_up_to(&here, FILE_LIMIT)?;
        Self::parse(&text)
            .map_err(|error| OpenMachineError::Parse { path: path.display().to_string(), error })
    }

    /// Captures a machine: what a scan reads of it, with personal data replaced by stable stand-ins (serials, MAC
    /// addresses, host and user names, UUIDs, labels), so that what was equal stays equal.
    pub fn capture(source: &Source) -> Self {
        capture::capture(source)
    }

    /// The text of the captured machine; the same machine gives the same text.
    pub fn write(&self) -> String {
        write::write(self.title.as_deref(), &self.remarks, &self.tree)
    }

    /// What the machine is called.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The same machine under another title; what cannot be printed is left out of it.
    #[must_use]
    pub fn with_title(mut self, title: &str) -> Self {
        let plain: String = title.chars().filter(|character| !character.is_control()).collect();
        let plain = plain.trim();
        self.title = (!plain.is_empty()).then(|| plain.to_owned());
        self
    }

    /// The same machine with lines for people above its entries, below the title; reading it passes them over. Characters
    /// that cannot be printed are left out.
    #[must_use]
    pub fn with_remarks(mut self, remarks: impl IntoIterator<Item = String>) -> Self {
        let plain = |line: String| line.chars().filter(|character| !character.is_control()).collect();
        self.remarks = remarks.into_iter().map(plain).collect();
        self
    }

    /// Calls `see` with every place of the machine, beginning with `/`, a folder before what is in it.
    pub fn each(&self, see: &mut dyn FnMut(&Path, Place<'_>)) {
        self.tree.each(&mut |path, node| {
            let place = match node {
                Node::File(bytes) => Place::File(bytes),
                Node::Link(target) => Place::Link(Path::new(OsStr::from_bytes(target))),
                Node::Folder(_) => Place::Folder,
                Node::Unreadable(kind) => Place::Unreadable(*kind),
            };
            let path = if path.is_empty() { b"/" } else { path };
            see(Path::new(OsStr::from_bytes(path)), place);
        });
    }

    pub(crate) fn tree(&self) -> Arc<Tree> {
        Arc::clone(&self.tree)
    }
}
