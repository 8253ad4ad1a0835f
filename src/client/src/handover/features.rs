//! What a machine shall tell its guest of the hypervisor: from what the user wishes and what the definition has, to the
//! switches that are set and the steps that say so. One rule for both programs.

use gangway_domain::edit::features::HYPERV_FOR_WINDOWS;
use gangway_domain::{Document, FeatureChanges, HypervMode, VendorChange, VendorIdText};

use super::{FeatureWishes, Step};

/// What a guest reads in place of Hyper-V's own vendor id, which some drivers look for.
const VENDOR_ID: &str = "gangway";

/// The switches that a wish means for this definition; what is so already is not set again.
///
/// Where a machine shows Hyper-V features, it tells its maker by their vendor id too, so hiding takes another one; that
/// one goes again with the last reason for it. A vendor id that somebody else chose stays.
pub(super) fn feature_changes(document: &Document, wishes: &FeatureWishes) -> FeatureChanges {
    let now = document.features();
    let hidden_now = now.kvm_hidden.as_ref().is_some_and(gangway_domain::Switch::is_on);
    let hidden = wishes.hide_hypervisor.filter(|hide| *hide != hidden_now);
    let ours = now.vendor_id.as_deref() == Some(VENDOR_ID);
    let custom = now.hyperv_mode.as_ref().is_none_or(|mode| *mode == HypervMode::Custom);
    let goes = |name: &str| wishes.hyperv_windows == Some(false) && HYPERV_FOR_WINDOWS.contains(&name);
    let pretends = wishes.hyperv_windows == Some(true)
        || now.hyperv.iter().any(|(name, state)| name != "vendor_id" && state.is_on() && !goes(name));
    let vendor_id = match wishes.hide_hypervisor {
        Some(true) if custom && pretends && now.vendor_id.is_none() => {
            VendorIdText::new(VENDOR_ID).ok().map(VendorChange::Set)
        }
        Some(false) if ours => Some(VendorChange::Clear),
        _ if ours && !pretends => Some(VendorChange::Clear),
        _ => None,
    };
    FeatureChanges { hidden, vendor_id, hyperv_windows: wishes.hyperv_windows }
}

/// One step for each switch that is set, in the order in which they are shown.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(features: &str, hide: Option<bool>, windows: Option<bool>) -> FeatureChanges {
        let document = Document::parse(format!("<domain><features>{features}</features></domain>")).unwrap();
        let changes =
            feature_changes(&document, &FeatureWishes { hide_hypervisor: hide, hyperv_windows: windows });
        let set = gangway_domain::set_features(&document, &changes);
        assert!(set.is_ok(), "{features} {hide:?} {windows:?}: {set:?}");
        changes
    }

    fn ours() -> Option<VendorChange> {
        VendorIdText::new("gangway").ok().map(VendorChange::Set)
    }

    const RELAXED: &str = "<hyperv><relaxed state='on'/></hyperv>";
    const NAMED: &str = "<hyperv><relaxed state='on'/><vendor_id state='on' value='gangway'/></hyperv>\
        <kvm><hidden state='on'/></kvm>";
    const THEIRS: &str = "<hyperv><relaxed state='on'/><vendor_id state='on' value='abc'/></hyperv>";

    #[test]
    fn hiding_takes_another_vendor_id_where_the_machine_shows_hyperv() {
        let hide = |features| changes(features, Some(true), None);
        assert_eq!(hide("").vendor_id, None);
        assert_eq!(hide("<hyperv><relaxed state='off'/></hyperv>").vendor_id, None);
        assert_eq!(hide(RELAXED).vendor_id, ours());
        assert_eq!(hide(THEIRS).vendor_id, None, "somebody chose one");
        assert_eq!(hide("<hyperv mode='passthrough'/>").vendor_id, None, "none can be chosen there");
        assert_eq!(hide("<hyperv mode='passthrough'><relaxed state='on'/></hyperv>").vendor_id, None);
        assert_eq!(hide(RELAXED).hidden, Some(true));
    }

    #[test]
    fn both_wishes_are_looked_at_together() {
        assert_eq!(changes("", Some(true), Some(true)).vendor_id, ours());
        assert_eq!(changes(RELAXED, Some(true), Some(false)).vendor_id, None);
        let another = "<hyperv><relaxed state='on'/><reset state='on'/></hyperv>";
        assert_eq!(changes(another, Some(true), Some(false)).vendor_id, ours());
    }

    #[test]
    fn our_vendor_id_goes_with_the_reason_for_it() {
        assert_eq!(changes(NAMED, Some(false), None).vendor_id, Some(VendorChange::Clear));
        assert_eq!(changes(NAMED, None, Some(false)).vendor_id, Some(VendorChange::Clear));
        assert_eq!(changes(THEIRS, Some(false), None).vendor_id, None);
    }

    #[test]
    fn what_is_so_already_is_not_set_again() {
        assert!(changes(NAMED, Some(true), None).is_empty());
        assert!(changes("", Some(false), None).is_empty());
        assert!(changes(NAMED, None, None).is_empty());
    }
}
