//! A small computer with one use of every kind.

use super::*;
use crate::devices::storage::tests::Disks;
use crate::source::Source;

const EDID_LESS: &str = "connected\n";
const KEYS: &str = "B: KEY=fffffffffffffffe\n";

/// A graphics card with sound, a disk controller, a USB controller with a keyboard, a network card.
fn source() -> Source {
    let mut disks = Disks::new();
    let functions = [
        ("01:00.0", "30000", "nvidia"),
        ("01:00.1", "40300", "snd_hda_intel"),
        ("02:00.0", "10802", "nvme"),
        ("00:14.0", "c0330", "xhci_hcd"),
        ("03:00.0", "20000", "igb"),
    ];
    for (at, class, driver) in functions {
        let place = format!("devices/pci0000:00/0000:{at}");
        disks.builder.link(&format!("/sys/bus/pci/devices/0000:{at}"), format!("../../../{place}"));
        let event = format!("DRIVER={driver}\nPCI_CLASS={class}\nPCI_ID=10DE:1\nPCI_SLOT_NAME=0000:{at}\n");
        disks.builder.file(&format!("/sys/{place}/uevent"), event);
        disks.builder.link(&format!("/sys/{place}/iommu_group"), "../../../kernel/iommu_groups/7");
    }
    disks.builder.file("/sys/devices/pci0000:00/0000:01:00.0/boot_vga", "1\n");
    disks.block("pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1", "259:0", &[]);
    disks.block("pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p1", "259:1", &[("partition", "1\n")]);
    disks.block("pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p2", "259:2", &[("partition", "2\n")]);
    disks.block(
        "virtual/block/dm-0",
        "254:0",
        &[("dm/uuid", "CRYPT-PLAIN-x\n"), ("dm/name", "safe\n"), ("slaves/nvme0n1p2", "")],
    );
    disks.udev("259:1", "E:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b\n");
    disks.mounts(&["259:1 / /odd\\012place rw - vfat /dev/nvme0n1p1 rw"]);
    disks.builder.file("/proc/swaps", "Filename\n/dev/nvme0n1p2 partition 1 0 -2\n");
    let place = "devices/pci0000:00/0000:01:00.0/drm/card1";
    disks.builder.link("/sys/class/drm/card1", format!("../../{place}"));
    disks.builder.link("/sys/class/drm/card1-DP-1", format!("../../{place}/card1-DP-1"));
    disks.builder.file(&format!("/sys/{place}/card1-DP-1/status"), EDID_LESS);
    disks.builder.file("/proc/iomem", "0-0 : 0000:01:00.0\n  0-0 : BOOTFB\n");
    disks.builder.link("/sys/class/net/lan", "../../devices/pci0000:00/0000:03:00.0/net/lan");
    disks.builder.file("/sys/devices/pci0000:00/0000:03:00.0/net/lan/operstate", "up\n");
    disks.builder.link("/sys/class/net/lan2", "../../devices/pci0000:00/0000:03:00.0/net/lan2");
    disks.builder.file("/sys/devices/pci0000:00/0000:03:00.0/net/lan2/operstate", "up\n");
    disks.builder.file("/proc/net/route", "Iface\nlan 00000000 0 0003 0 0 100 00000000 0 0 0\n");
    disks.builder.link("/sys/class/sound/card0", "../../devices/pci0000:00/0000:01:00.1/sound/card0");
    disks.builder.file("/proc/asound/cards", " 0 [NVidia         ]: HDA-Intel - HDA NVidia\n");
    disks.builder.file("/proc/asound/pcm", "00-03: HDMI 0 : HDMI 0 : playback 1\n");
    disks.builder.file("/proc/asound/card0/pcm3p/sub0/status", "state: RUNNING\n");
    let usb = "pci0000:00/0000:00:14.0/usb1";
    for (name, below, event) in [
        ("usb1", "", ""),
        ("1-1", "/1-1", "PRODUCT=1/2/3\nDEVNUM=4\n"),
        ("1-1:1.0", "/1-1/1-1:1.0", "INTERFACE=3/1/1\n"),
        ("1-2", "/1-2", "PRODUCT=a/b/c\nDEVNUM=5\n"),
        ("1-2:1.0", "/1-2/1-2:1.0", "INTERFACE=14/1/0\n"),
    ] {
        disks.builder.link(&format!("/sys/bus/usb/devices/{name}"), format!("../../../devices/{usb}{below}"));
        disks.builder.file(&format!("/sys/devices/{usb}{below}/uevent"), event);
    }
    disks.builder.file(
        "/proc/bus/input/devices",
        format!("N: Name=\"Keys\"\nS: Sysfs=/devices/{usb}/1-1/1-1:1.0/input/input3\n{KEYS}"),
    );
    disks
        .builder
        .link("/sys/class/bluetooth/hci0", format!("../../devices/{usb}/1-9/1-9:1.0/bluetooth/hci0"));
    disks.builder.link("/proc/7/fd/3", "/dev/dri/card1");
    disks.builder.link("/proc/7/fd/4", "/dev/nvidiactl");
    disks.builder.link("/proc/8/fd/0", "/dev/bus/usb/001/005");
    disks.builder.file("/proc/7/comm", "mutter\n");
    disks.builder.file("/proc/8/comm", "cheese\n");
    Source::machine(&disks.builder.build())
}

