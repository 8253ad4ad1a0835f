//! Single attributes of a function: the texts in small files and the last names of links, as readings.
//!
//! Pure parsers, and the one way from an outcome of reading to a [`Reading`].

use super::group::GroupId;
use super::uevent::hex;
use crate::pci::{DriverName, PciAddress};
use crate::reading::Reading;
use crate::source::{Folder, SourceErrorKind};

/// Room for one attribute: the kernel gives at most a page.
pub(crate) const ROOM: usize = 4096;
/// What nearly all of them fit into: clearing a page for each one's few bytes takes as long as reading it.
const USUAL: usize = 1024;

/// Reads one attribute in a folder.
pub(crate) fn read<T>(folder: &Folder<'_>, name: &str, parse: impl FnOnce(&[u8]) -> Option<T>) -> Reading<T> {
    let mut room = [0; USUAL];
    match folder.read_into(name, &mut room) {
        Err(SourceErrorKind::TooLarge) => {
            let mut room = [0; ROOM];
            reading(folder.read_into(name, &mut room), parse, || folder.path_of(name))
        }
        outcome => reading(outcome, parse, || folder.path_of(name)),
    }
}

/// Reads the last name of a link in a folder.
pub(crate) fn link<T>(folder: &Folder<'_>, name: &str, parse: impl FnOnce(&[u8]) -> Option<T>) -> Reading<T> {
    let mut room = [0; 1024];
    reading(folder.link_into(name, &mut room).map(last_name), parse, || folder.path_of(name))
}

/// What an outcome of reading means.
fn reading<T>(
    outcome: Result<&[u8], SourceErrorKind>,
    parse: impl FnOnce(&[u8]) -> Option<T>,
    path: impl FnOnce() -> String,
) -> Reading<T> {
    match outcome {
        Ok(bytes) => match parse(bytes.trim_ascii_end()) {
            Some(value) => Reading::Known(value),
            None => Reading::nonsense(path(), String::from_utf8_lossy(bytes).trim_end()),
        },
        Err(SourceErrorKind::Absent) => Reading::Absent,
        Err(kind) => Reading::unreadable(path(), kind),
    }
}

/// The last name of a path.
pub(crate) fn last_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').find(|name| !name.is_empty()).unwrap_or(path)
}

/// `0x10de`.
pub(crate) fn hex_u16(text: &[u8]) -> Option<u16> {
    u16::try_from(hex(text.strip_prefix(b"0x")?, 4)?).ok()
}

/// `0xa1`.
pub(crate) fn hex_u8(text: &[u8]) -> Option<u8> {
    u8::try_from(hex(text.strip_prefix(b"0x")?, 2)?).ok()
}

/// `0x030000`.
pub(crate) fn hex_u32(text: &[u8]) -> Option<u32> {
    hex(text.strip_prefix(b"0x")?, 8)
}

/// A whole number without a sign.
pub(crate) fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

/// `0` or `1`.
pub(crate) fn flag(text: &[u8]) -> Option<bool> {
    match text {
        b"0" => Some(false),
        b"1" => Some(true),
        _ => None,
    }
}

/// Any text.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).ok().map(str::to_owned)
}

/// The number of a group.
pub(crate) fn group(name: &[u8]) -> Option<GroupId> {
    number(name).map(GroupId)
}

/// The name of a driver.
pub(crate) fn driver(name: &[u8]) -> Option<DriverName> {
    DriverName::new(str::from_utf8(name).ok()?)
}

/// The nearest function above the last one in a path of `/sys/devices`. Between the two may be the bus of a domain of
/// its own, as behind an Intel VMD controller.
pub(crate) fn function_above(path: &[u8]) -> Option<PciAddress> {
    addresses_upwards(path).nth(1)
}

/// The last function in a path of `/sys/devices`: the device that something hangs on.
pub(crate) fn last_function(path: &[u8]) -> Option<PciAddress> {
    addresses_upwards(path).next()
}

fn addresses_upwards(path: &[u8]) -> impl Iterator<Item = PciAddress> {
    path.rsplit(|byte| *byte == b'/').filter_map(PciAddress::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_attributes() {
        assert_eq!(hex_u16(b"0x10de"), Some(0x10de));
        assert_eq!(hex_u16(b"10de"), None);
        assert_eq!(hex_u16(b"0x10deb"), None);
        assert_eq!(hex_u8(b"0xa1"), Some(0xa1));
        assert_eq!(hex_u32(b"0x030000"), Some(0x03_0000));
        assert_eq!(number::<u32>(b"14"), Some(14));
        assert_eq!(number::<u32>(b"+14"), None);
        assert_eq!(number::<u32>(b""), None);
        assert_eq!((flag(b"1"), flag(b"0"), flag(b"yes")), (Some(true), Some(false), None));
        assert_eq!(last_name(b"../../kernel/iommu_groups/14"), b"14");
        assert_eq!(last_name(b"a/b/"), b"b");
    }

    #[test]
    fn the_path_tells_the_bridges_above() {
        let path = b"../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0";
        assert_eq!(function_above(path), "0000:00:01.0".parse().ok());
        assert_eq!(function_above(b"../../../devices/pci0000:00/0000:00:01.0"), None);
        let behind_vmd = b"../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0";
        assert_eq!(function_above(behind_vmd), "0000:00:0e.0".parse().ok());
        assert_eq!(
            last_function(b"../../devices/pci0000:00/0000:08:00.0/drm/card1/card1-DP-1"),
            "0000:08:00.0".parse().ok()
        );
        assert_eq!(last_function(b"../../devices/virtual/drm/card0"), None);
    }
}
