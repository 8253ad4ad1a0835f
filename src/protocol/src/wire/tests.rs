use std::collections::HashMap;

use gangway_core::plan::Intent;
use zbus::{OwnedVariant, Variant};

use super::*;

fn tagged(kind: &str, values: &[(&str, Variant<'static>)]) -> Tagged {
    let owned = |value: &Variant<'static>| value.try_to_owned().unwrap();
    let values: HashMap<String, OwnedVariant> =
        values.iter().map(|(key, value)| ((*key).to_owned(), owned(value))).collect();
    (kind.to_owned(), values)
}

fn text(text: &str) -> Variant<'static> {
    Variant::from(text.to_owned())
}

#[test]
fn an_intent_is_a_kind_with_its_values() {
    let intent = Intent::Bind { device: "0000:01:00.0".parse().unwrap(), whole_group: true };
    let sent = to_wire(&intent).unwrap();
    assert_eq!(sent, tagged("bind", &[("device", text("0000:01:00.0")), ("whole_group", true.into())]));
    assert_eq!(from_caller::<Intent>(&sent).unwrap(), intent);
}

#[test]
fn nothing_but_an_intent_is_one() {
    let device = || ("device", text("0000:01:00.0"));
    let group = || ("whole_group", Variant::from(false));
    assert!(from_caller::<Intent>(&tagged("bind", &[device(), group()])).is_ok());
    for (what, wrong) in [
        ("an unknown kind", tagged("run", &[device(), group()])),
        ("no kind", tagged("", &[device(), group()])),
        ("a kind in the values", tagged("bind", &[device(), group(), ("kind", text("bind"))])),
        ("a missing value", tagged("bind", &[device()])),
        ("an unknown value", tagged("bind", &[device(), group(), ("more", true.into())])),
        ("a value of another intent", tagged("give-back", &[device(), group()])),
        ("a wrong type", tagged("bind", &[device(), ("whole_group", text("false"))])),
        ("a number as an address", tagged("bind", &[("device", 7_u64.into()), group()])),
        ("another number type", tagged("bind", &[device(), ("whole_group", 0_u32.into())])),
        ("a short address", tagged("bind", &[("device", text("01:00.0")), group()])),
        ("an address with capitals", tagged("bind", &[("device", text("0000:0A:00.0")), group()])),
        ("a path", tagged("bind", &[("device", text("../0000:01:00.0")), group()])),
        ("two addresses", tagged("bind", &[("device", text("0000:01:00.0\n0000:02:00.0")), group()])),
        ("no address", tagged("bind", &[("device", text("")), group()])),
    ] {
        assert!(from_caller::<Intent>(&wrong).is_err(), "{what}");
    }
}
