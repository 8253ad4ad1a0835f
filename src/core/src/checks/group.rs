//! Checks of IOMMU groups: whether what is in one can leave the host together.

use super::device::{path, plain};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Need, Subject, Value, Weight};
use crate::devices::{Loss, Use, Used};
use crate::host::{Function, Group, IommuState, Isolation};
use crate::model::Model;
use crate::pci::{PciAddress, VendorId};
use crate::reading::Reading;

const MOUNTS: &str = "/proc/self/mountinfo";
const SWAPS: &str = "/proc/swaps";
const BLOCKS: &str = "/sys/class/block";
const ROUTES: &str = "/proc/net/route";
const INPUTS: &str = "/proc/bus/input/devices";
const CONNECTORS: &str = "/sys/class/drm";
const INTEL: VendorId = VendorId(0x8086);

pub(super) const CHECKS: &[Check] = &[
    Subject::Group.check(
        CheckId::GroupViable,
        Weight::Important,
        "kernel, Documentation/driver-api/vfio.rst (groups), drivers/pci/pci-driver.c (pci_dma_configure)",
        viable,
    ),
    Subject::Group.check(
        CheckId::GroupMissing,
        Weight::Essential,
        "kernel, drivers/iommu/intel/iommu.c (igfx_off), Documentation/ABI/testing/sysfs-kernel-iommu_groups",
        missing,
    ),
    Subject::Group.check(
        CheckId::GroupMapping,
        Weight::Essential,
        "kernel, drivers/iommu/iommu.c (“Firmware has requested this device have a 1:1 IOMMU mapping”), Documentation/ABI/testing/sysfs-kernel-iommu_groups (reserved_regions)",
        mapping,
    ),
    Subject::Group.check(
        CheckId::GroupAcs,
        Weight::Advice,
        "kernel, drivers/iommu/iommu.c (REQ_ACS_FLAGS), drivers/pci/pci.c (pci_acs_flags_enabled)",
        acs,
    ),
];

/// The members of a group that are no bridges.
fn endpoints<'a>(model: &'a Model, group: &'a Group) -> Vec<&'a Function> {
    let members = group.functions.iter().filter_map(|address| model.host.function(*address));
    members.filter(|function| !function.is_bridge()).collect()
}

/// The members with something mounted from them that the host needs, and where: they cannot go, and nothing goes
/// without them.
fn system_on(model: &Examination<'_>, members: &[PciAddress]) -> Vec<(PciAddress, String)> {
    let needed = |used: Used| match used.by {
        Use::Mounted { path, role, .. } if role.is_needed() => Some((used.address, path)),
        _ => None,
    };
    model.uses_of_all(members).into_iter().filter_map(needed).collect()
}

/// What the host cannot do without or keeps its files on, and loses with the group. What hangs on its one graphics card
/// is left out: that goes with the card in any group.
fn along(model: &Examination<'_>, members: &[PciAddress]) -> Vec<Use> {
    let mut graphics = model.graphics().filter(|card| members.contains(&card.function.address));
    let own = match (graphics.next(), graphics.next()) {
        (Some(card), None) => card.card.functions.as_slice(),
        _ => &[],
    };
    let counts = |by: &Use| match by.loss() {
        Loss::Host | Loss::Access => true,
        Loss::Use | Loss::Little => matches!(by, Use::Mounted { .. } | Use::Volume { .. }),
    };
    let lost = model.uses_of_all(members).into_iter().filter(|used| !own.contains(&used.address));
    let mut along: Vec<Use> = lost.map(|used| used.by).filter(counts).collect();
    along.sort();
    along.dedup();
    along
}

/// Where a use of the host was read.
fn seen(by: &Use) -> Option<Evidence> {
    let (at, said) = match by {
        Use::Mounted { path, .. } => (MOUNTS, path.as_str()),
        Use::Swap => (SWAPS, ""),
        Use::Volume { name, .. } => (BLOCKS, name.as_str()),
        Use::DefaultRoute { interface, .. } => (ROUTES, interface.as_str()),
        Use::Keyboard { name, .. } => (INPUTS, name.as_str()),
        Use::Screen { connector, .. } => (CONNECTORS, connector.as_str()),
        _ => return None,
    };
    Some(Evidence::value(at, plain(said)))
}

/// The answer for a group of several cards.
fn shared(model: &Examination<'_>, members: &[PciAddress], cards: &[PciAddress]) -> Answer {
    let system = system_on(model, members);
    let Some((_, first)) = system.first() else {
        let answer =
            Answer::to_do(Fix::Device(DeviceFix::WholeGroup)).with("cards", Value::Devices(cards.to_vec()));
        let along = along(model, members);
        if along.is_empty() {
            return answer;
        }
        let seen: Vec<Evidence> = along.iter().filter_map(seen).collect();
        return answer.with("along", Value::Uses(along)).saw_all(seen);
    };
    let seen = Evidence::value(MOUNTS, plain(first));
    let mut disks: Vec<PciAddress> = system.iter().map(|(address, _)| *address).collect();
    disks.dedup();
    Answer::not_possible()
        .weighing(Weight::Essential)
        .try_this(Fix::Device(DeviceFix::AnotherGroup))
        .with("system", Value::Devices(disks))
        .saw(seen)
}

