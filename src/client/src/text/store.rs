//! Sentences about former definitions that cannot be kept or read.

use std::time::{Duration, UNIX_EPOCH};

use gettextrs::gettext;

use super::fill;
use crate::store::StoreError;

/// Why a former definition could not be kept or read.
pub fn store_error(error: &StoreError) -> String {
    match error {
        StoreError::NoHome => gettext(
            "There is no place for former definitions, so nothing was changed: set the environment variable HOME.",
        ),
        StoreError::BadId(id) => fill(
            &gettext(
                "“{id}” is not the id of a virtual machine, so nothing was changed: choose one in the list.",
            ),
            &[("id", id)],
        ),
        StoreError::Io { path, source } => fill(
            &gettext(
                "“{path}” cannot be used for former definitions ({reason}), so nothing was changed: make that folder writable.",
            ),
            &[("path", &path.display().to_string()), ("reason", &source.to_string())],
        ),
    }
}

/// When a definition was kept, the same in every place of the world: “2026-11-20 12:38:05 UTC”.
pub fn kept_time(seconds: u64) -> String {
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
    format!("{} UTC", time.trim_end_matches('Z').replace('T', " "))
}
