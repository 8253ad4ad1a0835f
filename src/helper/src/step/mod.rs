//! Carrying out one step and taking it back: one file a kind of step.
//!
//! Every kind answers the same questions: what was there before ([`capture`], which changes nothing), do it ([`carry_out`]),
//! is it so ([`verify`]), take it back after a failure or a power cut, however far it got ([`roll_back`]), what would undo
//! do ([`look_back`]), and do that ([`take_back`]). Rolling back and taking back can be begun again at any point.
//! The order of steps, and marks in the journal, are the engine's.

mod arm;
mod confirm;
mod environment;
mod error;
mod expect;
mod file;
mod group;
mod huge_pages;
mod image;
mod keep;
mod load;
mod rebind;
mod run;
mod service;

use gangway_core::model::Model;
use gangway_core::plan::{Back, ServiceChange, Step, StopReason, UndoAction, UndoStop, Unneeded};

pub use error::StepError;

use crate::command::Tools;
use crate::journal::{Former, Left, Record};
use crate::places;
use crate::write::Root;

/// What a step is carried out with.
pub(crate) struct Context<'a> {
    pub(crate) root: &'a Root,
    pub(crate) tools: &'a dyn Tools,
    /// The folder of the record.
    pub(crate) folder: &'a str,
    /// Which start of the computer this is.
    pub(crate) boot: Option<&'a str>,
    /// Who hears the lines that tools write.
    pub(crate) line: &'a mut dyn FnMut(&str),
}

impl Context<'_> {
    /// The machine as it is now.
    fn model(&self) -> Result<Model, StepError> {
        let source = self.root.source().map_err(|error| StepError::Unread(error.to_string()))?;
        Ok(Model::read(&source))
    }

    /// When the computer was started, in seconds since 1970. Source: proc_stat(5), `btime`.
    fn booted_at(&self) -> Option<i64> {
        let text = self.root.source().ok()?.read_text("/proc/stat").ok()?;
        text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
    }
}

/// Whether the computer was certainly restarted since a record was made: which start it is now is `boot`.
pub(crate) fn is_restarted(record: &Record, boot: Option<&str>) -> bool {
    record.boot.as_deref().zip(boot).is_some_and(|(then, now)| then != now)
}

/// How a step was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// As a whole.
    Whole,
    /// What its tool makes was made anew by somebody else: the tool has to run again once everything else is taken back.
    RunAgain,
}

/// A step of a record, and what is known about it.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) record: &'a Record,
    pub(crate) index: usize,
    pub(crate) step: &'a Step,
    pub(crate) former: &'a Former,
    pub(crate) left: Option<&'a Left>,
    /// When it was begun, in seconds since 1970.
    pub(crate) begun: Option<i64>,
}

/// Whether a step names only paths that a plan may write, and only names that may be handed to a tool. Asked before it is
/// carried out, and of every record that is read.
pub(crate) fn check(step: &Step) -> Result<(), StepError> {
    let writable = |path: &String| match places::is_writable(path) {
        true => Ok(()),
        false => Err(StepError::ForbiddenPlace(path.clone())),
    };
    match step {
        Step::File(change) => writable(&change.path),
        Step::Keep(kept) => writable(&kept.path).and_then(|()| writable(&kept.copy)),
        Step::Run(run) => run.rewrites.iter().chain(&run.rebuilds).try_for_each(writable),
        Step::Load(load) => check_name(&load.module),
        Step::Bind(_) | Step::GiveBack(_) | Step::HugePages(_) => Ok(()),
        Step::Service(ServiceChange::Runit { link, .. }) if !places::is_service_link(link) => {
            Err(StepError::ForbiddenPlace(link.clone()))
        }
        Step::Service(ServiceChange::Runit { .. }) => Ok(()),
        Step::Service(change) => check_name(service::name(change)),
        Step::Group(change) => check_name(&change.group).and_then(|()| check_name(&change.user)),
        Step::Image(made) => {
            check_name(&made.release)?;
            [made.path.clone(), made.beside()].iter().chain(image::own(made)).try_for_each(writable)
        }
        Step::Environment(made) => writable(&made.path),
        Step::Arm(arming) => arm::check(arming),
        Step::Confirm(step) => confirm::check(step),
    }
}

