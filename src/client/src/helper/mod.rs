//! The client of the root service: whether it is there and speaks our protocol, plans for review, changes with their
//! progress, undo, records.
//!
//! All calls block and may be made from any thread. Nothing is decided here: what is asked, and what a person sees of the
//! answer, is the programs'.

mod error;

use std::future::poll_fn;
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gangway_core::plan::{Digest, Intent};
use gangway_protocol::ErrorName;
use gangway_protocol::names::{INTERFACE, LAST_JOB, Method, PATH, PROTOCOL, SERVICE, Signal};
use gangway_protocol::wire::{
    self, Ending, JobState, PlanAnswer, PlanView, RecordEntry, RecordState, Tagged, UndoAnswer, Values,
    Working,
};
use serde::Serialize;
use zbus::connection::Builder;
use zbus::export::futures_core::Stream as _;
use zbus::proxy::{CacheProperties, MethodFlags, Proxy};
use zbus::{Connection, DynamicType, MatchRule, MessageStream};

use crate::demo::Process;
pub use error::HelperError;

/// How long nothing is heard of a job before it is asked for.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long the service may take to come up and say who it is.
const START: Duration = Duration::from_secs(30);

/// The bus itself.
const BUS: &str = "org.freedesktop.DBus";

/// A service that is there and speaks our protocol.
#[derive(Debug, Clone)]
pub struct Helper {
    connection: Connection,
    /// The version of its program.
    pub program: String,
    /// The demo's, held to be ended: by closing its connection, so it is let go after that.
    _process: Option<Arc<Process>>,
}

impl Helper {
    /// The service of this computer, started by the system bus where it does not run.
    ///
    /// # Errors
    /// There is no bus, no service on it, or one of another version.
    pub fn system() -> Result<Self, HelperError> {
        let connection = zbus::block_on(Builder::system().build())
            .map_err(|error| HelperError::NoBus { reason: error.to_string() })?;
        Self::on(connection)
    }

    /// The service at the other end of a private socket.
    ///
    /// # Errors
    /// It does not answer, or is of another version.
    pub fn private(stream: UnixStream) -> Result<Self, HelperError> {
        let connection = zbus::block_on(Builder::unix_stream(stream).p2p().build())
            .map_err(|error| HelperError::NoBus { reason: error.to_string() })?;
        Self::on(connection)
    }

    /// The same with the process that serves it.
    pub(crate) fn with_process(self, process: Process) -> Self {
        Self { _process: Some(Arc::new(process)), ..self }
    }

    /// The service on a connection.
    ///
    /// # Errors
    /// There is none, or one of another version.
    pub fn on(connection: Connection) -> Result<Self, HelperError> {
        let helper = Self { connection, program: String::new(), _process: None };
        let limited = async {
            let runtime = zruntime::SharedRuntime::current().map_err(HelperError::failed)?;
            let asked = pin!(helper.ask::<_, (u32, String)>(Method::Version, &()));
            runtime.timeout(START, asked).await.map_err(HelperError::failed)?
        };
        let (protocol, program) = zbus::block_on(limited)?;
        if protocol != PROTOCOL {
            return Err(HelperError::OtherVersion { newer: protocol > PROTOCOL, program });
        }
        Ok(Self { program, ..helper })
    }

    /// The machine as root sees it, as the text of a captured machine. polkit may ask the user.
    ///
    /// # Errors
    /// It is not allowed, or the service failed.
    pub fn describe(&self) -> Result<String, HelperError> {
        zbus::block_on(self.ask(Method::Describe, &()))
    }

    /// What would be done for an intent. With `whole`, the contents of files that not everybody may read are in it; polkit
    /// may ask the user then.
    ///
    /// # Errors
    /// It is not allowed, or the service failed.
    pub fn plan(&self, intent: &Intent, whole: bool) -> Result<PlanAnswer, HelperError> {
        let asked = (wire::to_wire(intent).map_err(HelperError::failed)?, whole);
        let answer: Tagged = zbus::block_on(self.ask(Method::Plan, &asked))?;
        wire::from_wire(&answer).map_err(HelperError::failed)
    }

