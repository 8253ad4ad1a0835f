//! The `uevent` attribute of a PCI function: one read that tells most of it.
//!
//! Parsing only. A field that is missing or garbled is `None`, and the caller asks the attribute of its own. Source:
//! kernel, `pci_uevent` in `drivers/pci/pci-driver.c` and `dev_uevent` in `drivers/base/core.c`.

use crate::pci::{DeviceId, DriverName, PciAddress, PciClass, SubsystemId, VendorId};

/// What a `uevent` says about a PCI function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uevent {
    /// `DRIVER=`, without which no driver has the function.
    pub driver: Option<DriverName>,
    /// Whether there is a `DRIVER=` line that is no driver's name.
    pub garbled_driver: bool,
    /// `PCI_CLASS=`, hexadecimal without leading zeros.
    pub class: Option<PciClass>,
    /// `PCI_ID=`.
    pub id: Option<(VendorId, DeviceId)>,
    /// `PCI_SUBSYS_ID=`.
    pub subsystem: Option<SubsystemId>,
    /// `PCI_SLOT_NAME=`.
    pub address: Option<PciAddress>,
}

impl Uevent {
    /// Reads the lines of a `uevent`; lines that mean nothing here are passed over.
    pub fn parse(text: &[u8]) -> Self {
        let mut found = Self::default();
        for line in text.split(|byte| *byte == b'\n') {
            if let Some(value) = line.strip_prefix(b"PCI_") {
                found.pci_line(value);
            } else if let Some(value) = line.strip_prefix(b"DRIVER=") {
                found.driver = str::from_utf8(value).ok().and_then(DriverName::new);
                found.garbled_driver = found.driver.is_none();
            }
        }
        found
    }

    /// Whether the text was that of a PCI function's `uevent` at all.
    pub fn is_whole(&self) -> bool {
        self.class.is_some() && self.id.is_some() && !self.garbled_driver
    }

    fn pci_line(&mut self, line: &[u8]) {
        if let Some(value) = line.strip_prefix(b"CLASS=") {
            self.class = hex(value, 8).and_then(PciClass::new);
        } else if let Some(value) = line.strip_prefix(b"ID=") {
            self.id = pair(value).map(|(vendor, device)| (VendorId(vendor), DeviceId(device)));
        } else if let Some(value) = line.strip_prefix(b"SUBSYS_ID=") {
            self.subsystem = pair(value)
                .map(|(vendor, device)| SubsystemId { vendor: VendorId(vendor), device: DeviceId(device) });
        } else if let Some(value) = line.strip_prefix(b"SLOT_NAME=") {
            self.address = PciAddress::parse(value);
        }
    }
}

/// Two ids of four digits, `10DE:2484`.
fn pair(text: &[u8]) -> Option<(u16, u16)> {
    let (first, second) = text.split_at_checked(4)?;
    let id = |digits: &[u8]| {
        (digits.len() == 4).then(|| hex(digits, 4)).flatten().and_then(|id| u16::try_from(id).ok())
    };
    Some((id(first)?, id(second.strip_prefix(b":")?)?))
}

/// A hexadecimal number of one to `most` (at most eight) digits.
pub(super) fn hex(text: &[u8], most: usize) -> Option<u32> {
    if text.is_empty() || text.len() > most {
        return None;
    }
    text.iter().try_fold(0_u32, |sum, byte| Some(sum << 4 | char::from(*byte).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPHICS: &[u8] = b"DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:2484\nPCI_SUBSYS_ID=1458:404C\n\
                              PCI_SLOT_NAME=0000:01:00.0\nMODALIAS=pci:v000010DEd00002484\n";

    #[test]
    fn one_read_tells_most() {
        let uevent = Uevent::parse(GRAPHICS);
        assert_eq!(uevent.driver, DriverName::new("nvidia"));
        assert_eq!(uevent.class, PciClass::new(0x03_00_00));
        assert_eq!(uevent.id, Some((VendorId(0x10de), DeviceId(0x2484))));
        assert_eq!(uevent.subsystem.unwrap().to_string(), "1458:404c");
        assert_eq!(uevent.address, "0000:01:00.0".parse().ok());
        assert!(uevent.is_whole());
    }

    #[test]
    fn garbled_fields_are_none_and_the_rest_stays() {
        let uevent = Uevent::parse(
            b"DRIVER=a/b\nPCI_CLASS=banana\nPCI_ID=10DE2484\nPCI_SUBSYS_ID=1458:404\nPCI_SLOT_NAME=x",
        );
        assert_eq!(uevent, Uevent { garbled_driver: true, ..Uevent::default() });
        assert!(!uevent.is_whole());
        assert_eq!(Uevent::parse(b"\0\xff\n=\n\nPCI_\nDRIVER"), Uevent::default());
        assert_eq!(Uevent::parse(b"PCI_CLASS=1000000").class, None);
        assert_eq!(Uevent::parse(b"PCI_ID=\xc3\xb6\xc3\xb6:0000").id, None);
    }
}
