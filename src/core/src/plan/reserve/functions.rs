//! Which functions a reservation takes, and what stands against it: the rules of leaving, and what a start without these
//! devices would lack.
//!
//! Programs and running virtual machines do not stand against it: they end with this start of the computer. What the next
//! one needs does. Source: kernel, `drivers/iommu/iommu.c` (one-to-one mappings), `drivers/vfio/pci/vfio_pci.c` (`ids`).

use crate::config::{Reservation, Reserved};
use crate::devices::Identity;
use crate::devices::uses::{Loss, Use, uses};
use crate::host::Function;
use crate::leaving::going;
use crate::pci::{DriverName, PciAddress};
use crate::plan::{Ground, Refusal};
use crate::system::{Module, Support};
use crate::trial::Twin;

/// What is to be reserved.
pub(super) struct Wanted {
    pub(super) reservation: Reservation,
    /// The functions of it, in the same order, without serial numbers.
    pub(super) devices: Vec<Identity>,
    pub(super) twins: Vec<Twin>,
}

/// What goes with a device, whole cards and whole groups.
///
/// # Errors
/// Everything that stands against it.
pub(super) fn wanted(ground: &Ground, device: PciAddress, whole_group: bool) -> Result<Wanted, Vec<Refusal>> {
    let model = &ground.model;
    let host = &model.host;
    let going = going(host, &[device], whole_group).map_err(|refusal| vec![Refusal::Stays(refusal)])?;
    let mut refusals: Vec<Refusal> = uses(host, &model.devices, &[], &going.functions)
        .into_iter()
        .filter(|used| is_needed(&used.by))
        .map(|used| Refusal::InUse { address: used.address, by: used.by })
        .collect();
    refusals.extend(mapped(ground, &going.functions));
    refusals.extend(bound_by_ids(ground, &going.functions));
    let kernel = &model.system.kernel;
    if matches!(kernel.support(Module::VfioPci), Support::Missing(_)) {
        let release = kernel.release.known().cloned().unwrap_or_default();
        refusals.push(Refusal::NoModule { module: "vfio-pci".to_owned(), release });
    }
    let (mut reserved, mut devices) = (Vec::new(), Vec::new());
    for address in going.functions.iter().copied() {
        // The state is readable by everybody, and serial numbers are not.
        match Identity::of(host, None, address) {
            None => refusals.push(Refusal::NoIdentity { address }),
            Some(identity) => match Reserved::new(address, identity.id.0, identity.id.1) {
                None => refusals.push(Refusal::NotReservable { address }),
                Some(function) => {
                    reserved.push(function);
                    devices.push(identity);
                }
            },
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    devices.sort_by_key(|identity| identity.address);
    let twins = twins(ground, &devices);
    let none = || vec![Refusal::Stays(crate::leaving::Refusal::NotFound { address: device })];
    let reservation = Reservation::new(reserved).ok_or_else(none)?;
    Ok(Wanted { reservation, devices, twins })
}

/// Whether the next start needs it: its system, its only keyboard or screen, the way to the network, and what it mounts.
fn is_needed(used: &Use) -> bool {
    matches!(used.loss(), Loss::Host | Loss::Access)
        || matches!(used, Use::Mounted { .. } | Use::Volume { .. } | Use::DefaultRoute { .. })
}

/// Groups of these functions in which the firmware demands memory of its own: nothing in them can be given away. Source:
/// kernel, `drivers/iommu/iommu.c`, `require_direct`.
pub(in crate::plan) fn mapped(ground: &Ground, functions: &[PciAddress]) -> Vec<Refusal> {
    let model = &ground.model;
    let regions = model.system.kernel.demanded_mappings.known();
    let ours = |id| {
        let group = model.host.group(id);
        group.is_some_and(|group| group.functions.iter().any(|address| functions.contains(address)))
    };
    regions
        .into_iter()
        .flatten()
        .filter(|(group, _)| ours(*group))
        .map(|(group, region)| Refusal::Mapped { group: *group, region: region.clone() })
        .collect()
}

/// Ids in a list for vfio-pci that others have: they would go with the module, whatever the early script says.
fn bound_by_ids(ground: &Ground, functions: &[PciAddress]) -> Vec<Refusal> {
    let host = &ground.model.host;
    let listed = |ids: &str| -> Vec<PciAddress> {
        let has = |function: &&Function| ids.split(',').any(|id| has_id(function, id));
        let stays = |function: &&Function| {
            !functions.contains(&function.address) && !function.is_bridge() && !function.has_vfio()
        };
        host.functions.iter().filter(has).filter(stays).map(|function| function.address).collect()
    };
    ground
        .model
        .system
        .early
        .vfio_ids()
        .filter_map(|(setting, ids)| {
            let others = listed(ids);
            let (path, ids) = (setting.path.clone(), ids.to_owned());
            (!others.is_empty()).then_some(Refusal::BoundByIds { path, ids, others })
        })
        .collect()
}

/// Whether an element of a list of ids means a function; further numbers of the board or the class only narrow it down.
fn has_id(function: &Function, id: &str) -> bool {
    let mut parts = id.split(':').map(|part| u16::from_str_radix(part, 16).ok());
    let (Some(Some(vendor)), Some(Some(device))) = (parts.next(), parts.next()) else { return false };
    function.vendor.known().is_some_and(|known| known.0 == vendor)
        && function.device.known().is_some_and(|known| known.0 == device)
}

/// Functions with the same ids that are not reserved.
fn twins(ground: &Ground, devices: &[Identity]) -> Vec<Twin> {
    let same = |function: &Function, identity: &Identity| {
        function.vendor.known() == Some(&identity.id.0) && function.device.known() == Some(&identity.id.1)
    };
    let others = ground.model.host.functions.iter().filter(|function| {
        devices.iter().any(|identity| same(function, identity))
            && !devices.iter().any(|identity| identity.address == function.address)
    });
    let twin = |function: &Function| Twin {
        address: function.address,
        driver: function.driver.known().map(DriverName::to_string),
    };
    others.map(twin).collect()
}

/// Whether all of it is with vfio-pci already because something of the start gave it: our argument, a list of ids, or
/// driverctl's file for its address.
pub(super) fn is_reserved(ground: &Ground, wanted: &Wanted) -> bool {
    let host = &ground.model.host;
    let line = host.command_line.known();
    let value = wanted.reservation.to_string();
    let by_argument =
        line.is_some_and(|line| line.values("gangway.reserve").next_back() == Some(value.as_str()));
    wanted.devices.iter().filter_map(|identity| host.function(identity.address)).all(|function| {
        let listed = || {
            let mut lists = ground.model.system.early.vfio_ids();
            lists.any(|(_, ids)| ids.split(',').any(|id| has_id(function, id)))
        };
        let named = || {
            let file = ground.file(&format!("/etc/driverctl.d/pci-{}", function.address)).known();
            file.and_then(|file| file.text()).is_some_and(|driver| driver.trim() == "vfio-pci")
        };
        function.has_vfio() && (by_argument || listed() || named())
    })
}
