//! The device side of the full model over captured machines: what is captured says what was read, without personal
//! data; trees that contradict themselves and trees of other people are read without a crash or a contradiction.

#![expect(clippy::disallowed_methods, reason = "reads the corpus, which is no machine")]

use std::collections::BTreeSet;
use std::fs;

use gangway_core::devices::{Comparison, Devices, Identity, uses};
use gangway_core::host::{Function, Host};
use gangway_core::machine_file::{MachineBuilder, MachineFile};
use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::reading::Reading;
use gangway_core::source::{Source, SourceErrorKind};
use gangway_tests::programs::Program;
use gangway_tests::{corpus, machines, tree};
use proptest::prelude::*;

/// What is read may not contradict itself.
fn check(model: &Model, label: &str) {
    let Model { host, devices, .. } = model;
    let all: Vec<PciAddress> = host.functions.iter().map(|function| function.address).collect();
    for used in uses::uses(host, devices, &[], &all) {
        assert!(host.function(used.address).is_some(), "{label}: {used:?}");
        let alone = uses::uses(host, devices, &[], &[used.address]);
        assert!(!alone.is_empty() || format!("{used:?}").contains("only: true"), "{label}: {used:?}");
    }
    for extras in &devices.functions {
        let function = host.function(extras.address).unwrap();
        assert!(!function.is_bridge(), "{label}: {extras:?}");
        let vendor_known = function.vendor.is_known() && function.device.is_known();
        let identity = Identity::of(host, Some(devices), extras.address);
        assert_eq!(identity.is_some(), vendor_known, "{label}: {}", extras.address);
        if let Some(identity) = identity {
            let found = identity.compare(host, Some(devices));
            let twins =
                matches!(&found, Comparison::Unclear { candidates } if candidates.contains(&extras.address));
            assert!(found == Comparison::Same || twins, "{label}: {identity}: {found:?}");
            assert_eq!(identity.to_string().parse(), Ok(identity), "{label}");
        }
    }
    assert!(devices.functions.is_sorted_by_key(|extras| extras.address), "{label}");
    for bridge in &devices.bridges {
        assert!(host.function(bridge.address).unwrap().is_bridge(), "{label}: {bridge:?}");
        let asleep = bridge.power_state.known().is_some_and(|state| state != "D0" && state != "unknown");
        assert!(!asleep || bridge.link.speed.is_absent(), "{label}: {bridge:?}");
    }
    assert!(devices.bridges.is_sorted_by_key(|bridge| bridge.address), "{label}");
    for driver in devices.modules.keys() {
        let has_it = |function: &Function| function.driver.known() == Some(driver);
        assert!(host.functions.iter().any(has_it), "{label}: {driver:?}");
    }
    let names: BTreeSet<&str> = devices.storage.blocks.iter().map(|block| block.name.as_str()).collect();
    assert_eq!(names.len(), devices.storage.blocks.len(), "{label}");
    for mount in &devices.storage.mounts {
        devices.storage.ground_of_mount(mount);
    }
    for device in &devices.usb.devices {
        assert!(!device.name().is_empty(), "{label}: {device:?}");
    }
}

/// Serial numbers are replaced in a captured machine, and names of pools.
fn without_serials(mut devices: Devices) -> Devices {
    for extras in &mut devices.functions {
        extras.serial = extras.serial.clone().map(|_| String::new());
    }
    for device in &mut devices.usb.devices {
        device.serial = device.serial.clone().map(|_| String::new());
    }
    devices
}

/// Reads a machine and its capture, which must say the same.
fn read_both_ways(source: &Source) -> Model {
    let model = Model::read(source);
    check(&model, &source.label());
    let text = MachineFile::capture(source).write();
    let machine = MachineFile::parse(text.as_bytes()).unwrap();
    assert_eq!(machine.write(), text);
    let again = Model::read(&Source::machine(&machine));
    assert_eq!(without_serials(again.devices), without_serials(model.devices.clone()), "{}", source.label());
    model
}

