//! Who uses one USB device, and what the host loses without it.
//!
//! The same uses as of functions, found by the name of the device's port; what is behind a hub counts as the hub's.

use std::collections::BTreeSet;

use super::find::role;
use super::{Claimed, Use, VmClaim};
use crate::devices::Devices;
use crate::devices::network::InterfaceKind;
use crate::devices::process::Node;
use crate::devices::storage::BlockKind;
use crate::devices::usb::{InputKind, UsbDevice};

/// The uses of the device at a port and of what is plugged into it, in order.
pub fn usb_uses(devices: &Devices, vms: &[VmClaim], port: &str) -> Vec<Use> {
    let leaves = |other: &str| is_at_or_behind(other, port);
    let mut found = BTreeSet::new();
    storage(devices, &leaves, &mut found);
    network(devices, &leaves, &mut found);
    inputs(devices, &leaves, &mut found);
    let sound_stays = devices
        .sound
        .iter()
        .any(|card| !card.outputs.is_empty() && !card.usb.as_deref().is_some_and(&leaves));
    for card in devices.sound.iter().filter(|card| card.usb.as_deref().is_some_and(&leaves)) {
        let only = !sound_stays && !card.outputs.is_empty();
        found.insert(Use::Sound { name: card.name.clone(), playing: card.playing(), only });
    }
    for holder in &devices.holders.holders {
        let held =
            match &holder.node {
                Node::Usb(bus, number) => devices.usb.devices.iter().any(|device| {
                    device.bus == *bus && device.number == Some(*number) && leaves(&device.port)
                }),
                Node::Sound(number) => devices
                    .sound
                    .iter()
                    .any(|card| card.number == *number && card.usb.as_deref().is_some_and(&leaves)),
                Node::Block(name) => devices.storage.ground(name).usb.iter().any(|port| leaves(port)),
                Node::Graphics | Node::NvidiaControl | Node::Group(_) | Node::Function => false,
            };
        if held {
            found.insert(Use::Program { process: holder.process, name: holder.name.clone() });
        }
    }
    for claim in vms {
        if matches!(&claim.device, Claimed::UsbDevice(port) if leaves(port)) {
            found.insert(Use::VirtualMachine { name: claim.vm.clone(), running: claim.running });
        }
    }
    found.extend(plugged_in(devices, port));
    found.into_iter().collect()
}

