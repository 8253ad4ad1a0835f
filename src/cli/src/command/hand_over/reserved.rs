//! The method *reserved*: the host leaves a card alone from the next start on, which the root service brings about, and the
//! virtual machine gets it after that. Both sides are shown and agreed to here; the virtual machine's waits as a wish.

use gangway_client::handover::{VmChange, plan};
use gangway_client::hypervisor::Hypervisor;
use gangway_client::saga::{BeginError, HostSide, Wish, begin};
use gangway_client::target::{HostChoice, Target};
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gangway_protocol::wire::{Ending as JobEnding, PlanAnswer};
use gettextrs::gettext;
use serde::Serialize;

use super::super::change::{ChangeJson, Manner, agreed, carry_out, show};
use super::super::host::{self, agent, review};
use super::request;
use crate::arguments::HandOver;
use crate::failure::{failure, line_of};
use crate::output::{Ending, write, write_json};
use crate::seen::Seen;

/// What `--json` prints of a reservation.
#[derive(Debug, Serialize)]
struct ReservedJson {
    method: &'static str,
    host: review::PlanJson,
    /// What the virtual machine gets after the restart, planned as of now; none where the card is reserved only.
    virtual_machine: Option<ChangeJson>,
    /// Whether that waits for the restart now.
    waits: bool,
}

/// The virtual machine's side, as it would be now.
struct Guest {
    hypervisor: std::sync::Arc<dyn Hypervisor>,
    change: VmChange,
    wish: Wish,
}

pub(super) fn run(
    target: &Target,
    seen: &Seen,
    arguments: &HandOver,
    vm: Option<&str>,
    manner: Manner,
) -> anyhow::Result<Ending> {
    let [device] = arguments.devices.as_slice() else {
        return Err(failure(gettext(
            "One card is reserved at a time: name one device, and use --whole-group for what shares its group.",
        )));
    };
    let names = seen.device_names();
    let service = host::changing(target)?;
    let guest = match vm {
        Some(vm) => Some(guest(target, seen, arguments, vm, &names)?),
        None => None,
    };
    let intent = Intent::Reserve { device: *device, whole_group: arguments.whole_group };
    let answer = host::in_full(&service, &intent)?;
    let PlanAnswer::Plan(view) = &answer else { return host::show(&answer, &intent, &names, manner.json) };
    if view.steps.is_empty() {
        return match guest {
            Some(guest) => reserved_already(target, seen, *device, &guest, &names, manner),
            None => host::show(&answer, &intent, &names, manner.json),
        };
    }
    let mut report = ReservedJson {
        method: "reserved",
        host: review::PlanJson::of(&answer, &intent, &names),
        virtual_machine: guest.as_ref().map(|guest| ChangeJson::of(&guest.change, &names)),
        waits: false,
    };
    if !manner.json {
        show(&review::plan_text(view, &names))?;
        show(&after_restart(guest.as_ref(), report.virtual_machine.as_ref()))?;
        show(&exposures(seen, arguments, *device, &names))?;
    }
    if let Err(refusal) = agreed(manner.yes, &gettext("Reserve it with the next start? [y/N]")) {
        if manner.json {
            write_json(&report)?;
        }
        return Err(refusal);
    }
    let wishes = target.wishes().ok_or_else(no_home)?;
    let _agent = agent::Agent::start();
    let ended = begin(&wishes, guest.as_ref().map(|guest| &guest.wish), || {
        service.apply(&intent, view.digest, &mut |working| host::progress(working, manner.json))
    });
    let ending = ended.map_err(|error| failure(not_begun(&error)))?;
    report.waits = guest.is_some() && matches!(ending, JobEnding::Done { .. });
    if manner.json {
        report.host = report.host.ended(&ending);
        write_json(&report)?;
    }
    let ended = host::ended_with(&ending, manner.json)?;
    if !manner.json {
        write(
            format!(
                "{}\n",
                line_of(&what_now(target, guest.as_ref().map(|guest| guest.wish.recipient.name.as_str())))
            )
            .as_bytes(),
        )?;
    }
    Ok(ended)
}

