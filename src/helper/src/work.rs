//! What the calls do: read the machine, plan, ask polkit, plan again, and give the work to the engine.
//!
//! What was reviewed is what is done: the plan is made anew before the question and once more after it, and each time its
//! digest must be the one that was reviewed.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use gangway_core::machine_file::MachineFile;
use gangway_core::plan::{self, Digest, Ground, Intent, Plan, Refusal, Risk, Step};
use gangway_protocol::wire::{
    Ending, JobState, PlanAnswer, PlanView, RecordEntry, RecordState, RecordView, Tagged, UndoAnswer,
    UndoView, to_values, to_wire,
};
use gangway_protocol::{Action, ErrorName};
use zbus::Connection;

use crate::authority::Authority;
use crate::call::Call;
use crate::caller::Sender;
use crate::engine::Engine;
use crate::inhibit::inhibit;
use crate::job::Jobs;
use crate::journal::{Former, JournalError, Record, RecordId, State};
use crate::log::log;
use crate::quota::Quota;
use crate::reader::Readers;
use crate::refused::Refused;
use crate::report::{ApplyError, Summary, Unwatched};
use crate::seal::Seal;
use crate::service::Reply;
use crate::summary::summary;
use crate::undo::UndoError;
use crate::watch::Teller;

/// The machine that is worked on, and who may have it worked on.
#[derive(Debug)]
pub struct Work {
    pub(crate) authority: Authority,
    engine: Arc<Engine>,
    readers: Readers,
    jobs: Arc<Jobs>,
    quota: Quota,
    seal: Seal,
}