    /// Does what was reviewed, and waits for its end. polkit asks the user before anything happens.
    ///
    /// # Errors
    /// It was not begun. How it ended once it was is no error here.
    pub fn apply(
        &self,
        intent: &Intent,
        reviewed: Digest,
        heard: &mut dyn FnMut(&Working),
    ) -> Result<Ending, HelperError> {
        let asked = (wire::to_wire(intent).map_err(HelperError::failed)?, reviewed.to_string());
        zbus::block_on(self.job(Method::Apply, &asked, heard))
    }

    /// What undoing a record would do now; `whole` as in [`Helper::plan`].
    ///
    /// # Errors
    /// There is no such record, it is not allowed, or the service failed.
    pub fn plan_undo(&self, record: &str, whole: bool) -> Result<UndoAnswer, HelperError> {
        let answer: Tagged = zbus::block_on(self.ask(Method::PlanUndo, &(record, whole)))?;
        wire::from_wire(&answer).map_err(HelperError::failed)
    }

    /// Undoes a record as was reviewed, and waits for its end. polkit asks the user before anything happens.
    ///
    /// # Errors
    /// It was not begun.
    pub fn undo(
        &self,
        record: &str,
        reviewed: Digest,
        heard: &mut dyn FnMut(&Working),
    ) -> Result<Ending, HelperError> {
        zbus::block_on(self.job(Method::Undo, &(record, reviewed.to_string()), heard))
    }

    /// What was done, the last one first.
    ///
    /// # Errors
    /// The service failed.
    pub fn records(&self) -> Result<Vec<RecordEntry>, HelperError> {
        let records: Vec<Values> = zbus::block_on(self.ask(Method::Records, &()))?;
        records.iter().map(|record| wire::from_values(record).map_err(HelperError::failed)).collect()
    }

    /// The plan of a record, as it was carried out; `whole` as in [`Helper::plan`].
    ///
    /// # Errors
    /// There is no such record, it is not allowed, or the service failed.
    pub fn recorded(&self, record: &str, whole: bool) -> Result<PlanView, HelperError> {
        let answer: Tagged = zbus::block_on(self.ask(Method::Record, &(record, whole)))?;
        match wire::from_wire(&answer).map_err(HelperError::failed)? {
            PlanAnswer::Plan(view) => Ok(*view),
            PlanAnswer::Refused { .. } => Err(HelperError::failed("a record without a plan")),
        }
    }

    /// How far a job is.
    ///
    /// # Errors
    /// There is no such job.
    pub fn state(&self, job: u32) -> Result<JobState, HelperError> {
        zbus::block_on(self.asked_state(job))
    }

