//! Who holds a device now, and what the host loses without it.
//!
//! Values only, made of what was read; `gangway_client::text::uses` makes the sentences. What virtual machines claim is
//! handed in, since this crate knows no libvirt.

use std::collections::BTreeSet;

use super::Devices;
use super::network::InterfaceKind;
use super::process::Node;
use super::storage::{BlockKind, Ground, Layer, Mount, Role};
use super::usb::{InputKind, UsbKind};
use crate::host::{Connector, ConnectorStatus, Host};
use crate::pci::{DeviceKind, PciAddress};

/// A function with one use of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Used {
    /// The function.
    pub address: PciAddress,
    /// The use.
    pub by: Use,
}

/// A use of a function. `only` says that nothing else is left for it once the functions asked about are gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// A mounted file system is on it.
    Mounted {
        /// Where that is mounted.
        path: String,
        /// What it is to the host.
        role: Role,
        /// What lies between.
        layers: BTreeSet<Layer>,
    },
    /// Swap space in use is on it.
    Swap,
    /// A volume is made of its disks, on which nothing is mounted.
    Volume {
        /// Its name.
        name: String,
        /// What it is.
        layer: Layer,
    },
    /// A default route goes through it.
    DefaultRoute {
        /// The interface.
        interface: String,
        /// Whether that is Wi-Fi.
        wireless: bool,
        /// Whether no other default route is left.
        only: bool,
    },
    /// A network interface that is up, through which no default route goes.
    Interface {
        /// Its name.
        name: String,
        /// The bridge or bond that it is a port of.
        master: Option<String>,
    },
    /// It shows the firmware's picture since the start.
    BootDisplay,
    /// The kernel shows the firmware's picture in its memory.
    FirmwarePicture {
        /// Who has the memory, in the kernel's word.
        holder: String,
    },
    /// A screen is connected to it.
    Screen {
        /// The connector.
        connector: String,
        /// What the screen calls itself.
        monitor: Option<String>,
        /// Whether no other screen is left.
        only: bool,
    },
    /// A keyboard.
    Keyboard {
        /// What it is called.
        name: String,
        /// Whether no other one is left.
        only: bool,
    },
    /// A mouse, touchpad or the like.
    Pointer {
        /// What it is called.
        name: String,
        /// Whether no other one is left.
        only: bool,
    },
    /// A Bluetooth adapter.
    Bluetooth {
        /// The kernel's name for it.
        name: String,
        /// Whether no other one is left.
        only: bool,
    },
    /// Another device on USB.
    UsbDevice {
        /// What it calls itself.
        name: String,
        /// What it is good for.
        kinds: BTreeSet<UsbKind>,
    },
    /// A sound card.
    Sound {
        /// What it is called.
        name: String,
        /// Whether it plays now, where that is known.
        playing: Option<bool>,
        /// Whether no other one with an output is left.
        only: bool,
    },
    /// A program has a node of it open.
    Program {
        /// Its number.
        process: u32,
        /// Its name.
        name: String,
    },
    /// A virtual machine has it, or would get it when it starts.
    VirtualMachine {
        /// Its name.
        name: String,
        /// Whether it runs.
        running: bool,
    },
}

/// How bad it is to lose something; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// The host stops, or does not start again.
    Host,
    /// Nobody at this computer can work with it any more, or reach it.
    Access,
    /// Something that is in use goes away.
    Use,
    /// Something is not there for a while, and nobody may notice.
    Little,
}

/// A device that a virtual machine has in its definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VmClaim {
    /// The virtual machine.
    pub vm: String,
    /// Whether it runs.
    pub running: bool,
    /// The device.
    pub device: Claimed,
}

/// What a virtual machine claims.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claimed {
    /// A PCI function.
    Function(PciAddress),
    /// A USB device, by the name of its port.
    UsbDevice(String),
}

