//! The closed set of host steps. A step is as large as what one would undo; it carries what must hold before it and what
//! must hold after it. Carrying it out, and back, is the helper's.

use serde::{Deserialize, Serialize};

use super::{Content, HugePageSize, Risk, as_text};
use crate::devices::Identity;
use crate::pci::PciAddress;
use crate::trial::{Pointer, Promise};

/// One change of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// A small file is made, changed or removed.
    File(FileChange),
    /// A copy of a large file is kept beside it.
    Keep(KeptFile),
    /// A tool of the system makes files anew.
    Run(ToolRun),
    /// A kernel module is loaded. Never unloaded again: others may use it by then.
    Load(ModuleLoad),
    /// A function goes to vfio-pci.
    Bind(Rebinding),
    /// A function goes from vfio-pci to the driver that the kernel finds for it.
    GiveBack(Rebinding),
    /// A service is switched on.
    Service(ServiceChange),
    /// The calling user comes into a group.
    Group(GroupChange),
    /// Huge pages are reserved while the computer runs.
    HugePages(HugePageChange),
    /// A second initramfs is made beside the one that starts by itself.
    Image(SecondImage),
    /// GRUB gets a memory for our requests, in which nothing is asked for yet.
    Environment(EnvironmentFile),
    /// One start with an entry is asked for: the last step of a reservation.
    Arm(Arming),
    /// Every start is asked for with the entry of a reservation that was tried.
    Confirm(Confirmation),
}

/// A small file that is made, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Its path, absolute.
    pub path: String,
    /// What it is for.
    pub role: FileRole,
    /// What must be there before; none for nothing.
    pub before: Option<Content>,
    /// What is there afterwards; none for nothing. Mode and owner stay; a new file is root's, readable by all.
    pub after: Option<Content>,
    /// What of it is ours, in a file that is shared with others.
    pub edit: Option<ArgumentEdit>,
}

/// What a file that we change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// It holds arguments of the kernel, for what makes the loader's configuration.
    KernelArguments,
    /// It is an entry of the boot menu, or a list of them.
    BootEntry,
    /// It lets the former configuration be started.
    FormerEntry,
    /// It lets a reservation be started, once it is asked for.
    TrialEntry,
    /// It holds options of kernel modules.
    ModuleOptions,
    /// It names modules to load.
    ModuleList,
    /// It tells what belongs into the initramfs.
    Initramfs,
    /// It keeps a setting of the kernel from one start to the next.
    KernelSetting,
}

/// What we put into a file that is shared with others, so that exactly that can be taken out again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgumentEdit {
    /// How the file is to be read.
    pub format: ArgumentFormat,
    /// The kernel arguments that we added, in order, each as its editor gave it back: as it can be removed again.
    pub added: Vec<String>,
}

/// A file format that holds arguments of the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArgumentFormat {
    /// An assignment of a shell variable, as in `/etc/default/grub`.
    Shell {
        /// The variable.
        variable: String,
    },
    /// One line of arguments, as in `/etc/kernel/cmdline`.
    Plain,
    /// An entry of the Boot Loader Specification: its `options`.
    Entry,
    /// `refind_linux.conf`.
    Refind {
        /// The titles of the choices that were edited.
        titles: Vec<String>,
    },
    /// `limine.conf`.
    Limine {
        /// The entries that were edited, each by its titles from the outermost to its own.
        entries: Vec<Vec<String>>,
    },
    /// A list of modules, one a line; what was added are modules.
    Modules,
    /// booster's list of modules that it loads first; what was added are modules.
    Booster,
    /// Anything with `#` for comments, in which a block of ours stands between two marks; no arguments are added singly.
    Block {
        /// The name in the marks.
        name: String,
    },
}

/// A large file of which a copy is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// The file, absolute.
    pub path: String,
    /// Where the copy is made, absolute; nothing may be there before.
    pub copy: String,
}

