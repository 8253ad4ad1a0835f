//! `host`: changes of this computer, by the root service, or of the demo's by its own: planned there, reviewed here, applied
//! and undone there. Where there is no service, or the machine is another one, the plan is made here, and nothing is applied.

pub(super) mod agent;
mod network;
mod packages;
pub(super) mod review;

use std::io::{self, IsTerminal as _, Write as _};

use gangway_client::helper::{Helper, HelperError};
use gangway_client::script;
use gangway_client::target::{HostChoice, Target};
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::checks::Verdict;
use gangway_core::plan::{self, Caller, Ground, Intent};
use gangway_core::source::Source;
use gangway_protocol::ErrorName;
use gangway_protocol::wire::{Ending as JobEnding, PlanAnswer, PlanView, RecordEntry, UndoAnswer, Working};
use gettextrs::gettext;

use self::review::{PlanJson, RecordJson, UndoJson};
use super::change::{agreed, show as shown};
use crate::arguments::HostVerb;
use crate::failure::{failure, line_of};
use crate::output::{Ending, write, write_json};
use crate::seen::Seen;
use crate::table::Table;

pub(super) fn run(target: &Target, verb: &HostVerb, json: bool) -> anyhow::Result<Ending> {
    match verb {
        HostVerb::Plan(intent) => plan(target, intent, json),
        HostVerb::Apply { intent, yes } => apply(target, intent, *yes, json),
        HostVerb::Script { intent, markdown } => print_script(target, intent, *markdown),
        HostVerb::Undo { record, yes } => undo(target, record, *yes, json),
        HostVerb::Records => records(target, json),
        HostVerb::Restart { yes } => restart(target, *yes),
    }
}

fn plan(target: &Target, intent: &Intent, json: bool) -> anyhow::Result<Ending> {
    let seen = Seen::read(target)?;
    let names = seen.device_names();
    let answer = match target.helper() {
        Ok(helper) => in_full(&helper, intent)?,
        // What is seen without root's rights is better than nothing, and nothing is applied.
        Err(
            error @ (HelperError::NotInstalled
            | HelperError::NoBus { .. }
            | HelperError::NoDemoProgram
            | HelperError::DemoAsRoot),
        ) => {
            if matches!(target.host, HostChoice::Live | HostChoice::Demo(_)) {
                // Where standard error is closed, too, the plan is still as good as it can be.
                let _ = writeln!(io::stderr().lock(), "{}", line_of(&text::helper_error(&error)));
            }
            planned_here(&seen.source, intent)
        }
        Err(error) => return Err(failure(text::helper_error(&error))),
    };
    let beside = Beside::of(target, intent, &answer, &seen.source);
    show_all(&answer, intent, &names, &beside, json)
}

/// What is planned beside the service's plan: packages before it, and libvirt's network after it, which is not looked at where
/// the plan is refused.
#[derive(Default)]
struct Beside {
    packages: Option<packages::Missing>,
    network: Option<network::Looked>,
}

impl Beside {
    fn of(target: &Target, intent: &Intent, answer: &PlanAnswer, source: &Source) -> Self {
        let planned = matches!(answer, PlanAnswer::Plan(_));
        Self {
            packages: packages::look(target, intent, source),
            network: planned.then(|| network::look(target, intent, source)).flatten(),
        }
    }

    fn has_steps(&self) -> bool {
        self.network.as_ref().is_some_and(network::Looked::has_steps)
    }

    /// What comes before the plan.
    fn first(&self) -> String {
        self.packages.as_ref().map(packages::Missing::text).unwrap_or_default()
    }

    /// What comes after it.
    fn text(&self) -> String {
        self.network.as_ref().map(network::Looked::text).unwrap_or_default()
    }

    fn apply(&self, target: &Target, source: &Source) -> anyhow::Result<()> {
        self.network.as_ref().map_or(Ok(()), |looked| looked.apply(target, source))
    }

    fn json(&self, json: PlanJson) -> PlanJson {
        let packages = self.packages.as_ref().map(packages::Missing::json);
        json.beside(packages, self.network.as_ref().map(network::Looked::json))
    }
}

/// Installs what is missing, where PackageKit can and the user agrees; says whether it did.
fn install_first(
    target: &Target,
    intent: &Intent,
    source: &Source,
    yes: bool,
    json: bool,
) -> anyhow::Result<bool> {
    let Some(missing) = packages::look(target, intent, source).filter(packages::Missing::is_installable)
    else {
        return Ok(false);
    };
    if !json {
        shown(&missing.text())?;
    }
    missing.install(yes)
}

