//! `definitions list`, `definitions show` and `definitions restore`: what virtual machines were before Gangway changed
//! them. Listing and showing do without libvirt where it does not answer.

use gangway_client::handover::plan_put_back;
use gangway_client::hypervisor::{Definition, VmId};
use gangway_client::store::{Kept, Store};
use gangway_client::target::Target;
use gangway_client::text::{self, fill};
use gettextrs::gettext;
use serde::Serialize;

use super::change::{Manner, carry_out};
use crate::arguments::Restore;
use crate::failure::{failure, visible};
use crate::output::{Ending, write, write_json};
use crate::seen::Seen;
use crate::table::Table;

#[derive(Debug, Serialize)]
struct ListJson {
    definitions: Vec<KeptJson>,
}

#[derive(Debug, Serialize)]
struct KeptJson {
    virtual_machine: Option<String>,
    uuid: String,
    definition: String,
    kept: String,
    devices: Vec<String>,
    path: String,
}

/// What was kept of one machine, newest first.
struct Former {
    id: VmId,
    name: Option<String>,
    kept: Vec<(Kept, Definition)>,
}

pub(super) fn list(target: &Target, vm: Option<&str>, json: bool) -> anyhow::Result<Ending> {
    let store = store(target)?;
    let ids = match vm {
        Some(vm) => vec![machine(target, &store, vm)?],
        None => stored(store.machines())?,
    };
    let machines: Vec<Former> =
        ids.into_iter().map(|id| Former::read(&store, id)).collect::<Result<_, _>>()?;
    if json {
        return write_json(&ListJson { definitions: machines.iter().flat_map(Former::json).collect() });
    }
    let mut table = Table::default();
    for (index, machine) in machines.iter().filter(|machine| !machine.kept.is_empty()).enumerate() {
        if index > 0 {
            table.text("");
        }
        table.text(machine.name.clone().unwrap_or_else(|| machine.id.to_string()));
        for (kept, definition) in &machine.kept {
            table.row([format!("  {}", kept.name()), devices(definition)]);
        }
    }
    if machines.iter().all(|machine| machine.kept.is_empty()) {
        table.text(match vm {
            Some(vm) => fill(&gettext("No former definition of “{vm}” is kept."), &[("vm", vm)]),
            None => gettext("No former definition is kept."),
        });
    }
    write(table.finish().as_bytes())
}

pub(super) fn show(target: &Target, vm: &str, name: Option<&str>) -> anyhow::Result<Ending> {
    let store = store(target)?;
    let id = machine(target, &store, vm)?;
    let kept = find(&store, &id, vm, name)?;
    let definition = stored(store.read(&kept))?;
    let text: String = gangway_domain::redact(definition.text())
        .chars()
        .map(|c| if matches!(c, '\n' | '\t') { c } else { visible(c) })
        .collect();
    write(text.as_bytes())
}

pub(super) fn restore(target: &Target, arguments: &Restore, json: bool) -> anyhow::Result<Ending> {
    let seen = Seen::read(target)?;
    let names = seen.device_names();
    let hypervisor = target.connect().map_err(|error| failure(text::hypervisor_error(&error)))?;
    let store = store(target)?;
    let vm = hypervisor.find(&arguments.vm).map_err(|error| failure(text::hypervisor_error(&error)))?;
    let kept = find(&store, &vm.id, &vm.name, arguments.definition.as_deref())?;
    let former = stored(store.read(&kept))?;
    let change = plan_put_back(&seen.host, &*hypervisor, vm.id.as_str(), &kept, &former)
        .map_err(|error| failure(text::plan_error(&error, &names)))?;
    carry_out(&change, &*hypervisor, &store, &names, Manner { yes: arguments.yes, json })
}

fn store(target: &Target) -> anyhow::Result<Store> {
    stored(target.store())
}

fn stored<T>(result: Result<T, gangway_client::store::StoreError>) -> anyhow::Result<T> {
    result.map_err(|error| failure(text::store_error(&error)))
}

/// The machine of this name or UUID: as libvirt knows it, or else as its kept definitions do. It may be gone from
/// libvirt, and libvirt need not answer.
fn machine(target: &Target, store: &Store, vm: &str) -> anyhow::Result<VmId> {
    let asked = target.connect().and_then(|hypervisor| hypervisor.find(vm));
    let error = match asked {
        Ok(vm) => return Ok(vm.id),
        Err(error) => error,
    };
    let ids = stored(store.machines())?;
    if let Some(id) = ids.iter().find(|id| **id == VmId::new(vm)) {
        return Ok(id.clone());
    }
    let mut named = Vec::new();
    for id in ids {
        if Former::read(store, id.clone())?.name.as_deref() == Some(vm) {
            named.push(id);
        }
    }
    match named.as_slice() {
        [] => Err(failure(text::hypervisor_error(&error))),
        [only] => Ok(only.clone()),
        _ => Err(failure(fill(
            &gettext("Definitions of several virtual machines “{vm}” are kept: name one by its UUID."),
            &[("vm", vm)],
        ))),
    }
}

/// The one of this name, or the last one.
fn find(store: &Store, id: &VmId, vm: &str, name: Option<&str>) -> anyhow::Result<Kept> {
    let all = stored(store.list(id))?;
    let found = match name {
        Some(name) => all.into_iter().find(|kept| kept.name() == name),
        None => all.into_iter().last(),
    };
    found.ok_or_else(|| match name {
        Some(name) => failure(fill(
            &gettext(
                "No former definition “{name}” of “{vm}” is kept: “gangwayctl definitions list” shows those that are.",
            ),
            &[("name", name), ("vm", vm)],
        )),
        None => failure(fill(
            &gettext("No former definition of “{vm}” is kept: one is with every change that Gangway makes."),
            &[("vm", vm)],
        )),
    })
}

/// What it has of the host.
fn devices(definition: &Definition) -> String {
    let Ok(document) = definition.document() else { return gettext("not a definition") };
    let devices: Vec<String> = document.pci_hostdevs().iter().map(|device| device.source.short()).collect();
    if devices.is_empty() { gettext("no device of the host") } else { devices.join(&gettext(", ")) }
}

impl Former {
    fn read(store: &Store, id: VmId) -> anyhow::Result<Self> {
        let mut kept = Vec::new();
        for each in stored(store.list(&id))?.into_iter().rev() {
            let definition = stored(store.read(&each))?;
            kept.push((each, definition));
        }
        let name = kept.iter().find_map(|(_, definition)| definition.document().ok()?.name());
        Ok(Self { id, name, kept })
    }

    fn json(&self) -> Vec<KeptJson> {
        let one = |(kept, definition): &(Kept, Definition)| KeptJson {
            virtual_machine: self.name.clone(),
            uuid: self.id.to_string(),
            definition: kept.name(),
            kept: text::kept_time(kept.seconds),
            devices: definition
                .document()
                .map(|document| document.pci_hostdevs())
                .unwrap_or_default()
                .iter()
                .map(|device| device.source.to_string())
                .collect(),
            path: kept.path.display().to_string(),
        };
        self.kept.iter().map(one).collect()
    }
}
