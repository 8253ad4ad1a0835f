//! Claims: what the host itself does with a device now, so that taking it away would hurt.
//!
//! Mounted file systems and swap are followed down to their storage controllers, through device-mapper and RAID;
//! the default route to its network controller. Source: kernel, `Documentation/filesystems/proc.rst` (mountinfo,
//! swaps, net/route) and `Documentation/ABI/stable/sysfs-block`.

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
