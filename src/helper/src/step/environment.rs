//! An environment file of GRUB of our own, in which the gate in `custom.cfg` looks. It is made once, and from then on only
//! written in place.

use gangway_core::config::grub_cfg::environment;
use gangway_core::config::grub_env;
use gangway_core::plan::{Back, EnvironmentFile, StopReason, Unneeded};
use gangway_core::trial::{GRUB_DEFAULT, GRUB_REQUEST};

use super::{Context, StepError, unreadable};
use crate::journal::Former;
use crate::write::{Keeping, WriteErrorKind};

pub(super) fn capture(context: &mut Context<'_>, made: &EnvironmentFile) -> Result<Former, StepError> {
    if context.root.look(&made.path)?.is_some() {
        return Err(WriteErrorKind::Occupied.at(&made.path).into());
    }
    Ok(Former::Made { missing: context.root.missing_folders(&made.path)? })
}

pub(super) fn carry_out(
    context: &mut Context<'_>,
    made: &EnvironmentFile,
    former: &Former,
) -> Result<(), StepError> {
    for folder in missing(former, &made.path)? {
        context.root.make_folder(folder, false)?;
    }
    context.root.put(&made.path, None, &grub_env::empty(), Keeping::Present)?;
    Ok(())
}

/// What is in it is the business of who asks.
pub(super) fn verify(context: &mut Context<'_>, made: &EnvironmentFile) -> Result<(), StepError> {
    match is_ours(context, made)? {
        Some(true) => Ok(()),
        Some(false) => Err(StepError::Changed(made.path.clone())),
        None => Err(StepError::Missing(made.path.clone())),
    }
}

/// Whether it is a block with nothing but names of ours; none where nothing is.
fn is_ours(context: &Context<'_>, made: &EnvironmentFile) -> Result<Option<bool>, StepError> {
    let Some(found) = context.root.look(&made.path)? else { return Ok(None) };
    let names = environment(found.content.bytes());
    let ours = |name: &String| [GRUB_REQUEST, GRUB_DEFAULT].contains(&name.as_str());
    Ok(Some(names.is_ok_and(|names| names.keys().all(ours))))
}

/// Removes it; also how undo does it.
pub(super) fn roll_back(
    context: &mut Context<'_>,
    made: &EnvironmentFile,
    former: &Former,
) -> Result<(), StepError> {
    context.root.tidy(&made.path)?;
    match is_ours(context, made)? {
        Some(true) => context.root.remove_made(&made.path)?,
        Some(false) => return Err(StepError::Changed(made.path.clone())),
        None => {}
    }
    for folder in missing(former, &made.path)?.iter().rev() {
        context.root.remove_folder(folder)?;
    }
    Ok(())
}

pub(super) fn look_back(context: &mut Context<'_>, made: &EnvironmentFile) -> Result<Back, StopReason> {
    match is_ours(context, made).map_err(unreadable)? {
        Some(true) => Ok(Back::RemoveMade { path: made.path.clone() }),
        Some(false) => Err(StopReason::Changed),
        None => Ok(Back::Nothing { why: Unneeded::AlreadyBack }),
    }
}

/// The folders that were missing above what was made.
pub(super) fn missing<'a>(former: &'a Former, path: &str) -> Result<&'a [String], StepError> {
    match former {
        Former::Made { missing } => Ok(missing),
        _ => Err(StepError::Changed(path.to_owned())),
    }
}
