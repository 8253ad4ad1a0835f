//! Who shows the firmware's picture: the framebuffers that a kernel has before any graphics driver, and the consoles.
//!
//! Sources: kernel, `drivers/firmware/sysfb*.c` for the platform devices, `Documentation/fb/fbcon.rst` for the consoles,
//! `/proc/iomem` as `kernel/resource.c` writes it: without addresses for most users, but always with names.

use super::{Trouble, listing, text};
use crate::host::attribute;
use crate::pci::PciAddress;
use crate::reading::Reading;
use crate::source::Source;

/// The platform devices, among them the firmware's framebuffer.
pub(crate) const PLATFORM: &str = "/sys/bus/platform/devices";
/// The framebuffers with a name each.
pub(crate) const NAMES: &str = "/proc/fb";
/// Which memory belongs to what.
pub(crate) const MEMORY: &str = "/proc/iomem";
/// The consoles.
pub(crate) const CONSOLES: &str = "/sys/class/vtconsole";
/// What the kernel calls the framebuffer's memory: `sysfb` itself, and the drivers that take it.
const HOLDERS: [&str; 5] = ["BOOTFB", "efifb", "vesafb", "simpledrm", "simplefb"];

/// The framebuffers and consoles of a computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pictures {
    /// The firmware's picture, where the kernel still knows of one.
    pub firmware: Vec<FirmwarePicture>,
    /// Who has memory of a function for the firmware's picture: the function and the name in the kernel's table.
    pub memory: Vec<(PciAddress, String)>,
    /// Whether the kernel's table of memory could be read and names functions.
    pub memory_known: bool,
    /// The framebuffers by the kernel's names, in order of their numbers.
    pub framebuffers: Vec<String>,
    /// The consoles.
    pub consoles: Vec<Console>,
}

/// The platform device of a firmware's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwarePicture {
    /// Its name, such as `efi-framebuffer.0`.
    pub name: String,
    /// The driver that has it; absent where it was let go.
    pub driver: Reading<String>,
}

/// A console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    /// Its name, such as `vtcon1`.
    pub name: String,
    /// Whether it draws into a framebuffer.
    pub framebuffer: bool,
    /// Whether it is in use.
    pub bound: Reading<bool>,
}

impl Pictures {
    /// The drivers that show the firmware's picture now, such as `efifb` or `simple-framebuffer`.
    pub fn drivers(&self) -> impl Iterator<Item = &str> {
        self.firmware.iter().filter_map(|picture| picture.driver.known()).map(String::as_str)
    }

    /// Who has memory of these functions for the firmware's picture.
    pub fn holding<'a>(&'a self, functions: &'a [PciAddress]) -> impl Iterator<Item = (PciAddress, &'a str)> {
        let own = move |held: &&(PciAddress, String)| functions.contains(&held.0);
        self.memory.iter().filter(own).map(|(address, name)| (*address, name.as_str()))
    }
}

/// Reads who shows the firmware's picture.
pub(crate) fn read(source: &Source, problems: &mut Vec<Trouble>) -> Pictures {
    let mut pictures =
        Pictures { framebuffers: parse_names(&text(source, NAMES, problems)), ..Pictures::default() };
    if let Some((folder, names)) = listing(source, PLATFORM, problems) {
        for name in names.into_iter().filter(|name| is_firmware_picture(name)) {
            let device = folder.open(&name).ok();
            let driver =
                device.map_or(Reading::Absent, |device| attribute::link(&device, "driver", attribute::text));
            pictures.firmware.push(FirmwarePicture { name, driver });
        }
    }
    let table = text(source, MEMORY, problems);
    pictures.memory = parse_memory(&table);
    pictures.memory_known =
        table.lines().any(|line| name_of(line).and_then(|name| PciAddress::parse(name.as_bytes())).is_some());
    if let Some((folder, names)) = listing(source, CONSOLES, problems) {
        for name in names {
            let Ok(console) = folder.open(&name) else { continue };
            let kind = attribute::read(&console, "name", attribute::text);
            pictures.consoles.push(Console {
                framebuffer: kind.known().is_some_and(|kind| kind.contains("frame buffer")),
                bound: attribute::read(&console, "bind", attribute::flag),
                name,
            });
        }
    }
    pictures
}

