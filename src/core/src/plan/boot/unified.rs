//! Unified kernel images, which carry their arguments: made anew, after a copy of the present one was kept beside it.
//!
//! The copy is an entry of the menu by itself and sorts behind its origin. Under Secure Boot an image must be signed with
//! its owner's key, which is not ours. Source: systemd-stub(7), mkinitcpio(8) and its presets.

use super::{Wish, former};
use crate::config::{drop_in, kernel_cmdline, mkinitcpio};
use crate::plan::{
    ArgumentFormat, ArtefactKind, Doubt, Expectation, FileRole, Ground, KeptFile, Refusal, Step, Tool,
    ToolRun, own,
};
use crate::reading::Reading;

const PRESETS: &str = "/etc/mkinitcpio.d";
const CMDLINE: &str = "/etc/kernel/cmdline";
const DROP_INS: &str = "/etc/cmdline.d";

/// Refuses where images must be signed, or whether they must cannot be told.
pub(super) fn signed(ground: &Ground) -> Result<(), Refusal> {
    match ground.model.system.firmware.secure_boot {
        // Absent: the firmware has no Secure Boot.
        Reading::Known(false) | Reading::Absent => Ok(()),
        _ => Err(Refusal::Start { doubt: Doubt::SignedImages }),
    }
}

/// The step that keeps an image; none where it is kept already.
pub(super) fn keep(ground: &Ground, root: &str, path: &str) -> Result<Option<Step>, Refusal> {
    let no = || Refusal::Start { doubt: Doubt::Source(path.to_owned()) };
    let copy = former::name(path, ".efi").ok_or_else(no)?;
    former::not_default(ground, &format!("{root}/loader/loader.conf"), path, &copy)?;
    if ground.is_there(&copy) {
        // Of an earlier change: it starts what came before that, and taking it away is that change's business.
        return Ok(None);
    }
    Ok(Some(Step::Keep(KeptFile { path: path.to_owned(), copy })))
}

/// The images of mkinitcpio's presets: unified ones, and initramfs images.
///
/// # Errors
/// A preset is not understood.
pub(super) fn presets(ground: &Ground) -> Result<(Vec<String>, Vec<String>), Refusal> {
    let names: Vec<String> = ground
        .folder(PRESETS)
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.ends_with(".preset"))
        .collect();
    let (mut unified, mut images) = (Vec::new(), Vec::new());
    for name in names {
        let path = format!("{PRESETS}/{name}");
        let presets = mkinitcpio::presets(ground.text(&path)?.unwrap_or_default())
            .map_err(|error| Refusal::not_understood(&path, &error))?;
        for preset in presets {
            unified.extend(preset.uki);
            images.extend(preset.image);
        }
    }
    Ok((unified, images))
}

/// Steps that bring arguments into the next start, where mkinitcpio makes unified images.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    signed(ground)?;
    let (unified, images) = presets(ground)?;
    let drop_ins = ground.folder(DROP_INS).any(|(name, _)| !name.starts_with("zz-gangway-"));
    let change = match (ground.text(CMDLINE)?, drop_ins) {
        (Some(text), false) => {
            let edit = kernel_cmdline::add_arguments(text, wish.arguments)
                .map_err(|error| Refusal::not_understood(CMDLINE, &error))?;
            super::edited(CMDLINE, text, edit, ArgumentFormat::Plain)
        }
        (None, true) => {
            let mut there = String::new();
            for (name, _) in ground.folder(DROP_INS) {
                let text = ground.text(&format!("{DROP_INS}/{name}"))?.unwrap_or_default();
                there.extend(text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, " "]));
            }
            if wish.is_in(DROP_INS, &there)? {
                None
            } else {
                let path = format!("{DROP_INS}/zz-gangway-{}.conf", wish.topic.name());
                let text = drop_in::cmdline_arguments(wish.arguments);
                own::file(ground, &path, FileRole::KernelArguments, &text)?
            }
        }
        // Which of the two is read differs between versions, and with neither it is what is running.
        _ => return Err(Refusal::Start { doubt: Doubt::Source(CMDLINE.to_owned()) }),
    };
    let Some(change) = change else { return Ok(Vec::new()) };
    let mut steps = Vec::new();
    for path in unified.iter().filter(|path| !path.contains("fallback")) {
        let root = path.split("/EFI/Linux/").next().unwrap_or_default();
        steps.extend(keep(ground, root, path)?);
    }
    steps.push(Step::File(change));
    let expects = unified.iter().map(|path| Expectation::Arguments {
        kind: ArtefactKind::Unified,
        path: path.clone(),
        present: wish.words(),
        absent: Vec::new(),
    });
    steps.push(Step::Run(ToolRun {
        tool: Tool::Mkinitcpio,
        rewrites: Vec::new(),
        expects: expects.collect(),
        rebuilds: [unified, images].concat(),
    }));
    Ok(steps)
}
