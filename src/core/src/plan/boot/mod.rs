//! How arguments get into the next start of the kernel, by what really starts this computer.
//!
//! One file a way. Each gives the same kinds of steps in the same order: the former configuration is kept as an entry of
//! its own, the file that the loader's configuration is made of gets our arguments, and a tool makes that configuration,
//! in which they must be seen. Where one of the three cannot be had for certain, nothing is planned and the text to
//! paste is given instead. Nothing is ever copied from `/proc/cmdline`, which may hold what was meant for one start.

mod by_hand;
mod custom;
mod entries;
mod entry_files;
mod former;
mod grub;
mod kernel_install;
mod kernelstub;
mod one_file;
mod rpm_ostree;
mod unified;

use super::{
    ArgumentEdit, ArgumentFormat, Doubt, FileChange, FileRole, Ground, KeptFile, Refusal, Step, WayBack,
};
use crate::config::grub_cfg::GrubConfig;
use crate::config::{Edit, OwnArgument, bls, kernel_cmdline};
use crate::system::{ArgumentWay, Image, Loader};
pub(super) use custom::Start as GrubStart;
use kernel_install::Initramfs;

const KERNEL_INSTALL: &str = "kernel-install";

/// What the arguments are for: each has files of its own, so that each can be undone alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// The IOMMU.
    Iommu,
    /// Huge pages.
    HugePages,
}

impl Topic {
    /// Its part of the names of our files.
    const fn name(self) -> &'static str {
        match self {
            Self::Iommu => "iommu",
            Self::HugePages => "huge-pages",
        }
    }
}

/// Arguments that the next start shall have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    /// What they are for.
    pub(super) topic: Topic,
    /// The arguments.
    pub(super) arguments: &'a [OwnArgument],
}

impl Wish<'_> {
    /// The arguments as written.
    fn written(&self) -> Vec<String> {
        self.arguments.iter().map(ToString::to_string).collect()
    }

    /// Their words.
    fn words(&self) -> Vec<String> {
        self.written().iter().flat_map(|argument| argument.split(' ').map(str::to_owned)).collect()
    }

    /// Whether they are on a command line already.
    ///
    /// # Errors
    /// What is there contradicts them, or is not understood; it is told of this file.
    fn is_in(&self, path: &str, line: &str) -> Result<bool, Refusal> {
        let edit = kernel_cmdline::add_arguments(line, self.arguments);
        Ok(edit.map_err(|error| Refusal::not_understood(path, &error))?.is_empty())
    }
}

