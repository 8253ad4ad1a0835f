//! Attributes of the kernel below `/sys`: written in place, since they are no files.

use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat};
use rustix::io::Errno;

use super::error::system;
use super::file::read_whole;
use super::{Outcome, Root, WriteError, WriteErrorKind, if_there};
use crate::confined::open_within;

/// The most that an attribute holds: one page.
const PAGE: u64 = 4096;

impl Root {
    /// Writes to an attribute below `/sys`, in one write. This may wait for a driver for ever, so it is done by a process
    /// that can be left behind (`crate::attribute`).
    pub(crate) fn write_attribute(&self, path: &str, text: &str) -> Result<(), WriteError> {
        let write = || {
            self.gap("attribute-begin", path);
            let file = self.open_attribute(path, OFlags::WRONLY | OFlags::TRUNC)?;
            rustix::io::write(&file, text.as_bytes()).map_err(system("write to it"))?;
            self.gap("attribute-written", path);
            Ok(())
        };
        write().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// The text of an attribute, without the white space around it; none where it is not there.
    pub(crate) fn read_attribute(&self, path: &str) -> Result<Option<String>, WriteError> {
        let read = || {
            let Some(file) = if_there(self.open_attribute(path, OFlags::RDONLY))? else { return Ok(None) };
            let bytes = read_whole(&file, PAGE)?;
            Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
        };
        read().map_err(|kind: WriteErrorKind| kind.at(path))
    }

    /// Links are followed, but never out of `/sys`, which is the kernel's alone.
    fn open_attribute(&self, path: &str, flags: OFlags) -> Outcome<std::os::fd::OwnedFd> {
        let inside = path.strip_prefix("/sys/").ok_or(WriteErrorKind::BadPath)?;
        let _ = super::names(path)?;
        let sys = self.folder("/sys")?;
        let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY;
        let rules = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match open_within(&sys, Path::new(inside), flags, rules) {
            // Where a sandbox refuses the call, or the kernel is never sure of the way, the real `/sys` can be trusted; a folder
            // in its place cannot.
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) if self.is_live() => {
                openat(&sys, inside, flags, Mode::empty())
            }
            other => other,
        }
        .map_err(system("open it"))
    }
}
