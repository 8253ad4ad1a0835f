//! Machines on which libvirt, QEMU or what belongs to them is missing or half there.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{Case, Trip, case};

const ENABLED: &str = "/etc/systemd/system/sockets.target.wants";

/// libvirt as a daemon for each part.
fn in_parts(machine: &mut Machine) {
    machine.gone("/usr/sbin/libvirtd").gone("/run/libvirt/libvirt-sock").file("/usr/sbin/virtqemud", "");
    for name in ["virtqemud", "virtnetworkd", "virtnodedevd", "virtstoraged"] {
        machine.file(&format!("/run/libvirt/{name}-sock"), "");
    }
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(CheckId::LibvirtInstalled, Trip::ToDo, "no libvirt", |machine| {
            machine.gone("/usr/sbin/libvirtd").gone("/run/libvirt");
        })
        .passing_on("libvirt as a daemon for each part", in_parts),
        case(CheckId::LibvirtInstalled, Trip::CouldNotTell, "no programs to look at", |machine| {
            machine.gone("/usr").gone("/run");
        }),
        case(CheckId::LibvirtRunning, Trip::ToDo, "libvirtd without a socket", |machine| {
            machine.gone("/run/libvirt/libvirt-sock");
        })
        .passing_on("libvirt as a daemon for each part", in_parts),
        case(
            CheckId::LibvirtOneLayout,
            Trip::ToDo,
            "sockets of libvirtd and of virtqemud enabled",
            |machine| {
                machine
                    .file(&format!("{ENABLED}/libvirtd.socket"), "")
                    .file(&format!("{ENABLED}/virtqemud.socket"), "");
            },
        )
        .passing_on("the socket of virtqemud enabled", |machine| {
            in_parts(machine);
            machine.file(&format!("{ENABLED}/virtqemud.socket"), "");
        }),
        case(CheckId::LibvirtCompanions, Trip::ToDo, "virtqemud without virtnetworkd", |machine| {
            in_parts(machine);
            machine.gone("/run/libvirt/virtnetworkd-sock");
        })
        .passing_on("all daemons of libvirt", in_parts),
        case(CheckId::QemuUser, Trip::ToDo, "virtual machines as a person", |machine| {
            machine.file("/etc/libvirt/qemu.conf", "user = \"ada\"\n");
        })
        .passing_on("virtual machines as libvirt-qemu", |machine| {
            machine.file("/etc/libvirt/qemu.conf", "user = \"libvirt-qemu\"\n");
        }),
        case(CheckId::QemuUser, Trip::CouldNotTell, "a qemu.conf that may not be read", |machine| {
            machine.denied("/etc/libvirt/qemu.conf");
        }),
        case(CheckId::QemuInstalled, Trip::ToDo, "no QEMU", |machine| {
            machine.gone("/usr/bin/qemu-system-x86_64");
        })
        .passing_on("QEMU as RHEL has it", |machine| {
            machine.gone("/usr/bin/qemu-system-x86_64").file("/usr/libexec/qemu-kvm", "");
        }),
        case(CheckId::GuestFirmware, Trip::ToDo, "no descriptor of UEFI firmware", |machine| {
            machine.gone("/usr/share/qemu/firmware").folder("/usr/share/qemu/firmware");
        }),
        case(CheckId::GuestSecureBoot, Trip::ToDo, "UEFI firmware without Secure Boot", |machine| {
            machine.gone("/usr/share/qemu/firmware/40-edk2-x86_64-secure.json");
        }),
        case(CheckId::GuestTpm, Trip::ToDo, "no swtpm", |machine| {
            machine.gone("/usr/bin/swtpm");
        }),
        case(CheckId::DnsmasqInstalled, Trip::ToDo, "no dnsmasq", |machine| {
            machine.gone("/usr/sbin/dnsmasq");
        }),
    ]
}
