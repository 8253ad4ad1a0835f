//! What is shown of a plan, an undo and a record: the sentences first, then every file's difference.

use gangway_client::script;
use gangway_client::text::{self, DeviceNames};
use gangway_core::plan::{Back, Effect, Intent, Step};
use gangway_protocol::wire::{Ending, PlanAnswer, PlanView, RecordEntry, StepView, UndoActionView, UndoView};
use gettextrs::gettext;
use serde::Serialize;

use super::network::NetworkJson;
use super::packages::PackagesJson;
use crate::failure::{line_of, visible};

/// An answer, as text: the plan, or each reason against it.
pub(in crate::command) fn answer_text(answer: &PlanAnswer, names: &DeviceNames<'_>) -> String {
    match answer {
        PlanAnswer::Plan(view) if view.steps.is_empty() => {
            format!("{}\n", gettext("All is as wanted already, so there is nothing to do."))
        }
        PlanAnswer::Plan(view) => plan_text(view, names),
        PlanAnswer::Refused { refusals } => {
            refusals.iter().map(|refusal| line_of(&text::plan_refusal(refusal, names)) + "\n").collect()
        }
    }
}

/// A plan: its steps, when it takes effect, and the differences.
pub(in crate::command) fn plan_text(view: &PlanView, names: &DeviceNames<'_>) -> String {
    let sentences = view.steps.iter().map(|step| text::step_view(step, names));
    let mut shown = numbered(sentences);
    if let Some(effect) = text::effect(view.effect) {
        shown += &format!("{}\n", line_of(&effect));
    }
    if view.is_withheld() {
        shown +=
            &format!("{}\n", gettext("Some differences are not shown, since you may not read those files."));
    }
    for step in &view.steps {
        if let Some(difference) = difference(step) {
            shown.push('\n');
            shown.extend(difference.chars().map(whole));
        }
    }
    shown
}

/// An undo: its actions, what stands in the way, and the differences.
pub(in crate::command) fn undo_text(view: &UndoView) -> String {
    let names = DeviceNames::addresses();
    let mut shown = numbered(view.actions.iter().map(|action| text::undo_action(action, &names)));
    for stop in &view.stops {
        shown += &format!("{}\n", line_of(&text::undo_stop(stop)));
    }
    for difference in view.actions.iter().filter_map(undo_difference) {
        shown.push('\n');
        shown.extend(difference.chars().map(whole));
    }
    shown
}

fn numbered(sentences: impl Iterator<Item = String>) -> String {
    sentences.enumerate().map(|(index, step)| format!("{}. {}\n", index + 1, line_of(&step))).collect()
}

/// A character of a difference, which has lines of its own.
fn whole(character: char) -> char {
    if matches!(character, '\n' | '\t') { character } else { visible(character) }
}

fn difference(step: &StepView) -> Option<String> {
    match step {
        StepView::Whole(step) => match &**step {
            Step::File(change) => Some(script::difference(change)),
            _ => None,
        },
        StepView::Withheld(_) => None,
    }
}

fn undo_difference(action: &UndoActionView) -> Option<String> {
    match action {
        UndoActionView::Whole(action) => match &action.back {
            Back::File { path, from, to, .. } => Some(script::between(path, from.as_ref(), to.as_ref())),
            _ => None,
        },
        UndoActionView::Withheld(_) => None,
    }
}

/// `host plan --json` and `host apply --json`.
#[derive(Debug, Serialize)]
pub(in crate::command) struct PlanJson {
    intent: Intent,
    refusals: Vec<String>,
    steps: Vec<StepJson>,
    effect: Option<Effect>,
    digest: Option<String>,
    actions: Vec<&'static str>,
    /// What is missing for what is wanted, where something is.
    packages: Option<PackagesJson>,
    /// libvirt's network, where it is a part of what is wanted.
    network: Option<NetworkJson>,
    ending: Option<EndingJson>,
}

#[derive(Debug, Serialize)]
struct StepJson {
    sentence: String,
    /// None where it changes no file, or where the caller may not read it.
    difference: Option<String>,
    withheld: bool,
}

/// How a change ended.
#[derive(Debug, Serialize)]
pub(in crate::command) struct EndingJson {
    done: bool,
    sentence: String,
    record: Option<String>,
}

impl PlanJson {
    pub(in crate::command) fn of(answer: &PlanAnswer, intent: &Intent, names: &DeviceNames<'_>) -> Self {
        let empty = Self {
            intent: intent.clone(),
            refusals: Vec::new(),
            steps: Vec::new(),
            effect: None,
            digest: None,
            actions: Vec::new(),
            packages: None,
            network: None,
            ending: None,
        };
        match answer {
            PlanAnswer::Refused { refusals } => Self {
                refusals: refusals.iter().map(|refusal| text::plan_refusal(refusal, names)).collect(),
                ..empty
            },
            PlanAnswer::Plan(view) => Self {
                steps: view.steps.iter().map(|step| StepJson::of(step, names)).collect(),
                effect: Some(view.effect),
                digest: Some(view.digest.to_string()),
                actions: view.actions.iter().map(|action| action.id()).collect(),
                ..empty
            },
        }
    }

    pub(super) fn beside(self, packages: Option<PackagesJson>, network: Option<NetworkJson>) -> Self {
        Self { packages, network, ..self }
    }

    pub(in crate::command) fn ended(self, ending: &Ending) -> Self {
        Self { ending: Some(EndingJson::of(ending)), ..self }
    }
}

impl StepJson {
    fn of(step: &StepView, names: &DeviceNames<'_>) -> Self {
        Self {
            sentence: text::step_view(step, names),
            difference: difference(step),
            withheld: matches!(step, StepView::Withheld(_)),
        }
    }
}

impl EndingJson {
    fn of(ending: &Ending) -> Self {
        let record = match ending {
            Ending::Done { record }
            | Ending::RolledBack { record, .. }
            | Ending::Stuck { record, .. }
            | Ending::UndoStopped { record, .. } => Some(record.clone()),
            Ending::NotBegun { .. } => None,
        };
        Self { done: matches!(ending, Ending::Done { .. }), sentence: text::ending(ending), record }
    }
}

/// `host undo --json`.
#[derive(Debug, Serialize)]
pub(in crate::command) struct UndoJson {
    record: String,
    steps: Vec<StepJson>,
    stops: Vec<String>,
    digest: String,
    ending: Option<EndingJson>,
}

impl UndoJson {
    pub(in crate::command) fn of(view: &UndoView) -> Self {
        let step = |action: &UndoActionView| StepJson {
            sentence: text::undo_action(action, &DeviceNames::addresses()),
            difference: undo_difference(action),
            withheld: matches!(action, UndoActionView::Withheld(_)),
        };
        Self {
            record: view.record.clone(),
            steps: view.actions.iter().map(step).collect(),
            stops: view.stops.iter().map(text::undo_stop).collect(),
            digest: view.digest.to_string(),
            ending: None,
        }
    }

    pub(in crate::command) fn ended(self, ending: &Ending) -> Self {
        Self { ending: Some(EndingJson::of(ending)), ..self }
    }
}

/// `host records --json`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum RecordJson<'a> {
    /// One of the service's.
    Service(&'a RecordEntry),
    /// What of libvirt's network is ours.
    Network {
        /// What it is called.
        id: &'static str,
    },
}
