//! What a caller sends to the root service as an intent, in the bytes of D-Bus.
#![no_main]

use gangway_core::plan::Intent;
use gangway_protocol::wire::{PlanAnswer, Tagged, from_caller, from_wire, to_wire};
use libfuzzer_sys::fuzz_target;
use zbus::wire::LE;
use zbus::wire::serialized::{Context, Data};

fuzz_target!(|bytes: &[u8]| {
    let data = Data::new(bytes.to_vec(), Context::new(LE, 0));
    let Ok((sent, _)) = data.deserialize::<Tagged>() else { return };
    // What a service answers is read with the same code.
    let _ = from_wire::<PlanAnswer>(&sent);
    let Ok(intent) = from_caller::<Intent>(&sent) else { return };
    let own = to_wire(&intent).expect("an intent can be sent");
    assert_eq!(format!("{own:?}").len(), format!("{sent:?}").len());
    assert_eq!(from_caller::<Intent>(&own).expect("it comes back"), intent);
});
