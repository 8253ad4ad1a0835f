//! Former definitions at a terminal: what is kept with a change is listed, shown without passwords and put back, byte
//! for byte, by successive processes.

use std::path::Path;

use gangway_client::demo::DemoMachine;
use gangway_tests::programs::{Outcome, Program};

const CARD: &str = "01:00.0";

fn demo(state: &Path, line: &[&str]) -> Outcome {
    Program::gangwayctl(state).arg("--demo").args(line).run()
}

fn done(state: &Path, line: &[&str]) -> Outcome {
    let outcome = demo(state, line);
    assert_eq!(outcome.status, 0, "{line:?}: {}", outcome.errors);
    outcome
}

fn saved(state: &Path, name: &str) -> String {
    let folder = state.join("gangway/demo/workshop");
    let hypervisor = gangway_client::demo::connect_at(DemoMachine::Workshop, &folder).unwrap();
    let vm = hypervisor.find(name).unwrap();
    hypervisor.definition(&vm.id).unwrap().text().to_owned()
}

fn names(state: &Path, line: &[&str]) -> Vec<String> {
    let listed = done(state, &[line, &["--json"]].concat()).json();
    let all = listed["definitions"].as_array().unwrap().iter();
    all.map(|kept| kept["definition"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_change_replaced_is_put_back_to_the_byte() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    assert_eq!(done(state, &["definitions", "list"]).text(), "No former definition is kept.\n");
    done(state, &["vm", "list"]);
    let before = saved(state, "win11");
    done(state, &["hand-over", CARD, "--to", "win11", "--method", "managed", "--hide-hypervisor", "--yes"]);
    let given = saved(state, "win11");

    let asked = demo(state, &["definitions", "restore", "win11"]);
    assert!(asked.refused().contains("--yes"), "{}", asked.errors);
    assert!(asked.text().contains("“win11” loses"), "{}", asked.text());
    assert!(asked.text().contains("-      <hidden state='on'/>"), "{}", asked.text());
    assert_eq!(saved(state, "win11"), given, "nothing without a yes");

    let put_back = done(state, &["definitions", "restore", "win11", "--yes"]);
    assert_eq!(saved(state, "win11"), before);
    assert!(!put_back.text().contains("correct horse"));
    // What was replaced is kept, too: back and forth.
    let kept = names(state, &["definitions", "list", "win11"]);
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert_eq!(kept, names(state, &["definitions", "list"]));
    done(state, &["definitions", "restore", "win11", &kept[0], "--yes"]);
    assert_eq!(saved(state, "win11"), given);
    done(state, &["definitions", "restore", "win11", &kept[1], "--yes"]);
    assert_eq!(saved(state, "win11"), before);
    let again = demo(state, &["definitions", "restore", "win11", &kept[1], "--yes"]);
    assert!(again.refused().contains("has this definition already"), "{}", again.errors);
}

#[test]
fn a_former_definition_is_shown_without_passwords() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    done(state, &["hand-over", CARD, "--to", "win11", "--method", "managed", "--yes"]);
    done(state, &["take-back", CARD, "--from", "win11", "--yes"]);
    let listed = done(state, &["definitions", "list"]);
    let lines: Vec<&str> = listed.text().lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "win11"), "{lines:?}");
    assert!(lines[1].ends_with("01:00.0, 01:00.1, 01:00.2, 01:00.3"), "the last one first: {lines:?}");
    assert!(lines[2].ends_with("no device of the host"), "{lines:?}");
    let last = done(state, &["definitions", "show", "win11"]);
    assert!(last.text().starts_with("<domain") && last.text().contains("<hostdev"), "{}", last.text());
    let kept = names(state, &["definitions", "list", "win11"]);
    let first = done(state, &["definitions", "show", "win11", &kept[1]]);
    assert!(!first.text().contains("<hostdev"), "{}", first.text());
    for shown in [last, first] {
        assert!(!shown.text().contains("correct horse"));
    }
}

#[test]
fn a_machine_that_is_gone_is_found_by_what_was_kept_of_it() {
    let state = tempfile::tempdir().unwrap();
    let state = state.path();
    done(state, &["hand-over", CARD, "--to", "win11", "--method", "managed", "--yes"]);
    // No libvirt answers, so only what was kept knows the machine.
    let alone = |line: &[&str]| {
        Program::gangwayctl(state)
            .args(["--demo", "--connect", "qemu+unix:///system?socket=/nowhere"])
            .args(line)
            .run()
    };
    let listed = alone(&["definitions", "list", "win11"]);
    assert_eq!(listed.status, 0, "{}", listed.errors);
    assert!(listed.text().starts_with("win11\n"), "{}", listed.text());
    assert_eq!(alone(&["definitions", "show", "win11"]).status, 0);
    alone(&["definitions", "restore", "win11", "--yes"]).refused();
    alone(&["definitions", "show", "win10"]).refused();
}

#[test]
fn what_is_not_kept_is_said_so() {
    let state = tempfile::tempdir().unwrap();
    let refused = |line: &[&str]| demo(state.path(), line).refused().to_owned();
    assert!(refused(&["definitions", "show", "win11"]).contains("No former definition"));
    assert!(refused(&["definitions", "restore", "win11"]).contains("No former definition"));
    assert!(refused(&["definitions", "restore", "win10"]).contains("There is no virtual machine"));
    done(state.path(), &["hand-over", CARD, "--to", "win11", "--method", "managed", "--yes"]);
    let sentence = refused(&["definitions", "restore", "win11", "../../x"]);
    assert!(sentence.contains("“../../x” of “win11”"), "{sentence}");
}
