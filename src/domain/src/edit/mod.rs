//! Changes of a definition, each as the smallest splice of its text.
//!
//! One file or folder a subject. What they share is here: the errors, the names that mark what is ours, and where
//! libvirt writes which element.

pub mod chosen;
mod element;
pub mod features;
pub mod hostdev;
mod order;

use gangway_core::pci::PciAddress;
use thiserror::Error;

pub use hostdev::Edited;

use crate::document::ParseError;

/// How the user aliases begin that mark elements as ours.
///
/// libvirt keeps aliases that begin with `ua-` when it writes a definition anew, and makes up all others
/// (`formatdomain.html#devices`, since 3.9.0).
pub const ALIAS_PREFIX: &str = "ua-gangway-";

/// Why a definition cannot be changed as asked. It is unchanged then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EditError {
    /// No device was named.
    #[error("no device was named")]
    NothingNamed,
    /// The definition has no `<devices>`.
    #[error("the definition has no <devices>")]
    NoDevices,
    /// The definition has several `<devices>`; libvirt's schema knows one.
    #[error("the definition has {count} <devices> elements")]
    RepeatedDevices {
        /// How many.
        count: usize,
    },
    /// The definition claims this device already.
    #[error("the definition has {address} already")]
    AlreadyThere {
        /// The device.
        address: PciAddress,
    },
    /// The definition does not claim this device.
    #[error("the definition does not have {address}")]
    NotThere {
        /// The device.
        address: PciAddress,
    },
    /// The device is there as an NVMe disk of the virtual machine, which is no handed-over device.
    #[error("{address} is there as a disk")]
    HeldAsDisk {
        /// The device.
        address: PciAddress,
    },
    /// Every bus number of the virtual machine is taken, so there is no place for a root port.
    #[error("the definition has no free PCI bus for {address}")]
    NoFreeBus {
        /// The first function that has no place.
        address: PciAddress,
    },
    /// A ROM file for a device that is not among those to add.
    #[error("the ROM file is for {address}, which is not added")]
    RomForOther {
        /// The device.
        address: PciAddress,
    },
    /// A ROM file whose name is no absolute path or has characters that XML cannot hold.
    #[error("{path:?} is no absolute path that a definition can hold")]
    RomPath {
        /// The path, as given.
        path: String,
    },
    /// A Hyper-V vendor id without any other Hyper-V feature, which QEMU would not show to the guest.
    #[error("a Hyper-V vendor id needs another Hyper-V feature")]
    VendorIdAlone,
    /// A Hyper-V vendor id where all Hyper-V features come from the host; libvirt takes none there.
    #[error("a Hyper-V vendor id does not go with the Hyper-V mode {mode:?}")]
    VendorIdInMode {
        /// The value of `<hyperv mode>`.
        mode: String,
    },
    /// The changed definition could not be read; most likely it became too long.
    #[error("the changed definition cannot be read: {0}")]
    Result(#[from] ParseError),
}
