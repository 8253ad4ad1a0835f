//! How a reservation stands in this start of the computer: a pure reading of the state, the command line, which start this
//! is, and what the early script reported.

use super::{ARGUMENT, BOOT, EARLY, Early, Failure, Stage, State};
use crate::host::kernel;
use crate::reading::{Reading, Trouble};
use crate::source::Source;

/// The most that is read of a report of the early script.
const REPORT: usize = 64 << 10;

/// How a reservation stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// There is none.
    #[default]
    None,
    /// It waits for the restart, in which the loader is asked for it.
    Waiting,
    /// This is the start on trial, and nobody kept it yet.
    OnTrial {
        /// What the early script did.
        early: Early,
    },
    /// This is the former system again: the trial failed, was not kept, or did not run.
    Over {
        /// Why, as far as it was noted.
        why: Option<Failure>,
        /// What the early script did on trial, where that was noted.
        early: Option<Early>,
    },
    /// It was confirmed, and this start has it.
    Confirmed {
        /// What the early script did.
        early: Early,
    },
    /// It was confirmed, and this start runs without it: after an update of the kernel, or chosen by hand.
    Without,
    /// The argument is there, and no state of ours that it belongs to: somebody else wrote it, and nothing is touched.
    Foreign {
        /// Its value.
        value: String,
    },
    /// What was read does not tell.
    Unknown(Trouble),
}

