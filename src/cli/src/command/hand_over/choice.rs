//! The choice of the method: what there is here, why one is taken, and what speaks against the other.

use gangway_client::handover::{Going, Method, Methods, reservable};
use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::host::Host;
use gettextrs::gettext;

use crate::arguments::HandOver;
use crate::failure::line_of;
use crate::seen::Seen;

/// What there is to choose from. Whether a reservation is possible is asked only where something speaks against the other
/// method.
pub(super) fn methods(target: &Target, seen: &Seen, arguments: &HandOver, going: &Going) -> Methods {
    let methods = Methods::of(&seen.host, going, Ok(()));
    if methods.managed.is_empty() && arguments.method.is_none() {
        return methods;
    }
    Methods { reserved: reservable(target, &arguments.devices, arguments.whole_group), ..methods }
}

/// The method that is taken, why, and what speaks against the other.
pub(super) fn told(
    methods: &Methods,
    method: Method,
    host: &Host,
    going: &Going,
    names: &DeviceNames<'_>,
) -> String {
    let mut lines = vec![format!("{} – {}", text::method(method), text::method_line(method))];
    for reason in methods.reasons(method, host, going) {
        let (label, line) = text::reason(&reason, names);
        lines.push(format!("  {label}: {line}"));
    }
    let other = match method {
        Method::Managed => Method::Reserved,
        Method::Reserved => Method::Managed,
    };
    let against = text::methods_against(methods, other, names);
    // A method that nobody asked about is not explained.
    if method == Method::Reserved || !methods.managed.is_empty() {
        let template = gettext("Not “{method}”: {reason}");
        let label = text::method(other);
        lines.extend(against.iter().map(|reason| fill(&template, &[("method", &label), ("reason", reason)])));
    }
    let lines: Vec<String> = lines.iter().map(|line| indented(line)).collect();
    lines.concat() + "\n"
}

fn indented(line: &str) -> String {
    let indent = if line.starts_with("  ") { "  " } else { "" };
    format!("{indent}{}\n", line_of(line))
}

/// No method is safe here: why, and what can be done all the same.
pub(super) fn none(methods: &Methods, names: &DeviceNames<'_>) -> String {
    let mut reasons = text::methods_against(methods, Method::Managed, names);
    reasons.extend(text::methods_against(methods, Method::Reserved, names));
    let template = gettext(
        "No way to hand this over is safe here, so nothing was changed. {reasons} With “--method managed” you take the risk.",
    );
    fill(&template, &[("reasons", &reasons.join(" "))])
}
