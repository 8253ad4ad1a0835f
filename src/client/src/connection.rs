//! Keeps one connection to a hypervisor: connects, lists the virtual machines, listens, and connects again
//! when it is lost. One thread of its own; everything is told through one callback. It never polls: the
//! list is read again when libvirt says that something happened. What is done with it belongs to the programs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::hypervisor::{
    CloseReason, Event, Hypervisor, HypervisorError, HypervisorErrorKind, VirtualMachine,
};

/// What happened to the connection.
#[derive(Clone)]
pub enum Update {
    /// An attempt begins.
    Connecting,
    /// It stands; these are its virtual machines.
    Connected(Arc<dyn Hypervisor>, Vec<VirtualMachine>),
    /// The virtual machines are now these.
    Machines(Vec<VirtualMachine>),
    /// A device of the host appeared or went: time to read the host again.
    Devices,
    /// It broke. The next attempt comes by itself.
    Lost(HypervisorError),
    /// An attempt failed. The next one comes by itself where waiting can help, else with [`Keeper::retry`].
    Failed(HypervisorError),
}

impl std::fmt::Debug for Update {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connecting => f.write_str("Connecting"),
            Self::Connected(hypervisor, machines) => {
                f.debug_tuple("Connected").field(&hypervisor.uri()).field(machines).finish()
            }
            Self::Machines(machines) => f.debug_tuple("Machines").field(machines).finish(),
            Self::Devices => f.write_str("Devices"),
            Self::Lost(error) => f.debug_tuple("Lost").field(error).finish(),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}

/// Keeps the connection as long as it lives; dropping it ends the thread and the connection.
pub struct Keeper {
    signals: Sender<Signal>,
    stopped: Arc<AtomicBool>,
}

impl Keeper {
    /// Starts to connect with `connect`, which may block, and tells `callback` what happens. Both are called
    /// from the keeper's own thread.
    pub fn start(
        connect: impl Fn() -> Result<Arc<dyn Hypervisor>, HypervisorError> + Send + 'static,
        callback: impl Fn(Update) + Send + 'static,
    ) -> Self {
        Self::start_with(connect, callback, Pauses::default())
    }

    fn start_with(
        connect: impl Fn() -> Result<Arc<dyn Hypervisor>, HypervisorError> + Send + 'static,
        callback: impl Fn(Update) + Send + 'static,
        pauses: Pauses,
    ) -> Self {
        let (signals, received) = channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let work = Work {
            connect: Box::new(connect),
            callback: Box::new(callback),
            signals: signals.clone(),
            received,
            stopped: Arc::clone(&stopped),
            pauses,
        };
        let spawned = std::thread::Builder::new().name("hypervisor".into()).spawn(move || work.run());
        if spawned.is_err() {
            // No thread can be had: the machine is out of resources. Nothing was started, nothing is told.
            stopped.store(true, Ordering::SeqCst);
        }
        Self { signals, stopped }
    }

    /// Tries again at once instead of waiting, or reads the list again where the connection stands.
    pub fn retry(&self) {
        // The thread may have ended with the last callback; then there is nothing to retry.
        let _ended = self.signals.send(Signal::Retry);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The thread is not joined: it may be inside a call to libvirt that takes its time (ssh).
        let _ended = self.signals.send(Signal::Stop);
    }
}

/// How long to wait, and for what.
#[derive(Debug, Clone, Copy)]
struct Pauses {
    /// Before the second attempt; doubles with each that fails.
    first: Duration,
    /// At most this between two attempts.
    longest: Duration,
    /// A burst of events is over when nothing came for this long.
    quiet: Duration,
    /// A burst is answered after this long in any case.
    burst: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            quiet: Duration::from_millis(50),
            burst: Duration::from_millis(500),
        }
    }
}

enum Signal {
    Event(Event),
    Retry,
    Stop,
}

/// Why the thread stopped listening to a connection.
enum End {
    /// It broke after it had stood.
    Lost(HypervisorError),
    /// It opened and did not come to stand.
    NeverStood(HypervisorError),
    Stop,
}

struct Work {
    connect: Box<dyn Fn() -> Result<Arc<dyn Hypervisor>, HypervisorError> + Send>,
    callback: Box<dyn Fn(Update) + Send>,
    signals: Sender<Signal>,
    received: Receiver<Signal>,
    stopped: Arc<AtomicBool>,
    pauses: Pauses,
}

impl Work {
    fn run(self) {
        let mut pause = self.pauses.first;
        while !self.is_stopped() {
            self.tell(Update::Connecting);
            let by_itself = match (self.connect)() {
                Ok(hypervisor) => match self.keep(&hypervisor) {
                    End::Stop => return,
                    End::Lost(error) => {
                        pause = self.pauses.first;
                        self.tell(Update::Lost(error));
                        true
                    }
                    End::NeverStood(error) => self.failed(error),
                },
                Err(error) => self.failed(error),
            };
            if !self.wait(by_itself.then_some(pause)) {
                return;
            }
            pause = (pause * 2).min(self.pauses.longest);
        }
    }

