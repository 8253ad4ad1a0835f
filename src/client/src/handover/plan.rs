//! The change that hands devices over: what goes along, whether another machine has it, the edited
//! definition, and the steps in words' order. Reads through the hypervisor, writes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use gangway_core::devices::Identity;
use gangway_core::difference::Difference;
use gangway_core::host::{Function, Host};
use gangway_core::pci::{DeviceKind, PciAddress};
use gangway_domain::{AddDevices, Document, FeatureChanges, Placed, RomFile, redact};

use super::chosen::identities;
use super::features::{feature_changes, feature_steps};
use super::not_chosen;
use super::{Going, PlanError, Refusal, Request, Step, VmChange, Warning, going_beside};
use crate::hypervisor::{Definition, Hypervisor, NodeDevice, VirtualMachine};

/// The change that `request` asks for.
///
/// # Errors
/// The first reason against it.
pub fn plan(host: &Host, hypervisor: &dyn Hypervisor, request: &Request) -> Result<VmChange, PlanError> {
    let vm = hypervisor.find(&request.vm)?;
    let (before, document) = saved_definition(hypervisor, &vm)?;
    let held: Vec<PciAddress> = document.pci_hostdevs().iter().map(|device| device.source).collect();
    let refused = |refusal| Err(PlanError::Refused(refusal));
    let already: Vec<PciAddress> =
        request.devices.iter().copied().filter(|address| held.contains(address)).collect();
    let mut others_there = not_chosen(&vm.name, &document, host, request.known.as_deref());
    if let Some(other) = others_there.iter().position(|other| already.contains(&other.chosen.address)) {
        return refused(Refusal::NotChosen(Box::new(others_there.swap_remove(other))));
    }
    if !already.is_empty() {
        return refused(Refusal::AlreadyThere { addresses: already, vm: vm.name });
    }
    let going = going_beside(host, &request.devices, request.whole_group, &held).map_err(Refusal::from)?;
    let others: Vec<VirtualMachine> =
        hypervisor.list()?.into_iter().filter(|other| other.id != vm.id).collect();
    if let Some(refusal) = claimed(host, &going, &others) {
        return refused(refusal);
    }
    let added: Vec<PciAddress> =
        going.functions.iter().copied().filter(|address| !held.contains(address)).collect();
    let rom = rom_of(host, &added, request)?;
    let features = feature_changes(&document, &request.features);
    let known = identities(host, request.known.as_deref(), &added);
    let remembered = known.len();
    let (after, placed) = edit(host, &vm, &document, &added, known, rom, &features)?;
    let mut warnings: Vec<Warning> = going.warnings.into_iter().map(Warning::Leaving).collect();
    warnings.extend(others_there.into_iter().map(|other| Warning::NotChosen(Box::new(other))));
    warnings.extend(surroundings(host, hypervisor, &others, &added, request.rom.as_deref()));
    Ok(VmChange {
        steps: steps(host, &vm, &added, &placed, remembered, request.rom.as_deref(), &features),
        costs: going.costs.into_iter().filter(|cost| added.contains(&cost.address())).collect(),
        warnings,
        difference: Difference::between(&redact(before.text()), &redact(after.text())),
        before,
        after,
        added,
        removed: Vec::new(),
        vm,
    })
}

/// The machine's saved definition, as text and parsed.
pub(super) fn saved_definition(
    hypervisor: &dyn Hypervisor,
    vm: &VirtualMachine,
) -> Result<(Definition, Document), PlanError> {
    if !vm.persistent {
        return Err(PlanError::NotSaved { vm: vm.name.clone() });
    }
    let definition = hypervisor.definition(&vm.id).map_err(|error| error.about(&vm.name))?;
    let document =
        definition.document().map_err(|error| PlanError::Definition { vm: vm.name.clone(), error })?;
    Ok((definition, document))
}