fn viable(model: &Examination<'_>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for group in &model.host.groups {
        let members = endpoints(model, group);
        if members.is_empty() {
            continue;
        }
        let addresses: Vec<PciAddress> = members.iter().map(|function| function.address).collect();
        let seen = members
            .iter()
            .map(|function| Evidence::value(path(function.address, "iommu_group"), group.id.to_string()));
        let answer = match &group.isolation {
            Isolation::Isolated => Answer::ok(),
            Isolation::Shared { cards } => shared(model, &addresses, cards),
            Isolation::HostBridgeWithDriver { address, driver } => Answer::not_possible()
                .weighing(Weight::Essential)
                .try_this(Fix::Device(DeviceFix::AnotherGroup))
                .with("bridge", Value::Devices(vec![*address]))
                .saying("driver", driver.as_str())
                .saw(Evidence::value(path(*address, "driver"), driver.as_str())),
        };
        answers.push(answer.about(addresses).with("group", Value::Group(group.id)).saw_all(seen));
    }
    answers
}

fn missing(model: &Examination<'_>) -> Vec<Answer> {
    if !matches!(model.host.iommu, IommuState::On { .. }) {
        return Vec::new();
    }
    let answer = |card: super::device::Graphics<'_>| {
        let at = card.path("iommu_group");
        let function = card.function;
        let seen = Evidence::reading(&at, &function.group, ToString::to_string);
        let answer = match &function.group {
            Reading::Known(_) => Answer::ok(),
            // Many kernels leave the processor's own graphics out unless they are asked.
            Reading::Absent if function.vendor.known() == Some(&INTEL) => {
                Answer::to_do(Fix::add_argument(&model.system, "intel_iommu=on"))
            }
            Reading::Absent => Answer::not_possible(),
            unknown => Answer::could_not_tell(Need::of(unknown, &at)),
        };
        card.answer(answer.saw(seen))
    };
    model.graphics().map(answer).collect()
}

fn mapping(model: &Examination<'_>) -> Vec<Answer> {
    let mut answers = Vec::new();
    let demanded = &model.system.kernel.demanded_mappings;
    for group in &model.host.groups {
        let members = endpoints(model, group);
        if members.is_empty() {
            continue;
        }
        let at = format!("/sys/kernel/iommu_groups/{}/reserved_regions", group.id);
        let region = demanded.known().map(|demanded| demanded.iter().find(|(id, _)| *id == group.id));
        let answer = match region {
            Some(Some((_, region))) => Answer::not_possible().saw(Evidence::value(at, region.clone())),
            Some(None) => Answer::ok().saw(Evidence::value(at, "")),
            None => Answer::could_not_tell(Need::of(demanded, &at)).saw(Evidence::absent(at)),
        };
        answers.push(
            answer
                .about(members.iter().map(|function| function.address))
                .with("group", Value::Group(group.id)),
        );
    }
    answers
}

/// Which bridge above a graphics card lets devices reach each other past the IOMMU, where that may be read.
fn acs(model: &Examination<'_>) -> Vec<Answer> {
    let table = &model.devices.acs;
    // Only root may read that far, and for everybody else the group is the kernel's verdict: nothing is missing.
    if !table.readable {
        return Vec::new();
    }
    let answer = |card: super::device::Graphics<'_>| {
        let mut bridges = Vec::new();
        let mut above = card.function.parent;
        while let Some(bridge) = above.filter(|bridge| !bridges.contains(bridge)) {
            bridges.push(bridge);
            above = model.host.function(bridge).and_then(|bridge| bridge.parent);
        }
        if bridges.is_empty() {
            return None;
        }
        let config = |bridge: &PciAddress| path(*bridge, "config");
        let open: Vec<PciAddress> = bridges
            .iter()
            .copied()
            .filter(|bridge| table.bridges.get(bridge).is_some_and(|acs| !acs.isolates()))
            .collect();
        let seen = bridges.iter().filter_map(|bridge| {
            let acs = table.bridges.get(bridge)?;
            Some(Evidence::value(config(bridge), format!("ACS {:#06x} of {:#06x}", acs.enabled, acs.capable)))
        });
        let seen: Vec<Evidence> = seen.chain([Evidence::value("/sys/kernel/iommu_groups", "")]).collect();
        let answer = if open.is_empty() {
            Answer::ok()
        } else {
            Answer::to_do(Fix::Device(DeviceFix::AnotherGroup)).with("bridges", Value::Devices(open))
        };
        Some(card.answer(answer.saw_all(seen)))
    };
    model.graphics().filter_map(answer).collect()
}