    /// Tells that an attempt failed, and whether the next one comes by itself.
    fn failed(&self, error: HypervisorError) -> bool {
        let by_itself = waiting_may_help(error.kind);
        self.tell(Update::Failed(error));
        by_itself
    }

    /// Listens until the connection is lost or nobody wants it any more.
    fn keep(&self, hypervisor: &Arc<dyn Hypervisor>) -> End {
        let signals = self.signals.clone();
        let subscribed = hypervisor.subscribe(Box::new(move |event| {
            // Fails only when the keeper is gone, and then nobody listens.
            let _ended = signals.send(Signal::Event(event));
        }));
        // A driver without events still can be worked with; `retry` then reads the list again.
        let _subscription = match subscribed {
            Ok(subscription) => Some(subscription),
            Err(error) if error.kind == HypervisorErrorKind::Unsupported => None,
            Err(error) => return End::NeverStood(error),
        };
        match hypervisor.list() {
            Ok(machines) => self.tell(Update::Connected(Arc::clone(hypervisor), machines)),
            Err(error) => return End::NeverStood(error),
        }
        loop {
            let Ok(signal) = self.received.recv() else { return End::Stop };
            let burst = self.collect(signal);
            if burst.stop || self.is_stopped() {
                return End::Stop;
            }
            if burst.closed.is_some() || !hypervisor.is_alive() {
                return End::Lost(lost(hypervisor.as_ref(), burst.closed));
            }
            if burst.devices {
                self.tell(Update::Devices);
            }
            if burst.machines {
                match hypervisor.list() {
                    Ok(machines) => self.tell(Update::Machines(machines)),
                    Err(error) => return End::Lost(error),
                }
            }
        }
    }

    /// This signal and those that follow close behind.
    fn collect(&self, first: Signal) -> Burst {
        let mut burst = Burst::default();
        let end = Instant::now() + self.pauses.burst;
        let mut next = Some(first);
        while let Some(signal) = next {
            burst.add(&signal);
            let left = end.saturating_duration_since(Instant::now()).min(self.pauses.quiet);
            if burst.stop || burst.closed.is_some() || left.is_zero() {
                break;
            }
            next = self.received.recv_timeout(left).ok();
        }
        burst
    }

    /// Waits for `pause`, or without one until asked. `false` means stop.
    fn wait(&self, pause: Option<Duration>) -> bool {
        let end = pause.map(|pause| Instant::now() + pause);
        while !self.is_stopped() {
            let signal = match end {
                Some(end) => {
                    match self.received.recv_timeout(end.saturating_duration_since(Instant::now())) {
                        Err(RecvTimeoutError::Timeout) => return true,
                        other => other.ok(),
                    }
                }
                None => self.received.recv().ok(),
            };
            match signal {
                Some(Signal::Retry) => return true,
                // Late events of a connection that is gone.
                Some(Signal::Event(_)) => {}
                Some(Signal::Stop) | None => return false,
            }
        }
        false
    }

    fn tell(&self, update: Update) {
        if !self.is_stopped() {
            (self.callback)(update);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

#[derive(Default)]
struct Burst {
    machines: bool,
    devices: bool,
    closed: Option<CloseReason>,
    stop: bool,
}

impl Burst {
    fn add(&mut self, signal: &Signal) {
        match signal {
            Signal::Event(Event::MachinesChanged) | Signal::Retry => self.machines = true,
            Signal::Event(Event::DevicesChanged) => self.devices = true,
            Signal::Event(Event::Closed { reason }) => self.closed = Some(*reason),
            Signal::Stop => self.stop = true,
        }
    }
}

fn lost(hypervisor: &dyn Hypervisor, reason: Option<CloseReason>) -> HypervisorError {
    let message = match reason {
        Some(CloseReason::KeepAlive) => "no sign of life",
        Some(CloseReason::EndOfFile) => "closed by the other side",
        _ => "",
    };
    HypervisorError::new(HypervisorErrorKind::Lost, hypervisor.uri(), message)
}

/// Whether the same attempt may succeed later without the user doing anything. Where permission is missing,
/// each attempt could ask for a password: that waits for the user.
fn waiting_may_help(kind: HypervisorErrorKind) -> bool {
    matches!(kind, HypervisorErrorKind::NotReachable | HypervisorErrorKind::Lost | HypervisorErrorKind::Other)
}

#[cfg(test)]
mod tests {
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
    const LONG: Pauses =
        Pauses { first: Duration::from_secs(600), longest: Duration::from_secs(600), ..SHORT };

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
        scene.expect(&[
            "lost Lost",
            "connecting",
            "failed NotReachable",
            "connecting",
            "failed NotReachable",
        ]);
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
        assert!(
            scene.told.recv_timeout(Duration::from_millis(200)).is_err(),
            "no password is asked for again"
        );
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
}
