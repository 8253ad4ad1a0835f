//! Entries, or unified images, that `kernel-install` makes of `/etc/kernel/cmdline`, one a kernel.
//!
//! Where that file is not there, kernel-install takes the arguments that are running, whatever they were meant for; so it
//! is made of the entry's own, in full view. Source: kernel-install(8), `90-loaderentry.install`.

use super::{Wish, former, unified};
use crate::config::kernel_cmdline;
use crate::plan::{
    ArgumentFormat, ArtefactKind, Doubt, Expectation, FileChange, FileRole, Ground, KeptFile, Refusal, Step,
    Tool, ToolRun, WayBack,
};

const CMDLINE: &str = "/etc/kernel/cmdline";
const TRIES: &str = "/etc/kernel/tries";

/// A kernel of which something is made.
struct Made {
    release: String,
    /// The kernel that is given to the tool.
    image: String,
    /// What it makes that holds the arguments.
    artefact: String,
    kind: ArtefactKind,
    /// Further large files that it makes.
    large: Vec<String>,
}

/// Whether an entry is one that kernel-install makes: it is called after its kernel, and so are the folders of its files.
pub(super) fn makes(ground: &Ground, file: &former::EntryFile<'_>) -> bool {
    release(ground, file).is_some()
}

fn release(ground: &Ground, file: &former::EntryFile<'_>) -> Option<String> {
    let linux = file.entry.linux.as_deref()?;
    let release = releases(ground).into_iter().find(|release| linux.contains(&format!("/{release}/")))?;
    file.path.ends_with(&format!("-{release}.conf")).then_some(release)
}

/// The kernels that are installed.
fn releases(ground: &Ground) -> Vec<String> {
    ground.kernels().map(str::to_owned).collect()
}

fn image(ground: &Ground, release: &str) -> Result<String, Refusal> {
    let places = [format!("/lib/modules/{release}/vmlinuz"), format!("/boot/vmlinuz-{release}")];
    let found = places.iter().find(|path| ground.is_there(path)).cloned();
    let [first, _] = places;
    found.ok_or(Refusal::NoWayBack { path: first, why: WayBack::NoImage })
}

/// Steps that bring arguments into the next start.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>, root: &str) -> Result<Vec<Step>, Refusal> {
    if ground.is_there(TRIES) {
        // New names of entries would count tries, and the old ones would stay beside them.
        return Err(Refusal::Start { doubt: Doubt::Tool("kernel-install".to_owned()) });
    }
    if !ground.is_there("/usr/bin/kernel-install") {
        return Err(Refusal::NoTool { tool: "kernel-install".to_owned() });
    }
    let folder = format!("{root}/loader/entries");
    let entries = former::entries(ground, &folder)?;
    let mut made = Vec::new();
    for file in &entries {
        let Some(release) = release(ground, file) else { continue };
        let inside = file.entry.linux.iter().chain(&file.entry.initrd);
        made.push(Made {
            image: image(ground, &release)?,
            release,
            artefact: file.path.clone(),
            kind: ArtefactKind::Entry,
            large: inside.map(|path| format!("{root}{path}")).collect(),
        });
    }
    for release in releases(ground) {
        let ending = format!("-{release}.efi");
        let folder = format!("{root}/EFI/Linux");
        for path in ground.names(&folder).filter(|path| path.ends_with(&ending)) {
            made.push(Made {
                release: release.clone(),
                image: image(ground, &release)?,
                artefact: path.to_owned(),
                kind: ArtefactKind::Unified,
                large: Vec::new(),
            });
        }
    }
    if made.is_empty() {
        return Err(Refusal::NoWayBack { path: folder, why: WayBack::NoEntry });
    }
    if already(ground, wish, &entries)? {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    let unified: Vec<&str> = made
        .iter()
        .filter(|made| made.kind == ArtefactKind::Unified)
        .map(|made| made.artefact.as_str())
        .collect();
    let template = if unified.is_empty() {
        let origin = former::origin(ground, &folder, &entries)?;
        let (kept, initrd) = kept_images(ground, root, &origin.entry.initrd);
        steps.extend(kept);
        let loader_conf = format!("{root}/loader/loader.conf");
        steps.extend(former::keep(ground, &loader_conf, origin, &initrd)?.map(Step::File));
        let own = |word: &&String| !word.starts_with("systemd.machine_id=");
        Some(origin.entry.options.iter().filter(own).cloned().collect::<Vec<_>>().join(" "))
    } else {
        unified::signed(ground)?;
        let release = ground.model.system.kernel.release.known().cloned().unwrap_or_default();
        let running = unified.iter().find(|path| path.ends_with(&format!("-{release}.efi")));
        let none = || Refusal::NoWayBack { path: format!("{root}/EFI/Linux"), why: WayBack::NoEntry };
        steps.extend(unified::keep(ground, root, running.ok_or_else(none)?)?);
        None
    };
    steps.extend(cmdline(ground, wish, template)?.map(Step::File));
    steps.extend(made.into_iter().map(|made| run(wish, made)));
    Ok(steps)
}

/// An initramfs that kernel-install has made anew, and how.
pub(in crate::plan) struct Initramfs {
    /// The kernel's release.
    pub(in crate::plan) release: String,
    /// The run that makes it, with the rest that belongs to the entry; what is expected of it is not in it yet.
    pub(in crate::plan) run: ToolRun,
    /// The image.
    pub(in crate::plan) path: String,
}

