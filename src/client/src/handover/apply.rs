//! Makes a reviewed change: the former definition is kept first, the new one defined only where the former
//! still holds, and what libvirt made of it compared with what was asked. What to change is decided before.

use gangway_core::pci::PciAddress;

use super::{Applied, ApplyError, VmChange, compare};
use crate::hypervisor::{Definition, Hypervisor, HypervisorError, HypervisorErrorKind};
use crate::store::Store;

/// Applies a change that the user has seen.
///
/// # Errors
/// [`ApplyError::Store`] and [`ApplyError::Define`]: the machine is as it was, unless the connection broke
/// in the middle ([`HypervisorErrorKind::Lost`]). [`ApplyError::LeftOut`]: libvirt took the definition
/// without the devices; the former one was put back where that was possible. [`ApplyError::Claimed`]: another machine
/// got one of them since the change was planned.
pub fn apply(hypervisor: &dyn Hypervisor, store: &Store, change: &VmChange) -> Result<Applied, ApplyError> {
    let vm = &change.vm.name;
    match claimed(hypervisor, change) {
        Ok(None) => {}
        Ok(Some((address, other))) => {
            return Err(ApplyError::Claimed { vm: vm.clone(), address, other, kept: None });
        }
        // Broken before anything was written: that is sure.
        Err(error) if error.kind == HypervisorErrorKind::Lost => {
            return Err(ApplyError::Define { vm: vm.clone(), error });
        }
        // The write itself then says what is wrong.
        Err(_) => {}
    }
    let kept = store.keep(&change.vm.id, &change.before)?;
    let defined = hypervisor.define(&change.vm.id, &change.before.hash(), change.after.text());
    let definition = match defined {
        Ok(definition) => definition,
        Err(error) if error.kind == HypervisorErrorKind::Lost => {
            return Err(ApplyError::Unsure { vm: vm.clone(), error, kept });
        }
        Err(error) => {
            // Nothing was changed, so this is nobody's former definition. Should it stay, it does no harm.
            let _stays = store.discard(&kept);
            return Err(ApplyError::Define { vm: vm.clone(), error: error.about(vm) });
        }
    };
    let missing = missing(change, &definition);
    let put_back = || {
        hypervisor
            .define(&change.vm.id, &definition.hash(), change.before.text())
            .is_ok_and(|restored| restored == change.before)
    };
    if !missing.is_empty() {
        let restored = put_back();
        return Err(ApplyError::LeftOut { vm: vm.clone(), missing, restored, kept });
    }
    // libvirt guards one definition at a time: another program may have given a device to another machine at the very
    // moment. Both see the other then, and both step back.
    if let Ok(Some((address, other))) = claimed(hypervisor, change) {
        let kept = if put_back() {
            // As above: everything is as it was.
            let _stays = store.discard(&kept);
            None
        } else {
            Some(kept)
        };
        return Err(ApplyError::Claimed { vm: vm.clone(), address, other, kept });
    }
    let lost = compare::lost(change.after.text(), definition.text());
    Ok(Applied { kept, definition, lost })
}

/// A function that comes, and another machine that has it now.
fn claimed(
    hypervisor: &dyn Hypervisor,
    change: &VmChange,
) -> Result<Option<(PciAddress, String)>, HypervisorError> {
    if change.added.is_empty() {
        return Ok(None);
    }
    let others = hypervisor.list()?;
    Ok(others.into_iter().filter(|other| other.id != change.vm.id).find_map(|other| {
        let address = change.added.iter().copied().find(|address| other.devices.contains(address))?;
        Some((address, other.name))
    }))
}

/// Functions that should have come and did not, or should have gone and are there.
fn missing(change: &VmChange, definition: &Definition) -> Vec<PciAddress> {
    let present: Vec<PciAddress> = definition
        .document()
        .map(|document| document.pci_hostdevs().iter().map(|device| device.source).collect())
        .unwrap_or_default();
    let not_come = change.added.iter().filter(|address| !present.contains(address));
    let not_gone = change.removed.iter().filter(|address| present.contains(address));
    not_come.chain(not_gone).copied().collect()
}