/// A device belongs to one machine, and so does a group (kernel, `Documentation/driver-api/vfio.rst`).
pub(super) fn claimed(host: &Host, going: &Going, others: &[VirtualMachine]) -> Option<Refusal> {
    let owner = |address: PciAddress| {
        let saved = |other: &&VirtualMachine| other.persistent && other.devices.contains(&address);
        others.iter().find(saved).map(|other| other.name.clone())
    };
    for address in going.functions.iter().copied() {
        if let Some(vm) = owner(address) {
            return Some(Refusal::Claimed { address, vm });
        }
    }
    for group in going.functions.iter().filter_map(|address| host.group_of(*address)) {
        for address in group.functions.iter().copied() {
            if let Some(vm) = owner(address) {
                return Some(Refusal::GroupClaimed { group: group.id, address, vm });
            }
        }
    }
    None
}

/// The ROM file with the function that takes it: the first graphics function.
fn rom_of(host: &Host, added: &[PciAddress], request: &Request) -> Result<Option<RomFile>, PlanError> {
    let Some(path) = &request.rom else { return Ok(None) };
    if !path.is_absolute() {
        return Err(PlanError::RomRelative { path: path.clone() });
    }
    let file = match path.to_str() {
        Some(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => return Err(PlanError::RomName { path: path.clone() }),
    };
    let graphics = added.iter().copied().find(|address| is_graphics(host, *address));
    match graphics {
        Some(function) => Ok(Some(RomFile { function, file })),
        None => Err(PlanError::RomUnused { path: path.clone() }),
    }
}

fn is_graphics(host: &Host, address: PciAddress) -> bool {
    host.function(address).is_some_and(|function| function.kind() == DeviceKind::Graphics)
}

fn edit(
    host: &Host,
    vm: &VirtualMachine,
    document: &Document,
    added: &[PciAddress],
    identities: Vec<Identity>,
    rom: Option<RomFile>,
    features: &FeatureChanges,
) -> Result<(Document, Vec<Placed>), PlanError> {
    let failed = |error| PlanError::Edit { vm: vm.name.clone(), error };
    let virtual_functions = host
        .functions
        .iter()
        .filter(|function| function.physical_function.is_some())
        .map(|function| function.address)
        .collect();
    let add = AddDevices { functions: added.to_vec(), virtual_functions, rom, identities };
    let with_devices = gangway_domain::add(document, &add).map_err(failed)?;
    let with_features = gangway_domain::set_features(&with_devices.document, features).map_err(failed)?;
    Ok((with_features.document, with_devices.placed))
}

fn steps(
    host: &Host,
    vm: &VirtualMachine,
    added: &[PciAddress],
    placed: &[Placed],
    remembered: usize,
    rom: Option<&Path>,
    features: &FeatureChanges,
) -> Vec<Step> {
    let mut steps = vec![Step::KeepFormer];
    for functions in cards_of(Some(host), added) {
        let first = functions.first();
        let guest = placed.iter().find(|place| Some(&place.source) == first).and_then(|place| place.guest);
        steps.push(Step::Give { functions, vm: vm.name.clone(), guest });
    }
    if remembered > 0 {
        steps.push(Step::Remember { functions: remembered, vm: vm.name.clone() });
    }
    if let Some(path) = rom
        && let Some(address) = added.iter().copied().find(|address| is_graphics(host, *address))
    {
        steps.push(Step::Rom { address, path: path.to_owned() });
    }
    steps.extend(feature_steps(features));
    steps.extend(at_next_start(vm));
    steps.push(from_host(host, vm, added));
    steps
}

/// How the devices come from the host. libvirt gives a device back to the driver that it took it from, and so leaves it with
/// vfio-pci where that had it before.
pub(super) fn from_host(host: &Host, vm: &VirtualMachine, added: &[PciAddress]) -> Step {
    let is_held = |address: &PciAddress| host.function(*address).is_some_and(Function::has_vfio);
    let vm = vm.name.clone();
    if added.iter().all(is_held) { Step::HeldForMachines { vm } } else { Step::FromStartToStop { vm } }
}

/// What to say where the machine runs now.
pub(super) fn at_next_start(vm: &VirtualMachine) -> Option<Step> {
    vm.state.is_active().then(|| Step::AtNextStart { vm: vm.name.clone() })
}

/// The functions by card, each card's in order. Without a host a slot is a card.
pub(super) fn cards_of(host: Option<&Host>, functions: &[PciAddress]) -> Vec<Vec<PciAddress>> {
    let mut cards: BTreeMap<PciAddress, Vec<PciAddress>> = BTreeMap::new();
    for address in functions.iter().copied() {
        let known = host.and_then(|host| host.function(address)).map(|function| function.card);
        let card = known.or_else(|| address.with_function(0)).unwrap_or(address);
        cards.entry(card).or_default().push(address);
    }
    cards.into_values().collect()
}

/// What a machine runs with of these functions and their groups.
fn in_use(host: &Host, vm: &VirtualMachine, added: &[PciAddress]) -> Option<PciAddress> {
    let held = vm.functions();
    let is_held = |address: &PciAddress| held.get(address).is_some_and(|held| held.is_now());
    let groups = added.iter().filter_map(|address| host.group_of(*address));
    added.iter().chain(groups.flat_map(|group| &group.functions)).copied().find(is_held)
}

/// What to know about the connection, the other machines and the ROM file.
pub(super) fn surroundings(
    host: &Host,
    hypervisor: &dyn Hypervisor,
    others: &[VirtualMachine],
    added: &[PciAddress],
    rom: Option<&Path>,
) -> Vec<Warning> {
    let uri = hypervisor.uri();
    let mut warnings = Vec::new();
    for other in others {
        if let Some(trouble) = &other.trouble {
            warnings.push(Warning::OtherUnclear { vm: other.name.clone(), trouble: trouble.clone() });
        }
        if let Some(address) = in_use(host, other, added) {
            warnings.push(Warning::InUse { vm: other.name.clone(), address });
        }
    }
    let place = Place::of(&uri);
    if place.session {
        warnings.push(Warning::Session { uri: uri.clone() });
    }
    // The devices may be those of another computer than libvirt's: of a captured machine, or with libvirt far away.
    if place.qemu
        && let Ok(devices) = hypervisor.node_devices()
        && let Some(address) =
            added.iter().find(|address| !devices.iter().any(|device| is_same(host, **address, device)))
    {
        warnings.push(Warning::NotThere { address: *address, uri });
    }
    if place.local_system
        && let Some(path) = rom
        && let Some(reason) = unreadable(path)
    {
        warnings.push(Warning::RomUnreadable { path: path.to_owned(), reason });
    }
    warnings
}

/// Whether libvirt's device is the host's: an address alone is no identity.
fn is_same(host: &Host, address: PciAddress, device: &NodeDevice) -> bool {
    let Some(function) = host.function(address) else { return false };
    let differs = |ours: Option<u16>, theirs: Option<u16>| ours.zip(theirs).is_some_and(|(a, b)| a != b);
    device.address == address
        && !differs(function.vendor.known().map(|id| id.0), device.vendor.map(|id| id.0))
        && !differs(function.device.known().map(|id| id.0), device.device.map(|id| id.0))
}

/// Where a connection leads, as its address tells (<https://libvirt.org/uri.html>).
struct Place {
    qemu: bool,
    session: bool,
    local_system: bool,
}

impl Place {
    fn of(uri: &str) -> Self {
        let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.split('?').next().unwrap_or(path);
        let qemu = scheme.split('+').next() == Some("qemu");
        Self {
            qemu,
            session: qemu && path == "session",
            local_system: qemu && host.is_empty() && path == "system",
        }
    }
}

/// Why a file cannot be used as a ROM, as far as it is visible from here. Opened and not read: libvirt
/// gives it to QEMU, which has rights of its own.
fn unreadable(path: &Path) -> Option<String> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => None,
        Ok(_) => Some("not a regular file".into()),
        Err(error) => Some(error.to_string()),
    }
}
