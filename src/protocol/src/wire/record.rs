//! Records of what was done, and what undoing one would do now, as they are sent: without what the caller may not read.

use gangway_core::plan::{Back, Caller, Digest, Effect, Intent, UndoAction, UndoPlan, UndoStop};
use serde::{Deserialize, Serialize};

use super::{FileFate, Wire};

/// One of the records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum RecordEntry {
    /// A record.
    Record(Box<RecordView>),
    /// Something that is no record any more, or is of a newer version.
    Unreadable {
        /// Why, in English.
        reason: String,
    },
}

/// A record, told in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordView {
    /// Its name.
    pub id: String,
    /// What was wanted.
    pub intent: Intent,
    /// Who wanted it.
    pub caller: Option<Caller>,
    /// The number of the user who wanted it.
    pub uid: u32,
    /// When it was begun, in seconds since 1970 (UTC).
    pub time: u64,
    /// When it takes effect.
    pub effect: Effect,
    /// What became of it.
    pub state: RecordState,
    /// Why, in English, where it failed; only for the administrator and for whoever wanted it.
    pub reason: Option<String>,
    /// Whether the computer was not restarted yet since then.
    pub before_restart: bool,
    /// What recovery did with it, in English, where it did something.
    pub recovered: Option<String>,
}

/// What became of a plan that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordState {
    /// It is being carried out, or was when the service ended.
    Interrupted,
    /// It was carried out.
    Applied,
    /// Something failed, and everything is as before.
    RolledBack,
    /// Something failed, and a part of it is left.
    Stuck,
    /// It is being undone, or was when the service ended.
    UndoInterrupted,
    /// It was undone.
    Undone,
    /// Undoing it stopped on the way, and can be begun again.
    UndoStopped,
}

/// The answer to the question what undoing a record would do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum UndoAnswer {
    /// This would be done.
    Undo(Box<UndoView>),
    /// The record is not of a change that is in effect.
    NotInEffect {
        /// How it stands.
        state: RecordState,
    },
}

impl Wire for UndoAnswer {
    const KIND: &'static str = "answer";
}

/// An undo for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoView {
    /// The record.
    pub record: String,
    /// What was wanted then.
    pub intent: Intent,
    /// What is done, in order.
    pub actions: Vec<UndoActionView>,
    /// What stands in the way; nothing is undone as long as there is one.
    pub stops: Vec<UndoStop>,
    /// The digest of the whole, withheld parts included.
    pub digest: Digest,
}

/// An action of undo for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UndoActionView {
    /// A change of a file that the caller may not read.
    Withheld(WithheldBack),
    /// As planned.
    Whole(Box<UndoAction>),
}

/// A file that is taken back, without the contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "back", rename = "file-withheld")]
pub struct WithheldBack {
    /// The number of the step in the record's plan, from 0.
    pub step: usize,
    /// The path.
    pub path: String,
    /// Whether it becomes the file as it was; otherwise only what is ours is taken out.
    pub whole: bool,
    /// What happens to it.
    pub fate: FileFate,
}

impl UndoView {
    /// The view of an undo for somebody who may read some files.
    pub fn for_reader(plan: &UndoPlan, intent: &Intent, may_read: impl Fn(&str) -> bool) -> Self {
        let view = |action: &UndoAction| match &action.back {
            Back::File { path, from, to, whole } if !may_read(path) => {
                UndoActionView::Withheld(WithheldBack {
                    step: action.step,
                    path: path.clone(),
                    whole: *whole,
                    fate: FileFate::between(from.as_ref(), to.as_ref()),
                })
            }
            _ => UndoActionView::Whole(Box::new(action.clone())),
        };
        Self {
            record: plan.record.clone(),
            intent: intent.clone(),
            actions: plan.actions.iter().map(view).collect(),
            stops: plan.stops.clone(),
            digest: plan.digest(),
        }
    }

    /// Whether something is withheld that authorised callers see.
    pub fn is_withheld(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, UndoActionView::Withheld(_)))
    }
}
