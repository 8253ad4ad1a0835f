//! Desktops: two cards, one card, two of the same, and an IOMMU that is off for each of the usual reasons.

use gangway_core::checks::{CheckId, Verdict};

use super::Shape;
use crate::checks::Trip;
use crate::checks::lab::Machine;
use crate::machines::boards;
use crate::machines::computer::Computer;
use crate::machines::distributions::Distribution;
use crate::machines::parts::{self, DARK, DESK, NVME, PLAIN};
use crate::machines::system::System;

pub(super) fn all() -> Vec<Shape> {
    vec![
        two_cards_amd(),
        built_in_and_nvidia(),
        argument_missing(),
        off_in_firmware(),
        no_vt_d(),
        no_virtualization(),
        single_card(),
        twins(),
        reset_bug(),
    ]
}

/// The good case: a card for the host, a card for a guest, each alone in its group.
fn two_cards_amd() -> Shape {
    let mut pc = Computer::new("AMD desktop with two cards in good groups", "1043");
    pc.functions(boards::MATISSE);
    pc.functions(
        "
        01:00.0 00:01.1 010802 144d:a80c 00 14 nvme          144d:a801
        04:00.0 00:01.2 020000 10ec:8125 05 15 r8169
        06:00.0 00:03.1 060400 1002:1478 c7 16 pcieport
        07:00.0 06:00.0 060400 1002:1479 00 17 pcieport
        08:00.0 07:00.0 030000 1002:73df c5 18 amdgpu        1da2:e447
        08:00.1 07:00.0 040300 1002:ab28 00 19 snd_hda_intel 1da2:e447
        09:00.0 00:03.2 030000 10de:2206 a1 20 nvidia        3842:3897
        09:00.1 00:03.2 040300 10de:1aef a1 20 snd_hda_intel 3842:3897
    ",
    );
    pc.attributes(
        "
        01:00.0 reset_method=flr,bus
        08:00.0 boot_vga=1 reset_method=bus
        09:00.0 boot_vga=0 reset_method=bus resource1_resize=0000000000007fc0
    ",
    );
    pc.link("09:00.0", "00:03.2", (4, 8), (4, 16), (4, 8));
    pc.screens("08:00.0", 0, &parts::lit());
    pc.screens("09:00.0", 1, &DARK);
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.sound("08:00.1", "HDA ATI HDMI", &[(3, "HDMI 0")]);
    pc.sound("09:00.1", "HDA NVidia", &[(3, "HDMI 0")]);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC1220 Analog")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 9 5900X 12-Core Processor"),
        "6.8.0-88-generic",
        "BOOT_IMAGE=/boot/vmlinuz-6.8.0-88-generic root=UUID=00000000-0000-4000-8000-000000000001 ro quiet splash",
    );
    pc.identity("ASUSTeK COMPUTER INC.", "ROG STRIX B550-F GAMING", 3);
    pc.installed(&System {
        distribution: Distribution::Ubuntu,
        release: "6.8.0-88-generic",
        amd: true,
        threads: 24,
        memory: 64,
        secure_boot: false,
    });
    Shape::new("two-cards-amd", pc.finish())
        .card("08:00.0", Verdict::ToDo)
        .card("09:00.0", Verdict::Ready)
        .says(CheckId::GraphicsBootDisplay, Trip::ToDo, "08:00.0")
        .says(CheckId::GraphicsScreens, Trip::ToDo, "08:00.0")
        .says(CheckId::GraphicsLinkWidth, Trip::ToDo, "09:00.0")
        .says(CheckId::GraphicsResizableBar, Trip::ToDo, "09:00.0")
        .says(CheckId::StorageSystem, Trip::NotPossible, "01:00.0")
        .says(CheckId::NetworkWayOut, Trip::ToDo, "04:00.0")
        .passes(&[CheckId::IommuArgumentMissing, CheckId::GraphicsOnly, CheckId::NetworkDefault])
}

