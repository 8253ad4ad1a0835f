//! Checks of the kernel's version and arguments.

use super::ask::{COMMAND_LINE, known_line, unwanted};
use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Subject, Weight};
use crate::devices::Extras;

/// The first version in which one can say how a device is reset.
const CHOOSES_RESET: (u32, u32) = (5, 15);

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: CheckId::KernelVersion,
        subject: Subject::Kernel,
        weight: Weight::Advice,
        source: "kernel, Documentation/ABI/testing/sysfs-bus-pci (reset_method, Linux 5.15)",
        examine: version,
    },
    Check {
        id: CheckId::RepeatedVfioIds,
        subject: Subject::Kernel,
        weight: Weight::Important,
        source: "kernel, drivers/vfio/pci/vfio_pci.c (module_param_string ids): the last value counts",
        examine: repeated_ids,
    },
    Check {
        id: CheckId::UselessEfifbOff,
        subject: Subject::Kernel,
        weight: Weight::Advice,
        source: "kernel, drivers/video/fbdev/efifb.c (efifb_setup), drivers/firmware/Kconfig (SYSFB_SIMPLEFB)",
        examine: efifb_off,
    },
];

/// Whether the kernel shows how it resets a function, which it lets one choose then.
fn chooses_reset(extras: &Extras) -> bool {
    extras.details.reset_methods.is_known()
}

fn version(model: &Examination<'_>) -> Vec<Answer> {
    const PATH: &str = "/proc/sys/kernel/osrelease";
    let kernel = &model.system.kernel;
    let evidence = Evidence::reading(PATH, &kernel.release, Clone::clone);
    vec![match kernel.version() {
        // Distributions that keep an old version for long bring newer abilities to it.
        Some(version) if version < CHOOSES_RESET && !model.devices.functions.iter().any(chooses_reset) => {
            let release = kernel.release.known().cloned().unwrap_or_default();
            Answer::to_do(Fix::OtherKernel { wanted: "5.15".to_owned() })
                .saying("release", release)
                .saw(evidence)
        }
        Some(_) => Answer::ok().saw(evidence),
        None => Answer::could_not_tell(Need::of(&kernel.release, PATH)).saw(evidence),
    }]
}

fn repeated_ids(model: &Examination<'_>) -> Vec<Answer> {
    let line = match known_line(model) {
        Ok(line) => line,
        Err(unknown) => return unknown,
    };
    let values: Vec<&str> = line.values("vfio-pci.ids").collect();
    let [without_effect @ .., counts] = values.as_slice() else {
        return vec![Answer::ok().saw(Evidence::value(COMMAND_LINE, ""))];
    };
    let all = || values.iter().map(|ids| Evidence::value(COMMAND_LINE, format!("vfio-pci.ids={ids}")));
    let Some(first) = without_effect.first() else { return vec![Answer::ok().saw_all(all())] };
    let fix = Fix::remove_argument(&model.system, format!("vfio-pci.ids={first}"));
    vec![Answer::to_do(fix).saying("counts", *counts).saw_all(all())]
}

fn efifb_off(model: &Examination<'_>) -> Vec<Answer> {
    let is_it = |argument: &crate::host::Argument| {
        argument.is("video") && argument.value.as_deref().is_some_and(|value| value.starts_with("efifb:off"))
    };
    let line = match known_line(model) {
        Ok(line) => line,
        Err(unknown) => return unknown,
    };
    if !line.arguments().iter().any(is_it) {
        return vec![Answer::ok().saw(Evidence::value(COMMAND_LINE, ""))];
    }
    let given = Evidence::value(COMMAND_LINE, "video=efifb:off");
    let Some(configuration) = model.system.kernel.configuration.known() else {
        return vec![Answer::could_not_tell(Need::KernelConfiguration).saw(given)];
    };
    if configuration.value("CONFIG_SYSFB_SIMPLEFB") != Some("y") {
        return vec![Answer::ok().saw(given)];
    }
    let said = Evidence::value(&configuration.path, "CONFIG_SYSFB_SIMPLEFB=y");
    unwanted(model, is_it, |argument| Fix::remove_argument(&model.system, argument))
        .into_iter()
        .map(|answer| answer.saw(said.clone()))
        .collect()
}
