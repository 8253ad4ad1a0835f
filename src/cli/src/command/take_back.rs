//! `take-back`: takes cards back from a virtual machine. The host is read for the names alone: a card that is
//! no longer in the computer can be taken back too.

use gangway_client::handover::plan_take_back_on;
use gangway_client::target::Target;
use gangway_client::text;
use gangway_core::devices::Devices;

use super::change::{Manner, carry_out};
use crate::arguments::TakeBack;
use crate::failure::failure;
use crate::output::Ending;
use crate::seen::Seen;

pub(super) fn run(target: &Target, arguments: &TakeBack, json: bool) -> anyhow::Result<Ending> {
    let seen = Seen::read(target)?;
    let names = seen.device_names();
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let store = target.store().map_err(|error| failure(text::store_error(&error)))?;
    let known = Devices::serials(&seen.source, &seen.host);
    let change = plan_take_back_on(&seen.host, Some(&known), &*hypervisor, &arguments.vm, &arguments.devices)
        .map_err(|error| failure(text::plan_error(&error, &names)))?;
    carry_out(&change, &*hypervisor, &store, &names, Manner { yes: arguments.yes, json })
}
