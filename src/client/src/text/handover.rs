//! Sentences about handing over and taking back: refusals, errors, and what libvirt did not take over.

use std::path::Path;

use gangway_core::host::IommuState;
use gangway_core::leaving;
use gettextrs::{gettext, ngettext};

use super::{
    DeviceNames, edit_error, fill, hypervisor_error, iommu_off, not_chosen, parse_error, store_error,
    trouble_detail,
};
use crate::handover::{ApplyError, Lost, PlanError, Refusal};

/// Why devices cannot be handed over, with the way out.
pub fn refusal(refusal: &Refusal, names: &DeviceNames<'_>) -> String {
    match refusal {
        Refusal::Host(refusal) => stays(refusal, names),
        Refusal::Claimed { address, vm } => fill(
            &gettext("{device} belongs to “{vm}” already: take it back from there first."),
            &[("device", &names.of(*address)), ("vm", vm)],
        ),
        Refusal::GroupClaimed { group, address, vm } => fill(
            &gettext(
                "{device} of the same group {group} belongs to “{vm}”, and a group cannot be split between two virtual machines: take it back from there first.",
            ),
            &[("group", &group.to_string()), ("device", &names.of(*address)), ("vm", vm)],
        ),
        Refusal::AlreadyThere { addresses, vm } => fill(
            &gettext("“{vm}” has {devices} already, so there is nothing to hand over."),
            &[("devices", &names.all(addresses)), ("vm", vm)],
        ),
        Refusal::NotChosen(other) => {
            let reason = not_chosen(other, names);
            let template = gettext("{reason} Take that back first, then hand over what is there.");
            fill(&template, &[("reason", &reason)])
        }
    }
}

/// Why devices cannot leave the host, with the way out.
pub fn stays(refusal: &leaving::Refusal, names: &DeviceNames<'_>) -> String {
    use leaving::Refusal;
    match refusal {
        Refusal::Nothing => gettext("No device was named: name at least one by its address."),
        Refusal::NotFound { address } => fill(
            &gettext(
                "This host has no device at {address}: look at the list of devices for those that exist.",
            ),
            &[("address", &address.to_string())],
        ),
        Refusal::Bridge { address, .. } => fill(
            &gettext(
                "{device} is a bridge that other devices depend on, so it stays with the host: hand over a device behind it instead.",
            ),
            &[("device", &names.of(*address))],
        ),
        Refusal::NoGroup { address, iommu } => no_group(&names.of(*address), iommu),
        Refusal::GroupUnknown { address, trouble } => fill(
            &gettext(
                "The IOMMU group of {device} could not be read from “{path}” ({detail}), so it stays with the host: make that file readable, then scan again.",
            ),
            &[("device", &names.of(*address)), ("path", &trouble.path), ("detail", &trouble_detail(trouble))],
        ),
        Refusal::GroupStays { group, others } => {
            group_stays(&group.to_string(), others.len(), &names.all(others))
        }
        Refusal::HostNeeds { group, address, driver } => fill(
            &gettext(
                "Group {group} holds {device}, which the host needs and drives with “{driver}”: put the card into another slot, so that it gets another group.",
            ),
            &[("group", &group.to_string()), ("device", &names.of(*address)), ("driver", driver.as_str())],
        ),
        Refusal::VirtualFunctions { address, count } => virtual_functions(&names.of(*address), *count),
        Refusal::SystemDisk { address, path } => fill(
            &gettext(
                "{device} holds “{path}” of the running host, which would stop or not start again without it: hand over another disk instead.",
            ),
            &[("device", &names.of(*address)), ("path", path)],
        ),
        Refusal::LastGraphics { card } => fill(
            &gettext(
                "{device} is the last graphics card of this host and a screen is connected to it, so the host would go dark: connect the screen to another graphics card first.",
            ),
            &[("device", &names.of(*card))],
        ),
    }
}

fn no_group(device: &str, iommu: &IommuState) -> String {
    match iommu {
        IommuState::Off { why, .. } => fill(
            &gettext("{device} cannot be isolated because the IOMMU is off: {reason}."),
            &[("device", device), ("reason", &iommu_off(why))],
        ),
        IommuState::On { .. } => fill(
            &gettext(
                "{device} is in no IOMMU group although the IOMMU is on, so the kernel keeps it to the host: for Intel graphics, add “intel_iommu=on” to the kernel command line and restart.",
            ),
            &[("device", device)],
        ),
    }
}