impl Standing {
    pub(super) fn read(source: &Source, state: &Reading<State>) -> Self {
        let argument = kernel::read(source).map(|line| line.values(ARGUMENT).next_back().map(str::to_owned));
        let boot = match source.read_text(BOOT) {
            Ok(text) => Reading::Known(text.trim().to_owned()),
            Err(error) if error.kind.is_absent() => Reading::Absent,
            Err(error) => Reading::unreadable(error.path, error.kind),
        };
        let early = match source.read_up_to(EARLY, REPORT) {
            Ok(bytes) => Early::parse(&String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind.is_absent() => Early::DidNotRun,
            Err(error) => Early::Unclear(Trouble::from(error).to_string()),
        };
        Self::of(state, &argument, &boot, early)
    }

    /// How it stands, of the state, the last value of the argument (none where it is not given), which start this is, and
    /// the report of the early script.
    pub fn of(
        state: &Reading<State>,
        argument: &Reading<Option<String>>,
        boot: &Reading<String>,
        early: Early,
    ) -> Self {
        let argument = match argument {
            Reading::Known(argument) => argument.clone(),
            Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => {
                return if state.is_absent() { Self::None } else { Self::Unknown((**trouble).clone()) };
            }
            // A folder or an old captured machine may have no command line, and then has no reservation either.
            Reading::Absent if state.is_absent() => return Self::None,
            Reading::Absent => return Self::Unknown(Trouble::new(kernel::PATH, "")),
        };
        let state = match state {
            Reading::Known(state) => state,
            Reading::Absent => return argument.map_or(Self::None, |value| Self::Foreign { value }),
            Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => {
                return Self::Unknown((**trouble).clone());
            }
        };
        let has_it = match argument {
            Some(value) if value == state.promise.reserve.to_string() => true,
            Some(value) => return Self::Foreign { value },
            None => false,
        };
        match (&state.stage, has_it) {
            (Stage::Confirmed { .. }, true) => Self::Confirmed { early },
            (Stage::Confirmed { .. }, false) => Self::Without,
            (Stage::Armed, has_it) => match boot {
                // It cannot be the trial already: somebody else's argument has the same value.
                Reading::Known(boot) if *boot == state.armed_in => match has_it {
                    true => Self::Foreign { value: state.promise.reserve.to_string() },
                    false => Self::Waiting,
                },
                Reading::Known(_) if has_it => Self::OnTrial { early },
                Reading::Known(_) => Self::Over { why: None, early: None },
                Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => {
                    Self::Unknown((**trouble).clone())
                }
                Reading::Absent => Self::Unknown(Trouble::new(BOOT, "")),
            },
            // Chosen by hand in the menu after it failed, too: what counts is that nobody kept it.
            (Stage::OnTrial { .. } | Stage::Failed { .. }, true) => Self::OnTrial { early },
            (Stage::OnTrial { early, .. }, false) => {
                Self::Over { why: None, early: early.as_deref().map(Early::parse) }
            }
            (Stage::Failed { why, early, .. }, false) => {
                Self::Over { why: Some(*why), early: early.as_deref().map(Early::parse) }
            }
        }
    }

    /// The word for programs and developers.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting => "waiting",
            Self::OnTrial { .. } => "on-trial",
            Self::Over { .. } => "over",
            Self::Confirmed { .. } => "confirmed",
            Self::Without => "without",
            Self::Foreign { .. } => "foreign",
            Self::Unknown(_) => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::armed;
    use super::*;

    const VALUE: &str = "0000:01:00.0=10de:2484,0000:01:00.1=10de:228b";
    const LATER: &str = "b7a3c1de-0000-4000-8000-000000000001";

    fn reserved() -> Early {
        Early::Reserved(VALUE.parse().unwrap())
    }

    /// The standing of a stage with an argument, in the start that armed it or a later one.
    fn standing(stage: Option<Stage>, argument: Option<&str>, later: bool, early: Early) -> Standing {
        let state = stage.map_or(Reading::Absent, |stage| Reading::Known(State { stage, ..armed() }));
        let boot = if later { LATER.to_owned() } else { armed().armed_in };
        Standing::of(&state, &Reading::Known(argument.map(str::to_owned)), &Reading::Known(boot), early)
    }

    fn noted() -> Stage {
        let early = reserved().to_word();
        Stage::OnTrial { since: 1, boot: LATER.to_owned(), early }
    }

    fn failed(why: Failure) -> Stage {
        Stage::Failed { why, at: 2, early: None }
    }

    fn confirmed() -> Stage {
        Stage::Confirmed { at: 3, record: "r".to_owned() }
    }

    #[test]
    fn no_reservation() {
        assert_eq!(standing(None, None, false, Early::DidNotRun), Standing::None);
        let foreign = Standing::Foreign { value: VALUE.to_owned() };
        assert_eq!(standing(None, Some(VALUE), false, reserved()), foreign);
    }

    #[test]
    fn armed_and_not_restarted_waits() {
        assert_eq!(standing(Some(Stage::Armed), None, false, Early::DidNotRun), Standing::Waiting);
        let foreign = Standing::Foreign { value: VALUE.to_owned() };
        assert_eq!(standing(Some(Stage::Armed), Some(VALUE), false, reserved()), foreign);
    }

    #[test]
    fn the_start_on_trial_with_each_report() {
        let refused = Early::Refused("0000:01:00.0 is a bridge".to_owned());
        let failed_early = Early::Failed("vfio-pci does not load".to_owned());
        for early in [reserved(), refused, failed_early, Early::DidNotRun] {
            for stage in [Stage::Armed, noted(), failed(Failure::NotTried)] {
                let expected = Standing::OnTrial { early: early.clone() };
                assert_eq!(standing(Some(stage), Some(VALUE), true, early.clone()), expected);
            }
        }
    }

    #[test]
    fn the_former_system_after_a_trial() {
        let over = |why, early| Standing::Over { why, early };
        assert_eq!(standing(Some(Stage::Armed), None, true, Early::DidNotRun), over(None, None));
        assert_eq!(standing(Some(noted()), None, true, Early::DidNotRun), over(None, Some(reserved())));
        for why in [Failure::NotTried, Failure::Died, Failure::NotKept, Failure::GaveUp, Failure::TakenBack] {
            assert_eq!(standing(Some(failed(why)), None, true, Early::DidNotRun), over(Some(why), None));
        }
    }

    #[test]
    fn a_confirmed_reservation_with_and_without_it() {
        let here = Standing::Confirmed { early: reserved() };
        assert_eq!(standing(Some(confirmed()), Some(VALUE), true, reserved()), here);
        assert_eq!(standing(Some(confirmed()), None, true, Early::DidNotRun), Standing::Without);
    }

    #[test]
    fn an_argument_of_another_value_is_foreign() {
        let other = "0000:02:00.0=10de:2484";
        for stage in [Stage::Armed, noted(), failed(Failure::Died), confirmed()] {
            let foreign = Standing::Foreign { value: other.to_owned() };
            assert_eq!(standing(Some(stage), Some(other), true, reserved()), foreign);
        }
    }

    #[test]
    fn what_could_not_be_read_is_unknown_and_never_none() {
        let known = Reading::Known(armed());
        let no_argument = Reading::Known(None);
        let boot = Reading::Known(LATER.to_owned());
        let closed = || Reading::unreadable("/x", crate::source::SourceErrorKind::NoPermission);
        let unknown = |state: &_, argument: &_, boot: &_| {
            matches!(Standing::of(state, argument, boot, Early::DidNotRun), Standing::Unknown(_))
        };
        assert!(unknown(&closed_state(), &no_argument, &boot));
        assert!(unknown(&Reading::nonsense("/x", "odd"), &Reading::Known(Some(VALUE.to_owned())), &boot));
        assert!(unknown(&known, &closed(), &boot));
        assert!(unknown(&known, &Reading::Absent, &boot));
        let hidden = Reading::unreadable("/x", crate::source::SourceErrorKind::NoPermission);
        assert!(unknown(&known, &no_argument, &hidden));
        assert!(unknown(&known, &no_argument, &Reading::Absent));
        assert_eq!(Standing::of(&Reading::Absent, &Reading::Absent, &boot, Early::DidNotRun), Standing::None);
    }

    fn closed_state() -> Reading<State> {
        Reading::unreadable("/x", crate::source::SourceErrorKind::NoPermission)
    }
}