    /// How far the job is that works now, whoever began it; none where none does.
    ///
    /// # Errors
    /// The service failed.
    pub fn running(&self) -> Result<Option<Working>, HelperError> {
        match self.state(LAST_JOB) {
            Ok(JobState::Working(working)) => Ok(Some(working)),
            Ok(JobState::Ended(_)) => Ok(None),
            Err(HelperError::Refused { name: ErrorName::NotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits for the end of the job that makes a record or undoes it, whoever began it. The service tells its progress to
    /// who began it alone, so it is asked for.
    ///
    /// # Errors
    /// The service failed, or nobody knows what became of it.
    pub fn follow(&self, record: &str, heard: &mut dyn FnMut(&Working)) -> Result<Ending, HelperError> {
        let mut before = None;
        loop {
            match self.state(LAST_JOB) {
                Ok(JobState::Working(working)) if working.record.as_deref() == Some(record) => {
                    if before.as_ref() != Some(&working) {
                        heard(&working);
                        before = Some(working);
                    }
                }
                Ok(JobState::Ended(ending)) if ending.record() == Some(record) => return Ok(ending),
                // It was seen at work, and then something stood in its way before it changed anything.
                Ok(JobState::Ended(ending)) if before.is_some() && ending.record().is_none() => {
                    return Ok(ending);
                }
                // Another job works by now, or another service does: what became of this one is in its record.
                Ok(_) | Err(HelperError::Refused { name: ErrorName::NotFound, .. }) => {
                    return self.became(record);
                }
                Err(error) => return Err(error),
            }
            thread::sleep(PATIENCE);
        }
    }

    /// How it ended, as its record has it.
    fn became(&self, id: &str) -> Result<Ending, HelperError> {
        let records = self.records()?;
        let found = records.into_iter().find_map(|entry| match entry {
            RecordEntry::Record(view) if view.id == id => Some(view),
            RecordEntry::Record(_) | RecordEntry::Unreadable { .. } => None,
        });
        let view = found.ok_or(HelperError::Lost)?;
        let (record, reason) = (view.id, view.reason.unwrap_or_default());
        match view.state {
            RecordState::Applied | RecordState::Undone => Ok(Ending::Done { record }),
            RecordState::RolledBack => Ok(Ending::RolledBack { record, step: None, reason }),
            RecordState::Stuck => Ok(Ending::Stuck { record, reason, stuck: String::new(), restart: false }),
            RecordState::UndoStopped => Ok(Ending::UndoStopped { record, reason }),
            RecordState::Interrupted | RecordState::UndoInterrupted => Err(HelperError::Lost),
        }
    }

    async fn asked_state(&self, job: u32) -> Result<JobState, HelperError> {
        let state: Tagged = self.ask(Method::Job, &job).await?;
        wire::from_wire(&state).map_err(HelperError::failed)
    }

    async fn ask<B, R>(&self, method: Method, body: &B) -> Result<R, HelperError>
    where
        B: Serialize + DynamicType,
        R: for<'d> zbus::wire::DynamicDeserialize<'d>,
    {
        let proxy = self.proxy().await?;
        // The caller sits in front of it, or has an agent that asks: polkit may.
        let answer = proxy.call_with_flags(method.name(), MethodFlags::ALLOW_INTERACTIVE_AUTH, body).await;
        answer?.ok_or_else(|| HelperError::failed("no answer"))
    }

    async fn proxy(&self) -> Result<Proxy<'static>, HelperError> {
        let proxy = zbus::proxy::Builder::new(&self.connection)
            .destination(SERVICE)
            .path(PATH)
            .interface(INTERFACE)
            .cache_properties(CacheProperties::No);
        Ok(proxy.build().await?)
    }

    /// The service's own name on the bus. Everybody may send signals to everybody there, so only its own count.
    async fn service(&self) -> Option<String> {
        let asked = self.connection.call_method(
            Some(BUS),
            "/org/freedesktop/DBus",
            Some(BUS),
            "GetNameOwner",
            &SERVICE,
        );
        asked.await.ok()?.body().deserialize().ok()
    }

    /// Begins a job and waits for its end. What is missed of its signals is asked for.
    async fn job<B: Serialize + DynamicType>(
        &self,
        method: Method,
        body: &B,
        heard: &mut dyn FnMut(&Working),
    ) -> Result<Ending, HelperError> {
        let runtime = zruntime::SharedRuntime::current().map_err(HelperError::failed)?;
        let rule = MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .path(PATH)
            .interface(INTERFACE)
            .member(Signal::Progress.name())
            .build()?;
        let mut signals = MessageStream::for_match_rule(rule, &self.connection, None).await?;
        let number: u32 = self.ask(method, body).await?;
        let service = self.service().await;
        loop {
            let next = pin!(poll_fn(|context| Pin::new(&mut signals).poll_next(context)));
            let state = match runtime.timeout(PATIENCE, next).await {
                Ok(Some(signal)) => {
                    let signal = signal?;
                    if self.connection.is_bus()
                        && (service.is_none() || signal.header().sender().map(ToString::to_string) != service)
                    {
                        continue;
                    }
                    let (job, state): (u32, Tagged) = signal.body().deserialize()?;
                    if job != number {
                        continue;
                    }
                    wire::from_wire(&state).map_err(HelperError::failed)?
                }
                Ok(None) => return Err(HelperError::Lost),
                Err(_) => match self.asked_state(number).await {
                    // It ended, and so long ago that it is forgotten; or another service has come up.
                    Err(HelperError::Refused { name: ErrorName::NotFound, .. }) => {
                        return Err(HelperError::Lost);
                    }
                    state => state?,
                },
            };
            match state {
                JobState::Working(working) => heard(&working),
                JobState::Ended(ending) => return Ok(ending),
            }
        }
    }
}
