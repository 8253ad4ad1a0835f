//! What a virtual machine that has devices can do with them, and what of it lasts: to be known before one agrees. Facts that
//! hold for every computer; what is special about this one is in the costs, the warnings and the checks.

use gangway_core::host::Host;
use gangway_core::pci::{DeviceKind, PciAddress, VendorId};

const NVIDIA: VendorId = VendorId(0x10de);

/// Something to know before devices are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exposure {
    /// The IOMMU lets a device reach the memory of its virtual machine alone. Source: kernel,
    /// `Documentation/driver-api/vfio.rst`.
    Memory,
    /// What is kept on a device, its firmware too, can be written by whoever has it, and stays. Nothing between the device
    /// and the virtual machine filters what the device does with its own registers. Source: kernel,
    /// `Documentation/driver-api/vfio.rst`, and libvirt, `formatdomain.html#host-device-assignment`.
    Firmware,
    /// A device that is not reset wholly keeps a state over a stop, and some need the computer restarted.
    Reset,
    /// All that is on a disk, below every permission of the host.
    Disk(PciAddress),
    /// The network itself, past the host's packet filter.
    Network(PciAddress),
    /// Everything that is plugged into a USB controller.
    Usb(PciAddress),
    /// The maker's licence has its own rules.
    Licence,
}

impl Exposure {
    /// Where more of it is written, for people.
    pub const fn link(self) -> Option<&'static str> {
        match self {
            Self::Memory => Some("https://docs.kernel.org/driver-api/vfio.html"),
            Self::Firmware => Some("https://www.qemu.org/docs/master/system/security.html"),
            Self::Licence => Some("https://www.nvidia.com/en-us/drivers/geforce-license/"),
            Self::Reset | Self::Disk(_) | Self::Network(_) | Self::Usb(_) => None,
        }
    }
}

/// What to know of these functions, what holds for all first.
pub fn exposures(host: &Host, functions: &[PciAddress]) -> Vec<Exposure> {
    let mut all = vec![Exposure::Memory, Exposure::Firmware, Exposure::Reset];
    let known = || functions.iter().filter_map(|address| host.function(*address));
    all.extend(known().filter_map(|function| match function.kind() {
        DeviceKind::Nvme | DeviceKind::Storage => Some(Exposure::Disk(function.address)),
        DeviceKind::Network | DeviceKind::Wireless => Some(Exposure::Network(function.address)),
        DeviceKind::UsbController => Some(Exposure::Usb(function.address)),
        _ => None,
    }));
    let graphics = |kind| matches!(kind, DeviceKind::Graphics | DeviceKind::Processing);
    if known().any(|function| function.vendor.known() == Some(&NVIDIA) && graphics(function.kind())) {
        all.push(Exposure::Licence);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::{AUDIO, Machine, NETWORK, NVME, USB, VGA, at};
    use super::*;

    #[test]
    fn what_holds_for_all_comes_first_and_then_what_the_devices_bring() {
        let host = Machine::new()
            .function("01:00.0", VGA, 14, "nvidia")
            .function("01:00.1", AUDIO, 14, "snd_hda_intel")
            .function("01:00.2", USB, 14, "xhci_hcd")
            .function("02:00.0", NVME, 15, "nvme")
            .function("03:00.0", NETWORK, 16, "igb")
            .build();
        let known = |functions: &[&str]| {
            let functions: Vec<PciAddress> = functions.iter().map(|function| at(function)).collect();
            let found = exposures(&host, &functions);
            assert_eq!(found[..3], [Exposure::Memory, Exposure::Firmware, Exposure::Reset]);
            found[3..].to_vec()
        };
        assert_eq!(known(&["01:00.1"]), [], "a licence is for what computes");
        assert_eq!(known(&["01:00.0", "01:00.2"]), [Exposure::Usb(at("01:00.2")), Exposure::Licence]);
        assert_eq!(known(&["02:00.0"]), [Exposure::Disk(at("02:00.0"))]);
        assert_eq!(known(&["03:00.0", "7f:00.0"]), [Exposure::Network(at("03:00.0"))]);
    }
}
