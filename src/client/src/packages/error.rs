//! Why nothing is installed, as values; `text` makes the sentences.
//!
//! Source: PackageKit, `lib/packagekit-glib2/pk-enum.h` (`PkErrorEnum`, `PkExitEnum`).

/// `PK_ERROR_ENUM_PACKAGE_NOT_FOUND`.
const NOT_FOUND: u32 = 8;
/// `PK_ERROR_ENUM_NOT_AUTHORIZED`.
const NOT_AUTHORIZED: u32 = 48;
/// `PK_ERROR_ENUM_NO_NETWORK`, `_PACKAGE_DOWNLOAD_FAILED`, `_REPO_NOT_AVAILABLE`, `_NO_MORE_MIRRORS_TO_TRY` and
/// `_CANNOT_FETCH_SOURCES`.
const FETCHING: [u32; 5] = [2, 10, 37, 43, 64];
/// `PK_ERROR_ENUM_CANNOT_GET_LOCK` and `_LOCK_REQUIRED`.
const LOCKED: [u32; 2] = [26, 67];
/// `PK_EXIT_ENUM_CANCELLED`.
const CANCELLED: u32 = 3;

/// Why nothing is installed. Reasons are in PackageKit's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackagesError {
    /// There is no PackageKit on this computer.
    #[error("there is no PackageKit")]
    Absent,
    /// PackageKit, or the bus, does not answer.
    #[error("PackageKit cannot be reached: {reason}")]
    NotThere {
        /// Why.
        reason: String,
    },
    /// It knows no such package.
    #[error("no package {names:?}")]
    Unknown {
        /// What it was asked for.
        names: Vec<String>,
    },
    /// Something installed would have to go.
    #[error("{names:?} would be removed")]
    Removes {
        /// What.
        names: Vec<String>,
    },
    /// Other packages would come by now than those that were shown.
    #[error("other packages would come than those that were shown")]
    Changed,
    /// polkit said no, or the user did.
    #[error("it is not allowed: {reason}")]
    NotAllowed {
        /// More of it.
        reason: String,
    },
    /// The packages or their lists could not be fetched.
    #[error("it could not be fetched: {reason}")]
    NotFetched {
        /// More of it.
        reason: String,
    },
    /// Another program is changing packages.
    #[error("another program is changing packages: {reason}")]
    Locked {
        /// More of it.
        reason: String,
    },
    /// Somebody stopped it.
    #[error("it was stopped")]
    Stopped,
    /// PackageKit went away before it told how it ended.
    #[error("PackageKit went away")]
    Lost,
    /// Anything else.
    #[error("PackageKit failed: {reason}")]
    Failed {
        /// In its words.
        reason: String,
    },
}

impl PackagesError {
    /// What a transaction failed with that was asked for these: the code and the words of its error, where it told one, and
    /// the number that it ended with.
    pub(super) fn of_transaction(error: Option<(u32, String)>, exit: u32, names: &[String]) -> Self {
        match error {
            Some((NOT_FOUND, _)) if !names.is_empty() => Self::Unknown { names: names.to_vec() },
            Some((NOT_AUTHORIZED, reason)) => Self::NotAllowed { reason },
            Some((code, reason)) if FETCHING.contains(&code) => Self::NotFetched { reason },
            Some((code, reason)) if LOCKED.contains(&code) => Self::Locked { reason },
            Some((_, reason)) => Self::Failed { reason },
            None if exit == CANCELLED => Self::Stopped,
            None => Self::Failed { reason: ended(exit) },
        }
    }

    /// Why the service could not be asked at all.
    pub(super) fn unasked(error: &zbus::Error) -> Self {
        let absent = |name: &str| {
            // The bus was to start it, and could not; or knows nothing to start.
            name.starts_with("org.freedesktop.DBus.Error.Spawn.")
                || name == "org.freedesktop.DBus.Error.ServiceUnknown"
                || name == "org.freedesktop.systemd1.NoSuchUnit"
        };
        match error {
            zbus::Error::FDO(known) if matches!(**known, zbus::fdo::Error::ServiceUnknown(_)) => Self::Absent,
            zbus::Error::MethodError(name, _, _) if absent(name.as_str()) => Self::Absent,
            _ => Self::NotThere { reason: error.to_string() },
        }
    }

    /// Why a call of a transaction failed.
    pub(super) fn of_call(error: &zbus::Error) -> Self {
        match error {
            // What older versions answer instead of telling an error.
            zbus::Error::MethodError(name, text, _) if name.as_str().ends_with(".RefusedByPolicy") => {
                Self::NotAllowed { reason: text.clone().unwrap_or_default() }
            }
            zbus::Error::FDO(known)
                if matches!(
                    **known,
                    zbus::fdo::Error::NoReply(_)
                        | zbus::fdo::Error::ServiceUnknown(_)
                        | zbus::fdo::Error::NameHasNoOwner(_)
                        | zbus::fdo::Error::Disconnected(_)
                ) =>
            {
                Self::Lost
            }
            _ => Self::Failed { reason: error.to_string() },
        }
    }
}

/// What PackageKit wants first where it ends without an error.
fn ended(exit: u32) -> String {
    match exit {
        4 => "the key of a source of packages has to be accepted first".to_owned(),
        5 => "a licence has to be accepted first".to_owned(),
        7 => "another medium is needed".to_owned(),
        8 => "a package is not signed".to_owned(),
        11 => "the list of installed packages has to be repaired first".to_owned(),
        _ => format!("it ended with {exit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_can_do_something_about_is_told_apart() {
        let of = |code| PackagesError::of_transaction(Some((code, "x".to_owned())), 2, &["swtpm".to_owned()]);
        assert_eq!(of(8), PackagesError::Unknown { names: vec!["swtpm".to_owned()] });
        assert!(matches!(of(48), PackagesError::NotAllowed { reason } if reason == "x"));
        assert!(matches!(of(2), PackagesError::NotFetched { .. }));
        assert!(matches!(of(26), PackagesError::Locked { .. }));
        assert!(matches!(of(4), PackagesError::Failed { .. }));
        assert_eq!(PackagesError::of_transaction(None, 3, &[]), PackagesError::Stopped);
        let unsigned = PackagesError::of_transaction(None, 8, &[]);
        assert!(matches!(unsigned, PackagesError::Failed { reason } if reason.contains("signed")));
    }
}