/// What is there before a step. Nothing is changed, but a copy may be made in the record's folder.
pub(crate) fn capture(context: &mut Context<'_>, index: usize, step: &Step) -> Result<Former, StepError> {
    check(step)?;
    match step {
        Step::File(change) => file::capture(context, change),
        Step::Keep(kept) => keep::capture(context, kept),
        Step::Run(run) => run::capture(context, index, run),
        Step::Load(_) => Ok(Former::Told),
        Step::Bind(rebinding) => rebind::capture(context, rebinding),
        Step::GiveBack(rebinding) => rebind::capture(context, rebinding),
        Step::Service(change) => service::capture(context, change),
        Step::Group(change) => group::capture(context, change),
        Step::HugePages(change) => huge_pages::capture(context, change),
        Step::Image(made) => image::capture(context, made),
        Step::Environment(made) => environment::capture(context, made),
        Step::Arm(arming) => arm::capture(context, arming),
        Step::Confirm(step) => confirm::capture(context, step),
    }
}

/// Does it.
pub(crate) fn carry_out(context: &mut Context<'_>, known: Known<'_>) -> Result<Left, StepError> {
    match known.step {
        Step::File(change) => file::carry_out(context, change, known.former)?,
        Step::Keep(kept) => keep::carry_out(context, kept, known.former)?,
        Step::Run(run) => return run::carry_out(context, run),
        Step::Load(load) => load::carry_out(context, load)?,
        Step::Bind(rebinding) => rebind::bind(context, rebinding)?,
        Step::GiveBack(rebinding) => rebind::give_back(context, rebinding)?,
        Step::Service(change) => return service::carry_out(context, change, known.former),
        Step::Group(change) => group::carry_out(context, change)?,
        Step::HugePages(change) => huge_pages::set(context, change.size, change.after)?,
        Step::Image(made) => return image::carry_out(context, made, known.former),
        Step::Environment(made) => environment::carry_out(context, made, known.former)?,
        Step::Arm(arming) => arm::carry_out(context, arming, known.record)?,
        Step::Confirm(step) => confirm::carry_out(context, step, known.former, known.record)?,
    }
    Ok(Left::AsPlanned)
}

/// Whether it is so: after the step, and once more after all of them.
pub(crate) fn verify(context: &mut Context<'_>, known: Known<'_>) -> Result<(), StepError> {
    match known.step {
        Step::File(change) => file::verify(context, change),
        Step::Keep(kept) => keep::verify(context, kept, known.former),
        Step::Run(run) => run::verify(context, run, known.left),
        Step::Load(load) => load::verify(context, load),
        Step::Bind(rebinding) => rebind::verify_bound(context, rebinding),
        Step::GiveBack(rebinding) => rebind::verify_given_back(context, rebinding),
        Step::Service(change) => service::verify(context, change),
        Step::Group(change) => group::verify(context, change, true),
        Step::HugePages(change) => huge_pages::verify(context, change.size, change.after),
        Step::Image(made) => image::verify(context, made, known.left),
        Step::Environment(made) => environment::verify(context, made),
        Step::Arm(arming) => arm::verify(context, arming, known.record),
        Step::Confirm(step) => confirm::verify(context, step, known.record),
    }
}

/// Makes everything as it was before the step, however far that got.
pub(crate) fn roll_back(context: &mut Context<'_>, known: Known<'_>) -> Result<Taken, StepError> {
    if let Step::Run(run) = known.step {
        return run::roll_back(context, run, known);
    }
    let restarted = is_restarted(known.record, context.boot);
    match known.step {
        Step::Run(_) => Ok(()),
        Step::File(change) => file::roll_back(context, change, known.former),
        Step::Keep(kept) => keep::roll_back(context, kept, known.former),
        Step::Load(_) => Ok(()),
        Step::Bind(_) | Step::GiveBack(_) | Step::HugePages(_) if restarted => Ok(()),
        Step::Bind(rebinding) | Step::GiveBack(rebinding) => rebind::restore(context, rebinding),
        Step::Service(change) => service::roll_back(context, change, known, restarted),
        Step::Group(change) => group::roll_back(context, change, known.former),
        Step::HugePages(change) => huge_pages::roll_back(context, change),
        Step::Image(made) => image::roll_back(context, made, known.former),
        Step::Environment(made) => environment::roll_back(context, made, known.former),
        Step::Arm(arming) => arm::roll_back(context, arming, known.record),
        Step::Confirm(step) => confirm::roll_back(context, step, known.former, known.record),
    }?;
    Ok(Taken::Whole)
}

/// Runs the tool of a step again, after everything else was taken back.
pub(crate) fn run_again(context: &mut Context<'_>, known: Known<'_>) -> Result<(), StepError> {
    match known.step {
        Step::Run(run) => run::again(context, run),
        _ => Ok(()),
    }
}