/// The host shows its picture with the processor's graphics, and a card with four functions is free.
fn built_in_and_nvidia() -> Shape {
    let mut pc = Computer::new("Intel desktop with built-in graphics and a card of four functions", "1462");
    pc.functions(boards::ALDER_LAKE);
    pc.functions(
        "
        01:00.0 00:01.0 030000 10de:1e87 a1 12 nvidia        1043:8666
        01:00.1 00:01.0 040300 10de:10f8 a1 12 snd_hda_intel 1043:8666
        01:00.2 00:01.0 0c0330 10de:1ad8 a1 12 xhci_hcd      1043:8666
        01:00.3 00:01.0 0c8000 10de:1ad9 a1 12 nvidia-gpu    1043:8666
        02:00.0 00:06.0 010802 144d:a80c 00 13 nvme          144d:a801
    ",
    );
    pc.attributes(
        "
        00:02.0 boot_vga=1 reset_method=flr
        01:00.0 boot_vga=0 reset_method=bus
        02:00.0 reset_method=flr,bus
    ",
    );
    pc.link("01:00.0", "00:01.0", (1, 16), (3, 16), (5, 16));
    pc.screens("00:02.0", 0, &parts::lit());
    pc.screens("01:00.0", 1, &DARK);
    pc.disk("02:00.0", NVME, 259, &PLAIN);
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("00:14.0", 1, (16, 10), &DESK);
    pc.usb("01:00.2", 3, (2, 4), &[]);
    pc.sound("00:1f.3", "HDA Intel PCH", &[(0, "ALC897 Analog"), (3, "HDMI 0")]);
    pc.sound("01:00.1", "HDA NVidia", &[(3, "HDMI 0")]);
    pc.system(
        "DMAR",
        parts::intel("12th Gen Intel(R) Core(TM) i7-12700K"),
        "6.17.8-300.fc43.x86_64",
        "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.17.8-300.fc43.x86_64 root=UUID=00000000-0000-4000-8000-000000000001 ro rhgb quiet intel_iommu=on iommu=pt",
    );
    pc.identity("Micro-Star International Co., Ltd.", "PRO Z690-A WIFI (MS-7D25)", 3);
    pc.installed(&System {
        distribution: Distribution::Fedora,
        release: "6.17.8-300.fc43.x86_64",
        amd: false,
        threads: 20,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("built-in-and-nvidia", pc.finish())
        .card("00:02.0", Verdict::ToDo)
        .card("01:00.0", Verdict::Ready)
        .says(CheckId::GraphicsIntegrated, Trip::ToDo, "00:02.0")
        .passes(&[CheckId::IommuArgumentMissing, CheckId::IntelGraphicsTranslated])
}

/// The firmware offers the IOMMU, and nobody asked the kernel for it.
fn argument_missing() -> Shape {
    let mut pc = Computer::new("Intel desktop whose kernel waits for intel_iommu=on", "1458");
    pc.without_groups();
    pc.functions(boards::COFFEE_LAKE);
    pc.functions(
        "
        00:02.0 -       030000 8086:3e92 00 2  i915
        01:00.0 00:01.0 030000 10de:1c03 a1 1  nouveau       1458:3716
        01:00.1 00:01.0 040300 10de:10f1 a1 1  snd_hda_intel 1458:3716
        03:00.0 00:1b.0 010802 144d:a808 00 10 nvme          144d:a801
    ",
    );
    pc.attributes("00:02.0 boot_vga=1\n 01:00.0 boot_vga=0 reset_method=bus\n 03:00.0 reset_method=flr");
    pc.screens("00:02.0", 0, &parts::lit());
    pc.screens("01:00.0", 1, &DARK);
    pc.disk("03:00.0", NVME, 259, &PLAIN);
    pc.default_route("00:1f.6", "eno1");
    pc.usb("00:14.0", 1, (16, 8), &DESK);
    pc.sound("00:1f.3", "HDA Intel PCH", &[(0, "ALC1220 Analog")]);
    pc.system(
        "DMAR",
        parts::intel("Intel(R) Core(TM) i5-8400 CPU @ 2.80GHz"),
        "6.17.8-arch1-1",
        "BOOT_IMAGE=/vmlinuz-linux root=UUID=00000000-0000-4000-8000-000000000001 rw loglevel=3 quiet",
    );
    // Arch configures its kernel so that one has to ask, and keeps the configuration where only the kernel has it.
    pc.identity("Gigabyte Technology Co., Ltd.", "Z390 AORUS PRO-CF", 3);
    pc.installed(&System {
        distribution: Distribution::ArchGrub,
        release: "6.17.8-arch1-1",
        amd: false,
        threads: 6,
        memory: 16,
        secure_boot: false,
    });
    Shape::new("argument-missing", pc.finish())
        .card("00:02.0", Verdict::ToDo)
        .card("01:00.0", Verdict::ToDo)
        .says(CheckId::IommuArgumentMissing, Trip::ToDo, "")
}

/// The processor virtualizes, and the firmware tells of no IOMMU.
fn off_in_firmware() -> Shape {
    let mut pc = Computer::new("AMD desktop whose firmware has the IOMMU off", "1458");
    pc.without_groups();
    pc.functions(boards::MATISSE);
    pc.functions(
        "
        01:00.0 00:01.1 010802 15b7:5006 00 14 nvme          15b7:5006
        04:00.0 00:01.2 020000 10ec:8168 16 15 r8169
        08:00.0 00:03.1 030000 10de:1b06 a1 16 nouveau       10de:120f
        08:00.1 00:03.1 040300 10de:10ef a1 16 snd_hda_intel 10de:120f
        09:00.0 00:03.2 030000 10de:128b a1 17 nouveau       1458:3709
        09:00.1 00:03.2 040300 10de:0e0f a1 17 snd_hda_intel 1458:3709
    ",
    );
    pc.attributes("08:00.0 boot_vga=1 reset_method=bus\n 09:00.0 boot_vga=0 reset_method=bus\n 01:00.0 reset_method=flr");
    pc.screens("08:00.0", 0, &parts::lit());
    pc.screens("09:00.0", 1, &DARK);
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC892 Analog")]);
    pc.system(
        "",
        parts::amd("AMD Ryzen 5 3600 6-Core Processor"),
        "6.12.43+deb13-amd64",
        "BOOT_IMAGE=/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=00000000-0000-4000-8000-000000000001 ro quiet",
    );
    pc.identity("Gigabyte Technology Co., Ltd.", "B450 AORUS ELITE", 3);
    pc.installed(&System {
        distribution: Distribution::Debian,
        release: "6.12.43+deb13-amd64",
        amd: true,
        threads: 12,
        memory: 16,
        secure_boot: false,
    });
    Shape::new("off-in-firmware", pc.finish())
        .card("08:00.0", Verdict::ToDo)
        .card("09:00.0", Verdict::ToDo)
        .says(CheckId::IommuNotOffered, Trip::ToDo, "")
}

/// A processor that virtualizes on a platform without an IOMMU: it looks like one whose firmware has it off.
fn no_vt_d() -> Shape {
    let mut pc = Computer::new("Intel desktop of 2011 without VT-d", "1849");
    pc.without_groups();
    pc.functions(
        "
        00:00.0 -       060000 8086:0100 09 -
        00:01.0 -       060400 8086:0101 09 -  pcieport
        00:02.0 -       030000 8086:0102 09 -  i915
        00:16.0 -       078000 8086:1c3a 04 -  mei_me
        00:1a.0 -       0c0320 8086:1c2d 05 -  ehci-pci
        00:1b.0 -       040300 8086:1c20 05 -  snd_hda_intel
        00:1c.0 -       060400 8086:1c10 b5 -  pcieport
        00:1d.0 -       0c0320 8086:1c26 05 -  ehci-pci
        00:1f.0 -       060100 8086:1c44 05 -  lpc_ich
        00:1f.2 -       010601 8086:1c02 05 -  ahci
        00:1f.3 -       0c0500 8086:1c22 05 -  i801_smbus
        01:00.0 00:01.0 030000 10de:1b80 a1 -  nvidia        1458:3702
        01:00.1 00:01.0 040300 10de:10f0 a1 -  snd_hda_intel 1458:3702
        02:00.0 00:1c.0 020000 10ec:8168 06 -  r8169
    ",
    );
    pc.attributes("00:02.0 boot_vga=1\n 01:00.0 boot_vga=0 reset_method=bus");
    pc.screens("00:02.0", 0, &[("VGA-1", None), ("HDMI-A-1", Some(parts::screen()))]);
    pc.screens("01:00.0", 1, &DARK);
    pc.disk("00:1f.2", parts::SATA, 8, &[("sda1", 1, "ext4", "/"), ("sda2", 2, "swap", "")]);
    pc.default_route("02:00.0", "enp2s0");
    pc.usb("00:1a.0", 1, (3, 0), &DESK);
    pc.sound("00:1b.0", "HDA Intel PCH", &[(0, "ALC892 Analog")]);
    pc.system(
        "",
        parts::intel("Intel(R) Core(TM) i7-2600K CPU @ 3.40GHz"),
        "6.12.52_1",
        "BOOT_IMAGE=/boot/vmlinuz-6.12.52_1 root=UUID=00000000-0000-4000-8000-000000000001 ro loglevel=4 intel_iommu=on",
    );
    pc.identity("ASRock", "Z68 Pro3", 3);
    pc.installed(&System {
        distribution: Distribution::Void,
        release: "6.12.52_1",
        amd: false,
        threads: 8,
        memory: 16,
        secure_boot: false,
    });
    Shape::new("no-vt-d", pc.finish())
        .card("00:02.0", Verdict::ToDo)
        .card("01:00.0", Verdict::ToDo)
        .says(CheckId::IommuNotOffered, Trip::ToDo, "")
        .passes(&[CheckId::VirtualizationNotSupported])
}

/// A processor that never virtualizes: the log may be read and does not speak of the firmware.
fn no_virtualization() -> Shape {
    let mut pc = Computer::new("Desktop whose processor cannot virtualize", "1043");
    pc.without_groups();
    pc.functions(
        "
        00:00.0 -       060000 8086:29c0 10 -
        00:01.0 -       060400 8086:29c1 10 -  pcieport
        00:1b.0 -       040300 8086:27d8 01 -  snd_hda_intel
        00:1c.0 -       060400 8086:27d0 01 -  pcieport
        00:1d.0 -       0c0300 8086:27c8 01 -  uhci_hcd
        00:1d.7 -       0c0320 8086:27cc 01 -  ehci-pci
        00:1f.0 -       060100 8086:27b8 01 -  lpc_ich
        00:1f.2 -       01018f 8086:27c0 01 -  ata_piix
        00:1f.3 -       0c0500 8086:27da 01 -  i801_smbus
        01:00.0 00:01.0 030000 10de:0a65 a2 -  nouveau       1043:8490
        01:00.1 00:01.0 040300 10de:0be3 a1 -  snd_hda_intel 1043:8490
        02:00.0 00:1c.0 020000 10ec:8168 02 -  r8169
    ",
    );
    pc.attributes("01:00.0 boot_vga=1 reset_method=bus");
    pc.screens("01:00.0", 0, &[("VGA-1", Some(parts::screen())), ("DVI-I-1", None)]);
    pc.disk("00:1f.2", parts::SATA, 8, &[("sda1", 1, "ext4", "/")]);
    pc.default_route("02:00.0", "eth0");
    pc.usb("00:1d.7", 1, (8, 0), &DESK);
    pc.sound("00:1b.0", "HDA Intel", &[(0, "VT1708S Analog")]);
    pc.log(&[
        "Linux version 6.6.117-gentoo (root@host1) (gcc 14.3.1) #1 SMP PREEMPT_DYNAMIC",
        "ACPI: PM-Timer IO Port: 0x808",
    ]);
    pc.system(
        "",
        ("Pentium(R) Dual-Core  CPU      E5400  @ 2.70GHz", "fpu vme sse sse2 ht syscall nx lm"),
        "6.6.117-gentoo",
        "BOOT_IMAGE=/boot/vmlinuz-6.6.117-gentoo root=/dev/sda1 ro",
    );
    pc.identity("ASUSTeK Computer INC.", "P5KPL-AM EPU", 3);
    pc.installed(&System {
        distribution: Distribution::Gentoo,
        release: "6.6.117-gentoo",
        amd: false,
        threads: 2,
        memory: 4,
        secure_boot: false,
    });
    let mut machine = Machine::of(&pc.finish());
    machine.gone("/dev/kvm").gone("/sys/module/kvm_intel").replace(
        "/proc/modules",
        "\tkvm_intel\n\tkvm\n",
        "",
    );
    Shape::new("no-virtualization", machine.build())
        .card("01:00.0", Verdict::NotPossible)
        .says(CheckId::VirtualizationNotSupported, Trip::NotPossible, "")
        .says(CheckId::FewProcessors, Trip::NotPossible, "")
        .says(CheckId::MemorySmall, Trip::NotPossible, "")
        .says(CheckId::GraphicsOnly, Trip::NotPossible, "01:00.0")
}

/// The only card shows the desktop.
fn single_card() -> Shape {
    let mut pc = Computer::new("AMD desktop with one card, which shows the desktop", "1849");
    pc.functions(boards::MATISSE);
    pc.functions(
        "
        01:00.0 00:01.1 010802 1987:5016 01 14 nvme          1987:5016
        04:00.0 00:01.2 020000 10ec:8125 05 15 r8169
        06:00.0 00:03.1 060400 1002:1478 c7 16 pcieport
        07:00.0 06:00.0 060400 1002:1479 00 17 pcieport
        08:00.0 07:00.0 030000 1002:73ff c7 18 amdgpu        1eae:6505
        08:00.1 07:00.0 040300 1002:ab28 00 19 snd_hda_intel 1eae:6505
    ",
    );
    pc.attributes("08:00.0 boot_vga=1 reset_method=bus\n 01:00.0 reset_method=flr,bus");
    pc.link("08:00.0", "07:00.0", (4, 16), (4, 16), (4, 16));
    pc.screens("08:00.0", 1, &parts::lit());
    pc.disk("01:00.0", NVME, 259, &[("nvme0n1p1", 1, "vfat", "/efi"), ("nvme0n1p2", 2, "btrfs", "")]);
    for (root, place) in [("/@", "/"), ("/@/home", "/home"), ("/@/var", "/var")] {
        pc.mounted("0:38", root, place, "btrfs", "/dev/nvme0n1p2");
    }
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.sound("08:00.1", "HDA ATI HDMI", &[(3, "HDMI 0")]);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC897 Analog")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 5 5600 6-Core Processor"),
        "6.17.8-1-default",
        "root=UUID=00000000-0000-4000-8000-000000000001 rootflags=subvol=@ quiet",
    );
    pc.identity("ASRock", "B550M Pro4", 3);
    pc.installed(&System {
        distribution: Distribution::Tumbleweed,
        release: "6.17.8-1-default",
        amd: true,
        threads: 12,
        memory: 32,
        secure_boot: true,
    });
    Shape::new("single-card", pc.finish())
        .card("08:00.0", Verdict::NotPossible)
        .says(CheckId::GraphicsOnly, Trip::NotPossible, "08:00.0")
        .says(CheckId::StorageSystem, Trip::NotPossible, "01:00.0")
}

