//! Machines whose start is not as configured, or not known.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{Case, Trip, case};

const HOOKS: &str = "HOOKS=(base udev autodetect microcode modconf kms keyboard block filesystems fsck)";
const IDS: &str = "options vfio-pci ids=10de:2484,10de:228b\n";

fn traveller(machine: &mut Machine) {
    *machine = Machine::demo("traveller");
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            CheckId::BootLoader,
            Trip::CouldNotTell,
            "GRUB and systemd-boot, neither says that it is in use",
            |machine| {
                machine.file("/efi/loader/loader.conf", "");
            },
        )
        .passing_on("GRUB and systemd-boot, and the latter says so to the firmware", |machine| {
            traveller(machine);
            machine.file("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"\n").file("/boot/grub/grub.cfg", "");
        }),
        case(CheckId::ArgumentsWaiting, Trip::ToDo, "iommu=pt in GRUB's settings alone", |machine| {
            machine.file("/etc/default/grub.d/vfio.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt\"\n");
        })
        .passing_on("iommu=pt in GRUB's settings and on the command line", |machine| {
            machine.file("/etc/default/grub.d/vfio.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt\"\n");
            machine.argument("iommu=pt");
        }),
        case(CheckId::ImmutableSystem, Trip::ToDo, "a system of OSTree", |machine| {
            machine.file("/run/ostree-booted", "");
        }),
        case(CheckId::ImmutableSystem, Trip::ToDo, "NixOS", |machine| {
            machine.file("/etc/NIXOS", "").file("/etc/os-release", "ID=nixos\nNAME=NixOS\n");
        }),
        case(CheckId::InitramfsGenerator, Trip::CouldNotTell, "initramfs-tools and dracut", |machine| {
            machine.file("/usr/bin/dracut", "");
        }),
        case(
            CheckId::InitramfsEarly,
            Trip::ToDo,
            "ids in modprobe.d, and nothing that loads vfio-pci early",
            |machine| {
                machine.file("/etc/modprobe.d/vfio.conf", IDS);
            },
        )
        .passing_on("ids in modprobe.d, and a softdep of the graphics driver", |machine| {
            machine.file("/etc/modprobe.d/vfio.conf", &format!("{IDS}softdep nvidia pre: vfio-pci\n"));
        }),
        case(
            CheckId::InitramfsModconf,
            Trip::ToDo,
            "the demo's laptop, ids, and no hook modconf",
            |machine| {
                traveller(machine);
                machine.file("/etc/modprobe.d/vfio.conf", IDS);
                machine.replace("/etc/mkinitcpio.conf", HOOKS, "HOOKS=(base udev kms block filesystems)");
            },
        )
        .passing_on("the demo's laptop with ids", |machine| {
            traveller(machine);
            machine.file("/etc/modprobe.d/vfio.conf", IDS);
        }),
    ]
}
