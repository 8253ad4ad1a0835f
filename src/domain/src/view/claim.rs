//! The host's PCI devices that a definition claims: `<hostdev>`, `<interface type='hostdev'>`, NVMe disks.

use gangway_core::pci::PciAddress;
use roxmltree::Node;

use super::address::{guest_address, source_address};
use super::controller::alias_of;
use super::{GuestAddress, Switch};
use crate::document::{Document, child, is};

/// A PCI device of the host that the definition hands to the virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PciHostDevice {
    /// Its address on the host.
    pub source: PciAddress,
    /// Its address in the virtual machine; `None` where libvirt has not placed it.
    pub guest: Option<GuestAddress>,
    /// The kind of element that claims it.
    pub kind: ClaimKind,
    /// Who detaches it from the host.
    pub managed: Managed,
    /// Its ROM settings, where there are any.
    pub rom: Option<Rom>,
    /// Its alias; only those that begin with `ua-` last.
    pub alias: Option<String>,
}

/// The kind of element that claims a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimKind {
    /// `<hostdev mode='subsystem' type='pci'>`.
    Hostdev,
    /// `<interface type='hostdev'>`: a network function with a MAC address of the definition's.
    Interface,
    /// `<disk type='nvme'>`: the controller is taken from the host, the guest sees a disk.
    NvmeDisk,
}

/// Who detaches a device from its host driver: the attribute `managed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Managed {
    /// libvirt does, when the machine starts.
    Yes,
    /// Nobody: it must be bound to a VFIO driver before. Also where the attribute is absent.
    No,
    /// Another value, as it stands.
    Other(String),
}

/// `<rom>`: the device's option ROM in the virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rom {
    /// The file that replaces the card's own ROM.
    pub file: Option<String>,
    /// Whether the guest sees the ROM.
    pub bar: Option<Switch>,
    /// Whether a ROM is loaded at all.
    pub enabled: Option<Switch>,
}

impl Document {
    /// Every PCI device of the host that the definition claims, in document order.
    pub fn pci_hostdevs(&self) -> Vec<PciHostDevice> {
        claims(self).filter_map(|(kind, device)| view(kind, device)).collect()
    }

    /// Claims whose address on the host cannot be read, as they stand in the text.
    ///
    /// libvirt refuses such a definition; nobody can say which device is meant.
    pub fn unreadable_hostdevs(&self) -> Vec<&str> {
        claims(self)
            .filter(|(_, device)| source_address(*device).is_none())
            .filter_map(|(_, device)| self.text().get(device.range()))
            .collect()
    }
}

/// The elements that claim a PCI device of the host.
pub(crate) fn claims(document: &Document) -> impl Iterator<Item = (ClaimKind, Node<'_, '_>)> {
    document.devices().filter_map(|device| Some((kind(device)?, device)))
}

fn kind(device: Node<'_, '_>) -> Option<ClaimKind> {
    let kind = device.attribute("type");
    if is(device, "hostdev") {
        let subsystem = device.attribute("mode").is_none_or(|mode| mode == "subsystem");
        return (subsystem && kind == Some("pci")).then_some(ClaimKind::Hostdev);
    }
    if is(device, "interface") {
        return (kind == Some("hostdev")).then_some(ClaimKind::Interface);
    }
    (is(device, "disk") && kind == Some("nvme")).then_some(ClaimKind::NvmeDisk)
}

