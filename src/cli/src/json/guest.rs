//! What `--json` prints of the checks of virtual machines.

use gangway_client::guests::CheckedGuest;
use gangway_client::text::{DeviceNames, checks as sentences};
use gangway_core::checks::{Outcome, Subject};
use gangway_domain::check::GuestFinding;
use serde::Serialize;

/// What was found of a virtual machine.
#[derive(Debug, Serialize)]
pub(crate) struct GuestJson {
    name: String,
    running: bool,
    verdict: &'static str,
    trouble: Option<String>,
    findings: Vec<GuestFindingJson>,
}

/// One finding, with the keys of those of the host.
#[derive(Debug, Serialize)]
pub(crate) struct GuestFindingJson {
    check: &'static str,
    subject: &'static str,
    weight: &'static str,
    outcome: &'static str,
    needs: Option<&'static str>,
    about: Vec<String>,
    title: String,
    sentence: String,
    meaning: String,
    fix: Option<String>,
    command: Option<String>,
    evidence: Vec<String>,
}

impl GuestJson {
    pub(crate) fn of(guest: &CheckedGuest, names: &DeviceNames<'_>) -> Self {
        Self {
            name: guest.name.clone(),
            running: guest.running,
            verdict: guest.verdict().word(),
            trouble: guest.trouble.clone(),
            findings: guest.findings.iter().map(|finding| GuestFindingJson::of(finding, names)).collect(),
        }
    }
}

impl GuestFindingJson {
    pub(crate) fn of(finding: &GuestFinding, names: &DeviceNames<'_>) -> Self {
        Self {
            check: finding.check.name(),
            subject: Subject::Guest.word(),
            weight: finding.weight.word(),
            outcome: finding.outcome.word(),
            needs: match &finding.outcome {
                Outcome::CouldNotTell(need) => Some(need.word()),
                _ => None,
            },
            about: finding.about.iter().map(ToString::to_string).collect(),
            title: sentences::guest_title(finding.check),
            sentence: sentences::guest_sentence(finding, names),
            meaning: sentences::guest_meaning(finding.check),
            fix: finding.fix.as_ref().map(|fix| sentences::guest_fix(fix, names)),
            command: finding.command(),
            evidence: finding.evidence.iter().map(sentences::fact).collect(),
        }
    }
}
