//! The demo through successive processes: what one hands over the next one sees, taking back gives the
//! identical definition, and nothing outside the demo's folder is touched.

use std::fs;
use std::path::{Path, PathBuf};

use gangway_client::demo::DemoMachine;
use gangway_tests::programs::{Outcome, Program, binary};
use serde_json::Value;

fn demo(state: &Path, line: &[&str]) -> Outcome {
    Program::gangwayctl(state).arg("--demo").args(line).run()
}

/// The definition of a virtual machine, read by this process.
fn saved(state: &Path, name: &str) -> String {
    let folder = state.join("gangway/demo/workshop");
    let hypervisor = gangway_client::demo::connect_at(DemoMachine::Workshop, &folder).unwrap();
    let vm = hypervisor.find(name).unwrap();
    hypervisor.definition(&vm.id).unwrap().text().to_owned()
}

fn devices(state: &Path, name: &str) -> Vec<String> {
    let shown = demo(state, &["vm", "show", name, "--json"]).json();
    shown["devices"].as_array().unwrap().iter().map(|address| address.as_str().unwrap().to_owned()).collect()
}

/// The workshop's graphics card that is not the boot display, by the listing.
fn spare_card(state: &Path) -> String {
    let listing = demo(state, &["list", "--json"]).json();
    let functions = listing["functions"].as_array().unwrap();
    let card = functions.iter().find(|function| {
        function["class"].as_str().unwrap().starts_with("03") && function["boot_display"] == false
    });
    card.expect("a second graphics card")["address"].as_str().unwrap().to_owned()
}

