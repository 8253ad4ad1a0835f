//! `gangwayctl host` where there is no service: plans of other machines, and the script, which is run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use gangway_client::script;
use gangway_client::text::DeviceNames;
use gangway_core::plan::{Content, Effect, Plan, Step};
use gangway_tests::plans;
use gangway_tests::programs::Program;

/// A captured machine, which no service can change.
fn host(state: &Path) -> Program {
    let machine = state.join("workshop.host");
    if !machine.exists() {
        let captured = Program::gangwayctl(state).args(["--demo", "capture"]).arg(&machine).run();
        assert_eq!(captured.status, 0, "{}", captured.errors);
    }
    Program::gangwayctl(state).arg("--machine").arg(machine).arg("host")
}

#[test]
fn a_plan_is_shown_and_nothing_of_another_machine_is_changed() {
    let state = tempfile::tempdir().unwrap();
    let shown = host(state.path()).args(["plan", "bind", "01:00.0"]).run();
    assert_eq!(shown.status, 0, "{}", shown.errors);
    assert!(shown.text().starts_with("1. The kernel module “vfio-pci” is loaded.\n2. GeForce RTX 3070"));
    let json = host(state.path()).args(["plan", "bind", "01:00.0", "--json"]).run().json();
    assert_eq!(json["intent"]["kind"], "bind");
    assert_eq!(json["actions"][0], "org.gangway.helper.change-system");
    assert_eq!(json["steps"].as_array().map(Vec::len), Some(5));
    assert_eq!(json["digest"].as_str().map(str::len), Some(64));
    assert_eq!(json["ending"], serde_json::Value::Null);
    let refused = host(state.path()).args(["plan", "bind", "7f:00.0"]).run();
    assert_eq!(refused.status, 4);
    assert!(refused.text().contains("no device at 0000:7f:00.0"), "{}", refused.text());
    for arguments in
        [&["bind", "01:00.0", "--yes"][..], &["apply", "give-back", "01:00.0"], &["undo", "x"], &["records"]]
    {
        let outcome = host(state.path()).args(arguments).run();
        assert_eq!(outcome.status, 1, "{arguments:?}");
        assert!(outcome.refused().contains("gangwayctl host script"), "{}", outcome.errors);
    }
    for wrong in [&["plan"][..], &["plan", "bind"], &["plan", "run"], &["apply", "bind", "x"], &[]] {
        assert_eq!(host(state.path()).args(wrong).run().status, 2, "{wrong:?}");
    }
}

#[test]
fn what_is_missing_is_told_with_the_command_of_the_distribution() {
    let state = tempfile::tempdir().unwrap();
    let mut machine = gangway_tests::checks::lab::Machine::desktop();
    machine.gone("/usr/bin/swtpm").gone("/usr/bin/qemu-system-x86_64");
    let file = written(&machine, state.path());
    let host = |line: &[&str]| Program::gangwayctl(state.path()).arg("--machine").arg(&file).args(line).run();
    let shown = host(&["host", "plan", "make-ready"]);
    assert_eq!(shown.status, 4, "{}", shown.errors);
    let first = shown.text().lines().next().unwrap_or_default();
    assert!(
        first.ends_with("this installs it: sudo apt install qemu-system-x86 swtpm swtpm-tools"),
        "{first}"
    );
    let json = host(&["host", "plan", "make-ready", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.output).unwrap();
    assert_eq!(json["packages"]["missing"], serde_json::json!(["qemu-system-x86", "swtpm", "swtpm-tools"]));
    assert_eq!(json["packages"]["installs"], serde_json::Value::Null);
    let other = host(&["host", "plan", "load-vfio-early"]);
    assert!(!other.text().contains("swtpm"), "{}", other.text());
}

/// A machine as a file.
#[expect(clippy::disallowed_methods, reason = "a file in a temporary folder")]
fn written(machine: &gangway_tests::checks::lab::Machine, folder: &Path) -> std::path::PathBuf {
    let file = folder.join("written.host");
    fs::write(&file, machine.build().write()).unwrap();
    file
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan { intent: plans::intents().remove(0), caller: None, steps, effect: Effect::NextStart }
}

/// shellcheck's opinion of a script.
fn check(script: &str) {
    let found = Program::new("shellcheck").args(["--shell=sh", "-"]).input(script).run();
    assert_eq!(found.status, 0, "{}\n{script}", found.text());
}

#[test]
fn shells_and_shellcheck_take_every_step() {
    let has = Program::new("sh").args(["-c", "command -v shellcheck"]).run();
    if has.status != 0 {
        gangway_tests::skip("shellcheck is not installed");
        return;
    }
    check(&script::script(&plan(plans::steps()), &DeviceNames::addresses()));
    let state = tempfile::tempdir().unwrap();
    check(host(state.path()).args(["script", "bind", "01:00.0"]).run().text());
    let page = host(state.path()).args(["script", "bind", "01:00.0", "--markdown"]).run();
    assert!(page.text().starts_with("# Keep GeForce RTX 3070 (01:00.0) for virtual machines\n"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "files in a temporary folder")]
fn the_script_does_what_the_plan_says_and_stops_at_surprises() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let hard = "A='$HOME' `id` $(id) \\ \"x\" it's\n\ttab %s\n";
    let raw = b"\xff\x00%s\\n".to_vec();
    fs::write(at("changed"), "before\n").unwrap();
    fs::set_permissions(at("changed"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(at("removed"), &raw).unwrap();
    let path = |name: &str| at(name).display().to_string();
    let content = |bytes: &[u8]| Some(Content::from(bytes.to_vec()));
    let steps = vec![
        Step::File(plans::file(&path("changed"), content(b"before\n"), content(hard.as_bytes()))),
        Step::File(plans::file(&path("deep/er/made it's"), None, content(&raw))),
        Step::File(plans::file(&path("removed"), content(&raw), None)),
    ];
    // Whoever runs the tests stands for root.
    let script =
        script::script(&plan(steps), &DeviceNames::addresses()).replace("\"$(id -u)\" -eq 0", "1 -eq 1");
    let run = || Program::new("sh").args(["-s"]).input(script.clone()).run();
    let done = run();
    assert_eq!((done.status, done.errors.as_str()), (0, ""));
    assert_eq!(fs::read(at("changed")).unwrap(), hard.as_bytes());
    assert_eq!(fs::metadata(at("changed")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read(at("deep/er/made it's")).unwrap(), raw);
    assert!(!at("removed").exists());
    let again = run();
    assert_eq!(again.status, 1);
    assert!(again.errors.contains("is not as it was when this was made"), "{}", again.errors);
}
