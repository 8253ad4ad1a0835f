//! What is otherwise in one picture of a computer than in an earlier one: what hot-plug, a driver that came or went,
//! a screen that was plugged in, or a disk that was mounted make of it.
//!
//! Two pictures in, plain values out. When a picture is taken, and what a page makes of the difference, belongs to
//! others.

use std::collections::BTreeSet;

use super::{Function, Group, GroupId, Host};
use crate::pci::PciAddress;
use crate::reading::Reading;

/// The difference between two pictures of one computer. Each list is in order and names nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostChange {
    /// Functions that were not there before.
    pub added: Vec<PciAddress>,
    /// Functions that are there no more.
    pub removed: Vec<PciAddress>,
    /// Addresses at which another device sits now: an address alone is no identity.
    pub replaced: Vec<PciAddress>,
    /// Functions that are the same device and of which something else is told: driver, group, screens, claims.
    pub changed: Vec<PciAddress>,
    /// Groups that came, went, or have other members, another kind or another reason to stay.
    pub groups: Vec<GroupId>,
    /// Whether something changed that belongs to no single function or group: the IOMMU as a whole, the kernel's
    /// command line, what could not be read.
    pub whole: bool,
}

impl HostChange {
    /// Compares two pictures of the same computer.
    pub fn between(before: &Host, after: &Host) -> Self {
        let mut change = Self {
            groups: groups(&before.groups, &after.groups),
            whole: before.iommu != after.iommu
                || before.command_line != after.command_line
                || before.problems != after.problems,
            ..Self::default()
        };
        let touched = touched(before, after);
        for (old, new) in paired(&before.functions, &after.functions, |function| function.address) {
            match (old, new) {
                (None, Some(new)) => change.added.push(new.address),
                (Some(old), None) => change.removed.push(old.address),
                (Some(old), Some(new)) if !old.may_be(new) => change.replaced.push(new.address),
                (Some(old), Some(new)) if old != new || touched.contains(&new.address) => {
                    change.changed.push(new.address);
                }
                _ => {}
            }
        }
        change
    }

    /// Whether both pictures show the same.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the device that was at this address before is not there any more.
    pub fn is_gone(&self, address: PciAddress) -> bool {
        self.removed.binary_search(&address).is_ok() || self.replaced.binary_search(&address).is_ok()
    }
}

impl Function {
    /// Whether what is at this address in another picture may be the same device. What could not be read tells
    /// neither way: unknown is no difference.
    pub fn may_be(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(one: &Reading<T>, other: &Reading<T>) -> bool {
            one.known().zip(other.known()).is_none_or(|(one, other)| one == other)
        }
        self.address == other.address
            && agree(&self.vendor, &other.vendor)
            && agree(&self.device, &other.device)
            && agree(&self.subsystem, &other.subsystem)
            && self.physical_function == other.physical_function
    }
}

/// The functions of which screens or claims are told otherwise.
fn touched(before: &Host, after: &Host) -> BTreeSet<PciAddress> {
    let mut touched = BTreeSet::new();
    if before.connectors != after.connectors {
        let all = || before.connectors.iter().chain(&after.connectors);
        let of = |host: &Host, card| {
            host.connectors.iter().filter(|connector| connector.card == card).cloned().collect::<Vec<_>>()
        };
        let cards: BTreeSet<PciAddress> = all().map(|connector| connector.card).collect();
        touched.extend(cards.into_iter().filter(|card| of(before, *card) != of(after, *card)));
    }
    if before.claims != after.claims {
        let missing = |from: &Host, host: &Host| -> Vec<PciAddress> {
            from.claims
                .iter()
                .filter(|claim| !host.claims.contains(claim))
                .map(|claim| claim.address)
                .collect()
        };
        touched.extend(missing(before, after));
        touched.extend(missing(after, before));
    }
    touched
}

fn groups(before: &[Group], after: &[Group]) -> Vec<GroupId> {
    paired(before, after, |group| group.id)
        .filter(|(old, new)| old != new)
        .filter_map(|(old, new)| old.or(new).map(|group| group.id))
        .collect()
}

