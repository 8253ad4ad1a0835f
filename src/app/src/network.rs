//! libvirt's network beside a change of the host: a part of making a computer ready that libvirt does and not the root
//! service, with a record of its own. For workers; the dialog and the page of changes show what is said here.

use std::sync::Arc;

use gangway_client::hypervisor::Hypervisor;
use gangway_client::network::{self, NetworkError, NetworkPlan, NetworkRecord, NetworkUndo};
use gangway_client::target::{HostChoice, Target};
use gangway_client::text;
use gangway_core::plan::Intent;
use gettextrs::gettext;

/// What names its record among those of the service.
pub const RECORD: &str = "default-network";

/// What would be done to it beside a plan, or why that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beside {
    /// None where nothing is to be done.
    pub plan: Option<NetworkPlan>,
    pub steps: Vec<String>,
    pub trouble: Option<String>,
}

/// What it is called where its record is listed.
pub fn title() -> String {
    gettext("libvirt’s network “default”")
}

/// Looks at it, where the intent wants it and libvirt is this machine's own.
pub fn look(target: &Target, intent: &Intent) -> Option<Beside> {
    let own = matches!(target.host, HostChoice::Live | HostChoice::Demo(_)) && target.connect.is_none();
    if !own || *intent != Intent::MakeReady {
        return None;
    }
    Some(match plan(target) {
        Ok(plan) => Beside {
            steps: plan.steps.iter().map(text::network_step).collect(),
            plan: Some(plan).filter(|plan| !plan.steps.is_empty()),
            trouble: None,
        },
        Err(trouble) => Beside { trouble: Some(trouble), ..Beside::default() },
    })
}

fn plan(target: &Target) -> Result<NetworkPlan, String> {
    let source = target.source().map_err(|error| text::target_error(&error))?;
    let planned =
        target.look().map_err(NetworkError::from).and_then(|libvirt| network::plan(&*libvirt, &source));
    planned.map_err(|error| match error {
        // Its services may be what is planned beside it.
        NetworkError::Hypervisor(_) => format!(
            "{} {}",
            gettext("libvirt’s network “default” could not be looked at: once libvirt runs, do this again."),
            text::network_error(&error)
        ),
        _ => text::network_error(&error),
    })
}

/// Does what was shown.
///
/// # Errors
/// Why not, in a sentence.
pub fn apply(target: &Target, reviewed: &NetworkPlan) -> Result<(), String> {
    let source = target.source().map_err(|error| text::target_error(&error))?;
    let (libvirt, record) = changing(target)?;
    network::apply(&*libvirt, &source, &record, reviewed).map_err(|error| text::network_error(&error))
}

/// Whether something of it is ours. A record that cannot be read is told when it is undone.
pub fn is_recorded(target: &Target) -> bool {
    let own = matches!(target.host, HostChoice::Live | HostChoice::Demo(_));
    own && target.network_record().is_ok_and(|record| record.is_there().unwrap_or(true))
}

/// What undoing would do now.
///
/// # Errors
/// Why that is not known, in a sentence.
pub fn look_back(target: &Target) -> Result<NetworkUndo, String> {
    let (libvirt, record) = changing(target)?;
    network::plan_undo(&*libvirt, &record).map_err(|error| text::network_error(&error))
}

/// Undoes what was shown.
///
/// # Errors
/// Why not, in a sentence.
pub fn undo(target: &Target, reviewed: &NetworkUndo) -> Result<(), String> {
    let (libvirt, record) = changing(target)?;
    network::undo(&*libvirt, &record, reviewed).map_err(|error| text::network_error(&error))
}

fn changing(target: &Target) -> Result<(Arc<dyn Hypervisor>, NetworkRecord), String> {
    let record = target.network_record().map_err(|error| text::store_error(&error))?;
    let libvirt = target.connect().map_err(|error| text::hypervisor_error(&error))?;
    Ok((libvirt, record))
}
