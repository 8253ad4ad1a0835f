//! What the tests of pages share: waiting inside the main loop.

use std::time::{Duration, Instant};

use relm4::gtk::glib;

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