impl Use {
    /// How bad it is to lose it.
    pub const fn loss(&self) -> Loss {
        match self {
            Self::Mounted { role: Role::System | Role::Boot, .. } => Loss::Host,
            Self::Swap => Loss::Host,
            Self::DefaultRoute { only: true, .. }
            | Self::Screen { only: true, .. }
            | Self::Keyboard { only: true, .. } => Loss::Access,
            Self::Mounted { .. }
            | Self::Volume { .. }
            | Self::DefaultRoute { .. }
            | Self::Screen { .. }
            | Self::Keyboard { .. }
            | Self::Pointer { .. }
            | Self::Program { .. }
            | Self::Sound { playing: Some(true), .. }
            | Self::VirtualMachine { running: true, .. } => Loss::Use,
            Self::Interface { .. }
            | Self::BootDisplay
            | Self::FirmwarePicture { .. }
            | Self::Bluetooth { .. }
            | Self::UsbDevice { .. }
            | Self::Sound { .. }
            | Self::VirtualMachine { .. } => Loss::Little,
        }
    }
}

/// The uses of these functions, as if all of them were to leave together; in order of address and use.
pub fn uses(host: &Host, devices: &Devices, vms: &[VmClaim], leaving: &[PciAddress]) -> Vec<Used> {
    let mut looking = Looking { host, devices, leaving, found: BTreeSet::new() };
    looking.storage();
    looking.network();
    looking.screens();
    looking.inputs();
    looking.usb();
    looking.sound();
    looking.programs();
    looking.machines(vms);
    looking.found.into_iter().collect()
}

struct Looking<'a> {
    host: &'a Host,
    devices: &'a Devices,
    leaving: &'a [PciAddress],
    found: BTreeSet<Used>,
}

