//! Edits of host devices as sentences: given a definition, when something is added or taken back, then the text is
//! exactly this one.

mod adding;
mod identity;
mod taking_back;

use gangway_core::pci::PciAddress;

use super::*;

/// A definition with these children of `<devices>`, each on its own line, on a machine type.
fn given(machine: &str, devices: &str) -> Document {
    let mut text = format!(
        "<domain type='kvm'>\n  <os>\n    <type arch='x86_64' machine='{machine}'>hvm</type>\n  </os>\n  <devices>\n"
    );
    for line in devices.lines() {
        text.push_str(&format!("    {line}\n"));
    }
    text.push_str("  </devices>\n</domain>\n");
    Document::parse(text).unwrap()
}

/// The lines between `<devices>` and `</devices>`, without their common indentation.
fn devices(document: &Document) -> String {
    let text = document.text();
    let inside = text.split_once("<devices>\n").unwrap().1.split_once("  </devices>").unwrap().0;
    inside.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect()
}

fn addresses(list: &[&str]) -> Vec<PciAddress> {
    list.iter().map(|text| text.parse().unwrap()).collect()
}

fn when_added(document: &Document, list: &[&str]) -> Result<Edited, EditError> {
    add(document, &AddDevices { functions: addresses(list), ..AddDevices::default() })
}

fn when_removed(document: &Document, list: &[&str]) -> Result<Edited, EditError> {
    remove(document, &addresses(list))
}

/// A `<hostdev>` as libvirt writes it, at a guest address like `bus='0x01' slot='0x00' function='0x0'`.
fn hostdev(source: &str, guest: &str) -> String {
    let source: PciAddress = source.parse().unwrap();
    let (domain, bus, slot, function) = (source.domain(), source.bus(), source.slot(), source.function());
    format!(
        "<hostdev mode='subsystem' type='pci' managed='yes'>\n  <source>\n    \
         <address domain='{domain:#06x}' bus='{bus:#04x}' slot='{slot:#04x}' function='{function:#x}'/>\n  </source>\n\
         {guest}</hostdev>\n"
    )
}

fn guest(numbers: &str) -> String {
    format!("  <address type='pci' domain='0x0000' {numbers}/>\n")
}

const BALLOON: &str = "<memballoon model='virtio'>\n  <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n</memballoon>\n";
const ROOT: &str = "<controller type='pci' index='0' model='pcie-root'/>\n";
const PORT_1: &str = "<controller type='pci' index='1' model='pcie-root-port'/>\n";
