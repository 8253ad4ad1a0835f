//! The address of a PCI function, `domain:bus:slot.function`.
//!
//! Parsing, printing and comparing only. An address is no identity: it moves when a card is added.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a PCI function sits. Sorted as the kernel numbers them: domain, bus, slot, function.
///
/// Printed as sysfs does it, with a domain of at least four digits (`0000:01:00.0`); domains behind an Intel VMD
/// start at `10000`. Source: kernel, `Documentation/PCI/sysfs-pci.rst` and `drivers/pci/controller/vmd.c`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PciAddress {
    domain: u32,
    bus: u8,
    slot: u8,
    function: u8,
}

/// Why a text is not a PCI address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is not a PCI address such as 0000:01:00.0")]
pub struct AddressError {
    /// What was given, shortened.
    pub text: String,
}

impl PciAddress {
    /// An address of its parts, or `None` where the slot is above 0x1f or the function above 7.
    pub const fn new(domain: u32, bus: u8, slot: u8, function: u8) -> Option<Self> {
        if slot > 0x1f || function > 7 {
            return None;
        }
        Some(Self { domain, bus, slot, function })
    }

    /// The PCI domain (segment).
    pub const fn domain(self) -> u32 {
        self.domain
    }

    /// The bus.
    pub const fn bus(self) -> u8 {
        self.bus
    }

    /// The slot on the bus, 0 to 0x1f; libvirt and QEMU call it slot, the kernel also device.
    pub const fn slot(self) -> u8 {
        self.slot
    }

    /// The function in the slot, 0 to 7.
    pub const fn function(self) -> u8 {
        self.function
    }

    /// Whether both are functions of one slot.
    pub const fn same_slot(self, other: Self) -> bool {
        self.domain == other.domain && self.bus == other.bus && self.slot == other.slot
    }

    /// Another function of the same slot, or `None` above 7.
    pub const fn with_function(self, function: u8) -> Option<Self> {
        Self::new(self.domain, self.bus, self.slot, function)
    }

    /// The address as people write it: without the domain where that is 0.
    pub fn short(self) -> String {
        let full = self.to_string();
        match full.strip_prefix("0000:") {
            Some(short) => short.to_owned(),
            None => full,
        }
    }

    /// Parses the bytes of an address; the domain may be left out.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (front, function) = match text {
            [front @ .., b'.', function] => (front, digit(*function)?),
            _ => return None,
        };
        let (front, slot) = match front {
            [front @ .., b':', high, low] => (front, digit(*high)? << 4 | digit(*low)?),
            _ => return None,
        };
        let (front, bus) = match front {
            [front @ .., high, low] => (front, digit(*high)? << 4 | digit(*low)?),
            _ => return None,
        };
        let domain = match front {
            [] => 0,
            [digits @ .., b':'] if (4..=8).contains(&digits.len()) => {
                digits.iter().try_fold(0_u32, |sum, byte| Some(sum << 4 | u32::from(digit(*byte)?)))?
            }
            _ => return None,
        };
        Self::new(domain, bus, slot, function)
    }
}

/// The value of one hexadecimal digit of either case.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

impl FromStr for PciAddress {
    type Err = AddressError;

    /// Full (`0000:01:00.0`, a domain of four to eight digits) or short (`01:00.0`), in either case.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text.as_bytes()).ok_or_else(|| AddressError { text: text.chars().take(60).collect() })
    }
}

impl TryFrom<String> for PciAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<PciAddress> for String {
    fn from(address: PciAddress) -> Self {
        address.to_string()
    }
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{:x}", self.domain, self.bus, self.slot, self.function)
    }
}

impl fmt::Debug for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<PciAddress>().ok().map(|address| address.to_string())
    }

    #[test]
    fn reads_full_and_short_and_either_case() {
        assert_eq!(read("0000:01:00.0").as_deref(), Some("0000:01:00.0"));
        assert_eq!(read("01:00.0").as_deref(), Some("0000:01:00.0"));
        assert_eq!(read("0000:AF:1F.7").as_deref(), Some("0000:af:1f.7"));
        assert_eq!(read("10000:e1:00.0").as_deref(), Some("10000:e1:00.0"));
        assert_eq!(read("ffffffff:00:00.0").as_deref(), Some("ffffffff:00:00.0"));
    }

    #[test]
    fn only_domain_0_is_left_out() {
        let short = |text: &str| text.parse::<PciAddress>().map(PciAddress::short);
        assert_eq!(short("0000:0a:1f.7").as_deref(), Ok("0a:1f.7"));
        assert_eq!(short("0001:01:00.0").as_deref(), Ok("0001:01:00.0"));
        assert_eq!(short("10000:e1:00.0").as_deref(), Ok("10000:e1:00.0"));
    }

    #[test]
    fn refuses_what_is_not_an_address() {
        for text in [
            "",
            "1:00.0",
            "01:00",
            "01:00.8",
            "01:20.0",
            "000:01:00.0",
            "000000000:01:00.0",
            ":01:00.0",
            "0000:01:00.00",
            "0000:01:00,0",
            " 01:00.0",
            "01:00.0\n",
            "0x00:01:00.0",
            "0000-01:00.0",
            "01:0ö.0",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(
            "x".parse::<PciAddress>().unwrap_err().to_string(),
            "\"x\" is not a PCI address such as 0000:01:00.0"
        );
    }

    #[test]
    fn sorts_as_the_kernel_numbers() {
        let mut all: Vec<PciAddress> =
            ["10000:00:00.0", "0000:10:00.0", "0000:02:1f.0", "0000:02:02.1", "0000:02:02.0"]
                .iter()
                .map(|a| a.parse().unwrap())
                .collect();
        all.sort_unstable();
        let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["0000:02:02.0", "0000:02:02.1", "0000:02:1f.0", "0000:10:00.0", "10000:00:00.0"]);
    }

    #[test]
    fn one_slot_holds_eight_functions() {
        let first: PciAddress = "0000:01:00.0".parse().unwrap();
        assert_eq!(first.with_function(8), None);
        let last = first.with_function(7).unwrap();
        assert!(first.same_slot(last));
        assert!(!first.same_slot("0001:01:00.0".parse().unwrap()));
    }
}
