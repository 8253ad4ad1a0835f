//! Checks of storage controllers: what of the host is on their disks.

use super::device::{functions_of_kind, plain};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Need, Subject, Value, Weight};
use crate::devices::Use;
use crate::devices::storage::Role;
use crate::host::Function;
use crate::model::Model;
use crate::pci::DeviceKind;

const MOUNTS: &str = "/proc/self/mountinfo";
const SWAPS: &str = "/proc/swaps";
const BLOCKS: &str = "/sys/class/block";

pub(super) const CHECKS: &[Check] = &[
    Subject::Storage.check(
        CheckId::StorageSystem,
        Weight::Essential,
        "kernel, Documentation/filesystems/proc.rst (mountinfo); libvirt, docs/manpages/virsh.rst (nodedev-detach)",
        system,
    ),
    Subject::Storage.check(
        CheckId::StorageData,
        Weight::Important,
        "kernel, Documentation/filesystems/proc.rst (mountinfo), Documentation/ABI/stable/sysfs-block (slaves)",
        data,
    ),
    Subject::Storage.check(CheckId::StorageSwap, Weight::Important, "kernel, mm/swapfile.c (/proc/swaps)", swap),
    Subject::Storage.check(
        CheckId::StorageVolumes,
        Weight::Important,
        "kernel, Documentation/ABI/testing/sysfs-block-dm, Documentation/admin-guide/md.rst",
        volumes,
    ),
];

/// One answer a controller, out of what it is used for. Where the table could not be read, nobody can tell.
fn each(
    model: &Examination<'_>,
    table: &str,
    known: bool,
    answer: impl Fn(&[Use]) -> Option<Answer>,
) -> Vec<Answer> {
    let of = |function: &Function| {
        let answer = match answer(&model.uses_of(function.address)) {
            Some(found) => found,
            None if known => Answer::ok().saw(Evidence::value(table, "")),
            None => Answer::could_not_tell(need(model, table)).saw(Evidence::absent(table)),
        };
        answer.about([function.address])
    };
    functions_of_kind(&model.host, &[DeviceKind::Nvme, DeviceKind::Storage]).map(of).collect()
}

fn need(model: &Model, table: &str) -> Need {
    match model.devices.problems.iter().find(|trouble| trouble.path == table) {
        Some(trouble) => Need::Permission(trouble.path.clone()),
        None => Need::Path(table.to_owned()),
    }
}

/// The places that are mounted from it, of system folders or of others.
fn mounted(uses: &[Use], wanted: fn(Role) -> bool) -> Vec<String> {
    let path = |by: &Use| match by {
        Use::Mounted { path, role, .. } if wanted(*role) => Some(plain(path)),
        _ => None,
    };
    uses.iter().filter_map(path).collect()
}

fn system(model: &Examination<'_>) -> Vec<Answer> {
    each(model, MOUNTS, model.devices.storage.mounts_known, |uses| {
        let paths = mounted(uses, |role| matches!(role, Role::System | Role::Boot));
        let first = paths.first()?.clone();
        let seen = Evidence::value(MOUNTS, first);
        Some(Answer::not_possible().with("paths", Value::List(paths)).saw(seen))
    })
}

fn data(model: &Examination<'_>) -> Vec<Answer> {
    each(model, MOUNTS, model.devices.storage.mounts_known, |uses| {
        let paths = mounted(uses, |role| matches!(role, Role::Home | Role::Data));
        let first = paths.first()?.clone();
        let answer = Answer::to_do(Fix::Device(DeviceFix::Unmount)).with("paths", Value::List(paths));
        Some(answer.saw(Evidence::value(MOUNTS, first)))
    })
}

fn swap(model: &Examination<'_>) -> Vec<Answer> {
    each(model, SWAPS, model.devices.storage.swaps_known, |uses| {
        let found = uses.contains(&Use::Swap);
        found.then(|| Answer::to_do(Fix::Device(DeviceFix::SwapOff)).saw(Evidence::value(SWAPS, "")))
    })
}

fn volumes(model: &Examination<'_>) -> Vec<Answer> {
    each(model, BLOCKS, !model.devices.storage.blocks.is_empty(), |uses| {
        let name = |by: &Use| match by {
            Use::Volume { name, .. } => Some(plain(name)),
            _ => None,
        };
        let names: Vec<String> = uses.iter().filter_map(name).collect();
        let first = names.first()?.clone();
        let answer = Answer::to_do(Fix::Device(DeviceFix::StopVolumes)).with("volumes", Value::List(names));
        Some(answer.saw(Evidence::value(BLOCKS, first)))
    })
}
