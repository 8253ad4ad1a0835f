//! What comes after a reservation was armed: how things stand in this start of the computer, and whether what was promised
//! holds.
//!
//! Everything here is read and compared, and nothing is changed. Arming, confirming and undoing are plans; clearing what is
//! left over is the helper's. The words are those of the boot: a start is *on trial* when its command line carries our
//! argument and nobody kept it yet.

mod early;
mod found;
mod pointer;
mod standing;
mod state;
mod verify;

pub use early::Early;
pub use found::{Found, measure};
pub use pointer::Pointer;
pub use standing::Standing;
pub use state::{Entry, Failure, LIMIT, Promise, Request, Stage, State, Twin};
pub use verify::{Broken, Part, Promised, Verified, is_kept, verify};

use crate::reading::Reading;
use crate::source::Source;

/// Where the state is.
pub const STATE: &str = "/var/lib/gangway/trial";
/// Where the early script reports.
pub const EARLY: &str = "/run/gangway/early";
/// Which start of the computer this is. Source: kernel, `Documentation/admin-guide/sysctl/kernel.rst`, `random`.
pub const BOOT: &str = "/proc/sys/kernel/random/boot_id";
/// The argument that only our entry has.
pub const ARGUMENT: &str = "gangway.reserve";
/// The id of our entry in GRUB's menu. It begins with a letter, since GRUB takes digits for a place.
pub const GRUB_ENTRY: &str = "gangway-trial";
/// The id of our entry in systemd-boot's menu: its file's name.
pub const SYSTEMD_BOOT_ENTRY: &str = "gangway-trial.conf";
/// What our environment file of GRUB asks for one start, and is erased by the gate in `custom.cfg` before that start.
pub const GRUB_REQUEST: &str = "gw_next";
/// What our environment file of GRUB asks for every start: the one pointer that a confirmation moves.
pub const GRUB_DEFAULT: &str = "gw_default";
/// systemd-boot's variable for one start. Source: systemd, `docs/BOOT_LOADER_INTERFACE.md`.
pub const EFI_REQUEST: &str = "LoaderEntryOneShot";
/// systemd-boot's variable for every start, which counts before `loader.conf`.
pub const EFI_DEFAULT: &str = "LoaderEntryDefault";
/// The vendor of systemd-boot's variables.
pub const EFI_VENDOR: &str = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

/// A reservation, as this start of the computer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trial {
    /// What is kept of it; absent where there is none.
    pub state: Reading<State>,
    /// How it stands.
    pub standing: Standing,
    /// What of its parts is there.
    pub found: Found,
}

impl Trial {
    /// Reads it. Never fails: what could not be read is in the readings.
    pub fn of(source: &Source) -> Self {
        let state = state(source);
        let standing = Standing::read(source, &state);
        let found = state.known().map(|state| Found::read(source, &state.promise)).unwrap_or_default();
        Self { state, standing, found }
    }
}

/// What is kept of a reservation.
pub fn state(source: &Source) -> Reading<State> {
    let bytes = match source.read_up_to(STATE, LIMIT) {
        Ok(bytes) => bytes,
        Err(error) if error.kind.is_absent() => return Reading::Absent,
        Err(error) => return Reading::unreadable(error.path, error.kind),
    };
    let text = String::from_utf8_lossy(&bytes);
    match State::parse(&text) {
        Ok(state) => Reading::Known(state),
        Err(error) => Reading::nonsense(STATE, error.to_string().as_str()),
    }
}
