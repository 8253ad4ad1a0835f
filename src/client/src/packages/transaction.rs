//! One transaction of PackageKit from its beginning to its end: what it tells on the way, and how it ends.
//!
//! Source: PackageKit, `src/org.freedesktop.PackageKit.xml` and `src/org.freedesktop.PackageKit.Transaction.xml`.

use std::future::poll_fn;
use std::pin::Pin;

use serde::Serialize;
use zbus::export::futures_core::Stream as _;
use zbus::message::Header;
use zbus::{Connection, DynamicType, MatchRule, Message, MessageStream, OwnedObjectPath, OwnedVariant};

use super::PackagesError;

pub(super) const SERVICE: &str = "org.freedesktop.PackageKit";
const PATH: &str = "/org/freedesktop/PackageKit";
const INTERFACE: &str = "org.freedesktop.PackageKit.Transaction";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const BUS: &str = "org.freedesktop.DBus";

/// `PK_EXIT_ENUM_SUCCESS`.
const SUCCESS: u32 = 1;
/// What a percentage is at most; a higher one says that it is not known.
const ALL: u32 = 100;

/// How far PackageKit is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Working {
    /// How much is done, from 0 to 100; none where that is not known.
    pub percentage: Option<u32>,
    /// The name of the package that it is at.
    pub package: Option<String>,
}

/// A package that a transaction told of.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) info: u32,
    pub(super) id: String,
}

impl Told {
    /// `name;version;architecture;data`.
    pub(super) fn name(&self) -> &str {
        name(&self.id)
    }

    pub(super) fn shown(&self) -> String {
        self.id.split(';').take(2).collect::<Vec<_>>().join(" ")
    }
}

/// The name in a package's id.
pub(super) fn name(id: &str) -> &str {
    id.split(';').next().unwrap_or_default()
}

/// What a transaction has told so far.
#[derive(Default)]
struct Heard {
    packages: Vec<Told>,
    error: Option<(u32, String)>,
    working: Working,
}

/// Runs a transaction to its end. `names` are what it is about.
pub(super) async fn run<B>(
    connection: &Connection,
    method: &str,
    body: &B,
    names: &[String],
    tell: &mut dyn FnMut(&Working),
) -> Result<Vec<Told>, PackagesError>
where
    B: Serialize + DynamicType,
{
    let failed = |error: zbus::Error| PackagesError::of_call(&error);
    let created = connection.call_method(Some(SERVICE), PATH, Some(SERVICE), "CreateTransaction", &()).await;
    let created = created.map_err(|error| PackagesError::unasked(&error))?;
    let path: OwnedObjectPath = created.body().deserialize().map_err(failed)?;
    // Everybody may send signals to everybody, so only those of whoever made the transaction count.
    let service = created.header().sender().map(ToString::to_string).unwrap_or_default();
    let signal = || MatchRule::builder().msg_type(zbus::message::Type::Signal);
    let of_it = signal().path(path.as_str()).build().map_err(failed)?;
    let mut signals = MessageStream::for_match_rule(of_it, connection, None).await.map_err(failed)?;
    // Its own name on the bus is gone when it is.
    let going = signal().sender(BUS).member("NameOwnerChanged").arg(0, service.as_str());
    let going = going.build().map_err(failed)?;
    let mut going = MessageStream::for_match_rule(going, connection, None).await.map_err(failed)?;
    let (to, at, interface) = (Some(service.as_str()), path.as_str(), Some(INTERFACE));
    let hints = (vec!["interactive=true", "background=false"],);
    connection.call_method(to, at, interface, "SetHints", &hints).await.map_err(failed)?;
    connection.call_method(to, at, interface, method, body).await.map_err(failed)?;
    let mut heard = Heard::default();
    loop {
        let next = poll_fn(|context| {
            // What it told before it went is taken first.
            match Pin::new(&mut signals).poll_next(context) {
                std::task::Poll::Pending => Pin::new(&mut going).poll_next(context).map(|_| None),
                ready @ std::task::Poll::Ready(_) => ready,
            }
        });
        let signal = next.await.ok_or(PackagesError::Lost)?.map_err(failed)?;
        if signal.header().sender().is_none_or(|sender| sender.as_str() != service) {
            continue;
        }
        if let Some(exit) = heard.take(&signal, tell).map_err(failed)? {
            return match (exit, heard.error) {
                (SUCCESS, _) => Ok(heard.packages),
                (exit, error) => Err(PackagesError::of_transaction(error, exit, names)),
            };
        }
    }
}

impl Heard {
    /// Takes a signal in; the number that the transaction ended with, where that was it.
    fn take(&mut self, signal: &Message, tell: &mut dyn FnMut(&Working)) -> Result<Option<u32>, zbus::Error> {
        let (header, body) = (signal.header(), signal.body());
        match (interface(&header), member(&header)) {
            (INTERFACE, "Package") => {
                let (info, id, _): (u32, String, String) = body.deserialize()?;
                self.packages.push(Told { info, id });
            }
            (INTERFACE, "ItemProgress") => {
                let (id, _, _): (String, u32, u32) = body.deserialize()?;
                let package = Some(name(&id).to_owned()).filter(|name| !name.is_empty());
                self.tell(Working { package, ..self.working.clone() }, tell);
            }
            (PROPERTIES, "PropertiesChanged") => {
                let (_, changed, _): (String, std::collections::HashMap<String, OwnedVariant>, Vec<String>) =
                    body.deserialize()?;
                let percentage = changed.get("Percentage").and_then(|value| u32::try_from(value).ok());
                if let Some(percentage) = percentage {
                    let percentage = Some(percentage).filter(|percentage| *percentage <= ALL);
                    self.tell(Working { percentage, ..self.working.clone() }, tell);
                }
            }
            (INTERFACE, "ErrorCode") => self.error = Some(body.deserialize()?),
            (INTERFACE, "Finished") => {
                let (exit, _): (u32, u32) = body.deserialize()?;
                return Ok(Some(exit));
            }
            _ => {}
        }
        Ok(None)
    }

    fn tell(&mut self, working: Working, tell: &mut dyn FnMut(&Working)) {
        if self.working != working {
            self.working = working;
            tell(&self.working);
        }
    }
}

fn interface<'a>(header: &'a Header<'_>) -> &'a str {
    header.interface().map_or("", |name| name.as_str())
}

fn member<'a>(header: &'a Header<'_>) -> &'a str {
    header.member().map_or("", |name| name.as_str())
}
