//! Groups that are not what one wants: everything in one, isolation by an argument, an old bus, memory of the firmware.

use gangway_core::checks::{CheckId, Verdict};

use super::Shape;
use crate::checks::Trip;
use crate::machines::boards;
use crate::machines::computer::Computer;
use crate::machines::distributions::Distribution;
use crate::machines::parts::{self, DARK, DESK, NVME, PLAIN};
use crate::machines::system::System;

pub(super) fn all() -> Vec<Shape> {
    vec![chipset_group(), acs_override(), conventional_bridge(), demanded_memory()]
}

/// The card for the guest sits in a slot of the chipset, which has all of its devices in one group.
fn chipset_group() -> Shape {
    let mut pc =
        Computer::new("AMD desktop whose second slot shares a group with disks, USB and network", "1462");
    pc.functions(boards::MATISSE);
    pc.functions(boards::PROMONTORY);
    pc.functions(
        "
        01:00.0 00:01.1 010802 15b7:5006 00 14 nvme          15b7:5006
        05:00.0 03:04.0 030000 10de:1b80 a1 15 nvidia        3842:6183
        05:00.1 03:04.0 040300 10de:10f0 a1 15 snd_hda_intel 3842:6183
        08:00.0 00:03.1 030000 10de:128b a1 16 nouveau       1458:3709
        08:00.1 00:03.1 040300 10de:0e0f a1 16 snd_hda_intel 1458:3709
    ",
    );
    pc.attributes(
        "
        01:00.0 reset_method=flr,bus
        05:00.0 boot_vga=0 reset_method=bus
        08:00.0 boot_vga=1 reset_method=bus
    ",
    );
    pc.link("05:00.0", "03:04.0", (2, 4), (3, 16), (2, 4));
    pc.screens("05:00.0", 1, &DARK);
    pc.screens("08:00.0", 0, &parts::lit());
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.disk("02:00.1", parts::SATA, 8, &[("sda1", 1, "ext4", "/srv/films")]);
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("02:00.0", 1, (10, 4), &DESK);
    pc.usb("21:00.3", 3, (4, 4), &[]);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC892 Analog")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 7 3700X 8-Core Processor"),
        "6.12.43+deb13-amd64",
        "BOOT_IMAGE=/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=00000000-0000-4000-8000-000000000001 ro quiet",
    );
    pc.identity("Micro-Star International Co., Ltd.", "B350 TOMAHAWK (MS-7A34)", 3);
    pc.installed(&System {
        distribution: Distribution::Debian,
        release: "6.12.43+deb13-amd64",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("chipset-group", pc.finish())
        .card("05:00.0", Verdict::ToDo)
        .card("08:00.0", Verdict::ToDo)
        .says(CheckId::GroupViable, Trip::ToDo, "05:00.0")
        .says(CheckId::UsbKeyboard, Trip::ToDo, "02:00.0")
        .says(CheckId::NetworkWayOut, Trip::ToDo, "04:00.0")
        .says(CheckId::StorageData, Trip::ToDo, "02:00.1")
        .passes(&[CheckId::AcsOverride])
}

/// The same board, and a kernel that is told to believe in isolation.
fn acs_override() -> Shape {
    let mut pc = Computer::new("AMD desktop whose groups are split by an argument", "1462");
    pc.functions(boards::MATISSE);
    let mut group = 14;
    for line in boards::PROMONTORY.lines().filter(|line| !line.trim().is_empty()) {
        group += 1;
        pc.functions(&line.replace(" 15 ", &format!(" {group} ")));
    }
    pc.functions(
        "
        01:00.0 00:01.1 010802 15b7:5006 00 14 nvme          15b7:5006
        05:00.0 03:04.0 030000 10de:1b80 a1 40 vfio-pci      3842:6183
        05:00.1 03:04.0 040300 10de:10f0 a1 41 vfio-pci      3842:6183
        08:00.0 00:03.1 030000 10de:128b a1 42 nouveau       1458:3709
        08:00.1 00:03.1 040300 10de:0e0f a1 43 snd_hda_intel 1458:3709
    ",
    );
    pc.attributes("01:00.0 reset_method=flr,bus\n 05:00.0 boot_vga=0 reset_method=bus\n 08:00.0 boot_vga=1 reset_method=bus");
    pc.screens("08:00.0", 0, &parts::lit());
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.default_route("04:00.0", "enp4s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("02:00.0", 1, (10, 4), &DESK);
    pc.sound("21:00.4", "HD-Audio Generic", &[(0, "ALC892 Analog")]);
    pc.text("/etc/modprobe.d/vfio.conf", "softdep nouveau pre: vfio-pci\n");
    pc.text("/etc/mkinitcpio.conf", "MODULES=(vfio_pci vfio vfio_iommu_type1)\nHOOKS=(base udev autodetect microcode modconf kms keyboard block filesystems fsck)\n");
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 7 3700X 8-Core Processor"),
        "6.17.8-zen1-1-zen",
        "initrd=\\initramfs-linux-zen.img root=UUID=00000000-0000-4000-8000-000000000001 rw quiet pcie_acs_override=downstream,multifunction vfio-pci.ids=10de:1b80,10de:10f0",
    );
    pc.identity("Micro-Star International Co., Ltd.", "B350 TOMAHAWK (MS-7A34)", 3);
    pc.installed(&System {
        distribution: Distribution::Arch,
        release: "6.17.8-zen1-1-zen",
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("acs-override", pc.finish())
        .card("05:00.0", Verdict::ToDo)
        .card("08:00.0", Verdict::NotPossible)
        .says(CheckId::AcsOverride, Trip::ToDo, "")
        .says(CheckId::GraphicsOnly, Trip::NotPossible, "08:00.0")
        .passes(&[CheckId::ReservationFailed, CheckId::InitramfsEarly])
}

/// A conventional PCI bus: what is behind the bridge shares one group with it.
fn conventional_bridge() -> Shape {
    let mut pc = Computer::new("Intel desktop with a sound card on a conventional PCI bus", "1458");
    pc.functions(boards::COFFEE_LAKE);
    pc.functions(
        "
        00:02.0 -       030000 8086:3e92 00 2  i915
        01:00.0 00:01.0 030000 10de:1c03 a1 1  nouveau       1458:3716
        01:00.1 00:01.0 040300 10de:10f1 a1 1  snd_hda_intel 1458:3716
        03:00.0 00:1b.0 010802 144d:a808 00 10 nvme          144d:a801
        04:00.0 00:1c.0 060401 1b21:1080 04 11
        05:00.0 04:00.0 040100 13f6:8788 00 11 snd_virtuoso  1043:8467
        05:01.0 04:00.0 070002 9710:9922 00 11 serial        a000:1000
    ",
    );
    pc.attributes("00:02.0 boot_vga=1 reset_method=flr\n 01:00.0 boot_vga=0 reset_method=bus\n 03:00.0 reset_method=flr");
    pc.screens("00:02.0", 0, &parts::lit());
    pc.screens("01:00.0", 1, &DARK);
    pc.disk("03:00.0", NVME, 259, &PLAIN);
    pc.default_route("00:1f.6", "eno1");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("00:14.0", 1, (16, 8), &DESK);
    pc.sound("05:00.0", "Xonar DX", &[(0, "Multichannel")]);
    pc.system(
        "DMAR",
        parts::intel("Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz"),
        "6.17.8-arch1-1",
        "nvme_load=YES nowatchdog rw root=UUID=00000000-0000-4000-8000-000000000001 intel_iommu=on",
    );
    pc.identity("Gigabyte Technology Co., Ltd.", "Z390 UD", 3);
    pc.installed(&System {
        distribution: Distribution::Endeavour,
        release: "6.17.8-arch1-1",
        amd: false,
        threads: 12,
        memory: 32,
        secure_boot: false,
    });
    Shape::new("conventional-bridge", pc.finish())
        .card("00:02.0", Verdict::ToDo)
        .card("01:00.0", Verdict::Ready)
        .says(CheckId::GroupViable, Trip::ToDo, "05:00.0")
}

/// A server's firmware that wants memory of its management processor mapped one to one for every slot.
fn demanded_memory() -> Shape {
    let mut pc = Computer::new("Server whose firmware demands memory that stays mapped", "103c");
    pc.demanded(30, "0x00000000791ee000 0x00000000791eefff direct");
    pc.demanded(31, "0x00000000791ee000 0x00000000791eefff direct");
    pc.functions(
        "
        00:00.0 -       060000 8086:0e00 04 10
        00:02.0 -       060400 8086:0e04 04 11 pcieport
        00:03.0 -       060400 8086:0e08 04 12 pcieport
        00:11.0 -       060400 8086:1d10 b5 13 pcieport
        00:1d.0 -       0c0320 8086:1d26 05 14 ehci-pci
        00:1f.0 -       060100 8086:1d41 05 15 lpc_ich
        00:1f.2 -       010601 8086:1d02 05 15 ahci
        01:00.0 00:11.0 088000 103c:3306 05 16 hpilo
        01:00.1 00:11.0 030000 102b:0538 00 16 mgag200
        01:00.2 00:11.0 088000 103c:3307 02 16 hpilo
        02:00.0 00:02.0 020000 14e4:1657 01 30 tg3           103c:169d
        07:00.0 00:03.0 030000 10de:1c03 a1 31 nouveau       1458:3716
        07:00.1 00:03.0 040300 10de:10f1 a1 31 snd_hda_intel 1458:3716
    ",
    );
    pc.attributes("01:00.1 boot_vga=1\n 07:00.0 boot_vga=0 reset_method=bus\n 02:00.0 reset_method=flr,bus");
    pc.screens("01:00.1", 0, &[("VGA-1", None)]);
    pc.screens("07:00.0", 1, &DARK);
    pc.disk(
        "00:1f.2",
        parts::SATA,
        8,
        &[("sda1", 1, "vfat", "/boot/efi"), ("sda2", 2, "linux_raid_member", "")],
    );
    let second = "ata2/host1/target1:0:0/1:0:0:0/block/sdb";
    pc.disk("00:1f.2", second, 8, &[("sdb1", 17, "linux_raid_member", "")]);
    pc.raid(127, "raid1", &["sda2", "sdb1"]);
    pc.mounted("9:127", "/", "/", "xfs", "/dev/md127");
    pc.default_route("02:00.0", "eno1");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.usb("00:1d.0", 1, (2, 0), &DESK);
    pc.system(
        "DMAR",
        parts::intel("Intel(R) Xeon(R) CPU E5-2640 v2 @ 2.00GHz"),
        "5.14.0-570.el9.x86_64",
        "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0-570.el9.x86_64 root=UUID=00000000-0000-4000-8000-000000000001 ro crashkernel=1G-4G:192M intel_iommu=on",
    );
    pc.identity("HP", "ProLiant DL380p Gen8", 23);
    pc.installed(&System {
        distribution: Distribution::Rocky,
        release: "5.14.0-570.el9.x86_64",
        amd: false,
        threads: 16,
        memory: 64,
        secure_boot: false,
    });
    Shape::new("demanded-memory", pc.finish())
        .card("01:00.1", Verdict::NotPossible)
        .card("07:00.0", Verdict::NotPossible)
        .says(CheckId::GroupMapping, Trip::NotPossible, "07:00.0")
        .says(CheckId::GroupMapping, Trip::NotPossible, "02:00.0")
        .says(CheckId::GraphicsIntegrated, Trip::NotPossible, "01:00.1")
        .passes(&[CheckId::KernelVersion])
}
