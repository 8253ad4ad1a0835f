//! Fedora's image systems: `rpm-ostree` keeps the arguments with each deployment, and makes a new one for a change.
//!
//! The new deployment waits in a file below `/run` and gets its boot entry while the computer shuts down. The one that runs
//! now stays as it is, as the second entry: that is the way back, so that no entry of ours is needed. Source: rpm-ostree(1),
//! `kargs`; rpm-ostree, `rpmostreed-transaction-types.cxx` (`kernel_arg_apply_patching`: a word is added only where it is
//! missing, and nothing is deployed where nothing changed) and `rpmostree-sysroot-upgrader.cxx` (`use_staging`); ostree,
//! `ostree-sysroot-deploy.c` (`_ostree_sysroot_finalize_staged_inner`, and the titles of entries).

use super::{Wish, former};
use crate::config::kernel_cmdline;
use crate::plan::{ArtefactKind, Doubt, Expectation, Ground, Refusal, Step, Tool, ToolRun, WayBack};

const ENTRIES: &str = "/boot/loader/entries";
/// The deployment that waits for the next start, where one does.
const STAGED: &str = "/run/ostree/staged-deployment";
/// What the title of the entry ends with that starts by itself.
const FIRST: &str = "(ostree:0)";
/// The argument that says which deployment is started.
const DEPLOYMENT: &str = "ostree=";

/// Steps that bring arguments into the next start.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    if !ground.is_there("/usr/bin/rpm-ostree") {
        return Err(Refusal::NoTool { tool: "rpm-ostree".to_owned() });
    }
    if let Some(staged) = staged(ground)? {
        let has = |word: &String| staged.contains(&word.as_bytes());
        if wish.words().iter().all(has) {
            return Ok(Vec::new());
        }
        // What it brings besides was not chosen here, and could not be told from ours when it does not start.
        return Err(Refusal::Start { doubt: Doubt::Pending });
    }
    let entries = former::entries(ground, ENTRIES)?;
    let no_entry = || Refusal::NoWayBack { path: ENTRIES.to_owned(), why: WayBack::NoEntry };
    let first = entries
        .iter()
        .find(|file| file.entry.title.as_deref().is_some_and(|title| title.trim_end().ends_with(FIRST)))
        .ok_or_else(no_entry)?;
    let deployment = |words: &[String]| words.iter().find(|word| word.starts_with(DEPLOYMENT)).cloned();
    let running = deployment(&former::running(ground)?);
    if running.is_none() || deployment(&first.entry.options) != running {
        // Another deployment than the one that runs starts next time: ours would be made of that one.
        return Err(no_entry());
    }
    let options = first.entry.options.join(" ");
    if wish.is_in(&first.path, &options)? {
        return Ok(Vec::new());
    }
    let edit = kernel_cmdline::add_arguments(&options, wish.arguments)
        .map_err(|error| Refusal::not_understood(&first.path, &error))?;
    // Undo takes away what was not there before, and nothing else.
    let added: Vec<String> =
        edit.added.iter().flat_map(|argument| argument.split(' ').map(str::to_owned)).collect();
    if let Some(there) = added.iter().find(|word| first.entry.options.contains(word)) {
        // A word that means something with its neighbour alone is added only where it is missing.
        return Err(Refusal::SetElsewhere { path: first.path.clone(), setting: there.clone() });
    }
    let present = wish.words();
    Ok(vec![Step::Run(ToolRun {
        tool: Tool::RpmOstree { arguments: added },
        rewrites: Vec::new(),
        rebuilds: Vec::new(),
        expects: vec![Expectation::Arguments {
            kind: ArtefactKind::Staged,
            path: STAGED.to_owned(),
            present,
            absent: Vec::new(),
        }],
    })])
}

/// The texts in the deployment that waits; none where none does.
fn staged(ground: &Ground) -> Result<Option<Vec<&[u8]>>, Refusal> {
    let file = ground.file(STAGED);
    if let Some(trouble) = file.trouble() {
        return Err(Refusal::Unreadable { path: STAGED.to_owned(), reason: trouble.to_string() });
    }
    Ok(file.known().map(|content| content.bytes().split(|byte| *byte == 0).collect()))
}
