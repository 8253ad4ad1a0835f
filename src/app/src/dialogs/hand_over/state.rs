//! What the steps of handing over say and allow. Plain values without GTK.

use std::path::PathBuf;

use gangway_client::handover::{self, FeatureWishes, Going, Method, Request};
use gangway_client::hypervisor::{Definition, VirtualMachine, VmId, VmState};
use gangway_client::text;
use gangway_core::host::ConnectorStatus;
use gangway_core::leaving::Refusal;
use gangway_core::pci::{DeviceKind, PciAddress};
use gangway_domain::suggest::{GuestCard, Suggestion, SuggestionId, suggestions};
use gettextrs::{gettext, ngettext};

use crate::situation::Snapshot;
use crate::widgets::pill::{Pill, Tone};
use crate::words;

/// What the user chose so far.
#[derive(Debug, Clone)]
pub struct Choices {
    pub address: PciAddress,
    pub whole_group: bool,
    pub machine: Option<VmId>,
    /// Whether the card is reserved for later, and no virtual machine gets it now.
    pub only_reserve: bool,
    pub method: Option<Method>,
    /// The switches as the definition has them, with the user's changes.
    pub switches: Vec<SwitchChoice>,
    pub rom: Option<PathBuf>,
}

/// One switch of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchChoice {
    pub id: SuggestionId,
    pub title: String,
    pub reason: String,
    pub recommended: bool,
    pub on_before: bool,
    pub on: bool,
}

/// The first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlongView {
    pub icon: &'static str,
    pub name: String,
    pub line: String,
    pub going: Vec<GoingRow>,
    /// Set where others share the group.
    pub shared: Option<SharedView>,
    pub notes: Vec<String>,
    pub stays: Vec<GoingRow>,
    /// Why it cannot go on.
    pub refusal: Option<String>,
}

/// A device that goes or stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoingRow {
    pub icon: &'static str,
    pub name: String,
    pub address: String,
    pub remark: String,
    pub pill: Option<Pill>,
}

/// The choice to give the whole group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedView {
    pub title: String,
    pub reason: String,
}

/// A virtual machine to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineChoice {
    pub id: VmId,
    pub name: String,
    pub icon: &'static str,
    pub line: String,
    pub pill: Pill,
    /// Whether it can be chosen; the reason is in `line` where not.
    pub possible: bool,
}

impl Choices {
    /// Nothing chosen but the device.
    pub fn new(address: PciAddress) -> Self {
        Self {
            address,
            whole_group: false,
            machine: None,
            only_reserve: false,
            method: None,
            switches: Vec::new(),
            rom: None,
        }
    }

    /// What leaves the host with these choices.
    ///
    /// # Errors
    /// The reason against it.
    pub fn going(&self, snapshot: &Snapshot) -> Result<Going, Refusal> {
        handover::going(&snapshot.host, &[self.address], self.whole_group)
    }

    /// What is asked of the planner.
    pub fn request(&self) -> Request {
        let mut features = FeatureWishes::default();
        for switch in self.switches.iter().filter(|switch| switch.on != switch.on_before) {
            match switch.id {
                SuggestionId::HideHypervisor => features.hide_hypervisor = Some(switch.on),
                SuggestionId::HypervForWindows => features.hyperv_windows = Some(switch.on),
            }
        }
        Request {
            devices: vec![self.address],
            whole_group: self.whole_group,
            vm: self.machine.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
            rom: self.rom.clone(),
            features,
            known: None,
        }
    }
}

impl AlongView {
    /// The first step with these choices.
    pub fn new(snapshot: &Snapshot, choices: &Choices) -> Self {
        let going = choices.going(snapshot);
        // Whether the group is shared is seen by asking for the whole of it.
        let whole = handover::going(&snapshot.host, &[choices.address], true);
        let shared = whole.as_ref().ok().and_then(|whole| shared(snapshot, choices, whole));
        let refusal = match (&going, &shared) {
            (Ok(_), _) | (Err(Refusal::GroupStays { .. }), Some(_)) => None,
            (Err(refusal), _) => Some(text::stays(refusal, &snapshot.device_names())),
        };
        let shown = going.as_ref().or(whole.as_ref());
        let function = snapshot.host.function(choices.address);
        Self {
            icon: function.map_or("chip-symbolic", |function| words::icon(function.kind())),
            name: snapshot.name(choices.address).unwrap_or_default(),
            line: line(snapshot, choices.address),
            going: shown.map(|going| going_rows(snapshot, going)).unwrap_or_default(),
            shared,
            notes: shown
                .map(|going| {
                    let names = snapshot.device_names();
                    going.warnings.iter().map(|warning| text::leaving_warning(warning, &names)).collect()
                })
                .unwrap_or_default(),
            stays: shown.map(|going| stays(snapshot, going)).unwrap_or_default(),
            refusal,
        }
    }

