//! A function that goes to vfio-pci, and one that comes back from it, while the computer runs.
//!
//! Which device it is and who uses it are looked at once more just before. Every write goes through a process that can be
//! left behind: a driver that does not let go keeps it for ever. Then only a restart helps, which is said; nothing is
//! tried again and nothing else is written to that device, since its lock is held. Source: kernel,
//! `Documentation/ABI/testing/sysfs-bus-pci`, and `driver_set_override` in `drivers/base/driver.c`.

use std::time::Duration;

use gangway_core::devices::{Comparison, Use};
use gangway_core::host::hung::Waiting;
use gangway_core::model::Model;
use gangway_core::pci::{DriverName, PciAddress};
use gangway_core::plan::{Back, Rebinding, Refusal, StopReason, Unneeded, in_the_way};

use super::{Context, StepError, unreadable};
use crate::attribute::Attribute;
use crate::hung;
use crate::journal::Former;
use crate::log::log;

const VFIO_PCI: &str = "vfio-pci";
/// How long a driver may take to let go of a device, or to take one up.
const LIMIT: Duration = Duration::from_secs(30);

/// What a function has now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Now {
    driver: Option<String>,
    driver_override: Option<String>,
}

fn now(model: &Model, address: PciAddress) -> Result<Now, StepError> {
    let missing = || StepError::OtherDevice { address, found: "nothing is there".to_owned() };
    let function = model.host.function(address).ok_or_else(missing)?;
    let troubles = [function.driver.trouble(), function.driver_override.trouble()];
    if let Some(trouble) = troubles.into_iter().flatten().next() {
        return Err(StepError::Unread(trouble.to_string()));
    }
    Ok(Now {
        driver: function.driver.known().map(DriverName::to_string),
        driver_override: function.driver_override.known().cloned(),
    })
}

/// The function as it is now, if it is the one that was chosen.
fn same_device(model: &Model, rebinding: &Rebinding) -> Result<Now, StepError> {
    let address = rebinding.address();
    let found = match rebinding.identity.compare(&model.host, Some(&model.devices)) {
        Comparison::Same => return now(model, address),
        Comparison::Moved { to } => format!("that one is at {to} now"),
        Comparison::Replaced => "another device is there".to_owned(),
        Comparison::Gone => "nothing is there".to_owned(),
        Comparison::Unclear { .. } => "several devices could be it".to_owned(),
        Comparison::Unknown => "its ids could not be read".to_owned(),
    };
    Err(StepError::OtherDevice { address, found })
}

/// As [`same_device`], if it is also as the plan says, and free.
fn ready(model: &Model, rebinding: &Rebinding) -> Result<(), StepError> {
    let address = rebinding.address();
    let now = same_device(model, rebinding)?;
    if now.driver != rebinding.driver {
        return Err(StepError::OtherDriver { address, wanted: rebinding.driver.clone(), found: now.driver });
    }
    if now.driver_override != rebinding.driver_override {
        return Err(StepError::Changed(format!("{address}: driver_override")));
    }
    free(model, address)
}

fn free(model: &Model, address: PciAddress) -> Result<(), StepError> {
    match in_the_way(model, address).first() {
        None => Ok(()),
        Some(refusal) => Err(StepError::InUse { address, by: by(refusal) }),
    }
}

fn by(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InUse { by: Use::Program { process, name }, .. } => format!("{name} (process {process})"),
        Refusal::InUse { by: Use::Mounted { path, .. }, .. } => format!("{path} is mounted from it"),
        Refusal::InUse { by: Use::DefaultRoute { interface, .. }, .. } => {
            format!("the default route goes through {interface}")
        }
        Refusal::InUse { by: Use::VirtualMachine { name, .. }, .. } => format!("the virtual machine {name}"),
        Refusal::ManyFiles { crowd, .. } => format!(
            "whether a program uses it cannot be seen: {} files are open, more than {}; {} (process {}) has {}",
            crowd.files, crowd.limit, crowd.name, crowd.process, crowd.most
        ),
        Refusal::HoldersHidden { .. } => "whether a program uses it cannot be seen".to_owned(),
        _ => "the host needs it".to_owned(),
    }
}

/// Only a device that no bridge is may be rebound, and only below a PCI bus: what the link of its address leads to.
pub(super) fn capture(context: &mut Context<'_>, rebinding: &Rebinding) -> Result<Former, StepError> {
    let model = context.model()?;
    let address = rebinding.address();
    if model.host.function(address).is_some_and(gangway_core::host::Function::is_bridge) {
        return Err(StepError::InUse { address, by: "it is a bridge".to_owned() });
    }
    ready(&model, rebinding)?;
    Ok(Former::Told)
}

