//! Machines on which the user may not do everything, or too much.

use gangway_core::checks::CheckId;

use super::{Case, Trip, case};

const STATUS: &str = "/proc/self/status";
const GROUPS: &str = "/etc/group";

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(CheckId::KvmDevice, Trip::ToDo, "no /dev/kvm", |machine| {
            machine.gone("/dev/kvm");
        }),
        case(CheckId::KvmAccess, Trip::ToDo, "a /dev/kvm that refuses the user", |machine| {
            machine.denied("/dev/kvm");
        }),
        case(CheckId::VfioNode, Trip::ToDo, "no node of VFIO", |machine| {
            machine.gone("/dev/vfio");
        })
        .passing_on("/dev/iommu in place of /dev/vfio/vfio", |machine| {
            machine.gone("/dev/vfio").file("/dev/iommu", "");
        }),
        case(CheckId::LibvirtAccess, Trip::ToDo, "a socket of libvirt that refuses the user", |machine| {
            machine.denied("/run/libvirt/libvirt-sock").replace(
                GROUPS,
                "libvirt:x:130:user1",
                "libvirt:x:130:",
            );
            machine.replace(STATUS, "104 130", "104");
        }),
        case(CheckId::LibvirtGroup, Trip::ToDo, "a user outside of the group libvirt", |machine| {
            machine
                .replace(GROUPS, "libvirt:x:130:user1", "libvirt:x:130:")
                .replace(STATUS, "104 130", "104");
        })
        .passing_on("the administrator", |machine| {
            machine.file(STATUS, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t0 \n");
        }),
        case(CheckId::LibvirtGroup, Trip::CouldNotTell, "groups that are not shown", |machine| {
            machine.gone(GROUPS);
        }),
        case(CheckId::GroupAfterLogin, Trip::ToDo, "in the group libvirt since after the login", |machine| {
            machine.replace(STATUS, "104 130", "104");
        }),
        case(CheckId::InputGroup, Trip::ToDo, "a session with the group input", |machine| {
            machine.replace(STATUS, "104 130", "104 105 130");
        }),
        case(CheckId::PolkitInstalled, Trip::ToDo, "no polkit", |machine| {
            machine.gone("/usr/lib/polkit-1/polkitd");
        }),
    ]
}
