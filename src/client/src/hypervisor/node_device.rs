//! PCI devices as libvirt describes them (`virNodeDeviceGetXMLDesc`). A parser of that text and the plain
//! result; reading sysfs is core's, since it knows more and needs no daemon.

use gangway_core::host::GroupId;
use gangway_core::pci::{DeviceId, PciAddress, PciClass, VendorId};
use roxmltree::Node;

/// A PCI device of the computer that libvirt runs on (<https://libvirt.org/formatnode.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDevice {
    /// libvirt's name for it, for example `pci_0000_01_00_0`.
    pub name: String,
    /// Its address.
    pub address: PciAddress,
    /// Its class; libvirt tells since 5.2.
    pub class: Option<PciClass>,
    /// Its vendor.
    pub vendor: Option<VendorId>,
    /// Its device number.
    pub device: Option<DeviceId>,
    /// The product's name from the daemon's list of ids.
    pub product: Option<String>,
    /// Its IOMMU group.
    pub group: Option<GroupId>,
    /// The driver that is bound to it.
    pub driver: Option<String>,
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
        name: child_text(device, "name").unwrap_or_default().to_owned(),
        address,
        class: child_text(pci, "class").and_then(number).and_then(PciClass::new),
        vendor: id("vendor").map(VendorId),
        device: id("product").map(DeviceId),
        product: child_text(pci, "product").filter(|text| !text.is_empty()).map(str::to_owned),
        group: child(pci, "iommuGroup").and_then(|group| number(group.attribute("number")?)).map(GroupId),
        driver: child(device, "driver").and_then(|driver| child_text(driver, "name")).map(str::to_owned),
    })
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn child_text<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    child(node, name).map(|child| child.text().unwrap_or_default().trim())
}

/// libvirt writes bus and slot in decimal, class and ids with `0x`.
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
        assert_eq!(device.name, "pci_0000_0a_00_0");
        assert_eq!(device.address.to_string(), "0000:0a:00.0");
        assert_eq!(device.class.unwrap().code(), 0x03_0000);
        assert_eq!((device.vendor, device.device), (Some(VendorId(0x10de)), Some(DeviceId(0x2484))));
        assert_eq!(device.group, Some(GroupId(14)));
        assert_eq!((device.product.as_deref(), device.driver.as_deref()), (Some("GA104"), Some("nvidia")));
    }

    #[test]
    fn what_is_no_pci_device_is_none() {
        assert_eq!(parse("<device><name>computer</name><capability type='system'/></device>"), None);
        assert_eq!(parse("<device><capability type='pci'><bus>1</bus></capability></device>"), None);
        assert_eq!(parse("not xml"), None);
    }

    #[test]
    fn a_device_without_group_or_driver_still_is_one() {
        let text = CARD.replace("<driver><name>nvidia</name></driver>", "");
        let (before, rest) = text.split_once("<iommuGroup").unwrap();
        let (_, after) = rest.split_once("</iommuGroup>").unwrap();
        let device = parse(&format!("{before}{after}")).unwrap();
        assert_eq!((device.group, device.driver), (None, None));
    }
}
