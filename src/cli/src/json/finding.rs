//! What `--json` prints of a finding, of the host or of a virtual machine, under the same keys.

use gangway_client::text::{DeviceNames, checks as sentences, plan_command};
use gangway_core::checks::{Evidence, Finding, Fix, Outcome, Subject, Weight};
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gangway_domain::check::GuestFinding;
use serde::Serialize;

/// One finding.
#[derive(Debug, Serialize)]
pub(crate) struct FindingJson {
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
    /// What can be wanted of the host, as `host plan --json` has it, and the command that plans it.
    intent: Option<Intent>,
    plan: Option<String>,
    evidence: Vec<String>,
}

impl FindingJson {
    /// One about the host.
    pub(crate) fn of(finding: &Finding, names: &DeviceNames<'_>) -> Self {
        Self {
            check: finding.check.name(),
            subject: finding.subject.word(),
            title: sentences::title(finding.check),
            sentence: sentences::sentence(finding, names),
            meaning: sentences::meaning(finding.check),
            fix: finding.fix.as_ref().map(sentences::fix),
            command: finding.fix.as_ref().and_then(Fix::command),
            intent: finding.intent.clone(),
            plan: finding.intent.as_ref().map(plan_command),
            ..Self::facts(finding.weight, &finding.outcome, &finding.about, &finding.evidence)
        }
    }

    /// One about a virtual machine.
    pub(crate) fn of_guest(finding: &GuestFinding, names: &DeviceNames<'_>) -> Self {
        Self {
            check: finding.check.name(),
            subject: Subject::Guest.word(),
            title: sentences::guest_title(finding.check),
            sentence: sentences::guest_sentence(finding, names),
            meaning: sentences::guest_meaning(finding.check),
            fix: finding.fix.as_ref().map(|fix| sentences::guest_fix(fix, names)),
            command: finding.command(),
            intent: finding.intent.clone(),
            plan: finding.intent.as_ref().map(plan_command),
            ..Self::facts(finding.weight, &finding.outcome, &finding.about, &finding.evidence)
        }
    }

    /// What both kinds have, without words.
    fn facts(weight: Weight, outcome: &Outcome, about: &[PciAddress], evidence: &[Evidence]) -> Self {
        Self {
            check: "",
            subject: "",
            weight: weight.word(),
            outcome: outcome.word(),
            needs: match outcome {
                Outcome::CouldNotTell(need) => Some(need.word()),
                _ => None,
            },
            about: about.iter().map(ToString::to_string).collect(),
            title: String::new(),
            sentence: String::new(),
            meaning: String::new(),
            fix: None,
            command: None,
            intent: None,
            plan: None,
            evidence: evidence.iter().map(sentences::fact).collect(),
        }
    }
}
