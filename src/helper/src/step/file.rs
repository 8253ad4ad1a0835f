//! A small file that is made, changed or removed.

use gangway_core::plan::{Back, Content, FileChange, StopReason};

use super::{Context, StepError, unreadable};
use crate::journal::Former;
use crate::write::{Found, Keeping};

pub(super) fn capture(context: &mut Context<'_>, change: &FileChange) -> Result<Former, StepError> {
    let found = context.root.look(&change.path)?;
    if found.as_ref().map(|found| &found.content) != change.before.as_ref() {
        return Err(StepError::Changed(change.path.clone()));
    }
    let missing =
        if change.after.is_some() { context.root.missing_folders(&change.path)? } else { Vec::new() };
    if let Some(after) = &change.after
        && missing.is_empty()
    {
        context.root.need(&change.path, after.bytes().len() as u64)?;
    }
    Ok(Former::File { found, missing })
}

pub(super) fn carry_out(
    context: &mut Context<'_>,
    change: &FileChange,
    former: &Former,
) -> Result<(), StepError> {
    let (_, missing) = parts(former, change)?;
    for folder in missing {
        context.root.make_folder(folder, false)?;
    }
    Ok(set(context, &change.path, change.before.as_ref(), change.after.as_ref(), Keeping::Present)?)
}

fn set(
    context: &Context<'_>,
    path: &str,
    from: Option<&Content>,
    to: Option<&Content>,
    keeping: Keeping<'_>,
) -> Result<(), crate::write::WriteError> {
    match (from.map(Content::bytes), to.map(Content::bytes)) {
        (from, Some(to)) => context.root.put(path, from, to, keeping),
        (Some(from), None) => context.root.remove(path, from),
        (None, None) => Ok(()),
    }
}

pub(super) fn verify(context: &mut Context<'_>, change: &FileChange) -> Result<(), StepError> {
    let found = context.root.look(&change.path)?;
    let found = found.map(|found| found.content);
    if found == change.after { Ok(()) } else { Err(StepError::Changed(change.path.clone())) }
}

pub(super) fn roll_back(
    context: &mut Context<'_>,
    change: &FileChange,
    former: &Former,
) -> Result<(), StepError> {
    let (found, missing) = parts(former, change)?;
    context.root.tidy(&change.path)?;
    let present = context.root.look(&change.path)?.map(|present| present.content);
    if present != change.before {
        if present != change.after {
            return Err(StepError::Changed(change.path.clone()));
        }
        let keeping = found.map_or(Keeping::Present, |found| Keeping::Exactly(&found.meta));
        set(context, &change.path, present.as_ref(), change.before.as_ref(), keeping)?;
    }
    remove_folders(context, missing)
}

fn remove_folders(context: &Context<'_>, missing: &[String]) -> Result<(), StepError> {
    for folder in missing.iter().rev() {
        context.root.remove_folder(folder)?;
    }
    Ok(())
}

pub(super) fn look_back(context: &mut Context<'_>, change: &FileChange) -> Result<Back, StopReason> {
    let present = context.root.look(&change.path).map_err(unreadable)?;
    change.undo(present.map(|present| present.content).as_ref())
}

pub(super) fn take_back(
    context: &mut Context<'_>,
    change: &FileChange,
    former: &Former,
    from: Option<&Content>,
    to: Option<&Content>,
    whole: bool,
) -> Result<(), StepError> {
    let (found, missing) = parts(former, change)?;
    context.root.tidy(&change.path)?;
    let present = context.root.look(&change.path)?;
    let content = present.as_ref().map(|present| &present.content);
    if content != to {
        if content != from {
            return Err(StepError::Changed(change.path.clone()));
        }
        // Permissions that somebody changed meanwhile are not ours to take back; nor is the time of a file that is not
        // what it was.
        let rights = |found: &&Found| present.as_ref().is_none_or(|now| now.meta.same_rights(&found.meta));
        let exact = found.filter(|_| whole).filter(rights);
        let keeping = exact.map_or(Keeping::Present, |found| Keeping::Exactly(&found.meta));
        set(context, &change.path, from, to, keeping)?;
    }
    remove_folders(context, missing)
}

fn parts<'a>(
    former: &'a Former,
    change: &FileChange,
) -> Result<(Option<&'a Found>, &'a [String]), StepError> {
    match former {
        Former::File { found, missing } => Ok((found.as_ref(), missing)),
        _ => Err(StepError::Changed(change.path.clone())),
    }
}
