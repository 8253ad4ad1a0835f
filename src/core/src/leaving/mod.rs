//! What leaves the host together with a device, what stands against it, and what the host loses: whole cards, whole
//! groups, what the host needs. Pure rules over [`Host`](crate::host::Host); who gets the devices is not known here, and sentences are made
//! elsewhere.

mod rules;

use serde::{Deserialize, Serialize};

use crate::host::{GroupId, IommuState};
use crate::pci::{DriverName, PciAddress, PciClass};
use crate::reading::Trouble;

pub use rules::{going, going_beside};

/// What leaves the host together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// All functions that leave, in order of address.
    pub functions: Vec<PciAddress>,
    /// The first functions of their cards, in order.
    pub cards: Vec<PciAddress>,
    /// Why each function goes, in the order of `functions`.
    pub along: Vec<Along>,
    /// What the host loses.
    pub costs: Vec<Cost>,
    /// What could not be found out, or may go wrong later.
    pub warnings: Vec<Warning>,
}

/// Why a function goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Along {
    /// The function.
    pub address: PciAddress,
    /// The reason.
    pub why: Why,
}

/// The reason that a function goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The user asked for it.
    Asked,
    /// It is on the same card as one that was asked for.
    SameCard(PciAddress),
    /// It is in the same IOMMU group.
    SameGroup(GroupId),
}

/// What the host loses with a function while the virtual machine has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// A screen that is connected now.
    Screen {
        /// The graphics function or the card's first function.
        address: PciAddress,
        /// The connector, such as `HDMI-A-1`.
        connector: String,
        /// The screen's own name.
        monitor: Option<String>,
    },
    /// The firmware shows its picture on this card.
    BootDisplay {
        /// The graphics function.
        address: PciAddress,
    },
    /// A mounted file system is on it.
    Mounted {
        /// The storage controller.
        address: PciAddress,
        /// Where it is mounted.
        path: String,
    },
    /// Swap space in use is on it.
    Swap {
        /// The storage controller.
        address: PciAddress,
    },
    /// The default route goes through it.
    DefaultRoute {
        /// The network controller.
        address: PciAddress,
        /// The interface.
        interface: String,
    },
}

impl Cost {
    /// The function that it is about.
    pub fn address(&self) -> PciAddress {
        match self {
            Self::Screen { address, .. }
            | Self::BootDisplay { address }
            | Self::Mounted { address, .. }
            | Self::Swap { address }
            | Self::DefaultRoute { address, .. } => *address,
        }
    }
}

/// Something to know about what leaves that does not stand in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Whether a screen is connected could not be read: unknown, not off.
    ScreenUnknown {
        /// The graphics function.
        address: PciAddress,
        /// The connector.
        connector: String,
    },
    /// A function's driver could not be read.
    DriverUnknown {
        /// The function.
        address: PciAddress,
        /// What stood in the way.
        trouble: Trouble,
    },
}

/// Why devices cannot leave the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stays", rename_all = "kebab-case")]
pub enum Refusal {
    /// No device was named.
    Nothing,
    /// The host has no such function.
    NotFound {
        /// The address.
        address: PciAddress,
    },
    /// It is a bridge: other devices hang on it.
    Bridge {
        /// The function.
        address: PciAddress,
        /// Its class.
        class: PciClass,
    },
    /// It is in no IOMMU group, so nothing keeps the guest from the host's memory.
    NoGroup {
        /// The function.
        address: PciAddress,
        /// The state of the IOMMU.
        iommu: IommuState,
    },
    /// Its IOMMU group could not be read.
    GroupUnknown {
        /// The function.
        address: PciAddress,
        /// What stood in the way.
        trouble: Trouble,
    },
    /// Others are in the group and would stay.
    GroupStays {
        /// The group.
        group: GroupId,
        /// Those that would stay.
        others: Vec<PciAddress>,
    },
    /// The group holds something that the host needs.
    HostNeeds {
        /// The group.
        group: GroupId,
        /// The host or ISA bridge.
        address: PciAddress,
        /// Its driver.
        driver: DriverName,
    },
    /// Virtual functions of it are switched on (SR-IOV).
    VirtualFunctions {
        /// The physical function.
        address: PciAddress,
        /// How many.
        count: usize,
    },
    /// The host's own system is on it.
    SystemDisk {
        /// The storage controller.
        address: PciAddress,
        /// Where it is mounted.
        path: String,
    },
    /// A screen hangs on it, and no other graphics card is left for the host.
    LastGraphics {
        /// The card's first function.
        card: PciAddress,
    },
}
