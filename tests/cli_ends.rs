//! How `gangwayctl` ends: exit statuses, one sentence for what is wrong with a machine or a libvirt, and
//! readers that go away.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use gangway_tests::programs::{Outcome, Program, binary};
use gangway_tests::skip;
use gangway_tests::tree;

fn run(state: &Path, line: &[&str]) -> Outcome {
    Program::gangwayctl(state).args(line).run()
}

#[test]
fn wrong_usage_is_2_and_a_sentence() {
    let state = tempfile::tempdir().unwrap();
    for line in [
        &[][..],
        &["dance"],
        &["list", "--nonsense"],
        &["show"],
        &["show", "banana"],
        &["show", "0000:01:20.0"],
        &["--demo=castle", "list"],
        &["--demo", "list", "--root", "/"],
        &["--root"],
        &["hand-over", "01:00.0", "--method", "managed"],
        &["take-back", "--from", "win11"],
        &["domain", "add", "-"],
        &["vm", "show"],
    ] {
        let outcome = run(state.path(), line);
        assert_eq!(outcome.status, 2, "{line:?}: {}", outcome.errors);
        assert!(outcome.output.is_empty(), "{line:?}");
        assert_eq!(outcome.errors.lines().count(), 1, "{line:?}: {}", outcome.errors);
        assert!(outcome.errors.ends_with(".\n"), "{line:?}: {}", outcome.errors);
    }
    assert!(run(state.path(), &["--demo=castle", "list"]).errors.contains("workshop, studio, traveller"));
}

