//! Sentences about starting this computer again.

use gettextrs::gettext;

use super::with_reason;
use crate::restart::RestartError;

/// Why the computer was not started again, with the way out.
pub fn restart_error(error: &RestartError) -> String {
    match error {
        RestartError::NoLogind { reason } => with_reason(
            &gettext("This computer cannot be restarted from here{reason}: restart it as you always do."),
            reason,
            &[],
        ),
        RestartError::Refused { reason } => with_reason(
            &gettext(
                "The restart was refused{reason}: end what holds it back, or restart it as you always do.",
            ),
            reason,
            &[],
        ),
    }
}
