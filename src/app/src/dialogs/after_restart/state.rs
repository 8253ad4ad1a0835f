//! What is said after the restart of a reservation: how it stands, what of its promise holds, the virtual machine that waits
//! for the card, and what can be done next. Plain values without GTK.

use gangway_client::hypervisor::{VirtualMachine, VmId};
use gangway_client::saga::{GuestSide, HostSide, Next, Standing, Wish};
use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::source::Source;
use gangway_core::trial::{self, Promised, Trial, Verified};
use gettextrs::gettext;

use crate::dialogs::mnemonic;

/// What was read of a reservation and of what waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    pub trial: Trial,
    pub parts: Vec<Promised>,
    pub wishes: Vec<Wish>,
}

/// What a banner says, and what its button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BannerView {
    pub sentence: String,
    pub button: String,
}

/// The whole dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterView {
    pub title: String,
    pub sentence: String,
    /// Whether all is as it should be.
    pub good: bool,
    pub parts: Vec<PartRow>,
    pub ways: Vec<WayRow>,
}

/// A part of what was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    pub icon: &'static str,
    pub class: &'static str,
    pub sentence: String,
}

/// Something that can be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayRow {
    pub label: String,
    pub way: Way,
    pub suggested: bool,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    Give(Box<Wish>),
    Start { machine: VmId, name: String },
    Keep,
    Restart,
    TakeBack { machine: VmId, devices: Vec<PciAddress> },
    Undo { record: String, title: String },
    HandOver(PciAddress),
    Forget(PciAddress),
}

impl Look {
    /// Reads it; not on the main thread.
    pub fn read(target: &Target) -> Self {
        let wishes = target.wishes().map(|wishes| wishes.all().0).unwrap_or_default();
        match target.source() {
            Ok(source) => Self::of(&source, wishes),
            Err(_) => Self::default(),
        }
    }

    fn of(source: &Source, wishes: Vec<Wish>) -> Self {
        let trial = Trial::of(source);
        let parts = match (&trial.standing, trial.state.known()) {
            (trial::Standing::OnTrial { .. } | trial::Standing::Confirmed { .. }, Some(state)) => {
                trial::verify(state, &Model::read(source), None)
            }
            _ => Vec::new(),
        };
        Self { trial, parts, wishes }
    }

    /// The functions that are reserved.
    fn reserved(&self) -> Vec<PciAddress> {
        let state = self.trial.state.known();
        state
            .map(|state| state.promise.devices.iter().map(|device| device.address).collect())
            .unwrap_or_default()
    }

    /// The wish that is about the reservation, or else the oldest, with how it stands.
    pub fn standing(&self, machines: Option<&[VirtualMachine]>) -> Option<(&Wish, Standing)> {
        let reserved = self.reserved();
        let about = |wish: &&Wish| wish.addresses().iter().all(|address| reserved.contains(address));
        let wish = self.wishes.iter().find(about).or(self.wishes.first())?;
        let host = HostSide::of(&wish.addresses(), &self.trial, &self.parts);
        Some((wish, Standing::of(wish, host, GuestSide::of(wish, machines))))
    }

    /// The side of the host alone.
    fn host(&self) -> HostSide {
        HostSide::of(&self.reserved(), &self.trial, &self.parts)
    }

    /// The wishes of which nothing is left.
    pub fn over(&self, machines: Option<&[VirtualMachine]>) -> Vec<PciAddress> {
        let is_over = |wish: &&Wish| {
            let host = HostSide::of(&wish.addresses(), &self.trial, &self.parts);
            Standing::of(wish, host, GuestSide::of(wish, machines)).over
        };
        self.wishes.iter().filter(is_over).map(|wish| wish.device).collect()
    }

    /// Whether this start is a trial.
    pub fn is_on_trial(&self) -> bool {
        matches!(self.trial.standing, trial::Standing::OnTrial { .. })
    }

