//! The root service on a bus of its own, with a polkit that answers what the test wants and a machine in a folder: who may
//! do what, and what becomes of a change whose caller, polkit or machine is no longer what it was.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gangway_core::plan::Intent;
use gangway_protocol::names::{INTERFACE, Method, PROTOCOL, SERVICE};
use gangway_protocol::wire::{self, Ending, PlanAnswer, RecordState};
use gangway_protocol::{Action, ErrorName};
use gangway_tests::bus::machine::{self, FREE, FREE_SOUND, SHOWN, driver};
use gangway_tests::bus::polkit::{Answer, Polkit};
use gangway_tests::bus::scene::{
    LONG, Scene, answer, apply, bind, ended, held, name_of, plan, plan_undo, records, set,
};
use gangway_tests::bus::{Bus, Running, call, has_owner, users};

#[test]
fn what_is_reviewed_is_applied_and_undone() {
    let Some(scene) = Scene::new() else { return };
    let (client, polkit) = (&scene.client, &scene.polkit);
    let reply = call(client, Method::Version, &()).unwrap();
    let (protocol, program): (u32, String) = reply.body().deserialize().unwrap();
    assert_eq!((protocol, program.as_str()), (PROTOCOL, env!("CARGO_PKG_VERSION")));

    let view = plan(client, &bind(FREE), false);
    assert_eq!(view.actions, [Action::ChangeSystem]);
    assert_eq!(
        view.caller.as_ref().map(|caller| (caller.uid, caller.name.as_str())),
        Some((users().0, "ada"))
    );
    assert_eq!(polkit.asked(), [], "a plan alone is nobody's secret");
    assert_eq!(plan(client, &bind(FREE), false).digest, view.digest);

    polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let job = apply(client, &bind(FREE), view.digest).unwrap();
    let Ending::Done { record } = ended(client, job) else { panic!("{:?}", ended(client, job)) };
    for address in [FREE, FREE_SOUND] {
        assert_eq!(scene.driver(address).as_deref(), Some("vfio-pci"));
    }
    let [question] = &polkit.asked()[..] else { panic!("{:?}", polkit.asked()) };
    assert_eq!((question.subject.as_str(), question.interactive), ("system-bus-name", true));
    assert_eq!(question.name.as_deref(), client.unique_name().map(|name| name.as_str()));
    let summary = "vfio-pci, 0000:01:00.0 → vfio-pci, 0000:01:00.1 → vfio-pci";
    assert_eq!(question.details.get("summary").map(String::as_str), Some(summary));

    let [told] = &records(client)[..] else { panic!() };
    assert_eq!(
        (&told.id, &told.intent, told.uid, told.state),
        (&record, &bind(FREE), users().0, RecordState::Applied)
    );
    let again = plan(client, &bind(FREE), false);
    assert_eq!(again.steps, []);
    assert_eq!(apply(client, &bind(FREE), again.digest), Err(ErrorName::NothingToDo));

    let undo = plan_undo(client, &record);
    assert_eq!(undo.stops, []);
    let sent = (record.as_str(), undo.digest.to_string());
    assert_eq!(call(client, Method::Undo, &sent).map_err(name_of).unwrap_err(), ErrorName::NotAuthorized);
    assert_eq!(scene.driver(FREE).as_deref(), Some("vfio-pci"));
    polkit.answer(Action::Undo.id(), Answer::Yes);
    let job = call(client, Method::Undo, &sent).unwrap().body().deserialize().unwrap();
    assert_eq!(ended(client, job), Ending::Done { record: record.clone() });
    assert_eq!(scene.driver(FREE).as_deref(), Some("amdgpu"));
    assert_eq!(scene.driver(FREE_SOUND).as_deref(), Some("snd_hda_intel"));
    assert_eq!(records(client)[0].state, RecordState::Undone);
    let again = call(client, Method::Undo, &sent).map_err(name_of).unwrap_err();
    assert_eq!(again, ErrorName::Refused, "once is enough");
}

#[test]
fn everything_but_a_yes_is_a_no() {
    let Some(mut scene) = Scene::new() else { return };
    let view = plan(&scene.client, &bind(FREE), false);
    for (answer, expected) in [
        (Answer::No, ErrorName::NotAuthorized),
        (Answer::Dismissed, ErrorName::Cancelled),
        (Answer::NoAgent, ErrorName::NoAgent),
        (Answer::Broken, ErrorName::NoAuthority),
    ] {
        scene.polkit.answer(Action::ChangeSystem.id(), answer.clone());
        assert_eq!(apply(&scene.client, &bind(FREE), view.digest), Err(expected), "{answer:?}");
        let read = call(&scene.client, Method::Describe, &()).map_err(name_of);
        assert_eq!(read.unwrap_err(), ErrorName::NotAuthorized);
    }
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    scene.polkit.leave();
    assert_eq!(apply(&scene.client, &bind(FREE), view.digest), Err(ErrorName::NoAuthority), "polkit is gone");
    assert_eq!(scene.driver(FREE).as_deref(), Some("amdgpu"));
    assert_eq!(records(&scene.client), []);
}