impl Work {
    /// Work on the machine that an engine has, below the same root folder.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn on(root: &Path, engine: Engine, authority: Authority) -> anyhow::Result<Self> {
        let readers = Readers::below(root)?;
        Ok(Self {
            authority,
            engine: Arc::new(engine),
            readers,
            jobs: Arc::default(),
            quota: Quota::default(),
            seal: Seal::default(),
        })
    }

    /// Brings interrupted work to an end.
    ///
    /// # Errors
    /// The journal cannot be used.
    pub fn recover(&self) -> Result<(), JournalError> {
        for recovered in self.engine.recover(&mut Unwatched)? {
            log(format_args!("Interrupted change {}: now {:?}", recovered.record, recovered.state));
        }
        Ok(())
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.jobs.is_running()
    }

    /// How far a job is, for whoever has this name; none where it must be known first whose name that is.
    pub(crate) fn state_at_once(&self, number: u32, name: &str) -> Option<Result<Tagged, Refused>> {
        let state = self.jobs.state(number, |owner| owner.name.as_deref().is_none_or(|own| own == name));
        Some(state.transpose()?.and_then(|state| Ok(to_wire(&state)?)))
    }

    /// How far a job is. Why it failed is for whoever wanted it, and for root: what tools said may tell of files that not
    /// everybody may read.
    fn state(&self, sender: &Sender, number: u32) -> Result<Reply, Refused> {
        let whole = self.jobs.state(number, |owner| sender.uid == 0 || sender.uid == owner.uid)?;
        let state = whole.map_or_else(|| self.jobs.state_without_reasons(number), Ok)?;
        Ok(Reply::Tagged(to_wire(&state)?))
    }

    /// Does what a call wants, for its sender.
    pub(crate) fn carry_out(
        &self,
        connection: &Connection,
        sender: &Sender,
        call: Call,
    ) -> Result<Reply, Refused> {
        if !matches!(call, Call::Job(_)) {
            self.quota.spend(sender)?;
        }
        match call {
            // Answered where it arrives.
            Call::Version => Err(Refused::new(ErrorName::Failed, "this call has no thread")),
            Call::Describe => self.describe(sender),
            Call::Plan { intent, whole } => self.plan(sender, &intent, whole),
            Call::Apply { intent, digest } => self.apply(connection, sender, &intent, digest),
            Call::PlanUndo { record, whole } => self.plan_undo(sender, &record, whole),
            Call::Undo { record, digest } => self.undo(connection, sender, &record, digest),
            Call::Records => self.records(sender),
            Call::Record { record, whole } => self.record(sender, &record, whole),
            Call::Job(number) => self.state(sender, number),
        }
    }

    fn describe(&self, sender: &Sender) -> Result<Reply, Refused> {
        self.authority.check(sender, Action::Read, "")?;
        let _turn = self.quota.turn(sender)?;
        let source = self.engine.source().map_err(failed)?;
        Ok(Reply::Text(MachineFile::capture(&source).write()))
    }

    fn plan(&self, sender: &Sender, intent: &Intent, whole: bool) -> Result<Reply, Refused> {
        let everything = self.may_read_everything(sender, whole)?;
        let _turn = self.quota.turn(sender)?;
        let answer = match self.planned(sender, intent)? {
            Ok(plan) => {
                let may_read = |path: &str| everything || self.readers.everybody(path);
                let mut view = PlanView::for_reader(&plan, may_read, everything);
                view.digest = self.sealed(view.digest)?;
                PlanAnswer::Plan(Box::new(view))
            }
            Err(refusals) => {
                let may_read = |path: &str| everything || self.readers.everybody(path);
                let shown = |refusal| without_contents(refusal, may_read);
                PlanAnswer::Refused { refusals: refusals.into_iter().map(shown).collect() }
            }
        };
        Ok(Reply::Tagged(to_wire(&answer)?))
    }

    /// Whether a sender sees the contents of every file: because it may read them anyway, or because it asked to.
    fn may_read_everything(&self, sender: &Sender, whole: bool) -> Result<bool, Refused> {
        if sender.uid == 0 || matches!(self.authority, Authority::Private) {
            return Ok(true);
        }
        if whole {
            self.authority.check(sender, Action::Read, "")?;
        }
        Ok(whole)
    }

    fn planned(&self, sender: &Sender, intent: &Intent) -> Result<Result<Plan, Vec<Refusal>>, Refused> {
        let ground: Ground = self.engine.ground().map_err(failed)?;
        Ok(plan::plan(&ground, intent, ground.account(sender.uid).as_ref()))
    }

    /// A digest as a caller gets it and hands it in again.
    fn sealed(&self, digest: Digest) -> Result<Digest, Refused> {
        self.seal.of(self.engine.root(), digest).map_err(failed)
    }

    /// The plan of an intent, if it is still the one that was reviewed.
    fn reviewed(&self, sender: &Sender, intent: &Intent, digest: Digest) -> Result<Plan, Refused> {
        let plan = self.planned(sender, intent)?.map_err(|refusals| {
            Refused::new(ErrorName::Refused, format_args!("{} reasons against it", refusals.len()))
        })?;
        if self.sealed(plan.digest())? != digest {
            return Err(Refused::new(
                ErrorName::DigestChanged,
                "the machine changed since the plan was reviewed",
            ));
        }
        Ok(plan)
    }

    fn apply(
        &self,
        connection: &Connection,
        sender: &Sender,
        intent: &Intent,
        digest: Digest,
    ) -> Result<Reply, Refused> {
        let turn = self.quota.turn(sender)?;
        let plan = self.reviewed(sender, intent, digest)?;
        drop(turn);
        if plan.steps.is_empty() {
            return Err(Refused::new(ErrorName::NothingToDo, "all is as wanted already"));
        }
        for action in Action::of_plan(&plan) {
            self.authorised(sender, action, &summary(&plan, action))?;
        }
        let place = self.jobs.begin(sender)?;
        // The question may have been on the screen for minutes.
        let plan = self.reviewed(sender, intent, digest)?;
        let uid = sender.uid;
        let boot = plan.risks().contains(&Risk::Boot);
        let teller = Teller::new(connection.clone(), sender.name.clone(), place, None);
        self.begin(connection, teller, boot, move |engine, teller| {
            match engine.apply(&plan, plan.digest(), uid, teller) {
                Ok(record) => Ending::Done { record: record.to_string() },
                Err(error) => ending(error),
            }
        })
    }

    fn undo(
        &self,
        connection: &Connection,
        sender: &Sender,
        record: &RecordId,
        digest: Digest,
    ) -> Result<Reply, Refused> {
        let plan = self.engine.summary(record).map_err(unrecorded)?.record.plan;
        let reviewed = || {
            let now = self.engine.plan_undo(record).map_err(not_undone)?;
            if self.sealed(now.digest())? != digest {
                return Err(Refused::new(
                    ErrorName::DigestChanged,
                    "the machine changed since the undo was reviewed",
                ));
            }
            if now.stops.is_empty() {
                Ok(now.digest())
            } else {
                Err(Refused::new(ErrorName::Refused, "something stands in the way of it"))
            }
        };
        let turn = self.quota.turn(sender)?;
        reviewed()?;
        drop(turn);
        self.authorised(sender, Action::Undo, &summary(&plan, Action::Undo))?;
        let place = self.jobs.begin(sender)?;
        let digest = reviewed()?;
        let boot = plan.risks().contains(&Risk::Boot);
        let id = record.clone();
        let teller = Teller::new(connection.clone(), sender.name.clone(), place, Some(record));
        self.begin(connection, teller, boot, move |engine, teller| match engine.undo(&id, digest, teller) {
            Ok(()) => Ending::Done { record: id.to_string() },
            Err(UndoError::Failed { error, .. }) => {
                Ending::UndoStopped { record: id.to_string(), reason: error.to_string() }
            }
            Err(error) => {
                let refused = not_undone(error);
                Ending::NotBegun { error: refused.name, reason: refused.text }
            }
        })
    }

    /// Asks polkit about a change, and notes the answer in the log.
    fn authorised(&self, sender: &Sender, action: Action, about: &str) -> Result<(), Refused> {
        let answer = self.authority.check(sender, action, about);
        match &answer {
            Ok(()) => log(format_args!("User {} may {}: {about}", sender.uid, action.id())),
            Err(refused) => log(format_args!("User {} may not {}: {refused}", sender.uid, action.id())),
        }
        answer
    }

    /// Begins a job, which goes on when its caller is gone.
    fn begin(
        &self,
        connection: &Connection,
        mut teller: Teller,
        boot: bool,
        work: impl FnOnce(&Engine, &mut Teller) -> Ending + Send + 'static,
    ) -> Result<Reply, Refused> {
        let number = teller.number();
        let engine = Arc::clone(&self.engine);
        let connection = connection.clone();
        let job = move || {
            let held = if boot && connection.is_bus() { inhibit(&connection) } else { None };
            let ending = work(&engine, &mut teller);
            drop(held);
            log(format_args!("Job {number}: {ending:?}"));
            teller.tell(JobState::Ended(ending));
        };
        thread::Builder::new().name("job".to_owned()).spawn(job).map_err(failed)?;
        Ok(Reply::Job(number))
    }

    fn plan_undo(&self, sender: &Sender, record: &RecordId, whole: bool) -> Result<Reply, Refused> {
        let everything = self.may_read_everything(sender, whole)?;
        let _turn = self.quota.turn(sender)?;
        let kept = self.engine.summary(record).map_err(unrecorded)?.record;
        let answer = match self.engine.plan_undo(record) {
            Ok(plan) => {
                let may_read =
                    |path: &str| everything || self.readers.everybody(path) && !was_closed(&kept, path);
                let mut view = UndoView::for_reader(&plan, &kept.plan.intent, may_read);
                view.digest = self.sealed(view.digest)?;
                UndoAnswer::Undo(Box::new(view))
            }
            Err(UndoError::NotApplied { state, .. }) => UndoAnswer::NotInEffect { state: told(&state).0 },
            Err(error) => return Err(not_undone(error)),
        };
        Ok(Reply::Tagged(to_wire(&answer)?))
    }

    fn record(&self, sender: &Sender, record: &RecordId, whole: bool) -> Result<Reply, Refused> {
        let everything = self.may_read_everything(sender, whole)?;
        let _turn = self.quota.turn(sender)?;
        let kept = self.engine.summary(record).map_err(unrecorded)?.record;
        let may_read = |path: &str| everything || self.readers.everybody(path) && !was_closed(&kept, path);
        let mut view = PlanView::for_reader(&kept.plan, may_read, everything);
        view.digest = self.sealed(view.digest)?;
        Ok(Reply::Tagged(to_wire(&PlanAnswer::Plan(Box::new(view)))?))
    }

    fn records(&self, sender: &Sender) -> Result<Reply, Refused> {
        let _turn = self.quota.turn(sender)?;
        // One after another: a record holds the files as they were.
        let mut ids = self.engine.record_ids().map_err(failed)?;
        ids.reverse();
        let entries = ids.iter().map(|id| match self.engine.summary(id) {
            Ok(summary) => RecordEntry::Record(Box::new(view(summary, sender))),
            Err(error) => RecordEntry::Unreadable { reason: error.to_string() },
        });
        let values: Result<Vec<_>, _> = entries.map(|entry| to_values(&entry)).collect();
        Ok(Reply::Records(values?))
    }
}

