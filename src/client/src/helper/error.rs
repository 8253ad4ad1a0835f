//! Why the root service did not do what was asked, as values; `text` makes the sentences.

use std::fmt::Display;

use gangway_protocol::ErrorName;

/// Why the service did not do it. Reasons are English, in the words of the bus or of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelperError {
    /// The system bus cannot be reached.
    #[error("the system bus cannot be reached: {reason}")]
    NoBus {
        /// Why.
        reason: String,
    },
    /// The bus knows no such service.
    #[error("the root service is not installed")]
    NotInstalled,
    /// The demo's service is not beside this program.
    #[error("the program of the demo's service is not there")]
    NoDemoProgram,
    /// The demo's service never works as root.
    #[error("the demo's service does not work as root")]
    DemoAsRoot,
    /// The service speaks another version of the protocol.
    #[error("the root service is of version {program}")]
    OtherVersion {
        /// Whether it is newer than this program.
        newer: bool,
        /// The version of its program.
        program: String,
    },
    /// The service was there and is gone; what it did is in its records.
    #[error("the root service went away")]
    Lost,
    /// The service said no.
    #[error("{name:?}: {text}")]
    Refused {
        /// What kind of no.
        name: ErrorName,
        /// More of it.
        text: String,
    },
    /// The user asked more than the service answers at once.
    #[error("asked too much; again in {seconds} s")]
    Later {
        /// After how many seconds it answers again.
        seconds: u32,
    },
    /// Something else went wrong between us and the service.
    #[error("{reason}")]
    Failed {
        /// What.
        reason: String,
    },
}

impl HelperError {
    pub(crate) fn failed(cause: impl Display) -> Self {
        Self::Failed { reason: cause.to_string() }
    }
}

impl From<zbus::Error> for HelperError {
    fn from(error: zbus::Error) -> Self {
        match &error {
            zbus::Error::MethodError(name, text, message) => match ErrorName::of_name(name.as_str()) {
                Some(ErrorName::TooMany)
                    if let Ok((_, seconds)) = message.body().deserialize::<(String, u32)>() =>
                {
                    Self::Later { seconds }
                }
                Some(name) => Self::Refused { name, text: text.clone().unwrap_or_default() },
                None if name.as_str().starts_with("org.freedesktop.DBus.Error.Spawn.") => Self::NotInstalled,
                None => Self::failed(&error),
            },
            zbus::Error::FDO(known) => match **known {
                zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_) => {
                    Self::NotInstalled
                }
                zbus::fdo::Error::NoReply(_) | zbus::fdo::Error::Disconnected(_) => Self::Lost,
                _ => Self::failed(&error),
            },
            zbus::Error::InputOutput(_) => Self::Lost,
            _ => Self::failed(&error),
        }
    }
}
