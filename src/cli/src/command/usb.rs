//! `usb`: the USB controllers with their ports and what is plugged in, as text or JSON.

use std::collections::BTreeMap;

use gangway_client::claims::{Owner, not_plugged_in, usb_owners};
use gangway_client::target::Target;
use gangway_client::text::{self, fill};
use gangway_core::devices::Usb;
use gangway_core::devices::usb::{Bus, UsbDevice};
use gangway_core::pci::PciAddress;
use gangway_core::reading::Trouble;
use gettextrs::{gettext, ngettext};

use crate::json::UsbJson;
use crate::output::{Ending, write, write_json};
use crate::seen::{Seen, SeenWithMachines};
use crate::table::Table;

pub(super) fn run(target: &Target, json: bool) -> anyhow::Result<Ending> {
    let machine = SeenWithMachines::read(target)?;
    let seen = &machine.seen;
    let mut problems = Vec::new();
    let usb = Usb::read(&seen.source, &mut problems);
    if json {
        return write_json(&UsbJson::of(&usb, &machine, &problems));
    }
    write(text(&machine, &usb, &problems).as_bytes())
}

/// Which virtual machines ask for what is at a port.
type PortOwners = BTreeMap<String, Vec<Owner>>;

fn text(machine: &SeenWithMachines, usb: &Usb, problems: &[Trouble]) -> String {
    let seen = &machine.seen;
    let owners = usb_owners(machine.asked.machines(), usb);
    let mut table = Table::default();
    let mut controllers: Vec<Option<PciAddress>> = usb.buses.iter().map(|bus| bus.controller).collect();
    controllers.sort_unstable();
    controllers.dedup();
    for (index, controller) in controllers.iter().enumerate() {
        if index > 0 {
            table.text("");
        }
        table.text(heading(seen, *controller));
        for bus in usb.buses.iter().filter(|bus| bus.controller == *controller) {
            self::bus(&mut table, usb, bus, &owners);
        }
    }
    if controllers.is_empty() {
        table.text(gettext("No USB controllers were found."));
    }
    let missing = not_plugged_in(machine.asked.machines(), usb);
    if !missing.is_empty() {
        table.text("");
    }
    for (owner, wanted) in missing {
        table.text(text::usb_missing(&owner, &wanted));
    }
    for problem in problems {
        table.text("");
        table.text(text::trouble(problem));
    }
    table.finish()
}

/// “Matisse USB 3.0 Host Controller (0b:00.3) · Group 21”.
fn heading(seen: &Seen, controller: Option<PciAddress>) -> String {
    let Some(address) = controller else { return gettext("A controller that is no PCI device") };
    let name = seen.device_names().of(address);
    match seen.host.group_of(address) {
        Some(group) => {
            fill(&gettext("{device} · Group {group}"), &[("device", &name), ("group", &group.id.to_string())])
        }
        None => name,
    }
}

fn bus(table: &mut Table, usb: &Usb, bus: &Bus, owners: &PortOwners) {
    let speed = bus.speed.known().map_or_else(|| gettext("unknown speed"), |speed| text::usb_rate(*speed));
    let (number, taken) =
        (bus.number.to_string(), usb.devices.iter().filter(|device| device.bus == bus.number));
    let first: Vec<&UsbDevice> = taken.clone().filter(|device| device.above().is_none()).collect();
    let free = u32::try_from(bus.ports.len().saturating_sub(first.len())).unwrap_or(u32::MAX);
    let template =
        ngettext("Bus {bus}, {speed}, {number} free port", "Bus {bus}, {speed}, {number} free ports", free);
    let line = fill(&template, &[("bus", &number), ("speed", &speed), ("number", &free.to_string())]);
    table.text(format!("  {line}"));
    for device in taken {
        let depth = device.port.matches('.').count();
        let drivers: Vec<String> = device.drivers.iter().cloned().collect();
        let owners: Vec<String> = owners.get(&device.port).into_iter().flatten().map(text::owner).collect();
        let id = device.id.known().map_or_else(|| gettext("unknown"), ToString::to_string);
        table.row([
            format!("    {}{}", "  ".repeat(depth), device.port),
            device.name(),
            id,
            text::usb_kinds(device),
            device.speed.known().map_or_else(String::new, |speed| text::usb_rate(*speed)),
            if drivers.is_empty() { gettext("no driver") } else { drivers.join(&gettext(", ")) },
            owners.join(&gettext(", ")),
        ]);
    }
}