/// A run of one of the system's tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolRun {
    /// The tool with its arguments.
    pub tool: Tool,
    /// Small files that it makes anew: their bytes are kept before it runs.
    pub rewrites: Vec<String>,
    /// Large files that it makes anew. The present ones are kept, too, and there must be room for as much again.
    pub rebuilds: Vec<String>,
    /// What must be seen in what it made; otherwise all is rolled back.
    pub expects: Vec<Expectation>,
}

/// A tool that we run. A closed set: no command ever comes from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "tool", rename_all = "kebab-case")]
pub enum Tool {
    /// Debian's `update-grub`.
    UpdateGrub,
    /// `grub-mkconfig -o`, or `grub2-mkconfig -o`.
    GrubMkconfig {
        /// Whether it is called `grub2-mkconfig`.
        grub2: bool,
        /// The file that it makes.
        output: String,
    },
    /// `grubby --update-kernel=KERNEL --args=ARGUMENTS`: Fedora's entries.
    Grubby {
        /// The kernel whose entry is changed, absolute.
        kernel: String,
        /// The arguments that are added.
        arguments: Vec<String>,
    },
    /// `kernel-install add RELEASE IMAGE`: makes a kernel's entry, or its unified image, anew.
    KernelInstall {
        /// The kernel's release.
        release: String,
        /// The kernel, absolute.
        image: String,
    },
    /// `update-initramfs -u -k RELEASE`: makes a kernel's image anew, on Debian's systems with either generator.
    UpdateInitramfs {
        /// The kernel's release.
        release: String,
    },
    /// `dracut --force IMAGE RELEASE`: makes this image anew.
    Dracut {
        /// The image, absolute.
        image: String,
        /// The kernel's release.
        release: String,
    },
    /// `mkinitcpio -P`: makes the images of all presets anew.
    Mkinitcpio,
    /// `booster build --force --kernel-version RELEASE IMAGE`: makes this image anew.
    Booster {
        /// The image, absolute.
        image: String,
        /// The kernel's release.
        release: String,
    },
    /// `kernelstub -a ARGUMENTS`: Pop!_OS's entries.
    Kernelstub {
        /// The arguments that are added.
        arguments: Vec<String>,
    },
    /// `rpm-ostree kargs --append-if-missing=ARGUMENT…`: a new deployment, which waits for the next start.
    RpmOstree {
        /// The arguments that are added, one word each.
        arguments: Vec<String>,
    },
}

/// A second initramfs, with what reserves devices before any driver comes. The tool writes it beside its place; it gets its
/// name after it was looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondImage {
    /// What makes it.
    pub builder: Builder,
    /// The release of the kernel that it is for.
    pub release: String,
    /// Its place, absolute; nothing is there before.
    pub path: String,
    /// The image that the kernel starts with otherwise: by its size goes how much room there must be.
    pub like: String,
    /// Modules that must be in it, by their kernel names.
    pub modules: Vec<String>,
    /// Files that must be in it, without the leading slash.
    pub files: Vec<String>,
}

/// A program that makes a second initramfs, and what it is made of besides the system's own configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "builder", rename_all = "kebab-case")]
pub enum Builder {
    /// initramfs-tools, which is given a folder of configuration: a copy of the system's with ours over it.
    InitramfsTools {
        /// The system's.
        configuration: String,
        /// Ours.
        own: String,
        /// Where the copy is made for as long as the tool runs; nothing is there before.
        copy: String,
        /// The script that must be run before all others, by its place in the image, without the leading slash.
        first: String,
    },
    /// dracut, which is given files of ours by their places in the image.
    Dracut {
        /// Each file, and its place.
        includes: Vec<(String, String)>,
        /// Modules that it adds.
        drivers: Vec<String>,
    },
    /// mkinitcpio, which is given a configuration and a folder of hooks of ours.
    Mkinitcpio {
        /// The configuration.
        configuration: String,
        /// The folder with the hooks.
        hooks: String,
    },
}

/// An environment file of GRUB, as long as GRUB makes it, with nothing in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentFile {
    /// Its path, absolute; nothing is there before.
    pub path: String,
}

/// What is asked of the loader, and what is promised of that start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arming {
    /// The promise, which is kept as the state of the trial: it names the entry and its files.
    pub promise: Promise,
}

