//! `hand-over`: gives cards to a virtual machine. What may go and what goes along is decided in
//! [`gangway_client::handover`].

use std::sync::Arc;

use gangway_client::handover::{FeatureWishes, Request, plan};
use gangway_client::target::Target;
use gangway_client::text::{self, fill};
use gangway_core::devices::Devices;
use gettextrs::gettext;

use super::change::{Manner, carry_out};
use crate::arguments::HandOver;
use crate::failure::failure;
use crate::output::Ending;
use crate::seen::Seen;

pub(super) fn run(target: &Target, arguments: &HandOver, json: bool) -> anyhow::Result<Ending> {
    let seen = Seen::read(target)?;
    let names = seen.device_names();
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let store = target.store().map_err(|error| failure(text::store_error(&error)))?;
    let rom = match &arguments.rom {
        Some(path) => Some(std::path::absolute(path).map_err(|error| {
            let template = gettext("“{path}” cannot be the ROM file ({reason}): name another file.");
            let path = path.display().to_string();
            failure(fill(&template, &[("path", &path), ("reason", &error.to_string())]))
        })?),
        None => None,
    };
    let request = Request {
        devices: arguments.devices.clone(),
        whole_group: arguments.whole_group,
        vm: arguments.vm.clone(),
        rom,
        features: FeatureWishes {
            hide_hypervisor: arguments.hide_hypervisor.then_some(true),
            hyperv_windows: None,
        },
        known: Some(Arc::new(Devices::serials(&seen.source, &seen.host))),
    };
    let change = plan(&seen.host, &*hypervisor, &request)
        .map_err(|error| failure(text::plan_error(&error, &names)))?;
    carry_out(&change, &*hypervisor, &store, &names, Manner { yes: arguments.yes, json })
}