    /// What it is called: “GeForce RTX 3070 to win11”.
    fn title(&self, machines: Option<&[VirtualMachine]>, names: &DeviceNames<'_>) -> String {
        match (self.standing(machines), self.reserved().first()) {
            (Some((wish, _)), _) => text::wish_title(wish, names),
            (None, Some(first)) => names.of(*first),
            (None, None) => String::new(),
        }
    }

    /// What a banner says on every page; none where nobody has to do anything.
    pub fn banner(&self, machines: Option<&[VirtualMachine]>, names: &DeviceNames<'_>) -> Option<BannerView> {
        let (template, button) = match (self.host(), self.standing(machines)) {
            (HostSide::OnTrial { .. }, _) => (
                gettext("This start is a trial of “{title}”. Is everything as it should be?"),
                gettext("Keep…"),
            ),
            (HostSide::Failed, _) => {
                (gettext("The trial of “{title}” ended without being kept."), gettext("Show…"))
            }
            (_, Some((_, standing))) if standing.over => return None,
            (_, Some((_, standing))) if standing.allows(Next::Give) => {
                (gettext("“{title}” can go on now."), gettext("Continue…"))
            }
            (HostSide::Nothing | HostSide::Other, Some((_, standing))) if !standing.next.is_empty() => {
                (gettext("“{title}” was stopped on the way."), gettext("Show…"))
            }
            _ => return None,
        };
        Some(BannerView { sentence: fill(&template, &[("title", &self.title(machines, names))]), button })
    }
}

impl AfterView {
    /// What the dialog says.
    pub fn new(look: &Look, machines: Option<&[VirtualMachine]>, names: &DeviceNames<'_>) -> Self {
        let found = look.standing(machines);
        let host = found.as_ref().map_or_else(|| look.host(), |(_, standing)| standing.host);
        let good = host.is_ready();
        let title = match host {
            HostSide::OnTrial { holds: true } => gettext("The Trial Works"),
            HostSide::OnTrial { holds: false } => gettext("The Trial Does Not Work"),
            HostSide::Failed => gettext("The Trial Is Over"),
            HostSide::Kept { holds: true } => gettext("Reserved"),
            HostSide::Kept { holds: false } => gettext("Not as It Was Kept"),
            HostSide::Waiting | HostSide::Aside => gettext("Waits for a Restart"),
            HostSide::Working => gettext("Being Changed"),
            HostSide::Nothing | HostSide::Other => gettext("Stopped on the Way"),
            HostSide::Unknown => gettext("Not Known"),
        };
        let sentence = match &found {
            Some((wish, standing)) => text::standing(wish, standing, names),
            None => text::trial::standing(&look.trial, names),
        };
        Self {
            title,
            sentence,
            good,
            parts: look.parts.iter().map(|part| PartRow::new(part, names)).collect(),
            ways: ways(look, found, machines, names),
        }
    }
}

impl PartRow {
    fn new(part: &Promised, names: &DeviceNames<'_>) -> Self {
        let (icon, class) = match &part.verified {
            Verified::Holds => ("object-select-symbolic", "success"),
            Verified::Broken { .. } => ("dialog-warning-symbolic", "warning"),
            Verified::Unknown(_) => ("dialog-question-symbolic", "dim-label"),
        };
        Self { icon, class, sentence: text::trial::promised(part, names) }
    }
}

fn ways(
    look: &Look,
    found: Option<(&Wish, Standing)>,
    machines: Option<&[VirtualMachine]>,
    names: &DeviceNames<'_>,
) -> Vec<WayRow> {
    let (wish, standing) = match found {
        Some((wish, standing)) => (Some(wish), Some(standing)),
        None => (None, None),
    };
    let next = standing.as_ref().map_or_else(|| look.host().next(), |standing| standing.next.clone());
    let has =
        standing.as_ref().is_some_and(|standing| matches!(standing.guest, GuestSide::Has | GuestSide::Part));
    let mut ways: Vec<WayRow> = Vec::new();
    for next in next {
        let Some((label, way)) = way(next, look, wish, has, machines, names) else { continue };
        if !ways.iter().any(|other| other.way == way) {
            ways.push(WayRow { label, way, suggested: ways.is_empty() });
        }
    }
    ways
}

