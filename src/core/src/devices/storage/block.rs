//! One block device: a disk, a part of it, or what is made of such.
//!
//! The types and the parsers of what the kernel and udev write about it. Sources: kernel,
//! `Documentation/ABI/stable/sysfs-block`, `Documentation/ABI/testing/sysfs-block-dm`, `drivers/md/md.c`
//! (`md/level`); libdm, `dm_build_dm_uuid` for the prefixes of `dm/uuid`; udev's database, `src/libsystemd/sd-device`.

use std::collections::BTreeSet;

use super::Layer;
use crate::pci::PciAddress;
use crate::reading::Reading;

/// The type of a partition that holds the boot loaders: UEFI specification 2.10, section 5.3.3.
const EFI_SYSTEM: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

/// One block device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockDevice {
    /// The kernel's name for it, such as `nvme0n1p2`.
    pub name: String,
    /// Its numbers, where the kernel tells them.
    pub numbers: Option<(u32, u32)>,
    /// What it is.
    pub kind: BlockKind,
    /// The name of a mapping of device-mapper, as below `/dev/mapper`.
    pub mapped: Option<String>,
    /// The PCI functions that it hangs on directly; more than one where there are several ways to it.
    pub controllers: BTreeSet<PciAddress>,
    /// The USB device that it hangs on, by the name of its port.
    pub usb: Option<String>,
    /// What it is made of: the disk of a partition, the members of a mapping.
    pub below: Vec<String>,
    /// Its size in bytes.
    pub size: Reading<u64>,
    /// What a disk says it is.
    pub model: Reading<String>,
    /// What is on it, as udev found; absent where udev found nothing or is not there.
    pub content: Reading<Content>,
}

/// What a block device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockKind {
    /// A disk.
    Disk,
    /// A partition of a disk.
    Partition,
    /// An optical drive.
    Optical,
    /// Something that is made of others.
    Made(Layer),
}

impl BlockKind {
    /// The layer that it stands for.
    pub const fn layer(self) -> Option<Layer> {
        match self {
            Self::Made(layer) => Some(layer),
            Self::Disk | Self::Partition | Self::Optical => None,
        }
    }
}

/// What is on a block device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// The kind of file system, or of what it is a member of, such as `crypto_LUKS`; empty where there is none.
    pub kind: String,
    /// Its label; the pool's name where it is a member of ZFS.
    pub label: Option<String>,
    /// Whether it is the partition that the firmware starts boot loaders from.
    pub efi_system: bool,
}

/// What a `uevent` of a block device says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct BlockEvent {
    pub(super) numbers: Option<(u32, u32)>,
    pub(super) partition: bool,
}

/// Reads a `uevent`: `MAJOR=`, `MINOR=` and `DEVTYPE=`.
pub(super) fn parse_uevent(text: &[u8]) -> BlockEvent {
    let text = String::from_utf8_lossy(text);
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
    let number = |key: &str| value(key).and_then(|number| number.parse().ok());
    BlockEvent {
        numbers: number("MAJOR=").zip(number("MINOR=")),
        partition: value("DEVTYPE=") == Some("partition"),
    }
}

/// Reads an entry of udev's database. None where it says nothing of what is on the device.
pub(crate) fn parse_udev(text: &[u8]) -> Content {
    let text = String::from_utf8_lossy(text);
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
    Content {
        kind: value("E:ID_FS_TYPE=").unwrap_or_default().to_owned(),
        label: value("E:ID_FS_LABEL=").map(str::to_owned),
        efi_system: value("E:ID_PART_ENTRY_TYPE=").is_some_and(|kind| kind.eq_ignore_ascii_case(EFI_SYSTEM)),
    }
}

/// What a mapping is, by the prefix of its id.
pub(super) fn mapping(uuid: &str) -> BlockKind {
    match uuid.split('-').next().unwrap_or_default() {
        "CRYPT" => BlockKind::Made(Layer::Encryption),
        "LVM" => BlockKind::Made(Layer::LogicalVolume),
        "mpath" => BlockKind::Made(Layer::Multipath),
        "DMRAID" => BlockKind::Made(Layer::Raid),
        // A partition of a mapping, as kpartx makes them.
        part if part.starts_with("part") => BlockKind::Partition,
        _ => BlockKind::Made(Layer::Mapping),
    }
}

/// What a device is by its name alone. None where it is in memory or a file, which is not looked at.
pub(crate) fn by_name(name: &str) -> Option<BlockKind> {
    const MEMORY: [&str; 5] = ["loop", "ram", "zram", "nbd", "fd"];
    let numbered = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    if MEMORY.into_iter().any(numbered) {
        return None;
    }
    Some(if numbered("sr") {
        BlockKind::Optical
    } else if numbered("md") || name.starts_with("md_") {
        BlockKind::Made(Layer::Raid)
    } else if numbered("bcache") {
        BlockKind::Made(Layer::Cache)
    } else {
        BlockKind::Disk
    })
}

/// The name of the USB device in a path of `/sys/devices`: the last one that names a port.
pub(crate) fn usb_device(path: &[u8]) -> Option<String> {
    path.rsplit(|byte| *byte == b'/')
        .filter_map(|name| str::from_utf8(name).ok())
        .find(|name| is_port(name))
        .map(str::to_owned)
}

/// Whether a name is that of a device at a port: bus, `-`, and ports with dots between (`1-2.3`).
pub(crate) fn is_port(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('-').is_some_and(|(bus, ports)| digits(bus) && ports.split('.').all(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_is_by_name_and_id() {
        assert_eq!(by_name("nvme0n1"), Some(BlockKind::Disk));
        assert_eq!(by_name("sr0"), Some(BlockKind::Optical));
        assert_eq!(by_name("md127"), Some(BlockKind::Made(Layer::Raid)));
        assert_eq!(by_name("bcache0"), Some(BlockKind::Made(Layer::Cache)));
        for name in ["loop7", "ram0", "zram0", "fd0", "nbd3"] {
            assert_eq!(by_name(name), None, "{name}");
        }
        assert_eq!(mapping("CRYPT-LUKS2-00ff-luks"), BlockKind::Made(Layer::Encryption));
        assert_eq!(mapping("LVM-abc"), BlockKind::Made(Layer::LogicalVolume));
        assert_eq!(mapping("part1-mpath-abc"), BlockKind::Partition);
        assert_eq!(mapping(""), BlockKind::Made(Layer::Mapping));
    }

    #[test]
    fn udev_tells_what_is_on_it() {
        let text = b"S:disk/by-uuid/x\nE:ID_FS_TYPE=vfat\nE:ID_PART_ENTRY_TYPE=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\nV:1\n";
        assert_eq!(parse_udev(text), Content { kind: "vfat".to_owned(), label: None, efi_system: true });
        assert_eq!(parse_udev(b"\xff\n"), Content::default());
        assert_eq!(parse_uevent(b"MAJOR=259\nMINOR=2\nDEVTYPE=partition\n").numbers, Some((259, 2)));
        assert_eq!(parse_uevent(b"MAJOR=x\n"), BlockEvent::default());
    }

    #[test]
    fn ports_have_a_bus_and_numbers() {
        let disk = b"../../devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1.4/2-1.4:1.0/host6/target6:0:0/6:0:0:0/block/sdb";
        assert_eq!(usb_device(disk).as_deref(), Some("2-1.4"));
        for name in ["usb1", "2-1.4:1.0", "1-", "-1", "1-a", "1-1..2", ""] {
            assert!(!is_port(name), "{name}");
        }
    }
}
