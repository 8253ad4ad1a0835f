//! Taking devices back.

use gangway_core::pci::PciAddress;
use roxmltree::Node;

use super::place::is_switched;
use super::{Edited, PORT, Placed, devices_of, sorted, write};
use crate::document::Document;
use crate::document::layout::{Style, is_space, with_space_before};
use crate::document::splice::Splices;
use crate::edit::chosen::forget;
use crate::edit::{EditError, order};
use crate::view::{ClaimKind, GuestAddress, alias_of, bus_of, claims, guest_address, source_address};

/// A device with its guest address.
#[derive(Clone, Copy)]
struct Seated<'a> {
    guest: GuestAddress,
    address: Node<'a, 'a>,
    device: Node<'a, 'a>,
}

/// Takes functions back: their elements leave with the white space before them, and so does a root port of ours
/// when the last device behind it leaves.
///
/// Where function 0 of a slot leaves and others stay, the lowest of them becomes function 0, since a guest looks no
/// further where there is none. Where only function 0 stays, it is a multifunction device no longer if it was made
/// one by an addition. What was remembered of the functions is forgotten.
///
/// # Errors
/// When none is named, one is not there or is there as a disk, or there is no `<devices>` or more than one.
pub fn remove(document: &Document, functions: &[PciAddress]) -> Result<Edited, EditError> {
    let devices = devices_of(document)?;
    let mut leaving = Vec::new();
    for address in sorted(functions)? {
        let before = leaving.len();
        for (kind, device) in claims(document).filter(|(_, device)| source_address(*device) == Some(address))
        {
            if kind == ClaimKind::NvmeDisk {
                return Err(EditError::HeldAsDisk { address });
            }
            leaving.push(device);
        }
        if leaving.len() == before {
            return Err(EditError::NotThere { address });
        }
    }

    let mut splices = Splices::default();
    let seated: Vec<_> = document
        .devices()
        .filter_map(|device| guest_address(device).map(|(guest, address)| Seated { guest, address, device }))
        .collect();
    let (gone, staying): (Vec<_>, Vec<_>) =
        seated.into_iter().partition(|seat| leaving.contains(&seat.device));
    let placed = tidy_slots(document, &mut splices, &gone, &staying);
    let ports = empty_ports(document, &gone, &staying);
    leaving.extend(&ports);

    let text = document.text();
    if !order::close_if_opened(text, &mut splices, devices, &leaving) {
        for device in &leaving {
            splices.delete(with_space_before(text, device.range()));
        }
    }
    let root_ports = ports.iter().filter_map(|port| bus_of(*port)).collect();
    let document = forget(&splices.document(document)?, functions)?;
    Ok(Edited { document, placed, root_ports })
}

/// Keeps the slots valid that some functions leave and others do not. Returns what moved.
fn tidy_slots(
    document: &Document,
    splices: &mut Splices,
    gone: &[Seated<'_>],
    staying: &[Seated<'_>],
) -> Vec<Placed> {
    let mut moved = Vec::new();
    let mut slots: Vec<_> = gone.iter().map(|seat| seat.guest.with_function(0)).collect();
    slots.sort_unstable();
    slots.dedup();
    for zero in slots {
        let left = || gone.iter().filter(move |seat| seat.guest.same_slot(zero));
        let mut mates: Vec<_> = staying.iter().filter(|seat| seat.guest.same_slot(zero)).collect();
        mates.sort_by_key(|seat| seat.guest.function);
        let Some(lowest) = mates.first() else { continue };
        let zero_left = left().any(|seat| seat.guest == zero);
        if lowest.guest != zero && zero_left {
            become_zero(document, splices, lowest.address, mates.len() > 1);
            if let Some(source) = source_address(lowest.device) {
                moved.push(Placed { source, guest: Some(zero) });
            }
        } else if lowest.guest == zero && mates.len() == 1 && left().any(|seat| is_switched(seat.device)) {
            drop_multifunction(document, splices, lowest.address);
        }
    }
    moved
}

/// Makes an address that of function 0.
fn become_zero(document: &Document, splices: &mut Splices, address: Node<'_, '_>, multifunction: bool) {
    if let Some(function) = address.attribute_node("function") {
        splices.replace(function.range_value(), "0x0");
    }
    if !multifunction {
        return;
    }
    match address.attribute_node("multifunction") {
        Some(attribute) => splices.replace(attribute.range_value(), "on"),
        None => {
            let end = address.attributes().map(|attribute| attribute.range().end).max();
            let style = Style::beside(document, address, Some(address));
            splices.insert(end.unwrap_or(address.range().start), write::multifunction(&style));
        }
    }
}

/// Takes `multifunction='on'` out of an address, with the white space before it.
fn drop_multifunction(document: &Document, splices: &mut Splices, address: Node<'_, '_>) {
    let attribute = address.attribute_node("multifunction").filter(|attribute| attribute.value() == "on");
    if let Some(range) = attribute.map(|attribute| attribute.range()) {
        let before = document.text().get(..range.start).unwrap_or_default();
        splices.delete(before.trim_end_matches(is_space).len()..range.end);
    }
}

/// Root ports of ours that had something behind them and now have nothing.
fn empty_ports<'a>(document: &'a Document, gone: &[Seated<'_>], staying: &[Seated<'_>]) -> Vec<Node<'a, 'a>> {
    let is_empty = |port: &Node<'_, '_>| {
        let ours = alias_of(*port).is_some_and(|alias| alias.starts_with(PORT))
            && port.attribute("model") == Some("pcie-root-port");
        // Bus 0 is the root itself, whatever it is called.
        bus_of(*port).filter(|bus| ours && *bus != 0).is_some_and(|bus| {
            gone.iter().any(|seat| seat.guest.bus == bus) && !staying.iter().any(|seat| seat.guest.bus == bus)
        })
    };
    document.devices().filter(is_empty).collect()
}
