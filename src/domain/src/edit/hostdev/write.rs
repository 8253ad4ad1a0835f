//! New elements as text, in libvirt's own spelling and the style of their neighbours.

use super::RomFile;
use super::place::{Device, Port};
use crate::document::layout::Style;
use crate::view::GuestAddress;

/// A `<hostdev>`.
pub(super) fn hostdev(style: &Style, device: &Device, rom: Option<&RomFile>) -> String {
    let inner = style.deeper();
    let innermost = inner.deeper();
    let source = device.source;
    let address = numbers(style, source.domain(), source.bus(), source.slot(), source.function());
    let mut text = format!(
        "<hostdev{}{}{}>{}<source>{}<address{address}/>{}</source>",
        style.attribute("mode", "subsystem"),
        style.attribute("type", "pci"),
        style.attribute("managed", "yes"),
        inner.before,
        innermost.before,
        inner.before,
    );
    if let Some(alias) = &device.alias {
        text.push_str(&format!("{}<alias{}/>", inner.before, style.attribute("name", alias)));
    }
    if let Some(rom) = rom {
        text.push_str(&format!("{}<rom{}/>", inner.before, style.attribute("file", &rom.file)));
    }
    if let Some(guest) = device.guest {
        text.push_str(&inner.before);
        text.push_str(&guest_address(style, guest, device.multifunction));
    }
    text.push_str(&format!("{}</hostdev>", style.before));
    text
}

/// The `<controller>` of a root port. libvirt adds its chassis, port number and, where it has none, its address.
pub(super) fn root_port(style: &Style, port: &Port) -> String {
    let inner = style.deeper();
    let mut text = format!(
        "<controller{}{}{}>{}<alias{}/>",
        style.attribute("type", "pci"),
        style.attribute("index", &port.index.to_string()),
        style.attribute("model", "pcie-root-port"),
        inner.before,
        style.attribute("name", &port.alias),
    );
    if let Some(guest) = port.guest {
        text.push_str(&inner.before);
        text.push_str(&guest_address(style, guest, false));
    }
    text.push_str(&format!("{}</controller>", style.before));
    text
}

/// The `<address>` of a device in the virtual machine.
fn guest_address(style: &Style, guest: GuestAddress, shared: bool) -> String {
    let numbers = numbers(style, guest.domain, guest.bus, guest.slot, guest.function);
    let multifunction = if shared { multifunction(style) } else { String::new() };
    format!("<address{}{numbers}{multifunction}/>", style.attribute("type", "pci"))
}

/// The attribute that says that a slot has more functions than this one.
pub(super) fn multifunction(style: &Style) -> String {
    style.attribute("multifunction", "on")
}

/// The four numbers of an address, as libvirt writes them.
fn numbers(style: &Style, domain: u32, bus: u8, slot: u8, function: u8) -> String {
    [
        style.attribute("domain", &format!("{domain:#06x}")),
        style.attribute("bus", &format!("{bus:#04x}")),
        style.attribute("slot", &format!("{slot:#04x}")),
        style.attribute("function", &format!("{function:#x}")),
    ]
    .concat()
}
