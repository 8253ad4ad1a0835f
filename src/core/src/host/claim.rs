//! Claims: what the host itself does with a device now, so that taking it away would hurt.
//!
//! Mounted file systems and swap are followed down to their storage controllers, through device-mapper and RAID;
//! the default route to its network controller. A Btrfs file system or ZFS pool is on all of its members. Source: kernel, `Documentation/filesystems/proc.rst` (mountinfo,
//! swaps, net/route) and `Documentation/ABI/stable/sysfs-block`.

use std::collections::{BTreeMap, BTreeSet};

use super::attribute::last_function;
use super::function::Function;
use crate::devices::network::routes::{parse_routes, parse_routes_6};
use crate::devices::storage::mounts::{Mount, parse_mounts, parse_swaps};
use crate::devices::storage::{BTRFS, UDEV, nearest, parse_udev};
use crate::pci::PciAddress;
use crate::reading::Trouble;
use crate::source::{Source, SourceErrorKind};

pub(crate) const MOUNTS: &str = "/proc/self/mountinfo";
pub(crate) const SWAPS: &str = "/proc/swaps";
pub(crate) const ROUTES: &str = "/proc/net/route";
pub(crate) const ROUTES_6: &str = "/proc/net/ipv6_route";
pub(crate) const BLOCK: &str = "/sys/class/block";
pub(crate) const NUMBERS: &str = "/sys/dev/block";
pub(crate) const NET: &str = "/sys/class/net";
/// How many layers are followed from a file system to its disks, or from a bridge to its port.
const LAYERS: usize = 8;

/// A use that the host makes of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The function: a storage or network controller.
    pub address: PciAddress,
    /// The use.
    pub kind: ClaimKind,
}

/// What a function is used for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimKind {
    /// It holds a mounted file system.
    Mounted {
        /// Where that is mounted.
        path: String,
    },
    /// It holds swap space in use.
    Swap,
    /// The default route goes through it.
    DefaultRoute {
        /// The network interface.
        interface: String,
    },
}

/// Finds the claims on these functions.
pub(super) fn scan(source: &Source, functions: &[Function], problems: &mut Vec<Trouble>) -> Vec<Claim> {
    if functions.is_empty() {
        return Vec::new();
    }
    let mut search = Search { source, known: BTreeMap::new() };
    let mounts = parse_mounts(&text(source, MOUNTS, problems));
    let swaps = parse_swaps(&text(source, SWAPS, problems));
    let mut routes = parse_routes(&text(source, ROUTES, problems));
    routes.extend(parse_routes_6(&text(source, ROUTES_6, problems)));
    let routes: BTreeSet<String> = routes.into_iter().map(|route| route.interface).collect();
    let mut claims = BTreeSet::new();
    for mount in &mounts {
        for address in search.controllers_of_mount(mount) {
            claims.insert(Claim { address, kind: ClaimKind::Mounted { path: mount.path.clone() } });
        }
    }
    for swap in &swaps {
        let addresses = match block_name(&swap.path) {
            Some(name) => search.controllers_of_block(name),
            // A swap file is on the file system that is mounted nearest above it.
            None => {
                let mount = nearest(&mounts, &swap.path);
                mount.map(|mount| search.controllers_of_mount(mount)).unwrap_or_default()
            }
        };
        claims.extend(addresses.into_iter().map(|address| Claim { address, kind: ClaimKind::Swap }));
    }
    for interface in routes {
        for address in search.network_controllers(&interface) {
            claims.insert(Claim { address, kind: ClaimKind::DefaultRoute { interface: interface.clone() } });
        }
    }
    let known =
        |address: PciAddress| functions.binary_search_by_key(&address, |function| function.address).is_ok();
    claims.into_iter().filter(|claim| known(claim.address)).collect()
}

fn text(source: &Source, path: &str, problems: &mut Vec<Trouble>) -> String {
    match source.read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            if error.kind != SourceErrorKind::Absent {
                problems.push(error.into());
            }
            String::new()
        }
    }
}

/// The name of a block device below `/dev`.
fn block_name(path: &str) -> Option<&str> {
    path.strip_prefix("/dev/").filter(|name| !name.is_empty())
}

/// Whether this is the name of a controller, `nvme0`, and not of a disk behind it, `nvme0n1`.
fn is_nvme_controller(name: &str) -> bool {
    name.strip_prefix("nvme").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Follows block devices and network interfaces down to functions.
struct Search<'a> {
    source: &'a Source,
    known: BTreeMap<String, BTreeSet<PciAddress>>,
}

