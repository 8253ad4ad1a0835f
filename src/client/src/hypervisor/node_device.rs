//! PCI devices as libvirt describes them (`virNodeDeviceGetXMLDesc`), as far as it takes to see that a device is the one
//! that we read ourselves: reading sysfs is core's, since it knows more and needs no daemon.

use gangway_core::host::GroupId;
use gangway_core::pci::{DeviceId, PciAddress, VendorId};
use roxmltree::Node;

/// A PCI device of the computer that libvirt runs on (<https://libvirt.org/formatnode.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDevice {
    /// Its address.
    pub address: PciAddress,
    /// Its vendor.
    pub vendor: Option<VendorId>,
    /// Its device number.
    pub device: Option<DeviceId>,
    /// Its IOMMU group.
    pub group: Option<GroupId>,
}

/// The device of one description; `None` where it is not about a PCI device with an address.
pub(super) fn parse(xml: &str) -> Option<NodeDevice> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let device = document.root_element();
    let pci = device
        .children()
        .find(|node| node.has_tag_name("capability") && node.attribute("type") == Some("pci"))?;
    let address = PciAddress::new(
        number(child_text(pci, "domain")?)?,
        number(child_text(pci, "bus")?)?.try_into().ok()?,
        number(child_text(pci, "slot")?)?.try_into().ok()?,
        number(child_text(pci, "function")?)?.try_into().ok()?,
    )?;
    let id = |name| u16::try_from(number(child(pci, name)?.attribute("id")?)?).ok();
    Some(NodeDevice {
        address,
        vendor: id("vendor").map(VendorId),
        device: id("product").map(DeviceId),
        group: child(pci, "iommuGroup").and_then(|group| number(group.attribute("number")?)).map(GroupId),
    })
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn child_text<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    child(node, name).map(|child| child.text().unwrap_or_default().trim())
}

/// libvirt writes bus and slot in decimal, ids with `0x`.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "<device><name>pci_0000_0a_00_0</name><path>/sys/devices/x</path>\
        <driver><name>nvidia</name></driver><capability type='pci'><class>0x030000</class>\
        <domain>0</domain><bus>10</bus><slot>0</slot><function>0</function>\
        <product id='0x2484'>GA104</product><vendor id='0x10de'>NVIDIA</vendor>\
        <iommuGroup number='14'><address domain='0x0000' bus='0x0a' slot='0x00' function='0x0'/></iommuGroup>\
        </capability></device>";

    #[test]
    fn a_card_is_read_whole() {
        let device = parse(CARD).unwrap();
        assert_eq!(device.address.to_string(), "0000:0a:00.0");
        assert_eq!((device.vendor, device.device), (Some(VendorId(0x10de)), Some(DeviceId(0x2484))));
        assert_eq!(device.group, Some(GroupId(14)));
    }

    #[test]
    fn what_is_no_pci_device_is_none() {
        assert_eq!(parse("<device><name>computer</name><capability type='system'/></device>"), None);
        assert_eq!(parse("<device><capability type='pci'><bus>1</bus></capability></device>"), None);
        assert_eq!(parse("not xml"), None);
    }

    #[test]
    fn a_device_without_a_group_still_is_one() {
        let (before, rest) = CARD.split_once("<iommuGroup").unwrap();
        let (_, after) = rest.split_once("</iommuGroup>").unwrap();
        let device = parse(&format!("{before}{after}")).unwrap();
        assert_eq!((device.group, device.device), (None, Some(DeviceId(0x2484))));
    }
}