    /// Whether the next step can be taken.
    pub fn can_continue(&self, choices: &Choices) -> bool {
        self.refusal.is_none() && (self.shared.is_none() || choices.whole_group)
    }
}

fn line(snapshot: &Snapshot, address: PciAddress) -> String {
    let Some(group) = snapshot.host.group_of(address) else { return String::new() };
    let number = gettext("Group {number}").replace("{number}", &group.id.to_string());
    format!("{number} · {}", text::isolation_label(&group.isolation))
}

fn shared(snapshot: &Snapshot, choices: &Choices, whole: &Going) -> Option<SharedView> {
    let card = snapshot.host.function(choices.address)?.card;
    let others: Vec<String> = whole
        .functions
        .iter()
        .filter(|address| snapshot.host.function(**address).is_some_and(|function| function.card != card))
        .filter_map(|address| snapshot.name(*address))
        .collect();
    if others.is_empty() {
        return None;
    }
    let count = u32::try_from(others.len()).unwrap_or(u32::MAX);
    Some(SharedView {
        title: gettext("Hand over the whole group"),
        reason: ngettext(
            "The IOMMU cannot keep {others} apart, so it has to go along.",
            "The IOMMU cannot keep {others} apart, so they have to go along.",
            count,
        )
        .replace("{others}", &text::join(&others)),
    })
}

fn going_rows(snapshot: &Snapshot, going: &Going) -> Vec<GoingRow> {
    let names = snapshot.device_names();
    going
        .along
        .iter()
        .map(|along| {
            let costs: Vec<String> = going
                .costs
                .iter()
                .filter(|cost| cost.address() == along.address)
                .map(|cost| text::cost(cost, &names))
                .collect();
            let pill = if costs.is_empty() {
                Pill::plain(gettext("No cost"), Tone::Good)
            } else {
                Pill::plain(gettext("In use"), Tone::Claim)
            };
            let remark = if costs.is_empty() { text::why(along.why, &names) } else { costs.join(" ") };
            let icon =
                snapshot.host.function(along.address).map_or("chip-symbolic", |f| words::icon(f.kind()));
            GoingRow {
                icon,
                name: snapshot.name(along.address).unwrap_or_default(),
                address: words::short_address(along.address),
                remark,
                pill: Some(pill),
            }
        })
        .collect()
}

/// The graphics cards that the host keeps.
fn stays(snapshot: &Snapshot, going: &Going) -> Vec<GoingRow> {
    let host = &snapshot.host;
    host.functions
        .iter()
        .filter(|function| function.kind() == DeviceKind::Graphics)
        .filter(|function| !going.functions.contains(&function.address))
        .map(|function| {
            let screen = host
                .connectors_of(function.address)
                .find(|connector| connector.status.known() == Some(&ConnectorStatus::Connected));
            let remark = match screen {
                Some(connector) => gettext("Keeps the screen {screen}.")
                    .replace("{screen}", connector.monitor.as_deref().unwrap_or(&connector.name)),
                None => gettext("No screen is connected to it."),
            };
            GoingRow {
                icon: words::icon(function.kind()),
                name: snapshot.name(function.address).unwrap_or_default(),
                address: words::short_address(function.address),
                remark,
                pill: None,
            }
        })
        .collect()
}

/// The virtual machines to choose from.
pub fn machine_choices(
    snapshot: &Snapshot,
    choices: &Choices,
    machines: &[VirtualMachine],
) -> Vec<MachineChoice> {
    machines.iter().map(|machine| machine_choice(snapshot, choices, machine)).collect()
}

fn machine_choice(snapshot: &Snapshot, choices: &Choices, machine: &VirtualMachine) -> MachineChoice {
    let reason = why_not(snapshot, choices, machine);
    let system = text::guest_system(&machine.system);
    let running = machine.state == VmState::Running;
    let held: Vec<String> = snapshot
        .cards_of(&machine.devices)
        .iter()
        .map(|part| part.functions.first().and_then(|address| snapshot.name(*address)))
        .map(|name| name.unwrap_or_else(|| gettext("a device")))
        .collect();
    let line = match &reason {
        Some(reason) => reason.clone(),
        None if machine.state.is_active() => {
            gettext("{system}. {state}. Gets the device when it starts next.")
                .replace("{system}", &system)
                .replace("{state}", &text::vm_state(machine.state))
        }
        None => gettext("{system}. {state}.")
            .replace("{system}", &system)
            .replace("{state}", &text::vm_state(machine.state)),
    };
    // What it has is named in the line, where there is room: the pill must not take the room of the machine's name.
    let (line, pill) = match (&reason, u32::try_from(held.len()).unwrap_or(u32::MAX)) {
        (Some(_), _) => (line, Pill::plain(gettext("Not possible"), Tone::Claim)),
        (None, 0) => (line, Pill::plain(gettext("Ready"), Tone::Good)),
        (None, count) => {
            let has = gettext("Has {devices}.").replace("{devices}", &text::join(&held));
            let pill = ngettext("Has {count} device", "Has {count} devices", count)
                .replace("{count}", &count.to_string());
            (format!("{line} {has}"), Pill { tooltip: has, ..Pill::plain(pill, Tone::Machine) })
        }
    };
    MachineChoice {
        id: machine.id.clone(),
        name: machine.name.clone(),
        icon: if running { "vm-symbolic" } else { "vm-off-symbolic" },
        line,
        pill,
        possible: reason.is_none(),
    }
}