#[test]
fn help_and_version_are_0() {
    let state = tempfile::tempdir().unwrap();
    let help = run(state.path(), &["--help"]);
    assert_eq!((help.status, help.errors.as_str()), (0, ""));
    assert!(help.text().contains("hand-over") && help.text().contains("--connect"));
    let version = run(state.path(), &["--version"]);
    assert_eq!(
        (version.status, version.text()),
        (0, format!("gangwayctl {}\n", env!("CARGO_PKG_VERSION")).as_str())
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn a_machine_that_cannot_be_opened_is_named() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("cut 😀.host");
    let whole = captured(state.path());
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let file = file.to_str().unwrap();
    assert!(run(state.path(), &["list", "--machine", file]).refused().contains(file));
    assert!(
        run(state.path(), &["list", "--machine", "/nowhere/at.host"]).refused().contains("/nowhere/at.host")
    );
    assert!(run(state.path(), &["list", "--root", "/nowhere"]).refused().contains("/nowhere"));
    let binary = binary("gangwayctl");
    run(state.path(), &["list", "--machine", binary.to_str().unwrap()]).refused();
}

/// A small machine as `capture` writes it.
fn captured(state: &Path) -> Vec<u8> {
    let root = state.join("captured");
    tree::write_many(&root, 8);
    let outcome = Program::gangwayctl(state).args(["capture", "--root"]).arg(&root).run();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    outcome.output
}

#[test]
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn a_captured_machine_is_read_back_and_never_replaced() {
    let state = tempfile::tempdir().unwrap();
    let text = captured(state.path());
    let file = state.path().join("machine.host");
    let capture = || {
        Program::gangwayctl(state.path())
            .arg("capture")
            .arg(&file)
            .arg("--root")
            .arg(state.path().join("captured"))
            .run()
    };
    let written = capture();
    assert_eq!((written.status, written.output.as_slice()), (0, &b""[..]), "{}", written.errors);
    assert!(fs::read(&file).unwrap() == text);
    fs::write(&file, "mine").unwrap();
    assert!(capture().refused().contains("machine.host"));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    fs::write(&file, &text).unwrap();
    let list = |option: &str, of: &Path| {
        Program::gangwayctl(state.path()).args(["list", "--json", option]).arg(of).run().json()
    };
    assert_eq!(list("--machine", &file), list("--root", &state.path().join("captured")));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn a_tree_with_garbled_attributes_and_broken_links_is_listed() {
    let state = tempfile::tempdir().unwrap();
    let root = state.path();
    tree::write_many(root, 8);
    let home = |function: u8| tree::home(root, &format!("0000:00:00.{function}"));
    for name in ["class", "vendor", "device", "revision"] {
        fs::write(home(0).join(name), b"\xff\x00banana").unwrap();
        fs::remove_file(home(1).join(name)).unwrap();
        fs::write(home(2).join(name), "").unwrap();
    }
    fs::write(home(0).join("uevent"), b"DRIVER=\x1b[2J\nPCI_CLASS=zz\n\xff").unwrap();
    fs::remove_file(home(1).join("uevent")).unwrap();
    fs::write(home(2).join("uevent"), "").unwrap();
    fs::remove_file(home(3).join("iommu_group")).unwrap();
    symlink("../../nowhere/9999999999999999", home(3).join("iommu_group")).unwrap();
    symlink("loop", root.join("sys/bus/pci/devices/loop")).unwrap();
    symlink("0000:00:1f.0", root.join("sys/bus/pci/devices/0000:00:1f.0")).unwrap();
    symlink("../../../devices/gone", root.join("sys/bus/pci/devices/0000:00:1e.0")).unwrap();
    let listing = Program::gangwayctl(root).args(["list", "--json", "--root"]).arg(root).run().json();
    let functions = listing["functions"].as_array().unwrap();
    assert!(functions.len() >= 8, "{}", functions.len());
    assert!(functions.iter().all(|function| !function["name"].as_str().unwrap().is_empty()));
    assert!(!listing["problems"].as_array().unwrap().is_empty());
    let text = Program::gangwayctl(root).args(["list", "--root"]).arg(root).run();
    assert_eq!(text.status, 0, "{}", text.errors);
    assert!(text.text().contains("unknown, not off"), "{}", text.text());
    assert!(!text.text().contains('\u{1b}'), "no commands for the terminal");
}

#[test]
fn an_empty_tree_has_no_devices() {
    let state = tempfile::tempdir().unwrap();
    let outcome = Program::gangwayctl(state.path()).args(["list", "--root"]).arg(state.path()).run();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    assert!(outcome.text().contains("No PCI devices were found."), "{}", outcome.text());
}

#[test]
fn ten_thousand_functions_are_listed() {
    let state = tree::folder();
    tree::write_many(state.path(), 10_000);
    let listing =
        Program::gangwayctl(state.path()).args(["list", "--json", "--root"]).arg(state.path()).run().json();
    assert_eq!(listing["functions"].as_array().unwrap().len(), 10_000);
    assert_eq!(listing["groups"].as_array().unwrap().len(), 5_000);
}

#[test]
fn a_libvirt_that_cannot_be_reached_is_one_sentence() {
    let state = tempfile::tempdir().unwrap();
    for uri in ["qemu+unix:///system?socket=/nowhere/libvirt-sock", "nonsense", "xen:///system", ""] {
        let outcome = run(state.path(), &["vm", "list", "--connect", uri]);
        outcome.refused();
        assert!(outcome.output.is_empty());
    }
    assert!(
        run(state.path(), &["vm", "show", "a / b 😀", "--connect", "test:///default"])
            .refused()
            .contains("a / b 😀")
    );
}

/// What needs no libvirt starts without it: its library takes longer to load than most commands run.
#[test]
fn libvirt_is_loaded_when_it_is_needed() {
    let state = tempfile::tempdir().unwrap();
    let loaded = Program::gangwayctl(state.path()).env("LD_TRACE_LOADED_OBJECTS", "1").arg("list").run();
    assert!(loaded.text().contains("libc.so"), "{loaded:?}");
    assert!(!loaded.text().contains("libvirt"), "{}", loaded.text());
    assert_eq!(run(state.path(), &["vm", "list", "--connect", "test:///default"]).status, 0);
}

/// A pipe whose reader has gone, a full disk, and no standard output at all.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let state = tree::folder();
    tree::write_many(state.path(), 4096);
    let program = binary("gangwayctl");
    let shell = |line: &str| {
        Program::new("bash")
            .args(["-c", line, "bash"])
            .arg(&program)
            .arg(state.path())
            .env("LC_ALL", "C")
            .run()
    };
    let piped = shell(r#"set -o pipefail; "$1" list --root "$2" | true"#);
    assert_eq!((piped.status, piped.errors.as_str()), (0, ""));
    let closed = shell(r#""$1" list --root "$2" >&-"#);
    assert_eq!((closed.status, closed.errors.as_str()), (0, ""));
    if Path::new("/dev/full").exists() {
        shell(r#""$1" list --root "$2" >/dev/full"#).refused();
    }
}

/// Nothing is handed over when nobody can have seen the difference.
#[test]
fn without_a_reader_nothing_is_defined() {
    let state = tempfile::tempdir().unwrap();
    let program = binary("gangwayctl");
    let shell = |line: &str| {
        Program::new("bash")
            .args(["-c", line, "bash"])
            .arg(&program)
            .env("LC_ALL", "C")
            .env("GANGWAY_DEMO_STATE", state.path())
            .run()
    };
    let outcome = shell(r#"exec 3> >(true); wait $!; "$1" --demo hand-over 01:00.0 --to win11 --yes >&3"#);
    outcome.refused();
    let shown = shell(r#""$1" --demo vm show win11 --json"#).json();
    assert_eq!(shown["devices"], serde_json::json!([]));
}

#[test]
fn an_attribute_that_may_not_be_read_is_unknown_and_not_absent() {
    let state = tempfile::tempdir().unwrap();
    tree::write_many(state.path(), 1);
    let home = tree::home(state.path(), "0000:00:00.0");
    fs::set_permissions(home.join("boot_vga"), fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(home.join("boot_vga")).is_ok() {
        return skip("this user may read everything");
    }
    let listing =
        Program::gangwayctl(state.path()).args(["list", "--json", "--root"]).arg(state.path()).run().json();
    assert_eq!(listing["functions"][0]["boot_display"], serde_json::Value::Null);
    assert!(listing["problems"][0]["path"].as_str().unwrap().ends_with("/boot_vga"));
}
