//! `hand-over`: gives cards to a virtual machine. What may go and what goes along is decided in
//! [`gangway_client::handover`].

use gangway_client::handover::{Request, plan};
use gangway_client::hypervisor::Hypervisor;
use gangway_client::target::Target;
use gangway_client::text::{self, fill};
use gangway_domain::{FeatureChanges, VendorChange, VendorIdText};
use gettextrs::gettext;

use super::change::{Manner, carry_out};
use crate::arguments::HandOver;
use crate::failure::failure;
use crate::output::Ending;
use crate::seen::Seen;

/// What a guest reads in place of Hyper-V's own vendor id, which some drivers look for.
const VENDOR_ID: &str = "gangway";

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
        features: features(&*hypervisor, arguments),
    };
    let change = plan(&seen.host, &*hypervisor, &request)
        .map_err(|error| failure(text::plan_error(&error, &names)))?;
    carry_out(&change, &*hypervisor, &store, &names, Manner { yes: arguments.yes, json })
}

/// Hiding KVM, and Hyper-V's vendor id where the machine pretends to be Hyper-V: both tell a driver.
///
/// Where the machine cannot be read, planning says so.
fn features(hypervisor: &dyn Hypervisor, arguments: &HandOver) -> FeatureChanges {
    if !arguments.hide_hypervisor {
        return FeatureChanges::default();
    }
    let features = hypervisor
        .find(&arguments.vm)
        .and_then(|vm| hypervisor.definition(&vm.id))
        .ok()
        .and_then(|definition| definition.document().ok())
        .map(|document| document.features());
    let pretends = features.is_some_and(|features| {
        features.vendor_id.is_none()
            && features.hyperv.iter().any(|(name, state)| name != "vendor_id" && state.is_on())
    });
    let vendor_id = VendorIdText::new(VENDOR_ID).ok().filter(|_| pretends).map(VendorChange::Set);
    FeatureChanges { hidden: Some(true), vendor_id, hyperv_windows: None }
}
