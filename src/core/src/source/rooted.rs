//! Reading below a folder that is held open: the kernel's `openat2` keeps every link inside it, and where that call
//! is missing the path is walked here, step by step.
//!
//! The running system's root is read with plain `openat`. Only open, read, list and links: no meaning.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{
    FileType, Mode, OFlags, RawDir, ResolveFlags, Stat, fstat, openat, openat2, readlinkat, readlinkat_raw,
    statat,
};
use rustix::io::Errno;

use super::{Kind, LINK_LIMIT, Outcome, SourceErrorKind, push_front};

/// Reading must not wait for a writer of a pipe, nor make a terminal ours.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
const PLACE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
/// How often `openat2` is asked: it gives up at `..` while anything is renamed anywhere (openat2(2), `EAGAIN`).
const TRIES: usize = 8;

/// A folder that stands for the root of a machine.
#[derive(Debug)]
pub(super) struct Rooted {
    root: OwnedFd,
    live: bool,
    /// Cleared when the kernel or a sandbox refuses `openat2`.
    confined: AtomicBool,
}

/// A folder below the root, held open.
#[derive(Debug)]
pub(super) struct RootedFolder {
    place: OwnedFd,
    live: bool,
}

impl Rooted {
    pub(super) fn open(path: &Path, live: bool) -> Outcome<Self> {
        let root =
            openat(rustix::fs::CWD, path, PLACE | OFlags::DIRECTORY, Mode::empty()).map_err(|error| {
                match error {
                    Errno::NOTDIR => SourceErrorKind::NotAFolder,
                    other => other.into(),
                }
            })?;
        Ok(Self { root, live, confined: AtomicBool::new(true) })
    }

    pub(super) const fn is_live(&self) -> bool {
        self.live
    }

