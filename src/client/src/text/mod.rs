//! Sentences: what core, domain and client say in types, as one translated sentence each, with the way out.
//! One file a subject. Nothing is decided here, and nothing here knows a window or a terminal.
//! Values go into a sentence by name (`fill`), so that a translator can move them.

pub mod checks;
mod chosen;
mod claim;
mod definition;
mod device;
mod exposure;
mod handover;
mod helper;
mod host;
mod hypervisor;
mod in_use;
mod machine_file;
mod method;
mod names;
mod network;
mod packages;
mod plan;
mod plan_refusal;
mod restart;
mod saga;
mod step;
mod store;
mod suggestion;
mod target;
#[cfg(test)]
mod tests;
pub mod trial;
mod udev;
mod undone;
mod usb;
mod uses;

pub use chosen::not_chosen;
pub use claim::{claimed, held, not_asked, owner, usb_missing, usb_wanted};
pub use definition::{edit_error, parse_error};
pub use device::{candidates, link_at_best, link_now, reading, region, reset_methods, resizable, size};
pub use exposure::exposure;
pub use handover::{apply_error, lost, plan_error, refusal, stays};
pub use helper::{ending, helper_error, record_state};
pub use host::{iommu_off, iommu_state, isolation, isolation_label, trouble, trouble_detail};
pub use hypervisor::{chipset, firmware, guest_system, hypervisor_error, vm_state};
pub use machine_file::{machine_file_error, open_machine_error, source_error};
pub use method::{against, danger, method, method_line, methods_against, reason};
pub use names::{DeviceNames, device_name, join};
pub use network::{network_back, network_error, network_step, network_stop};
pub use packages::{installation, installing, missing, packages_error};
pub use plan::{effect, intent, plan_command, plan_step, step_view, undo_action, undo_stop};
pub use plan_refusal::plan_refusal;
pub use restart::{restart_error, restarted};
pub use saga::{standing, wish_error, wish_title};
pub use step::{cost, leaving_warning, step, warning, why};
pub use store::{kept_time, store_error};
pub use suggestion::{suggestion, suggestion_reason};
pub use target::target_error;
pub use udev::deaf;
pub use undone::undo_of;
pub use usb::{usb_kinds, usb_name, usb_rate};
pub use uses::{layer, loss, loss_label, usb_kind, used_for};

use gettextrs::gettext;

/// Puts values into a translated template: `{name}` becomes the value of that name.
///
/// A value is never looked into again, so a virtual machine called `{device}` stays one. A placeholder
/// without a value stays as it is; the tests of this module walk every sentence and find those.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after
            .split_once('}')
            .and_then(|(name, after)| Some((values.iter().find(|(key, _)| *key == name)?.1, after)));
        match value {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// As [`fill`], with the part ` (…)` for `{reason}`, or nothing where there is none to give.
fn with_reason(template: &str, reason: &str, values: &[(&str, &str)]) -> String {
    let reason = reason.trim().trim_end_matches('.');
    let reason =
        if reason.is_empty() { String::new() } else { fill(&gettext(" ({reason})"), &[("reason", reason)]) };
    let mut values = values.to_vec();
    values.push(("reason", &reason));
    fill(template, &values)
}
