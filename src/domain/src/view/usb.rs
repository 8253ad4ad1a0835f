//! The host's USB devices that a definition claims: `<hostdev type='usb'>`, by ids or by bus and number.
//!
//! Source: libvirt, `formatdomain.html#usb-pci-scsi-devices`.

use roxmltree::Node;

use super::address::number;
use crate::document::{Document, child, is};

/// A USB device of the host that the definition hands to the virtual machine. libvirt goes by what is there: ids, bus
/// and number, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UsbHostDevice {
    /// Vendor and product.
    pub id: Option<(u16, u16)>,
    /// Bus, and number on it.
    pub place: Option<(u16, u16)>,
}

impl Document {
    /// Every USB device of the host that the definition claims and that can be told, in document order.
    pub fn usb_hostdevs(&self) -> Vec<UsbHostDevice> {
        self.devices().filter(|device| is(*device, "hostdev")).filter_map(view).collect()
    }
}

fn view(device: Node<'_, '_>) -> Option<UsbHostDevice> {
    let subsystem = device.attribute("mode").is_none_or(|mode| mode == "subsystem");
    if !subsystem || device.attribute("type") != Some("usb") {
        return None;
    }
    let source = child(device, "source")?;
    let value = |node: Node<'_, '_>, name: &str| u16::try_from(number(node.attribute(name)?)?).ok();
    let id = |name: &str| child(source, name).and_then(|node| value(node, "id"));
    let address = child(source, "address");
    let place = |name: &str| address.and_then(|address| value(address, name));
    let found =
        UsbHostDevice { id: id("vendor").zip(id("product")), place: place("bus").zip(place("device")) };
    (found != UsbHostDevice::default()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(device: &str) -> Vec<UsbHostDevice> {
        let xml = format!("<domain type='kvm'><name>a</name><devices>{device}</devices></domain>");
        Document::parse(xml.as_str()).unwrap().usb_hostdevs()
    }

    #[test]
    fn ids_and_places_are_read_as_libvirt_reads_them() {
        let by_id = "<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><vendor id='0x046d'/><product id='0xc31c'/></source></hostdev>";
        let by_place =
            "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='7'/></source></hostdev>";
        assert_eq!(claimed(by_id), [UsbHostDevice { id: Some((0x046d, 0xc31c)), place: None }]);
        assert_eq!(claimed(by_place), [UsbHostDevice { id: None, place: Some((1, 7)) }]);
        assert_eq!(claimed(&format!("{by_id}{by_place}")).len(), 2);
    }

    #[test]
    fn what_is_none_or_cannot_be_told_is_left_out() {
        for device in [
            "<hostdev mode='subsystem' type='pci'><source><address bus='1' device='7'/></source></hostdev>",
            "<hostdev mode='capabilities' type='usb'><source><address bus='1' device='7'/></source></hostdev>",
            "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/></source></hostdev>",
            "<hostdev mode='subsystem' type='usb'><source><address bus='x' device='99999'/></source></hostdev>",
            "<hostdev mode='subsystem' type='usb'/>",
        ] {
            assert_eq!(claimed(device), [], "{device}");
        }
    }
}
