//! Giving a card to vfio-pci while the host runs, and back.
//!
//! Only what lets go safely is planned: who holds the card is found first and named, and nothing is ever closed by force.
//! Source: kernel, `Documentation/driver-api/vfio.rst` and `Documentation/ABI/testing/sysfs-bus-pci` (driver_override).

use super::reserve::mapped;
use super::{Effect, Ground, ModuleLoad, Rebinding, Refusal, Step};
use crate::devices::uses::{Loss, Use, uses};
use crate::devices::{Identity, Node};
use crate::host::Function;
use crate::leaving::going;
use crate::model::Model;
use crate::pci::{DriverName, PciAddress};
use crate::reading::TroubleDetail;
use crate::system::{Module, Support};

/// What gives a card, and what must go along with it, to vfio-pci.
pub(super) fn bind(
    ground: &Ground,
    device: PciAddress,
    whole_group: bool,
) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    let host = &ground.model.host;
    let going = going(host, &[device], whole_group).map_err(|refusal| vec![Refusal::Stays(refusal)])?;
    let leaving: Vec<&Function> = going
        .functions
        .iter()
        .filter_map(|address| host.function(*address))
        .filter(|function| !function.has_vfio())
        .collect();
    if leaving.is_empty() {
        return Ok((Vec::new(), Effect::Now));
    }
    let addresses: Vec<PciAddress> = leaving.iter().map(|function| function.address).collect();
    let mut refusals: Vec<Refusal> = uses(host, &ground.model.devices, &[], &addresses)
        .into_iter()
        .filter(|used| must_end_first(&used.by))
        .map(|used| Refusal::InUse { address: used.address, by: used.by })
        .collect();
    // vfio-pci would take them, and no virtual machine would start with them.
    refusals.extend(mapped(ground, &addresses));
    refusals.extend(unseen(&ground.model, device));
    let mut steps = load_vfio(ground, &mut refusals);
    for function in leaving {
        match rebinding(ground, function) {
            Ok(rebinding) => steps.push(Step::Bind(rebinding)),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok((steps, Effect::Now)) } else { Err(refusals) }
}

/// What gives the functions of a card that vfio-pci holds back to the host's drivers.
pub(super) fn give_back(ground: &Ground, device: PciAddress) -> Result<(Vec<Step>, Effect), Vec<Refusal>> {
    let host = &ground.model.host;
    let missing = || vec![Refusal::Stays(crate::leaving::Refusal::NotFound { address: device })];
    let card = host.card_of(device).ok_or_else(missing)?;
    let held: Vec<&Function> = host
        .functions_of(card)
        .filter(|function| function.driver.known().is_some_and(|driver| driver.as_str() == VFIO_PCI))
        .collect();
    let mut refusals = Vec::new();
    let mut steps = Vec::new();
    for function in held {
        refusals.extend(group_holders(&ground.model, function));
        match rebinding(ground, function) {
            Ok(rebinding) => steps.push(Step::GiveBack(rebinding)),
            Err(refusal) => refusals.push(refusal),
        }
    }
    refusals.dedup();
    if refusals.is_empty() { Ok((steps, Effect::Now)) } else { Err(refusals) }
}

/// What stands in the way of taking a function from the driver that it has now: asked again just before that is done.
pub fn in_the_way(model: &Model, address: PciAddress) -> Vec<Refusal> {
    let function = model.host.function(address);
    if function.is_some_and(Function::has_vfio) {
        return function.map(|function| group_holders(model, function)).unwrap_or_default();
    }
    let mut refusals: Vec<Refusal> = uses(&model.host, &model.devices, &[], &[address])
        .into_iter()
        .filter(|used| must_end_first(&used.by))
        .map(|used| Refusal::InUse { address: used.address, by: used.by })
        .collect();
    refusals.extend(unseen(model, address));
    refusals
}

/// Who has the node of a function's group open, or one of a function in it: a virtual machine, as long as it has one of its
/// devices. Whether somebody does must be seen.
fn group_holders(model: &Model, function: &Function) -> Vec<Refusal> {
    let group = function.group.known();
    let holders = &model.devices.holders;
    let in_group = |address: &PciAddress| {
        let other = model.host.function(*address);
        *address == function.address
            || group.is_some() && other.is_some_and(|other| other.group.known() == group)
    };
    let holds = |node: &Node, path: &str| match node {
        Node::Group(held) => group == Some(held),
        Node::Function => holders.graphics.get(path).is_none_or(in_group),
        _ => false,
    };
    let held = holders.holders.iter().filter(|holder| holds(&holder.node, &holder.path)).map(|holder| {
        let by = Use::Program { process: holder.process, name: holder.name.clone() };
        Refusal::InUse { address: function.address, by }
    });
    held.chain(unseen(model, function.address)).collect()
}

/// Why it cannot be told who uses a function; none where it can.
fn unseen(model: &Model, address: PciAddress) -> Option<Refusal> {
    let holders = &model.devices.holders;
    match &holders.crowd {
        Some(crowd) => Some(Refusal::ManyFiles { address, crowd: crowd.clone() }),
        None => holders.hidden.then_some(Refusal::HoldersHidden { address }),
    }
}

/// The driver that keeps a device for virtual machines.
const VFIO_PCI: &str = "vfio-pci";

/// Whether a use must end before the device is taken away while the host runs.
fn must_end_first(used: &Use) -> bool {
    matches!(used.loss(), Loss::Host | Loss::Access)
        || matches!(
            used,
            Use::Mounted { .. }
                | Use::Volume { .. }
                | Use::DefaultRoute { .. }
                | Use::Program { .. }
                | Use::VirtualMachine { running: true, .. }
        )
}

fn load_vfio(ground: &Ground, refusals: &mut Vec<Refusal>) -> Vec<Step> {
    let kernel = &ground.model.system.kernel;
    match kernel.support(Module::VfioPci) {
        Support::Loaded | Support::BuiltIn(_) => Vec::new(),
        Support::Missing(_) => {
            let release = kernel.release.known().cloned().unwrap_or_default();
            refusals.push(Refusal::NoModule { module: VFIO_PCI.to_owned(), release });
            Vec::new()
        }
        // Where it cannot be told, the step itself tells.
        Support::Module(_) | Support::Unknown => vec![Step::Load(ModuleLoad { module: VFIO_PCI.to_owned() })],
    }
}

fn rebinding(ground: &Ground, function: &Function) -> Result<Rebinding, Refusal> {
    let address = function.address;
    let model = &ground.model;
    let identity =
        Identity::of(&model.host, Some(&model.devices), address).ok_or(Refusal::NoIdentity { address })?;
    let troubles = [function.driver.trouble(), function.driver_override.trouble()];
    if let Some(trouble) = troubles.into_iter().flatten().next() {
        if let TroubleDetail::DriverBusy | TroubleDetail::DriverHangs = trouble.detail {
            let hangs = trouble.detail == TroubleDetail::DriverHangs;
            return Err(Refusal::DriverWaits { address, hangs });
        }
        return Err(Refusal::Unreadable { path: trouble.path.clone(), reason: trouble.to_string() });
    }
    Ok(Rebinding {
        identity,
        driver: function.driver.known().map(DriverName::to_string),
        driver_override: function.driver_override.known().cloned(),
    })
}
