//! The kernel: its release, its configuration, its modules, what it locked, and what it said of the IOMMU.
//!
//! Source: kernel, `Documentation/ABI/stable/sysfs-module`, `Documentation/kbuild/kbuild.rst` (modules.builtin),
//! `security/lockdown/lockdown.c`, `Documentation/ABI/testing/sysfs-kernel-iommu_groups`.

use std::collections::BTreeSet;

use super::list;
use super::reader::{Presence, Reader};
use crate::host::GroupId;
use crate::reading::Reading;

/// The running kernel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kernel {
    /// Its release, such as `6.12.43+deb13-amd64`.
    pub release: Reading<String>,
    /// Where its configuration was found, and the options of it that matter here.
    pub configuration: Reading<Configuration>,
    /// The modules that are loaded, with `_` for `-`.
    pub loaded: Reading<BTreeSet<String>>,
    /// The modules that are built in, with `_` for `-`.
    pub built_in: Reading<BTreeSet<String>>,
    /// Whether the folder of its modules is there.
    pub modules: Presence,
    /// Whether the modules of any kernel are there.
    pub other_modules: Presence,
    /// The files of the modules that virtualization needs.
    pub files: Vec<(Module, Presence)>,
    /// Self-built modules that only a signature lets into a locked kernel, with their files.
    pub self_built: Vec<(&'static str, String)>,
    /// Whether KVM gives virtualization on to guests.
    pub nested: Reading<bool>,
    /// Whether VFIO goes on without interrupt remapping.
    pub unsafe_interrupts: Reading<bool>,
    /// The chips that interrupts come through, such as `IR-PCI-MSI`.
    pub interrupt_chips: Reading<Vec<String>>,
    /// The groups in which the firmware demands a mapping of its own, with the region's line.
    pub demanded_mappings: Reading<Vec<(GroupId, String)>>,
    /// What the kernel has locked.
    pub lockdown: Reading<Lockdown>,
    /// What it said of virtualization and the IOMMU.
    pub log: Reading<Vec<String>>,
}

/// Options of a kernel's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configuration {
    /// The file.
    pub path: String,
    /// The lines that set options.
    lines: BTreeSet<String>,
}

impl Configuration {
    /// The value of an option, such as `y` of `CONFIG_VFIO`; none where it is not set.
    pub fn value(&self, option: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name == option).then_some(value)
        })
    }
}

/// A module that virtualization needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Module {
    /// vfio-pci.
    VfioPci,
    /// The way of VFIO to the IOMMU.
    VfioType1,
    /// The way of before Linux 6.2 to interrupts, now a part of vfio.
    VfioVirqfd,
    /// The newer way to the IOMMU.
    Iommufd,
    /// KVM on Intel.
    KvmIntel,
    /// KVM on AMD.
    KvmAmd,
    /// Networking of guests in the kernel.
    VhostNet,
    /// Bridges.
    Bridge,
    /// Network interfaces of guests.
    Tun,
}

impl Module {
    /// Its name, with `_` for `-`, its option, and its file's entry.
    const ALL: [(Self, &'static str, &'static str, &'static list::Entry); 9] = [
        (Self::VfioPci, "vfio_pci", "CONFIG_VFIO_PCI", &list::VFIO_PCI_FILE),
        (Self::VfioType1, "vfio_iommu_type1", "CONFIG_VFIO_IOMMU_TYPE1", &list::VFIO_TYPE1_FILE),
        (Self::VfioVirqfd, "vfio_virqfd", "CONFIG_VFIO_VIRQFD", &list::VFIO_VIRQFD_FILE),
        (Self::Iommufd, "iommufd", "CONFIG_IOMMUFD", &list::IOMMUFD_FILE),
        (Self::KvmIntel, "kvm_intel", "CONFIG_KVM_INTEL", &list::KVM_INTEL_FILE),
        (Self::KvmAmd, "kvm_amd", "CONFIG_KVM_AMD", &list::KVM_AMD_FILE),
        (Self::VhostNet, "vhost_net", "CONFIG_VHOST_NET", &list::VHOST_NET_FILE),
        (Self::Bridge, "bridge", "CONFIG_BRIDGE", &list::BRIDGE_FILE),
        (Self::Tun, "tun", "CONFIG_TUN", &list::TUN_FILE),
    ];

    fn row(self) -> Option<&'static (Self, &'static str, &'static str, &'static list::Entry)> {
        Self::ALL.iter().find(|(module, ..)| *module == self)
    }

