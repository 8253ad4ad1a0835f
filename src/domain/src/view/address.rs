//! PCI addresses as libvirt writes them: four attributes of an `<address>`.

use std::fmt;

use gangway_core::pci::PciAddress;
use roxmltree::Node;

use crate::document::{child, children};

/// Where a device sits in the virtual machine: `<address type='pci' …/>`.
///
/// Source: libvirt, `formatdomain.html#device-addresses`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestAddress {
    /// The PCI domain, 0 on x86.
    pub domain: u32,
    /// The bus: the `index` of the controller that the device is behind.
    pub bus: u8,
    /// The slot, 0 to 0x1f.
    pub slot: u8,
    /// The function, 0 to 7.
    pub function: u8,
}

impl GuestAddress {
    /// Whether both are functions of one slot.
    pub const fn same_slot(self, other: Self) -> bool {
        self.domain == other.domain && self.bus == other.bus && self.slot == other.slot
    }

    /// Another function of the same slot.
    pub const fn with_function(self, function: u8) -> Self {
        Self { function, ..self }
    }
}

impl fmt::Display for GuestAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{:x}", self.domain, self.bus, self.slot, self.function)
    }
}

/// A number as libvirt reads it: decimal, hexadecimal after `0x`, octal after `0` (`virStrToLong` with base 0).
///
/// Hexadecimal digits without `0x` pass libvirt's schema but not its reader; they can only mean one thing.
pub(crate) fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return from_digits(digits, 16);
    }
    match text.strip_prefix('0') {
        Some("") => Some(0),
        Some(digits) => from_digits(digits, 8).or_else(|| from_digits(digits, 16)),
        None => from_digits(text, 10).or_else(|| from_digits(text, 16)),
    }
}

/// As the standard library does it, but without a sign.
fn from_digits(text: &str, radix: u32) -> Option<u32> {
    if text.starts_with(['+', '-']) { None } else { u32::from_str_radix(text, radix).ok() }
}

/// The number in an attribute, 0 where the attribute is missing, `None` where it is no number.
pub(crate) fn attribute_number(node: Node<'_, '_>, name: &str) -> Option<u32> {
    node.attribute(name).map_or(Some(0), number)
}

/// The address in the four attributes. The missing ones are 0, as libvirt has it.
fn parts(address: Node<'_, '_>) -> Option<PciAddress> {
    let part = |name| u8::try_from(attribute_number(address, name)?).ok();
    PciAddress::new(attribute_number(address, "domain")?, part("bus")?, part("slot")?, part("function")?)
}

/// The address of the host's device in the `<source>` of a device.
pub(crate) fn source_address(device: Node<'_, '_>) -> Option<PciAddress> {
    child(child(device, "source")?, "address").and_then(parts)
}

/// The address that a device has in the virtual machine, with its element.
///
/// An address of type `pci` without numbers is a wish for a place, not a place.
pub(crate) fn guest_address<'a, 'text: 'a>(
    device: Node<'a, 'text>,
) -> Option<(GuestAddress, Node<'a, 'text>)> {
    let address = children(device, "address").find(|address| address.attribute("type") == Some("pci"))?;
    if !["bus", "slot", "function"].iter().any(|name| address.has_attribute(*name)) {
        return None;
    }
    let found = parts(address)?;
    let guest = GuestAddress {
        domain: found.domain(),
        bus: found.bus(),
        slot: found.slot(),
        function: found.function(),
    };
    Some((guest, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_every_spelling() {
        for (text, value) in [
            ("0x0b", Some(11)),
            ("0X1F", Some(31)),
            ("0", Some(0)),
            ("00", Some(0)),
            ("10", Some(10)),
            ("010", Some(8)),
            ("08", Some(8)),
            ("0c", Some(12)),
            ("1f", Some(31)),
            (" 7 ", Some(7)),
            ("", None),
            ("0x", None),
            ("-1", None),
            ("0x-1", None),
            ("bus", None),
            ("0x100000000", None),
        ] {
            assert_eq!(number(text), value, "{text:?}");
        }
    }
}
