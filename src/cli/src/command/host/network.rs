//! libvirt's network beside a plan of the host: a part of making this computer ready that libvirt does and not the service.

use gangway_client::network::{self, NetworkError, NetworkPlan};
use gangway_client::target::{HostChoice, Target};
use gangway_client::text;
use gangway_core::plan::Intent;
use gangway_core::source::Source;
use gettextrs::gettext;
use serde::Serialize;

use crate::command::change::agreed;
use crate::failure::{failure, line_of};
use crate::output::{Ending, write, write_json};

/// What “host records” calls what of the network is ours, and “host undo” takes.
pub(super) const RECORD: &str = "default-network";

/// The network as it is looked at: what would be done, or why not.
#[derive(Debug)]
pub(super) struct Looked(Result<NetworkPlan, NetworkError>);

/// The same for programs.
#[derive(Debug, Serialize)]
pub(super) struct NetworkJson {
    steps: Vec<String>,
    refusal: Option<String>,
}

/// Looks at the network where the intent wants it, and libvirt is this machine's own.
pub(super) fn look(target: &Target, intent: &Intent, source: &Source) -> Option<Looked> {
    let own = matches!(target.host, HostChoice::Live | HostChoice::Demo(_)) && target.connect.is_none();
    (own && *intent == Intent::MakeReady).then(|| {
        let hypervisor = target.look().map_err(NetworkError::from);
        Looked(hypervisor.and_then(|hypervisor| network::plan(&*hypervisor, source)))
    })
}

impl Looked {
    pub(super) fn has_steps(&self) -> bool {
        self.0.as_ref().is_ok_and(|plan| !plan.steps.is_empty())
    }

    /// Its sentences, one a line.
    pub(super) fn text(&self) -> String {
        let lines = match &self.0 {
            Ok(plan) => plan.steps.iter().map(text::network_step).collect(),
            Err(error) => vec![untold(error)],
        };
        lines.iter().map(|line| line_of(line) + "\n").collect()
    }

    pub(super) fn json(&self) -> NetworkJson {
        let steps = self.0.iter().flat_map(|plan| &plan.steps).map(text::network_step).collect();
        NetworkJson { steps, refusal: self.0.as_ref().err().map(untold) }
    }

    /// Does what was shown.
    pub(super) fn apply(&self, target: &Target, source: &Source) -> anyhow::Result<()> {
        let Ok(plan) = &self.0 else { return Ok(()) };
        if plan.steps.is_empty() {
            return Ok(());
        }
        let refused = |error: NetworkError| failure(text::network_error(&error));
        let hypervisor = target.connect().map_err(|error| refused(error.into()))?;
        let record = target.network_record().map_err(|error| failure(text::store_error(&error)))?;
        network::apply(&*hypervisor, source, &record, plan).map_err(refused)
    }
}

/// Why nothing is planned. Where libvirt does not answer yet, its services may be what is planned beside it.
fn untold(error: &NetworkError) -> String {
    match error {
        NetworkError::Hypervisor(_) => format!(
            "{} {}",
            gettext("libvirt’s network “default” could not be looked at: once libvirt runs, do this again."),
            text::network_error(error)
        ),
        _ => text::network_error(error),
    }
}

/// The line of “host records”; none where nothing of the network is ours.
pub(super) fn is_recorded(target: &Target) -> bool {
    // A record that cannot be read is told when it is undone.
    target.network_record().is_ok_and(|record| record.is_there().unwrap_or(true))
}

/// `host undo default-network`.
pub(super) fn undo(target: &Target, yes: bool, json: bool) -> anyhow::Result<Ending> {
    let refused = |error: NetworkError| failure(text::network_error(&error));
    let record = target.network_record().map_err(|error| failure(text::store_error(&error)))?;
    if !record.is_there().map_err(|error| refused(error.into()))? {
        return Err(failure(gettext(
            "Nothing of libvirt’s network is Gangway’s, so there is nothing to undo.",
        )));
    }
    let hypervisor = target.connect().map_err(|error| refused(error.into()))?;
    let plan = network::plan_undo(&*hypervisor, &record).map_err(refused)?;
    let steps: Vec<String> = plan.actions.iter().map(|action| text::network_back(*action)).collect();
    let stops: Vec<String> = plan.stops.iter().map(text::network_stop).collect();
    if json {
        #[derive(Serialize)]
        struct UndoJson<'a> {
            record: &'static str,
            steps: &'a [String],
            stops: &'a [String],
        }
        write_json(&UndoJson { record: RECORD, steps: &steps, stops: &stops })?;
    } else {
        let lines: String = steps.iter().chain(&stops).map(|line| line_of(line) + "\n").collect();
        super::shown(&lines)?;
    }
    if !stops.is_empty() {
        return Err(failure(gettext("Nothing was undone, since something stands in the way.")));
    }
    agreed(yes, &gettext("Undo this? [y/N]"))?;
    network::undo(&*hypervisor, &record, &plan).map_err(refused)?;
    if json { Ok(Ending::Done) } else { write(format!("{}\n", gettext("It is undone.")).as_bytes()) }
}