fn group_stays(group: &str, count: usize, others: &str) -> String {
    let template = ngettext(
        "Group {group} also holds {devices}, which must leave the host too: hand over the whole group, or put the card into another slot.",
        "Group {group} also holds {devices}, which must leave the host too: hand over the whole group, or put the card into another slot.",
        u32::try_from(count).unwrap_or(u32::MAX),
    );
    fill(&template, &[("group", group), ("devices", others)])
}

fn virtual_functions(device: &str, count: usize) -> String {
    let number = u32::try_from(count).unwrap_or(u32::MAX);
    let template = ngettext(
        "{device} has {number} virtual function switched on: hand that over instead, or switch it off first.",
        "{device} has {number} virtual functions switched on: hand one of them over instead, or switch them off first.",
        number,
    );
    fill(&template, &[("device", device), ("number", &number.to_string())])
}

/// Why a change could not be planned.
pub fn plan_error(error: &PlanError, names: &DeviceNames<'_>) -> String {
    match error {
        PlanError::Refused(reason) => refusal(reason, names),
        PlanError::Hypervisor(error) => hypervisor_error(error),
        PlanError::NotSaved { vm } => fill(
            &gettext(
                "“{vm}” has no saved definition and is gone once it stops, so it cannot be changed: define it in libvirt first.",
            ),
            &[("vm", vm)],
        ),
        PlanError::Definition { vm, error } => parse_error(vm, error),
        PlanError::Edit { vm, error } => edit_error(vm, error, names),
        PlanError::NotHeld { vm, address } => fill(
            &gettext("“{vm}” does not have {device}: look at its list of devices for those that it has."),
            &[("vm", vm), ("device", &names.of(*address))],
        ),
        PlanError::OfAnother { vm, former } => fill(
            &gettext(
                "The definition to put back is one of “{former}” and not of “{vm}”: choose another one, or rename the virtual machine first.",
            ),
            &[("former", former), ("vm", vm)],
        ),
        PlanError::Same { vm } => fill(
            &gettext("“{vm}” has this definition already, so there is nothing to put back."),
            &[("vm", vm)],
        ),
        PlanError::RomRelative { path } => fill(
            &gettext(
                "“{path}” is not an absolute path, and libvirt needs one for a ROM file: begin it with “/”.",
            ),
            &[("path", &shown(path))],
        ),
        PlanError::RomName { path } => fill(
            &gettext("“{path}” cannot stand in a definition: give the ROM file a name of plain text."),
            &[("path", &shown(path))],
        ),
        PlanError::RomUnused { path } => fill(
            &gettext(
                "No graphics card is handed over that could take the ROM file “{path}”: leave the file out.",
            ),
            &[("path", &shown(path))],
        ),
    }
}

/// Why a change was not applied.
pub fn apply_error(error: &ApplyError, names: &DeviceNames<'_>) -> String {
    match error {
        ApplyError::Store(error) => store_error(error),
        ApplyError::Define { error, .. } => hypervisor_error(error),
        ApplyError::Unsure { vm, kept, .. } => fill(
            &gettext(
                "The connection to libvirt broke while “{vm}” was changed, so the change may be there or not: look at it again when libvirt is back (its former definition is in “{path}”).",
            ),
            &[("vm", vm), ("path", &shown(kept))],
        ),
        ApplyError::Claimed { address, other, kept: None, .. } => {
            refusal(&Refusal::Claimed { address: *address, vm: other.clone() }, names)
        }
        ApplyError::Claimed { vm, address, other, kept: Some(kept) } => fill(
            &gettext(
                "“{other}” got {device} at the same moment as “{vm}”, and the former definition could not be put back: take the device back from one of them, or define “{vm}” again from “{path}”.",
            ),
            &[("other", other), ("device", &names.of(*address)), ("vm", vm), ("path", &shown(kept))],
        ),
        ApplyError::LeftOut { vm, missing, restored: true, .. } => fill(
            &gettext(
                "libvirt did not take {devices} into or out of the definition of “{vm}”, so the former definition was put back: look into libvirt’s log.",
            ),
            &[("vm", vm), ("devices", &names.all(missing))],
        ),
        ApplyError::LeftOut { vm, missing, restored: false, kept } => fill(
            &gettext(
                "libvirt did not take {devices} into or out of the definition of “{vm}”, and the former definition could not be put back: define it again from “{path}”.",
            ),
            &[("vm", vm), ("devices", &names.all(missing)), ("path", &shown(kept))],
        ),
    }
}

/// Something that libvirt did not take over.
pub fn lost(lost: &Lost) -> String {
    fill(
        &gettext("libvirt did not take over “{text}” below “{path}”."),
        &[("text", &lost.text), ("path", &lost.path)],
    )
}

fn shown(path: &Path) -> String {
    path.display().to_string().replace(char::is_control, "\u{fffd}")
}
