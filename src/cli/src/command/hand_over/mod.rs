//! `hand-over`: gives cards to a virtual machine, or reserves one for later. What may go and what goes along is decided in
//! [`gangway_client::handover`], how the host lets go in the planner, and what comes after a restart in
//! [`gangway_client::saga`].

mod choice;
mod go_on;
mod reserved;

use std::sync::Arc;

use gangway_client::handover::{Danger, FeatureWishes, Method, Request, going, plan, without_reset};
use gangway_client::target::Target;
use gangway_client::text::{self, fill};
use gangway_core::devices::Devices;
use gangway_core::model::Model;
use gettextrs::gettext;

use super::change::{Manner, carry_out_knowing, show};
use crate::arguments::HandOver;
use crate::failure::failure;
use crate::output::Ending;
use crate::seen::Seen;

pub(super) use go_on::go_on;

pub(super) fn run(target: &Target, arguments: &HandOver, json: bool) -> anyhow::Result<Ending> {
    let seen = Seen::read(target)?;
    let manner = Manner { yes: arguments.yes, json };
    let Some(vm) = arguments.vm.as_deref() else {
        return reserved::run(target, &seen, arguments, None, manner);
    };
    let names = seen.device_names();
    // What cannot leave at all is refused by the planner, which knows what the virtual machine has.
    let Ok(going) = going(&seen.host, &arguments.devices, arguments.whole_group) else {
        return managed(target, &seen, arguments, vm, &[], manner);
    };
    let methods = choice::methods(target, &seen, arguments, &going);
    let Some(method) = arguments.method.or(methods.recommended()) else {
        return Err(failure(choice::none(&methods, &names)));
    };
    if !json {
        show(&choice::told(&methods, method, &seen.host, &going, &names))?;
    }
    match method {
        Method::Managed => {
            let mut dangers = methods.dangers(method);
            dangers.extend(without_reset(&Model::read(&seen.source), &going.functions));
            managed(target, &seen, arguments, vm, &dangers, manner)
        }
        Method::Reserved => reserved::run(target, &seen, arguments, Some(vm), manner),
    }
}

/// Libvirt takes the devices when the virtual machine starts: its definition is all that changes.
fn managed(
    target: &Target,
    seen: &Seen,
    arguments: &HandOver,
    vm: &str,
    dangers: &[Danger],
    manner: Manner,
) -> anyhow::Result<Ending> {
    let names = seen.device_names();
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let store = target.store().map_err(|error| failure(text::store_error(&error)))?;
    let request = request(seen, arguments, vm)?;
    let change = plan(&seen.host, &*hypervisor, &request)
        .map_err(|error| failure(text::plan_error(&error, &names)))?;
    carry_out_knowing(&change, &*hypervisor, &store, &names, dangers, manner)
}

/// What is asked of the virtual machine's side.
fn request(seen: &Seen, arguments: &HandOver, vm: &str) -> anyhow::Result<Request> {
    let rom = match &arguments.rom {
        Some(path) => Some(std::path::absolute(path).map_err(|error| {
            let template = gettext("“{path}” cannot be the ROM file ({reason}): name another file.");
            let path = path.display().to_string();
            failure(fill(&template, &[("path", &path), ("reason", &error.to_string())]))
        })?),
        None => None,
    };
    Ok(Request {
        devices: arguments.devices.clone(),
        whole_group: arguments.whole_group,
        vm: vm.to_owned(),
        rom,
        features: FeatureWishes {
            hide_hypervisor: arguments.hide_hypervisor.then_some(true),
            hyperv_windows: None,
        },
        known: Some(Arc::new(Devices::serials(&seen.source, &seen.host))),
    })
}
