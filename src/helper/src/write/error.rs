//! Why something is not written: the path, and what stands in the way.

use rustix::io::Errno;

/// Something was not read or written below the root. Nothing was changed then, unless its text says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}")]
pub struct WriteError {
    /// The path inside the root.
    pub path: String,
    /// What stood in the way.
    pub kind: WriteErrorKind,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteErrorKind {
    /// Not absolute, or with `.`, `..` or other names that lead elsewhere.
    #[error("not a plain absolute path")]
    BadPath,
    /// Another user than root could put something else in the place of this folder or of what is in it.
    #[error("the folder {0} can be changed by others than its system's administrator")]
    OthersMayWrite(String),
    /// The path leads through something that is no folder.
    #[error("{0} is not a folder")]
    NotAFolder(String),
    /// A link where a file is expected.
    #[error("it is a symbolic link")]
    Link,
    /// A pipe, device, socket or folder where a file is expected.
    #[error("it is not a regular file")]
    NotAFile,
    /// The file has other names, which would keep the former content.
    #[error("it has more than one name (hard links)")]
    HardLinks,
    /// The file is protected by its attributes.
    #[error("it is protected against changes (chattr)")]
    Immutable,
    /// The file is larger than a file of its kind.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// The file is no longer, or already, something else than the plan says.
    #[error("it is not what was reviewed: somebody changed it meanwhile")]
    Changed,
    /// Something is where nothing should be.
    #[error("something is there already")]
    Occupied,
    /// The file system has not the room.
    #[error("{needed} bytes are needed and {free} are free")]
    NoSpace {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The system said no.
    #[error("{doing}: {}", std::io::Error::from(*errno))]
    System {
        /// What was being done.
        doing: &'static str,
        /// The system's reason.
        errno: Errno,
    },
}

impl WriteErrorKind {
    pub(crate) fn at(self, path: &str) -> WriteError {
        WriteError { path: path.to_owned(), kind: self }
    }

    /// Whether nothing is there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::System { errno: Errno::NOENT, .. })
    }
}

/// Makes an error of the system's.
pub(super) fn system(doing: &'static str) -> impl Fn(Errno) -> WriteErrorKind {
    move |errno| WriteErrorKind::System { doing, errno }
}
