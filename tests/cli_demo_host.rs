//! The computer of a demo, changed in a terminal: the real service as a process of its own, on a folder in the demo's state, so
//! that what one call does the next one sees, undo included.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use gangway_client::demo::DemoMachine;
use gangway_client::handover::FeatureWishes;
use gangway_client::hypervisor::VmId;
use gangway_client::saga::{Recipient, Wish, Wishes};
use gangway_core::devices::Identity;
use gangway_core::host::Host;
use gangway_core::source::Source;
use gangway_tests::bus::users;
use gangway_tests::programs::{Outcome, Program, binary};
use serde_json::Value;
use tempfile::TempDir;

const CARD: &str = "01:00.0";

/// The programs as they are installed, and a user's state; the service does not work as root, so another user has it where
/// the tests run as root.
struct Demo(TempDir);

impl Demo {
    fn new(helper: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for made in ["bin", "libexec", "state"] {
            fs::create_dir(at(made)).unwrap();
        }
        fs::copy(binary("gangwayctl"), at("bin/gangwayctl")).unwrap();
        if !helper.is_empty() {
            fs::copy(binary("gangway-helper"), at(helper)).unwrap();
        }
        let demo = Self(folder);
        demo.give();
        demo
    }

    /// Everything in it belongs to the user.
    fn give(&self) {
        let (user, _) = users();
        let given = Program::new("chown").args(["-R", &format!("{user}:{user}")]).arg(self.0.path()).run();
        assert_eq!(given.status, 0, "{}", given.errors);
    }

    fn state(&self) -> std::path::PathBuf {
        self.0.path().join("state")
    }

    fn run(&self, line: &[&str]) -> Outcome {
        let program = self.0.path().join("bin/gangwayctl");
        let (user, _) = users();
        let started = if rustix::process::getuid().is_root() {
            let user = [format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()];
            Program::new("setpriv").args(user).arg(program)
        } else {
            Program::new(program)
        };
        started.for_user_in(&self.state()).arg("--demo").args(line).run()
    }

    fn json(&self, line: &[&str]) -> Value {
        let outcome = self.run(&[line, &["--json"]].concat());
        assert!(outcome.status == 0 || line == ["check"], "{line:?}: {}", outcome.errors);
        outcome.json()
    }

    fn driver(&self) -> Value {
        self.json(&["show", CARD])["driver"].clone()
    }

