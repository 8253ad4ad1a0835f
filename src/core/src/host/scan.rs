//! Reading a whole machine in one pass, and fitting the parts together.
//!
//! Never writes, never wakes a sleeping device, never fails: what cannot be read is kept as a problem. Large machines
//! are read by several threads.

use std::collections::BTreeMap;
use std::num::NonZero;

use super::attribute::{self, ROOM};
use super::group;
use super::hung::{self, HUNG, Waiting};
use super::uevent::Uevent;
use super::{Card, Function, Host, claim, connector, iommu, kernel};
use crate::pci::{DeviceId, DeviceKind, PciAddress, PciClass, SubsystemId, VendorId};
use crate::reading::{Reading, Trouble, TroubleDetail};
use crate::source::{Folder, Source};

pub(super) const DEVICES: &str = "sys/bus/pci/devices";
/// Fewer things than this are read faster by one thread than handed to a second.
const WORTH_A_THREAD: usize = 128;

/// Reads a machine.
pub(super) fn scan(source: &Source) -> Host {
    let mut problems = Vec::new();
    let mut functions = functions(source, &mut problems);
    let cards = cards(&mut functions);
    let groups = group::gather(source, &functions);
    let screens = connector::scan(source, &functions, &mut problems);
    mark_boot_display(&mut functions, &screens.boot_displays);
    let command_line = kernel::read(source);
    let iommu = iommu::decide(source, &groups, &command_line);
    for function in &functions {
        problems.extend(troubles(function));
    }
    let mut kinds: Vec<Trouble> = groups.iter().filter_map(|group| group.kind.trouble().cloned()).collect();
    // Where none of them can be read, that is one problem.
    kinds.dedup();
    problems.append(&mut kinds);
    problems.extend(command_line.trouble().cloned());
    let claims = claim::scan(source, &functions, &mut problems);
    Host { functions, groups, cards, connectors: screens.connectors, command_line, iommu, claims, problems }
}

