//! The words of PCI: addresses, ids, classes, drivers, and the names that people know.
//!
//! Types that parse and print, and the `pci.ids` list. What a machine really has is in [`crate::host`].

mod address;
mod class;
mod id;
mod names;
pub(crate) mod spoken;

pub use address::{AddressError, PciAddress};
pub use class::{DeviceKind, PciClass};
pub use id::{DeviceId, DriverName, SubsystemId, VendorId};
pub use names::Names;
