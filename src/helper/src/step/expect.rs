//! What must be seen in what a tool made. A tool that succeeds and changed nothing has failed.

use std::time::Duration;

use gangway_core::config::grub_cfg::{GrubConfig, MenuItem, MenuKind};
use gangway_core::config::initramfs_list::FileList;
use gangway_core::config::unified_image::UnifiedImage;
use gangway_core::config::{bls, kernel_cmdline, limine, tools};
use gangway_core::plan::{ArtefactKind, Expectation, Tool, ToolRun};

use super::{Context, StepError};
use crate::command::{Call, CommandError};

/// The programs that list what is in an initramfs, and what comes before the image's path. The first that is installed is
/// asked. Source: lsinitramfs(8), lsinitrd(1), lsinitcpio(1), booster(1).
const LISTERS: [(&str, &[&str]); 4] =
    [("lsinitramfs", &[]), ("lsinitrd", &[]), ("lsinitcpio", &[]), ("booster", &["ls"])];
/// Unpacking an image of some hundred megabytes takes a while.
const LIST_LIMIT: Duration = Duration::from_secs(180);
/// The most that is read of a unified kernel image.
const IMAGE: u64 = 1 << 30;

/// Refuses, before anything is written, what could not be looked at afterwards.
pub(super) fn check(context: &Context<'_>, run: &ToolRun) -> Result<(), StepError> {
    if run.expects.is_empty() {
        return Err(not_made(run, "-", "nothing tells how to see that it did"));
    }
    let image = |expectation: &Expectation| matches!(expectation, Expectation::Image { .. });
    if run.expects.iter().any(image) { check_lister(context) } else { Ok(()) }
}

/// Refuses where nothing lists what is in an image.
pub(super) fn check_lister(context: &Context<'_>) -> Result<(), StepError> {
    lister(context).map(|_| ())
}

fn lister(context: &Context<'_>) -> Result<(&'static str, &'static [&'static str]), StepError> {
    let missing = || CommandError::NotFound(LISTERS.map(|(tool, _)| tool).join(", "));
    Ok(LISTERS.into_iter().find(|(tool, _)| context.tools.has(tool)).ok_or_else(missing)?)
}

pub(super) fn verify(context: &mut Context<'_>, run: &ToolRun) -> Result<(), StepError> {
    for expectation in &run.expects {
        match expectation {
            Expectation::Arguments { kind, path, present, absent } => {
                let entries = entries(context, run, *kind, path)?;
                demand_all(run, path, entries.first(), present)?;
                refuse_any(run, path, &entries, absent)?;
                if let Some(told) = account(context, run)? {
                    demand_all(run, path, Some(&told), present)?;
                }
            }
            Expectation::Image { path, modules, files } => {
                verify_image(context, &name(run), path, modules, files)?;
            }
        }
    }
    Ok(())
}

/// Whether modules and files are in an initramfs that a tool made.
pub(super) fn verify_image(
    context: &mut Context<'_>,
    tool: &str,
    path: &str,
    modules: &[String],
    files: &[String],
) -> Result<(), StepError> {
    let list = list(context, tool, path)?;
    let module = modules.iter().find(|module| !list.has_module(module));
    let file = files.iter().find(|file| !list.has_file(file));
    match module.or(file) {
        Some(missing) => Err(lacks(tool, path, &format!("{missing} is not in it"))),
        None => Ok(()),
    }
}

/// Whether nothing of what the tool was to put there is left, after it ran again without it. Modules may be in an image
/// for other reasons; files that only we name may not.
pub(super) fn verify_gone(context: &mut Context<'_>, run: &ToolRun) -> Result<(), StepError> {
    for expectation in &run.expects {
        match expectation {
            // Whether something waits for the next start or not: what the tool will start counts.
            Expectation::Arguments { path, present, .. } if run.tool.keeps_account() => {
                let told = account(context, run)?.unwrap_or_default();
                refuse_any(run, path, &[told], present)?;
            }
            // What is gone with its kernel has nothing of ours either.
            Expectation::Arguments { path, .. } | Expectation::Image { path, .. }
                if context.root.measure(path)?.is_none() => {}
            Expectation::Arguments { kind, path, present, .. } => {
                let entries = entries(context, run, *kind, path)?;
                refuse_any(run, path, &entries, present)?;
            }
            Expectation::Image { path, files, .. } => {
                let list = list(context, &name(run), path)?;
                if let Some(left) = files.iter().find(|file| file.contains("gangway") && list.has_file(file))
                {
                    return Err(not_made(run, path, &format!("{left} is still in it")));
                }
            }
        }
    }
    Ok(())
}

