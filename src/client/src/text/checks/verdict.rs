//! The verdict on a graphics card and on the machine, as one sentence each, and the labels of outcomes and weights.

use gangway_core::checks::{CardVerdict, Finding, Outcome, Verdict, Weight};
use gettextrs::{gettext, ngettext};

use super::super::{DeviceNames, fill};
use super::sentence;

/// The verdict on one card, with its weightiest reason.
pub fn card_verdict(card: &CardVerdict, findings: &[Finding], names: &DeviceNames<'_>) -> String {
    let device = names.of(card.device);
    let first = card.because.first().and_then(|index| findings.get(*index));
    let reason = first.map(|finding| sentence(finding, names)).unwrap_or_default();
    let number = u32::try_from(card.because.len()).unwrap_or(u32::MAX);
    let template = match card.verdict {
        Verdict::Ready => gettext("This computer can hand over {device}."),
        Verdict::ToDo => ngettext(
            "This computer can hand over {device} once {number} thing is done: {reason}",
            "This computer can hand over {device} once {number} things are done, first of all: {reason}",
            number,
        ),
        Verdict::CouldNotTell => {
            gettext("Whether this computer can hand over {device} could not be told: {reason}")
        }
        Verdict::NotPossible => gettext("This computer cannot hand over {device}: {reason}"),
    };
    fill(&template, &[("device", &device), ("number", &number.to_string()), ("reason", &reason)])
}

/// The verdict on a machine without a graphics card.
pub fn machine_verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Ready => gettext("This computer can hand over devices."),
        Verdict::ToDo => gettext("This computer can hand over devices once something is done."),
        Verdict::CouldNotTell => gettext("Whether this computer can hand over devices could not be told."),
        Verdict::NotPossible => gettext("This computer cannot hand over devices."),
    }
}

/// What came of a check, as a label.
pub fn outcome_label(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok => gettext("In order"),
        Outcome::ToDo => gettext("To do"),
        Outcome::NotPossible => gettext("Not possible"),
        Outcome::CouldNotTell(_) => gettext("Could not tell"),
    }
}

/// How much a check matters, as a heading.
pub fn weight_label(weight: Weight) -> String {
    match weight {
        Weight::Essential => gettext("Without this nothing can be handed over"),
        Weight::Important => gettext("Important"),
        Weight::Advice => gettext("Good to know"),
    }
}
