//! Which device it is: an address alone moves when a card is added, so the bridges above it, its ids and its serial
//! number are compared, too.
//!
//! Pure functions of what was read. What to do about a device that is no longer the one is decided by others.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::Devices;
use crate::host::{Function, Host};
use crate::pci::{DeviceId, PciAddress, SubsystemId, VendorId};
use crate::reading::Reading;

/// The most bridges that are followed upwards: PCI has 256 buses a domain.
const BRIDGES: usize = 256;

/// What tells a device from others, and finds it again where the buses were numbered anew.
///
/// As text it is one line of words: address, way, ids, ids of the board or `-`, serial number or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Where it was.
    pub address: PciAddress,
    /// The way to it.
    pub way: Way,
    /// Who made it, and which device it is.
    pub id: (VendorId, DeviceId),
    /// The board that it is on, where the hardware tells.
    pub subsystem: Option<SubsystemId>,
    /// Its serial number, where the kernel shows one.
    pub serial: Option<String>,
}

/// The way to a function from its root bus, by slots alone: numbers of buses change when a card is added.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Way {
    /// Domain and number of the root bus.
    root: (u32, u8),
    /// Slot and function of each bridge, and at last of the function itself.
    steps: Vec<(u8, u8)>,
}

/// What became of a device that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// It is where it was.
    Same,
    /// It is at another address now.
    Moved {
        /// Where it is.
        to: PciAddress,
    },
    /// Another device is at its address, and it is nowhere.
    Replaced,
    /// Nothing is at its address, and it is nowhere.
    Gone,
    /// Several devices could be it.
    Unclear {
        /// Those, in order of address.
        candidates: Vec<PciAddress>,
    },
    /// What is at its address could not be read.
    Unknown,
}

impl Identity {
    /// The identity of a function; None where its ids are not known. Without `devices` it has no serial number.
    pub fn of(host: &Host, devices: Option<&Devices>, address: PciAddress) -> Option<Self> {
        let function = host.function(address)?;
        Some(Self {
            address,
            way: Way::of(host, function),
            id: (*function.vendor.known()?, *function.device.known()?),
            subsystem: subsystem(function),
            serial: serial(devices, address).map(str::to_owned),
        })
    }

    /// What became of it on this host.
    pub fn compare(&self, host: &Host, devices: Option<&Devices>) -> Comparison {
        let here = host.function(self.address);
        if here.is_some_and(|function| !function.vendor.is_known() || !function.device.is_known()) {
            return Comparison::Unknown;
        }
        let fitting: Vec<&Function> =
            host.functions.iter().filter(|function| self.fits(function, devices)).collect();
        let at = |function: &Function| {
            if function.address == self.address {
                Comparison::Same
            } else {
                Comparison::Moved { to: function.address }
            }
        };
        let by_serial = |function: &&&Function| {
            self.serial.is_some() && serial(devices, function.address) == self.serial.as_deref()
        };
        let by_way = |function: &&&Function| Way::of(host, function) == self.way;
        // The best sign that only one of them has decides; a twin may sit where it was.
        match fitting.as_slice() {
            [] if here.is_some() => return Comparison::Replaced,
            [] => return Comparison::Gone,
            [only] => return at(only),
            _ => {}
        }
        let found =
            single(fitting.iter().filter(by_serial)).or_else(|| single(fitting.iter().filter(by_way)));
        match found {
            Some(function) => at(function),
            None => {
                Comparison::Unclear { candidates: fitting.iter().map(|function| function.address).collect() }
            }
        }
    }

    /// Whether a function could be it: ids that are equal, and a serial number that is not another one.
    fn fits(&self, function: &Function, devices: Option<&Devices>) -> bool {
        let id = function.vendor.known().copied().zip(function.device.known().copied());
        let other_serial =
            self.serial.as_deref().zip(serial(devices, function.address)).is_some_and(|(a, b)| a != b);
        id == Some(self.id) && subsystem(function) == self.subsystem && !other_serial
    }
}

