//! What the thread of a change does: what waits for the restart is kept first, the service does its part, then libvirt its own.

use gangway_client::helper::{Helper, HelperError};
use gangway_client::saga::{self, BeginError};
use gangway_client::target::Target;
use gangway_protocol::wire::{Ending, Working};

use crate::dialogs::host_change::along;
use crate::job::{Job, JobNews, Order};
use crate::network;

/// Carries it out to its end, and tells how far it is.
///
/// # Errors
/// It was not begun, or nobody knows how it ended.
pub(super) fn carry_out(
    helper: Option<&Helper>,
    target: &Target,
    job: &Job,
    tell: &dyn Fn(JobNews),
) -> Result<Ending, HelperError> {
    with_wish(job.wish.as_ref(), target, || each_part(helper, target, job, tell))
}

/// Does it with what a virtual machine shall get after the restart kept before.
fn with_wish(
    wish: Option<&saga::Wish>,
    target: &Target,
    apply: impl FnOnce() -> Result<Ending, HelperError>,
) -> Result<Ending, HelperError> {
    let Some(wish) = wish else { return apply() };
    let wishes = target.wishes().ok_or_else(|| HelperError::Failed { reason: along::no_home() })?;
    saga::begin(&wishes, Some(wish), apply).map_err(|error| match error {
        BeginError::Helper(error) => error,
        BeginError::Wish(error) => HelperError::Failed { reason: error.to_string() },
    })
}

/// Has the service do its part, then libvirt its own: it may run only since then.
fn each_part(
    helper: Option<&Helper>,
    target: &Target,
    job: &Job,
    tell: &dyn Fn(JobNews),
) -> Result<Ending, HelperError> {
    let mut heard = |working: &Working| tell(JobNews::Heard(working.clone()));
    let by_libvirt = |done: Result<(), String>| {
        if let Err(sentence) = done {
            tell(JobNews::Trouble(sentence));
        }
        Ok(Ending::Done { record: network::RECORD.to_owned() })
    };
    match (&job.order, helper) {
        (Order::Network(plan), _) => by_libvirt(network::apply(target, plan)),
        (Order::UndoNetwork(undo), _) => by_libvirt(network::undo(target, undo)),
        (_, None) => Err(HelperError::Lost),
        (Order::TakeBack { back, both }, Some(helper)) => back.carry_out(helper, both, tell),
        (Order::Undo { record, digest }, Some(helper)) => helper.undo(record, *digest, &mut heard),
        (Order::Apply { intent, digest }, Some(helper)) => {
            let ended = helper.apply(intent, *digest, &mut heard)?;
            if let (Ending::Done { .. }, Some(plan)) = (&ended, &job.network)
                && let Err(sentence) = network::apply(target, plan)
            {
                tell(JobNews::Trouble(sentence));
            }
            Ok(ended)
        }
    }
}
