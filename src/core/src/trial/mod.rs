//! What comes after a reservation was armed: how things stand in this start of the computer, and whether what was promised
//! holds.
//!
//! Everything here is read and compared, and nothing is changed. Arming, confirming and undoing are plans; clearing what is
//! left over is the helper's. The words are those of the boot: a start is *on trial* when its command line carries our
//! argument and nobody kept it yet.

mod early;
mod state;

pub use early::Early;
pub use state::{Entry, Failure, LIMIT, Promise, Request, Stage, State, StateError, Twin};

/// Where the state is.
pub const STATE: &str = "/var/lib/gangway/trial";
/// Where the early script reports.
pub const EARLY: &str = "/run/gangway/early";
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
/// The vendor of systemd-boot's variables, and where the kernel shows variables.
pub const EFI_VENDOR: &str = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
