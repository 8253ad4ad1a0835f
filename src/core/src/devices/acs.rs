//! Access control services of PCI bridges: whether they keep what is below them apart.
//!
//! Only root may read that far into config space, and the group is the kernel's verdict for everybody; this is what that
//! verdict comes from. A sleeping bridge is not asked. Sources: PCI Express specification 6.0, sections 7.6.3 and 7.7.11;
//! kernel, `REQ_ACS_FLAGS` in `drivers/iommu/iommu.c`, `pci_acs_flags_enabled` in `drivers/pci/pci.c`.

use std::collections::BTreeMap;

use crate::host::Host;
use crate::host::link::is_awake;
use crate::pci::{DeviceKind, PciAddress};
use crate::source::{Folder, Source, SourceErrorKind};

/// The config space of a function.
pub(crate) const CONFIG: &str = "config";
const WHOLE: usize = 4096;
/// Where the list of extended capabilities begins.
const FIRST: usize = 0x100;
const CAPABILITY: u16 = 0x000d;

/// What the bridges can do and do, where it may be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AcsTable {
    /// The bridges that have the capability.
    pub bridges: BTreeMap<PciAddress, Acs>,
    /// Whether config space could be read far enough; where not, nothing is said about any bridge.
    pub readable: bool,
}

/// The switches of access control services that a function has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acs {
    /// What it can do.
    pub capable: u16,
    /// What is on.
    pub enabled: u16,
}

impl Acs {
    /// Source validation, request and completion redirect, upstream forwarding.
    const NEEDED: u16 = 0x01 | 0x04 | 0x08 | 0x10;

    /// Whether it keeps devices apart: what it cannot do counts as wired to on, as the kernel has it.
    pub const fn isolates(self) -> bool {
        Self::NEEDED & self.capable & !self.enabled == 0
    }
}

/// Reads the bridges of a host. The first one that is not told whole ends it: then none would be.
pub(crate) fn read(source: &Source, host: &Host) -> AcsTable {
    let mut table = AcsTable::default();
    let Ok(devices) = source.open("/sys/bus/pci/devices") else { return table };
    let mut room = vec![0; WHOLE + 1];
    for function in host.functions.iter().filter(|function| function.kind() == DeviceKind::PciBridge) {
        let Ok(folder) = devices.open(&function.address.to_string()) else { continue };
        match config(&folder, &mut room) {
            Some(Ok(bytes)) if bytes.len() > FIRST => {
                table.readable = true;
                table.bridges.extend(parse(bytes).map(|acs| (function.address, acs)));
            }
            Some(_) => return table,
            None => {}
        }
    }
    table
}

/// The config space of a function that is awake; None where it sleeps.
pub(crate) fn config<'a>(
    folder: &Folder<'_>,
    room: &'a mut [u8],
) -> Option<Result<&'a [u8], SourceErrorKind>> {
    is_awake(folder).then(|| folder.read_into(CONFIG, room))
}

/// Walks the extended capabilities. A list that leads in a circle ends.
fn parse(config: &[u8]) -> Option<Acs> {
    let word = |at: usize| Some(u16::from_le_bytes(config.get(at..at + 2)?.try_into().ok()?));
    let mut at = FIRST;
    for _ in 0..(WHOLE - FIRST) / 8 {
        let (id, next) = (word(at)?, usize::from(word(at + 2)? >> 4) & !3);
        if id == CAPABILITY {
            return Some(Acs { capable: word(at + 4)?, enabled: word(at + 6)? });
        }
        if next < FIRST {
            return None;
        }
        at = next;
    }
    None
}

/// A config space that says the same about access control and nothing else: it holds serial numbers, too.
pub(crate) fn trimmed(config: &[u8]) -> Vec<u8> {
    let mut kept = vec![0; FIRST + 8];
    if let Some(acs) = parse(config) {
        let header = [CAPABILITY.to_le_bytes(), [1, 0], acs.capable.to_le_bytes(), acs.enabled.to_le_bytes()];
        kept.splice(FIRST.., header.concat());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    /// A serial number capability, then access control.
    fn space(enabled: u16) -> Vec<u8> {
        let mut config = vec![0; WHOLE];
        config[0x100..0x10c].copy_from_slice(&[3, 0, 1, 0x14, 1, 2, 3, 4, 5, 6, 7, 8]);
        config[0x140..0x144].copy_from_slice(&[0x0d, 0, 1, 0]);
        config[0x144..0x146].copy_from_slice(&0x1f_u16.to_le_bytes());
        config[0x146..0x148].copy_from_slice(&enabled.to_le_bytes());
        config
    }

    #[test]
    fn the_capability_is_found_and_weighed() {
        assert!(parse(&space(0x1d)).unwrap().isolates());
        assert!(!parse(&space(0x05)).unwrap().isolates());
        assert!(Acs { capable: 0, enabled: 0 }.isolates(), "wired to on");
        let mut circle = space(0);
        circle[0x100..0x104].copy_from_slice(&[3, 0, 1, 0x10]);
        assert_eq!(parse(&circle), None);
        assert_eq!(parse(&[0; 300]), None);
        assert_eq!(parse(&[]), None);
    }

    #[test]
    fn what_is_kept_says_the_same_and_no_serial() {
        let kept = trimmed(&space(0x1d));
        assert_eq!(parse(&kept), parse(&space(0x1d)));
        assert!(!kept.windows(4).any(|bytes| bytes == [1, 2, 3, 4]));
        assert_eq!(parse(&trimmed(&[0; 64])), None);
    }

    #[test]
    fn only_root_reads_that_far_and_only_of_a_bridge_that_is_awake() {
        let read_with = |state: &str, config: Vec<u8>| {
            let mut builder = MachineBuilder::default();
            let place = "/sys/bus/pci/devices/0000:00:01.0";
            builder.file(&format!("{place}/class"), "0x060400\n");
            builder.file(&format!("{place}/power_state"), state);
            builder.file(&format!("{place}/config"), config);
            let source = Source::machine(&builder.build());
            read(&source, &Host::scan(&source))
        };
        let table = read_with("D0\n", space(0x1d));
        assert!(table.readable && table.bridges.len() == 1);
        assert_eq!(read_with("D0\n", space(0)[..64].to_vec()), AcsTable::default());
        assert_eq!(read_with("D3hot\n", space(0x1d)), AcsTable::default());
    }
}
