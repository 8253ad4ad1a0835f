//! Finding uses: those that a function has by itself once for a whole computer, the others for what is to leave.

use std::collections::{BTreeMap, BTreeSet};

use super::{Claimed, Devices, Use, Used, VmClaim};
use crate::devices::network::{DefaultRoute, Interface, InterfaceKind};
use crate::devices::process::Node;
use crate::devices::storage::{BlockKind, Ground, Mount, Role, Storage};
use crate::devices::usb::{InputKind, UsbDevice, UsbKind};
use crate::host::{Connector, ConnectorStatus, Host};
use crate::pci::{DeviceKind, DriverName, PciAddress};

/// Finds the uses of functions. What does not depend on what leaves is found once: who asks about many functions asks
/// one finder.
#[derive(Debug)]
pub struct Finder<'a> {
    host: &'a Host,
    devices: &'a Devices,
    /// The uses that are the same whatever else leaves.
    own: BTreeMap<PciAddress, BTreeSet<Use>>,
    /// The default routes with the hardware that they go through.
    ways: Vec<(&'a DefaultRoute, Vec<&'a Interface>)>,
    /// The connectors with a screen.
    screens: Vec<&'a Connector>,
}

impl<'a> Finder<'a> {
    /// Looks at a computer.
    pub fn new(host: &'a Host, devices: &'a Devices) -> Self {
        let connected =
            |connector: &&Connector| connector.status.known() == Some(&ConnectorStatus::Connected);
        let mut finder = Self {
            host,
            devices,
            own: BTreeMap::new(),
            ways: devices.network.ways_out(),
            screens: host.connectors.iter().filter(connected).collect(),
        };
        finder.storage();
        finder.interfaces();
        finder.pictures();
        finder.usb();
        finder.programs();
        finder
    }

    /// The uses of these functions, as if all of them were to leave together; in order of address and use.
    pub fn uses(&self, vms: &[VmClaim], leaving: &[PciAddress]) -> Vec<Used> {
        let own = |address: &PciAddress| {
            let uses = self.own.get(address).into_iter().flatten();
            let address = *address;
            uses.map(move |by| Used { address, by: by.clone() })
        };
        let found = leaving.iter().flat_map(own).collect();
        let mut together = Together { finder: self, leaving, found };
        together.routes();
        together.screens();
        together.inputs();
        together.sound();
        together.machines(vms);
        together.found.into_iter().collect()
    }

    fn put(&mut self, address: PciAddress, by: Use) {
        self.own.entry(address).or_default().insert(by);
    }

    fn storage(&mut self) {
        let storage = &self.devices.storage;
        let mut used: BTreeSet<String> = BTreeSet::new();
        let on_each = |this: &mut Self, ground: &Ground, by: Use| {
            ground.controllers.iter().for_each(|address| this.put(*address, by.clone()));
        };
        for mount in &storage.mounts {
            let ground = storage.ground_of_mount(mount);
            let passed = storage.passed(mount);
            let role = role(storage, mount, &passed);
            used.extend(passed);
            let by = Use::Mounted { path: mount.path.clone(), role, layers: ground.layers.clone() };
            on_each(self, &ground, by);
        }
        for swap in &storage.swaps {
            let ground = storage.ground_of_swap(swap);
            used.extend(swap.path.strip_prefix("/dev/").map(str::to_owned));
            on_each(self, &ground, Use::Swap);
        }
        for block in storage.tops().filter(|block| !used.contains(&block.name)) {
            if let BlockKind::Made(layer) = block.kind {
                let name = block.mapped.clone().unwrap_or_else(|| block.name.clone());
                on_each(self, &storage.ground(&block.name), Use::Volume { name, layer });
            }
        }
    }

    /// Interfaces that are up, through which no default route goes.
    fn interfaces(&mut self) {
        let hardware = self.ways.iter().flat_map(|(_, hardware)| hardware);
        let routed: BTreeSet<&str> = hardware.map(|interface| interface.name.as_str()).collect();
        for interface in &self.devices.network.interfaces {
            let up = interface.state.known().is_some_and(|state| state == "up");
            if let Some(function) =
                interface.function.filter(|_| up && !routed.contains(interface.name.as_str()))
            {
                let (name, master) = (interface.name.clone(), interface.master.clone());
                self.put(function, Use::Interface { name, master });
            }
        }
    }

    fn pictures(&mut self) {
        for (address, holder) in &self.devices.pictures.memory {
            self.put(*address, Use::FirmwarePicture { holder: holder.clone() });
        }
    }

    /// What hangs on USB and is not told as something else.
    fn usb(&mut self) {
        let told = [UsbKind::Hub, UsbKind::Bluetooth];
        let by_table = [UsbKind::Keyboard, UsbKind::Pointer];
        for device in &self.devices.usb.devices {
            let has = |kinds: &[UsbKind]| kinds.iter().any(|kind| device.kinds.contains(kind));
            if has(&told) || (self.devices.usb.inputs_known && has(&by_table)) {
                continue;
            }
            if let Some(controller) = device.controller {
                self.put(controller, Use::UsbDevice { name: device.name(), kinds: device.kinds.clone() });
            }
        }
    }

    fn programs(&mut self) {
        for holder in &self.devices.holders.holders {
            for function in self.held(&holder.node, &holder.path) {
                self.put(function, Use::Program { process: holder.process, name: holder.name.clone() });
            }
        }
    }