/// Two cards of one model, which ids cannot tell apart.
fn twins() -> Shape {
    let mut pc = Computer::new("AMD desktop with two cards of the same model", "1462");
    pc.functions(boards::MATISSE);
    pc.functions(
        "
        01:00.0 00:01.1 010802 144d:a808 00 14 nvme          144d:a801
        04:00.0 00:01.2 020000 10ec:8125 05 15 r8169
        08:00.0 00:03.1 030000 10de:2504 a1 16 nvidia        1462:397d
        08:00.1 00:03.1 040300 10de:228e a1 16 snd_hda_intel 1462:397d
        09:00.0 00:03.2 030000 10de:2504 a1 17 nvidia        1462:397d
        09:00.1 00:03.2 040300 10de:228e a1 17 snd_hda_intel 1462:397d
    ",
    );
    pc.attributes("08:00.0 boot_vga=1 reset_method=bus\n 09:00.0 boot_vga=0 reset_method=bus\n 01:00.0 reset_method=flr,bus");
    pc.screens("08:00.0", 0, &parts::lit());
    pc.screens("09:00.0", 1, &DARK);
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC892 Analog")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 7 3800X 8-Core Processor"),
        "6.8.0-88-generic",
        "BOOT_IMAGE=/boot/vmlinuz-6.8.0-88-generic root=UUID=00000000-0000-4000-8000-000000000001 ro quiet splash",
    );
    pc.identity("Micro-Star International Co., Ltd.", "MAG X570 TOMAHAWK WIFI (MS-7C84)", 3);
    pc.installed(&System {
        distribution: Distribution::Mint,
        release: "6.8.0-88-generic",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("twins", pc.finish())
        .card("08:00.0", Verdict::ToDo)
        .card("09:00.0", Verdict::Ready)
        .says(CheckId::GraphicsTwin, Trip::ToDo, "08:00.0")
        .says(CheckId::GraphicsTwin, Trip::ToDo, "09:00.0")
}

/// Cards that are known not to come back from a reset, and no module that helps.
fn reset_bug() -> Shape {
    let mut pc = Computer::new("AMD desktop with cards that do not come back from a reset", "1043");
    pc.functions(boards::MATISSE);
    pc.functions(
        "
        01:00.0 00:01.1 060400 1022:1470 c3 14 pcieport
        02:00.0 01:00.0 060400 1022:1471 00 15 pcieport
        03:00.0 02:00.0 030000 1002:687f c3 16 amdgpu        1002:0b36
        03:00.1 02:00.0 040300 1002:aaf8 00 17 snd_hda_intel 1002:aaf8
        04:00.0 00:01.2 020000 10ec:8125 05 18 r8169
        06:00.0 00:03.1 060400 1002:1478 c1 19 pcieport
        07:00.0 06:00.0 060400 1002:1479 00 20 pcieport
        08:00.0 07:00.0 030000 1002:731f c1 21 amdgpu        1da2:e411
        08:00.1 07:00.0 040300 1002:ab38 00 22 snd_hda_intel 1da2:e411
        09:00.0 00:03.2 030000 1002:67df e7 23 amdgpu        1462:8a91
        09:00.1 00:03.2 040300 1002:aaf0 00 23 snd_hda_intel 1462:8a91
        0a:00.0 00:07.1 010802 144d:a80c 00 24 nvme          144d:a801
    ",
    );
    // The last one is helped by the device's own method.
    pc.attributes(
        "
        03:00.0 boot_vga=0 reset_method=bus
        08:00.0 boot_vga=1 reset_method=bus
        09:00.0 boot_vga=0 reset_method=device_specific,bus
        0a:00.0 reset_method=flr,bus
    ",
    );
    pc.screens("03:00.0", 0, &DARK);
    pc.screens("08:00.0", 1, &parts::lit());
    pc.screens("09:00.0", 2, &DARK);
    pc.disk("0a:00.0", NVME, 259, &PLAIN);
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC1220 Analog")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 9 3950X 16-Core Processor"),
        "6.17.8-2-cachyos",
        "quiet nowatchdog splash root=UUID=00000000-0000-4000-8000-000000000001 rw",
    );
    pc.identity("ASUSTeK COMPUTER INC.", "ROG CROSSHAIR VIII HERO", 3);
    pc.installed(&System {
        distribution: Distribution::Cachy,
        release: "6.17.8-2-cachyos",
        amd: true,
        threads: 32,
        memory: 64,
        secure_boot: false,
    });
    Shape::new("reset-bug", pc.finish())
        .card("03:00.0", Verdict::ToDo)
        .card("08:00.0", Verdict::ToDo)
        .card("09:00.0", Verdict::Ready)
        .says(CheckId::ResetKnownBad, Trip::ToDo, "03:00.0")
        .says(CheckId::ResetKnownBad, Trip::ToDo, "08:00.0")
}