fn apply(target: &Target, intent: &Intent, yes: bool, json: bool) -> anyhow::Result<Ending> {
    let helper = changing(target)?;
    let mut seen = Seen::read(target)?;
    if install_first(target, intent, &seen.source, yes, json)? {
        seen = Seen::read(target)?;
    }
    let names = seen.device_names();
    let answer = in_full(&helper, intent)?;
    let beside = Beside::of(target, intent, &answer, &seen.source);
    let PlanAnswer::Plan(view) = &answer else { return show_all(&answer, intent, &names, &beside, json) };
    if view.steps.is_empty() && !beside.has_steps() {
        return show_all(&answer, intent, &names, &beside, json);
    }
    if !json {
        let plan = if view.steps.is_empty() { String::new() } else { review::plan_text(view, &names) };
        shown(&(beside.first() + &plan + &beside.text()))?;
    }
    if let Err(refusal) = agreed(yes, &gettext("Change this computer? [y/N]")) {
        if json {
            write_json(&beside.json(PlanJson::of(&answer, intent, &names)))?;
        }
        return Err(refusal);
    }
    let _agent = agent::Agent::start();
    if view.steps.is_empty() {
        beside.apply(target, &seen.source)?;
        return if json {
            write_json(&beside.json(PlanJson::of(&answer, intent, &names)))
        } else {
            write(format!("{}\n", gettext("It is done.")).as_bytes())
        };
    }
    let ended = helper.apply(intent, view.digest, &mut |working| progress(working, json));
    let ending = ended.map_err(|error| failure(text::helper_error(&error)))?;
    // The service's part first: libvirt may run only since then.
    let done = matches!(ending, JobEnding::Done { .. });
    let followed = if done { beside.apply(target, &seen.source) } else { Ok(()) };
    if json {
        write_json(&beside.json(PlanJson::of(&answer, intent, &names)).ended(&ending))?;
    }
    let ended = ended_with(&ending, json)?;
    followed.map(|()| ended)
}

pub(super) fn undo(target: &Target, record: &str, yes: bool, json: bool) -> anyhow::Result<Ending> {
    if record == network::RECORD {
        return network::undo(target, yes, json);
    }
    let service = changing(target)?;
    let refused = |error: HelperError| failure(text::helper_error(&error));
    let mut answer = service.plan_undo(record, false).map_err(refused)?;
    if matches!(&answer, UndoAnswer::Undo(view) if view.is_withheld()) {
        let _agent = agent::Agent::start();
        answer = service.plan_undo(record, true).map_err(refused)?;
    }
    let view = match answer {
        UndoAnswer::Undo(view) => *view,
        UndoAnswer::NotInEffect { state } => {
            let template =
                gettext("The change {record} is not in effect ({state}), so there is nothing to undo.");
            let state = text::record_state(state);
            return Err(failure(fill(&template, &[("record", record), ("state", &state)])));
        }
    };
    if !json {
        shown(&review::undo_text(&view))?;
    }
    if !view.stops.is_empty() {
        if json {
            write_json(&UndoJson::of(&view))?;
        }
        return Err(failure(gettext("Nothing was undone, since something stands in the way.")));
    }
    if let Err(refusal) = agreed(yes, &gettext("Undo this? [y/N]")) {
        if json {
            write_json(&UndoJson::of(&view))?;
        }
        return Err(refusal);
    }
    let _agent = agent::Agent::start();
    let ended = service.undo(record, view.digest, &mut |working| progress(working, json));
    let ending = ended.map_err(refused)?;
    if json {
        write_json(&UndoJson::of(&view).ended(&ending))?;
    }
    ended_with(&ending, json)
}

fn restart(target: &Target, yes: bool) -> anyhow::Result<Ending> {
    agreed(yes, &gettext("Restart this computer? [y/N]"))?;
    target.restart().map_err(|error| failure(text::restart_error(&error)))?;
    write(format!("{}\n", text::restarted(target)).as_bytes())
}

fn records(target: &Target, json: bool) -> anyhow::Result<Ending> {
    let service = changing(target)?;
    let records = service.records().map_err(|error| failure(text::helper_error(&error)))?;
    let network = network::is_recorded(target);
    if json {
        let own = network.then_some(RecordJson::Network { id: network::RECORD });
        let records: Vec<RecordJson> = records.iter().map(RecordJson::Service).chain(own).collect();
        return write_json(&records);
    }
    let names = DeviceNames::addresses();
    let mut table = Table::default();
    if records.is_empty() && !network {
        table.text(gettext("Nothing was changed on this computer yet."));
    }
    for record in &records {
        table.text(line_of(&match record {
            RecordEntry::Record(view) => fill(
                &gettext("{record}: {title} – {state}"),
                &[
                    ("record", &view.id),
                    ("title", &text::intent(&view.intent, &names)),
                    ("state", &text::record_state(view.state)),
                ],
            ),
            RecordEntry::Unreadable { reason } => {
                fill(&gettext("A record cannot be read ({reason})."), &[("reason", reason)])
            }
        }));
    }
    if network {
        let line = gettext("{record}: libvirt’s network “default”, as far as it is ours");
        table.text(line_of(&fill(&line, &[("record", network::RECORD)])));
    }
    write(table.finish().as_bytes())
}

