//! Sentences about devices that are no longer those that were chosen.

use gangway_core::devices::Comparison;
use gettextrs::gettext;

use super::{DeviceNames, fill};
use crate::handover::NotChosen;

/// Which device was chosen, what is there now, and where the chosen one is.
pub fn not_chosen(other: &NotChosen, names: &DeviceNames<'_>) -> String {
    let chosen = &other.chosen;
    let occupied = other.occupied;
    let mut found = String::new();
    let template = match &other.now {
        Comparison::Same => gettext("{address} in “{vm}” is still the card that you chose: {chosen}."),
        Comparison::Moved { to } => {
            found = to.short();
            if occupied {
                gettext(
                    "{address} in “{vm}” is no longer the card that you chose: {chosen} is at {found} now, and what is there instead is {present}.",
                )
            } else {
                gettext(
                    "{address} in “{vm}” is no longer the card that you chose: {chosen} is at {found} now, and nothing is there instead.",
                )
            }
        }
        Comparison::Replaced => gettext(
            "{address} in “{vm}” is no longer the card that you chose: {chosen} is not in this computer any more, and what is there instead is {present}.",
        ),
        Comparison::Gone => gettext(
            "{address} in “{vm}” is no longer the card that you chose: {chosen} is not in this computer any more, and nothing is there instead.",
        ),
        Comparison::Unclear { candidates } => {
            found = names.all(candidates);
            gettext(
                "Whether {address} in “{vm}” is still the card that you chose cannot be told: {chosen} could be any of {found}.",
            )
        }
        Comparison::Unknown => gettext(
            "Whether {address} in “{vm}” is still the card that you chose, {chosen}, cannot be told, since its ids could not be read.",
        ),
    };
    fill(
        &template,
        &[
            ("address", &chosen.address.short()),
            ("vm", &other.vm),
            ("chosen", &names.of_ids(chosen.id.0, chosen.id.1)),
            ("found", &found),
            ("present", &names.of(chosen.address)),
        ],
    )
}
