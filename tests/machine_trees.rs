//! Machines that are broken in every way we could think of, and real trees of other people's: a scan never fails,
//! says what it could not read, and sees the same in a captured machine.

#![expect(clippy::disallowed_methods, reason = "makes the trees that are read, in a temporary folder")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use gangway_core::host::{Host, IommuOff, IommuState};
use gangway_core::machine_file::{MachineBuilder, MachineFile};
use gangway_core::pci::{Names, PciAddress};
use gangway_core::reading::{Reading, TroubleDetail};
use gangway_core::source::{Source, SourceErrorKind};
use gangway_tests::programs::Program;
use gangway_tests::tree;
use gangway_tests::{corpus, invariants};
use proptest::prelude::*;
use tempfile::TempDir;

const UEVENT: &str =
    "DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:2484\nPCI_SUBSYS_ID=1458:404C\nPCI_SLOT_NAME=0000:01:00.0\n";

/// A tree with one graphics card behind a port, to be broken.
struct Broken {
    folder: TempDir,
}

impl Broken {
    fn new() -> Self {
        let this = Self { folder: tree::folder() };
        let card = this.path("sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0");
        fs::create_dir_all(&card).unwrap();
        fs::create_dir_all(this.path("sys/bus/pci/devices")).unwrap();
        fs::create_dir_all(this.path("sys/kernel/iommu_groups/1")).unwrap();
        this.write("sys/kernel/iommu_groups/1/type", "DMA\n");
        for (name, text) in
            [("uevent", UEVENT), ("revision", "0xa1\n"), ("driver_override", "(null)\n"), ("boot_vga", "1\n")]
        {
            fs::write(card.join(name), text).unwrap();
        }
        symlink("../../../../kernel/iommu_groups/1", card.join("iommu_group")).unwrap();
        symlink("../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0", this.device("0000:01:00.0"))
            .unwrap();
        this
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn device(&self, address: &str) -> PathBuf {
        self.path("sys/bus/pci/devices").join(address)
    }

    /// An attribute of the card.
    fn attribute(&self, name: &str) -> PathBuf {
        self.path("sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0").join(name)
    }

    fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn source(&self) -> Source {
        Source::folder(self.folder.path()).unwrap()
    }

    /// Scans, and sees that the captured machine says the same.
    fn scan(&self) -> Host {
        scan_both_ways(&self.source())
    }

    fn card(&self) -> gangway_core::host::Function {
        let host = self.scan();
        host.function(address("0000:01:00.0")).unwrap().clone()
    }
}

fn address(text: &str) -> PciAddress {
    text.parse().unwrap()
}

fn scan_both_ways(source: &Source) -> Host {
    let host = Host::scan(source);
    let text = MachineFile::capture(source).write();
    let machine = MachineFile::parse(text.as_bytes()).unwrap();
    assert_eq!(machine.write(), text);
    assert_eq!(Host::scan(&Source::machine(&machine)), host, "{}", source.label());
    let names = Names::bundled();
    for function in &host.functions {
        let name = host.name_of(function, &names);
        assert!(!name.title.is_empty() && !name.vendor.is_empty() && !name.full.is_empty());
        assert!(
            host.card_of(function.address).is_some_and(|card| card.functions.contains(&function.address))
        );
    }
    assert!(host.functions.is_sorted_by_key(|function| function.address));
    host
}

#[test]
fn a_whole_tree_reads_whole() {
    let broken = Broken::new();
    let host = broken.scan();
    assert_eq!(host.problems, []);
    let card = broken.card();
    assert_eq!(card.parent, Some(address("0000:00:01.0")));
    assert_eq!(card.boot_display, Reading::Known(true));
    assert_eq!(card.revision, Reading::Known(0xa1));
    assert!(card.driver_override.is_absent());
    assert_eq!(host.iommu, IommuState::On { groups: 1 });
}

#[test]
fn an_empty_folder_is_a_machine_without_devices() {
    let folder = tree::folder();
    let host = scan_both_ways(&Source::folder(folder.path()).unwrap());
    assert!(host.functions.is_empty() && host.groups.is_empty() && host.problems.is_empty());
    assert!(matches!(host.iommu, IommuState::Off { why: IommuOff::NotTold, .. }));
    assert!(host.command_line.is_absent());
}

#[test]
fn without_a_uevent_the_single_attributes_tell() {
    let broken = Broken::new();
    for text in [None, Some(""), Some("\0\u{fffd}garbage"), Some("PCI_CLASS=x\nPCI_ID=1\nDRIVER=a/b\n")] {
        let _ = fs::remove_file(broken.attribute("uevent"));
        if let Some(text) = text {
            fs::write(broken.attribute("uevent"), text).unwrap();
        }
        for (name, text) in [("class", "0x030200\n"), ("vendor", "0x10de\n"), ("device", "0x25a2\n")] {
            fs::write(broken.attribute(name), text).unwrap();
        }
        fs::write(broken.attribute("subsystem_vendor"), "0x17aa\n").unwrap();
        fs::write(broken.attribute("subsystem_device"), "0x3a9c\n").unwrap();
        let _ = fs::remove_file(broken.attribute("driver"));
        symlink("../../../../bus/pci/drivers/nouveau", broken.attribute("driver")).unwrap();
        let card = broken.card();
        assert_eq!(card.class.known().unwrap().to_string(), "030200", "{text:?}");
        assert_eq!(card.device.known().unwrap().to_string(), "25a2");
        assert_eq!(card.subsystem.known().unwrap().to_string(), "17aa:3a9c");
        assert_eq!(card.driver.known().unwrap().as_str(), "nouveau");
    }
}

#[test]
fn absent_unreadable_and_nonsense_stay_apart() {
    let broken = Broken::new();
    fs::remove_file(broken.attribute("revision")).unwrap();
    assert!(broken.card().revision.is_absent());
    fs::create_dir(broken.attribute("revision")).unwrap();
    let path = "/sys/bus/pci/devices/0000:01:00.0/revision";
    assert_eq!(broken.card().revision, Reading::unreadable(path, SourceErrorKind::NotAFile));
    fs::remove_dir(broken.attribute("revision")).unwrap();
    for text in ["", "banana", "0x1ff", "a1", "\u{0}"] {
        fs::write(broken.attribute("revision"), text).unwrap();
        assert_eq!(broken.card().revision, Reading::nonsense(path, text), "{text:?}");
    }
    let host = broken.scan();
    assert_eq!(host.problems.len(), 1);
    assert_eq!(host.problems[0].path, path);
}

#[test]
fn garbled_attributes_are_shown_as_such() {
    let broken = Broken::new();
    fs::write(broken.attribute("boot_vga"), "maybe\n").unwrap();
    fs::remove_file(broken.attribute("iommu_group")).unwrap();
    symlink("../../../../kernel/iommu_groups/many", broken.attribute("iommu_group")).unwrap();
    let card = broken.card();
    assert!(matches!(card.boot_display, Reading::Nonsense(_)), "{card:?}");
    assert!(matches!(card.group, Reading::Nonsense(_)), "{card:?}");
    fs::remove_file(broken.attribute("iommu_group")).unwrap();
    fs::write(broken.attribute("iommu_group"), "1").unwrap();
    assert!(matches!(broken.card().group, Reading::Unreadable(_)));
    fs::write(broken.attribute("driver_override"), [0xff, 0xfe, b'\n']).unwrap();
    assert!(matches!(broken.card().driver_override, Reading::Nonsense(_)));
    fs::write(broken.attribute("revision"), "x".repeat(100_000)).unwrap();
    assert_eq!(broken.card().revision.trouble().unwrap().detail, SourceErrorKind::TooLarge.into());
}

#[test]
fn dangling_and_looping_links_are_clean_errors() {
    let broken = Broken::new();
    symlink("../../../devices/pci0000:00/nothing", broken.device("0000:02:00.0")).unwrap();
    symlink("0000:04:00.0", broken.device("0000:03:00.0")).unwrap();
    symlink("0000:03:00.0", broken.device("0000:04:00.0")).unwrap();
    fs::write(broken.device("0000:05:00.0"), "a file").unwrap();
    fs::write(broken.device("banana"), "").unwrap();
    fs::remove_file(broken.attribute("uevent")).unwrap();
    symlink("uevent", broken.attribute("uevent")).unwrap();
    fs::remove_file(broken.attribute("revision")).unwrap();
    symlink("gone", broken.attribute("revision")).unwrap();
    let host = Host::scan(&broken.source());
    let class =
        |at: &str| host.function(address(at)).unwrap().class.trouble().map(|trouble| trouble.detail.clone());
    assert_eq!(class("0000:02:00.0"), Some(SourceErrorKind::Dangling.into()));
    assert_eq!(class("0000:03:00.0"), Some(SourceErrorKind::Loop.into()));
    assert_eq!(class("0000:05:00.0"), Some(SourceErrorKind::NotAFolder.into()));
    let revision = &host.function(address("0000:01:00.0")).unwrap().revision;
    assert_eq!(revision.trouble().unwrap().detail, SourceErrorKind::Dangling.into());
    assert!(host.problems.iter().any(|trouble| trouble.path.ends_with("/banana")));
    let text = MachineFile::capture(&broken.source()).write();
    let again = Host::scan(&Source::machine(&MachineFile::parse(text.as_bytes()).unwrap()));
    assert_eq!(again.functions, host.functions);
}

#[test]
fn links_stay_inside_the_root() {
    let broken = Broken::new();
    let outside = tree::folder();
    fs::write(outside.path().join("secret"), "0x77\n").unwrap();
    let secret = outside.path().join("secret");
    fs::remove_file(broken.attribute("revision")).unwrap();
    symlink(&secret, broken.attribute("revision")).unwrap();
    assert_eq!(broken.card().revision.trouble().unwrap().detail, SourceErrorKind::Dangling.into());
    let up = format!("{}{}", "../".repeat(40), secret.display());
    fs::remove_file(broken.attribute("revision")).unwrap();
    symlink(up, broken.attribute("revision")).unwrap();
    assert_eq!(broken.card().revision.trouble().unwrap().detail, SourceErrorKind::Dangling.into());
    // An absolute link means the same place below the root.
    broken.write("etc/revision", "0x42\n");
    fs::remove_file(broken.attribute("revision")).unwrap();
    symlink("/etc/revision", broken.attribute("revision")).unwrap();
    assert_eq!(broken.card().revision, Reading::Known(0x42));
}

#[test]
fn reading_never_waits_for_a_pipe() {
    let broken = Broken::new();
    fs::remove_file(broken.attribute("revision")).unwrap();
    let made = Program::new("mkfifo").arg(broken.attribute("revision")).run();
    assert_eq!(made.status, 0, "{}", made.errors);
    assert_eq!(broken.card().revision.trouble().unwrap().detail, SourceErrorKind::NotAFile.into());
    let error =
        broken.source().read("sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/revision").unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::NotAFile);
}

