//! Nonsense and floods: what the root service refuses whoever asks, so that it goes on serving others.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use gangway_core::plan::Digest;
use gangway_protocol::names::{INTERFACE, INTROSPECTION, Method, SERVICE};
use gangway_protocol::wire::{self, PlanAnswer};
use gangway_protocol::{Action, ErrorName};
use gangway_tests::bus::machine::FREE;
use gangway_tests::bus::polkit::Answer;
use gangway_tests::bus::scene::{Scene, answer, apply, bind, name_of, plan};
use gangway_tests::bus::{call, call_named, until, users};
use zbus::{Connection, Variant};

/// The arguments that each method takes, and others that it must not.
#[test]
fn wrong_arguments_are_refused_by_every_method() {
    let Some(scene) = Scene::new() else { return };
    let client = &scene.client;
    let refused = |method: Method, what: &str, outcome: Result<zbus::Message, (String, String)>| {
        let error = outcome.map_err(name_of).expect_err(what);
        assert_eq!(error, ErrorName::InvalidArgument, "{}: {what}", method.name());
    };
    let intent = || wire::to_wire(&bind(FREE)).unwrap();
    let digest = plan(client, &bind(FREE), false).digest.to_string();
    let long = "a".repeat(64 * 1024);
    let deep = || {
        let mut value = Variant::Bool(true);
        for _ in 0..50 {
            value = Variant::Variant(Box::new(value));
        }
        ("bind".to_owned(), HashMap::from([("device".to_owned(), value.try_into_owned().unwrap())]))
    };
    for method in Method::ALL {
        // What none of them takes.
        refused(method, "a number", call(client, method, &(1_i32, 2_i32)));
        refused(method, "a list", call(client, method, &vec!["a", "b"]));
        refused(method, "a long text", call(client, method, &long));
        if !method.arguments().is_empty() {
            refused(method, "nothing", call(client, method, &()));
        }
        match method {
            Method::Version | Method::Describe | Method::Records | Method::Job => {}
            Method::Plan => {
                refused(method, "a deep value", call(client, method, &(deep(), true)));
                refused(method, "a text", call(client, method, &("bind", true)));
                refused(method, "an unknown kind", call(client, method, &(("run", intent().1), true)));
                let mut more = intent();
                more.1.insert("path".to_owned(), Variant::from("/etc").try_into_owned().unwrap());
                refused(method, "an unknown value", call(client, method, &(more, true)));
                let mut much = intent();
                much.1.insert("much".to_owned(), Variant::from(long.clone()).try_into_owned().unwrap());
                refused(method, "a long value", call(client, method, &(much, true)));
            }
            Method::Apply => {
                refused(method, "no digest", call(client, method, &(intent(), "")));
                let shouted = digest.to_uppercase();
                refused(method, "another spelling", call(client, method, &(intent(), shouted)));
                refused(method, "a deep value", call(client, method, &(deep(), digest.as_str())));
            }
            Method::PlanUndo | Method::Record => {
                for record in ["", "../../etc/passwd", "/etc", "2026 ", &"2".repeat(100)] {
                    refused(method, record, call(client, method, &(record, true)));
                }
            }
            Method::Undo => {
                refused(method, "no digest", call(client, method, &("2026-01-01T00.00.00Z-1", "x")));
                refused(method, "a path", call(client, method, &("../x", digest.as_str())));
            }
        }
    }
    assert_eq!(scene.polkit.asked(), [], "nobody is asked about nonsense");
    for (interface, method, error) in [
        (INTERFACE, "Run", "org.freedesktop.DBus.Error.UnknownMethod"),
        ("org.example.Other", "Plan", "org.freedesktop.DBus.Error.UnknownInterface"),
        ("org.freedesktop.DBus.Properties", "GetAll", "org.freedesktop.DBus.Error.UnknownInterface"),
    ] {
        assert_eq!(call_named(client, interface, method, &()).unwrap_err().0, error);
    }
    let reply = call_named(client, "org.freedesktop.DBus.Introspectable", "Introspect", &()).unwrap();
    assert_eq!(reply.body().deserialize::<String>().unwrap(), INTROSPECTION);
    assert!(call_named(client, "org.freedesktop.DBus.Peer", "Ping", &()).is_ok());
    let missing = call(client, Method::PlanUndo, &("2026-01-01T00.00.00Z-1", false)).map_err(name_of);
    assert_eq!(missing.unwrap_err(), ErrorName::NotFound);
}

