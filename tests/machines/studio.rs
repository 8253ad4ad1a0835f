//! A desktop with one graphics card, in a slot without isolation: its group holds a second device.

use gangway_core::machine_file::MachineFile;

use super::computer::Computer;
use super::distributions::Distribution;
use super::edid::{Mode, Screen};
use super::hanging::Plugged;
use super::system::System;

const FUNCTIONS: &str = "
    00:00.0 -       060000 8086:3e30 0a 0  skl_uncore
    00:01.0 -       060400 8086:1901 0a 1  pcieport
    00:01.1 -       060400 8086:1905 0a 1  pcieport
    00:12.0 -       118000 8086:a379 10 2  intel_pch_thermal
    00:14.0 -       0c0330 8086:a36d 10 3  xhci_hcd
    00:14.2 -       050000 8086:a36f 10 3
    00:16.0 -       078000 8086:a360 10 4  mei_me
    00:17.0 -       010601 8086:a352 10 5  ahci
    00:1b.0 -       060400 8086:a340 f0 6  pcieport
    00:1c.0 -       060400 8086:a338 f0 7  pcieport
    00:1d.0 -       060400 8086:a330 f0 8  pcieport
    00:1f.0 -       060100 8086:a305 10 9
    00:1f.3 -       040300 8086:a348 10 9  snd_hda_intel
    00:1f.4 -       0c0500 8086:a323 10 9  i801_smbus
    00:1f.5 -       0c8000 8086:a324 10 9  intel-spi
    00:1f.6 -       020000 8086:15bc 10 9  e1000e
    01:00.0 00:01.0 030000 10de:21c4 a1 1  nouveau       1462:c75a
    01:00.1 00:01.0 040300 10de:1aeb a1 1  snd_hda_intel 1462:c75a
    01:00.2 00:01.0 0c0330 10de:1aec a1 1  xhci_hcd      1462:c75a
    01:00.3 00:01.0 0c8000 10de:1aed a1 1  nvidia-gpu    1462:c75a
    02:00.0 00:01.1 0c0330 1b21:2142 00 1  xhci_hcd      1b21:2142
    03:00.0 00:1b.0 010802 144d:a808 00 10 nvme          144d:a801
";

/// On the chipset's controller.
const BOARD_USB: [Plugged; 2] = [
    Plugged {
        port: "1-3",
        id: "046d:c31c",
        maker: "Logitech",
        product: "USB Keyboard",
        speed: "1.5",
        interfaces: &["3/1/1 usbhid", "3/0/0 usbhid"],
    },
    Plugged {
        port: "1-4",
        id: "046d:c077",
        maker: "Logitech",
        product: "USB Optical Mouse",
        speed: "1.5",
        interfaces: &["3/1/2 usbhid"],
    },
];
/// On the card with more ports.
const CARD_USB: [Plugged; 1] = [Plugged {
    port: "5-1",
    id: "1235:8211",
    maker: "Focusrite",
    product: "Scarlett Solo USB",
    speed: "480",
    interfaces: &["1/1/32 snd-usb-audio"],
}];

/// A machine on which the only graphics card is hard to give away.
pub(super) fn machine() -> MachineFile {
    let mut computer = Computer::new("Desktop with a single graphics card", "1462");
    computer.functions(FUNCTIONS);
    computer.attribute("01:00.0", "boot_vga", "1");
    computer.attribute("02:00.0", "reset_method", "bus");
    computer.attribute("03:00.0", "reset_method", "flr bus");
    computer.link("01:00.0", "00:01.0", (1, 16), (3, 16), (3, 16));
    computer.link("02:00.0", "00:01.1", (3, 2), (3, 2), (3, 8));
    computer.link("03:00.0", "00:1b.0", (3, 4), (3, 4), (3, 4));
    let screen = Screen {
        maker: b"GSM",
        product: 0x5b7f,
        name: "LG ULTRAGEAR",
        size: (60, 34),
        mode: Mode { across: (2560, 160), down: (1440, 41), clock: 24_150 },
    };
    let connectors = [("DP-1", Some(screen.edid())), ("DP-2", None), ("DP-3", None), ("HDMI-A-1", None)];
    computer.screens("01:00.0", 0, &connectors);
    computer.disk(
        "03:00.0",
        "nvme/nvme0/nvme0n1",
        259,
        &[
            ("nvme0n1p1", 1, "vfat", "/boot/efi"),
            ("nvme0n1p2", 2, "ext4", "/"),
            ("nvme0n1p3", 3, "xfs", "/home"),
        ],
    );
    computer.disk(
        "00:17.0",
        "ata1/host0/target0:0:0/0:0:0:0/block/sda",
        8,
        &[("sda1", 1, "xfs", "/srv/recordings")],
    );
    computer.default_route("00:1f.6", "eno1");
    computer.usb("00:14.0", 1, (16, 8), &BOARD_USB);
    computer.usb("01:00.2", 3, (2, 4), &[]);
    computer.usb("02:00.0", 5, (2, 2), &CARD_USB);
    computer.sound("00:1f.3", "HDA Intel PCH", &[(0, "ALC892 Analog")]);
    computer.sound("01:00.1", "HDA NVidia", &[(3, "HDMI 0")]);
    let line = "BOOT_IMAGE=(hd0,gpt1)/vmlinuz-6.17.8-300.fc43.x86_64 root=UUID=00000000-0000-4000-8000-000000000001 ro rhgb quiet intel_iommu=on";
    let processor = (
        "Intel(R) Core(TM) i7-9700F CPU @ 3.00GHz",
        "fpu vme sse sse2 ht syscall nx lm vmx avx avx2 pdpe1gb",
    );
    computer.system("DMAR", processor, "6.17.8-300.fc43.x86_64", line);
    computer.identity("Micro-Star International Co., Ltd.", "MAG Z390 TOMAHAWK (MS-7B18)", 3);
    computer.installed(&System {
        distribution: Distribution::Fedora,
        release: "6.17.8-300.fc43.x86_64",
        amd: false,
        threads: 8,
        memory: 16,
        secure_boot: true,
    });
    computer.finish()
}
