//! Systems that are set up in their own way: cards reserved already, images, declared systems, locked kernels.

use gangway_core::checks::{CheckId, Verdict};

use super::Shape;
use crate::checks::Trip;
use crate::machines::boards;
use crate::machines::computer::Computer;
use crate::machines::distributions::Distribution;
use crate::machines::parts::{self, DARK, DESK, NVME, PLAIN};
use crate::machines::system::System;

pub(super) fn all() -> Vec<Shape> {
    vec![reserved(), image(), declared(), locked_down()]
}

/// A desktop on AMD's board with a card for the host and one for a guest, to which a system is added.
fn desktop(title: &str, driver: &str) -> Computer {
    let mut pc = Computer::new(title, "1458");
    pc.functions(boards::MATISSE);
    pc.functions(&format!(
        "
        01:00.0 00:01.1 010802 144d:a80c 00 14 nvme          144d:a801
        04:00.0 00:01.2 020000 10ec:8125 05 15 r8169
        06:00.0 00:03.1 060400 1002:1478 c7 16 pcieport
        07:00.0 06:00.0 060400 1002:1479 00 17 pcieport
        08:00.0 07:00.0 030000 1002:73df c5 18 amdgpu        1da2:e447
        08:00.1 07:00.0 040300 1002:ab28 00 19 snd_hda_intel 1da2:e447
        09:00.0 00:03.2 030000 10de:2484 a1 20 {driver}      1458:404c
        09:00.1 00:03.2 040300 10de:228b a1 20 {}            1458:404c
    ",
        if driver == "vfio-pci" { driver } else { "snd_hda_intel" }
    ));
    pc.attributes("08:00.0 boot_vga=1 reset_method=bus\n 09:00.0 boot_vga=0 reset_method=bus\n 01:00.0 reset_method=flr,bus");
    pc.screens("08:00.0", 0, &parts::lit());
    if driver != "vfio-pci" {
        pc.screens("09:00.0", 1, &DARK);
    }
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("21:00.3", 1, (4, 4), &DESK);
    pc.sound("08:00.1", "HDA ATI HDMI", &[(3, "HDMI 0")]);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC1220 Analog")]);
    pc.identity("Gigabyte Technology Co., Ltd.", "X570 AORUS ELITE", 3);
    pc
}

const PROCESSOR: &str = "AMD Ryzen 7 5800X 8-Core Processor";

