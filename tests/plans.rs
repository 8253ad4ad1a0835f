//! One of each that a plan of the host, an undo and a refusal can hold, for tests that walk all of them. Each list is held
//! against a match, so that the compiler asks for what is missing.

use std::collections::BTreeSet;

use gangway_core::checks::Package;
use gangway_core::devices::storage::{Layer, Role};
use gangway_core::devices::usb::UsbKind;
use gangway_core::devices::{Crowd, Identity, Use};
use gangway_core::host::{GroupId, IommuOff, IommuState};
use gangway_core::leaving;
use gangway_core::pci::{DriverName, PciAddress, PciClass};
use gangway_core::plan::{
    ArgumentEdit, ArgumentFormat, Arming, ArtefactKind, Back, Builder, Confirmation, Content, Doubt,
    EnvironmentFile, Expectation, FileChange, FileRole, GroupChange, HugePageChange, HugePageSize, Intent,
    KeptFile, ModuleLoad, NoTrial, Paste, Rebinding, Refusal, SecondImage, ServiceChange, Step, StopReason,
    Tool, ToolRun, UndoStop, Unneeded, WayBack,
};
use gangway_core::reading::Trouble;
use gangway_core::source::SourceErrorKind;
use gangway_core::system::Family;
use gangway_core::trial::{Broken, Early, Entry, Part, Pointer, Promise, Request, Twin};

/// The device that all of them are about.
///
/// # Panics
/// Never.
pub fn device() -> PciAddress {
    "0000:01:00.0".parse().unwrap()
}

/// Everything that can be wanted.
pub fn intents() -> Vec<Intent> {
    let all = vec![
        Intent::Bind { device: device(), whole_group: false },
        Intent::Bind { device: device(), whole_group: true },
        Intent::GiveBack { device: device() },
        Intent::Reserve { device: device(), whole_group: false },
        Intent::Reserve { device: device(), whole_group: true },
        Intent::Confirm,
        Intent::MakeReady,
        Intent::TurnOnIommu,
        Intent::LoadVfioEarly,
        Intent::SetHugePages { size: HugePageSize::TwoMiB, count: 4096 },
        Intent::SetHugePages { size: HugePageSize::OneGiB, count: 0 },
    ];
    for intent in &all {
        match intent {
            Intent::Bind { .. }
            | Intent::GiveBack { .. }
            | Intent::Reserve { .. }
            | Intent::Confirm
            | Intent::MakeReady
            | Intent::TurnOnIommu
            | Intent::LoadVfioEarly
            | Intent::SetHugePages { .. } => {}
        }
    }
    all
}

fn text(text: &str) -> Option<Content> {
    Some(Content::from(text))
}

/// A change of a file.
pub fn file(path: &str, before: Option<Content>, after: Option<Content>) -> FileChange {
    FileChange { path: path.to_owned(), role: FileRole::KernelArguments, before, after, edit: None }
}