fn guest(
    target: &Target,
    seen: &Seen,
    arguments: &HandOver,
    vm: &str,
    names: &DeviceNames<'_>,
) -> anyhow::Result<Guest> {
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let request = request(seen, arguments, vm)?;
    let change =
        plan(&seen.host, &*hypervisor, &request).map_err(|error| failure(text::plan_error(&error, names)))?;
    let wish = Wish::new(&seen.host, request.known.as_deref(), &request, &change.vm, &*hypervisor)
        .map_err(|refusal| failure(text::stays(&refusal, names)))?;
    Ok(Guest { hypervisor, change, wish })
}

/// The host has nothing to do any more: the virtual machine gets the card now, or after the restart that is due.
fn reserved_already(
    target: &Target,
    seen: &Seen,
    device: PciAddress,
    guest: &Guest,
    names: &DeviceNames<'_>,
    manner: Manner,
) -> anyhow::Result<Ending> {
    if HostSide::read(&seen.source, &guest.wish.addresses()).is_ready() {
        let store = target.store().map_err(|error| failure(text::store_error(&error)))?;
        let done = carry_out(&guest.change, &*guest.hypervisor, &store, names, manner)?;
        if let Some(wishes) = target.wishes() {
            wishes.forget(device).map_err(|error| failure(text::wish_error(&error)))?;
        }
        return Ok(done);
    }
    let json = ChangeJson::of(&guest.change, names);
    if !manner.json {
        show(&after_restart(Some(guest), Some(&json)))?;
    }
    agreed(manner.yes, &gettext("Keep this for after the restart? [y/N]"))?;
    let wishes = target.wishes().ok_or_else(no_home)?;
    wishes.keep(&guest.wish).map_err(|error| failure(text::wish_error(&error)))?;
    if manner.json {
        return write_json(&json);
    }
    write(format!("{}\n", line_of(&what_now(target, Some(&guest.wish.recipient.name)))).as_bytes())
}

/// What the virtual machine gets, once the host leaves the card alone.
fn after_restart(guest: Option<&Guest>, change: Option<&ChangeJson>) -> String {
    let (Some(guest), Some(change)) = (guest, change) else { return String::new() };
    let template =
        gettext("After the restart, when the card is reserved, “{vm}” gets it; as of now that is:");
    let said = fill(&template, &[("vm", &guest.wish.recipient.name)]);
    format!("\n{}\n\n{}", line_of(&said), change.text())
}

/// What to know before one agrees.
pub(super) fn exposures(
    seen: &Seen,
    arguments: &HandOver,
    device: PciAddress,
    names: &DeviceNames<'_>,
) -> String {
    let going = gangway_client::handover::going(&seen.host, &[device], arguments.whole_group);
    let functions = going.map(|going| going.functions).unwrap_or_default();
    let mut lines = vec![String::new()];
    for exposure in gangway_client::handover::exposures(&seen.host, &functions) {
        let said = line_of(&text::exposure(&exposure, names));
        lines.push(match exposure.link() {
            Some(link) => format!("{said} <{link}>"),
            None => said,
        });
    }
    lines.push(String::new());
    lines.push(String::new());
    lines.join("\n")
}

fn what_now(target: &Target, vm: Option<&str>) -> String {
    let said = match vm {
        Some(vm) => fill(
            &gettext(
                "Restart the computer now or later, as a trial: if that start fails, the one after it is the system you have now. Then “gangwayctl hand-over --continue” gives the card to “{vm}”.",
            ),
            &[("vm", vm)],
        ),
        None => gettext(
            "Restart the computer now or later, as a trial: if that start fails, the one after it is the system you have now.",
        ),
    };
    if !matches!(target.host, HostChoice::Demo(_)) {
        return said;
    }
    format!("{said} {}", gettext("In the demo, “gangwayctl --demo host restart” imitates the restart."))
}

fn not_begun(error: &BeginError) -> String {
    match error {
        BeginError::Wish(error) => text::wish_error(error),
        BeginError::Helper(error) => text::helper_error(error),
    }
}

fn no_home() -> anyhow::Error {
    failure(gettext(
        "There is no place to keep what “hand-over --continue” shall do, so nothing was changed: set the environment variable HOME.",
    ))
}
