//! IOMMU groups: what the kernel can isolate as one.
//!
//! A group's number changes with the kernel, the firmware and the slots; it is never stored as an identity.

use std::fmt;

use crate::pci::{DriverName, PciAddress};
use crate::reading::Reading;

/// The number of an IOMMU group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The default domain of a group: how the host's own drivers use it.
///
/// Source: kernel, `Documentation/ABI/testing/sysfs-kernel-iommu_groups` and `iommu_group_show_type` in
/// `drivers/iommu/iommu.c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupKind {
    /// All DMA is blocked.
    Blocked,
    /// Addresses are passed as they are (`iommu=pt`); this does not prevent passthrough.
    Identity,
    /// Managed by someone other than the DMA layer.
    Unmanaged,
    /// Translated, with strict invalidation.
    Dma,
    /// Translated, with a flush queue.
    DmaFlushQueue,
    /// The kernel itself says `unknown`.
    Unknown,
    /// A word of a kernel newer than this program.
    Other(String),
}

impl GroupKind {
    /// The kind of a word of the kernel.
    pub fn from_word(word: &str) -> Self {
        match word {
            "blocked" => Self::Blocked,
            "identity" => Self::Identity,
            "unmanaged" => Self::Unmanaged,
            "DMA" => Self::Dma,
            "DMA-FQ" => Self::DmaFlushQueue,
            "unknown" => Self::Unknown,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The kernel's word.
    pub fn word(&self) -> &str {
        match self {
            Self::Blocked => "blocked",
            Self::Identity => "identity",
            Self::Unmanaged => "unmanaged",
            Self::Dma => "DMA",
            Self::DmaFlushQueue => "DMA-FQ",
            Self::Unknown => "unknown",
            Self::Other(word) => word,
        }
    }
}

/// One IOMMU group with its PCI functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: GroupId,
    /// How the host uses it; absent before Linux 5.11 and where a sandbox hides `/sys/kernel`.
    pub kind: Reading<GroupKind>,
    /// Its PCI functions, in order of address.
    pub functions: Vec<PciAddress>,
    /// Apart from bridges, every member belongs to one card, and no host or ISA bridge in it has a driver.
    pub isolated: bool,
    /// The same with the reason.
    pub isolation: Isolation,
}

/// Whether a group can leave the host as one card, and what it is tied to otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Isolation {
    /// One card and bridges, or bridges alone.
    Isolated,
    /// More than one card: all of them go together.
    Shared {
        /// The cards, in order of address.
        cards: Vec<PciAddress>,
    },
    /// A host or ISA bridge with a driver: the group holds something that the host needs.
    HostBridgeWithDriver {
        /// The bridge.
        address: PciAddress,
        /// Its driver.
        driver: DriverName,
    },
}