/// Whether nothing of ours is in the account that the tool keeps.
pub(super) fn is_gone(context: &mut Context<'_>, run: &ToolRun) -> Result<bool, StepError> {
    match verify_gone(context, run) {
        Ok(()) => Ok(true),
        Err(StepError::NotMade { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The arguments of the next start as the tool tells them that keeps an account of its own; none where it keeps none.
fn account(context: &mut Context<'_>, run: &ToolRun) -> Result<Option<Vec<String>>, StepError> {
    let Tool::RpmOstree { .. } = run.tool else { return Ok(None) };
    let finished = Call::tool("rpm-ostree", ["kargs"], LIST_LIMIT).succeed(context.tools, &mut |_| {})?;
    Ok(Some(tools::rpm_ostree_arguments(&finished.output)))
}

fn demand_all(
    run: &ToolRun,
    path: &str,
    first: Option<&Vec<String>>,
    present: &[String],
) -> Result<(), StepError> {
    let has = |word: &str| first.is_some_and(|first| first.iter().any(|have| have == word));
    match words(present).find(|word| !has(word)) {
        Some(missing) => Err(not_made(run, path, &format!("{missing} is not in it"))),
        None => Ok(()),
    }
}

/// Arguments that mean something only together are looked for word by word.
fn words(arguments: &[String]) -> impl Iterator<Item = &str> {
    arguments.iter().flat_map(|argument| argument.split_whitespace())
}

fn refuse_any(
    run: &ToolRun,
    path: &str,
    entries: &[Vec<String>],
    absent: &[String],
) -> Result<(), StepError> {
    let is_there = |word: &&str| entries.iter().flatten().any(|have| have == word);
    match words(absent).find(is_there) {
        Some(left) => Err(not_made(run, path, &format!("{left} is still in it"))),
        None => Ok(()),
    }
}

/// What is in an initramfs, as the system's own tool lists it.
fn list(context: &mut Context<'_>, maker: &str, path: &str) -> Result<FileList, StepError> {
    if context.root.measure(path)?.is_none_or(|image| image.size == 0) {
        return Err(StepError::Missing(path.to_owned()));
    }
    let (tool, before) = lister(context)?;
    let call = Call::tool(tool, before.iter().copied().chain([path]), LIST_LIMIT);
    // Thousands of lines that nobody wants to hear.
    let finished = call.succeed(context.tools, &mut |_| {})?;
    let list = FileList::parse(&finished.output);
    if list.is_empty() { Err(lacks(maker, path, "nothing is in it")) } else { Ok(list) }
}

/// The arguments of each entry that an artefact starts a kernel with; what is started by itself comes first.
fn entries(
    context: &Context<'_>,
    run: &ToolRun,
    kind: ArtefactKind,
    path: &str,
) -> Result<Vec<Vec<String>>, StepError> {
    let bytes = context.root.look_up_to(path, IMAGE)?.ok_or_else(|| StepError::Missing(path.to_owned()))?;
    match arguments(kind, &bytes) {
        Ok(entries) if entries.is_empty() => Err(not_made(run, path, "no entry of it starts a kernel")),
        Ok(entries) => Ok(entries),
        Err(reason) => Err(not_made(run, path, &format!("it cannot be understood: {reason}"))),
    }
}

fn arguments(kind: ArtefactKind, bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let text = || str::from_utf8(bytes).map_err(|error| error.to_string());
    match kind {
        ArtefactKind::GrubConfig => {
            let config = GrubConfig::parse(text()?).map_err(|error| error.to_string())?;
            let mut entries = Vec::new();
            flatten(&config.menu, &mut entries);
            Ok(entries)
        }
        ArtefactKind::Entry => {
            let entry = bls::Entry::parse(text()?).map_err(|error| error.to_string())?;
            Ok(entry.linux.map(|_| entry.options).into_iter().collect())
        }
        ArtefactKind::Staged => {
            let texts = bytes.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
            Ok(vec![texts.collect()])
        }
        ArtefactKind::Limine => {
            let entries = limine::entries(text()?).map_err(|error| error.to_string())?;
            Ok(entries.into_iter().filter_map(|entry| entry.cmdline).collect())
        }
        ArtefactKind::Unified => {
            let image = UnifiedImage::parse(bytes).map_err(|error| error.to_string())?;
            let line = image.cmdline.as_deref().map(kernel_cmdline::arguments);
            Ok(line.transpose().map_err(|error| error.to_string())?.into_iter().collect())
        }
    }
}

/// The kernel's arguments of all entries, from top to bottom, submenus included.
fn flatten(items: &[MenuItem], entries: &mut Vec<Vec<String>>) {
    for item in items {
        match &item.kind {
            MenuKind::Entry { linux, .. } => {
                entries.extend(linux.iter().map(|words| words.iter().skip(1).cloned().collect()));
            }
            // The reader bounds how deep they are.
            MenuKind::Submenu(items) => flatten(items, entries),
        }
    }
}

fn not_made(run: &ToolRun, path: &str, lack: &str) -> StepError {
    lacks(&name(run), path, lack)
}

fn name(run: &ToolRun) -> String {
    run.tool.command().first().cloned().unwrap_or_default()
}

pub(super) fn lacks(tool: &str, path: &str, lack: &str) -> StepError {
    StepError::NotMade { path: path.to_owned(), tool: tool.to_owned(), lack: lack.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_of_what_loaders_read() {
        let grub = "menuentry 'A' { linux /vmlinuz root=x a=1\n}\nsubmenu 'B' {\nmenuentry 'C' {\n\tlinux /v b\n}\n}\n";
        assert_eq!(
            arguments(ArtefactKind::GrubConfig, grub.as_bytes()).unwrap(),
            [vec!["root=x", "a=1"], vec!["b"]]
        );
        let entry = b"title T\nlinux /v\noptions root=x a\noptions b\n";
        assert_eq!(arguments(ArtefactKind::Entry, entry).unwrap(), [["root=x", "a", "b"]]);
        let limine = b"/A\nprotocol: linux\ncmdline: root=x a\n";
        assert_eq!(arguments(ArtefactKind::Limine, limine).unwrap(), [["root=x", "a"]]);
        assert!(arguments(ArtefactKind::Unified, b"MZ").is_err());
        assert!(arguments(ArtefactKind::GrubConfig, b"menuentry 'A' {").is_err());
        assert_eq!(arguments(ArtefactKind::GrubConfig, b"# empty\n").unwrap(), Vec::<Vec<String>>::new());
    }
}
