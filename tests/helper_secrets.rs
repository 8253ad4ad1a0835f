//! What the root service knows and not everybody may: it is not told without polkit's yes, and cannot be guessed at.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use gangway_core::machine_file::MachineFile;
use gangway_helper::gap::Gaps;
use gangway_protocol::names::Method;
use gangway_protocol::wire::{self, Ending, PlanAnswer, Tagged};
use gangway_protocol::{Action, ErrorName};
use gangway_tests::bus::machine::FREE;
use gangway_tests::bus::polkit::{Answer, Polkit};
use gangway_tests::bus::scene::{LONG, Scene, answer, apply, bind, ended, name_of, plan, plan_undo};
use gangway_tests::bus::{Bus, Running, call, users};

#[test]
fn what_root_alone_may_read_is_not_told_without_a_yes() {
    let Some(scene) = Scene::new() else { return };
    scene.polkit.answer(Action::Read.id(), Answer::No);
    let refused = answer(&scene.client, &bind(FREE), true).map_err(name_of);
    assert_eq!(refused.unwrap_err(), ErrorName::NotAuthorized);
    scene.polkit.answer(Action::Read.id(), Answer::Yes);
    let reply = call(&scene.client, Method::Describe, &()).unwrap();
    let text: String = reply.body().deserialize().unwrap();
    assert!(MachineFile::parse(text.as_bytes()).is_ok());
    assert_eq!(
        plan(&scene.client, &bind(FREE), true).digest,
        plan(&scene.client, &bind(FREE), false).digest,
        "what is withheld is part of the digest all the same"
    );
    let asked: Vec<String> = scene.polkit.asked().into_iter().map(|question| question.action).collect();
    assert_eq!(asked, [Action::Read.id(); 3]);
}

/// A file that root alone could read is gone after a change; its content is in the record, and undo would make it anew.
#[test]
fn what_root_alone_could_read_stays_so_in_an_undo() {
    let Some(scene) = Scene::new() else { return };
    let path = "/etc/modprobe.d/secret.conf";
    let file = scene.root.path().join(path.trim_start_matches('/'));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let secret = "options x password=hush\n";
    let put = |mode| {
        use std::io::Write as _;
        fs::File::create(&file).unwrap().write_all(secret.as_bytes()).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    };
    for (mode, hidden) in [(0o600, true), (0o644, false)] {
        put(mode);
        let plan = gangway_tests::helper::plan(vec![gangway_tests::helper::file(path, Some(secret), None)]);
        let engine = gangway_tests::helper::engine(scene.root.path(), &Gaps::default(), None);
        let id = engine.apply(&plan, plan.digest(), 0, &mut gangway_helper::report::Unwatched).unwrap();
        let view = plan_undo(&scene.client, id.as_str());
        assert_eq!(view.is_withheld(), hidden, "{mode:o}");
        assert_eq!(format!("{view:?}").contains("hush"), !hidden, "{mode:o}");
    }
}

/// A digest covers what a caller may not read, so it must not be one that a guess at that can be tested with.
#[test]
fn a_guess_at_what_is_withheld_cannot_be_tested_against_a_digest() {
    let Some(scene) = Scene::new() else { return };
    let source = gangway_core::source::Source::folder(scene.root.path()).unwrap();
    let ground = gangway_core::plan::Ground::read(&source);
    let account = ground.account(users().0);
    let own = gangway_core::plan::plan(&ground, &bind(FREE), account.as_ref()).unwrap();
    let told = plan(&scene.client, &bind(FREE), false).digest;
    assert_ne!(own.digest(), told, "whoever knows the whole plan cannot make the digest");

    let path = "/etc/modprobe.d/secret.conf";
    let change = vec![gangway_tests::helper::file(path, None, Some("options x password=hush\n"))];
    let engine = gangway_tests::helper::engine(scene.root.path(), &Gaps::default(), None);
    let change = gangway_tests::helper::plan(change);
    let id = engine.apply(&change, change.digest(), 0, &mut gangway_helper::report::Unwatched).unwrap();
    let undo = plan_undo(&scene.client, id.as_str()).digest;
    assert_ne!(engine.plan_undo(&id).unwrap().digest(), undo);
    let kept = call(&scene.client, Method::Record, &(id.as_str(), false)).unwrap();
    match wire::from_wire(&kept.body().deserialize::<Tagged>().unwrap()).unwrap() {
        PlanAnswer::Plan(view) => assert_ne!(view.digest, change.digest()),
        PlanAnswer::Refused { refusals } => panic!("{refusals:?}"),
    }

    // What was reviewed with one service is applied with the next.
    let root = scene.root.path().to_owned();
    let Some(bus) = Bus::start() else { return };
    let polkit = Polkit::start(&bus);
    polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let _running = Running::start(&bus, &root, LONG, None);
    let client = bus.connect_as(users().0);
    assert_eq!(plan_undo(&client, id.as_str()).digest, undo);
    let secret = root.join("var/lib/gangway/secret");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(apply(&client, &bind(FREE), own.digest()), Err(ErrorName::DigestChanged));
    let job = apply(&client, &bind(FREE), told).unwrap();
    assert!(matches!(ended(&client, job), Ending::Done { .. }));
}
