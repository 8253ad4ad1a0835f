//! The user's language: sets the C locale once and tells gettext where our catalogues are. Sentences are
//! made in [`crate::text`] and where they are shown; this is only what has to happen before.
#![allow(unsafe_code, reason = "the C locale can be set by a C function only; the block says why it holds")]

use std::path::PathBuf;

use gettextrs::{LocaleCategory, bind_textdomain_codeset, bindtextdomain, setlocale, textdomain};

/// The name of our catalogues: `LOCALEDIR/<language>/LC_MESSAGES/gangway.mo`.
pub const DOMAIN: &str = "gangway";

/// The variable that names another folder of catalogues, when building and when running.
pub const LOCALEDIR: &str = "GANGWAY_LOCALEDIR";

/// Takes the user's language from the environment. To be called first in `main`, before any thread.
///
/// Without a catalogue, or when something here fails, the programs speak English.
pub fn start() {
    // SAFETY: `setlocale` is unsafe because other threads may be reading the locale meanwhile; as the first
    // thing that `main` does, it runs while there is one thread.
    let _ = unsafe { setlocale(LocaleCategory::LcAll, "") };
    if let Some(folder) = folder() {
        let _ = bindtextdomain(DOMAIN, folder);
    }
    let _ = bind_textdomain_codeset(DOMAIN, "UTF-8");
    let _ = textdomain(DOMAIN);
}

/// Where the catalogues are: where the environment says, where the build said, or in `share/locale` beside
/// the `bin` that the program is in. Otherwise the C library looks in its own place.
fn folder() -> Option<PathBuf> {
    if let Some(told) =
        std::env::var_os(LOCALEDIR).or_else(|| option_env!("GANGWAY_LOCALEDIR").map(Into::into))
    {
        return Some(PathBuf::from(told));
    }
    let program = std::env::current_exe().ok()?;
    let beside = program.parent()?.parent()?.join("share/locale");
    beside.is_dir().then_some(beside)
}