#[test]
fn a_captured_machine_says_all_of_its_original() {
    let source = Source::machine(&full_machine(&COMMON).build());
    let model = read_both_ways(&source);
    // Each part must have been there, or nothing was compared.
    let devices = &model.devices;
    assert_eq!(devices.problems, []);
    assert!(
        devices.storage.blocks.len() == 5
            && devices.storage.mounts.len() == 3
            && devices.storage.swaps.len() == 1
    );
    assert!(
        devices.storage.btrfs.len() == 1
            && devices.storage.blocks.iter().any(|block| block.content.is_known())
    );
    assert!(devices.network.interfaces.len() == 3 && devices.network.routes.len() == 2);
    assert!(devices.network.interfaces.iter().any(|interface| interface.master.is_some()));
    assert!(devices.sound[0].playing() == Some(true) && devices.usb.buses[0].ports[0].connect.is_known());
    assert!(
        devices.usb.devices.len() == 2 && devices.usb.inputs.len() == 1 && devices.usb.bluetooth.len() == 1
    );
    assert!(devices.pictures.firmware[0].driver.is_known() && devices.pictures.consoles[0].bound.is_known());
    assert!(devices.pictures.memory.len() == 1 && devices.pictures.framebuffers.len() == 1);
    assert!(
        devices.holders.holders.len() == 2 && devices.holders.graphics.len() == 3 && devices.holders.hidden
    );
    assert!(devices.acs.readable && devices.acs.bridges.len() == 1);
    let card = devices.function("01:00.0".parse().unwrap()).unwrap();
    assert!(
        card.link.speed.is_known() && card.serial.is_known() && card.resizable.as_ref().unwrap().len() == 1
    );
    let port = devices.bridge("00:01.0".parse().unwrap()).unwrap();
    assert!(port.link.speed.is_known() && port.power_state.is_known() && port.d3cold_allowed.is_known());
    let modules = devices.modules.iter().map(|(driver, module)| (driver.as_str(), module.known()));
    let known: Vec<_> = modules.filter_map(|(driver, module)| Some((driver, module?.as_str()))).collect();
    assert_eq!(known, [("amdgpu", "amdgpu"), ("xhci_hcd", "xhci_pci")]);
    assert_eq!(devices.modules.len(), 5, "those of which nothing is told are known by name");
}

#[test]
fn what_says_whose_machine_it_is_stays_out() {
    let text = MachineFile::capture(&Source::machine(&full_machine(&PERSONAL).build())).write();
    let secrets = [
        "S5GXNX0R",
        "KEYB0ARD",
        "f00dcafe",
        "52:54:00:aa:bb:cc",
        "525400aabbcc",
        "holidays",
        "Annas",
        "familie",
        "0f0f0f0f-1111-2222-3333-444444444444",
        "vim",
        "/home/anna",
        "anna",
        "secret-partition",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("volume1/data"), "the pool of a mount and of its member stay the same: {text}");
}

/// Names in a machine: those that everybody has, or somebody's own.
struct Called {
    pool: &'static str,
    keyboard: &'static str,
    interface: &'static str,
}

const COMMON: Called = Called { pool: "tank", keyboard: "Keyboard", interface: "usb0" };
const PERSONAL: Called = Called { pool: "familie", keyboard: "Annas Keyboard", interface: "enx525400aabbcc" };

