//! The details of a PCI function.

use gangway_client::handover::{self, Cost, Going};
use gangway_client::text;
use gangway_core::devices::{Extras, Identity};
use gangway_core::host::{ConnectorStatus, Function, GroupKind, Link};
use gangway_core::pci::{DeviceKind, PciAddress};
use gangway_core::reading::Reading;
use gettextrs::{gettext, ngettext};

use super::{Action, DetailsView, Fact, Line, Part, PartId, Properties, Sources, join, loses};
use crate::pages::devices::key::Key;
use crate::pages::devices::now;
use crate::situation::Snapshot;
use crate::words;

pub(super) fn details(sources: &Sources<'_>, address: PciAddress) -> Option<DetailsView> {
    let snapshot = sources.snapshot;
    let host = &snapshot.host;
    let function = host.function(address)?;
    let device = host.name_of(function, &snapshot.names);
    let going = handover::going(host, &[address], true);
    let owner = sources.held.saved(address);
    let action = match (owner, &going) {
        (Some(machine), _) => Action::TakeBack { machine: machine.to_owned() },
        (None, Ok(_)) => Action::HandOver,
        (None, Err(refusal)) => Action::Refused { reason: text::stays(refusal, &snapshot.device_names()) },
    };
    let going = going.as_ref().ok();
    let extras = sources.known.and_then(|known| known.devices.function(address));
    let mut parts = vec![
        loses(sources, function, going, owner),
        Part {
            id: PartId::Along,
            summary: along_summary(going),
            lines: going.map(|going| along(snapshot, address, going)).unwrap_or_default(),
        },
        hardware(sources, function, extras),
        driver(sources, function),
    ];
    match extras {
        Some(extras) => parts.extend([link(sources, function, extras), memory(function, extras)]),
        None => parts.extend(bridge(sources, address)),
    }
    parts.push(virtual_functions(snapshot, function, extras));
    parts.push(identity(sources, address));
    Some(DetailsView {
        key: Key::Function(address),
        icon: words::icon(function.kind()),
        name: words::device_name(host, function, &device.title),
        line: join(&[&device.vendor, &words::ids(function)]),
        parts,
        action: Some(action),
        now: now::intent(host, sources.machines, address),
    })
}

fn loses(sources: &Sources<'_>, function: &Function, going: Option<&Going>, owner: Option<&str>) -> Part {
    let host = &sources.snapshot.host;
    let mut used = false;
    let mut lines = match (sources.known, going) {
        (Some(known), _) => {
            let card = || host.card_of(function.address).map(|card| card.functions.clone());
            let leaving = match going {
                Some(going) => going.functions.clone(),
                None => card().unwrap_or_else(|| vec![function.address]),
            };
            let mut lines = loses::lines(loses::of_functions(sources, &known.devices, &leaving, owner));
            used = !lines.is_empty();
            lines.extend(loses::unknown(host, &known.devices, &leaving));
            lines
        }
        (None, Some(going)) => {
            used = !going.costs.is_empty();
            going.costs.iter().map(|cost| cost_line(sources.snapshot, cost)).collect()
        }
        (None, None) => Vec::new(),
    };
    lines.extend(outputs(sources.snapshot, function));
    let summary = match going {
        _ if owner.is_some() => gettext("It is in the definition of a virtual machine."),
        Some(_) if used => gettext("While a virtual machine has it:"),
        Some(_) => gettext("Nothing that is in use now."),
        None if used => gettext("The host uses it:"),
        None => String::new(),
    };
    Part { id: PartId::Loses, summary, lines }
}

/// That no screen is connected to a card that could have some.
fn outputs(snapshot: &Snapshot, function: &Function) -> Option<Line> {
    let mut connectors = snapshot.host.connectors_of(function.address).peekable();
    connectors.peek()?;
    let (mut count, mut connected) = (0_u32, false);
    for connector in connectors {
        count += 1;
        connected |= connector.status.known() == Some(&ConnectorStatus::Connected);
    }
    let title = ngettext("{count} display output", "{count} display outputs", count);
    (function.kind() == DeviceKind::Graphics && !connected).then(|| {
        Line::Fact(Fact {
            icon: "video-display-symbolic",
            title: title.replace("{count}", &count.to_string()),
            remark: gettext("No screen connected"),
            monospace: false,
        })
    })
}

/// A cost as a line: its icon and its sentence.
fn cost_line(snapshot: &Snapshot, cost: &Cost) -> Line {
    let icon = match cost {
        Cost::Screen { .. } | Cost::BootDisplay { .. } => "video-display-symbolic",
        Cost::Mounted { .. } | Cost::Swap { .. } => "drive-harddisk-symbolic",
        Cost::DefaultRoute { .. } => "network-wired-symbolic",
    };
    let title = text::cost(cost, &snapshot.device_names());
    Line::Fact(Fact { icon, title, remark: String::new(), monospace: false })
}

