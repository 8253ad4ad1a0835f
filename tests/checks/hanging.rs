//! Machines whose USB, storage and network controllers hold what the host needs.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{BASE, Case, Trip};

const MOUNTS: &str = "/proc/self/mountinfo";
const CHIPSET_USB: &str = "/sys/devices/pci0000:00/0000:00:01.2/0000:02:00.0/usb1";
const NETWORK: &str = "/sys/devices/pci0000:00/0000:00:01.2/0000:02:00.2/0000:03:00.0/0000:04:00.0";
const WIRELESS: &str = "/sys/devices/pci0000:00/0000:00:03.2/0000:09:00.0";
const ROUTE: &str = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";

/// A second keyboard on the other controller.
fn two_keyboards(machine: &mut Machine) {
    let place = CHIPSET_USB.trim_start_matches("/sys");
    let table = format!(
        "I: Bus=0003 Vendor=0000 Product=0000 Version=0111\n\tN: Name=\"Spare\"\n\t\
         S: Sysfs={place}/1-2/1-2:1.0/input/input9\n\tB: PROP=0\n\tB: EV=120013\n\tB: KEY=fffffffffffffffe\n\t\n\tI: Bus=0003 "
    );
    machine.replace("/proc/bus/input/devices", "I: Bus=0003 ", &table);
}

/// One more device on the chipset's controller.
fn plugged(machine: &mut Machine, port: &str, product: &str) {
    let place = format!("{CHIPSET_USB}/{port}");
    machine.link(
        &format!("/sys/bus/usb/devices/{port}"),
        &format!("../../../{}", place.trim_start_matches("/sys/")),
    );
    machine
        .file(&format!("{place}/uevent"), &format!("PRODUCT={product}\n"))
        .file(&format!("{place}/product"), "Stick\n");
}

/// A machine that runs from memory alone.
fn no_disks(machine: &mut Machine) {
    machine.file(MOUNTS, "30 1 0:30 / / rw - tmpfs tmpfs rw\n").file("/proc/swaps", "Filename Type\n");
}

fn route(machine: &mut Machine, interface: &str) {
    machine.file(
        "/proc/net/route",
        &format!("{ROUTE}{interface} 00000000 0102A8C0 0003 0 0 100 00000000 0 0 0\n"),
    );
}

/// An open encrypted volume on the second disk, from which nothing is mounted.
fn open_volume(machine: &mut Machine) {
    machine.file(MOUNTS, "30 1 0:30 / / rw - tmpfs tmpfs rw\n");
    let volume = "/sys/devices/virtual/block/dm-0";
    machine.link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
    machine.file(&format!("{volume}/uevent"), "MAJOR=254\nMINOR=0\nDEVTYPE=disk\n");
    machine.file(&format!("{volume}/dm/uuid"), "CRYPT-").file(&format!("{volume}/dm/name"), "safe\n");
    machine.link(&format!("{volume}/slaves/sda1"), "../../../../../class/block/sda1");
}

/// A bridge with this port.
fn bridge(machine: &mut Machine, place: &str, port: &str) {
    let at = "/sys/devices/virtual/net/br0";
    machine.link("/sys/class/net/br0", "../../devices/virtual/net/br0");
    machine.file(&format!("{at}/uevent"), "DEVTYPE=bridge\n").file(&format!("{at}/type"), "1\n");
    machine.link(
        &format!("{at}/lower_{port}"),
        &format!("../../../../{}", place.trim_start_matches("/sys/devices/")),
    );
    machine.link(&format!("{place}/net/{port}/master"), "../../../../../../virtual/net/br0");
}

pub(super) fn cases() -> Vec<Case> {
    [usb(), storage(), network()].into_iter().flatten().collect()
}

