//! Checks of what the user may do.

use super::ask::present;
use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Package, Subject, Value, Weight};
use crate::reading::{Reading, TroubleDetail};
use crate::source::SourceErrorKind;
use crate::system::{CpuMaker, Layout, Membership};

const KVM: &str = "/dev/kvm";
const STATUS: &str = "/proc/self/status";
const GROUPS: &str = "/etc/group";
const POLKIT: &str = "libvirt, docs/auth.rst and src/remote/libvirtd.rules (the group libvirt)";

pub(super) const CHECKS: &[Check] = &[
    Subject::Permissions.check(
        CheckId::KvmDevice,
        Weight::Essential,
        "kernel, Documentation/virt/kvm/api.rst: KVM is opened as /dev/kvm",
        kvm_device,
    ),
    Subject::Permissions.check(
        CheckId::KvmAccess,
        Weight::Advice,
        "systemd, rules.d/50-udev-default.rules.in (kvm); only virtual machines of the user's own session need it",
        kvm_access,
    ),
    Subject::Permissions.check(
        CheckId::VfioNode,
        Weight::Advice,
        "kernel, Documentation/driver-api/vfio.rst (/dev/vfio/vfio), Documentation/userspace-api/iommufd.rst",
        |model| {
            present(&model.system.user.vfio_node, "/dev/vfio/vfio", || Fix::LoadModule { module: "vfio" })
        },
    ),
    Subject::Permissions.check(CheckId::LibvirtAccess, Weight::Important, POLKIT, libvirt_access),
    Subject::Permissions.check(CheckId::LibvirtGroup, Weight::Advice, POLKIT, libvirt_group),
    Subject::Permissions.check(
        CheckId::GroupAfterLogin,
        Weight::Important,
        "credentials(7): the groups of a session are those of its login",
        after_login,
    ),
    Subject::Permissions.check(
        CheckId::InputGroup,
        Weight::Advice,
        "libvirt, docs/formatdomain.rst (input, evdev): libvirt itself gives QEMU access, and the group reads every key",
        input_group,
    ),
    Subject::Permissions.check(CheckId::PolkitInstalled, Weight::Advice, POLKIT, |model| {
        let system = &model.system;
        present(&system.virtualization.polkit, "/usr/lib/polkit-1/polkitd", || {
            Fix::install(system, Package::Polkit)
        })
    }),
];

fn kvm_device(model: &Examination<'_>) -> Vec<Answer> {
    let module = match model.system.cpu.maker() {
        CpuMaker::Intel => "kvm_intel",
        CpuMaker::Amd => "kvm_amd",
        CpuMaker::Other => "kvm",
    };
    // Where the processor cannot, its own checks say so.
    if model.system.cpu.virtualizes() == Some(false) {
        return Vec::new();
    }
    present(&model.system.user.kvm_node, KVM, || Fix::LoadModule { module })
}

/// Whether a node or socket is there and refuses the user.
fn refused(reading: &Reading<()>) -> bool {
    reading
        .trouble()
        .is_some_and(|trouble| trouble.detail == TroubleDetail::Source(SourceErrorKind::NoPermission))
}

fn kvm_access(model: &Examination<'_>) -> Vec<Answer> {
    let kvm = &model.system.user.kvm;
    let evidence = Evidence::reading(KVM, kvm, |()| String::new());
    match kvm {
        Reading::Known(()) => vec![Answer::ok().saw(evidence)],
        Reading::Absent => Vec::new(),
        _ if refused(kvm) => vec![Answer::to_do(Fix::JoinGroup { group: "kvm".to_owned() }).saw(evidence)],
        _ => vec![Answer::could_not_tell(Need::of(kvm, KVM)).saw(evidence)],
    }
}

fn libvirt_access(model: &Examination<'_>) -> Vec<Answer> {
    let virtualization = &model.system.virtualization;
    let (socket, path) = match virtualization.layout() {
        Some(Layout::One) => (&virtualization.libvirt_socket, "/run/libvirt/libvirt-sock"),
        Some(Layout::Parts) => (&virtualization.qemu_socket, "/run/libvirt/virtqemud-sock"),
        None => return Vec::new(),
    };
    let evidence = Evidence::reading(path, socket, |()| String::new());
    match socket {
        Reading::Known(()) => vec![Answer::ok().saw(evidence)],
        Reading::Absent => Vec::new(),
        _ if refused(socket) => {
            let group = model.system.user.libvirt_group().unwrap_or("libvirt").to_owned();
            let fix = match model.system.user.membership(&group) {
                Membership::AfterLogin => Fix::LogInAgain,
                _ => Fix::JoinGroup { group },
            };
            vec![Answer::to_do(fix).saw(evidence)]
        }
        _ => vec![Answer::could_not_tell(Need::of(socket, path)).saw(evidence)],
    }
}

fn libvirt_group(model: &Examination<'_>) -> Vec<Answer> {
    let user = &model.system.user;
    if user.is_root() {
        return vec![Answer::ok().saw(Evidence::value(STATUS, "Uid: 0"))];
    }
    let Some(group) = user.libvirt_group() else {
        if user.groups.is_known() || model.system.virtualization.layout().is_none() {
            return Vec::new();
        }
        return vec![Answer::could_not_tell(Need::of(&user.groups, GROUPS)).saw(Evidence::absent(GROUPS))];
    };
    let evidence = Evidence::value(GROUPS, group);
    match user.membership(group) {
        Membership::Now => vec![Answer::ok().saw(evidence)],
        Membership::No => {
            let fix = Fix::JoinGroup { group: group.to_owned() };
            vec![Answer::to_do(fix).saying("group", group).saw(evidence)]
        }
        Membership::Unknown => {
            vec![Answer::could_not_tell(Need::of(&user.process, STATUS)).saw(evidence)]
        }
        Membership::AfterLogin | Membership::NoGroup => Vec::new(),
    }
}

fn after_login(model: &Examination<'_>) -> Vec<Answer> {
    let user = &model.system.user;
    if !user.groups.is_known() || !user.process.is_known() {
        return Vec::new();
    }
    let waiting = |name: &&str| user.membership(name) == Membership::AfterLogin;
    let names: Vec<String> =
        ["libvirt", "libvirtd", "kvm"].into_iter().filter(waiting).map(str::to_owned).collect();
    let groups = Evidence::value(STATUS, "Groups:");
    if names.is_empty() {
        return vec![Answer::ok().saw(groups)];
    }
    let seen: Vec<Evidence> = names.iter().map(|name| Evidence::value(GROUPS, name)).collect();
    vec![Answer::to_do(Fix::LogInAgain).with("groups", Value::List(names)).saw_all(seen).saw(groups)]
}

fn input_group(model: &Examination<'_>) -> Vec<Answer> {
    let user = &model.system.user;
    let evidence = Evidence::value(GROUPS, "input");
    match user.membership("input") {
        Membership::Now if !user.is_root() => {
            vec![Answer::to_do(Fix::LeaveGroup { group: "input".to_owned() }).saw(evidence)]
        }
        Membership::Unknown => Vec::new(),
        _ => vec![Answer::ok().saw(evidence)],
    }
}
