//! Installing packages through PackageKit, where it runs: what would be installed is looked at first, then exactly that is.
//!
//! PackageKit asks polkit, which asks the user. What a distribution calls something is core's. One of its transactions is
//! `transaction`, why nothing is installed is `error`.

mod error;
mod transaction;

use std::pin::pin;
use std::time::Duration;

use serde::Serialize;
use zbus::connection::Builder;
use zbus::{Connection, DynamicType};

pub use self::error::PackagesError;
use self::transaction::Told;
pub use self::transaction::Working;

/// Not installed yet, of this processor's kind, and the newest: `PK_FILTER_ENUM_NOT_INSTALLED`, `_ARCH` and `_NEWEST`.
const FILTER: u64 = 1 << 3 | 1 << 18 | 1 << 16;
/// Signed ones alone: `PK_TRANSACTION_FLAG_ENUM_ONLY_TRUSTED`.
const TRUSTED: u64 = 1 << 1;
/// Nothing is done: `PK_TRANSACTION_FLAG_ENUM_SIMULATE`.
const SIMULATE: u64 = 1 << 2;
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
        let asked: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let found = self.run("Resolve", &(FILTER, names), &asked, LOOK, &mut |_| {})?;
        let unknown = asked.iter().filter(|name| !found.iter().any(|told| told.name() == name.as_str()));
        let unknown: Vec<String> = unknown.cloned().collect();
        if !unknown.is_empty() {
            return Err(PackagesError::Unknown { names: unknown });
        }
        let mut ids: Vec<String> = found.into_iter().map(|told| told.id).collect();
        ids.sort_unstable();
        ids.dedup();
        let body = (TRUSTED | SIMULATE, &ids);
        let told = self.run("InstallPackages", &body, &asked, LOOK, &mut |_| {})?;
        let (goes, comes): (Vec<Told>, Vec<Told>) =
            told.into_iter().partition(|told| GOES.contains(&told.info));
        if !goes.is_empty() {
            return Err(PackagesError::Removes { names: goes.iter().map(Told::shown).collect() });
        }
        let own = ids.iter().map(|id| Told { info: 0, id: id.clone() });
        let mut packages: Vec<String> = comes.into_iter().chain(own).map(|told| told.shown()).collect();
        packages.sort_unstable();
        packages.dedup();
        Ok(Installation { ids, packages })
    }

    /// Installs what was looked at, and tells how far it is; polkit may ask the user.
    ///
    /// # Errors
    /// It would bring something else by now, or PackageKit said no.
    pub fn install(
        &self,
        reviewed: &Installation,
        tell: &mut dyn FnMut(&Working),
    ) -> Result<(), PackagesError> {
        let names: Vec<&str> = reviewed.ids.iter().map(|id| transaction::name(id)).collect();
        if self.look(&names)? != *reviewed {
            return Err(PackagesError::Changed);
        }
        let asked: Vec<String> = names.into_iter().map(str::to_owned).collect();
        self.run("InstallPackages", &(TRUSTED, &reviewed.ids), &asked, INSTALL, tell).map(|_| ())
    }

    /// Runs a transaction to its end.
    fn run<B>(
        &self,
        method: &str,
        body: &B,
        names: &[String],
        limit: Duration,
        tell: &mut dyn FnMut(&Working),
    ) -> Result<Vec<Told>, PackagesError>
    where
        B: Serialize + DynamicType,
    {
        let limited = async {
            let failed = |reason: String| PackagesError::Failed { reason };
            let runtime = zruntime::SharedRuntime::current().map_err(|error| failed(error.to_string()))?;
            let work = pin!(transaction::run(&self.connection, method, body, names, tell));
            let late =
                |_| PackagesError::NotThere { reason: format!("{} s without an end", limit.as_secs()) };
            runtime.timeout(limit, work).await.map_err(late)?
        };
        zbus::block_on(limited)
    }
}
