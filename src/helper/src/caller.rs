//! Who calls: the name that the bus gave the sender of a message, and the user that the bus says it belongs to. Nothing
//! that a caller says of itself counts.

use gangway_core::plan::{Caller, Ground};
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

    /// The sender's account, where the machine's files know it.
    pub fn account(&self, ground: &Ground) -> Option<Caller> {
        let users = ground.file("/etc/passwd").known()?.text()?;
        account(users, self.uid).map(|name| Caller { uid: self.uid, name: name.to_owned() })
    }
}

/// The name of a user. Source: passwd(5).
fn account(users: &str, uid: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(uid) && !name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number_alone() {
        let users =
            "root:x:0:0::/root:/bin/sh\n# 1000\nbroken\nada:x:1000:1000:1001:/home/ada:/bin/sh\n:x:7:7:::\n";
        assert_eq!(account(users, 1000), Some("ada"));
        assert_eq!(account(users, 0), Some("root"));
        for unknown in [1001, 7, 4_294_967_295] {
            assert_eq!(account(users, unknown), None, "{unknown}");
        }
    }
}