/// The only one.
fn single<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The board; 0000:0000 is none.
fn subsystem(function: &Function) -> Option<SubsystemId> {
    function.subsystem.known().copied().filter(|id| (id.vendor.0, id.device.0) != (0, 0))
}

fn serial(devices: Option<&Devices>, address: PciAddress) -> Option<&str> {
    match &devices?.function(address)?.serial {
        Reading::Known(serial) => Some(serial),
        Reading::Absent | Reading::Unreadable(_) | Reading::Nonsense(_) => None,
    }
}

impl Way {
    /// The way to a function. One that is below itself is followed once around at most.
    pub fn of(host: &Host, function: &Function) -> Self {
        let mut top = function.address;
        let mut steps = vec![(top.slot(), top.function())];
        let mut parent = function.parent;
        while let Some(bridge) = parent.filter(|_| steps.len() < BRIDGES) {
            top = bridge;
            steps.push((bridge.slot(), bridge.function()));
            parent = host
                .function(bridge)
                .and_then(|bridge| bridge.parent)
                .filter(|above| *above != function.address);
        }
        steps.reverse();
        Self { root: (top.domain(), top.bus()), steps }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}", self.root.0, self.root.1)?;
        self.steps.iter().try_for_each(|(slot, function)| write!(f, "/{slot:02x}.{function}"))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (vendor, device) = self.id;
        write!(f, "{} {} {vendor}:{device} ", self.address, self.way)?;
        match self.subsystem {
            Some(subsystem) => write!(f, "{subsystem}")?,
            None => f.write_str("-")?,
        }
        self.serial.as_ref().map_or(Ok(()), |serial| write!(f, " {serial}"))
    }
}