fn why_not(snapshot: &Snapshot, choices: &Choices, machine: &VirtualMachine) -> Option<String> {
    if !machine.persistent {
        return Some(gettext("It has no saved definition, so there is nothing to change."));
    }
    if let Some(trouble) = &machine.trouble {
        return Some(gettext("Its definition cannot be understood: {reason}.").replace("{reason}", trouble));
    }
    let going =
        handover::going_beside(&snapshot.host, &[choices.address], choices.whole_group, &machine.devices);
    going.err().map(|refusal| text::stays(&refusal, &snapshot.device_names()))
}

/// The switches that fit what goes into this definition.
pub fn switches(snapshot: &Snapshot, going: &Going, definition: &Definition) -> Vec<SwitchChoice> {
    let Ok(document) = definition.document() else { return Vec::new() };
    let cards: Vec<GuestCard> = going
        .functions
        .iter()
        .filter_map(|address| {
            let function = snapshot.host.function(*address)?;
            Some(GuestCard { vendor: *function.vendor.known()?, class: *function.class.known()? })
        })
        .collect();
    suggestions(&document, &cards).iter().map(switch).collect()
}

fn switch(suggestion: &Suggestion) -> SwitchChoice {
    SwitchChoice {
        id: suggestion.id,
        title: text::suggestion(suggestion.id),
        reason: text::suggestion_reason(&suggestion.reason),
        recommended: suggestion.recommended && !suggestion.on_now,
        on_before: suggestion.on_now,
        on: suggestion.on_now,
    }
}

/// Whether something that goes takes a ROM file.
pub fn takes_rom(snapshot: &Snapshot, going: &Going) -> bool {
    going.functions.iter().any(|address| {
        snapshot.host.function(*address).is_some_and(|function| function.kind() == DeviceKind::Graphics)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gangway_client::demo::DemoMachine;
    use gangway_client::target::{HostChoice, Target};

    fn choice(id: SuggestionId, on_before: bool, on: bool) -> SwitchChoice {
        SwitchChoice { id, title: String::new(), reason: String::new(), recommended: false, on_before, on }
    }

    #[test]
    fn a_long_name_of_a_device_does_not_stand_on_the_pill() {
        let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
        let snapshot = Snapshot::read(&target).expect("a demo machine");
        let choices = Choices::new("01:00.0".parse().expect("an address"));
        let mut machine = VirtualMachine::new(VmId::new("1"), "win11".into(), VmState::Off, true);
        machine.devices =
            vec!["0b:00.4".parse().expect("an address"), "7f:00.0".parse().expect("an address")];
        let choice = machine_choice(&snapshot, &choices, &machine);
        assert_eq!(choice.pill.text, "Has 2 devices");
        assert_eq!(
            choice.line,
            "Unknown system. Off. Has Starship/Matisse HD Audio Controller and a device."
        );
        assert!(choice.line.ends_with(&choice.pill.tooltip));
        machine.devices.truncate(1);
        assert_eq!(machine_choice(&snapshot, &choices, &machine).pill.text, "Has 1 device");
    }

    #[test]
    fn only_what_the_user_changed_is_asked_for() {
        let mut choices = Choices::new("01:00.0".parse().expect("an address"));
        choices.switches = vec![
            choice(SuggestionId::HideHypervisor, false, false),
            choice(SuggestionId::HypervForWindows, true, true),
        ];
        assert_eq!(choices.request().features, FeatureWishes::default());
        choices.switches = vec![choice(SuggestionId::HideHypervisor, false, true)];
        assert_eq!(choices.request().features.hide_hypervisor, Some(true));
        choices.switches = vec![choice(SuggestionId::HypervForWindows, true, false)];
        assert_eq!(choices.request().features.hyperv_windows, Some(false));
    }
}
