//! Sentences about libvirt's network: what is done to it, why not, and what undo does.

use gettextrs::gettext;

use super::{fill, hypervisor_error};
use crate::network::{NetworkBack, NetworkError, NetworkStep, NetworkStop, TEMPLATE};

/// What a step does.
pub fn network_step(step: &NetworkStep) -> String {
    match step {
        NetworkStep::Define { .. } => fill(
            &gettext("libvirt’s network “default” is defined as libvirt ships it in “{path}”."),
            &[("path", TEMPLATE)],
        ),
        NetworkStep::Start => gettext("libvirt’s network “default” is started."),
        NetworkStep::Autostart => gettext("libvirt’s network “default” starts with libvirt from now on."),
    }
}

/// What an action of undo does.
pub fn network_back(action: NetworkBack) -> String {
    match action {
        NetworkBack::NoAutostart => gettext("libvirt’s network “default” no longer starts with libvirt."),
        NetworkBack::Stop => gettext("libvirt’s network “default” is stopped."),
        NetworkBack::Undefine => gettext("The definition of libvirt’s network “default” is removed."),
    }
}

/// Why it is not undone.
pub fn network_stop(stop: &NetworkStop) -> String {
    match stop {
        NetworkStop::InUse { vm } => fill(
            &gettext("“{vm}” runs and uses libvirt’s network “default”: shut it down first."),
            &[("vm", vm)],
        ),
        NetworkStop::Changed => gettext(
            "Somebody changed the definition of libvirt’s network “default” since, so it is left as it is.",
        ),
    }
}

/// Why it is not done, with the way out.
pub fn network_error(error: &NetworkError) -> String {
    match error {
        NetworkError::Hypervisor(error) => hypervisor_error(error),
        NetworkError::NoTemplate => fill(
            &gettext(
                "libvirt has no network “default”, and its own definition is not in “{path}”: install the part of libvirt that holds it, or give virtual machines another network.",
            ),
            &[("path", TEMPLATE)],
        ),
        NetworkError::NotUnderstood { path } => fill(
            &gettext(
                "The definition of libvirt’s network in “{path}” is not understood, so it is left as it is.",
            ),
            &[("path", path)],
        ),
        NetworkError::Overlap { subnet, route, interface } => fill(
            &gettext(
                "The addresses of libvirt’s network “default” ({subnet}) are in use already: this computer reaches {route} through “{interface}”. Give the network others with “virsh net-edit default”.",
            ),
            &[("subnet", &subnet.to_string()), ("route", &route.to_string()), ("interface", interface)],
        ),
        NetworkError::Changed => gettext(
            "libvirt’s network “default” changed since this was shown, so nothing was done to it: look at it again.",
        ),
        NetworkError::Record(error) => fill(
            &gettext(
                "“{path}” cannot be used ({reason}), so nothing is done to libvirt’s network: make it usable.",
            ),
            &[("path", &error.path.display().to_string()), ("reason", &error.source.to_string())],
        ),
    }
}
