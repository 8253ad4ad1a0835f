//! What stands where the records would: that there are none yet, that the computer is another one, that there is no service,
//! that reading them is not allowed. Plain values without GTK.

use gangway_client::helper::HelperError;
use gangway_client::text;
use gangway_protocol::ErrorName;
use gettextrs::gettext;

use crate::widgets::status::{StatusButton, StatusView};

/// Nothing was changed yet.
pub(super) fn nothing() -> StatusView {
    StatusView {
        icon: "document-open-recent-symbolic",
        title: gettext("No Changes Yet"),
        description: gettext(
            "What Gangway changes on this computer is listed here, newest first, each with its differences and an undo.",
        ),
        buttons: vec![StatusButton {
            label: gettext("What Needs Attention"),
            action: "win.readiness",
            ..StatusButton::default()
        }],
        note: gettext("Former definitions of a virtual machine are on its own page."),
        ..StatusView::default()
    }
}

/// Another computer's files are looked at.
pub(super) fn elsewhere() -> StatusView {
    StatusView {
        icon: "document-open-recent-symbolic",
        title: gettext("This Is Another Computer"),
        description: gettext(
            "Its changes are in its own records, and are made there. From here, each change can be planned, looked at, and saved as a script.",
        ),
        buttons: vec![StatusButton {
            label: gettext("This Computer"),
            action: "win.this-computer",
            ..StatusButton::default()
        }],
        ..StatusView::default()
    }
}

/// There is no service.
pub(super) fn missing(error: &HelperError) -> StatusView {
    let view = StatusView {
        icon: "computer-fail-symbolic",
        title: gettext("No Service for Changes"),
        description: text::helper_error(error),
        buttons: vec![try_again()],
        note: gettext(
            "Everything but applying works without it: plans can be looked at and saved as scripts.",
        ),
        ..StatusView::default()
    };
    match error {
        HelperError::NotInstalled => StatusView {
            description: gettext(
                "A system service makes the changes of this computer, and asks for permission before each. It is not installed.",
            ),
            steps: vec![
                (
                    gettext("Install Gangway’s package for this distribution"),
                    gettext("It holds the service “gangway-helper”. A Flatpak cannot bring it along."),
                ),
                (
                    gettext("Or install it from Gangway’s source"),
                    gettext("With “cargo xtask install --prefix /usr”, as root."),
                ),
            ],
            evidence: vec![("org.gangway.Helper1".to_owned(), gettext("not on the system bus"))],
            ..view
        },
        _ => view,
    }
}

/// The service does not tell them.
pub(super) fn failed(error: &HelperError) -> StatusView {
    let denied = matches!(
        error,
        HelperError::Refused {
            name: ErrorName::NotAuthorized
                | ErrorName::Cancelled
                | ErrorName::NoAgent
                | ErrorName::NoAuthority,
            ..
        }
    );
    let view = StatusView {
        icon: "computer-fail-symbolic",
        title: gettext("The Records Cannot Be Read"),
        description: text::helper_error(error),
        buttons: vec![try_again()],
        ..StatusView::default()
    };
    if !denied {
        return view;
    }
    StatusView {
        icon: "system-lock-screen-symbolic",
        title: gettext("Not Allowed"),
        description: gettext("Reading the records of changes needs permission, and it was not given."),
        ..view
    }
}

fn try_again() -> StatusButton {
    StatusButton {
        label: gettext("Try Again"),
        action: "win.ask-service",
        suggested: true,
        ..StatusButton::default()
    }
}
