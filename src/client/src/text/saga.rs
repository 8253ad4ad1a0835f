//! Sentences about hand-overs that wait for a restart: how they stand, and why what was wished cannot be read.

use gettextrs::gettext;

use super::{DeviceNames, fill};
use crate::saga::{FolderError, GuestSide, HostSide, Standing, Wish};

/// A hand-over as a title: “GeForce RTX 3070 (01:00.0) to win11”; it stands between quotes elsewhere.
pub fn wish_title(wish: &Wish, names: &DeviceNames<'_>) -> String {
    fill(&gettext("{device} to {vm}"), &[("device", &names.of(wish.device)), ("vm", &wish.recipient.name)])
}

/// How a hand-over stands, and what that means: one or two sentences.
pub fn standing(wish: &Wish, standing: &Standing, names: &DeviceNames<'_>) -> String {
    let host = host_side(standing.host);
    let template = match guest_side(standing) {
        Some(guest) => format!("{host} {guest}"),
        None => host,
    };
    let other = match &standing.guest {
        GuestSide::Taken { vm } => vm.as_str(),
        _ => "",
    };
    let device = names.of(wish.device);
    fill(&template, &[("device", &device), ("vm", &wish.recipient.name), ("other", other)])
}

fn host_side(host: HostSide) -> String {
    match host {
        HostSide::Unknown => gettext("How the reservation of {device} stands could not be read."),
        HostSide::Nothing => gettext("The host does not reserve {device}."),
        HostSide::Other => {
            gettext("The host does not reserve {device}, since it reserves another card: one at a time.")
        }
        HostSide::Working => gettext("The reservation of {device} is being changed."),
        HostSide::Waiting => gettext("{device} is reserved with the next start."),
        HostSide::OnTrial { holds: true } => gettext(
            "{device} is reserved, and this start is a trial of it: keep it, or the next start is the former system.",
        ),
        HostSide::OnTrial { holds: false } => gettext(
            "This start is a trial, and {device} is not reserved as it should be: restart for the former system, then undo it.",
        ),
        HostSide::Failed => gettext(
            "The trial of {device} ended without being kept, and this is the former system: undo what is left of it.",
        ),
        HostSide::Kept { holds: true } => gettext("{device} is reserved at every start."),
        HostSide::Kept { holds: false } => gettext(
            "{device} should be reserved, and in this start it is not as it should be: look at Readiness, or undo it.",
        ),
        HostSide::Aside => gettext(
            "{device} is reserved, but this start is one without the reservation: restart, or undo it.",
        ),
    }
}

fn guest_side(standing: &Standing) -> Option<String> {
    let ready = standing.host.is_ready();
    let apart = matches!(standing.host, HostSide::Waiting | HostSide::Working | HostSide::Unknown);
    Some(match &standing.guest {
        GuestSide::Waits if ready => gettext("“{vm}” can get it now."),
        GuestSide::Waits if standing.host == HostSide::Waiting => gettext("Then “{vm}” can get it."),
        GuestSide::Waits => return None,
        GuestSide::Part if ready => gettext("“{vm}” has a part of it, and can get the rest now."),
        GuestSide::Has | GuestSide::Part if !ready && !apart => gettext(
            "“{vm}” has it in its definition: started now, it would take it from the driver that uses it.",
        ),
        GuestSide::Has => gettext("“{vm}” has it."),
        GuestSide::Part => gettext("“{vm}” has a part of it."),
        GuestSide::Taken { .. } => gettext("“{other}” has it, so “{vm}” cannot get it."),
        GuestSide::Gone => gettext("There is no virtual machine “{vm}” any more."),
        GuestSide::Unknown => gettext("Whether “{vm}” has it could not be asked."),
    })
}

/// Why a wish cannot be kept or read.
pub fn wish_error(error: &FolderError) -> String {
    match error {
        FolderError::Io { path, source } => fill(
            &gettext(
                "“{path}” cannot be used for what waits for a restart ({reason}): make that folder writable.",
            ),
            &[("path", &path.display().to_string()), ("reason", &source.to_string())],
        ),
        FolderError::Unreadable { path, error } => fill(
            &gettext(
                "“{path}” does not tell what shall be handed over ({reason}): remove it, then hand the device over again.",
            ),
            &[("path", &path.display().to_string()), ("reason", &error.to_string())],
        ),
    }
}
