//! What is known of the root service that changes the machine which is looked at: an explicit state, asked for by a worker.
//! What it is asked and what a person sees of the answers is the dialogs' and the pages'.

use gangway_client::helper::{Helper, HelperError};
use gangway_client::target::{HostChoice, Target};
use gangway_client::text;
use gettextrs::gettext;

/// The service of the machine that is looked at.
#[derive(Debug, Clone, Default)]
pub enum Service {
    /// It is being asked for.
    #[default]
    Asking,
    /// It is there and speaks our protocol.
    There(Helper),
    /// The files are those of another computer: none of ours changes that.
    Elsewhere,
    /// It cannot be had.
    Missing(HelperError),
}

impl Service {
    /// Asks for the service; may take as long as a program takes to start, so not on the main thread.
    pub fn open(target: &Target) -> Self {
        if matches!(target.host, HostChoice::Folder(_) | HostChoice::Machine(_)) {
            return Self::Elsewhere;
        }
        match target.helper() {
            Ok(helper) => Self::There(helper),
            Err(error) => Self::Missing(error),
        }
    }

    /// The service, where it is there.
    pub fn helper(&self) -> Option<&Helper> {
        match self {
            Self::There(helper) => Some(helper),
            Self::Asking | Self::Elsewhere | Self::Missing(_) => None,
        }
    }

    /// Why nothing can be changed; none where it can, or where that is not known yet.
    pub fn why_not(&self) -> Option<String> {
        match self {
            Self::Asking | Self::There(_) => None,
            Self::Elsewhere => Some(gettext(
                "This is another computer’s picture, so nothing can be changed from here: save the plan, and carry it out there.",
            )),
            Self::Missing(error) => Some(text::helper_error(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_a_file_is_changed_by_nobody() {
        let target = Target { host: HostChoice::Machine("/nowhere.host".into()), connect: None };
        let service = Service::open(&target);
        assert!(matches!(service, Service::Elsewhere));
        assert!(service.helper().is_none() && service.why_not().is_some());
    }

    #[test]
    fn what_is_not_known_yet_is_no_reason() {
        assert_eq!(Service::Asking.why_not(), None);
        let missing = Service::Missing(HelperError::NotInstalled);
        assert!(missing.why_not().is_some_and(|why| why.contains("not installed")));
    }
}
