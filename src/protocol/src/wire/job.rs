//! How far a job is, and how it ended.

use serde::{Deserialize, Serialize};

use super::Wire;
use crate::ErrorName;

/// The state of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum JobState {
    /// It works.
    Working(Working),
    /// It ended.
    Ended(Ending),
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Working {
    /// How many steps are done, or actions of undo.
    pub done: usize,
    /// How many there are; 0 before the first begins.
    pub of: usize,
    /// Whether something failed, and what was done is taken back.
    pub taking_back: bool,
    /// The record of it, once that is written.
    pub record: Option<String>,
    /// What a tool of the system just said; only in signals.
    pub line: Option<String>,
}

/// How a job ended. Reasons are English, for a person who looks for the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "kebab-case")]
pub enum Ending {
    /// All is done.
    Done {
        /// The record.
        record: String,
    },
    /// It did not begin; nothing is changed.
    NotBegun {
        /// What kind of error kept it from that.
        error: ErrorName,
        /// More of it.
        reason: String,
    },
    /// A step failed; everything is as before.
    RolledBack {
        /// The record.
        record: String,
        /// The number of the step, from 0, where one is to blame.
        step: Option<usize>,
        /// What failed.
        reason: String,
    },
    /// A step failed, and not everything could be taken back.
    Stuck {
        /// The record.
        record: String,
        /// What failed.
        reason: String,
        /// Why it is stuck.
        stuck: String,
        /// Whether only a restart helps.
        restart: bool,
    },
    /// An action of undo failed; what was done by then stays, and undo can be begun again.
    UndoStopped {
        /// The record.
        record: String,
        /// What failed.
        reason: String,
    },
}

impl Ending {
    /// The record of it; none where it did not begin.
    pub fn record(&self) -> Option<&str> {
        match self {
            Self::Done { record }
            | Self::RolledBack { record, .. }
            | Self::Stuck { record, .. }
            | Self::UndoStopped { record, .. } => Some(record),
            Self::NotBegun { .. } => None,
        }
    }

    /// The same, without reasons: with none of the words that tools said.
    #[must_use]
    pub fn without_reasons(self) -> Self {
        let reason = String::new();
        match self {
            Self::Done { .. } => self,
            Self::NotBegun { error, .. } => Self::NotBegun { error, reason },
            Self::RolledBack { record, step, .. } => Self::RolledBack { record, step, reason },
            Self::Stuck { record, restart, .. } => {
                Self::Stuck { record, reason, stuck: String::new(), restart }
            }
            Self::UndoStopped { record, .. } => Self::UndoStopped { record, reason },
        }
    }
}

impl Wire for JobState {
    const KIND: &'static str = "state";
}
