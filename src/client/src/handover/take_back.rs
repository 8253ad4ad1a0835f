//! Taking devices back from a virtual machine: a whole card at once, as it was handed over. The host need
//! not have the device any more; a definition that still names it is then what is cleaned up.

use std::collections::BTreeSet;

use gangway_core::devices::Devices;
use gangway_core::difference::Difference;
use gangway_core::host::Host;
use gangway_core::pci::PciAddress;
use gangway_domain::redact;

use super::plan::{at_next_start, cards_of, saved_definition};
use super::{PlanError, Step, VmChange, Warning, not_chosen};
use crate::hypervisor::Hypervisor;

/// The change that takes `devices` and the rest of their cards out of a machine's saved definition.
/// Functions of one slot count as one card; [`plan_take_back_on`] knows virtual functions apart.
///
/// # Errors
/// [`PlanError::NotHeld`] where the machine does not have one of them, and what reading or editing reports.
pub fn plan_take_back(
    hypervisor: &dyn Hypervisor,
    vm: &str,
    devices: &[PciAddress],
) -> Result<VmChange, PlanError> {
    take_back(None, hypervisor, vm, devices)
}

/// As [`plan_take_back`], with a host that tells which functions are virtual: each of those is a card of its own. A
/// device that is no longer the one that was chosen is taken back all the same, and said; `devices` has serial numbers
/// to tell by.
///
/// # Errors
/// As [`plan_take_back`].
pub fn plan_take_back_on(
    host: &Host,
    known: Option<&Devices>,
    hypervisor: &dyn Hypervisor,
    vm: &str,
    devices: &[PciAddress],
) -> Result<VmChange, PlanError> {
    take_back(Some((host, known)), hypervisor, vm, devices)
}

fn take_back(
    seen: Option<(&Host, Option<&Devices>)>,
    hypervisor: &dyn Hypervisor,
    vm: &str,
    devices: &[PciAddress],
) -> Result<VmChange, PlanError> {
    let vm = hypervisor.find(vm)?;
    let (before, document) = saved_definition(hypervisor, &vm)?;
    let held: BTreeSet<PciAddress> = document.pci_hostdevs().iter().map(|device| device.source).collect();
    if devices.is_empty() {
        return Err(PlanError::Refused(super::leaving::Refusal::Nothing.into()));
    }
    if let Some(address) = devices.iter().find(|address| !held.contains(address)) {
        return Err(PlanError::NotHeld { vm: vm.name, address: *address });
    }
    let host = seen.map(|(host, _)| host);
    let mut others = seen.map_or_else(Vec::new, |(host, known)| not_chosen(&vm.name, &document, host, known));
    let is_other = |address: PciAddress| others.iter().any(|other| other.chosen.address == address);
    // What is at the address of another card tells nothing of that card.
    let card_of = |asked: PciAddress| host.filter(|_| !is_other(asked));
    let removed: Vec<PciAddress> = held
        .into_iter()
        .filter(|address| devices.iter().any(|asked| same_card(card_of(*asked), *asked, *address)))
        .collect();
    others.retain(|other| removed.contains(&other.chosen.address));
    let edited = gangway_domain::remove(&document, &removed)
        .map_err(|error| PlanError::Edit { vm: vm.name.clone(), error })?;
    let mut steps = vec![Step::KeepFormer];
    steps.extend(
        cards_of(host, &removed).into_iter().map(|functions| Step::Take { functions, vm: vm.name.clone() }),
    );
    if document.chosen().iter().any(|chosen| removed.contains(&chosen.address)) {
        steps.push(Step::Forget { vm: vm.name.clone() });
    }
    steps.extend(at_next_start(&vm));
    Ok(VmChange {
        steps,
        costs: Vec::new(),
        warnings: others.into_iter().map(|other| Warning::NotChosen(Box::new(other))).collect(),
        difference: Difference::between(&redact(before.text()), &redact(edited.document.text())),
        before,
        after: edited.document,
        added: Vec::new(),
        removed,
        vm,
    })
}

/// Whether two functions belong to one card.
fn same_card(host: Option<&Host>, one: PciAddress, other: PciAddress) -> bool {
    let card = |address| host.and_then(|host| host.function(address)).map(|function| function.card);
    match (card(one), card(other)) {
        (Some(one), Some(other)) => one == other,
        // What the host no longer has is known by its slot alone.
        _ => one.same_slot(other),
    }
}
