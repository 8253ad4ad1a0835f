//! `gangwayctl usb` as a whole process: controllers, ports and devices of the demo, for people and for programs.

use gangway_tests::programs::{Outcome, Program};
use gangway_tests::tree;
use serde_json::Value;

fn usb(machine: &str, more: &[&str]) -> Outcome {
    let state = tempfile::tempdir().unwrap();
    Program::gangwayctl(state.path()).arg(format!("--demo={machine}")).arg("usb").args(more).run()
}

#[test]
fn the_tree_is_listed_by_controller_and_port() {
    let outcome = usb("workshop", &[]);
    assert_eq!((outcome.status, outcome.errors.as_str()), (0, ""));
    let text = String::from_utf8(outcome.output).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let at = |part: &str| {
        lines.iter().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {text}"))
    };
    assert!(at("(02:00.0) · Group 15") < at("Webcam C270") && at("Webcam C270") < at("(0b:00.3)"));
    assert!(at("(0b:00.3)") < at("Cherry Keyboard"));
    let keyboard = lines[at("Cherry Keyboard")];
    assert!(
        keyboard.contains("3-1")
            && keyboard.contains("046a:0011")
            && keyboard.contains("keyboard")
            && keyboard.contains("1.5 Mbit/s"),
        "{keyboard}"
    );
    assert!(
        text.contains("Bus 3, 480 Mbit/s, 2 free ports") && text.contains("Bus 4, 10 Gbit/s, 4 free ports"),
        "{text}"
    );
}

#[test]
fn programs_get_every_promised_key() {
    let listing = usb("studio", &["--json"]).json();
    assert_eq!(listing["problems"], serde_json::json!([]));
    let controllers = listing["controllers"].as_array().unwrap();
    let addresses: Vec<&str> = controllers.iter().map(|one| one["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["0000:00:14.0", "0000:01:00.2", "0000:02:00.0"]);
    let first = &controllers[0];
    assert!(first["name"].is_string() && first["iommu_group"].is_u64(), "{first}");
    assert_eq!(first["buses"][0]["number"], 1);
    assert_eq!(first["buses"][0]["speed"], 480.0);
    assert_eq!(first["buses"][0]["ports"].as_array().unwrap().len(), 16);
    assert_eq!(first["buses"][0]["ports"][0], serde_json::json!({ "number": 1, "connect_type": "hotplug" }));
    let device = &first["devices"][0];
    for (key, value) in [
        ("port", Value::from("1-3")),
        ("bus", 1.into()),
        ("number", 2.into()),
        ("above", Value::Null),
        ("vendor", "046d".into()),
        ("product", "c31c".into()),
        ("name", "Logitech USB Keyboard".into()),
        ("serial", Value::Null),
        ("speed", 1.5.into()),
        ("ports", 0.into()),
        ("kinds", serde_json::json!(["keyboard", "hid"])),
        ("drivers", serde_json::json!(["usbhid"])),
    ] {
        assert_eq!(device[key], value, "{key} of {device}");
    }
}

#[test]
fn a_computer_without_usb_says_so() {
    let state = tempfile::tempdir().unwrap();
    let empty = tree::folder();
    let outcome = Program::gangwayctl(state.path()).arg("--root").arg(empty.path()).arg("usb").run();
    assert_eq!(outcome.status, 0);
    assert_eq!(String::from_utf8(outcome.output).unwrap(), "No USB controllers were found.\n");
}
