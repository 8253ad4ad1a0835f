//! IOMMU groups: what the kernel can isolate as one.
//!
//! A group's number changes with the kernel, the firmware and the slots; it is never stored as an identity.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::attribute;
use super::function::Function;
use super::scan::in_parallel;
use crate::pci::{DeviceKind, DriverName, PciAddress};
use crate::reading::Reading;
use crate::source::Source;

/// The folder of the groups, one below it each. Source: kernel, `Documentation/ABI/testing/sysfs-kernel-iommu_groups`.
pub(crate) const GROUPS: &str = "/sys/kernel/iommu_groups";

/// The number of an IOMMU group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId(pub u32);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The default domain of a group: how the host's own drivers use it.
///
/// Source: kernel, `Documentation/ABI/testing/sysfs-kernel-iommu_groups` and `iommu_group_show_type` in
/// `drivers/iommu/iommu.c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupKind {
    /// All DMA is blocked.
    Blocked,
    /// Addresses are passed as they are (`iommu=pt`); this does not prevent passthrough.
    Identity,
    /// Managed by someone other than the DMA layer.
    Unmanaged,
    /// Translated, with strict invalidation.
    Dma,
    /// Translated, with a flush queue.
    DmaFlushQueue,
    /// The kernel itself says `unknown`.
    Unknown,
    /// A word of a kernel newer than this program.
    Other(String),
}

impl GroupKind {
    /// The kind of a word of the kernel.
    pub fn from_word(word: &str) -> Self {
        match word {
            "blocked" => Self::Blocked,
            "identity" => Self::Identity,
            "unmanaged" => Self::Unmanaged,
            "DMA" => Self::Dma,
            "DMA-FQ" => Self::DmaFlushQueue,
            "unknown" => Self::Unknown,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The kernel's word.
    pub fn word(&self) -> &str {
        match self {
            Self::Blocked => "blocked",
            Self::Identity => "identity",
            Self::Unmanaged => "unmanaged",
            Self::Dma => "DMA",
            Self::DmaFlushQueue => "DMA-FQ",
            Self::Unknown => "unknown",
            Self::Other(word) => word,
        }
    }
}

/// One IOMMU group with its PCI functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: GroupId,
    /// How the host uses it; absent before Linux 5.11 and where a sandbox hides `/sys/kernel`.
    pub kind: Reading<GroupKind>,
    /// Its PCI functions, in order of address.
    pub functions: Vec<PciAddress>,
    /// Apart from bridges, every member belongs to one card, and no host or ISA bridge in it has a driver.
    pub isolated: bool,
    /// The same with the reason.
    pub isolation: Isolation,
}

/// Whether a group can leave the host as one card, and what it is tied to otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Isolation {
    /// One card and bridges, or bridges alone.
    Isolated,
    /// More than one card: all of them go together.
    Shared {
        /// The cards, in order of address.
        cards: Vec<PciAddress>,
    },
    /// A host or ISA bridge with a driver: the group holds something that the host needs.
    HostBridgeWithDriver {
        /// The bridge.
        address: PciAddress,
        /// Its driver.
        driver: DriverName,
    },
}

/// Puts the functions into their groups, and judges each group.
pub(super) fn gather(source: &Source, functions: &[Function]) -> Vec<Group> {
    let mut members: BTreeMap<GroupId, Vec<&Function>> = BTreeMap::new();
    for function in functions {
        if let Some(id) = function.group.known() {
            members.entry(*id).or_default().push(function);
        }
    }
    let ids: Vec<GroupId> = members.keys().copied().collect();
    let kinds = kinds(source, &ids);
    members
        .into_iter()
        .zip(kinds)
        .map(|((id, members), kind)| {
            let isolation = judge(&members);
            let functions = members.iter().map(|function| function.address).collect();
            Group { id, kind, functions, isolated: isolation == Isolation::Isolated, isolation }
        })
        .collect()
}

