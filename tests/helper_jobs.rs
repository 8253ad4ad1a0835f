//! Changes as jobs of the root service: one at a time, which outlives its caller, and who is told how far it is and why it failed.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use gangway_client::helper::{Helper, HelperError};
use gangway_protocol::names::{INTERFACE, Method};
use gangway_protocol::wire::{self, Ending, JobState, Tagged};
use gangway_protocol::{Action, ErrorName};
use gangway_tests::bus::machine::FREE;
use gangway_tests::bus::polkit::Answer;
use gangway_tests::bus::scene::{
    Scene, apply, bind, ended, held, name_of, plan, plan_undo, records, set, state,
};
use gangway_tests::bus::{Watcher, call, users};
use zbus::Connection;

#[test]
fn one_plan_at_a_time_and_it_goes_on_without_its_caller() {
    let (watcher, at_step, go) = held();
    let Some(scene) = Scene::watched(Some(watcher)) else { return };
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let view = plan(&scene.client, &bind(FREE), false);
    let leaving = scene.bus.connect_as(users().0);
    let job = apply(&leaving, &bind(FREE), view.digest).unwrap();
    at_step.recv_timeout(gangway_tests::bus::LIMIT).unwrap();
    let JobState::Working(working) = state(&leaving, job) else { panic!("{:?}", state(&leaving, job)) };
    assert_eq!((working.done, working.of, working.taking_back), (0, 3, false));
    assert_eq!(apply(&scene.client, &bind(FREE), view.digest), Err(ErrorName::Busy));
    zbus::block_on(leaving.close()).unwrap();
    go.send(()).unwrap();
    assert!(matches!(ended(&scene.client, job), Ending::Done { .. }));
    assert_eq!(scene.driver(FREE).as_deref(), Some("vfio-pci"));
    let unknown = call(&scene.client, Method::Job, &77_u32).map_err(name_of);
    assert_eq!(unknown.unwrap_err(), ErrorName::NotFound);
}