impl Looking<'_> {
    fn leaves(&self, address: PciAddress) -> bool {
        self.leaving.contains(&address)
    }

    fn put(&mut self, address: PciAddress, by: Use) {
        if self.leaves(address) {
            self.found.insert(Used { address, by });
        }
    }

    fn storage(&mut self) {
        let devices = self.devices;
        let storage = &devices.storage;
        let mut used: BTreeSet<String> = BTreeSet::new();
        let on_each = |this: &mut Self, ground: &Ground, by: Use| {
            ground.controllers.iter().for_each(|address| this.put(*address, by.clone()));
        };
        for mount in &storage.mounts {
            let ground = storage.ground_of_mount(mount);
            used.extend(storage.passed(mount));
            let role = role(storage, mount);
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

    fn network(&mut self) {
        let devices = self.devices;
        let ways = devices.network.ways_out();
        // A route over what hangs on no known hardware, as of a VPN, is no way out by itself.
        let stays = ways.iter().any(|(_, hardware)| {
            hardware.iter().any(|interface| interface.function.is_none_or(|function| !self.leaves(function)))
        });
        let mut routed: BTreeSet<&str> = BTreeSet::new();
        for (route, hardware) in &ways {
            for interface in hardware {
                routed.insert(&interface.name);
                let Some(function) = interface.function else { continue };
                let wireless = interface.kind == InterfaceKind::Wireless;
                let by = Use::DefaultRoute { interface: route.interface.clone(), wireless, only: !stays };
                self.put(function, by);
            }
        }
        for interface in &devices.network.interfaces {
            let up = interface.state.known().is_some_and(|state| state == "up");
            if let Some(function) =
                interface.function.filter(|_| up && !routed.contains(interface.name.as_str()))
            {
                self.put(
                    function,
                    Use::Interface { name: interface.name.clone(), master: interface.master.clone() },
                );
            }
        }
    }

    fn screens(&mut self) {
        let host = self.host;
        let connected =
            |connector: &&Connector| connector.status.known() == Some(&ConnectorStatus::Connected);
        let leaving_cards: BTreeSet<PciAddress> = self
            .leaving
            .iter()
            .filter_map(|address| host.function(*address))
            .map(|function| function.card)
            .collect();
        let only =
            !host.connectors.iter().filter(connected).any(|other| !leaving_cards.contains(&other.card));
        let leaving = self.leaving.iter().filter_map(|address| host.function(*address));
        for function in leaving.filter(|function| function.kind() == DeviceKind::Graphics) {
            if function.boot_display.known() == Some(&true) {
                self.put(function.address, Use::BootDisplay);
            }
            let first = host.card_of(function.address).and_then(|card| {
                host.functions_of(card).find(|function| function.kind() == DeviceKind::Graphics)
            });
            if first.is_none_or(|first| first.address != function.address) {
                continue;
            }
            for connector in host.connectors_of(function.address).filter(connected) {
                let (name, monitor) = (connector.name.clone(), connector.monitor.clone());
                self.put(function.address, Use::Screen { connector: name, monitor, only });
            }
        }
        for (address, holder) in &self.devices.pictures.memory {
            self.put(*address, Use::FirmwarePicture { holder: holder.clone() });
        }
    }

    fn inputs(&mut self) {
        let usb = &self.devices.usb;
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
            found.extend(
                adapter
                    .function
                    .map(|function| (function, Use::Bluetooth { name: adapter.name.clone(), only })),
            );
        }
        found.into_iter().for_each(|(function, by)| self.put(function, by));
    }

    /// What hangs on USB and is not told as something else.
    fn usb(&mut self) {
        let devices = self.devices;
        let told = [UsbKind::Hub, UsbKind::Bluetooth];
        let by_table = [UsbKind::Keyboard, UsbKind::Pointer];
        for device in &devices.usb.devices {
            let has = |kinds: &[UsbKind]| kinds.iter().any(|kind| device.kinds.contains(kind));
            if has(&told) || (devices.usb.inputs_known && has(&by_table)) {
                continue;
            }
            if let Some(controller) = device.controller {
                self.put(controller, Use::UsbDevice { name: device.name(), kinds: device.kinds.clone() });
            }
        }
    }

    fn sound(&mut self) {
        let devices = self.devices;
        let stays = devices.sound.iter().any(|card| {
            !card.outputs.is_empty() && card.function.is_none_or(|function| !self.leaves(function))
        });
        for card in &devices.sound {
            if let Some(function) = card.function {
                let only = !stays && !card.outputs.is_empty();
                self.put(function, Use::Sound { name: card.name.clone(), playing: card.playing(), only });
            }
        }
    }

    fn programs(&mut self) {
        let (host, devices) = (self.host, self.devices);
        for holder in &devices.holders.holders {
            let functions: Vec<PciAddress> = match &holder.node {
                Node::Graphics => devices.holders.graphics.get(&holder.path).copied().into_iter().collect(),
                Node::NvidiaControl => {
                    let own = |driver: &crate::pci::DriverName| driver.as_str() == "nvidia";
                    let all =
                        host.functions.iter().filter(|function| function.driver.known().is_some_and(own));
                    all.map(|function| function.address).collect()
                }
                Node::Sound(number) => devices
                    .sound
                    .iter()
                    .filter(|card| card.number == *number)
                    .filter_map(|card| card.function)
                    .collect(),
                Node::Usb(bus, number) => {
                    let same = |device: &&super::usb::UsbDevice| {
                        device.bus == *bus && device.number == Some(*number)
                    };
                    devices
                        .usb
                        .devices
                        .iter()
                        .find(same)
                        .and_then(|device| device.controller)
                        .into_iter()
                        .collect()
                }
                Node::Group(group) => {
                    host.group(*group).map(|group| group.functions.clone()).unwrap_or_default()
                }
                Node::Block(name) => devices.storage.ground(name).controllers.into_iter().collect(),
            };
            for function in functions {
                self.put(function, Use::Program { process: holder.process, name: holder.name.clone() });
            }
        }
    }

    fn machines(&mut self, vms: &[VmClaim]) {
        for claim in vms {
            let function = match &claim.device {
                Claimed::Function(address) => Some(*address),
                Claimed::UsbDevice(port) => {
                    self.devices.usb.device(port).and_then(|device| device.controller)
                }
            };
            if let Some(function) = function {
                self.put(function, Use::VirtualMachine { name: claim.vm.clone(), running: claim.running });
            }
        }
    }
}

/// What a mount is to the host: the partition with the boot loaders may be mounted anywhere.
fn role(storage: &super::Storage, mount: &Mount) -> Role {
    let efi = storage.passed(mount).iter().any(|name| {
        storage.block(name).and_then(|block| block.content.known()).is_some_and(|content| content.efi_system)
    });
    if efi { Role::Boot } else { mount.role() }
}

#[cfg(test)]
mod tests;
