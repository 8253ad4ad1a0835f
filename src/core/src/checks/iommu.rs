//! Checks of the IOMMU: whether it is on, and which of its reasons keeps it off.

use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, FirmwareSetting, Fix, Need, Subject, Weight};
use crate::host::{IommuOff, IommuState};
use crate::model::Model;
use crate::source::KERNEL_LOG;
use crate::system::CpuMaker;

const INTEL: &str = "kernel, drivers/iommu/intel/iommu.c and Kconfig (INTEL_IOMMU_DEFAULT_ON)";

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: CheckId::IommuArgumentOff,
        subject: Subject::Iommu,
        weight: Weight::Essential,
        source: "kernel, Documentation/admin-guide/kernel-parameters.txt (intel_iommu, amd_iommu, iommu)",
        examine: argument_off,
    },
    Check {
        id: CheckId::IommuArgumentMissing,
        subject: Subject::Iommu,
        weight: Weight::Essential,
        source: INTEL,
        examine: argument_missing,
    },
    Check {
        id: CheckId::IommuNotOffered,
        subject: Subject::Iommu,
        weight: Weight::Essential,
        source: "kernel, drivers/acpi/tables.c (/sys/firmware/acpi/tables), Documentation/arch/x86/iommu.rst",
        examine: not_offered,
    },
    Check {
        id: CheckId::IommuKernelSupport,
        subject: Subject::Iommu,
        weight: Weight::Essential,
        source: "kernel, drivers/iommu/amd/Kconfig (AMD_IOMMU), drivers/iommu/intel/Kconfig (INTEL_IOMMU)",
        examine: kernel_support,
    },
    Check {
        id: CheckId::IommuNotStarted,
        subject: Subject::Iommu,
        weight: Weight::Essential,
        source: "kernel, drivers/iommu/amd/init.c (state_next), drivers/iommu/intel/iommu.c (intel_iommu_init)",
        examine: not_started,
    },
];

/// Why the IOMMU is off with what that rests on; none where it is on.
fn off(model: &Model) -> Option<(&IommuOff, Vec<Evidence>)> {
    match &model.host.iommu {
        IommuState::On { .. } => None,
        IommuState::Off { why, evidence } => Some((why, evidence.iter().map(Evidence::from).collect())),
    }
}

/// The evidence that the IOMMU is on.
fn groups(model: &Model) -> Evidence {
    let number = match &model.host.iommu {
        IommuState::On { groups } => *groups,
        IommuState::Off { .. } => 0,
    };
    // A sandbox hides the folder, and leaves each device's link.
    let groups = &model.host.groups;
    let hidden = !groups.is_empty() && groups.iter().all(|group| group.kind.is_absent());
    let path = if hidden { "/sys/bus/pci/devices/*/iommu_group" } else { "/sys/kernel/iommu_groups" };
    Evidence::value(path, number.to_string())
}

fn argument_off(model: &Examination<'_>) -> Vec<Answer> {
    match off(model) {
        None => vec![Answer::ok().saw(groups(model))],
        Some((IommuOff::ByArgument { argument }, evidence)) => {
            let fix = Fix::remove_argument(&model.system, argument);
            vec![Answer::to_do(fix).saying("argument", argument).saw_all(evidence)]
        }
        Some(_) => Vec::new(),
    }
}

fn argument_missing(model: &Examination<'_>) -> Vec<Answer> {
    match off(model) {
        None => vec![Answer::ok().saw(groups(model))],
        Some((IommuOff::ArgumentMissing, evidence)) => {
            vec![Answer::to_do(Fix::add_argument(&model.system, "intel_iommu=on")).saw_all(evidence)]
        }
        Some(_) => Vec::new(),
    }
}

fn not_offered(model: &Examination<'_>) -> Vec<Answer> {
    match off(model) {
        None => vec![Answer::ok().saw(groups(model))],
        Some((IommuOff::NotOffered, evidence)) => {
            vec![Answer::to_do(model.system.firmware_fix(FirmwareSetting::Iommu)).saw_all(evidence)]
        }
        Some((IommuOff::NotTold, evidence)) => {
            let need = Need::Path("/sys/firmware/acpi/tables".to_owned());
            vec![Answer::could_not_tell(need).saw_all(evidence)]
        }
        Some(_) => Vec::new(),
    }
}

/// Whether the kernel was built with a driver for the IOMMU of this processor; none where that is not known.
fn built_with_driver(model: &Model) -> Option<(bool, Evidence)> {
    let option = match model.system.cpu.maker() {
        CpuMaker::Intel => "CONFIG_INTEL_IOMMU",
        CpuMaker::Amd => "CONFIG_AMD_IOMMU",
        CpuMaker::Other => return None,
    };
    let configuration = model.system.kernel.configuration.known()?;
    let value = configuration.value(option);
    let said = value.map_or_else(|| format!("{option} is not set"), |value| format!("{option}={value}"));
    Some((value == Some("y"), Evidence::value(&configuration.path, said)))
}

fn kernel_support(model: &Examination<'_>) -> Vec<Answer> {
    match off(model) {
        None => vec![Answer::ok().saw(groups(model))],
        Some((IommuOff::NotStarted, evidence)) => match built_with_driver(model) {
            Some((false, said)) => {
                let wanted = match model.system.cpu.maker() {
                    CpuMaker::Intel => "CONFIG_INTEL_IOMMU",
                    CpuMaker::Amd | CpuMaker::Other => "CONFIG_AMD_IOMMU",
                };
                let fix = Fix::OtherKernel { wanted: wanted.to_owned() };
                vec![Answer::to_do(fix).saw(said).saw_all(evidence)]
            }
            Some((true, said)) => vec![Answer::ok().saw(said)],
            None => vec![Answer::could_not_tell(Need::KernelConfiguration).saw_all(evidence)],
        },
        Some(_) => Vec::new(),
    }
}

fn not_started(model: &Examination<'_>) -> Vec<Answer> {
    match off(model) {
        None => vec![Answer::ok().saw(groups(model))],
        Some((IommuOff::NotStarted, evidence)) if built_with_driver(model).is_none_or(|(with, _)| with) => {
            let log = model.system.kernel.log.known().map(Vec::as_slice).unwrap_or_default();
            let about = |line: &&String| ["DMAR", "AMD-Vi"].into_iter().any(|word| line.contains(word));
            let said = log.iter().filter(about).take(10).map(|line| Evidence::value(KERNEL_LOG, line));
            vec![Answer::to_do(Fix::ReadLog).saw_all(evidence).saw_all(said)]
        }
        Some(_) => Vec::new(),
    }
}
