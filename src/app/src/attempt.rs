//! An attempt to connect that the user asked for. It is shown for a moment although it may be over at once, and where
//! it failed, it is said when: else a button that changes nothing seems to do nothing.

use std::time::Duration;

use gettextrs::gettext;

use crate::widgets::status::StatusView;

/// The least that an attempt is shown.
pub const SHOWN_FOR: Duration = Duration::from_millis(800);

/// The window action that begins one.
pub const RETRY: &str = "win.retry";

/// The last attempt that the user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Attempt {
    /// There was none since the connection stood.
    #[default]
    None,
    /// It goes on, or is still to be seen.
    Trying {
        /// It was seen long enough.
        seen: bool,
        /// It has failed already.
        failed: bool,
    },
    /// It failed, at this time of the day.
    Failed {
        /// As the user's language writes it.
        at: String,
    },
}

impl Attempt {
    /// Begins one, unless one goes on.
    pub fn begin(&mut self) -> bool {
        let begins = !self.is_trying();
        if begins {
            *self = Self::Trying { seen: false, failed: false };
        }
        begins
    }

    pub fn is_trying(&self) -> bool {
        matches!(self, Self::Trying { .. })
    }

    /// It was seen long enough. Whether something else is to be shown now.
    pub fn seen(&mut self, now: impl FnOnce() -> String) -> bool {
        match self {
            Self::Trying { failed: true, .. } => *self = Self::Failed { at: now() },
            Self::Trying { seen, .. } => *seen = true,
            Self::None | Self::Failed { .. } => {}
        }
        !self.is_trying()
    }

    /// An attempt failed: this one, or one that was made by itself.
    pub fn failed(&mut self, now: impl FnOnce() -> String) {
        match self {
            Self::Trying { seen: true, .. } => *self = Self::Failed { at: now() },
            Self::Trying { failed, .. } => *failed = true,
            Self::None | Self::Failed { .. } => {}
        }
    }

    /// What came of it, where it failed.
    pub fn outcome(&self) -> Option<String> {
        match self {
            Self::Failed { at } => {
                Some(gettext("Tried again at {time}, without success.").replace("{time}", at))
            }
            Self::None | Self::Trying { .. } => None,
        }
    }

    /// Shows it on the page whose button begins one.
    #[must_use]
    pub fn on(&self, mut page: StatusView) -> StatusView {
        if self.is_trying() {
            for button in page.buttons.iter_mut().filter(|button| button.action == RETRY) {
                button.label = gettext("Trying Again…");
                button.busy = true;
            }
        }
        page.outcome = self.outcome().unwrap_or_default();
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> String {
        "12:00:00".to_owned()
    }

    #[test]
    fn an_attempt_that_fails_at_once_is_seen_and_then_said() {
        let mut attempt = Attempt::None;
        assert!(attempt.begin());
        attempt.failed(noon);
        assert!(attempt.is_trying(), "it is to be seen first");
        assert!(!attempt.begin(), "one at a time");
        assert!(attempt.seen(noon));
        assert_eq!(attempt.outcome().as_deref(), Some("Tried again at 12:00:00, without success."));
        assert!(attempt.begin(), "and once more");
        assert_eq!(attempt.outcome(), None);
    }

    #[test]
    fn an_attempt_that_takes_long_goes_on_until_it_fails() {
        let mut attempt = Attempt::None;
        attempt.begin();
        assert!(!attempt.seen(noon));
        assert!(attempt.is_trying());
        attempt.failed(noon);
        assert_eq!(attempt, Attempt::Failed { at: noon() });
    }

    #[test]
    fn attempts_that_nobody_asked_for_are_not_spoken_of() {
        let mut attempt = Attempt::None;
        attempt.failed(noon);
        assert_eq!(attempt, Attempt::None);
        attempt = Attempt::Failed { at: noon() };
        attempt.failed(|| "13:00:00".to_owned());
        assert_eq!(attempt, Attempt::Failed { at: noon() });
    }
}
