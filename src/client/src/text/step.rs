//! Sentences of a review: what will happen, what the host loses, what to know besides.

use gettextrs::{gettext, ngettext};

use super::{DeviceNames, fill, kept_time, not_chosen, trouble_detail};
use crate::handover::{Cost, Step, Warning, Why};
use gangway_core::leaving;

/// One step of a change.
pub fn step(step: &Step, names: &DeviceNames<'_>) -> String {
    match step {
        Step::Give { functions, vm, .. } => give(functions.len(), vm, &first(functions, names)),
        Step::Take { functions, vm } => take(functions.len(), vm, &first(functions, names)),
        Step::Rom { address, path } => fill(
            &gettext("{device} starts with the ROM file “{path}”."),
            &[("device", &names.of(*address)), ("path", &path.display().to_string())],
        ),
        Step::HideHypervisor => gettext("The virtual machine no longer sees that it runs on KVM."),
        Step::ShowHypervisor => gettext("The virtual machine sees again that it runs on KVM."),
        Step::VendorId { id } => {
            fill(&gettext("The virtual machine sees “{id}” as the maker of its hypervisor."), &[("id", id)])
        }
        Step::NoVendorId => gettext("The virtual machine sees the usual maker of its hypervisor again."),
        Step::HypervForWindows => {
            gettext("What Windows uses to run well in a virtual machine is switched on.")
        }
        Step::NoHypervForWindows => {
            gettext("What Windows uses to run well in a virtual machine is switched off.")
        }
        Step::PutBack { vm, seconds } => fill(
            &gettext("“{vm}” gets the definition back that was kept at {time}."),
            &[("vm", vm), ("time", &kept_time(*seconds))],
        ),
        Step::Remember { functions, vm } => {
            let number = u32::try_from(*functions).unwrap_or(u32::MAX);
            let template = ngettext(
                "The definition of “{vm}” says which device that is, so that another one at its address is noticed.",
                "The definition of “{vm}” says which devices these {number} are, so that others at their addresses are noticed.",
                number,
            );
            fill(&template, &[("vm", vm), ("number", &number.to_string())])
        }
        Step::Forget { vm } => fill(
            &gettext("What the definition of “{vm}” says of which devices they were goes with them."),
            &[("vm", vm)],
        ),
        Step::FromStartToStop { vm } => fill(
            &gettext(
                "When “{vm}” starts, libvirt takes the devices from the host, and gives them back when it stops.",
            ),
            &[("vm", vm)],
        ),
        Step::HeldForMachines { vm } => fill(
            &gettext("The devices are with vfio-pci already, which keeps them when “{vm}” stops."),
            &[("vm", vm)],
        ),
        Step::AtNextStart { vm } => fill(
            &gettext("“{vm}” runs now: the change takes effect when it is shut down and started again."),
            &[("vm", vm)],
        ),
        Step::KeepFormer => gettext("The former definition is kept, so that it can be put back."),
        Step::KeepPresent => {
            gettext("The present definition is kept, so that it can be put back in its turn.")
        }
    }
}

fn first(functions: &[gangway_core::pci::PciAddress], names: &DeviceNames<'_>) -> String {
    functions.first().map(|address| names.of(*address)).unwrap_or_default()
}

fn give(count: usize, vm: &str, device: &str) -> String {
    let number = u32::try_from(count).unwrap_or(u32::MAX);
    let template = ngettext(
        "“{vm}” gets {device}.",
        "“{vm}” gets {device} as one device with {number} functions.",
        number,
    );
    fill(&template, &[("vm", vm), ("device", device), ("number", &number.to_string())])
}

fn take(count: usize, vm: &str, device: &str) -> String {
    let number = u32::try_from(count).unwrap_or(u32::MAX);
    let template = ngettext(
        "“{vm}” loses {device}.",
        "“{vm}” loses {device} with all of its {number} functions.",
        number,
    );
    fill(&template, &[("vm", vm), ("device", device), ("number", &number.to_string())])
}