/// A computer with one of everything that is read of devices.
fn full_machine(called: &Called) -> MachineBuilder {
    let mut builder = MachineBuilder::default();
    let root = "/sys/devices/pci0000:00";
    for (place, class, driver) in [
        ("0000:00:01.0", "60400", "pcieport"),
        ("0000:00:01.0/0000:01:00.0", "30000", "amdgpu"),
        ("0000:00:14.0", "c0330", "xhci_hcd"),
        ("0000:02:00.0", "10802", "nvme"),
        ("0000:03:00.0", "20000", "igb"),
    ] {
        let at = place.rsplit('/').next().unwrap();
        let event = format!("DRIVER={driver}\nPCI_CLASS={class}\nPCI_ID=1002:743F\nPCI_SLOT_NAME={at}\n");
        builder.link(&format!("/sys/bus/pci/devices/{at}"), format!("../../../devices/pci0000:00/{place}"));
        builder.file(&format!("{root}/{place}/uevent"), event);
        builder.file(&format!("{root}/{place}/class"), format!("0x{class:0>6}\n"));
        builder.file(&format!("{root}/{place}/power_state"), "D0\n");
    }
    for (driver, module) in [("amdgpu", "amdgpu"), ("xhci_hcd", "xhci_pci"), ("unused", "unused")] {
        let link = format!("/sys/bus/pci/drivers/{driver}/module");
        builder.link(&link, format!("../../../../module/{module}"));
    }
    for (name, text) in [
        ("max_link_speed", "16.0 GT/s PCIe\n"),
        ("current_link_speed", "16.0 GT/s PCIe\n"),
        ("d3cold_allowed", "1\n"),
    ] {
        builder.file(&format!("{root}/0000:00:01.0/{name}"), text);
    }
    let mut config = vec![0; 4096];
    config[0x100..0x108].copy_from_slice(&[0x0d, 0, 1, 0, 0x1f, 0, 0x1d, 0]);
    builder.file(&format!("{root}/0000:00:01.0/config"), config);
    let card = format!("{root}/0000:00:01.0/0000:01:00.0");
    for (name, text) in [
        ("max_link_speed", "16.0 GT/s PCIe\n"),
        ("max_link_width", "16\n"),
        ("current_link_speed", "2.5 GT/s PCIe\n"),
        ("current_link_width", "8\n"),
        ("resource0_resize", "7f00\n"),
        ("unique_id", "f00dcafe\n"),
        ("d3cold_allowed", "1\n"),
        ("drm/card1/card1-DP-1/status", "connected\n"),
        ("sound/card0/id", "HDMI\n"),
    ] {
        builder.file(&format!("{card}/{name}"), text);
    }
    let below = "../../devices/pci0000:00/0000:00:01.0/0000:01:00.0";
    builder.link("/sys/class/drm/card1", format!("{below}/drm/card1"));
    builder.link("/sys/class/drm/card1-DP-1", format!("{below}/drm/card1/card1-DP-1"));
    builder.link("/sys/class/drm/renderD128", format!("{below}/drm/renderD128"));
    builder.folder(&format!("{card}/drm/renderD128"));
    builder.link("/sys/class/sound/card0", format!("{below}/sound/card0"));
    builder.file("/proc/asound/cards", " 0 [HDMI           ]: HDA-Intel - HDA ATI HDMI\n");
    builder.file("/proc/asound/pcm", "00-03: HDMI 0 : HDMI 0 : playback 1\n");
    builder.file("/proc/asound/card0/pcm3p/sub0/status", "state: RUNNING\nowner_pid   : 4242\n");
    builder.file("/proc/fb", "0 EFI VGA\n");
    builder.file("/proc/iomem", "0-0 : 0000:01:00.0\n  0-0 : BOOTFB\n");
    builder
        .link("/sys/bus/platform/devices/efi-framebuffer.0", "../../../devices/platform/efi-framebuffer.0");
    builder.link(
        "/sys/devices/platform/efi-framebuffer.0/driver",
        "../../../bus/platform/drivers/efi-framebuffer",
    );
    builder.link("/sys/class/vtconsole/vtcon1", "../../devices/virtual/vtconsole/vtcon1");
    builder.file("/sys/devices/virtual/vtconsole/vtcon1/name", "(M) frame buffer device\n");
    builder.file("/sys/devices/virtual/vtconsole/vtcon1/bind", "1\n");
    storage(&mut builder, called);
    network(&mut builder, called);
    usb(&mut builder, called);
    builder.link("/proc/7/fd/3", "/dev/dri/card1");
    builder.link("/proc/7/fd/4", "/home/anna/secret");
    builder.file("/proc/7/comm", "mutter\n");
    builder.link("/proc/8/fd/3", "/home/anna/other");
    builder.file("/proc/8/comm", "vim\n");
    builder.link("/proc/9/fd/0", "/dev/nvidiactl");
    builder.file("/proc/9/comm", "ollama\n");
    builder.unreadable("/proc/1/fd", SourceErrorKind::NoPermission);
    builder
        .file("/proc/driver/nvidia/gpus/0000:01:00.0/information", "GPU UUID: holidays\nDevice Minor: 0\n");
    builder.file("/etc/passwd", "anna:x:1000:1000::/home/anna:/bin/sh\n");
    builder.file("/etc/hostname", "Annas\n");
    builder
}

