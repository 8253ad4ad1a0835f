//! Tells a job's caller, and whoever asks for the job, how far the engine is.

use std::time::Instant;

use gangway_protocol::names::{INTERFACE, PATH, Signal};
use gangway_protocol::wire::{JobState, Working, to_wire};
use zbus::Connection;

use crate::job::Place;
use crate::journal::RecordId;
use crate::log::log;
use crate::report::{Progress, Watch};

/// The longest line of a tool that is told, in characters.
const LINE_LIMIT: usize = 200;

/// Whom a job tells of itself.
#[derive(Debug)]
pub(crate) struct Teller {
    connection: Connection,
    /// The caller's name on the bus; none over a private socket.
    caller: Option<String>,
    place: Place,
    working: Working,
    /// When the step began that is worked on.
    begun: Option<Instant>,
}

impl Teller {
    /// For a job that makes a record, which is known once it is written, or undoes one, which is known from the first.
    pub(crate) fn new(
        connection: Connection,
        caller: Option<String>,
        place: Place,
        undoes: Option<&RecordId>,
    ) -> Self {
        let working = Working { record: undoes.map(ToString::to_string), ..Working::default() };
        let teller = Self { connection, caller, place, working, begun: None };
        teller.place.note(JobState::Working(teller.working.clone()));
        teller
    }

    pub(crate) fn number(&self) -> u32 {
        self.place.number
    }

    /// Notes and tells the state. Nobody may be left to hear it.
    pub(crate) fn tell(&self, state: JobState) {
        let sent = to_wire(&state);
        self.place.note(match state {
            JobState::Working(working) => JobState::Working(Working { line: None, ..working }),
            ended @ JobState::Ended(_) => ended,
        });
        let Ok(sent) = sent else { return };
        let (caller, name) = (self.caller.as_deref(), Signal::Progress.name());
        let body = (self.place.number, sent);
        // A caller that went away hears nothing, and needs nothing.
        let _ = zbus::block_on(self.connection.emit_signal(caller, PATH, INTERFACE, name, &body));
    }
}

impl Watch for Teller {
    fn heard(&mut self, progress: Progress<'_>) {
        self.working.line = None;
        match progress {
            Progress::Recorded(record) => self.working.record = Some(record.to_string()),
            Progress::Begun { step, of } => {
                self.working.done = step;
                self.working.of = of;
                self.begun = Some(Instant::now());
            }
            Progress::Done { step, of } => {
                if let Some(begun) = self.begun.take() {
                    let (job, took) = (self.place.number, begun.elapsed().as_secs_f32());
                    log(format_args!("Job {job}: {} of {of} done in {took:.1} s", step + 1));
                }
                self.working.done = step + 1;
                self.working.of = of;
            }
            Progress::TakingBack { step } => {
                self.working.done = step;
                self.working.taking_back = true;
            }
            Progress::Line(line) => {
                let shown = line.chars().filter(|c| !c.is_control()).take(LINE_LIMIT);
                self.working.line = Some(shown.collect());
            }
        }
        self.tell(JobState::Working(self.working.clone()));
    }
}
