//! Putting a former definition back. What comes into the machine with it has to be free to leave the host, as with
//! handing over; what leaves the machine with it needs nothing.

use std::collections::BTreeSet;

use gangway_core::difference::Difference;
use gangway_core::host::Host;
use gangway_core::pci::PciAddress;
use gangway_domain::{Document, redact};

use super::plan::{at_next_start, cards_of, claimed, from_host, saved_definition, surroundings};
use super::{Cost, PlanError, Step, VmChange, Warning, going_beside, not_chosen};
use crate::hypervisor::{Definition, Hypervisor, VirtualMachine, VmId};
use crate::store::Kept;

/// The change that gives a machine the definition back that was kept.
///
/// # Errors
/// [`PlanError::OfAnother`] where it is the definition of another machine or name, [`PlanError::Same`] where it is in
/// place, [`PlanError::Refused`] where a device that comes with it cannot leave the host, and what reading reports.
pub fn plan_put_back(
    host: &Host,
    hypervisor: &dyn Hypervisor,
    vm: &str,
    kept: &Kept,
    former: &Definition,
) -> Result<VmChange, PlanError> {
    let vm = hypervisor.find(vm)?;
    let (before, document) = saved_definition(hypervisor, &vm)?;
    let after = former.document().map_err(|error| PlanError::Definition { vm: vm.name.clone(), error })?;
    if let Some(former) = another(&vm, &after) {
        return Err(PlanError::OfAnother { vm: vm.name, former });
    }
    if before == *former {
        return Err(PlanError::Same { vm: vm.name });
    }
    let (held, wanted) = (functions(&document), functions(&after));
    let added: Vec<PciAddress> = wanted.difference(&held).copied().collect();
    let removed: Vec<PciAddress> = held.difference(&wanted).copied().collect();
    let held: Vec<PciAddress> = held.into_iter().collect();
    let (costs, mut warnings) = coming(host, hypervisor, &vm, &added, &held)?;
    let others = not_chosen(&vm.name, &after, host, None).into_iter();
    let coming = others.filter(|other| added.contains(&other.chosen.address));
    warnings.extend(coming.map(|other| Warning::NotChosen(Box::new(other))));
    Ok(VmChange {
        steps: steps(host, &vm, kept, &added, &removed),
        costs,
        warnings,
        difference: Difference::between(&redact(before.text()), &redact(after.text())),
        before,
        after,
        added,
        removed,
        vm,
    })
}

/// Whose definition it is, where it is not the machine's: libvirt would make another machine of it.
fn another(vm: &VirtualMachine, document: &Document) -> Option<String> {
    let (name, uuid) = (document.name(), document.uuid());
    let same_uuid = uuid.as_deref().is_some_and(|uuid| VmId::new(uuid) == vm.id);
    let same_name = name.as_deref() == Some(vm.name.as_str());
    if same_uuid && same_name { None } else { Some(name.or(uuid).unwrap_or_default()) }
}

fn functions(document: &Document) -> BTreeSet<PciAddress> {
    document.pci_hostdevs().iter().map(|device| device.source).collect()
}

/// What it costs that these come, and what to know besides. Their whole groups have to be able to leave; what else is
/// in them was no part of the definition and does not become one.
fn coming(
    host: &Host,
    hypervisor: &dyn Hypervisor,
    vm: &VirtualMachine,
    added: &[PciAddress],
    held: &[PciAddress],
) -> Result<(Vec<Cost>, Vec<Warning>), PlanError> {
    if added.is_empty() {
        return Ok(Default::default());
    }
    let going = going_beside(host, added, true, held).map_err(super::Refusal::from)?;
    let others: Vec<VirtualMachine> =
        hypervisor.list()?.into_iter().filter(|other| other.id != vm.id).collect();
    if let Some(refusal) = claimed(host, &going, &others) {
        return Err(PlanError::Refused(refusal));
    }
    let costs = going.costs.into_iter().filter(|cost| added.contains(&cost.address())).collect();
    let mut warnings: Vec<Warning> = going.warnings.into_iter().map(Warning::Leaving).collect();
    warnings.extend(surroundings(host, hypervisor, &others, added, None));
    Ok((costs, warnings))
}

fn steps(
    host: &Host,
    vm: &VirtualMachine,
    kept: &Kept,
    added: &[PciAddress],
    removed: &[PciAddress],
) -> Vec<Step> {
    let name = || vm.name.clone();
    let mut steps = vec![Step::KeepPresent, Step::PutBack { vm: name(), seconds: kept.seconds }];
    let cards = |functions: &[PciAddress]| cards_of(Some(host), functions);
    steps.extend(cards(added).into_iter().map(|functions| Step::Give { functions, vm: name(), guest: None }));
    steps.extend(cards(removed).into_iter().map(|functions| Step::Take { functions, vm: name() }));
    steps.extend(at_next_start(vm));
    if !added.is_empty() {
        steps.push(from_host(host, vm, added));
    }
    steps
}
