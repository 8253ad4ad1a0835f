//! Typed windows on a definition: read, never written.
//!
//! One file a subject. Values that are not known are carried through in an `Other` or as they stand; an element
//! that is absent is `None`.

mod address;
mod chosen;
mod claim;
mod controller;
mod features;
mod firmware;
mod identity;
mod machine;
mod system;
mod usb;

pub use address::GuestAddress;
pub use claim::{ClaimKind, Managed, PciHostDevice, Rom};
pub use controller::Controller;
pub use features::{Features, HypervMode};
pub use firmware::{Firmware, SecureBoot};
pub use machine::MachineType;
pub use system::GuestSystem;
pub use usb::UsbHostDevice;

pub(crate) use address::{guest_address, source_address};
pub(crate) use chosen::{MARKS, chosen_elements, identity_of, marks_of};
pub(crate) use claim::claims;
pub(crate) use controller::{alias_of, bus_of};
pub(crate) use features::hyperv_flags;
pub(crate) use identity::amount;

/// A switch of a definition: `state='on'`, `present='no'`, …
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Switch {
    /// `on` or `yes`.
    On,
    /// `off` or `no`.
    Off,
    /// Another value, as it stands.
    Other(String),
}

impl Switch {
    /// Reads the value of an attribute.
    pub fn of(value: &str) -> Self {
        match value {
            "on" | "yes" => Self::On,
            "off" | "no" => Self::Off,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        *self == Self::On
    }
}
