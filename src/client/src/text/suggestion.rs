//! Sentences about suggestions for a virtual machine: what a switch does, and why it is recommended or not.

use gangway_domain::suggest::{SuggestionId, SuggestionReason};
use gettextrs::gettext;

use super::{fill, join};

/// What a switch does, as a label.
pub fn suggestion(id: SuggestionId) -> String {
    match id {
        SuggestionId::HideHypervisor => gettext("Hide KVM from the virtual machine"),
        SuggestionId::HypervForWindows => gettext("Speed up Windows"),
    }
}

/// Why it is recommended, or why it is not.
pub fn suggestion_reason(reason: &SuggestionReason) -> String {
    match reason {
        SuggestionReason::NvidiaDriverAllowsIt => {
            gettext("NVIDIA’s drivers work in virtual machines since version 465, so this is not needed.")
        }
        SuggestionReason::NoDriverMinds => gettext("No driver of these devices minds a virtual machine."),
        SuggestionReason::LinuxLosesClock => {
            gettext("Linux in a virtual machine loses its fast clock with this, so leave it off.")
        }
        SuggestionReason::WindowsIsFaster { missing } => {
            let names: Vec<String> = missing.iter().map(|name| (*name).to_owned()).collect();
            fill(
                &gettext("Windows runs faster with Hyper-V features that are missing ({features})."),
                &[("features", &join(&names))],
            )
        }
        SuggestionReason::AllOn => gettext("All Hyper-V features that Windows uses are on already."),
        SuggestionReason::NotWindows => gettext("Only Windows uses these features."),
        SuggestionReason::SystemUnknown => {
            gettext("The definition does not say which system it is for, and only Windows uses this.")
        }
    }
}