#[test]
fn a_host_with_a_name_of_the_kernels_keeps_its_networks() {
    let broken = Broken::new();
    for path in [
        "proc/sys/kernel",
        "proc/net",
        "sys/class/net",
        "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/net",
    ] {
        fs::create_dir_all(broken.path(path)).unwrap();
    }
    broken.write("proc/sys/kernel/hostname", "net\n");
    let target = "../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/net";
    symlink(target, broken.path("sys/class/net/net")).unwrap();
    let zeros = "0".repeat(32);
    broken.write(
        "proc/net/ipv6_route",
        &format!(
            "{zeros} 00 {zeros} 00 fe80000000000000525400fffe123456 00000400 00000001 00000000 00000003 net\n"
        ),
    );
    let host = Host::scan(&broken.source());
    let machine = MachineFile::capture(&broken.source());
    assert!(!machine.write().contains("525400"), "{}", machine.write());
    let again = Host::scan(&Source::machine(&machine));
    let ways = |host: &Host| host.claims_of("01:00.0".parse().unwrap()).count();
    assert_eq!((ways(&host), ways(&again)), (1, 1));
}

#[test]
fn only_the_kernels_spelling_is_an_entry() {
    let broken = Broken::new();
    for name in ["01:00.1", "00000:02:00.0", "0000:0A:00.0", "0000:01:00.8"] {
        symlink("../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0", broken.device(name)).unwrap();
    }
    let host = scan_both_ways(&broken.source());
    assert_eq!(host.functions.len(), 1);
    let details: Vec<_> = host.problems.iter().map(|problem| &problem.detail).collect();
    assert_eq!(details, [&TroubleDetail::NotAnAddress; 4]);
}

