//! Capturing a machine: everything that a scan reads, and what says which machine it is, with personal data replaced.
//!
//! Files that nothing asks for are left out. No attribute is read that would wake a sleeping device.

mod hanging;
mod listed;
mod trial;

use std::path::Path;

use super::redact::{Redactor, Sort};
use super::{ENTRY_LIMIT, MachineBuilder, MachineFile};
use crate::host::claim::{BLOCK, MOUNTS, NET, NUMBERS, ROUTES, ROUTES_6, SWAPS};
use crate::host::group::GROUPS;
use crate::host::iommu::{HYPERVISOR, PROCESSORS, RELEASE, TABLE_NAMES, TABLES};
use crate::host::kernel::PATH as COMMAND_LINE;
use crate::host::link::{self, AWAKE_ONLY, BEST_SPEED, RUNTIME_STATUS};
use crate::source::{Folder, Source, SourceErrorKind};

/// The attributes of a function: kernel, `Documentation/ABI/testing/sysfs-bus-pci`.
const ATTRIBUTES: [&str; 18] = [
    "uevent",
    "revision",
    "driver_override",
    "boot_vga",
    "class",
    "vendor",
    "device",
    "subsystem_vendor",
    "subsystem_device",
    "modalias",
    "numa_node",
    "resource",
    "reset_method",
    "d3cold_allowed",
    "power_state",
    "sriov_numvfs",
    "sriov_totalvfs",
    "label",
];
/// What a machine is called, without its serials.
const IDENTITY: [&str; 5] = ["board_vendor", "board_name", "sys_vendor", "product_name", "chassis_type"];
const ROOM: usize = 4096;
/// The longest EDID there is: 256 blocks.
const EDID_ROOM: usize = 256 * 128 + 1;

/// Captures a machine.
pub(super) fn capture(source: &Source) -> MachineFile {
    let mut capture = Capture { source, builder: MachineBuilder::default(), redactor: Redactor::default() };
    capture.learn_names();
    capture.learn_pools();
    capture.devices();
    capture.groups();
    capture.screens();
    capture.kernel();
    capture.storage();
    capture.network();
    capture.identity();
    capture.hanging();
    capture.trial();
    capture.listed();
    capture.builder.build()
}

struct Capture<'a> {
    source: &'a Source,
    builder: MachineBuilder,
    redactor: Redactor,
}

impl<'a> Capture<'a> {
    /// Host and user names are replaced wherever they are met later.
    fn learn_names(&mut self) {
        for path in ["/proc/sys/kernel/hostname", "/etc/hostname"] {
            let name = self.source.read_text(path).unwrap_or_default();
            self.redactor.learn(Sort::Host, &name);
            self.redactor.learn(Sort::Host, name.split('.').next().unwrap_or_default());
        }
        let users = self.source.read_text("/etc/passwd").unwrap_or_default();
        for line in users.lines() {
            let mut fields = line.split(':');
            let (name, id) =
                (fields.next().unwrap_or_default(), fields.nth(1).and_then(|id| id.parse::<u32>().ok()));
            if id.is_some_and(|id| (1000..65_534).contains(&id)) {
                self.redactor.learn(Sort::User, name);
            }
        }
    }

    fn devices(&mut self) {
        let top = "/sys/bus/pci/devices";
        for name in self.names_in(top) {
            let Some((place, folder)) = self.linked_folder(top, &name) else { continue };
            for attribute in ATTRIBUTES {
                self.attribute(&folder, &place, attribute);
            }
            for attribute in [BEST_SPEED, RUNTIME_STATUS] {
                self.attribute(&folder, &place, attribute);
            }
            if link::is_awake(&folder) {
                for attribute in AWAKE_ONLY {
                    self.attribute(&folder, &place, attribute);
                }
            }
            for link in ["driver", "iommu_group", "physfn"] {
                self.link(&folder, &place, link);
            }
            self.function_more(&folder, &format!("{top}/{name}"), &place);
        }
    }

    fn groups(&mut self) {
        for name in self.names_in(GROUPS) {
            let place = format!("{GROUPS}/{name}");
            self.builder.folder(&place);
            if let Ok(folder) = self.source.open(&place) {
                self.attribute(&folder, &place, "type");
            }
        }
    }

    fn screens(&mut self) {
        let top = "/sys/class/drm";
        for name in self.names_in(top).into_iter().filter(|name| name.starts_with("card")) {
            let Some((place, folder)) = self.linked_folder(top, &name) else { continue };
            for attribute in ["status", "enabled", "boot_display"] {
                self.attribute(&folder, &place, attribute);
            }
            let mut room = vec![0; EDID_ROOM];
            if let Ok(edid) = folder.read_into("edid", &mut room) {
                let edid = self.redactor.edid(edid);
                self.builder.file(&format!("{place}/edid"), edid);
            }
        }
    }