/// The initramfs images of the entries that kernel-install makes.
///
/// # Errors
/// Making one anew would change its arguments, too; or nothing tells how.
pub(in crate::plan) fn images(ground: &Ground) -> Result<Vec<Initramfs>, Refusal> {
    let tool = || Refusal::Start { doubt: Doubt::Tool("kernel-install".to_owned()) };
    let root = super::systemd_boot_root(ground)?;
    if ground.is_there(TRIES) || !ground.is_there("/usr/bin/kernel-install") {
        return Err(tool());
    }
    let source = || Refusal::Start { doubt: Doubt::Source(CMDLINE.to_owned()) };
    let line = ground.text(CMDLINE)?.ok_or_else(source)?;
    let configured =
        kernel_cmdline::arguments(line).map_err(|error| Refusal::not_understood(CMDLINE, &error))?;
    let folder = format!("{root}/loader/entries");
    let mut images = Vec::new();
    for file in former::entries(ground, &folder)? {
        let Some(release) = release(ground, &file) else { continue };
        let own = |word: &&String| !word.starts_with("systemd.machine_id=");
        if !file.entry.options.iter().filter(own).eq(&configured) {
            return Err(source());
        }
        let made = file.entry.linux.iter().chain(&file.entry.initrd);
        let Some(path) = file.entry.initrd.last() else { return Err(tool()) };
        images.push(Initramfs {
            path: format!("{root}{path}"),
            run: ToolRun {
                tool: Tool::KernelInstall { image: image(ground, &release)?, release: release.clone() },
                rewrites: vec![file.path.clone()],
                rebuilds: made.map(|path| format!("{root}{path}")).collect(),
                expects: Vec::new(),
            },
            release,
        });
    }
    Ok(images)
}

/// Steps that keep the running kernel's image with an entry that starts it.
pub(super) fn keep_image(ground: &Ground, rebuilt: &[String]) -> Result<Vec<Step>, Refusal> {
    let root = super::systemd_boot_root(ground)?;
    let folder = format!("{root}/loader/entries");
    let entries = former::entries(ground, &folder)?;
    let origin = former::origin(ground, &folder, &entries)?;
    let last = origin.entry.initrd.last().map(|path| format!("{root}{path}"));
    if !last.is_some_and(|path| rebuilt.contains(&path)) {
        return Err(Refusal::NoWayBack { path: origin.path.clone(), why: WayBack::NoImage });
    }
    let (mut steps, initrd) = kept_images(ground, root, &origin.entry.initrd);
    let loader_conf = format!("{root}/loader/loader.conf");
    steps.extend(former::keep(ground, &loader_conf, origin, &initrd)?.map(Step::File));
    Ok(steps)
}

/// Whether the file has the arguments, and so have the entries that were made of it.
fn already(ground: &Ground, wish: &Wish<'_>, entries: &[former::EntryFile<'_>]) -> Result<bool, Refusal> {
    let Some(text) = ground.text(CMDLINE)? else { return Ok(false) };
    let mut all = wish.is_in(CMDLINE, text)?;
    for file in entries.iter().filter(|file| makes(ground, file) && !file.is_recovery()) {
        all &= wish.is_in(&file.path, &file.entry.options.join(" "))?;
    }
    Ok(all)
}

fn run(wish: &Wish<'_>, made: Made) -> Step {
    let Made { release, image, artefact, kind, large } = made;
    let expects = vec![Expectation::Arguments {
        kind,
        path: artefact.clone(),
        present: wish.words(),
        absent: Vec::new(),
    }];
    let (rewrites, rebuilds) =
        if kind == ArtefactKind::Entry { (vec![artefact], large) } else { (Vec::new(), vec![artefact]) };
    Step::Run(ToolRun { tool: Tool::KernelInstall { release, image }, rewrites, rebuilds, expects })
}

/// Copies of the images that an entry starts with, and their paths as the loader sees them. Only the last one is made by
/// a tool; microcode before it stays where it is.
fn kept_images(ground: &Ground, root: &str, initrd: &[String]) -> (Vec<Step>, Vec<String>) {
    let release = ground.model.system.kernel.release.known().cloned().unwrap_or_default();
    let mut images = initrd.to_vec();
    let Some(last) = images.last_mut() else { return (Vec::new(), images) };
    let copy = format!("/gangway-former-{release}.img");
    let kept = KeptFile { path: format!("{root}{last}"), copy: format!("{root}{copy}") };
    // One of an earlier change stays: what it starts is known to start.
    let step = (!ground.is_there(&kept.copy)).then_some(Step::Keep(kept));
    *last = copy;
    (step.into_iter().collect(), images)
}

/// The change of the file; none where it is as it should be.
fn cmdline(
    ground: &Ground,
    wish: &Wish<'_>,
    template: Option<String>,
) -> Result<Option<FileChange>, Refusal> {
    let shown = |error: &_| Refusal::not_understood(CMDLINE, error);
    if let Some(text) = ground.text(CMDLINE)? {
        let edit = kernel_cmdline::add_arguments(text, wish.arguments).map_err(|error| shown(&error))?;
        return Ok(super::edited(CMDLINE, text, edit, ArgumentFormat::Plain));
    }
    let template = template.ok_or(Refusal::Start { doubt: Doubt::Source(CMDLINE.to_owned()) })?;
    let text = format!("{template}\n");
    let edit = kernel_cmdline::add_arguments(&text, wish.arguments).map_err(|error| shown(&error))?;
    Ok(Some(FileChange {
        path: CMDLINE.to_owned(),
        role: FileRole::KernelArguments,
        before: None,
        after: Some(edit.text.into()),
        edit: None,
    }))
}
