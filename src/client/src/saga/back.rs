//! Taking the host's side of a hand-over back, as one change: the records that a reservation stands on, the last one first.
//!
//! One that was kept stands on two, and what undoing the first of them leaves to the other cannot be asked for in advance. So
//! the other is looked at again when its time has come, and is undone only as far as it does what was reviewed.

use gangway_core::plan::{Back, Digest, StopReason, UndoAction};
use gangway_core::trial::{Stage, State};
use gangway_protocol::ErrorName;
use gangway_protocol::wire::{Ending, UndoActionView, UndoAnswer, UndoView, Working};

use crate::helper::{Helper, HelperError};

/// What is done with one record, as it was reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackStep {
    /// The record.
    pub record: String,
    /// What undoing it does; without what stands in the way only until the one before it is undone.
    pub view: UndoView,
    /// Whether it has to be looked at again when its time has come.
    pub later: bool,
}

/// The records that a reservation stands on, the last one first: that is the order in which they go back.
pub fn records(state: &State) -> Vec<&str> {
    let confirmed = match &state.stage {
        Stage::Confirmed { record, .. } => Some(record.as_str()),
        _ => None,
    };
    confirmed.into_iter().chain([state.record.as_str()]).collect()
}

/// What taking a reservation back does now. Blocks.
///
/// # Errors
/// As [`Helper::plan_undo`].
pub fn plan_back(helper: &Helper, state: &State) -> Result<Vec<BackStep>, HelperError> {
    let mut steps: Vec<BackStep> = Vec::new();
    for record in records(state) {
        let UndoAnswer::Undo(mut view) = helper.plan_undo(record, false)? else { continue };
        let waits = |why: &StopReason| matches!(why, StopReason::Kept { record } if steps.iter().any(|step| step.record == *record));
        let before = view.stops.len();
        view.stops.retain(|stop| !waits(&stop.why));
        let later = view.stops.len() < before;
        steps.push(BackStep { record: record.to_owned(), view: *view, later });
    }
    Ok(steps)
}

/// Takes it back as was reviewed. Blocks; polkit asks the user.
///
/// # Errors
/// It was not begun.
pub fn take_back(
    helper: &Helper,
    steps: &[BackStep],
    heard: &mut dyn FnMut(&Working),
) -> Result<Ending, HelperError> {
    let of: usize = steps.iter().map(|step| step.view.actions.len()).sum();
    let mut before = 0;
    let mut last = Ending::NotBegun { error: ErrorName::NothingToDo, reason: String::new() };
    for step in steps {
        let Some(digest) = digest(helper, step)? else {
            return Ok(Ending::NotBegun { error: ErrorName::DigestChanged, reason: step.record.clone() });
        };
        last = helper.undo(&step.record, digest, &mut |working| {
            // All of it is one change to who looks on.
            heard(&Working { done: before + working.done, of: of.max(working.of), ..working.clone() });
        })?;
        if !matches!(last, Ending::Done { .. }) {
            return Ok(last);
        }
        before += step.view.actions.len();
    }
    Ok(last)
}

/// The digest of what is undone; none where it is not what was reviewed any more.
fn digest(helper: &Helper, step: &BackStep) -> Result<Option<Digest>, HelperError> {
    if !step.later {
        return Ok(Some(step.view.digest));
    }
    let UndoAnswer::Undo(now) = helper.plan_undo(&step.record, false)? else { return Ok(None) };
    Ok(is_as_reviewed(&step.view, &now).then_some(now.digest))
}

/// Whether what is left does what was reviewed: everything but that the loader is no longer asked, which nobody could look
/// at before. What is withheld cannot be compared, so it is reviewed again.
fn is_as_reviewed(reviewed: &UndoView, now: &UndoView) -> bool {
    let shown = |view: &UndoView| -> Option<Vec<UndoAction>> {
        let whole = |action: &UndoActionView| match action {
            UndoActionView::Whole(action) => Some(UndoAction::clone(action)),
            UndoActionView::Withheld(_) => None,
        };
        let mut actions = view.actions.iter().map(whole).collect::<Option<Vec<_>>>()?;
        actions.retain(|action| !matches!(action.back, Back::Disarm { .. }));
        Some(actions)
    };
    now.stops.is_empty() && shown(now).is_some_and(|now| shown(reviewed) == Some(now))
}

#[cfg(test)]
mod tests {
    use gangway_core::plan::{Intent, UndoStop};

    use super::*;

    fn view(backs: Vec<(usize, Back)>) -> UndoView {
        let whole = |(step, back)| UndoActionView::Whole(Box::new(UndoAction { step, back }));
        let (record, digest) = ("r-1".to_owned(), Digest::of("test", &"a"));
        let actions = backs.into_iter().map(whole).collect();
        UndoView { record, intent: Intent::Confirm, actions, stops: Vec::new(), digest }
    }

    #[test]
    fn what_is_left_is_undone_only_as_it_was_reviewed() {
        let made = |path: &str| Back::RemoveMade { path: path.to_owned() };
        let disarm = Back::Disarm { entry: "gangway-trial".to_owned(), running: true };
        let reviewed = view(vec![(1, made("/a")), (0, made("/b"))]);
        assert!(is_as_reviewed(
            &reviewed,
            &view(vec![(2, disarm.clone()), (1, made("/a")), (0, made("/b"))])
        ));
        assert!(!is_as_reviewed(&reviewed, &view(vec![(2, disarm), (1, made("/a")), (0, made("/c"))])));
        assert!(!is_as_reviewed(&reviewed, &view(vec![(1, made("/a"))])));
        let stop = UndoStop { step: 0, what: "/b".to_owned(), why: StopReason::Changed };
        assert!(!is_as_reviewed(&reviewed, &UndoView { stops: vec![stop], ..reviewed.clone() }));
    }
}