/// Somebody followed a guide: it works, and two of the lines do nothing.
fn reserved() -> Shape {
    let mut pc = desktop("AMD desktop whose card is reserved by a guide's lines", "vfio-pci");
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.text("/etc/modules-load.d/vfio.conf", "vfio\nvfio_iommu_type1\nvfio_pci\nvfio_virqfd\n");
    pc.text(
        "/etc/modprobe.d/vfio.conf",
        "options vfio-pci ids=10de:2484,10de:228b\nsoftdep nvidia pre: vfio-pci\n",
    );
    pc.text("/etc/initramfs-tools/modules", "vfio\nvfio_iommu_type1\nvfio_pci\n");
    pc.text("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet amd_iommu=on iommu=pt vfio-pci.ids=10de:2484,10de:228b\"\nGRUB_CMDLINE_LINUX=\"\"\n");
    pc.system(
        "IVRS",
        parts::amd(PROCESSOR),
        "6.12.43+deb13-amd64",
        "BOOT_IMAGE=/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=00000000-0000-4000-8000-000000000001 ro quiet amd_iommu=on iommu=pt vfio-pci.ids=10de:2484,10de:228b",
    );
    pc.installed(&System {
        distribution: Distribution::Debian,
        release: "6.12.43+deb13-amd64",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("reserved", pc.finish())
        .card("08:00.0", Verdict::NotPossible)
        .card("09:00.0", Verdict::Ready)
        .says(CheckId::UselessAmdIommuOn, Trip::ToDo, "")
        .says(CheckId::UselessVirqfd, Trip::ToDo, "")
        .passes(&[CheckId::ReservationFailed, CheckId::RepeatedVfioIds, CheckId::ArgumentsWaiting])
}

/// Fedora Kinoite: the root is put together by the system, and the disk is mounted elsewhere.
fn image() -> Shape {
    let mut pc = desktop("AMD desktop with Fedora Kinoite", "nouveau");
    pc.disk(
        "01:00.0",
        NVME,
        259,
        &[
            ("nvme0n1p1", 1, "vfat", "/boot/efi"),
            ("nvme0n1p2", 2, "ext4", "/boot"),
            ("nvme0n1p3", 3, "btrfs", ""),
        ],
    );
    pc.mounted("0:35", "/", "/", "overlay", "composefs");
    for (root, place) in
        [("/root", "/sysroot"), ("/root/ostree/deploy/fedora/var", "/var"), ("/home", "/var/home")]
    {
        pc.mounted("0:31", root, place, "btrfs", "/dev/nvme0n1p3");
    }
    pc.system(
        "IVRS",
        parts::amd(PROCESSOR),
        "6.17.8-300.fc43.x86_64",
        "BOOT_IMAGE=(hd0,gpt2)/ostree/fedora-0123/vmlinuz-6.17.8-300.fc43.x86_64 rhgb quiet root=UUID=00000000-0000-4000-8000-000000000001 rootflags=subvol=root rw ostree=/ostree/boot.1/fedora/0123/0",
    );
    pc.installed(&System {
        distribution: Distribution::Kinoite,
        release: "6.17.8-300.fc43.x86_64",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: true,
    });
    Shape::new("image", pc.finish())
        .card("08:00.0", Verdict::ToDo)
        .card("09:00.0", Verdict::Ready)
        .says(CheckId::ImmutableSystem, Trip::ToDo, "")
        .says(CheckId::StorageSystem, Trip::NotPossible, "01:00.0")
        .passes(&[CheckId::LibvirtCompanions])
}

/// NixOS, on which configuration is declared and nothing lies where it does elsewhere.
fn declared() -> Shape {
    let mut pc = desktop("AMD desktop with NixOS", "nouveau");
    pc.disk("01:00.0", NVME, 259, &[("nvme0n1p1", 1, "vfat", "/boot"), ("nvme0n1p2", 2, "ext4", "/")]);
    pc.mounted("259:2", "/nix/store", "/nix/store", "ext4", "/dev/nvme0n1p2");
    pc.system(
        "IVRS",
        parts::amd(PROCESSOR),
        "6.12.58",
        "initrd=\\EFI\\nixos\\initrd.efi init=/nix/store/0123-nixos-system/init loglevel=4",
    );
    pc.installed(&System {
        distribution: Distribution::Nix,
        release: "6.12.58",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("declared", pc.finish())
        .card("08:00.0", Verdict::ToDo)
        .card("09:00.0", Verdict::Ready)
        .says(CheckId::ImmutableSystem, Trip::ToDo, "")
        .passes(&[
            CheckId::LibvirtInstalled,
            CheckId::QemuInstalled,
            CheckId::GuestTpm,
            CheckId::PolkitInstalled,
            CheckId::VfioSupport,
        ])
}

/// A kernel that is locked as far as it can be, with a self-built module for a card that does not come back.
fn locked_down() -> Shape {
    let mut pc = desktop("AMD desktop with a locked kernel", "nouveau");
    pc.functions("0a:00.0 00:07.1 030000 1002:67df e7 23 amdgpu 1462:8a91\n 0a:00.1 00:07.1 040300 1002:aaf0 00 23 snd_hda_intel 1462:8a91");
    pc.attributes("0a:00.0 boot_vga=0 reset_method=bus");
    pc.screens("0a:00.0", 2, &DARK);
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.text("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
    pc.text("/lib/modules/6.17.8-300.fc43.x86_64/extra/vendor-reset.ko.xz", "");
    pc.system(
        "IVRS",
        parts::amd(PROCESSOR),
        "6.17.8-300.fc43.x86_64",
        "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.17.8-300.fc43.x86_64 root=UUID=00000000-0000-4000-8000-000000000001 ro rhgb quiet lockdown=confidentiality",
    );
    pc.installed(&System {
        distribution: Distribution::Fedora,
        release: "6.17.8-300.fc43.x86_64",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: true,
    });
    Shape::new("locked-down", pc.finish())
        .card("08:00.0", Verdict::ToDo)
        .card("09:00.0", Verdict::Ready)
        .card("0a:00.0", Verdict::ToDo)
        .says(CheckId::SelfBuiltModuleSigned, Trip::ToDo, "")
        .says(CheckId::ResetKnownBad, Trip::ToDo, "0a:00.0")
}