fn storage(builder: &mut MachineBuilder, called: &Called) {
    let nvme = "devices/pci0000:00/0000:02:00.0/nvme/nvme0";
    builder.file(&format!("/sys/{nvme}/serial"), "S5GXNX0R\n");
    for (name, place, numbers, kind, more) in [
        ("nvme0n1", format!("{nvme}/nvme0n1"), "259:0", "disk", ""),
        (
            "nvme0n1p1",
            format!("{nvme}/nvme0n1/nvme0n1p1"),
            "259:1",
            "partition",
            "PARTNAME=secret-partition\n",
        ),
        ("nvme0n1p2", format!("{nvme}/nvme0n1/nvme0n1p2"), "259:2", "partition", ""),
        ("nvme0n1p3", format!("{nvme}/nvme0n1/nvme0n1p3"), "259:3", "partition", ""),
        ("dm-0", "devices/virtual/block/dm-0".to_owned(), "254:0", "disk", ""),
    ] {
        let (major, minor) = numbers.split_once(':').unwrap();
        builder.link(&format!("/sys/class/block/{name}"), format!("../../{place}"));
        builder.link(&format!("/sys/dev/block/{numbers}"), format!("../../{place}"));
        builder.file(
            &format!("/sys/{place}/uevent"),
            format!("MAJOR={major}\nMINOR={minor}\nDEVTYPE={kind}\n{more}"),
        );
        builder.file(&format!("/sys/{place}/size"), "2048\n");
    }
    builder.file(&format!("/sys/{nvme}/nvme0n1/device/model"), "Samsung SSD 980\n");
    builder.file(
        "/sys/devices/virtual/block/dm-0/dm/uuid",
        "CRYPT-LUKS2-0f0f0f0f111122223333444444444444-luks-holidays\n",
    );
    builder.file("/sys/devices/virtual/block/dm-0/dm/name", "system\n");
    builder.link(
        "/sys/devices/virtual/block/dm-0/slaves/nvme0n1p2",
        "../../../../pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p2",
    );
    builder.file("/run/udev/data/b259:1", "E:ID_FS_TYPE=vfat\nE:ID_FS_LABEL_ENC=Annas\nE:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b\n");
    builder.file("/run/udev/data/b259:2", "E:ID_FS_TYPE=crypto_LUKS\n");
    builder.file(
        "/run/udev/data/b259:3",
        format!("E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL={}\nE:ID_FS_UUID=77\n", called.pool),
    );
    builder.folder("/sys/fs/btrfs/0f0f0f0f-1111-2222-3333-444444444444/devices/dm-0");
    builder.file(
        "/proc/self/mountinfo",
        format!(
            "1 0 0:30 /@ / rw - btrfs /dev/mapper/system rw\n2 1 259:1 / /efi rw - vfat /dev/nvme0n1p1 rw\n\
             3 1 0:40 / /srv\\012x rw - zfs {}/data rw\n4 1 0:5 / /proc rw - proc proc rw\n",
            called.pool
        ),
    );
    builder.file("/proc/swaps", "Filename Type Size Used Priority\n/swap file 8 0 -2\n");
}

fn network(builder: &mut MachineBuilder, called: &Called) {
    let lan = "devices/pci0000:00/0000:03:00.0/net/lan";
    for (name, place, event, state) in [
        ("lan", lan, "", "up\n"),
        ("br0", "devices/virtual/net/br0", "DEVTYPE=bridge\n", "up\n"),
        (
            called.interface,
            &format!("devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/net/{}", called.interface),
            "",
            "down\n",
        ),
    ] {
        builder.link(&format!("/sys/class/net/{name}"), format!("../../{place}"));
        builder.file(&format!("/sys/{place}/uevent"), event);
        builder.file(&format!("/sys/{place}/type"), "1\n");
        builder.file(&format!("/sys/{place}/operstate"), state);
    }
    builder.file("/sys/devices/virtual/net/br0/bridge/root_id", "8000.525400aabbcc\n");
    builder.link("/sys/devices/virtual/net/br0/lower_lan", format!("../../../../{lan}"));
    builder.link(&format!("/sys/{lan}/master"), "../../../../virtual/net/br0");
    builder.file("/proc/net/route", "Iface Destination Gateway Flags RefCnt Use Metric Mask\nbr0 00000000 0102A8C0 0003 0 0 100 00000000\n");
    let zeros = "0".repeat(32);
    builder.file(
        "/proc/net/ipv6_route",
        format!(
            "{zeros} 00 {zeros} 00 fe80000000000000525400fffeaabbcc 00000400 00000001 00000000 00000003 br0\n"
        ),
    );
}

