//! The machine that the commands look at, with its names and its virtual machines, and what the text commands say of a
//! function.

use std::io::Write as _;

use gangway_client::asked::{Asked, NotAsked, Question};
use gangway_client::claims::{self, Owner, Owners};
use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::host::{ClaimKind, Connector, ConnectorStatus, Function, Host};
use gangway_core::pci::{DeviceKind, Names, PciAddress};
use gangway_core::source::Source;
use gettextrs::gettext;

use crate::failure::{failure, line_of};

/// A machine that was read, with its virtual machines.
pub(crate) struct SeenWithMachines {
    pub(crate) seen: Seen,
    pub(crate) asked: Asked,
    /// Which of them have which function.
    pub(crate) owners: Owners,
}

impl SeenWithMachines {
    /// Reads the machine that was chosen, and asks for its virtual machines meanwhile. Where they could not be asked
    /// although that was meant, standard error says so.
    pub(crate) fn read(target: &Target) -> anyhow::Result<Self> {
        let question = Question::ask(target);
        let seen = Seen::read(target)?;
        let asked = answered(question);
        Ok(Self { owners: claims::owners(asked.machines()), seen, asked })
    }

    /// Which virtual machines have a function; none where they were not asked.
    pub(crate) fn owners_of(&self, address: PciAddress) -> Option<&[Owner]> {
        let owners = self.owners.get(&address).map_or(&[][..], Vec::as_slice);
        self.asked.is_known().then_some(owners)
    }
}

/// Waits for the virtual machines, and says on standard error why there are none to tell of.
pub(crate) fn answered(question: Question) -> Asked {
    let asked = question.answer();
    match &asked {
        Asked::Not(why) if *why != NotAsked::OtherComputer => {
            // Where standard error is closed too, what is printed has no virtual machines either.
            let _ = writeln!(std::io::stderr().lock(), "{}", line_of(&text::not_asked(why)));
        }
        _ => {}
    }
    asked
}

/// A machine that was read.
pub(crate) struct Seen {
    pub(crate) source: Source,
    pub(crate) host: Host,
    pub(crate) names: Names,
}

impl Seen {
    /// Reads the machine that was chosen.
    pub(crate) fn read(target: &Target) -> anyhow::Result<Self> {
        let source = target.source().map_err(|error| failure(text::target_error(&error)))?;
        Ok(Self { host: Host::scan(&source), names: Names::system(), source })
    }

    /// The names for sentences.
    pub(crate) fn device_names(&self) -> DeviceNames<'_> {
        DeviceNames::of_host(&self.host, &self.names)
    }
}

/// The driver of a function, or that it has none, or that it is unknown.
pub(crate) fn driver(function: &Function) -> String {
    match (function.driver.known(), function.driver.trouble()) {
        (Some(driver), _) => driver.to_string(),
        (None, Some(_)) => gettext("driver unknown"),
        (None, None) => gettext("no driver"),
    }
}

/// What the host does with a function, as the pills in the window say it.
pub(crate) fn notes(seen: &Seen, function: &Function) -> Vec<String> {
    let mut notes = Vec::new();
    if function.boot_display.known() == Some(&true) {
        notes.push(gettext("boot display"));
    }
    if function.kind() == DeviceKind::Graphics {
        let connectors = seen.host.connectors_of(function.address);
        notes.extend(
            connectors
                .filter_map(screen)
                .map(|screen| fill(&gettext("drives {screen}"), &[("screen", screen)])),
        );
    }
    for claim in seen.host.claims_of(function.address) {
        notes.push(match &claim.kind {
            ClaimKind::Mounted { path } => fill(&gettext("holds {path}"), &[("path", path)]),
            ClaimKind::Swap => gettext("holds swap space"),
            ClaimKind::DefaultRoute { interface } => {
                fill(&gettext("default route ({interface})"), &[("interface", interface)])
            }
        });
    }
    notes
}

/// The screen on a connector: its name, or the connector's.
fn screen(connector: &Connector) -> Option<&str> {
    let connected = connector.status.known() == Some(&ConnectorStatus::Connected);
    connected.then(|| connector.monitor.as_deref().unwrap_or(&connector.name))
}
