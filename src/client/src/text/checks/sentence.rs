//! What came of a check, as a sentence.

use gangway_core::checks::{CheckId, Finding, Need, Outcome};
use gettextrs::gettext;

use super::super::{DeviceNames, fill, trouble_detail};
use super::{title, value};

/// What came of it.
pub fn sentence(finding: &Finding, names: &DeviceNames<'_>) -> String {
    match &finding.outcome {
        Outcome::Ok => fill(&gettext("{check}: in order."), &[("check", &title(finding.check))]),
        Outcome::CouldNotTell(missing) => fill(
            &gettext("{check}: this could not be told, because {reason}."),
            &[("check", &title(finding.check)), ("reason", &need(missing))],
        ),
        Outcome::ToDo | Outcome::NotPossible => {
            let values: Vec<(&str, String)> =
                finding.values.iter().map(|(name, said)| (*name, value(said, names))).collect();
            let devices = names.all(&finding.about);
            let mut pairs: Vec<(&str, &str)> = vec![("devices", &devices)];
            pairs.extend(values.iter().map(|(name, said)| (*name, said.as_str())));
            fill(&problem(finding.check), &pairs)
        }
    }
}

/// Why it could not be told, as the part of a sentence that follows “because”; with what would be needed.
pub fn need(need: &Need) -> String {
    match need {
        Need::Permission(path) => {
            fill(&gettext("“{path}” may only be read with more rights"), &[("path", path)])
        }
        Need::Trouble(trouble) => fill(
            &gettext("“{path}” could not be used ({detail})"),
            &[("path", &trouble.path), ("detail", &trouble_detail(trouble))],
        ),
        Need::Path(path) => fill(
            &gettext("“{path}” is not shown here and would have to be looked at on the computer itself"),
            &[("path", path)],
        ),
        Need::KernelLog => gettext("the kernel’s log would have to be read, which needs more rights"),
        Need::KernelConfiguration => gettext("the configuration of this kernel would be needed"),
    }
}

/// What is wrong.
fn problem(check: CheckId) -> String {
    match check {
        CheckId::IommuArgumentOff => {
            gettext("The IOMMU is off because “{argument}” on the kernel command line switches it off.")
        }
        CheckId::IommuArgumentMissing => gettext(
            "The IOMMU is off because this kernel starts Intel’s only when it is asked with “intel_iommu=on”.",
        ),
        CheckId::IommuNotOffered => gettext(
            "The IOMMU is off because the firmware does not offer one: it is switched off there, or this computer has none.",
        ),
    }
}
