//! Whether somebody is logged in, as logind knows. Any doubt is a yes: who asks would restart the computer.
//!
//! Source: systemd, `org.freedesktop.login1(5)` (ListSessions; Class and State of a session).

use std::collections::HashMap;

use zbus::{Connection, OwnedObjectPath, OwnedVariant, Variant};

use crate::log::log;

const SERVICE: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Id, number and name of the user, seat, and object of a session.
type Listed = (String, u32, String, String, OwnedObjectPath);

/// Whether a user has a session that is not being closed: at a seat, or from elsewhere, where a dark screen is looked into.
pub(crate) fn somebody_is_there(connection: zbus::Result<Connection>) -> bool {
    match connection.and_then(|connection| zbus::block_on(any(&connection))) {
        Ok(there) => there,
        Err(error) => {
            log(format_args!("Whether somebody is logged in could not be told: {error}"));
            true
        }
    }
}

async fn any(connection: &Connection) -> zbus::Result<bool> {
    let reply = connection.call_method(Some(SERVICE), PATH, Some(MANAGER), "ListSessions", &()).await?;
    let sessions: Vec<Listed> = reply.body().deserialize()?;
    for (.., path) in sessions {
        let asked = connection.call_method(Some(SERVICE), &path, Some(PROPERTIES), "GetAll", &SESSION);
        match asked.await {
            Ok(reply) => {
                let values: HashMap<String, OwnedVariant> = reply.body().deserialize()?;
                if is_users(&values) {
                    return Ok(true);
                }
            }
            // It ended meanwhile.
            Err(zbus::Error::MethodError(name, ..)) if name.contains("UnknownObject") => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Whether it is a user's own, and no greeter's, and not on its way out.
fn is_users(values: &HashMap<String, OwnedVariant>) -> bool {
    let text = |name: &str| match values.get(name).map(|value| &**value) {
        Some(Variant::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    // A class or a state that is not told may be a user's.
    text("Class").is_none_or(|class| class.starts_with("user")) && text("State") != Some("closing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(class: Option<&str>, state: &str) -> HashMap<String, OwnedVariant> {
        let value = |text: &str| Variant::from(text.to_owned()).try_into_owned().unwrap();
        let class = class.map(|class| ("Class".to_owned(), value(class)));
        class.into_iter().chain([("State".to_owned(), value(state))]).collect()
    }

    #[test]
    fn users_and_whatever_could_be_one_are_somebody() {
        for (class, state, there) in [
            (Some("user"), "active", true),
            (Some("user"), "online", true),
            (Some("user-early"), "active", true),
            (None, "active", true),
            (Some("user"), "closing", false),
            (Some("greeter"), "active", false),
            (Some("lock-screen"), "active", false),
            (Some("manager"), "online", false),
        ] {
            assert_eq!(is_users(&session(class, state)), there, "{class:?} {state}");
        }
        assert!(is_users(&HashMap::new()));
    }

    #[test]
    fn without_an_answer_somebody_is_there() {
        assert!(somebody_is_there(Err(zbus::Error::InvalidReply)));
    }
}
