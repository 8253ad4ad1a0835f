//! The steps of a change of features, in the order in which they are shown.

use gangway_domain::{FeatureChanges, VendorChange};

use super::Step;

/// One step for each switch that is set.
pub(super) fn feature_steps(changes: &FeatureChanges) -> Vec<Step> {
    let switch = |change: Option<bool>, on: Step, off: Step| change.map(|set| if set { on } else { off });
    let vendor = changes.vendor_id.as_ref().map(|change| match change {
        VendorChange::Set(id) => Step::VendorId { id: id.as_str().to_owned() },
        VendorChange::Clear => Step::NoVendorId,
    });
    [
        switch(changes.hidden, Step::HideHypervisor, Step::ShowHypervisor),
        vendor,
        switch(changes.hyperv_windows, Step::HypervForWindows, Step::NoHypervForWindows),
    ]
    .into_iter()
    .flatten()
    .collect()
}
