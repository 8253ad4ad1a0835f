//! What `gangwayctl` tells of virtual machines beside the devices that they have: everywhere where devices are told, and
//! not at the price of a libvirt that was not asked for.

use std::path::{Path, PathBuf};

use gangway_client::demo::DemoMachine;
use gangway_tests::programs::{Outcome, Program};
use gangway_tests::sample;
use serde_json::{Value, json};

const UUID: &str = "11111111-2222-3333-4444-555555555555";

fn demo(state: &Path, line: &[&str]) -> Outcome {
    Program::gangwayctl(state).arg("--demo").args(line).run()
}

#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A captured machine, and a libvirt with one machine that has these devices.
struct Elsewhere {
    folder: tempfile::TempDir,
    machine: PathBuf,
    uri: String,
}

impl Elsewhere {
    fn new(devices: &str) -> Self {
        Self::with(devices, "")
    }

    /// The same with something before its memory.
    fn with(devices: &str, metadata: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = file(folder.path(), "workshop.host", DemoMachine::Workshop.text());
        let xml =
            sample::definition("test", "box", UUID).replace("</devices>", &format!("{devices}</devices>"));
        let xml = xml.replace("<memory", &format!("{metadata}<memory"));
        let node = file(folder.path(), "node.xml", &format!("<node>{xml}</node>"));
        let uri = format!("test://{}", node.display());
        Self { folder, machine, uri }
    }

    fn run(&self, line: &[&str]) -> Outcome {
        self.program(line).run()
    }

    fn program(&self, line: &[&str]) -> Program {
        Program::gangwayctl(self.folder.path()).arg("--machine").arg(&self.machine).args(line)
    }

    fn connected(&self, line: &[&str]) -> Outcome {
        self.program(line).args(["--connect", &self.uri]).run()
    }
}

fn function<'a>(listing: &'a Value, address: &str) -> &'a Value {
    let functions = listing["functions"].as_array().unwrap();
    functions.iter().find(|function| function["address"] == address).unwrap()
}

#[test]
fn a_function_is_told_with_its_machine() {
    let state = tempfile::tempdir().unwrap();
    let owners = json!([{ "name": "ubuntu-workstation", "running": true }]);
    let listing = demo(state.path(), &["list", "--json"]).json();
    assert_eq!(function(&listing, "0000:0b:00.4")["virtual_machines"], owners);
    assert_eq!(function(&listing, "0000:01:00.0")["virtual_machines"], json!([]));
    let listed = demo(state.path(), &["list"]);
    let line = listed.text().lines().find(|line| line.contains("0b:00.4")).unwrap();
    assert!(line.ends_with("in ubuntu-workstation, which runs"), "{line}");

    assert_eq!(demo(state.path(), &["show", "0b:00.4", "--json"]).json()["virtual_machines"], owners);
    let shown = demo(state.path(), &["show", "0b:00.4"]);
    let line = shown.text().lines().find(|line| line.contains("Virtual machines")).unwrap();
    assert!(line.ends_with("in ubuntu-workstation, which runs"), "{line}");
    assert!(shown.text().contains("has to be shut down first"), "{}", shown.text());

    let checked = demo(state.path(), &["check", "0b:00.4"]);
    let sentence = "The virtual machine “ubuntu-workstation” runs and has";
    assert!(checked.text().contains(sentence), "{}", checked.text());
    assert!(!demo(state.path(), &["check", "01:00.0"]).text().contains(sentence));
    let checked = demo(state.path(), &["check", "0b:00.4", "--json"]);
    let checked: Value = serde_json::from_slice(&checked.output).unwrap();
    let claim = json!([{ "address": "0000:0b:00.4", "virtual_machines": owners }]);
    assert_eq!(checked["virtual_machines"], claim);

    let drawn = demo(state.path(), &["map", "--svg", "-"]);
    assert!(drawn.text().contains(">ubuntu-workstation</text>"), "the mark in the box");
    assert!(drawn.text().contains("given to “ubuntu-workstation”, which runs"), "the name of the box");
    let report = demo(state.path(), &["report"]);
    let sentence = "The virtual machine “vm-2” runs and has";
    assert!(!report.text().contains("ubuntu-workstation") && report.text().contains(sentence));
}

