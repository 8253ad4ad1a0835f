//! What the details pane says of what is selected: parts that fold, each with facts and named values. Plain values
//! without GTK; `function` and `usb` decide what is in them, `loses` what the host loses.

mod function;
mod loses;
mod tree;
mod usb;

use std::collections::HashSet;

use gangway_client::hypervisor::VirtualMachine;
use gangway_core::plan::Intent;
use gettextrs::gettext;

use super::key::Key;
use super::known::Known;
use super::state::{DevicesView, Held};
use crate::situation::Snapshot;

pub use loses::icon_of;

/// Everything about one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsView {
    pub key: Key,
    pub icon: &'static str,
    pub name: String,
    pub line: String,
    /// None of them is empty.
    pub parts: Vec<Part>,
    /// None where nothing can be done with it.
    pub action: Option<Action>,
    /// What can be done with it at once, besides.
    pub now: Option<Intent>,
}

/// What a part is about; by this it stays folded from one device to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartId {
    Loses,
    Along,
    Machines,
    Hardware,
    Driver,
    Link,
    Memory,
    Virtual,
    Identity,
    Inside,
}

/// The parts that were folded or unfolded by the user: each is the other way than at first.
pub type ToggledParts = HashSet<PartId>;

impl PartId {
    /// Whether it is folded until somebody asks for it: what only few look for.
    pub fn is_folded(self, toggled: &ToggledParts) -> bool {
        matches!(self, Self::Memory | Self::Virtual | Self::Identity) != toggled.contains(&self)
    }

    /// Its heading.
    pub fn title(self) -> String {
        match self {
            Self::Loses => gettext("What the Host Loses"),
            Self::Along => gettext("Goes Along"),
            Self::Machines => gettext("Virtual Machines That Have It"),
            Self::Hardware => gettext("Hardware"),
            Self::Driver => gettext("Driver and Group"),
            Self::Link => gettext("Link, Power and Reset"),
            Self::Memory => gettext("Memory and ROM"),
            Self::Virtual => gettext("Virtual Functions"),
            Self::Identity => gettext("Identity"),
            Self::Inside => gettext("What Is in It"),
        }
    }
}

/// Lines below a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub id: PartId,
    /// A sentence below the heading; may be empty.
    pub summary: String,
    pub lines: Vec<Line>,
}

/// One line of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Fact(Fact),
    Property(Property),
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

/// The action of the details, and what can be done at once besides.
pub type Offered = (Action, Option<Intent>);

/// What the details are made of.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    pub snapshot: &'a Snapshot,
    /// The full model, once it was read.
    pub known: Option<&'a Known>,
    pub machines: &'a [VirtualMachine],
    pub held: &'a Held,
    /// The rows among which it stands.
    pub view: &'a DevicesView,
}

impl DetailsView {
    /// The details of what a row stands for; `None` where the machine does not have it.
    pub fn new(sources: &Sources<'_>, key: &Key) -> Option<Self> {
        let mut details = match key {
            Key::Function(address) => function::details(sources, *address)?,
            Key::Usb(port) => usb::details(sources, port)?,
            Key::Root(_) | Key::Run(_) | Key::Elsewhere => tree::details(sources, key)?,
        };
        details.parts.retain(|part| !part.lines.is_empty() || !part.summary.is_empty());
        Some(details)
    }

    /// All of it as text, for the clipboard.
    pub fn as_text(&self) -> String {
        let mut text = format!("{}\n{}\n", self.name, self.line);
        for part in &self.parts {
            text.push_str(&format!("\n{}\n", part.id.title()));
            if !part.summary.is_empty() {
                text.push_str(&format!("  {}\n", part.summary));
            }
            for line in &part.lines {
                let said = match line {
                    Line::Fact(fact) if fact.remark.is_empty() => fact.title.clone(),
                    Line::Fact(fact) => format!("{} ({})", fact.title, fact.remark),
                    Line::Property(property) => format!("{}: {}", property.label, property.value),
                };
                text.push_str(&format!("  {said}\n"));
            }
        }
        text
    }
}

/// The text of some parts as one line, with dots between them.
fn join(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Named values, collected.
#[derive(Default)]
struct Properties(Vec<Line>);

impl Properties {
    fn put(&mut self, label: String, value: String, monospace: bool) {
        self.0.push(Line::Property(Property { label, value, monospace }));
    }

    /// Only where there is a value.
    fn put_some(&mut self, label: String, value: Option<String>, monospace: bool) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.put(label, value, monospace);
        }
    }

    fn part(self, id: PartId) -> Part {
        Part { id, summary: String::new(), lines: self.0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gangway_client::demo::DemoMachine;
    use gangway_client::target::{HostChoice, Target};
    use gangway_core::devices::Devices;

    use super::*;
    use crate::pages::devices::topology;

    fn machine(machine: DemoMachine) -> (Arc<Snapshot>, Arc<Known>) {
        let target = Target { host: HostChoice::Demo(machine), connect: None };
        let snapshot = Snapshot::read(&target).unwrap();
        let source = target.source().unwrap();
        let devices = Devices::read(&source, &snapshot.host);
        let known = Known::of(&snapshot, devices, &source);
        (snapshot, known)
    }

    #[test]
    fn everything_listed_has_details_without_an_empty_part_or_placeholder() {
        for demo in DemoMachine::ALL {
            let (snapshot, known) = machine(demo);
            let held = Held::default();
            let topology = topology::view(&snapshot, &Default::default(), Some(&known.devices));
            for view in [&*snapshot.devices, &topology, &*known.usb] {
                for known in [None, Some(&*known)] {
                    let sources = Sources { snapshot: &snapshot, known, machines: &[], held: &held, view };
                    for row in &view.rows {
                        let Some(details) = DetailsView::new(&sources, &row.key) else {
                            assert!(known.is_none() && matches!(row.key, Key::Usb(_)), "{:?}", row.key);
                            continue;
                        };
                        assert!(!details.name.is_empty());
                        let text = details.as_text();
                        assert!(!text.contains(['{', '}']), "{text}");
                        for part in &details.parts {
                            assert!(!part.lines.is_empty() || !part.summary.is_empty(), "{text}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_full_model_says_what_the_host_loses_and_how_it_is_linked() {
        let (snapshot, known) = machine(DemoMachine::Workshop);
        let held = Held::default();
        let view = snapshot.devices.clone();
        let details = |known, address: &str| {
            let sources = Sources { snapshot: &snapshot, known, machines: &[], held: &held, view: &view };
            DetailsView::new(&sources, &Key::Function(address.parse().unwrap())).unwrap().as_text()
        };
        let (brief, full) = (details(None, "0000:01:00.0"), details(Some(&*known), "0000:01:00.0"));
        assert!(!brief.contains("PCIe") && full.contains("PCIe"), "{full}");
        let told = ["PCIe 4.0 ×16", "Reset: none for this function alone", "Region 1: 256 MiB, prefetchable"];
        assert!(told.iter().all(|fact| full.contains(fact)), "{full}");
        let controller = details(Some(&*known), "0000:0b:00.3");
        assert!(controller.contains("keyboard"), "{controller}");
        assert!(controller.contains("Kernel module: xhci_pci"), "{controller}");
        let (brief, port) = (details(None, "0000:00:01.1"), details(Some(&*known), "0000:00:01.1"));
        assert!(!brief.contains("Link, Power and Reset"), "{brief}");
        let told = ["Link now: PCIe 3.0 ×8", "Power state: D0", "May sleep without power: yes"];
        assert!(told.iter().all(|fact| port.contains(fact)), "{port}");
        assert!(!port.contains("Kernel module"), "it is built in: {port}");
    }
}
