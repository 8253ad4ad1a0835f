//! `gangwayctl status` and `confirm`: how a reservation stands, what of its promise holds, and how that ends for a script.

use std::fs;
use std::path::Path;

use gangway_core::trial::{self, Stage};
use gangway_tests::checks::lab::Machine;
use gangway_tests::checks::trial::{drive, failed, kept, noted, pointers, reserve, started};
use gangway_tests::programs::{Outcome, Program};

#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn on(state: &Path, change: fn(&mut Machine), arguments: &[&str]) -> Outcome {
    let mut machine = Machine::desktop();
    change(&mut machine);
    let path = state.join("machine.host");
    fs::write(&path, machine.build().write()).unwrap();
    Program::gangwayctl(state).arg("--machine").arg(path).args(arguments).run()
}

fn parsed(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_str(outcome.text()).unwrap()
}

#[test]
fn each_standing_has_its_sentence_and_its_end() {
    let state = tempfile::tempdir().unwrap();
    type Change = fn(&mut Machine);
    let cases: [(&str, i32, Change, &str); 8] = [
        ("none", 0, |_| {}, "Nothing is reserved"),
        (
            "waiting",
            3,
            |machine| {
                reserve(machine, Stage::Armed);
                machine.file(trial::BOOT, "2f2b5c53-7f44-4d26-9d1a-0d4a6f4f3a51\n");
            },
            "waits for a restart",
        ),
        ("on-trial", 3, |machine| started(machine, noted()), "keep it, or the next start is as before"),
        ("over", 4, |machine| reserve(machine, failed()), "failed: this is the system as before"),
        ("confirmed", 0, |machine| started(machine, kept()), "is kept, and this start has it"),
        ("without", 3, |machine| reserve(machine, kept()), "this start runs without it"),
        (
            "foreign",
            4,
            |machine| {
                machine.argument("gangway.reserve=0000:01:00.0=10de:2484");
            },
            "belongs to no reservation that is there now",
        ),
        (
            "unknown",
            5,
            |machine| {
                started(machine, noted());
                machine.file(trial::STATE, "{\"version\": 7}\n");
            },
            "could not be told",
        ),
    ];
    for (standing, status, change, sentence) in cases {
        let told = on(state.path(), change, &["status"]);
        assert_eq!(told.status, status, "{standing}: {}{}", told.text(), told.errors);
        assert!(told.text().contains(sentence), "{standing}: {}", told.text());
        let json = on(state.path(), change, &["status", "--json"]);
        assert_eq!((json.status, parsed(&json)["standing"].as_str()), (status, Some(standing)));
    }
}

#[test]
fn on_trial_every_part_is_listed_and_what_is_broken_is_told() {
    let state = tempfile::tempdir().unwrap();
    let whole = on(state.path(), |machine| started(machine, noted()), &["status"]);
    assert!(whole.text().contains("✓ vfio-pci has "), "{}", whole.text());
    assert!(whole.text().contains("gangwayctl confirm") && !whole.text().contains('✗'), "{}", whole.text());
    let broken = |machine: &mut Machine| {
        started(machine, noted());
        drive(machine, 0, "nvidia");
    };
    let told = on(state.path(), broken, &["status"]);
    assert_eq!(told.status, 4);
    assert!(
        told.text().contains("✗ ") && told.text().contains("“nvidia” instead of vfio-pci"),
        "{}",
        told.text()
    );
    let json = parsed(&on(state.path(), broken, &["status", "--json"]));
    let parts = json["parts"].as_array().unwrap();
    let driver = parts.iter().find(|part| part["part"] == "driver" && part["outcome"] == "broken").unwrap();
    assert_eq!((&driver["device"], &driver["check"]), (&"0000:01:00.0".into(), &"reservation-failed".into()));
    assert_eq!(driver["instead"]["instead"], "nvidia");
    assert_eq!(
        (&json["record"], &json["confirmed_by"]),
        (&"20261121T174000Z-1".into(), &serde_json::Value::Null)
    );
}

#[test]
fn a_kept_reservation_that_drifted_is_told_and_a_plan_to_keep_one_is_shown() {
    let state = tempfile::tempdir().unwrap();
    let drifted = |machine: &mut Machine| {
        started(machine, kept());
        pointers(machine, None, None);
    };
    let told = on(state.path(), drifted, &["status"]);
    assert_eq!(told.status, 3);
    assert!(
        told.text().contains("does not start with the reservation by itself any more"),
        "{}",
        told.text()
    );
    let plan = on(state.path(), |machine| started(machine, noted()), &["host", "plan", "confirm"]);
    assert_eq!(plan.status, 0, "{}{}", plan.text(), plan.errors);
    assert!(plan.text().contains("asked for with the entry “gangway-trial”"), "{}", plan.text());
    let refused = on(state.path(), |machine| reserve(machine, failed()), &["host", "plan", "confirm"]);
    assert_eq!(refused.status, 4);
    assert!(refused.text().contains("The trial is over"), "{}", refused.text());
    // Another machine is not changed.
    let other = on(state.path(), |machine| started(machine, noted()), &["confirm", "--yes"]);
    assert_eq!(other.status, 1, "{}", other.text());
}