/// What a next thing is called, and what it does. What a virtual machine has is taken from it before the host's side is
/// undone.
fn way(
    next: Next,
    look: &Look,
    wish: Option<&Wish>,
    has: bool,
    machines: Option<&[VirtualMachine]>,
    names: &DeviceNames<'_>,
) -> Option<(String, Way)> {
    let take_back = |wish: &Wish| {
        let held = machines?.iter().find(|vm| vm.id == wish.recipient.id)?;
        let devices = wish.addresses().into_iter().filter(|device| held.devices.contains(device)).collect();
        let label = fill(&gettext("_Take Back from “{vm}”…"), &[("vm", &mnemonic(&wish.recipient.name))]);
        Some((label, Way::TakeBack { machine: wish.recipient.id.clone(), devices }))
    };
    match (next, wish) {
        (Next::Give, Some(wish)) => {
            let label = fill(&gettext("_Give to “{vm}”…"), &[("vm", &mnemonic(&wish.recipient.name))]);
            Some((label, Way::Give(Box::new(wish.clone()))))
        }
        (Next::Start, Some(wish)) => {
            let (machine, name) = (wish.recipient.id.clone(), wish.recipient.name.clone());
            let runs = machines?.iter().any(|vm| vm.id == machine && vm.state.is_active());
            let label = fill(&gettext("_Start “{vm}”"), &[("vm", &mnemonic(&name))]);
            (!runs).then_some((label, Way::Start { machine, name }))
        }
        (Next::Confirm, _) => Some((gettext("_Keep…"), Way::Keep)),
        (Next::Restart, _) => Some((gettext("_Restart Now"), Way::Restart)),
        (Next::Take, Some(wish)) => take_back(wish),
        (Next::Undo, Some(wish)) if has => take_back(wish),
        (Next::Undo, _) => {
            let record = look.trial.state.known()?.record.clone();
            Some((gettext("_Undo…"), Way::Undo { record, title: look.title(machines, names) }))
        }
        (Next::Begin, Some(wish)) => Some((gettext("_Hand Over…"), Way::HandOver(wish.device))),
        (Next::Forget, Some(wish)) => Some((gettext("_Forget It"), Way::Forget(wish.device))),
        (Next::Give | Next::Start | Next::Take | Next::Begin | Next::Forget, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use gangway_client::handover::FeatureWishes;
    use gangway_client::hypervisor::VmState;
    use gangway_client::saga::Recipient;
    use gangway_core::reading::Reading;
    use gangway_core::trial::{Early, Part, State};

    use super::*;

    const UUID: &str = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";

    fn card() -> PciAddress {
        "01:00.0".parse().expect("an address")
    }

    fn wish() -> Wish {
        Wish {
            device: card(),
            functions: vec!["0000:01:00.0 0000:00/01.0/00.0 10de:2484 -".parse().expect("an identity")],
            whole_group: false,
            recipient: Recipient {
                id: VmId::new(UUID),
                name: "win_11".into(),
                connection: "fake:///".into(),
            },
            rom: None,
            features: FeatureWishes::default(),
            record: Some("r-1".into()),
            begun: 1,
        }
    }

    fn state() -> State {
        let text = r#"{"version": 1, "record": "2026-11-21T17.40.00Z-1", "promise": {
            "reserve": "0000:01:00.0=10de:2484",
            "devices": ["0000:01:00.0 0000:00/01.0/00.0 10de:2484 -"], "twins": [], "release": "6.12.43",
            "kernel": "/boot/gangway/vmlinuz", "image": "/boot/gangway/initrd.img",
            "entry": {"loader": "grub", "custom": "/boot/grub/custom.cfg", "env": "/boot/gangway/env",
                "config": "/boot/grub/grub.cfg"}, "request": "loader"},
            "image_sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "armed_in": "2f2b5c53-7f44-4d26-9d1a-0d4a6f4f3a51", "stage": {"stage": "armed"}}"#;
        State::parse(text).expect("a state")
    }

    fn look(standing: trial::Standing, holds: bool, wishes: Vec<Wish>) -> Look {
        let verified = |holds| {
            if holds {
                Verified::Holds
            } else {
                Verified::Unknown(gangway_core::checks::Need::Path("/x".into()))
            }
        };
        let parts = vec![Promised { part: Part::Driver(card()), verified: verified(holds) }];
        let state = if standing == trial::Standing::None { Reading::Absent } else { Reading::Known(state()) };
        Look { trial: Trial { state, standing, ..Trial::default() }, parts, wishes }
    }

    fn on_trial() -> trial::Standing {
        trial::Standing::OnTrial { early: Early::DidNotRun }
    }

    fn machine(has: bool) -> Vec<VirtualMachine> {
        let mut vm = VirtualMachine::new(VmId::new(UUID), "win_11".into(), VmState::Off, true);
        vm.devices = if has { vec![card()] } else { Vec::new() };
        vec![vm]
    }

    fn labels(look: &Look, machines: &[VirtualMachine]) -> Vec<String> {
        let view = AfterView::new(look, Some(machines), &DeviceNames::addresses());
        assert_eq!(view.ways.iter().filter(|way| way.suggested).count(), usize::from(!view.ways.is_empty()));
        view.ways.into_iter().map(|way| way.label).collect()
    }

    #[test]
    fn on_trial_the_machine_gets_the_card_and_then_it_is_kept() {
        let look = look(on_trial(), true, vec![wish()]);
        assert_eq!(labels(&look, &machine(false)), ["_Give to “win__11”…", "_Keep…", "_Undo…"]);
        assert_eq!(
            labels(&look, &machine(true)),
            ["_Keep…", "_Start “win__11”", "_Take Back from “win__11”…"]
        );
        let banner = look.banner(Some(&machine(false)), &DeviceNames::addresses()).expect("a banner");
        assert!(banner.sentence.contains("01:00.0 to win_11”"), "{}", banner.sentence);
        assert_eq!(banner.button, "Keep…");
    }

    #[test]
    fn a_trial_that_does_not_work_gives_nothing_to_anybody() {
        let look = look(on_trial(), false, vec![wish()]);
        assert_eq!(labels(&look, &machine(false)), ["_Undo…"]);
        let view = AfterView::new(&look, Some(&machine(false)), &DeviceNames::addresses());
        assert!(!view.good && view.title == "The Trial Does Not Work");
        assert_eq!(labels(&look, &machine(true)), ["_Take Back from “win__11”…"]);
    }

    #[test]
    fn a_card_that_is_only_reserved_is_kept_or_undone() {
        let look = look(on_trial(), true, Vec::new());
        assert_eq!(labels(&look, &[]), ["_Keep…", "_Undo…"]);
    }

    #[test]
    fn what_stopped_before_the_host_was_changed_can_begin_anew() {
        let stopped = Wish { record: None, ..wish() };
        let look = look(trial::Standing::None, true, vec![stopped]);
        assert_eq!(labels(&look, &machine(false)), ["_Hand Over…", "_Forget It"]);
        assert!(look.over(Some(&machine(false))).is_empty());
        assert!(look.banner(Some(&machine(false)), &DeviceNames::addresses()).is_some());
    }

    #[test]
    fn nobody_is_told_where_nothing_has_to_be_done() {
        let nothing = Look::default();
        assert_eq!(nothing.banner(Some(&[]), &DeviceNames::addresses()), None);
        let kept = look(trial::Standing::Confirmed { early: Early::DidNotRun }, true, vec![wish()]);
        assert_eq!(kept.banner(Some(&machine(true)), &DeviceNames::addresses()), None);
        assert_eq!(kept.over(Some(&machine(true))), [card()]);
        let banner = kept.banner(Some(&machine(false)), &DeviceNames::addresses());
        assert_eq!(banner.map(|banner| banner.button).as_deref(), Some("Continue…"));
        let waiting = look(trial::Standing::Waiting, true, vec![wish()]);
        assert_eq!(waiting.banner(Some(&machine(false)), &DeviceNames::addresses()), None, "Changes says it");
    }
}
