//! The details of a USB device.

use gangway_client::hypervisor::Held;
use gangway_client::text;
use gangway_core::devices::uses::usb_uses;
use gettextrs::gettext;

use super::{DetailsView, Fact, Line, Part, PartId, Properties, Sources, join, loses};
use crate::pages::devices::key::Key;
use crate::pages::devices::usb::icon;

pub(super) fn details(sources: &Sources<'_>, port: &str) -> Option<DetailsView> {
    let devices = &sources.known?.devices;
    let device = devices.usb.device(port)?;
    let name = text::usb_name(device, devices);
    let id = text::reading(&device.id);

    let claims = loses::vm_claims(sources, devices);
    let lines = loses::lines(usb_uses(devices, &claims, port));
    let summary = if lines.is_empty() {
        gettext("Nothing that is in use now.")
    } else {
        gettext("While a virtual machine has it:")
    };
    let mut hardware = Properties::default();
    hardware.put(gettext("Product"), text::reading(&device.product), false);
    hardware.put(gettext("Maker"), text::reading(&device.maker), false);
    hardware.put(gettext("Vendor and product"), id.clone(), true);
    hardware.put_some(gettext("Good for"), Some(text::usb_kinds(device)), false);
    let speed = device.speed.clone().map(text::usb_rate);
    hardware.put(gettext("Speed"), text::reading(&speed), false);
    if device.ports > 0 {
        hardware.put(gettext("Ports of its own"), device.ports.to_string(), false);
    }
    let mut driver = Properties::default();
    let drivers = device.drivers.iter().cloned().collect::<Vec<_>>();
    if drivers.is_empty() {
        driver.put(gettext("Driver"), gettext("none"), false);
    } else {
        driver.put(gettext("Driver"), drivers.join(&gettext(", ")), true);
    }
    if let Some(controller) = device.controller {
        driver.put(gettext("Controller"), sources.snapshot.device_names().of(controller), false);
        let group = sources.snapshot.host.group_of(controller);
        driver.put_some(gettext("IOMMU group"), group.map(|group| group.id.to_string()), false);
    }
    let mut identity = Properties::default();
    identity.put(gettext("Port"), device.port.clone(), true);
    if let Some(hub) = device.above().and_then(|hub| devices.usb.device(hub)) {
        identity.put(gettext("Behind"), text::usb_name(hub, devices), false);
    }
    identity.put(gettext("Bus"), device.bus.to_string(), false);
    if let Some(number) = device.number {
        identity.put(gettext("Number on the bus"), number.to_string(), false);
    }
    identity.put_some(gettext("Serial number"), serial(&device.serial), true);
    Some(DetailsView {
        key: Key::Usb(port.to_owned()),
        icon: icon(device),
        name,
        line: join(&[&device.port, &id]),
        parts: vec![
            Part { id: PartId::Loses, summary, lines },
            machines(sources, &claims, port),
            hardware.part(PartId::Hardware),
            driver.part(PartId::Driver),
            identity.part(PartId::Identity),
        ],
        action: None,
        now: None,
    })
}

fn serial(serial: &gangway_core::reading::Reading<String>) -> Option<String> {
    (!serial.is_absent()).then(|| text::reading(serial))
}

/// The virtual machines that have it, or get it when they start.
fn machines(sources: &Sources<'_>, claims: &[gangway_core::devices::VmClaim], port: &str) -> Part {
    let meant = claims.iter().filter(
        |claim| matches!(&claim.device, gangway_core::devices::Claimed::UsbDevice(other) if other == port),
    );
    let lines = meant
        .filter_map(|claim| Some((claim, sources.machines.iter().find(|machine| machine.name == claim.vm)?)))
        .map(|(claim, machine)| {
            // What a machine that runs waits for, it does not have yet.
            let waits = machine.state.is_active() && !claim.running;
            let remark = waits.then(|| text::held(Held::FromItsStart, machine)).flatten();
            Line::Fact(Fact {
                icon: "vm-symbolic",
                title: machine.name.clone(),
                remark: remark.unwrap_or_else(|| text::vm_state(machine.state)),
                monospace: false,
            })
        })
        .collect();
    Part { id: PartId::Machines, summary: String::new(), lines }
}
