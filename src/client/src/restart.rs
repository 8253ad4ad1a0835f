//! Starting this computer again, as a desktop's own menu does: systemd-logind is asked, which asks polkit, which may ask the
//! user. Programs that hold a shutdown back are heard there, too.

use std::time::Duration;

use zbus::connection::Builder;
use zbus::proxy::MethodFlags;

/// Who does it (<https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.login1.html>); elogind has the same
/// name.
const SERVICE: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const INTERFACE: &str = "org.freedesktop.login1.Manager";

/// How long a person may take to answer polkit's question.
const PATIENCE: Duration = Duration::from_secs(300);

/// Why the computer was not started again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestartError {
    /// There is no bus, or nothing on it that could do it.
    #[error("logind cannot be reached: {reason}")]
    NoLogind {
        /// Why.
        reason: String,
    },
    /// The demo's computer, of which a restart is imitated.
    #[error("the demo cannot be restarted: {reason}")]
    Demo {
        /// Why.
        reason: String,
    },
    /// It is another computer's files that are looked at.
    #[error("another computer cannot be restarted from here")]
    Elsewhere,
    /// It said no: the user may not, or closed the question, or something holds the shutdown back.
    #[error("logind refused: {reason}")]
    Refused {
        /// In its words.
        reason: String,
    },
}

/// Asks for a restart of this computer. When this returns, it has begun. Blocks as long as polkit asks the user.
///
/// # Errors
/// Why there is none.
pub(crate) fn restart() -> Result<(), RestartError> {
    let asked = async {
        let gone = |error: zbus::Error| RestartError::NoLogind { reason: error.to_string() };
        let connection = Builder::system().build().await.map_err(gone)?;
        let proxy = zbus::proxy::Builder::<zbus::proxy::Proxy<'_>>::new(&connection)
            .destination(SERVICE)
            .path(PATH)
            .interface(INTERFACE)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await
            .map_err(gone)?;
        let answer: Result<Option<()>, zbus::Error> =
            proxy.call_with_flags("Reboot", MethodFlags::ALLOW_INTERACTIVE_AUTH, &true).await;
        answer.map(|_| ()).map_err(|error| of_bus(&error))
    };
    let limited = async {
        let failed = |reason: String| RestartError::NoLogind { reason };
        let runtime = zruntime::SharedRuntime::current().map_err(|error| failed(error.to_string()))?;
        let asked = std::pin::pin!(asked);
        runtime.timeout(PATIENCE, asked).await.map_err(|error| failed(error.to_string()))?
    };
    zbus::block_on(limited)
}

fn of_bus(error: &zbus::Error) -> RestartError {
    match error {
        zbus::Error::MethodError(name, text, _) => {
            let reason = text.clone().unwrap_or_else(|| name.to_string());
            if name.as_str().starts_with("org.freedesktop.DBus.Error.ServiceUnknown")
                || name.as_str().starts_with("org.freedesktop.DBus.Error.Spawn.")
            {
                RestartError::NoLogind { reason }
            } else {
                RestartError::Refused { reason }
            }
        }
        _ => RestartError::NoLogind { reason: error.to_string() },
    }
}
