//! Keeping a reservation that is on trial: one pointer of the loader is moved, and no file of the boot is touched.
//!
//! Only in the start that is on trial, with everything that was promised seen to be so, and only as what a person wants.
//! Where the pointer stood before is a part of the plan, so that it can be moved back.

use super::{Confirmation, Effect, Ground, Refusal, Step};
use crate::checks::Need;
use crate::reading::Reading;
use crate::trial::{self, Promised, Standing, State, Verified, verify};

/// What keeps the reservation that is on trial.
pub(super) fn confirm(ground: &Ground) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    let trial = &ground.model.system.trial;
    let not = || vec![Refusal::NotOnTrial { standing: trial.standing.word().to_owned() }];
    let state = match &trial.state {
        Reading::Known(state) => state,
        Reading::Absent => return Err(not()),
        Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => {
            let (path, reason) = (trial::STATE.to_owned(), trouble.detail.to_string());
            return Err(vec![Refusal::Unreadable { path, reason }]);
        }
    };
    match trial.standing {
        Standing::OnTrial { .. } => kept(ground, state),
        Standing::Confirmed { .. } | Standing::Without if is_default(ground, state) => {
            Ok((Vec::new(), Effect::Now))
        }
        _ => Err(not()),
    }
}

fn kept(ground: &Ground, state: &State) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    // An image that nobody measured is one that nobody knows.
    let image = ground.image.clone().unwrap_or_default();
    let parts = verify(state, &ground.model, Some(&image));
    let lacks: Vec<Refusal> = parts.into_iter().filter_map(lack).collect();
    if !lacks.is_empty() {
        return Err(lacks);
    }
    let pointer = state.promise.default_pointer();
    let before = match &ground.model.system.trial.found.default {
        Reading::Known(before) => before.clone(),
        other => {
            let reason = other.trouble().map(|trouble| trouble.detail.to_string()).unwrap_or_default();
            return Err(vec![Refusal::Unreadable { path: pointer.path(), reason }]);
        }
    };
    let after = state.promise.entry_name().to_owned();
    let step = Confirmation { reservation: state.record.clone(), pointer, before, after };
    Ok((vec![Step::Confirm(step)], Effect::Now))
}

fn is_default(ground: &Ground, state: &State) -> bool {
    let default = ground.model.system.trial.found.default.known();
    default.and_then(Option::as_deref) == Some(state.promise.entry_name())
}

fn lack(Promised { part, verified }: Promised) -> Option<Refusal> {
    match verified {
        Verified::Holds => None,
        Verified::Broken { instead, cause } => {
            Some(Refusal::NotKept { part, instead: Some(instead), cause, unread: None })
        }
        Verified::Unknown(need) => {
            let unread = match need {
                Need::Permission(path) | Need::Path(path) => path,
                Need::Trouble(trouble) => trouble.to_string(),
                other => other.word().to_owned(),
            };
            Some(Refusal::NotKept { part, instead: None, cause: None, unread: Some(unread) })
        }
    }
}
