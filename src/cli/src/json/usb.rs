//! What `usb --json` prints: controllers with their buses and ports, and what is plugged in.

use std::collections::BTreeMap;

use gangway_client::claims::{Owner, not_plugged_in, usb_owners};
use gangway_client::text;
use gangway_core::devices::Usb;
use gangway_core::devices::usb::{Bus, UsbDevice};
use gangway_core::pci::PciAddress;
use gangway_core::reading::{Reading, Trouble};
use serde::Serialize;

use super::{OwnerJson, ProblemJson};
use crate::seen::SeenWithMachines;

/// `usb --json`.
#[derive(Debug, Serialize)]
pub(crate) struct UsbJson {
    controllers: Vec<ControllerJson>,
    /// What virtual machines ask for and is not plugged in; none where they were not asked.
    missing: Option<Vec<MissingJson>>,
    problems: Vec<ProblemJson>,
}

/// A USB device that is not there.
#[derive(Debug, Serialize)]
struct MissingJson {
    virtual_machine: String,
    running: bool,
    device: String,
}

/// A controller; without an address where it is no PCI function.
#[derive(Debug, Serialize)]
struct ControllerJson {
    address: Option<String>,
    name: Option<String>,
    iommu_group: Option<u32>,
    buses: Vec<BusJson>,
    devices: Vec<DeviceJson>,
}

/// A bus; speeds are in megabits a second.
#[derive(Debug, Serialize)]
struct BusJson {
    number: u16,
    speed: Option<f64>,
    ports: Vec<PortJson>,
}

#[derive(Debug, Serialize)]
struct PortJson {
    number: u8,
    connect_type: Option<String>,
}

/// A device; `port` stays with the socket, `number` is another one each time that it is plugged in.
#[derive(Debug, Serialize)]
struct DeviceJson {
    port: String,
    bus: u16,
    number: Option<u16>,
    above: Option<String>,
    vendor: Option<String>,
    product: Option<String>,
    name: String,
    serial: Option<String>,
    speed: Option<f64>,
    ports: u8,
    kinds: Vec<&'static str>,
    drivers: Vec<String>,
    /// None where virtual machines were not asked.
    virtual_machines: Option<Vec<OwnerJson>>,
}

impl UsbJson {
    pub(crate) fn of(usb: &Usb, machine: &SeenWithMachines, problems: &[Trouble]) -> Self {
        let (host, names) = (&machine.seen.host, &machine.seen.names);
        let known = machine.asked.is_known();
        let owners = known.then(|| usb_owners(machine.asked.machines(), usb));
        let missing = || {
            let missing = not_plugged_in(machine.asked.machines(), usb).into_iter();
            missing.map(|(owner, wanted)| MissingJson {
                virtual_machine: owner.vm,
                running: owner.held.is_now(),
                device: text::usb_wanted(&wanted),
            })
        };
        let mut controllers: Vec<Option<PciAddress>> = usb.buses.iter().map(|bus| bus.controller).collect();
        controllers.sort_unstable();
        controllers.dedup();
        let controller = |address: Option<PciAddress>| ControllerJson {
            address: address.map(|address| address.to_string()),
            name: address
                .and_then(|address| host.function(address))
                .map(|function| host.name_of(function, names).full),
            iommu_group: address.and_then(|address| host.group_of(address)).map(|group| group.id.0),
            buses: usb.buses.iter().filter(|bus| bus.controller == address).map(BusJson::of).collect(),
            devices: usb
                .devices
                .iter()
                .filter(|device| device.controller == address)
                .map(|device| DeviceJson::of(device, owners.as_ref()))
                .collect(),
        };
        Self {
            controllers: controllers.into_iter().map(controller).collect(),
            missing: known.then(|| missing().collect()),
            problems: problems.iter().map(ProblemJson::of).collect(),
        }
    }
}

fn megabits(speed: &Reading<u32>) -> Option<f64> {
    speed.known().map(|kilobits| f64::from(*kilobits) / 1000.0)
}

impl BusJson {
    fn of(bus: &Bus) -> Self {
        let ports = bus
            .ports
            .iter()
            .map(|port| PortJson { number: port.number, connect_type: port.connect.known().cloned() });
        Self { number: bus.number, speed: megabits(&bus.speed), ports: ports.collect() }
    }
}

impl DeviceJson {
    fn of(device: &UsbDevice, owners: Option<&BTreeMap<String, Vec<Owner>>>) -> Self {
        let id = device.id.known();
        Self {
            port: device.port.clone(),
            bus: device.bus,
            number: device.number,
            above: device.above().map(str::to_owned),
            vendor: id.map(|id| format!("{:04x}", id.vendor)),
            product: id.map(|id| format!("{:04x}", id.product)),
            name: device.name(),
            serial: device.serial.known().cloned(),
            speed: megabits(&device.speed),
            ports: device.ports,
            kinds: device.kinds.iter().map(|kind| kind.word()).collect(),
            drivers: device.drivers.iter().cloned().collect(),
            virtual_machines: owners
                .map(|owners| OwnerJson::all(owners.get(&device.port).map_or(&[][..], Vec::as_slice))),
        }
    }
}
