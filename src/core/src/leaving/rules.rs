//! The rules: how what leaves grows until nothing more comes along, and what is refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::devices::storage::Role;
use crate::host::{ClaimKind, ConnectorStatus, Function, GroupId, Host, Isolation};
use crate::pci::{DeviceKind, PciAddress, PciClass};
use crate::reading::Reading;

use super::{Along, Cost, Going, Refusal, Warning, Why};

/// What would leave the host with `devices`. Without `whole_group`, others in their IOMMU groups are a
/// refusal unless a vfio driver holds them.
///
/// # Errors
/// The first reason against it, in the order of addresses.
pub fn going(host: &Host, devices: &[PciAddress], whole_group: bool) -> Result<Going, Refusal> {
    going_beside(host, devices, whole_group, &[])
}

/// As [`going`], for a virtual machine that has the functions `held` already: those count as gone.
///
/// # Errors
/// As [`going`].
pub fn going_beside(
    host: &Host,
    devices: &[PciAddress],
    whole_group: bool,
    held: &[PciAddress],
) -> Result<Going, Refusal> {
    if devices.is_empty() {
        return Err(Refusal::Nothing);
    }
    let mut leaving = Leaving { host, held, why: BTreeMap::new() };
    for address in devices.iter().copied().collect::<BTreeSet<_>>() {
        let function = host.function(address).ok_or(Refusal::NotFound { address })?;
        if let (true, Some(class)) = (function.is_bridge(), function.class.known()) {
            return Err(Refusal::Bridge { address, class: *class });
        }
        leaving.why.insert(address, Why::Asked);
    }
    leaving.settle(whole_group)?;
    let functions: Vec<&Function> =
        leaving.why.keys().filter_map(|address| host.function(*address)).collect();
    check_virtual_functions(host, &functions)?;
    check_system_disk(host, &functions)?;
    check_last_graphics(host, &functions, held)?;
    Ok(Going {
        functions: functions.iter().map(|function| function.address).collect(),
        cards: functions.iter().map(|function| function.card).collect::<BTreeSet<_>>().into_iter().collect(),
        along: leaving.why.iter().map(|(address, why)| Along { address: *address, why: *why }).collect(),
        costs: functions.iter().flat_map(|function| costs_of(host, function)).collect(),
        warnings: functions.iter().flat_map(|function| warnings_of(host, function)).collect(),
    })
}

/// The set of functions that leave, while it grows.
struct Leaving<'a> {
    host: &'a Host,
    held: &'a [PciAddress],
    why: BTreeMap<PciAddress, Why>,
}

impl Leaving<'_> {
    /// Adds whole cards and, where asked, whole groups, until nothing more comes along: a card may reach
    /// into another group, and a group into another card.
    fn settle(&mut self, whole_group: bool) -> Result<(), Refusal> {
        loop {
            let before = self.why.len();
            self.add_cards();
            for group in self.groups()? {
                self.add_group(group, whole_group)?;
            }
            if self.why.len() == before {
                return Ok(());
            }
        }
    }

    fn add_cards(&mut self) {
        let present: Vec<PciAddress> = self.why.keys().copied().collect();
        for address in present {
            let Some(card) = self.host.card_of(address) else { continue };
            for function in self.host.functions_of(card).filter(|function| !function.is_bridge()) {
                self.why.entry(function.address).or_insert(Why::SameCard(address));
            }
        }
    }

    /// The IOMMU groups of all that leaves. A function without one cannot leave: nothing would keep the
    /// guest's DMA from the host's memory (kernel, `Documentation/driver-api/vfio.rst`).
    fn groups(&self) -> Result<BTreeSet<GroupId>, Refusal> {
        let mut groups = BTreeSet::new();
        for address in self.why.keys().copied() {
            let Some(function) = self.host.function(address) else { continue };
            match &function.group {
                Reading::Known(group) => {
                    groups.insert(*group);
                }
                Reading::Absent => {
                    return Err(Refusal::NoGroup { address, iommu: self.host.iommu.clone() });
                }
                Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => {
                    return Err(Refusal::GroupUnknown { address, trouble: (**trouble).clone() });
                }
            }
        }
        Ok(groups)
    }

    fn add_group(&mut self, id: GroupId, whole: bool) -> Result<(), Refusal> {
        let Some(group) = self.host.group(id) else { return Ok(()) };
        if let Isolation::HostBridgeWithDriver { address, driver } = &group.isolation {
            return Err(Refusal::HostNeeds { group: id, address: *address, driver: driver.clone() });
        }
        let staying: Vec<&Function> = group
            .functions
            .iter()
            .filter_map(|address| self.host.function(*address))
            .filter(|function| !function.is_bridge())
            .filter(|function| !self.why.contains_key(&function.address))
            .filter(|function| !self.held.contains(&function.address))
            .collect();
        if whole {
            self.why.extend(staying.iter().map(|function| (function.address, Why::SameGroup(id))));
            return Ok(());
        }
        let others: Vec<PciAddress> =
            staying.iter().filter(|function| !function.has_vfio()).map(|function| function.address).collect();
        if others.is_empty() { Ok(()) } else { Err(Refusal::GroupStays { group: id, others }) }
    }
}

