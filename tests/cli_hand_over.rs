//! `gangwayctl hand-over` by its methods, and going on after a restart, in the demo.

use std::path::Path;

use gangway_client::demo::DemoMachine;
use gangway_client::hypervisor::VmId;
use gangway_client::saga::{Recipient, Wish, Wishes};
use gangway_tests::programs::{Outcome, Program};

const CARD: &str = "01:00.0";

fn demo(state: &Path, line: &[&str]) -> Outcome {
    Program::gangwayctl(state).arg("--demo").args(line).run()
}

/// The wishes of the demo.
fn wishes(state: &Path) -> Wishes {
    Wishes::at(state.join("gangway/demo/workshop/hand-overs"))
}

/// What a hand-over to a virtual machine of the demo left to be done after a restart.
fn wish(state: &Path, vm: &str, record: Option<&str>) -> Wish {
    let folder = state.join("gangway/demo/workshop");
    let hypervisor = gangway_client::demo::connect_at(DemoMachine::Workshop, &folder).unwrap();
    let vm = hypervisor.find(vm).unwrap();
    let functions = ["0 10de:2484", "1 10de:228b"].map(|function| {
        let (number, id) = function.split_once(' ').unwrap();
        format!("0000:01:00.{number} 0000:00/01.1/00.{number} {id} -").parse().unwrap()
    });
    Wish {
        device: CARD.parse().unwrap(),
        functions: functions.to_vec(),
        whole_group: false,
        recipient: Recipient { id: VmId::new(vm.id.as_str()), name: vm.name, connection: hypervisor.uri() },
        rom: None,
        features: gangway_client::handover::FeatureWishes::default(),
        record: record.map(str::to_owned),
        begun: 1,
    }
}

#[test]
fn the_method_and_its_reasons_are_told() {
    let state = tempfile::tempdir().unwrap();
    let sound = demo(state.path(), &["vm", "show", "ubuntu-workstation", "--json"]).json();
    let sound = sound["devices"][0].as_str().unwrap().to_owned();
    demo(state.path(), &["take-back", &sound, "--yes"]);
    let given = demo(state.path(), &["hand-over", &sound, "--to", "win11", "--yes"]);
    assert_eq!(given.status, 0, "{}", given.errors);
    assert!(given.text().starts_with("Only while the machine runs – libvirt takes"), "{}", given.text());
    assert!(given.text().contains("\n  Its drivers let go of it: "), "{}", given.text());
}

#[test]
fn a_danger_is_told_and_taken_with_the_method_alone() {
    let state = tempfile::tempdir().unwrap();
    let managed = demo(state.path(), &["hand-over", CARD, "--to", "win11", "--method", "managed", "--yes"]);
    assert_eq!(managed.status, 0, "{}", managed.errors);
    assert!(managed.text().contains("“nvidia” does not let go"), "{}", managed.text());
}

#[test]
fn nothing_waits_where_nothing_was_wished() {
    let state = tempfile::tempdir().unwrap();
    let none = demo(state.path(), &["hand-over", "--continue"]);
    assert_eq!((none.status, none.text()), (0, "Nothing waits to be handed over.\n"));
    assert_eq!(demo(state.path(), &["hand-over", "--continue", "--json"]).json(), serde_json::json!([]));
    let captured =
        Program::gangwayctl(state.path()).args(["--root", "/nowhere", "hand-over", "--continue"]).run();
    assert!(captured.refused().contains("Only this computer"), "{}", captured.errors);
}

#[test]
fn what_stopped_before_the_host_was_changed_is_told_and_can_be_forgotten() {
    let state = tempfile::tempdir().unwrap();
    wishes(state.path()).keep(&wish(state.path(), "win11", None)).unwrap();
    let told = demo(state.path(), &["hand-over", "--continue"]);
    assert_eq!(told.status, 0, "{}", told.errors);
    assert!(told.text().contains("The host does not reserve GeForce RTX 3070 (01:00.0)."), "{}", told.text());
    assert!(told.text().contains("take-back 0000:01:00.0” forgets it"), "{}", told.text());
    let json = demo(state.path(), &["hand-over", "--continue", "--json"]).json();
    assert_eq!(json[0]["host"], "nothing");
    assert_eq!(json[0]["guest"], "waits");
    assert_eq!(json[0]["next"], serde_json::json!(["begin", "forget"]));
    let back = demo(state.path(), &["take-back", CARD, "--yes"]);
    assert_eq!(back.status, 0, "{}", back.errors);
    assert!(wishes(state.path()).all().0.is_empty());
    let again = demo(state.path(), &["take-back", CARD, "--yes"]);
    assert!(again.refused().contains("nothing to take back"), "{}", again.errors);
}

#[test]
fn a_virtual_machine_that_has_what_the_host_does_not_reserve_is_told_of() {
    let state = tempfile::tempdir().unwrap();
    let given = demo(state.path(), &["hand-over", CARD, "--to", "win11", "--method", "managed", "--yes"]);
    assert_eq!(given.status, 0, "{}", given.errors);
    wishes(state.path()).keep(&wish(state.path(), "win11", Some("r-1"))).unwrap();
    let told = demo(state.path(), &["hand-over", "--continue", "--json"]).json();
    assert_eq!(told[0]["guest"], "has");
    assert_eq!(told[0]["next"][0], "take");
    let back = demo(state.path(), &["take-back", CARD, "--yes"]);
    assert_eq!(back.status, 0, "{}", back.errors);
    assert!(back.text().contains("“win11” loses"), "{}", back.text());
    assert!(wishes(state.path()).all().0.is_empty());
}

#[test]
fn what_was_undone_is_forgotten_by_itself() {
    let state = tempfile::tempdir().unwrap();
    wishes(state.path()).keep(&wish(state.path(), "win11", Some("r-1"))).unwrap();
    assert_eq!(demo(state.path(), &["hand-over", "--continue"]).status, 0);
    assert!(wishes(state.path()).all().0.is_empty());
}

#[test]
fn what_cannot_be_read_is_said_and_stays() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("gangway/demo/workshop/hand-overs");
    std::fs::create_dir_all(&folder).unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(folder.join("0000.01.00.0.json")).unwrap(), b"{")
        .unwrap();
    let told = demo(state.path(), &["hand-over", "--continue"]);
    assert!(told.refused().contains("does not tell what shall be handed over"), "{}", told.errors);
    assert!(folder.join("0000.01.00.0.json").exists());
}
