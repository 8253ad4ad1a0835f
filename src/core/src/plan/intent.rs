//! What a user can want of the host, as plain data. How it is reached is the planner's business.

use serde::{Deserialize, Serialize};

use super::{HugePageSize, as_text};
use crate::pci::PciAddress;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Intent {
    /// Give a card to vfio-pci now, until it is given back or the computer restarts.
    Bind {
        /// One of its functions.
        #[serde(with = "as_text")]
        device: PciAddress,
        /// Whether the rest of its IOMMU group goes along.
        whole_group: bool,
    },
    /// Keep a card for virtual machines from the next start on: with a second boot entry, asked for one start, that has to
    /// be kept by a person before it counts.
    Reserve {
        /// One of its functions.
        #[serde(with = "as_text")]
        device: PciAddress,
        /// Whether the rest of its IOMMU group goes along.
        whole_group: bool,
    },
    /// Start this computer with the reservation that it is on trial with, from now on.
    Confirm,
    /// Make this computer ready for virtual machines: libvirt's services on, and the caller allowed to use them.
    MakeReady,
    /// Give a card that vfio-pci holds back to the host's drivers now.
    GiveBack {
        /// One of its functions.
        #[serde(with = "as_text")]
        device: PciAddress,
    },
    /// Switch the IOMMU on, where a kernel argument does that.
    TurnOnIommu,
    /// Load vfio-pci's modules with the first modules of the start. Nothing is bound by that alone.
    LoadVfioEarly,
    /// Keep memory free for virtual machines as huge pages.
    SetHugePages {
        /// Their size.
        size: HugePageSize,
        /// How many; none takes away what an intent before asked for.
        count: u32,
    },
}
