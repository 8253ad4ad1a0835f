//! What a start of the computer does about a reservation: it notes how the trial went, takes away a request that the loader
//! left over, and gives a trial up that nobody keeps.
//!
//! Done where recovery is: by a unit at every start, and whenever the service is started, which is all that other init
//! systems have. Nothing is touched that is not of the reservation in the state. The request goes first, so that a stop in
//! between never leaves a start that nobody asked for.

use std::time::Duration;

use gangway_core::reading::Reading;
use gangway_core::trial::{self, Early, Failure, LIMIT, Request, Stage, Standing, State, Trial};

use crate::command::Call;
use crate::engine::Engine;
use crate::journal::{JournalError, now};
use crate::log::log;
use crate::pointer;
use crate::step::StepError;
use crate::write::{Keeping, Lock};

/// How long the order to restart may take; the restart itself is not waited for.
const RESTART: Duration = Duration::from_secs(60);

/// What was noted of a reservation, and done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// How it stands in this start, in one word.
    pub standing: &'static str,
    /// What the state says now, where that is new.
    pub stage: Option<Stage>,
    /// Whether a request was taken away that the loader left over.
    pub cleared: bool,
}

/// What came of the end of a trial's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialEnd {
    /// This start is no trial, or it was kept: there is nothing to end.
    NotOnTrial,
    /// Somebody is there, and decides.
    LeftToUser,
    /// The computer is being restarted.
    Restarted,
}

/// Why nothing could be noted.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The journal could not be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The state, or the loader's request, could not be read or written.
    #[error(transparent)]
    Step(#[from] StepError),
}

/// Tells the log what is new.
pub(crate) fn tell(noted: &Noted) {
    if noted.cleared {
        log("A request for one start with a reservation, which the boot loader left over, was taken away");
    }
    if let Some(stage) = &noted.stage {
        log(format_args!("The reservation on trial: {stage:?}"));
    }
}

impl Engine {
    /// Notes how a reservation stands in this start, and clears what is left over. None where there is none.
    ///
    /// # Errors
    /// When something of it cannot be read or written.
    pub fn note_trial(&self) -> Result<Option<Noted>, TrialError> {
        let _lock = self.locked()?;
        self.noted()
    }

    /// Ends a trial that nobody kept in time, unless somebody is there: the computer is restarted, and is as before.
    ///
    /// # Errors
    /// When something of it cannot be read or written, or the restart is refused.
    pub fn end_trial(&self, somebody_is_there: impl FnOnce() -> bool) -> Result<TrialEnd, TrialError> {
        let lock = self.locked()?;
        self.noted()?;
        let trial = Trial::of(&self.source()?);
        let (Standing::OnTrial { early }, Reading::Known(state)) = (&trial.standing, &trial.state) else {
            return Ok(TrialEnd::NotOnTrial);
        };
        if somebody_is_there() {
            return Ok(TrialEnd::LeftToUser);
        }
        let stage = Stage::Failed { why: Failure::GaveUp, at: seconds(), early: early.to_word() };
        self.put_stage(state, stage)?;
        drop(lock);
        self.root.gap("trial-given-up", "");
        // What somebody asked to be waited for, such as an update that is being installed, is waited for.
        let restart = Call::tool("systemctl", ["reboot", "--check-inhibitors=yes"], RESTART);
        match restart.succeed(&*self.tools, &mut |_| {}) {
            Ok(_) => Ok(TrialEnd::Restarted),
            Err(error) => {
                let _lock = self.locked()?;
                self.noted()?;
                Err(StepError::from(error).into())
            }
        }
    }

    /// The lock of the journal, once nobody else has it. Whoever asks bounds the time.
    fn locked(&self) -> Result<Lock, JournalError> {
        loop {
            match self.journal().lock() {
                Err(JournalError::Busy) => {}
                other => return other,
            }
        }
    }

    /// The same as [`Engine::note_trial`], for a caller that has the lock.
    pub(crate) fn noted(&self) -> Result<Option<Noted>, TrialError> {
        let trial = Trial::of(&self.source()?);
        let Reading::Known(state) = &trial.state else { return Ok(None) };
        let Some(boot) = self.boot() else { return Ok(None) };
        // What cannot be read asks for nothing that could be taken away.
        let asked = self.is_asked(state).unwrap_or(false);
        let stage = match &trial.standing {
            Standing::None | Standing::Waiting | Standing::Foreign { .. } | Standing::Unknown(_) => {
                return Ok(None);
            }
            Standing::OnTrial { early } => on_trial(state, early, &boot),
            Standing::Over { why: None, early } => Some(over(state, early.as_ref(), asked)),
            Standing::Over { why: Some(_), .. } | Standing::Confirmed { .. } | Standing::Without => None,
        };
        if asked && let Some(pointer) = state.promise.request_pointer() {
            pointer::set(&self.root, &pointer, None)?;
            self.root.gap("trial-cleared", &pointer.path());
        }
        if let Some(stage) = &stage {
            self.put_stage(state, stage.clone())?;
        }
        Ok(Some(Noted { standing: trial.standing.word(), stage, cleared: asked }))
    }

    /// Whether the loader is still asked for one start with our entry.
    fn is_asked(&self, state: &State) -> Result<bool, StepError> {
        let Some(pointer) = state.promise.request_pointer() else { return Ok(false) };
        let asked = pointer::value(&self.root, &pointer)?;
        Ok(asked.as_deref() == Some(state.promise.entry_name()))
    }

    fn put_stage(&self, state: &State, stage: Stage) -> Result<(), TrialError> {
        let write = || -> Result<(), StepError> {
            let unread = |error: String| StepError::Unread(format!("{}: {error}", trial::STATE));
            let present = self.root.look_up_to(trial::STATE, LIMIT as u64)?;
            let present = present.ok_or_else(|| StepError::Missing(trial::STATE.to_owned()))?;
            let same = str::from_utf8(&present).is_ok_and(|text| State::parse(text).as_ref() == Ok(state));
            if !same {
                return Err(StepError::Changed(trial::STATE.to_owned()));
            }
            let text =
                State { stage, ..state.clone() }.to_text().map_err(|error| unread(error.to_string()))?;
            self.root.tidy(trial::STATE)?;
            Ok(self.root.put(trial::STATE, Some(&present), text.as_bytes(), Keeping::Present)?)
        };
        Ok(write()?)
    }
}

/// The stage of a start on trial, where it is not noted yet.
fn on_trial(state: &State, early: &Early, boot: &str) -> Option<Stage> {
    match &state.stage {
        Stage::OnTrial { boot: noted, .. } if noted == boot => None,
        _ => {
            let (boot, early) = (boot.to_owned(), early.to_word());
            Some(Stage::OnTrial { since: seconds(), boot, early })
        }
    }
}

/// The stage of the first start after a trial that was not kept.
fn over(state: &State, early: Option<&Early>, asked: bool) -> Stage {
    let why = match (&state.stage, state.promise.request) {
        (Stage::OnTrial { .. }, _) => Failure::NotKept,
        (_, Request::Menu) => Failure::NotTried,
        (_, Request::Loader) if asked => Failure::NotTried,
        (_, Request::Loader | Request::Kexec) => Failure::Died,
    };
    Stage::Failed { why, at: seconds(), early: early.and_then(Early::to_word) }
}

fn seconds() -> u64 {
    u64::try_from(now()).unwrap_or(0)
}