fn print_script(target: &Target, intent: &Intent, markdown: bool) -> anyhow::Result<Ending> {
    let seen = Seen::read(target)?;
    let names = seen.device_names();
    let ground = Ground::read(&seen.source);
    match plan::plan(&ground, intent, caller(&ground).as_ref()) {
        Ok(plan) if markdown => write(script::markdown(&plan, &names).as_bytes()),
        Ok(plan) => write(script::script(&plan, &names).as_bytes()),
        Err(refusals) => show(&PlanAnswer::Refused { refusals }, intent, &names, false),
    }
}

/// The service, for what needs one.
pub(super) fn changing(target: &Target) -> anyhow::Result<Helper> {
    if matches!(target.host, HostChoice::Folder(_) | HostChoice::Machine(_)) {
        return Err(failure(gettext(
            "Only this computer can be changed from here: for another one, print the plan with “gangwayctl host script”.",
        )));
    }
    target.helper().map_err(|error| failure(text::helper_error(&error)))
}

/// The plan with every difference; where some are withheld, the user is asked for a password first.
pub(super) fn in_full(helper: &Helper, intent: &Intent) -> anyhow::Result<PlanAnswer> {
    let refused = |error: HelperError| failure(text::helper_error(&error));
    let answer = helper.plan(intent, false).map_err(refused)?;
    if !matches!(&answer, PlanAnswer::Plan(view) if view.is_withheld()) {
        return Ok(answer);
    }
    let _agent = agent::Agent::start();
    match helper.plan(intent, true) {
        // Whoever may not see it still sees what is done to which file.
        Err(HelperError::Refused {
            name: ErrorName::NotAuthorized | ErrorName::Cancelled | ErrorName::NoAgent,
            ..
        }) => Ok(answer),
        whole => whole.map_err(refused),
    }
}

fn planned_here(source: &Source, intent: &Intent) -> PlanAnswer {
    let ground = Ground::read(source);
    match plan::plan(&ground, intent, caller(&ground).as_ref()) {
        Ok(plan) => PlanAnswer::Plan(Box::new(PlanView::whole(&plan))),
        Err(refusals) => PlanAnswer::Refused { refusals },
    }
}

/// The user who runs this, where the machine's files know the account.
fn caller(ground: &Ground) -> Option<Caller> {
    ground.account(rustix::process::getuid().as_raw())
}

/// Shows a plan, or why there is none; says by its status which of both.
pub(super) fn show(
    answer: &PlanAnswer,
    intent: &Intent,
    names: &DeviceNames<'_>,
    json: bool,
) -> anyhow::Result<Ending> {
    show_all(answer, intent, names, &Beside::default(), json)
}

/// The same with what is planned beside it.
fn show_all(
    answer: &PlanAnswer,
    intent: &Intent,
    names: &DeviceNames<'_>,
    beside: &Beside,
    json: bool,
) -> anyhow::Result<Ending> {
    let nothing = matches!(answer, PlanAnswer::Plan(view) if view.steps.is_empty());
    let written = if json {
        write_json(&beside.json(PlanJson::of(answer, intent, names)))?
    } else {
        let text =
            if nothing && beside.has_steps() { String::new() } else { review::answer_text(answer, names) };
        write((beside.first() + &text + &beside.text()).as_bytes())?
    };
    Ok(match answer {
        PlanAnswer::Refused { .. } if written != Ending::Unread => Ending::Found(Verdict::NotPossible),
        _ => written,
    })
}

/// Tells on a terminal how far it is, below what a tool just said.
pub(super) fn progress(working: &Working, json: bool) {
    let mut errors = io::stderr().lock();
    if json || !errors.is_terminal() || working.of == 0 {
        return;
    }
    let template = if working.taking_back {
        gettext("Taking back step {number}…")
    } else {
        gettext("Step {number} of {count}…")
    };
    let number = (working.done + 1).min(working.of).to_string();
    let line = fill(&template, &[("number", &number), ("count", &working.of.to_string())]);
    let said = working.line.as_deref().map(|said| format!(" {said}")).unwrap_or_default();
    // Progress is a courtesy: where it cannot be shown, the work goes on.
    let _ = write!(errors, "\r\x1b[K{}", line_of(&(line + &said)));
    let _ = errors.flush();
}

pub(super) fn ended_with(ending: &JobEnding, json: bool) -> anyhow::Result<Ending> {
    if io::stderr().is_terminal() && !json {
        let _ = write!(io::stderr().lock(), "\r\x1b[K");
    }
    let sentence = text::ending(ending);
    match ending {
        JobEnding::Done { .. } if json => Ok(Ending::Done),
        JobEnding::Done { .. } => write(format!("{}\n", line_of(&sentence)).as_bytes()),
        _ => Err(failure(sentence)),
    }
}
