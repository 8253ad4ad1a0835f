//! Vendor, device and subsystem ids, and the names of drivers.
//!
//! Numbers as the hardware reports them; what they are called is in the `pci.ids` list ([`super::Names`]).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who made a function or a board, as assigned by the PCI-SIG. Printed as four lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VendorId(pub u16);

/// Which of the vendor's devices it is. Printed as four lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub u16);

/// The board that a function sits on, in its own vendor's numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubsystemId {
    /// The maker of the board.
    pub vendor: VendorId,
    /// The board.
    pub device: DeviceId,
}

/// The name of a kernel driver, as in `/sys/bus/pci/drivers`; never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DriverName(Box<str>);

impl DriverName {
    /// A driver's name, or `None` where the text is no file name in `/sys/bus/pci/drivers`.
    pub fn new(text: &str) -> Option<Self> {
        let fits = !text.is_empty()
            && !matches!(text, "." | "..")
            && !text.chars().any(|c| c == '/' || c.is_control() || c.is_whitespace() && c != ' ');
        fits.then(|| Self(text.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a vfio driver: `vfio-pci` or a variant such as `mlx5_vfio_pci` or `nvgrace-gpu-vfio-pci`.
    ///
    /// Such a driver manages its own DMA, so it does not stand in the way of a group. Source: kernel,
    /// `driver_managed_dma` in `drivers/vfio/pci/*.c`.
    pub fn is_vfio(&self) -> bool {
        &*self.0 == "vfio-pci" || self.0.ends_with("-vfio-pci") || self.0.ends_with("_vfio_pci")
    }
}

impl TryFrom<String> for DriverName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text).ok_or(text)
    }
}

impl From<DriverName> for String {
    fn from(name: DriverName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for DriverName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for VendorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

impl fmt::Display for SubsystemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.vendor, self.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_four_digits() {
        let board = SubsystemId { vendor: VendorId(0x10de), device: DeviceId(0x2a) };
        assert_eq!(board.to_string(), "10de:002a");
    }

    #[test]
    fn a_driver_is_a_file_name() {
        assert_eq!(DriverName::new("pcieport").unwrap().to_string(), "pcieport");
        for text in ["", ".", "..", "a/b", "a\nb"] {
            assert_eq!(DriverName::new(text), None, "{text:?}");
        }
    }

    #[test]
    fn vfio_and_its_variants_are_told_from_others() {
        for (name, vfio) in [
            ("vfio-pci", true),
            ("mlx5_vfio_pci", true),
            ("xe-vfio-pci", true),
            ("pci-stub", false),
            ("nvidia", false),
        ] {
            assert_eq!(DriverName::new(name).unwrap().is_vfio(), vfio, "{name}");
        }
    }
}
