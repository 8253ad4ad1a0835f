//! The jobs: at most one at a time, and how the last ones ended. A job belongs to the service and not to its caller, who
//! may go away and ask again later.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gangway_protocol::ErrorName;
use gangway_protocol::wire::JobState;

use crate::lock;
use crate::refused::Refused;

/// How many jobs are remembered.
const KEPT: usize = 16;

/// The jobs of the service.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    last: u32,
    running: bool,
    states: BTreeMap<u32, JobState>,
}

/// The place of the one job that may work. It is free again when this is dropped, also where the job's thread panics.
#[derive(Debug)]
pub(crate) struct Place {
    jobs: Arc<Jobs>,
    /// The job's number.
    pub(crate) number: u32,
}

impl Jobs {
    /// Takes the place of the one job.
    ///
    /// # Errors
    /// Another one works.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Place, Refused> {
        let mut inner = lock(&self.inner);
        if inner.running {
            return Err(Refused::new(ErrorName::Busy, "another plan is being carried out"));
        }
        inner.running = true;
        inner.last = inner.last.wrapping_add(1);
        Ok(Place { jobs: Arc::clone(self), number: inner.last })
    }

    /// Whether a job works.
    pub(crate) fn is_running(&self) -> bool {
        lock(&self.inner).running
    }

    /// How far a job is.
    ///
    /// # Errors
    /// There is no such job, or it ended long ago.
    pub(crate) fn state(&self, number: u32) -> Result<JobState, Refused> {
        let state = lock(&self.inner).states.get(&number).cloned();
        state.ok_or_else(|| Refused::new(ErrorName::NotFound, format_args!("there is no job {number}")))
    }
}

impl Place {
    /// Notes how far the job is.
    pub(crate) fn note(&self, state: JobState) {
        let mut inner = lock(&self.jobs.inner);
        inner.states.insert(self.number, state);
        while inner.states.len() > KEPT {
            inner.states.pop_first();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.jobs.inner).running = false;
    }
}

#[cfg(test)]
mod tests {
    use gangway_protocol::wire::{Ending, Working};

    use super::*;

    #[test]
    fn one_job_works_at_a_time_and_the_last_ones_are_remembered() {
        let jobs: Arc<Jobs> = Arc::default();
        let first = jobs.begin().unwrap();
        assert_eq!(jobs.begin().unwrap_err().name, ErrorName::Busy);
        assert_eq!(jobs.state(first.number).unwrap_err().name, ErrorName::NotFound);
        let working = JobState::Working(Working { of: 3, ..Working::default() });
        first.note(working.clone());
        assert_eq!(jobs.state(first.number), Ok(working));
        let number = first.number;
        drop(first);
        assert!(!jobs.is_running());
        let ended = JobState::Ended(Ending::Done { record: "a".to_owned() });
        for _ in 0..KEPT {
            jobs.begin().unwrap().note(ended.clone());
        }
        assert_eq!(jobs.state(number).unwrap_err().name, ErrorName::NotFound);
        assert_eq!(jobs.state(number + 1), Ok(ended));
    }
}