    /// Its name, with `_` for `-`.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |(_, name, ..)| name)
    }

    /// The option of the kernel that builds it.
    pub fn option(self) -> &'static str {
        self.row().map_or("", |(_, _, option, _)| option)
    }
}

/// How the kernel has something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Support {
    /// Built in; where that stands.
    BuiltIn(String),
    /// A module that is loaded.
    Loaded,
    /// A module that is there to be loaded; its file.
    Module(String),
    /// Not at all; what was looked at.
    Missing(String),
    /// What was read does not tell.
    Unknown,
}

/// How much the kernel has locked against its own administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lockdown {
    /// Nothing.
    None,
    /// What would change the kernel, as under Secure Boot.
    Integrity,
    /// What would read it, too.
    Confidentiality,
}

impl Kernel {
    /// How it has a module.
    pub fn support(&self, module: Module) -> Support {
        let Some((_, name, option, entry)) = module.row() else { return Support::Unknown };
        let below = |path: &str| {
            let folder = self.modules.path().and_then(|path| path.strip_suffix("/modules.dep"));
            format!("{}{}", folder.unwrap_or("/lib/modules"), path.trim_start_matches("{modules}"))
        };
        if self.loaded.known().is_some_and(|loaded| loaded.contains(*name)) {
            return Support::Loaded;
        }
        if self.built_in.known().is_some_and(|built_in| built_in.contains(*name)) {
            return Support::BuiltIn(below(list::MODULES_BUILT_IN.path));
        }
        if let Some((_, Presence::There(path))) = self.files.iter().find(|(known, _)| *known == module) {
            return Support::Module(path.clone());
        }
        let configured = self
            .configuration
            .known()
            .map(|configuration| (configuration.value(option), configuration.path.clone()));
        match configured {
            Some((Some("y"), path)) => Support::BuiltIn(path),
            Some((None | Some("n"), path)) => Support::Missing(path),
            // A module by its configuration, and its file is not where such files are.
            _ if self.modules.is_there() && self.built_in.is_known() => Support::Missing(below(entry.path)),
            _ => Support::Unknown,
        }
    }

    /// Whether its log was read from the start on.
    pub fn log_from_start(&self) -> Option<&[String]> {
        let log = self.log.known()?;
        log.iter().any(|line| line.contains("Linux version")).then_some(log.as_slice())
    }

