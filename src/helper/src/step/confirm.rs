//! A reservation that was tried is what the computer starts with by itself: its state says so, then one pointer is moved.
//!
//! In that order, since a state without the pointer only means that the former system starts once more. Taking it back is
//! the other way round. A pointer that somebody else moved meanwhile is left to them.

use gangway_core::plan::{Back, Confirmation, Content, StopReason, Unneeded};
use gangway_core::trial::{self, Failure, LIMIT, Stage, Standing, State, Trial};

use super::{Context, StepError, expect, unreadable};
use crate::journal::{Former, Record, now};
use crate::pointer;
use crate::write::{Keeping, WriteErrorKind};

/// Whether it moves one of our pointers, to one of our entries.
pub(super) fn check(step: &Confirmation) -> Result<(), StepError> {
    pointer::check(&step.pointer)?;
    let ours = [trial::GRUB_ENTRY, trial::SYSTEMD_BOOT_ENTRY].contains(&step.after.as_str());
    if ours { Ok(()) } else { Err(StepError::BadName(step.after.clone())) }
}

pub(super) fn capture(context: &mut Context<'_>, step: &Confirmation) -> Result<Former, StepError> {
    pointer::need(context.root, &step.pointer)?;
    if pointer::value(context.root, &step.pointer)? != step.before {
        return Err(WriteErrorKind::Changed.at(&step.pointer.path()).into());
    }
    let state = context.root.look(trial::STATE)?.ok_or_else(|| missing(trial::STATE))?;
    match parse(&state.content)? {
        State { record, stage: Stage::Armed | Stage::OnTrial { .. } | Stage::Failed { .. }, .. }
            if record == step.reservation => {}
        _ => return Err(WriteErrorKind::Changed.at(trial::STATE).into()),
    }
    let pointer = pointer::bytes(context.root, &step.pointer)?.map(Content::from);
    Ok(Former::Trial { state, pointer })
}

pub(super) fn carry_out(
    context: &mut Context<'_>,
    step: &Confirmation,
    former: &Former,
    record: &Record,
) -> Result<(), StepError> {
    let Former::Trial { state: found, .. } = former else { return Err(missing(trial::STATE)) };
    let stage = Stage::Confirmed { at: seconds(), record: record.id.to_string() };
    let state = State { stage, ..parse(&found.content)? };
    write(context, found.content.bytes(), &state)?;
    pointer::set(context.root, &step.pointer, Some(&step.after))
}

pub(super) fn verify(
    context: &mut Context<'_>,
    step: &Confirmation,
    record: &Record,
) -> Result<(), StepError> {
    if ours(context, record)?.is_none() {
        return Err(StepError::Changed(trial::STATE.to_owned()));
    }
    match pointer::value(context.root, &step.pointer)? {
        Some(entry) if entry == step.after => Ok(()),
        _ => {
            let path = step.pointer.path();
            Err(expect::lacks("the loader’s default", &path, "it does not read as it was written"))
        }
    }
}

pub(super) fn roll_back(
    context: &mut Context<'_>,
    step: &Confirmation,
    former: &Former,
    record: &Record,
) -> Result<(), StepError> {
    let Former::Trial { state, pointer } = former else { return Err(missing(trial::STATE)) };
    context.root.tidy(trial::STATE)?;
    move_back(context, step, pointer.as_ref())?;
    if let Some((content, _)) = ours(context, record)? {
        let keeping = Keeping::Exactly(&state.meta);
        context.root.put(trial::STATE, Some(content.bytes()), state.content.bytes(), keeping)?;
    }
    Ok(())
}

/// Moves the pointer back, if it is where we moved it: to the same bytes, where nobody else wrote to its file meanwhile.
fn move_back(context: &Context<'_>, step: &Confirmation, former: Option<&Content>) -> Result<(), StepError> {
    let (root, pointer) = (context.root, &step.pointer);
    if pointer::value(root, pointer)?.as_deref() != Some(&step.after) {
        return Ok(());
    }
    let present = pointer::bytes(root, pointer)?;
    let untouched = former
        .and_then(|former| pointer.with(Some(former.bytes()), Some(&step.after)).ok().flatten())
        .is_some_and(|moved| present.as_ref() == Some(&moved));
    match (former, present) {
        (Some(former), Some(present)) if untouched && former.bytes().len() == present.len() => {
            Ok(root.overwrite(&pointer.path(), &present, former.bytes())?)
        }
        _ => pointer::set(root, pointer, step.before.as_deref()),
    }
}

pub(super) fn look_back(
    context: &mut Context<'_>,
    step: &Confirmation,
    record: &Record,
) -> Result<Back, StopReason> {
    let confirmed = ours(context, record).map_err(unreadable)?.is_some();
    let moved =
        pointer::value(context.root, &step.pointer).map_err(unreadable)?.as_ref() == Some(&step.after);
    if !confirmed && !moved {
        return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
    }
    Ok(Back::Release { entry: step.after.clone(), to: step.before.clone(), moved })
}

/// As [`roll_back`], but the state is of now: on trial again where this start has the reservation, else over.
pub(super) fn take_back(
    context: &mut Context<'_>,
    step: &Confirmation,
    former: &Former,
    record: &Record,
) -> Result<(), StepError> {
    let Former::Trial { pointer, .. } = former else { return Err(missing(trial::STATE)) };
    context.root.tidy(trial::STATE)?;
    move_back(context, step, pointer.as_ref())?;
    let Some((content, state)) = ours(context, record)? else { return Ok(()) };
    let source = context.root.source().map_err(|error| StepError::Unread(error.to_string()))?;
    let stage = match (Trial::of(&source).standing, context.boot) {
        (Standing::Confirmed { early }, Some(boot)) => {
            Stage::OnTrial { since: seconds(), boot: boot.to_owned(), early: early.to_word() }
        }
        _ => Stage::Failed { why: Failure::TakenBack, at: seconds(), early: None },
    };
    write(context, content.bytes(), &State { stage, ..state })
}

/// The state, where it says that this record confirmed it.
fn ours(context: &Context<'_>, record: &Record) -> Result<Option<(Content, State)>, StepError> {
    let Some(bytes) = context.root.look_up_to(trial::STATE, LIMIT as u64)? else { return Ok(None) };
    let content = Content::from(bytes);
    let state = parse(&content)?;
    let confirmed =
        matches!(&state.stage, Stage::Confirmed { record: by, .. } if *by == record.id.to_string());
    Ok(confirmed.then_some((content, state)))
}

fn parse(content: &Content) -> Result<State, StepError> {
    let unread = |error: String| StepError::Unread(format!("{}: {error}", trial::STATE));
    let text = content.text().ok_or_else(|| unread("it is no text".to_owned()))?;
    State::parse(text).map_err(|error| unread(error.to_string()))
}

fn write(context: &Context<'_>, expected: &[u8], state: &State) -> Result<(), StepError> {
    let text = state.to_text().map_err(|error| StepError::Unread(error.to_string()))?;
    Ok(context.root.put(trial::STATE, Some(expected), text.as_bytes(), Keeping::Present)?)
}

fn seconds() -> u64 {
    u64::try_from(now()).unwrap_or(0)
}

fn missing(path: &str) -> StepError {
    StepError::Missing(path.to_owned())
}
