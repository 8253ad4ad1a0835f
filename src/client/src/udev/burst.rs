//! When a burst of events is over: binding a card of four functions to another driver is dozens of them, and one
//! change for whoever looks at it. Plain arithmetic; who waits is in the module above.

use std::time::{Duration, Instant};

/// A burst is over when nothing came for this long: udev runs its rules in several processes, and what belongs together
/// arrives within a few milliseconds.
const QUIET: Duration = Duration::from_millis(15);

/// And after this long in any case, so that what came first is on the screen within 100 ms.
const LONGEST: Duration = Duration::from_millis(45);

/// Events that are answered together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Burst {
    first: Instant,
    last: Instant,
}

impl Burst {
    /// A burst that begins now.
    pub(super) fn new(now: Instant) -> Self {
        Self { first: now, last: now }
    }

    /// One more event.
    pub(super) fn add(&mut self, now: Instant) {
        self.last = self.last.max(now);
    }

    /// When the first event came.
    pub(super) fn since(&self) -> Instant {
        self.first
    }

    /// When it is over, if nothing comes until then.
    pub(super) fn due(&self) -> Instant {
        (self.last + QUIET).min(self.first + LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_event_waits_for_others_only_shortly() {
        let now = Instant::now();
        assert_eq!(Burst::new(now).due(), now + QUIET);
    }

    #[test]
    fn each_event_puts_the_end_off_but_never_beyond_the_longest() {
        let now = Instant::now();
        let mut burst = Burst::new(now);
        let mut dues = Vec::new();
        for milliseconds in (0..100).step_by(10) {
            burst.add(now + Duration::from_millis(milliseconds));
            dues.push(burst.due());
        }
        assert!(dues.is_sorted());
        assert_eq!(dues.first(), Some(&(now + QUIET)));
        assert_eq!(dues.last(), Some(&(now + LONGEST)));
        assert_eq!(burst.since(), now);
    }
}