/// A text is no identity.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no identity of a device: {0:?}")]
pub struct IdentityError(pub String);

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        parse(text).ok_or_else(|| IdentityError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Identity> {
    let mut words = text.trim().splitn(5, ' ');
    let address = PciAddress::parse(words.next()?.as_bytes())?;
    let mut way = words.next()?.split('/');
    let (domain, bus) = way.next()?.split_once(':')?;
    let root = (u32::from_str_radix(domain, 16).ok()?, u8::from_str_radix(bus, 16).ok()?);
    let step = |step: &str| {
        let (slot, function) = step.split_once('.')?;
        Some((u8::from_str_radix(slot, 16).ok()?, function.parse().ok()?))
    };
    let steps = way.map(step).collect::<Option<Vec<(u8, u8)>>>().filter(|steps| !steps.is_empty())?;
    let pair = |pair: &str| {
        let (first, second) = pair.split_once(':')?;
        Some((u16::from_str_radix(first, 16).ok()?, u16::from_str_radix(second, 16).ok()?))
    };
    let (vendor, device) = pair(words.next()?)?;
    let subsystem = match words.next()? {
        "-" => None,
        board => pair(board)
            .map(|(vendor, device)| SubsystemId { vendor: VendorId(vendor), device: DeviceId(device) })
            .map(Some)?,
    };
    let serial = words.next().map(str::to_owned);
    Some(Identity {
        address,
        way: Way { root, steps },
        id: (VendorId(vendor), DeviceId(device)),
        subsystem,
        serial,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;
    use crate::source::Source;

    /// Cards by address and way below `/sys/devices`, with their device ids.
    fn host(cards: &[(&str, &str, &str)]) -> Host {
        let mut builder = MachineBuilder::default();
        for (address, above, device) in cards {
            let place = format!("devices/pci0000:00/{above}{address}");
            builder.link(&format!("/sys/bus/pci/devices/{address}"), format!("../../../{place}"));
            builder.file(
                &format!("/sys/{place}/uevent"),
                format!("PCI_CLASS=30000\nPCI_ID=10DE:{device}\nPCI_SUBSYS_ID=1458:404C\nPCI_SLOT_NAME={address}\n"),
            );
            for bridge in above.split('/').filter(|bridge| !bridge.is_empty()) {
                builder.link(
                    &format!("/sys/bus/pci/devices/{bridge}"),
                    format!("../../../devices/pci0000:00/{bridge}"),
                );
            }
        }
        Host::scan(&Source::machine(&builder.build()))
    }

    fn chosen(host: &Host, address: &str) -> Identity {
        Identity::of(host, None, address.parse().unwrap()).unwrap()
    }

    const FIRST: (&str, &str, &str) = ("0000:01:00.0", "0000:00:01.0/", "2484");

    #[test]
    fn a_card_is_found_again_when_buses_are_renumbered() {
        let before = host(&[FIRST]);
        let card = chosen(&before, FIRST.0);
        assert_eq!(card.way.to_string(), "0000:00/01.0/00.0");
        assert_eq!(card.compare(&before, None), Comparison::Same);
        let renumbered =
            host(&[("0000:01:00.0", "0000:00:00.1/", "1111"), ("0000:02:00.0", "0000:00:01.0/", "2484")]);
        assert_eq!(card.compare(&renumbered, None), Comparison::Moved { to: "02:00.0".parse().unwrap() });
        assert_eq!(
            card.compare(&host(&[("0000:01:00.0", "0000:00:01.0/", "1111")]), None),
            Comparison::Replaced
        );
        assert_eq!(card.compare(&host(&[]), None), Comparison::Gone);
    }

    #[test]
    fn twins_are_told_by_their_way() {
        let twin = ("0000:02:00.0", "0000:00:02.0/", "2484");
        let card = chosen(&host(&[FIRST, twin]), FIRST.0);
        assert_eq!(card.compare(&host(&[FIRST, twin]), None), Comparison::Same);
        // A third device renumbers: the twin is at its address now.
        let swapped =
            host(&[("0000:01:00.0", "0000:00:02.0/", "2484"), ("0000:02:00.0", "0000:00:01.0/", "2484")]);
        assert_eq!(card.compare(&swapped, None), Comparison::Moved { to: "02:00.0".parse().unwrap() });
        let elsewhere =
            host(&[("0000:01:00.0", "0000:00:03.0/", "2484"), ("0000:02:00.0", "0000:00:04.0/", "2484")]);
        let candidates = vec!["01:00.0".parse().unwrap(), "02:00.0".parse().unwrap()];
        assert_eq!(card.compare(&elsewhere, None), Comparison::Unclear { candidates });
    }

    #[test]
    fn what_cannot_be_read_is_not_replaced() {
        let card = chosen(&host(&[FIRST]), FIRST.0);
        let mut unknown = host(&[FIRST]);
        unknown.functions[0].vendor =
            Reading::unreadable("/sys/x", crate::source::SourceErrorKind::NoPermission);
        unknown.functions.iter_mut().for_each(|function| function.device = Reading::Absent);
        assert_eq!(card.compare(&unknown, None), Comparison::Unknown);
        assert_eq!(Identity::of(&unknown, None, card.address), None);
    }

    #[test]
    fn a_text_leads_back() {
        let mut card = chosen(&host(&[FIRST]), FIRST.0);
        for serial in [None, Some("a b c".to_owned())] {
            card.serial = serial;
            assert_eq!(card.to_string().parse(), Ok(card.clone()));
        }
        card.subsystem = None;
        assert_eq!(card.to_string().parse(), Ok(card));
        for text in [
            "",
            "0000:01:00.0",
            "0000:01:00.0 0000:00 10de:2484 -",
            "x 0000:00/1.0 10de:2484 -",
            "0000:01:00.0 0000:00/01.0 10de -",
        ] {
            assert!(text.parse::<Identity>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_bridge_below_itself_ends() {
        let mut circle = host(&[FIRST]);
        for function in &mut circle.functions {
            function.parent =
                Some(if function.address.bus() == 1 { "00:01.0" } else { "01:00.0" }.parse().unwrap());
        }
        assert!(Way::of(&circle, &circle.functions[0]).steps.len() <= BRIDGES);
    }
}