/// A step of every kind, with contents that are hard to carry.
///
/// # Panics
/// Never.
pub fn steps() -> Vec<Step> {
    let identity: Identity = "0000:01:00.0 0000:00/01.0/00.0 1002:73bf 1da2:e445 serial-7".parse().unwrap();
    let rebinding = Rebinding { identity, driver: Some("amdgpu".to_owned()), driver_override: None };
    let mut all = vec![
        Step::File(file("/etc/a", None, text("'$HOME' `id` \\ \"x\"\n\ttab\n"))),
        Step::File(file("/etc/b", text("old\n"), Some(Content::from(b"\xff\x00raw".to_vec())))),
        Step::File(file("/etc/zero", text("a\0b"), None)),
        Step::Keep(KeptFile { path: "/boot/image".to_owned(), copy: "/boot/image.kept".to_owned() }),
        Step::Load(ModuleLoad { module: "vfio-pci".to_owned() }),
        Step::Bind(rebinding.clone()),
        Step::Bind(Rebinding {
            driver: None,
            driver_override: Some("pci-stub".to_owned()),
            ..rebinding.clone()
        }),
        Step::GiveBack(rebinding),
        Step::Service(ServiceChange::Systemd { unit: "virtqemud.socket".to_owned() }),
        Step::Service(ServiceChange::OpenRc { service: "libvirtd".to_owned() }),
        Step::Service(ServiceChange::Runit {
            folder: "/etc/sv/libvirtd".to_owned(),
            link: "/var/service/libvirtd".to_owned(),
        }),
        Step::Group(GroupChange { group: "libvirt".to_owned(), uid: 1000, user: "ada".to_owned() }),
        Step::HugePages(HugePageChange { size: HugePageSize::TwoMiB, before: 0, after: 4096 }),
        Step::HugePages(HugePageChange { size: HugePageSize::OneGiB, before: 1, after: u64::MAX }),
    ];
    for role in [
        FileRole::KernelArguments,
        FileRole::BootEntry,
        FileRole::FormerEntry,
        FileRole::TrialEntry,
        FileRole::ModuleOptions,
        FileRole::ModuleList,
        FileRole::Initramfs,
        FileRole::KernelSetting,
    ] {
        let edit = ArgumentEdit {
            format: ArgumentFormat::Shell { variable: "GRUB_CMDLINE_LINUX".to_owned() },
            added: vec!["intel_iommu=on".to_owned()],
        };
        all.push(Step::File(FileChange { role, edit: Some(edit), ..file("/etc/c", text("a"), text("b")) }));
    }
    all.extend(trial_steps());
    for tool in tools() {
        all.push(Step::Run(ToolRun {
            tool,
            rewrites: vec!["/boot/grub/grub.cfg".to_owned()],
            rebuilds: vec!["/boot/initrd.img".to_owned()],
            expects: vec![
                Expectation::Arguments {
                    kind: ArtefactKind::GrubConfig,
                    path: "/boot/grub/grub.cfg".to_owned(),
                    present: vec!["intel_iommu=on".to_owned()],
                    absent: Vec::new(),
                },
                Expectation::Image {
                    path: "/boot/initrd.img".to_owned(),
                    modules: vec!["vfio_pci".to_owned()],
                    files: vec!["etc/modprobe.d/x.conf".to_owned()],
                },
            ],
        }));
    }
    for step in &all {
        match step {
            Step::File(_)
            | Step::Keep(_)
            | Step::Run(_)
            | Step::Load(_)
            | Step::Bind(_)
            | Step::GiveBack(_)
            | Step::Service(_)
            | Step::Group(_)
            | Step::HugePages(_)
            | Step::Image(_)
            | Step::Environment(_)
            | Step::Arm(_)
            | Step::Confirm(_) => {}
        }
    }
    all
}

/// The steps of a reservation, with every generator and both loaders.
fn trial_steps() -> Vec<Step> {
    let path = |name: &str| format!("/var/lib/gangway/reserve/{name}");
    let image = |builder| {
        Step::Image(SecondImage {
            builder,
            release: "6.12.0".to_owned(),
            path: "/boot/gangway/initrd.img".to_owned(),
            like: "/boot/initrd.img".to_owned(),
            modules: vec!["vfio_pci".to_owned()],
            files: vec!["usr/lib/gangway/early".to_owned()],
        })
    };
    let grub = Entry::Grub {
        custom: "/boot/grub/custom.cfg".to_owned(),
        env: "/boot/gangway/env".to_owned(),
        config: "/boot/grub/grub.cfg".to_owned(),
    };
    let systemd_boot = Entry::SystemdBoot {
        id: "gangway-trial.conf".to_owned(),
        file: "/boot/loader/entries/gangway-trial.conf".to_owned(),
        former: "/boot/loader/entries/linux.conf".to_owned(),
    };
    let identity: Identity = "0000:01:00.0 0000:00/01.0/00.0 1002:73bf 1da2:e445".parse().unwrap();
    let arm = |entry| {
        Step::Arm(Arming {
            promise: Promise {
                reserve: "0000:01:00.0=1002:73bf".parse().unwrap(),
                devices: vec![identity.clone()],
                twins: vec![Twin {
                    address: "0000:02:00.0".parse().unwrap(),
                    driver: Some("amdgpu".to_owned()),
                }],
                release: "6.12.0".to_owned(),
                kernel: "/boot/gangway/vmlinuz".to_owned(),
                image: "/boot/gangway/initrd.img".to_owned(),
                entry,
                request: Request::Loader,
            },
        })
    };
    vec![
        image(Builder::InitramfsTools {
            configuration: "/etc/initramfs-tools".to_owned(),
            own: path("initramfs-tools"),
            copy: path("configuration"),
            first: "scripts/init-top/00-gangway".to_owned(),
        }),
        image(Builder::Dracut {
            includes: vec![(path("early"), "/usr/lib/gangway/early".to_owned())],
            drivers: vec!["vfio-pci".to_owned()],
        }),
        image(Builder::Mkinitcpio { configuration: path("mkinitcpio.conf"), hooks: path("initcpio") }),
        Step::Environment(EnvironmentFile { path: "/boot/gangway/env".to_owned() }),
        arm(grub),
        arm(systemd_boot),
        confirm(Pointer::Grub { file: "/boot/gangway/env".to_owned(), name: "gw_default".to_owned() }, None),
        confirm(Pointer::Efi { name: "LoaderEntryDefault".to_owned() }, Some("arch.conf")),
    ]
}

