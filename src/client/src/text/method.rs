//! Sentences about how the host lets go of devices: the methods, what speaks for one and against another.

use gettextrs::{gettext, ngettext};

use super::{DeviceNames, fill, helper_error, plan_refusal};
use crate::handover::{Against, Danger, Method, Methods, NotReserved, Reason};

/// A method, as a label.
pub fn method(method: Method) -> String {
    match method {
        Method::Managed => gettext("Only while the machine runs"),
        Method::Reserved => gettext("Reserve at boot"),
    }
}

/// What a method does.
pub fn method_line(method: Method) -> String {
    match method {
        Method::Managed => gettext(
            "libvirt takes the device when the virtual machine starts, and gives it back when it stops.",
        ),
        Method::Reserved => {
            gettext("From the next restart on, vfio-pci holds the device. The host never touches it.")
        }
    }
}

/// What speaks against leaving devices to libvirt.
pub fn against(against: &Against, names: &DeviceNames<'_>) -> String {
    let said = |template: String, address, driver: &str| {
        fill(&template, &[("device", &names.of(address)), ("driver", driver)])
    };
    match against {
        Against::Holds { address, driver } => said(
            gettext(
                "The driver “{driver}” does not let go of {device} safely: taken from it in use, the kernel can hang until the computer is restarted.",
            ),
            *address,
            driver,
        ),
        Against::Storage { address } => said(
            gettext(
                "What is mounted from {device} would be lost when the virtual machine starts: unmount it first.",
            ),
            *address,
            "",
        ),
        Against::Desktop { address, driver } => said(
            gettext(
                "A desktop that runs may use {device}, and then its driver “{driver}” may not let go of it.",
            ),
            *address,
            driver,
        ),
        Against::InUse { address } => said(
            gettext("The host uses {device} now, and loses it when the virtual machine starts."),
            *address,
            "",
        ),
        Against::DriverUnknown { address } => {
            said(gettext("Which driver has {device} could not be read: unknown, not none."), *address, "")
        }
    }
}

/// What speaks against a method, in sentences; none where nothing does.
pub fn methods_against(methods: &Methods, which: Method, names: &DeviceNames<'_>) -> Vec<String> {
    match (which, &methods.reserved) {
        (Method::Managed, _) => methods.managed.iter().map(|reason| against(reason, names)).collect(),
        (Method::Reserved, Ok(())) => Vec::new(),
        (Method::Reserved, Err(why)) => not_reserved(why, names),
    }
}

/// Why nothing can be reserved from here.
fn not_reserved(why: &NotReserved, names: &DeviceNames<'_>) -> Vec<String> {
    match why {
        NotReserved::Refused(refusals) => {
            refusals.iter().map(|refusal| plan_refusal(refusal, names)).collect()
        }
        NotReserved::NoService(error) => vec![helper_error(error)],
        NotReserved::Elsewhere => vec![gettext(
            "This is another computer’s picture, so nothing can be reserved from here: save the plan as a script.",
        )],
        NotReserved::Several => vec![gettext(
            "One card is reserved at a time: name one device, and take along the whole group for what shares it.",
        )],
    }
}

/// What the user has to take in so many words.
pub fn danger(danger: &Danger, names: &DeviceNames<'_>) -> String {
    match danger {
        Danger::Method(reason) => against(reason, names),
        Danger::NoReset { address } => fill(
            &gettext(
                "{device} is known not to come back from a reset: after the virtual machine stops, it may work again only when the computer was restarted.",
            ),
            &[("device", &names.of(*address))],
        ),
    }
}

/// What speaks for a method: a label, and what it means here.
pub fn reason(reason: &Reason, names: &DeviceNames<'_>) -> (String, String) {
    match reason {
        Reason::Keeps { address } => (
            gettext("Another graphics card"),
            fill(&gettext("{device} keeps the desktop."), &[("device", &names.of(*address))]),
        ),
        Reason::ByAddress { address, twins: 0 } => (
            gettext("No other device has its ids"),
            fill(
                &gettext("Reserved by the address {address}, checked at every start."),
                &[("address", &address.to_string())],
            ),
        ),
        Reason::ByAddress { address, twins } => {
            let number = u32::try_from(*twins).unwrap_or(u32::MAX);
            let label =
                ngettext("{number} other device has its ids", "{number} other devices have its ids", number);
            let line =
                gettext("Reserved by the address {address}, checked at every start, so the others stay.");
            (
                fill(&label, &[("number", &twins.to_string())]),
                fill(&line, &[("address", &address.to_string())]),
            )
        }
        Reason::IommuOn => {
            (gettext("The IOMMU is already on"), gettext("Nothing has to be turned on for it."))
        }
        Reason::Restart => (
            gettext("One restart"),
            gettext("As a trial: if it fails, the next start is the system you have now."),
        ),
        Reason::LetsGo => (gettext("Its drivers let go of it"), gettext("Nothing on the host uses it now.")),
        Reason::Free => (gettext("The host does not use it"), gettext("It is with vfio-pci already.")),
        Reason::HostUnchanged => {
            (gettext("The host stays as it is"), gettext("No file is changed, and no restart is needed."))
        }
    }
}