fn usb(builder: &mut MachineBuilder, called: &Called) {
    let keyboard = format!("{}\n", called.keyboard);
    let hub = "devices/pci0000:00/0000:00:14.0/usb1";
    for (name, below, files) in [
        (
            "usb1",
            "",
            &[("maxchild", "1\n"), ("speed", "480\n"), ("1-0:1.0/usb1-port1/connect_type", "hotplug\n")][..],
        ),
        (
            "1-1",
            "/1-1",
            &[("uevent", "PRODUCT=46d/c31c/1\nDEVNUM=3\n"), ("product", &keyboard), ("serial", "KEYB0ARD\n")],
        ),
        ("1-1:1.0", "/1-1/1-1:1.0", &[("uevent", "DRIVER=usbhid\nINTERFACE=3/1/1\n")]),
        ("1-9", "/1-9", &[("idVendor", "8087\n"), ("idProduct", "0026\n")]),
    ] {
        builder.link(&format!("/sys/bus/usb/devices/{name}"), format!("../../../{hub}{below}"));
        for (file, text) in files {
            builder.file(&format!("/sys/{hub}{below}/{file}"), *text);
        }
    }
    builder.link("/sys/class/bluetooth/hci0", format!("../../{hub}/1-9/1-9:1.0/bluetooth/hci0"));
    builder.folder(&format!("/sys/{hub}/1-9/1-9:1.0/bluetooth/hci0"));
    builder.file(
        "/proc/bus/input/devices",
        format!(
            "I: Bus=0003 Vendor=046d Product=c31c Version=0110\nN: Name=\"Keys\"\nP: Phys=52:54:00:aa:bb:cc\n\
             S: Sysfs=/{hub}/1-1/1-1:1.0/input/input5\nU: Uniq=52:54:00:aa:bb:cc\nB: PROP=0\nB: EV=120013\n\
             B: KEY=fffffffffffffffe\n\n"
        ),
    );
}

#[test]
fn the_machines_of_the_demo_are_whole() {
    for (name, machine) in machines::all() {
        let model = read_both_ways(&Source::machine(&machine));
        assert_eq!(model.devices.problems, [], "{name}");
        assert!(
            !model.devices.storage.mounts.is_empty() && !model.devices.network.routes.is_empty(),
            "{name}"
        );
    }
}

#[test]
fn this_computer_is_read() {
    let model = Model::read(&Source::live().unwrap());
    check(&model, "/");
}

#[test]
fn a_part_that_may_not_be_read_leaves_the_rest() {
    let places = [
        "/proc/self/mountinfo",
        "/proc/swaps",
        "/proc/net/route",
        "/sys/class/block",
        "/sys/class/net",
        "/sys/class/sound",
        "/sys/bus/usb/devices",
        "/proc/bus/input/devices",
        "/proc/iomem",
        "/sys/bus/platform/devices",
    ];
    for place in places {
        let mut builder = MachineBuilder::default();
        builder.unreadable(place, SourceErrorKind::NoPermission);
        let source = Source::machine(&builder.build());
        let devices = Devices::read(&source, &Host::scan(&source));
        assert!(
            devices.problems.iter().any(|trouble| trouble.path == place),
            "{place}: {:?}",
            devices.problems
        );
        assert!(!devices.network.routes_known && !devices.usb.inputs_known);
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
        let mut ahead = vec![folder.path().to_path_buf()];
        while let Some(place) = ahead.pop() {
            if place.join("sys").is_dir() {
                seen += read_both_ways(&Source::folder(&place).unwrap()).devices.functions.len();
            } else {
                ahead.extend(
                    place.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()),
                );
            }
        }
    }
    assert!(seen > 100, "only {seen} functions in all trees");
}

