//! Reading the block devices, mounts and swap of a machine.
//!
//! Only reading, and putting together what the parsers beside this give. No file system is asked how full it is: a
//! server that does not answer would hold us up.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{self, BlockDevice, BlockKind};
use super::mounts::{parse_mounts, parse_swaps};
use super::{Layer, Mount, Storage};
use crate::host::attribute;
use crate::host::claim::{BLOCK, MOUNTS, NUMBERS, SWAPS};
use crate::reading::{Reading, Trouble};
use crate::source::{Folder, Source};

/// udev's database, one file a device: `b259:2`.
pub(crate) const UDEV: &str = "/run/udev/data";
/// The open Btrfs file systems, with links to their members. Source: kernel, `fs/btrfs/sysfs.c`.
pub(crate) const BTRFS: &str = "/sys/fs/btrfs";
const SECTOR: u64 = 512;

/// Reads the storage of a machine.
pub(crate) fn read(source: &Source, problems: &mut Vec<Trouble>) -> Storage {
    let mut table = |path: &str| {
        let before = problems.len();
        let text = super::super::text(source, path, problems);
        (text, problems.len() == before && source.exists(path))
    };
    let (mounts, mounts_known) = table(MOUNTS);
    let (swaps, swaps_known) = table(SWAPS);
    let (mounts, swaps) = (parse_mounts(&mounts), parse_swaps(&swaps));
    let mut found: Vec<(BlockDevice, Option<String>)> = Vec::new();
    if let Some((folder, names)) = super::super::listing(source, BLOCK, problems) {
        let udev = source.open(UDEV).ok();
        for name in &names {
            found.extend(device(&folder, name, udev.as_ref()));
        }
    }
    if found.iter().any(|(block, _)| block.numbers.is_none()) {
        told_by_place(source, &mut found);
    }
    let mut blocks: Vec<BlockDevice> = found.into_iter().map(|(block, _)| block).collect();
    blocks.sort_by(|a, b| a.name.cmp(&b.name));
    blocks.dedup_by(|a, b| a.name == b.name);
    let mounts = mounts.into_iter().filter(on_disks).collect();
    Storage { mounts, swaps, blocks, mounts_known, swaps_known, btrfs: btrfs(source) }
}

/// Whether a mount is of a device or a pool, and not of the kernel's own making or of a server.
pub(crate) fn on_disks(mount: &Mount) -> bool {
    (mount.numbers.0 != 0 && mount.numbers.0 != 7) || mount.source.starts_with("/dev/") || mount.kind == "zfs"
}

/// A block device, and the name that it is below in `/sys/devices`.
fn device(
    class: &Folder<'_>,
    name: &str,
    udev: Option<&Folder<'_>>,
) -> Option<(BlockDevice, Option<String>)> {
    let mut kind = block::by_name(name)?;
    let mut room = [0; 1024];
    let way = class.link_into(name, &mut room).unwrap_or_default().to_vec();
    let folder = class.open(name).ok()?;
    let mut room = [0; attribute::ROOM];
    let event = block::parse_uevent(folder.read_into("uevent", &mut room).unwrap_or_default());
    let made = memchr::memmem::find(&way, b"/virtual/").is_some();
    let mut below = Vec::new();
    let mut mapped = None;
    if event.partition {
        kind = BlockKind::Partition;
        below.extend(parent(&way));
    } else if made {
        below.extend(names(&folder, "slaves"));
        if name.starts_with("dm-") {
            mapped = attribute::read(&folder, "dm/name", attribute::text).known().cloned();
            let id = attribute::read(&folder, "dm/uuid", attribute::text);
            kind = id.known().map_or(BlockKind::Made(Layer::Mapping), |id| block::mapping(id));
        }
    }
    let mut controllers: BTreeSet<_> = attribute::last_function(&way).into_iter().collect();
    if memchr::memmem::find(&way, b"/nvme-subsys").is_some() && !event.partition {
        controllers.extend(ways(&folder));
    }
    let disk = matches!(kind, BlockKind::Disk | BlockKind::Optical);
    let block = BlockDevice {
        name: name.to_owned(),
        numbers: event.numbers,
        mapped,
        // What hangs on a function below a function, as a disk on a controller, hangs on the last one.
        usb: block::usb_device(&way),
        controllers,
        below,
        size: attribute::read(&folder, "size", attribute::number::<u64>)
            .map(|sectors| sectors.saturating_mul(SECTOR)),
        model: if disk { attribute::read(&folder, "device/model", label) } else { Reading::Absent },
        content: content(udev, event.numbers),
        kind,
    };
    Some((block, parent(&way)))
}