fn along_summary(going: Option<&Going>) -> String {
    match going {
        Some(going) if going.cards.len() > 1 => gettext("The devices of this group leave the host together."),
        Some(going) if going.functions.len() > 1 => gettext("The whole card leaves the host together."),
        _ => String::new(),
    }
}

fn along(snapshot: &Snapshot, asked: PciAddress, going: &Going) -> Vec<Line> {
    going
        .functions
        .iter()
        .filter(|address| **address != asked)
        .map(|address| device_line(snapshot, *address))
        .collect()
}

/// A function with its icon and address.
pub(super) fn device_line(snapshot: &Snapshot, address: PciAddress) -> Line {
    Line::Fact(Fact {
        icon: snapshot
            .host
            .function(address)
            .map_or("chip-symbolic", |function| words::icon(function.kind())),
        title: snapshot.name(address).unwrap_or_default(),
        remark: words::short_address(address),
        monospace: true,
    })
}

fn hardware(sources: &Sources<'_>, function: &Function, extras: Option<&Extras>) -> Part {
    let snapshot = sources.snapshot;
    let mut list = Properties::default();
    list.put(gettext("Full name"), snapshot.host.name_of(function, &snapshot.names).full, false);
    list.put(gettext("Address"), function.address.to_string(), true);
    list.put(gettext("Vendor and device"), words::ids(function), true);
    if !function.subsystem.is_absent() {
        list.put(gettext("Subsystem"), text::reading(&function.subsystem), true);
    }
    let revision = function.revision.clone().map(|revision| format!("{revision:02x}"));
    list.put(gettext("Revision"), text::reading(&revision), true);
    let class = format!("{} ({})", words::kind(function.kind()), text::reading(&function.class));
    list.put(gettext("Class"), class, false);
    let connectors =
        snapshot.host.connectors_of(function.address).filter(|_| function.kind() == DeviceKind::Graphics);
    let outputs: Vec<String> = connectors
        .map(|connector| {
            let state = match connector.status.known() {
                Some(ConnectorStatus::Connected) => {
                    connector.monitor.clone().unwrap_or_else(|| gettext("connected"))
                }
                Some(ConnectorStatus::Disconnected) => gettext("not connected"),
                Some(ConnectorStatus::Unknown) | None => gettext("unknown"),
            };
            format!("{}: {state}", connector.name)
        })
        .collect();
    list.put_some(gettext("Display outputs"), Some(outputs.join("\n")), false);
    if let Some(details) = extras.map(|extras| &extras.details) {
        list.put_some(gettext("Name on the board"), told(&details.label), false);
        list.put_some(gettext("NUMA node"), told(&details.numa_node), false);
    }
    list.part(PartId::Hardware)
}

/// A value or why it is unknown; none where there is nothing to tell.
fn told<T: ToString>(reading: &Reading<T>) -> Option<String> {
    (!reading.is_absent()).then(|| text::reading(reading))
}

fn driver(sources: &Sources<'_>, function: &Function) -> Part {
    let snapshot = sources.snapshot;
    let mut list = Properties::default();
    list.put(gettext("Driver"), text::reading(&function.driver), function.driver.is_known());
    let modules = sources.known.map(|known| &known.devices.modules);
    let module = modules.zip(function.driver.known()).and_then(|(modules, driver)| modules.get(driver));
    list.put_some(gettext("Kernel module"), module.and_then(told), module.is_some_and(Reading::is_known));
    let candidates = sources.known.and_then(|known| text::candidates(&known.candidates, function.address));
    list.put_some(gettext("Modules that fit"), candidates, false);
    list.put_some(gettext("Reserved for the driver"), told(&function.driver_override), true);
    list.put(gettext("IOMMU group"), group(snapshot, function), false);
    if let Some(group) = snapshot.host.group_of(function.address) {
        let said = text::isolation(group.id, &group.isolation, &snapshot.device_names());
        list.put(gettext("Isolation"), said, false);
    }
    if let Some(parent) = function.parent {
        list.put(gettext("Behind"), snapshot.device_names().of(parent), false);
    }
    list.part(PartId::Driver)
}

fn group(snapshot: &Snapshot, function: &Function) -> String {
    let number = text::reading(&function.group);
    let kind = snapshot.host.group_of(function.address).and_then(|group| group.kind.known());
    match kind {
        Some(GroupKind::Identity) => {
            gettext("{number}, addresses passed as they are").replace("{number}", &number)
        }
        Some(GroupKind::Blocked) => gettext("{number}, blocked").replace("{number}", &number),
        Some(GroupKind::Dma | GroupKind::DmaFlushQueue) => {
            gettext("{number}, translated").replace("{number}", &number)
        }
        _ => number,
    }
}

