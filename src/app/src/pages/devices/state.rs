//! What the device list shows: its sections and rows, the texts on them, and which of them a search leaves.
//! Plain values made from a host, without GTK; made in the worker, so that a large machine costs no frame.

use std::collections::HashMap;
use std::ops::Range;

use gangway_client::text;
use gangway_core::host::{ClaimKind, ConnectorStatus, Function, Group, Host, Isolation};
use gangway_core::pci::{DeviceKind, Names, PciAddress};
use gangway_core::reading::Reading;
use gettextrs::{gettext, ngettext};

use crate::widgets::pill::{Pill, Tone};
use crate::words::{self, Chip};

/// All sections and rows of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevicesView {
    pub sections: Vec<Section>,
    pub rows: Vec<Row>,
}

/// One IOMMU group, or the devices that have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    pub kind: String,
    pub state: SectionState,
    /// Which rows belong to it.
    pub rows: Range<usize>,
}

/// What is said at the end of a section's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionState {
    /// Nothing worth a word: bridges alone, or no group.
    Quiet,
    /// One card, which can go alone.
    Isolated,
    /// Several cards, which go together.
    Shared { text: String },
    /// It holds something that the host needs.
    Needed { text: String, reason: String },
}

/// One function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub address: PciAddress,
    /// The address as shown: short where the machine has one PCI domain.
    pub shown_address: String,
    pub name: String,
    pub vendor: String,
    pub icon: &'static str,
    /// The main function of a graphics card.
    pub primary: bool,
    /// A bridge: shown, and never offered.
    pub quiet: bool,
    /// The driver; empty where none has it.
    pub driver: String,
    /// Facts of the host, the most important one first, without driver and virtual machine.
    pub pills: Vec<Pill>,
    pub chip: Chip,
    /// What a search looks at, in lower case.
    pub haystack: String,
}

/// Who has a device: from the definitions of the virtual machines.
pub type Owners = HashMap<PciAddress, String>;

impl DevicesView {
    /// Everything about a host, graphics cards first, then by number of the group; devices without one come last.
    pub fn new(host: &Host, names: &Names) -> Self {
        let mut view = Self::default();
        let full_addresses = host.functions.iter().any(|function| function.address.domain() != 0);
        let mut groups: Vec<&Group> = host.groups.iter().collect();
        groups.sort_by_key(|group| (rank(host, group), group.id));
        for group in groups {
            let start = view.rows.len();
            view.rows.extend(members(host, group).map(|function| row(host, names, function, full_addresses)));
            view.sections.push(Section {
                title: gettext("Group {number}").replace("{number}", &group.id.to_string()),
                kind: kind_of(members(host, group)),
                state: section_state(host, group),
                rows: start..view.rows.len(),
            });
        }
        let start = view.rows.len();
        view.rows.extend(
            host.functions
                .iter()
                .filter(|function| function.group.known().is_none_or(|group| host.group(*group).is_none()))
                .map(|function| row(host, names, function, full_addresses)),
        );
        if view.rows.len() > start {
            view.sections.push(Section {
                title: gettext("No IOMMU group"),
                kind: String::new(),
                state: SectionState::Quiet,
                rows: start..view.rows.len(),
            });
        }
        view
    }

    /// The rows that a search and a class leave, by index; every word must be found.
    pub fn matching(&self, search: &str, chip: Chip, owners: &Owners) -> Vec<usize> {
        let search = search.to_lowercase();
        let words: Vec<&str> = search.split_whitespace().collect();
        let fits = |row: &Row| {
            (chip == Chip::All || row.chip == chip)
                && words.iter().all(|word| {
                    row.haystack.contains(word)
                        || owners.get(&row.address).is_some_and(|name| name.to_lowercase().contains(word))
                })
        };
        self.rows.iter().enumerate().filter(|(_, row)| fits(row)).map(|(index, _)| index).collect()
    }

    /// The section of a row.
    pub fn section_of(&self, row: usize) -> Option<&Section> {
        let index = self.sections.partition_point(|section| section.rows.end <= row);
        self.sections.get(index)
    }
}

impl Section {
    /// Whether both headers look the same.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (&self.title, &self.kind, &self.state) == (&other.title, &other.kind, &other.state)
    }
}

impl Row {
    /// What a screen reader says of the row.
    pub fn spoken(&self, owner: Option<&str>) -> String {
        let mut parts = vec![self.name.clone(), self.shown_address.clone(), self.vendor.clone()];
        if self.driver.is_empty() {
            parts.push(gettext("no driver"));
        } else {
            parts.push(gettext("driver {name}").replace("{name}", &self.driver));
        }
        parts.extend(self.pills.iter().map(|pill| pill.text.clone()));
        if let Some(owner) = owner {
            parts.push(words::given_to(owner));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(", ")
    }
}

/// The functions of a group, bridges last: they are never what one looks for.
fn members<'a>(host: &'a Host, group: &'a Group) -> impl Iterator<Item = &'a Function> {
    let all = || group.functions.iter().filter_map(|address| host.function(*address));
    all().filter(|function| !function.is_bridge()).chain(all().filter(|function| function.is_bridge()))
}

/// Graphics cards first, bridges last.
fn rank(host: &Host, group: &Group) -> u8 {
    if members(host, group).any(|function| function.kind() == DeviceKind::Graphics) {
        0
    } else if members(host, group).all(Function::is_bridge) {
        2
    } else {
        1
    }
}

fn kind_of<'a>(functions: impl Iterator<Item = &'a Function>) -> String {
    let mut kinds: Vec<DeviceKind> = Vec::new();
    let mut bridges = 0_usize;
    for function in functions {
        if function.is_bridge() {
            bridges += 1;
        } else if !kinds.contains(&function.kind()) {
            kinds.push(function.kind());
        }
    }
    if kinds.contains(&DeviceKind::Graphics) {
        return gettext("Graphics card");
    }
    match kinds.as_slice() {
        [] if bridges == 1 => gettext("Bridge"),
        [] => gettext("Bridges"),
        [kind] => words::kind(*kind),
        _ => gettext("Several kinds"),
    }
}

