//! Fedora's GRUB, whose entries are files that `grubby` changes.
//!
//! One kernel at a time, so that the entry for rescue stays as it is; new kernels take their arguments from
//! `/etc/kernel/cmdline`, where it is there, and from `GRUB_CMDLINE_LINUX`. The former entry stands in `custom.cfg`, which
//! comes after them: an entry file of ours could sort first. Source: grubby(8) and `grubby-bls`; GRUB of Fedora,
//! `blscfg.c` and `10_linux.in`.

use super::custom::{self, Start};
use super::{Wish, former};
use crate::config::grub_cfg::GrubConfig;
use crate::config::grub_default::{self, Variable};
use crate::config::kernel_cmdline;
use crate::plan::{
    ArgumentFormat, ArtefactKind, Expectation, FileChange, Ground, Refusal, Step, Tool, ToolRun, WayBack,
};

const ENTRIES: &str = "/boot/loader/entries";
const CONFIG: &str = "/boot/grub2/grub.cfg";
const SETTINGS: &str = "/etc/default/grub";
const CMDLINE: &str = "/etc/kernel/cmdline";

/// Steps that bring arguments into the next start.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    let entries = former::entries(ground, ENTRIES)?;
    let mut runs = Vec::new();
    for file in entries.iter().filter(|file| !file.is_recovery()) {
        let options = &file.entry.options;
        if wish.is_in(&file.path, &options.join(" "))? {
            continue;
        }
        refuse_lookalikes(wish, &file.path, options)?;
        let kernel = file.entry.linux.as_deref().unwrap_or_default();
        // grubby goes by the name of the file alone; on its own file system the path has no /boot.
        let kernel = if kernel.starts_with("/boot/") { kernel.to_owned() } else { format!("/boot{kernel}") };
        runs.push(Step::Run(ToolRun {
            tool: Tool::Grubby { kernel, arguments: wish.words() },
            rewrites: vec![file.path.clone()],
            rebuilds: Vec::new(),
            expects: vec![Expectation::Arguments {
                kind: ArtefactKind::Entry,
                path: file.path.clone(),
                present: wish.words(),
                absent: Vec::new(),
            }],
        }));
    }
    let mut steps: Vec<Step> =
        [settings(ground, wish)?, cmdline(ground, wish)?].into_iter().flatten().map(Step::File).collect();
    steps.extend(runs);
    if steps.is_empty() && !entries.is_empty() {
        return Ok(steps);
    }
    let text = ground.text(CONFIG)?.unwrap_or_default();
    let config = GrubConfig::parse(text).map_err(|error| Refusal::not_understood(CONFIG, &error))?;
    let origin = former::origin(ground, ENTRIES, &entries)?;
    let start = start(&config, origin)?;
    let kept = custom::keep(ground, CONFIG, &config, &start)?;
    Ok(kept.map(Step::File).into_iter().chain(steps).collect())
}

/// Steps that keep the running kernel's image with an entry that starts it.
pub(super) fn keep_image(ground: &Ground, rebuilt: &[String]) -> Result<Vec<Step>, Refusal> {
    let entries = former::entries(ground, ENTRIES)?;
    let text = ground.text(CONFIG)?.unwrap_or_default();
    let config = GrubConfig::parse(text).map_err(|error| Refusal::not_understood(CONFIG, &error))?;
    let start = start(&config, former::origin(ground, ENTRIES, &entries)?)?;
    custom::keep_with_image(ground, CONFIG, &config, start, rebuilt)
}

/// How the running kernel is started, as commands of GRUB.
pub(super) fn origin(ground: &Ground, config: &GrubConfig) -> Result<Start, Refusal> {
    let entries = former::entries(ground, ENTRIES)?;
    start(config, former::origin(ground, ENTRIES, &entries)?)
}

/// What an entry file starts, as commands of GRUB: the paths in it are on the file system that `grub.cfg` looks for.
fn start(config: &GrubConfig, origin: &former::EntryFile<'_>) -> Result<Start, Refusal> {
    let no = |path: &str, why| Refusal::NoWayBack { path: path.to_owned(), why };
    // The file system with the entries is looked for as `boot`, where it is another than the root.
    let searches = config.commands.iter().filter(|words| words.first().is_some_and(|word| word == "search"));
    let of = |variable: &str| {
        let variable = format!("--set={variable}");
        searches.clone().rfind(|words| words.contains(&variable))
    };
    let root = of("boot").or_else(|| of("root")).ok_or_else(|| no(CONFIG, WayBack::NotCopied))?;
    let root = root.iter().filter(|word| !word.starts_with("--hint")).map(|word| match word.as_str() {
        "--set=boot" => "--set=root".to_owned(),
        word => word.to_owned(),
    });
    // Others than these two are read by entries of every user.
    let access = bls_value(origin.text, "grub_arg").filter(|word| *word == "--unrestricted");
    let users = bls_value(origin.text, "grub_users");
    let access = access
        .map(|word| vec![word.to_owned()])
        .or_else(|| users.map(|users| vec!["--users".to_owned(), users.to_owned()]));
    let start = Start {
        access: access.unwrap_or_default(),
        // What reads that file system was loaded before the entries.
        before: vec![root.collect()],
        kernel: ["linux".to_owned(), origin.entry.linux.clone().unwrap_or_default()],
        arguments: origin.entry.options.clone(),
        initramfs: ["initrd".to_owned()].into_iter().chain(origin.entry.initrd.iter().cloned()).collect(),
    };
    let words = start.arguments.iter().chain(&start.initramfs).chain(&start.kernel);
    if words.into_iter().any(|word| word.contains('$')) {
        return Err(no(&origin.path, WayBack::NotCopied));
    }
    Ok(start)
}

fn bls_value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    crate::config::bls::loader_settings(text)
        .into_iter()
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value)
}

/// grubby takes a name for another that ends with it, and puts ours in its place.
fn refuse_lookalikes(wish: &Wish<'_>, path: &str, options: &[String]) -> Result<(), Refusal> {
    for word in wish.words() {
        let (name, _) = word.split_once('=').unwrap_or((&word, ""));
        let name = format!("{name}=");
        if let Some(other) = options.iter().find(|option| option.contains(&name)) {
            return Err(Refusal::SetElsewhere { path: path.to_owned(), setting: other.clone() });
        }
    }
    Ok(())
}

fn settings(ground: &Ground, wish: &Wish<'_>) -> Result<Option<FileChange>, Refusal> {
    let Some(text) = ground.text(SETTINGS)? else { return Ok(None) };
    let variable = Variable::CmdlineLinux;
    let edit = grub_default::add_arguments(text, variable, wish.arguments)
        .map_err(|error| Refusal::not_understood(SETTINGS, &error))?;
    let format = ArgumentFormat::Shell { variable: variable.name().to_owned() };
    Ok(super::edited(SETTINGS, text, edit, format))
}

fn cmdline(ground: &Ground, wish: &Wish<'_>) -> Result<Option<FileChange>, Refusal> {
    let Some(text) = ground.text(CMDLINE)? else { return Ok(None) };
    let edit = kernel_cmdline::add_arguments(text, wish.arguments)
        .map_err(|error| Refusal::not_understood(CMDLINE, &error))?;
    Ok(super::edited(CMDLINE, text, edit, ArgumentFormat::Plain))
}
