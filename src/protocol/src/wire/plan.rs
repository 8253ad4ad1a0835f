//! A plan as it is sent for review: as planned, but for what the caller may not read.

use gangway_core::devices::Identity;
use gangway_core::plan::{
    Caller, Content, Digest, Effect, FileChange, FileRole, Intent, Plan, Refusal, Step,
};
use serde::{Deserialize, Serialize};

use super::Wire;
use crate::Action;

/// The answer to an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum PlanAnswer {
    /// This would be done.
    Plan(Box<PlanView>),
    /// Nothing can be done, for these reasons.
    Refused {
        /// The reasons.
        refusals: Vec<Refusal>,
    },
}

impl Wire for PlanAnswer {
    const KIND: &'static str = "answer";
}

/// A plan for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// What is wanted.
    pub intent: Intent,
    /// Who wants it.
    pub caller: Option<Caller>,
    /// The changes, in order.
    pub steps: Vec<StepView>,
    /// When the intent is fulfilled.
    pub effect: Effect,
    /// The digest of the whole plan, withheld parts included.
    pub digest: Digest,
    /// What must be authorised.
    pub actions: Vec<Action>,
}

/// A step for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StepView {
    /// A change of a file that the caller may not read: what it is, without the contents.
    Withheld(WithheldFile),
    /// As planned.
    Whole(Box<Step>),
}

/// A change of a file without the contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename = "file-withheld")]
pub struct WithheldFile {
    /// Its path.
    pub path: String,
    /// What it is for.
    pub role: FileRole,
    /// What happens to it.
    pub fate: FileFate,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFate {
    /// It is made.
    Made,
    /// It is changed.
    Changed,
    /// It is removed.
    Removed,
}

impl FileFate {
    /// What a change does to its file.
    pub fn of(change: &FileChange) -> Self {
        Self::between(change.before.as_ref(), change.after.as_ref())
    }

    /// What happens to a file that was one thing and becomes another; none for nothing.
    pub fn between(before: Option<&Content>, after: Option<&Content>) -> Self {
        match (before, after) {
            (None, _) => Self::Made,
            (Some(_), Some(_)) => Self::Changed,
            (Some(_), None) => Self::Removed,
        }
    }
}

impl PlanView {
    /// The view of a plan for somebody who may read everything.
    pub fn whole(plan: &Plan) -> Self {
        Self::for_reader(plan, |_| true, true)
    }

    /// The view of a plan for somebody who may read some files, and serial numbers or not.
    pub fn for_reader(plan: &Plan, may_read: impl Fn(&str) -> bool, serials: bool) -> Self {
        Self {
            intent: plan.intent.clone(),
            caller: plan.caller.clone(),
            steps: plan.steps.iter().map(|step| StepView::for_reader(step, &may_read, serials)).collect(),
            effect: plan.effect,
            digest: plan.digest(),
            actions: Action::of_plan(plan),
        }
    }

    /// Whether something is withheld that authorised callers see.
    pub fn is_withheld(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, StepView::Withheld(_)))
    }
}

impl StepView {
    fn for_reader(step: &Step, may_read: &impl Fn(&str) -> bool, serials: bool) -> Self {
        let without_serial = |identity: &Identity| Identity { serial: None, ..identity.clone() };
        match step {
            Step::File(file) if !may_read(&file.path) => Self::Withheld(WithheldFile {
                path: file.path.clone(),
                role: file.role,
                fate: FileFate::of(file),
            }),
            Step::Bind(change) | Step::GiveBack(change) if !serials => {
                let mut change = change.clone();
                change.identity = without_serial(&change.identity);
                let back = matches!(step, Step::GiveBack(_));
                Self::Whole(Box::new(if back { Step::GiveBack(change) } else { Step::Bind(change) }))
            }
            _ => Self::Whole(Box::new(step.clone())),
        }
    }
}
