//! The keeper over the hypervisor in memory. Pauses are short, waits are bounded.

use super::*;
use crate::hypervisor::VmState;
use crate::hypervisor::fake::{Call, Fake};
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

const SHORT: Pauses = Pauses {
    first: Duration::from_millis(20),
    longest: Duration::from_millis(40),
    quiet: Duration::from_millis(20),
    burst: Duration::from_millis(200),
};
const LONG: Pauses = Pauses { first: Duration::from_secs(600), longest: Duration::from_secs(600), ..SHORT };

/// A keeper over a fake that can be replaced, and what it has told.
struct Scene {
    keeper: Option<Keeper>,
    told: Receiver<String>,
    present: Arc<Mutex<Result<Arc<Fake>, HypervisorErrorKind>>>,
    attempts: Arc<AtomicUsize>,
}

fn scene(first: Result<Fake, HypervisorErrorKind>, pauses: Pauses) -> Scene {
    let present = Arc::new(Mutex::new(first.map(Arc::new)));
    let attempts = Arc::new(AtomicUsize::new(0));
    let (tell, told) = channel();
    let (source, counter) = (Arc::clone(&present), Arc::clone(&attempts));
    let connect = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        match &*source.lock().unwrap() {
            Ok(fake) => Ok(Arc::clone(fake) as Arc<dyn Hypervisor>),
            Err(kind) => Err(HypervisorError::new(*kind, "fake:///", "")),
        }
    };
    let keeper = Keeper::start_with(connect, move |update| drop(tell.send(word(&update))), pauses);
    Scene { keeper: Some(keeper), told, present, attempts }
}

fn word(update: &Update) -> String {
    let names = |machines: &[VirtualMachine]| {
        machines.iter().map(|machine| machine.name.clone()).collect::<Vec<_>>().join(",")
    };
    match update {
        Update::Connecting => "connecting".into(),
        Update::Connected(_, machines) => format!("connected {}", names(machines)),
        Update::Machines(machines) => format!("machines {}", names(machines)),
        Update::Devices => "devices".into(),
        Update::Lost(error) => format!("lost {:?}", error.kind),
        Update::Failed(error) => format!("failed {:?}", error.kind),
    }
}

impl Scene {
    fn expect(&self, wanted: &[&str]) {
        for word in wanted {
            assert_eq!(self.told.recv_timeout(Duration::from_secs(20)).unwrap(), *word);
        }
    }

    fn fake(&self) -> Arc<Fake> {
        self.present.lock().unwrap().as_ref().map(Arc::clone).unwrap()
    }

    fn add(&self, name: &str, digit: char) {
        let uuid: String = std::iter::repeat_n(digit, 32).collect();
        self.fake().add(name, &uuid, VmState::Off, "<domain/>");
    }
}

#[test]
fn it_lists_and_then_follows_what_happens() {
    let scene = scene(Ok(Fake::new()), SHORT);
    scene.expect(&["connecting", "connected "]);
    scene.add("a", '1');
    scene.expect(&["machines a"]);
    scene.fake().tell(&Event::DevicesChanged);
    scene.expect(&["devices"]);
}

#[test]
fn a_burst_is_read_once() {
    let scene = scene(
        Ok(Fake::new()),
        Pauses { quiet: Duration::from_millis(300), burst: Duration::from_secs(20), ..SHORT },
    );
    scene.expect(&["connecting", "connected "]);
    for (name, digit) in [("a", '1'), ("b", '2'), ("c", '3'), ("d", '4')] {
        scene.add(name, digit);
    }
    scene.expect(&["machines a,b,c,d"]);
    assert!(scene.told.recv_timeout(Duration::from_millis(400)).is_err());
}

#[test]
fn a_lost_connection_comes_back_by_itself() {
    let scene = scene(Ok(Fake::new()), SHORT);
    scene.expect(&["connecting", "connected "]);
    let old = scene.fake();
    *scene.present.lock().unwrap() = Err(HypervisorErrorKind::NotReachable);
    old.die();
    scene.expect(&["lost Lost", "connecting", "failed NotReachable", "connecting", "failed NotReachable"]);
    *scene.present.lock().unwrap() = Ok(Arc::new(Fake::new()));
    loop {
        match scene.told.recv_timeout(Duration::from_secs(20)).unwrap().as_str() {
            "connected " => break,
            "connecting" | "failed NotReachable" => {}
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_first_list_that_breaks_off_is_a_failure_and_a_later_one_a_loss() {
    let fake = Fake::new();
    fake.fail_next(Call::List, HypervisorErrorKind::Lost);
    let scene = scene(Ok(fake), SHORT);
    scene.expect(&["connecting", "failed Lost", "connecting", "connected "]);
    scene.fake().fail_next(Call::List, HypervisorErrorKind::Lost);
    scene.add("a", '1');
    scene.expect(&["lost Lost", "connecting", "connected a"]);
}

#[test]
fn permission_that_lacks_for_the_list_is_not_asked_for_again() {
    let fake = Fake::new();
    fake.fail_next(Call::List, HypervisorErrorKind::NoPermission);
    let scene = scene(Ok(fake), SHORT);
    scene.expect(&["connecting", "failed NoPermission"]);
    assert!(scene.told.recv_timeout(Duration::from_millis(200)).is_err());
}

#[test]
fn without_events_it_still_lists() {
    let fake = Fake::new();
    fake.fail_next(Call::Subscribe, HypervisorErrorKind::Unsupported);
    let scene = scene(Ok(fake), SHORT);
    scene.expect(&["connecting", "connected "]);
    scene.add("a", '1');
    scene.keeper.as_ref().unwrap().retry();
    scene.expect(&["machines a"]);
}

#[test]
fn without_permission_it_waits_to_be_asked() {
    let scene = scene(Err(HypervisorErrorKind::NoPermission), SHORT);
    scene.expect(&["connecting", "failed NoPermission"]);
    assert!(scene.told.recv_timeout(Duration::from_millis(200)).is_err(), "no password is asked for again");
    *scene.present.lock().unwrap() = Ok(Arc::new(Fake::new()));
    scene.keeper.as_ref().unwrap().retry();
    scene.expect(&["connecting", "connected "]);
    assert_eq!(scene.attempts.load(Ordering::SeqCst), 2);
}

#[test]
fn asked_it_does_not_wait() {
    let scene = scene(Err(HypervisorErrorKind::NotReachable), LONG);
    scene.expect(&["connecting", "failed NotReachable"]);
    scene.keeper.as_ref().unwrap().retry();
    scene.expect(&["connecting", "failed NotReachable"]);
}

#[test]
fn dropped_it_says_nothing_more_and_lets_go() {
    let mut scene = scene(Ok(Fake::new()), SHORT);
    scene.expect(&["connecting", "connected "]);
    let fake = scene.fake();
    scene.keeper = None;
    fake.tell(&Event::MachinesChanged);
    // The thread's end drops the callback, and with it the other end of this channel.
    assert_eq!(scene.told.recv_timeout(Duration::from_secs(20)), Err(RecvTimeoutError::Disconnected));
}
