//! Claims: what the host itself does with a device now, so that taking it away would hurt.

use crate::pci::PciAddress;

/// A use that the host makes of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The function: a storage or network controller.
    pub address: PciAddress,
    /// The use.
    pub kind: ClaimKind,
}

/// What a function is used for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimKind {
    /// It holds a mounted file system.
    Mounted {
        /// Where that is mounted.
        path: String,
    },
    /// It holds swap space in use.
    Swap,
    /// The default route goes through it.
    DefaultRoute {
        /// The network interface.
        interface: String,
    },
}
