//! What a row of the list stands for, in a way that outlives a reading: by it a row that stays is known again.

use gangway_core::pci::PciAddress;

/// What a row stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A PCI function.
    Function(PciAddress),
    /// Where a PCI tree begins, by its address as shown.
    Root(String),
    /// Several functions alike, by the first of them.
    Run(PciAddress),
    /// What hangs on USB controllers that are no PCI function.
    Elsewhere,
    /// A USB device, by the name of its port.
    Usb(String),
}

impl Key {
    /// The function that it stands for.
    pub fn function(&self) -> Option<PciAddress> {
        match self {
            Self::Function(address) => Some(*address),
            _ => None,
        }
    }
}

impl From<PciAddress> for Key {
    fn from(address: PciAddress) -> Self {
        Self::Function(address)
    }
}
