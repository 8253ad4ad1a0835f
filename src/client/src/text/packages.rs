//! Sentences about packages: what is missing, what would come, why nothing is installed.

use gettextrs::gettext;

use super::{fill, join, with_reason};
use crate::packages::{Installation, PackagesError};

/// What would be installed.
pub fn installation(installation: &Installation) -> String {
    fill(
        &gettext("These packages are installed: {packages}."),
        &[("packages", &join(&installation.packages))],
    )
}

/// What is missing, with the command that installs it where there is one.
pub fn missing(names: &[String], command: Option<&str>) -> String {
    let packages = join(names);
    match command {
        Some(command) => fill(
            &gettext("What this distribution calls {packages} is missing; this installs it: {command}"),
            &[("packages", &packages), ("command", command)],
        ),
        None => fill(
            &gettext("{packages} is missing: install it in the way of this distribution."),
            &[("packages", &packages)],
        ),
    }
}

/// Why PackageKit does not install it.
pub fn packages_error(error: &PackagesError) -> String {
    match error {
        PackagesError::NotThere { reason } => with_reason(
            &gettext("PackageKit, which installs packages, does not answer{reason}."),
            reason,
            &[],
        ),
        PackagesError::Unknown { names } => {
            fill(&gettext("PackageKit knows no package {packages}."), &[("packages", &join(names))])
        }
        PackagesError::Removes { names } => fill(
            &gettext("PackageKit would remove {packages} for that, so nothing is installed."),
            &[("packages", &join(names))],
        ),
        PackagesError::Failed { reason } => {
            with_reason(&gettext("PackageKit did not install it{reason}."), reason, &[])
        }
    }
}
