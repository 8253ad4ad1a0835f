//! The demo's computer as a folder: what the demo's service changes, and what is read once it was changed.
//!
//! It is made of the bundled machine when the service is first wanted, beside the virtual machines' state, in one piece or
//! not at all. Its name holds a hash of that machine, so that another version of Gangway begins with its own.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use gangway_core::machine_file::{MachineFile, Place};
use gangway_core::plan::Digest;
use gangway_core::trial::BOOT;

use super::folder::{Folder, FolderError};
use super::machine::DemoMachine;

const NOFOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// Which start of the demo's computer its first one is.
const FIRST: &[u8] = b"5f0d2c1e-8b7a-4c39-9d46-0a1b2c3d4e5f\n";

/// What the service expects of a computer, and no capture holds.
const FOLDERS: [&str; 5] = ["var/lib", "run", "sys/module", "usr/bin", "usr/sbin"];

/// Where the folder of a demo machine is, whether it was made already or not.
fn place(machine: DemoMachine, state: &Path) -> PathBuf {
    let hash = Digest::of("demo", &machine.text()).to_string();
    state.join(format!("root-{}", hash.get(..16).unwrap_or_default()))
}

/// The folder of a demo machine, where it was made.
pub(super) fn made(machine: DemoMachine, state: &Path) -> Option<PathBuf> {
    Some(place(machine, state)).filter(|root| root.is_dir())
}

/// The folder of a demo machine; made where there is none yet.
pub(super) fn make(machine: DemoMachine, file: &MachineFile, state: &Path) -> Result<PathBuf, FolderError> {
    let folder = Folder::open(state)?;
    let root = place(machine, folder.path());
    let _lock = folder.lock()?;
    if root.is_dir() {
        return Ok(root);
    }
    let fresh = folder.path().join(".root.new");
    let failed = |cause| FolderError { path: fresh.clone(), cause };
    // What another run began and did not end.
    clear(&fresh)?;
    fill(&fresh, file)?;
    fs::rename(&fresh, &root).map_err(failed)?;
    Ok(root)
}

fn fill(root: &Path, file: &MachineFile) -> Result<(), FolderError> {
    fill_with(file, |path, place| put(root, path, place))?;
    for name in FOLDERS {
        put(root, Path::new(name), Place::Folder)?;
    }
    if below(root, Path::new(BOOT)).exists() { Ok(()) } else { put_file(root, BOOT, FIRST) }
}

/// Has every place of a machine put somewhere, up to the first that cannot be.
pub(super) fn fill_with(
    file: &MachineFile,
    mut put: impl FnMut(&Path, Place<'_>) -> Result<(), FolderError>,
) -> Result<(), FolderError> {
    let mut outcome = Ok(());
    file.each(&mut |path, place| {
        if outcome.is_ok() {
            outcome = put(path, place);
        }
    });
    outcome
}

/// Puts these folders of the demo's computer there anew, as `fill` does it, in the place of what is there.
pub(super) fn renew(
    root: &Path,
    names: &[&str],
    fill: impl FnOnce(&Path) -> Result<(), FolderError>,
) -> Result<(), FolderError> {
    let (fresh, former) = (root.with_file_name(".start.new"), root.with_file_name(".start.old"));
    let failed = |cause| FolderError { path: fresh.clone(), cause };
    for path in [&fresh, &former] {
        clear(path)?;
        put(path, Path::new(""), Place::Folder)?;
    }
    fill(&fresh)?;
    for name in names {
        put(&fresh, Path::new(name), Place::Folder)?;
        if root.join(name).exists() {
            fs::rename(root.join(name), former.join(name)).map_err(failed)?;
        }
        fs::rename(fresh.join(name), root.join(name)).map_err(failed)?;
    }
    clear(&former)?;
    clear(&fresh)
}

fn clear(path: &Path) -> Result<(), FolderError> {
    match fs::remove_dir_all(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            Err(FolderError { path: path.to_owned(), cause })
        }
        _ => Ok(()),
    }
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// Writes one place. Nobody but the user may write to anything, or the service would refuse it as it does for root.
pub(super) fn put(root: &Path, path: &Path, place: Place<'_>) -> Result<(), FolderError> {
    let path = below(root, path);
    let written = match place {
        Place::Folder => DirBuilder::new().recursive(true).mode(0o755).create(&path),
        Place::Link(target) => symlink(target, &path),
        Place::File(bytes) => write(&path, bytes, 0o644),
        Place::Unreadable(_) => write(&path, b"", 0o000),
    };
    written.map_err(|cause| FolderError { path, cause })
}

/// Writes a file, and the folders above it where they are missing.
pub(super) fn put_file(root: &Path, path: &str, bytes: &[u8]) -> Result<(), FolderError> {
    if let Some(above) = Path::new(path).parent() {
        put(root, above, Place::Folder)?;
    }
    put(root, Path::new(path), Place::File(bytes))
}

/// Writes to a file that is there, in its place, as a boot loader does.
pub(super) fn overwrite(root: &Path, path: &str, bytes: &[u8]) -> Result<(), FolderError> {
    let path = below(root, Path::new(path));
    let file = OpenOptions::new().write(true).custom_flags(NOFOLLOW).open(&path);
    let written = file.and_then(|mut file| file.write_all(bytes));
    written.map_err(|cause| FolderError { path, cause })
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use gangway_core::model::Model;
    use gangway_core::source::Source;

    use super::*;

    fn bundled(machine: DemoMachine) -> MachineFile {
        MachineFile::parse(machine.text().as_bytes()).unwrap()
    }

    #[test]
    fn the_folder_is_the_machine() {
        for machine in DemoMachine::ALL {
            let state = tempfile::tempdir().unwrap();
            let file = bundled(machine);
            assert_eq!(made(machine, state.path()), None);
            let root = make(machine, &file, state.path()).unwrap();
            assert_eq!(made(machine, state.path()), Some(root.clone()));
            let (bundled, folder) =
                (Model::read(&Source::machine(&file)), Model::read(&Source::folder(&root).unwrap()));
            assert_eq!(folder.host, bundled.host, "{}", machine.id());
            assert_eq!(folder.devices, bundled.devices, "{}", machine.id());
            // Root reads what others may not.
            if !rustix::process::geteuid().is_root() {
                assert_eq!(folder.system, bundled.system, "{}", machine.id());
            }
        }
    }

    #[test]
    fn it_is_made_once_and_what_was_left_half_made_is_no_hindrance() {
        let state = tempfile::tempdir().unwrap();
        let file = bundled(DemoMachine::Studio);
        fs::create_dir_all(state.path().join(".root.new/sys/bus")).unwrap();
        let root = make(DemoMachine::Studio, &file, state.path()).unwrap();
        fs::create_dir(root.join("kept")).unwrap();
        assert_eq!(make(DemoMachine::Studio, &file, state.path()).unwrap(), root);
        assert!(root.join("kept").is_dir() && !state.path().join(".root.new").exists());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o022;
        assert_eq!(mode(&root) | mode(&root.join("etc/group")), 0);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let state = tempfile::tempdir().unwrap();
        let taken = state.path().join("taken");
        write(&taken, b"", 0o644).unwrap();
        let error = make(DemoMachine::Studio, &bundled(DemoMachine::Studio), &taken.join("x")).unwrap_err();
        assert!(error.path.starts_with(&taken), "{error}");
    }
}