/// What undo would do about a step now.
pub(crate) fn look_back(context: &mut Context<'_>, known: Known<'_>) -> Result<UndoAction, UndoStop> {
    let restarted = is_restarted(known.record, context.boot);
    let (what, back) = match known.step {
        Step::File(change) => (change.path.clone(), file::look_back(context, change)),
        Step::Keep(kept) => (kept.copy.clone(), keep::look_back(context, kept, known.former)),
        Step::Run(run) => (run.tool.command().join(" "), run::look_back(context, run, known)),
        Step::Load(load) => (load.module.clone(), Ok(Back::Nothing { why: Unneeded::ModuleStays })),
        Step::Bind(rebinding) | Step::GiveBack(rebinding) => {
            let back = if restarted {
                Ok(Back::Nothing { why: Unneeded::Restarted })
            } else {
                rebind::look_back(context, rebinding)
            };
            (rebinding.address().to_string(), back)
        }
        Step::Service(change) => {
            (service::name(change).to_owned(), service::look_back(context, change, known.former))
        }
        Step::Group(change) => (change.group.clone(), group::look_back(context, change, known.former)),
        Step::HugePages(change) => {
            let back = if restarted {
                Ok(Back::Nothing { why: Unneeded::Restarted })
            } else {
                huge_pages::look_back(context, change)
            };
            ("nr_hugepages".to_owned(), back)
        }
        Step::Image(made) => (made.path.clone(), image::look_back(context, made, known.left)),
        Step::Environment(made) => (made.path.clone(), environment::look_back(context, made)),
        Step::Arm(arming) => {
            (arming.promise.entry_name().to_owned(), arm::look_back(context, arming, known.record))
        }
        Step::Confirm(step) => (step.after.clone(), confirm::look_back(context, step, known.record)),
    };
    match back {
        Ok(back) => Ok(UndoAction { step: known.index, back }),
        Err(why) => Err(UndoStop { step: known.index, what, why }),
    }
}

/// Does what [`look_back`] said. It may have been begun before.
pub(crate) fn take_back(context: &mut Context<'_>, known: Known<'_>, back: &Back) -> Result<(), StepError> {
    match (known.step, back) {
        (_, Back::Nothing { .. }) => Ok(()),
        (Step::File(change), Back::File { from, to, whole, .. }) => {
            file::take_back(context, change, known.former, from.as_ref(), to.as_ref(), *whole)
        }
        (Step::Keep(kept), Back::RemoveCopy { .. } | Back::RemoveDamaged { .. }) => {
            keep::roll_back(context, kept, known.former)
        }
        (Step::Run(run), Back::Artefacts { .. }) => match run::roll_back(context, run, known)? {
            Taken::Whole => Ok(()),
            Taken::RunAgain => run::again(context, run),
        },
        (Step::Run(run), Back::RunAgain { .. }) => run::again(context, run),
        (Step::Bind(rebinding) | Step::GiveBack(rebinding), Back::Rebind { .. }) => {
            if is_restarted(known.record, context.boot) {
                Ok(())
            } else {
                rebind::restore(context, rebinding)
            }
        }
        (Step::Service(change), Back::Service { disable, stop, .. }) => {
            service::switch_off(context, change, known, *disable, *stop)
        }
        (Step::Group(change), Back::LeaveGroup { .. }) => group::leave(context, change),
        (Step::HugePages(change), Back::HugePages { .. }) => {
            if is_restarted(known.record, context.boot) {
                Ok(())
            } else {
                huge_pages::roll_back(context, change)
            }
        }
        (Step::Image(made), Back::RemoveMade { .. } | Back::RemoveDamaged { .. }) => {
            image::roll_back(context, made, known.former)
        }
        (Step::Environment(made), Back::RemoveMade { .. }) => {
            environment::roll_back(context, made, known.former)
        }
        (Step::Confirm(step), Back::Release { .. }) => {
            confirm::take_back(context, step, known.former, known.record)
        }
        (Step::Arm(arming), Back::Disarm { .. }) => arm::roll_back(context, arming, known.record),
        // A record whose undo speaks of another kind of step was not written by us.
        _ => Err(StepError::Changed(format!("step {}", known.index + 1))),
    }
}

/// A reason of the system's against looking at something.
#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn unreadable(error: impl ToString) -> StopReason {
    StopReason::Unreadable { reason: error.to_string() }
}

/// Whether a word may be an argument of a tool: it is no option, and nothing that a tool would read as more than a name.
fn check_name(name: &str) -> Result<(), StepError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.@:\\+".contains(c);
    let plain = !name.is_empty() && name.len() <= 255 && name.chars().all(fits);
    if plain && !name.starts_with(['-', '.']) { Ok(()) } else { Err(StepError::BadName(name.to_owned())) }
}
