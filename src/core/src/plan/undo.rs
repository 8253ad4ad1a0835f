//! What undo would do now: a value to be reviewed, with a digest, like a plan.
//!
//! The helper makes it of a record and of what it finds on the machine, and carries it out. Here is its shape alone, and
//! what becomes of one file.

use serde::{Deserialize, Serialize};

use super::{Content, Digest, FileChange, Tool};

/// What would be done to undo a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoPlan {
    /// The record.
    pub record: String,
    /// What is done, in order.
    pub actions: Vec<UndoAction>,
    /// What stands in the way; nothing is undone as long as there is one.
    pub stops: Vec<UndoStop>,
}

/// One action of undo: which step of the record it is about, and what is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoAction {
    /// The number of the step in the record's plan, from 0.
    pub step: usize,
    /// What is done.
    #[serde(flatten)]
    pub back: Back,
}

/// How something is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "back", rename_all = "kebab-case")]
pub enum Back {
    /// A file is made what it was, or loses what is ours in it.
    File {
        /// Its path.
        path: String,
        /// What is there now; none for nothing.
        from: Option<Content>,
        /// What will be there; none for nothing.
        to: Option<Content>,
        /// Whether this is the file as it was. Otherwise only what is ours is taken out of it, since somebody else changed
        /// the file meanwhile.
        whole: bool,
    },
    /// What a tool made is replaced by what was there before, byte for byte.
    Artefacts {
        /// The files.
        paths: Vec<String>,
    },
    /// What a tool made was made anew meanwhile, so the tool runs again, with the configuration as it is by then.
    RunAgain {
        /// The tool.
        tool: Tool,
        /// The files that it makes.
        paths: Vec<String>,
    },
    /// The copy of a large file is removed.
    RemoveCopy {
        /// The copy.
        path: String,
    },
    /// A function goes back to the driver that it had.
    Rebind {
        /// Its address.
        address: String,
        /// That driver; none where it had none.
        driver: Option<String>,
    },
    /// A service is made what it was.
    Service {
        /// Its name.
        service: String,
        /// Whether it is switched off for later starts.
        disable: bool,
        /// Whether it is stopped.
        stop: bool,
    },
    /// The user leaves the group.
    LeaveGroup {
        /// The group.
        group: String,
        /// The user.
        user: String,
    },
    /// Huge pages are given back.
    HugePages {
        /// How many there will be.
        pages: u64,
    },
    /// Nothing is to be done.
    Nothing {
        /// Why.
        why: Unneeded,
    },
}

/// Why nothing is to be done about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unneeded {
    /// It is as it was before already.
    AlreadyBack,
    /// The computer was restarted, which ends it by itself.
    Restarted,
    /// It was so before the change.
    NotOurs,
    /// A kernel module stays loaded: others may use it by now.
    ModuleStays,
}

/// What stands in the way of undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStop {
    /// The number of the step, from 0.
    pub step: usize,
    /// The file or device.
    pub what: String,
    /// Why.
    #[serde(flatten)]
    pub why: StopReason,
}

/// Why a step cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum StopReason {
    /// Somebody else changed it meanwhile, and what is ours cannot be told from it.
    Changed,
    /// It could not be looked at, or something else is there.
    Unreadable {
        /// The reason.
        reason: String,
    },
    /// It is in use.
    InUse {
        /// By whom or what, in one sentence.
        by: String,
    },
}

impl UndoPlan {
    /// Its digest.
    pub fn digest(&self) -> Digest {
        Digest::of("gangway-undo-1", self)
    }
}

impl FileChange {
    /// What undo does with the file, of which `present` is there now.
    ///
    /// # Errors
    /// Where somebody changed it meanwhile, and what is ours cannot be taken out alone.
    pub fn undo(&self, present: Option<&Content>) -> Result<Back, StopReason> {
        if present == self.before.as_ref() {
            return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
        }
        if present == self.after.as_ref() {
            return Ok(Back::File {
                path: self.path.clone(),
                from: present.cloned(),
                to: self.before.clone(),
                whole: true,
            });
        }
        Err(StopReason::Changed)
    }
}
