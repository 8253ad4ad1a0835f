//! What the device list shows: its sections and rows, the texts on them, and which of them a search leaves.
//! Plain values made from a host, without GTK; the list by groups is made in the worker, so that a large machine costs
//! no frame. The other ways to look at a machine are in `topology` and `usb`.

use std::collections::HashMap;
use std::ops::Range;

use gangway_client::text;
use gangway_core::host::{ClaimKind, ConnectorStatus, Function, Group, Host, Isolation};
use gangway_core::pci::{DeviceKind, Names, PciAddress};
use gangway_core::reading::Reading;
use gettextrs::gettext;

use super::claims::{self, Claims};
use super::key::Key;
use super::tree::{Place, Toggled};
use crate::widgets::pill::{Pill, Tone};
use crate::words::{self, Chip};

/// All sections and rows of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DevicesView {
    pub sections: Vec<Section>,
    pub rows: Vec<Row>,
}

/// One IOMMU group, or the devices that have none; a whole tree, which has no header.
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

/// One row: a function, or what else stands in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub key: Key,
    /// The address as shown: short where the machine has one PCI domain.
    pub shown_address: String,
    pub name: String,
    /// Who made it, or what else is said beside the address.
    pub vendor: String,
    pub icon: &'static str,
    /// The main function of a graphics card.
    pub primary: bool,
    /// A bridge: shown, and never offered.
    pub quiet: bool,
    /// The driver; empty where none has it.
    pub driver: String,
    /// Facts of the host, the most important one first, without driver and virtual machine, as far as a scan knows
    /// them: the claims of the full model take their place.
    pub pills: Vec<Pill>,
    /// Its group, or another fact at its end; empty in the list by groups.
    pub group: String,
    /// Where it stands in a tree; none in the list by groups.
    pub place: Option<Place>,
    pub chip: Chip,
    /// What a search looks at, in lower case.
    pub haystack: String,
}

/// Who has a device: from the definitions of the virtual machines.
pub type Owners = HashMap<PciAddress, String>;

/// The same with what is plugged into USB, by port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// The virtual machine that has it.
    pub functions: Owners,
    /// That which it can be taken back from.
    pub saved: Owners,
    pub usb: HashMap<String, String>,
}

impl Held {
    /// The virtual machine that a function can be taken back from.
    pub fn saved(&self, address: PciAddress) -> Option<&str> {
        self.saved.get(&address).map(String::as_str)
    }

    /// The virtual machine that has what a row stands for.
    pub fn by(&self, key: &Key) -> Option<&str> {
        match key {
            Key::Function(address) => self.functions.get(address).map(String::as_str),
            Key::Usb(port) => self.usb.get(port).map(String::as_str),
            Key::Root(_) | Key::Run(_) | Key::Elsewhere => None,
        }
    }
}

/// What is looked for in a list, and what is known of its rows beside themselves.
#[derive(Clone, Copy)]
pub struct Sought<'a> {
    pub search: &'a str,
    pub chip: Chip,
    pub held: &'a Held,
    pub claims: Option<&'a Claims>,
    pub toggled: &'a Toggled,
}

impl DevicesView {
    /// Everything about a host, graphics cards first, then by number of the group; devices without one come last.
    pub fn new(host: &Host, names: &Names) -> Self {
        let mut view = Self::default();
        let maker = RowMaker::new(host, names);
        let mut groups: Vec<&Group> = host.groups.iter().collect();
        groups.sort_by_key(|group| (rank(host, group), group.id));
        for group in groups {
            let start = view.rows.len();
            view.rows.extend(members(host, group).map(|function| maker.row_of(function)));
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
                .map(|function| maker.row_of(function)),
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

    /// The rows that a search and a class leave, by index; every word must be found. In a tree what is above them stays,
    /// and only where nothing is looked for, what is folded is hidden.
    pub fn matching(&self, sought: &Sought<'_>) -> Vec<usize> {
        let search = sought.search.to_lowercase();
        let words: Vec<&str> = search.split_whitespace().collect();
        let fits = |row: &Row| row.fits(&words, sought);
        if self.rows.iter().all(|row| row.place.is_none()) {
            return (0..self.rows.len()).filter(|index| self.rows.get(*index).is_some_and(fits)).collect();
        }
        if words.is_empty() && sought.chip == Chip::All {
            return self.unfolded(sought.toggled);
        }
        self.with_ancestors(|index| self.rows.get(index).is_some_and(fits))
    }

    /// The section of a row.
    pub fn section_of(&self, row: usize) -> Option<&Section> {
        let index = self.sections.partition_point(|section| section.rows.end <= row);
        self.sections.get(index)
    }
}

impl Section {
    /// A section without a header.
    pub fn plain(rows: Range<usize>) -> Self {
        Self { title: String::new(), kind: String::new(), state: SectionState::Quiet, rows }
    }

    /// Whether both headers look the same.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (&self.title, &self.kind, &self.state) == (&other.title, &other.kind, &other.state)
    }
}

impl Row {
    /// A row with nothing on it yet.
    pub fn new(key: Key) -> Self {
        Self {
            key,
            shown_address: String::new(),
            name: String::new(),
            vendor: String::new(),
            icon: "chip-symbolic",
            primary: false,
            quiet: false,
            driver: String::new(),
            pills: Vec::new(),
            group: String::new(),
            place: None,
            chip: Chip::Other,
            haystack: String::new(),
        }
    }

