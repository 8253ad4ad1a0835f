//! The network: interfaces with what they hang on, bridges with their ports, and the default routes.
//!
//! Addresses, names of wireless networks and servers are nobody's business and not read. Sources: kernel,
//! `Documentation/ABI/testing/sysfs-class-net`, `DEVTYPE` of the drivers' uevents (`net/core/net-sysfs.c`),
//! `include/uapi/linux/if_arp.h`.

pub mod routes;

use std::collections::BTreeSet;

use super::storage::usb_device;
use crate::host::attribute;
use crate::host::claim::{NET, ROUTES, ROUTES_6};
use crate::pci::PciAddress;
use crate::reading::{Reading, Trouble};
use crate::source::{Folder, Source};
pub use routes::DefaultRoute;

/// The kind of hardware that a loopback interface says it is.
const LOOPBACK: u32 = 772;
/// The kind of Ethernet and of what behaves like it.
const ETHERNET: u32 = 1;

/// The network of a computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// The interfaces, in order of their names.
    pub interfaces: Vec<Interface>,
    /// The default routes, of IPv4 first.
    pub routes: Vec<DefaultRoute>,
    /// Whether both tables of routes could be read; without one of them nothing is said about the default route.
    pub routes_known: bool,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: InterfaceKind,
    /// The PCI function that it hangs on; that of the controller where it hangs on USB.
    pub function: Option<PciAddress>,
    /// The USB device that it hangs on, by the name of its port.
    pub usb: Option<String>,
    /// Its state, in the kernel's word: `up`, `down`, `dormant` …
    pub state: Reading<String>,
    /// The bridge or bond that it is a port of.
    pub master: Option<String>,
    /// The interfaces that it is made of.
    pub lower: Vec<String>,
}

/// What an interface is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceKind {
    /// A wired one.
    Wired,
    /// Wi-Fi.
    Wireless,
    /// A modem for mobile networks.
    Mobile,
    /// A bridge.
    Bridge,
    /// Several interfaces as one.
    Bond,
    /// A virtual LAN on another interface.
    Vlan,
    /// The host's end of a virtual machine's or a VPN's interface.
    Tap,
    /// The computer itself.
    Loopback,
    /// Anything else.
    Other,
}

impl Interface {
    /// Whether it is in use as far as the kernel tells: not down. An unknown state may be one.
    pub fn may_be_up(&self) -> bool {
        self.state.known().is_none_or(|state| state != "down" && state != "notpresent")
    }
}

impl Network {
    /// An interface by its name.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        let index = self.interfaces.binary_search_by(|other| other.name.as_str().cmp(name)).ok()?;
        self.interfaces.get(index)
    }

    /// The interfaces below one that hang on hardware, itself among them. What is made of itself is followed once.
    pub fn hardware_of(&self, name: &str) -> Vec<&Interface> {
        let mut seen = BTreeSet::new();
        let mut ahead = vec![name];
        let mut found = Vec::new();
        while let Some(name) = ahead.pop() {
            let Some(interface) = self.interface(name).filter(|_| seen.insert(name)) else { continue };
            if interface.function.is_some() || interface.usb.is_some() {
                found.push(interface);
            }
            ahead.extend(interface.lower.iter().map(String::as_str));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// The interfaces that the host's way out goes through, each with those of its hardware.
    pub fn ways_out(&self) -> Vec<(&DefaultRoute, Vec<&Interface>)> {
        self.routes.iter().map(|route| (route, self.hardware_of(&route.interface))).collect()
    }

    /// The bridges.
    pub fn bridges(&self) -> impl Iterator<Item = &Interface> {
        self.interfaces.iter().filter(|interface| interface.kind == InterfaceKind::Bridge)
    }
}

/// Reads the network of a machine.
pub(crate) fn read(source: &Source, problems: &mut Vec<Trouble>) -> Network {
    let before = problems.len();
    let mut routes = routes::parse_routes(&super::text(source, ROUTES, problems));
    routes.extend(routes::parse_routes_6(&super::text(source, ROUTES_6, problems)));
    let routes_known = problems.len() == before && source.exists(ROUTES);
    let mut interfaces = Vec::new();
    if let Some((folder, names)) = super::listing(source, NET, problems) {
        interfaces.extend(names.iter().filter_map(|name| interface(&folder, name)));
    }
    Network { interfaces, routes, routes_known }
}

fn interface(class: &Folder<'_>, name: &str) -> Option<Interface> {
    let mut room = [0; 1024];
    // A file such as `bonding_masters` is none.
    let way = class.link_into(name, &mut room).ok()?.to_vec();
    let folder = class.open(name).ok()?;
    let names = folder.list().unwrap_or_default();
    let names: Vec<&str> = names.iter().filter_map(|name| name.to_str()).collect();
    let mut room = [0; attribute::ROOM];
    let event = folder.read_into("uevent", &mut room).unwrap_or_default();
    let hardware = attribute::read(&folder, "type", attribute::number::<u32>).known().copied();
    let function = attribute::last_function(&way);
    Some(Interface {
        name: name.to_owned(),
        kind: kind(device_type(event), &names, hardware, function.is_some()),
        function,
        usb: usb_device(&way),
        state: attribute::read(&folder, "operstate", attribute::text),
        master: attribute::link(&folder, "master", attribute::text).known().cloned(),
        lower: names.iter().filter_map(|name| name.strip_prefix("lower_")).map(str::to_owned).collect(),
    })
}

/// The value of `DEVTYPE=` in a uevent.
fn device_type(event: &[u8]) -> &str {
    let line = event.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"DEVTYPE="));
    line.and_then(|value| str::from_utf8(value).ok()).unwrap_or_default()
}

