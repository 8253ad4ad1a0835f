//! Sentences about the host: whether devices are isolated from each other, and what could not be read.

use gangway_core::host::{GroupId, IommuOff, IommuState, Isolation};
use gangway_core::reading::{Trouble, TroubleDetail};
use gangway_core::source::SourceErrorKind;
use gettextrs::{gettext, ngettext};

use super::{DeviceNames, fill};

/// Whether the IOMMU is on, and what to do where it is not.
pub fn iommu_state(state: &IommuState) -> String {
    match state {
        IommuState::On { groups } => {
            let number = u32::try_from(*groups).unwrap_or(u32::MAX);
            let template = ngettext(
                "The IOMMU is on, with {number} group.",
                "The IOMMU is on, with {number} groups.",
                number,
            );
            fill(&template, &[("number", &number.to_string())])
        }
        IommuState::Off { why, .. } => {
            fill(&gettext("The IOMMU is off: {reason}."), &[("reason", &iommu_off(why))])
        }
    }
}

/// Why the IOMMU is off and what to do, as the part of a sentence that follows a colon.
pub fn iommu_off(why: &IommuOff) -> String {
    match why {
        IommuOff::ByArgument { argument } => fill(
            &gettext("“{argument}” on the kernel command line switches it off, so remove that and restart"),
            &[("argument", argument)],
        ),
        IommuOff::ArgumentMissing => {
            gettext("this kernel wants to be asked, so add “intel_iommu=on” to its command line and restart")
        }
        IommuOff::NotStarted => gettext(
            "the firmware offers it and the kernel did not start it, so look into the kernel’s log, or try another kernel or newer firmware",
        ),
        IommuOff::NotOffered => gettext(
            "the firmware does not offer it, so switch on VT-d, AMD-Vi or IOMMU in the firmware setup, if this computer has it",
        ),
        IommuOff::NoVirtualization => gettext(
            "the processor’s virtualization is switched off or missing, so switch on VT-x or SVM in the firmware setup",
        ),
        IommuOff::InsideVirtualMachine => gettext(
            "this is a virtual machine without a virtual IOMMU, so run Gangway on the computer itself",
        ),
        IommuOff::Xen => gettext("Xen owns it on this computer, so start Linux without Xen to use QEMU"),
        IommuOff::NotTold => gettext(
            "nothing that can be read says why, so check the firmware setup and the kernel command line",
        ),
    }
}

/// Whether a group can leave as one, as a label.
pub fn isolation_label(isolation: &Isolation) -> String {
    match isolation {
        Isolation::Isolated => gettext("Isolated"),
        Isolation::Shared { cards } => {
            let number = u32::try_from(cards.len()).unwrap_or(u32::MAX);
            let template = ngettext("Shared by {number} device", "Shared by {number} devices", number);
            fill(&template, &[("number", &number.to_string())])
        }
        Isolation::HostBridgeWithDriver { .. } => gettext("Needed by the host"),
    }
}

/// What a group is tied to, as a sentence.
pub fn isolation(group: GroupId, isolation: &Isolation, names: &DeviceNames<'_>) -> String {
    let group = group.to_string();
    match isolation {
        Isolation::Isolated => fill(
            &gettext("Group {group} is isolated: its device can leave the host by itself."),
            &[("group", &group)],
        ),
        Isolation::Shared { cards } => fill(
            &gettext("Group {group} is shared by {devices}, which can leave the host only together."),
            &[("group", &group), ("devices", &names.all(cards))],
        ),
        Isolation::HostBridgeWithDriver { address, driver } => fill(
            &gettext(
                "Group {group} holds {device}, which the host needs and drives with “{driver}”, so nothing of it can leave the host.",
            ),
            &[("group", &group), ("device", &names.of(*address)), ("driver", driver.as_str())],
        ),
    }
}

/// What could not be read or made no sense.
pub fn trouble(trouble: &Trouble) -> String {
    fill(
        &gettext("“{path}” could not be used ({detail}), so what it says is unknown, not off."),
        &[("path", &trouble.path), ("detail", &trouble_detail(trouble))],
    )
}

/// What was wrong with a value, without the place: in our words, or as it was found.
pub fn trouble_detail(trouble: &Trouble) -> String {
    match &trouble.detail {
        TroubleDetail::Source(kind) => source_detail(*kind),
        TroubleDetail::NotAnAddress => gettext("not a PCI address"),
        TroubleDetail::DriverBusy => gettext("a driver is letting go of it, or taking it up, just now"),
        TroubleDetail::DriverHangs => gettext("its driver hangs until the computer is restarted"),
        TroubleDetail::Other(found) if found.is_empty() => gettext("an empty text"),
        TroubleDetail::Other(found) => found.clone(),
    }
}

fn source_detail(kind: SourceErrorKind) -> String {
    match kind {
        SourceErrorKind::Absent => gettext("not there"),
        SourceErrorKind::Dangling => gettext("the link leads to nothing"),
        SourceErrorKind::Loop => gettext("the links lead in a circle"),
        SourceErrorKind::NoPermission => gettext("permission denied"),
        SourceErrorKind::NotAFile => gettext("not a regular file"),
        SourceErrorKind::NotAFolder => gettext("not a folder"),
        SourceErrorKind::NotALink => gettext("not a link"),
        SourceErrorKind::TooLarge => gettext("larger than expected"),
        SourceErrorKind::NotText => gettext("not text"),
        // The system's own words, in the user's language.
        SourceErrorKind::System(_) => kind.to_string(),
    }
}
