//! Installing packages through PackageKit, where it runs: what would be installed is looked at first, then exactly that is.
//!
//! PackageKit asks polkit, which asks the user. What a distribution calls something is core's. Source: PackageKit,
//! `src/org.freedesktop.PackageKit.Transaction.xml` and `lib/packagekit-glib2/pk-enum.h`.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::time::Duration;

use serde::Serialize;
use zbus::connection::Builder;
use zbus::export::futures_core::Stream as _;
use zbus::{Connection, DynamicType, MatchRule, MessageStream, OwnedObjectPath};

const SERVICE: &str = "org.freedesktop.PackageKit";
const PATH: &str = "/org/freedesktop/PackageKit";
const TRANSACTION: &str = "org.freedesktop.PackageKit.Transaction";

/// Not installed yet, of this processor's kind, and the newest: `PK_FILTER_ENUM_NOT_INSTALLED`, `_ARCH` and `_NEWEST`.
const FILTER: u64 = 1 << 3 | 1 << 18 | 1 << 16;
/// Signed ones alone: `PK_TRANSACTION_FLAG_ENUM_ONLY_TRUSTED`.
const TRUSTED: u64 = 1 << 1;
/// Nothing is done: `PK_TRANSACTION_FLAG_ENUM_SIMULATE`.
const SIMULATE: u64 = 1 << 2;
/// `PK_EXIT_ENUM_SUCCESS`.
const SUCCESS: u32 = 1;
/// `PK_INFO_ENUM_REMOVING` and `PK_INFO_ENUM_OBSOLETING`.
const GOES: [u32; 2] = [13, 15];

/// How long a look may take, which may fetch lists of packages.
const LOOK: Duration = Duration::from_secs(120);
/// How long installing may take, with the question for a password.
const INSTALL: Duration = Duration::from_secs(3600);

/// PackageKit on a bus.
#[derive(Debug, Clone)]
pub struct PackageKit {
    connection: Connection,
}

/// What would be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The ids that are asked for, as PackageKit writes them.
    ids: Vec<String>,
    /// The names and versions of all packages that come, those that others need among them.
    pub packages: Vec<String>,
}

/// Why nothing is installed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackagesError {
    /// There is no PackageKit here.
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
    /// It said no, or the user did.
    #[error("PackageKit failed: {reason}")]
    Failed {
        /// In its words.
        reason: String,
    },
}

/// A package that a transaction told of.
struct Told {
    info: u32,
    id: String,
}

impl Told {
    /// `name;version;architecture;data`.
    fn name(&self) -> &str {
        self.id.split(';').next().unwrap_or_default()
    }

    fn shown(&self) -> String {
        self.id.split(';').take(2).collect::<Vec<_>>().join(" ")
    }
}

impl PackageKit {
    /// The one of this computer, started by the system bus where it does not run.
    ///
    /// # Errors
    /// There is no bus.
    pub fn system() -> Result<Self, PackagesError> {
        let connection = zbus::block_on(Builder::system().build())
            .map_err(|error| PackagesError::NotThere { reason: error.to_string() })?;
        Ok(Self::on(connection))
    }

    /// The one on a connection.
    pub fn on(connection: Connection) -> Self {
        Self { connection }
    }

