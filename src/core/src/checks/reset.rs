//! Checks of how devices are reset, on which every second start of a guest depends.

use super::device::{functions_of_kind, path};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Need, Subject, Value, Weight};
use crate::host::Function;
use crate::model::Model;
use crate::pci::{DeviceId, DeviceKind, VendorId};
use crate::reading::Reading;
use crate::system::Lockdown;

const AMD_GRAPHICS: VendorId = VendorId(0x1002);

pub(super) const CHECKS: &[Check] = &[
    Subject::Reset.check(
        CheckId::ResetAbility,
        Weight::Important,
        "kernel, drivers/pci/pci.c (pci_reset_fn_methods), drivers/vfio/pci/vfio_pci_core.c (vfio_pci_dev_set_resettable)",
        ability,
    ),
    Subject::Reset.check(
        CheckId::ResetKnownBad,
        Weight::Important,
        "github.com/gnif/vendor-reset, README and src/device-db.h",
        known_bad,
    ),
    Subject::Reset.check(
        CheckId::ResetPowerState,
        Weight::Important,
        "kernel, Documentation/ABI/testing/sysfs-bus-pci (power_state), drivers/pci/pci.c (“device inaccessible”)",
        power_state,
    ),
    Subject::Reset.check(
        CheckId::ResetDisk,
        Weight::Advice,
        "kernel, drivers/pci/pci.c (pcie_reset_flr), drivers/pci/quirks.c",
        disk,
    ),
];

/// Methods that reset a function by itself and for good. `pm` leaves much as it was, and `bus` needs a function that is
/// alone.
const GOOD: [&str; 3] = ["flr", "af_flr", "device_specific"];

fn methods_seen(function: &Function, methods: &Reading<Vec<String>>) -> Evidence {
    Evidence::reading(&path(function.address, "reset_method"), methods, |methods| methods.join(" "))
}

fn ability(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |card: super::device::Graphics<'_>| {
        let methods = &card.extras(model)?.details.reset_methods;
        let seen = methods_seen(card.function, methods);
        let known = methods.known().map_or(&[][..], Vec::as_slice);
        let alone =
            known.iter().any(|method| GOOD.contains(&method.as_str()) || method == "bus" || method == "acpi");
        let answer = match methods {
            Reading::Unreadable(_) | Reading::Nonsense(_) => {
                Answer::could_not_tell(Need::of(methods, &card.path("reset_method")))
            }
            Reading::Known(_) | Reading::Absent if alone => Answer::ok(),
            // Below a bridge the whole card is reset together, as long as all of it goes to one machine.
            Reading::Known(_) | Reading::Absent if card.function.parent.is_some() => Answer::ok(),
            Reading::Known(_) | Reading::Absent => Answer::to_do(Fix::Device(DeviceFix::RestartBetween)),
        };
        Some(card.answer(answer.saw(seen)))
    };
    model.graphics().filter_map(answer).collect()
}

/// Cards that do not come back from a reset, by ranges of their device ids, and what they are called.
const KNOWN_BAD: [(u16, u16, &str); 8] = [
    (0x67c0, 0x67df, "Polaris 10"),
    (0x67e0, 0x67ff, "Polaris 11"),
    (0x6980, 0x699f, "Polaris 12"),
    (0x6860, 0x687f, "Vega 10"),
    (0x66a0, 0x66af, "Vega 20"),
    (0x7310, 0x731f, "Navi 10"),
    (0x7360, 0x7362, "Navi 12"),
    (0x7340, 0x734f, "Navi 14"),
];
/// Newer ones of which people report the same, without a remedy.
const REPORTED: [(u16, u16, &str); 2] = [(0x7440, 0x745f, "Navi 31"), (0x7460, 0x747f, "Navi 32")];

/// What helps such a card here: the module, which a locked kernel loads only when it is signed.
fn remedy(model: &Model) -> Fix {
    let kernel = &model.system.kernel;
    let built = kernel.self_built.iter().find(|(name, _)| *name == "vendor-reset");
    match (built, kernel.lockdown.known()) {
        (Some((_, path)), Some(Lockdown::Integrity | Lockdown::Confidentiality)) => {
            Fix::SignModule { path: path.clone() }
        }
        (None, Some(Lockdown::Integrity | Lockdown::Confidentiality)) => {
            Fix::Device(DeviceFix::RestartBetween)
        }
        _ => Fix::Device(DeviceFix::VendorReset),
    }
}

fn known_bad(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |card: super::device::Graphics<'_>| {
        let function = card.function;
        let at = card.path("device");
        let seen = Evidence::reading(&at, &function.device, |device| format!("0x{device}"));
        let (Reading::Known(vendor), Reading::Known(DeviceId(device))) = (&function.vendor, &function.device)
        else {
            return card.answer(Answer::could_not_tell(Need::of(&function.device, &at)).saw(seen));
        };
        let among = |list: &[(u16, u16, &'static str)]| {
            let range = list.iter().find(|(from, to, _)| (from..=to).contains(&device));
            range.map(|(_, _, name)| *name).filter(|_| *vendor == AMD_GRAPHICS)
        };
        let methods = card.extras(model).map(|extras| &extras.details.reset_methods);
        let cured = methods
            .and_then(Reading::known)
            .is_some_and(|methods| methods.iter().any(|method| method == "device_specific"));
        let answer = match (among(&KNOWN_BAD), among(&REPORTED)) {
            (Some(_), _) if cured => Answer::ok(),
            (Some(chip), _) => Answer::to_do(remedy(model)).saying("chip", chip),
            (None, Some(chip)) => {
                let fix = Fix::Device(DeviceFix::RestartBetween);
                Answer::to_do(fix).weighing(Weight::Advice).saying("chip", chip)
            }
            (None, None) => Answer::ok(),
        };
        let methods = methods.map(|methods| methods_seen(function, methods));
        card.answer(answer.saw(seen).saw_all(methods))
    };
    model.graphics().map(answer).collect()
}

fn power_state(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |extras: &crate::devices::Extras| {
        let state = extras.details.power_state.known()?;
        let seen = Evidence::value(path(extras.address, "power_state"), state.clone());
        let answer =
            if state == "error" { Answer::to_do(Fix::Device(DeviceFix::PowerOff)) } else { Answer::ok() };
        Some(answer.about([extras.address]).saw(seen))
    };
    model.devices.functions.iter().filter_map(answer).collect()
}

fn disk(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |function: &Function| {
        let methods = &model.devices.function(function.address)?.details.reset_methods;
        let good = methods
            .known()
            .is_some_and(|methods| methods.iter().any(|method| GOOD.contains(&method.as_str())));
        let answer = match methods {
            Reading::Unreadable(_) | Reading::Nonsense(_) => {
                Answer::could_not_tell(Need::of(methods, &path(function.address, "reset_method")))
            }
            _ if good => Answer::ok(),
            _ => {
                let list = methods.known().cloned().unwrap_or_default();
                Answer::to_do(Fix::Device(DeviceFix::RestartBetween)).with("methods", Value::List(list))
            }
        };
        Some(answer.about([function.address]).saw(methods_seen(function, methods)))
    };
    functions_of_kind(&model.host, &[DeviceKind::Nvme]).filter_map(answer).collect()
}
