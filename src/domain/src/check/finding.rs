//! What comes of a check of a virtual machine. Values and ids only; `gangway_client::text::checks` makes the sentences.

use gangway_core::checks::{Evidence, Need, Outcome, Value, Weight};
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;

use super::{Guest, GuestCheck, GuestCheckId, GuestFix};

/// One answer of a check, before it knows whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestAnswer {
    outcome: Outcome,
    weight: Option<Weight>,
    about: Vec<PciAddress>,
    values: Vec<(&'static str, Value)>,
    evidence: Vec<Evidence>,
    fix: Option<GuestFix>,
}

impl GuestAnswer {
    fn new(outcome: Outcome, fix: Option<GuestFix>) -> Self {
        Self { outcome, weight: None, about: Vec::new(), values: Vec::new(), evidence: Vec::new(), fix }
    }

    /// In order.
    pub(super) fn ok() -> Self {
        Self::new(Outcome::Ok, None)
    }

    /// Something can be done: this.
    pub(super) fn to_do(fix: GuestFix) -> Self {
        Self::new(Outcome::ToDo, Some(fix))
    }

    /// What was read does not tell.
    pub(super) fn could_not_tell(need: Need) -> Self {
        Self::new(Outcome::CouldNotTell(need), None)
    }

    /// Weighs otherwise than the check does in general.
    pub(super) fn weighing(mut self, weight: Weight) -> Self {
        self.weight = Some(weight);
        self
    }

    /// Is about these devices of the host.
    pub(super) fn about(mut self, devices: impl IntoIterator<Item = PciAddress>) -> Self {
        self.about.extend(devices);
        self
    }

    /// A value that the sentence calls by this name.
    pub(super) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.values.push((name, value));
        self
    }

    /// A text that the sentence calls by this name.
    pub(super) fn saying(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// A fact that it rests on.
    pub(super) fn saw(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// The finding of this check.
    pub(super) fn of(self, guest: &Guest<'_>, check: &GuestCheck) -> GuestFinding {
        let Self { outcome, weight, about, values, evidence, fix } = self;
        let intent = fix.as_ref().and_then(|fix| fix.intent(guest.model));
        let (machine, weight) = (guest.name.to_owned(), weight.unwrap_or(check.weight));
        GuestFinding { machine, check: check.id, weight, outcome, about, values, evidence, fix, intent }
    }
}

/// What came of one check for a virtual machine, or for one of the devices that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestFinding {
    /// The virtual machine.
    pub machine: String,
    /// The check.
    pub check: GuestCheckId,
    /// How much it matters.
    pub weight: Weight,
    /// What came of it.
    pub outcome: Outcome,
    /// The devices of the host that it is about; none where it is the whole machine.
    pub about: Vec<PciAddress>,
    /// The values of its sentence, by name.
    pub values: Vec<(&'static str, Value)>,
    /// What it rests on: an element of the definition as a path from the root, or a place of the host.
    pub evidence: Vec<Evidence>,
    /// What to do, where something helps.
    pub fix: Option<GuestFix>,
    /// What can be wanted of the host so that it is done for the user, with a review; see [`GuestFix::intent`].
    pub intent: Option<Intent>,
}

impl GuestFinding {
    /// Whether it is in order.
    pub fn is_ok(&self) -> bool {
        self.outcome == Outcome::Ok
    }

    /// The command that does what is to be done, where one does.
    pub fn command(&self) -> Option<String> {
        self.fix.as_ref()?.command(&self.machine)
    }
}

/// Whether something is to be done before the machines start well; advice is not.
pub fn needs_work<'a>(findings: impl IntoIterator<Item = &'a GuestFinding>) -> bool {
    findings.into_iter().any(|finding| {
        finding.weight != Weight::Advice && matches!(finding.outcome, Outcome::ToDo | Outcome::NotPossible)
    })
}
