//! What the host runs from, through every layer, and where that lies beside a card.

use gangway_core::checks::{CheckId, Verdict};

use super::Shape;
use crate::checks::Trip;
use crate::machines::boards;
use crate::machines::computer::Computer;
use crate::machines::distributions::Distribution;
use crate::machines::parts::{self, DARK, DESK, NVME, PLAIN, SATA};
use crate::machines::system::System;

pub(super) fn all() -> Vec<Shape> {
    vec![root_beside_the_card(), zfs_mirror(), btrfs_raid(), usb_controller_with_keyboard()]
}

/// The system is on LUKS and LVM on a disk of the chipset, which is in one group with the card for the guest.
fn root_beside_the_card() -> Shape {
    let mut pc = Computer::new("AMD desktop whose encrypted system lies in the group of a card", "1043");
    pc.functions(boards::MATISSE);
    pc.functions(boards::PROMONTORY);
    pc.functions(
        "
        05:00.0 03:04.0 030000 10de:1c03 a1 15 nouveau       1458:3716
        05:00.1 03:04.0 040300 10de:10f1 a1 15 snd_hda_intel 1458:3716
        06:00.0 03:01.0 010802 144d:a808 00 15 nvme          144d:a801
        08:00.0 00:03.1 030000 1002:73ff c7 16 amdgpu        1eae:6505
        08:00.1 00:03.1 040300 1002:ab28 00 16 snd_hda_intel 1eae:6505
    ",
    );
    pc.attributes("05:00.0 boot_vga=0 reset_method=bus\n 08:00.0 boot_vga=1 reset_method=bus\n 06:00.0 reset_method=flr,bus");
    pc.screens("05:00.0", 1, &DARK);
    pc.screens("08:00.0", 0, &parts::lit());
    pc.content("259:3", "crypto_LUKS", "");
    pc.content("253:0", "LVM2_member", "");
    pc.content("253:1", "ext4", "");
    pc.content("253:2", "swap", "");
    pc.disk(
        "06:00.0",
        NVME,
        259,
        &[("nvme0n1p1", 1, "vfat", "/boot/efi"), ("nvme0n1p2", 2, "ext4", "/boot"), ("nvme0n1p3", 3, "", "")],
    );
    pc.mapping(0, "nvme0n1p3_crypt", "CRYPT-LUKS2", &["nvme0n1p3"]);
    pc.mapping(1, "vgmint-root", "LVM", &["dm-0"]);
    pc.mapping(2, "vgmint-swap_1", "LVM", &["dm-0"]);
    pc.mounted("253:1", "/", "/", "ext4", "/dev/mapper/vgmint-root");
    pc.text("/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-2 partition 2002940 0 -2\n");
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC1220 Analog")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 5 3600 6-Core Processor"),
        "6.8.0-88-generic",
        "BOOT_IMAGE=/vmlinuz-6.8.0-88-generic root=/dev/mapper/vgmint-root ro quiet splash",
    );
    pc.identity("ASUSTeK COMPUTER INC.", "PRIME X370-PRO", 3);
    pc.installed(&System {
        distribution: Distribution::Mint,
        release: "6.8.0-88-generic",
        amd: true,
        threads: 12,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("root-beside-the-card", pc.finish())
        .card("05:00.0", Verdict::NotPossible)
        .card("08:00.0", Verdict::ToDo)
        .says(CheckId::GroupViable, Trip::NotPossible, "05:00.0")
        .says(CheckId::StorageSystem, Trip::NotPossible, "06:00.0")
}

/// The system is on a mirror of two disks in a ZFS pool, each alone in its group.
fn zfs_mirror() -> Shape {
    let mut pc = Computer::new("Proxmox host on a ZFS mirror", "1849");
    pc.functions(boards::MATISSE);
    pc.functions(
        "
        01:00.0 00:01.1 010802 144d:a80c 00 14 nvme          144d:a801
        04:00.0 00:01.2 020000 8086:1533 03 15 igb
        08:00.0 00:03.1 030000 10de:2684 a1 16 nouveau       1458:40bf
        08:00.1 00:03.1 040300 10de:22ba a1 16 snd_hda_intel 1458:40bf
        09:00.0 00:03.2 010802 144d:a80c 00 17 nvme          144d:a801
        0a:00.0 00:07.1 060400 1a03:1150 04 18
        0b:00.0 0a:00.0 030000 1a03:2000 41 18 ast
    ",
    );
    pc.attributes(
        "
        01:00.0 reset_method=flr,bus
        08:00.0 boot_vga=0 reset_method=bus
        09:00.0 reset_method=flr,bus
        0b:00.0 boot_vga=1
    ",
    );
    pc.screens("08:00.0", 1, &DARK);
    pc.screens("0b:00.0", 0, &[("VGA-1", Some(parts::screen()))]);
    pc.content("259:3", "zfs_member", "rpool");
    pc.content("259:19", "zfs_member", "rpool");
    pc.disk(
        "01:00.0",
        NVME,
        259,
        &[("nvme0n1p1", 1, "", ""), ("nvme0n1p2", 2, "vfat", ""), ("nvme0n1p3", 3, "", "")],
    );
    pc.disk(
        "09:00.0",
        "nvme/nvme1/nvme1n1",
        259,
        &[("nvme1n1p1", 17, "", ""), ("nvme1n1p2", 18, "vfat", ""), ("nvme1n1p3", 19, "", "")],
    );
    pc.mounted("0:27", "/", "/", "zfs", "rpool/ROOT/pve-1");
    pc.mounted("0:44", "/", "/rpool/data", "zfs", "rpool/data");
    pc.default_route("04:00.0", "enp4s0");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 9 5950X 16-Core Processor"),
        "6.14.11-4-pve",
        "initrd=\\EFI\\proxmox\\6.14.11-4-pve\\initrd.img-6.14.11-4-pve root=ZFS=rpool/ROOT/pve-1 boot=zfs",
    );
    pc.identity("ASRockRack", "X570D4U", 3);
    pc.installed(&System {
        distribution: Distribution::Proxmox,
        release: "6.14.11-4-pve",
        amd: true,
        threads: 32,
        memory: 128,
        secure_boot: false,
    });
    Shape::new("zfs-mirror", pc.finish())
        .card("08:00.0", Verdict::Ready)
        .card("0b:00.0", Verdict::NotPossible)
        .says(CheckId::GraphicsIntegrated, Trip::NotPossible, "0b:00.0")
        .says(CheckId::StorageSystem, Trip::NotPossible, "01:00.0")
        .says(CheckId::StorageSystem, Trip::NotPossible, "09:00.0")
}

