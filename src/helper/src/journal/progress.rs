//! How far a record got: marks that are appended to `progress` and synced, one line each, and the state that they tell.
//!
//! A line is eight hexadecimal digits of the SHA-256 of the rest, a space, and the mark as JSON. A last line that is torn
//! was never said: it is ignored, and cut off before the next one. Any other line that does not fit makes the record damaged.

use gangway_core::plan::{Digest, UndoPlan};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::RecordError;
use crate::write::Large;

/// Something that is about to happen, or has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "kebab-case")]
pub(crate) enum Mark {
    /// A step begins, in seconds since 1970 where that is told.
    Begun {
        step: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<i64>,
    },
    /// A step is done and verified.
    Done { step: usize, left: Left },
    /// All steps are, and the whole was looked at once more.
    Applied,
    /// It is to be rolled back.
    Failed { step: Option<usize>, reason: String, restart: bool },
    /// A step is as it was before.
    TakenBack { step: usize },
    /// All of them are.
    RolledBack,
    /// Rolling back, or undoing, could not go on.
    Stopped { reason: String },
    /// Undo begins, as it was reviewed.
    UndoBegun { plan: UndoPlan },
    /// An action of undo is done.
    UndoDone { action: usize },
    /// All of them are.
    Undone,
    /// What recovery did.
    Recovered { note: String },
}

/// What a step left behind, as far as the plan does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "left", rename_all = "kebab-case")]
pub(crate) enum Left {
    /// What the plan says.
    AsPlanned,
    /// The links that systemd made for a unit, and for those that it brings along, with where they lead.
    Linked { links: Vec<(String, String)> },
    /// What a tool made: its small files, then the large ones; none where there is nothing.
    Made { files: Vec<Option<Large>> },
}

/// How a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was being applied when the program ended; nothing more is known until recovery.
    Interrupted,
    /// Applied, and nothing of it undone.
    Applied,
    /// Something failed, and everything is as before.
    RolledBack {
        /// Why.
        reason: String,
    },
    /// Something failed, and not everything could be taken back. Recovery tries again.
    Stuck {
        /// Why it failed, and why it is stuck.
        reason: String,
        /// Whether only a restart helps.
        restart: bool,
    },
    /// It was being undone when the program ended.
    UndoInterrupted,
    /// Undone.
    Undone,
    /// Undo could not go on.
    UndoStopped {
        /// Why.
        reason: String,
    },
}

/// The marks of a record, and how long the file is that holds them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    pub(crate) marks: Vec<Mark>,
    pub(crate) length: u64,
}

impl Progress {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut progress = Self::default();
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            match parse_line(line) {
                Some(mark) => {
                    progress.marks.push(mark);
                    progress.length += line.len() as u64;
                }
                None if lines.peek().is_none() => break,
                None => {
                    let number = progress.marks.len() + 1;
                    return Err(RecordError::Damaged(format!("line {number} of its progress")));
                }
            }
        }
        Ok(progress)
    }

    /// The state that the marks tell.
    pub(crate) fn state(&self) -> State {
        let mut state = State::Interrupted;
        let mut failed = None;
        let mut undoing = false;
        for mark in &self.marks {
            match mark {
                Mark::Applied => state = State::Applied,
                Mark::Failed { .. } if undoing => {}
                Mark::Failed { reason, restart, .. } => {
                    let (_, first) = failed.get_or_insert((reason.clone(), *restart));
                    *first |= restart;
                    state = State::Interrupted;
                }
                Mark::RolledBack => {
                    let reason = failed.clone().map(|(reason, _)| reason).unwrap_or_default();
                    state = State::RolledBack { reason };
                }
                Mark::UndoBegun { .. } => {
                    undoing = true;
                    state = State::UndoInterrupted;
                }
                Mark::Stopped { reason } if undoing => state = State::UndoStopped { reason: reason.clone() },
                Mark::Stopped { reason } => {
                    let (first, restart) = failed.clone().unwrap_or_default();
                    state = State::Stuck { reason: format!("{first}; {reason}"), restart };
                }
                Mark::Undone => state = State::Undone,
                Mark::Begun { .. }
                | Mark::Done { .. }
                | Mark::TakenBack { .. }
                | Mark::UndoDone { .. }
                | Mark::Recovered { .. } => {}
            }
        }
        state
    }

    /// What a step left, where it is done.
    pub(crate) fn left(&self, step: usize) -> Option<&Left> {
        self.marks.iter().rev().find_map(|mark| match mark {
            Mark::Done { step: done, left } if *done == step => Some(left),
            _ => None,
        })
    }

    /// When a step was begun last, in seconds since 1970.
    pub(crate) fn begun_at(&self, step: usize) -> Option<i64> {
        self.marks.iter().rev().find_map(|mark| match mark {
            Mark::Begun { step: begun, at } if *begun == step => *at,
            _ => None,
        })
    }

    /// Whether a step was begun and is not taken back.
    pub(crate) fn is_open(&self, step: usize) -> bool {
        let begun = |mark: &Mark| matches!(mark, Mark::Begun { step: begun, .. } if *begun == step);
        let back = |mark: &Mark| matches!(mark, Mark::TakenBack { step: back } if *back == step);
        self.marks.iter().any(begun) && !self.marks.iter().any(back)
    }

    /// Whether it was said why it is rolled back.
    pub(crate) fn is_failed(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark, Mark::Failed { .. }))
    }

    /// Whether a step hangs in the kernel until the computer is restarted.
    pub(crate) fn needs_restart(&self, step: usize) -> bool {
        let hangs = |mark: &Mark| matches!(mark, Mark::Failed { step: Some(failed), restart: true, .. } if *failed == step);
        self.marks.iter().any(hangs)
    }

    /// Whether any of its steps does.
    pub(crate) fn hangs(&self) -> bool {
        self.marks.iter().any(|mark| matches!(mark, Mark::Failed { restart: true, .. }))
    }

    /// Why rolling back, or undoing, stopped last.
    pub(crate) fn stopped(&self) -> Option<String> {
        self.marks.iter().rev().find_map(|mark| match mark {
            Mark::Stopped { reason } => Some(reason.clone()),
            _ => None,
        })
    }

    /// What recovery did last.
    pub(crate) fn recovered(&self) -> Option<String> {
        self.marks.iter().rev().find_map(|mark| match mark {
            Mark::Recovered { note } => Some(note.clone()),
            _ => None,
        })
    }

    /// The undo that was begun last, and the actions of it that are done.
    pub(crate) fn undo(&self) -> Option<(&UndoPlan, Vec<usize>)> {
        let (place, plan) = self.marks.iter().enumerate().rev().find_map(|(place, mark)| match mark {
            Mark::UndoBegun { plan } => Some((place, plan)),
            _ => None,
        })?;
        let done = self.marks.iter().skip(place).filter_map(|mark| match mark {
            Mark::UndoDone { action } => Some(*action),
            _ => None,
        });
        Some((plan, done.collect()))
    }
}

/// The line of a mark.
pub(crate) fn line(mark: &Mark) -> Result<String, RecordError> {
    let text = serde_json::to_string(mark).map_err(|error| RecordError::Damaged(error.to_string()))?;
    Ok(format!("{} {text}\n", sum(text.as_bytes())))
}

fn parse_line(line: &[u8]) -> Option<Mark> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sum_of, text) = text.split_once(' ')?;
    if sum_of != sum(text.as_bytes()) {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn sum(bytes: &[u8]) -> String {
    let mut digits = Digest::from(<[u8; 32]>::from(Sha256::digest(bytes))).to_string();
    digits.truncate(8);
    digits
}
