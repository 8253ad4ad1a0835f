//! Where added functions go in the virtual machine.
//!
//! Functions of a card that is there already join its slot. A new card gets a slot of its own: behind a new root
//! port on Q35, on bus 0 on i440FX; and so does every virtual function, as with libvirt, which lets nothing but root
//! ports share a slot (`VIR_PCI_CONNECT_AGGREGATE_SLOT` in `src/conf/domain_addr.c`). Where the definition has no guest addresses yet, or on any other machine type,
//! libvirt chooses.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use gangway_core::pci::PciAddress;
use roxmltree::Node;

use super::{PORT, SWITCHED};
use crate::document::{Document, is};
use crate::edit::EditError;
use crate::view::{
    Controller, GuestAddress, MachineType, alias_of, bus_of, claims, guest_address, source_address,
};

/// A function with its place.
pub(super) struct Device {
    pub(super) source: PciAddress,
    pub(super) guest: Option<GuestAddress>,
    pub(super) multifunction: bool,
    pub(super) alias: Option<String>,
}

/// A new root port. Without an address of its own libvirt places it.
pub(super) struct Port {
    pub(super) index: u8,
    pub(super) alias: String,
    pub(super) guest: Option<GuestAddress>,
}

/// Slots of bus 0 on Q35 that neither the chipset (0x1b to 0x1f) nor the first display (1) wants.
const ROOT_PORT_SLOTS: RangeInclusive<u8> = 2..=0x1a;

/// What an addition consists of.
#[derive(Default)]
pub(super) struct Places<'a, 'text> {
    pub(super) devices: Vec<Device>,
    pub(super) ports: Vec<Port>,
    /// Guest addresses, of functions 0, that become multifunction devices.
    pub(super) switched: Vec<Node<'a, 'text>>,
}

/// What is taken in the virtual machine.
struct Taken<'a> {
    document: &'a Document,
    virtual_functions: &'a [PciAddress],
    machine: MachineType,
    addresses: Vec<GuestAddress>,
    buses: BTreeSet<u8>,
    aliases: BTreeSet<String>,
}

/// Places for functions that are sorted and new to the definition.
pub(super) fn places<'a>(
    document: &'a Document,
    functions: &[PciAddress],
    virtual_functions: &'a [PciAddress],
) -> Result<Places<'a, 'a>, EditError> {
    let mut taken = Taken::of(document, virtual_functions);
    let mut places = Places::default();
    // A physical function may have virtual ones between the functions of its slot.
    let (alone, physical): (Vec<_>, Vec<_>) =
        functions.iter().copied().partition(|function| taken.is_virtual(*function));
    let cards = physical.chunk_by(|a, b| a.same_slot(*b));
    let mut all: Vec<_> = cards.chain(alone.chunks(1)).collect();
    all.sort_by_key(|card| card.first().copied());
    for card in all {
        taken.place(card, &mut places)?;
    }
    Ok(places)
}

impl<'a> Taken<'a> {
    fn of(document: &'a Document, virtual_functions: &'a [PciAddress]) -> Self {
        let addresses = document.guest_addresses();
        let buses =
            document.devices().filter_map(bus_of).chain(addresses.iter().map(|guest| guest.bus)).collect();
        let aliases = document.devices().filter_map(alias_of).map(str::to_owned).collect();
        Self { document, virtual_functions, machine: document.machine(), addresses, buses, aliases }
    }

    fn is_virtual(&self, function: PciAddress) -> bool {
        self.virtual_functions.contains(&function)
    }

    /// Places the functions of one card.
    fn place(&mut self, card: &[PciAddress], places: &mut Places<'a, 'a>) -> Result<(), EditError> {
        let Some(first) = card.first().copied() else { return Ok(()) };
        let alone = self.is_virtual(first);
        let of_card = |old: PciAddress| !alone && old.same_slot(first) && !self.is_virtual(old);
        let there = || {
            let same = |device: &Node<'_, '_>| source_address(*device).is_some_and(of_card);
            claims(self.document).map(|(_, device)| device).filter(same)
        };
        let slots: Vec<_> = there().filter_map(guest_address).map(|(guest, _)| guest).collect();
        let libvirt_places_the_rest = slots.is_empty() && there().next().is_some();
        for slot in &slots {
            if self.join(*slot, card, places) {
                return Ok(());
            }
        }
        match self.machine {
            _ if self.addresses.is_empty() || libvirt_places_the_rest => self.leave_to_libvirt(card, places),
            MachineType::Q35 => {
                let index = self.free_bus().ok_or(EditError::NoFreeBus { address: first })?;
                let name = format!("{PORT}{:04x}-{:02x}-{:02x}", first.domain(), first.bus(), first.slot());
                let alias = self.free_alias(&name);
                let guest =
                    if self.has_lone_root_port() { self.free_slot_on(0, ROOT_PORT_SLOTS) } else { None };
                self.addresses.extend(guest);
                places.ports.push(Port { index, alias, guest });
                self.fill(GuestAddress { domain: 0, bus: index, slot: 0, function: 0 }, card, places);
            }
            MachineType::I440fx => match self.free_slot() {
                Some(slot) => self.fill(slot, card, places),
                None => self.leave_to_libvirt(card, places),
            },
            MachineType::Other(_) | MachineType::Unspecified => self.leave_to_libvirt(card, places),
        }
        Ok(())
    }

