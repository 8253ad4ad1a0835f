//! The connection to libvirt as the window knows it, and the page that stands where its virtual machines would.
//! Keeping it alive is `gangway_client::connection`'s work.

use std::fmt;
use std::sync::Arc;

use gangway_client::hypervisor::{Hypervisor, HypervisorError, HypervisorErrorKind};
use gangway_client::text;
use gettextrs::gettext;

use crate::attempt::RETRY;
use crate::widgets::status::{StatusButton, StatusView};

/// The state of the connection.
#[derive(Clone, Default)]
pub enum Connection {
    /// It is being made.
    #[default]
    Connecting,
    /// It stands.
    Connected(Arc<dyn Hypervisor>),
    /// It broke; the next attempt comes by itself.
    Lost(HypervisorError),
    /// It could not be made.
    Failed(HypervisorError),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("Connecting"),
            Self::Connected(_) => f.write_str("Connected"),
            Self::Lost(error) => f.debug_tuple("Lost").field(error).finish(),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}

impl Connection {
    /// The hypervisor, where the connection stands.
    pub fn hypervisor(&self) -> Option<&Arc<dyn Hypervisor>> {
        match self {
            Self::Connected(hypervisor) => Some(hypervisor),
            _ => None,
        }
    }

    /// The page that says why there are no virtual machines to show.
    pub fn page(&self, user: &str) -> StatusView {
        match self {
            Self::Connecting => StatusView {
                icon: "vm-off-symbolic",
                title: gettext("Connecting…"),
                description: gettext("The virtual machines appear here as soon as libvirt answers."),
                ..StatusView::default()
            },
            Self::Connected(_) => none_yet(),
            Self::Lost(error) => StatusView {
                icon: "vm-off-symbolic",
                title: gettext("Connection Lost"),
                description: text::hypervisor_error(error),
                evidence: evidence(error),
                buttons: vec![try_again()],
                note: gettext("Gangway connects again by itself as soon as libvirt answers."),
                ..StatusView::default()
            },
            Self::Failed(error) if error.kind == HypervisorErrorKind::NoPermission => {
                no_permission(error, user)
            }
            Self::Failed(error) => failed(error),
        }
    }
}

/// libvirt's own words, where the sentence does not have them already.
fn evidence(error: &HypervisorError) -> Vec<(String, String)> {
    if text::hypervisor_error(error).contains(&error.message) {
        Vec::new()
    } else {
        vec![(error.subject.clone(), error.message.clone())]
    }
}

fn none_yet() -> StatusView {
    StatusView {
        icon: "vm-off-symbolic",
        title: gettext("No Virtual Machines"),
        description: gettext(
            "libvirt answers, and has no virtual machine yet. A new one appears here by itself.",
        ),
        steps: vec![(
            gettext("Create a virtual machine"),
            gettext(
                "With virt-manager, GNOME Boxes’ system connection or virt-install, under qemu:///system.",
            ),
        )],
        note: gettext("The devices can be looked at without one."),
        ..StatusView::default()
    }
}

fn no_permission(error: &HypervisorError, user: &str) -> StatusView {
    StatusView {
        icon: "system-lock-screen-symbolic",
        title: gettext("No Access to Virtual Machines"),
        description: gettext(
            "libvirt answers, but does not let “{user}” manage this computer’s virtual machines.",
        )
        .replace("{user}", user),
        steps: vec![
            (
                gettext("An administrator adds you to the group “libvirt”"),
                gettext("With the command below, in a terminal."),
            ),
            (gettext("Log out and in again"), gettext("Groups count from the next login on.")),
        ],
        command: Some(format!("sudo usermod --append --groups libvirt {user}")),
        evidence: vec![(error.subject.clone(), error.message.clone())],
        buttons: vec![try_again()],
        note: gettext("The devices can be looked at without access."),
        ..StatusView::default()
    }
}

fn failed(error: &HypervisorError) -> StatusView {
    let unreachable = error.kind == HypervisorErrorKind::NotReachable;
    StatusView {
        icon: "vm-off-symbolic",
        title: if unreachable {
            gettext("libvirt Does Not Answer")
        } else {
            gettext("No Connection to libvirt")
        },
        description: text::hypervisor_error(error),
        command: (unreachable && error.subject.starts_with("qemu:///")).then(|| {
            "sudo systemctl enable --now virtqemud.socket || sudo systemctl enable --now libvirtd.socket"
                .to_owned()
        }),
        evidence: evidence(error),
        buttons: vec![try_again()],
        note: if unreachable {
            gettext(
                "Gangway connects by itself as soon as libvirt answers. The devices can be looked at without it.",
            )
        } else {
            gettext("The devices can be looked at without it.")
        },
        ..StatusView::default()
    }
}

fn try_again() -> StatusButton {
    StatusButton { label: gettext("Try Again"), action: RETRY, suggested: true, busy: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_page_with_a_way_on() {
        for kind in HypervisorErrorKind::ALL {
            let page = Connection::Failed(HypervisorError::new(kind, "qemu:///system", "words")).page("alex");
            assert!(!page.title.is_empty() && !page.description.is_empty(), "{kind:?}");
            assert!(page.buttons.iter().any(|button| button.action == RETRY), "{kind:?}");
        }
    }

    #[test]
    fn the_command_names_the_user() {
        let error = HypervisorError::new(HypervisorErrorKind::NoPermission, "qemu:///system", "");
        let page = Connection::Failed(error).page("alex");
        assert!(page.command.is_some_and(|command| command.ends_with("libvirt alex")));
    }
}
