//! A call as it came, parsed: the method with its arguments, within bounds and with the right types, or why it is none.

use gangway_core::plan::{Digest, Intent};
use gangway_protocol::ErrorName;
use gangway_protocol::names::{INTERFACE, Method, PATH};
use gangway_protocol::wire::{REQUEST_LIMIT, Tagged, from_caller};
use zbus::Message;
use zbus::message::Body;

use crate::journal::RecordId;
use crate::refused::Refused;

/// A call of a method of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Version,
    Describe,
    Plan { intent: Intent, whole: bool },
    Apply { intent: Intent, digest: Digest },
    PlanUndo { record: RecordId, whole: bool },
    Undo { record: RecordId, digest: Digest },
    Records,
    Record { record: RecordId, whole: bool },
    Job(u32),
}

/// What a message wants.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// A method of ours.
    Call(Call),
    /// What every object of a bus answers.
    Ping,
    Introspect,
}

/// An error of D-Bus itself, or of ours.
#[derive(Debug)]
pub(crate) struct Unwanted {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    /// As in [`Refused`].
    pub(crate) wait: Option<u32>,
}

impl From<Refused> for Unwanted {
    fn from(refused: Refused) -> Self {
        Self { name: refused.name.name(), text: refused.text, wait: refused.wait }
    }
}

impl Wanted {
    /// What a message wants.
    pub(crate) fn of(message: &Message) -> Result<Self, Unwanted> {
        let header = message.header();
        let interface = header.interface().map_or("", |name| name.as_str());
        let member = header.member().map_or("", |name| name.as_str());
        let unknown = |what: &'static str, name: &str| Unwanted {
            name: what,
            text: format!("there is no {}", name.chars().take(80).collect::<String>()),
            wait: None,
        };
        match (interface, member) {
            ("org.freedesktop.DBus.Peer", "Ping") => return Ok(Self::Ping),
            ("org.freedesktop.DBus.Introspectable", "Introspect") => return Ok(Self::Introspect),
            _ => {}
        }
        let path = header.path().map_or("", |path| path.as_str());
        if path != PATH {
            return Err(unknown("org.freedesktop.DBus.Error.UnknownObject", path));
        }
        if interface != INTERFACE {
            return Err(unknown("org.freedesktop.DBus.Error.UnknownInterface", interface));
        }
        let Some(method) = Method::of_name(member) else {
            return Err(unknown("org.freedesktop.DBus.Error.UnknownMethod", member));
        };
        Ok(Self::Call(Call::of(method, &message.body())?))
    }
}

impl Call {
    fn of(method: Method, body: &Body) -> Result<Self, Refused> {
        // Before anything is read: what is read takes several times as much memory.
        if body.len() > REQUEST_LIMIT {
            return Err(invalid("the arguments are too long"));
        }
        let signature = body.signature().to_string_no_parens();
        if signature != method.arguments() {
            return Err(invalid(format_args!(
                "the arguments are of type “{signature}” and not “{}”",
                method.arguments()
            )));
        }
        Ok(match method {
            Method::Version => Self::Version,
            Method::Describe => Self::Describe,
            Method::Records => Self::Records,
            Method::Plan => {
                let (intent, whole): (Tagged, bool) = body.deserialize().map_err(invalid)?;
                Self::Plan { intent: from_caller(&intent)?, whole }
            }
            Method::Apply => {
                let (intent, digest): (Tagged, &str) = body.deserialize().map_err(invalid)?;
                Self::Apply { intent: from_caller(&intent)?, digest: digest.parse().map_err(invalid)? }
            }
            Method::PlanUndo => {
                let (record, whole): (&str, bool) = body.deserialize().map_err(invalid)?;
                Self::PlanUndo { record: record.parse().map_err(invalid)?, whole }
            }
            Method::Record => {
                let (record, whole): (&str, bool) = body.deserialize().map_err(invalid)?;
                Self::Record { record: record.parse().map_err(invalid)?, whole }
            }
            Method::Undo => {
                let (record, digest): (&str, &str) = body.deserialize().map_err(invalid)?;
                Self::Undo {
                    record: record.parse().map_err(invalid)?,
                    digest: digest.parse().map_err(invalid)?,
                }
            }
            Method::Job => Self::Job(body.deserialize().map_err(invalid)?),
        })
    }
}

fn invalid(what: impl std::fmt::Display) -> Refused {
    Refused::new(ErrorName::InvalidArgument, what)
}