/// All functions in order of address. Each entry's name is its address.
fn functions(source: &Source, problems: &mut Vec<Trouble>) -> Vec<Function> {
    let devices = match source.open(DEVICES) {
        Ok(devices) => devices,
        Err(error) => {
            // A computer without PCI has no such folder; anything else is worth knowing.
            if !error.kind.is_absent() {
                problems.push(error.into());
            }
            return Vec::new();
        }
    };
    let names = devices.list().unwrap_or_else(|error| {
        problems.push(error.into());
        Vec::new()
    });
    let mut addresses = Vec::with_capacity(names.len());
    for name in names {
        // The kernel spells an address in one way; what is spelt otherwise is not its entry.
        match PciAddress::parse(name.as_encoded_bytes()) {
            Some(address) if name == *address.to_string() => addresses.push(address),
            _ => {
                let name = name.to_string_lossy();
                problems.push(Trouble::new(devices.path_of(&name), TroubleDetail::NotAnAddress));
            }
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    let hung = source.read_up_to(HUNG, 4096).unwrap_or_default();
    let hung: BTreeMap<PciAddress, Waiting> = hung::parse(&hung).into_iter().collect();
    in_parallel(&addresses, |address| function(&devices, *address, hung.get(address).copied()))
}

/// One function, with its slot's first function filled in later.
fn function(devices: &Folder<'_>, address: PciAddress, hung: Option<Waiting>) -> Function {
    let name = address.to_string();
    let mut room = [0; 1024];
    let way = devices.link_into(&name, &mut room).unwrap_or_default();
    let mut function = Function::unread(address);
    match devices.open(&name) {
        Ok(folder) => {
            function.parent = attribute::function_above(way);
            read_function(&folder, &mut function, hung);
        }
        Err(error) => function.class = Reading::unreadable(error.path, error.kind),
    }
    function
}

fn read_function(folder: &Folder<'_>, function: &mut Function, hung: Option<Waiting>) {
    let mut room = [0; ROOM];
    let uevent = folder.read_into("uevent", &mut room).map(Uevent::parse).unwrap_or_default();
    function.class = reading(uevent.class, || {
        attribute::read(folder, "class", |t| attribute::hex_u32(t).and_then(PciClass::new))
    });
    let id = uevent.id;
    function.vendor =
        reading(id.map(|id| id.0), || attribute::read(folder, "vendor", attribute::hex_u16).map(VendorId));
    function.device =
        reading(id.map(|id| id.1), || attribute::read(folder, "device", attribute::hex_u16).map(DeviceId));
    function.subsystem = reading(uevent.subsystem, || subsystem(folder));
    function.revision = attribute::read(folder, "revision", attribute::hex_u8);
    function.driver = match uevent.driver {
        Some(driver) => Reading::Known(driver),
        // A whole uevent without the line says that there is none.
        None if uevent.is_whole() => Reading::Absent,
        None => attribute::link(folder, "driver", attribute::driver),
    };
    function.driver_override = match hung {
        Some(waiting) => {
            let trouble = Trouble::new(folder.path_of("driver_override"), waiting.detail());
            Reading::Unreadable(Box::new(trouble))
        }
        None => match attribute::read(folder, "driver_override", attribute::text) {
            Reading::Known(text) if text.is_empty() || text == "(null)" => Reading::Absent,
            other => other,
        },
    };
    function.group = attribute::link(folder, "iommu_group", attribute::group);
    if function.kind() == DeviceKind::Graphics {
        function.boot_display = attribute::read(folder, "boot_vga", attribute::flag);
    }
    function.physical_function = attribute::link(folder, "physfn", PciAddress::parse).known().copied();
}

fn subsystem(folder: &Folder<'_>) -> Reading<SubsystemId> {
    let vendor = match attribute::read(folder, "subsystem_vendor", attribute::hex_u16) {
        Reading::Known(vendor) => VendorId(vendor),
        other => return other.map(|_| SubsystemId { vendor: VendorId(0), device: DeviceId(0) }),
    };
    attribute::read(folder, "subsystem_device", attribute::hex_u16)
        .map(|device| SubsystemId { vendor, device: DeviceId(device) })
}

/// What the uevent said, or the attribute of its own.
fn reading<T>(value: Option<T>, attribute: impl FnOnce() -> Reading<T>) -> Reading<T> {
    value.map_or_else(attribute, Reading::Known)
}

/// Puts the functions of each slot together, and tells every function its card.
fn cards(functions: &mut [Function]) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    let mut slot: Option<usize> = None;
    for function in functions {
        let address = function.address;
        if function.physical_function.is_some() {
            cards.push(Card { address, functions: vec![address] });
            continue;
        }
        match slot.and_then(|index| cards.get_mut(index)).filter(|card| card.address.same_slot(address)) {
            Some(card) => {
                function.card = card.address;
                card.functions.push(address);
            }
            None => {
                slot = Some(cards.len());
                cards.push(Card { address, functions: vec![address] });
            }
        }
    }
    cards
}

/// DRM's own word about the boot display, for classes that have no `boot_vga` too.
fn mark_boot_display(functions: &mut [Function], displays: &BTreeMap<PciAddress, bool>) {
    for function in functions {
        if let Some(boot) = displays.get(&function.address) {
            function.boot_display = Reading::Known(*boot);
        }
    }
}

/// Everything about a function that could not be read or makes no sense.
fn troubles(function: &Function) -> impl Iterator<Item = Trouble> {
    [
        function.class.trouble(),
        function.vendor.trouble(),
        function.device.trouble(),
        function.subsystem.trouble(),
        function.revision.trouble(),
        function.driver.trouble(),
        function.driver_override.trouble(),
        function.group.trouble(),
        function.boot_display.trouble(),
    ]
    .into_iter()
    .flatten()
    .cloned()
}

/// Makes something of each item, in their order, by as many threads as there are processors where it is worth it.
pub(crate) fn in_parallel<T: Sync, U: Send>(items: &[T], make: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let wanted = items.len() / WORTH_A_THREAD;
    // How many processors there are is looked up in a dozen files of the kernel's: only where it matters.
    let threads = match wanted {
        0 | 1 => 1,
        _ => std::thread::available_parallelism().map_or(1, NonZero::get).min(wanted),
    };
    if threads < 2 {
        return items.iter().map(make).collect();
    }
    let mut made = Vec::with_capacity(items.len());
    std::thread::scope(|scope| {
        let mut parts = items.chunks(items.len().div_ceil(threads));
        let first = parts.next().unwrap_or_default();
        let make = &make;
        let others: Vec<_> = parts
            .map(|part| (part, scope.spawn(move || part.iter().map(make).collect::<Vec<_>>())))
            .collect();
        made.extend(first.iter().map(make));
        for (part, thread) in others {
            // A thread that was lost is made up for here, so that no function is missing.
            made.extend(thread.join().unwrap_or_else(|_| part.iter().map(make).collect()));
        }
    });
    made
}