/// One pointer of the loader is moved: a reservation that was tried is what the computer starts with by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The record of the reservation.
    pub reservation: String,
    /// Where the loader looks for what it starts by itself.
    pub pointer: Pointer,
    /// What stands there before; none where nothing does.
    pub before: Option<String>,
    /// What stands there afterwards: what the loader knows the entry by.
    pub after: String,
}

/// Something that must be seen in what a tool made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "expects", rename_all = "kebab-case")]
pub enum Expectation {
    /// Arguments of the kernel in what the loader reads.
    Arguments {
        /// What the loader reads.
        kind: ArtefactKind,
        /// Its path, absolute.
        path: String,
        /// Arguments that its default entry must have.
        present: Vec<String>,
        /// Arguments that no entry of it may have.
        absent: Vec<String>,
    },
    /// Files in an initramfs.
    Image {
        /// The image, absolute.
        path: String,
        /// Modules that must be in it, by their kernel names.
        modules: Vec<String>,
        /// Files that must be in it, without the leading slash.
        files: Vec<String>,
    },
}

/// What a boot loader reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArtefactKind {
    /// `grub.cfg`.
    GrubConfig,
    /// An entry of the Boot Loader Specification.
    Entry,
    /// A unified kernel image.
    Unified,
    /// `limine.conf`.
    Limine,
    /// ostree's account of the deployment that the next start gets: texts between zero bytes, the arguments among them.
    /// Source: GLib, GVariant specification (arrays of strings).
    Staged,
}

/// A kernel module to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleLoad {
    /// Its name, such as `vfio-pci`.
    pub module: String,
}

/// A function that changes its driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebinding {
    /// The function; compared again before anything is written.
    #[serde(with = "as_text")]
    pub identity: Identity,
    /// Its driver before, where it has one.
    pub driver: Option<String>,
    /// Its `driver_override` before, where one is set.
    pub driver_override: Option<String>,
}

impl Rebinding {
    /// Its address.
    pub fn address(&self) -> PciAddress {
        self.identity.address
    }
}

/// A service that is switched on. What it was before is read when it is changed, and put back by undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "init", rename_all = "kebab-case")]
pub enum ServiceChange {
    /// A unit of systemd: enabled and started.
    Systemd {
        /// The unit, such as `virtqemud.socket`.
        unit: String,
    },
    /// A service of OpenRC: in the default runlevel and started.
    OpenRc {
        /// The service.
        service: String,
    },
    /// A service of runit: a link in the folder of running services.
    Runit {
        /// The service's folder.
        folder: String,
        /// The link.
        link: String,
    },
}

/// A user who comes into a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupChange {
    /// The group.
    pub group: String,
    /// The user's number.
    pub uid: u32,
    /// The user's name.
    pub user: String,
}

/// Huge pages that are reserved while the computer runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HugePageChange {
    /// Their size.
    pub size: HugePageSize,
    /// How many there were.
    pub before: u64,
    /// How many there shall be.
    pub after: u64,
}

impl Step {
    /// The kind of its risk.
    pub fn risk(&self) -> Risk {
        match self {
            Self::File(file) => match file.role {
                FileRole::KernelSetting => Risk::System,
                _ => Risk::Boot,
            },
            Self::Keep(_)
            | Self::Run(_)
            | Self::Image(_)
            | Self::Environment(_)
            | Self::Arm(_)
            | Self::Confirm(_) => Risk::Boot,
            Self::Load(_) | Self::Bind(_) | Self::GiveBack(_) | Self::Service(_) | Self::HugePages(_) => {
                Risk::System
            }
            Self::Group(_) => Risk::Rights,
        }
    }
}