#[test]
fn a_flood_is_answered_and_others_are_served() {
    let Some(scene) = Scene::new() else { return };
    scene.polkit.answer(Action::Read.id(), Answer::Silence);
    let flooding = scene.bus.connect_as(users().0);
    let mut errors = zbus::MessageStream::from(&flooding);
    for _ in 0..200 {
        let message = zbus::Message::method_call(gangway_protocol::names::PATH, Method::Describe.name())
            .destination(SERVICE)
            .interface(INTERFACE)
            .build(&())
            .unwrap();
        zbus::block_on(flooding.send(&message)).unwrap();
    }
    let (mut refused, mut by_us) = (0, 0);
    while refused < 196 {
        let message = zbus::block_on(gangway_tests::bus::next(&mut errors)).unwrap().unwrap();
        if message.message_type() == zbus::message::Type::Error {
            let name = message.header().error_name().map(ToString::to_string);
            let of_us = name.as_deref() == Some(ErrorName::TooMany.name());
            by_us += usize::from(of_us);
            // The bus has a limit, too, which comes first where calls are sent faster than they are taken.
            let by_bus = name.as_deref() == Some("org.freedesktop.DBus.Error.LimitsExceeded");
            assert!(by_bus || of_us, "{name:?}");
            refused += 1;
        }
    }
    assert!(by_us > 0, "the bus refused all of it");
    scene.polkit.wait_asked(4);
    assert_eq!(scene.polkit.asked().len(), 4, "so many of one caller wait, and no more");
    let began = Instant::now();
    assert!(!plan(&scene.client, &bind(FREE), false).steps.is_empty());
    assert!(began.elapsed() < Duration::from_secs(5));
}

/// Four calls a connection are allowed, and connections cost nothing.
#[test]
fn one_user_with_many_connections_keeps_nobody_out() {
    let Some(scene) = Scene::new() else { return };
    let (user, stranger) = users();
    if user == stranger {
        return gangway_tests::skip("there is no other user");
    }
    scene.polkit.answer(Action::Read.id(), Answer::Silence);
    let flooding: Vec<Connection> = (0..20).map(|_| scene.bus.connect_as(stranger)).collect();
    for connection in flooding.iter().cycle().take(80) {
        let message = zbus::Message::method_call(gangway_protocol::names::PATH, Method::Describe.name())
            .destination(SERVICE)
            .interface(INTERFACE)
            .build(&())
            .unwrap();
        zbus::block_on(connection.send(&message)).unwrap();
    }
    scene.polkit.wait_asked(8);
    until("another user is served", || answer(&scene.client, &bind(FREE), false).is_ok());
    for _ in 0..8 {
        assert!(!plan(&scene.client, &bind(FREE), false).steps.is_empty());
    }
    assert_eq!(scene.polkit.asked().len(), 8, "so many of one user wait, and no more");
}

/// Planning reads the whole machine, and needs no right.
#[test]
fn a_flood_of_questions_is_bounded_and_says_how_long_to_wait() {
    let Some(scene) = Scene::new() else { return };
    let (user, stranger) = users();
    let began = Instant::now();
    let flooding: Vec<_> = (0..3)
        .map(|_| scene.bus.connect_as(stranger))
        .map(|client| {
            thread::spawn(move || (0..40).map(|_| answer(&client, &bind(FREE), false)).collect::<Vec<_>>())
        })
        .collect();
    if user != stranger {
        // A window and a terminal of somebody else ask what such programs ask.
        let terminal = scene.bus.connect_as(user);
        for client in [&scene.client, &terminal].iter().cycle().take(12) {
            assert!(answer(client, &bind(FREE), false).is_ok());
        }
    }
    let answers: Vec<Result<PlanAnswer, (String, String)>> =
        flooding.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>();
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    let answered = answers.len() - refused.len();
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!((30..=31 + seconds).contains(&answered), "{answered} of {} in {seconds} s", answers.len());
    for (name, text) in refused {
        assert_eq!(name, ErrorName::TooMany.name());
        assert!(text.starts_with("too many questions; ask again in "), "{text}");
    }
    // A change that nobody reviewed costs as much, and undoing one.
    let flooding = scene.bus.connect_as(stranger);
    let guess = Digest::from([7; 32]);
    let refusals: Vec<ErrorName> =
        (0..40).map(|_| apply(&flooding, &bind(FREE), guess).unwrap_err()).collect();
    assert!(refusals.contains(&ErrorName::TooMany), "{refusals:?}");
    // Everybody is told, in the client's words, when it is worth asking again.
    let helper = gangway_client::helper::Helper::on(flooding).unwrap();
    let later = (0..40).find_map(|_| helper.plan(&bind(FREE), false).err()).unwrap();
    assert!(matches!(later, gangway_client::helper::HelperError::Later { seconds: 1.. }), "{later:?}");
    let until_full = Duration::from_millis(1100);
    thread::sleep(until_full);
    assert!(helper.plan(&bind(FREE), false).is_ok());
}
