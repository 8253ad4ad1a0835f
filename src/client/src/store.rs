//! Former definitions: what a virtual machine's definition was before Gangway changed it, kept for undo in
//! `<folder>/<uuid>/<time>-<n>.xml`. They hold passwords: folders are 0700, files 0600. A file is written
//! whole or not at all. What stands in a definition does not matter here.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::hypervisor::{Definition, VmId};

/// A folder of former definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

/// One former definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// When it was kept, in seconds since 1970 (UTC).
    pub seconds: u64,
    /// Tells apart what was kept in the same second, from 1.
    pub number: u32,
    /// Where it is.
    pub path: PathBuf,
}

impl Kept {
    /// What it is called: its file's name without the ending.
    pub fn name(&self) -> String {
        format!("{}-{}", file_time(self.seconds), self.number)
    }
}

/// Why a former definition could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Neither `XDG_STATE_HOME` nor `HOME` says where the user's state belongs.
    #[error("neither XDG_STATE_HOME nor HOME is set")]
    NoHome,
    /// The machine's id cannot be the name of a folder.
    #[error("not a UUID: {0}")]
    BadId(String),
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Store {
    /// The user's own folder: `$XDG_STATE_HOME/gangway/definitions`, `~/.local/state` where that is unset
    /// (<https://specifications.freedesktop.org/basedir-spec/latest/>). Made with the first definition.
    ///
    /// # Errors
    /// [`StoreError::NoHome`].
    pub fn open_default() -> Result<Self, StoreError> {
        user_state().map(|state| Self::at(state.join("definitions"))).ok_or(StoreError::NoHome)
    }

    /// The store in this folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a definition. When this returns, it is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Io`] and [`StoreError::BadId`]; nothing is left behind then.
    pub fn keep(&self, id: &VmId, definition: &Definition) -> Result<PathBuf, StoreError> {
        let folder = self.folder_of(id)?;
        make_private_folder(&folder).map_err(at(&folder))?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let time = file_time(seconds);
        let mut number = 1_u32;
        loop {
            let path = folder.join(format!("{time}-{number}.xml"));
            match write_new(&folder, &path, definition.text().as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => {
                    number += 1;
                }
                result => return result.map_err(at(&path)).map(|()| path),
            }
        }
    }

    /// The machines of which something was kept, in the order of their ids. Other files are not looked at.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the folder is there but cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the user's own state, not the machine that is looked at")]
    pub fn machines(&self) -> Result<Vec<VmId>, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(at(&self.folder)(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(at(&self.folder))?.file_name();
            let id = name.to_str().map(VmId::new).filter(|id| name == *id.as_str());
            if let Some(id) = id.filter(|id| self.list(id).is_ok_and(|kept| !kept.is_empty())) {
                ids.push(id);
            }
        }
        ids.sort();
        Ok(ids)
    }

    /// What was kept of a machine, oldest first. Other files in the folder are not looked at.
    ///
    /// # Errors
    /// [`StoreError::Io`] where the folder is there but cannot be read, and [`StoreError::BadId`].
    #[expect(clippy::disallowed_methods, reason = "the user's own state, not the machine that is looked at")]
    pub fn list(&self, id: &VmId) -> Result<Vec<Kept>, StoreError> {
        let folder = self.folder_of(id)?;
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(at(&folder)(error)),
        };
        let mut kept = Vec::new();
        for entry in entries {
            let entry = entry.map_err(at(&folder))?;
            if let Some((seconds, number)) = entry.file_name().to_str().and_then(parse_file_name) {
                kept.push(Kept { seconds, number, path: entry.path() });
            }
        }
        kept.sort();
        Ok(kept)
    }

    /// What was kept last.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub fn latest(&self, id: &VmId) -> Result<Option<Kept>, StoreError> {
        Ok(self.list(id)?.pop())
    }

    /// Reads one that [`Store::list`] found.
    ///
    /// # Errors
    /// [`StoreError::Io`], also where it is not UTF-8.
    #[expect(clippy::disallowed_methods, reason = "the user's own state, not the machine that is looked at")]
    pub fn read(&self, kept: &Kept) -> Result<Definition, StoreError> {
        fs::read_to_string(&kept.path).map(Definition::new).map_err(at(&kept.path))
    }

    /// Removes one that turned out to be nobody's former definition, because nothing was changed.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn discard(&self, path: &Path) -> Result<(), StoreError> {
        fs::remove_file(path).map_err(at(path))
    }

    fn folder_of(&self, id: &VmId) -> Result<PathBuf, StoreError> {
        let name = id.as_str();
        if name.is_empty() || !name.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
            return Err(StoreError::BadId(name.to_owned()));
        }
        Ok(self.folder.join(name))
    }
}

