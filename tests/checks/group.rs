//! Machines whose groups are not what they seem, and cards that do not come back from a reset.

use gangway_core::checks::CheckId;

use super::graphics::{GUEST, HOST};
use super::lab::Machine;
use super::{BASE, Case, Trip};

const PORT: &str = "/sys/devices/pci0000:00/0000:00:01.1";
const DISK: &str = "/sys/devices/pci0000:00/0000:00:01.3/0000:05:00.0";

/// Every device of the chipset in a group of its own.
fn apart(machine: &mut Machine) {
    let chipset = "/sys/devices/pci0000:00/0000:00:01.2";
    machine.link(&format!("{chipset}/0000:02:00.1/iommu_group"), "../../../../kernel/iommu_groups/31");
    let network = format!("{chipset}/0000:02:00.2/0000:03:00.0/0000:04:00.0");
    machine.link(&format!("{network}/iommu_group"), "../../../../../../kernel/iommu_groups/32");
    for group in [31, 32] {
        let interrupts = "0x00000000fee00000 0x00000000feefffff msi\n";
        machine.file(&format!("/sys/kernel/iommu_groups/{group}/reserved_regions"), interrupts);
    }
}

/// The whole config space of the port above the card, as root sees it, with these switches of access control on.
fn config(machine: &mut Machine, enabled: u8) {
    let mut bytes = vec![0_u8; 0x108];
    bytes[0x100..0x108].copy_from_slice(&[0x0d, 0, 1, 0, 0x1f, 0, enabled, 0]);
    for port in [PORT, "/sys/devices/pci0000:00/0000:00:03.1"] {
        machine.bytes(&format!("{port}/config"), &bytes);
    }
}

/// The ids of a card that is known not to come back.
fn navi(machine: &mut Machine) {
    machine.replace(&format!("{HOST}/uevent"), "PCI_ID=1002:743F", "PCI_ID=1002:731F");
}

pub(super) fn cases() -> Vec<Case> {
    let case = |check, outcome, trips, passes| Case { check, outcome, trips, passes };
    let apart = ("every device of the chipset in a group of its own", apart as fn(&mut Machine));
    vec![
        case(
            CheckId::GroupViable,
            Trip::ToDo,
            ("the desktop as it is: the chipset’s devices share one", |_| {}),
            apart,
        ),
        case(
            CheckId::GroupViable,
            Trip::ToDo,
            ("the only keyboard on a controller of the chipset, whose devices share one", |machine| {
                let place = "pci0000:00/0000:00:01.2/0000:02:00.0/usb1/1-2";
                let table = format!(
                    "I: Bus=0003 Vendor=0000 Product=0000 Version=0111\nN: Name=\"Spare\"\n\
                     S: Sysfs=/devices/{place}/1-2:1.0/input/input9\nB: PROP=0\nB: EV=120013\n\
                     B: KEY=fffffffffffffffe\n\n"
                );
                machine.file("/proc/bus/input/devices", &table);
            }),
            apart,
        ),
        case(
            CheckId::GroupViable,
            Trip::NotPossible,
            ("the system on a disk of the chipset, whose devices share one", |machine| {
                let table = "30 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
                machine.file("/proc/self/mountinfo", table);
            }),
            apart,
        ),
        case(
            CheckId::GroupViable,
            Trip::NotPossible,
            ("the ISA bridge in the card’s group, with a driver", |machine| {
                let bridge = "/sys/devices/pci0000:00/0000:00:14.3";
                machine.link(&format!("{bridge}/iommu_group"), "../../../kernel/iommu_groups/14");
                machine.replace(
                    &format!("{bridge}/uevent"),
                    "PCI_CLASS=60100",
                    "DRIVER=lpc_ich\n\tPCI_CLASS=60100",
                );
            }),
            apart,
        ),
        case(
            CheckId::GroupMissing,
            Trip::NotPossible,
            ("the card is in no group", |machine| {
                machine.gone(&format!("{GUEST}/iommu_group"));
            }),
            BASE,
        ),
        case(
            CheckId::GroupMissing,
            Trip::CouldNotTell,
            ("the card’s group cannot be read", |machine| {
                machine.denied(&format!("{GUEST}/iommu_group"));
            }),
            BASE,
        ),
        case(
            CheckId::GroupMapping,
            Trip::NotPossible,
            ("a region of the firmware in the card’s group", |machine| {
                let regions = "0x00000000bf800000 0x00000000cfffffff direct\n";
                machine.file("/sys/kernel/iommu_groups/14/reserved_regions", regions);
            }),
            ("a region that graphics can do without", |machine| {
                let regions = "0x00000000bf800000 0x00000000cfffffff direct-relaxable\n";
                machine.file("/sys/kernel/iommu_groups/14/reserved_regions", regions);
            }),
        ),
        case(
            CheckId::GroupAcs,
            Trip::ToDo,
            ("the port above the card has access control off", |machine| config(machine, 0)),
            ("the ports have access control on", |machine| config(machine, 0x1d)),
        ),
        case(
            CheckId::ResetAbility,
            Trip::ToDo,
            ("graphics on the root bus, which nothing resets", |machine| {
                *machine = Machine::demo("traveller");
                machine.gone("/sys/devices/pci0000:00/0000:00:02.0/reset_method");
            }),
            BASE,
        ),
        case(CheckId::ResetKnownBad, Trip::ToDo, ("a Navi 10", navi), BASE),
        case(
            CheckId::ResetKnownBad,
            Trip::ToDo,
            ("a Navi 31", |machine| {
                machine.replace(&format!("{HOST}/uevent"), "PCI_ID=1002:743F", "PCI_ID=1002:744C");
            }),
            ("a Navi 10 with vendor-reset", |machine| {
                navi(machine);
                machine.file(&format!("{HOST}/reset_method"), "device_specific bus\n");
            }),
        ),
        case(
            CheckId::ResetPowerState,
            Trip::ToDo,
            ("a card that fell off its bus", |machine| {
                machine.file(&format!("{GUEST}/power_state"), "error\n");
            }),
            BASE,
        ),
        case(
            CheckId::ResetDisk,
            Trip::ToDo,
            ("a disk that only its bus resets", |machine| {
                machine.file(&format!("{DISK}/reset_method"), "bus\n");
            }),
            BASE,
        ),
    ]
}