fn confirm(pointer: Pointer, before: Option<&str>) -> Step {
    Step::Confirm(Confirmation {
        reservation: "20261121T100000Z-1".to_owned(),
        pointer,
        before: before.map(str::to_owned),
        after: "gangway-trial".to_owned(),
    })
}

fn tools() -> Vec<Tool> {
    let all = vec![
        Tool::UpdateGrub,
        Tool::GrubMkconfig { grub2: true, output: "/boot/grub2/grub.cfg".to_owned() },
        Tool::GrubMkconfig { grub2: false, output: "/boot/grub/grub.cfg".to_owned() },
        Tool::Grubby { kernel: "/boot/vmlinuz".to_owned(), arguments: vec!["intel_iommu=on".to_owned()] },
        Tool::KernelInstall { release: "6.12.0".to_owned(), image: "/boot/vmlinuz".to_owned() },
        Tool::Mkinitcpio,
        Tool::UpdateInitramfs { release: "6.12.0".to_owned() },
        Tool::Dracut { image: "/boot/initramfs.img".to_owned(), release: "6.12.0".to_owned() },
        Tool::Booster { image: "/boot/booster-linux.img".to_owned(), release: "6.12.0".to_owned() },
        Tool::Kernelstub { arguments: vec!["intel_iommu=on".to_owned()] },
        Tool::RpmOstree { arguments: vec!["intel_iommu=on".to_owned()] },
    ];
    for tool in &all {
        match tool {
            Tool::UpdateGrub
            | Tool::GrubMkconfig { .. }
            | Tool::Grubby { .. }
            | Tool::KernelInstall { .. }
            | Tool::Mkinitcpio
            | Tool::UpdateInitramfs { .. }
            | Tool::Dracut { .. }
            | Tool::Booster { .. }
            | Tool::Kernelstub { .. }
            | Tool::RpmOstree { .. } => {}
        }
    }
    all
}

/// Every way back of a step.
pub fn backs() -> Vec<Back> {
    let file = |from, to, whole| Back::File { path: "/etc/a".to_owned(), from, to, whole };
    let service = |disable, stop| Back::Service { service: "virtqemud.socket".to_owned(), disable, stop };
    let rebind = |driver: Option<&str>| Back::Rebind {
        address: "0000:01:00.0".to_owned(),
        driver: driver.map(str::to_owned),
    };
    let mut all = vec![
        file(text("new"), text("old"), true),
        file(text("new"), None, true),
        file(None, text("old"), true),
        file(text("new and more"), text("more"), false),
        Back::Artefacts { paths: vec!["/boot/grub/grub.cfg".to_owned()] },
        Back::RemoveCopy { path: "/boot/image.kept".to_owned() },
        rebind(Some("amdgpu")),
        rebind(None),
        service(true, true),
        service(true, false),
        service(false, true),
        Back::LeaveGroup { group: "libvirt".to_owned(), user: "ada".to_owned() },
        Back::HugePages { pages: 7 },
        Back::RemoveMade { path: "/boot/gangway/initrd.img".to_owned() },
        Back::RemoveDamaged { path: "/boot/gangway/initrd.img".to_owned() },
        Back::Disarm { entry: "gangway-trial".to_owned(), running: false },
        Back::Disarm { entry: "gangway-trial.conf".to_owned(), running: true },
        Back::Release { entry: "gangway-trial".to_owned(), to: None, moved: true },
        Back::Release {
            entry: "gangway-trial.conf".to_owned(),
            to: Some("arch.conf".to_owned()),
            moved: true,
        },
        Back::Release { entry: "gangway-trial.conf".to_owned(), to: None, moved: false },
    ];
    all.extend(tools().into_iter().map(|tool| Back::RunAgain { tool, paths: vec!["/boot/x".to_owned()] }));
    for why in [Unneeded::AlreadyBack, Unneeded::Restarted, Unneeded::NotOurs, Unneeded::ModuleStays] {
        all.push(Back::Nothing { why });
    }
    for back in &all {
        match back {
            Back::File { .. }
            | Back::Artefacts { .. }
            | Back::RunAgain { .. }
            | Back::RemoveCopy { .. }
            | Back::Rebind { .. }
            | Back::Service { .. }
            | Back::LeaveGroup { .. }
            | Back::HugePages { .. }
            | Back::RemoveMade { .. }
            | Back::RemoveDamaged { .. }
            | Back::Disarm { .. }
            | Back::Release { .. }
            | Back::Nothing { .. } => {}
        }
    }
    all
}