/// Whether the content that a record kept of a file was not for everybody's eyes: what is not there any more, or was opened
/// since, was somebody's secret then.
fn was_closed(record: &Record, path: &str) -> bool {
    record.plan.steps.iter().zip(&record.former).any(|step| match step {
        (Step::File(change), Former::File { found: Some(found), .. }) => {
            change.path == path && found.meta.mode & 0o004 == 0
        }
        _ => false,
    })
}

/// A refusal as somebody sees it who may read some files: it names the file, and quotes nothing of one that is not theirs.
fn without_contents(refusal: Refusal, may_read: impl Fn(&str) -> bool) -> Refusal {
    match refusal {
        Refusal::NotUnderstood { path, line, .. } if !may_read(&path) => {
            Refusal::NotUnderstood { path, line, reason: String::new() }
        }
        Refusal::SetElsewhere { path, .. } if !may_read(&path) => {
            Refusal::SetElsewhere { path, setting: "…".to_owned() }
        }
        refusal => refusal,
    }
}

/// A record as a sender sees it.
fn view(summary: Summary, sender: &Sender) -> RecordView {
    let Summary { record, state, before_restart, recovered } = summary;
    let (state, reason) = told(&state);
    // What tools said may tell of files that not everybody may read.
    let shown = sender.uid == 0 || sender.uid == record.uid;
    RecordView {
        id: record.id.to_string(),
        intent: record.plan.intent,
        caller: record.plan.caller,
        uid: record.uid,
        time: record.time,
        effect: record.plan.effect,
        state,
        reason: reason.filter(|_| shown),
        before_restart,
        recovered: recovered.filter(|_| shown),
    }
}