    /// The command line, and what tells why an IOMMU is off; what else is read of the kernel is in the list.
    fn kernel(&mut self) {
        self.whole(COMMAND_LINE, Redactor::command_line);
        self.whole(RELEASE, |_, text| text.to_owned());
        self.whole(HYPERVISOR, |_, text| text.to_owned());
        // One processor tells enough of all.
        self.whole(PROCESSORS, |_, text| text.split_inclusive("\n\n").next().unwrap_or_default().to_owned());
        if self.source.exists(TABLES) {
            self.builder.folder(TABLES);
        }
        for table in TABLE_NAMES {
            let path = format!("{TABLES}/{table}");
            if self.source.exists(&path) {
                self.builder.unreadable(&path, SourceErrorKind::NoPermission);
            }
        }
    }

    /// Mounts and swap, and the block devices below them.
    fn storage(&mut self) {
        self.whole(MOUNTS, |redactor, text| {
            let on_a_disk = |line: &&str| {
                let numbers = line.split(' ').nth(2).unwrap_or("0:");
                !numbers.starts_with("0:")
                    || line
                        .split_once(" - ")
                        .is_some_and(|(_, back)| back.contains(" /dev/") || back.starts_with("zfs "))
            };
            let lines: String = text.split_inclusive('\n').filter(on_a_disk).collect();
            redactor.text(&lines)
        });
        self.whole(SWAPS, Redactor::text);
        let real = |name: &String| {
            !name.starts_with("loop") && !name.starts_with("ram") && !name.starts_with("zram")
        };
        for name in self.names_in(BLOCK).into_iter().filter(real) {
            self.block_device(&name);
        }
        for name in self
            .names_in(NUMBERS)
            .into_iter()
            .filter(|name| !name.starts_with("7:") && !name.starts_with("1:"))
        {
            self.plain_link(&format!("{NUMBERS}/{name}"));
        }
    }

    /// A block device: its link, and what a virtual one is made of.
    fn block_device(&mut self, name: &str) {
        let Some(place) = self.plain_link(&format!("{BLOCK}/{name}")) else { return };
        self.block_more(name, &place);
        if !place.contains("/virtual/") {
            return;
        }
        self.builder.folder(&place);
        for slave in self.names_in(&format!("{place}/slaves")) {
            self.plain_link(&format!("{place}/slaves/{slave}"));
        }
        self.whole(&format!("{place}/dm/name"), Redactor::text);
        if let Some((subsystem, _)) =
            place.rsplit_once('/').filter(|(above, _)| above.contains("/nvme-subsys"))
        {
            for name in self.names_in(subsystem).into_iter().filter(|name| name.starts_with("nvme")) {
                self.plain_link(&format!("{subsystem}/{name}"));
            }
        }
    }

    /// Default routes, and the interfaces below them.
    fn network(&mut self) {
        self.whole(ROUTES, |redactor, text| redactor.text(&routes(text)));
        self.whole(ROUTES_6, |redactor, text| redactor.text(&routes_6(text)));
        let names = self.names_in(NET);
        for name in names {
            let path = format!("{NET}/{name}");
            let Ok(target) = self.source.read_link(&path) else { continue };
            let target = target.to_string_lossy().into_owned();
            let (path, shown) = (self.last_name(&path), self.last_name(&target));
            self.builder.link(&path, shown.as_bytes());
            self.interface_more(&format!("{NET}/{name}"), &target);
            let place = beside(NET, &target);
            if place.contains("/virtual/") && self.source.open(&place).is_ok() {
                let shown = self.last_name(&place);
                self.builder.folder(&shown);
                for lower in self.names_in(&place).into_iter().filter(|name| name.starts_with("lower_")) {
                    let Ok(target) = self.source.read_link(format!("{place}/{lower}")) else { continue };
                    let lower = format!("lower_{}", self.redactor.text(lower.trim_start_matches("lower_")));
                    let target = self.last_name(&target.to_string_lossy());
                    self.builder.link(&format!("{shown}/{lower}"), target.as_bytes());
                }
            }
        }
    }

    /// A path with its last name replaced where that is personal. The others are the kernel's, and a computer may be
    /// called as one of them.
    fn last_name(&mut self, path: &str) -> String {
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        format!("{folder}/{}", self.redactor.text(name))
    }

    fn identity(&mut self) {
        let top = "/sys/class/dmi/id";
        let mut said = Vec::new();
        for name in IDENTITY {
            let path = format!("{top}/{name}");
            self.whole(&path, Redactor::text);
            if name.starts_with("board") {
                said.extend(self.source.read_text(&path).ok().map(|text| text.trim().to_owned()));
            }
        }
        let title = self.redactor.text(&said.join(" "));
        self.builder.title(&title);
    }

