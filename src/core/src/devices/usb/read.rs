//! Reading the USB tree. One listing names buses, devices and interfaces; what each is stands in its `uevent`.
//!
//! Only what the kernel keeps by itself is read: no device is asked anything.

use std::collections::BTreeSet;

use super::input::{self, InputKind};
use super::{Bluetooth, Bus, Port, Usb, UsbDevice, UsbId, UsbKind};
use crate::devices::storage::{is_port, usb_device};
use crate::devices::{listing, text};
use crate::host::attribute;
use crate::reading::{Reading, Trouble};
use crate::source::{Folder, Source};

/// Buses, devices and interfaces.
pub(crate) const DEVICES: &str = "/sys/bus/usb/devices";
/// Bluetooth adapters, and their connections.
pub(crate) const BLUETOOTH: &str = "/sys/class/bluetooth";

/// Reads the USB tree of a machine.
pub(crate) fn read(source: &Source, problems: &mut Vec<Trouble>) -> Usb {
    let mut usb = Usb::default();
    let before = problems.len();
    let table = text(source, input::TABLE, problems);
    usb.inputs = input::parse_inputs(&table);
    usb.inputs_known = problems.len() == before && source.exists(input::TABLE);
    if let Some((folder, names)) = listing(source, DEVICES, problems) {
        for name in &names {
            if let Some(number) = name.strip_prefix("usb").and_then(|number| number.parse().ok()) {
                usb.buses.extend(bus(&folder, name, number));
            } else if is_port(name) {
                let own = |other: &&String| other.split_once(':').is_some_and(|(device, _)| device == name);
                let interfaces: Vec<&String> = names.iter().filter(own).collect();
                usb.devices.extend(device(&folder, name, &interfaces));
            }
        }
    }
    usb.buses.sort_by_key(|bus| bus.number);
    usb.devices.sort_by_cached_key(|device| order(&device.port));
    if let Some((folder, names)) = listing(source, BLUETOOTH, problems) {
        for name in names.into_iter().filter(|name| !name.contains(':')) {
            let mut room = [0; 1024];
            let way = folder.link_into(&name, &mut room).unwrap_or_default();
            usb.bluetooth.push(Bluetooth {
                function: attribute::last_function(way),
                usb: usb_device(way),
                name,
            });
        }
    }
    told_by_inputs(&mut usb);
    usb
}

/// Ports as numbers, so that the tenth comes after the second.
fn order(port: &str) -> Vec<u32> {
    port.split(['-', '.']).map(|number| number.parse().unwrap_or(u32::MAX)).collect()
}

fn bus(devices: &Folder<'_>, name: &str, number: u16) -> Option<Bus> {
    let mut room = [0; 1024];
    let way = devices.link_into(name, &mut room).unwrap_or_default();
    let controller = attribute::last_function(way);
    let folder = devices.open(name).ok()?;
    let count = attribute::read(&folder, "maxchild", attribute::number::<u8>).known().copied().unwrap_or(0);
    let ports = (1..=count).map(|port| Port {
        number: port,
        connect: attribute::read(&folder, &connect_type(name, number, port), attribute::text),
    });
    Some(Bus { number, controller, speed: attribute::read(&folder, "speed", speed), ports: ports.collect() })
}

/// Where the firmware's word about a port of a bus stands, below the bus's own hub.
pub(crate) fn connect_type(hub: &str, bus: u16, port: u8) -> String {
    format!("{bus}-0:1.0/{hub}-port{port}/connect_type")
}

fn device(devices: &Folder<'_>, name: &str, interfaces: &[&String]) -> Option<UsbDevice> {
    let mut room = [0; 1024];
    let way = devices.link_into(name, &mut room).unwrap_or_default();
    let controller = attribute::last_function(way);
    let folder = devices.open(name).ok()?;
    let event = Event::read(&folder);
    let mut kinds = BTreeSet::new();
    let mut drivers = BTreeSet::new();
    if event.class.or_else(|| class(&folder, "bDeviceClass")) == Some(0x09) {
        kinds.insert(UsbKind::Hub);
    }
    for interface in interfaces {
        let Ok(folder) = devices.open(interface) else { continue };
        let event = Event::read(&folder);
        let said = event.interface.or_else(|| {
            let part = |name: &str| class(&folder, name);
            Some((part("bInterfaceClass")?, part("bInterfaceSubClass")?, part("bInterfaceProtocol")?))
        });
        kinds.extend(said.and_then(kind));
        drivers.extend(event.driver);
    }
    let id = match event.id {
        Some(id) => Reading::Known(id),
        None => ids(&folder),
    };
    let number = |text: &str| text.split_once('-').and_then(|(bus, _)| bus.parse().ok());
    Some(UsbDevice {
        bus: number(name)?,
        number: event
            .number
            .or_else(|| attribute::read(&folder, "devnum", attribute::number).known().copied()),
        id,
        product: said(&folder, "product"),
        maker: said(&folder, "manufacturer"),
        serial: said(&folder, "serial"),
        speed: attribute::read(&folder, "speed", speed),
        controller,
        ports: attribute::read(&folder, "maxchild", attribute::number).known().copied().unwrap_or(0),
        kinds,
        drivers,
        port: name.to_owned(),
    })
}

