//! The client that both programs use, against the service on a bus of its own, and against the demo's service: the installed
//! program as a user, on a private socket and a folder of theirs.

use std::fs::{self, Permissions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use gangway_client::helper::{Helper, HelperError};
use gangway_core::plan::Intent;
use gangway_protocol::wire::{Ending, PlanAnswer, PlanView, RecordEntry, RecordState, UndoAnswer};
use gangway_protocol::{Action, ErrorName};
use gangway_tests::bus::machine::{self, FREE, driver};
use gangway_tests::bus::polkit::{Answer, Polkit};
use gangway_tests::bus::{Bus, LIMIT, Running, until, users};
use gangway_tests::programs::{Program, binary};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(600);

fn bind() -> Intent {
    Intent::Bind { device: FREE.parse().unwrap(), whole_group: false }
}

fn view(helper: &Helper, intent: &Intent, whole: bool) -> PlanView {
    match helper.plan(intent, whole).unwrap() {
        PlanAnswer::Plan(view) => *view,
        PlanAnswer::Refused { refusals } => panic!("{refusals:?}"),
    }
}

/// Applies a binding and undoes it, and looks at the machine in between.
fn there_and_back(helper: &Helper, root: &Path) {
    let plan = view(helper, &bind(), false);
    let mut heard = Vec::new();
    let ending =
        helper.apply(&bind(), plan.digest, &mut |working| heard.push((working.done, working.of))).unwrap();
    let Ending::Done { record } = ending else { panic!("{ending:?}") };
    assert_eq!(driver(root, FREE).as_deref(), Some("vfio-pci"));
    assert_eq!(heard.last(), Some(&(3, 3)), "{heard:?}");
    let RecordEntry::Record(told) = helper.records().unwrap().remove(0) else { panic!() };
    assert_eq!((told.id.as_str(), told.state), (record.as_str(), RecordState::Applied));
    assert_eq!(helper.recorded(&record, false).unwrap(), plan);
    let UndoAnswer::Undo(undo) = helper.plan_undo(&record, false).unwrap() else { panic!() };
    assert_eq!(undo.stops, []);
    let ending = helper.undo(&record, undo.digest, &mut |_| {}).unwrap();
    assert_eq!(ending, Ending::Done { record: record.clone() });
    assert_eq!(driver(root, FREE).as_deref(), Some("amdgpu"));
    let answer = helper.plan_undo(&record, false).unwrap();
    assert_eq!(answer, UndoAnswer::NotInEffect { state: RecordState::Undone });
}

#[test]
fn the_client_goes_the_whole_way() {
    let Some(bus) = Bus::start() else { return };
    let absent = Helper::on(bus.connect_as(users().0));
    assert_eq!(absent.map(|helper| helper.program), Err(HelperError::NotInstalled));
    let polkit = Polkit::start(&bus);
    let root = machine::make();
    let running = Running::start(&bus, root.path(), LONG, None);
    let helper = Helper::on(bus.connect_as(users().0)).unwrap();
    assert_eq!(helper.program, env!("CARGO_PKG_VERSION"));
    let plan = view(&helper, &bind(), false);
    let refused = helper.apply(&bind(), plan.digest, &mut |_| {}).unwrap_err();
    assert!(matches!(refused, HelperError::Refused { name: ErrorName::NotAuthorized, .. }), "{refused:?}");
    polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    polkit.answer(Action::Undo.id(), Answer::Yes);
    there_and_back(&helper, root.path());
    drop(bus);
    until("the service ends with its bus", || running.has_ended());
    assert!(matches!(helper.records(), Err(HelperError::Lost | HelperError::Failed { .. })));
}

#[test]
fn what_not_everybody_may_read_is_shown_after_a_yes() {
    let Some(bus) = Bus::start() else { return };
    let polkit = Polkit::start(&bus);
    let root = machine::make();
    machine::add_huge_pages(root.path());
    let _running = Running::start(&bus, root.path(), LONG, None);
    let helper = Helper::on(bus.connect_as(users().0)).unwrap();
    let intent = Intent::SetHugePages { size: gangway_core::plan::HugePageSize::TwoMiB, count: 512 };
    let open = view(&helper, &intent, false);
    assert!(!open.is_withheld() && format!("{open:?}").contains("nr_hugepages"), "{open:?}");
    fs::set_permissions(root.path().join("etc/tmpfiles.d"), Permissions::from_mode(0o700)).unwrap();
    let withheld = view(&helper, &intent, false);
    assert!(withheld.is_withheld(), "{withheld:?}");
    assert_eq!(withheld.digest, open.digest);
    assert!(matches!(
        helper.plan(&intent, true),
        Err(HelperError::Refused { name: ErrorName::NotAuthorized, .. })
    ));
    polkit.answer(Action::Read.id(), Answer::Yes);
    assert_eq!(view(&helper, &intent, true).steps, open.steps);
    polkit.answer(Action::Read.id(), Answer::No);
    polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
    let Ending::Done { record } = helper.apply(&intent, open.digest, &mut |_| {}).unwrap() else { panic!() };
    assert!(helper.recorded(&record, false).unwrap().is_withheld());
    let refused = helper.recorded(&record, true).unwrap_err();
    assert!(matches!(refused, HelperError::Refused { name: ErrorName::NotAuthorized, .. }), "{refused:?}");
    polkit.answer(Action::Read.id(), Answer::Yes);
    assert_eq!(helper.recorded(&record, true).unwrap().steps, open.steps);
    let missing = helper.recorded("2001-01-01T00.00.00Z-1", false).unwrap_err();
    assert!(matches!(missing, HelperError::Refused { name: ErrorName::NotFound, .. }), "{missing:?}");
}

/// The demo's service, as a program of another user where the tests run as root.
struct Demo {
    program: Child,
    root: TempDir,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A machine and a copy of the program that the user may read and write.
fn demo_folder() -> TempDir {
    let root = machine::make();
    fs::copy(binary("gangway-helper"), root.path().join("helper")).unwrap();
    let (user, _) = users();
    let given = Program::new("chown").args(["-R", &format!("{user}:{user}")]).arg(root.path()).run();
    assert_eq!(given.status, 0, "{}", given.errors);
    root
}

#[expect(clippy::disallowed_methods, reason = "starts our own program, on a socket of its own")]
fn start(root: TempDir, input: Stdio) -> Demo {
    let (user, _) = users();
    let program = root.path().join("helper");
    let mut command = if rustix::process::getuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()]);
        command.arg(program);
        command
    } else {
        Command::new(program)
    };
    let started = command.arg("--private").arg(root.path()).stdin(input).stderr(Stdio::piped()).spawn();
    Demo { program: started.unwrap(), root }
}