fn section_state(host: &Host, group: &Group) -> SectionState {
    let text = text::isolation_label(&group.isolation);
    match &group.isolation {
        Isolation::Isolated if members(host, group).all(Function::is_bridge) => SectionState::Quiet,
        Isolation::Isolated => SectionState::Isolated,
        Isolation::Shared { .. } => SectionState::Shared { text },
        Isolation::HostBridgeWithDriver { address, driver } => SectionState::Needed {
            text,
            reason: gettext("The bridge {address} in this group is used by {driver}, and the host needs it.")
                .replace("{address}", &address.to_string())
                .replace("{driver}", driver.as_str()),
        },
    }
}

fn row(host: &Host, names: &Names, function: &Function, full_address: bool) -> Row {
    let name = host.name_of(function, names);
    let shown = words::device_name(host, function, &name.title);
    let address = function.address.to_string();
    let shown_address = if full_address { address.clone() } else { words::short_address(function.address) };
    let driver = match &function.driver {
        Reading::Known(driver) => driver.to_string(),
        Reading::Absent => String::new(),
        Reading::Unreadable(_) | Reading::Nonsense(_) => gettext("unknown"),
    };
    let ids = words::ids(function);
    let haystack = format!("{shown} {} {} {address} {ids} {driver}", name.full, name.vendor).to_lowercase();
    Row {
        address: function.address,
        shown_address,
        name: shown,
        vendor: name.vendor,
        icon: words::icon(function.kind()),
        primary: function.kind() == DeviceKind::Graphics,
        quiet: function.is_bridge(),
        driver,
        pills: pills(host, function),
        chip: Chip::of(function.kind()),
        haystack,
    }
}

/// What the host does with a function, the most important first, two at most.
fn pills(host: &Host, function: &Function) -> Vec<Pill> {
    let mut pills = Vec::new();
    if function.boot_display.known() == Some(&true) {
        pills.push(Pill {
            text: gettext("Boot display"),
            tone: Tone::Neutral,
            icon: None,
            short: None,
            tooltip: gettext("The firmware shows its picture on this card."),
        });
    }
    if function.kind() == DeviceKind::Graphics {
        pills.extend(screen_pill(host, function));
    }
    let mut mounts = Vec::new();
    for claim in host.claims_of(function.address) {
        match &claim.kind {
            ClaimKind::Mounted { path } => mounts.push(path.as_str()),
            ClaimKind::Swap => pills.push(claim_pill(
                gettext("Swap"),
                "drive-harddisk-symbolic",
                gettext("Swap space of the host is on it."),
            )),
            ClaimKind::DefaultRoute { interface } => pills.push(claim_pill(
                gettext("Default route"),
                "network-wired-symbolic",
                gettext("The host reaches the network through it, as {interface}.")
                    .replace("{interface}", interface),
            )),
        }
    }
    if let Some(first) = mounts.iter().min_by_key(|path| path.len()) {
        pills.push(claim_pill(
            gettext("Holds {path}").replace("{path}", first),
            "drive-harddisk-symbolic",
            gettext("Mounted file systems of the host are on it: {paths}.")
                .replace("{paths}", &mounts.join(", ")),
        ));
    }
    pills.truncate(2);
    pills
}

fn screen_pill(host: &Host, function: &Function) -> Option<Pill> {
    let mut connected = host
        .connectors_of(function.address)
        .filter(|connector| connector.status.known() == Some(&ConnectorStatus::Connected));
    let first = connected.next()?;
    let more = connected.count();
    let screen = first.monitor.clone().unwrap_or_else(|| first.name.clone());
    let text = if more == 0 {
        gettext("Drives {screen}").replace("{screen}", &screen)
    } else {
        let count = more + 1;
        ngettext("Drives {count} screen", "Drives {count} screens", u32::try_from(count).unwrap_or(u32::MAX))
            .replace("{count}", &count.to_string())
    };
    let tooltip = gettext("A screen is connected to this card: {screen} at {connector}.")
        .replace("{screen}", &screen)
        .replace("{connector}", &first.name);
    let short = Some(gettext("Display"));
    Some(Pill { short, ..claim_pill(text, "video-display-symbolic", tooltip) })
}

fn claim_pill(text: String, icon: &'static str, tooltip: String) -> Pill {
    Pill { text, tone: Tone::Claim, icon: Some(icon), short: None, tooltip }
}
