//! Cards that are no longer those that were chosen: what a definition remembers of its devices, compared with the host.
//! What to do about it is the user's to say; nothing here stops a change or makes one.

use gangway_core::devices::{Comparison, Devices, Identity};
use gangway_core::host::Host;
use gangway_core::pci::PciAddress;
use gangway_domain::Document;

/// A device of a definition of which it cannot be said that it still is the one that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChosen {
    /// The virtual machine.
    pub vm: String,
    /// Which device was chosen, at the address that the definition has.
    pub chosen: Identity,
    /// What became of it.
    pub now: Comparison,
    /// Whether the host has something at the address.
    pub occupied: bool,
}

/// The devices of a machine's definition that are not, or may not be, those that were chosen for it, in its order. Of
/// devices that another program put there nothing is remembered. Without `devices`, serial numbers are not compared.
pub fn not_chosen(vm: &str, document: &Document, host: &Host, devices: Option<&Devices>) -> Vec<NotChosen> {
    let compared = document.chosen().into_iter().map(|chosen| {
        let now = chosen.compare(host, devices);
        let occupied = host.function(chosen.address).is_some();
        NotChosen { vm: vm.to_owned(), chosen, now, occupied }
    });
    compared.filter(|compared| compared.now != Comparison::Same).collect()
}

/// Who these functions are; what has no ids that can be read is nobody to find again.
pub(super) fn identities(host: &Host, devices: Option<&Devices>, functions: &[PciAddress]) -> Vec<Identity> {
    functions.iter().filter_map(|address| Identity::of(host, devices, *address)).collect()
}
