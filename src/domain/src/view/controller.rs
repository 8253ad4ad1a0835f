//! Controllers, and the guest addresses that are in use.

use roxmltree::Node;

use super::GuestAddress;
use super::address::{attribute_number, guest_address, number};
use crate::document::{Document, child, is};
use crate::edit::ALIAS_PREFIX;

/// A `<controller>` of the virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    /// `pci`, `usb`, `sata`, …
    pub kind: String,
    /// Its number among controllers of its kind; for PCI the number of its bus.
    pub index: Option<u32>,
    /// `pcie-root-port`, `qemu-xhci`, …
    pub model: Option<String>,
    /// Its alias; only those that begin with `ua-` last.
    pub alias: Option<String>,
    /// Its own address in the virtual machine.
    pub guest: Option<GuestAddress>,
}

impl Controller {
    /// Whether it is a root port that was added together with a card, by the name that it carries.
    pub fn is_ours(&self) -> bool {
        self.kind == "pci" && self.alias.as_deref().is_some_and(|alias| alias.starts_with(ALIAS_PREFIX))
    }
}

impl Document {
    /// Every controller, in document order.
    pub fn controllers(&self) -> Vec<Controller> {
        self.devices().filter(|device| is(*device, "controller")).map(controller).collect()
    }

    /// Every guest PCI address that a device has, in document order.
    pub fn guest_addresses(&self) -> Vec<GuestAddress> {
        self.devices().filter_map(guest_address).map(|(guest, _)| guest).collect()
    }
}

/// The alias of a device.
pub(crate) fn alias_of<'a>(device: Node<'a, '_>) -> Option<&'a str> {
    child(device, "alias")?.attribute("name")
}

/// The number of the bus behind a PCI controller, where it is written down.
pub(crate) fn bus_of(device: Node<'_, '_>) -> Option<u8> {
    let pci = is(device, "controller") && device.attribute("type") == Some("pci");
    let numbered = pci && device.has_attribute("index");
    u8::try_from(attribute_number(device, "index").filter(|_| numbered)?).ok()
}

fn controller(node: Node<'_, '_>) -> Controller {
    let text = |name| node.attribute(name).map(str::to_owned);
    Controller {
        kind: text("type").unwrap_or_default(),
        index: node.attribute("index").and_then(number),
        model: text("model"),
        alias: alias_of(node).map(str::to_owned),
        guest: guest_address(node).map(|(guest, _)| guest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_of_a_controller() {
        let text = "<domain><devices><controller type='pci' index='0x3' model='pcie-root-port'>\
            <alias name='ua-gangway-port'/><address type='pci' bus='0' slot='2' function='1'/></controller>\
            <controller type='usb' index='0' model='new-model'/><controller/></devices></domain>";
        let found = Document::parse(text).unwrap().controllers();
        let port = Controller {
            kind: "pci".into(),
            index: Some(3),
            model: Some("pcie-root-port".into()),
            alias: Some("ua-gangway-port".into()),
            guest: Some(GuestAddress { domain: 0, bus: 0, slot: 2, function: 1 }),
        };
        assert!(port.is_ours());
        assert_eq!(found[0], port);
        assert_eq!(
            (found[1].kind.as_str(), found[1].index, found[1].model.as_deref()),
            ("usb", Some(0), Some("new-model"))
        );
        assert!(!found[1].is_ours());
        assert_eq!(found[2].kind, "");
    }

    #[test]
    fn guest_addresses_of_every_device() {
        let text = "<domain><devices><disk><address type='drive' bus='0'/></disk><video><address type='pci' slot='0x01'/></video>\
            <interface><address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></interface></devices></domain>";
        let found: Vec<_> =
            Document::parse(text).unwrap().guest_addresses().iter().map(ToString::to_string).collect();
        assert_eq!(found, ["0000:00:01.0", "0000:01:00.0"]);
    }
}