/// Whether a platform device is the firmware's framebuffer.
pub(crate) fn is_firmware_picture(name: &str) -> bool {
    name.split_once('.').is_some_and(|(kind, _)| {
        matches!(kind, "efi-framebuffer" | "vesa-framebuffer" | "simple-framebuffer")
    })
}

/// Reads the table of framebuffers: `0 amdgpudrmfb`.
fn parse_names(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.split_once(' ')).map(|(_, name)| name.trim().to_owned()).collect()
}

/// The name of a line in the table of memory.
fn name_of(line: &str) -> Option<&str> {
    line.split_once(" : ").map(|(_, name)| name.trim())
}

/// Reads the table of memory: which functions have a firmware's picture below them, and who holds it. What is
/// below is further to the right.
fn parse_memory(text: &str) -> Vec<(PciAddress, String)> {
    let mut above: Vec<(usize, Option<PciAddress>)> = Vec::new();
    let mut found: Vec<(PciAddress, String)> = Vec::new();
    for line in text.lines() {
        let Some(name) = name_of(line) else { continue };
        let depth = line.len() - line.trim_start().len();
        above.retain(|(other, _)| *other < depth);
        if HOLDERS.contains(&name) {
            let function = above.iter().rev().find_map(|(_, function)| *function);
            found.extend(function.map(|function| (function, name.to_owned())));
        }
        above.push((depth, PciAddress::parse(name.as_bytes())));
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    const TABLE: &str = "00000000-00000000 : PCI Bus 0000:00\n  00000000-00000000 : PCI Bus 0000:01\n    \
                         00000000-00000000 : 0000:01:00.0\n      00000000-00000000 : BOOTFB\n        00000000-00000000 : simpledrm\n    \
                         00000000-00000000 : 0000:01:00.1\n  00000000-00000000 : 0000:00:02.0\n00000000-00000000 : efifb\nbanana\n";

    #[test]
    fn the_holder_of_a_functions_memory_is_found_by_names_alone() {
        let address = "0000:01:00.0".parse().unwrap();
        assert_eq!(parse_memory(TABLE), [(address, "BOOTFB".to_owned()), (address, "simpledrm".to_owned())]);
        assert_eq!(parse_memory("x : BOOTFB\n : \n"), []);
    }

    #[test]
    fn framebuffers_and_consoles() {
        let mut builder = MachineBuilder::default();
        builder.link(
            "/sys/bus/platform/devices/efi-framebuffer.0",
            "../../../devices/platform/efi-framebuffer.0",
        );
        builder.link(
            "/sys/devices/platform/efi-framebuffer.0/driver",
            "../../../bus/platform/drivers/efi-framebuffer",
        );
        builder.link(
            "/sys/bus/platform/devices/simple-framebuffer.0",
            "../../../devices/platform/simple-framebuffer.0",
        );
        builder.folder("/sys/devices/platform/simple-framebuffer.0");
        builder.folder("/sys/bus/platform/devices/serial8250");
        builder.file(NAMES, "0 EFI VGA\n");
        builder.file(MEMORY, TABLE);
        builder.file("/sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
        builder.file("/sys/class/vtconsole/vtcon1/bind", "1\n");
        let pictures = read(&Source::machine(&builder.build()), &mut Vec::new());
        assert_eq!(pictures.drivers().collect::<Vec<_>>(), ["efi-framebuffer"]);
        assert_eq!((pictures.firmware.len(), pictures.memory_known), (2, true));
        assert_eq!(pictures.framebuffers, ["EFI VGA"]);
        assert!(pictures.consoles[0].framebuffer && pictures.consoles[0].bound == Reading::Known(true));
        let nothing = read(&Source::machine(&MachineBuilder::default().build()), &mut Vec::new());
        assert_eq!(nothing, Pictures::default());
    }
}
