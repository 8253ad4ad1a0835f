//! Which device was chosen: it is remembered with the definition, compared whenever something is done with it, and
//! nothing is done to another device in silence.

use std::sync::Arc;

use gangway_core::devices::{Comparison, Devices};
use gangway_core::machine_file::MachineBuilder;
use gangway_core::source::Source;
use gangway_domain::Document;

use super::flow::{Scene, WIN11, definition, give};
use super::*;
use crate::handover::{
    NotChosen, PlanError, Refusal, Request, Step, Warning, apply, not_chosen, plan, plan_take_back,
    plan_take_back_on,
};
use crate::hypervisor::fake::hostdev;
use crate::text::{self, DeviceNames};

/// A computer with one card of two functions at this bus, of this device.
fn host(bus: &str, device: u16) -> Host {
    let is = |device: u16| move |function: &mut Function| function.device = Reading::Known(DeviceId(device));
    let behind_port = |function: &mut Function| function.parent = Some(at("00:01.0"));
    Machine::new()
        .function("00:01.0", PORT, 2, "pcieport")
        .with(is(0x1483))
        .function(&format!("{bus}:00.0"), VGA, 14, "nvidia")
        .with(is(device))
        .with(behind_port)
        .function(&format!("{bus}:00.1"), AUDIO, 14, "snd_hda_intel")
        .with(is(device + 1))
        .with(behind_port)
        .function("08:00.0", VGA, 17, "amdgpu")
        .with(is(0x73bf))
        .with(|function| function.boot_display = Reading::Known(true))
        .screen("08:00.0", "DP-1", Reading::Known(ConnectorStatus::Connected))
        .build()
}

fn scene() -> Scene {
    Scene { host: host("01", 0x2484), ..Scene::new() }
}

/// A machine that was given the card at 01:00.
fn given(scene: &Scene) -> String {
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    assert!(change.steps.contains(&Step::Remember { functions: 2, vm: "win11".into() }));
    let shown = change.difference.to_string();
    assert!(shown.contains("gangway:device") && shown.contains("way='0000:00/01.0/00.0'"), "{shown}");
    assert_eq!(apply(&scene.fake, &scene.store(), &change).unwrap().lost, []);
    scene.saved()
}

fn others(scene: &Scene, host: &Host) -> Vec<NotChosen> {
    not_chosen("win11", &Document::parse(scene.saved()).unwrap(), host, None)
}

#[test]
fn what_was_chosen_is_remembered_and_goes_with_the_device() {
    let scene = scene();
    let before = scene.saved();
    let after = given(&scene);
    assert_eq!(Document::parse(after.as_str()).unwrap().chosen().len(), 2);
    assert_eq!(others(&scene, &scene.host), []);
    let back = plan_take_back(&scene.fake, "win11", &[at("01:00.0")]).unwrap();
    assert!(back.steps.contains(&Step::Forget { vm: "win11".into() }));
    assert!(back.difference.to_string().contains("gangway:device"));
    apply(&scene.fake, &scene.store(), &back).unwrap();
    assert_eq!(scene.saved(), before);
}

#[test]
fn a_card_that_was_swapped_is_taken_back_and_said() {
    let scene = scene();
    let before = scene.saved();
    given(&scene);
    let swapped = host("01", 0x1c03);
    let back = plan_take_back_on(&swapped, None, &scene.fake, "win11", &[at("01:00.0")]).unwrap();
    assert_eq!(back.removed, [at("01:00.0"), at("01:00.1")]);
    let [Warning::NotChosen(other), Warning::NotChosen(_)] = &back.warnings[..] else {
        panic!("{:?}", back.warnings)
    };
    assert_eq!((&other.now, other.occupied), (&Comparison::Replaced, true));
    let said = text::warning(&back.warnings[0], &DeviceNames::addresses());
    for part in
        ["01:00.0 in “win11” is no longer the card that you chose", "10de:2484", "not in this computer"]
    {
        assert!(said.contains(part), "{said}");
    }
    apply(&scene.fake, &scene.store(), &back).unwrap();
    assert_eq!(scene.saved(), before);
}

#[test]
fn a_card_whose_bus_was_renumbered_is_found() {
    let scene = scene();
    given(&scene);
    let moved = host("02", 0x2484);
    let found = others(&scene, &moved);
    let now: Vec<&Comparison> = found.iter().map(|other| &other.now).collect();
    assert_eq!(
        now,
        [&Comparison::Moved { to: at("02:00.0") }, &Comparison::Moved { to: at("02:00.1") }],
        "{found:?}"
    );
    assert!(found.iter().all(|other| !other.occupied));
}

#[test]
fn what_is_at_the_address_of_another_card_is_not_handed_over_in_silence() {
    let scene = scene();
    given(&scene);
    let swapped = host("01", 0x1c03);
    let error = plan(&swapped, &scene.fake, &give(&["01:00.0"])).unwrap_err();
    assert!(matches!(&error, PlanError::Refused(Refusal::NotChosen(_))), "{error:?}");
    assert!(text::plan_error(&error, &DeviceNames::addresses()).contains("Take that back first"));
    // Something else for the same machine: that is done, and the other card said.
    let one = format!("{}{}", hostdev(9, 0), hostdev(1, 0));
    scene.fake.change(&scene.win11, &definition("win11", WIN11, &one));
    let change = scene.plan(&give(&["01:00.1"])).unwrap();
    assert_eq!(change.warnings, [], "what another program put there has no identity");
}

#[test]
fn a_serial_number_tells_twins_apart_and_is_not_shown() {
    let scene = scene();
    let known = |serial: &str| {
        let mut builder = MachineBuilder::default();
        builder.file("/sys/bus/pci/devices/0000:01:00.0/unique_id", format!("{serial}\n"));
        Devices::serials(&Source::machine(&builder.build()), &scene.host)
    };
    let request = Request { known: Some(Arc::new(known("f00d"))), ..give(&["01:00.0"]) };
    let change = scene.plan(&request).unwrap();
    let shown = change.difference.to_string();
    assert!(!shown.contains("f00d") && shown.contains("serial-number='********'"), "{shown}");
    let applied = apply(&scene.fake, &scene.store(), &change).unwrap();
    let document = applied.definition.document().unwrap();
    assert!(document.text().contains("serial-number='f00d'"));
    assert_eq!(not_chosen("win11", &document, &scene.host, Some(&known("f00d"))), []);
    let twin = not_chosen("win11", &document, &scene.host, Some(&known("beef")));
    assert_eq!(twin.iter().map(|other| &other.now).collect::<Vec<_>>(), [&Comparison::Replaced]);
}
