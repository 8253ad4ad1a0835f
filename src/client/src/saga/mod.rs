//! Handing over with a change of the host and one of a virtual machine, with a restart in between: what is still wanted is
//! kept as a [`Wish`], and [`Standing`] says from it, the host and the virtual machine what can be done next.
//!
//! The host comes first and the virtual machine second; taking back is the other way about. The virtual machine gets the
//! card only once a start has shown that the host leaves it alone: started before, it would pull the card from a driver that
//! uses it. Nothing here writes to the host or to a definition.

mod back;
mod begin;
mod folder;
mod host_side;
mod standing;
mod wish;

pub use back::{BackStep, plan_back, records, take_back};
pub use begin::{BeginError, begin, settle};
pub use folder::{FolderError, Wishes};
pub use standing::{GuestSide, HostSide, Next, Standing};
pub use wish::{LIMIT, Recipient, Wish};