    /// Its version as numbers, such as (6, 12).
    pub fn version(&self) -> Option<(u32, u32)> {
        let mut numbers = self.release.known()?.split(|c: char| !c.is_ascii_digit()).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> Kernel {
    let names = |text: &str| Some(text.lines().map(module_name).filter(|name| !name.is_empty()).collect());
    let there = |entries: &[&list::Entry]| reader.there(entries);
    let self_built = [
        ("vendor-reset", [&list::VENDOR_RESET_DKMS, &list::VENDOR_RESET_EXTRA]),
        ("kvmfr", [&list::KVMFR_DKMS, &list::KVMFR_EXTRA]),
    ];
    Kernel {
        release: reader.parse(&list::RELEASE, |text| (!text.is_empty()).then(|| text.to_owned())),
        configuration: configuration(reader),
        loaded: reader.parse(&list::MODULES_LOADED, names),
        built_in: reader.parse(&list::MODULES_BUILT_IN, names),
        modules: there(&[&list::MODULES_TREE]),
        other_modules: there(&[&list::MODULES_OTHERS]),
        files: Module::ALL.iter().map(|(module, _, _, entry)| (*module, there(&[*entry]))).collect(),
        self_built: self_built
            .into_iter()
            .filter_map(|(name, entries)| there(&entries).path().map(|path| (name, path.to_owned())))
            .collect(),
        nested: reader.parse(&list::NESTED_INTEL, flag).or_else(|| reader.parse(&list::NESTED_AMD, flag)),
        unsafe_interrupts: reader.parse(&list::UNSAFE_INTERRUPTS, flag),
        interrupt_chips: reader.parse(&list::INTERRUPTS, |text| {
            Some(list::interrupt_chips(text).lines().map(str::to_owned).collect())
        }),
        demanded_mappings: demanded(reader),
        lockdown: reader.parse(&list::LOCKDOWN, lockdown),
        log: reader.log(&list::LOG),
    }
}

/// The name of a module in a line of `/proc/modules`, or in a path of `modules.builtin`, as the kernel spells it.
fn module_name(line: &str) -> String {
    let word = line.split_whitespace().next().unwrap_or_default();
    let file = word.rsplit('/').next().unwrap_or_default();
    file.split(".ko").next().unwrap_or_default().replace('-', "_")
}

fn configuration(reader: &Reader<'_>) -> Reading<Configuration> {
    // The kernel's own word comes last: it has to be unpacked, and the others say the same.
    [&list::CONFIG_BOOT, &list::CONFIG_MODULES, &list::CONFIG_USR, &list::CONFIG_RUNNING].into_iter().fold(
        Reading::Absent,
        |best, entry| {
            best.or_else(|| {
                reader.text(entry).map(|text| {
                    let wanted =
                        |line: &&str| matches!(entry.keep, list::Keep::Lines(wanted) | list::Keep::Packed(wanted) if wanted(line));
                    let set = text.lines().filter(wanted).filter(|line| !line.starts_with('#'));
                    Configuration {
                        path: reader.resolved(entry.path),
                        lines: set.map(str::to_owned).collect(),
                    }
                })
            })
        },
    )
}

/// What the kernel writes for a switch: `Y` and `N`, or a number.
fn flag(text: &str) -> Option<bool> {
    match text {
        "Y" | "y" | "1" => Some(true),
        "N" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// `none [integrity] confidentiality`: the word in brackets is what counts.
fn lockdown(text: &str) -> Option<Lockdown> {
    let word = text.split_once('[')?.1.split_once(']')?.0;
    match word {
        "none" => Some(Lockdown::None),
        "integrity" => Some(Lockdown::Integrity),
        "confidentiality" => Some(Lockdown::Confidentiality),
        _ => None,
    }
}

/// The groups with a region that must stay mapped one to one. What graphics and USB can do without is called
/// `direct-relaxable`.
fn demanded(reader: &Reader<'_>) -> Reading<Vec<(GroupId, String)>> {
    let texts = reader.texts(&list::RESERVED_REGIONS);
    if !texts.iter().any(|(_, text)| text.is_known()) {
        let first = texts.into_iter().next();
        return first.map_or(Reading::Absent, |(_, text)| text.map(|_| Vec::new()));
    }
    let mut demanded: Vec<(GroupId, String)> = texts
        .into_iter()
        .filter_map(|(path, text)| {
            let group = path.rsplit('/').nth(1)?.parse().ok()?;
            let line = text.known()?.lines().find(|line| line.split_whitespace().nth(2) == Some("direct"))?;
            Some((GroupId(group), line.to_owned()))
        })
        .collect();
    demanded.sort();
    Reading::Known(demanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_the_kernel_spells_them() {
        assert_eq!(module_name("kernel/drivers/vfio/pci/vfio-pci.ko"), "vfio_pci");
        assert_eq!(module_name("kernel/a/b.ko.zst"), "b");
        assert_eq!(module_name("vfio_pci 65536 0 - Live 0x0000000000000000"), "vfio_pci");
        assert_eq!(module_name(""), "");
    }

    #[test]
    fn words_of_the_kernel() {
        assert_eq!(lockdown("none [integrity] confidentiality"), Some(Lockdown::Integrity));
        for nonsense in ["", "none", "[", "[]", "] [none"] {
            assert_eq!(lockdown(nonsense), None, "{nonsense:?}");
        }
        assert_eq!((flag("Y"), flag("0"), flag("2")), (Some(true), Some(false), None));
    }

    #[test]
    fn support_is_told_apart() {
        let set = |names: &[&str]| Reading::Known(names.iter().map(|name| (*name).to_owned()).collect());
        let mut kernel =
            Kernel { modules: Presence::There("/lib/modules/x/modules.dep".to_owned()), ..Kernel::default() };
        assert_eq!(kernel.support(Module::VfioPci), Support::Unknown);
        kernel.built_in = set(&["vfio_pci"]);
        assert_eq!(
            kernel.support(Module::VfioPci),
            Support::BuiltIn("/lib/modules/x/modules.builtin".to_owned())
        );
        assert_eq!(
            kernel.support(Module::Tun),
            Support::Missing("/lib/modules/x/kernel/drivers/net/tun.ko*".to_owned())
        );
        kernel.loaded = set(&["tun"]);
        assert_eq!(kernel.support(Module::Tun), Support::Loaded);
        let lines = BTreeSet::from(["CONFIG_BRIDGE=y".to_owned()]);
        kernel.configuration = Reading::Known(Configuration { path: "/boot/config-x".to_owned(), lines });
        assert_eq!(kernel.support(Module::Bridge), Support::BuiltIn("/boot/config-x".to_owned()));
        assert_eq!(kernel.support(Module::VhostNet), Support::Missing("/boot/config-x".to_owned()));
    }

    #[test]
    fn versions() {
        let version =
            |text: &str| Kernel { release: Reading::Known(text.to_owned()), ..Kernel::default() }.version();
        assert_eq!(version("6.12.43+deb13-amd64"), Some((6, 12)));
        assert_eq!(version("6"), None);
        assert_eq!(version("99999999999.1"), None);
    }

    #[test]
    fn the_running_kernel_tells_its_own_configuration_where_nobody_else_does() {
        use crate::host::{Host, IommuOff, IommuState};
        use crate::machine_file::{MachineBuilder, MachineFile};
        use crate::packed::tests::stored;
        use crate::source::Source;
        use crate::system::System;

        let text =
            "CONFIG_VFIO_PCI=y\n# CONFIG_TUN is not set\nCONFIG_INTEL_IOMMU_DEFAULT_ON=y\nCONFIG_OTHER=y\n";
        let mut builder = MachineBuilder::default();
        builder.file("/proc/sys/kernel/osrelease", "6.12.0\n");
        builder.file("/proc/config.gz", stored(text.as_bytes(), u32::try_from(text.len()).unwrap()));
        builder.file("/proc/cmdline", "quiet\n");
        builder.file("/sys/firmware/acpi/tables/DMAR", "");
        let source = Source::machine(&builder.build());
        let captured = MachineFile::capture(&source).write();
        assert!(captured.contains("CONFIG_VFIO_PCI=y") && !captured.contains("CONFIG_OTHER"), "{captured}");
        let captured = Source::machine(&MachineFile::parse(captured.as_bytes()).unwrap());
        let kernel = |source: &Source| System::read(source).kernel;
        assert_eq!(kernel(&captured).configuration, kernel(&source).configuration);
        for source in [source, captured] {
            let place = "/proc/config.gz".to_owned();
            assert_eq!(kernel(&source).support(Module::VfioPci), Support::BuiltIn(place.clone()));
            assert_eq!(kernel(&source).support(Module::Tun), Support::Missing(place));
            let why = |state| matches!(state, IommuState::Off { why: IommuOff::NotStarted, .. });
            assert!(why(Host::scan(&source).iommu), "an IOMMU that is on by default needs no argument");
        }
    }
}
