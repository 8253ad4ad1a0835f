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
    use HypervisorErrorKind::{DemoState, Lost, NotReachable, Other};
    matches!(kind, NotReachable | Lost | DemoState | Other)
}

#[cfg(test)]
mod tests;