#[test]
fn every_display_controller_may_be_the_boot_display() {
    let broken = Broken::new();
    fs::write(broken.attribute("uevent"), UEVENT.replace("=30000", "=38000")).unwrap();
    assert_eq!(broken.card().boot_display, Reading::Known(true));
    fs::remove_file(broken.attribute("boot_vga")).unwrap();
    assert_eq!(broken.card().boot_display, Reading::Absent);
}

#[test]
fn virtual_functions_are_cards_of_their_own() {
    let broken = Broken::new();
    for number in 1..4 {
        let at = format!("0000:01:00.{number}");
        let place = format!("sys/devices/pci0000:00/0000:00:01.0/{at}");
        broken.write(&format!("{place}/uevent"), UEVENT);
        symlink("../0000:01:00.0", broken.path(&place).join("physfn")).unwrap();
        symlink(format!("../../../devices/pci0000:00/0000:00:01.0/{at}"), broken.device(&at)).unwrap();
    }
    let host = broken.scan();
    assert_eq!(host.cards.len(), 4);
    assert_eq!(host.virtual_functions_of(address("0000:01:00.0")).count(), 3);
    assert_eq!(host.function(address("0000:01:00.2")).unwrap().card, address("0000:01:00.2"));
}

#[test]
fn ten_thousand_functions_are_read() {
    let folder = tree::folder();
    let mut expected = BTreeSet::new();
    fs::create_dir_all(folder.path().join("sys/bus/pci/devices")).unwrap();
    for number in 0..10_000_u32 {
        let at = PciAddress::new(number >> 13, (number >> 5 & 0xff) as u8, (number & 0x1f) as u8, 0).unwrap();
        expected.insert(at);
        let place = format!("sys/devices/pci{:04x}:{:02x}/{at}", at.domain(), at.bus());
        let home = folder.path().join(&place);
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("uevent"), format!("PCI_CLASS=20000\nPCI_ID=8086:{:04X}\n", number & 0xfff))
            .unwrap();
        symlink(format!("../../../kernel/iommu_groups/{}", number / 2), home.join("iommu_group")).unwrap();
        symlink(format!("../../../../{place}"), folder.path().join(format!("sys/bus/pci/devices/{at}")))
            .unwrap();
    }
    let source = Source::folder(folder.path()).unwrap();
    let host = Host::scan(&source);
    assert_eq!(host.functions.iter().map(|function| function.address).collect::<BTreeSet<_>>(), expected);
    assert_eq!(host.groups.len(), 5_000);
    assert_eq!(host.problems, []);
    let captured = MachineFile::capture(&source);
    assert_eq!(Host::scan(&Source::machine(&captured)), host);
}

