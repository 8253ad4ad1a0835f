//! Keeps the computer from shutting down or sleeping while files of the boot are made, where logind is there to be asked.
//! Source: systemd, `org.freedesktop.login1(5)`, Inhibit.

use std::os::fd::OwnedFd;

use zbus::Connection;

use crate::log::log;

/// Asks logind to wait; it does until what is returned is dropped. None where it could not be asked: the journal brings
/// interrupted work to an end anyway.
pub(crate) fn inhibit(connection: &Connection) -> Option<OwnedFd> {
    let arguments =
        ("shutdown:sleep", "Gangway", "The files that the computer starts from are changed", "block");
    let asked = connection.call_method(
        Some("org.freedesktop.login1"),
        "/org/freedesktop/login1",
        Some("org.freedesktop.login1.Manager"),
        "Inhibit",
        &arguments,
    );
    let held = zbus::block_on(asked).and_then(|reply| reply.body().deserialize::<zbus::OwnedFd>());
    match held {
        Ok(held) => Some(held.into()),
        Err(error) => {
            log(format_args!("The computer could not be kept from shutting down meanwhile: {error}"));
            None
        }
    }
}
