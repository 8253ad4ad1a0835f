//! Checks of what weakens or fakes the isolation that the IOMMU gives.

use super::ask::{COMMAND_LINE, given, known_line, lists, unwanted};
use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Subject, Weight};
use crate::host::{Argument, IommuState};
use crate::model::Model;
use crate::pci::{DeviceKind, VendorId};

const INTEL: VendorId = VendorId(0x8086);

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: CheckId::InterruptRemapping,
        subject: Subject::Iommu,
        weight: Weight::Essential,
        source: "kernel, drivers/vfio/vfio_iommu_type1.c; the names of chips: drivers/iommu/intel/irq_remapping.c, drivers/iommu/amd/iommu.c",
        examine: remapping,
    },
    Check {
        id: CheckId::UnsafeInterrupts,
        subject: Subject::Iommu,
        weight: Weight::Important,
        source: "kernel, drivers/vfio/vfio_iommu_type1.c (allow_unsafe_interrupts)",
        examine: unsafe_interrupts,
    },
    Check {
        id: CheckId::AcsOverride,
        subject: Subject::Group,
        weight: Weight::Important,
        source: "no kernel of kernel.org knows pcie_acs_override; what it overrides: drivers/pci/pci.c (pci_acs_enabled), drivers/iommu/iommu.c (pci_device_group)",
        examine: acs_override,
    },
    Check {
        id: CheckId::AcsWeakened,
        subject: Subject::Group,
        weight: Weight::Important,
        source: "kernel, Documentation/admin-guide/kernel-parameters.txt (pci=disable_acs_redir=, pci=config_acs=)",
        examine: acs_weakened,
    },
    Check {
        id: CheckId::UselessAmdIommuOn,
        subject: Subject::Iommu,
        weight: Weight::Advice,
        source: "kernel, drivers/iommu/amd/init.c (parse_amd_iommu_options)",
        examine: amd_iommu_on,
    },
    Check {
        id: CheckId::IntelGraphicsTranslated,
        subject: Subject::Iommu,
        weight: Weight::Essential,
        source: "kernel, Documentation/admin-guide/kernel-parameters.txt (intel_iommu=igfx_off), drivers/iommu/intel/Kconfig (INTGPU_OFF)",
        examine: intel_graphics,
    },
];

fn is_on(model: &Model) -> bool {
    matches!(model.host.iommu, IommuState::On { .. })
}

fn remapping(model: &Examination<'_>) -> Vec<Answer> {
    const PATH: &str = "/proc/interrupts";
    let kernel = &model.system.kernel;
    if !is_on(model) {
        return Vec::new();
    }
    let chips = &kernel.interrupt_chips;
    let evidence = Evidence::reading(PATH, chips, |chips| chips.join(" "));
    let Some(names) = chips.known() else {
        return vec![Answer::could_not_tell(Need::of(chips, PATH)).saw(evidence)];
    };
    if names.iter().any(|name| name.starts_with("IR-")) {
        return vec![Answer::ok().saw(evidence)];
    }
    // Other architectures have other chips, and remap in other ways.
    if !names.iter().any(|name| name.contains("APIC")) {
        return Vec::new();
    }
    let off = model.system.command_line.known().and_then(|line| {
        let off = |argument: &&Argument| {
            argument.is("nointremap") || argument.is("intremap") && lists(argument, &["off"])
        };
        line.arguments().iter().find(off).map(given)
    });
    let fix = match &off {
        Some(argument) => Fix::remove_argument(&model.system, argument),
        None => Fix::UpdateFirmware { board: model.system.firmware.title() },
    };
    // VFIO was told to go on: another check says what that means.
    let weight =
        if kernel.unsafe_interrupts.known() == Some(&true) { Weight::Advice } else { Weight::Essential };
    let said = off.map(|argument| Evidence::value(COMMAND_LINE, argument));
    vec![Answer::to_do(fix).weighing(weight).saw(evidence).saw_all(said)]
}