    /// The functions that a node belongs to.
    fn held(&self, node: &Node, path: &str) -> Vec<PciAddress> {
        let (host, devices) = (self.host, self.devices);
        match node {
            Node::Graphics | Node::Function => {
                devices.holders.graphics.get(path).copied().into_iter().collect()
            }
            Node::NvidiaControl => {
                let own = |driver: &DriverName| driver.as_str() == "nvidia";
                let all = host.functions.iter().filter(|function| function.driver.known().is_some_and(own));
                all.map(|function| function.address).collect()
            }
            Node::Sound(number) => devices
                .sound
                .iter()
                .filter(|card| card.number == *number)
                .filter_map(|card| card.function)
                .collect(),
            Node::Usb(bus, number) => {
                let same = |device: &&UsbDevice| device.bus == *bus && device.number == Some(*number);
                let device = devices.usb.devices.iter().find(same);
                device.and_then(|device| device.controller).into_iter().collect()
            }
            Node::Group(group) => host.group(*group).map(|group| group.functions.clone()).unwrap_or_default(),
            Node::Block(name) => devices.storage.ground(name).controllers.into_iter().collect(),
        }
    }
}

/// The uses that depend on what else leaves.
struct Together<'a> {
    finder: &'a Finder<'a>,
    leaving: &'a [PciAddress],
    found: BTreeSet<Used>,
}

impl Together<'_> {
    fn leaves(&self, address: PciAddress) -> bool {
        self.leaving.contains(&address)
    }

    fn put(&mut self, address: PciAddress, by: Use) {
        if self.leaves(address) {
            self.found.insert(Used { address, by });
        }
    }

    fn routes(&mut self) {
        let finder = self.finder;
        // A route over what hangs on no known hardware, as of a VPN, is no way out by itself.
        let stays = finder.ways.iter().any(|(_, hardware)| {
            hardware.iter().any(|interface| interface.function.is_none_or(|function| !self.leaves(function)))
        });
        for (route, hardware) in &finder.ways {
            for interface in hardware {
                let Some(function) = interface.function else { continue };
                let wireless = interface.kind == InterfaceKind::Wireless;
                let by = Use::DefaultRoute { interface: route.interface.clone(), wireless, only: !stays };
                self.put(function, by);
            }
        }
    }

    fn screens(&mut self) {
        let finder = self.finder;
        let host = finder.host;
        let leaving: Vec<_> = self.leaving.iter().filter_map(|address| host.function(*address)).collect();
        let cards: BTreeSet<PciAddress> = leaving.iter().map(|function| function.card).collect();
        let only = finder.screens.iter().all(|screen| cards.contains(&screen.card));
        for function in leaving.into_iter().filter(|function| function.kind() == DeviceKind::Graphics) {
            if function.boot_display.known() == Some(&true) {
                self.put(function.address, Use::BootDisplay);
            }
            let first = host.card_of(function.address).and_then(|card| {
                host.functions_of(card).find(|function| function.kind() == DeviceKind::Graphics)
            });
            if first.is_none_or(|first| first.address != function.address) {
                continue;
            }
            for screen in finder.screens.iter().filter(|screen| screen.card == function.card) {
                let (connector, monitor) = (screen.name.clone(), screen.monitor.clone());
                self.put(function.address, Use::Screen { connector, monitor, only });
            }
        }
    }

    fn inputs(&mut self) {
        let usb = &self.finder.devices.usb;
        let left = |kind: InputKind| {
            usb.inputs.iter().any(|input| input.kind == kind && !usb.goes_with(input, self.leaving))
        };
        let (keyboards_left, pointers_left) = (left(InputKind::Keyboard), left(InputKind::Pointer));
        let mut found = Vec::new();
        for input in usb.inputs.iter().filter(|input| usb.goes_with(input, self.leaving)) {
            let through = match input.function {
                Some(function) if !input.bluetooth => vec![function],
                _ => usb.bluetooth.iter().filter_map(|adapter| adapter.function).collect(),
            };
            let name = input.name.clone();
            let by = match input.kind {
                InputKind::Keyboard => Use::Keyboard { name, only: !keyboards_left },
                InputKind::Pointer => Use::Pointer { name, only: !pointers_left },
            };
            found.extend(through.into_iter().map(|function| (function, by.clone())));
        }
        let only = !usb.bluetooth.iter().any(|other| other.function.is_none_or(|other| !self.leaves(other)));
        for adapter in &usb.bluetooth {
            let by = |function| (function, Use::Bluetooth { name: adapter.name.clone(), only });
            found.extend(adapter.function.map(by));
        }
        found.into_iter().for_each(|(function, by)| self.put(function, by));
    }

    fn sound(&mut self) {
        let cards = &self.finder.devices.sound;
        let stays = cards.iter().any(|card| {
            !card.outputs.is_empty() && card.function.is_none_or(|function| !self.leaves(function))
        });
        for card in cards {
            if let Some(function) = card.function.filter(|function| self.leaves(*function)) {
                let only = !stays && !card.outputs.is_empty();
                self.put(function, Use::Sound { name: card.name.clone(), playing: card.playing(), only });
            }
        }
    }

    fn machines(&mut self, vms: &[VmClaim]) {
        for claim in vms {
            let function = match &claim.device {
                Claimed::Function(address) => Some(*address),
                Claimed::UsbDevice(port) => {
                    self.finder.devices.usb.device(port).and_then(|device| device.controller)
                }
            };
            if let Some(function) = function {
                self.put(function, Use::VirtualMachine { name: claim.vm.clone(), running: claim.running });
            }
        }
    }
}

/// What a mount on these block devices is to the host: the partition with the boot loaders may be mounted anywhere.
pub(super) fn role(storage: &Storage, mount: &Mount, passed: &BTreeSet<String>) -> Role {
    let efi = passed.iter().any(|name| {
        storage.block(name).and_then(|block| block.content.known()).is_some_and(|content| content.efi_system)
    });
    if efi { Role::Boot } else { mount.role() }
}