/// The system is a Btrfs file system over a disk of the chipset and one of the processor; only one is in the table.
fn btrfs_raid() -> Shape {
    let mut pc = Computer::new("Intel desktop whose Btrfs system lies on two disks", "1849");
    pc.functions(boards::ALDER_LAKE);
    pc.functions(
        "
        01:00.0 00:01.0 030000 1002:7550 c0 12 amdgpu        1eae:8801
        01:00.1 00:01.0 040300 1002:ab40 00 12 snd_hda_intel 1eae:8801
        02:00.0 00:06.0 010802 144d:a80c 00 13 nvme          144d:a801
    ",
    );
    pc.attributes("00:02.0 boot_vga=1 reset_method=flr\n 01:00.0 boot_vga=0 reset_method=bus\n 02:00.0 reset_method=flr,bus");
    pc.screens("00:02.0", 0, &parts::lit());
    pc.screens("01:00.0", 1, &DARK);
    pc.disk("02:00.0", NVME, 259, &[("nvme0n1p1", 1, "vfat", "/efi"), ("nvme0n1p2", 2, "btrfs", "")]);
    pc.disk("00:17.0", SATA, 8, &[("sda1", 1, "btrfs", "")]);
    pc.btrfs(&["nvme0n1p2", "sda1"]);
    for (root, place) in [("/@", "/"), ("/@/home", "/home")] {
        pc.mounted("0:33", root, place, "btrfs", "/dev/nvme0n1p2");
    }
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("00:14.0", 1, (16, 10), &DESK);
    pc.sound("00:1f.3", "HDA Intel PCH", &[(0, "ALC897 Analog")]);
    pc.system(
        "DMAR",
        parts::intel("12th Gen Intel(R) Core(TM) i5-12600K"),
        "6.17.8-1-default",
        "root=UUID=00000000-0000-4000-8000-000000000001 rootflags=subvol=@ quiet intel_iommu=on",
    );
    pc.identity("ASRock", "Z690 Pro RS", 3);
    pc.installed(&System {
        distribution: Distribution::Tumbleweed,
        release: "6.17.8-1-default",
        amd: false,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("btrfs-raid", pc.finish())
        .card("00:02.0", Verdict::ToDo)
        .card("01:00.0", Verdict::Ready)
        .says(CheckId::StorageSystem, Trip::NotPossible, "02:00.0")
        .says(CheckId::StorageSystem, Trip::NotPossible, "00:17.0")
}

/// The card for the guest has a group of its own, and the controller beside it the only keyboard.
fn usb_controller_with_keyboard() -> Shape {
    let mut pc = Computer::new("AMD desktop whose added USB controller has the only keyboard", "1462");
    pc.functions(boards::MATISSE);
    pc.functions(
        "
        01:00.0 00:01.1 010802 144d:a808 00 14 nvme          144d:a801
        04:00.0 00:01.2 0c0330 1b73:1100 10 15 xhci_hcd      1b73:1100
        08:00.0 00:03.1 030000 10de:2c05 a1 16 nouveau       1462:5315
        08:00.1 00:03.1 040300 10de:228b a1 16 snd_hda_intel 1462:5315
        09:00.0 00:03.2 030000 8086:56a0 08 17 i915          172f:3937
        0a:00.0 00:07.1 020000 10ec:8125 05 18 r8169
    ",
    );
    pc.attributes("08:00.0 boot_vga=0 reset_method=bus\n 09:00.0 boot_vga=1 reset_method=flr,bus\n 01:00.0 reset_method=flr,bus");
    pc.screens("08:00.0", 1, &DARK);
    pc.screens("09:00.0", 0, &parts::lit());
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.default_route("0a:00.0", "enp10s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("04:00.0", 1, (4, 4), &DESK);
    pc.usb("21:00.3", 3, (4, 4), &[]);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC897 Analog")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 7 5800X3D 8-Core Processor"),
        "6.17.8-arch1-1",
        "BOOT_IMAGE=/vmlinuz-linux root=UUID=00000000-0000-4000-8000-000000000001 rw loglevel=3 quiet",
    );
    pc.identity("Micro-Star International Co., Ltd.", "MPG X570 GAMING PLUS (MS-7C37)", 3);
    pc.installed(&System {
        distribution: Distribution::ArchGrub,
        release: "6.17.8-arch1-1",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("only-keyboard", pc.finish())
        .card("08:00.0", Verdict::Ready)
        .card("09:00.0", Verdict::ToDo)
        .says(CheckId::UsbKeyboard, Trip::ToDo, "04:00.0")
}
