//! The `pci.ids` list: what vendors, devices, boards and classes are called.
//!
//! One pass finds the vendors; a vendor's devices are found when the first of them is asked for. Names are given as
//! they stand in the list. Source of the format: the head of the list itself, <https://pci-ids.ucw.cz/>.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{DeviceId, PciClass, SubsystemId, VendorId};
use crate::source::Source;

/// The copy that is used where the system has none: BSD-3-Clause or GPL-2.0-or-later, by the PCI ID Project.
static BUNDLED: &[u8] = include_bytes!("../../../../data/pci.ids");
/// The most that is read of a system's list.
const LIMIT: usize = 16 << 20;
/// Where systems keep the list: Fedora, Arch and SUSE; Debian's updated and packaged one; a Flatpak's view of the host.
const PLACES: [&str; 4] = [
    "/usr/share/hwdata/pci.ids",
    "/var/lib/pciutils/pci.ids",
    "/usr/share/misc/pci.ids",
    "/run/host/usr/share/hwdata/pci.ids",
];

/// The list of names.
#[derive(Debug)]
pub struct Names {
    text: Cow<'static, [u8]>,
    vendors: Vec<Vendor>,
    /// Where the list of classes begins.
    classes: usize,
}

/// One vendor of the list.
#[derive(Debug)]
struct Vendor {
    id: u16,
    /// Where its line begins, and where the next vendor's does.
    start: usize,
    end: usize,
    devices: OnceLock<Box<[(u16, usize)]>>,
}

impl Names {
    /// The list of the running system, or the bundled one where there is none.
    pub fn system() -> Self {
        let Ok(live) = Source::live() else { return Self::bundled() };
        PLACES
            .into_iter()
            .filter_map(|place| live.read_up_to(place, LIMIT).ok())
            .map(Self::parse)
            .find(|names| !names.vendors.is_empty())
            .unwrap_or_else(Self::bundled)
    }

    /// The list that is part of the program.
    pub fn bundled() -> Self {
        Self::parse(BUNDLED)
    }

    /// Reads a list. Lines that are none of a list's are passed over.
    pub fn parse(text: impl Into<Cow<'static, [u8]>>) -> Self {
        let text = text.into();
        let mut names = Self { vendors: Vec::with_capacity(3000), classes: text.len(), text };
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', &names.text).map(|end| end + 1));
        for start in starts {
            match names.text.get(start) {
                None | Some(b'\t' | b'#' | b'\n' | b'\r') => {}
                Some(b'C') if names.text.get(start + 1) == Some(&b' ') => {
                    names.classes = start;
                    break;
                }
                Some(_) => {
                    let Some(id) = names.text.get(start..).and_then(|line| id(line, 4)) else { continue };
                    if let Some(last) = names.vendors.last_mut() {
                        last.end = start;
                    }
                    let end = names.text.len();
                    names.vendors.push(Vendor { id, start, end, devices: OnceLock::new() });
                }
            }
        }
        if let Some(last) = names.vendors.last_mut() {
            last.end = names.classes;
        }
        // The list is kept sorted by its makers; a copy that is not is still read, its first line counting.
        if !names.vendors.is_sorted_by_key(|vendor| vendor.id) {
            names.vendors.sort_by_key(|vendor| vendor.id);
        }
        names.vendors.dedup_by_key(|vendor| vendor.id);
        names
    }

    /// The name of a vendor, such as `NVIDIA Corporation`.
    pub fn vendor(&self, vendor: VendorId) -> Option<&str> {
        name(self.text.get(self.find(vendor)?.start + 4..)?)
    }

    /// The name of a device, such as `GA104 [GeForce RTX 3070]`.
    pub fn device(&self, vendor: VendorId, device: DeviceId) -> Option<&str> {
        name(self.text.get(self.device_line(vendor, device)? + 5..)?)
    }

    /// The name of the board that a device sits on.
    pub fn subsystem(&self, vendor: VendorId, device: DeviceId, board: SubsystemId) -> Option<&str> {
        let start = self.device_line(vendor, device)?;
        for line in self.text.get(start..)?.split(|byte| *byte == b'\n').skip(1) {
            match line {
                [b'\t', b'\t', rest @ ..] => {
                    let (first, second) = (id(rest, 4), rest.get(5..).and_then(|rest| id(rest, 4)));
                    if first == Some(board.vendor.0) && second == Some(board.device.0) {
                        return name(rest.get(9..)?);
                    }
                }
                [b'#', ..] => {}
                _ => return None,
            }
        }
        None
    }

    /// The name of a class: of its subclass, or of its base class where the list does not know that.
    pub fn class(&self, class: PciClass) -> Option<&str> {
        let mut lines = self.text.get(self.classes..)?.split(|byte| *byte == b'\n');
        let base = lines.find_map(|line| {
            let rest = line.strip_prefix(b"C ")?;
            (id(rest, 2) == Some(u16::from(class.base()))).then_some(rest)
        })?;
        for line in lines {
            match line {
                [b'\t', b'\t', ..] | [b'#', ..] => {}
                [b'\t', rest @ ..] if id(rest, 2) == Some(u16::from(class.subclass())) => {
                    return name(rest.get(2..)?);
                }
                [b'\t', ..] => {}
                _ => break,
            }
        }
        name(base.get(2..)?)
    }