/// Reads the kinds of groups. A folder that a sandbox hides is absent; one that may not be read is not.
fn kinds(source: &Source, ids: &[GroupId]) -> Vec<Reading<GroupKind>> {
    let groups = match source.open(GROUPS) {
        Ok(groups) => groups,
        Err(error) if error.kind.is_absent() => return vec![Reading::Absent; ids.len()],
        Err(error) => return vec![Reading::unreadable(error.path, error.kind); ids.len()],
    };
    in_parallel(ids, |id| {
        attribute::read(&groups, &format!("{id}/type"), |text| {
            str::from_utf8(text).ok().filter(|word| !word.is_empty()).map(GroupKind::from_word)
        })
    })
}

/// What a group is tied to. Host and ISA bridges with a driver come first: no list of cards helps then.
fn judge(members: &[&Function]) -> Isolation {
    for function in members {
        if let (DeviceKind::HostBridge | DeviceKind::IsaBridge, Some(driver)) =
            (function.kind(), function.driver.known())
        {
            return Isolation::HostBridgeWithDriver { address: function.address, driver: driver.clone() };
        }
    }
    let mut cards: Vec<PciAddress> =
        members.iter().filter(|function| !function.is_bridge()).map(|function| function.card).collect();
    cards.sort_unstable();
    cards.dedup();
    if cards.len() > 1 { Isolation::Shared { cards } } else { Isolation::Isolated }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;
    use crate::pci::{DeviceId, PciClass, VendorId};
    use crate::source::SourceErrorKind;

    fn function(address: &str, class: u32, driver: Option<&str>) -> Function {
        let address: PciAddress = address.parse().unwrap();
        Function {
            class: PciClass::new(class).map_or(Reading::Absent, Reading::Known),
            vendor: Reading::Known(VendorId(0x8086)),
            device: Reading::Known(DeviceId(1)),
            driver: driver.and_then(DriverName::new).map_or(Reading::Absent, Reading::Known),
            group: Reading::Known(GroupId(1)),
            card: address.with_function(0).unwrap(),
            ..Function::unread(address)
        }
    }

    fn judged(members: &[Function]) -> Isolation {
        judge(&members.iter().collect::<Vec<_>>())
    }

    #[test]
    fn kinds_that_may_not_be_read_are_not_absent() {
        let kind = |groups: Option<SourceErrorKind>| {
            let mut machine = MachineBuilder::default();
            if let Some(kind) = groups {
                machine.unreadable(GROUPS, kind);
            }
            kinds(&Source::machine(&machine.build()), &[GroupId(1)])
        };
        assert_eq!(kind(None), [Reading::Absent]);
        let forbidden = [Reading::unreadable("/sys/kernel/iommu_groups", SourceErrorKind::NoPermission)];
        assert_eq!(kind(Some(SourceErrorKind::NoPermission)), forbidden);
    }

    #[test]
    fn one_card_behind_its_ports_is_isolated() {
        let port = function("00:01.0", 0x06_04_00, Some("pcieport"));
        let graphics = function("01:00.0", 0x03_00_00, Some("nvidia"));
        let sound = function("01:00.1", 0x04_03_00, Some("snd_hda_intel"));
        assert_eq!(judged(&[port.clone(), graphics.clone(), sound.clone()]), Isolation::Isolated);
        assert_eq!(judged(std::slice::from_ref(&port)), Isolation::Isolated);
        let other = function("02:00.0", 0x01_08_02, None);
        let cards = vec![graphics.card, other.card];
        assert_eq!(judged(&[port, graphics, sound, other]), Isolation::Shared { cards });
    }

    #[test]
    fn a_host_or_isa_bridge_with_a_driver_holds_the_group() {
        let graphics = function("00:02.0", 0x03_00_00, Some("i915"));
        let idle = function("00:1f.0", 0x06_01_00, None);
        assert_eq!(judged(&[graphics.clone(), idle]), Isolation::Isolated);
        for class in [0x06_00_00, 0x06_01_00] {
            let busy = function("00:1f.0", class, Some("lpc_ich"));
            let (address, driver) = (busy.address, DriverName::new("lpc_ich").unwrap());
            assert_eq!(
                judged(&[graphics.clone(), busy]),
                Isolation::HostBridgeWithDriver { address, driver }
            );
        }
    }

    #[test]
    fn words_of_the_kernel_stay() {
        for word in ["blocked", "identity", "unmanaged", "DMA", "DMA-FQ", "unknown", "something new"] {
            assert_eq!(GroupKind::from_word(word).word(), word);
        }
    }
}
