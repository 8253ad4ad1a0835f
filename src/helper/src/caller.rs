//! Who calls: the name that the bus gave the sender of a message, and the user that the bus says it belongs to. Nothing
//! that a caller says of itself counts.

use gangway_protocol::ErrorName;
use zbus::Connection;
use zbus::message::{Flags, Header};

use crate::refused::Refused;

/// The bus itself.
pub(crate) const BUS: &str = "org.freedesktop.DBus";
pub(crate) const BUS_PATH: &str = "/org/freedesktop/DBus";

/// The sender of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Its unique name on the bus; none over a private socket.
    pub name: Option<String>,
    /// The user's number.
    pub uid: u32,
    /// Whether it may be asked something while it waits.
    pub interactive: bool,
}

impl Sender {
    /// The sender of a call that came over a bus.
    ///
    /// # Errors
    /// The bus does not know it any more.
    pub(crate) fn on_bus(connection: &Connection, header: &Header<'_>) -> Result<Self, Refused> {
        let gone = |error: zbus::Error| Refused::new(ErrorName::CallerGone, error);
        let name = header.sender().ok_or_else(|| gone(zbus::Error::MissingField))?.to_string();
        let asked = connection.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetConnectionUnixUser", &name);
        let reply = zbus::block_on(asked).map_err(gone)?;
        let uid = reply.body().deserialize().map_err(gone)?;
        let interactive = header.primary().flags().contains(Flags::ALLOW_INTERACTIVE_AUTH);
        Ok(Self { name: Some(name), uid, interactive })
    }

    /// The other end of a private socket, which only this user has.
    pub(crate) fn private() -> Self {
        Self { name: None, uid: rustix::process::getuid().as_raw(), interactive: false }
    }
}
