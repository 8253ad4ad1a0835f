//! What would be good for a guest, as data: which switch, how it stands, whether we recommend it, and why.
//!
//! Sentences belong to the programs. A suggestion is never applied without being asked for.

use gangway_core::pci::{DeviceKind, PciClass, VendorId};

use crate::document::Document;
use crate::edit::features::missing_for_windows;
use crate::view::GuestSystem;

/// A card that the machine has or gets, as far as suggestions look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestCard {
    /// Its maker.
    pub vendor: VendorId,
    /// What it is.
    pub class: PciClass,
}

/// A switch that can be suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuggestionId {
    /// Keep KVM's signature from the guest.
    HideHypervisor,
    /// The Hyper-V features for Windows.
    HypervForWindows,
}

/// One switch, how it stands, and what we think of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Which switch.
    pub id: SuggestionId,
    /// Whether it is on in the definition.
    pub on_now: bool,
    /// Whether it should be.
    pub recommended: bool,
    /// Why.
    pub reason: SuggestionReason,
}

/// Why a switch is recommended, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuggestionReason {
    /// NVIDIA's driver refused virtual machines before version 465 (2021) and does not since.
    NvidiaDriverAllowsIt,
    /// No card is known whose driver minds.
    NoDriverMinds,
    /// A Linux guest loses KVM's own clock when KVM is hidden.
    LinuxLosesClock,
    /// Windows is faster with these features, which are missing.
    WindowsIsFaster {
        /// The names of the missing features, in libvirt's order.
        missing: Vec<&'static str>,
    },
    /// All of them are on already.
    AllOn,
    /// The guest is no Windows.
    NotWindows,
    /// The definition does not say which system the guest is.
    SystemUnknown,
}

/// NVIDIA, in `pci.ids`.
pub(crate) const NVIDIA: VendorId = VendorId(0x10de);

/// Every suggestion for a definition that has, or gets, these cards.
pub fn suggestions(document: &Document, cards: &[GuestCard]) -> Vec<Suggestion> {
    vec![hide_hypervisor(document, cards), hyperv_for_windows(document)]
}

fn hide_hypervisor(document: &Document, cards: &[GuestCard]) -> Suggestion {
    let on_now = document.features().kvm_hidden.is_some_and(|hidden| hidden.is_on());
    let nvidia = |card: &GuestCard| card.vendor == NVIDIA && card.class.kind() == DeviceKind::Graphics;
    let reason = if matches!(document.guest_system(), GuestSystem::Linux(_)) {
        SuggestionReason::LinuxLosesClock
    } else if cards.iter().any(nvidia) {
        SuggestionReason::NvidiaDriverAllowsIt
    } else {
        SuggestionReason::NoDriverMinds
    };
    Suggestion { id: SuggestionId::HideHypervisor, on_now, recommended: false, reason }
}

fn hyperv_for_windows(document: &Document) -> Suggestion {
    let missing = missing_for_windows(document);
    let on_now = missing.is_empty();
    let (recommended, reason) = match document.guest_system() {
        GuestSystem::Windows(_) if on_now => (true, SuggestionReason::AllOn),
        GuestSystem::Windows(_) => (true, SuggestionReason::WindowsIsFaster { missing }),
        GuestSystem::Unknown => (false, SuggestionReason::SystemUnknown),
        GuestSystem::Linux(_) | GuestSystem::Other(_) => (false, SuggestionReason::NotWindows),
    };
    Suggestion { id: SuggestionId::HypervForWindows, on_now, recommended, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::features::{FeatureChanges, HYPERV_FOR_WINDOWS, set_features};

    const RTX: GuestCard = GuestCard { vendor: NVIDIA, class: PciClass::new(0x03_00_00).unwrap() };
    const RTX_AUDIO: GuestCard = GuestCard { vendor: NVIDIA, class: PciClass::new(0x04_03_00).unwrap() };

    fn guest(os: &str, features: &str) -> Document {
        let text = format!(
            "<domain><metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'><l:os id='{os}'/>\
             </l:libosinfo></metadata><features>{features}</features></domain>"
        );
        Document::parse(text).unwrap()
    }

    #[test]
    fn hiding_is_never_recommended_but_explained() {
        let reason =
            |document: &Document, cards: &[GuestCard]| suggestions(document, cards)[0].reason.clone();
        let windows = guest("http://microsoft.com/win/11", "");
        assert_eq!(reason(&windows, &[RTX]), SuggestionReason::NvidiaDriverAllowsIt);
        assert_eq!(reason(&windows, &[RTX_AUDIO]), SuggestionReason::NoDriverMinds);
        assert_eq!(
            reason(&guest("http://debian.org/debian/13", ""), &[RTX]),
            SuggestionReason::LinuxLosesClock
        );
        assert!(!suggestions(&windows, &[RTX])[0].recommended);
    }

    #[test]
    fn hiding_that_is_on_is_seen() {
        let on = |features| suggestions(&guest("", features), &[])[0].on_now;
        assert!(on("<kvm><hidden state='on'/></kvm>"));
        assert!(!on("<kvm><hidden state='off'/></kvm>"));
        assert!(!on(""));
    }

    #[test]
    fn windows_gets_what_is_missing() {
        let windows = guest(
            "http://microsoft.com/win/10",
            "<hyperv><relaxed state='on'/><vapic state='off'/></hyperv>",
        );
        let suggestion = suggestions(&windows, &[]).pop().unwrap();
        let SuggestionReason::WindowsIsFaster { missing } = suggestion.reason else {
            panic!("{suggestion:?}")
        };
        assert!(suggestion.recommended && !suggestion.on_now);
        assert_eq!(missing, HYPERV_FOR_WINDOWS[1..]);
    }

    #[test]
    fn windows_that_has_all_is_told_so() {
        let all = FeatureChanges { hyperv_windows: Some(true), ..FeatureChanges::default() };
        let windows = set_features(&guest("http://microsoft.com/win/10", ""), &all).unwrap().document;
        let suggestion = suggestions(&windows, &[]).pop().unwrap();
        assert_eq!(
            (suggestion.on_now, suggestion.recommended, suggestion.reason),
            (true, true, SuggestionReason::AllOn)
        );
    }

    #[test]
    fn other_guests_do_not_need_hyperv() {
        let reason = |os| suggestions(&guest(os, ""), &[]).pop().unwrap().reason;
        assert_eq!(reason("http://debian.org/debian/13"), SuggestionReason::NotWindows);
        assert_eq!(reason(""), SuggestionReason::SystemUnknown);
    }
}