    fn find(&self, vendor: VendorId) -> Option<&Vendor> {
        let index = self.vendors.binary_search_by_key(&vendor.0, |vendor| vendor.id).ok()?;
        self.vendors.get(index)
    }

    /// Where the line of a device begins.
    fn device_line(&self, vendor: VendorId, device: DeviceId) -> Option<usize> {
        let vendor = self.find(vendor)?;
        let devices = vendor.devices.get_or_init(|| self.devices_of(vendor));
        let index = devices.binary_search_by_key(&device.0, |(id, _)| *id).ok()?;
        devices.get(index).map(|(_, start)| *start)
    }

    fn devices_of(&self, vendor: &Vendor) -> Box<[(u16, usize)]> {
        let section = self.text.get(vendor.start..vendor.end).unwrap_or_default();
        let mut devices: Vec<(u16, usize)> = Vec::new();
        for end in memchr::memchr_iter(b'\n', section) {
            if let Some([b'\t', rest @ ..]) = section.get(end + 1..)
                && let Some(id) = id(rest, 4)
            {
                devices.push((id, vendor.start + end + 1));
            }
        }
        devices.sort_by_key(|(id, _)| *id);
        devices.dedup_by_key(|(id, _)| *id);
        devices.into()
    }
}

/// The number in the first hexadecimal digits of a line, where a space follows them.
fn id(line: &[u8], digits: usize) -> Option<u16> {
    let (number, rest) = line.split_at_checked(digits)?;
    if rest.first() != Some(&b' ') {
        return None;
    }
    number
        .iter()
        .try_fold(0_u16, |sum, byte| Some(sum << 4 | u16::try_from(char::from(*byte).to_digit(16)?).ok()?))
}

/// The name in the rest of a line.
fn name(rest: &[u8]) -> Option<&str> {
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let name = str::from_utf8(rest.get(..end)?).ok()?.trim();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Syntax\n\n10de  NVIDIA Corporation\n\t228b  GA104 High Definition Audio Controller\n\
                        \t2484  GA104 [GeForce RTX 3070]\n\t\t1458 404c  GV-N3070VISION OC-8GD\n# remark\n\t\t1458 4087  Other\n\
                        8086  Intel Corporation\n\t1539  I211 Gigabit Network Connection\nffff  Illegal Vendor ID\n\n\
                        C 03  Display controller\n\t00  VGA compatible controller\n\t\t00  VGA controller\n\t02  3D controller\n\
                        C 0c  Serial bus controller\n\t03  USB controller\n";
    const NVIDIA: VendorId = VendorId(0x10de);

    fn board(vendor: u16, device: u16) -> SubsystemId {
        SubsystemId { vendor: VendorId(vendor), device: DeviceId(device) }
    }

    #[test]
    fn finds_vendors_devices_and_boards() {
        let names = Names::parse(LIST.as_bytes());
        assert_eq!(names.vendor(NVIDIA), Some("NVIDIA Corporation"));
        assert_eq!(names.vendor(VendorId(0xffff)), Some("Illegal Vendor ID"));
        assert_eq!(names.vendor(VendorId(1)), None);
        assert_eq!(names.device(NVIDIA, DeviceId(0x2484)), Some("GA104 [GeForce RTX 3070]"));
        assert_eq!(names.device(NVIDIA, DeviceId(0x1539)), None);
        assert_eq!(names.device(VendorId(0x8086), DeviceId(0x1539)), Some("I211 Gigabit Network Connection"));
        assert_eq!(names.subsystem(NVIDIA, DeviceId(0x2484), board(0x1458, 0x4087)), Some("Other"));
        assert_eq!(names.subsystem(NVIDIA, DeviceId(0x228b), board(0x1458, 0x4087)), None);
    }

    #[test]
    fn finds_classes() {
        let names = Names::parse(LIST.as_bytes());
        let class = |code| names.class(PciClass::new(code).unwrap());
        assert_eq!(class(0x03_00_00), Some("VGA compatible controller"));
        assert_eq!(class(0x03_02_00), Some("3D controller"));
        assert_eq!(class(0x03_80_00), Some("Display controller"));
        assert_eq!(class(0x0c_03_30), Some("USB controller"));
        assert_eq!(class(0x0c_00_00), Some("Serial bus controller"));
        assert_eq!(class(0xff_00_00), None);
    }

    #[test]
    fn an_unsorted_or_broken_list_is_read_as_far_as_it_goes() {
        let names = Names::parse(
            &b"8086  Intel\n\tzzzz  x\n\t0001\n10de  NVIDIA\n\t0001  One\n\xff\xff\n10de  Again\nC"[..],
        );
        assert_eq!(names.vendor(NVIDIA), Some("NVIDIA"));
        assert_eq!(names.device(NVIDIA, DeviceId(1)), Some("One"));
        assert_eq!(names.device(VendorId(0x8086), DeviceId(1)), None);
        assert_eq!(Names::parse(&b""[..]).vendor(NVIDIA), None);
    }

    #[test]
    fn the_bundled_list_is_whole() {
        let names = Names::bundled();
        assert!(names.vendors.len() > 2000);
        assert_eq!(names.device(NVIDIA, DeviceId(0x2484)), Some("GA104 [GeForce RTX 3070]"));
        assert_eq!(names.class(PciClass::new(0x01_08_02).unwrap()), Some("Non-Volatile memory controller"));
    }
}