/// The folders named `sys` in unpacked trees.
fn roots(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if folder.join("sys/bus/pci").is_dir() {
        found.push(folder.to_path_buf());
    } else if depth > 0 {
        for entry in
            folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
        {
            roots(&entry, depth - 1, found);
        }
    }
}

#[test]
fn trees_of_other_people_keep_their_invariants() {
    let Some(corpus) = corpus() else { return };
    let mut seen = 0;
    for archive in corpus.join("sysfs/tar").read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let folder = tree::folder();
        let run = Program::new("tar")
            .args(["--no-same-owner", "-C"])
            .arg(folder.path())
            .arg("-xzf")
            .arg(&archive)
            .run();
        assert_eq!(run.status, 0, "{}: {}", archive.display(), run.errors);
        let mut found = Vec::new();
        roots(folder.path(), 3, &mut found);
        for root in found {
            let source = Source::folder(&root).unwrap();
            let names = source.list("sys/bus/pci/devices").unwrap();
            let host = scan_both_ways(&source);
            invariants::hold(&archive.display().to_string(), &source);
            assert_eq!(host.functions.len(), names.len(), "{}", archive.display());
            seen += host.functions.len();
        }
    }
    assert!(seen > 100, "only {seen} functions in all trees");
}

/// What the kernel itself says in a `uevent`; everything else in a record is udev's.
const KERNELS: [&str; 10] = [
    "DRIVER=",
    "PCI_",
    "MAJOR=",
    "MINOR=",
    "DEVTYPE=",
    "PRODUCT=",
    "TYPE=",
    "INTERFACE=",
    "BUSNUM=",
    "DEVNUM=",
];

