//! Sentences about the root service: why it did not do what was asked, how a change ended, what became of earlier ones.

use gangway_protocol::ErrorName;
use gangway_protocol::wire::{Ending, RecordState};
use gettextrs::{gettext, ngettext};

use super::{fill, with_reason};
use crate::helper::HelperError;

/// Why the service did not do it, with the way out.
pub fn helper_error(error: &HelperError) -> String {
    match error {
        HelperError::NoBus { reason } => with_reason(
            &gettext(
                "The system bus cannot be reached{reason}, so this computer cannot be changed from here.",
            ),
            reason,
            &[],
        ),
        HelperError::NotInstalled => gettext(
            "Gangway’s service for changes of this computer is not installed: install Gangway’s package for this distribution, or save the plan as a script.",
        ),
        HelperError::NoDemoProgram => gettext(
            "The demo changes its computer with the program gangway-helper, which is not installed beside this one.",
        ),
        HelperError::DemoAsRoot => gettext(
            "The demo changes its computer as an ordinary user only: start it as one, and not as root.",
        ),
        HelperError::OtherVersion { newer: true, program } => fill(
            &gettext("Gangway’s service is of version {version}, which is newer: update this program."),
            &[("version", program)],
        ),
        HelperError::OtherVersion { newer: false, program } => fill(
            &gettext("Gangway’s service is of version {version}, which is older: update its package."),
            &[("version", program)],
        ),
        HelperError::Lost => gettext(
            "Gangway’s service went away while it worked: “gangwayctl host records” tells what became of the change.",
        ),
        HelperError::Refused { name, text } => refused(*name, text),
        HelperError::Later { seconds } => fill(
            &ngettext(
                "Gangway’s service was asked too much: ask again in a second.",
                "Gangway’s service was asked too much: ask again in {number} seconds.",
                *seconds,
            ),
            &[("number", &seconds.to_string())],
        ),
        HelperError::Failed { reason } => {
            with_reason(&gettext("Gangway’s service could not be asked{reason}: try again."), reason, &[])
        }
    }
}

/// What the service said no with.
fn refused(name: ErrorName, text: &str) -> String {
    match name {
        ErrorName::NotAuthorized => gettext(
            "Permission was not given, so nothing was changed: try again, or ask whoever administers this computer.",
        ),
        ErrorName::Cancelled => gettext(
            "The question for a password was closed, so nothing was changed: try again to be asked anew.",
        ),
        ErrorName::NoAgent => gettext(
            "A password would be needed and nothing here asks for it, so nothing was changed: start the desktop’s authentication agent, or use “gangwayctl” in a terminal.",
        ),
        ErrorName::NoAuthority => with_reason(
            &gettext(
                "polkit, which says who may change this computer, does not answer{reason}, so nothing was changed: see that its service runs, then try again.",
            ),
            text,
            &[],
        ),
        ErrorName::CallerGone => {
            gettext("The bus lost this program meanwhile, so nothing was changed: try again.")
        }
        ErrorName::Busy => gettext("Another change is being made: wait until it has ended."),
        ErrorName::TooMany => gettext("Too many questions wait for the service: try again later."),
        ErrorName::DigestChanged => gettext(
            "This computer changed since the plan was made, so nothing was changed: look at the new plan.",
        ),
        ErrorName::Refused => {
            with_reason(&gettext("It cannot be done any more{reason}: look at it again."), text, &[])
        }
        ErrorName::NothingToDo => gettext("All is as wanted already, so there is nothing to do."),
        ErrorName::NotFound => {
            gettext("There is no such change: “gangwayctl host records” lists those that exist.")
        }
        ErrorName::InvalidArgument => with_reason(
            &gettext("The service does not understand this program{reason}: update both to one version."),
            text,
            &[],
        ),
        ErrorName::Failed => {
            with_reason(&gettext("The service failed{reason}, and nothing was changed."), text, &[])
        }
    }
}

/// How a change ended; a sentence for each ending.
pub fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Done { record } => {
            fill(&gettext("Done; “gangwayctl host undo {record}” takes it back."), &[("record", record)])
        }
        Ending::NotBegun { error, reason } => refused(*error, reason),
        Ending::RolledBack { step: Some(step), reason, .. } => with_reason(
            &gettext("Step {number} failed{reason}, and everything is as it was before."),
            reason,
            &[("number", &(step + 1).to_string())],
        ),
        Ending::RolledBack { step: None, reason, .. } => {
            with_reason(&gettext("It failed{reason}, and everything is as it was before."), reason, &[])
        }
        Ending::Stuck { reason, stuck, restart, .. } => {
            let template = if *restart {
                gettext(
                    "It failed{reason}, and not everything could be taken back ({stuck}): restart the computer, which brings it to an end.",
                )
            } else {
                gettext(
                    "It failed{reason}, and not everything could be taken back ({stuck}): see to that, and the next start of the service tries again.",
                )
            };
            with_reason(&template, reason, &[("stuck", stuck)])
        }
        Ending::UndoStopped { reason, .. } => {
            with_reason(&gettext("Undoing it stopped{reason}: see to that, then undo it again."), reason, &[])
        }
    }
}

/// What became of a change, as a label.
pub fn record_state(state: RecordState) -> String {
    match state {
        RecordState::Interrupted => gettext("in progress"),
        RecordState::Applied => gettext("in effect"),
        RecordState::RolledBack => gettext("failed, taken back"),
        RecordState::Stuck => gettext("failed, not wholly taken back"),
        RecordState::UndoInterrupted => gettext("being undone"),
        RecordState::Undone => gettext("undone"),
        RecordState::UndoStopped => gettext("undone in part"),
    }
}
