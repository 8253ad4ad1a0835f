//! What is missing on this computer before it can be made ready: PackageKit installs it after a question, where it runs;
//! elsewhere the command of the distribution is told.

use gangway_client::packages::{Installation, PackageKit, PackagesError};
use gangway_client::target::{HostChoice, Target};
use gangway_client::text;
use gangway_core::checks::{Package, install_command, missing_packages, package_names};
use gangway_core::model::Model;
use gangway_core::plan::Intent;
use gangway_core::source::Source;
use gangway_core::system::{Image, System};
use gettextrs::gettext;
use serde::Serialize;

use super::agent::Agent;
use crate::command::change::agreed;
use crate::failure::{failure, line_of};

/// What is missing, and what PackageKit would install for it.
#[derive(Debug)]
pub(super) struct Missing {
    names: Vec<String>,
    command: Option<String>,
    /// None where this is not this computer, or its packages come with an image.
    installation: Option<Result<Installation, PackagesError>>,
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub(super) struct PackagesJson {
    missing: Vec<String>,
    command: Option<String>,
    /// All that PackageKit would install.
    installs: Option<Vec<String>>,
}

/// Looks for what is missing, where the intent needs it; none where nothing is.
pub(super) fn look(target: &Target, intent: &Intent, source: &Source) -> Option<Missing> {
    if *intent != Intent::MakeReady {
        return None;
    }
    let model = Model::read(source);
    let missing = missing_packages(&model);
    (!missing.is_empty()).then(|| of(target, &missing, &model.system))
}

fn of(target: &Target, missing: &[Package], system: &System) -> Missing {
    let names = package_names(missing, system);
    let ours = target.host == HostChoice::Live && system.distribution.image == Image::No;
    let installation = ours.then(|| PackageKit::system().and_then(|kit| kit.look(&names)));
    let names = names.into_iter().map(str::to_owned).collect();
    Missing { names, command: install_command(missing, system), installation }
}

impl Missing {
    /// Its sentences, one a line.
    pub(super) fn text(&self) -> String {
        let line = match &self.installation {
            Some(Ok(installation)) => text::installation(installation),
            _ => text::missing(&self.names, self.command.as_deref()),
        };
        let why = match &self.installation {
            // Where it is not there, nobody expects it.
            Some(Err(error)) if !matches!(error, PackagesError::Absent | PackagesError::NotThere { .. }) => {
                line_of(&text::packages_error(error)) + "\n"
            }
            _ => String::new(),
        };
        why + &line_of(&line) + "\n"
    }

    pub(super) fn json(&self) -> PackagesJson {
        let installs = self.installation.as_ref().and_then(|found| found.as_ref().ok());
        PackagesJson {
            missing: self.names.clone(),
            command: self.command.clone(),
            installs: installs.map(|installation| installation.packages.clone()),
        }
    }

    /// Whether PackageKit can install it.
    pub(super) fn is_installable(&self) -> bool {
        matches!(self.installation, Some(Ok(_)))
    }

    /// Asks, and installs what was shown; says whether it did.
    pub(super) fn install(&self, yes: bool) -> anyhow::Result<bool> {
        let Some(Ok(installation)) = &self.installation else { return Ok(false) };
        agreed(yes, &gettext("Install these packages? [y/N]"))?;
        let _agent = Agent::start();
        let installed = PackageKit::system().and_then(|kit| kit.install(installation, &mut |_| {}));
        installed.map(|()| true).map_err(|error| failure(text::packages_error(&error)))
    }
}
