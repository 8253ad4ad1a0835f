//! systemd-boot with entries that somebody wrote by hand: the entries themselves are edited, and no tool runs.
//!
//! Source: UAPI.1 Boot Loader Specification, type 1.

use super::{Wish, former};
use crate::config::bls;
use crate::plan::{ArgumentEdit, ArgumentFormat, FileChange, FileRole, Ground, Refusal, Step, WayBack};

/// Steps that bring arguments into the next start.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>, folder: &str) -> Result<Vec<Step>, Refusal> {
    let entries = former::entries(ground, folder)?;
    let mut changes = Vec::new();
    for file in entries.iter().filter(|file| !file.is_recovery()) {
        let edit = bls::add_arguments(file.text, wish.arguments)
            .map_err(|error| Refusal::not_understood(&file.path, &error))?;
        if !edit.is_empty() {
            changes.push(Step::File(FileChange {
                path: file.path.clone(),
                role: FileRole::BootEntry,
                before: Some(file.text.into()),
                after: Some(edit.text.as_str().into()),
                edit: Some(ArgumentEdit { format: ArgumentFormat::Entry, added: edit.added }),
            }));
        }
    }
    if changes.is_empty() && !entries.is_empty() {
        return Ok(changes);
    }
    let origin = former::origin(ground, folder, &entries)?;
    let kept = former::keep(ground, &loader_conf(folder), origin, &origin.entry.initrd)?;
    Ok(kept.map(Step::File).into_iter().chain(changes).collect())
}

/// Steps that keep the running kernel's image with an entry that starts it.
pub(super) fn keep_image(ground: &Ground, folder: &str, rebuilt: &[String]) -> Result<Vec<Step>, Refusal> {
    let entries = former::entries(ground, folder)?;
    let origin = former::origin(ground, folder, &entries)?;
    let no = || Refusal::NoWayBack { path: origin.path.clone(), why: WayBack::NoImage };
    let mut initrd = origin.entry.initrd.clone();
    let last = initrd.last_mut().ok_or_else(no)?;
    let (step, copy) = super::kept_image(ground, last, rebuilt)?;
    *last = copy;
    let kept = former::keep(ground, &loader_conf(folder), origin, &initrd)?;
    Ok(step.into_iter().chain(kept.map(Step::File)).collect())
}

fn loader_conf(folder: &str) -> String {
    folder.replace("/entries", "/loader.conf")
}