/// Gangway's folder in the user's state folder; none where the environment names no home.
pub(crate) fn user_state() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .map(|state| state.join("gangway"))
}

fn at(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Io { path: path.to_owned(), source }
}

pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a temporary file beside `path`, syncs it, and gives it its name unless that is taken.
fn write_new(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!(".{}.tmp", std::process::id()));
    // Left over by a process of the same number that was killed while writing.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let result = write_synced(&temporary, bytes).and_then(|()| {
        // A hard link fails where the name exists; a rename would replace what is there.
        fs::hard_link(&temporary, path)?;
        File::open(folder)?.sync_all()
    });
    let removed = fs::remove_file(&temporary);
    result.and(removed)
}

/// Writes a temporary file beside `path`, syncs it, and gives it its name, in place of what is there.
pub(crate) fn write_in_place(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!(".{}.tmp", std::process::id()));
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, path))?;
    File::open(folder)?.sync_all()
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A time as RFC 3339 writes it, without colons: some file systems have none.
fn file_time(seconds: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string().replace(':', ".")
}

fn parse_file_name(name: &str) -> Option<(u64, u32)> {
    let (time, number) = name.strip_suffix(".xml")?.rsplit_once('-')?;
    let time = humantime::parse_rfc3339(&time.replace('.', ":")).ok()?;
    Some((time.duration_since(UNIX_EPOCH).ok()?.as_secs(), number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn id() -> VmId {
        VmId::new("4dea22b3-1d52-d8f3-2516-782e98ab3fa0")
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_kept_is_read_back_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("gangway/definitions"));
        assert_eq!(store.list(&id()).unwrap(), []);
        let path = store.keep(&id(), &Definition::new("<domain>1</domain>")).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&folder.path().join("gangway")), 0o700);
        let kept = store.latest(&id()).unwrap().unwrap();
        assert_eq!(kept.path, path);
        assert_eq!(store.read(&kept).unwrap().text(), "<domain>1</domain>");
    }

    #[test]
    fn two_in_one_second_do_not_replace_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        for text in ["a", "b", "c"] {
            store.keep(&id(), &Definition::new(text)).unwrap();
        }
        let texts: Vec<String> = store
            .list(&id())
            .unwrap()
            .iter()
            .map(|kept| store.read(kept).unwrap().text().to_owned())
            .collect();
        assert_eq!(texts, ["a", "b", "c"]);
        let latest = store.latest(&id()).unwrap().unwrap();
        store.discard(&latest.path).unwrap();
        assert_eq!(store.list(&id()).unwrap().len(), 2);
    }

    #[test]
    fn the_machines_of_which_something_is_kept_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("definitions"));
        assert_eq!(store.machines().unwrap(), []);
        let path = store.keep(&id(), &Definition::new("a")).unwrap();
        fs::create_dir(store.folder().join("win11")).unwrap();
        fs::create_dir(store.folder().join("5b1e3c0a-7d24-4f8e-9c61-2a90d4b7e811")).unwrap();
        assert_eq!(store.machines().unwrap(), [id()], "others are not machines, or empty");
        let kept = store.latest(&id()).unwrap().unwrap();
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), format!("{}.xml", kept.name()));
    }

    #[test]
    fn nothing_is_left_behind_and_strangers_are_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let path = store.keep(&id(), &Definition::new("a")).unwrap();
        File::create(path.parent().unwrap().join("notes.txt")).unwrap();
        let names: Vec<_> =
            path.parent().unwrap().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(store.list(&id()).unwrap().len(), 1);
    }

    #[test]
    fn an_id_is_never_a_way_out_of_the_folder() {
        let store = Store::at("/nowhere");
        for bad in ["", "..", "../x", "a/b", "win11"] {
            assert!(matches!(store.list(&VmId::new(bad)), Err(StoreError::BadId(_))), "{bad}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        File::create(&file).unwrap();
        let error = Store::at(&file).keep(&id(), &Definition::new("a")).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }

    #[test]
    fn times_go_to_names_and_back() {
        assert_eq!(file_time(1_795_178_285), "2026-11-20T12.38.05Z");
        assert_eq!(parse_file_name("2026-11-20T12.38.05Z-7.xml"), Some((1_795_178_285, 7)));
        assert_eq!(parse_file_name("2026-11-20T12.38.05Z-7.xml.tmp"), None);
        assert_eq!(parse_file_name("-1.xml"), None);
    }
}
