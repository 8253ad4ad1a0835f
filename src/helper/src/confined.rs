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
    ask_again(|| openat2(&folder, path, flags, Mode::empty(), rules))
}

fn ask_again<T>(mut ask: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    for _ in 1..TRIES {
        match ask() {
            Err(Errno::AGAIN) => thread::yield_now(),
            other => return other,
        }
    }
    ask()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::open;

    use super::*;

    #[test]
    fn the_kernel_is_asked_again_and_not_for_ever() {
        let mut answers = [Err(Errno::AGAIN), Err(Errno::AGAIN), Ok("there"), Err(Errno::NOENT)].into_iter();
        assert_eq!(ask_again(|| answers.next().unwrap()), Ok("there"));
        assert_eq!(ask_again(|| answers.next().unwrap()), Err(Errno::NOENT), "another answer is one");
        let mut asked = 0;
        let never = ask_again(|| {
            asked += 1;
            Err::<(), _>(Errno::AGAIN)
        });
        assert_eq!((never, asked), (Err(Errno::AGAIN), TRIES));
    }

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
        let opened = thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    fs::rename(at("one"), at("other")).unwrap();
                    fs::rename(at("other"), at("one")).unwrap();
                }
            });
            let open = || open_within(&folder, path, OFlags::RDONLY, rules).map(drop);
            let opened = (0..5_000).try_for_each(|_| open());
            done.store(true, Ordering::Relaxed);
            opened
        });
        assert_eq!(opened, Ok(()));
        let outside = open_within(&folder, Path::new("../../etc"), OFlags::PATH, rules);
        assert_eq!(outside.err(), Some(Errno::XDEV));
    }
}
