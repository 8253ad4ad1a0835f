//! Where wishes are kept: one file a card in a folder of the user's own, 0700 with files 0600. A file is there whole or not
//! at all, and a wish for the same card takes the place of the one before.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use gangway_core::pci::PciAddress;
use gangway_core::versioned::VersionedError;

use super::wish::{LIMIT, Wish};
use crate::store::{make_private_folder, write_in_place};

/// A folder of wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    folder: PathBuf,
}

/// Why a wish cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system said no.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// What stands there is no wish, or one of a newer program.
    #[error("{path}: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: VersionedError,
    },
}

impl Wishes {
    /// The wishes in this folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Keeps a wish. When this returns, it is on the disk.
    ///
    /// # Errors
    /// [`FolderError::Io`], and [`FolderError::Unreadable`] where it could not be read again; what was there stays then.
    pub fn keep(&self, wish: &Wish) -> Result<(), FolderError> {
        let path = self.path_of(wish.device);
        let text = wish.to_text().map_err(|error| FolderError::Unreadable { path: path.clone(), error })?;
        make_private_folder(&self.folder).map_err(at(&self.folder))?;
        write_in_place(&self.folder, &path, text.as_bytes()).map_err(at(&path))
    }

    /// The wish for a card; none where there is none.
    ///
    /// # Errors
    /// [`FolderError::Io`] and [`FolderError::Unreadable`].
    pub fn of(&self, device: PciAddress) -> Result<Option<Wish>, FolderError> {
        read(&self.path_of(device))
    }

    /// All wishes, the oldest first, and what could not be read of them.
    pub fn all(&self) -> (Vec<Wish>, Vec<FolderError>) {
        let (mut wishes, mut troubles) = (Vec::new(), Vec::new());
        for path in self.files().unwrap_or_else(|error| {
            troubles.push(error);
            Vec::new()
        }) {
            match read(&path) {
                Ok(wish) => wishes.extend(wish),
                Err(error) => troubles.push(error),
            }
        }
        wishes.sort_by_key(|wish| (wish.begun, wish.device));
        (wishes, troubles)
    }

    /// Forgets the wish for a card, if there is one.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn forget(&self, device: PciAddress) -> Result<(), FolderError> {
        let path = self.path_of(device);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&path)(error)),
            _ => Ok(()),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the user's own state, not the machine that is looked at")]
    fn files(&self) -> Result<Vec<PathBuf>, FolderError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(at(&self.folder)(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(at(&self.folder))?.path();
            let named = path.file_name().and_then(|name| name.to_str()).and_then(device_of);
            if named.is_some() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    fn path_of(&self, device: PciAddress) -> PathBuf {
        // Without colons: some file systems have none.
        self.folder.join(format!("{}.json", device.to_string().replace(':', ".")))
    }
}

/// The device whose file has this name.
fn device_of(name: &str) -> Option<PciAddress> {
    let stem = name.strip_suffix(".json")?;
    stem.replacen('.', ":", 2).parse().ok()
}

fn read(path: &Path) -> Result<Option<Wish>, FolderError> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    };
    let mut text = String::new();
    file.take(LIMIT).read_to_string(&mut text).map_err(at(path))?;
    let wish =
        Wish::parse(&text).map_err(|error| FolderError::Unreadable { path: path.to_owned(), error })?;
    Ok(Some(wish))
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError {
    move |source| FolderError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::wish::tests::wish;
    use super::*;

    #[test]
    fn a_wish_is_kept_replaced_and_forgotten() {
        let temporary = tempfile::tempdir().unwrap();
        let wishes = Wishes::at(temporary.path().join("gangway/hand-overs"));
        assert_eq!(wishes.of(wish().device).unwrap(), None);
        wishes.keep(&wish()).unwrap();
        let applied = Wish { record: Some("2026-11-21T17.40.00Z-1".into()), ..wish() };
        wishes.keep(&applied).unwrap();
        assert_eq!(wishes.of(wish().device).unwrap(), Some(applied.clone()));
        let (all, troubles) = wishes.all();
        assert_eq!((all, troubles.len()), (vec![applied], 0));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = temporary.path().join("gangway/hand-overs/0000.01.00.0.json");
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        wishes.forget(wish().device).unwrap();
        wishes.forget(wish().device).unwrap();
        assert!(wishes.all().0.is_empty() && !file.exists());
    }

    fn make_file(path: &Path, text: &str) {
        use std::io::Write as _;
        fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn what_is_no_wish_is_told_and_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let wishes = Wishes::at(temporary.path());
        assert!(wishes.all().0.is_empty());
        wishes.keep(&wish()).unwrap();
        for (name, text) in
            [("0000.02.00.0.json", "{"), ("0000.03.00.0.json", "{\"version\":9}"), ("notes.txt", "")]
        {
            make_file(&temporary.path().join(name), text);
        }
        let (all, troubles) = wishes.all();
        assert_eq!((all.len(), troubles.len()), (1, 2), "{troubles:?}");
        assert!(troubles[1].to_string().contains("newer Gangway"), "{troubles:?}");
        assert!(wishes.of("0000:02:00.0".parse().unwrap()).is_err());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        make_file(&file, "");
        let wishes = Wishes::at(&file);
        assert!(wishes.keep(&wish()).unwrap_err().to_string().contains("file"));
        assert_eq!(wishes.all().1.len(), 1);
    }
}