/// What the host loses.
pub fn cost(cost: &Cost, names: &DeviceNames<'_>) -> String {
    let device = names.of(cost.address());
    match cost {
        Cost::Screen { connector, monitor: Some(monitor), .. } => fill(
            &gettext("The screen “{monitor}” at {connector} of {device} goes dark for the host."),
            &[("monitor", monitor), ("connector", connector), ("device", &device)],
        ),
        Cost::Screen { connector, monitor: None, .. } => fill(
            &gettext("The screen at {connector} of {device} goes dark for the host."),
            &[("connector", connector), ("device", &device)],
        ),
        Cost::BootDisplay { .. } => fill(
            &gettext("{device} shows the picture of the firmware and of the starting system."),
            &[("device", &device)],
        ),
        Cost::Mounted { path, .. } => fill(
            &gettext("{device} holds the mounted file system “{path}”."),
            &[("device", &device), ("path", path)],
        ),
        Cost::Swap { .. } => {
            fill(&gettext("{device} holds swap space that is in use."), &[("device", &device)])
        }
        Cost::DefaultRoute { interface, .. } => fill(
            &gettext("The host’s way to the network goes through {interface} of {device}."),
            &[("device", &device), ("interface", interface)],
        ),
    }
}

/// What to know besides.
pub fn warning(warning: &Warning, names: &DeviceNames<'_>) -> String {
    match warning {
        Warning::Leaving(warning) => leaving_warning(warning, names),
        Warning::NotChosen(other) => not_chosen(other, names),
        Warning::RomUnreadable { path, reason } => fill(
            &gettext(
                "The ROM file “{path}” cannot be used as it is ({reason}): put it there before the virtual machine starts.",
            ),
            &[("path", &path.display().to_string()), ("reason", reason)],
        ),
        Warning::Session { uri } => fill(
            &gettext(
                "Virtual machines at “{uri}” run with your own rights, which do not suffice for PCI devices: use “qemu:///system” for them.",
            ),
            &[("uri", uri)],
        ),
        Warning::OtherUnclear { vm, trouble } => fill(
            &gettext(
                "The definition of “{vm}” cannot be read ({detail}), so it may have one of these devices too.",
            ),
            &[("vm", vm), ("detail", trouble)],
        ),
        Warning::InUse { vm, address } => fill(
            &gettext(
                "“{vm}” runs with {device}: until it is shut down, no other virtual machine can start with that device or with another one of its group.",
            ),
            &[("vm", vm), ("device", &names.of(*address))],
        ),
        Warning::NotThere { address, uri } => fill(
            &gettext(
                "The computer at “{uri}” has no such device at {address}, as far as libvirt tells: make sure that it is the one that you look at.",
            ),
            &[("address", &address.to_string()), ("uri", uri)],
        ),
    }
}

/// Something to know about what leaves.
pub fn leaving_warning(warning: &leaving::Warning, names: &DeviceNames<'_>) -> String {
    use leaving::Warning;
    match warning {
        Warning::ScreenUnknown { address, connector } => fill(
            &gettext(
                "Whether a screen is connected to {connector} of {device} is unknown: look at the cable.",
            ),
            &[("connector", connector), ("device", &names.of(*address))],
        ),
        Warning::DriverUnknown { address, trouble } => fill(
            &gettext(
                "The driver of {device} could not be read from “{path}” ({detail}), so who uses it now is unknown.",
            ),
            &[("device", &names.of(*address)), ("path", &trouble.path), ("detail", &trouble_detail(trouble))],
        ),
    }
}

/// Why a function goes along.
pub fn why(why: Why, names: &DeviceNames<'_>) -> String {
    match why {
        Why::Asked => gettext("It was chosen."),
        Why::SameCard(address) => {
            fill(&gettext("It is on the same card as {device}."), &[("device", &names.of(address))])
        }
        Why::SameGroup(group) => {
            fill(&gettext("It is in the same group {group}."), &[("group", &group.to_string())])
        }
    }
}