/// The names of block devices by their numbers, as links have them: older captured machines have no `uevent`.
fn numbers(source: &Source) -> BTreeMap<String, (u32, u32)> {
    let Ok(folder) = source.open(NUMBERS) else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for name in folder.list().unwrap_or_default() {
        let Some((major, minor)) = name.to_str().and_then(|name| name.split_once(':')) else { continue };
        let (Ok(major), Ok(minor)) = (major.parse(), minor.parse()) else { continue };
        let target = attribute::link(&folder, &name.to_string_lossy(), attribute::text);
        found.extend(target.known().map(|name| (name.clone(), (major, minor))));
    }
    found
}

/// What devices without a `uevent` are, by where they stand: each with the name that it is below.
fn told_by_place(source: &Source, found: &mut [(BlockDevice, Option<String>)]) {
    let numbers = numbers(source);
    let names: BTreeSet<String> = found.iter().map(|(block, _)| block.name.clone()).collect();
    for (block, above) in found.iter_mut().filter(|(block, _)| block.numbers.is_none()) {
        block.numbers = numbers.get(&block.name).copied();
        if let Some(disk) = above.take().filter(|disk| block.below.is_empty() && names.contains(disk)) {
            block.kind = BlockKind::Partition;
            block.below.push(disk);
        }
    }
}

/// The disk that a partition is below.
fn parent(way: &[u8]) -> Option<String> {
    let name = way.rsplit(|byte| *byte == b'/').nth(1)?;
    Some(str::from_utf8(name).ok()?.to_owned())
}

/// The controllers of a disk behind an NVMe subsystem, which has links to them.
fn ways(disk: &Folder<'_>) -> Vec<crate::pci::PciAddress> {
    let Ok(subsystem) = disk.open("..") else { return Vec::new() };
    let mut found = Vec::new();
    for name in names(&subsystem, ".") {
        let number =
            name.strip_prefix("nvme").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let mut room = [0; 1024];
        if number.is_some() {
            found.extend(subsystem.link_into(&name, &mut room).ok().and_then(attribute::last_function));
        }
    }
    found
}

fn names(folder: &Folder<'_>, below: &str) -> Vec<String> {
    let names = folder.open(below).and_then(|folder| folder.list()).unwrap_or_default();
    names.into_iter().filter_map(|name| name.into_string().ok()).collect()
}

fn content(udev: Option<&Folder<'_>>, numbers: Option<(u32, u32)>) -> Reading<block::Content> {
    let (Some(udev), Some((major, minor))) = (udev, numbers) else { return Reading::Absent };
    let read = attribute::read(udev, &format!("b{major}:{minor}"), |text| Some(block::parse_udev(text)));
    match read {
        Reading::Known(content) if content == block::Content::default() => Reading::Absent,
        other => other,
    }
}

/// A text with blanks at its ends, as disks pad their names.
fn label(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn btrfs(source: &Source) -> Vec<BTreeSet<String>> {
    let Ok(folder) = source.open(BTRFS) else { return Vec::new() };
    let ids = folder.list().unwrap_or_default();
    let members = ids
        .iter()
        .filter_map(|id| id.to_str())
        .map(|id| names(&folder, &format!("{id}/devices")).into_iter().collect::<BTreeSet<_>>());
    members.filter(|members| !members.is_empty()).collect()
}