fn told(state: &State) -> (RecordState, Option<String>) {
    match state {
        State::Interrupted => (RecordState::Interrupted, None),
        State::Applied => (RecordState::Applied, None),
        State::RolledBack { reason } => (RecordState::RolledBack, Some(reason.clone())),
        State::Stuck { reason, .. } => (RecordState::Stuck, Some(reason.clone())),
        State::UndoInterrupted => (RecordState::UndoInterrupted, None),
        State::Undone => (RecordState::Undone, None),
        State::UndoStopped { reason } => (RecordState::UndoStopped, Some(reason.clone())),
    }
}

/// How a plan ended that was not applied.
fn ending(error: ApplyError) -> Ending {
    let not_begun = |name, error: ApplyError| Ending::NotBegun { error: name, reason: error.to_string() };
    match error {
        ApplyError::RolledBack { record, step, reason } => {
            Ending::RolledBack { record: record.to_string(), step, reason }
        }
        ApplyError::Stuck { record, reason, stuck, restart } => {
            Ending::Stuck { record: record.to_string(), reason, stuck, restart }
        }
        ApplyError::OtherDigest => not_begun(ErrorName::DigestChanged, error),
        ApplyError::Nothing => not_begun(ErrorName::NothingToDo, error),
        ApplyError::Journal(JournalError::Busy) => not_begun(ErrorName::Busy, error),
        ApplyError::Refused { .. } => not_begun(ErrorName::Refused, error),
        ApplyError::Journal(_) => not_begun(ErrorName::Failed, error),
    }
}

fn not_undone(error: UndoError) -> Refused {
    match error {
        UndoError::Journal(error) => unrecorded(error),
        UndoError::OtherDigest => Refused::new(ErrorName::DigestChanged, error),
        UndoError::NotApplied { .. } | UndoError::Stops(_) => Refused::new(ErrorName::Refused, error),
        UndoError::Failed { .. } => failed(error),
    }
}

fn unrecorded(error: JournalError) -> Refused {
    let name = match error {
        JournalError::NoRecord(_) => ErrorName::NotFound,
        JournalError::Busy => ErrorName::Busy,
        JournalError::Record { .. } => ErrorName::Refused,
        JournalError::Write(_) => ErrorName::Failed,
    };
    Refused::new(name, error)
}

fn failed(error: impl std::fmt::Display) -> Refused {
    Refused::new(ErrorName::Failed, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_quotes_no_file_that_its_reader_may_not_read() {
        let path = || "/boot/loader/entries/a.conf".to_owned();
        let secret = || "password_pbkdf2 root grub.pbkdf2".to_owned();
        for refusal in [
            Refusal::NotUnderstood { path: path(), line: Some(3), reason: secret() },
            Refusal::SetElsewhere { path: path(), setting: secret() },
        ] {
            assert_eq!(without_contents(refusal.clone(), |_| true), refusal);
            let shown = format!("{:?}", without_contents(refusal, |_| false));
            assert!(shown.contains("a.conf") && !shown.contains("pbkdf2"), "{shown}");
        }
    }
}
