//! Sentences about what virtual machines have of the host, and about machines that were not asked.

use gangway_domain::view::UsbHostDevice;
use gettextrs::gettext;

use super::{fill, hypervisor_error};
use crate::asked::NotAsked;
use crate::claims::Owner;
use crate::hypervisor::{Held, VirtualMachine};

/// Who has a device, as a label beside it.
pub fn owner(owner: &Owner) -> String {
    let template = match owner.held {
        Held::FromItsStart => gettext("in {vm}"),
        Held::Now | Held::UntilItStops => gettext("in {vm}, which runs"),
    };
    fill(&template, &[("vm", &owner.vm)])
}

/// Who has a device, as a sentence.
pub fn claimed(device: &str, owner: &Owner) -> String {
    let template = match owner.held {
        Held::Now => gettext("The virtual machine “{vm}” runs and has {device} in its definition."),
        Held::FromItsStart => gettext("The virtual machine “{vm}” has {device} in its definition."),
        Held::UntilItStops => gettext("The virtual machine “{vm}” runs with {device}."),
    };
    fill(&template, &[("vm", &owner.vm), ("device", device)])
}

/// How a machine has a device of the host, where that is otherwise than one would think.
pub fn held(held: Held, vm: &VirtualMachine) -> Option<String> {
    match held {
        Held::FromItsStart if vm.state.is_active() => Some(gettext("from its next start")),
        // Where its definition cannot be read, nobody knows what it starts with.
        Held::UntilItStops if vm.trouble.is_none() => Some(gettext("only until it stops")),
        _ => None,
    }
}

/// A USB device that a virtual machine asks for, in the way it asks: `046a:0011`, or by its place.
pub fn usb_wanted(wanted: &UsbHostDevice) -> String {
    let id = wanted.id.map(|(vendor, product)| format!("{vendor:04x}:{product:04x}"));
    let place = wanted.place.map(|(bus, number)| {
        fill(
            &gettext("bus {bus}, device {number}"),
            &[("bus", &bus.to_string()), ("number", &number.to_string())],
        )
    });
    match (id, place) {
        (Some(id), Some(place)) => fill(&gettext("{id} ({place})"), &[("id", &id), ("place", &place)]),
        (id, place) => id.or(place).unwrap_or_default(),
    }
}

/// A USB device that a virtual machine asks for is not there.
pub fn usb_missing(owner: &Owner, wanted: &UsbHostDevice) -> String {
    fill(
        &gettext("The virtual machine “{vm}” asks for a USB device that is not plugged in: {device}."),
        &[("vm", &owner.vm), ("device", &usb_wanted(wanted))],
    )
}

/// Why nothing is said of virtual machines.
pub fn not_asked(why: &NotAsked) -> String {
    match why {
        NotAsked::OtherComputer => gettext(
            "Virtual machines were not asked for their devices: these are the files of another computer, and --connect names no libvirt.",
        ),
        NotAsked::Failed(error) => fill(
            &gettext("Virtual machines were not asked for their devices. {reason}"),
            &[("reason", &hypervisor_error(error))],
        ),
        NotAsked::NoAnswer { seconds } => fill(
            &gettext(
                "Virtual machines were not asked for their devices: libvirt did not answer within {seconds} seconds.",
            ),
            &[("seconds", &seconds.to_string())],
        ),
    }
}
