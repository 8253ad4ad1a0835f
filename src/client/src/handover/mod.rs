//! Handing devices over to a virtual machine and taking them back, as both programs do it: what would
//! change (`plan`), the change itself (`apply`). What goes along is `gangway_core::leaving`. Blocking, no window, no terminal.
//! A refusal and a step are values here; `text::handover` makes sentences of them.

mod apply;
mod chosen;
mod compare;
mod error;
mod exposure;
mod features;
mod method;
mod plan;
mod put_back;
mod take_back;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use gangway_core::devices::Devices;
use gangway_core::difference::Difference;
use gangway_core::leaving;
use gangway_core::pci::PciAddress;
use gangway_domain::{Document, GuestAddress};

use crate::hypervisor::{Definition, VirtualMachine};

pub use apply::apply;
pub use chosen::{NotChosen, not_chosen};
pub use error::{ApplyError, PlanError, Refusal};
pub use exposure::{Exposure, exposures};
pub use gangway_core::leaving::{Along, Cost, Going, Why, going, going_beside};
pub use method::{Against, Danger, Method, Methods, NotReserved, Reason, reservable, without_reset};
pub use plan::plan;
pub use put_back::plan_put_back;
pub use take_back::{plan_take_back, plan_take_back_on};

/// What the user wants to hand over.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Functions, one of each card at least.
    pub devices: Vec<PciAddress>,
    /// Whether the rest of their IOMMU groups goes along.
    pub whole_group: bool,
    /// The virtual machine's name or UUID.
    pub vm: String,
    /// A ROM image for the graphics function, an absolute path on the computer of the virtual machine.
    pub rom: Option<PathBuf>,
    /// What the virtual machine shall tell its guest, in the same change.
    pub features: FeatureWishes,
    /// More about the host's devices, for their serial numbers; without it cards are known by ids and place alone.
    pub known: Option<Arc<Devices>>,
}

/// What the user wants a virtual machine to tell its guest of the hypervisor; `None` leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeatureWishes {
    /// Hide that there is one: KVM's signature, and Hyper-V's vendor id where the machine shows that.
    pub hide_hypervisor: Option<bool>,
    /// The Hyper-V features that make Windows faster.
    pub hyperv_windows: Option<bool>,
}

/// Something to know that does not stand in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Something about a device that leaves.
    Leaving(leaving::Warning),
    /// A device of the definition is not, or may not be, the one that was chosen.
    NotChosen(Box<NotChosen>),
    /// The ROM file cannot be read from here, though the virtual machine runs on this computer.
    RomUnreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The virtual machine belongs to a user's session, where PCI devices need rights that users lack.
    Session {
        /// The connection's address.
        uri: String,
    },
    /// Another machine's definition is unclear: whether it has one of the devices cannot be told.
    OtherUnclear {
        /// That machine's name.
        vm: String,
        /// Why.
        trouble: String,
    },
    /// Another machine runs with one of the devices, or with one of their groups, and there is nothing to take back from.
    InUse {
        /// That machine's name.
        vm: String,
        /// The function that it has.
        address: PciAddress,
    },
    /// The connection leads to a computer that has no such device, as far as libvirt tells.
    NotThere {
        /// The function.
        address: PciAddress,
        /// The connection's address.
        uri: String,
    },
}

/// A change of one virtual machine's definition, ready to be reviewed and applied.
#[derive(Debug, Clone)]
pub struct VmChange {
    /// The machine as it was when this was planned.
    pub vm: VirtualMachine,
    /// What will happen, in order.
    pub steps: Vec<Step>,
    /// What the host loses; empty for a change that takes back.
    pub costs: Vec<Cost>,
    /// What to know besides.
    pub warnings: Vec<Warning>,
    /// The change of the text, passwords removed.
    pub difference: Difference,
    /// The definition that this was made of.
    pub before: Definition,
    /// The definition to be.
    pub after: Document,
    /// Functions that come into the definition.
    pub added: Vec<PciAddress>,
    /// Functions that leave it.
    pub removed: Vec<PciAddress>,
}

/// One thing that will happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The machine gets the functions of one card.
    Give {
        /// The functions, the first one first.
        functions: Vec<PciAddress>,
        /// The machine's name.
        vm: String,
        /// Where the guest sees the first function; `None` where libvirt decides.
        guest: Option<GuestAddress>,
    },
    /// The graphics function starts with this ROM image.
    Rom {
        /// The function.
        address: PciAddress,
        /// The image.
        path: PathBuf,
    },
    /// The guest does not see that it runs in a virtual machine.
    HideHypervisor,
    /// The guest sees that it runs in a virtual machine.
    ShowHypervisor,
    /// The guest sees this vendor id of the hypervisor.
    VendorId {
        /// The id.
        id: String,
    },
    /// The guest sees no vendor id of ours any more.
    NoVendorId,
    /// What Windows uses to run well in a virtual machine is switched on.
    HypervForWindows,
    /// It is switched off.
    NoHypervForWindows,
    /// The machine loses the functions of one card.
    Take {
        /// The functions, the first one first.
        functions: Vec<PciAddress>,
        /// The machine's name.
        vm: String,
    },
    /// The machine gets a definition back that was kept.
    PutBack {
        /// The machine's name.
        vm: String,
        /// When it was kept, in seconds since 1970 (UTC).
        seconds: u64,
    },
    /// The definition says which devices these are, so that others at their addresses are noticed.
    Remember {
        /// How many functions.
        functions: usize,
        /// The machine's name.
        vm: String,
    },
    /// What the definition says of which devices they were goes with them.
    Forget {
        /// The machine's name.
        vm: String,
    },
    /// When the machine starts, libvirt takes the devices from the host, and gives them back when it stops.
    FromStartToStop {
        /// The machine's name.
        vm: String,
    },
    /// vfio-pci has the devices already, and keeps them when the machine stops.
    HeldForMachines {
        /// The machine's name.
        vm: String,
    },
    /// The machine runs: the change waits for its next start.
    AtNextStart {
        /// The machine's name.
        vm: String,
    },
    /// The former definition is kept.
    KeepFormer,
    /// The definition that a former one replaces is kept.
    KeepPresent,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The file with the former definition.
    pub kept: PathBuf,
    /// What libvirt has made of the new one.
    pub definition: Definition,
    /// What libvirt did not take over.
    pub lost: Vec<Lost>,
}

/// Something that was in the definition we gave and is not in what libvirt made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The element, as a path from `domain`, such as `devices/hostdev/rom`.
    pub path: String,
    /// How it was written, passwords removed.
    pub text: String,
}