impl Tool {
    /// The program and its arguments. The program is looked for in the system's folders alone.
    pub fn command(&self) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::UpdateGrub => words(&["update-grub"]),
            Self::GrubMkconfig { grub2: true, output } => words(&["grub2-mkconfig", "-o", output]),
            Self::GrubMkconfig { grub2: false, output } => words(&["grub-mkconfig", "-o", output]),
            Self::Grubby { kernel, arguments } => words(&[
                "grubby",
                &format!("--update-kernel={kernel}"),
                &format!("--args={}", arguments.join(" ")),
            ]),
            Self::KernelInstall { release, image } => words(&["kernel-install", "add", release, image]),
            Self::UpdateInitramfs { release } => words(&["update-initramfs", "-u", "-k", release]),
            Self::Dracut { image, release } => words(&["dracut", "--force", image, release]),
            Self::Mkinitcpio => words(&["mkinitcpio", "-P"]),
            Self::Booster { image, release } => {
                words(&["booster", "build", "--force", "--kernel-version", release, image])
            }
            Self::Kernelstub { arguments } => words(&["kernelstub", "-a", &arguments.join(" ")]),
            Self::RpmOstree { arguments } => ostree_kargs("--append-if-missing", arguments),
        }
    }

    /// The command that takes back what this one brought in, where running it again does not: tools that change what they
    /// find, instead of making it anew of a configuration.
    pub fn reverse(&self) -> Option<Vec<String>> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Grubby { kernel, arguments } => Some(words(&[
                "grubby",
                &format!("--update-kernel={kernel}"),
                &format!("--remove-args={}", arguments.join(" ")),
            ])),
            Self::Kernelstub { arguments } => Some(words(&["kernelstub", "-d", &arguments.join(" ")])),
            Self::RpmOstree { arguments } => Some(ostree_kargs("--delete-if-present", arguments)),
            Self::UpdateGrub
            | Self::GrubMkconfig { .. }
            | Self::KernelInstall { .. }
            | Self::UpdateInitramfs { .. }
            | Self::Dracut { .. }
            | Self::Booster { .. }
            | Self::Mkinitcpio => None,
        }
    }

    /// Whether the tool keeps an account of its own of what it made, so that nobody else may put files of it back: only the
    /// tool itself takes back what it did.
    pub fn keeps_account(&self) -> bool {
        matches!(self, Self::RpmOstree { .. })
    }
}

fn ostree_kargs(option: &str, arguments: &[String]) -> Vec<String> {
    let options = arguments.iter().map(|argument| format!("{option}={argument}"));
    ["rpm-ostree".to_owned(), "kargs".to_owned()].into_iter().chain(options).collect()
}

/// Where a tool writes a second image before it was looked into.
const BESIDE: &str = ".new";

impl SecondImage {
    /// Where the tool writes it.
    pub fn beside(&self) -> String {
        format!("{}{BESIDE}", self.path)
    }

    /// The program and its arguments. Source: mkinitramfs(8), dracut(8), mkinitcpio(8); mkinitcpio takes one folder of
    /// hooks each time that it is told of one.
    pub fn command(&self) -> Vec<String> {
        let beside = self.beside();
        let mut words: Vec<&str> = Vec::new();
        let drivers;
        match &self.builder {
            Builder::InitramfsTools { copy, .. } => {
                words.extend(["mkinitramfs", "-d", copy, "-o", &beside, &self.release]);
            }
            Builder::Dracut { includes, drivers: modules } => {
                drivers = modules.join(" ");
                words.extend(["dracut", "--force", "--add-drivers", &drivers]);
                for (file, place) in includes {
                    words.extend(["--include", file, place]);
                }
                words.extend([beside.as_str(), &self.release]);
            }
            Builder::Mkinitcpio { configuration, hooks } => {
                words.extend(["mkinitcpio", "-c", configuration, "-D", hooks]);
                words.extend(["-D", "/etc/initcpio", "-D", "/usr/lib/initcpio"]);
                words.extend(["-k", &self.release, "-g", &beside]);
            }
        }
        words.into_iter().map(str::to_owned).collect()
    }
}

impl Promise {
    /// What the loader knows its entry by.
    pub fn entry_name(&self) -> &str {
        match &self.entry {
            crate::trial::Entry::Grub { .. } => crate::trial::GRUB_ENTRY,
            crate::trial::Entry::SystemdBoot { id, .. } => id,
        }
    }
}