/// Everything that can stand in the way of undo.
pub fn stops() -> Vec<UndoStop> {
    let reasons = [
        StopReason::Changed,
        StopReason::Unreadable { reason: "permission denied".to_owned() },
        StopReason::InUse { by: "qemu (process 7)".to_owned() },
        StopReason::NeedsRestart,
        StopReason::Kept { record: "2026-11-21T10.00.00Z-1".to_owned() },
    ];
    let all = reasons.map(|why| UndoStop { step: 3, what: "/etc/default/grub".to_owned(), why });
    for stop in &all {
        match stop.why {
            StopReason::Changed
            | StopReason::Unreadable { .. }
            | StopReason::InUse { .. }
            | StopReason::Kept { .. }
            | StopReason::NeedsRestart => {}
        }
    }
    all.into()
}

/// Every use of a device.
pub fn uses() -> Vec<Use> {
    let name = || "a name".to_owned();
    let layers: BTreeSet<Layer> = [Layer::Encryption, Layer::LogicalVolume, Layer::Raid].into();
    let mut all = vec![
        Use::Swap,
        Use::Volume { name: name(), layer: Layer::Zfs },
        Use::DefaultRoute { interface: name(), wireless: true, only: true },
        Use::Interface { name: name(), master: Some(name()) },
        Use::BootDisplay,
        Use::FirmwarePicture { holder: name() },
        Use::Screen { connector: name(), monitor: None, only: false },
        Use::Keyboard { name: name(), only: true },
        Use::Pointer { name: name(), only: false },
        Use::Bluetooth { name: name(), only: true },
        Use::UsbDevice { name: name(), kinds: [UsbKind::Storage, UsbKind::SmartCard].into() },
        Use::Sound { name: name(), playing: None, only: false },
        Use::Program { process: 4711, name: name() },
        Use::VirtualMachine { name: name(), running: true },
    ];
    for role in [Role::System, Role::Boot, Role::Home, Role::Data] {
        all.push(Use::Mounted { path: "/".to_owned(), role, layers: layers.clone() });
    }
    for each in &all {
        match each {
            Use::Mounted { .. }
            | Use::Swap
            | Use::Volume { .. }
            | Use::DefaultRoute { .. }
            | Use::Interface { .. }
            | Use::BootDisplay
            | Use::FirmwarePicture { .. }
            | Use::Screen { .. }
            | Use::Keyboard { .. }
            | Use::Pointer { .. }
            | Use::Bluetooth { .. }
            | Use::UsbDevice { .. }
            | Use::Sound { .. }
            | Use::Program { .. }
            | Use::VirtualMachine { .. } => {}
        }
    }
    all
}