pub(super) fn bind(context: &mut Context<'_>, rebinding: &Rebinding) -> Result<(), StepError> {
    let address = rebinding.address();
    // The former steps took time.
    ready(&context.model()?, rebinding)?;
    waited_for(context, address, |context| {
        Attribute::Override { address, driver: Some(VFIO_PCI.to_owned()) }.write(context, LIMIT)?;
        if rebinding.driver.is_some() {
            Attribute::Unbind { address }.write(context, LIMIT)?;
        }
        Attribute::Probe { address }.write(context, LIMIT)
    })
}

/// Writes what a driver must answer, while everybody who looks at the device knows that it is waited for.
fn waited_for(
    context: &mut Context<'_>,
    address: PciAddress,
    write: impl FnOnce(&mut Context<'_>) -> Result<(), StepError>,
) -> Result<(), StepError> {
    let note = |context: &Context<'_>, waiting| {
        if let Err(error) = hung::note(context.root, address, waiting) {
            log(format_args!("How the driver of {address} is waited for could not be noted: {error}"));
        }
    };
    note(context, Some(Waiting::Now));
    let written = write(context);
    let hangs = written.as_ref().is_err_and(StepError::needs_restart);
    note(context, hangs.then_some(Waiting::ForEver));
    written
}

pub(super) fn verify_bound(context: &mut Context<'_>, rebinding: &Rebinding) -> Result<(), StepError> {
    let found = same_device(&context.model()?, rebinding)?.driver;
    let wanted = Some(VFIO_PCI.to_owned());
    if found == wanted {
        return Ok(());
    }
    Err(StepError::OtherDriver { address: rebinding.address(), wanted, found })
}

pub(super) fn give_back(context: &mut Context<'_>, rebinding: &Rebinding) -> Result<(), StepError> {
    let address = rebinding.address();
    ready(&context.model()?, rebinding)?;
    waited_for(context, address, |context| {
        Attribute::Override { address, driver: None }.write(context, LIMIT)?;
        if rebinding.driver.is_some() {
            Attribute::Unbind { address }.write(context, LIMIT)?;
        }
        Attribute::Probe { address }.write(context, LIMIT)
    })
}

/// That vfio-pci has let go. Which driver comes, and whether one does, is the kernel's to find.
pub(super) fn verify_given_back(context: &mut Context<'_>, rebinding: &Rebinding) -> Result<(), StepError> {
    let now = same_device(&context.model()?, rebinding)?;
    if now.driver.as_deref() != Some(VFIO_PCI) && now.driver_override.is_none() {
        return Ok(());
    }
    Err(StepError::OtherDriver { address: rebinding.address(), wanted: None, found: now.driver })
}

/// Gives a function the driver and the override that it had, from wherever it is; also how undo does it.
pub(super) fn restore(context: &mut Context<'_>, rebinding: &Rebinding) -> Result<(), StepError> {
    let address = rebinding.address();
    let model = context.model()?;
    let now = same_device(&model, rebinding)?;
    let there = now.driver == rebinding.driver;
    if there && now.driver_override == rebinding.driver_override {
        return Ok(());
    }
    if !there && now.driver.is_some() {
        free(&model, address)?;
    }
    waited_for(context, address, |context| {
        if !there {
            // Only the driver that it had may come, until it is there.
            Attribute::Override { address, driver: rebinding.driver.clone() }.write(context, LIMIT)?;
            if now.driver.is_some() {
                Attribute::Unbind { address }.write(context, LIMIT)?;
            }
            if rebinding.driver.is_some() {
                Attribute::Probe { address }.write(context, LIMIT)?;
            }
        }
        Attribute::Override { address, driver: rebinding.driver_override.clone() }.write(context, LIMIT)
    })?;
    let found = same_device(&context.model()?, rebinding)?;
    if found.driver != rebinding.driver {
        return Err(StepError::OtherDriver {
            address,
            wanted: rebinding.driver.clone(),
            found: found.driver,
        });
    }
    if found.driver_override != rebinding.driver_override {
        return Err(StepError::Changed(format!("{address}: driver_override")));
    }
    Ok(())
}

pub(super) fn look_back(context: &mut Context<'_>, rebinding: &Rebinding) -> Result<Back, StopReason> {
    let model = context.model().map_err(unreadable)?;
    let now = same_device(&model, rebinding).map_err(unreadable)?;
    let address = rebinding.address();
    if now.driver == rebinding.driver && now.driver_override == rebinding.driver_override {
        return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
    }
    if let Some(refusal) = in_the_way(&model, address).first() {
        return Err(StopReason::InUse { by: by(refusal) });
    }
    Ok(Back::Rebind { address: address.to_string(), driver: rebinding.driver.clone() })
}