/// Steps that bring arguments into the next start; none where they are in it already.
///
/// # Errors
/// How this computer starts is not known, what is there contradicts, or the former configuration cannot be kept. What
/// can be done by hand is with it.
pub(super) fn add(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Vec<Refusal>> {
    by_way(ground, wish).map_err(|refusal| vec![refusal, by_hand::arguments(ground, wish)])
}

/// Steps that take arguments for this away, where a file of our own holds them; none where no such file is there.
///
/// # Errors
/// The file was changed by hand, or the former configuration cannot be kept.
pub(super) fn take_away(ground: &Ground, topic: Topic) -> Result<Vec<Step>, Refusal> {
    match ground.model.system.boot.arguments {
        ArgumentWay::Grub { .. } if ground.model.system.distribution.image == Image::No => {
            grub::take_away(ground, topic)
        }
        _ => Ok(Vec::new()),
    }
}

fn by_way(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    let system = &ground.model.system;
    let doubt = |doubt| Err(Refusal::Start { doubt });
    let tool = |tool: &str| Err(Refusal::Start { doubt: Doubt::Tool(tool.to_owned()) });
    if system.boot.arguments == ArgumentWay::RpmOstree {
        return rpm_ostree::add(ground, wish);
    }
    own_files(ground)?;
    // Its entries are made anew from what nobody but its makers has written down.
    if ground.is_there("/usr/bin/sdbootutil") && bls_of_suse(ground) {
        return tool("sdbootutil");
    }
    match system.boot.arguments {
        ArgumentWay::Grub { .. } => grub::add(ground, wish),
        ArgumentWay::Grubby => entry_files::add(ground, wish),
        ArgumentWay::Kernelstub => kernelstub::add(ground, wish),
        ArgumentWay::KernelCmdline { .. } | ArgumentWay::Entries { .. } => systemd_boot(ground, wish),
        ArgumentWay::Refind => one_file::refind(ground, wish),
        ArgumentWay::Limine if !ground.is_there("/etc/default/limine") => one_file::limine(ground, wish),
        ArgumentWay::Limine | ArgumentWay::LimineDefault => tool("limine-update"),
        ArgumentWay::RpmOstree | ArgumentWay::NixOs | ArgumentWay::Unknown => doubt(Doubt::Loader),
    }
}

/// What takes an argument of somebody's out of the next start, where commands do.
pub(super) fn removal_by_hand(ground: &Ground, argument: &str) -> Option<Refusal> {
    by_hand::removal(ground, argument)
}

/// Refuses systems whose files come from elsewhere and not from those that we would change.
///
/// # Errors
/// All is made of a configuration, or of an image by a tool that keeps its own account of changes.
pub(super) fn own_files(ground: &Ground) -> Result<(), Refusal> {
    let tool = |tool: &str| Err(Refusal::Start { doubt: Doubt::Tool(tool.to_owned()) });
    match ground.model.system.distribution.image {
        Image::NixOs => Err(Refusal::Start { doubt: Doubt::Declared }),
        // What it is told of the initramfs holds the change, which our undo could not put back byte for byte.
        Image::Ostree => tool("rpm-ostree"),
        Image::Transactional => tool("transactional-update"),
        Image::No => Ok(()),
    }
}

/// Steps that keep the image which the running kernel was started with, and an entry that starts it; the image is one of
/// those that are made anew.
///
/// # Errors
/// The image cannot be told, or no entry that starts it can be kept.
pub(super) fn former_image(ground: &Ground, rebuilt: &[String]) -> Result<Vec<Step>, Refusal> {
    let tool = |tool: &str| Err(Refusal::Start { doubt: Doubt::Tool(tool.to_owned()) });
    let no = |path: &str| Err(Refusal::NoWayBack { path: path.to_owned(), why: WayBack::NotCopied });
    own_files(ground)?;
    match ground.model.system.boot.arguments {
        ArgumentWay::Grub { .. } => grub::keep_image(ground, rebuilt),
        ArgumentWay::Grubby => entry_files::keep_image(ground, rebuilt),
        ArgumentWay::Entries { folder } => entries::keep_image(ground, folder, rebuilt),
        ArgumentWay::Kernelstub => tool("kernelstub"),
        ArgumentWay::KernelCmdline { command } if command.starts_with(KERNEL_INSTALL) => {
            kernel_install::keep_image(ground, rebuilt)
        }
        ArgumentWay::KernelCmdline { .. } => tool(KERNEL_INSTALL),
        // An entry of theirs with another image could not be made of the present one for certain.
        ArgumentWay::Refind => no("/boot/refind_linux.conf"),
        ArgumentWay::Limine | ArgumentWay::LimineDefault => no("/boot/limine.conf"),
        ArgumentWay::RpmOstree | ArgumentWay::NixOs | ArgumentWay::Unknown => {
            Err(Refusal::Start { doubt: Doubt::Loader })
        }
    }
}

/// How GRUB starts the running kernel.
pub(super) struct Origin {
    /// Its configuration, absolute.
    pub(super) path: String,
    /// What that says.
    pub(super) config: GrubConfig,
    /// What it starts.
    pub(super) start: GrubStart,
}

/// How GRUB starts the running kernel, by an entry in its configuration or by a file.
///
/// # Errors
/// No entry starts it, or it cannot be copied for certain.
pub(super) fn grub_origin(ground: &Ground) -> Result<Origin, Refusal> {
    let grub2 = ground.is_there("/boot/grub2/grub.cfg");
    let path = if grub2 { "/boot/grub2/grub.cfg" } else { "/boot/grub/grub.cfg" };
    let text = ground.text(path)?.unwrap_or_default();
    let config = GrubConfig::parse(text).map_err(|error| Refusal::not_understood(path, &error))?;
    let start = match ground.model.system.boot.arguments {
        ArgumentWay::Grubby => entry_files::origin(ground, &config)?,
        _ => custom::origin(ground, path, &config)?,
    };
    Ok(Origin { path: path.to_owned(), config, start })
}

/// How systemd-boot starts the running kernel.
pub(super) struct EntryOrigin {
    /// Where the partition with the entries is mounted.
    pub(super) root: &'static str,
    /// The entry's file, absolute.
    pub(super) path: String,
    /// What it says.
    pub(super) entry: bls::Entry,
    /// Whether one of the entries is made by kernel-install.
    pub(super) is_made: bool,
}

/// How systemd-boot starts the running kernel.
///
/// # Errors
/// Another loader, no entry, or none that is understood.
pub(super) fn entry_origin(ground: &Ground) -> Result<EntryOrigin, Refusal> {
    let root = systemd_boot_root(ground)?;
    let folder = format!("{root}/loader/entries");
    let entries = former::entries(ground, &folder)?;
    let origin = former::origin(ground, &folder, &entries)?;
    let is_made = entries.iter().any(|file| kernel_install::makes(ground, file));
    Ok(EntryOrigin { root, path: origin.path.clone(), entry: origin.entry.clone(), is_made })
}

/// Whether an entry beside this one could be what systemd-boot starts by itself.
pub(super) fn could_be_default(
    ground: &Ground,
    root: &str,
    origin: &EntryOrigin,
    name: &str,
) -> Result<bool, Refusal> {
    let text = ground.text(&format!("{root}/loader/loader.conf"))?.unwrap_or_default();
    let mut defaults = bls::loader_settings(text).into_iter().filter(|(key, _)| *key == "default");
    let file = origin.path.rsplit('/').next().unwrap_or_default();
    Ok(match defaults.next_back() {
        Some((_, pattern)) => {
            former::matches(pattern, name) != Some(false) || former::matches(pattern, file) != Some(true)
        }
        // What has a sort key comes before what has none, as ours.
        None => origin.entry.sort_key.is_none(),
    })
}

fn systemd_boot_root(ground: &Ground) -> Result<&'static str, Refusal> {
    if ground.model.system.boot.loader() != Some(Loader::SystemdBoot) {
        return Err(Refusal::Start { doubt: Doubt::Loader });
    }
    ["/efi", "/boot", "/boot/efi"]
        .into_iter()
        .find(|root| ground.is_there(&format!("{root}/loader/loader.conf")))
        .ok_or(Refusal::Start { doubt: Doubt::Loader })
}

