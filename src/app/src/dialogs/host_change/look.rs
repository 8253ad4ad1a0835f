//! What a worker finds out for the dialog: the plan of an intent, what undo would do, what a record holds. It asks the
//! service; where there is none, the plan is made here of what this user may read, and nothing is applied.

use gangway_client::helper::{Helper, HelperError};
use gangway_client::network::NetworkUndo;
use gangway_client::packages::{Installation, PackagesError, Working};
use gangway_client::restart::RestartError;
use gangway_client::target::Target;
use gangway_client::text;
use gangway_core::plan::{self, Ground, Intent, Refusal};
use gangway_protocol::ErrorName;
use gangway_protocol::wire::{PlanAnswer, PlanView, RecordState, UndoAnswer, UndoView};

use super::Wish;
use super::back::Both;
use super::packages::{self, Missing};
use crate::network::{self, Beside};
use crate::service::Service;

/// What was found out.
#[derive(Debug)]
pub enum Found {
    Plan(Box<PlanView>, Option<Beside>, Option<Missing>),
    Refused(Vec<Refusal>, Option<Missing>),
    Undo(Box<UndoView>),
    TakeBack(Both),
    UndoNetwork(NetworkUndo),
    NotInEffect(RecordState),
    Record(Box<PlanView>),
    /// Who asked may not see the whole; what was shown before stays.
    NotShown(HelperError),
    Failed(HelperError),
    /// Whether this computer starts again.
    Restart(Result<(), RestartError>),
    /// What waits for the restart was kept, where the host has nothing to do any more.
    Kept(Result<(), String>),
    /// What PackageKit would install.
    Offered(Result<Installation, PackagesError>),
    /// How far it is.
    Installing(Working),
    /// It did, or not.
    Installed(Result<(), PackagesError>),
    /// libvirt's network cannot be looked at.
    Unknown(String),
    /// The machine cannot be read.
    Unreadable(String),
}

/// Finds it out; may wait for polkit's question, so not on the main thread. `whole` with what not everybody may read.
pub fn look(service: &Service, target: &Target, wish: &Wish, whole: bool) -> Found {
    let found = match (service.helper(), wish) {
        (_, Wish::UndoNetwork) => {
            return network::look_back(target).map_or_else(Found::Unknown, Found::UndoNetwork);
        }
        (Some(helper), Wish::TakeBack(back)) => return back.look(helper),
        (Some(helper), wish) => ask(helper, target, wish, whole),
        (None, Wish::Change(intent)) => return plan_here(target, intent),
        (None, _) => Err(HelperError::NotInstalled),
    };
    match found {
        Ok(found) => found,
        Err(error) if whole && is_denied(&error) => Found::NotShown(error),
        Err(error) => Found::Failed(error),
    }
}

fn ask(helper: &Helper, target: &Target, wish: &Wish, whole: bool) -> Result<Found, HelperError> {
    Ok(match wish {
        Wish::Change(intent) => match helper.plan(intent, whole)? {
            PlanAnswer::Plan(view) => {
                Found::Plan(view, network::look(target, intent), packages::look(target, intent))
            }
            PlanAnswer::Refused { refusals } => Found::Refused(refusals, packages::look(target, intent)),
        },
        Wish::Undo { record, .. } => match helper.plan_undo(record, whole)? {
            UndoAnswer::Undo(view) => Found::Undo(view),
            UndoAnswer::NotInEffect { state } => Found::NotInEffect(state),
        },
        Wish::UndoNetwork | Wish::TakeBack(_) => return Err(HelperError::NotInstalled),
        Wish::Look { record, .. } => Found::Record(Box::new(helper.recorded(record, whole)?)),
    })
}

fn plan_here(target: &Target, intent: &Intent) -> Found {
    let source = match target.source() {
        Ok(source) => source,
        Err(error) => return Found::Unreadable(text::target_error(&error)),
    };
    let ground = Ground::read(&source);
    let caller = ground.account(rustix::process::getuid().as_raw());
    let missing = packages::look(target, intent);
    match plan::plan(&ground, intent, caller.as_ref()) {
        Ok(plan) => Found::Plan(Box::new(PlanView::whole(&plan)), network::look(target, intent), missing),
        Err(refusals) => Found::Refused(refusals, missing),
    }
}

/// Whether polkit, or who sits in front of it, said no.
pub fn is_denied(error: &HelperError) -> bool {
    matches!(
        error,
        HelperError::Refused {
            name: ErrorName::NotAuthorized
                | ErrorName::Cancelled
                | ErrorName::NoAgent
                | ErrorName::NoAuthority
                | ErrorName::CallerGone,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use gangway_client::demo::DemoMachine;
    use gangway_client::target::HostChoice;

    use super::*;

    #[test]
    fn without_a_service_the_plan_is_made_here() {
        let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
        let bind = Intent::Bind { device: "0000:01:00.0".parse().unwrap(), whole_group: false };
        let found = look(&Service::Elsewhere, &target, &Wish::Change(bind), false);
        assert!(matches!(&found, Found::Plan(view, None, None) if !view.steps.is_empty()), "{found:?}");
        let missing = Target { host: HostChoice::Machine("/nowhere.host".into()), connect: None };
        let found = look(&Service::Elsewhere, &missing, &Wish::Change(Intent::TurnOnIommu), false);
        assert!(matches!(found, Found::Unreadable(_)), "{found:?}");
    }

    #[test]
    fn nothing_is_undone_without_a_service() {
        let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
        let wish = Wish::Look { record: "a".to_owned(), title: String::new(), card: None };
        assert!(matches!(look(&Service::Elsewhere, &target, &wish, false), Found::Failed(_)));
    }
}