/// What is told of a bridge, once the full model was read.
fn bridge(sources: &Sources<'_>, address: PciAddress) -> Option<Part> {
    let bridge = sources.known?.devices.bridge(address)?;
    let mut list = Properties::default();
    link_and_power(&mut list, &bridge.link, &bridge.power_state, &bridge.d3cold_allowed);
    Some(list.part(PartId::Link))
}

fn link_and_power(
    list: &mut Properties,
    link: &Link,
    power_state: &Reading<String>,
    d3cold_allowed: &Reading<bool>,
) {
    list.put_some(gettext("Link now"), text::link_now(link), false);
    list.put_some(gettext("Link at best"), text::link_at_best(link), false);
    list.put_some(gettext("Power state"), told(power_state), false);
    list.put_some(
        gettext("May sleep without power"),
        match d3cold_allowed {
            Reading::Known(true) => Some(gettext("yes")),
            Reading::Known(false) => Some(gettext("no")),
            other => other.trouble().map(|_| text::reading(&other.clone().map(|_| ""))),
        },
        false,
    );
}

fn link(sources: &Sources<'_>, function: &Function, extras: &Extras) -> Part {
    let mut list = Properties::default();
    // The first function speaks for its card.
    let first = sources.known.and_then(|known| known.devices.function(function.card));
    let link = first.map_or(&extras.link, |first| &first.link);
    link_and_power(&mut list, link, &extras.details.power_state, &extras.d3cold_allowed);
    let methods = &extras.details.reset_methods;
    let said = match methods.known() {
        Some(methods) if methods.is_empty() => gettext("none for this function alone"),
        Some(methods) => text::reset_methods(methods),
        None if methods.is_absent() => gettext("none for this function alone"),
        None => text::reading(&methods.clone().map(|_| "")),
    };
    list.put(gettext("Reset"), said, false);
    list.part(PartId::Link)
}

fn memory(function: &Function, extras: &Extras) -> Part {
    let mut list = Properties::default();
    match &extras.details.regions {
        Reading::Known(regions) => {
            for region in regions {
                let label = gettext("Region {number}").replace("{number}", &region.index.to_string());
                list.put(label, text::region(region), false);
            }
        }
        other => list.put_some(gettext("Regions"), told(&other.clone().map(|_| "")), false),
    }
    match &extras.resizable {
        Some(regions) if regions.is_empty() && function.kind() == DeviceKind::Graphics => {
            list.put(gettext("Resizable regions"), gettext("none"), false);
        }
        Some(regions) => {
            for region in regions {
                let label =
                    gettext("Region {number} can be resized").replace("{number}", &region.index.to_string());
                list.put(label, text::resizable(region), false);
            }
        }
        None => list.put(
            gettext("Resizable regions"),
            gettext("unknown, since the card sleeps and asking would wake it"),
            false,
        ),
    }
    list.put_some(gettext("ROM"), told(&extras.details.rom.clone().map(text::size)), false);
    list.part(PartId::Memory)
}

fn virtual_functions(snapshot: &Snapshot, function: &Function, extras: Option<&Extras>) -> Part {
    let mut list = Properties::default();
    if let Some(physical) = function.physical_function {
        list.put(gettext("Virtual function of"), snapshot.device_names().of(physical), false);
    }
    if let Some(extras) = extras {
        let counted = extras.details.virtual_functions.clone().map(|(on, most)| {
            let said = gettext("{on} of {most}");
            text::fill(&said, &[("on", &on.to_string()), ("most", &most.to_string())])
        });
        list.put_some(gettext("Switched on"), told(&counted), false);
    }
    let below: Vec<PciAddress> =
        snapshot.host.virtual_functions_of(function.address).map(|function| function.address).collect();
    if !below.is_empty() {
        let addresses: Vec<String> = below.iter().map(|address| words::short_address(*address)).collect();
        list.put(gettext("Its virtual functions"), text::join(&addresses), true);
    }
    list.part(PartId::Virtual)
}

fn identity(sources: &Sources<'_>, address: PciAddress) -> Part {
    let mut list = Properties::default();
    let devices = sources.known.map(|known| &known.devices);
    if let Some(identity) = Identity::of(&sources.snapshot.host, devices, address) {
        list.put(gettext("Way from the root"), identity.way.to_string(), true);
    }
    if let Some(extras) = devices.and_then(|devices| devices.function(address)) {
        list.put_some(gettext("Serial number"), told(&extras.serial), true);
    }
    list.part(PartId::Identity)
}