    /// Puts functions into the slot where others of the card are. False where they cannot go there.
    fn join(&mut self, slot: GuestAddress, card: &[PciAddress], places: &mut Places<'a, 'a>) -> bool {
        let in_slot: Vec<_> = self
            .document
            .devices()
            .filter_map(|device| guest_address(device).map(|(guest, address)| (guest, address, device)))
            .filter(|(guest, ..)| guest.same_slot(slot))
            .collect();
        // Without function 0 a guest looks no further, and two of them cannot be: such a slot is broken already.
        let mut zeros = in_slot.iter().filter(|(guest, ..)| guest.function == 0);
        let (Some((_, zero, _)), None) = (zeros.next(), zeros.next()) else { return false };
        let used = |function: u8| self.addresses.iter().any(|guest| *guest == slot.with_function(function));
        let mut free: BTreeSet<u8> = (1..8).filter(|function| !used(*function)).collect();
        if free.len() < card.len() {
            return false;
        }
        let switched = match zero.attribute("multifunction") {
            Some("on") => {
                in_slot.iter().any(|(guest, _, device)| guest.function != 0 && is_switched(*device))
            }
            None if in_slot.len() == 1 => {
                places.switched.push(*zero);
                true
            }
            // Others are there without it: so be it, as libvirt has it.
            None => false,
            Some(_) => return false,
        };
        for source in card {
            let Some(function) = free.take(&source.function()).or_else(|| free.pop_first()) else {
                return false;
            };
            let alias = switched.then(|| self.free_alias(&format!("{SWITCHED}{}", in_words(*source))));
            let guest = slot.with_function(function);
            self.addresses.push(guest);
            places.devices.push(Device { source: *source, guest: Some(guest), multifunction: false, alias });
        }
        true
    }

    /// Fills a new slot. Functions keep their numbers, but one of them must be function 0.
    fn fill(&mut self, slot: GuestAddress, card: &[PciAddress], places: &mut Places<'a, 'a>) {
        let has_zero = card.iter().any(|source| source.function() == 0);
        for (at, source) in card.iter().enumerate() {
            let function = if at == 0 && !has_zero { 0 } else { source.function() };
            let guest = slot.with_function(function);
            self.addresses.push(guest);
            let multifunction = function == 0 && card.len() > 1;
            places.devices.push(Device { source: *source, guest: Some(guest), multifunction, alias: None });
        }
        self.buses.insert(slot.bus);
    }

    fn leave_to_libvirt(&self, card: &[PciAddress], places: &mut Places<'_, '_>) {
        let device =
            |source: &PciAddress| Device { source: *source, guest: None, multifunction: false, alias: None };
        places.devices.extend(card.iter().map(device));
    }

    /// A bus number for a root port: behind all others, or the lowest that is free. Bus 0 is the root.
    fn free_bus(&self) -> Option<u8> {
        let behind = self.buses.last().map_or(Some(1), |last| last.checked_add(1));
        behind.or_else(|| (1..=u8::MAX).find(|bus| !self.buses.contains(bus)))
    }

    /// A free slot on i440FX: of bus 0, or else of a bridge behind it.
    ///
    /// Slot 0 is the host bridge, 1 the ISA bridge with IDE and USB, and libvirt keeps 2 for the first display
    /// (`qemuDomainValidateDevicePCISlotsPIIX3` in `src/qemu/qemu_domain_address.c`). A bridge has slots 1 to 31.
    fn free_slot(&self) -> Option<GuestAddress> {
        let is_bridge = |controller: &Controller| controller.model.as_deref() == Some("pci-bridge");
        let bridges = self.document.controllers().into_iter().filter(is_bridge);
        let buses = bridges.filter_map(|bridge| u8::try_from(bridge.index?).ok());
        self.free_slot_on(0, 3..=0x1f)
            .or_else(|| buses.into_iter().find_map(|bus| self.free_slot_on(bus, 1..=0x1f)))
    }

    fn free_slot_on(&self, bus: u8, slots: RangeInclusive<u8>) -> Option<GuestAddress> {
        let mut slots = slots.map(|slot| GuestAddress { domain: 0, bus, slot, function: 0 });
        slots.find(|slot| !self.addresses.iter().any(|guest| guest.same_slot(*slot)))
    }

    /// Whether a root port sits alone in a slot of bus 0 that is not declared to have more functions.
    ///
    /// libvirt would put a further port beside it and declare the slot, which taking back cannot undo.
    fn has_lone_root_port(&self) -> bool {
        self.document.devices().filter(|device| is(*device, "controller")).any(|port| {
            let root_port = port.attribute("model") == Some("pcie-root-port");
            let lone = |(guest, address): (GuestAddress, Node<'_, '_>)| {
                guest.bus == 0 && guest.function == 0 && address.attribute("multifunction") != Some("on")
            };
            root_port && guest_address(port).is_some_and(lone)
        })
    }

    /// The alias, with a number behind it where it is taken.
    fn free_alias(&mut self, alias: &str) -> String {
        let mut free = alias.to_owned();
        let mut number = 2_u32;
        while self.aliases.contains(&free) {
            free = format!("{alias}-{number}");
            number += 1;
        }
        self.aliases.insert(free.clone());
        free
    }
}

/// Whether the arrival of this device switched function 0 of its slot to multifunction.
pub(super) fn is_switched(device: Node<'_, '_>) -> bool {
    alias_of(device).is_some_and(|alias| alias.starts_with(SWITCHED))
}

/// An address in the letters that an alias may have.
fn in_words(address: PciAddress) -> String {
    address.to_string().replace([':', '.'], "-")
}
