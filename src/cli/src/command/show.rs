//! `show`: everything that is known of one function, as text or JSON. Unknown is said as unknown.

use gangway_client::target::Target;
use gangway_client::text::{self, fill, reading as value};
use gangway_core::devices::uses::uses;
use gangway_core::devices::{Devices, Use, candidates};
use gangway_core::host::{ConnectorStatus, Details, Function, Host};
use gangway_core::pci::PciAddress;
use gettextrs::gettext;

use crate::failure::failure;
use crate::json::{ConnectorJson, FunctionDetails};
use crate::output::{Ending, write, write_json};
use crate::seen::{Seen, SeenWithMachines, notes};
use crate::table::Table;

pub(super) fn run(target: &Target, address: PciAddress, json: bool) -> anyhow::Result<Ending> {
    let machine = SeenWithMachines::read(target)?;
    let seen = &machine.seen;
    let Some(function) = seen.host.function(address) else {
        let template = gettext("There is no device at {address}: “gangwayctl list” shows those that exist.");
        return Err(failure(fill(&template, &[("address", &address.to_string())])));
    };
    let details = Host::details(&seen.source, address);
    if json {
        return write_json(&FunctionDetails::of(function, &machine, details.as_ref()));
    }
    write(text(&machine, function, details.as_ref()).as_bytes())
}

fn text(machine: &SeenWithMachines, function: &Function, details: Option<&Details>) -> String {
    let seen = &machine.seen;
    let name = seen.host.name_of(function, &seen.names);
    let mut table = Table::default();
    table.text(&name.title);
    let mut row = |label: String, value: String| table.row([format!("  {label}"), value]);
    row(gettext("Name"), name.full);
    row(gettext("Address"), function.address.to_string());
    row(gettext("Class"), value(&function.class));
    row(gettext("Vendor and device"), format!("{}:{}", value(&function.vendor), value(&function.device)));
    row(gettext("Subsystem"), value(&function.subsystem));
    row(gettext("Revision"), value(&function.revision.clone().map(|revision| format!("{revision:02x}"))));
    row(gettext("Driver"), value(&function.driver));
    let candidates = candidates::read(&seen.source, &seen.host);
    if let Some(modules) = text::candidates(&candidates, function.address) {
        row(gettext("Modules that fit"), modules);
    }
    if !function.driver_override.is_absent() {
        row(gettext("Driver override"), value(&function.driver_override));
    }
    if let Some(details) = details {
        row(gettext("Power state"), value(&details.power_state));
        row(
            gettext("Reset"),
            value(&details.reset_methods.clone().map(|methods| methods.join(&gettext(", ")))),
        );
        row(gettext("ROM"), value(&details.rom.clone().map(text::size)));
    }
    row(gettext("IOMMU group"), group(seen, function));
    row(gettext("Card"), card(seen, function));
    if let Some(parent) = function.parent {
        row(gettext("Behind"), seen.device_names().of(parent));
    }
    if let Some(physical) = function.physical_function {
        row(gettext("Virtual function of"), seen.device_names().of(physical));
    }
    for (index, note) in notes(seen, function).into_iter().enumerate() {
        row(if index == 0 { gettext("Used for") } else { String::new() }, note);
    }
    let owners = machine
        .owners_of(function.address)
        .map_or_else(|| vec![gettext("not asked")], |owners| owners.iter().map(text::owner).collect());
    for (index, owner) in owners.into_iter().enumerate() {
        row(if index == 0 { gettext("Virtual machines") } else { String::new() }, owner);
    }
    if function.address == function.card {
        for connector in seen.host.connectors_of(function.address) {
            let screen = ConnectorJson::of(connector);
            let state = match connector.status.known() {
                Some(ConnectorStatus::Connected) => screen.monitor.unwrap_or_else(|| gettext("connected")),
                Some(ConnectorStatus::Disconnected) => gettext("not connected"),
                Some(ConnectorStatus::Unknown) | None => gettext("unknown"),
            };
            row(fill(&gettext("Connector {name}"), &[("name", &screen.name)]), state);
        }
    }
    let devices = Devices::read(&seen.source, &seen.host);
    losses(&mut table, machine, &devices, function);
    table.finish()
}

/// What the host loses with the whole card, the worst first.
fn losses(table: &mut Table, machine: &SeenWithMachines, devices: &Devices, function: &Function) {
    let seen = &machine.seen;
    let claims = machine.asked.claims(&devices.usb);
    let card = seen.host.card_of(function.address).map_or(&[][..], |card| card.functions.as_slice());
    let mut found: Vec<Use> =
        uses(&seen.host, devices, &claims, card).into_iter().map(|used| used.by).collect();
    found.sort_by_key(Use::loss);
    found.dedup();
    for (index, by) in found.iter().enumerate() {
        let label = if index == 0 { gettext("The host loses") } else { String::new() };
        table.row([format!("  {label}"), text::loss(by)]);
    }
}

fn group(seen: &Seen, function: &Function) -> String {
    match seen.host.group_of(function.address) {
        Some(group) => {
            let label = text::isolation_label(&group.isolation);
            fill(&gettext("{group} · {state}"), &[("group", &group.id.to_string()), ("state", &label)])
        }
        None => value(&function.group),
    }
}

fn card(seen: &Seen, function: &Function) -> String {
    let functions = seen.host.card_of(function.address).map_or(&[][..], |card| card.functions.as_slice());
    functions.iter().map(|address| address.short()).collect::<Vec<_>>().join(&gettext(", "))
}
