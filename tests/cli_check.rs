//! `gangwayctl check` and `report` as whole processes: how they end, the promised JSON, and a report that is a captured
//! machine without personal data.

use std::path::Path;

use gangway_core::machine_file::MachineFile;
use gangway_tests::checks::lab::Machine;
use gangway_tests::programs::{Outcome, Program};
use serde_json::Value;

fn run(folder: &Path, machine: &Machine, arguments: &[&str]) -> Outcome {
    let path = folder.join("machine.host");
    #[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
    std::fs::write(&path, machine.build().write()).unwrap();
    Program::gangwayctl(folder).args(arguments).arg("--machine").arg(&path).run()
}

fn changed(change: impl FnOnce(&mut Machine)) -> Machine {
    let mut machine = Machine::desktop();
    change(&mut machine);
    machine
}

#[test]
fn how_it_ends_tells_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let off = changed(|machine| {
        machine.no_groups().argument("amd_iommu=off");
    });
    let inside = changed(|machine| {
        machine.no_groups().gone("/sys/firmware/acpi/tables/IVRS");
        machine.replace("/proc/cpuinfo", " svm ", " svm hypervisor ");
    });
    let unknown = changed(|machine| {
        machine.gone("/proc/interrupts");
    });
    for (machine, status) in [(Machine::desktop(), 0), (off, 3), (inside, 4), (unknown, 5)] {
        let outcome = run(folder.path(), &machine, &["check", "01:00.0"]);
        let text = String::from_utf8_lossy(&outcome.output).into_owned();
        assert_eq!(outcome.status, status, "{text}{}", outcome.errors);
        assert!(text.contains("GeForce RTX 3070"), "{text}");
        assert!(text.lines().all(|line| line.trim_end() == line), "no blanks at line ends");
    }
    let gone = run(folder.path(), &Machine::desktop(), &["check", "7f:00.0"]);
    assert_eq!(gone.status, 1);
    assert!(gone.errors.contains("0000:7f:00.0"), "{}", gone.errors);
}

#[test]
fn the_promised_keys_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let machine = changed(|machine| {
        machine.argument("pcie_acs_override=downstream").gone("/proc/interrupts");
    });
    let json: Value =
        serde_json::from_slice(&run(folder.path(), &machine, &["check", "--json"]).output).unwrap();
    assert_eq!(json["verdict"], "to-do");
    assert_eq!(json["cards"][0]["address"], "0000:01:00.0");
    let findings = json["findings"].as_array().unwrap();
    for finding in findings {
        for key in ["check", "subject", "weight", "outcome", "title", "sentence", "meaning"] {
            assert!(finding[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {finding}");
        }
        assert!(finding["about"].is_array() && finding["evidence"].is_array(), "{finding}");
    }
    let of = |name: &str| findings.iter().find(|finding| finding["check"] == name).unwrap();
    let lying = of("acs-override");
    assert_eq!((&lying["outcome"], &lying["weight"]), (&"to-do".into(), &"important".into()));
    assert!(lying["fix"].as_str().unwrap().contains("another slot"));
    assert_eq!(lying["evidence"][0], "/proc/cmdline: pcie_acs_override=downstream");
    assert_eq!((&lying["intent"], &lying["plan"]), (&Value::Null, &Value::Null));
    let unknown = of("interrupt-remapping");
    assert_eq!((&unknown["outcome"], &unknown["needs"]), (&"could-not-tell".into(), &"path".into()));
}

#[test]
fn what_gangway_can_plan_is_named_by_its_command() {
    let folder = tempfile::tempdir().unwrap();
    let machine = changed(|machine| {
        machine.file("/etc/group", "root:x:0:\nlibvirt:x:130:bob\n").gone("/run/libvirt");
    });
    let json: Value =
        serde_json::from_slice(&run(folder.path(), &machine, &["check", "--json"]).output).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let running = findings.iter().find(|finding| finding["check"] == "libvirt-running").unwrap();
    assert_eq!(running["intent"]["kind"], "make-ready");
    assert_eq!(running["plan"], "gangwayctl host plan make-ready");
    let text = run(folder.path(), &machine, &["check"]).output;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("Gangway can plan this: gangwayctl host plan make-ready\n"), "{text}");
}