fn usb() -> Vec<Case> {
    let case = |check, outcome, trips, passes| Case { check, outcome, trips, passes };
    vec![
        case(
            CheckId::UsbKeyboard,
            Trip::ToDo,
            ("the desktop as it is: one keyboard", |_| {}),
            ("a second keyboard on another controller", two_keyboards),
        ),
        case(
            CheckId::UsbKeyboard,
            Trip::CouldNotTell,
            ("the table of inputs cannot be read", |machine| {
                machine.denied("/proc/bus/input/devices");
            }),
            ("a second keyboard on another controller", two_keyboards),
        ),
        case(
            CheckId::UsbBluetooth,
            Trip::ToDo,
            ("the desktop as it is: one adapter", |_| {}),
            ("no adapter", |machine| {
                machine.gone("/sys/class/bluetooth");
            }),
        ),
        case(
            CheckId::UsbTwins,
            Trip::ToDo,
            ("two sticks of a kind", |machine| {
                plugged(machine, "1-5", "781/5581/100");
                plugged(machine, "1-6", "781/5581/100");
            }),
            BASE,
        ),
    ]
}

fn storage() -> Vec<Case> {
    let case = |check, outcome, trips, passes| Case { check, outcome, trips, passes };
    let memory = ("a machine that runs from memory alone", no_disks as fn(&mut Machine));
    vec![
        case(CheckId::StorageSystem, Trip::NotPossible, ("the desktop as it is", |_| {}), memory),
        case(
            CheckId::StorageSystem,
            Trip::CouldNotTell,
            ("the table of mounts cannot be read", |machine| {
                machine.denied(MOUNTS);
            }),
            memory,
        ),
        case(
            CheckId::StorageData,
            Trip::ToDo,
            ("the desktop as it is: /home on a second disk", |_| {}),
            memory,
        ),
        case(
            CheckId::StorageSwap,
            Trip::ToDo,
            ("swap space on the disk that the system is not on", swap_on_data),
            memory,
        ),
        case(CheckId::StorageVolumes, Trip::ToDo, ("an open encrypted volume", open_volume), BASE),
    ]
}

fn swap_on_data(machine: &mut Machine) {
    machine.file("/proc/swaps", "Filename Type Size Used Priority\n/dev/sda1 partition 16777212 0 -2\n");
}

fn network() -> Vec<Case> {
    let case = |check, outcome, trips, passes| Case { check, outcome, trips, passes };
    vec![
        case(
            CheckId::NetworkWayOut,
            Trip::ToDo,
            ("the desktop as it is: one way out", |_| {}),
            ("a way out through each card", |machine| {
                let two = "wlp9s0 00000000 0102A8C0 0003 0 0 600 00000000 0 0 0\n";
                let one = "enp4s0 00000000 0102A8C0 0003 0 0 100 00000000 0 0 0\n";
                machine.file("/proc/net/route", &format!("{ROUTE}{one}{two}"));
            }),
        ),
        case(
            CheckId::NetworkWireless,
            Trip::ToDo,
            ("the way out goes through Wi-Fi", |machine| route(machine, "wlp9s0")),
            BASE,
        ),
        case(
            CheckId::NetworkWireless,
            Trip::CouldNotTell,
            ("the table of routes is not shown", |machine| {
                machine.gone("/proc/net/route");
            }),
            BASE,
        ),
        case(
            CheckId::NetworkDefault,
            Trip::ToDo,
            ("no bridge of libvirt", |machine| {
                machine.gone("/sys/class/net/virbr0");
            }),
            BASE,
        ),
        case(
            CheckId::NetworkBridge,
            Trip::ToDo,
            ("a bridge with a port of Wi-Fi", |machine| bridge(machine, WIRELESS, "wlp9s0")),
            ("a bridge with a wired port", |machine| bridge(machine, NETWORK, "enp4s0")),
        ),
        case(
            CheckId::NetworkVirtualFunctions,
            Trip::ToDo,
            ("two virtual functions are on", |machine| {
                machine
                    .file(&format!("{NETWORK}/sriov_totalvfs"), "7\n")
                    .file(&format!("{NETWORK}/sriov_numvfs"), "2\n");
            }),
            ("virtual functions are off", |machine| {
                machine
                    .file(&format!("{NETWORK}/sriov_totalvfs"), "7\n")
                    .file(&format!("{NETWORK}/sriov_numvfs"), "0\n");
            }),
        ),
    ]
}
