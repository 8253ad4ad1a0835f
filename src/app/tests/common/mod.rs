//! What the tests of pages share: waiting inside the main loop.

use std::time::{Duration, Instant};

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

/// Lets the main loop run until something is so; whether it came to be within twenty seconds.
pub(crate) fn spin(until: impl Fn() -> bool) -> bool {
    let context = glib::MainContext::default();
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if until() {
            return true;
        }
        if !context.iteration(false) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    false
}

/// What is to be read on a widget by itself: a label's text, or what rows and headers of the device list draw, a line each.
#[allow(dead_code, reason = "each test file has this module and not all look for texts")]
pub(crate) fn written(widget: &gtk::Widget) -> Option<String> {
    match widget.type_().name() {
        "GangwayDeviceRow" | "GangwaySectionHeader" => Some(widget.property("text")),
        _ => widget.downcast_ref::<gtk::Label>().map(|label| label.label().to_string()),
    }
}
