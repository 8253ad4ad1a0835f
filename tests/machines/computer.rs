//! A computer in the making: functions in their tree, and what hangs on them, put where the kernel puts them.

use std::collections::BTreeMap;

use gangway_core::machine_file::{MachineBuilder, MachineFile};
use gangway_core::source::SourceErrorKind;

/// A computer that is being described.
pub(super) struct Computer {
    builder: MachineBuilder,
    /// Where each function is in `/sys/devices`.
    places: BTreeMap<String, String>,
    /// The same of each block device.
    pub(super) blocks: BTreeMap<String, String>,
    /// The vendor of the mainboard, which stands on everything that is soldered to it.
    board: &'static str,
    /// Where the next memory region goes.
    free: u64,
    mounts: String,
    /// The tables of inputs, sound cards and their outputs.
    pub(super) inputs: String,
    pub(super) sounds: String,
    pub(super) outputs: String,
    /// The kernel's table of memory.
    memory: String,
    asleep: Vec<&'static str>,
    /// Whether nothing is put into a group, as where the IOMMU is off.
    ungrouped: bool,
}

/// One function: its address, the bridge above it, class, ids with revision, board, driver and group.
struct Function<'a> {
    at: &'a str,
    above: &'a str,
    class: &'a str,
    id: &'a str,
    revision: u8,
    driver: &'a str,
    group: Option<u32>,
}

/// An address with its domain, which is 0000 where none is given.
fn full(at: &str) -> String {
    if at.matches(':').count() > 1 { at.to_owned() } else { format!("0000:{at}") }
}

impl Computer {
    /// A computer of this title and mainboard vendor (a PCI vendor id).
    pub(super) fn new(title: &str, board: &'static str) -> Self {
        let mut builder = MachineBuilder::default();
        builder.title(title);
        Self {
            builder,
            places: BTreeMap::new(),
            blocks: BTreeMap::new(),
            board,
            free: 0xd000_0000,
            mounts: String::new(),
            inputs: String::new(),
            sounds: String::new(),
            outputs: String::new(),
            memory: String::new(),
            asleep: Vec::new(),
            ungrouped: false,
        }
    }

    /// Puts none of the functions that are still to be added into a group, whatever their lines say.
    pub(super) const fn without_groups(&mut self) {
        self.ungrouped = true;
    }

