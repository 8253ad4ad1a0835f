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
    let unknown = of("interrupt-remapping");
    assert_eq!((&unknown["outcome"], &unknown["needs"]), (&"could-not-tell".into(), &"path".into()));
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
