//! What the engine tells whoever called it: how far it is, why it failed, which records there are.

use crate::journal::{JournalError, Record, RecordId, State};
use crate::step::StepError;

/// Hears how far it is, and can ask for an end.
pub trait Watch {
    /// Something happened.
    fn heard(&mut self, progress: Progress<'_>);

    /// Whether the work shall end. It is asked between steps; what was done is then rolled back.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// The record is on disk, or that it is undone is, and changes begin.
    Recorded(&'a RecordId),
    /// A step, or an action of undo, begins: its number from 0, and how many there are.
    Begun {
        /// The number.
        step: usize,
        /// How many.
        of: usize,
    },
    /// It is done and verified.
    Done {
        /// The number.
        step: usize,
        /// How many.
        of: usize,
    },
    /// A step is being rolled back.
    TakingBack {
        /// The number.
        step: usize,
    },
    /// A tool wrote a line.
    Line(&'a str),
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn heard(&mut self, _: Progress<'_>) {}
}

/// Why a plan was not applied. Nothing is changed then, except where it says so.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// It is not the plan that was reviewed.
    #[error("the plan is not the one that was reviewed; look at it again")]
    OtherDigest,
    /// It has no steps.
    #[error("there is nothing to be done")]
    Nothing,
    /// The journal could not be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A step cannot be carried out as it was planned, which was seen before the first change.
    #[error("step {} cannot be carried out: {error}", step + 1)]
    Refused {
        /// Its number, from 0.
        step: usize,
        /// Why.
        error: StepError,
    },
    /// A step failed, or the user ended the work; everything is as before.
    #[error("{reason}; everything is as it was before")]
    RolledBack {
        /// The record.
        record: RecordId,
        /// The step's number, from 0.
        step: Option<usize>,
        /// Why.
        reason: String,
    },
    /// A step failed, and not everything could be taken back.
    #[error("{reason}; not everything could be taken back: {stuck}")]
    Stuck {
        /// The record.
        record: RecordId,
        /// Why it failed.
        reason: String,
        /// Why it is stuck.
        stuck: String,
        /// Whether only a restart helps.
        restart: bool,
    },
}

/// A record, told in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The record.
    pub record: Record,
    /// How it stands.
    pub state: State,
    /// Whether the computer was not restarted yet since it was applied.
    pub before_restart: bool,
    /// What recovery did with it, where it did something.
    pub recovered: Option<String>,
}
