//! Checks of a reservation with a boot entry of its own: whether it waits for a person, and whether the machine is as it was
//! promised.

use super::ask::COMMAND_LINE;
use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, Fix, Subject, Value, Weight};
use crate::pci::PciAddress;
use crate::trial::{self, Broken, Early, Part, Promised, STATE, Standing, State, Verified, verify};

const SOURCE: &str =
    "src/core/src/trial: the state of the reservation against /proc/cmdline and what is read of the machine";

pub(super) const CHECKS: &[Check] = &[
    Subject::Boot.check(CheckId::ReservationOpen, Weight::Important, SOURCE, open),
    Subject::Boot.check(CheckId::ReservationAsPromised, Weight::Important, SOURCE, as_promised),
    Subject::Boot.check(
        CheckId::ReservationOwn,
        Weight::Important,
        "src/core/src/trial: gangway.reserve= is an argument of ours alone",
        own,
    ),
];

fn devices(state: &State) -> Vec<PciAddress> {
    state.promise.devices.iter().map(|device| device.address).collect()
}

/// Whether nothing waits for a person: no restart, no trial to keep, none that is over.
fn open(model: &Examination<'_>) -> Vec<Answer> {
    let trial = &model.system.trial;
    let Some(state) = trial.state.known() else { return Vec::new() };
    let answer = match &trial.standing {
        Standing::None | Standing::Foreign { .. } | Standing::Unknown(_) => return Vec::new(),
        Standing::Waiting => Answer::to_do(Fix::Restart),
        Standing::OnTrial { .. } => match broken(model, state).is_empty() {
            true => Answer::to_do(Fix::KeepReservation),
            false => Answer::to_do(Fix::UndoReservation),
        },
        Standing::Over { .. } => Answer::to_do(Fix::UndoReservation),
        Standing::Without => Answer::to_do(Fix::Restart),
        Standing::Confirmed { .. } => Answer::ok(),
    };
    let answer = answer.about(devices(state)).saying("standing", trial.standing.word());
    let answer = answer.saying("record", state.record.clone()).with("cards", Value::Devices(cards(state)));
    vec![answer.saw(Evidence::value(STATE, trial.standing.word()))]
}

/// The cards, each by its first function.
fn cards(state: &State) -> Vec<PciAddress> {
    let mut cards = devices(state);
    cards.dedup_by(|one, first| one.same_slot(*first));
    cards
}

fn broken(model: &Examination<'_>, state: &State) -> Vec<Promised> {
    let parts = verify(state, model, None).into_iter();
    parts.filter(|part| matches!(part.verified, Verified::Broken { .. })).collect()
}

/// Whether what was promised holds, each part that does not by itself. Before the restart nothing can.
fn as_promised(model: &Examination<'_>) -> Vec<Answer> {
    let trial = &model.system.trial;
    let Some(state) = trial.state.known() else { return Vec::new() };
    if !matches!(trial.standing, Standing::OnTrial { .. } | Standing::Confirmed { .. } | Standing::Without) {
        return Vec::new();
    }
    let parts = verify(state, model, None);
    let open: Vec<Answer> = parts.iter().filter_map(|part| answer(part, state)).collect();
    if open.is_empty() {
        return vec![Answer::ok().about(devices(state)).saw(Evidence::value(STATE, trial.standing.word()))];
    }
    open
}

fn answer(promised: &Promised, state: &State) -> Option<Answer> {
    let answer = match &promised.verified {
        Verified::Holds => return None,
        Verified::Broken { .. } => {
            let fix = match promised.part {
                Part::Default | Part::Newest | Part::Image | Part::Entry => Fix::RenewReservation,
                _ => Fix::UndoReservation,
            };
            Answer::to_do(fix).with("broken", Value::Promised(Box::new(promised.clone())))
        }
        Verified::Unknown(need) => Answer::could_not_tell(need.clone()).weighing(Weight::Advice),
    };
    let answer = match promised.part.address() {
        Some(address) => answer.about([address]),
        None => answer.about(devices(state)),
    };
    let answer = answer.saying("part", promised.part.word()).saying("record", state.record.clone());
    let place = place(&promised.part, state);
    Some(answer.saw(if is_gone(promised) { Evidence::absent(place) } else { Evidence::value(place, "") }))
}

/// Whether the place itself is what is missing, where others only lack what was promised.
fn is_gone(promised: &Promised) -> bool {
    let Verified::Broken { instead, .. } = &promised.verified else { return false };
    match promised.part {
        Part::Early => *instead == Broken::Early(Early::DidNotRun),
        Part::Device(_) | Part::Kernel | Part::Image | Part::Entry | Part::Former => {
            *instead == Broken::Missing
        }
        _ => false,
    }
}

/// Where one would look.
fn place(part: &Part, state: &State) -> String {
    let promise = &state.promise;
    match part {
        Part::Argument => COMMAND_LINE.to_owned(),
        Part::Early => trial::EARLY.to_owned(),
        Part::Device(address) | Part::Driver(address) | Part::Group(address) | Part::Twin(address) => {
            format!("/sys/bus/pci/devices/{address}")
        }
        Part::Modules => "/proc/modules".to_owned(),
        Part::Running => "/proc/sys/kernel/osrelease".to_owned(),
        Part::Kernel => promise.kernel.clone(),
        Part::Image => promise.image.clone(),
        Part::Entry => promise.entry_file().to_owned(),
        Part::Former => promise.former_file().to_owned(),
        Part::Request => promise.request_pointer().map_or_else(|| STATE.to_owned(), |pointer| pointer.path()),
        Part::Default => promise.default_pointer().path(),
        Part::Newest => "/lib/modules".to_owned(),
    }
}

/// Whether our argument is there because of a change of ours.
fn own(model: &Examination<'_>) -> Vec<Answer> {
    let trial = &model.system.trial;
    match &trial.standing {
        Standing::None => Vec::new(),
        Standing::Foreign { value } => {
            let argument = format!("{}={value}", trial::ARGUMENT);
            let fix = Fix::remove_argument(&model.system, argument.clone());
            let answer = Answer::to_do(fix).saying("argument", argument.clone());
            vec![answer.saw(Evidence::value(COMMAND_LINE, argument)).saw(match trial.state.is_known() {
                true => Evidence::value(STATE, ""),
                false => Evidence::absent(STATE),
            })]
        }
        Standing::Unknown(trouble) => {
            vec![Answer::could_not_tell(super::Need::of_trouble(trouble)).saw(Evidence::trouble(trouble))]
        }
        _ => vec![Answer::ok().saw(Evidence::value(STATE, trial.standing.word()))],
    }
}
