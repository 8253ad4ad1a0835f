//! Adding devices.

use gangway_core::devices::Identity;
use gangway_core::pci::PciAddress;

use super::place::{Places, places};
use super::{AddDevices, Edited, Placed, RomFile, devices_of, sorted, write};
use crate::document::Document;
use crate::document::layout::Style;
use crate::document::splice::Splices;
use crate::edit::chosen::remember;
use crate::edit::{EditError, order};
use crate::view::{ClaimKind, claims, source_address};

/// Hands functions to the machine: one `<hostdev managed='yes'>` each, and a root port where the machine type needs
/// one. [`remove`](super::remove()) with the same functions gives back the text as it was.
///
/// # Errors
/// When none is named, one is there already, there is no `<devices>` or more than one, or the ROM file does not fit.
pub fn add(document: &Document, add: &AddDevices) -> Result<Edited, EditError> {
    let devices = devices_of(document)?;
    let functions = sorted(&add.functions)?;
    for function in &functions {
        refuse_if_there(document, *function)?;
    }
    if let Some(rom) = &add.rom {
        check_rom(rom, &functions)?;
    }

    let places = places(document, &functions, &add.virtual_functions)?;
    let text = document.text();
    let mut splices = Splices::default();
    order::mark_if_empty(text, &mut splices, devices);
    insert(document, &mut splices, devices, &places, add.rom.as_ref());
    for address in &places.switched {
        let end =
            address.attributes().map(|attribute| attribute.range().end).max().unwrap_or(address.range().end);
        splices.insert(end, write::multifunction(&Style::beside(document, *address, Some(*address))));
    }
    let placed =
        places.devices.iter().map(|device| Placed { source: device.source, guest: device.guest }).collect();
    let root_ports = places.ports.iter().map(|port| port.index).collect();
    let chosen: Vec<Identity> =
        add.identities.iter().filter(|identity| functions.contains(&identity.address)).cloned().collect();
    let document = remember(&splices.document(document)?, &chosen)?;
    Ok(Edited { document, placed, root_ports })
}

/// Writes the new elements into `<devices>`, in one go where it has no children yet.
fn insert(
    document: &Document,
    splices: &mut Splices,
    devices: roxmltree::Node<'_, '_>,
    places: &Places<'_, '_>,
    rom: Option<&RomFile>,
) {
    let ports: Vec<_> =
        places.ports.iter().map(|port| move |style: &Style| write::root_port(style, port)).collect();
    let hostdevs: Vec<_> = places
        .devices
        .iter()
        .map(|device| {
            let rom = rom.filter(|rom| rom.function == device.source);
            move |style: &Style| write::hostdev(style, device, rom)
        })
        .collect();
    let ports: Vec<&dyn Fn(&Style) -> String> = ports.iter().map(|write| write as _).collect();
    let hostdevs: Vec<&dyn Fn(&Style) -> String> = hostdevs.iter().map(|write| write as _).collect();
    // Ports exist only where other devices do, so `<devices/>` is opened once at most.
    if !ports.is_empty() {
        order::insert(document, splices, devices, "controller", &ports);
    }
    order::insert(document, splices, devices, "hostdev", &hostdevs);
}

fn refuse_if_there(document: &Document, address: PciAddress) -> Result<(), EditError> {
    match claims(document).find(|(_, device)| source_address(*device) == Some(address)) {
        Some((ClaimKind::NvmeDisk, _)) => Err(EditError::HeldAsDisk { address }),
        Some(_) => Err(EditError::AlreadyThere { address }),
        None => Ok(()),
    }
}

fn check_rom(rom: &RomFile, functions: &[PciAddress]) -> Result<(), EditError> {
    if !functions.contains(&rom.function) {
        return Err(EditError::RomForOther { address: rom.function });
    }
    let fits = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    if !rom.file.starts_with('/') || !rom.file.chars().all(fits) {
        return Err(EditError::RomPath { path: rom.file.clone() });
    }
    Ok(())
}
