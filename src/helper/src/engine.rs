//! Applying a plan: record it, then do each step between two marks, verify, and verify all once more; on a failure take
//! back what was done, in reverse, to exactly *before*. What a step does is its own file's.
//!
//! Everything here blocks; the service calls it from a thread. The lock of the journal is held from the first look at the
//! machine to the last mark.

use std::collections::BTreeSet;

use gangway_core::plan::{Digest, Ground, Plan, Step};
use gangway_core::source::Source;

use crate::command::{SystemTools, Tools};
use crate::journal::{Entry, Former, Journal, JournalError, Mark, Record, RecordId, now};
use crate::report::{ApplyError, Progress, Summary, Watch};
use crate::step::{self, Context, Known, StepError, Taken, is_restarted};
use crate::write::{Root, WriteError};

/// Changes a machine, and takes changes back.
pub struct Engine {
    pub(crate) root: Root,
    pub(crate) tools: Box<dyn Tools>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Engine {
    /// The engine of the running system.
    ///
    /// # Errors
    /// When `/` cannot be opened.
    pub fn live() -> Result<Self, WriteError> {
        Ok(Self::new(Root::live()?, Box::new(SystemTools::new())))
    }

    /// The machine, to be read.
    ///
    /// # Errors
    /// When its root cannot be opened.
    pub fn source(&self) -> Result<Source, StepError> {
        self.root.source().map_err(|error| StepError::Unread(error.to_string()))
    }

    /// An engine of its parts.
    pub fn new(root: Root, tools: Box<dyn Tools>) -> Self {
        Self { root, tools }
    }

    /// The folder that is worked on.
    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    /// Reads the machine, to plan for it.
    ///
    /// # Errors
    /// When its root cannot be opened.
    pub fn ground(&self) -> Result<Ground, StepError> {
        Ok(Ground::read(&self.source()?))
    }

    /// Applies a plan of which `reviewed` is the digest, for the user `uid`. When this returns, all of it is done and
    /// verified, and its record can be undone.
    ///
    /// # Errors
    /// Where it is refused, busy, or failed and was taken back.
    pub fn apply(
        &self,
        plan: &Plan,
        reviewed: Digest,
        uid: u32,
        watch: &mut dyn Watch,
    ) -> Result<RecordId, ApplyError> {
        if plan.digest() != reviewed {
            return Err(ApplyError::OtherDigest);
        }
        if plan.steps.is_empty() {
            return Err(ApplyError::Nothing);
        }
        let journal = self.journal();
        let _lock = journal.lock()?;
        self.settle(watch)?;
        let mut entry = self.record(plan, uid, watch)?;
        watch.heard(Progress::Recorded(&entry.record.id));
        let boot = self.boot();
        let applied = self.steps(&mut entry, boot.as_deref(), watch);
        let Err(Failure { step, error }) = applied else { return Ok(entry.record.id) };
        let restart = error.as_ref().is_some_and(StepError::needs_restart);
        let reason = error.map_or_else(|| "it was ended by the user".to_owned(), |error| error.to_string());
        let step = Some(step);
        // Where the journal cannot be written any more, all is taken back nonetheless; recovery finds nothing left to do.
        let mut unmarked =
            journal.mark(&mut entry, Mark::Failed { step, reason: reason.clone(), restart }).err();
        let stuck = self.roll_back(&mut entry, boot.as_deref(), watch, &mut unmarked);
        let record = entry.record.id;
        match stuck {
            None => Err(ApplyError::RolledBack { record, step, reason }),
            Some(stuck) => Err(ApplyError::Stuck { record, reason, stuck, restart }),
        }
    }

    /// All records that can be read, the oldest first, and those that cannot with the reason.
    ///
    /// # Errors
    /// When the journal cannot be read at all.
    pub fn records(&self) -> Result<Vec<Result<Summary, JournalError>>, JournalError> {
        Ok(self.record_ids()?.iter().map(|id| self.summary(id)).collect())
    }

    /// The names of all records, the oldest first.
    ///
    /// # Errors
    /// When the journal cannot be read at all.
    pub fn record_ids(&self) -> Result<Vec<RecordId>, JournalError> {
        self.journal().ids()
    }

    /// A record, told in short.
    ///
    /// # Errors
    /// When it is not there, or cannot be acted on.
    pub fn summary(&self, id: &RecordId) -> Result<Summary, JournalError> {
        let Entry { record, progress } = self.journal().read(id)?;
        let boot = self.boot();
        Ok(Summary {
            before_restart: record.boot.is_none() || boot.is_none() || record.boot == boot,
            state: progress.state(),
            recovered: progress.recovered(),
            record,
        })
    }

    pub(crate) fn journal(&self) -> Journal<'_> {
        Journal::new(&self.root)
    }

