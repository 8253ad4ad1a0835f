//! What a check is good for: one sentence for the user, whatever came of it.

use gangway_core::checks::CheckId;
use gettextrs::gettext;

/// Why it matters.
pub fn meaning(check: CheckId) -> String {
    match check {
        CheckId::IommuArgumentOff | CheckId::IommuArgumentMissing | CheckId::IommuNotOffered => gettext(
            "Only an IOMMU keeps a device of a virtual machine away from the memory of the host, so without one nothing can be handed over.",
        ),
    }
}