fn unsafe_interrupts(model: &Examination<'_>) -> Vec<Answer> {
    const PATH: &str = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
    let kernel = &model.system.kernel;
    let evidence = Evidence::reading(PATH, &kernel.unsafe_interrupts, |on| u8::from(*on).to_string());
    match kernel.unsafe_interrupts.known() {
        Some(true) => {
            let setting = model
                .system
                .early
                .settings
                .iter()
                .find(|setting| setting.line.contains("allow_unsafe_interrupts"));
            let place = setting.map_or_else(|| COMMAND_LINE.to_owned(), |setting| setting.path.clone());
            let fix = Fix::RemoveFrom { path: place, word: "allow_unsafe_interrupts".to_owned(), then: None };
            vec![Answer::to_do(fix).saw(evidence)]
        }
        Some(false) => vec![Answer::ok().saw(evidence)],
        None if kernel.unsafe_interrupts.is_absent() && kernel.loaded.is_known() => {
            vec![Answer::ok().saw(evidence)]
        }
        // Where it is not known whether the module is loaded, its absence says nothing.
        None if kernel.unsafe_interrupts.is_absent() => Vec::new(),
        None => vec![
            Answer::could_not_tell(Need::of(&kernel.unsafe_interrupts, PATH))
                .weighing(Weight::Advice)
                .saw(evidence),
        ],
    }
}

fn acs_override(model: &Examination<'_>) -> Vec<Answer> {
    let way = model.system.argument_way();
    unwanted(
        model,
        |argument| argument.is("pcie_acs_override"),
        |argument| Fix::IsolateOtherwise { argument, way },
    )
}

fn acs_weakened(model: &Examination<'_>) -> Vec<Answer> {
    let weakens = |argument: &Argument| {
        let value = argument.value.as_deref().unwrap_or_default();
        argument.is("pci")
            && value
                .split(',')
                .any(|part| part.starts_with("disable_acs_redir") || part.starts_with("config_acs"))
    };
    unwanted(model, weakens, |argument| Fix::remove_argument(&model.system, argument))
}

fn amd_iommu_on(model: &Examination<'_>) -> Vec<Answer> {
    unwanted(
        model,
        |argument| argument.is("amd_iommu") && lists(argument, &["on"]),
        |argument| Fix::remove_argument(&model.system, argument),
    )
}

fn intel_graphics(model: &Examination<'_>) -> Vec<Answer> {
    let graphics = model.host.functions.iter().find(|function| {
        function.kind() == DeviceKind::Graphics
            && function.vendor.known() == Some(&INTEL)
            && function.parent.is_none()
    });
    let Some(function) = graphics.filter(|_| is_on(model)) else { return Vec::new() };
    let path = format!("/sys/bus/pci/devices/{}/iommu_group", function.address);
    let evidence = Evidence::reading(&path, &function.group, ToString::to_string);
    let group = &function.group;
    if !group.is_absent() {
        let answer =
            if group.is_known() { Answer::ok() } else { Answer::could_not_tell(Need::of(group, &path)) };
        return vec![answer.about([function.address]).saw(evidence)];
    }
    let line = match known_line(model) {
        Ok(line) => line,
        Err(unknown) => return unknown.into_iter().map(|answer| answer.about([function.address])).collect(),
    };
    let excludes =
        |argument: &&Argument| argument.is("intel_iommu") && lists(argument, &["igfx_off", "intgpu_off"]);
    let answer = match line.arguments().iter().find(excludes).map(given) {
        Some(argument) => {
            let evidence = Evidence::value(COMMAND_LINE, argument.clone());
            Answer::to_do(Fix::remove_argument(&model.system, argument)).saw(evidence)
        }
        None => Answer::to_do(Fix::add_argument(&model.system, "intel_iommu=on")),
    };
    vec![answer.about([function.address]).saw(evidence)]
}
