//! What is on a system, file by file, and what differs between two looks at it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What is at a path: kind, mode, owner, time of change where it is a file, and its bytes or target.
pub type Seen = (u32, u32, u32, Option<(i64, i64)>, Vec<u8>);

/// Everything of a tree but the journal of the engine.
///
/// # Panics
/// When it cannot be read.
#[expect(clippy::disallowed_methods, reason = "looks at a temporary folder as it is")]
pub fn tree(root: &Path) -> BTreeMap<String, Seen> {
    let mut seen = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("/{}", path.strip_prefix(root).unwrap().display());
            if ["/var", "/run", "/sys", "/proc", "/dev"].iter().any(|out| name.starts_with(out)) {
                continue;
            }
            let meta = fs::symlink_metadata(&path).unwrap();
            let time = meta.is_file().then(|| (meta.mtime(), meta.mtime_nsec()));
            let content = if meta.is_symlink() {
                fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec()
            } else if meta.is_file() {
                fs::read(&path).unwrap()
            } else {
                left.push(path.clone());
                Vec::new()
            };
            seen.insert(name, (meta.mode(), meta.uid(), meta.gid(), time, content));
        }
    }
    seen
}

/// What differs between two trees, a line each.
pub fn differences(before: &BTreeMap<String, Seen>, after: &BTreeMap<String, Seen>) -> String {
    let mut lines = String::new();
    for (path, seen) in after {
        match before.get(path) {
            None => lines += &format!("new {path}\n"),
            Some(other) if other != seen => lines += &format!("changed {path}\n"),
            Some(_) => {}
        }
    }
    lines
        .extend(before.keys().filter(|path| !after.contains_key(*path)).map(|path| format!("gone {path}\n")));
    lines
}

/// The files that a reservation leaves where [`tree`] does not look: its own folder, its state, the firmware's variables.
///
/// # Panics
/// When it cannot be read.
#[expect(clippy::disallowed_methods, reason = "looks at a temporary folder as it is")]
pub fn kept_of_a_trial(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut kept = BTreeMap::new();
    let places = ["var/lib/gangway/reserve", "var/lib/gangway/trial", "sys/firmware/efi/efivars"];
    let mut left: Vec<_> = places.iter().map(|place| root.join(place)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file() {
            let name = format!("/{}", path.strip_prefix(root).unwrap().display());
            kept.insert(name, fs::read(&path).unwrap());
        }
    }
    kept
}
