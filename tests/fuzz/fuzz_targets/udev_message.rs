//! What arrives on udev's netlink socket.
#![no_main]

use gangway_core::udev::Message;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Message::parse(bytes) else { return };
    for text in [message.action, message.subsystem, message.path] {
        assert!(!text.is_empty() && !text.contains('\0'));
    }
});