#[test]
fn a_caller_that_goes_away_is_not_authorised() {
    let Some(scene) = Scene::new() else { return };
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Silence);
    let view = plan(&scene.client, &bind(FREE), false);
    let leaving = scene.bus.connect_as(users().0);
    let message = zbus::Message::method_call(gangway_protocol::names::PATH, Method::Apply.name())
        .destination(SERVICE)
        .interface(INTERFACE)
        .build(&(wire::to_wire(&bind(FREE)).unwrap(), view.digest.to_string()))
        .unwrap();
    zbus::block_on(leaving.send(&message)).unwrap();
    scene.polkit.wait_asked(1);
    assert!(!scene.polkit.asked()[0].interactive, "it did not say that it may be asked");
    // Whoever says yes now says it to nobody.
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    zbus::block_on(leaving.close()).unwrap();
    scene.polkit.wait_cancelled();
    assert_eq!(scene.driver(FREE).as_deref(), Some("amdgpu"));
    // The service goes on, for others.
    assert!(scene.bound().starts_with("20"));
}

#[test]
fn a_machine_that_changed_is_reviewed_again() {
    let Some(scene) = Scene::new() else { return };
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let view = plan(&scene.client, &bind(FREE), false);
    // The other function of the card gives another plan.
    let other = plan(&scene.client, &bind(FREE_SOUND), false).digest;
    assert_eq!(apply(&scene.client, &bind(FREE), other), Err(ErrorName::DigestChanged));
    set(scene.root.path(), FREE, "driver_override", "pci-stub\n");
    assert_eq!(apply(&scene.client, &bind(FREE), view.digest), Err(ErrorName::DigestChanged));
    assert_eq!(scene.polkit.asked(), [], "nobody is asked about what was not reviewed");
    assert_eq!(scene.driver(FREE).as_deref(), Some("amdgpu"));
}

#[test]
fn a_machine_that_changes_while_the_question_is_open_is_not_changed() {
    let Some(scene) = Scene::new() else { return };
    let view = plan(&scene.client, &bind(FREE), false);
    let slow = Arc::new(AtomicBool::new(false));
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::After(Arc::clone(&slow)));
    let client = scene.bus.connect_as(users().0);
    let waiting = thread::spawn(move || apply(&client, &bind(FREE), view.digest));
    scene.polkit.wait_asked(1);
    set(scene.root.path(), FREE, "driver_override", "pci-stub\n");
    slow.store(true, Ordering::Relaxed);
    assert_eq!(waiting.join().unwrap(), Err(ErrorName::DigestChanged));
    assert_eq!(scene.driver(FREE).as_deref(), Some("amdgpu"));
}

#[test]
fn it_leaves_when_nobody_needs_it() {
    let Some(bus) = Bus::start() else { return };
    let root = machine::make();
    let mut running = Running::start(&bus, root.path(), Duration::from_millis(300), None);
    let client = bus.connect();
    let end = Instant::now() + Duration::from_millis(900);
    while Instant::now() < end {
        call(&client, Method::Version, &()).unwrap();
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(running.end(), Ok(()));
    assert!(!has_owner(&client, SERVICE));
}

#[test]
fn what_was_interrupted_is_ended_before_anybody_can_call() {
    let (watcher, at_step, _go) = held();
    let Some(scene) = Scene::watched(Some(watcher)) else { return };
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let view = plan(&scene.client, &bind(FREE), false);
    apply(&scene.client, &bind(FREE), view.digest).unwrap();
    at_step.recv_timeout(gangway_tests::bus::LIMIT).unwrap();
    // A copy of the machine at this instant is what a power loss leaves.
    let copy = tempfile::tempdir().unwrap();
    fs::set_permissions(copy.path(), Permissions::from_mode(0o755)).unwrap();
    let copied = gangway_tests::programs::Program::new("cp")
        .args(["-a", &format!("{}/.", scene.root.path().display()), &copy.path().display().to_string()])
        .run();
    assert_eq!(copied.status, 0, "{}", copied.errors);
    let Some(bus) = Bus::start() else { return };
    let _running = Running::start(&bus, copy.path(), LONG, None);
    let client = bus.connect_as(users().0);
    let [record] = &records(&client)[..] else { panic!() };
    assert_eq!(record.state, RecordState::RolledBack);
    assert!(record.recovered.is_some());
    assert_eq!(driver(copy.path(), FREE).as_deref(), Some("amdgpu"));
    // Why it failed is for whoever wanted it.
    assert!(record.reason.is_some());
    let (user, stranger) = users();
    assert_eq!(records(&bus.connect_as(stranger))[0].reason.is_some(), user == stranger);
}

/// The unit that recovers at the start of the computer may be at it still, when somebody calls.
#[test]
fn plans_are_shown_while_something_else_is_changing_the_computer() {
    let Some(bus) = Bus::start() else { return };
    let polkit = Polkit::start(&bus);
    polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let root = machine::make();
    let state = root.path().join("var/lib/gangway");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
    let lock = fs::File::create(state.join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let _running = Running::start(&bus, root.path(), LONG, None);
    let client = bus.connect_as(users().0);
    let view = plan(&client, &bind(FREE), false);
    let job = apply(&client, &bind(FREE), view.digest).unwrap();
    assert!(matches!(ended(&client, job), Ending::NotBegun { error: ErrorName::Busy, .. }));
    drop(lock);
    let job = apply(&client, &bind(FREE), view.digest).unwrap();
    assert!(matches!(ended(&client, job), Ending::Done { .. }));
}

#[test]
fn refusals_come_as_they_are() {
    let Some(scene) = Scene::new() else { return };
    let refused = answer(&scene.client, &bind("0000:7f:00.0"), false).unwrap();
    let PlanAnswer::Refused { refusals } = refused else { panic!("{refused:?}") };
    assert_eq!(refusals.len(), 1);
    assert!(format!("{refusals:?}").contains("NotFound"), "{refusals:?}");
    let none = plan(&scene.client, &Intent::GiveBack { device: SHOWN.parse().unwrap() }, false);
    assert_eq!(none.steps, [], "vfio-pci does not hold it");
}
