//! The root service on a bus of its own, with a polkit that answers what the test wants and a machine in a folder: who may
//! do what, and what becomes of a change whose caller, polkit or machine is no longer what it was.

use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use gangway_core::machine_file::MachineFile;
use gangway_core::plan::{Digest, Intent};
use gangway_helper::gap::Gaps;
use gangway_protocol::names::{INTERFACE, INTROSPECTION, Method, PROTOCOL, SERVICE};
use gangway_protocol::wire::{
    self, Ending, JobState, PlanAnswer, PlanView, RecordEntry, RecordState, RecordView, Tagged, UndoAnswer,
    UndoView, Values,
};
use gangway_protocol::{Action, ErrorName};
use gangway_tests::bus::machine::{self, FREE, FREE_SOUND, SHOWN, driver};
use gangway_tests::bus::polkit::{Answer, Polkit};
use gangway_tests::bus::{Bus, Running, Watcher, call, call_named, has_owner, until, users};
use tempfile::TempDir;
use zbus::{Connection, Variant};

const LONG: Duration = Duration::from_secs(600);

/// A bus with a polkit, a machine and the service, and a user who calls.
struct Scene {
    client: Connection,
    polkit: Polkit,
    root: TempDir,
    _running: Running,
    bus: Bus,
}

impl Scene {
    fn new() -> Option<Self> {
        Self::watched(None)
    }

    fn watched(watcher: Option<Watcher>) -> Option<Self> {
        let bus = Bus::start()?;
        let polkit = Polkit::start(&bus);
        let root = machine::make();
        let running = Running::start(&bus, root.path(), LONG, watcher);
        let client = bus.connect_as(users().0);
        Some(Self { client, polkit, root, _running: running, bus })
    }

    fn driver(&self, address: &str) -> Option<String> {
        driver(self.root.path(), address)
    }

    /// Applies the binding of the free card, which polkit allows, and gives its record.
    fn bound(&self) -> String {
        self.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
        let view = plan(&self.client, &bind(FREE), false);
        let job = apply(&self.client, &bind(FREE), view.digest).unwrap();
        match ended(&self.client, job) {
            Ending::Done { record } => record,
            other => panic!("{other:?}"),
        }
    }
}

fn bind(address: &str) -> Intent {
    Intent::Bind { device: address.parse().unwrap(), whole_group: false }
}

fn answer(client: &Connection, intent: &Intent, whole: bool) -> Result<PlanAnswer, (String, String)> {
    let reply = call(client, Method::Plan, &(wire::to_wire(intent).unwrap(), whole))?;
    Ok(wire::from_wire(&reply.body().deserialize::<Tagged>().unwrap()).unwrap())
}

fn plan(client: &Connection, intent: &Intent, whole: bool) -> PlanView {
    match answer(client, intent, whole).unwrap() {
        PlanAnswer::Plan(view) => *view,
        PlanAnswer::Refused { refusals } => panic!("{refusals:?}"),
    }
}

fn apply(client: &Connection, intent: &Intent, digest: Digest) -> Result<u32, ErrorName> {
    let sent = (wire::to_wire(intent).unwrap(), digest.to_string());
    let reply = call(client, Method::Apply, &sent).map_err(name_of)?;
    Ok(reply.body().deserialize().unwrap())
}

fn name_of((name, text): (String, String)) -> ErrorName {
    ErrorName::of_name(&name).unwrap_or_else(|| panic!("{name}: {text}"))
}

fn state(client: &Connection, job: u32) -> JobState {
    let reply = call(client, Method::Job, &job).unwrap();
    wire::from_wire(&reply.body().deserialize::<Tagged>().unwrap()).unwrap()
}

fn ended(client: &Connection, job: u32) -> Ending {
    until("the job ends", || matches!(state(client, job), JobState::Ended(_)));
    match state(client, job) {
        JobState::Ended(ending) => ending,
        JobState::Working(_) => unreachable!(),
    }
}

fn records(client: &Connection) -> Vec<RecordView> {
    let reply = call(client, Method::Records, &()).unwrap();
    let entries: Vec<Values> = reply.body().deserialize().unwrap();
    let record = |values: &Values| match wire::from_values(values).unwrap() {
        RecordEntry::Record(view) => *view,
        RecordEntry::Unreadable { reason } => panic!("{reason}"),
    };
    entries.iter().map(record).collect()
}

fn plan_undo(client: &Connection, record: &str) -> UndoView {
    let reply = call(client, Method::PlanUndo, &(record, false)).unwrap();
    match wire::from_wire(&reply.body().deserialize::<Tagged>().unwrap()).unwrap() {
        UndoAnswer::Undo(view) => *view,
        UndoAnswer::NotInEffect { state } => panic!("{state:?}"),
    }
}

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

#[expect(clippy::disallowed_methods, reason = "changes a machine in a temporary folder")]
fn set(root: &Path, address: &str, attribute: &str, text: &str) {
    fs::write(gangway_tests::tree::home(root, address).join(attribute), text).unwrap();
}

/// Holds the engine before its first step, until it is let go.
fn held() -> (Watcher, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (reached, at_step) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let watcher: Watcher = Box::new(move |name, about| {
        if (name, about) == ("step-begin", "0") {
            let _ = reached.send(());
            let _ = wait.lock().unwrap().recv_timeout(gangway_tests::bus::LIMIT);
        }
    });
    (watcher, at_step, go)
}

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
