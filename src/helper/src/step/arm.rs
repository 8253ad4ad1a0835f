//! One start with an entry is asked for, after everything that it needs was seen to be there.
//!
//! The state of the trial is written first and the request last, so that nothing that was asked for is unknown. Taking it
//! back is the other way round. What happens to the state after a start is not decided here.

use std::time::Duration;

use gangway_core::plan::{Arming, Back, StopReason, Unneeded};
use gangway_core::trial::{self, Entry, Pointer, Stage, State};

use super::{Context, StepError, unreadable};
use crate::command::Call;
use crate::journal::{Former, Record};
use crate::pointer;
use crate::write::{Keeping, WriteErrorKind};

const CHECK: Duration = Duration::from_secs(60);

/// Whether it names only paths that a plan may write.
pub(super) fn check(arming: &Arming) -> Result<(), StepError> {
    let promise = &arming.promise;
    promise.check().map_err(|error| StepError::Unread(error.to_string()))?;
    pointer::check(&request(arming)?)?;
    super::check_name(promise.entry_name())
}

pub(super) fn capture(context: &mut Context<'_>, arming: &Arming) -> Result<Former, StepError> {
    if context.root.look(trial::STATE)?.is_some() {
        return Err(WriteErrorKind::Occupied.at(trial::STATE).into());
    }
    if let Entry::SystemdBoot { .. } = &arming.promise.entry {
        let request = request(arming)?;
        pointer::need(context.root, &request)?;
        if asked(context, arming)?.is_some() {
            return Err(WriteErrorKind::Occupied.at(&request.path()).into());
        }
    }
    Ok(Former::Told)
}

pub(super) fn carry_out(
    context: &mut Context<'_>,
    arming: &Arming,
    record: &Record,
) -> Result<(), StepError> {
    let promise = &arming.promise;
    for path in [promise.kernel.as_str(), promise.entry_file()] {
        context.root.measure(path)?.ok_or_else(|| StepError::Missing(path.to_owned()))?;
    }
    let image = context.root.measure(&promise.image)?;
    let image = image.ok_or_else(|| StepError::Missing(promise.image.clone()))?;
    if let Entry::Grub { custom, .. } = &promise.entry {
        check_script(context, custom)?;
    }
    let state = State {
        record: record.id.to_string(),
        promise: promise.clone(),
        image_sha256: image.sha256.to_string(),
        armed_in: record.boot.clone().unwrap_or_else(|| "unknown".to_owned()),
        stage: Stage::Armed,
    };
    let text = state.to_text().map_err(|error| StepError::Unread(error.to_string()))?;
    context.root.put(trial::STATE, None, text.as_bytes(), Keeping::Present)?;
    // What the loader reads is on the disk before it is told to.
    context.root.sync_around(&promise.image)?;
    context.root.sync_around(promise.entry_file())?;
    pointer::set(context.root, &request(arming)?, Some(promise.entry_name()))
}

/// GRUB's own reader, where it is installed.
fn check_script(context: &mut Context<'_>, path: &str) -> Result<(), StepError> {
    let Some(tool) =
        ["grub-script-check", "grub2-script-check"].into_iter().find(|tool| context.tools.has(tool))
    else {
        return Ok(());
    };
    Call::tool(tool, [path], CHECK).succeed(context.tools, context.line)?;
    Ok(())
}

pub(super) fn verify(context: &mut Context<'_>, arming: &Arming, record: &Record) -> Result<(), StepError> {
    match state(context, record)? {
        Some(state) if state.promise == arming.promise => {}
        _ => return Err(StepError::Changed(trial::STATE.to_owned())),
    }
    match asked(context, arming)? {
        Some(entry) if entry == arming.promise.entry_name() => Ok(()),
        _ => Err(StepError::Changed(request(arming)?.path())),
    }
}

/// Where the loader looks for the request.
fn request(arming: &Arming) -> Result<Pointer, StepError> {
    let none = || StepError::Missing("the loader’s request".to_owned());
    arming.promise.request_pointer().ok_or_else(none)
}

/// The entry that is asked for; none where nothing is, or its file went with the rest already.
fn asked(context: &Context<'_>, arming: &Arming) -> Result<Option<String>, StepError> {
    let request = request(arming)?;
    match pointer::bytes(context.root, &request)? {
        None => Ok(None),
        Some(_) => pointer::value(context.root, &request),
    }
}

/// The state, where it is of this record; none where there is none, or it is another one's.
fn state(context: &Context<'_>, record: &Record) -> Result<Option<State>, StepError> {
    let Some(found) = context.root.look(trial::STATE)? else { return Ok(None) };
    let text = found.content.text().unwrap_or_default();
    let state =
        State::parse(text).map_err(|error| StepError::Unread(format!("{}: {error}", trial::STATE)))?;
    Ok((state.record == record.id.to_string()).then_some(state))
}

/// Takes the request back and the state away; also how undo does it.
pub(super) fn roll_back(
    context: &mut Context<'_>,
    arming: &Arming,
    record: &Record,
) -> Result<(), StepError> {
    context.root.tidy(trial::STATE)?;
    if asked(context, arming)?.as_deref() == Some(arming.promise.entry_name()) {
        pointer::set(context.root, &request(arming)?, None)?;
    }
    if state(context, record)?.is_some() {
        context.root.remove_made(trial::STATE)?;
    }
    Ok(())
}

pub(super) fn look_back(
    context: &mut Context<'_>,
    arming: &Arming,
    record: &Record,
) -> Result<Back, StopReason> {
    let state = state(context, record).map_err(unreadable)?;
    if let Some(Stage::Confirmed { record, .. }) = state.as_ref().map(|state| &state.stage) {
        return Err(StopReason::Kept { record: record.clone() });
    }
    let entry = arming.promise.entry_name();
    let asked = asked(context, arming).map_err(unreadable)?.as_deref() == Some(entry);
    if state.is_none() && !asked {
        return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
    }
    let model = context.model().map_err(unreadable)?;
    let value = arming.promise.reserve.to_string();
    let running = model
        .host
        .command_line
        .known()
        .is_some_and(|line| line.values("gangway.reserve").next_back() == Some(value.as_str()));
    Ok(Back::Disarm { entry: entry.to_owned(), running })
}