    /// What the host does with it: by the full model, where that was read.
    pub fn claims<'a>(&'a self, claims: Option<&'a Claims>) -> &'a [Pill] {
        match claims {
            Some(claims) => claims.get(&self.key).map_or(&[], Vec::as_slice),
            None => &self.pills,
        }
    }

    fn fits(&self, words: &[&str], sought: &Sought<'_>) -> bool {
        let on_usb = matches!(self.key, Key::Usb(_));
        let class =
            sought.chip == Chip::All || self.chip == sought.chip || (on_usb && sought.chip == Chip::Usb);
        let said = |word: &str, text: &str| text.to_lowercase().contains(word);
        class
            && words.iter().all(|word| {
                self.haystack.contains(word)
                    || sought.held.by(&self.key).is_some_and(|name| said(word, name))
                    || self.claims(sought.claims).iter().any(|pill| said(word, &pill.text))
            })
    }

    /// What a screen reader says of the row.
    pub fn spoken(&self, owner: Option<&str>, claims: &[Pill]) -> String {
        let mut parts = vec![self.name.clone(), self.shown_address.clone(), self.vendor.clone()];
        match (&self.key, self.driver.as_str()) {
            (Key::Function(_), "") if !self.quiet => parts.push(gettext("no driver")),
            (_, "") => {}
            (_, driver) => parts.push(gettext("driver {name}").replace("{name}", driver)),
        }
        parts.extend(claims.iter().map(|pill| pill.text.clone()));
        parts.push(self.group.clone());
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

/// Makes rows of the functions of one machine.
pub struct RowMaker<'a> {
    host: &'a Host,
    names: &'a Names,
    full_addresses: bool,
}

impl<'a> RowMaker<'a> {
    pub fn new(host: &'a Host, names: &'a Names) -> Self {
        let full_addresses = host.functions.iter().any(|function| function.address.domain() != 0);
        Self { host, names, full_addresses }
    }

    pub fn host(&self) -> &'a Host {
        self.host
    }

    /// The row of the function at an address.
    pub fn row(&self, address: PciAddress) -> Option<Row> {
        self.host.function(address).map(|function| self.row_of(function))
    }

    /// What its group is called.
    pub fn group(&self, address: PciAddress) -> Option<String> {
        let group = self.host.group_of(address)?;
        Some(gettext("Group {number}").replace("{number}", &group.id.to_string()))
    }

    fn row_of(&self, function: &Function) -> Row {
        let host = self.host;
        let name = host.name_of(function, self.names);
        let shown = words::device_name(host, function, &name.title);
        let address = function.address.to_string();
        let short = || words::short_address(function.address);
        let shown_address = if self.full_addresses { address.clone() } else { short() };
        let driver = match &function.driver {
            Reading::Known(driver) => driver.to_string(),
            Reading::Absent => String::new(),
            Reading::Unreadable(_) | Reading::Nonsense(_) => gettext("unknown"),
        };
        let ids = words::ids(function);
        let haystack =
            format!("{shown} {} {} {address} {ids} {driver}", name.full, name.vendor).to_lowercase();
        Row {
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
            ..Row::new(Key::Function(function.address))
        }
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
            ClaimKind::Swap => pills.push(claims::swap_pill()),
            ClaimKind::DefaultRoute { interface } => pills.push(claims::route_pill(interface)),
        }
    }
    pills.extend(claims::mount_pill(&mounts));
    pills.truncate(2);
    pills
}

fn screen_pill(host: &Host, function: &Function) -> Option<Pill> {
    let mut connected = host
        .connectors_of(function.address)
        .filter(|connector| connector.status.known() == Some(&ConnectorStatus::Connected));
    let first = connected.next()?;
    let screen = first.monitor.as_ref().unwrap_or(&first.name);
    Some(claims::screen_pill(screen, &first.name, connected.count() + 1))
}

/// How something that the host uses is marked.
pub fn claim_pill(text: String, icon: &'static str, tooltip: String) -> Pill {
    Pill { text, tone: Tone::Claim, icon: Some(icon), short: None, tooltip }
}
