//! What is read of one function when somebody looks at it, and not of all in a scan.
//!
//! Nothing here wakes a sleeping device: the link now, the width at best and resizable sizes are left alone. Source:
//! kernel, `Documentation/ABI/testing/sysfs-bus-pci`, `drivers/pci/pci-sysfs.c`.

use super::{Host, attribute};
use crate::pci::PciAddress;
use crate::reading::Reading;
use crate::source::{Folder, Source};

/// The flags of a region that tell what it is: kernel, `include/linux/ioport.h`.
const IO: u64 = 0x100;
const PREFETCHABLE: u64 = 0x2000;
/// The lines of `resource` that are the regions of the device itself; the seventh is its ROM.
const REGIONS: usize = 6;

/// What the kernel keeps in mind of a function's power, so that reading it wakes nothing.
pub(crate) const POWER_STATE: &str = "power_state";
pub(crate) const D3COLD_ALLOWED: &str = "d3cold_allowed";

/// More about one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// How the kernel can reset the function alone, in the order in which it tries; absent where it cannot, which says
    /// nothing about a reset of the whole slot.
    pub reset_methods: Reading<Vec<String>>,
    /// Its power state, such as `D0` or `D3cold`; absent before Linux 5.11.
    pub power_state: Reading<String>,
    /// The NUMA node that it is nearest to; absent where the firmware names none.
    pub numa_node: Reading<u32>,
    /// Its regions in memory and I/O space, those without a size left out.
    pub regions: Reading<Vec<Region>>,
    /// The size of its ROM in bytes; absent where it has none.
    pub rom: Reading<u64>,
    /// How many virtual functions are on, and how many there can be; absent where it can have none.
    pub virtual_functions: Reading<(u16, u16)>,
    /// What the firmware calls it, such as a port's name on the board.
    pub label: Reading<String>,
}

/// A region of a function (BAR).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Which of the six it is.
    pub index: u8,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is in I/O space, and not in memory.
    pub io: bool,
    /// Whether it is prefetchable memory, as the large regions of graphics cards are.
    pub prefetchable: bool,
}

impl Host {
    /// Reads more about one function, from the source that this host was read from. None where it is gone.
    pub fn details(source: &Source, address: PciAddress) -> Option<Details> {
        Some(Details::read(&source.open(format!("sys/bus/pci/devices/{address}")).ok()?))
    }
}

impl Details {
    /// Reads more about the function that has this folder.
    pub(crate) fn read(folder: &Folder<'_>) -> Self {
        let resource = attribute::read(folder, "resource", resource);
        let total = attribute::read(folder, "sriov_totalvfs", attribute::number);
        Self {
            reset_methods: attribute::read(folder, "reset_method", words),
            power_state: attribute::read(folder, POWER_STATE, attribute::text),
            numa_node: numa_node(attribute::read(folder, "numa_node", signed)),
            rom: match resource.as_ref() {
                Reading::Known((_, 0)) => Reading::Absent,
                known => known.map(|(_, rom)| *rom),
            },
            regions: resource.map(|(regions, _)| regions),
            virtual_functions: match total {
                Reading::Known(total) => {
                    attribute::read(folder, "sriov_numvfs", attribute::number).map(|on| (on, total))
                }
                other => other.map(|total| (0, total)),
            },
            label: attribute::read(folder, "label", attribute::text),
        }
    }
}

/// Words between spaces; none is no answer.
fn words(text: &[u8]) -> Option<Vec<String>> {
    Some(str::from_utf8(text).ok()?.split_ascii_whitespace().map(str::to_owned).collect())
}

fn signed(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// The kernel writes -1 where it knows of no node.
fn numa_node(reading: Reading<i64>) -> Reading<u32> {
    match reading {
        Reading::Known(node) => u32::try_from(node).map_or(Reading::Absent, Reading::Known),
        other => other.map(|_| 0),
    }
}

/// The regions of a `resource` file, and the size of the ROM.
fn resource(text: &[u8]) -> Option<(Vec<Region>, u64)> {
    let mut regions = Vec::new();
    let mut rom = 0;
    for (index, line) in str::from_utf8(text).ok()?.lines().enumerate().take(REGIONS + 1) {
        let mut fields = line
            .split_ascii_whitespace()
            .map(|field| u64::from_str_radix(field.strip_prefix("0x")?, 16).ok());
        let (start, end, flags) = (fields.next()??, fields.next()??, fields.next()??);
        let size = if end == 0 { 0 } else { end.checked_sub(start)?.checked_add(1)? };
        if index == REGIONS {
            rom = size;
        } else if size > 0 {
            let index = u8::try_from(index).ok()?;
            regions.push(Region {
                index,
                size,
                io: flags & IO != 0,
                prefetchable: flags & PREFETCHABLE != 0,
            });
        }
    }
    Some((regions, rom))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    const EMPTY: &str = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";

    fn details(attributes: &[(&str, &str)]) -> Details {
        let mut builder = MachineBuilder::default();
        builder.folder("/sys/bus/pci/devices/0000:01:00.0");
        for (name, text) in attributes {
            builder.file(&format!("/sys/bus/pci/devices/0000:01:00.0/{name}"), *text);
        }
        Host::details(&Source::machine(&builder.build()), "01:00.0".parse().unwrap()).unwrap()
    }

    #[test]
    fn regions_and_rom() {
        let text = format!(
            "0x00000000fb000000 0x00000000fbffffff 0x0000000000040200\n\
             0x0000000fe0000000 0x0000000fefffffff 0x000000000014220c\n{EMPTY}{EMPTY}{EMPTY}\
             0x000000000000e000 0x000000000000e07f 0x0000000000040101\n\
             0x00000000fc000000 0x00000000fc07ffff 0x0000000000046200\n{EMPTY}"
        );
        let details = details(&[("resource", &text)]);
        let region = |index, size, io, prefetchable| Region { index, size, io, prefetchable };
        let expected = vec![
            region(0, 16 << 20, false, false),
            region(1, 256 << 20, false, true),
            region(5, 128, true, false),
        ];
        assert_eq!(details.regions, Reading::Known(expected));
        assert_eq!(details.rom, Reading::Known(512 << 10));
    }

    #[test]
    fn words_and_numbers() {
        let told = [
            ("reset_method", "flr bus\n"),
            ("numa_node", "-1\n"),
            ("sriov_totalvfs", "7\n"),
            ("sriov_numvfs", "2\n"),
        ];
        let details = details(&told);
        assert_eq!(details.reset_methods, Reading::Known(vec!["flr".to_owned(), "bus".to_owned()]));
        assert!(
            details.numa_node.is_absent() && details.power_state.is_absent() && details.label.is_absent()
        );
        assert_eq!(details.virtual_functions, Reading::Known((2, 7)));
    }

    #[test]
    fn nonsense_is_said() {
        let details = details(&[("resource", "banana\n"), ("numa_node", "x\n"), ("sriov_totalvfs", "x\n")]);
        assert!(details.regions.trouble().is_some() && details.rom.trouble().is_some());
        assert!(details.numa_node.trouble().is_some() && details.virtual_functions.trouble().is_some());
        let nothing = Source::machine(&MachineBuilder::default().build());
        assert_eq!(Host::details(&nothing, "01:00.0".parse().unwrap()), None);
    }
}