/// Every reason against a plan.
///
/// # Panics
/// Never.
pub fn refusals() -> Vec<Refusal> {
    let address = device();
    let path = || "/etc/default/grub".to_owned();
    let mut all: Vec<Refusal> = stays().into_iter().map(Refusal::Stays).collect();
    all.extend(uses().into_iter().map(|by| Refusal::InUse { address, by }));
    all.extend([
        Refusal::NoIdentity { address },
        Refusal::HoldersHidden { address },
        Refusal::ManyFiles {
            address,
            crowd: Crowd { files: 300_000, limit: 200_000, process: 7, name: "x".to_owned(), most: 299_000 },
        },
        Refusal::DriverWaits { address, hangs: false },
        Refusal::DriverWaits { address, hangs: true },
        Refusal::NoModule { module: "vfio-pci".to_owned(), release: "6.12.0".to_owned() },
        Refusal::UnknownService { service: "libvirtd".to_owned() },
        Refusal::NoAccount { uid: 4242 },
        Refusal::NotUnderstood { path: path(), line: Some(3), reason: "an open quote".to_owned() },
        Refusal::NotUnderstood { path: path(), line: None, reason: String::new() },
        Refusal::Unreadable { path: path(), reason: "permission denied".to_owned() },
        Refusal::Iommu { why: IommuOff::NotOffered },
        Refusal::SwitchedOff {
            argument: "iommu=off".to_owned(),
            places: vec![path(), "/proc/cmdline".to_owned()],
        },
        Refusal::SetElsewhere { path: path(), setting: "vm.nr_hugepages = 7".to_owned() },
        Refusal::NoHugePages { size: HugePageSize::OneGiB },
        Refusal::TooLittleMemory { total: 16 << 30, rest: 1 << 30, least: 4 << 30 },
        Refusal::Occupied { path: path() },
        Refusal::NoTool { tool: "update-grub".to_owned() },
        Refusal::Mapped { group: GroupId(3), region: "0x1000 0x1fff direct".to_owned() },
        Refusal::BoundByIds { path: path(), ids: "1002:73bf".to_owned(), others: vec![address] },
        Refusal::NotReservable { address },
        Refusal::ReservedAlready {
            reserve: "0000:01:00.0=1002:73bf".to_owned(),
            record: "2026-11-21T10.00.00Z-1".to_owned(),
        },
        Refusal::ByHand {
            paste: vec![
                Paste { path: Some(path()), text: "intel_iommu=on\n".to_owned() },
                Paste { path: None, text: "kernelstub -a x".to_owned() },
            ],
        },
    ]);
    for family in [
        Family::Debian,
        Family::Fedora,
        Family::Arch,
        Family::Suse,
        Family::Gentoo,
        Family::Void,
        Family::NixOs,
        Family::Other,
    ] {
        all.push(Refusal::NotInstalled { package: Package::Libvirt, family });
    }
    for why in [
        WayBack::NotRead,
        WayBack::NoEntry,
        WayBack::NotCopied,
        WayBack::Signed,
        WayBack::NoDefault,
        WayBack::NoImage,
    ] {
        all.push(Refusal::NoWayBack { path: path(), why });
    }
    for doubt in [
        Doubt::Loader,
        Doubt::Declared,
        Doubt::Tool("kernelstub".to_owned()),
        Doubt::Pending,
        Doubt::SignedImages,
        Doubt::Generator,
        Doubt::Source(path()),
    ] {
        all.push(Refusal::Start { doubt });
    }
    for why in [
        NoTrial::NotErasable { path: path(), on: "btrfs".to_owned() },
        NoTrial::NotErasable { path: path(), on: String::new() },
        NoTrial::Loader { name: "rEFInd".to_owned() },
        NoTrial::NoVariables,
        NoTrial::Asked { entry: "arch.conf".to_owned() },
        NoTrial::Unified,
        NoTrial::NoDefault { path: path() },
        NoTrial::Copied { path: "/etc/kernel/cmdline".to_owned() },
        NoTrial::Generator { name: "booster".to_owned() },
    ] {
        match why {
            NoTrial::NotErasable { .. }
            | NoTrial::Loader { .. }
            | NoTrial::NoVariables
            | NoTrial::Asked { .. }
            | NoTrial::Unified
            | NoTrial::NoDefault { .. }
            | NoTrial::Copied { .. }
            | NoTrial::Generator { .. } => all.push(Refusal::NoTrial { why }),
        }
    }
    all.extend(not_kept());
    for refusal in &all {
        match refusal {
            Refusal::Stays(_)
            | Refusal::NoIdentity { .. }
            | Refusal::InUse { .. }
            | Refusal::HoldersHidden { .. }
            | Refusal::ManyFiles { .. }
            | Refusal::DriverWaits { .. }
            | Refusal::NoModule { .. }
            | Refusal::NotInstalled { .. }
            | Refusal::UnknownService { .. }
            | Refusal::NoAccount { .. }
            | Refusal::NotUnderstood { .. }
            | Refusal::Unreadable { .. }
            | Refusal::Iommu { .. }
            | Refusal::SwitchedOff { .. }
            | Refusal::NoWayBack { .. }
            | Refusal::Start { .. }
            | Refusal::SetElsewhere { .. }
            | Refusal::NoHugePages { .. }
            | Refusal::TooLittleMemory { .. }
            | Refusal::Occupied { .. }
            | Refusal::NoTool { .. }
            | Refusal::Mapped { .. }
            | Refusal::BoundByIds { .. }
            | Refusal::NotReservable { .. }
            | Refusal::ReservedAlready { .. }
            | Refusal::NoTrial { .. }
            | Refusal::NotOnTrial { .. }
            | Refusal::NotKept { .. }
            | Refusal::ByHand { .. } => {}
        }
    }
    all
}

