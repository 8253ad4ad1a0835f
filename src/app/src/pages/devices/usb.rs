//! The list by USB: each controller with what is plugged into its ports, hubs before what is behind them. Without GTK.

use std::collections::HashMap;

use gangway_client::text::{self, fill};
use gangway_core::devices::Devices;
use gangway_core::devices::usb::{UsbDevice, UsbKind};
use gangway_core::pci::PciAddress;
use gettextrs::{gettext, ngettext};

use super::key::Key;
use super::state::{DevicesView, Row, RowMaker, Section};
use super::topology::mark_folds;
use super::tree::Place;
use crate::situation::Snapshot;
use crate::words::Chip;

/// The rows of a machine.
pub fn view(snapshot: &Snapshot, devices: &Devices) -> DevicesView {
    let usb = &devices.usb;
    let maker = RowMaker::new(&snapshot.host, &snapshot.names);
    let mut controllers: Vec<Option<PciAddress>> = usb.buses.iter().map(|bus| bus.controller).collect();
    controllers.sort_unstable();
    controllers.dedup();
    let mut rows: Vec<Row> = Vec::new();
    let mut sections = Vec::new();
    for controller in controllers {
        let first = rows.len();
        rows.push(controller_row(&maker, devices, controller));
        let mut row_of: HashMap<&str, usize> = HashMap::new();
        for device in usb.devices.iter().filter(|device| device.controller == controller) {
            let parent = device.above().and_then(|hub| row_of.get(hub)).copied().unwrap_or(first);
            let level = rows.get(parent).and_then(|row| row.place).map_or(1, |place| place.level + 1);
            row_of.insert(&device.port, rows.len());
            let place = Place { level, parent: Some(parent), folds: false, folded_at_first: false };
            rows.push(Row { place: Some(place), ..device_row(devices, device) });
        }
        sections.push(Section::plain(first..rows.len()));
    }
    mark_folds(&mut rows);
    DevicesView { sections, rows }
}

fn controller_row(maker: &RowMaker<'_>, devices: &Devices, controller: Option<PciAddress>) -> Row {
    let row = controller.and_then(|address| maker.row(address)).unwrap_or_else(|| Row {
        name: gettext("A controller that is no PCI device"),
        icon: "usb-controller-symbolic",
        ..Row::new(controller.map_or(Key::Elsewhere, Key::Function))
    });
    let buses = devices.usb.buses.iter().filter(|bus| bus.controller == controller);
    let ports: usize = buses.clone().map(|bus| bus.ports.len()).sum();
    let taken = devices
        .usb
        .devices
        .iter()
        .filter(|device| device.controller == controller && device.above().is_none())
        .count();
    let free = u32::try_from(ports.saturating_sub(taken)).unwrap_or(u32::MAX);
    let vendor = ngettext("{number} free port", "{number} free ports", free);
    Row {
        vendor: fill(&vendor, &[("number", &free.to_string())]),
        chip: Chip::Usb,
        place: Some(Place { level: 0, parent: None, folds: false, folded_at_first: false }),
        group: controller.and_then(|address| maker.group(address)).unwrap_or_default(),
        ..row
    }
}

fn device_row(devices: &Devices, device: &UsbDevice) -> Row {
    let name = text::usb_name(device, devices);
    let kinds = text::usb_kinds(device);
    let drivers = device.drivers.iter().cloned().collect::<Vec<_>>().join(&gettext(", "));
    let id = text::reading(&device.id);
    let haystack = format!("{name} {kinds} {} {id} {drivers}", device.port).to_lowercase();
    Row {
        shown_address: device.port.clone(),
        vendor: kinds,
        icon: icon(device),
        quiet: is_hub(device),
        group: device.speed.known().map(|speed| text::usb_rate(*speed)).unwrap_or_default(),
        chip: chip(device),
        name,
        haystack,
        ..Row::new(Key::Usb(device.port.clone()))
    }
}

fn is_hub(device: &UsbDevice) -> bool {
    device.kinds.contains(&UsbKind::Hub)
}

/// What a device is first of all.
fn kind(device: &UsbDevice) -> Option<UsbKind> {
    // A keyboard with a pad or sound is a keyboard to its owner; a headset's buttons make it no control.
    let order = [
        UsbKind::Hub,
        UsbKind::Keyboard,
        UsbKind::Pointer,
        UsbKind::Bluetooth,
        UsbKind::Storage,
        UsbKind::Network,
        UsbKind::Video,
        UsbKind::Sound,
        UsbKind::Printer,
        UsbKind::Picture,
        UsbKind::SmartCard,
        UsbKind::Hid,
    ];
    order.into_iter().find(|kind| device.kinds.contains(kind))
}

/// The picture of a USB device.
pub fn icon(device: &UsbDevice) -> &'static str {
    match kind(device) {
        Some(UsbKind::Keyboard) => "input-keyboard-symbolic",
        Some(UsbKind::Pointer) => "input-mouse-symbolic",
        Some(UsbKind::Hid) => "input-gaming-symbolic",
        Some(UsbKind::Storage) => "drive-removable-media-symbolic",
        Some(UsbKind::Sound) => "audio-headphones-symbolic",
        Some(UsbKind::Video) => "camera-web-symbolic",
        Some(UsbKind::Bluetooth) => "bluetooth-symbolic",
        Some(UsbKind::Network) => "network-wired-symbolic",
        Some(UsbKind::Printer) => "printer-symbolic",
        Some(UsbKind::Picture) => "camera-photo-symbolic",
        Some(UsbKind::SmartCard | UsbKind::Hub) | None => "usb-symbolic",
    }
}

fn chip(device: &UsbDevice) -> Chip {
    match kind(device) {
        Some(UsbKind::Storage) => Chip::Storage,
        Some(UsbKind::Network | UsbKind::Bluetooth) => Chip::Network,
        Some(UsbKind::Sound) => Chip::Audio,
        _ => Chip::Other,
    }
}

#[cfg(test)]
mod tests {
    use gangway_client::demo::DemoMachine;
    use gangway_client::target::{HostChoice, Target};

    use super::*;

    #[test]
    fn every_device_stands_below_its_hub_or_controller() {
        for machine in DemoMachine::ALL {
            let target = Target { host: HostChoice::Demo(machine), connect: None };
            let snapshot = Snapshot::read(&target).unwrap();
            let devices = Devices::read(&target.source().unwrap(), &snapshot.host);
            let view = view(&snapshot, &devices);
            assert!(!view.rows.is_empty());
            for device in &devices.usb.devices {
                let row = view.rows.iter().find(|row| row.key == Key::Usb(device.port.clone())).unwrap();
                let above = &view.rows[row.place.unwrap().parent.unwrap()].key;
                match device.above() {
                    Some(hub) => assert_eq!(*above, Key::Usb(hub.to_owned())),
                    None => assert_eq!(above.function(), device.controller),
                }
                assert!(!row.name.is_empty() && !row.icon.is_empty());
            }
            let ends: Vec<usize> = view.sections.iter().map(|section| section.rows.end).collect();
            assert_eq!(ends.last(), Some(&view.rows.len()));
        }
    }
}