/// The initramfs images that kernel-install makes with its entries.
///
/// # Errors
/// Making one anew would change more than the image, or nothing tells how.
pub(super) fn installed_images(ground: &Ground) -> Result<Vec<Initramfs>, Refusal> {
    match ground.model.system.boot.arguments {
        ArgumentWay::KernelCmdline { command } if command.starts_with(KERNEL_INSTALL) => {
            kernel_install::images(ground)
        }
        _ => Ok(Vec::new()),
    }
}

/// The images of mkinitcpio's presets: unified ones, and initramfs images.
///
/// # Errors
/// A preset is not understood.
pub(super) fn presets(ground: &Ground) -> Result<(Vec<String>, Vec<String>), Refusal> {
    unified::presets(ground)
}

/// The step that keeps an image of these, of which the loader knows the path, and that path of the copy. An image that
/// was kept by an earlier change stays: what it starts is known to start.
fn kept_image(ground: &Ground, path: &str, rebuilt: &[String]) -> Result<(Option<Step>, String), Refusal> {
    let no = || Refusal::NoWayBack { path: path.to_owned(), why: WayBack::NoImage };
    let (above, file) = path.rsplit_once('/').ok_or_else(no)?;
    let image = rebuilt.iter().find(|image| image.rsplit('/').next() == Some(file)).ok_or_else(no)?;
    let (folder, _) = image.rsplit_once('/').ok_or_else(no)?;
    let stem = file.trim_end_matches(".img");
    let name = format!("gangway-former-{stem}.img");
    let copy = format!("{folder}/{name}");
    let step = (!ground.is_there(&copy)).then(|| Step::Keep(KeptFile { path: image.clone(), copy }));
    Ok((step, format!("{above}/{name}")))
}

/// systemd-boot: unified images of mkinitcpio, what kernel-install makes, or entries of somebody's hand.
fn systemd_boot(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    let root = systemd_boot_root(ground)?;
    if ground.model.system.boot.unified.is_known() && !unified::presets(ground)?.0.is_empty() {
        return unified::add(ground, wish);
    }
    let folder = format!("{root}/loader/entries");
    let entries = former::entries(ground, &folder)?;
    let made = entries.iter().any(|file| kernel_install::makes(ground, file));
    match (made, ground.model.system.boot.unified.is_known()) {
        (true, _) | (_, true) => kernel_install::add(ground, wish, root),
        (false, false) => entries::add(ground, wish, &folder),
    }
}

/// Whether openSUSE's loader is one of those that sdbootutil keeps.
fn bls_of_suse(ground: &Ground) -> bool {
    let text = ground.text("/etc/sysconfig/bootloader").ok().flatten().unwrap_or_default();
    let kept = |line: &str| ["grub2-bls", "systemd-boot"].iter().any(|kind| line.contains(kind));
    text.lines().any(|line| line.starts_with("LOADER_TYPE=") && kept(line))
}

/// The change of a file that is shared with others; none where nothing had to change.
fn edited(path: &str, before: &str, edit: Edit, format: ArgumentFormat) -> Option<FileChange> {
    (!edit.is_empty()).then(|| FileChange {
        path: path.to_owned(),
        role: FileRole::KernelArguments,
        before: Some(before.into()),
        after: Some(edit.text.into()),
        edit: Some(ArgumentEdit { format, added: edit.added }),
    })
}