#[test]
fn a_report_is_a_captured_machine_with_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let machine = changed(|machine| {
        machine.argument("pcie_acs_override=downstream").file("/etc/hostname", "kitchen\n");
        machine.file("/etc/libvirt/qemu.conf", "user = \"ada\"\n");
        machine.file("/etc/passwd", "ada:x:1000:1000:Ada Lovelace:/home/ada:/bin/sh\n");
        machine.file("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet systemd.hostname=kitchen\"\n");
    });
    let outcome = run(folder.path(), &machine, &["report"]);
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    assert_eq!(run(folder.path(), &machine, &["report", "-"]).output, outcome.output);
    let text = String::from_utf8(outcome.output.clone()).unwrap();
    let machine = MachineFile::parse(&outcome.output).unwrap();
    assert_eq!(machine.title(), Some("ASUSTeK COMPUTER INC. TUF B450-PLUS GAMING"));
    let remarks: Vec<&str> = text.lines().skip(1).take_while(|line| line.starts_with('#')).collect();
    for expected in ["can hand over GeForce RTX 3070", "pcie_acs_override=downstream", "“user1”"] {
        assert!(remarks.iter().any(|line| line.contains(expected)), "{expected:?} in {remarks:#?}");
    }
    for personal in ["kitchen", "ada:", "\"ada\"", "“ada”", "Lovelace"] {
        assert!(!text.contains(personal), "{personal}");
    }
    let file = folder.path().join("mine.host");
    let write = || Program::gangwayctl(folder.path()).args(["--demo", "report"]).arg(&file).run();
    assert_eq!(write().status, 0);
    assert_eq!(write().status, 1, "a report is never replaced");
    assert!(MachineFile::open(&file).is_ok());
}

#[test]
fn virtual_machines_are_checked_with_the_computer_and_alone() {
    let state = tempfile::tempdir().unwrap();
    let demo = |line: &[&str]| Program::gangwayctl(state.path()).arg("--demo").args(line).run();
    let all = demo(&["check"]);
    assert_eq!(all.status, 0, "advice about a machine is nothing that has to be done: {}", all.text());
    assert!(
        all.text().contains("Virtual machine “ubuntu-workstation”\n  To do: No memory balloon"),
        "{}",
        all.text()
    );
    let given = demo(&["hand-over", "01:00.0", "--to", "win11", "--method", "managed", "--yes"]);
    assert_eq!(given.status, 0, "{}", given.errors);
    let half = demo(&["check", "--vm", "win11"]);
    assert_eq!(half.status, 0, "{}", half.text());
    assert!(half.text().starts_with("Nothing stands in the way of “win11”.\n"), "{}", half.text());
    let shown = demo(&["vm", "show", "win11"]);
    assert!(shown.text().contains("“win11” has a memory balloon"), "{}", shown.text());

    // Another machine runs with the same card: this one would not start.
    let shared = demo(&["check", "01:00.0", "--json"]);
    let json: Value = serde_json::from_slice(&shared.output).unwrap();
    assert_eq!(json["guests"][0]["name"], "win11");
    let finding = &json["guests"][0]["findings"][0];
    for key in ["check", "subject", "weight", "outcome", "title", "sentence", "meaning"] {
        assert!(finding[key].is_string(), "{key}: {finding}");
    }
    assert_eq!((&finding["subject"], &finding["evidence"].is_array()), (&"guest".into(), &true));
    assert_eq!(json["guests"].as_array().unwrap().len(), 1, "those that have the card");
    let unknown = demo(&["check", "--vm", "nobody"]);
    assert!(unknown.refused().contains("nobody"));
    let both = demo(&["check", "01:00.0", "--vm", "win11"]);
    assert_eq!(both.status, 2);
}

#[test]
fn work_on_a_virtual_machine_is_work_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let hostdev = "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0x99' slot='0' function='0'/></source></hostdev>";
    let uuid = "11111111-2222-3333-4444-555555555555";
    let xml = gangway_tests::sample::definition("test", "box", uuid)
        .replace("</devices>", &format!("{hostdev}</devices>"));
    let node = folder.path().join("node.xml");
    #[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
    std::fs::write(&node, format!("<node>{xml}</node>")).unwrap();
    let uri = format!("test://{}", node.display());
    let machine = Machine::desktop();
    let text = |outcome: &Outcome| outcome.text().to_owned();
    let all = run(folder.path(), &machine, &["check", "--connect", &uri]);
    assert_eq!(all.status, 3, "{}", text(&all));
    assert!(text(&all).contains("“box” has 99:00.0, and this computer has nothing there."), "{}", text(&all));
    let own = run(folder.path(), &machine, &["check", "--vm", "box", "--connect", &uri]);
    assert_eq!(own.status, 3, "{}", text(&own));
    let card = run(folder.path(), &machine, &["check", "01:00.0", "--connect", &uri]);
    assert_eq!(card.status, 0, "what has nothing to do with the card does not count: {}", text(&card));
}