fn told(leaving: &[&str], vms: &[VmClaim]) -> Vec<(String, Loss, Use)> {
    let source = source();
    let host = Host::scan(&source);
    let devices = Devices::read(&source, &host);
    assert_eq!(devices.problems, []);
    let leaving: Vec<PciAddress> = leaving.iter().map(|address| address.parse().unwrap()).collect();
    uses(&host, &devices, vms, &leaving)
        .into_iter()
        .map(|used| (used.address.short(), used.by.loss(), used.by))
        .collect()
}

#[test]
fn a_graphics_card_loses_its_screen_sound_and_programs() {
    let vm = VmClaim {
        vm: "win11".to_owned(),
        running: false,
        device: Claimed::Function("01:00.0".parse().unwrap()),
    };
    let found = told(&["01:00.0", "01:00.1"], &[vm]);
    let uses: Vec<Use> = found.iter().map(|(_, _, by)| by.clone()).collect();
    let expected = [
        Use::BootDisplay,
        Use::FirmwarePicture { holder: "BOOTFB".to_owned() },
        Use::Screen { connector: "DP-1".to_owned(), monitor: None, only: true },
        Use::Program { process: 7, name: "mutter".to_owned() },
        Use::VirtualMachine { name: "win11".to_owned(), running: false },
        Use::Sound { name: "HDA NVidia".to_owned(), playing: Some(true), only: true },
    ];
    assert_eq!(uses, expected);
    assert_eq!(found.last().unwrap().0, "01:00.1");
    assert_eq!(found.iter().map(|(_, loss, _)| *loss).min(), Some(Loss::Access));
}

#[test]
fn a_disk_controller_loses_the_host() {
    let found = told(&["02:00.0"], &[]);
    let uses: Vec<Use> = found.iter().map(|(_, _, by)| by.clone()).collect();
    let expected = [
        Use::Mounted { path: "/odd\nplace".to_owned(), role: Role::Boot, layers: BTreeSet::new() },
        Use::Swap,
        Use::Volume { name: "safe".to_owned(), layer: Layer::Encryption },
    ];
    assert_eq!(uses, expected);
    assert_eq!(found[0].1, Loss::Host);
}

#[test]
fn a_usb_controller_loses_the_only_keyboard_and_whatever_is_plugged_in() {
    let vm = VmClaim { vm: "box".to_owned(), running: true, device: Claimed::UsbDevice("1-2".to_owned()) };
    let uses: Vec<Use> = told(&["00:14.0"], &[vm]).into_iter().map(|(_, _, by)| by).collect();
    let expected = [
        Use::Keyboard { name: "Keys".to_owned(), only: true },
        Use::Bluetooth { name: "hci0".to_owned(), only: true },
        Use::UsbDevice { name: "000a:000b".to_owned(), kinds: BTreeSet::from([UsbKind::Video]) },
        Use::Program { process: 8, name: "cheese".to_owned() },
        Use::VirtualMachine { name: "box".to_owned(), running: true },
    ];
    assert_eq!(uses, expected);
}

#[test]
fn a_network_card_loses_the_way_out() {
    let uses: Vec<Use> = told(&["03:00.0"], &[]).into_iter().map(|(_, _, by)| by).collect();
    let expected = [
        Use::DefaultRoute { interface: "lan".to_owned(), wireless: false, only: true },
        Use::Interface { name: "lan2".to_owned(), master: None },
    ];
    assert_eq!(uses, expected);
    assert_eq!(told(&[], &[]), []);
}
