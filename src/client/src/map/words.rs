//! What is said on the map: names of boxes, who uses them, and one sentence a box for those who do not see it.

use gangway_core::host::{ClaimKind, ConnectorStatus, Function, GroupId, Host};
use gangway_core::pci::{DeviceKind, PciAddress};
use gettextrs::{gettext, ngettext};

use super::tree::{Branch, Forest};
use super::{Claim, Facts, Glyph, Holder, Map, Node, NodeKind, Row, Run, link};
use crate::text::{self, fill};

/// What is written in a box, at full length.
pub(super) fn rows(facts: &Facts<'_>, forest: &Forest, branch: &Branch) -> Vec<Row> {
    match branch.kind {
        NodeKind::Root => vec![root(forest, branch)],
        NodeKind::Bridge => {
            let functions = functions(facts.host, branch);
            functions.take(1).map(|function| bridge(facts, forest, branch, function)).collect()
        }
        NodeKind::Device => functions(facts.host, branch).map(|function| device(facts, function)).collect(),
        NodeKind::Run(run) => vec![counted(facts, branch, run)],
    }
}

fn functions<'a>(host: &'a Host, branch: &'a Branch) -> impl Iterator<Item = &'a Function> {
    branch.functions.iter().filter_map(|index| host.functions.get(*index))
}

fn root(forest: &Forest, branch: &Branch) -> Row {
    let (domain, bus, lost) = branch.bus.unwrap_or_default();
    let alone = forest.branches.iter().filter(|branch| branch.kind == NodeKind::Root).count() == 1;
    let title = match (lost, alone) {
        (true, _) => gettext("Unknown place"),
        (false, true) => gettext("Root complex"),
        (false, false) => gettext("Root bus"),
    };
    plain_row(Glyph::Chip, title, format!("{domain:04x}:{bus:02x}"))
}

/// A function that others are behind. A port's kind is not in what can be read without rights, but on the way down
/// from a root port those of switches that face up and down take turns.
fn bridge(facts: &Facts<'_>, forest: &Forest, branch: &Branch, function: &Function) -> Row {
    let title = if function.kind() == DeviceKind::PciBridge {
        match (branch.depth, has_bridges(forest, branch)) {
            (1, _) => gettext("Root port"),
            (depth, true) if depth % 2 == 0 => gettext("Switch"),
            (depth, false) if depth % 2 == 0 => gettext("PCI bridge"),
            _ => gettext("Switch port"),
        }
    } else {
        name(facts, function)
    };
    Row { claim: claim(facts, function), ..plain_row(Glyph::Bridge, title, function.address.short()) }
}

fn has_bridges(forest: &Forest, branch: &Branch) -> bool {
    let below = branch.children.iter().filter_map(|child| forest.branches.get(*child));
    below.into_iter().any(|child| matches!(child.kind, NodeKind::Bridge | NodeKind::Run(Run::EmptyPorts)))
}

fn device(facts: &Facts<'_>, function: &Function) -> Row {
    Row {
        vendor: plain(&facts.host.name_of(function, facts.names).vendor),
        claim: claim(facts, function),
        ..plain_row(Glyph::of(function.kind()), name(facts, function), function.address.short())
    }
}

fn plain_row(glyph: Glyph, title: String, address: String) -> Row {
    Row { glyph, title, address, address_width: 0.0, vendor: String::new(), claim: None }
}

/// The name that people use.
fn name(facts: &Facts<'_>, function: &Function) -> String {
    let title = facts.host.name_of(function, facts.names).title;
    plain(&text::device_name(facts.host, function, &title))
}

fn counted(facts: &Facts<'_>, branch: &Branch, run: Run) -> Row {
    let mut functions = functions(facts.host, branch);
    let count = branch.functions.len();
    let number = u32::try_from(count).unwrap_or(u32::MAX);
    let template = match run {
        Run::EmptyPorts => ngettext("{number} empty port", "{number} empty ports", number),
        Run::Bridges => ngettext("{number} host bridge", "{number} host bridges and the like", number),
        Run::Virtual => ngettext("{number} virtual function", "{number} virtual functions", number),
        Run::Quiet => {
            ngettext("{number} device without a driver", "{number} devices without a driver", number)
        }
    };
    let address = match (functions.next(), functions.last()) {
        (Some(first), Some(last)) => format!("{} – {}", first.address.short(), last.address.short()),
        (first, _) => first.map(|first| first.address.short()).unwrap_or_default(),
    };
    let glyph = match run {
        Run::EmptyPorts | Run::Bridges => Glyph::Bridge,
        Run::Virtual => Glyph::Network,
        Run::Quiet => Glyph::Chip,
    };
    plain_row(glyph, fill(&template, &[("number", &count.to_string())]), address)
}

/// Who uses a function: a virtual machine first, since that is what one looks for.
fn claim(facts: &Facts<'_>, function: &Function) -> Option<Claim> {
    if let Some((first, others)) = facts.owners.get(&function.address).and_then(|all| all.split_first()) {
        let name = plain(&first.vm);
        return Some(Claim {
            text: if others.is_empty() { name } else { format!("{name} +{}", others.len()) },
            width: 0.0,
            below: false,
            glyph: Glyph::Screen,
            by: Holder::Machine,
        });
    }
    let mut uses = uses(facts.host, function);
    let more = uses.len().saturating_sub(1);
    let (glyph, first) = uses.drain(..).next()?;
    let text = if more == 0 { first } else { format!("{first} +{more}") };
    Some(Claim { text, width: 0.0, below: false, glyph, by: Holder::Host })
}

