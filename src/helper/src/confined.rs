//! Opening what a path leads to without ever leaving a folder, by the kernel's `openat2`. What is done with it stands
//! elsewhere.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::thread;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

/// How often the kernel is asked. Each time takes some microseconds.
const TRIES: usize = 256;

/// Opens what a path leads to, inside a folder by these rules.
///
/// The kernel gives up with `EAGAIN` where a path goes up (`..`, as the links of `/sys/bus` do) while anything is renamed
/// or mounted anywhere, since it can no longer be sure of the confinement, and wants to be asked again (openat2(2)).
/// While a driver begins to work, udev renames a lot.
///
/// # Errors
/// What the kernel says.
pub(crate) fn open_within(
    folder: impl AsFd,
    path: &Path,
    flags: OFlags,
    rules: ResolveFlags,
) -> Result<OwnedFd, Errno> {
    for _ in 1..TRIES {
        match openat2(&folder, path, flags, Mode::empty(), rules) {
            Err(Errno::AGAIN) => thread::yield_now(),
            other => return other,
        }
    }
    openat2(&folder, path, flags, Mode::empty(), rules)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::open;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test makes its files")]
    fn what_is_renamed_elsewhere_meanwhile_does_not_matter() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("devices/deep")).unwrap();
        fs::create_dir_all(at("bus/deep")).unwrap();
        fs::write(at("devices/deep/attribute"), "").unwrap();
        symlink("../../devices/deep", at("bus/deep/device")).unwrap();
        fs::write(at("one"), "").unwrap();
        let folder = open(root.path(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let path = Path::new("bus/deep/device/attribute");
        let rules = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let done = AtomicBool::new(false);
        let (opened, disturbed) = thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    fs::rename(at("one"), at("other")).unwrap();
                    fs::rename(at("other"), at("one")).unwrap();
                }
            });
            let mut opened = Ok(());
            let mut disturbed = false;
            for attempt in 0..1_000_000 {
                let asked_once = openat2(&folder, path, OFlags::RDONLY, Mode::empty(), rules);
                disturbed |= asked_once.err() == Some(Errno::AGAIN);
                opened = open_within(&folder, path, OFlags::RDONLY, rules).map(drop);
                if opened.is_err() || disturbed && attempt > 5_000 {
                    break;
                }
            }
            done.store(true, Ordering::Relaxed);
            (opened, disturbed)
        });
        assert_eq!(opened, Ok(()));
        assert!(disturbed, "the kernel was never disturbed");
        let outside = open_within(&folder, Path::new("../../etc"), OFlags::PATH, rules);
        assert_eq!(outside.err(), Some(Errno::XDEV));
    }
}
