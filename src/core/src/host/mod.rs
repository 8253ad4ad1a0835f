//! One immutable snapshot of a computer: its PCI functions, IOMMU groups, cards, screens and kernel command line.
//!
//! The types and the questions one asks of them. Reading a machine is in the private modules beside this file; what
//! should be done about what is found belongs to others.

pub(crate) mod attribute;
mod card;
mod change;
pub(crate) mod claim;
mod connector;
pub(crate) mod details;
pub(crate) mod edid;
mod function;
pub(crate) mod group;
pub mod hung;
pub(crate) mod iommu;
pub(crate) mod kernel;
pub(crate) mod link;
mod naming;
pub(crate) mod scan;
mod uevent;

use crate::pci::PciAddress;
use crate::reading::{Reading, Trouble};
use crate::source::Source;

pub use card::Card;
pub use change::HostChange;
pub use claim::{Claim, ClaimKind};
pub use connector::{Connector, ConnectorStatus};
pub use details::{Details, Region};
pub use function::Function;
pub use group::{Group, GroupId, GroupKind, Isolation};
pub use iommu::{Evidence, IommuOff, IommuState};
pub use kernel::{Argument, KernelCommandLine};
pub use link::{Link, LinkSpeed};
pub use naming::DeviceName;
pub use uevent::Uevent;

/// A computer, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Host {
    /// All PCI functions, in order of their addresses.
    pub functions: Vec<Function>,
    /// The IOMMU groups that have PCI functions, in order of their numbers.
    pub groups: Vec<Group>,
    /// The functions of each slot together, in order of address. A virtual function is a card of its own.
    pub cards: Vec<Card>,
    /// The connectors of graphics cards, in order of card and name.
    pub connectors: Vec<Connector>,
    /// What the kernel was started with.
    pub command_line: Reading<KernelCommandLine>,
    /// Whether the kernel can isolate devices, and if not, why.
    pub iommu: IommuState,
    /// What the host itself does with its devices, in order of address.
    pub claims: Vec<Claim>,
    /// What could not be read or made no sense, in the order of reading.
    pub problems: Vec<Trouble>,
}

impl Host {
    /// Reads a machine. Never fails: what could not be read is in [`Host::problems`].
    pub fn scan(source: &Source) -> Self {
        scan::scan(source)
    }

    /// How many PCI functions a machine has, without reading them. None are counted where they cannot be listed.
    pub fn count(source: &Source) -> usize {
        source.list(scan::DEVICES).map_or(0, |names| names.len())
    }

    /// The function at an address.
    pub fn function(&self, address: PciAddress) -> Option<&Function> {
        let index = self.functions.binary_search_by_key(&address, |function| function.address).ok()?;
        self.functions.get(index)
    }

    /// A group by its number.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        let index = self.groups.binary_search_by_key(&id, |group| group.id).ok()?;
        self.groups.get(index)
    }

    /// The group that a function is in, where it is in one.
    pub fn group_of(&self, address: PciAddress) -> Option<&Group> {
        self.group(*self.function(address)?.group.known()?)
    }

    /// The card that a function belongs to.
    pub fn card_of(&self, address: PciAddress) -> Option<&Card> {
        let first = self.function(address)?.card;
        let index = self.cards.binary_search_by_key(&first, |card| card.address).ok()?;
        self.cards.get(index)
    }

    /// The functions of a card, its first one first.
    pub fn functions_of<'a>(&'a self, card: &'a Card) -> impl Iterator<Item = &'a Function> {
        card.functions.iter().filter_map(|address| self.function(*address))
    }

    /// The members of a group that are no bridges and do not belong to this card: what else must leave the host with
    /// it. Source: kernel, `Documentation/driver-api/vfio.rst`, groups.
    pub fn shared_with(&self, group: GroupId, card: PciAddress) -> Vec<&Function> {
        let members = self.group(group).map_or(&[][..], |group| group.functions.as_slice());
        members
            .iter()
            .filter_map(|address| self.function(*address))
            .filter(|function| !function.is_bridge() && function.card != card)
            .collect()
    }

    /// The virtual functions that are switched on for a physical one.
    pub fn virtual_functions_of(&self, physical: PciAddress) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(move |function| function.physical_function == Some(physical))
    }

    /// The connectors of the card that a function belongs to.
    pub fn connectors_of(&self, address: PciAddress) -> impl Iterator<Item = &Connector> {
        let card = self.function(address).map(|function| function.card);
        self.connectors.iter().filter(move |connector| Some(connector.card) == card)
    }

    /// What the host does with a function now.
    pub fn claims_of(&self, address: PciAddress) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(move |claim| claim.address == address)
    }
}