/// A machine out of device records as udev exports (`P:`, `E:`) and umockdev records (`A:`, `H:`, `L:` too) have them:
/// PCI and USB devices, disks, networks, graphics and sound. Gives also what each PCI record says of its class, ids and
/// driver.
fn from_records(text: &str) -> (MachineFile, Vec<(PciAddress, String)>) {
    let mut builder = MachineBuilder::default();
    let mut expected = Vec::new();
    for record in text.split("\n\n") {
        let field = |kind: &str| {
            record
                .lines()
                .filter_map(move |line| line.strip_prefix(kind))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let Some(path) = field("P: ").pop() else { continue };
        let place = format!("/sys{path}");
        let properties = field("E: ");
        let keep = |line: &&String| KERNELS.into_iter().any(|name| line.starts_with(name));
        let uevent: String = properties.iter().filter(keep).map(|line| format!("{line}\n")).collect();
        builder.file(&format!("{place}/uevent"), uevent.clone());
        for (name, value) in field("A: ").iter().filter_map(|line| line.split_once('=')) {
            builder.file(&format!("{place}/{name}"), value.replace("\\n", "\n"));
        }
        for (name, target) in field("L: ").iter().filter_map(|line| line.split_once('=')) {
            builder.link(&format!("{place}/{name}"), target);
        }
        let value = |name: &str| properties.iter().find_map(|line| line.strip_prefix(name));
        let at = path.rsplit('/').next().unwrap();
        let subsystem = value("SUBSYSTEM=").unwrap_or_default();
        if ["block", "bluetooth", "drm", "net", "sound"].contains(&subsystem) {
            builder.link(&format!("/sys/class/{subsystem}/{at}"), format!("../..{path}"));
        }
        if subsystem == "usb" {
            builder.link(&format!("/sys/bus/usb/devices/{at}"), format!("../../..{path}"));
        }
        if let Some((major, minor)) = value("MAJOR=").zip(value("MINOR=")).filter(|_| subsystem == "block") {
            builder.link(&format!("/sys/dev/block/{major}:{minor}"), format!("../..{path}"));
            let content: String = properties
                .iter()
                .filter(|line| line.starts_with("ID_FS_") || line.starts_with("ID_PART_ENTRY_TYPE="))
                .map(|line| format!("E:{line}\n"))
                .collect();
            builder.file(&format!("/run/udev/data/b{major}:{minor}"), content);
        }
        if subsystem == "pci" {
            builder.link(
                &format!("/sys/bus/pci/devices/{at}"),
                format!("../../../{}", place.trim_start_matches("/sys/")),
            );
            expected.push((at.parse().unwrap(), uevent));
        }
    }
    (builder.build(), expected)
}

#[test]
fn records_of_other_people_read_as_they_say() {
    let Some(corpus) = corpus() else { return };
    let (mut seen, mut usb, mut graphics) = (0, 0, 0);
    let folders = ["sysfs/udevadm", "sysfs/umockdev"];
    for folder in folders.iter().map(|folder| corpus.join(folder)) {
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            let (machine, expected) = from_records(&text);
            let source = Source::machine(&machine);
            let host = scan_both_ways(&source);
            let model = invariants::hold(&path.display().to_string(), &source);
            usb += model.devices.usb.devices.len();
            graphics += model.devices.holders.graphics.len();
            assert_eq!(host.functions.len(), expected.len(), "{}", path.display());
            for (at, uevent) in expected {
                let function = host.function(at).unwrap();
                let said = |name: &str| {
                    uevent.lines().find_map(|line| line.strip_prefix(name)).map(str::to_lowercase)
                };
                let class = function.class.known().map(|class| class.code());
                assert_eq!(class, said("PCI_CLASS=").and_then(|class| u32::from_str_radix(&class, 16).ok()));
                let ids =
                    function.vendor.known().zip(function.device.known()).map(|(a, b)| format!("{a}:{b}"));
                assert_eq!(ids, said("PCI_ID="), "{}: {at}", path.display());
                let driver = function.driver.known().map(|driver| driver.as_str().to_lowercase());
                assert_eq!(driver, said("DRIVER="), "{}: {at}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 500, "only {seen} PCI records");
    assert!(usb > 200 && graphics > 40, "{usb} USB devices, {graphics} graphics nodes");
}

/// A function with attributes of any quality, below a bridge or not.
fn any_function()
-> impl Strategy<Value = (PciAddress, bool, Vec<(&'static str, &'static str)>, Option<&'static str>)> {
    let texts = prop::sample::select(vec![
        "",
        "0x10de\n",
        "0x030000\n",
        "0xa1",
        "1\n",
        "banana",
        "(null)\n",
        "vfio-pci\n",
        UEVENT,
        "\u{0}",
    ]);
    let names = prop::sample::select(vec![
        "uevent",
        "revision",
        "class",
        "vendor",
        "device",
        "driver_override",
        "boot_vga",
        "subsystem_vendor",
        "reset_method",
    ]);
    let groups = prop::sample::select(vec![
        "../../../kernel/iommu_groups/7",
        "../../../kernel/iommu_groups/8",
        "nowhere",
        "/x/9",
    ]);
    let at =
        (0..3_u32, 0..3_u8, 0..3_u8, 0..3_u8).prop_map(|(a, b, c, d)| PciAddress::new(a, b, c, d).unwrap());
    (at, any::<bool>(), prop::collection::vec((names, texts), 0..8), prop::option::of(groups))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_captured_machine_says_what_its_original_says(
        functions in prop::collection::vec(any_function(), 0..12),
        unreadable in prop::option::of(any_function()),
    ) {
        let mut builder = MachineBuilder::default();
        for (at, below, attributes, group) in functions {
            let above = if below { "/0000:00:01.0" } else { "" };
            let place = format!("devices/pci0000:00{above}/{at}");
            builder.link(&format!("/sys/bus/pci/devices/{at}"), format!("../../../{place}"));
            for (name, text) in attributes {
                builder.file(&format!("/sys/{place}/{name}"), text);
            }
            if let Some(group) = group {
                builder.link(&format!("/sys/{place}/iommu_group"), group);
            }
        }
        if let Some((at, ..)) = unreadable {
            builder.unreadable(&format!("/sys/bus/pci/devices/{at}"), SourceErrorKind::NoPermission);
        }
        scan_both_ways(&Source::machine(&builder.build()));
    }
}
