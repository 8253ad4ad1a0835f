//! Tests of the whole flow over small hosts made by hand and the hypervisor in memory.

mod chosen;
mod flow;
mod put_back;
mod rules;

use gangway_core::host::{
    Card, Claim, ClaimKind, Connector, ConnectorStatus, Function, Group, GroupId, Host, IommuState, Isolation,
};
use gangway_core::pci::{DeviceId, DriverName, PciAddress, PciClass, SubsystemId, VendorId};
use gangway_core::reading::Reading;

pub(super) const VGA: u32 = 0x03_0000;
pub(super) const THREE_D: u32 = 0x03_0200;
pub(super) const AUDIO: u32 = 0x04_0300;
pub(super) const USB: u32 = 0x0c_0330;
pub(super) const NVME: u32 = 0x01_0802;
pub(super) const NETWORK: u32 = 0x02_0000;
pub(super) const PORT: u32 = 0x06_0400;
pub(super) const ISA: u32 = 0x06_0100;

pub(super) fn at(text: &str) -> PciAddress {
    text.parse().unwrap()
}

/// A host under construction; groups and cards follow from the functions.
#[derive(Default)]
pub(super) struct Machine {
    host: Host,
}

impl Machine {
    pub(super) fn new() -> Self {
        let host = Host { iommu: IommuState::On { groups: 20 }, ..Host::default() };
        Self { host }
    }

    pub(super) fn function(mut self, address: &str, class: u32, group: u32, driver: &str) -> Self {
        let address = at(address);
        self.host.functions.push(Function {
            class: Reading::Known(PciClass::new(class).unwrap()),
            vendor: Reading::Known(VendorId(0x10de)),
            device: Reading::Known(DeviceId(0x2484)),
            subsystem: Reading::Known(SubsystemId { vendor: VendorId(0), device: DeviceId(0) }),
            revision: Reading::Known(0xa1),
            driver: DriverName::new(driver).map_or(Reading::Absent, Reading::Known),
            group: Reading::Known(GroupId(group)),
            card: address.with_function(0).unwrap(),
            ..Function::unread(address)
        });
        self
    }

    /// Changes the function that was added last.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Function)) -> Self {
        change(self.host.functions.last_mut().unwrap());
        self
    }

    pub(super) fn screen(mut self, card: &str, name: &str, status: Reading<ConnectorStatus>) -> Self {
        let monitor = Some("Dell U2720Q".to_owned());
        self.host.connectors.push(Connector { name: name.into(), card: at(card), status, monitor });
        self
    }

    pub(super) fn claim(mut self, address: &str, kind: ClaimKind) -> Self {
        self.host.claims.push(Claim { address: at(address), kind });
        self
    }

    pub(super) fn no_groups(mut self, iommu: IommuState) -> Self {
        self.host.iommu = iommu;
        for function in &mut self.host.functions {
            function.group = Reading::Absent;
        }
        self
    }

    pub(super) fn build(self) -> Host {
        let mut host = self.host;
        host.functions.sort_by_key(|function| function.address);
        for function in &host.functions {
            match host.cards.iter_mut().find(|card| card.address == function.card) {
                Some(card) => card.functions.push(function.address),
                None => host.cards.push(Card { address: function.card, functions: vec![function.address] }),
            }
        }
        host.cards.sort_by_key(|card| card.address);
        let mut ids: Vec<GroupId> =
            host.functions.iter().filter_map(|function| function.group.known().copied()).collect();
        ids.sort();
        ids.dedup();
        host.groups = ids.into_iter().map(|id| group(&host, id)).collect();
        host
    }
}

fn group(host: &Host, id: GroupId) -> Group {
    let members: Vec<&Function> =
        host.functions.iter().filter(|function| function.group.known() == Some(&id)).collect();
    let needed = members.iter().find_map(|function| {
        let root_bridge = function.class.known()?.code() >> 8 <= 0x0601 && function.is_bridge();
        root_bridge.then_some((function.address, function.driver.known()?.clone()))
    });
    let mut cards: Vec<PciAddress> =
        members.iter().filter(|function| !function.is_bridge()).map(|function| function.card).collect();
    cards.dedup();
    let isolation = match needed {
        Some((address, driver)) => Isolation::HostBridgeWithDriver { address, driver },
        None if cards.len() > 1 => Isolation::Shared { cards },
        None => Isolation::Isolated,
    };
    Group {
        id,
        kind: Reading::Absent,
        functions: members.iter().map(|function| function.address).collect(),
        isolated: isolation == Isolation::Isolated,
        isolation,
    }
}

/// A desktop: two graphics cards, one of two functions behind a port, a shared group with a network card
/// and a USB controller, the system's disk.
pub(super) fn desktop() -> Machine {
    Machine::new()
        .function("00:01.0", PORT, 2, "pcieport")
        .function("01:00.0", VGA, 14, "nvidia")
        .function("01:00.1", AUDIO, 14, "snd_hda_intel")
        .function("02:00.0", NETWORK, 15, "r8169")
        .function("03:00.0", USB, 15, "xhci_hcd")
        .function("05:00.0", NVME, 16, "nvme")
        .function("06:00.0", VGA, 17, "amdgpu")
        .with(|function| function.boot_display = Reading::Known(true))
        .screen("06:00.0", "DP-1", Reading::Known(ConnectorStatus::Connected))
        .screen("01:00.0", "HDMI-A-1", Reading::Known(ConnectorStatus::Disconnected))
        .claim("05:00.0", ClaimKind::Mounted { path: "/".into() })
        .claim("02:00.0", ClaimKind::DefaultRoute { interface: "enp2s0".into() })
}
