//! The checks of the subject *guest*: named questions about a virtual machine's definition beside the host that it is to
//! run on, what came of each, and on what it rests.
//!
//! They are here and not in `gangway_core::checks`, since core knows no domain XML; weights, outcomes and evidence are core's.
//! Pure functions of a [`Guest`]; one file a part of the definition. Every check has, in `tests/checks`, a definition that
//! trips it and one that does not; `src/domain/CHECKS.md` is made of the catalogue and of those.

mod ask;
mod devices;
mod finding;
mod fix;
mod hardware;
mod id;
mod identity;
mod memory;
mod windows;

use gangway_core::checks::Weight;
use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::system::Presence;

pub use finding::{GuestAnswer, GuestFinding, needs_work};
pub use fix::GuestFix;
pub use id::GuestCheckId;

use crate::document::Document;

/// A virtual machine beside its host.
#[derive(Clone, Copy)]
pub struct Guest<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it runs now, and so has what it asks for.
    pub running: bool,
    /// Its saved definition.
    pub document: &'a Document,
    /// The other virtual machines.
    pub others: &'a [OtherGuest<'a>],
    /// The host.
    pub model: &'a Model,
    /// Whether a file of the host is there.
    pub file: &'a dyn Fn(&str) -> Presence,
}

/// Another virtual machine of the same host.
#[derive(Clone)]
pub struct OtherGuest<'a> {
    /// Its name.
    pub name: &'a str,
    /// The functions that it runs with.
    pub now: Vec<PciAddress>,
    /// Those of its saved definition.
    pub saved: Vec<PciAddress>,
}

/// One named question.
#[derive(Clone, Copy)]
pub struct GuestCheck {
    /// Its name.
    pub id: GuestCheckId,
    /// How much it matters.
    pub weight: Weight,
    /// Where its fact comes from: libvirt's documentation or source, QEMU's, the kernel's, a maker's announcement.
    pub source: &'static str,
    /// Answers it; no answer where it does not apply.
    examine: fn(&Guest<'_>) -> Vec<GuestAnswer>,
}

/// A question, for the catalogue.
const fn check(
    id: GuestCheckId,
    weight: Weight,
    source: &'static str,
    examine: fn(&Guest<'_>) -> Vec<GuestAnswer>,
) -> GuestCheck {
    GuestCheck { id, weight, source, examine }
}

/// All checks, in the order of the catalogue.
pub fn catalogue() -> impl Iterator<Item = &'static GuestCheck> {
    [identity::CHECKS, devices::CHECKS, memory::CHECKS, hardware::CHECKS, windows::CHECKS]
        .into_iter()
        .flatten()
}

/// Runs all checks on one virtual machine. What is to be done comes by weight; what is in order last.
pub fn run(guest: &Guest<'_>) -> Vec<GuestFinding> {
    let answers =
        |check: &'static GuestCheck| (check.examine)(guest).into_iter().map(|answer| answer.of(guest, check));
    let mut findings: Vec<GuestFinding> = catalogue().flat_map(answers).collect();
    findings.sort_by_key(|finding| (finding.is_ok(), finding.weight));
    findings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_has_one_check_and_every_check_its_source() {
        let ids: Vec<GuestCheckId> = catalogue().map(|check| check.id).collect();
        let distinct: BTreeSet<GuestCheckId> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len());
        assert_eq!(distinct, GuestCheckId::ALL.iter().copied().collect());
        for check in catalogue() {
            assert!(check.source.len() > 10, "{}", check.id.name());
        }
    }

    #[test]
    fn a_machine_without_devices_of_the_host_has_little_to_be_asked() {
        let document = Document::parse("<domain><name>a</name></domain>").unwrap();
        let (model, file) = (Model::default(), |_: &str| Presence::Unknown);
        let guest =
            Guest { name: "a", running: false, document: &document, others: &[], model: &model, file: &file };
        assert_eq!(run(&guest), []);
    }
}
