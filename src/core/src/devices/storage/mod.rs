//! Storage: block devices from their controllers up to what is mounted on them or swapped to.
//!
//! The types, and the questions that follow the layers (partition, encryption, logical volume, RAID, Btrfs, ZFS) in
//! either direction. A tree that contradicts itself, such as a device that is made of itself, is followed once.

pub(crate) mod block;
pub mod mounts;
mod read;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::pci::PciAddress;
pub use block::{BlockDevice, BlockKind, Content};
pub(crate) use block::{by_name, is_port, parse_udev, usb_device};
pub use mounts::{Mount, Swap};
pub(crate) use read::{BTRFS, UDEV, read};

/// The block devices of a computer and what they are used for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Storage {
    /// Disks, partitions and what is made of them, in order of their names; memory disks and loops are left out.
    pub blocks: Vec<BlockDevice>,
    /// What is mounted from a disk or a pool, in the kernel's order.
    pub mounts: Vec<Mount>,
    /// Swap space in use on disks.
    pub swaps: Vec<Swap>,
    /// Whether the table of mounts could be read.
    pub mounts_known: bool,
    /// Whether the table of swap could be read.
    pub swaps_known: bool,
    /// The members of each Btrfs file system that the kernel has open.
    pub btrfs: Vec<BTreeSet<String>>,
}

/// A layer between a file system and a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// LUKS or plain dm-crypt.
    Encryption,
    /// A logical volume of LVM.
    LogicalVolume,
    /// RAID of the kernel.
    Raid,
    /// Several ways to one disk.
    Multipath,
    /// Another mapping of device-mapper.
    Mapping,
    /// A cache in front of a disk.
    Cache,
    /// A Btrfs file system of several devices.
    Btrfs,
    /// A pool of ZFS.
    Zfs,
}

/// Where something on disks ends up: what it passes, and what it hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ground {
    /// The PCI functions of the controllers.
    pub controllers: BTreeSet<PciAddress>,
    /// The USB devices, by the names of their ports, such as `1-2`.
    pub usb: BTreeSet<String>,
    /// The disks.
    pub disks: BTreeSet<String>,
    /// The layers in between.
    pub layers: BTreeSet<Layer>,
}

/// What a mounted file system is to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The host stops without it.
    System,
    /// The host does not start without it: kernels, boot loader, EFI system partition.
    Boot,
    /// Users' files.
    Home,
    /// Anything else.
    Data,
}

impl Role {
    /// What is mounted at a path is to the host (Filesystem Hierarchy Standard 3.0; systemd's `bootctl` for `/efi`;
    /// ostree's `/sysroot`, below which the system lies that `/` is put together of).
    pub fn of(path: &str) -> Self {
        match path {
            "/" | "/usr" | "/var" | "/etc" | "/nix" | "/nix/store" | "/gnu/store" | "/sysroot" => {
                Self::System
            }
            "/boot" | "/boot/efi" | "/efi" | "/boot/firmware" | "/esp" => Self::Boot,
            "/home" | "/var/home" => Self::Home,
            path if path.starts_with("/home/") => Self::Home,
            _ => Self::Data,
        }
    }

    /// Whether the host stops without it, or does not start again.
    pub const fn is_needed(self) -> bool {
        matches!(self, Self::System | Self::Boot)
    }
}

impl Mount {
    /// What it is to the host, by its place.
    pub fn role(&self) -> Role {
        Role::of(&self.path)
    }
}

impl Storage {
    /// A block device by its name.
    pub fn block(&self, name: &str) -> Option<&BlockDevice> {
        let index = self.blocks.binary_search_by(|block| block.name.as_str().cmp(name)).ok()?;
        self.blocks.get(index)
    }

    /// Where a mounted file system ends up.
    pub fn ground_of_mount(&self, mount: &Mount) -> Ground {
        let mut ground = Ground::default();
        if mount.kind == "zfs" {
            ground.layers.insert(Layer::Zfs);
        }
        let names = self.held_by(mount, &mut ground);
        self.down(names, &mut ground);
        ground
    }

    /// The block devices that a file system is on at the first.
    pub fn passed(&self, mount: &Mount) -> BTreeSet<String> {
        self.held_by(mount, &mut Ground::default()).into_iter().map(str::to_owned).collect()
    }

