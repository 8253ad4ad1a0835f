//! `status`: how a reservation with a boot entry of its own stands in this start, and what of its promise holds. How it
//! ends tells a script.

use gangway_client::target::Target;
use gangway_client::text::checks::need;
use gangway_client::text::trial as sentences;
use gangway_client::text::{DeviceNames, fill};
use gangway_core::checks::Verdict;
use gangway_core::model::Model;
use gangway_core::pci::Names;
use gangway_core::trial::{Broken, Early, Promised, Standing, State, Trial, Verified, measure, verify};
use gettextrs::gettext;
use serde::Serialize;

use crate::failure::{failure, line_of};
use crate::output::{Ending, write, write_json};
use crate::table::Table;

/// `status --json`.
#[derive(Debug, Serialize)]
struct StatusJson {
    standing: &'static str,
    sentence: String,
    /// What `gangway.reserve=` has; none where nothing is reserved, or that is not known.
    reserve: Option<String>,
    /// The change that reserved it, and the one that kept it.
    record: Option<String>,
    confirmed_by: Option<String>,
    /// Why the trial is over, as far as it was noted.
    failure: Option<gangway_core::trial::Failure>,
    /// What the early script reported of this start, or of the trial.
    early: Option<String>,
    kernel: Option<String>,
    parts: Vec<PartJson>,
}

#[derive(Debug, Serialize)]
struct PartJson {
    part: &'static str,
    device: Option<String>,
    /// `holds`, `broken` or `unknown`.
    outcome: &'static str,
    instead: Option<Broken>,
    check: Option<&'static str>,
    sentence: String,
}

pub(super) fn run(target: &Target, json: bool) -> anyhow::Result<Ending> {
    let source = target.source().map_err(|error| failure(gangway_client::text::target_error(&error)))?;
    let model = Model::read(&source);
    let trial = &model.system.trial;
    let parts = match trial.state.known() {
        Some(state) => verify(state, &model, Some(&measure(&source, &state.promise.image))),
        None => Vec::new(),
    };
    let ids = Names::system();
    let names = DeviceNames::of_host(&model.host, &ids);
    let written = if json {
        write_json(&StatusJson::of(trial, &parts, &names))?
    } else {
        write(listing(trial, &parts, &names).as_bytes())?
    };
    Ok(if written == Ending::Unread { written } else { Ending::Found(verdict(trial, &parts)) })
}

/// What a script is told: in order, something to do, in the way, or not known.
fn verdict(trial: &Trial, parts: &[Promised]) -> Verdict {
    let has = |wanted: fn(&Verified) -> bool| parts.iter().any(|part| wanted(&part.verified));
    let broken = has(|verified| matches!(verified, Verified::Broken { .. }));
    match &trial.standing {
        Standing::None => Verdict::Ready,
        Standing::Unknown(_) => Verdict::CouldNotTell,
        Standing::Over { .. } | Standing::Foreign { .. } => Verdict::NotPossible,
        Standing::OnTrial { .. } if broken => Verdict::NotPossible,
        Standing::Waiting | Standing::OnTrial { .. } | Standing::Without => Verdict::ToDo,
        Standing::Confirmed { .. } if broken => Verdict::ToDo,
        Standing::Confirmed { .. } if has(|verified| matches!(verified, Verified::Unknown(_))) => {
            Verdict::CouldNotTell
        }
        Standing::Confirmed { .. } => Verdict::Ready,
    }
}

fn listing(trial: &Trial, parts: &[Promised], names: &DeviceNames<'_>) -> String {
    let mut table = Table::default();
    table.text(line_of(&sentences::standing(trial, names)));
    let shown = |part: &&Promised| part.verified != Verified::Holds || is_on_trial(trial);
    for part in parts.iter().filter(shown) {
        let mark = match part.verified {
            Verified::Holds => "✓",
            Verified::Broken { .. } => "✗",
            Verified::Unknown(_) => "?",
        };
        table.text(format!("  {mark} {}", line_of(&sentences::promised(part, names))));
    }
    if let Some(next) = next(trial) {
        table.text(line_of(&next));
    }
    table.finish()
}

const fn is_on_trial(trial: &Trial) -> bool {
    matches!(trial.standing, Standing::OnTrial { .. })
}

/// What can be done next.
fn next(trial: &Trial) -> Option<String> {
    let state = trial.state.known()?;
    let undo = || fill("gangwayctl host undo {record}", &[("record", &state.record)]);
    Some(match &trial.standing {
        Standing::OnTrial { early: Early::Reserved(_) } => fill(
            &gettext("Keep it with “{keep}”, or undo it with “{undo}”."),
            &[("keep", "gangwayctl confirm"), ("undo", &undo())],
        ),
        Standing::Waiting | Standing::OnTrial { .. } | Standing::Over { .. } => {
            fill(&gettext("Undo it with “{undo}”."), &[("undo", &undo())])
        }
        Standing::None
        | Standing::Confirmed { .. }
        | Standing::Without
        | Standing::Foreign { .. }
        | Standing::Unknown(_) => return None,
    })
}

impl StatusJson {
    fn of(trial: &Trial, parts: &[Promised], names: &DeviceNames<'_>) -> Self {
        use gangway_core::trial::Stage;
        let state = trial.state.known();
        let stage = state.map(|State { stage, .. }| stage);
        let early = match &trial.standing {
            Standing::OnTrial { early } | Standing::Confirmed { early } => early.to_word(),
            Standing::Over { early: Some(early), .. } => early.to_word(),
            _ => None,
        };
        Self {
            standing: trial.standing.word(),
            sentence: sentences::standing(trial, names),
            reserve: state.map(|state| state.promise.reserve.to_string()),
            record: state.map(|state| state.record.clone()),
            confirmed_by: match stage {
                Some(Stage::Confirmed { record, .. }) => Some(record.clone()),
                _ => None,
            },
            failure: match stage {
                Some(Stage::Failed { why, .. }) => Some(*why),
                _ => None,
            },
            early,
            kernel: state.map(|state| state.promise.release.clone()),
            parts: parts.iter().map(|part| PartJson::of(part, names)).collect(),
        }
    }
}

impl PartJson {
    fn of(promised: &Promised, names: &DeviceNames<'_>) -> Self {
        let (outcome, instead, check) = match &promised.verified {
            Verified::Holds => ("holds", None, None),
            Verified::Broken { instead, cause } => {
                ("broken", Some(instead.clone()), cause.map(gangway_core::checks::CheckId::name))
            }
            Verified::Unknown(_) => ("unknown", None, None),
        };
        let sentence = match &promised.verified {
            Verified::Unknown(missing) => need(missing),
            _ => sentences::promised(promised, names),
        };
        Self {
            part: promised.part.word(),
            device: promised.part.address().map(|address| address.to_string()),
            outcome,
            instead,
            check,
            sentence,
        }
    }
}
