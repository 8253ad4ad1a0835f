//! What several checks ask in the same way.

use gangway_core::checks::Evidence;
use gangway_core::host::Function;
use gangway_core::pci::{DeviceKind, PciAddress};

use super::Guest;
use crate::view::{ClaimKind, GuestSystem, PciHostDevice};

/// The element of a device of the host, as a path.
pub(super) const HOSTDEV: &str = "/domain/devices/hostdev/source/address";

impl<'a> Guest<'a> {
    /// The devices of the host that it has as such, each once; an NVMe disk is a disk to it.
    pub(super) fn devices(&self) -> Vec<PciHostDevice> {
        let mut devices = self.document.pci_hostdevs();
        devices.retain(|device| device.kind != ClaimKind::NvmeDisk);
        let mut seen = Vec::new();
        devices.retain(|device| {
            let new = !seen.contains(&device.source);
            seen.push(device.source);
            new
        });
        devices
    }

    /// Its graphics functions that the host has.
    pub(super) fn graphics(&self) -> Vec<&'a Function> {
        let functions =
            self.devices().into_iter().filter_map(|device| self.model.host.function(device.source));
        functions.filter(|function| function.kind() == DeviceKind::Graphics).collect()
    }

    /// Whether the system in it is Windows.
    pub(super) fn is_windows(&self) -> bool {
        matches!(self.document.guest_system(), GuestSystem::Windows(_))
    }
}

/// That the definition has a device.
pub(super) fn has(address: PciAddress) -> Evidence {
    Evidence::value(HOSTDEV, address.to_string())
}

/// Where the host has a device.
pub(super) fn place(address: PciAddress) -> String {
    format!("/sys/bus/pci/devices/{address}")
}