#[test]
fn every_demo_has_its_machines_and_its_groups() {
    let state = tempfile::tempdir().unwrap();
    for name in ["workshop", "studio", "traveller"] {
        let demo = format!("--demo={name}");
        let run = |line: &[&str]| Program::gangwayctl(state.path()).arg(&demo).args(line).run();
        let listing = run(&["list", "--json"]).json();
        assert!(listing["functions"].as_array().unwrap().len() > 10, "{name}");
        assert!(listing["groups"].as_array().unwrap().len() > 5, "{name}");
        assert_eq!(listing["problems"], serde_json::json!([]), "{name}");
        let machines = run(&["vm", "list", "--json"]).json();
        let states: Vec<(&str, &str)> = machines["virtual_machines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|vm| (vm["name"].as_str().unwrap(), vm["state"].as_str().unwrap()))
            .collect();
        assert_eq!(states, [("gpu-compute", "off"), ("ubuntu-workstation", "running"), ("win11", "off")]);
        assert_eq!(run(&["list"]).status, 0);
    }
}

#[test]
fn what_one_process_hands_over_the_next_one_takes_back() {
    let state = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    assert_eq!(devices(state.path(), "win11"), Vec::<String>::new());
    for name in ["win11", "ubuntu-workstation", "gpu-compute"] {
        let (before, held) = (saved(state.path(), name), devices(state.path(), name));
        let given = demo(state.path(), &["hand-over", &card, "--to", name, "--method", "managed", "--yes"]);
        assert_eq!((given.status, given.errors.as_str()), (0, ""), "{name}");
        assert!(
            given.text().contains("\n@@ ") && given.text().contains("\n+    <hostdev "),
            "{}",
            given.text()
        );
        let now = devices(state.path(), name);
        assert!(now.contains(&card) && now.len() > held.len() + 1, "the whole card: {now:?}");
        assert_ne!(saved(state.path(), name), before);
        let other = if name == "win11" { "gpu-compute" } else { "win11" };
        let refused =
            demo(state.path(), &["hand-over", &card, "--to", other, "--method", "managed", "--yes"]);
        assert!(refused.refused().contains(name), "the one who has it is named");
        let taken = demo(state.path(), &["--json", "take-back", &card, "--from", name, "--yes"]).json();
        assert_eq!(taken["removed"].as_array().unwrap().len(), now.len() - held.len());
        assert_eq!((&taken["defined"], &taken["lost"]), (&true.into(), &serde_json::json!([])));
        assert_eq!(saved(state.path(), name), before);
        assert_eq!(devices(state.path(), name), held);
    }
}

#[test]
fn the_workshops_ubuntu_runs_with_the_onboard_sound_and_gives_it_back() {
    let state = tempfile::tempdir().unwrap();
    let held = devices(state.path(), "ubuntu-workstation");
    let [sound] = held.as_slice() else { panic!("{held:?}") };
    let shown = demo(state.path(), &["show", sound, "--json"]).json();
    assert!(shown["class"].as_str().unwrap().starts_with("0403"), "{shown}");
    let taken = demo(state.path(), &["take-back", sound, "--from", "ubuntu-workstation", "--yes"]);
    assert_eq!(taken.status, 0, "{}", taken.errors);
    assert!(taken.text().contains("runs now"), "{}", taken.text());
    let state_now = demo(state.path(), &["vm", "show", "ubuntu-workstation", "--json"]).json();
    assert_eq!((&state_now["devices"], &state_now["state"]), (&serde_json::json!([]), &"running".into()));
    let back = demo(
        state.path(),
        &["hand-over", sound, "--to", "ubuntu-workstation", "--method", "managed", "--yes"],
    );
    assert_eq!(back.status, 0, "{}", back.errors);
    // Only the sound was there, as somebody without Gangway set it up; handed over, its whole card goes.
    let again = devices(state.path(), "ubuntu-workstation");
    assert!(again.contains(sound) && again.len() > 1, "{again:?}");
}

#[test]
fn a_virtual_machine_tells_its_chipset_and_firmware() {
    let state = tempfile::tempdir().unwrap();
    for (name, chipset, firmware, secure_boot) in [
        ("win11", "q35", "uefi", Some("possible")),
        ("ubuntu-workstation", "q35", "uefi", None),
        ("gpu-compute", "i440fx", "bios", None),
    ] {
        let shown = demo(state.path(), &["vm", "show", name, "--json"]).json();
        assert_eq!((&shown["chipset"], &shown["firmware"]), (&chipset.into(), &firmware.into()), "{name}");
        assert_eq!(shown["secure_boot"].as_str(), secure_boot, "{name}");
    }
    let text = demo(state.path(), &["vm", "show", "win11"]).text().to_owned();
    assert!(text.contains("Q35 (PCI Express)"), "{text}");
    assert!(text.contains("UEFI that is capable of Secure Boot"), "{text}");
}

#[test]
fn nothing_is_defined_without_a_yes() {
    let state = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    demo(state.path(), &["vm", "list"]);
    let before = saved(state.path(), "win11");
    let asked = Program::gangwayctl(state.path())
        .args(["--demo", "hand-over", &card, "--to", "win11", "--method", "managed"])
        .input("y\n")
        .run();
    assert!(asked.refused().contains("--yes"), "{}", asked.errors);
    assert!(asked.text().contains("\n@@ "), "the difference is shown all the same");
    assert_eq!(saved(state.path(), "win11"), before);
    let json = Program::gangwayctl(state.path())
        .args(["--demo", "--json", "hand-over", &card, "--to", "win11", "--method", "managed"])
        .run();
    assert_eq!(json.status, 1);
    assert_eq!(serde_json::from_slice::<Value>(&json.output).unwrap()["defined"], false);
}

/// On a terminal the answer counts: `script` gives us one.
#[test]
fn on_a_terminal_the_answer_counts() {
    let state = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    let answer = |answer: &str| {
        let line = format!(
            "'{}' --demo hand-over {card} --to win11 --method managed",
            binary("gangwayctl").display()
        );
        Program::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env("LC_ALL", "C")
            .env("HOME", state.path())
            .env("XDG_STATE_HOME", state.path())
            .input(answer)
            .run()
    };
    let no = answer("n\n");
    assert_eq!(no.status, 1, "{}", no.text());
    assert!(
        no.text().contains("Type “win11” to take the risk:") && no.text().contains("Nothing was changed.")
    );
    assert_eq!(devices(state.path(), "win11"), Vec::<String>::new());
    assert_eq!(answer("y\n").status, 1, "the card's driver holds on to it, so the name is asked for");
    let yes = answer("win11\n");
    assert_eq!(yes.status, 0, "{}", yes.text());
    assert!(devices(state.path(), "win11").contains(&card));
}

#[test]
fn passwords_survive_and_are_never_shown() {
    let state = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    let given = demo(
        state.path(),
        &["hand-over", &card, "--to", "win11", "--method", "managed", "--hide-hypervisor", "--yes"],
    );
    assert_eq!(given.status, 0, "{}", given.errors);
    assert!(saved(state.path(), "win11").contains("passwd='correct horse'"));
    assert!(saved(state.path(), "win11").contains("<hidden state='on'/>"));
    // It shows Hyper-V features, so their maker's name would tell.
    assert!(saved(state.path(), "win11").contains("<vendor_id state='on' value='gangway'/>"));
    for line in [
        &["vm", "show", "win11"][..],
        &["--json", "vm", "show", "win11"],
        &["take-back", &card, "--from", "win11"],
    ] {
        let outcome = demo(state.path(), line);
        assert!(
            !outcome.text().contains("correct horse") && !outcome.errors.contains("correct horse"),
            "{line:?}"
        );
    }
    assert!(!given.text().contains("correct horse"));
}

#[test]
fn nothing_outside_the_demos_folder_is_touched() {
    let state = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    fs::remove_dir_all(state.path().join("gangway")).ok();
    let given = Program::gangwayctl(state.path())
        .args(["--demo", "hand-over", &card, "--to", "win11", "--method", "managed", "--yes"])
        .env("GANGWAY_DEMO_STATE", elsewhere.path().join("a b"))
        .run();
    assert_eq!(given.status, 0, "{}", given.errors);
    assert_eq!(files(state.path()), Vec::<PathBuf>::new());
    let written = files(elsewhere.path());
    assert!(
        written.iter().all(|path| path.starts_with(elsewhere.path().join("a b/workshop"))),
        "{written:?}"
    );
    assert!(written.iter().any(|path| path.to_str().unwrap().contains("/definitions/")), "{written:?}");
}

#[expect(clippy::disallowed_methods, reason = "a temporary folder")]
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn many_processes_at_once_lose_nothing() {
    let state = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    let sound = devices(state.path(), "ubuntu-workstation").remove(0);
    let run = |line: Vec<String>| {
        let state = state.path().to_owned();
        std::thread::spawn(move || Program::gangwayctl(&state).arg("--demo").args(line).run())
    };
    let line = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let runs = [
        run(line(&["hand-over", &card, "--to", "win11", "--method", "managed", "--yes"])),
        run(line(&["take-back", &sound, "--from", "ubuntu-workstation", "--yes"])),
        run(line(&["vm", "list"])),
    ];
    for run in runs {
        let outcome = run.join().unwrap();
        assert_eq!(outcome.status, 0, "{}", outcome.errors);
    }
    assert!(devices(state.path(), "win11").contains(&card));
    assert_eq!(devices(state.path(), "ubuntu-workstation"), Vec::<String>::new());
}

#[test]
fn of_two_machines_that_ask_at_once_one_at_most_gets_a_card() {
    let state = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    let ask = |vm: &'static str| {
        let (state, card) = (state.path().to_owned(), card.clone());
        std::thread::spawn(move || {
            Program::gangwayctl(&state)
                .args(["--demo", "hand-over", &card, "--to", vm, "--method", "managed", "--yes"])
                .run()
        })
    };
    let asked = [ask("win11"), ask("gpu-compute"), ask("ubuntu-workstation")];
    let done = asked.into_iter().map(|run| run.join().unwrap());
    let successes = done.filter(|outcome| outcome.status == 0).count();
    let have = ["win11", "gpu-compute", "ubuntu-workstation"]
        .into_iter()
        .filter(|vm| devices(state.path(), vm).contains(&card))
        .count();
    assert!(have <= 1, "{have} machines have {card}");
    assert_eq!(successes, have);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the demo's state in a temporary folder")]
fn a_damaged_state_is_one_sentence_that_names_the_folder() {
    let state = tempfile::tempdir().unwrap();
    demo(state.path(), &["vm", "list"]);
    let folder = state.path().join("gangway/demo/workshop");
    fs::write(folder.join("node.xml"), "<node><domain").unwrap();
    let outcome = demo(state.path(), &["vm", "list"]);
    assert!(outcome.refused().contains(folder.to_str().unwrap()), "{}", outcome.errors);
    assert!(!outcome.errors.contains("look into its log"), "{}", outcome.errors);
    fs::remove_file(folder.join("node.xml")).unwrap();
    fs::create_dir(folder.join("node.xml")).unwrap();
    demo(state.path(), &["vm", "list"]).refused();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(demo(state.path(), &["vm", "list"]).status, 0);
}

#[test]
fn a_virtual_machine_that_is_not_there_is_named() {
    let state = tempfile::tempdir().unwrap();
    let card = spare_card(state.path());
    for name in ["a b", "a/b", "😀", "", "\u{1b}[2J", "win1"] {
        let outcome = demo(state.path(), &["hand-over", &card, "--to", name, "--method", "managed", "--yes"]);
        let sentence = outcome.refused();
        assert!(!sentence.contains('\u{1b}'), "{sentence:?}");
        if name.chars().all(|character| !character.is_control()) {
            assert!(sentence.contains(&format!("“{name}”")), "{sentence}");
        }
    }
}

#[test]
fn refusals_of_the_studio_name_what_stands_in_the_way() {
    let state = tempfile::tempdir().unwrap();
    let run = |line: &[&str]| Program::gangwayctl(state.path()).arg("--demo=studio").args(line).run();
    let listing = run(&["list", "--json"]).json();
    let functions = listing["functions"].as_array().unwrap();
    let bridge = functions.iter().find(|f| f["class"].as_str().unwrap().starts_with("0604")).unwrap();
    let bridge = bridge["address"].as_str().unwrap();
    assert!(
        run(&["hand-over", bridge, "--to", "win11", "--method", "managed", "--yes"])
            .refused()
            .contains("bridge")
    );
    let graphics = functions.iter().find(|f| f["class"].as_str().unwrap().starts_with("03")).unwrap();
    run(&[
        "hand-over",
        graphics["address"].as_str().unwrap(),
        "--to",
        "win11",
        "--method",
        "managed",
        "--yes",
    ])
    .refused();
    assert_eq!(run(&["vm", "show", "win11", "--json"]).json()["devices"], serde_json::json!([]));
}