impl Search<'_> {
    fn controllers_of_mount(&mut self, mount: &Mount) -> BTreeSet<PciAddress> {
        let (major, minor) = mount.numbers;
        if major != 0 {
            return self.once(format!("{NUMBERS}/{major}:{minor}"));
        }
        let members = match mount.kind.as_str() {
            "zfs" => self.pool(mount.source.split('/').next().unwrap_or_default()),
            "btrfs" => self.members(&mount.source),
            _ => BTreeSet::new(),
        };
        let named = block_name(&mount.source).map(|name| self.controllers_of_block(name));
        members.into_iter().flat_map(|path| self.once(path)).chain(named.into_iter().flatten()).collect()
    }

    /// The members of a ZFS pool, which udev has under the pool's name as their label.
    fn pool(&self, pool: &str) -> BTreeSet<String> {
        let numbers = self.source.list(NUMBERS).unwrap_or_default();
        let is_member = |numbers: &&str| {
            let found = self.source.read(format!("{UDEV}/b{numbers}")).map(|text| parse_udev(&text));
            found.is_ok_and(|content| content.kind == "zfs_member" && content.label.as_deref() == Some(pool))
        };
        let members = numbers.iter().filter_map(|numbers| numbers.to_str()).filter(is_member);
        members.map(|numbers| format!("{NUMBERS}/{numbers}")).collect()
    }

    /// The members of a Btrfs file system, of which the table of mounts names one.
    fn members(&self, named: &str) -> BTreeSet<String> {
        let name = match named.strip_prefix("/dev/mapper/") {
            Some(mapped) => self.mapped(mapped).and_then(|path| Some(path.rsplit('/').next()?.to_owned())),
            None => block_name(named).map(str::to_owned),
        };
        let ids = self.source.list(BTRFS).unwrap_or_default();
        let all = ids.iter().filter_map(|id| id.to_str()).map(|id| {
            let members = self.source.list(format!("{BTRFS}/{id}/devices")).unwrap_or_default();
            members.into_iter().filter_map(|member| member.into_string().ok()).collect::<Vec<_>>()
        });
        let mut own = all.filter(|members| members.iter().any(|member| Some(member) == name.as_ref()));
        own.next().into_iter().flatten().map(|member| format!("{BLOCK}/{member}")).collect()
    }

    fn controllers_of_block(&mut self, name: &str) -> BTreeSet<PciAddress> {
        match name.strip_prefix("mapper/") {
            Some(mapped) => self.mapped(mapped).map(|path| self.once(path)).unwrap_or_default(),
            None => self.once(format!("{BLOCK}/{}", name.replace('/', "!"))),
        }
    }

    /// The path of a device-mapper device by its name.
    fn mapped(&self, name: &str) -> Option<String> {
        let names = self.source.list(BLOCK).ok()?;
        let paths = names.iter().filter_map(|name| name.to_str()).filter(|name| name.starts_with("dm-"));
        paths.map(|device| format!("{BLOCK}/{device}")).find(|path| {
            self.source.read_text(format!("{path}/dm/name")).is_ok_and(|text| text.trim_end() == name)
        })
    }

    fn once(&mut self, path: String) -> BTreeSet<PciAddress> {
        if let Some(known) = self.known.get(&path) {
            return known.clone();
        }
        let mut found = BTreeSet::new();
        self.below(&path, LAYERS, &mut found);
        self.known.insert(path, found.clone());
        found
    }

    /// Adds the functions below a link of a device's class.
    fn below(&self, path: &str, layers: usize, found: &mut BTreeSet<PciAddress>) {
        let Ok(target) = self.source.read_link(path) else { return };
        let target = target.as_os_str().as_encoded_bytes();
        if let Some(address) = last_function(target) {
            found.insert(address);
            return;
        }
        if layers == 0 {
            return;
        }
        self.each_below(&format!("{path}/slaves"), |_| true, layers, found);
        // A disk behind several NVMe controllers hangs on a subsystem, which names them.
        if memchr::memmem::find(target, b"/nvme-subsys").is_some() {
            self.each_below(&format!("{path}/.."), is_nvme_controller, layers, found);
        }
    }

    /// Adds the functions below those links in a folder that fit.
    fn each_below(
        &self,
        folder: &str,
        fits: fn(&str) -> bool,
        layers: usize,
        found: &mut BTreeSet<PciAddress>,
    ) {
        let names = self.source.list(folder).unwrap_or_default();
        for name in names.iter().filter_map(|name| name.to_str()).filter(|name| fits(name)) {
            self.below(&format!("{folder}/{name}"), layers - 1, found);
        }
    }

    /// The controllers of an interface, or of what a bridge, bond or VLAN is made of.
    fn network_controllers(&self, interface: &str) -> BTreeSet<PciAddress> {
        let mut found = BTreeSet::new();
        self.ports(interface, LAYERS, &mut found);
        found
    }

    fn ports(&self, interface: &str, layers: usize, found: &mut BTreeSet<PciAddress>) {
        let path = format!("{NET}/{interface}");
        let Ok(target) = self.source.read_link(&path) else { return };
        if let Some(address) = last_function(target.as_os_str().as_encoded_bytes()) {
            found.insert(address);
        } else if layers > 0 {
            let names = self.source.list(&path).unwrap_or_default();
            for lower in names.iter().filter_map(|name| name.to_str()?.strip_prefix("lower_")) {
                self.ports(lower, layers - 1, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineFile;

    const MACHINE: &str = "gangway-host 1\n\
        /proc/net/route file\n\tIface Destination Gateway Flags RefCnt Use Metric Mask MTU\n\
        \tbr0 00000000 0102A8C0 0003 0 0 100 00000000 0 0 0\n\tbr0 0002A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n\
        /proc/self/mountinfo file\n\
        \t22 1 0:21 /@ / rw - btrfs /dev/mapper/system rw\n\
        \t23 22 259:1 / /boot/my\\\\040efi rw shared:1 - vfat /dev/nvme0n1p1 rw\n\
        \t24 22 0:5 / /proc rw - proc proc rw\n\
        /proc/swaps file\n\tFilename Type Size Used Priority\n\t/swap/file file 100 0 -2\n\t/dev/sda2 partition 100 0 -3\n\
        /sys/bus/pci/devices/0000:01:00.0 folder\n\
        /sys/bus/pci/devices/0000:02:00.0 folder\n\
        /sys/bus/pci/devices/0000:03:00.0 folder\n\
        /sys/class/block/dm-0 link ../../devices/virtual/block/dm-0\n\
        /sys/class/block/sda2 link ../../devices/pci0000:00/0000:02:00.0/ata1/host0/block/sda/sda2\n\
        /sys/class/net/br0 link ../../devices/virtual/net/br0\n\
        /sys/class/net/lan link ../../devices/pci0000:00/0000:03:00.0/net/lan\n\
        /sys/dev/block/259:1 link ../../devices/pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1/nvme0n1p1\n\
        /sys/devices/virtual/block/dm-0/dm/name file\n\tsystem\n\
        /sys/devices/virtual/block/dm-0/slaves/nvme0n1p2 link ../../../../pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1/nvme0n1p2\n\
        /sys/devices/virtual/net/br0/lower_lan link ../../../pci0000:00/0000:03:00.0/net/lan\n\
        end 14\n";

    #[test]
    fn uses_are_followed_down_to_their_controllers() {
        let source = Source::machine(&MachineFile::parse(MACHINE.as_bytes()).unwrap());
        let host = crate::host::Host::scan(&source);
        let told: Vec<String> =
            host.claims.iter().map(|claim| format!("{} {:?}", claim.address, claim.kind)).collect();
        assert_eq!(
            told,
            [
                "0000:01:00.0 Mounted { path: \"/\" }",
                "0000:01:00.0 Mounted { path: \"/boot/my efi\" }",
                "0000:01:00.0 Swap",
                "0000:02:00.0 Swap",
                "0000:03:00.0 DefaultRoute { interface: \"br0\" }",
            ]
        );
    }

    #[test]
    fn a_pool_and_a_file_system_of_several_disks_are_on_all_of_them() {
        let text = "gangway-host 1\n/proc/self/mountinfo file\n\t1 0 0:27 / / rw - zfs rpool/ROOT/system rw\n\
                    \t2 1 0:33 /@ /home rw - btrfs /dev/sdc rw\n\
                    /run/udev/data/b8:0 file\n\tE:ID_FS_TYPE=zfs_member\n\tE:ID_FS_LABEL=rpool\n\
                    /run/udev/data/b8:16 file\n\tE:ID_FS_TYPE=zfs_member\n\tE:ID_FS_LABEL=other\n\
                    /sys/bus/pci/devices/0000:01:00.0 folder\n/sys/bus/pci/devices/0000:02:00.0 folder\n\
                    /sys/bus/pci/devices/0000:03:00.0 folder\n\
                    /sys/class/block/sdc link ../../devices/pci0000:00/0000:02:00.0/block/sdc\n\
                    /sys/class/block/sdd link ../../devices/pci0000:00/0000:03:00.0/block/sdd\n\
                    /sys/dev/block/8:0 link ../../devices/pci0000:00/0000:01:00.0/block/sda\n\
                    /sys/dev/block/8:16 link ../../devices/pci0000:00/0000:03:00.0/block/sdb\n\
                    /sys/fs/btrfs/x/devices/sdc folder\n/sys/fs/btrfs/x/devices/sdd folder\nend 12\n";
        let host = crate::host::Host::scan(&Source::machine(&MachineFile::parse(text.as_bytes()).unwrap()));
        let on: Vec<String> =
            host.claims.iter().map(|claim| format!("{} {:?}", claim.address, claim.kind)).collect();
        assert_eq!(
            on,
            [
                "0000:01:00.0 Mounted { path: \"/\" }",
                "0000:02:00.0 Mounted { path: \"/home\" }",
                "0000:03:00.0 Mounted { path: \"/home\" }",
            ]
        );
    }

    #[test]
    fn a_disk_behind_an_nvme_subsystem_has_its_controllers() {
        let text = "gangway-host 1\n/proc/self/mountinfo file\n\t1 0 259:0 / / rw - ext4 /dev/nvme0n1 rw\n\
                    /sys/bus/pci/devices/0000:01:00.0 folder\n\
                    /sys/dev/block/259:0 link ../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1\n\
                    /sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 link ../../../pci0000:00/0000:01:00.0/nvme/nvme0\n\
                    /sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1 folder\nend 5\n";
        let host = crate::host::Host::scan(&Source::machine(&MachineFile::parse(text.as_bytes()).unwrap()));
        assert_eq!(host.claims.len(), 1, "{host:?}");
        assert_eq!(host.claims[0].kind, ClaimKind::Mounted { path: "/".to_owned() });
    }
}
