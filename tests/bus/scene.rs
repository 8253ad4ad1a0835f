//! The service on a machine in a folder, a polkit, and a user who calls: what the tests of the service over a bus begin with, and
//! what they ask it.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use gangway_core::plan::{Digest, Intent};
use gangway_protocol::names::Method;
use gangway_protocol::wire::{
    self, Ending, JobState, PlanAnswer, PlanView, RecordEntry, RecordView, Tagged, UndoAnswer, UndoView,
    Values,
};
use gangway_protocol::{Action, ErrorName};
use tempfile::TempDir;
use zbus::Connection;

use super::machine::{self, FREE, driver};
use super::polkit::{Answer, Polkit};
use super::{Bus, LIMIT, Running, Watcher, call, until, users};

/// Longer than any test.
pub const LONG: Duration = Duration::from_secs(600);

/// A bus with a polkit, a machine and the service, and a user who calls.
#[derive(Debug)]
pub struct Scene {
    /// The user's connection.
    pub client: Connection,
    /// Who says what the user may.
    pub polkit: Polkit,
    /// The machine.
    pub root: TempDir,
    _running: Running,
    /// The bus, for more connections.
    pub bus: Bus,
}

impl Scene {
    /// With nothing in the way; none where this system has no bus, which is noted.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn new() -> Option<Self> {
        Self::watched(None)
    }

    /// The same, with an engine that tells of every gap between two effects.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn watched(watcher: Option<Watcher>) -> Option<Self> {
        let bus = Bus::start()?;
        let polkit = Polkit::start(&bus);
        let root = machine::make();
        let running = Running::start(&bus, root.path(), LONG, watcher);
        let client = bus.connect_as(users().0);
        Some(Self { client, polkit, root, _running: running, bus })
    }

    /// The driver that a function has.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn driver(&self, address: &str) -> Option<String> {
        driver(self.root.path(), address)
    }

    /// Applies the binding of the free card, which polkit allows, and gives its record.
    ///
    /// # Panics
    /// When it does not succeed.
    pub fn bound(&self) -> String {
        self.polkit.answer(Action::ChangeSystem.id(), Answer::Yes);
        let view = plan(&self.client, &bind(FREE), false);
        let job = apply(&self.client, &bind(FREE), view.digest).unwrap();
        match ended(&self.client, job) {
            Ending::Done { record } => record,
            other => panic!("{other:?}"),
        }
    }
}

/// The binding of a device.
///
/// # Panics
/// When that is no address.
pub fn bind(address: &str) -> Intent {
    Intent::Bind { device: address.parse().unwrap(), whole_group: false }
}

/// What the service answers to the question for a plan.
///
/// # Errors
/// Its error, by name and text.
///
/// # Panics
/// When the answer is not understood.
pub fn answer(client: &Connection, intent: &Intent, whole: bool) -> Result<PlanAnswer, (String, String)> {
    let reply = call(client, Method::Plan, &(wire::to_wire(intent).unwrap(), whole))?;
    Ok(wire::from_wire(&reply.body().deserialize::<Tagged>().unwrap()).unwrap())
}

/// The plan of an intent.
///
/// # Panics
/// When it is refused.
pub fn plan(client: &Connection, intent: &Intent, whole: bool) -> PlanView {
    match answer(client, intent, whole).unwrap() {
        PlanAnswer::Plan(view) => *view,
        PlanAnswer::Refused { refusals } => panic!("{refusals:?}"),
    }
}

/// Applies what was reviewed; the number of the job.
///
/// # Errors
/// The name of the error.
///
/// # Panics
/// When the answer is not understood.
pub fn apply(client: &Connection, intent: &Intent, digest: Digest) -> Result<u32, ErrorName> {
    let sent = (wire::to_wire(intent).unwrap(), digest.to_string());
    let reply = call(client, Method::Apply, &sent).map_err(name_of)?;
    Ok(reply.body().deserialize().unwrap())
}

/// What kind of error of ours it is.
///
/// # Panics
/// When it is none of ours.
pub fn name_of((name, text): (String, String)) -> ErrorName {
    ErrorName::of_name(&name).unwrap_or_else(|| panic!("{name}: {text}"))
}

/// How far a job is.
///
/// # Panics
/// When there is none.
pub fn state(client: &Connection, job: u32) -> JobState {
    let reply = call(client, Method::Job, &job).unwrap();
    wire::from_wire(&reply.body().deserialize::<Tagged>().unwrap()).unwrap()
}

/// How a job ended, once it has.
///
/// # Panics
/// When it does not end.
pub fn ended(client: &Connection, job: u32) -> Ending {
    until("the job ends", || matches!(state(client, job), JobState::Ended(_)));
    match state(client, job) {
        JobState::Ended(ending) => ending,
        JobState::Working(_) => unreachable!(),
    }
}

/// The records.
///
/// # Panics
/// When one cannot be read.
pub fn records(client: &Connection) -> Vec<RecordView> {
    let reply = call(client, Method::Records, &()).unwrap();
    let entries: Vec<Values> = reply.body().deserialize().unwrap();
    let record = |values: &Values| match wire::from_values(values).unwrap() {
        RecordEntry::Record(view) => *view,
        RecordEntry::Unreadable { reason } => panic!("{reason}"),
    };
    entries.iter().map(record).collect()
}

/// What undoing a record would do.
///
/// # Panics
/// When it is not in effect.
pub fn plan_undo(client: &Connection, record: &str) -> UndoView {
    let reply = call(client, Method::PlanUndo, &(record, false)).unwrap();
    match wire::from_wire(&reply.body().deserialize::<Tagged>().unwrap()).unwrap() {
        UndoAnswer::Undo(view) => *view,
        UndoAnswer::NotInEffect { state } => panic!("{state:?}"),
    }
}

/// Writes an attribute of a device.
///
/// # Panics
/// When it cannot be written.
#[expect(clippy::disallowed_methods, reason = "changes a machine in a temporary folder")]
pub fn set(root: &Path, address: &str, attribute: &str, text: &str) {
    fs::write(crate::tree::home(root, address).join(attribute), text).unwrap();
}

/// Holds the engine before its first step, until it is let go: the watcher, what tells that it is held, and what lets it go.
///
/// # Panics
/// Never: the lock is held by the engine alone.
pub fn held() -> (Watcher, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (reached, at_step) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let watcher: Watcher = Box::new(move |name, about| {
        if (name, about) == ("step-begin", "0") {
            let _ = reached.send(());
            let _ = wait.lock().unwrap().recv_timeout(LIMIT);
        }
    });
    (watcher, at_step, go)
}