#[test]
fn the_demo_has_a_service_of_its_own() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut demo = start(demo_folder(), Stdio::from(OwnedFd::from(theirs)));
    let helper = Helper::private(ours).unwrap();
    there_and_back(&helper, demo.root.path());
    assert!(demo.root.path().join("var/lib/gangway/records").is_dir(), "its journal is in the folder");
    drop(helper);
    let end = Instant::now() + LIMIT;
    while demo.program.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it does not end with its socket");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_demos_service_refuses_power_and_this_computer() {
    let helper = binary("gangway-helper");
    let folder = tempfile::tempdir().unwrap();
    let refused = Program::new(&helper).arg("--private").arg(folder.path()).run();
    assert_eq!(refused.status, 1);
    if rustix::process::getuid().is_root() {
        assert!(refused.errors.contains("does not run as root"), "{}", refused.errors);
    }
    let mut demo = start(demo_folder(), Stdio::null());
    assert_eq!(demo.program.wait().unwrap().code(), Some(1), "standard input is no socket");
    for wrong in [&["--private"][..], &["--root", "/x"], &["--bus", "unix:path=/x"], &["--help"], &["x"]] {
        let outcome = Program::new(&helper).args(wrong).run();
        assert_eq!(outcome.status, 1, "{wrong:?}");
    }
}
