//! Huge pages that are reserved while the computer runs.
//!
//! Source: kernel, `Documentation/admin-guide/mm/hugetlbpage.rst`: the kernel may give fewer than it is asked for.

use std::time::Duration;

use gangway_core::plan::{Back, HugePageChange, HugePageSize, StopReason, Unneeded};

use super::{Context, StepError, unreadable};
use crate::attribute::Attribute;
use crate::journal::Former;

/// The kernel moves memory about in order to find room.
const LIMIT: Duration = Duration::from_secs(300);

fn pages(context: &Context<'_>, size: HugePageSize) -> Result<u64, StepError> {
    let path = Attribute::huge_pages_path(size);
    let text = context.root.read_attribute(path)?.ok_or_else(|| StepError::Missing(path.to_owned()))?;
    text.parse().map_err(|_| StepError::Changed(path.to_owned()))
}

pub(super) fn capture(context: &mut Context<'_>, change: &HugePageChange) -> Result<Former, StepError> {
    if pages(context, change.size)? != change.before {
        return Err(StepError::Changed(Attribute::huge_pages_path(change.size).to_owned()));
    }
    Ok(Former::Told)
}

pub(super) fn set(context: &mut Context<'_>, size: HugePageSize, pages: u64) -> Result<(), StepError> {
    Attribute::HugePages { size, pages }.write(context, LIMIT)
}

pub(super) fn verify(context: &mut Context<'_>, size: HugePageSize, wanted: u64) -> Result<(), StepError> {
    let given = pages(context, size)?;
    if given == wanted { Ok(()) } else { Err(StepError::FewerPages { wanted, given }) }
}

/// Gives back what was reserved; also how undo does it. Pages that a program uses stay until it ends.
pub(super) fn roll_back(context: &mut Context<'_>, change: &HugePageChange) -> Result<(), StepError> {
    if pages(context, change.size)? == change.before {
        return Ok(());
    }
    set(context, change.size, change.before)?;
    verify(context, change.size, change.before)
}

pub(super) fn look_back(context: &mut Context<'_>, change: &HugePageChange) -> Result<Back, StopReason> {
    match pages(context, change.size).map_err(unreadable)? {
        now if now == change.before => Ok(Back::Nothing { why: Unneeded::AlreadyBack }),
        now if now == change.after => Ok(Back::HugePages { pages: change.before }),
        _ => Err(StopReason::Changed),
    }
}
