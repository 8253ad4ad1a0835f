//! What the details pane says of one device: what the host loses with it, what goes along, its hardware, and
//! whether it can be handed over or taken back. Plain values without GTK.

use gangway_client::handover::{self, Cost, Going};
use gangway_client::text;
use gangway_core::host::{ConnectorStatus, Function, GroupKind};
use gangway_core::pci::{DeviceKind, PciAddress};
use gettextrs::{gettext, ngettext};

use super::state::Owners;
use crate::situation::Snapshot;
use crate::words;

/// The details of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsView {
    pub address: PciAddress,
    pub icon: &'static str,
    pub name: String,
    pub line: String,
    /// The description below *What the Host Loses*.
    pub loses_summary: String,
    pub loses: Vec<Fact>,
    pub along_summary: String,
    pub along: Vec<Fact>,
    pub hardware: Vec<Property>,
    pub action: Action,
}

/// A line with an icon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub icon: &'static str,
    pub title: String,
    pub remark: String,
    /// Whether the remark is an address.
    pub monospace: bool,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    pub label: String,
    pub value: String,
    pub monospace: bool,
}

/// What can be done with the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It can be handed over.
    HandOver,
    /// It cannot, for this reason.
    Refused { reason: String },
    /// A virtual machine has it, which can give it back.
    TakeBack { machine: String },
}

impl DetailsView {
    /// The details of the device at an address; `None` where the machine does not have it.
    pub fn new(snapshot: &Snapshot, address: PciAddress, owners: &Owners) -> Option<Self> {
        let host = &snapshot.host;
        let function = host.function(address)?;
        let device = host.name_of(function, &snapshot.names);
        let going = handover::going(host, &[address], true);
        let going_alone = going.as_ref().ok();
        let action = match (owners.get(&address), &going) {
            (Some(machine), _) => Action::TakeBack { machine: machine.clone() },
            (None, Ok(_)) => Action::HandOver,
            (None, Err(refusal)) => {
                Action::Refused { reason: text::stays(refusal, &snapshot.device_names()) }
            }
        };
        let loses = loses(snapshot, function, going_alone);
        Some(Self {
            address,
            icon: words::icon(function.kind()),
            name: words::device_name(host, function, &device.title),
            line: join(&[&device.vendor, &words::ids(function)]),
            loses_summary: summary(going_alone, matches!(action, Action::TakeBack { .. })),
            loses,
            along_summary: along_summary(going_alone),
            along: going_alone.map(|going| along(snapshot, address, going)).unwrap_or_default(),
            hardware: hardware(snapshot, function),
            action,
        })
    }
}

fn join(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn summary(going: Option<&Going>, given: bool) -> String {
    match going {
        _ if given => gettext("It is in the definition of a virtual machine."),
        Some(going) if going.costs.is_empty() => gettext("Nothing that is in use now."),
        Some(_) => gettext("While a virtual machine has it:"),
        None => String::new(),
    }
}

fn loses(snapshot: &Snapshot, function: &Function, going: Option<&Going>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = going
        .map(|going| going.costs.iter().map(|cost| cost_fact(snapshot, cost)).collect())
        .unwrap_or_default();
    let connectors: Vec<_> = snapshot.host.connectors_of(function.address).collect();
    let connected =
        connectors.iter().any(|connector| connector.status.known() == Some(&ConnectorStatus::Connected));
    if function.kind() == DeviceKind::Graphics && !connectors.is_empty() && !connected {
        let count = connectors.len();
        facts.push(Fact {
            icon: "video-display-symbolic",
            title: ngettext(
                "{count} display output",
                "{count} display outputs",
                u32::try_from(count).unwrap_or(u32::MAX),
            )
            .replace("{count}", &count.to_string()),
            remark: gettext("No screen connected"),
            monospace: false,
        });
    }
    facts
}

/// A cost as a line: its icon and its sentence.
pub fn cost_fact(snapshot: &Snapshot, cost: &Cost) -> Fact {
    let icon = match cost {
        Cost::Screen { .. } | Cost::BootDisplay { .. } => "video-display-symbolic",
        Cost::Mounted { .. } | Cost::Swap { .. } => "drive-harddisk-symbolic",
        Cost::DefaultRoute { .. } => "network-wired-symbolic",
    };
    let title = text::cost(cost, &snapshot.device_names());
    Fact { icon, title, remark: String::new(), monospace: false }
}

fn along_summary(going: Option<&Going>) -> String {
    match going {
        Some(going) if going.cards.len() > 1 => gettext("The devices of this group leave the host together."),
        Some(going) if going.functions.len() > 1 => gettext("The whole card leaves the host together."),
        _ => String::new(),
    }
}

fn along(snapshot: &Snapshot, asked: PciAddress, going: &Going) -> Vec<Fact> {
    going
        .functions
        .iter()
        .filter(|address| **address != asked)
        .map(|address| Fact {
            icon: snapshot.host.function(*address).map_or("chip-symbolic", |f| words::icon(f.kind())),
            title: snapshot.name(*address).unwrap_or_default(),
            remark: words::short_address(*address),
            monospace: true,
        })
        .collect()
}

fn hardware(snapshot: &Snapshot, function: &Function) -> Vec<Property> {
    let property = |label: String, value: String, monospace| Property { label, value, monospace };
    let device = snapshot.host.name_of(function, &snapshot.names);
    let mut list = vec![
        property(gettext("Full name"), device.full, false),
        property(gettext("Address"), function.address.to_string(), true),
        property(gettext("Vendor and device"), words::ids(function), true),
        property(
            gettext("Class"),
            format!("{} ({})", words::kind(function.kind()), words::or_unknown(&function.class)),
            false,
        ),
        property(gettext("IOMMU group"), group_words(snapshot, function), false),
        property(gettext("Driver"), words::or_unknown(&function.driver), function.driver.is_known()),
    ];
    if !function.driver_override.is_absent() {
        list.push(property(
            gettext("Reserved for the driver"),
            words::or_unknown(&function.driver_override),
            true,
        ));
    }
    if let Some(parent) = function.parent {
        let name = snapshot.name(parent).unwrap_or_default();
        list.push(property(gettext("Behind"), join(&[&words::short_address(parent), &name]), false));
    }
    if let Some(physical) = function.physical_function {
        list.push(property(gettext("Virtual function of"), physical.to_string(), true));
    }
    list
}

fn group_words(snapshot: &Snapshot, function: &Function) -> String {
    let number = words::or_unknown(&function.group);
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