fn view(kind: ClaimKind, device: Node<'_, '_>) -> Option<PciHostDevice> {
    let managed = match kind {
        ClaimKind::NvmeDisk => child(device, "source").and_then(|source| source.attribute("managed")),
        ClaimKind::Hostdev | ClaimKind::Interface => device.attribute("managed"),
    };
    let switch = |rom: Node<'_, '_>, name| rom.attribute(name).map(Switch::of);
    Some(PciHostDevice {
        source: source_address(device)?,
        guest: guest_address(device).map(|(guest, _)| guest),
        kind,
        managed: match managed {
            Some("yes") => Managed::Yes,
            Some("no") | None => Managed::No,
            Some(other) => Managed::Other(other.to_owned()),
        },
        rom: child(device, "rom").map(|rom| Rom {
            file: rom.attribute("file").map(str::to_owned),
            bar: switch(rom, "bar"),
            enabled: switch(rom, "enabled"),
        }),
        alias: alias_of(device).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(devices: &str) -> Document {
        Document::parse(format!("<domain><devices>{devices}</devices></domain>")).unwrap()
    }

    fn sources(devices: &str) -> Vec<String> {
        of(devices).pci_hostdevs().iter().map(|device| device.source.to_string()).collect()
    }

    #[test]
    fn every_property_of_a_hostdev() {
        let found = of("<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/>\
            <source><address domain='0x0001' bus='0x01' slot='0x1f' function='0x7'/></source>\
            <alias name='ua-card'/><rom bar='off' file='/a &amp; b.rom' enabled='maybe'/>\
            <address type='pci' domain='0x0000' bus='0x05' slot='0x02' function='0x3'/></hostdev>")
        .pci_hostdevs();
        let expected = PciHostDevice {
            source: PciAddress::new(1, 1, 0x1f, 7).unwrap(),
            guest: Some(GuestAddress { domain: 0, bus: 5, slot: 2, function: 3 }),
            kind: ClaimKind::Hostdev,
            managed: Managed::Yes,
            rom: Some(Rom {
                file: Some("/a & b.rom".into()),
                bar: Some(Switch::Off),
                enabled: Some(Switch::Other("maybe".into())),
            }),
            alias: Some("ua-card".into()),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn addresses_in_every_spelling() {
        let hostdev =
            |address| format!("<hostdev type='pci'><source><address {address}/></source></hostdev>");
        assert_eq!(sources(&hostdev("domain='0' bus='10' slot='0' function='1'")), ["0000:0a:00.1"]);
        assert_eq!(sources(&hostdev("bus='0x0A' slot=\"0x00\"")), ["0000:0a:00.0"]);
        assert_eq!(sources(&hostdev("type='pci' domain='0x10000' bus='0xe1'")), ["10000:e1:00.0"]);
        assert_eq!(sources(&hostdev("")), ["0000:00:00.0"]);
    }

    #[test]
    fn interfaces_and_nvme_disks_are_claims_too() {
        let document = of(
            "<interface type='hostdev' managed='no'><source><address type='pci' bus='6'/></source></interface>\
            <disk type='nvme'><source type='pci' managed='yes' namespace='1'><address bus='7'/></source></disk>\
            <disk type='file'/><interface type='network'/>",
        );
        let kinds: Vec<_> =
            document.pci_hostdevs().into_iter().map(|device| (device.kind, device.managed)).collect();
        assert_eq!(kinds, [(ClaimKind::Interface, Managed::No), (ClaimKind::NvmeDisk, Managed::Yes)]);
    }

    #[test]
    fn other_hostdevs_are_none_of_ours() {
        let others = "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='4'/></source></hostdev>\
            <hostdev mode='capabilities' type='pci'><source><address bus='1'/></source></hostdev>\
            <hostdev mode='subsystem' type='mdev'><source><address uuid='x'/></source></hostdev>";
        assert_eq!(of(others).pci_hostdevs(), []);
    }

    #[test]
    fn an_address_that_cannot_be_read_is_not_lost() {
        let document =
            of("<hostdev type='pci'><source><address bus='0x1ff'/></source></hostdev><hostdev type='pci'/>");
        assert_eq!(document.pci_hostdevs(), []);
        assert_eq!(document.unreadable_hostdevs().len(), 2);
    }

    #[test]
    fn a_guest_address_without_numbers_is_no_place() {
        for address in
            ["<address type='pci'/>", "<address type='unassigned'/>", "<address type='pci' bus='x'/>", ""]
        {
            let hostdev =
                format!("<hostdev type='pci'><source><address bus='1'/></source>{address}</hostdev>");
            assert_eq!(of(&hostdev).pci_hostdevs()[0].guest, None, "{address}");
        }
    }

    #[test]
    fn managed_values_are_carried_through() {
        let document =
            of("<hostdev type='pci' managed='perhaps'><source><address bus='1'/></source></hostdev>");
        assert_eq!(document.pci_hostdevs()[0].managed, Managed::Other("perhaps".into()));
    }
}
