//! Undo: what it would do now, as a value to be reviewed, and doing exactly that.
//!
//! Configuration goes back first, the last change first; then what tools made of it, in the order in which they ran, either
//! byte for byte or by running them again; copies that were kept are removed last. The reviewed actions are in the journal
//! before the first of them, so that an interrupted undo is finished, not guessed.

use gangway_core::plan::{Digest, Step, StopReason, UndoAction, UndoPlan, UndoStop};

use crate::engine::{Engine, is_rebinding};
use crate::journal::{Entry, JournalError, Mark, RecordId, State};
use crate::report::{Progress, Watch};
use crate::step::{self, StepError, is_restarted};

/// Why a record was not undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The journal could not be used, or the record cannot be acted on.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The record is not of a change that is in effect.
    #[error("the change {id} is not in effect")]
    NotApplied {
        /// The record.
        id: RecordId,
        /// How it stands.
        state: State,
    },
    /// What undo would do is not what was reviewed any more.
    #[error("the machine changed since the undo was reviewed; look at it again")]
    OtherDigest,
    /// Something stands in the way.
    #[error("something stands in the way of undoing it; look at it again")]
    Stops(UndoPlan),
    /// An action failed; what was done by then stays, and undo can be begun again.
    #[error("action {}: {error}", action + 1)]
    Failed {
        /// The action's number, from 0.
        action: usize,
        /// Why.
        error: StepError,
    },
}

impl Engine {
    /// What undoing a record would do now. Nothing is changed.
    ///
    /// # Errors
    /// When the record cannot be acted on, or is not in effect.
    pub fn plan_undo(&self, id: &RecordId) -> Result<UndoPlan, UndoError> {
        let entry = self.undoable(id)?;
        Ok(self.look_back(&entry))
    }

    /// Undoes a record as `reviewed` says, the digest of [`Engine::plan_undo`]'s answer.
    ///
    /// # Errors
    /// When it would do something else by now, and when an action fails.
    pub fn undo(&self, id: &RecordId, reviewed: Digest, watch: &mut dyn Watch) -> Result<(), UndoError> {
        let journal = self.journal();
        let _lock = journal.lock()?;
        self.settle(watch)?;
        let mut entry = self.undoable(id)?;
        let plan = self.look_back(&entry);
        if plan.digest() != reviewed {
            return Err(UndoError::OtherDigest);
        }
        if !plan.stops.is_empty() {
            return Err(UndoError::Stops(plan));
        }
        self.root.gap("undo-begin", "");
        journal.mark(&mut entry, Mark::UndoBegun { plan: plan.clone() })?;
        watch.heard(Progress::Recorded(&entry.record.id));
        self.take_back(&mut entry, &plan.actions, &[], watch)
    }

    fn undoable(&self, id: &RecordId) -> Result<Entry, UndoError> {
        let entry = self.journal().read(id)?;
        match entry.progress.state() {
            State::Applied | State::UndoStopped { .. } => Ok(entry),
            state => Err(UndoError::NotApplied { id: id.clone(), state }),
        }
    }

    fn look_back(&self, entry: &Entry) -> UndoPlan {
        let boot = self.boot();
        let hung = self.is_hung(boot.as_deref());
        let record = &entry.record;
        let mut plan = UndoPlan { record: record.id.to_string(), actions: Vec::new(), stops: Vec::new() };
        for index in order(&record.plan.steps) {
            let looked =
                self.with(entry, index, boot.as_deref(), &mut crate::report::Unwatched, |context, known| {
                    let waits = hung && is_rebinding(known.step) || entry.progress.needs_restart(index);
                    if waits && !is_restarted(&entry.record, context.boot) {
                        let what = entry.record.id.to_string();
                        return Ok(Err(UndoStop { step: index, what, why: StopReason::NeedsRestart }));
                    }
                    Ok(step::look_back(context, known))
                });
            match looked {
                Ok(Ok(action)) => plan.actions.push(action),
                Ok(Err(stop)) => plan.stops.push(stop),
                Err(error) => plan.stops.push(UndoStop {
                    step: index,
                    what: record.id.to_string(),
                    why: StopReason::Unreadable { reason: error.to_string() },
                }),
            }
        }
        plan
    }

    /// Does the actions that are not done yet. Each can be begun again.
    pub(crate) fn take_back(
        &self,
        entry: &mut Entry,
        actions: &[UndoAction],
        done: &[usize],
        watch: &mut dyn Watch,
    ) -> Result<(), UndoError> {
        let journal = self.journal();
        let boot = self.boot();
        // Another change may have met a driver that hangs while this one was interrupted.
        let hung = self.is_hung(boot.as_deref());
        let of = actions.len();
        for (action, UndoAction { step, back }) in actions.iter().enumerate() {
            if done.contains(&action) {
                continue;
            }
            watch.heard(Progress::Begun { step: action, of });
            self.root.gap("undo-action-begin", &action.to_string());
            let taken = self.with(entry, *step, boot.as_deref(), watch, |context, known| {
                if hung && is_rebinding(known.step) && !is_restarted(&entry.record, context.boot) {
                    return Err(StepError::Hung);
                }
                step::take_back(context, known, back)
            });
            if let Err(error) = taken {
                if error.needs_restart() {
                    let (step, reason) = (Some(*step), error.to_string());
                    journal.mark(entry, Mark::Failed { step, reason, restart: true })?;
                }
                journal.mark(entry, Mark::Stopped { reason: error.to_string() })?;
                return Err(UndoError::Failed { action, error });
            }
            self.root.gap("undo-action-done", &action.to_string());
            journal.mark(entry, Mark::UndoDone { action })?;
            watch.heard(Progress::Done { step: action, of });
        }
        self.root.gap("undo-done", "");
        journal.mark(entry, Mark::Undone)?;
        journal.drop_copies(&entry.record.id);
        Ok(())
    }
}

/// The order in which steps are undone.
fn order(steps: &[Step]) -> Vec<usize> {
    let is_run = |step: &Step| matches!(step, Step::Run(_));
    let is_kept = |step: &Step| matches!(step, Step::Keep(_));
    let of = |wanted: &dyn Fn(&Step) -> bool| -> Vec<usize> {
        steps.iter().enumerate().filter(|(_, step)| wanted(step)).map(|(index, _)| index).collect()
    };
    let mut order = of(&|step| !is_run(step) && !is_kept(step));
    order.reverse();
    order.extend(of(&is_run));
    let mut kept = of(&is_kept);
    kept.reverse();
    order.extend(kept);
    order
}
