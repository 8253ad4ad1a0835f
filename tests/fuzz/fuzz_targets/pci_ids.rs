//! Lists of names: no list makes the reader panic, and every name is one line of it.
#![no_main]

use gangway_core::pci::{DeviceId, Names, PciClass, SubsystemId, VendorId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, u16, u32, Vec<u8>)| {
    let (vendor, device, class, list) = input;
    let (vendor, device) = (VendorId(vendor), DeviceId(device));
    let names = Names::parse(list);
    let found = [
        names.vendor(vendor),
        names.device(vendor, device),
        names.subsystem(vendor, device, SubsystemId { vendor, device }),
        PciClass::new(class & 0x00ff_ffff).and_then(|class| names.class(class)),
    ];
    for name in found.into_iter().flatten() {
        assert!(!name.is_empty() && !name.contains('\n'));
    }
});
