//! Whether everybody may read a file, so that a plan shows its contents to everybody. Nothing is read here.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, open};
use rustix::io::Errno;

use crate::confined::open_within;

/// A root folder to look below.
#[derive(Debug)]
pub(crate) struct Readers {
    root: OwnedFd,
}

impl Readers {
    /// Below this folder.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn below(root: &Path) -> Result<Self, Errno> {
        let root = open(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { root })
    }

    /// Whether every user may read the file, the folders above it included. What is not there has nothing to hide; what
    /// cannot be told is not shown.
    pub(crate) fn everybody(&self, path: &str) -> bool {
        let mut folders: Vec<&Path> = Path::new(path).ancestors().skip(1).collect();
        folders.reverse();
        let within = folders.iter().all(|folder| match self.mode(folder) {
            Ok(mode) => mode.contains(Mode::XOTH),
            Err(error) => error == Errno::NOENT,
        });
        let file = match self.mode(Path::new(path)) {
            Ok(mode) => mode.contains(Mode::ROTH),
            Err(error) => error == Errno::NOENT,
        };
        within && file
    }

    /// The mode of what a path leads to, links followed below the root.
    fn mode(&self, path: &Path) -> Result<Mode, Errno> {
        let below = path.strip_prefix("/").unwrap_or(path);
        let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let found = open_within(&self.root, below, flags, ResolveFlags::IN_ROOT)?;
        Ok(Mode::from_raw_mode(fstat(&found)?.st_mode))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test makes its files")]
    fn only_what_every_user_may_read_is_shown() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
        for (folder, mode) in [("etc", 0o755), ("boot", 0o700)] {
            fs::create_dir(at(folder)).unwrap();
            fs::set_permissions(at(folder), Permissions::from_mode(mode)).unwrap();
        }
        for (file, mode) in [("etc/open", 0o644), ("etc/closed", 0o640), ("boot/open", 0o644)] {
            fs::write(at(file), "").unwrap();
            fs::set_permissions(at(file), Permissions::from_mode(mode)).unwrap();
        }
        symlink("/etc/closed", at("etc/link")).unwrap();
        symlink("/etc/open", at("etc/open-link")).unwrap();
        let readers = Readers::below(root.path()).unwrap();
        for shown in ["/etc/open", "/etc/open-link", "/etc/new", "/etc/new/new"] {
            assert!(readers.everybody(shown), "{shown}");
        }
        for hidden in ["/etc/closed", "/boot/open", "/boot/new", "/etc/link"] {
            assert!(!readers.everybody(hidden), "{hidden}");
        }
    }
}
