//! What `--json` prints of the checks of virtual machines.

use gangway_client::guests::CheckedGuest;
use gangway_client::text::DeviceNames;
use serde::Serialize;

use super::FindingJson;

/// What was found of a virtual machine.
#[derive(Debug, Serialize)]
pub(crate) struct GuestJson {
    name: String,
    running: bool,
    verdict: &'static str,
    trouble: Option<String>,
    findings: Vec<FindingJson>,
}

impl GuestJson {
    pub(crate) fn of(guest: &CheckedGuest, names: &DeviceNames<'_>) -> Self {
        Self {
            name: guest.name.clone(),
            running: guest.running,
            verdict: guest.verdict().word(),
            trouble: guest.trouble.clone(),
            findings: guest.findings.iter().map(|finding| FindingJson::of_guest(finding, names)).collect(),
        }
    }
}
