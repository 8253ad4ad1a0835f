//! The checks: named questions about a machine, what came of each, and on what it rests.
//!
//! The catalogue is one table; its checks are pure functions of the [`Model`], one file a subject. A check gives no
//! answer where it does not apply. Every one has, in `tests/checks`, a machine that trips it and one that does not;
//! `src/core/CHECKS.md` is made of the catalogue and of those.

mod ask;
mod boot;
mod cpu;
mod device;
mod device_fix;
mod examination;
mod finding;
mod firmware;
mod fix;
mod graphics;
mod graphics_hardware;
mod group;
mod id;
mod intent;
mod iommu;
mod isolation;
mod kernel;
mod memory;
mod modules;
mod network;
mod package;
mod permissions;
mod reset;
mod storage;
mod trial;
mod usb;
mod verdict;
mod virtualization;

pub use device_fix::DeviceFix;
pub use finding::{Answer, Evidence, Finding, Need, Outcome, Said, Subject, Value, Weight};
pub use fix::{FirmwareSetting, Fix};
pub use id::{CheckId, UnknownCheck};
pub use package::{Package, install_command, missing_packages, package_names, source as package_source};
pub use verdict::{CardVerdict, Verdict, of_machine};

use crate::model::Model;
use examination::Examination;

/// One named question.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name.
    pub id: CheckId,
    /// What it is about.
    pub subject: Subject,
    /// How much it matters.
    pub weight: Weight,
    /// Where its fact comes from: the kernel's documentation or source, a page of libvirt, a specification.
    pub source: &'static str,
    /// Answers it; no answer where it does not apply.
    pub(crate) examine: fn(&Examination<'_>) -> Vec<Answer>,
}

impl Subject {
    /// A question about it, for the catalogue.
    const fn check(
        self,
        id: CheckId,
        weight: Weight,
        source: &'static str,
        examine: fn(&Examination<'_>) -> Vec<Answer>,
    ) -> Check {
        Check { id, subject: self, weight, source, examine }
    }
}

/// All checks, one list a subject.
const CATALOGUE: &[&[Check]] = &[
    // The system.
    firmware::CHECKS,
    cpu::CHECKS,
    iommu::CHECKS,
    isolation::CHECKS,
    kernel::CHECKS,
    modules::CHECKS,
    memory::CHECKS,
    boot::CHECKS,
    trial::CHECKS,
    virtualization::CHECKS,
    permissions::CHECKS,
    // The devices.
    graphics::CHECKS,
    graphics_hardware::CHECKS,
    group::CHECKS,
    reset::CHECKS,
    usb::CHECKS,
    storage::CHECKS,
    network::CHECKS,
];

/// All checks, in the order of the catalogue.
pub fn catalogue() -> impl Iterator<Item = &'static Check> {
    CATALOGUE.iter().copied().flatten()
}

/// The check of a name.
pub fn check(id: CheckId) -> Option<&'static Check> {
    catalogue().find(|check| check.id == id)
}

/// Runs all checks. What is to be done comes by weight, then by subject; what is in order last.
pub fn run(model: &Model) -> Vec<Finding> {
    let examination = Examination::new(model);
    let answers = |check: &'static Check| {
        (check.examine)(&examination).into_iter().map(|answer| answer.of(check, model))
    };
    let mut findings: Vec<Finding> = catalogue().flat_map(answers).collect();
    findings.sort_by_key(|finding| {
        (finding.outcome == Outcome::Ok, finding.weight, rank(&finding.outcome), finding.subject)
    });
    findings
}

/// What is in the way for good is said before what can be done.
const fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::NotPossible => 0,
        Outcome::ToDo => 1,
        Outcome::CouldNotTell(_) => 2,
        Outcome::Ok => 3,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_has_one_check_and_every_check_its_source() {
        let ids: Vec<CheckId> = catalogue().map(|check| check.id).collect();
        let distinct: BTreeSet<CheckId> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len());
        assert_eq!(distinct, CheckId::ALL.iter().copied().collect());
        for check in catalogue() {
            assert!(check.source.len() > 10, "{}", check.id);
        }
    }

    #[test]
    fn nothing_read_is_never_ready() {
        let findings = run(&Model::default());
        assert_ne!(of_machine(&Model::default().host, &findings), Verdict::Ready);
    }
}
