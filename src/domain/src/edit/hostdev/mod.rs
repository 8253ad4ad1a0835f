//! Handing PCI devices to a machine and taking them back, as text.
//!
//! Adding writes one `<hostdev managed='yes'>` a function and keeps the functions of a card together in one slot of
//! the virtual machine; virtual functions are devices of their own, each in a slot of its own. Taking back what was added gives the former text, byte for byte, also after libvirt wrote the
//! definition anew: what belongs to an addition carries a user alias of ours. Which functions must go together is
//! decided elsewhere.

mod add;
mod place;
mod remove;
#[cfg(test)]
mod tests;
mod write;

use gangway_core::devices::Identity;
use gangway_core::pci::PciAddress;
use roxmltree::Node;

pub use add::add;
pub use remove::remove;

use crate::document::{Document, children};
use crate::edit::EditError;
use crate::view::GuestAddress;

/// Devices to hand to a machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddDevices {
    /// The functions on the host, in any order; one that is named twice is added once.
    pub functions: Vec<PciAddress>,
    /// Virtual functions (SR-IOV), of these and of those in the definition: they share slots of the host, and are no
    /// card together.
    pub virtual_functions: Vec<PciAddress>,
    /// A ROM file for one of them.
    pub rom: Option<RomFile>,
    /// Who they are, to be remembered in the definition; of those that are not among them nothing is.
    pub identities: Vec<Identity>,
}

/// A file that replaces the ROM of a card; for graphics cards whose own ROM cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RomFile {
    /// The function that gets it: the one with the display class, or the first of the card.
    pub function: PciAddress,
    /// An absolute path on the host.
    pub file: String,
}

/// A changed definition, and what was decided on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The definition with the change.
    pub document: Document,
    /// The devices that were added, or moved within their slot, with their new places.
    pub placed: Vec<Placed>,
    /// The bus numbers of root ports that came or left.
    pub root_ports: Vec<u8>,
}

/// Where a device sits in the virtual machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The device on the host.
    pub source: PciAddress,
    /// Its place; `None` where libvirt chooses it.
    pub guest: Option<GuestAddress>,
}

/// How the alias of a function begins whose arrival made function 0 of its slot a multifunction device.
const SWITCHED: &str = "ua-gangway-multifunction-";
/// How the alias of a root port of ours begins.
const PORT: &str = "ua-gangway-port-";

/// The one `<devices>` of a definition.
fn devices_of(document: &Document) -> Result<Node<'_, '_>, EditError> {
    let mut found = children(document.root(), "devices");
    let first = found.next().ok_or(EditError::NoDevices)?;
    match found.count() {
        0 => Ok(first),
        more => Err(EditError::RepeatedDevices { count: more + 1 }),
    }
}

/// The functions, sorted, each once.
fn sorted(functions: &[PciAddress]) -> Result<Vec<PciAddress>, EditError> {
    let mut sorted = functions.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.is_empty() { Err(EditError::NothingNamed) } else { Ok(sorted) }
}