fn kind(device_type: &str, names: &[&str], hardware: Option<u32>, real: bool) -> InterfaceKind {
    let has = |name: &str| names.contains(&name);
    match device_type {
        "bridge" => InterfaceKind::Bridge,
        "bond" => InterfaceKind::Bond,
        "vlan" => InterfaceKind::Vlan,
        "wlan" => InterfaceKind::Wireless,
        "wwan" => InterfaceKind::Mobile,
        _ if has("bridge") => InterfaceKind::Bridge,
        _ if has("wireless") || has("phy80211") => InterfaceKind::Wireless,
        _ if has("bonding") => InterfaceKind::Bond,
        _ if has("tun_flags") => InterfaceKind::Tap,
        _ if hardware == Some(LOOPBACK) => InterfaceKind::Loopback,
        _ if real && hardware.is_none_or(|kind| kind == ETHERNET) => InterfaceKind::Wired,
        _ => InterfaceKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    /// A bridge over a wired port with a machine's tap, a Wi-Fi card, and a bridge that is made of itself.
    fn machine() -> Source {
        let mut builder = MachineBuilder::default();
        let mut interface = |name: &str, place: &str, files: &[(&str, &str)]| {
            builder.link(&format!("/sys/class/net/{name}"), format!("../../devices/{place}/net/{name}"));
            for (file, text) in files {
                builder.file(&format!("/sys/devices/{place}/net/{name}/{file}"), *text);
            }
        };
        interface(
            "br0",
            "virtual",
            &[
                ("uevent", "DEVTYPE=bridge\n"),
                ("type", "1\n"),
                ("operstate", "up\n"),
                ("lower_lan", ""),
                ("lower_vnet0", ""),
            ],
        );
        interface("lan", "pci0000:00/0000:03:00.0", &[("type", "1\n"), ("operstate", "up\n")]);
        interface("vnet0", "virtual", &[("tun_flags", "0x1002\n"), ("type", "1\n")]);
        interface(
            "wl",
            "pci0000:00/0000:00:14.0/usb1/1-7/1-7:1.0",
            &[("uevent", "DEVTYPE=wlan\n"), ("operstate", "down\n")],
        );
        interface("ring", "virtual", &[("uevent", "DEVTYPE=bridge\n"), ("lower_ring", "")]);
        interface("lo", "virtual", &[("type", "772\n")]);
        builder.link("/sys/devices/pci0000:00/0000:03:00.0/net/lan/master", "../../../../virtual/net/br0");
        builder.file("/sys/class/net/bonding_masters", "\n");
        builder.file(
            ROUTES,
            "Iface\nbr0 00000000 0 0003 0 0 100 00000000 0 0 0\nring 00000000 0 0003 0 0 7 00000000 0 0 0\n",
        );
        Source::machine(&builder.build())
    }

    #[test]
    fn interfaces_are_what_they_are() {
        let mut problems = Vec::new();
        let network = read(&machine(), &mut problems);
        let told: Vec<(&str, InterfaceKind)> =
            network.interfaces.iter().map(|interface| (interface.name.as_str(), interface.kind)).collect();
        let expected = [
            ("br0", InterfaceKind::Bridge),
            ("lan", InterfaceKind::Wired),
            ("lo", InterfaceKind::Loopback),
            ("ring", InterfaceKind::Bridge),
            ("vnet0", InterfaceKind::Tap),
            ("wl", InterfaceKind::Wireless),
        ];
        assert_eq!(told, expected);
        assert_eq!(problems, []);
        let lan = network.interface("lan").unwrap();
        assert_eq!((lan.master.as_deref(), lan.function), (Some("br0"), "0000:03:00.0".parse().ok()));
        let wireless = network.interface("wl").unwrap();
        assert_eq!((wireless.usb.as_deref(), wireless.may_be_up()), (Some("1-7"), false));
        assert!(network.interface("lo").unwrap().may_be_up(), "an unknown state is not down");
    }

    #[test]
    fn the_way_out_is_followed_to_hardware() {
        let network = read(&machine(), &mut Vec::new());
        let ways: Vec<(&str, Vec<&str>)> = network
            .ways_out()
            .into_iter()
            .map(|(route, below)| (route.interface.as_str(), below.iter().map(|i| i.name.as_str()).collect()))
            .collect();
        assert_eq!(ways, [("br0", vec!["lan"]), ("ring", vec![])]);
        assert!(network.routes_known);
        assert!(!read(&Source::machine(&MachineBuilder::default().build()), &mut Vec::new()).routes_known);
    }
}
