//! A change of the host that is being made: how far it is, what the tools said, and how it ended. It belongs to the window
//! and not to the dialog that began it, which may be closed. Plain values without GTK.

use std::sync::Arc;

use gangway_client::helper::HelperError;
use gangway_client::network::{NetworkPlan, NetworkUndo};
use gangway_client::saga::Wish;
use gangway_client::text::fill;
use gangway_core::plan::{Digest, Effect, Intent};
use gangway_protocol::wire::{Ending, Working};
use gettextrs::gettext;

use crate::dialogs::host_change::back::{Back, Both};

/// So many of the last lines that tools said are kept.
const LINES: usize = 200;

/// What the service is asked to do, as it was reviewed.
#[derive(Debug, Clone)]
pub enum Order {
    Apply {
        intent: Intent,
        digest: Digest,
    },
    Undo {
        record: String,
        digest: Digest,
    },
    /// A virtual machine loses what a reservation kept for it, then that is taken back.
    TakeBack {
        back: Arc<Back>,
        both: Both,
    },
    /// libvirt's network alone.
    Network(NetworkPlan),
    UndoNetwork(NetworkUndo),
}

/// What is heard of it.
#[derive(Debug)]
pub enum JobNews {
    Heard(Working),
    /// Why libvirt's part was not done.
    Trouble(String),
    Ended(Result<Ending, HelperError>),
}

/// A change that is being made, or was.
#[derive(Debug, Clone)]
pub struct Job {
    pub order: Order,
    /// What is wanted.
    pub title: String,
    /// A sentence for each step, or for each action of undo.
    pub steps: Vec<String>,
    /// When what is wanted is so; of an undo, when what is undone was.
    pub effect: Effect,
    /// What libvirt does once the service is done.
    pub network: Option<NetworkPlan>,
    /// Why that was not done.
    pub trouble: Option<String>,
    /// None until it was begun: polkit asks first.
    pub working: Option<Working>,
    /// The last lines of the system's tools.
    pub log: Vec<String>,
    /// What a virtual machine shall get after the restart; kept before the service is asked.
    pub wish: Option<Wish>,
    /// How it ended; an error where it was not begun, or where nobody knows.
    pub ended: Option<Result<Ending, HelperError>>,
    /// How many steps were done when it began to be taken back.
    reached: usize,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Waiting,
    Now,
    Done,
    /// It was done, and was taken back.
    Back,
    Failed,
}

impl Job {
    pub fn new(order: Order, title: String, steps: Vec<String>, effect: Effect) -> Self {
        Self {
            order,
            title,
            steps,
            effect,
            working: None,
            log: Vec::new(),
            wish: None,
            network: None,
            trouble: None,
            ended: None,
            reached: 0,
        }
    }

    /// Takes in what was heard.
    pub fn hear(&mut self, news: JobNews) {
        match news {
            JobNews::Heard(mut working) => {
                if let Some(line) = working.line.take() {
                    if self.log.len() == LINES {
                        self.log.remove(0);
                    }
                    self.log.push(line);
                }
                if !working.taking_back {
                    self.reached = working.done;
                }
                self.working = Some(working);
            }
            JobNews::Trouble(sentence) => self.trouble = Some(sentence),
            JobNews::Ended(ended) => self.ended = Some(ended),
        }
    }

    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    pub fn is_undo(&self) -> bool {
        matches!(self.order, Order::Undo { .. } | Order::TakeBack { .. } | Order::UndoNetwork(_))
    }

    /// Whether the service has no part in it.
    pub fn is_of_libvirt(&self) -> bool {
        matches!(self.order, Order::Network(_) | Order::UndoNetwork(_))
    }

    /// Why nothing was done of what libvirt alone had to do, or before the service could begin.
    pub fn nothing_came_of_it(&self) -> Option<&str> {
        match &self.ended {
            Some(Ok(Ending::Done { .. })) if self.is_of_libvirt() => self.trouble.as_deref(),
            Some(Ok(Ending::NotBegun { .. })) => self.trouble.as_deref(),
            _ => None,
        }
    }

    /// How each step stands.
    pub fn marks(&self) -> Vec<Mark> {
        (0..self.steps.len()).map(|step| self.mark(step)).collect()
    }

