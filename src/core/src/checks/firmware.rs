//! Checks of what the firmware switches and locks.

use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, FirmwareSetting, Fix, Need, Subject, Weight};
use crate::model::Model;
use crate::source::KERNEL_LOG;
use crate::system::Lockdown;

const PROCESSORS: &str = "/proc/cpuinfo";
const STUB_INFO: &str = "/sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: CheckId::VirtualizationSwitchedOff,
        subject: Subject::Firmware,
        weight: Weight::Essential,
        source: "kernel, arch/x86/kernel/cpu/feat_ctl.c and arch/x86/kernel/cpu/amd.c: the flag goes where the firmware locked it",
        examine: switched_off,
    },
    Check {
        id: CheckId::SelfBuiltModuleSigned,
        subject: Subject::Firmware,
        weight: Weight::Advice,
        source: "kernel, security/lockdown/lockdown.c (LOCKDOWN_MODULE_SIGNATURE); kernel_lockdown(7)",
        examine: self_built,
    },
    Check {
        id: CheckId::SignedCommandLine,
        subject: Subject::Firmware,
        weight: Weight::Advice,
        source: "systemd, systemd-stub(7): under Secure Boot an embedded command line cannot be overridden",
        examine: signed_command_line,
    },
    Check {
        id: CheckId::FirmwareBug,
        subject: Subject::Firmware,
        weight: Weight::Advice,
        source: "kernel, drivers/iommu/amd/init.c and drivers/iommu/intel/dmar.c (FW_BUG)",
        examine: firmware_bug,
    },
];

/// What the processor says of virtualization.
pub(super) fn flags(model: &Model) -> Evidence {
    let cpu = &model.system.cpu;
    let told = ["vmx", "svm", "hypervisor"].into_iter().filter(|flag| cpu.has(flag) == Some(true));
    Evidence::reading(PROCESSORS, &cpu.info, |_| told.collect::<Vec<_>>().join(" "))
}

/// The kernel's message that the firmware switched virtualization off.
pub(super) fn said_off(log: &[String]) -> Option<&String> {
    log.iter().find(|line| line.contains("disabled by BIOS") || line.contains("disabled (by BIOS)"))
}

fn switched_off(model: &Examination<'_>) -> Vec<Answer> {
    let cpu = &model.system.cpu;
    let firmware = || model.system.firmware_fix(FirmwareSetting::Virtualization);
    match (cpu.virtualizes(), cpu.has("hypervisor")) {
        (Some(true), _) => vec![Answer::ok().saw(flags(model))],
        (Some(false), Some(true)) => Vec::new(),
        (Some(false), _) => match model.system.kernel.log_from_start().map(said_off) {
            Some(Some(line)) => {
                vec![Answer::to_do(firmware()).saw(flags(model)).saw(Evidence::value(KERNEL_LOG, line))]
            }
            Some(None) => Vec::new(),
            None => vec![Answer::could_not_tell(Need::KernelLog).try_this(firmware()).saw(flags(model))],
        },
        (None, _) if cpu.info.is_known() => Vec::new(),
        (None, _) => {
            vec![Answer::could_not_tell(Need::of(&cpu.info, PROCESSORS)).saw(flags(model))]
        }
    }
}

fn self_built(model: &Examination<'_>) -> Vec<Answer> {
    let kernel = &model.system.kernel;
    let Some(lockdown) = kernel.lockdown.known() else { return Vec::new() };
    let evidence =
        || Evidence::value("/sys/kernel/security/lockdown", format!("{lockdown:?}").to_lowercase());
    let loaded =
        |name: &str| kernel.loaded.known().is_some_and(|loaded| loaded.contains(&name.replace('-', "_")));
    let waiting: Vec<_> = kernel.self_built.iter().filter(|(name, _)| !loaded(name)).collect();
    if *lockdown == Lockdown::None || waiting.is_empty() {
        return vec![Answer::ok().saw(evidence())];
    }
    let answer = |(name, path): &&(&str, String)| {
        let fix = Fix::SignModule { path: path.clone() };
        Answer::to_do(fix).saying("module", *name).saw(evidence()).saw(Evidence::value(path, ""))
    };
    waiting.iter().map(answer).collect()
}

fn signed_command_line(model: &Examination<'_>) -> Vec<Answer> {
    let (firmware, boot) = (&model.system.firmware, &model.system.boot);
    let evidence = Evidence::reading(STUB_INFO, &boot.unified, Clone::clone);
    match (boot.unified.known(), firmware.secure_boot.known()) {
        (Some(_), Some(true)) => vec![Answer::to_do(Fix::RebuildImage).saw(evidence)],
        (_, Some(_)) => vec![Answer::ok().saw(evidence)],
        (_, None) => Vec::new(),
    }
}

fn firmware_bug(model: &Examination<'_>) -> Vec<Answer> {
    let Some(log) = model.system.kernel.log_from_start() else { return Vec::new() };
    let about = |line: &&String| {
        line.contains("[Firmware Bug]")
            && ["AMD-Vi", "DMAR", "IOMMU"].into_iter().any(|word| line.contains(word))
    };
    let lines: Vec<&String> = log.iter().filter(about).take(5).collect();
    if lines.is_empty() {
        return vec![Answer::ok().saw(Evidence::value(KERNEL_LOG, ""))];
    }
    let fix = Fix::UpdateFirmware { board: model.system.firmware.title() };
    vec![Answer::to_do(fix).saw_all(lines.into_iter().map(|line| Evidence::value(KERNEL_LOG, line)))]
}