    /// The names in a folder; a folder that is there, but cannot be listed, is kept as that.
    fn names_in(&mut self, path: &str) -> Vec<String> {
        match self.source.list(path) {
            Ok(names) => {
                if names.is_empty() {
                    self.builder.folder(path);
                }
                names.into_iter().filter_map(|name| name.into_string().ok()).collect()
            }
            Err(error) => {
                if !error.kind.is_absent() {
                    self.builder.unreadable(path, error.kind);
                }
                Vec::new()
            }
        }
    }

    /// A folder that a class or bus links to: keeps the link, and gives the folder with its real place.
    fn linked_folder(&mut self, top: &str, name: &str) -> Option<(String, Folder<'a>)> {
        let path = format!("{top}/{name}");
        let folder = match self.source.open(&path) {
            Ok(folder) => folder,
            Err(error) => {
                self.builder.unreadable(&path, error.kind);
                return None;
            }
        };
        let place = match self.source.read_link(&path) {
            Ok(target) => {
                let target = target.to_string_lossy();
                self.builder.link(&path, target.as_bytes());
                beside(top, &target)
            }
            Err(_) => path,
        };
        self.builder.folder(&place);
        Some((place, folder))
    }

    fn attribute(&mut self, folder: &Folder<'_>, place: &str, name: &str) {
        let mut room = [0; ROOM];
        let path = format!("{place}/{name}");
        match folder.read_into(name, &mut room) {
            // What people wrote; all others are the kernel's words.
            Ok(bytes) if name == "label" => {
                let shown = self.redactor.text(&String::from_utf8_lossy(bytes));
                self.builder.file(&path, shown);
            }
            Ok(bytes) => self.builder.file(&path, bytes.to_vec()),
            Err(kind) if kind.is_absent() => {}
            Err(kind) => self.builder.unreadable(&path, kind),
        }
    }

    fn link(&mut self, folder: &Folder<'_>, place: &str, name: &str) {
        let mut room = [0; 1024];
        let path = format!("{place}/{name}");
        match folder.link_into(name, &mut room) {
            Ok(target) => self.builder.link(&path, target),
            Err(kind) if kind.is_absent() => {}
            Err(kind) => self.builder.unreadable(&path, kind),
        }
    }

    /// A link by its path; gives the place that it leads to.
    fn plain_link(&mut self, path: &str) -> Option<String> {
        let target = self.source.read_link(path).ok()?.to_string_lossy().into_owned();
        self.builder.link(path, target.as_bytes());
        Some(beside(path.rsplit_once('/')?.0, &target))
    }

    /// A text, changed on its way.
    fn whole(&mut self, path: &str, change: impl FnOnce(&mut Redactor, &str) -> String) {
        match self.source.read(path) {
            Ok(bytes) => {
                let changed = change(&mut self.redactor, &String::from_utf8_lossy(&bytes));
                match changed.len() {
                    0..=ENTRY_LIMIT => self.builder.file(path, changed.into_bytes()),
                    _ => self.builder.unreadable(path, SourceErrorKind::TooLarge),
                }
            }
            Err(error) if error.kind.is_absent() => {}
            Err(error) => self.builder.unreadable(path, error.kind),
        }
    }
}

/// Where a link in a folder leads, without asking the machine: names are put together, `..` taken back.
fn beside(folder: &str, target: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let start = if Path::new(target).has_root() { "" } else { folder };
    for name in start.split('/').chain(target.split('/')) {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

/// The default routes of `/proc/net/route`, without the gateway's address.
fn routes(text: &str) -> String {
    let default = |(number, line): &(usize, &str)| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        *number == 0 || fields.get(1) == Some(&"00000000") && fields.get(7) == Some(&"00000000")
    };
    text.lines().enumerate().filter(default).map(|(_, line)| without(line, 2)).collect()
}

/// The default routes of `/proc/net/ipv6_route`, without the gateway's address.
fn routes_6(text: &str) -> String {
    let default = |line: &&str| line.starts_with("00000000000000000000000000000000 00 ");
    text.lines().filter(default).map(|line| without(line, 4)).collect()
}

/// A line of fields with the digits of one of them set to zero.
fn without(line: &str, index: usize) -> String {
    let zero = |(number, field): (usize, &str)| {
        if number == index && field.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            "0".repeat(field.len())
        } else {
            field.to_owned()
        }
    };
    line.split_whitespace().enumerate().map(zero).collect::<Vec<_>>().join(" ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_by_their_names() {
        assert_eq!(
            beside("/sys/bus/pci/devices", "../../../devices/pci0000:00/0000:00:00.0"),
            "/sys/devices/pci0000:00/0000:00:00.0"
        );
        assert_eq!(beside("/a", "/b/./c"), "/b/c");
        assert_eq!(beside("/a", "../../../b"), "/b");
    }

    #[test]
    fn a_route_keeps_its_interface_alone() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n\
                    enp5s0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\nenp5s0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\n";
        assert_eq!(
            routes(text),
            "Iface Destination Gateway Flags RefCnt Use Metric Mask\nenp5s0 00000000 00000000 0003 0 0 100 00000000\n"
        );
    }
}