    fn mark(&self, step: usize) -> Mark {
        match (&self.ended, &self.working) {
            (Some(Ok(Ending::Done { .. })), _) => Mark::Done,
            (Some(Ok(Ending::RolledBack { step: failed, .. })), _) if *failed == Some(step) => Mark::Failed,
            (Some(Ok(Ending::RolledBack { .. })), _) if step < self.reached => Mark::Back,
            (Some(Ok(Ending::UndoStopped { .. } | Ending::Stuck { .. })), _) if step < self.reached => {
                Mark::Done
            }
            (Some(Ok(Ending::UndoStopped { .. } | Ending::Stuck { .. })), _) if step == self.reached => {
                Mark::Failed
            }
            (None, Some(working)) if working.of > 0 => match step.cmp(&working.done) {
                std::cmp::Ordering::Less => Mark::Done,
                std::cmp::Ordering::Equal => Mark::Now,
                std::cmp::Ordering::Greater if step <= self.reached => Mark::Back,
                std::cmp::Ordering::Greater => Mark::Waiting,
            },
            _ => Mark::Waiting,
        }
    }

    /// Where it is, as a heading.
    pub fn headline(&self) -> String {
        let Some(working) = &self.working else { return gettext("Waiting for Permission") };
        if working.of == 0 {
            return gettext("Preparing");
        }
        let template = if working.taking_back {
            gettext("Taking Back Step {number}")
        } else {
            gettext("Step {number} of {count}")
        };
        let number = (working.done + 1).min(working.of).to_string();
        fill(&template, &[("number", &number), ("count", &working.of.to_string())])
    }

    /// How much of it is done, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        let Some(working) = self.working.as_ref().filter(|working| working.of > 0) else { return 0.0 };
        // Steps are few.
        let part = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        (part(working.done) / part(working.of)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        let order = Order::Undo { record: "a".to_owned(), digest: Digest::of("a", &"a") };
        let steps = ["a", "b", "c"].map(str::to_owned).to_vec();
        Job::new(order, "Title".to_owned(), steps, Effect::Now)
    }

    fn heard(done: usize, taking_back: bool) -> JobNews {
        JobNews::Heard(Working { done, of: 3, taking_back, ..Working::default() })
    }

    #[test]
    fn nothing_is_done_before_it_is_allowed() {
        let mut job = job();
        assert_eq!((job.headline().as_str(), job.fraction()), ("Waiting for Permission", 0.0));
        assert_eq!(job.marks(), [Mark::Waiting; 3]);
        job.hear(JobNews::Heard(Working::default()));
        assert_eq!(job.headline(), "Preparing");
    }

    #[test]
    fn steps_are_marked_as_it_goes_on() {
        let mut job = job();
        job.hear(heard(1, false));
        assert_eq!(job.headline(), "Step 2 of 3");
        assert_eq!(job.marks(), [Mark::Done, Mark::Now, Mark::Waiting]);
        job.hear(heard(3, false));
        assert_eq!((job.headline().as_str(), job.fraction()), ("Step 3 of 3", 1.0));
        job.hear(JobNews::Ended(Ok(Ending::Done { record: "a".to_owned() })));
        assert_eq!(job.marks(), [Mark::Done; 3]);
    }

    #[test]
    fn what_failed_is_told_from_what_was_taken_back() {
        let mut job = job();
        job.hear(heard(1, false));
        job.hear(heard(1, true));
        job.hear(heard(0, true));
        assert_eq!(job.headline(), "Taking Back Step 1");
        assert_eq!(job.marks(), [Mark::Now, Mark::Back, Mark::Waiting]);
        let (record, reason) = ("a".to_owned(), String::new());
        job.hear(JobNews::Ended(Ok(Ending::RolledBack { record, step: Some(1), reason })));
        assert_eq!(job.marks(), [Mark::Back, Mark::Failed, Mark::Waiting]);
    }

    #[test]
    fn the_last_lines_are_kept() {
        let mut job = job();
        for number in 0..LINES + 5 {
            let line = Some(number.to_string());
            job.hear(JobNews::Heard(Working { of: 3, line, ..Working::default() }));
        }
        assert_eq!(job.log.len(), LINES);
        assert_eq!(job.log.last(), Some(&(LINES + 4).to_string()));
        assert_eq!(job.working.and_then(|working| working.line), None);
    }
}