    pub(super) fn read(&self, path: &Path, limit: usize) -> Outcome<Vec<u8>> {
        let file = self.resolve(path, READ).map_err(|kind| self.explain(path, kind))?;
        let stat = fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(SourceErrorKind::NotAFile);
        }
        read_whole(&file, usize::try_from(stat.st_size).unwrap_or(0), limit)
    }

    pub(super) fn read_link(&self, path: &Path) -> Outcome<Vec<u8>> {
        let (folder, name) = self.parent_of(path)?;
        match readlinkat(&folder, name, Vec::new()) {
            Ok(target) => Ok(target.into_bytes()),
            Err(Errno::INVAL) => Err(SourceErrorKind::NotALink),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn kind(&self, path: &Path) -> Outcome<Kind> {
        let (folder, name) = self.parent_of(path)?;
        let stat = statat(&folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(kind_of(&stat))
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        self.resolve(path, PLACE).is_ok()
    }

    /// Reads the kernel's messages, of which each read gives one, and never waits for the next. Source: kernel,
    /// `Documentation/ABI/testing/dev-kmsg`.
    pub(super) fn read_messages(&self, path: &Path, limit: usize) -> Outcome<String> {
        let device = self.resolve(path, READ)?;
        let mut text = String::new();
        let mut room = vec![0; 8192];
        for _ in 0..limit {
            match rustix::io::read(&device, &mut room) {
                Ok(0) | Err(Errno::AGAIN) => break,
                Ok(length) => {
                    let record = String::from_utf8_lossy(room.get(..length).unwrap_or_default());
                    let message = record.split_once(';').map_or("", |(_, message)| message);
                    text.push_str(message.lines().next().unwrap_or_default());
                    text.push('\n');
                }
                // A message went while it was read; the next one comes with the next read.
                Err(Errno::PIPE | Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(text)
    }

    pub(super) fn may_use(&self, path: &Path) -> Outcome<()> {
        let wanted = rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK;
        if self.live {
            return Ok(rustix::fs::accessat(&self.root, path, wanted, rustix::fs::AtFlags::EACCESS)?);
        }
        // Inside a folder the way is walked first, so that no link leads out of it.
        let place = self.resolve(path, PLACE)?;
        // By its number, since rustix does not ask with an empty path.
        let held = format!("/proc/self/fd/{}", place.as_raw_fd());
        Ok(rustix::fs::accessat(rustix::fs::CWD, held, wanted, rustix::fs::AtFlags::EACCESS)?)
    }

    pub(super) fn open_folder(&self, path: &Path) -> Outcome<RootedFolder> {
        match self.resolve(path, PLACE | OFlags::DIRECTORY) {
            Ok(place) => Ok(RootedFolder { place, live: self.live }),
            Err(SourceErrorKind::Absent) => Err(match self.itself(path) {
                None => SourceErrorKind::Absent,
                Some(Kind::Link) if !self.exists(path) => SourceErrorKind::Dangling,
                Some(_) => SourceErrorKind::NotAFolder,
            }),
            Err(kind) => Err(kind),
        }
    }

    /// A link that leads nowhere is something else than nothing.
    fn explain(&self, path: &Path, kind: SourceErrorKind) -> SourceErrorKind {
        if kind == SourceErrorKind::Absent && self.itself(path) == Some(Kind::Link) {
            return SourceErrorKind::Dangling;
        }
        kind
    }

    /// What stands at a path itself, with one look where nothing does.
    fn itself(&self, path: &Path) -> Option<Kind> {
        let place = self.resolve(path, PLACE | OFlags::NOFOLLOW).ok()?;
        Some(kind_of(&fstat(&place).ok()?))
    }

    /// The folder in which the last name of a path stands.
    fn parent_of<'a>(&self, path: &'a Path) -> Outcome<(OwnedFd, &'a OsStr)> {
        let name = match path.components().next_back() {
            Some(Component::Normal(name)) => name,
            _ => OsStr::new("."),
        };
        let parent = path.parent().unwrap_or(Path::new(""));
        Ok((self.resolve(parent, PLACE | OFlags::DIRECTORY)?, name))
    }

    /// Opens a path below the root.
    fn resolve(&self, path: &Path, flags: OFlags) -> Outcome<OwnedFd> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        if self.live {
            return Ok(openat(&self.root, path, flags, Mode::empty())?);
        }
        if self.confined.load(Ordering::Relaxed) {
            match self.resolve_by_kernel(path, flags) {
                Err(Errno::NOSYS | Errno::PERM) => self.confined.store(false, Ordering::Relaxed),
                // The kernel could not be sure of the way; step by step it can be walked.
                Err(Errno::AGAIN) => {}
                other => return Ok(other?),
            }
        }
        resolve_by_steps(self.root.as_fd(), path, flags)
    }

    fn resolve_by_kernel(&self, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let rules = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..TRIES {
            match openat2(&self.root, path, flags, Mode::empty(), rules) {
                Err(Errno::AGAIN) => {}
                other => return other,
            }
        }
        Err(Errno::AGAIN)
    }
}

/// Walks a path below `root` by hand: no step follows a link by itself, and `..` stops at the root.
fn resolve_by_steps(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Outcome<OwnedFd> {
    let mut ahead: VecDeque<OsString> = VecDeque::new();
    let mut above: Vec<OwnedFd> = Vec::new();
    let mut links = 0;
    push_front(&mut ahead, path);
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            above.pop();
            continue;
        }
        let here = above.last().map_or(root, |folder| folder.as_fd());
        let place = openat(here, &name, PLACE | OFlags::NOFOLLOW, Mode::empty())?;
        match FileType::from_raw_mode(fstat(&place)?.st_mode) {
            FileType::Symlink if ahead.is_empty() && flags.contains(OFlags::NOFOLLOW) => {
                return Ok(openat(here, &name, flags, Mode::empty())?);
            }
            FileType::Symlink => {
                links += 1;
                if links > LINK_LIMIT {
                    return Err(SourceErrorKind::Loop);
                }
                let target = OsString::from_vec(readlinkat(&place, "", Vec::new())?.into_bytes());
                if target.as_bytes().starts_with(b"/") {
                    above.clear();
                }
                push_front(&mut ahead, Path::new(&target));
            }
            FileType::Directory => above.push(place),
            _ if ahead.is_empty() => {
                return Ok(openat(here, &name, flags | OFlags::NOFOLLOW, Mode::empty())?);
            }
            _ => return Err(SourceErrorKind::Absent),
        }
    }
    let here = above.last().map_or(root, |folder| folder.as_fd());
    Ok(openat(here, ".", flags, Mode::empty())?)
}

impl RootedFolder {
    /// Reads a small file; its whole length is returned. A link is not followed: that is [`SourceErrorKind::Loop`].
    pub(super) fn read(&self, name: &str, buffer: &mut [u8]) -> Outcome<usize> {
        let file = self.open_file(name)?;
        let mut length = 0;
        loop {
            let rest = buffer.get_mut(length..).unwrap_or_default();
            let room = rest.len();
            if room == 0 {
                return Err(SourceErrorKind::TooLarge);
            }
            match rustix::io::read(&file, rest) {
                Ok(0) if length == 0 => return refuse_other_kinds(&file).map(|()| 0),
                Ok(read) => {
                    length += read;
                    // The kernel gives an attribute whole: what is shorter than asked for has ended.
                    if read < room {
                        return Ok(length);
                    }
                }
                Err(Errno::INTR) => {}
                Err(error) => return refuse_other_kinds(&file).and(Err(error.into())),
            }
        }
    }

    /// Opens a file in this folder, or with a longer path below it, without following any link.
    fn open_file(&self, name: &str) -> Outcome<OwnedFd> {
        let flags = READ | OFlags::NOFOLLOW;
        if self.live || !name.contains('/') {
            return Ok(openat(&self.place, name, flags, Mode::empty())?);
        }
        let rules = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        openat2(&self.place, name, flags, Mode::empty(), rules).map_err(|error| match error {
            // Whatever is not plain, or refused, is for the careful way.
            Errno::XDEV | Errno::AGAIN | Errno::NOSYS | Errno::PERM => SourceErrorKind::Loop,
            other => other.into(),
        })
    }

    pub(super) fn read_link(&self, name: &str, buffer: &mut [u8]) -> Outcome<usize> {
        let room = buffer.len();
        let mut space = [MaybeUninit::<u8>::uninit(); 1024];
        let (target, _) = readlinkat_raw(&self.place, name, &mut space[..]).map_err(|error| match error {
            Errno::INVAL => SourceErrorKind::NotALink,
            other => other.into(),
        })?;
        if target.len() >= 1024 || target.len() > room {
            return Err(SourceErrorKind::TooLarge);
        }
        super::copy(target, buffer)
    }

    pub(super) fn list(&self) -> Outcome<Vec<OsString>> {
        let folder = openat(&self.place, ".", READ | OFlags::DIRECTORY, Mode::empty())?;
        let mut names = Vec::new();
        let mut space = Vec::with_capacity(32 * 1024);
        let mut entries = RawDir::new(folder, space.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }
}

fn kind_of(stat: &Stat) -> Kind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    }
}

/// Tells a folder, a pipe or a device from an empty or failing file.
fn refuse_other_kinds(file: &OwnedFd) -> Outcome<()> {
    match FileType::from_raw_mode(fstat(file)?.st_mode) {
        FileType::RegularFile => Ok(()),
        _ => Err(SourceErrorKind::NotAFile),
    }
}

/// Reads to the end, or up to the limit.
fn read_whole(file: &OwnedFd, size: usize, limit: usize) -> Outcome<Vec<u8>> {
    if size > limit {
        return Err(SourceErrorKind::TooLarge);
    }
    // One byte more than the size, so that the end is seen by the first read.
    let mut bytes = Vec::with_capacity(size.max(4095) + 1);
    loop {
        if bytes.len() > limit {
            return Err(SourceErrorKind::TooLarge);
        }
        if bytes.len() == bytes.capacity() {
            bytes.reserve(bytes.len());
        }
        match rustix::io::read(file, rustix::buffer::spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "makes the trees that are read, in a temporary folder")]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b/c")).unwrap();
        fs::write(at("a/b/file"), "text").unwrap();
        fs::write(at("a/large"), vec![b'x'; 10_000]).unwrap();
        symlink("/a/b", at("absolute")).unwrap();
        symlink("../../../../../../a/b/file", at("a/b/upwards")).unwrap();
        symlink("b/../b/c", at("a/winding")).unwrap();
        symlink("/etc/passwd", at("outside")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("pong", at("ping")).unwrap();
        symlink("ping", at("pong")).unwrap();
        folder
    }

    const PATHS: [&str; 18] = [
        "",
        "a/b/file",
        "a/b",
        "absolute/file",
        "absolute",
        "a/b/upwards",
        "a/winding",
        "a/winding/../file",
        "outside",
        "dangling",
        "dangling/x",
        "loop",
        "ping",
        "loop/x",
        "a/b/file/x",
        "../../a/b/file",
        "nothing",
        "a/./b//file",
    ];

    #[test]
    fn what_may_be_used_in_a_folder_is_told() {
        let folder = tree();
        let rooted = Rooted::open(folder.path(), false).unwrap();
        assert_eq!(rooted.may_use(Path::new("a/b/file")), Ok(()));
        assert_eq!(rooted.may_use(Path::new("missing")), Err(SourceErrorKind::Absent));
    }

    #[test]
    fn the_kernel_and_the_steps_agree() {
        let folder = tree();
        let kernel = Rooted::open(folder.path(), false).unwrap();
        let steps = Rooted::open(folder.path(), false).unwrap();
        steps.confined.store(false, Ordering::Relaxed);
        for path in PATHS.map(Path::new) {
            assert_eq!(steps.read(path, 100), kernel.read(path, 100), "{}", path.display());
            assert_eq!(steps.exists(path), kernel.exists(path), "{}", path.display());
            assert_eq!(steps.kind(path), kernel.kind(path), "{}", path.display());
            let names = |rooted: &Rooted| {
                rooted.open_folder(path).and_then(|folder| folder.list()).map(|mut names| {
                    names.sort();
                    names
                })
            };
            assert_eq!(names(&steps), names(&kernel), "{}", path.display());
        }
        assert!(
            kernel.confined.load(Ordering::Relaxed),
            "this kernel has no openat2: the test compared nothing"
        );
    }

    #[test]
    fn links_lead_where_they_should_and_nowhere_else() {
        let folder = tree();
        let rooted = Rooted::open(folder.path(), false).unwrap();
        let read = |path: &str| rooted.read(Path::new(path), 100);
        assert_eq!(read("absolute/file").as_deref(), Ok(&b"text"[..]));
        assert_eq!(read("a/b/upwards").as_deref(), Ok(&b"text"[..]));
        assert_eq!(read("outside"), Err(SourceErrorKind::Dangling));
        assert_eq!(read("dangling"), Err(SourceErrorKind::Dangling));
        assert_eq!(read("loop"), Err(SourceErrorKind::Loop));
        assert_eq!(read("a/b"), Err(SourceErrorKind::NotAFile));
        assert_eq!(read("a/large"), Err(SourceErrorKind::TooLarge));
        assert_eq!(read("nothing"), Err(SourceErrorKind::Absent));
        assert_eq!(rooted.open_folder(Path::new("a/b/file")).unwrap_err(), SourceErrorKind::NotAFolder);
        assert_eq!(rooted.read_link(Path::new("absolute")).as_deref(), Ok(&b"/a/b"[..]));
        assert_eq!(rooted.read_link(Path::new("a")), Err(SourceErrorKind::NotALink));
        assert_eq!(
            Rooted::open(&folder.path().join("a/b/file"), false).unwrap_err(),
            SourceErrorKind::NotAFolder
        );
    }

    #[test]
    fn a_folder_held_open_follows_no_link() {
        let folder = tree();
        let rooted = Rooted::open(folder.path(), false).unwrap();
        let open = rooted.open_folder(Path::new("a")).unwrap();
        let mut room = [0; 100];
        assert_eq!(open.read("b/file", &mut room), Ok(4));
        assert_eq!(open.read("b/upwards", &mut room), Err(SourceErrorKind::Loop));
        assert_eq!(open.read("large", &mut room), Err(SourceErrorKind::TooLarge));
        assert_eq!(open.read("b", &mut room), Err(SourceErrorKind::NotAFile));
        assert_eq!(open.read_link("winding", &mut room), Ok(8));
        assert_eq!(open.read_link("b", &mut room), Err(SourceErrorKind::NotALink));
    }
}