    fn held_by(&self, mount: &Mount, ground: &mut Ground) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        if mount.numbers.0 != 0 {
            names.extend(self.by_numbers(mount.numbers).map(|block| block.name.as_str()));
        } else if mount.kind == "zfs" {
            names.extend(self.pool(mount.source.split('/').next().unwrap_or_default()));
        } else {
            // Bcachefs names all its members in one text.
            let members = mount.source.split(':').filter_map(|path| self.by_path(path));
            names.extend(members.map(|block| block.name.as_str()));
        }
        self.with_btrfs(&mut names, ground);
        names
    }

    /// Where swap space ends up; a file is on the file system that is mounted nearest above it.
    pub fn ground_of_swap(&self, swap: &Swap) -> Ground {
        if swap.file {
            return self.mount_of(&swap.path).map(|mount| self.ground_of_mount(mount)).unwrap_or_default();
        }
        self.by_path(&swap.path).map(|block| self.ground(&block.name)).unwrap_or_default()
    }

    /// Where a block device ends up.
    pub fn ground(&self, name: &str) -> Ground {
        let mut ground = Ground::default();
        self.down([name].into(), &mut ground);
        ground
    }

    /// The block devices with nothing mounted, swapped to or made of them: what stands at the top.
    pub fn tops(&self) -> impl Iterator<Item = &BlockDevice> {
        let below: BTreeSet<&str> =
            self.blocks.iter().flat_map(|block| block.below.iter().map(String::as_str)).collect();
        self.blocks.iter().filter(move |block| !below.contains(block.name.as_str()))
    }

    /// The mount that a path is in.
    pub fn mount_of(&self, path: &str) -> Option<&Mount> {
        nearest(&self.mounts, path)
    }

    /// The members of a ZFS pool: udev names the pool as their label.
    fn pool<'a>(&'a self, pool: &str) -> impl Iterator<Item = &'a str> {
        let member =
            move |content: &Content| content.kind == "zfs_member" && content.label.as_deref() == Some(pool);
        self.blocks
            .iter()
            .filter(move |block| block.content.known().is_some_and(&member))
            .map(|block| block.name.as_str())
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn by_numbers(&self, numbers: (u32, u32)) -> Option<&BlockDevice> {
        self.blocks.iter().find(|block| block.numbers == Some(numbers))
    }

    /// The block device of a path below `/dev`.
    fn by_path(&self, path: &str) -> Option<&BlockDevice> {
        let name = path.strip_prefix("/dev/").filter(|name| !name.is_empty())?;
        match name.strip_prefix("mapper/") {
            Some(mapped) => self.blocks.iter().find(|block| block.mapped.as_deref() == Some(mapped)),
            None => self.block(&name.replace('/', "!")),
        }
    }

    /// All the members of a Btrfs file system of which one is there.
    fn with_btrfs<'a>(&'a self, names: &mut BTreeSet<&'a str>, ground: &mut Ground) {
        for members in &self.btrfs {
            if members.len() > 1 && members.iter().any(|member| names.contains(member.as_str())) {
                names.extend(members.iter().map(String::as_str));
                ground.layers.insert(Layer::Btrfs);
            }
        }
    }

    fn down<'a>(&'a self, names: BTreeSet<&'a str>, ground: &mut Ground) {
        let mut seen = BTreeSet::new();
        let mut ahead: Vec<&str> = names.into_iter().collect();
        while let Some(name) = ahead.pop() {
            let Some(block) = self.block(name).filter(|_| seen.insert(name)) else { continue };
            ground.layers.extend(block.kind.layer());
            ground.controllers.extend(&block.controllers);
            ground.usb.extend(block.usb.clone());
            if block.kind == BlockKind::Disk {
                ground.disks.insert(block.name.clone());
            }
            ahead.extend(block.below.iter().map(String::as_str));
        }
    }
}

/// The mount that a path is in: the one with the longest way, and of those the last, which covers the others.
pub(crate) fn nearest<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    let above = |mount: &&Mount| {
        mount.path == "/"
            || mount.path == path
            || path.strip_prefix(&mount.path).is_some_and(|rest| rest.starts_with('/'))
    };
    mounts.iter().filter(above).max_by_key(|mount| mount.path.len())
}

#[cfg(test)]
pub(super) mod tests;