    /// Adds functions of the mainboard, written one a line: address, bridge above or `-`, class, ids, revision, group
    /// or `-`, the driver where there is one, and the ids of the board that it is on. A bridge with a bus behind it that
    /// is the first of a domain, as Intel's VMD, is written with that bus: `00:0e.0/10000:e0`.
    pub(super) fn functions(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let word = |index: usize| words.get(index).copied().unwrap_or("-");
            let bare = |index: usize| if word(index) == "-" { "" } else { word(index) };
            self.function(
                &Function {
                    at: word(0),
                    above: bare(1),
                    class: word(2),
                    id: word(3),
                    revision: u8::from_str_radix(word(4), 16).unwrap_or(0),
                    group: word(5).parse().ok().filter(|_| !self.ungrouped),
                    driver: bare(6),
                },
                bare(7),
            );
        }
    }

    /// Adds a function; an empty `board` is the mainboard.
    fn function(&mut self, function: &Function<'_>, board: &str) {
        let Function { at, above, class, id, revision, driver, group } = function;
        let address = full(at);
        let parent = match above.split_once('/') {
            Some((bridge, bus)) => format!("{}/pci{bus}", self.place(bridge)),
            None if above.is_empty() => format!("/sys/devices/pci{}", &address[..address.len() - 5]),
            None => self.place(above),
        };
        let place = format!("{parent}/{address}");
        self.places.insert((*at).to_owned(), place.clone());
        let bridge = class.starts_with("0604");
        let board = match (board, bridge) {
            ("", true) => "0000:0000".to_owned(),
            ("", false) => format!("{}:8747", self.board),
            (board, _) => board.to_owned(),
        };
        let (vendor, device) = id.split_once(':').unwrap_or((id, "0000"));
        let (board_vendor, board_device) = board.split_once(':').unwrap_or(("0000", "0000"));
        let modalias = format!(
            "pci:v0000{}d0000{}sv0000{}sd0000{}bc{}sc{}i{}",
            vendor.to_uppercase(),
            device.to_uppercase(),
            board_vendor.to_uppercase(),
            board_device.to_uppercase(),
            &class[..2],
            &class[2..4],
            &class[4..]
        );
        let mut uevent = if driver.is_empty() { String::new() } else { format!("DRIVER={driver}\n") };
        uevent += &format!(
            "PCI_CLASS={}\nPCI_ID={}\nPCI_SUBSYS_ID={}\nPCI_SLOT_NAME={address}\nMODALIAS={modalias}\n",
            class.trim_start_matches('0').to_uppercase(),
            id.to_uppercase(),
            board.to_uppercase()
        );
        let up = "../".repeat(place.matches('/').count() - 2);
        let mut file = |name: &str, text: String| self.builder.file(&format!("{place}/{name}"), text);
        file("uevent", uevent);
        file("class", format!("0x{class}\n"));
        file("vendor", format!("0x{vendor}\n"));
        file("device", format!("0x{device}\n"));
        file("subsystem_vendor", format!("0x{board_vendor}\n"));
        file("subsystem_device", format!("0x{board_device}\n"));
        file("revision", format!("0x{revision:02x}\n"));
        file("modalias", format!("{modalias}\n"));
        file("driver_override", "(null)\n".to_owned());
        file("numa_node", "-1\n".to_owned());
        file(
            "power_state",
            if self.asleep.iter().any(|asleep| asleep == at) { "D3cold\n" } else { "D0\n" }.to_owned(),
        );
        file("d3cold_allowed", "1\n".to_owned());
        self.memory += &format!("00000000-00000000 : {address}\n");
        let resource = self.regions(class);
        self.builder.file(&format!("{place}/resource"), resource);
        if !driver.is_empty() {
            self.builder.link(&format!("{place}/driver"), format!("{up}bus/pci/drivers/{driver}"));
            if let Some(module) = module_of(driver) {
                let link = format!("/sys/bus/pci/drivers/{driver}/module");
                self.builder.link(&link, format!("../../../../module/{module}"));
            }
        }
        if let Some(group) = group {
            self.builder.link(&format!("{place}/iommu_group"), format!("{up}kernel/iommu_groups/{group}"));
            let folder = format!("/sys/kernel/iommu_groups/{group}");
            self.builder.file(&format!("{folder}/type"), "DMA-FQ\n");
            let interrupts = "0x00000000fee00000 0x00000000feefffff msi\n";
            self.builder.file(&format!("{folder}/reserved_regions"), interrupts);
        }
        let device = place.trim_start_matches("/sys/");
        self.builder.link(&format!("/sys/bus/pci/devices/{address}"), format!("../../../{device}"));
    }

    /// The regions that a function of this class typically has.
    fn regions(&mut self, class: &str) -> String {
        const MEMORY: u64 = 0x0004_0200;
        const WIDE: u64 = 0x0014_220c;
        let sizes: &[(u64, u64)] = match class.get(..4) {
            Some("0300" | "0302") => &[(16 << 20, MEMORY), (256 << 20, WIDE), (0, 0), (32 << 20, WIDE)],
            Some("0108" | "0c03" | "0403" | "0280") => &[(16 << 10, MEMORY | 4)],
            Some("0200" | "0106") => &[(128 << 10, MEMORY)],
            _ => &[],
        };
        let mut lines = String::new();
        for index in 0..13 {
            let (size, flags) = sizes.get(index).copied().unwrap_or((0, 0));
            if size == 0 {
                lines += "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
                continue;
            }
            let start = self.free.next_multiple_of(size);
            self.free = start + size;
            lines += &format!("{start:#018x} {:#018x} {flags:#018x}\n", start + size - 1);
        }
        lines
    }

    /// Another attribute of a function.
    pub(super) fn attribute(&mut self, at: &str, name: &str, text: &str) {
        let place = self.place(at);
        self.builder.file(&format!("{place}/{name}"), format!("{text}\n"));
    }

    /// Attributes of functions, one function a line: its address, and `name=text` of each with commas for blanks.
    pub(super) fn attributes(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let mut words = line.split_whitespace();
            let at = words.next().unwrap_or_default();
            for (name, text) in words.filter_map(|word| word.split_once('=')) {
                self.attribute(at, name, &text.replace(',', " "));
            }
        }
    }

    /// The link of a function and of the port above it: generation and width now, generation and width at best, and the
    /// same at best of the port.
    pub(super) fn link(&mut self, at: &str, above: &str, now: (u8, u8), best: (u8, u8), port: (u8, u8)) {
        for (at, best) in [(at, best), (above, port)] {
            self.attribute(at, "current_link_speed", speed(now.0));
            self.attribute(at, "current_link_width", &now.1.to_string());
            self.attribute(at, "max_link_speed", speed(best.0));
            self.attribute(at, "max_link_width", &best.1.to_string());
        }
    }

    /// These functions, which are still to be added, sleep as deeply as can be.
    pub(super) fn asleep(&mut self, at: &[&'static str]) {
        self.asleep.extend(at);
    }

    /// A graphics card's number, with its connectors: each name, and the EDID of the screen that is connected.
    pub(super) fn screens(&mut self, at: &str, card: u32, connectors: &[(&str, Option<Vec<u8>>)]) {
        let drm = format!("{}/drm/card{card}", self.place(at));
        let device = drm.trim_start_matches("/sys/").to_owned();
        self.builder.folder(&drm);
        self.builder.link(&format!("/sys/class/drm/card{card}"), format!("../../{device}"));
        for (name, screen) in connectors {
            let name = format!("card{card}-{name}");
            let (status, enabled) =
                if screen.is_some() { ("connected", "enabled") } else { ("disconnected", "disabled") };
            self.builder.file(&format!("{drm}/{name}/status"), format!("{status}\n"));
            self.builder.file(&format!("{drm}/{name}/enabled"), format!("{enabled}\n"));
            self.builder.file(&format!("{drm}/{name}/edid"), screen.clone().unwrap_or_default());
            self.builder.link(&format!("/sys/class/drm/{name}"), format!("../../{device}/{name}"));
        }
    }

    /// A disk below a controller (`ata1/host0/target0:0:0/0:0:0:0/block/sda`), with the partitions that are mounted:
    /// number, file system and place, or `swap`.
    pub(super) fn disk(&mut self, at: &str, way: &str, major: u32, partitions: &[(&str, u32, &str, &str)]) {
        let disk = format!("{}/{way}", self.place(at));
        let name = disk.rsplit('/').next().unwrap_or_default().to_owned();
        // The first partition's number tells the disk's, which is before it.
        let first = partitions.iter().map(|(_, minor, ..)| *minor).min().unwrap_or(1).saturating_sub(1);
        self.block(&disk, &name, major, first);
        self.builder.file(
            &format!("{disk}/device/model"),
            if name.starts_with("nvme") { "Samsung SSD 980\n" } else { "ST4000DM004-2CV1\n" },
        );
        for (partition, minor, kind, mounted) in partitions {
            self.block(&format!("{disk}/{partition}"), partition, major, *minor);
            let content = match *mounted {
                "/boot/efi" => {
                    "E:ID_FS_TYPE=vfat\nE:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b\n"
                        .to_owned()
                }
                _ => format!("E:ID_FS_TYPE={kind}\n"),
            };
            self.builder.file(&format!("/run/udev/data/b{major}:{minor}"), content);
            if *kind == "swap" {
                let line = format!("/dev/{partition} partition 16777212 0 -2\n");
                self.builder.file("/proc/swaps", format!("Filename Type Size Used Priority\n{line}"));
            } else if !mounted.is_empty() {
                self.mounted(&format!("{major}:{minor}"), "/", mounted, kind, &format!("/dev/{partition}"));
            }
        }
    }

    /// A line of the table of mounts: numbers, the part that is mounted, where, the kind, and what.
    pub(super) fn mounted(&mut self, numbers: &str, root: &str, place: &str, kind: &str, what: &str) {
        let number = 30 + self.mounts.lines().count();
        self.mounts +=
            &format!("{number} 1 {numbers} {root} {place} rw,relatime shared:1 - {kind} {what} rw\n");
    }

    fn block(&mut self, place: &str, name: &str, major: u32, minor: u32) {
        let device = place.trim_start_matches("/sys/");
        let kind = if minor.is_multiple_of(16) { "disk" } else { "partition" };
        self.blocks.insert(name.to_owned(), place.to_owned());
        self.builder
            .file(&format!("{place}/uevent"), format!("MAJOR={major}\nMINOR={minor}\nDEVTYPE={kind}\n"));
        self.builder.file(
            &format!("{place}/size"),
            format!("{}\n", 2_097_152_u64 << (if minor.is_multiple_of(16) { 9 } else { minor % 16 })),
        );
        self.builder.link(&format!("/sys/class/block/{name}"), format!("../../{device}"));
        self.builder.link(&format!("/sys/dev/block/{major}:{minor}"), format!("../../{device}"));
    }

    /// A network interface, through which the default route goes.
    pub(super) fn default_route(&mut self, at: &str, interface: &str) {
        let place = self.place(at);
        self.interface(&place, interface, if interface.starts_with("wl") { "wlan" } else { "" }, "up");
        let route = format!("{interface} 00000000 00000000 0003 0 0 100 00000000 0 0 0\n");
        let head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";
        self.builder.file("/proc/net/route", format!("{head}{route}"));
    }

    /// What the computer is put together with.
    pub(super) fn builder(&mut self) -> &mut MachineBuilder {
        &mut self.builder
    }

    /// The firmware's IOMMU table or none, the processor's name and flags, and the kernel with its command line.
    pub(super) fn system(&mut self, table: &str, processor: (&str, &str), release: &str, line: &str) {
        let tables = "/sys/firmware/acpi/tables";
        if table.is_empty() {
            self.builder.folder(tables);
        } else {
            self.builder.unreadable(&format!("{tables}/{table}"), SourceErrorKind::NoPermission);
        }
        let (model, flags) = processor;
        let vendor = if model.starts_with("AMD") { "AuthenticAMD" } else { "GenuineIntel" };
        self.builder.file(
            "/proc/cpuinfo",
            format!("processor\t: 0\nvendor_id\t: {vendor}\nmodel name\t: {model}\nflags\t\t: {flags}\n\n"),
        );
        self.builder.file("/proc/sys/kernel/osrelease", format!("{release}\n"));
        self.builder.file("/proc/cmdline", format!("{line}\n"));
    }

    /// What the mainboard is called, and the kind of case (SMBIOS).
    pub(super) fn identity(&mut self, vendor: &str, name: &str, case: u8) {
        for (attribute, text) in
            [("board_vendor", vendor), ("board_name", name), ("chassis_type", &case.to_string())]
        {
            self.builder.file(&format!("/sys/class/dmi/id/{attribute}"), format!("{text}\n"));
        }
    }

    pub(super) fn finish(mut self) -> MachineFile {
        self.builder.file("/proc/self/mountinfo", self.mounts);
        self.builder.file("/proc/swaps", "Filename Type Size Used Priority\n");
        self.builder.file("/proc/bus/input/devices", self.inputs);
        self.builder.file("/proc/asound/cards", self.sounds);
        self.builder.file("/proc/asound/pcm", self.outputs);
        self.builder.file("/proc/iomem", self.memory);
        self.builder.build()
    }

    pub(super) fn place(&self, at: &str) -> String {
        let unknown = || format!("/sys/devices/pci0000:00/{}", full(at));
        self.places.get(at).cloned().unwrap_or_else(unknown)
    }
}

/// The module that a driver of PCI comes from, where that is not built into the kernel.
fn module_of(driver: &str) -> Option<String> {
    let other = match driver {
        "pcieport" => return None,
        "i801_smbus" => "i2c_i801",
        "intel-lpss" => "intel_lpss_pci",
        "intel-spi" => "spi_intel_pci",
        "nvidia-gpu" => "i2c_nvidia_gpu",
        "piix4_smbus" => "i2c_piix4",
        "proc_thermal_pci" => "processor_thermal_device_pci",
        "skl_uncore" => "intel_uncore",
        "sof-audio-pci-intel-tgl" => "snd_sof_pci_intel_tgl",
        "xhci_hcd" => "xhci_pci",
        same => same,
    };
    Some(other.replace('-', "_"))
}

/// The speed that a generation of PCI Express brought, in the kernel's words.
fn speed(generation: u8) -> &'static str {
    match generation {
        1 => "2.5 GT/s PCIe",
        2 => "5.0 GT/s PCIe",
        3 => "8.0 GT/s PCIe",
        4 => "16.0 GT/s PCIe",
        _ => "32.0 GT/s PCIe",
    }
}