    fn records(&self) -> Vec<(String, String)> {
        let records = self.json(&["host", "records"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let told = |record: &Value| (text(&record["id"]), text(&record["state"]));
        records.as_array().unwrap().iter().map(told).collect()
    }
}

fn said(outcome: &Outcome) -> String {
    assert_eq!((outcome.status, outcome.errors.as_str()), (0, ""), "{}", outcome.text());
    outcome.text().to_owned()
}

/// The demo's copy of its computer.
fn root(state: &Path) -> Option<std::path::PathBuf> {
    let folders = state.join("gangway/demo/workshop").read_dir().ok()?;
    let name = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("root-");
    folders.map(|entry| entry.unwrap().path()).find(name)
}

#[test]
fn a_card_is_kept_and_given_back_and_every_call_sees_it() {
    let demo = Demo::new("libexec/gangway-helper");
    let before = demo.driver();
    assert_eq!(root(&demo.state()), None, "looking makes no copy");
    let listed = demo.run(&["list"]).text().to_owned();

    let kept = said(&demo.run(&["host", "bind", CARD, "--yes"]));
    assert!(kept.starts_with("1. The kernel module “vfio-pci” is loaded.\n2. GeForce RTX 3070"), "{kept}");
    assert_eq!(demo.driver(), "vfio-pci");
    assert_ne!(demo.run(&["list"]).text(), listed);
    assert!(demo.run(&["list"]).text().contains("vfio-pci"));
    let findings = demo.json(&["check", CARD])["findings"].to_string();
    assert!(findings.contains("vfio-pci"), "{findings}");
    assert_eq!(demo.json(&["host", "plan", "bind", CARD])["steps"], serde_json::json!([]));

    let [(record, state)] = demo.records().try_into().unwrap();
    assert_eq!(state, "applied");
    let undone = demo.json(&["host", "undo", &record, "--yes"]);
    assert_eq!(undone["ending"]["done"], true, "{undone}");
    assert_eq!(demo.driver(), before);
    assert_eq!(demo.run(&["list"]).text(), listed);
    assert_eq!(demo.records(), [(record, "undone".to_owned())]);

    said(&demo.run(&["host", "apply", "bind", CARD, "--yes"]));
    said(&demo.run(&["host", "give-back", CARD, "--yes"]));
    assert_eq!(demo.driver(), before);
    assert_eq!(demo.records().len(), 3);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a file in a temporary folder")]
fn memory_is_kept_in_a_file_of_the_copy_alone() {
    let demo = Demo::new("bin/gangway-helper");
    let shown = said(&demo.run(&["host", "plan", "huge-pages", "512"]));
    assert!(shown.contains("\n+vm.nr_hugepages = 512"), "{shown}");
    said(&demo.run(&["host", "apply", "huge-pages", "512", "--yes"]));
    let file = root(&demo.state()).unwrap().join("etc/sysctl.d/zz-gangway-huge-pages.conf");
    assert!(fs::read_to_string(&file).unwrap().contains("vm.nr_hugepages = 512"));
    let [(record, _)] = demo.records().try_into().unwrap();
    said(&demo.run(&["host", "undo", &record, "--yes"]));
    assert!(!file.exists());
    assert!(!Path::new("/etc/sysctl.d/zz-gangway-huge-pages.conf").exists());
}

#[test]
fn without_the_program_plans_are_shown_and_nothing_is_changed() {
    let demo = Demo::new("");
    let shown = demo.run(&["host", "plan", "bind", CARD]);
    assert_eq!(shown.status, 0);
    assert!(shown.errors.contains("gangway-helper"), "{}", shown.errors);
    assert!(shown.text().contains("“vfio-pci”"));
    let refused = demo.run(&["host", "bind", CARD, "--yes"]);
    assert!(refused.refused().contains("gangway-helper"), "{}", refused.errors);
    assert_eq!(root(&demo.state()), None);
}

#[test]
fn root_changes_nothing_in_the_demo() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let refused = Program::gangwayctl(state.path()).args(["--demo", "host", "bind", CARD, "--yes"]).run();
    assert!(refused.refused().contains("ordinary user"), "{}", refused.errors);
    assert_eq!(root(state.path()), None);
}

#[test]
fn making_ready_lets_the_network_start_with_libvirt_and_that_goes_back() {
    let demo = Demo::new("libexec/gangway-helper");
    let sentence = "libvirt’s network “default” starts with libvirt from now on.\n";
    assert_eq!(said(&demo.run(&["host", "plan", "make-ready"])), sentence);
    let done = said(&demo.run(&["host", "apply", "make-ready", "--yes"]));
    assert_eq!(done, format!("{sentence}It is done.\n"));
    assert!(said(&demo.run(&["host", "plan", "make-ready"])).starts_with("All is as wanted already"));
    assert!(said(&demo.run(&["host", "records"])).starts_with("default-network: "));
    assert_eq!(demo.json(&["host", "records"]), serde_json::json!([{ "id": "default-network" }]));
    let back = said(&demo.run(&["host", "undo", "default-network", "--yes"]));
    assert!(back.starts_with("libvirt’s network “default” no longer starts"), "{back}");
    assert_eq!(demo.records(), []);
    let json = demo.json(&["host", "plan", "make-ready"]);
    assert_eq!(json["network"]["steps"], serde_json::json!([sentence.trim_end()]));
    let again = demo.run(&["host", "undo", "default-network", "--yes"]);
    assert!(again.refused().contains("nothing to undo"), "{}", again.errors);
}

/// What a start on trial of a reservation of the card looks like, made by hand. The card is with
/// vfio-pci already; undoing the reservation undoes that.
#[expect(clippy::disallowed_methods, reason = "files of the demo's own folder")]
fn start_on_trial(demo: &Demo, record: &str) -> Vec<Identity> {
    let root = root(&demo.state()).unwrap();
    let host = Host::scan(&Source::folder(&root).unwrap());
    let functions: Vec<Identity> = (0..4)
        .map(|number| format!("0000:01:00.{number}").parse().unwrap())
        .map(|address| Identity::of(&host, None, address).unwrap())
        .collect();
    let reserve: Vec<String> =
        functions.iter().map(|one| format!("{}={}:{}", one.address, one.id.0, one.id.1)).collect();
    let reserve = reserve.join(",");
    let lines: Vec<String> = functions.iter().map(ToString::to_string).collect();
    let state = serde_json::json!({
        "version": 1, "record": record, "image_sha256": "0".repeat(64),
        "armed_in": "2f2b5c53-7f44-4d26-9d1a-0d4a6f4f3a51", "stage": { "stage": "armed" },
        "promise": {
            "reserve": reserve, "devices": lines, "twins": [], "release": "6.12.48",
            "kernel": "/boot/gangway/vmlinuz", "image": "/boot/gangway/initrd.img", "request": "loader",
            "entry": {
                "loader": "grub", "custom": "/boot/grub/custom.cfg", "env": "/boot/gangway/env",
                "config": "/boot/grub/grub.cfg"
            },
        },
    });
    let write = |path: &str, text: String| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    };
    let line = fs::read_to_string(root.join("proc/cmdline")).unwrap();
    write("proc/cmdline", format!("{} gangway.reserve={reserve}\n", line.trim_end()));
    let modules = fs::read_to_string(root.join("proc/modules")).unwrap();
    let vfio =
        ["vfio_pci", "vfio_iommu_type1"].map(|name| format!("{name} 16384 0 - Live 0x0000000000000000\n"));
    write("proc/modules", modules + &vfio.concat());
    write("var/lib/gangway/trial", state.to_string());
    write("run/gangway/early", format!("reserved {reserve}\n"));
    demo.give();
    functions
}

#[test]
fn after_the_restart_the_virtual_machine_gets_the_card_and_both_sides_go_back_in_order() {
    let demo = Demo::new("libexec/gangway-helper");
    let before = demo.driver();
    said(&demo.run(&["host", "bind", CARD, "--yes"]));
    let [(record, _)] = demo.records().try_into().unwrap();
    let functions = start_on_trial(&demo, &record);
    let shown = demo.json(&["vm", "show", "win11"]);
    let state = demo.state().join("gangway/demo/workshop");
    let wishes = Wishes::at(state.join("hand-overs"));
    let recipient = Recipient {
        id: VmId::new(shown["uuid"].as_str().unwrap()),
        name: "win11".to_owned(),
        connection: gangway_client::demo::connect_at(DemoMachine::Workshop, &state).unwrap().uri(),
    };
    let wish = Wish {
        device: functions[0].address,
        functions,
        whole_group: false,
        recipient,
        rom: None,
        features: FeatureWishes::default(),
        record: Some(record.clone()),
        begun: 1,
    };
    wishes.keep(&wish).unwrap();
    demo.give();

    let unasked = demo.run(&["hand-over", "--continue"]);
    assert_eq!(unasked.status, 1, "{}", unasked.text());
    assert!(unasked.text().contains("this start is a trial of it"), "{}", unasked.text());
    assert!(unasked.text().contains("“win11” gets GeForce RTX 3070"), "{}", unasked.text());
    let given = demo.json(&["hand-over", "--continue", "--yes"]);
    assert_eq!((&given[0]["host"], &given[0]["guest"]), (&"on-trial".into(), &"waits".into()), "{given}");
    assert_eq!(given[0]["change"]["defined"], true, "{given}");
    let told = demo.json(&["hand-over", "--continue"]);
    assert_eq!(told[0]["guest"], "has");
    assert_eq!(told[0]["next"], serde_json::json!(["confirm", "start", "undo"]));

    let back = demo.run(&["take-back", CARD, "--yes"]);
    assert_eq!(back.status, 0, "{}", back.errors);
    let text = back.text();
    let (machine, host) = (text.find("“win11” loses"), text.find("goes back to its driver"));
    assert!(machine.is_some() && machine < host, "the virtual machine comes first: {text}");
    assert_eq!(demo.driver(), before);
    assert!(wishes.all().0.is_empty());
}

/// What a hand-over over a restart says of itself.
fn standing(demo: &Demo) -> Vec<String> {
    // It ends with 1 where something could be done and nobody says yes.
    let told: Value = serde_json::from_str(demo.run(&["hand-over", "--continue", "--json"]).text()).unwrap();
    let one = &told[0];
    [&one["host"], &one["guest"]].map(|word| word.as_str().unwrap_or_default().to_owned()).to_vec()
}

fn restart(demo: &Demo) {
    assert!(said(&demo.run(&["host", "restart", "--yes"])).contains("imitated"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "files of the demo's own folder")]
fn a_reservation_is_tried_kept_and_taken_back_over_restarts_of_the_demo() {
    let demo = Demo::new("libexec/gangway-helper");
    let before = demo.driver();
    let armed = demo.run(&["hand-over", CARD, "--to", "win11", "--method", "reserved", "--yes"]);
    assert_eq!(armed.status, 0, "{}", armed.errors);
    assert_eq!(standing(&demo), ["waiting", "waits"]);
    assert_eq!(demo.driver(), before, "nothing changes before the restart");

    restart(&demo);
    assert_eq!(demo.driver(), "vfio-pci");
    assert_eq!(standing(&demo), ["on-trial", "waits"]);
    let machines = said(&demo.run(&["vm", "list"]));
    assert!(machines.contains("Off") && !machines.contains("Running"), "{machines}");
    let text = |path: &str| fs::read_to_string(root(&demo.state()).unwrap().join(path)).unwrap();
    let first = text("proc/sys/kernel/random/boot_id");
    assert!(text("var/lib/gangway/trial").contains("on-trial"), "its unit notes the start");
    assert!(!text("boot/gangway/env").contains("gw_next=g"), "the request is for one start");

    restart(&demo);
    assert_ne!(text("proc/sys/kernel/random/boot_id"), first);
    assert_eq!(demo.driver(), before, "nobody kept it");
    assert_eq!(standing(&demo)[0], "failed");
    let back = demo.run(&["take-back", CARD, "--yes"]);
    assert_eq!(back.status, 0, "{}", back.errors);

    let again = demo.run(&["hand-over", CARD, "--to", "win11", "--method", "reserved", "--yes"]);
    assert_eq!(again.status, 0, "{}", again.errors);
    restart(&demo);
    let given = demo.run(&["hand-over", "--continue", "--yes"]);
    assert_eq!(given.status, 0, "{}", given.errors);
    said(&demo.run(&["host", "apply", "confirm", "--yes"]));
    restart(&demo);
    restart(&demo);
    assert_eq!(demo.driver(), "vfio-pci", "every start has it");
    assert_eq!(standing(&demo), ["kept", "has"]);

    let back = demo.run(&["take-back", CARD, "--yes"]);
    assert_eq!(back.status, 0, "{}", back.errors);
    restart(&demo);
    assert_eq!(demo.driver(), before);
    assert!(demo.records().iter().all(|(_, state)| state == "undone"), "{:?}", demo.records());
    let left = root(&demo.state()).unwrap().join("boot/gangway");
    assert!(!left.exists(), "{}", left.display());
}

/// What waits in memory is gone with a restart; what is set in a file is set again.
#[test]
fn a_restart_ends_what_was_for_one_start_only() {
    let demo = Demo::new("bin/gangway-helper");
    let before = demo.driver();
    restart(&demo);
    assert_eq!(root(&demo.state()), None, "where nothing was changed, nothing is made");
    said(&demo.run(&["host", "bind", CARD, "--yes"]));
    said(&demo.run(&["host", "apply", "huge-pages", "512", "--yes"]));
    restart(&demo);
    assert_eq!(demo.driver(), before);
    assert_eq!(demo.json(&["host", "plan", "huge-pages", "512"])["steps"], serde_json::json!([]));
}
