//! The addresses of a network, and whether this computer reaches others by them already.
//!
//! Of IPv4 alone, as libvirt ships its network, and as it checks itself before it starts one. Source: libvirt,
//! `docs/formatnetwork.rst` (ip) and `networkCheckRouteCollision` in `src/network/bridge_driver_linux.c`; kernel,
//! `fib_route_seq_show` in `net/ipv4/fib_trie.c`.

use std::fmt;
use std::net::Ipv4Addr;

use gangway_core::source::Source;
use roxmltree::{Document, Node};

use super::{DEFAULT, NetworkError};

const ROUTES: &str = "/proc/net/route";

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    /// The first of them.
    address: u32,
    /// How many bits they share.
    bits: u32,
}

impl Subnet {
    fn new(address: u32, bits: u32) -> Option<Self> {
        let mask = mask(bits)?;
        Some(Self { address: address & mask, bits })
    }

    /// Whether an address is in both.
    fn overlaps(self, other: Self) -> bool {
        let shared = mask(self.bits.min(other.bits)).unwrap_or(0);
        self.address & shared == other.address & shared
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.address), self.bits)
    }
}

fn mask(bits: u32) -> Option<u32> {
    match bits {
        0 => Some(0),
        1..=32 => Some(u32::MAX << (32 - bits)),
        _ => None,
    }
}

/// Refuses a definition whose addresses this computer reaches others by.
pub(super) fn check(xml: &str, path: &str, source: &Source) -> Result<(), NetworkError> {
    let unknown = || NetworkError::NotUnderstood { path: path.to_owned() };
    let (subnets, bridge) = of_definition(xml).ok_or_else(unknown)?;
    // Where it cannot be told, libvirt itself looks before it starts the network.
    let routes = source.read_text(ROUTES).unwrap_or_default();
    for (route, interface) in routes.lines().skip(1).filter_map(of_route) {
        if let Some(subnet) = subnets.iter().find(|subnet| subnet.overlaps(route))
            && Some(interface) != bridge.as_deref()
        {
            return Err(NetworkError::Overlap { subnet: *subnet, route, interface: interface.to_owned() });
        }
    }
    Ok(())
}

/// The addresses of a definition, and its bridge; none where it is none of a network with our name.
fn of_definition(xml: &str) -> Option<(Vec<Subnet>, Option<String>)> {
    let document = Document::parse(xml).ok()?;
    let root = document.root_element();
    let child = |name: &'static str| root.children().filter(move |node| node.has_tag_name(name));
    if !root.has_tag_name("network") || child("name").next()?.text()?.trim() != DEFAULT {
        return None;
    }
    let of_four = |node: &Node<'_, '_>| node.attribute("family").is_none_or(|family| family == "ipv4");
    let subnets = child("ip").filter(of_four).map(|node| of_element(&node)).collect::<Option<_>>()?;
    let bridge = child("bridge").next().and_then(|node| node.attribute("name"));
    Some((subnets, bridge.map(str::to_owned)))
}

fn of_element(ip: &Node<'_, '_>) -> Option<Subnet> {
    let address: Ipv4Addr = ip.attribute("address")?.parse().ok()?;
    let bits = match (ip.attribute("prefix"), ip.attribute("netmask")) {
        (Some(prefix), _) => prefix.parse().ok()?,
        (None, Some(netmask)) => u32::from(netmask.parse::<Ipv4Addr>().ok()?).leading_ones(),
        // That of the old classes, as libvirt has it.
        (None, None) => match address.octets() {
            [0..=127, ..] => 8,
            [128..=191, ..] => 16,
            _ => 24,
        },
    };
    Subnet::new(address.into(), bits)
}

/// A line of the kernel's table; a default route leads to no addresses of its own.
fn of_route(line: &str) -> Option<(Subnet, &str)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let number = |index: usize| u32::from_str_radix(fields.get(index)?, 16).ok().map(u32::from_be);
    let bits = number(7)?.leading_ones();
    (bits > 0).then(|| Some((Subnet::new(number(1)?, bits)?, *fields.first()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_definition() {
        let of = |inside: &str| of_definition(&format!("<network><name>default</name>{inside}</network>"));
        let shown = |inside: &str| of(inside).map(|(subnets, _)| subnets[0].to_string());
        let full = "<bridge name='virbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'/>";
        assert_eq!(shown(full).as_deref(), Some("192.168.122.0/24"));
        assert_eq!(of(full).unwrap().1.as_deref(), Some("virbr0"));
        assert_eq!(shown("<ip address='10.1.2.3' prefix='12'/>").as_deref(), Some("10.0.0.0/12"));
        assert_eq!(shown("<ip address='172.16.0.1'/>").as_deref(), Some("172.16.0.0/16"));
        assert_eq!(of("<ip family='ipv6' address='fd00::1' prefix='64'/>").unwrap().0, []);
        assert_eq!(of("<ip address='nonsense'/>"), None);
        assert_eq!(of("<ip address='10.0.0.1' prefix='33'/>"), None);
        assert_eq!(of_definition("<network><name>other</name></network>"), None);
        assert_eq!(of_definition("<domain/>"), None);
    }

    #[test]
    fn lines_of_the_kernels_table() {
        let of = |line| of_route(line).map(|(subnet, interface)| (subnet.to_string(), interface));
        let lan = "wlan0 007AA8C0 00000000 0001 0 0 600 00FFFFFF 0 0 0";
        assert_eq!(of(lan), Some(("192.168.122.0/24".to_owned(), "wlan0")));
        assert_eq!(of("br0 00000000 0102A8C0 0003 0 0 100 00000000 0 0 0"), None, "a default route");
        assert_eq!(of("eth0 x"), None);
    }

    #[test]
    fn what_shares_an_address_overlaps() {
        let subnet = |address: [u8; 4], bits| Subnet::new(u32::from_be_bytes(address), bits).unwrap();
        let ours = subnet([192, 168, 122, 0], 24);
        assert!(ours.overlaps(subnet([192, 168, 0, 0], 16)) && subnet([192, 168, 0, 0], 16).overlaps(ours));
        assert!(ours.overlaps(subnet([192, 168, 122, 128], 25)));
        assert!(!ours.overlaps(subnet([192, 168, 123, 0], 24)));
    }
}