#[test]
fn usb_devices_are_told_by_their_ids_and_by_their_place() {
    let usb =
        |source: &str| format!("<hostdev mode='subsystem' type='usb'><source>{source}</source></hostdev>");
    let devices = [
        usb("<vendor id='0x046a'/><product id='0x0011'/>"),
        usb("<vendor id='0x1234'/><product id='0x5678'/>"),
        usb("<address bus='9' device='3'/>"),
    ];
    let there = Elsewhere::new(&devices.concat());
    let listed = there.connected(&["usb"]);
    let text = listed.text();
    let keyboard = text.lines().find(|line| line.contains("Cherry Keyboard")).unwrap();
    assert!(keyboard.ends_with("in box, which runs"), "{keyboard}");
    for missing in ["not plugged in: 1234:5678.", "not plugged in: bus 9, device 3."] {
        assert!(text.contains(missing), "{text}");
    }
    let listing = there.connected(&["usb", "--json"]).json();
    assert_eq!(listing["missing"].as_array().unwrap().len(), 2);
    let controllers = listing["controllers"].as_array().unwrap();
    let mut devices = controllers.iter().flat_map(|one| one["devices"].as_array().unwrap());
    let keyboard = devices.find(|device| device["port"] == "3-1").unwrap();
    assert_eq!(keyboard["virtual_machines"], json!([{ "name": "box", "running": true }]));
    let place = (keyboard["bus"].as_u64().unwrap(), keyboard["number"].as_u64().unwrap());
    let there = Elsewhere::new(&usb(&format!("<address bus='{}' device='{}'/>", place.0, place.1)));
    let listed = there.connected(&["usb"]);
    let keyboard = listed.text().lines().find(|line| line.contains("Cherry Keyboard")).unwrap();
    assert!(keyboard.ends_with("in box, which runs"), "{keyboard}");
    assert!(!listed.text().contains("not plugged in"));
}

#[test]
fn files_of_another_computer_do_not_touch_libvirt() {
    let there = Elsewhere::new("");
    let loads = |line: &[&str], connect: bool| {
        let connection: &[&str] = if connect { &["--connect", &there.uri] } else { &[] };
        let outcome = there.program(line).args(connection).env("LD_DEBUG", "files").run();
        outcome.errors.contains("libvirt.so")
    };
    for line in
        [&["list"][..], &["map", "--svg", "-"], &["show", "01:00.0"], &["usb"], &["check"], &["report"]]
    {
        assert!(!loads(line, false), "{line:?}");
    }
    assert!(loads(&["list"], true), "and it is seen where it is loaded");
    let listed = there.run(&["list", "--json"]).json();
    assert_eq!(function(&listed, "0000:01:00.0")["virtual_machines"], Value::Null);
    let shown = there.run(&["show", "01:00.0"]);
    assert!(
        shown.text().lines().any(|line| line.contains("Virtual machines") && line.ends_with("not asked"))
    );
}

#[test]
fn without_libvirt_the_rest_works_and_one_line_says_so() {
    let there = Elsewhere::new("");
    let uri = format!("test://{}", there.folder.path().join("gone.xml").display());
    for line in [
        &["list"][..],
        &["list", "--json"],
        &["map", "--svg", "-"],
        &["show", "01:00.0"],
        &["usb"],
        &["report"],
    ] {
        let outcome = there.run(&[line, &["--connect", &uri]].concat());
        assert_eq!(outcome.status, 0, "{line:?}: {}", outcome.errors);
        assert!(outcome.text().len() > 100, "{line:?}");
        let lines: Vec<&str> = outcome.errors.lines().collect();
        assert!(
            matches!(lines[..], [line] if line.starts_with("Virtual machines were not asked") && line.contains(&uri)),
            "{line:?}: {lines:?}"
        );
    }
    let asked = there.run(&["check", "01:00.0"]);
    let unasked = there.run(&["check", "01:00.0", "--connect", &uri]);
    assert_eq!((asked.status, asked.output), (unasked.status, unasked.output));
}

#[test]
fn a_device_that_is_no_longer_the_chosen_one_is_said_and_taken_back() {
    let hostdev = "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>";
    let mark = "<metadata><g:devices xmlns:g='https://gangway.org/xmlns/libvirt/domain/1.0'>\
        <g:device address='0000:01:00.0' way='0000:00/03.1/00.0/00.0/00.0' id='1002:743f' subsystem='148c:2414'/></g:devices></metadata>";
    let there = Elsewhere::with(hostdev, mark);
    let sentence = "01:00.0 in “box” is no longer the card that you chose";
    let shown = there.connected(&["vm", "show", "box"]);
    let text = shown.text();
    assert!(text.contains(sentence) && text.contains("is at 08:00.0 now"), "{text}");
    assert!(text.contains("GeForce RTX 3070"), "what is there instead: {text}");
    let shown = there.connected(&["vm", "show", "box", "--json"]).json();
    let chosen = json!({ "vendor": "1002", "device": "743f", "now": "moved", "moved_to": "0000:08:00.0" });
    assert_eq!(shown["host_devices"][0]["chosen"], chosen);
    let back = there.connected(&["take-back", "01:00.0", "--from", "box", "--yes"]);
    assert_eq!(back.status, 0, "{}", back.errors);
    assert!(back.text().contains(sentence), "{}", back.text());
    let given = there.connected(&["hand-over", "01:00.0", "--to", "box", "--method", "managed", "--yes"]);
    assert!(given.refused().contains("Take that back first"), "{}", given.errors);
    let unmarked = Elsewhere::new(hostdev).connected(&["vm", "show", "box", "--json"]).json();
    assert_eq!(unmarked["host_devices"][0]["chosen"], Value::Null);
}
