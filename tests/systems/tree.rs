//! A captured machine as a folder of real files. What could not be read stays an empty file.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::checks::lab::{Machine, Put};

/// Writes it.
///
/// # Panics
/// When a file cannot be written.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn write(machine: &Machine, root: &Path) {
    for (path, put) in machine.places() {
        let place = root.join(path.trim_start_matches('/'));
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).unwrap();
        }
        match put {
            Put::Folder => fs::create_dir_all(&place).unwrap(),
            Put::Link(target) => symlink(target, &place).unwrap(),
            Put::Unreadable => fs::write(&place, "").unwrap(),
            Put::File(bytes) => {
                fs::write(&place, bytes).unwrap();
                let tool = path.starts_with("/usr/bin/") || path.starts_with("/usr/sbin/");
                let mode = if tool { 0o755 } else { 0o644 };
                fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    }
}
