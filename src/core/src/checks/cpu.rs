//! Checks of the processor, and of what stands between it and us.

use super::examination::Examination;
use super::firmware::{flags, said_off};
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Subject, Value, Weight};
use crate::host::IommuState;
use crate::system::CpuMaker;

/// Fewer threads than this leave too little for the host or for the virtual machine.
const ENOUGH_THREADS: u32 = 4;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: CheckId::VirtualizationNotSupported,
        subject: Subject::Cpu,
        weight: Weight::Essential,
        source: "kernel, arch/x86/include/asm/cpufeatures.h (vmx, svm) and the absence of the message of feat_ctl.c",
        examine: not_supported,
    },
    Check {
        id: CheckId::InsideVirtualMachine,
        subject: Subject::Cpu,
        weight: Weight::Essential,
        source: "kernel, arch/x86/include/asm/cpufeatures.h (hypervisor); QEMU, docs: a virtual IOMMU is a device",
        examine: inside,
    },
    Check {
        id: CheckId::Xen,
        subject: Subject::Cpu,
        weight: Weight::Essential,
        source: "kernel, Documentation/ABI/stable/sysfs-hypervisor-xen: under Xen the IOMMU is Xen's",
        examine: xen,
    },
    Check {
        id: CheckId::FewProcessors,
        subject: Subject::Cpu,
        weight: Weight::Advice,
        source: "kernel, Documentation/ABI/testing/sysfs-devices-system-cpu (online)",
        examine: few,
    },
    Check {
        id: CheckId::NestedVirtualization,
        subject: Subject::Cpu,
        weight: Weight::Advice,
        source: "kernel, Documentation/virt/kvm/x86/running-nested-guests.rst",
        examine: nested,
    },
];

fn not_supported(model: &Examination<'_>) -> Vec<Answer> {
    let cpu = &model.system.cpu;
    match (cpu.virtualizes(), cpu.has("hypervisor")) {
        (Some(true), _) => vec![Answer::ok().saw(flags(model))],
        (Some(false), Some(false)) => match model.system.kernel.log_from_start() {
            Some(log) if said_off(log).is_none() => {
                let name = cpu.info.known().and_then(|info| info.model.clone());
                let name = name.unwrap_or_else(|| "?".to_owned());
                vec![Answer::not_possible().saying("processor", name).saw(flags(model))]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn inside(model: &Examination<'_>) -> Vec<Answer> {
    match (model.system.cpu.has("hypervisor"), &model.host.iommu) {
        (None, _) => Vec::new(),
        (Some(false), _) | (Some(true), IommuState::On { .. }) => vec![Answer::ok().saw(flags(model))],
        (Some(true), IommuState::Off { .. }) => vec![Answer::not_possible().saw(flags(model))],
    }
}

fn xen(model: &Examination<'_>) -> Vec<Answer> {
    const PATH: &str = "/sys/hypervisor/type";
    let cpu = &model.system.cpu;
    let evidence = Evidence::reading(PATH, &cpu.hypervisor, Clone::clone);
    match cpu.hypervisor.known() {
        Some(name) if name == "xen" => vec![Answer::to_do(Fix::StartWithoutXen).saw(evidence)],
        _ if cpu.hypervisor.trouble().is_some() => {
            vec![Answer::could_not_tell(Need::of(&cpu.hypervisor, PATH)).saw(evidence)]
        }
        _ if cpu.info.is_known() => vec![Answer::ok().saw(evidence)],
        _ => Vec::new(),
    }
}

fn few(model: &Examination<'_>) -> Vec<Answer> {
    const PATH: &str = "/sys/devices/system/cpu/online";
    let threads = &model.system.cpu.threads;
    let evidence = Evidence::reading(PATH, threads, ToString::to_string);
    let Some(number) = threads.known() else {
        return vec![Answer::could_not_tell(Need::of(threads, PATH)).saw(evidence)];
    };
    let answer = if *number < ENOUGH_THREADS { Answer::not_possible() } else { Answer::ok() };
    vec![answer.with("number", Value::Number(u64::from(*number))).saw(evidence)]
}

fn nested(model: &Examination<'_>) -> Vec<Answer> {
    let (module, path) = match model.system.cpu.maker() {
        CpuMaker::Intel => ("kvm_intel", "/sys/module/kvm_intel/parameters/nested"),
        CpuMaker::Amd => ("kvm_amd", "/sys/module/kvm_amd/parameters/nested"),
        CpuMaker::Other => return Vec::new(),
    };
    let nested = &model.system.kernel.nested;
    let evidence = Evidence::reading(path, nested, |on| u8::from(*on).to_string());
    match nested.known() {
        Some(true) => vec![Answer::ok().saw(evidence)],
        Some(false) => {
            let fix = Fix::SetModuleOption { module, option: "nested=1" };
            vec![Answer::to_do(fix).saying("module", module).saw(evidence)]
        }
        // Without KVM there is nothing to ask, and other checks say so.
        None if nested.is_absent() => Vec::new(),
        None => vec![Answer::could_not_tell(Need::of(nested, path)).saw(evidence)],
    }
}
