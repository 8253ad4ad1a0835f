//! What hangs on the PCI functions, as the devices' own list has it: disks, networks, sound, USB, programs.
//!
//! No attribute is read that would wake a sleeping device, as in reading itself.

use super::super::redact::{Redactor, Sort};
use super::{Capture, ENTRY_LIMIT, beside};
use crate::devices::acs::{CONFIG, config, trimmed};
use crate::devices::candidates;
use crate::devices::function::{NVME, UNIQUE_ID, resize_attribute};
use crate::devices::list::{
    BLOCK, CLASSES, INTERFACE, INTERFACE_SIGNS, Keep, TABLES, status_line, udev_line,
};
use crate::devices::module::{self, DRIVERS, MODULE};
use crate::devices::process::{NVIDIA, NVIDIA_MINOR, PROCESSES, node};
use crate::devices::sound::{self, PCM, status_path};
use crate::devices::storage::{BTRFS, UDEV, by_name};
use crate::devices::usb::connect_type;
use crate::host::{Host, attribute, claim, link};
use crate::pci::{DeviceKind, PciAddress, PciClass};
use crate::source::{Folder, SourceErrorKind};

impl Capture<'_> {
    /// Everything that the list of devices names.
    pub(super) fn hanging(&mut self) {
        for class in &CLASSES {
            for name in self.names_in(class.top).into_iter().filter(|name| (class.wanted)(name)) {
                let Some((place, folder)) = self.linked_folder(class.top, &name) else { continue };
                self.keep_all(&format!("{}/{name}", class.top), &place, class.files);
                for link in class.links {
                    self.link(&folder, &place, link);
                }
                self.ports(&name, &place);
            }
        }
        for (path, keep) in TABLES {
            self.keep(path, path, keep);
        }
        self.modules();
        self.sound_states();
        self.pools();
        self.programs();
    }

    /// Files of a device, read at one path and kept at another, which is the same without links.
    fn keep_all(&mut self, path: &str, place: &str, files: &[(&str, Keep)]) {
        for (file, keep) in files {
            self.keep(&format!("{path}/{file}"), &format!("{place}/{file}"), *keep);
        }
    }

    fn keep(&mut self, path: &str, place: &str, keep: Keep) {
        let Some(bytes) = self.bytes(path, place) else { return };
        let text = String::from_utf8_lossy(&bytes);
        let kept = match keep {
            Keep::All => bytes,
            Keep::Text => self.redactor.text(&text).into_bytes(),
            Keep::Serial => (self.redactor.serial(text.trim()) + "\n").into_bytes(),
            Keep::Lines(wanted) => {
                let lines: String =
                    text.split_inclusive('\n').filter(|line| wanted(line.trim_end())).collect();
                self.redactor.text(&lines).into_bytes()
            }
            Keep::Prefix => {
                // What is no mapping that we know may be any text.
                let known = ["CRYPT", "LVM", "mpath", "DMRAID"].into_iter();
                let prefix =
                    known.map(|kind| format!("{kind}-")).find(|prefix| text.starts_with(prefix.as_str()));
                prefix.unwrap_or_default().into_bytes()
            }
        };
        self.put(place, kept);
    }

    /// Keeps what is made of a text.
    fn keep_made(&mut self, path: &str, place: &str, make: impl FnOnce(&str) -> String) {
        if let Some(bytes) = self.bytes(path, place) {
            self.put(place, make(&String::from_utf8_lossy(&bytes)).into_bytes());
        }
    }

    /// The bytes of a file; that it cannot be read is kept in its place.
    fn bytes(&mut self, path: &str, place: &str) -> Option<Vec<u8>> {
        match self.source.read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                if !error.kind.is_absent() {
                    self.builder.unreadable(place, error.kind);
                }
                None
            }
        }
    }

    fn put(&mut self, place: &str, kept: Vec<u8>) {
        match kept.len() {
            0..=ENTRY_LIMIT => self.builder.file(place, kept),
            _ => self.builder.unreadable(place, SourceErrorKind::TooLarge),
        }
    }

    /// What the firmware says of the ports of a USB bus.
    fn ports(&mut self, name: &str, place: &str) {
        let Some(bus) = name.strip_prefix("usb").and_then(|number| number.parse().ok()) else { return };
        for port in 1..=u8::MAX {
            let path = format!("{place}/{}", connect_type(name, bus, port));
            if !self.source.exists(&path) {
                return;
            }
            self.keep(&path, &path, Keep::All);
        }
    }

    /// A block device: what it is, and what udev found on it.
    pub(super) fn block_more(&mut self, name: &str, place: &str) {
        if by_name(name).is_none() {
            return;
        }
        let path = format!("{}/{name}", claim::BLOCK);
        self.builder.folder(place);
        self.keep_all(&path, place, &BLOCK);
        let event = self.source.read_text(format!("{path}/uevent")).unwrap_or_default();
        let number = |key: &str| event.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        let entry = format!("{UDEV}/b{}:{}", number("MAJOR="), number("MINOR="));
        match self.source.read(&entry) {
            Ok(bytes) => {
                let kept = self.udev(&String::from_utf8_lossy(&bytes));
                self.builder.file(&entry, kept);
            }
            Err(error) if error.kind.is_absent() => {}
            Err(error) => self.builder.unreadable(&entry, error.kind),
        }
    }

    /// What is read of an entry of udev's database. Types of partitions are the same everywhere. The label of a member of
    /// ZFS is the name of its pool, which stands in the table of mounts, too.
    fn udev(&mut self, text: &str) -> String {
        let pool = text.lines().any(|line| line == ZFS_MEMBER);
        let mut kept = String::new();
        for line in text.lines().filter(|line| udev_line(line)) {
            match line.strip_prefix(LABEL) {
                Some(label) if pool => kept += &format!("{LABEL}{}\n", self.redactor.text(label)),
                Some(_) => {}
                None => kept += &format!("{line}\n"),
            }
        }
        kept
    }

    /// A network interface, kept at a place with its name replaced where that is personal.
    pub(super) fn interface_more(&mut self, path: &str, target: &str) {
        let place = beside(claim::NET, target);
        let place = self.last_name(&place);
        if self.source.open(path).is_err() {
            return;
        }
        self.builder.folder(&place);
        self.keep_all(path, &place, &INTERFACE);
        for sign in INTERFACE_SIGNS {
            if self.source.exists(format!("{path}/{sign}")) {
                self.builder.file(&format!("{place}/{sign}"), "");
            }
        }
        if let Ok(master) = self.source.read_link(format!("{path}/master")) {
            let shown = self.last_name(&master.to_string_lossy());
            self.builder.link(&format!("{place}/master"), shown.as_bytes());
        }
    }

    /// More about a PCI function.
    pub(super) fn function_more(&mut self, folder: &Folder<'_>, path: &str, place: &str) {
        let class = attribute::read(folder, "class", |text| attribute::hex_u32(text).and_then(PciClass::new));
        match class.known().map(|class| class.kind()) {
            Some(DeviceKind::PciBridge) => {
                let mut room = vec![0; 4097];
                // What an ordinary user sees of it, the first quarter at most, tells nothing.
                if let Some(Ok(bytes)) = config(folder, &mut room)
                    && bytes.len() > 256
                {
                    self.builder.file(&format!("{place}/{CONFIG}"), trimmed(bytes));
                }
            }
            Some(DeviceKind::Graphics) => {
                self.keep_all(path, place, &[(UNIQUE_ID, Keep::Serial)]);
                for index in (0..6).filter(|_| link::is_awake(folder)) {
                    self.keep_all(path, place, &[(&resize_attribute(index), Keep::All)]);
                }
            }
            Some(DeviceKind::Nvme) => {
                let names = self.source.list(format!("{path}/{NVME}")).unwrap_or_default();
                if let Some(name) = names.iter().find_map(|name| name.to_str()) {
                    self.keep_all(path, place, &[(&format!("{NVME}/{name}/serial"), Keep::Serial)]);
                }
            }
            _ => {}
        }
    }

    /// The module of each driver that has a function, and what modules say that they drive of the functions.
    fn modules(&mut self) {
        let host = Host::scan(self.source);
        if let Some(table) = candidates::path(self.source) {
            self.keep_made(&table, &table, |text| candidates::lines(text, &host));
        }
        for driver in module::drivers(&host) {
            let place = format!("{DRIVERS}/{}", driver.as_str());
            match self.source.open(&place) {
                Ok(folder) => self.link(&folder, &place, MODULE),
                Err(error) if error.kind.is_absent() => {}
                Err(error) => self.builder.unreadable(&place, error.kind),
            }
        }
    }

    fn sound_states(&mut self) {
        let table = self.source.read_text(PCM).unwrap_or_default();
        for (card, device, _, substreams) in sound::parse_outputs(&table) {
            for substream in 0..substreams.min(sound::SUBSTREAMS) {
                let path = status_path(card, device, substream);
                self.keep(&path, &path, Keep::Lines(status_line));
            }
        }
    }

    /// The open Btrfs file systems with their members.
    fn pools(&mut self) {
        for id in self.names_in(BTRFS) {
            for member in self.source.list(format!("{BTRFS}/{id}/devices")).unwrap_or_default() {
                let shown = self.redactor.text(&id);
                self.builder.folder(&format!("{BTRFS}/{shown}/devices/{}", member.to_string_lossy()));
            }
        }
    }

    /// Programs that have a device's node open, with nothing else of them; that others are hidden is kept once.
    fn programs(&mut self) {
        let mut hidden = false;
        let names = self.source.list(PROCESSES).unwrap_or_default();
        let processes = names.iter().filter_map(|name| name.to_str()?.parse::<u32>().ok());
        for path in processes.map(|process| format!("{PROCESSES}/{process}")) {
            match self.source.list(format!("{path}/fd")) {
                Ok(names) => {
                    let names = names.iter().filter_map(|name| name.to_str());
                    let nodes: Vec<&str> = names.filter(|name| self.open_node(&path, name)).collect();
                    if !nodes.is_empty() {
                        self.keep(&format!("{path}/comm"), &format!("{path}/comm"), Keep::Text);
                    }
                }
                Err(error) if error.kind == SourceErrorKind::NoPermission && !hidden => {
                    hidden = true;
                    self.builder.unreadable(&format!("{path}/fd"), error.kind);
                }
                Err(_) => {}
            }
        }
        for name in self.source.list(NVIDIA).unwrap_or_default() {
            let is_address = |name: &&str| PciAddress::parse(name.as_bytes()).is_some();
            let Some(name) = name.to_str().filter(is_address) else { continue };
            let path = format!("{NVIDIA}/{name}/information");
            self.keep(&path, &path, Keep::Lines(|line| line.starts_with(NVIDIA_MINOR)));
        }
    }

    /// Keeps an open file that is a device's node.
    fn open_node(&mut self, process: &str, name: &str) -> bool {
        let link = format!("{process}/fd/{name}");
        let Ok(target) = self.source.read_link(&link) else { return false };
        let target = target.to_string_lossy();
        let kept = node(&target).is_some();
        if kept {
            self.builder.link(&link, target.as_bytes());
        }
        kept
    }

    /// Names of pools are people's own, but for those that everybody has.
    pub(super) fn learn_pools(&mut self) {
        const COMMON: [&str; 8] = ["rpool", "bpool", "tank", "zroot", "zpool", "pool", "data", "storage"];
        for name in self.source.list(UDEV).unwrap_or_default() {
            let Some(name) = name.to_str().filter(|name| name.starts_with('b')) else { continue };
            let text = self.source.read_text(format!("{UDEV}/{name}")).unwrap_or_default();
            let label = text.lines().find_map(|line| line.strip_prefix(LABEL));
            if text.lines().any(|line| line == ZFS_MEMBER)
                && let Some(label) = label.filter(|label| !COMMON.contains(label))
            {
                self.redactor.learn(Sort::Volume, label);
            }
        }
    }
}

const ZFS_MEMBER: &str = "E:ID_FS_TYPE=zfs_member";
const LABEL: &str = "E:ID_FS_LABEL=";

impl Redactor {
    /// A serial number by itself.
    fn serial(&mut self, serial: &str) -> String {
        if serial.is_empty() { String::new() } else { format!("SERIAL{}", self.number(Sort::Serial, serial)) }
    }
}
