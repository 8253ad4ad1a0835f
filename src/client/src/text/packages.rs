//! Sentences about packages: what is missing, what would come, why nothing is installed.

use gettextrs::gettext;

use super::{fill, join, with_reason};
use crate::packages::{Installation, PackagesError, Working};

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

/// How far installing is.
pub fn installing(working: &Working) -> String {
    match (&working.package, working.percentage) {
        (Some(package), _) => {
            fill(&gettext("PackageKit is installing: it is at {package}."), &[("package", package)])
        }
        (None, Some(_)) => gettext("PackageKit is installing."),
        (None, None) => gettext("PackageKit is about to install them; it may ask for your password."),
    }
}

/// Why PackageKit does not install it, with the way out. The command of the distribution stands beside it.
pub fn packages_error(error: &PackagesError) -> String {
    match error {
        PackagesError::Absent => {
            gettext("PackageKit, which would install packages from here, is not on this computer.")
        }
        PackagesError::NotThere { reason } => with_reason(
            &gettext("PackageKit, which installs packages, does not answer{reason}."),
            reason,
            &[],
        ),
        PackagesError::Unknown { names } => fill(
            &gettext(
                "PackageKit knows no package {packages}: have the lists of packages updated, and see whether the source that has it is switched on.",
            ),
            &[("packages", &join(names))],
        ),
        PackagesError::Removes { names } => fill(
            &gettext("PackageKit would remove {packages} for that, so nothing is installed."),
            &[("packages", &join(names))],
        ),
        PackagesError::Changed => gettext(
            "Other packages would come by now than those that were shown, so nothing was installed: look at them again.",
        ),
        PackagesError::NotAllowed { reason } => with_reason(
            &gettext(
                "Permission to install packages was not given{reason}, so nothing was installed: try again, or ask whoever administers this computer.",
            ),
            reason,
            &[],
        ),
        PackagesError::NotFetched { reason } => with_reason(
            &gettext(
                "The packages could not be fetched{reason}, so nothing was installed: see to the connection to the network, then try again.",
            ),
            reason,
            &[],
        ),
        PackagesError::Locked { reason } => with_reason(
            &gettext(
                "Another program is changing packages{reason}: wait until it has ended, then try again.",
            ),
            reason,
            &[],
        ),
        PackagesError::Stopped => gettext("Somebody stopped PackageKit, so not everything was installed."),
        PackagesError::Lost => gettext(
            "PackageKit went away before it told how it ended: review again to see what is missing still.",
        ),
        PackagesError::Failed { reason } => {
            with_reason(&gettext("PackageKit did not install it{reason}."), reason, &[])
        }
    }
}