    /// Which start of the computer this is. Source: kernel, `Documentation/admin-guide/sysctl/kernel.rst`, `random`.
    pub(crate) fn boot(&self) -> Option<String> {
        self.told("/proc/sys/kernel/random/boot_id")
    }

    fn told(&self, path: &str) -> Option<String> {
        let text = self.root.source().ok()?.read_text(path).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Whether a driver hangs since a change in this start of the computer. Its device's lock is held until a restart, and
    /// reading the device's `driver_override` takes that lock, too, so no device is looked at then. Source: kernel,
    /// `driver_override_show` in `drivers/pci/pci-sysfs.c`.
    pub(crate) fn is_hung(&self, boot: Option<&str>) -> bool {
        let journal = self.journal();
        let hangs = |entry: &Entry| entry.progress.hangs() && !is_restarted(&entry.record, boot);
        let ids = journal.ids().unwrap_or_default();
        ids.iter().filter_map(|id| journal.read(id).ok()).any(|entry| hangs(&entry))
    }

    /// Looks at everything that the steps will change, and puts it on disk.
    fn record(&self, plan: &Plan, uid: u32, watch: &mut dyn Watch) -> Result<Entry, ApplyError> {
        let journal = self.journal();
        check_paths(plan)?;
        let boot = self.boot();
        if let Some(step) = plan.steps.iter().position(is_rebinding)
            && self.is_hung(boot.as_deref())
        {
            return Err(ApplyError::Refused { step, error: StepError::Hung });
        }
        let (id, time, prepared) = journal.prepare()?;
        let mut line = |line: &str| watch.heard(Progress::Line(line));
        let mut context = Context {
            root: &self.root,
            tools: &*self.tools,
            folder: &prepared,
            boot: boot.as_deref(),
            line: &mut line,
        };
        let mut capture = |(index, step)| {
            step::capture(&mut context, index, step)
                .map_err(|error| ApplyError::Refused { step: index, error })
        };
        let captured: Result<Vec<Former>, ApplyError> =
            plan.steps.iter().enumerate().map(&mut capture).collect();
        let begun = captured.and_then(|former| {
            let kernel = self.told("/proc/sys/kernel/osrelease");
            let program = env!("CARGO_PKG_VERSION").to_owned();
            let record =
                Record { id, plan: plan.clone(), uid, time, boot: boot.clone(), kernel, program, former };
            Ok(journal.begin(record, &prepared)?)
        });
        if begun.is_err() {
            self.root.remove_tree(&prepared).map_err(JournalError::from)?;
        }
        begun
    }

    fn steps(&self, entry: &mut Entry, boot: Option<&str>, watch: &mut dyn Watch) -> Result<(), Failure> {
        let journal = self.journal();
        let of = entry.record.plan.steps.len();
        for step in 0..of {
            if watch.is_cancelled() {
                return Err(Failure { step, error: None });
            }
            let failure = |error: StepError| Failure { step, error: Some(error) };
            let unmarked = |error: JournalError| failure(StepError::Journal(error.to_string()));
            watch.heard(Progress::Begun { step, of });
            self.root.gap("step-begin", &step.to_string());
            journal.mark(entry, Mark::Begun { step, at: Some(now()) }).map_err(unmarked)?;
            let left = self.with(entry, step, boot, watch, step::carry_out).map_err(failure)?;
            self.root.gap("step-carried-out", &step.to_string());
            self.with(entry, step, boot, watch, step::verify).map_err(failure)?;
            journal.mark(entry, Mark::Done { step, left }).map_err(unmarked)?;
            watch.heard(Progress::Done { step, of });
        }
        self.root.gap("steps-done", "");
        for step in 0..of {
            self.with(entry, step, boot, watch, step::verify)
                .map_err(|error| Failure { step, error: Some(error) })?;
        }
        let unmarked = |error: JournalError| StepError::Journal(error.to_string());
        let last = of.saturating_sub(1);
        journal
            .mark(entry, Mark::Applied)
            .map_err(|error| Failure { step: last, error: Some(unmarked(error)) })
    }

    /// Takes back every step that was begun, the last one first; why not all of them could be. What cannot be taken back is
    /// marked, and the rest is. A mark that cannot be written is put into `unmarked`, and hinders nothing.
    pub(crate) fn roll_back(
        &self,
        entry: &mut Entry,
        boot: Option<&str>,
        watch: &mut dyn Watch,
        unmarked: &mut Option<JournalError>,
    ) -> Option<String> {
        let journal = self.journal();
        let mut stuck = Vec::new();
        let mut again = Vec::new();
        for step in (0..entry.record.plan.steps.len()).rev() {
            if !entry.progress.is_open(step) {
                continue;
            }
            let of = entry.record.plan.steps.get(step);
            let waits =
                entry.progress.needs_restart(step) || of.is_some_and(is_rebinding) && self.is_hung(boot);
            if waits && !is_restarted(&entry.record, boot) {
                stuck.push(format!("step {} ends with a restart of the computer", step + 1));
                continue;
            }
            watch.heard(Progress::TakingBack { step });
            self.root.gap("roll-back-begin", &step.to_string());
            match self.with(entry, step, boot, watch, step::roll_back) {
                Ok(Taken::Whole) => {
                    self.root.gap("roll-back-done", &step.to_string());
                    *unmarked = journal.mark(entry, Mark::TakenBack { step }).err().or(unmarked.take());
                }
                Ok(Taken::RunAgain) => again.push(step),
                Err(error) => {
                    stuck.push(format!("step {}: {error}", step + 1));
                    if error.needs_restart() {
                        let mark =
                            Mark::Failed { step: Some(step), reason: error.to_string(), restart: true };
                        *unmarked = journal.mark(entry, mark).err().or(unmarked.take());
                    }
                }
            }
        }
        // In the order of the plan, and only over a configuration that is what it was.
        for step in again.into_iter().rev().filter(|_| stuck.is_empty()).collect::<Vec<_>>() {
            match self.with(entry, step, boot, watch, step::run_again) {
                Ok(()) => *unmarked = journal.mark(entry, Mark::TakenBack { step }).err().or(unmarked.take()),
                Err(error) => stuck.push(format!("step {}: {error}", step + 1)),
            }
        }
        let stuck = (!stuck.is_empty()).then(|| stuck.join("; "));
        let end = stuck.clone().map_or(Mark::RolledBack, |reason| Mark::Stopped { reason });
        *unmarked = journal.mark(entry, end).err().or(unmarked.take());
        if stuck.is_none() {
            journal.drop_copies(&entry.record.id);
        }
        stuck
    }

    /// Does something with a step of a record.
    pub(crate) fn with<T>(
        &self,
        entry: &Entry,
        index: usize,
        boot: Option<&str>,
        watch: &mut dyn Watch,
        what: impl FnOnce(&mut Context<'_>, Known<'_>) -> Result<T, StepError>,
    ) -> Result<T, StepError> {
        let record = &entry.record;
        let (Some(step), Some(former)) = (record.plan.steps.get(index), record.former.get(index)) else {
            return Err(StepError::Missing(format!("step {}", index + 1)));
        };
        let folder = Journal::folder(&record.id);
        let known = Known {
            record,
            index,
            step,
            former,
            left: entry.progress.left(index),
            begun: entry.progress.begun_at(index),
        };
        let mut line = |line: &str| watch.heard(Progress::Line(line));
        let mut context =
            Context { root: &self.root, tools: &*self.tools, folder: &folder, boot, line: &mut line };
        what(&mut context, known)
    }
}

/// Whether a step looks at devices.
pub(crate) fn is_rebinding(step: &Step) -> bool {
    matches!(step, Step::Bind(_) | Step::GiveBack(_))
}

struct Failure {
    step: usize,
    /// None where the user ended it.
    error: Option<StepError>,
}

/// Whether what the steps write is apart: what one of them must find, and must leave, would not be told otherwise. Tools may
/// make the same files several times.
fn check_paths(plan: &Plan) -> Result<(), ApplyError> {
    let mut single = BTreeSet::new();
    let mut made = BTreeSet::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let mut twice = None;
        match step {
            Step::File(change) if !single.insert(&change.path) => twice = Some(&change.path),
            Step::Keep(kept) if !single.insert(&kept.copy) => twice = Some(&kept.copy),
            Step::Image(image) if !single.insert(&image.path) => twice = Some(&image.path),
            Step::Environment(file) if !single.insert(&file.path) => twice = Some(&file.path),
            Step::Run(run) => made.extend(run.rewrites.iter().chain(&run.rebuilds)),
            _ => {}
        }
        if let Some(path) = twice.or_else(|| single.intersection(&made).next().copied()) {
            return Err(ApplyError::Refused { step: index, error: StepError::Twice(path.clone()) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