/// A machine out of device records as udev exports and umockdev records have them, with the links that the kernel makes.
fn from_records(text: &str) -> MachineFile {
    let mut builder = MachineBuilder::default();
    for record in text.split("\n\n") {
        let fields = |kind: &'static str| record.lines().filter_map(move |line| line.strip_prefix(kind));
        let Some(path) = fields("P: ").next() else { continue };
        let place = format!("/sys{path}");
        let event: String = fields("E: ").map(|line| format!("{line}\n")).collect();
        builder.file(&format!("{place}/uevent"), event);
        for (name, value) in fields("A: ").filter_map(|line| line.split_once('=')) {
            builder.file(&format!("{place}/{name}"), value.replace("\\n", "\n"));
        }
        for (name, target) in fields("L: ").filter_map(|line| line.split_once('=')) {
            builder.link(&format!("{place}/{name}"), target);
        }
        let folder = match fields("E: ").find_map(|line| line.strip_prefix("SUBSYSTEM=")) {
            Some(bus @ ("pci" | "usb" | "platform")) => format!("bus/{bus}/devices"),
            Some(class) => format!("class/{class}"),
            None => continue,
        };
        let up = "../".repeat(folder.matches('/').count() + 1);
        let name = path.rsplit('/').next().unwrap();
        builder.link(&format!("/sys/{folder}/{name}"), format!("{up}{}", place.trim_start_matches("/sys/")));
    }
    builder.build()
}

#[test]
fn records_of_other_people_keep_their_invariants() {
    let Some(corpus) = corpus() else { return };
    let mut usb = 0;
    for folder in ["sysfs/udevadm", "sysfs/umockdev"] {
        for path in corpus.join(folder).read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            let devices = read_both_ways(&Source::machine(&from_records(&text))).devices;
            usb += devices.usb.devices.iter().filter(|device| device.id.is_known()).count();
        }
    }
    assert!(usb > 100, "only {usb} devices on USB");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_of_any_text_are_read(text in "[ -~\\n\\\\]{0,200}", line in any::<String>()) {
        let mut builder = MachineBuilder::default();
        let tables = [
            "/proc/self/mountinfo", "/proc/swaps", "/proc/net/route", "/proc/net/ipv6_route", "/proc/asound/cards",
            "/proc/asound/pcm", "/proc/bus/input/devices", "/proc/iomem", "/proc/fb",
        ];
        for table in tables {
            builder.file(table, format!("{text}\n{line}\n1 0 8:1 {line} / rw - ext4 {text} rw\n"));
        }
        for (folder, names) in [("class/block", "sda"), ("class/net", "eth0"), ("bus/usb/devices", "1-1"), ("class/sound", "card0")] {
            builder.link(&format!("/sys/{folder}/{names}"), format!("../../devices/x/{names}"));
            for file in ["uevent", "size", "type", "speed", "slaves/sda", "maxchild"] {
                builder.file(&format!("/sys/devices/x/{names}/{file}"), text.clone());
            }
        }
        let source = Source::machine(&builder.build());
        let model = Model::read(&source);
        check(&model, "any text");
        prop_assert!(model.devices.storage.blocks.len() <= 1);
        MachineFile::capture(&source);
    }
}

#[test]
fn a_device_in_two_groups_and_a_group_of_none() {
    let mut builder = MachineBuilder::default();
    for group in ["1", "2"] {
        builder.link(
            &format!("/sys/kernel/iommu_groups/{group}/devices/0000:01:00.0"),
            "../../../../devices/pci0000:00/0000:01:00.0",
        );
    }
    builder.folder("/sys/kernel/iommu_groups/3/devices");
    builder.link("/sys/bus/pci/devices/0000:01:00.0", "../../../devices/pci0000:00/0000:01:00.0");
    builder.file("/sys/devices/pci0000:00/0000:01:00.0/class", "0x030000\n");
    builder.link("/sys/devices/pci0000:00/0000:01:00.0/iommu_group", "../../../kernel/iommu_groups/2");
    // The bridge is below itself.
    builder
        .link("/sys/bus/pci/devices/0000:00:01.0", "../../../devices/pci0000:00/0000:00:01.0/0000:00:01.0");
    builder.link("/sys/devices/pci0000:00/0000:00:01.0/0000:00:01.0", ".");
    let model = Model::read(&Source::machine(&builder.build()));
    check(&model, "contradiction");
    assert_eq!(model.host.functions[1].group, Reading::Known(gangway_core::host::GroupId(2)));
    assert_eq!(model.devices.functions.len(), 2, "the one without a class is no bridge");
}
