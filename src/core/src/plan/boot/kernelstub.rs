//! Pop!_OS: `kernelstub` keeps the arguments in its configuration and writes systemd-boot's entries of them.
//!
//! Only where it is told to manage entries and to leave the firmware's variables alone, which it would otherwise write
//! anew at each run. Source: kernelstub, `installer.py` and `config.py`.

use super::{Wish, former};
use crate::config::tools;
use crate::plan::{ArtefactKind, Doubt, Expectation, Ground, Refusal, Step, Tool, ToolRun};

const CONFIGURATION: &str = "/etc/kernelstub/configuration";
const LOADER: &str = "/boot/efi/loader";
const TOOL: &str = "kernelstub";

/// Steps that bring arguments into the next start.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    if !ground.is_there("/usr/bin/kernelstub") {
        return Err(Refusal::NoTool { tool: TOOL.to_owned() });
    }
    let text = ground.text(CONFIGURATION)?.unwrap_or_default();
    let options =
        tools::kernelstub_options(text).map_err(|error| Refusal::not_understood(CONFIGURATION, &error))?;
    let folder = format!("{LOADER}/entries");
    let entries = former::entries(ground, &folder)?;
    let origin = former::origin(ground, &folder, &entries)?;
    if wish.is_in(CONFIGURATION, &options.join(" "))?
        && wish.is_in(&origin.path, &origin.entry.options.join(" "))?
    {
        return Ok(Vec::new());
    }
    if !tools::kernelstub_manages_entries(text) {
        return Err(Refusal::Start { doubt: Doubt::Tool(TOOL.to_owned()) });
    }
    let loader_conf = format!("{LOADER}/loader.conf");
    let kept = former::keep(ground, &loader_conf, origin, &origin.entry.initrd)?;
    // It writes the entry of the former kernel, too, and copies kernels and images anew.
    let made = entries
        .iter()
        .filter(|file| file.path.ends_with("-current.conf") || file.path.ends_with("-oldkern.conf"));
    let large = made.clone().flat_map(|file| file.entry.linux.iter().chain(&file.entry.initrd));
    let run = Step::Run(ToolRun {
        tool: Tool::Kernelstub { arguments: wish.words() },
        rewrites: [CONFIGURATION.to_owned(), loader_conf]
            .into_iter()
            .chain(made.clone().map(|file| file.path.clone()))
            .collect(),
        rebuilds: large.map(|path| format!("/boot/efi{path}")).collect(),
        expects: vec![Expectation::Arguments {
            kind: ArtefactKind::Entry,
            path: origin.path.clone(),
            present: wish.words(),
            absent: Vec::new(),
        }],
    });
    Ok(kept.map(Step::File).into_iter().chain([run]).collect())
}
