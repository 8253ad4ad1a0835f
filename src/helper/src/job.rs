//! The jobs: at most one at a time, and how the last ones ended. A job belongs to the service and not to its caller, who
//! may go away and ask again later.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gangway_protocol::ErrorName;
use gangway_protocol::names::LAST_JOB;
use gangway_protocol::wire::{Ending, JobState, Working};

use crate::caller::Sender;
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
    states: BTreeMap<u32, (Sender, JobState)>,
}

/// The place of the one job that may work. It is free again when this is dropped, also where the job's thread panics.
#[derive(Debug)]
pub(crate) struct Place {
    jobs: Arc<Jobs>,
    /// The job's number.
    pub(crate) number: u32,
    owner: Sender,
}

impl Jobs {
    /// Takes the place of the one job.
    ///
    /// # Errors
    /// Another one works.
    pub(crate) fn begin(self: &Arc<Self>, owner: &Sender) -> Result<Place, Refused> {
        let mut inner = lock(&self.inner);
        if inner.running {
            return Err(Refused::new(ErrorName::Busy, "another plan is being carried out"));
        }
        inner.running = true;
        inner.last = inner.last.wrapping_add(1);
        Ok(Place { jobs: Arc::clone(self), number: inner.last, owner: owner.clone() })
    }

    /// Whether a job works.
    pub(crate) fn is_running(&self) -> bool {
        lock(&self.inner).running
    }

    /// How far a job is; none where it may not be told as a whole to whoever asks, by who wanted it.
    ///
    /// # Errors
    /// There is no such job, or it ended long ago.
    pub(crate) fn state(
        &self,
        number: u32,
        is_for: impl FnOnce(&Sender) -> bool,
    ) -> Result<Option<JobState>, Refused> {
        let inner = lock(&self.inner);
        let found = match number {
            LAST_JOB => inner.states.values().next_back(),
            number => inner.states.get(&number),
        };
        let (owner, state) = found
            .ok_or_else(|| Refused::new(ErrorName::NotFound, format_args!("there is no job {number}")))?;
        Ok(is_for(owner).then(|| state.clone()))
    }

    /// How far a job is, without what went wrong.
    ///
    /// # Errors
    /// As [`Jobs::state`].
    pub(crate) fn state_without_reasons(&self, number: u32) -> Result<JobState, Refused> {
        let state = self.state(number, |_| true)?;
        Ok(match state.unwrap_or_else(|| JobState::Working(Working::default())) {
            JobState::Ended(ending) => JobState::Ended(ending.without_reasons()),
            working @ JobState::Working(_) => working,
        })
    }
}

impl Place {
    /// Notes how far the job is.
    pub(crate) fn note(&self, state: JobState) {
        let mut inner = lock(&self.jobs.inner);
        inner.states.insert(self.number, (self.owner.clone(), state));
        while inner.states.len() > KEPT {
            inner.states.pop_first();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = lock(&self.jobs.inner);
        inner.running = false;
        // Its thread ended without a word, so it panicked: nobody shall wait for more.
        if let Some((_, state)) = inner.states.get_mut(&self.number)
            && let JobState::Working(working) = state
        {
            let reason = "the service failed".to_owned();
            *state = JobState::Ended(match working.record.take() {
                Some(record) => {
                    let stuck = "what was begun is led to an end before the next change".to_owned();
                    Ending::Stuck { record, reason, stuck, restart: false }
                }
                None => Ending::NotBegun { error: ErrorName::Failed, reason },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_job_works_at_a_time_and_the_last_ones_are_remembered() {
        let jobs: Arc<Jobs> = Arc::default();
        let ada = Sender { name: Some(":1.7".to_owned()), uid: 1000, interactive: true };
        let first = jobs.begin(&ada).unwrap();
        assert_eq!(jobs.begin(&ada).unwrap_err().name, ErrorName::Busy);
        for unknown in [first.number, LAST_JOB] {
            assert_eq!(jobs.state(unknown, |_| true).unwrap_err().name, ErrorName::NotFound);
        }
        let working = JobState::Working(Working { of: 3, ..Working::default() });
        first.note(working.clone());
        for known in [first.number, LAST_JOB] {
            assert_eq!(jobs.state(known, |owner| *owner == ada), Ok(Some(working.clone())));
        }
        let number = first.number;
        drop(first);
        assert!(!jobs.is_running());
        let ended = JobState::Ended(Ending::Done { record: "a".to_owned() });
        for _ in 0..KEPT {
            jobs.begin(&ada).unwrap().note(ended.clone());
        }
        assert_eq!(jobs.state(number, |_| true).unwrap_err().name, ErrorName::NotFound);
        assert_eq!(jobs.state(number + 1, |_| true), Ok(Some(ended)));
    }

    #[test]
    fn a_job_that_ends_without_a_word_has_ended() {
        let jobs: Arc<Jobs> = Arc::default();
        let ada = Sender { name: None, uid: 1000, interactive: true };
        for record in [None, Some("a".to_owned())] {
            let place = jobs.begin(&ada).unwrap();
            let number = place.number;
            place.note(JobState::Working(Working { record: record.clone(), ..Working::default() }));
            drop(place);
            let Ok(Some(JobState::Ended(ending))) = jobs.state(number, |_| true) else { panic!() };
            match ending {
                Ending::NotBegun { .. } => assert_eq!(record, None),
                Ending::Stuck { record: told, .. } => assert_eq!(record, Some(told)),
                other => panic!("{other:?}"),
            }
        }
    }
}
