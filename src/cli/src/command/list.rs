//! `list`: the machine's IOMMU groups as a tree with cards and functions, or everything as JSON.

use gangway_client::target::Target;
use gangway_client::text::{self, fill};
use gangway_core::host::{Group, IommuState};
use gangway_core::pci::PciAddress;
use gettextrs::{gettext, ngettext};

use crate::json::Listing;
use crate::output::{Ending, write, write_json};
use crate::seen::{Seen, SeenWithMachines, driver, notes};
use crate::table::Table;

pub(super) fn run(target: &Target, json: bool) -> anyhow::Result<Ending> {
    let machine = SeenWithMachines::read(target)?;
    if json { write_json(&Listing::of(&machine)) } else { write(text(&machine).as_bytes()) }
}

fn text(machine: &SeenWithMachines) -> String {
    let seen = &machine.seen;
    let mut table = Table::default();
    if let IommuState::Off { .. } = seen.host.iommu {
        table.text(text::iommu_state(&seen.host.iommu));
        table.text("");
    }
    for (index, group) in seen.host.groups.iter().enumerate() {
        if index > 0 {
            table.text("");
        }
        table.text(heading(seen, group));
        functions(&mut table, machine, &group.functions);
    }
    let all = seen.host.functions.iter();
    let alone: Vec<PciAddress> =
        all.filter(|function| !function.group.is_known()).map(|function| function.address).collect();
    if !alone.is_empty() {
        if !seen.host.groups.is_empty() {
            table.text("");
        }
        table.text(gettext("Without an IOMMU group"));
        functions(&mut table, machine, &alone);
    }
    if seen.host.functions.is_empty() {
        table.text(gettext("No PCI devices were found."));
    }
    problems(&mut table, seen);
    table.finish()
}

/// “Group 14 · Isolated”, as above a group in the window.
fn heading(seen: &Seen, group: &Group) -> String {
    let mut state = text::isolation_label(&group.isolation);
    if !group.isolated {
        let mut cards: Vec<PciAddress> = group
            .functions
            .iter()
            .filter_map(|address| seen.host.function(*address))
            .filter(|function| !function.is_bridge())
            .map(|function| function.card)
            .collect();
        cards.dedup();
        if !cards.is_empty() {
            let cards: Vec<String> = cards.into_iter().map(PciAddress::short).collect();
            state = fill(&gettext("{state} ({cards})"), &[("state", &state), ("cards", &text::join(&cards))]);
        }
    }
    let template = gettext("Group {group} · {state}");
    fill(&template, &[("group", &group.id.to_string()), ("state", &state)])
}

/// The members of a group: a card's first function at the margin, the others of the same card below it.
fn functions(table: &mut Table, machine: &SeenWithMachines, members: &[PciAddress]) {
    let seen = &machine.seen;
    let mut card = None;
    for function in members.iter().filter_map(|address| seen.host.function(*address)) {
        let indent = if card == Some(function.card) { "    " } else { "  " };
        card = Some(function.card);
        let name = seen.host.name_of(function, &seen.names);
        let mut notes = notes(seen, function);
        notes.extend(machine.owners_of(function.address).unwrap_or_default().iter().map(text::owner));
        table.row([
            format!("{indent}{}", function.address.short()),
            name.title,
            name.vendor,
            driver(function),
            notes.join(&gettext(", ")),
        ]);
    }
}

fn problems(table: &mut Table, seen: &Seen) {
    let Some(first) = seen.host.problems.first() else { return };
    table.text("");
    table.text(text::trouble(first));
    let more = u32::try_from(seen.host.problems.len().saturating_sub(1)).unwrap_or(u32::MAX);
    if more > 0 {
        let template = ngettext(
            "{number} more value is unknown; --json lists all of them.",
            "{number} more values are unknown; --json lists all of them.",
            more,
        );
        table.text(fill(&template, &[("number", &more.to_string())]));
    }
}