/// What a tool said when it failed may tell of files that not everybody may read.
#[test]
fn why_a_job_failed_is_told_to_its_user_alone() {
    let place = Arc::new(std::sync::Mutex::new(std::path::PathBuf::new()));
    let root = Arc::clone(&place);
    let watcher: Watcher = Box::new(move |name, about| {
        if (name, about) == ("step-begin", "1") {
            set(&root.lock().unwrap(), FREE, "driver_override", "pci-stub\n");
        }
    });
    let Some(scene) = Scene::watched(Some(watcher)) else { return };
    scene.root.path().clone_into(&mut place.lock().unwrap());
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let view = plan(&scene.client, &bind(FREE), false);
    let job = apply(&scene.client, &bind(FREE), view.digest).unwrap();
    let reason = |client: &Connection| match ended(client, job) {
        Ending::RolledBack { reason, .. } | Ending::Stuck { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason(&scene.client).contains("driver_override"), "{}", reason(&scene.client));
    let (user, stranger) = users();
    assert_eq!(reason(&scene.bus.connect_as(user)), reason(&scene.client), "another window of the user's");
    if stranger == user {
        return gangway_tests::skip("there is no other user");
    }
    assert_eq!(reason(&scene.bus.connect_as(stranger)), "");
}

/// Everybody may send signals to everybody on a bus.
#[test]
fn an_end_that_somebody_else_tells_is_none() {
    let (watcher, at_step, go) = held();
    let Some(scene) = Scene::watched(Some(watcher)) else { return };
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let view = plan(&scene.client, &bind(FREE), false);
    let name = scene.client.unique_name().unwrap().to_string();
    let helper = gangway_client::helper::Helper::on(scene.client.clone()).unwrap();
    let waiting = thread::spawn(move || helper.apply(&bind(FREE), view.digest, &mut |_| {}));
    at_step.recv_timeout(gangway_tests::bus::LIMIT).unwrap();
    let stranger = scene.bus.connect_as(users().1);
    let ended = JobState::Ended(Ending::Done { record: "of nobody".to_owned() });
    let body = (1_u32, wire::to_wire(&ended).unwrap());
    for _ in 0..10 {
        let path = gangway_protocol::names::PATH;
        let sent = stranger.emit_signal(Some(name.as_str()), path, INTERFACE, "Progress", &body);
        zbus::block_on(sent).unwrap();
        let nonsense = stranger.emit_signal(Some(name.as_str()), path, INTERFACE, "Progress", &"nonsense");
        zbus::block_on(nonsense).unwrap();
    }
    thread::sleep(Duration::from_millis(300));
    assert!(!waiting.is_finished(), "it still works");
    go.send(()).unwrap();
    let Ok(Ending::Done { record }) = waiting.join().unwrap() else { panic!("it failed") };
    assert_eq!(record, records(&scene.client)[0].id);
}

#[test]
fn progress_is_told_to_the_caller_alone() {
    let Some(scene) = Scene::new() else { return };
    let stranger = scene.bus.connect_as(users().1);
    let rule = format!("type='signal',interface='{INTERFACE}'");
    let bus = "org.freedesktop.DBus";
    for connection in [&scene.client, &stranger] {
        let asked = connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "AddMatch", &rule);
        zbus::block_on(asked).unwrap();
    }
    let heard = [&scene.client, &stranger].map(|connection| {
        let mut stream = zbus::MessageStream::from(connection);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            zbus::block_on(async {
                while let Some(Ok(message)) = gangway_tests::bus::next(&mut stream).await {
                    if message.header().interface().is_some_and(|name| name.as_str() == INTERFACE) {
                        let (job, state): (u32, Tagged) = message.body().deserialize().unwrap();
                        sender.send((job, wire::from_wire::<JobState>(&state).unwrap())).unwrap();
                    }
                }
            });
        });
        receiver
    });
    let record = scene.bound();
    let mut done = Vec::new();
    loop {
        match heard[0].recv_timeout(gangway_tests::bus::LIMIT).unwrap() {
            (1, JobState::Working(working)) => done.push(working.done),
            (1, JobState::Ended(ending)) => {
                assert_eq!(ending, Ending::Done { record });
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(done.is_sorted() && done.ends_with(&[3]), "{done:?}");
    assert!(heard[1].try_recv().is_err(), "a stranger hears of it");
}

/// Another window, or a terminal, knows no number.
#[test]
fn whoever_comes_later_follows_it_to_its_end() {
    let (watcher, at_step, go) = held();
    let Some(scene) = Scene::watched(Some(watcher)) else { return };
    scene.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    scene.polkit.answer(Action::Undo.id(), Answer::Yes);
    let late = Helper::on(scene.bus.connect_as(users().1)).unwrap();
    assert_eq!(late.running(), Ok(None));
    let view = plan(&scene.client, &bind(FREE), false);
    let leaving = scene.bus.connect_as(users().0);
    apply(&leaving, &bind(FREE), view.digest).unwrap();
    at_step.recv_timeout(gangway_tests::bus::LIMIT).unwrap();
    zbus::block_on(leaving.close()).unwrap();
    let working = late.running().unwrap().expect("it works");
    assert_eq!((working.done, working.of, working.line), (0, 3, None));
    let record = working.record.unwrap();
    assert_eq!(late.follow("of nobody", &mut |_| {}), Err(HelperError::Lost));
    let (following, id) = (late.clone(), record.clone());
    let waiting = thread::spawn(move || {
        let mut heard = Vec::new();
        let ending = following.follow(&id, &mut |working| heard.push(working.of));
        (ending, heard)
    });
    thread::sleep(Duration::from_millis(100));
    go.send(()).unwrap();
    let (ending, heard) = waiting.join().unwrap();
    assert_eq!(ending, Ok(Ending::Done { record: record.clone() }));
    assert_eq!(heard.first(), Some(&3), "{heard:?}");
    assert_eq!(late.running(), Ok(None));

    // An undo is known by its record, too.
    let undo = plan_undo(&scene.client, &record);
    let job = call(&scene.client, Method::Undo, &(record.as_str(), undo.digest.to_string())).unwrap();
    assert_eq!(late.follow(&record, &mut |_| {}), Ok(Ending::Done { record: record.clone() }));
    assert_eq!(ended(&scene.client, job.body().deserialize().unwrap()), Ending::Done { record });
}
