//! Sentences about findings: what a check is called, what came of it, what that means, and what to do.
//!
//! One file for each of the four; core gives ids and values. Where a check has nothing to complain about, its title
//! and one common sentence say so.

mod along;
mod device_fix;
mod fix;
mod guest;
mod listing;
mod meaning;
mod sentence;
mod title;
mod verdict;

pub use fix::fix;
pub use guest::{guest_fix, guest_listing, guest_meaning, guest_sentence, guest_title};
pub use listing::{fact, listing};
pub use meaning::meaning;
pub use sentence::{need, sentence};
pub use title::{subject, title};
pub use verdict::{card_verdict, machine_verdict, outcome_label, weight_label};

use gangway_core::checks::Value;
use gettextrs::gettext;

use super::{DeviceNames, fill, join};

/// A value as a person reads it.
pub fn value(value: &Value, names: &DeviceNames<'_>) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) => join(items),
        Value::Number(number) => number.to_string(),
        Value::Bytes(bytes) => size(*bytes),
        Value::Devices(devices) => names.all(devices),
        Value::Group(group) => group.to_string(),
        Value::Uses(uses) => along::along(uses),
        Value::Promised(part) => super::trial::promised(part, names),
    }
}

/// A size in binary units, whole where it is.
fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    for (unit, one) in UNITS {
        if bytes >= one {
            let tenths = bytes.saturating_mul(10) / one;
            let number = if tenths.is_multiple_of(10) || tenths >= 1000 {
                (tenths / 10).to_string()
            } else {
                // Translators: a number with one digit after the decimal point.
                fill(
                    &gettext("{whole}.{tenth}"),
                    &[("whole", &(tenths / 10).to_string()), ("tenth", &(tenths % 10).to_string())],
                )
            };
            return format!("{number} {unit}");
        }
    }
    fill(&gettext("{number} bytes"), &[("number", &bytes.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        assert_eq!(size(0), "0 bytes");
        assert_eq!(size(2 << 20), "2 MiB");
        assert_eq!(size((15 << 30) + (1 << 29)), "15.5 GiB");
        assert_eq!(size(u64::MAX).split(' ').next_back(), Some("GiB"));
    }
}
