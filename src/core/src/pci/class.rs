//! The class code of a function: what kind of device it says it is.
//!
//! The number and the few kinds that Gangway tells apart; names of classes are in the `pci.ids` list.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Base class, subclass and programming interface, 24 bits. Printed as six lower-case hex digits.
///
/// Source: PCI Code and ID Assignment Specification; kernel, `include/linux/pci_ids.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PciClass(u32);

/// The kinds of devices that Gangway tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceKind {
    /// Any display controller: VGA (0300), 3D (0302) or other (0380).
    Graphics,
    /// Sound: multimedia audio (0401) or HD audio (0403).
    Audio,
    /// Other multimedia, such as a capture card (04xx).
    Multimedia,
    /// A USB controller (0c03), USB4 included.
    UsbController,
    /// A non-volatile memory controller: an NVMe disk (0108).
    Nvme,
    /// Any other mass storage controller (01xx).
    Storage,
    /// A wired network controller (02xx but 0280).
    Network,
    /// A wireless controller: Wi-Fi (0280) or other radio (0dxx).
    Wireless,
    /// A host bridge (0600).
    HostBridge,
    /// An ISA or LPC bridge (0601).
    IsaBridge,
    /// A PCI-to-PCI bridge: a PCI Express port or a switch (0604, 0609).
    PciBridge,
    /// Any other bridge (06xx).
    OtherBridge,
    /// A serial bus other than USB: `FireWire`, `SMBus`, the USB-C port of a graphics card (0cxx).
    SerialBus,
    /// A communication controller: serial port, management engine (07xx).
    Communication,
    /// Memory (05xx).
    Memory,
    /// A system peripheral: timer, SD card reader, IOMMU (08xx).
    System,
    /// An encryption controller, the platform security processor (10xx).
    Encryption,
    /// A signal processing controller (11xx).
    SignalProcessing,
    /// A processing accelerator (12xx) or co-processor (0b40).
    Processing,
    /// Anything else, also what no list knows.
    Other,
}

impl PciClass {
    /// A class of its 24 bits, or `None` above 0xffffff.
    pub const fn new(code: u32) -> Option<Self> {
        if code > 0x00ff_ffff { None } else { Some(Self(code)) }
    }

    /// All 24 bits.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The base class, such as 0x03 for display controllers.
    pub const fn base(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// The subclass.
    pub const fn subclass(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Whether it is a bridge of any kind (base class 06): never handed over.
    pub const fn is_bridge(self) -> bool {
        self.base() == 0x06
    }

    /// The kind of device.
    pub const fn kind(self) -> DeviceKind {
        match (self.base(), self.subclass()) {
            (0x03, _) | (0x00, 0x01) => DeviceKind::Graphics,
            (0x04, 0x01 | 0x03) => DeviceKind::Audio,
            (0x04, _) => DeviceKind::Multimedia,
            (0x0c, 0x03) => DeviceKind::UsbController,
            (0x0c, _) => DeviceKind::SerialBus,
            (0x01, 0x08) => DeviceKind::Nvme,
            (0x01, _) => DeviceKind::Storage,
            (0x02, 0x80) | (0x0d, _) => DeviceKind::Wireless,
            (0x02, _) => DeviceKind::Network,
            (0x06, 0x00) => DeviceKind::HostBridge,
            (0x06, 0x01) => DeviceKind::IsaBridge,
            (0x06, 0x04 | 0x09) => DeviceKind::PciBridge,
            (0x06, _) => DeviceKind::OtherBridge,
            (0x07, _) => DeviceKind::Communication,
            (0x05, _) => DeviceKind::Memory,
            (0x08, _) => DeviceKind::System,
            (0x10, _) => DeviceKind::Encryption,
            (0x11, _) => DeviceKind::SignalProcessing,
            (0x12, _) | (0x0b, 0x40) => DeviceKind::Processing,
            _ => DeviceKind::Other,
        }
    }
}

impl TryFrom<u32> for PciClass {
    type Error = String;

    fn try_from(code: u32) -> Result<Self, String> {
        Self::new(code).ok_or_else(|| format!("{code:x} has more than 24 bits"))
    }
}

impl From<PciClass> for u32 {
    fn from(class: PciClass) -> Self {
        class.code()
    }
}

impl fmt::Display for PciClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_24_bits() {
        assert_eq!(PciClass::new(0x0100_0000), None);
        let nvme = PciClass::new(0x01_08_02).unwrap();
        assert_eq!((nvme.base(), nvme.subclass(), nvme.code()), (1, 8, 0x01_08_02));
        assert_eq!(nvme.to_string(), "010802");
    }

    #[test]
    fn kinds_by_class() {
        for (code, kind, bridge) in [
            (0x03_00_00, DeviceKind::Graphics, false),
            (0x03_02_00, DeviceKind::Graphics, false),
            (0x03_80_00, DeviceKind::Graphics, false),
            (0x04_03_00, DeviceKind::Audio, false),
            (0x0c_03_30, DeviceKind::UsbController, false),
            (0x0c_80_00, DeviceKind::SerialBus, false),
            (0x01_06_01, DeviceKind::Storage, false),
            (0x02_80_00, DeviceKind::Wireless, false),
            (0x06_00_00, DeviceKind::HostBridge, true),
            (0x06_01_00, DeviceKind::IsaBridge, true),
            (0x06_04_00, DeviceKind::PciBridge, true),
            (0x06_80_00, DeviceKind::OtherBridge, true),
            (0xff_00_00, DeviceKind::Other, false),
        ] {
            let class = PciClass::new(code).unwrap();
            assert_eq!((class.kind(), class.is_bridge()), (kind, bridge), "{class}");
        }
    }
}
