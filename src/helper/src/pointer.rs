//! The loader's pointers, read and moved: a name in GRUB's environment file, which is written in place, or an EFI variable.
//!
//! What a pointer is, and its bytes, are core's; how bytes get there is `write`'s. Used by the steps that arm and confirm, and
//! by the housekeeping of a start.

use gangway_core::trial::Pointer;

use crate::places;
use crate::step::StepError;
use crate::write::Root;

/// The most that is read of what a loader is asked through.
const LIMIT: u64 = 4096;

/// Whether it is one that we move, in a place where a plan may write.
pub(crate) fn check(pointer: &Pointer) -> Result<(), StepError> {
    let place = match pointer {
        Pointer::Grub { file, .. } => places::is_writable(file),
        Pointer::Efi { .. } => true,
    };
    if place && pointer.is_ours() { Ok(()) } else { Err(StepError::ForbiddenPlace(pointer.path())) }
}

/// The bytes of its file; none where it is not there.
pub(crate) fn bytes(root: &Root, pointer: &Pointer) -> Result<Option<Vec<u8>>, StepError> {
    Ok(root.look_up_to(&pointer.path(), LIMIT)?)
}

/// What it asks for; none where it asks for nothing.
pub(crate) fn value(root: &Root, pointer: &Pointer) -> Result<Option<String>, StepError> {
    let unread = |error: String| StepError::Unread(format!("{}: {error}", pointer.path()));
    pointer.value(bytes(root, pointer)?.as_deref()).map_err(unread)
}

/// Fails where it could not be moved.
pub(crate) fn need(root: &Root, pointer: &Pointer) -> Result<(), StepError> {
    match pointer {
        Pointer::Grub { .. } => value(root, pointer).map(|_| ()),
        Pointer::Efi { .. } => Ok(root.need_variables(&pointer.path())?),
    }
}

/// Moves it, on disk or in the firmware when this returns.
pub(crate) fn set(root: &Root, pointer: &Pointer, to: Option<&str>) -> Result<(), StepError> {
    check(pointer)?;
    let path = pointer.path();
    let present = bytes(root, pointer)?;
    let unread = |error: String| StepError::Unread(format!("{path}: {error}"));
    let made = pointer.with(present.as_deref(), to).map_err(unread)?;
    match (pointer, present, made) {
        (Pointer::Grub { .. }, Some(present), Some(made)) => root.overwrite(&path, &present, &made)?,
        (Pointer::Grub { .. }, ..) => return Err(StepError::Missing(path)),
        (Pointer::Efi { .. }, _, Some(made)) => root.write_variable(&path, &made)?,
        (Pointer::Efi { .. }, _, None) => root.remove_variable(&path)?,
    }
    match value(root, pointer)?.as_deref() == to {
        true => Ok(()),
        false => Err(StepError::Changed(path)),
    }
}
