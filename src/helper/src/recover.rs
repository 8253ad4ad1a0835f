//! Recovery: what was interrupted is led to an end, at the start of the service, at the start of the computer (a unit asks
//! for it), and before every new change.
//!
//! Interrupted while it was applied: back to *before*. Interrupted while it was undone: on to *undone*, by the actions that
//! were reviewed. A record that is damaged, or newer, is not touched. Then it is noted how a reservation on trial stands.

use crate::engine::Engine;
use crate::hung;
use crate::journal::{JournalError, Mark, RecordId, State};
use crate::log::log;
use crate::report::Watch;
use crate::trial;
use crate::undo::UndoError;

/// What became of a record that was found unfinished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The record.
    pub record: RecordId,
    /// How it stands now.
    pub state: State,
}

impl Engine {
    /// Leads everything that was interrupted to an end.
    ///
    /// # Errors
    /// When another change is being made, or the journal cannot be used.
    pub fn recover(&self, watch: &mut dyn Watch) -> Result<Vec<Recovered>, JournalError> {
        let _lock = self.journal().lock()?;
        let recovered = self.settle(watch)?;
        // A reservation that cannot be noted hinders nothing else.
        match self.noted() {
            Ok(Some(noted)) => trial::tell(&noted),
            Ok(None) => {}
            Err(error) => log(format_args!("How a reservation stands could not be noted: {error}")),
        }
        Ok(recovered)
    }

    /// Waits until no change is being made.
    ///
    /// # Errors
    /// When the journal cannot be used.
    pub fn wait(&self) -> Result<(), JournalError> {
        loop {
            match self.journal().lock() {
                Err(JournalError::Busy) => {}
                other => return other.map(|_| ()),
            }
        }
    }

    /// The same as [`Engine::recover`], for a caller that has the lock.
    pub(crate) fn settle(&self, watch: &mut dyn Watch) -> Result<Vec<Recovered>, JournalError> {
        let journal = self.journal();
        journal.discard_unfinished()?;
        hung::settle(&self.root)?;
        let mut recovered = Vec::new();
        let boot = self.boot();
        for id in journal.ids()? {
            // What cannot be read is told by the list of records; it keeps nobody from other changes.
            let Ok(mut entry) = journal.read(&id) else { continue };
            let note = match entry.progress.state() {
                State::Interrupted | State::Stuck { .. } => {
                    let stuck = entry.progress.stopped();
                    self.root.gap("recover-begin", id.as_str());
                    if !entry.progress.is_failed() {
                        let reason = "it was interrupted".to_owned();
                        journal.mark(&mut entry, Mark::Failed { step: None, reason, restart: false })?;
                    }
                    let mut unmarked = None;
                    match self.roll_back(&mut entry, boot.as_deref(), watch, &mut unmarked) {
                        _ if unmarked.is_some() => return unmarked.map_or(Ok(recovered), Err),
                        None => "rolled back what had been begun".to_owned(),
                        now if now == stuck => continue,
                        Some(_) => "not everything could be rolled back".to_owned(),
                    }
                }
                State::UndoInterrupted => {
                    self.root.gap("recover-begin", id.as_str());
                    let Some((plan, done)) = entry.progress.undo() else { continue };
                    let actions = plan.actions.clone();
                    match self.take_back(&mut entry, &actions, &done, watch) {
                        Ok(()) => "finished the undo that had been begun".to_owned(),
                        Err(UndoError::Journal(error)) => return Err(error),
                        Err(error) => format!("the undo that had been begun stopped: {error}"),
                    }
                }
                State::RolledBack { .. } | State::Undone => {
                    journal.drop_copies(&id);
                    continue;
                }
                State::Applied | State::UndoStopped { .. } => continue,
            };
            journal.mark(&mut entry, Mark::Recovered { note })?;
            recovered.push(Recovered { record: id, state: entry.progress.state() });
        }
        Ok(recovered)
    }
}