/// What the host uses a function for, the most telling first.
fn uses(host: &Host, function: &Function) -> Vec<(Glyph, String)> {
    let mut uses = Vec::new();
    if function.kind() == DeviceKind::Graphics {
        let connected = host
            .connectors_of(function.address)
            .filter(|connector| connector.status.known() == Some(&ConnectorStatus::Connected));
        uses.extend(connected.map(|connector| {
            (Glyph::Screen, plain(connector.monitor.as_deref().unwrap_or(&connector.name)))
        }));
        if uses.is_empty() && function.boot_display.known() == Some(&true) {
            uses.push((Glyph::Screen, gettext("Boot display")));
        }
    }
    let mut mounts: Vec<&str> = Vec::new();
    let mut others = Vec::new();
    for claim in host.claims_of(function.address) {
        match &claim.kind {
            ClaimKind::Mounted { path } => mounts.push(path),
            ClaimKind::Swap => others.push((Glyph::Disk, gettext("Swap"))),
            ClaimKind::DefaultRoute { .. } => others.push((Glyph::Network, gettext("Default route"))),
        }
    }
    mounts.sort_by_key(|path| path.len());
    uses.extend(mounts.into_iter().map(|path| (Glyph::Disk, plain(path))));
    uses.extend(others);
    uses
}

/// What a region is called: one group, or how many.
pub(super) fn groups(groups: &[GroupId], part: Option<(usize, usize)>) -> String {
    let title = match groups {
        [] => gettext("No IOMMU group"),
        [one] => fill(&gettext("Group {number}"), &[("number", &one.to_string())]),
        [first, .., last] if is_row(first.0, last.0, groups.len()) => fill(
            &gettext("Groups {first}–{last}"),
            &[("first", &first.to_string()), ("last", &last.to_string())],
        ),
        many => {
            let number = u32::try_from(many.len()).unwrap_or(u32::MAX);
            fill(&ngettext("{number} group", "{number} groups", number), &[("number", &number.to_string())])
        }
    };
    match part {
        Some((part, of)) => format!("{title} ({part}/{of})"),
        None => title,
    }
}

/// Whether so many numbers are all those from the first to the last one.
fn is_row(first: u32, last: u32, count: usize) -> bool {
    last.checked_sub(first).and_then(|span| usize::try_from(span).ok()).is_some_and(|span| span + 1 == count)
}

/// A box in one sentence.
pub(super) fn spoken(map: &Map, facts: &Facts<'_>, index: usize) -> String {
    let Some(node) = map.nodes.get(index) else { return String::new() };
    let separator = gettext(", ");
    let mut parts = Vec::new();
    match node.kind {
        NodeKind::Device => {
            let mut functions = node.functions.iter().filter_map(|address| facts.host.function(*address));
            if let Some(first) = functions.next() {
                parts.push(spoken_function(facts, first));
            }
            parts.extend(functions.map(|function| {
                fill(&gettext("with {device}"), &[("device", &spoken_function(facts, function))])
            }));
        }
        NodeKind::Root | NodeKind::Bridge | NodeKind::Run(_) => {
            parts.extend(node.rows.iter().map(|row| format!("{} {}", row.title, row.address)));
            parts.extend(node.functions.first().filter(|_| node.kind == NodeKind::Bridge).and_then(
                |address| {
                    let function = facts.host.function(*address)?;
                    Some(name(facts, function))
                },
            ));
        }
    }
    parts.extend(spoken_link(map, facts, index, node));
    parts.extend(spoken_group(facts, node));
    if let Some(above) =
        node.parent.and_then(|parent| map.nodes.get(parent)).and_then(|above| above.rows.first())
    {
        let above = format!("{} {}", above.title, above.address);
        parts.push(fill(&gettext("behind {device}"), &[("device", &above)]));
    }
    parts.join(&separator)
}

fn spoken_function(facts: &Facts<'_>, function: &Function) -> String {
    let mut said = format!("{} {}", name(facts, function), function.address.short());
    for owner in facts.owners.get(&function.address).into_iter().flatten() {
        let template = if owner.held.is_now() {
            gettext("given to “{name}”, which runs")
        } else {
            gettext("given to “{name}”")
        };
        said.push_str(&gettext(", "));
        said.push_str(&fill(&template, &[("name", &plain(&owner.vm))]));
    }
    let uses: Vec<String> = uses(facts.host, function).into_iter().map(|(_, text)| text).collect();
    if !uses.is_empty() {
        said.push_str(&gettext(", "));
        said.push_str(&fill(&gettext("used by the host: {uses}"), &[("uses", &text::join(&uses))]));
    }
    said
}

fn spoken_link(map: &Map, facts: &Facts<'_>, index: usize, node: &Node) -> Option<String> {
    let edge = map.edge_to(index)?;
    let (label, _) = edge.label.as_ref()?;
    if label.asleep {
        return Some(gettext("asleep, so its link was not asked for"));
    }
    // As it is, and not as it was shortened.
    let links = facts.links?;
    let of = |address: &PciAddress| links.get(address);
    let port = map.nodes.get(edge.parent)?.functions.first().and_then(of);
    let (label, _) = link::label(node.functions.first().and_then(of)?, port)?;
    Some(fill(&gettext("link {link}"), &[("link", &label.text)]))
}

fn spoken_group(facts: &Facts<'_>, node: &Node) -> Option<String> {
    let group = facts.host.group(node.group?)?;
    Some(fill(
        &gettext("group {group}: {state}"),
        &[("group", &group.id.to_string()), ("state", &text::isolation_label(&group.isolation))],
    ))
}

/// A text of the machine with what would break a line, or make it read as another one, replaced.
fn plain(text: &str) -> String {
    let bad = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().map(|letter| if bad(letter) { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}
