//! Checks of storage controllers: what of the host is on their disks.

use super::ask::untold;
use super::device::{functions_of_kind, plain};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Subject, Value, Weight};
use crate::devices::Use;
use crate::devices::storage::Role;
use crate::host::Function;
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

/// The same for controllers that this computer does not run from: of those that it does, nothing more is to be asked.
fn each_other(
    model: &Examination<'_>,
    table: &str,
    known: bool,
    answer: impl Fn(&[Use]) -> Option<Answer>,
) -> Vec<Answer> {
    let runs_from =
        |uses: &[Use]| uses.iter().any(|by| matches!(by, Use::Mounted { role, .. } if role.is_needed()));
    each_of(model, table, known, |uses| !runs_from(uses), answer)
}

/// One answer a controller, out of what it is used for.
fn each(
    model: &Examination<'_>,
    table: &str,
    known: bool,
    answer: impl Fn(&[Use]) -> Option<Answer>,
) -> Vec<Answer> {
    each_of(model, table, known, |_| true, answer)
}

/// The same of those controllers whose uses are wanted. Where the table could not be read, nobody can tell.
fn each_of(
    model: &Examination<'_>,
    table: &str,
    known: bool,
    wanted: impl Fn(&[Use]) -> bool,
    answer: impl Fn(&[Use]) -> Option<Answer>,
) -> Vec<Answer> {
    let of = |function: &Function| {
        let uses = model.uses_of(function.address);
        if !wanted(&uses) {
            return None;
        }
        let answer = match answer(&uses) {
            Some(found) => found,
            None if known => Answer::ok().saw(Evidence::value(table, "")),
            None => untold(model, table),
        };
        Some(answer.about([function.address]))
    };
    functions_of_kind(&model.host, &[DeviceKind::Nvme, DeviceKind::Storage]).filter_map(of).collect()
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
        let paths = mounted(uses, Role::is_needed);
        let first = paths.first()?.clone();
        let seen = Evidence::value(MOUNTS, first);
        Some(Answer::not_possible().with("paths", Value::List(paths)).saw(seen))
    })
}

fn data(model: &Examination<'_>) -> Vec<Answer> {
    each_other(model, MOUNTS, model.devices.storage.mounts_known, |uses| {
        let paths = mounted(uses, |role| matches!(role, Role::Home | Role::Data));
        let first = paths.first()?.clone();
        let answer = Answer::to_do(Fix::Device(DeviceFix::Unmount)).with("paths", Value::List(paths));
        Some(answer.saw(Evidence::value(MOUNTS, first)))
    })
}

fn swap(model: &Examination<'_>) -> Vec<Answer> {
    each_other(model, SWAPS, model.devices.storage.swaps_known, |uses| {
        let found = uses.contains(&Use::Swap);
        found.then(|| Answer::to_do(Fix::Device(DeviceFix::SwapOff)).saw(Evidence::value(SWAPS, "")))
    })
}

fn volumes(model: &Examination<'_>) -> Vec<Answer> {
    each_other(model, BLOCKS, !model.devices.storage.blocks.is_empty(), |uses| {
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