fn ids(folder: &Folder<'_>) -> Reading<UsbId> {
    let id = |text: &[u8]| u16::from_str_radix(str::from_utf8(text).ok()?, 16).ok();
    match attribute::read(folder, "idVendor", id) {
        Reading::Known(vendor) => {
            attribute::read(folder, "idProduct", id).map(|product| UsbId { vendor, product })
        }
        other => other.map(|_| UsbId { vendor: 0, product: 0 }),
    }
}

fn class(folder: &Folder<'_>, name: &str) -> Option<u8> {
    let number = |text: &[u8]| u8::from_str_radix(str::from_utf8(text).ok()?, 16).ok();
    attribute::read(folder, name, number).known().copied()
}

/// What a device wrote about itself may hold anything; what is no text is made visible as such.
fn said(folder: &Folder<'_>, name: &str) -> Reading<String> {
    let plain = |bytes: &[u8]| {
        let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).collect();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty() || bytes.trim_ascii().is_empty())
    };
    match attribute::read(folder, name, plain) {
        // Many devices have a string of nothing, or of blanks.
        Reading::Known(text) if text.is_empty() => Reading::Absent,
        said => said,
    }
}

/// Megabits, `480`, or `1.5` of a slow device; in kilobits.
fn speed(text: &[u8]) -> Option<u32> {
    let text = str::from_utf8(text).ok()?;
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let tenth: u32 = tenth.parse().ok().filter(|tenth| *tenth < 10)?;
    whole.parse::<u32>().ok()?.checked_mul(1000)?.checked_add(tenth * 100)
}

/// What a `uevent` of a USB device or interface says (`drivers/usb/core/driver.c`, `usb_uevent` in `usb.c`).
#[derive(Debug, Default)]
struct Event {
    id: Option<UsbId>,
    class: Option<u8>,
    number: Option<u16>,
    interface: Option<(u8, u8, u8)>,
    driver: Option<String>,
}

impl Event {
    fn read(folder: &Folder<'_>) -> Self {
        let mut room = [0; attribute::ROOM];
        Self::parse(&String::from_utf8_lossy(folder.read_into("uevent", &mut room).unwrap_or_default()))
    }

    fn parse(text: &str) -> Self {
        let mut event = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let mut parts = value.split('/');
            match key {
                "PRODUCT" => {
                    let mut id = || u16::from_str_radix(parts.next()?, 16).ok();
                    event.id = id().zip(id()).map(|(vendor, product)| UsbId { vendor, product });
                }
                "TYPE" => event.class = parts.next().and_then(|class| class.parse().ok()),
                "INTERFACE" => {
                    let mut part = || parts.next()?.parse().ok();
                    event.interface = (|| Some((part()?, part()?, part()?)))();
                }
                "DEVNUM" => event.number = value.parse().ok(),
                "DRIVER" => event.driver = Some(value.to_owned()),
                _ => {}
            }
        }
        event
    }
}

/// What an interface of this class, subclass and protocol is good for.
fn kind((class, subclass, protocol): (u8, u8, u8)) -> Option<UsbKind> {
    Some(match (class, subclass, protocol) {
        (0x01, ..) => UsbKind::Sound,
        (0x03, 1, 1) => UsbKind::Keyboard,
        (0x03, 1, 2) => UsbKind::Pointer,
        (0x03, ..) => UsbKind::Hid,
        (0x06, ..) => UsbKind::Picture,
        (0x07, ..) => UsbKind::Printer,
        (0x08, ..) => UsbKind::Storage,
        (0x09, ..) => UsbKind::Hub,
        (0x0b, ..) => UsbKind::SmartCard,
        (0x0e, ..) => UsbKind::Video,
        (0xe0, 1, 1) => UsbKind::Bluetooth,
        // Communication devices of the kinds Ethernet, mobile broadband and NCM, and Microsoft's RNDIS.
        (0x02, 0x06 | 0x0d | 0x0e, _) | (0xe0, 1, 3) | (0xef, 4, 1) => UsbKind::Network,
        _ => return None,
    })
}

/// Where the kernel's table of inputs is known it decides: many a mouse says that it is a keyboard, too.
fn told_by_inputs(usb: &mut Usb) {
    if !usb.inputs_known {
        return;
    }
    for device in &mut usb.devices {
        let own: Vec<InputKind> = usb
            .inputs
            .iter()
            .filter(|input| input.usb.as_deref() == Some(&device.port))
            .map(|input| input.kind)
            .collect();
        let said = device.kinds.remove(&UsbKind::Keyboard) | device.kinds.remove(&UsbKind::Pointer);
        if said && own.is_empty() {
            device.kinds.insert(UsbKind::Hid);
        }
        device.kinds.extend(own.iter().map(|kind| match kind {
            InputKind::Keyboard => UsbKind::Keyboard,
            InputKind::Pointer => UsbKind::Pointer,
        }));
    }
}
