//! A copy of a large file that is kept beside it.

use gangway_core::plan::{Back, KeptFile, StopReason, Unneeded};

use super::{Context, StepError, unreadable};
use crate::journal::Former;
use crate::write::Large;

pub(super) fn capture(context: &mut Context<'_>, kept: &KeptFile) -> Result<Former, StepError> {
    let missing = || StepError::Missing(kept.path.clone());
    let original = context.root.measure(&kept.path)?.ok_or_else(missing)?;
    if context.root.measure(&kept.copy)?.is_some() {
        return Err(StepError::Changed(kept.copy.clone()));
    }
    let missing = context.root.missing_folders(&kept.copy)?;
    context.root.need(missing.first().unwrap_or(&kept.copy), original.size)?;
    Ok(Former::Keep { original, missing })
}

pub(super) fn carry_out(
    context: &mut Context<'_>,
    kept: &KeptFile,
    former: &Former,
) -> Result<(), StepError> {
    for folder in parts(former, kept)?.1 {
        context.root.make_folder(folder, false)?;
    }
    context.root.copy(&kept.path, &kept.copy, false)?;
    Ok(())
}

pub(super) fn verify(context: &mut Context<'_>, kept: &KeptFile, former: &Former) -> Result<(), StepError> {
    let (original, _) = parts(former, kept)?;
    match context.root.measure(&kept.copy)? {
        Some(copy) if copy.same_bytes(original) => Ok(()),
        Some(_) => Err(StepError::Changed(kept.copy.clone())),
        None => Err(StepError::Missing(kept.copy.clone())),
    }
}

/// Removes the copy; also how undo does it.
pub(super) fn roll_back(
    context: &mut Context<'_>,
    kept: &KeptFile,
    former: &Former,
) -> Result<(), StepError> {
    let (_, missing) = parts(former, kept)?;
    context.root.tidy(&kept.copy)?;
    context.root.remove_made(&kept.copy)?;
    for folder in missing.iter().rev() {
        context.root.remove_folder(folder)?;
    }
    Ok(())
}

pub(super) fn look_back(
    context: &mut Context<'_>,
    kept: &KeptFile,
    former: &Former,
) -> Result<Back, StopReason> {
    let (original, _) = parts(former, kept).map_err(unreadable)?;
    let path = kept.copy.clone();
    match context.root.measure(&path).map_err(unreadable)? {
        None => Ok(Back::Nothing { why: Unneeded::AlreadyBack }),
        Some(copy) if copy.same_bytes(original) => Ok(Back::RemoveCopy { path }),
        // What is copied is there still; of a copy that is no copy any more nothing is lost.
        Some(_) => Ok(Back::RemoveDamaged { path }),
    }
}

fn parts<'a>(former: &'a Former, kept: &KeptFile) -> Result<(&'a Large, &'a [String]), StepError> {
    match former {
        Former::Keep { original, missing } => Ok((original, missing)),
        _ => Err(StepError::Changed(kept.copy.clone())),
    }
}
