//! The names of the errors that the service answers with. Their texts are English and for logs; the client makes sentences
//! of the names.

use serde::{Deserialize, Serialize};

/// An error of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorName {
    /// An argument is not what it has to be.
    InvalidArgument,
    /// The caller may not do this.
    NotAuthorized,
    /// The caller closed the question for a password.
    Cancelled,
    /// The caller would have to be asked, and there is nobody who could ask.
    NoAgent,
    /// polkit could not be asked, or did not answer in time.
    NoAuthority,
    /// The caller went away.
    CallerGone,
    /// Another plan is being carried out.
    Busy,
    /// Too many calls wait for an answer.
    TooMany,
    /// The plan is no longer the one that was reviewed.
    DigestChanged,
    /// What was planned cannot be planned any more; the text tells why.
    Refused,
    /// All is as wanted already.
    NothingToDo,
    /// There is no such record or job.
    NotFound,
    /// Something failed on the way; the text tells what.
    Failed,
}

impl ErrorName {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::InvalidArgument,
        Self::NotAuthorized,
        Self::Cancelled,
        Self::NoAgent,
        Self::NoAuthority,
        Self::CallerGone,
        Self::Busy,
        Self::TooMany,
        Self::DigestChanged,
        Self::Refused,
        Self::NothingToDo,
        Self::NotFound,
        Self::Failed,
    ];

    /// Its name on the bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "org.gangway.Helper1.Error.InvalidArgument",
            Self::NotAuthorized => "org.gangway.Helper1.Error.NotAuthorized",
            Self::Cancelled => "org.gangway.Helper1.Error.Cancelled",
            Self::NoAgent => "org.gangway.Helper1.Error.NoAgent",
            Self::NoAuthority => "org.gangway.Helper1.Error.NoAuthority",
            Self::CallerGone => "org.gangway.Helper1.Error.CallerGone",
            Self::Busy => "org.gangway.Helper1.Error.Busy",
            Self::TooMany => "org.gangway.Helper1.Error.TooMany",
            Self::DigestChanged => "org.gangway.Helper1.Error.DigestChanged",
            Self::Refused => "org.gangway.Helper1.Error.Refused",
            Self::NothingToDo => "org.gangway.Helper1.Error.NothingToDo",
            Self::NotFound => "org.gangway.Helper1.Error.NotFound",
            Self::Failed => "org.gangway.Helper1.Error.Failed",
        }
    }

    /// The error of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_name_of_its_own() {
        for error in ErrorName::ALL {
            assert_eq!(ErrorName::of_name(error.name()), Some(error));
            let last = format!("{error:?}");
            assert_eq!(error.name().strip_prefix("org.gangway.Helper1.Error."), Some(last.as_str()));
        }
        assert_eq!(ErrorName::of_name("org.freedesktop.DBus.Error.Failed"), None);
    }
}