    /// Looks at what installing these would bring. Nothing is changed.
    ///
    /// # Errors
    /// PackageKit is not there, does not know one of them, or would remove something.
    pub fn look(&self, names: &[&str]) -> Result<Installation, PackagesError> {
        let found = self.run("Resolve", &(FILTER, names), LOOK)?;
        let unknown = names.iter().filter(|name| !found.iter().any(|told| told.name() == **name));
        let unknown: Vec<String> = unknown.map(|name| (*name).to_owned()).collect();
        if !unknown.is_empty() {
            return Err(PackagesError::Unknown { names: unknown });
        }
        let mut ids: Vec<String> = found.into_iter().map(|told| told.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let told = self.run("InstallPackages", &(TRUSTED | SIMULATE, &ids), LOOK)?;
        let (goes, comes): (Vec<Told>, Vec<Told>) =
            told.into_iter().partition(|told| GOES.contains(&told.info));
        if !goes.is_empty() {
            return Err(PackagesError::Removes { names: goes.iter().map(Told::shown).collect() });
        }
        let asked = ids.iter().map(|id| Told { info: 0, id: id.clone() });
        let mut packages: Vec<String> = comes.into_iter().chain(asked).map(|told| told.shown()).collect();
        packages.sort_unstable();
        packages.dedup();
        Ok(Installation { ids, packages })
    }

    /// Installs what was looked at; polkit may ask the user.
    ///
    /// # Errors
    /// It would bring something else by now, or PackageKit said no.
    pub fn install(&self, reviewed: &Installation) -> Result<(), PackagesError> {
        let names: Vec<&str> = reviewed.ids.iter().filter_map(|id| id.split(';').next()).collect();
        if self.look(&names)? != *reviewed {
            let reason = "other packages would come than those that were shown".to_owned();
            return Err(PackagesError::Failed { reason });
        }
        self.run("InstallPackages", &(TRUSTED, &reviewed.ids), INSTALL).map(|_| ())
    }

    /// Runs a transaction to its end.
    fn run<B>(&self, method: &str, body: &B, limit: Duration) -> Result<Vec<Told>, PackagesError>
    where
        B: Serialize + DynamicType,
    {
        let limited = async {
            let failed = |reason: String| PackagesError::Failed { reason };
            let runtime = zruntime::SharedRuntime::current().map_err(|error| failed(error.to_string()))?;
            let work = pin!(self.transaction(method, body));
            runtime.timeout(limit, work).await.map_err(|error| failed(error.to_string()))?
        };
        zbus::block_on(limited)
    }

    async fn transaction<B>(&self, method: &str, body: &B) -> Result<Vec<Told>, PackagesError>
    where
        B: Serialize + DynamicType,
    {
        let absent = |error: zbus::Error| PackagesError::NotThere { reason: error.to_string() };
        let failed = |error: zbus::Error| PackagesError::Failed { reason: error.to_string() };
        let created =
            self.connection.call_method(Some(SERVICE), PATH, Some(SERVICE), "CreateTransaction", &());
        let created = created.await.map_err(absent)?;
        let path: OwnedObjectPath = created.body().deserialize().map_err(failed)?;
        // Everybody may send signals to everybody, so only those of whoever made the transaction count.
        let service = created.header().sender().map(ToString::to_string);
        let rule = MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .path(path.as_str())
            .interface(TRANSACTION)
            .build()
            .map_err(failed)?;
        let mut signals =
            MessageStream::for_match_rule(rule, &self.connection, None).await.map_err(failed)?;
        let (to, at, interface) = (Some(SERVICE), path.as_str(), Some(TRANSACTION));
        let hints = (vec!["interactive=true", "background=false"],);
        self.connection.call_method(to, at, interface, "SetHints", &hints).await.map_err(failed)?;
        self.connection.call_method(to, at, interface, method, body).await.map_err(failed)?;
        let (mut told, mut reason) = (Vec::new(), None);
        loop {
            let next = poll_fn(|context| Pin::new(&mut signals).poll_next(context)).await;
            let gone = || PackagesError::Failed { reason: "PackageKit went away".to_owned() };
            let signal = next.ok_or_else(gone)?.map_err(failed)?;
            let header = signal.header();
            if header.sender().map(ToString::to_string) != service {
                continue;
            }
            let body = signal.body();
            match header.member().map(zbus::names::MemberName::as_str) {
                Some("Package") => {
                    let (info, id, _): (u32, String, String) = body.deserialize().map_err(failed)?;
                    told.push(Told { info, id });
                }
                Some("ErrorCode") => {
                    let (_, details): (u32, String) = body.deserialize().map_err(failed)?;
                    reason = Some(details);
                }
                Some("Finished") => {
                    let (exit, _): (u32, u32) = body.deserialize().map_err(failed)?;
                    return match (exit, reason) {
                        (SUCCESS, _) => Ok(told),
                        (_, reason) => Err(PackagesError::Failed {
                            reason: reason.unwrap_or_else(|| format!("it ended with {exit}")),
                        }),
                    };
                }
                _ => {}
            }
        }
    }
}
