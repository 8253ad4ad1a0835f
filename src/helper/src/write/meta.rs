//! What a file has besides its bytes: mode, owner, extended attributes (SELinux label, access lists), modification time.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};

use gangway_core::plan::Content;
use rustix::fs::{
    IFlags, Mode, Stat, Timespec, Timestamps, XattrFlags, fchmod, fchown, fgetxattr, flistxattr,
    fremovexattr, fsetxattr, fstat, fstatfs, futimens, ioctl_getflags,
};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::error::system;
use super::{Outcome, WriteErrorKind};

/// What a file has besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The permissions, without the kind of file.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// When it was changed last: seconds since 1970, nanoseconds.
    pub modified: (i64, u32),
    /// Extended attributes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Content>,
}

/// File systems without owners and modes: vfat (an EFI system partition) and exFAT.
const WITHOUT_OWNERS: [u64; 2] = [0x4d44, 0x2011_bab0];
/// The most that is kept of one extended attribute; the kernel's own limit.
const ATTRIBUTE_LIMIT: usize = 65_536;

impl Meta {
    pub(super) fn of(file: &OwnedFd, stat: &Stat) -> Outcome<Self> {
        Ok(Self {
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            modified: (stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or(0)),
            attributes: attributes(file)?,
        })
    }

    /// The same permissions, owner and attributes; the time does not count.
    pub fn same_rights(&self, other: &Self) -> bool {
        (self.mode, self.uid, self.gid, &self.attributes)
            == (other.mode, other.uid, other.gid, &other.attributes)
    }

    /// Gives a new file permissions, owner and attributes.
    pub(super) fn give_rights(&self, file: &OwnedFd) -> Outcome<()> {
        let stat = fstat(file).map_err(system("look at the new file"))?;
        let lenient = fstatfs(file).is_ok_and(|fs| WITHOUT_OWNERS.contains(&(fs.f_type.cast_unsigned())));
        let accept = |result: rustix::io::Result<()>, doing| match result {
            Err(Errno::PERM) if lenient => Ok(()),
            other => other.map_err(system(doing)),
        };
        if (stat.st_uid, stat.st_gid) != (self.uid, self.gid) {
            let owner = (rustix::fs::Uid::from_raw(self.uid), rustix::fs::Gid::from_raw(self.gid));
            accept(fchown(file, Some(owner.0), Some(owner.1)), "set the owner")?;
        }
        // After the owner: a change of owner takes the set-user-id bit away.
        if fstat(file).map_err(system("look at the new file"))?.st_mode & 0o7777 != self.mode {
            accept(fchmod(file, Mode::from_raw_mode(self.mode)), "set the permissions")?;
        }
        let present = attributes(file)?;
        for (name, value) in self.attributes.iter().filter(|(name, value)| present.get(*name) != Some(*value))
        {
            fsetxattr(file, name.as_str(), value.bytes(), XattrFlags::empty())
                .map_err(system("set an extended attribute"))?;
        }
        // What a new file gets of its folder by itself, such as an access list; its label it keeps.
        let inherited = |name: &&String| name.starts_with("system.posix_acl") || name.starts_with("user.");
        for name in present.keys().filter(inherited).filter(|name| !self.attributes.contains_key(*name)) {
            fremovexattr(file, name.as_str()).map_err(system("remove an extended attribute"))?;
        }
        Ok(())
    }

    /// Sets the modification time.
    pub(super) fn give_time(&self, file: impl AsFd) -> Outcome<()> {
        let times = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
            last_modification: Timespec { tv_sec: self.modified.0, tv_nsec: self.modified.1.into() },
        };
        futimens(file, &times).map_err(system("set the time"))
    }
}

/// What the kernel computes of a file's bytes, which would be wrong with other ones. Source: kernel,
/// `Documentation/ABI/testing/evm`, and IMA.
const COMPUTED: [&str; 2] = ["security.ima", "security.evm"];

/// All extended attributes but those that the kernel computes; none where the file system has none.
fn attributes(file: &OwnedFd) -> Outcome<BTreeMap<String, Content>> {
    let mut names = vec![0; ATTRIBUTE_LIMIT];
    let length = match flistxattr(file, &mut names) {
        Err(Errno::NOTSUP | Errno::NOSYS | Errno::PERM) => return Ok(BTreeMap::new()),
        other => other.map_err(system("list the extended attributes"))?,
    };
    let mut attributes = BTreeMap::new();
    for name in
        names.get(..length).unwrap_or_default().split(|byte| *byte == 0).filter(|name| !name.is_empty())
    {
        let Ok(name) = std::str::from_utf8(name) else {
            return Err(WriteErrorKind::System { doing: "read an extended attribute", errno: Errno::ILSEQ });
        };
        if COMPUTED.contains(&name) {
            continue;
        }
        let mut value = vec![0; ATTRIBUTE_LIMIT];
        let length = match fgetxattr(file, name, &mut value) {
            // Hidden from us, or gone meanwhile: not ours to keep.
            Err(Errno::NODATA | Errno::NOTSUP) => continue,
            other => other.map_err(system("read an extended attribute"))?,
        };
        value.truncate(length);
        attributes.insert(name.to_owned(), Content::from(value));
    }
    Ok(attributes)
}

/// Refuses a file that `chattr` protects. File systems without such flags protect nothing.
pub(super) fn refuse_protected(file: &OwnedFd) -> Outcome<()> {
    match ioctl_getflags(file) {
        Ok(flags) if flags.intersects(IFlags::IMMUTABLE | IFlags::APPEND) => Err(WriteErrorKind::Immutable),
        _ => Ok(()),
    }
}