/// Every reason for which a device cannot leave.
fn stays() -> Vec<leaving::Refusal> {
    use leaving::Refusal as Stays;
    let address = device();
    let group = GroupId(14);
    let all = vec![
        Stays::Nothing,
        Stays::NotFound { address },
        Stays::Bridge { address, class: PciClass::new(0x06_04_00).unwrap() },
        Stays::NoGroup {
            address,
            iommu: IommuState::Off {
                why: IommuOff::ByArgument { argument: "iommu=off".to_owned() },
                evidence: Vec::new(),
            },
        },
        Stays::NoGroup { address, iommu: IommuState::On { groups: 30 } },
        Stays::GroupUnknown { address, trouble: Trouble::new("/sys/x", SourceErrorKind::System(5)) },
        Stays::GroupUnknown { address, trouble: Trouble::new("/sys/x", "banana") },
        Stays::GroupStays { group, others: vec![address] },
        Stays::HostNeeds { group, address, driver: DriverName::new("i801_smbus").unwrap() },
        Stays::VirtualFunctions { address, count: 7 },
        Stays::SystemDisk { address, path: "/".to_owned() },
        Stays::LastGraphics { card: address },
    ];
    for stays in &all {
        match stays {
            Stays::Nothing
            | Stays::NotFound { .. }
            | Stays::Bridge { .. }
            | Stays::NoGroup { .. }
            | Stays::GroupUnknown { .. }
            | Stays::GroupStays { .. }
            | Stays::HostNeeds { .. }
            | Stays::VirtualFunctions { .. }
            | Stays::SystemDisk { .. }
            | Stays::LastGraphics { .. } => {}
        }
    }
    all
}

/// Every reason for which a reservation on trial is not kept.
fn not_kept() -> Vec<Refusal> {
    let address = device();
    let not = |part, instead| Refusal::NotKept {
        part,
        instead: Some(instead),
        cause: Some(gangway_core::checks::CheckId::GroupViable),
        unread: None,
    };
    let mut all: Vec<Refusal> = ["none", "waiting", "over", "confirmed", "without", "foreign", "unknown"]
        .map(|standing| Refusal::NotOnTrial { standing: standing.to_owned() })
        .to_vec();
    let early = ["refused: x", "failed: x", "odd", "reserved 0000:01:00.0=10de:2484"].map(Early::parse);
    all.extend(early.map(|early| not(Part::Early, Broken::Early(early))));
    all.extend([
        not(Part::Early, Broken::Early(Early::DidNotRun)),
        not(Part::Driver(address), Broken::Instead("nvidia".to_owned())),
        not(Part::Device(address), Broken::Moved(address)),
        not(Part::Device(address), Broken::Replaced),
        not(Part::Device(address), Broken::Unclear(vec![address])),
        not(Part::Group(address), Broken::Held(vec![(address, "nvidia".to_owned())])),
        not(Part::Image, Broken::Changed),
        not(Part::Newest, Broken::Newer("6.13.0".to_owned())),
        not(Part::Twin(address), Broken::Missing),
        Refusal::NotKept {
            part: Part::Former,
            instead: None,
            cause: None,
            unread: Some("/boot/grub/grub.cfg".to_owned()),
        },
    ]);
    all
}
