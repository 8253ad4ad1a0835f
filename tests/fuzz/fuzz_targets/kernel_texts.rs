//! The kernel's small texts: `uevent`, the kernel command line, addresses; and ours of devices that are waited for, and of a
//! reservation.
#![no_main]

use gangway_core::host::{KernelCommandLine, Uevent, hung};
use gangway_core::pci::PciAddress;
use gangway_core::trial::{Early, State};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let uevent = Uevent::parse(bytes);
    assert!(!uevent.is_whole() || uevent.class.is_some());
    if let Some(address) = PciAddress::parse(bytes) {
        assert_eq!(address.to_string().parse(), Ok(address));
    }
    let waiting = hung::parse(bytes);
    assert_eq!(hung::parse(hung::write(&waiting).as_bytes()), waiting);
    let Ok(text) = str::from_utf8(bytes) else { return };
    let _ = Early::parse(text).to_word();
    if let Ok(state) = State::parse(text) {
        assert_eq!(state.to_text().and_then(|text| State::parse(&text)), Ok(state));
    }
    let line = KernelCommandLine::parse(text);
    for argument in line.arguments() {
        assert!(line.has(&argument.name));
        if let Some(value) = &argument.value {
            assert!(line.values(&argument.name).any(|given| given == value));
        }
    }
});
