//! Checks of the IOMMU: whether it is on, and which of its reasons keeps it off.

use super::{Answer, Check, CheckId, Evidence, FirmwareSetting, Fix, Need, Subject, Weight};
use crate::host::{IommuOff, IommuState};
use crate::model::Model;

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
    Evidence::value("/sys/kernel/iommu_groups", number.to_string())
}

fn argument_off(model: &Model) -> Vec<Answer> {
    match off(model) {
        None => vec![Answer::ok().saw(groups(model))],
        Some((IommuOff::ByArgument { argument }, evidence)) => {
            let fix = Fix::remove_argument(&model.system, argument);
            vec![Answer::to_do(fix).saying("argument", argument).saw_all(evidence)]
        }
        Some(_) => Vec::new(),
    }
}

fn argument_missing(model: &Model) -> Vec<Answer> {
    match off(model) {
        None => vec![Answer::ok().saw(groups(model))],
        Some((IommuOff::ArgumentMissing, evidence)) => {
            vec![Answer::to_do(Fix::add_argument(&model.system, "intel_iommu=on")).saw_all(evidence)]
        }
        Some(_) => Vec::new(),
    }
}

fn not_offered(model: &Model) -> Vec<Answer> {
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
