//! Sentences about starting this computer again.

use gettextrs::gettext;

use super::with_reason;
use crate::restart::RestartError;
use crate::target::{HostChoice, Target};

/// What was restarted, where that is heard of: a computer that restarts ends this program, too.
pub fn restarted(target: &Target) -> String {
    match target.host {
        HostChoice::Demo(_) => {
            gettext("The restart of the demo’s computer was imitated: this is its next start.")
        }
        HostChoice::Live | HostChoice::Folder(_) | HostChoice::Machine(_) => {
            gettext("The computer is restarting.")
        }
    }
}

/// Why the computer was not started again, with the way out.
pub fn restart_error(error: &RestartError) -> String {
    match error {
        RestartError::NoLogind { reason } => with_reason(
            &gettext("This computer cannot be restarted from here{reason}: restart it as you always do."),
            reason,
            &[],
        ),
        RestartError::Demo { reason } => with_reason(
            &gettext(
                "The demo’s computer could not be restarted{reason}: what was reached is tried again with the next restart.",
            ),
            reason,
            &[],
        ),
        RestartError::Elsewhere => gettext("This is another computer: restart it where it is."),
        RestartError::Refused { reason } => with_reason(
            &gettext(
                "The restart was refused{reason}: end what holds it back, or restart it as you always do.",
            ),
            reason,
            &[],
        ),
    }
}