/// vfio-pci refuses a physical function whose virtual functions are on (kernel, `vfio_pci_core.c`).
fn check_virtual_functions(host: &Host, functions: &[&Function]) -> Result<(), Refusal> {
    for function in functions {
        let count = host.virtual_functions_of(function.address).count();
        if count > 0 {
            return Err(Refusal::VirtualFunctions { address: function.address, count });
        }
    }
    Ok(())
}

fn check_system_disk(host: &Host, functions: &[&Function]) -> Result<(), Refusal> {
    let claims = functions.iter().flat_map(|function| host.claims_of(function.address));
    let needed = claims.filter_map(|claim| match &claim.kind {
        ClaimKind::Mounted { path } if Role::of(path).is_needed() => {
            Some((Role::of(path), claim.address, path))
        }
        _ => None,
    });
    // Without its system the host stops at once, and that is said first.
    match needed.min() {
        Some((_, address, path)) => Err(Refusal::SystemDisk { address, path: path.clone() }),
        None => Ok(()),
    }
}

/// With a screen on a card that leaves, another card must be able to show the desktop. One that the virtual machine
/// has already leaves at the same moment.
fn check_last_graphics(host: &Host, functions: &[&Function], held: &[PciAddress]) -> Result<(), Refusal> {
    let leaves = |function: &Function| {
        held.contains(&function.address)
            || functions.iter().any(|leaving| leaving.address == function.address)
    };
    let another = host
        .functions
        .iter()
        .any(|function| can_show_desktop(host, function) && !leaves(function) && !function.has_vfio());
    if another {
        return Ok(());
    }
    let shown = functions.iter().find(|function| {
        let connected =
            |status: &Reading<ConnectorStatus>| status.known() == Some(&ConnectorStatus::Connected);
        is_graphics(function)
            && host.connectors_of(function.address).any(|connector| connected(&connector.status))
    });
    shown.map_or(Ok(()), |function| Err(Refusal::LastGraphics { card: function.card }))
}

fn is_graphics(function: &Function) -> bool {
    function.kind() == DeviceKind::Graphics
}

/// Connectors belong to a card; a card with two graphics functions must not tell of each screen twice.
fn speaks_for_screens(host: &Host, function: &Function) -> bool {
    let first = host
        .card_of(function.address)
        .and_then(|card| host.functions_of(card).find(|function| is_graphics(function)));
    first.is_some_and(|first| first.address == function.address)
}

/// A 3D controller (class 0302) has no outputs of its own unless the kernel lists some.
fn can_show_desktop(host: &Host, function: &Function) -> bool {
    const THREE_D: u8 = 0x02;
    let has_outputs = function.class.known().is_some_and(|class: &PciClass| class.subclass() != THREE_D);
    is_graphics(function) && (has_outputs || host.connectors_of(function.address).next().is_some())
}

fn costs_of(host: &Host, function: &Function) -> Vec<Cost> {
    let address = function.address;
    let mut costs = Vec::new();
    if function.boot_display.known() == Some(&true) {
        costs.push(Cost::BootDisplay { address });
    }
    if speaks_for_screens(host, function) {
        let connected = host
            .connectors_of(address)
            .filter(|connector| connector.status.known() == Some(&ConnectorStatus::Connected));
        costs.extend(connected.map(|connector| Cost::Screen {
            address,
            connector: connector.name.clone(),
            monitor: connector.monitor.clone(),
        }));
    }
    costs.extend(host.claims_of(address).map(|claim| match &claim.kind {
        ClaimKind::Mounted { path } => Cost::Mounted { address, path: path.clone() },
        ClaimKind::Swap => Cost::Swap { address },
        ClaimKind::DefaultRoute { interface } => Cost::DefaultRoute { address, interface: interface.clone() },
    }));
    costs
}

fn warnings_of(host: &Host, function: &Function) -> Vec<Warning> {
    let address = function.address;
    let mut warnings = Vec::new();
    if let Some(trouble) = function.driver.trouble() {
        warnings.push(Warning::DriverUnknown { address, trouble: trouble.clone() });
    }
    if speaks_for_screens(host, function) {
        let unclear = host.connectors_of(address).filter(|connector| {
            !matches!(
                connector.status.known(),
                Some(ConnectorStatus::Connected | ConnectorStatus::Disconnected)
            )
        });
        warnings.extend(
            unclear.map(|connector| Warning::ScreenUnknown { address, connector: connector.name.clone() }),
        );
    }
    warnings
}