/// Whether a port is this one, or one of the hub that is plugged in there.
fn is_at_or_behind(port: &str, hub: &str) -> bool {
    port.strip_prefix(hub).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn storage(devices: &Devices, leaves: &impl Fn(&str) -> bool, found: &mut BTreeSet<Use>) {
    let storage = &devices.storage;
    let mut used: BTreeSet<String> = BTreeSet::new();
    for mount in &storage.mounts {
        let (ground, passed) = (storage.ground_of_mount(mount), storage.passed(mount));
        if ground.usb.iter().any(|port| leaves(port)) {
            found.insert(Use::Mounted {
                path: mount.path.clone(),
                role: role(storage, mount, &passed),
                layers: ground.layers,
            });
        }
        used.extend(passed);
    }
    for swap in &storage.swaps {
        used.extend(swap.path.strip_prefix("/dev/").map(str::to_owned));
        if storage.ground_of_swap(swap).usb.iter().any(|port| leaves(port)) {
            found.insert(Use::Swap);
        }
    }
    for block in storage.tops().filter(|block| !used.contains(&block.name)) {
        if let BlockKind::Made(layer) = block.kind
            && storage.ground(&block.name).usb.iter().any(|port| leaves(port))
        {
            let name = block.mapped.clone().unwrap_or_else(|| block.name.clone());
            found.insert(Use::Volume { name, layer });
        }
    }
}

fn network(devices: &Devices, leaves: &impl Fn(&str) -> bool, found: &mut BTreeSet<Use>) {
    let ways = devices.network.ways_out();
    let gone = |usb: &Option<String>| usb.as_deref().is_some_and(leaves);
    let stays = ways.iter().any(|(_, hardware)| hardware.iter().any(|interface| !gone(&interface.usb)));
    let mut routed: BTreeSet<&str> = BTreeSet::new();
    for (route, hardware) in &ways {
        for interface in hardware.iter().filter(|interface| gone(&interface.usb)) {
            routed.insert(&interface.name);
            let wireless = interface.kind == InterfaceKind::Wireless;
            found.insert(Use::DefaultRoute { interface: route.interface.clone(), wireless, only: !stays });
        }
    }
    for interface in devices.network.interfaces.iter().filter(|interface| gone(&interface.usb)) {
        let up = interface.state.known().is_some_and(|state| state == "up");
        if up && !routed.contains(interface.name.as_str()) {
            found.insert(Use::Interface { name: interface.name.clone(), master: interface.master.clone() });
        }
    }
}

fn inputs(devices: &Devices, leaves: &impl Fn(&str) -> bool, found: &mut BTreeSet<Use>) {
    let usb = &devices.usb;
    let gone = |port: &Option<String>| port.as_deref().is_some_and(leaves);
    let stays = |kind: InputKind| usb.inputs.iter().any(|input| input.kind == kind && !gone(&input.usb));
    let (keyboards, pointers) = (stays(InputKind::Keyboard), stays(InputKind::Pointer));
    for input in usb.inputs.iter().filter(|input| gone(&input.usb)) {
        let name = input.name.clone();
        found.insert(match input.kind {
            InputKind::Keyboard => Use::Keyboard { name, only: !keyboards },
            InputKind::Pointer => Use::Pointer { name, only: !pointers },
        });
    }
    let only = usb.bluetooth.iter().all(|adapter| gone(&adapter.usb));
    for adapter in usb.bluetooth.iter().filter(|adapter| gone(&adapter.usb)) {
        found.insert(Use::Bluetooth { name: adapter.name.clone(), only });
    }
}

/// What is plugged into a hub.
fn plugged_in(devices: &Devices, port: &str) -> Vec<Use> {
    let behind = |device: &&UsbDevice| device.port != port && is_at_or_behind(&device.port, port);
    devices
        .usb
        .devices
        .iter()
        .filter(behind)
        .map(|device| Use::UsbDevice { name: device.name(), kinds: device.kinds.clone() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::network::{DefaultRoute, Interface};
    use crate::devices::usb::{Bluetooth, Input};
    use crate::reading::Reading;

    fn input(kind: InputKind, usb: &str) -> Input {
        let name = format!("at {usb}");
        Input { name, kind, function: None, usb: Some(usb.to_owned()), bluetooth: false }
    }

    #[test]
    fn a_hub_takes_along_what_is_behind_it_and_no_neighbour() {
        let mut devices = Devices::default();
        devices.usb.inputs = vec![input(InputKind::Keyboard, "1-2.1"), input(InputKind::Pointer, "1-21")];
        devices.usb.bluetooth =
            vec![Bluetooth { name: "hci0".to_owned(), function: None, usb: Some("1-2.4".to_owned()) }];
        let expected = vec![
            Use::Keyboard { name: "at 1-2.1".to_owned(), only: true },
            Use::Bluetooth { name: "hci0".to_owned(), only: true },
        ];
        assert_eq!(usb_uses(&devices, &[], "1-2"), expected);
        assert_eq!(
            usb_uses(&devices, &[], "1-21"),
            [Use::Pointer { name: "at 1-21".to_owned(), only: true }]
        );
        assert_eq!(usb_uses(&devices, &[], "1-3"), []);
    }

    #[test]
    fn a_network_adapter_and_a_virtual_machine_claim_it() {
        let mut devices = Devices::default();
        devices.network.interfaces = vec![Interface {
            name: "enx1".to_owned(),
            kind: InterfaceKind::Wired,
            function: None,
            usb: Some("2-1".to_owned()),
            state: Reading::Known("up".to_owned()),
            master: None,
            lower: Vec::new(),
        }];
        let up = [Use::Interface { name: "enx1".to_owned(), master: None }];
        assert_eq!(usb_uses(&devices, &[], "2-1"), up);
        devices.network.routes = vec![DefaultRoute { interface: "enx1".to_owned(), six: false, metric: 0 }];
        let claim =
            VmClaim { vm: "box".to_owned(), running: true, device: Claimed::UsbDevice("2-1".to_owned()) };
        let expected = [
            Use::DefaultRoute { interface: "enx1".to_owned(), wireless: false, only: true },
            Use::VirtualMachine { name: "box".to_owned(), running: true },
        ];
        assert_eq!(usb_uses(&devices, &[claim], "2-1"), expected);
    }
}
