//! `take-back`: takes cards back from a virtual machine, and then from the host's reservation. The virtual machine comes
//! first: it must not have a card that a driver of the host gets back. The host is read for the names alone there: a card that
//! is no longer in the computer can be taken back, too.

use gangway_client::claims;
use gangway_client::handover::plan_take_back_on;
use gangway_client::hypervisor::VirtualMachine;
use gangway_client::saga::records;
use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::devices::Devices;
use gangway_core::pci::PciAddress;
use gangway_core::trial::{Standing, Trial};
use gettextrs::gettext;

use super::change::{Manner, carry_out};
use super::host;
use crate::arguments::TakeBack;
use crate::failure::{failure, line_of};
use crate::output::{Ending, write};
use crate::seen::Seen;

pub(super) fn run(target: &Target, arguments: &TakeBack, json: bool) -> anyhow::Result<Ending> {
    let seen = Seen::read(target)?;
    let manner = Manner { yes: arguments.yes, json };
    let trial = Trial::of(&seen.source);
    let reserved = trial.state.known().filter(|state| state.is_about(&arguments.devices));
    let reserved = reserved.filter(|_| !arguments.keep_reserved);
    let waits = waits(target, &arguments.devices)?;
    // Without the host's side or a wish, there is nothing but the virtual machine.
    let must_have = arguments.vm.is_some() || (reserved.is_none() && waits.is_empty());
    let taken = from_machine(target, &seen, arguments, must_have, manner)?;
    if let Some(state) = reserved {
        for record in records(state) {
            host::undo(target, record, arguments.yes, json)?;
        }
        if !json && !matches!(trial.standing, Standing::Waiting) {
            let said =
                gettext("Restart the computer: until then, this start is still one with the reservation.");
            write(format!("{}\n", line_of(&said)).as_bytes())?;
        }
    }
    if let Some(wishes) = target.wishes() {
        for device in waits {
            wishes.forget(device).map_err(|error| failure(text::wish_error(&error)))?;
        }
    }
    Ok(taken.unwrap_or(Ending::Done))
}

/// The devices of hand-overs that wait and are about these.
fn waits(target: &Target, devices: &[PciAddress]) -> anyhow::Result<Vec<PciAddress>> {
    let Some(wishes) = target.wishes() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for device in devices {
        match wishes.of(*device) {
            Ok(wish) => found.extend(wish.map(|wish| wish.device)),
            Err(error) => return Err(failure(text::wish_error(&error))),
        }
    }
    Ok(found)
}

/// The virtual machine's side; none where no virtual machine has them and none has to.
fn from_machine(
    target: &Target,
    seen: &Seen,
    arguments: &TakeBack,
    must_have: bool,
    manner: Manner,
) -> anyhow::Result<Option<Ending>> {
    let names = seen.device_names();
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let machines = hypervisor.list().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let held = arguments.devices.iter().find_map(|address| claims::holder(&machines, *address));
    if held.is_none() {
        refuse_used(&machines, &arguments.devices, &names)?;
    }
    let Some(vm) = arguments.vm.clone().or_else(|| Some(held?.id.to_string())) else {
        if must_have {
            return Err(failure(gettext(
                "No virtual machine has these devices, and they are not reserved, so there is nothing to take back.",
            )));
        }
        return Ok(None);
    };
    let store = target.store().map_err(|error| failure(text::store_error(&error)))?;
    let known = Devices::serials(&seen.source, &seen.host);
    let change = plan_take_back_on(&seen.host, Some(&known), &*hypervisor, &vm, &arguments.devices)
        .map_err(|error| failure(text::plan_error(&error, &names)))?;
    carry_out(&change, &*hypervisor, &store, &names, manner).map(Some)
}

/// Refuses where a virtual machine runs with one of them that cannot be taken back from it.
fn refuse_used(
    machines: &[VirtualMachine],
    devices: &[PciAddress],
    names: &DeviceNames<'_>,
) -> anyhow::Result<()> {
    let used = |address: &PciAddress| Some((claims::user(machines, *address)?, *address));
    let Some((vm, address)) = devices.iter().find_map(used) else { return Ok(()) };
    Err(failure(fill(
        &gettext(
            "“{vm}” runs with {device}, and there is nothing to take back from its definition: shut it down, and the device is free again.",
        ),
        &[("vm", &vm.name), ("device", &names.of(address))],
    )))
}