/// Walks two lists that are in order of the same key side by side.
fn paired<'a, T, K: Ord>(
    before: &'a [T],
    after: &'a [T],
    key: impl Fn(&T) -> K + 'a,
) -> impl Iterator<Item = (Option<&'a T>, Option<&'a T>)> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (before.peek(), after.peek()) {
            (Some(old), Some(new)) => key(old).cmp(&key(new)),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return None,
        };
        Some(match order {
            std::cmp::Ordering::Less => (before.next(), None),
            std::cmp::Ordering::Equal => (before.next(), after.next()),
            std::cmp::Ordering::Greater => (None, after.next()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Claim, ClaimKind, Connector, ConnectorStatus, GroupKind, IommuState, Isolation};
    use crate::pci::{DeviceId, DriverName, SubsystemId, VendorId};
    use crate::source::SourceErrorKind;

    fn at(text: &str) -> PciAddress {
        text.parse().unwrap()
    }

    fn function(address: &str, device: u16) -> Function {
        let subsystem = SubsystemId { vendor: VendorId(0x1462), device: DeviceId(0x3901) };
        Function {
            vendor: Reading::Known(VendorId(0x10de)),
            device: Reading::Known(DeviceId(device)),
            subsystem: Reading::Known(subsystem),
            revision: Reading::Known(0xa1),
            driver: DriverName::new("nvidia").map_or(Reading::Absent, Reading::Known),
            group: Reading::Known(GroupId(7)),
            ..Function::unread(at(address))
        }
    }

    fn group(id: u32, members: &[&str]) -> Group {
        Group {
            id: GroupId(id),
            kind: Reading::Known(GroupKind::Dma),
            functions: members.iter().map(|member| at(member)).collect(),
            isolated: true,
            isolation: Isolation::Isolated,
        }
    }

    fn host(functions: Vec<Function>) -> Host {
        Host { functions, ..Host::default() }
    }

    #[test]
    fn the_same_picture_twice_is_no_change() {
        let mut machine = host(vec![function("0000:01:00.0", 0x2484)]);
        machine.groups = vec![group(7, &["0000:01:00.0"])];
        let change = HostChange::between(&machine, &machine.clone());
        assert!(change.is_empty(), "{change:?}");
    }

    #[test]
    fn what_came_went_and_stayed_is_told_apart() {
        let before = host(vec![function("0000:01:00.0", 1), function("0000:02:00.0", 2)]);
        let mut stayed = function("0000:02:00.0", 2);
        stayed.driver = Reading::Absent;
        let after = host(vec![stayed, function("0000:03:00.0", 3), function("0000:03:00.1", 4)]);
        let change = HostChange::between(&before, &after);
        assert_eq!(change.added, [at("0000:03:00.0"), at("0000:03:00.1")]);
        assert_eq!(change.removed, [at("0000:01:00.0")]);
        assert_eq!(change.changed, [at("0000:02:00.0")]);
        assert!(change.replaced.is_empty() && change.groups.is_empty() && !change.whole);
        assert!(change.is_gone(at("0000:01:00.0")) && !change.is_gone(at("0000:02:00.0")));
    }

    #[test]
    fn another_device_in_the_same_slot_is_not_the_one_that_was_chosen() {
        let before = host(vec![function("0000:01:00.0", 0x2484)]);
        let after = host(vec![function("0000:01:00.0", 0x73bf)]);
        let change = HostChange::between(&before, &after);
        assert_eq!(change.replaced, [at("0000:01:00.0")]);
        assert!(change.changed.is_empty() && change.is_gone(at("0000:01:00.0")));
    }

    #[test]
    fn a_device_that_cannot_be_read_any_more_is_not_another_one() {
        let before = host(vec![function("0000:01:00.0", 0x2484)]);
        let mut silent = function("0000:01:00.0", 0x2484);
        silent.device =
            Reading::unreadable("sys/bus/pci/devices/0000:01:00.0/device", SourceErrorKind::NoPermission);
        let change = HostChange::between(&before, &host(vec![silent]));
        assert!(change.replaced.is_empty());
        assert_eq!(change.changed, [at("0000:01:00.0")]);
    }

    #[test]
    fn screens_and_claims_belong_to_their_function() {
        let before = host(vec![function("0000:01:00.0", 1), function("0000:02:00.0", 2)]);
        let mut after = before.clone();
        after.connectors.push(Connector {
            card: at("0000:01:00.0"),
            name: "DP-1".into(),
            status: Reading::Known(ConnectorStatus::Connected),
            monitor: None,
        });
        after.claims.push(Claim { address: at("0000:02:00.0"), kind: ClaimKind::Swap });
        let change = HostChange::between(&before, &after);
        assert_eq!(change.changed, [at("0000:01:00.0"), at("0000:02:00.0")]);
        assert_eq!(HostChange::between(&after, &before).changed, change.changed);
    }

    #[test]
    fn groups_are_compared_by_their_number() {
        let mut before = host(Vec::new());
        before.groups = vec![group(1, &["0000:00:01.0"]), group(2, &["0000:01:00.0"]), group(3, &[])];
        let mut after = host(Vec::new());
        after.groups = vec![group(2, &["0000:01:00.0", "0000:01:00.1"]), group(3, &[]), group(4, &[])];
        assert_eq!(HostChange::between(&before, &after).groups, [GroupId(1), GroupId(2), GroupId(4)]);
    }

    #[test]
    fn what_belongs_to_the_whole_computer_is_a_change_too() {
        let before = host(Vec::new());
        let mut after = before.clone();
        after.iommu = IommuState::On { groups: 1 };
        let change = HostChange::between(&before, &after);
        assert!(change.whole && !change.is_empty());
    }
}
