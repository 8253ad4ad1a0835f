//! What the checks of devices share: the graphics cards of a machine, places of attributes, and uses of a card.
//!
//! No check is in here.

use super::examination::Examination;
use super::{Answer, Evidence};
use crate::devices::{Extras, Use, Used};
use crate::host::{Card, ConnectorStatus, Function, Host};
use crate::model::Model;
use crate::pci::{DeviceKind, DriverName, PciAddress};

/// A graphics card: all its functions, and the one that draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Graphics<'a> {
    pub(super) card: &'a Card,
    pub(super) function: &'a Function,
}

/// What a question gives for each graphics card that it applies to.
pub(super) fn each_card(
    model: &Examination<'_>,
    answer: impl Fn(Graphics<'_>) -> Option<Answer>,
) -> Vec<Answer> {
    let about = |card: Graphics<'_>| answer(card).map(|answer| card.answer(answer));
    model.graphics().filter_map(about).collect()
}

impl Graphics<'_> {
    /// Its driver, where that is known.
    pub(super) fn driver(&self) -> Option<&str> {
        self.function.driver.known().map(DriverName::as_str)
    }

    /// Whether a vfio driver has it: it has left the host.
    pub(super) fn has_left(&self) -> bool {
        self.function.has_vfio()
    }

    /// What else is known of it.
    pub(super) fn extras<'a>(&self, model: &'a Model) -> Option<&'a Extras> {
        model.devices.function(self.function.address)
    }

    /// The path of an attribute of it.
    pub(super) fn path(&self, attribute: &str) -> String {
        path(self.function.address, attribute)
    }

    /// Its driver as evidence.
    pub(super) fn driver_seen(&self) -> Evidence {
        Evidence::reading(&self.path("driver"), &self.function.driver, ToString::to_string)
    }

    /// The names of programs that have it open, each once.
    pub(super) fn programs(&self, model: &Examination<'_>) -> Vec<String> {
        let name = |used: Used| match used.by {
            Use::Program { name, .. } => Some(plain(&name)),
            _ => None,
        };
        let mut names: Vec<String> = model.uses_of_card(*self).into_iter().filter_map(name).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The connectors with a screen, by name, as evidence.
    pub(super) fn screens(&self, host: &Host) -> Vec<Evidence> {
        self.connectors(host, |status| status == Some(ConnectorStatus::Connected))
    }

    /// The connectors without a screen, as evidence.
    pub(super) fn dark_screens(&self, host: &Host) -> Vec<Evidence> {
        self.connectors(host, |status| status == Some(ConnectorStatus::Disconnected))
    }

    /// The connectors of which a screen may be there or not, as evidence.
    pub(super) fn unclear_screens(&self, host: &Host) -> Vec<Evidence> {
        self.connectors(host, |status| {
            !matches!(status, Some(ConnectorStatus::Connected | ConnectorStatus::Disconnected))
        })
    }

    fn connectors(&self, host: &Host, wanted: fn(Option<ConnectorStatus>) -> bool) -> Vec<Evidence> {
        host.connectors_of(self.function.address)
            .filter(|connector| wanted(connector.status.known().copied()))
            .map(|connector| {
                let path = format!("/sys/class/drm/card*-{}/status", connector.name);
                Evidence::reading(&path, &connector.status, |status| match status {
                    ConnectorStatus::Connected => "connected".to_owned(),
                    ConnectorStatus::Disconnected => "disconnected".to_owned(),
                    ConnectorStatus::Unknown => "unknown".to_owned(),
                })
            })
            .collect()
    }

    /// An answer about the whole card, of which the function that draws is named first: people know the card by it.
    pub(super) fn answer(&self, answer: Answer) -> Answer {
        let drawing = self.function.address;
        let others = self.card.functions.iter().copied().filter(|address| *address != drawing);
        answer.about([drawing].into_iter().chain(others))
    }
}

/// A text of the machine in one line: control characters, which may be in names of folders and programs, are replaced.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The path of an attribute of a function.
pub(super) fn path(address: PciAddress, attribute: &str) -> String {
    format!("/sys/bus/pci/devices/{address}/{attribute}")
}

/// The functions of a kind, without those that have left the host.
pub(super) fn functions_of_kind<'a>(
    host: &'a Host,
    kinds: &'a [DeviceKind],
) -> impl Iterator<Item = &'a Function> {
    let left = |function: &&Function| !function.has_vfio();
    host.functions.iter().filter(|function| kinds.contains(&function.kind())).filter(left)
}

/// The class of a function as evidence.
pub(super) fn class_seen(function: &Function) -> Evidence {
    Evidence::reading(&path(function.address, "class"), &function.class, |class| format!("0x{class}"))
}
