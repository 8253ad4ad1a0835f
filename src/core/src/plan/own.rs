//! Files of our own in a plan: made, replaced where they are as we wrote them, and never put over another's.

use super::{Content, FileChange, FileRole, Ground, Refusal};
use crate::config::own_file::{self, Ownership};
use crate::reading::Reading;

/// The change that makes a file of ours say this; none where it says so already.
///
/// # Errors
/// Something else is there, it was changed by hand, or it cannot be read.
pub(super) fn file(
    ground: &Ground,
    path: &str,
    role: FileRole,
    content: &str,
) -> Result<Option<FileChange>, Refusal> {
    let before = present(ground, path)?;
    let after = Content::from(own_file::make(content));
    Ok((before.as_ref() != Some(&after)).then(|| change(path, role, before, Some(after))))
}

/// The change that takes a file of ours away; none where it is not there.
///
/// # Errors
/// As of [`file()`].
pub(super) fn gone(ground: &Ground, path: &str, role: FileRole) -> Result<Option<FileChange>, Refusal> {
    Ok(present(ground, path)?.map(|before| change(path, role, Some(before), None)))
}

fn change(path: &str, role: FileRole, before: Option<Content>, after: Option<Content>) -> FileChange {
    FileChange { path: path.to_owned(), role, before, after, edit: None }
}

fn present(ground: &Ground, path: &str) -> Result<Option<Content>, Refusal> {
    match ground.file(path) {
        Reading::Absent => Ok(None),
        Reading::Known(content) => match own_file::ownership(content.bytes()) {
            Ownership::Ours => Ok(Some(content.clone())),
            Ownership::Foreign | Ownership::ChangedByHand => Err(Refusal::Occupied { path: path.to_owned() }),
        },
        Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => {
            Err(Refusal::Unreadable { path: path.to_owned(), reason: trouble.to_string() })
        }
    }
}
