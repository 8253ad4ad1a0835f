//! What is read of devices, in one list, and what a captured machine keeps of it.
//!
//! The capture goes through this list. Whoever reads something new puts it here: a test sees that a captured machine
//! says what its original says.

use super::firmware_picture::{self, CONSOLES, MEMORY, NAMES, PLATFORM};
use super::process::{self, DRM, VFIO};
use super::sound::{self, CARDS, PCM};
use super::usb::{BLUETOOTH, DEVICES, input};

/// How much of a text is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// All of it: words and numbers of the kernel.
    All,
    /// All of it, with personal data replaced.
    Text,
    /// A stand-in: it is a serial number.
    Serial,
    /// The lines that are wanted, with personal data replaced.
    Lines(fn(&str) -> bool),
    /// The first part of an id, up to its second hyphen.
    Prefix,
}

/// A folder of links to devices, and what is kept of each.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) top: &'static str,
    pub(crate) wanted: fn(&str) -> bool,
    pub(crate) files: &'static [(&'static str, Keep)],
    pub(crate) links: &'static [&'static str],
}

/// The folders.
pub(crate) const CLASSES: [Class; 7] = [
    Class {
        top: DEVICES,
        wanted: |_| true,
        files: &[
            ("uevent", Keep::All),
            ("idVendor", Keep::All),
            ("idProduct", Keep::All),
            ("bDeviceClass", Keep::All),
            ("bInterfaceClass", Keep::All),
            ("bInterfaceSubClass", Keep::All),
            ("bInterfaceProtocol", Keep::All),
            ("devnum", Keep::All),
            ("maxchild", Keep::All),
            ("speed", Keep::All),
            ("manufacturer", Keep::Text),
            ("product", Keep::Text),
            ("serial", Keep::Serial),
        ],
        links: &[],
    },
    Class { top: BLUETOOTH, wanted: |name| !name.contains(':'), files: &[], links: &[] },
    Class { top: sound::CLASS, wanted: |name| name.starts_with("card"), files: &[], links: &[] },
    Class { top: DRM, wanted: process::is_drm_node, files: &[], links: &[] },
    Class { top: VFIO, wanted: process::is_vfio_node, files: &[], links: &[] },
    Class { top: PLATFORM, wanted: firmware_picture::is_firmware_picture, files: &[], links: &["driver"] },
    Class { top: CONSOLES, wanted: |_| true, files: &[("name", Keep::All), ("bind", Keep::All)], links: &[] },
];

/// Tables, whole or in part.
pub(crate) const TABLES: [(&str, Keep); 5] = [
    (NAMES, Keep::All),
    (MEMORY, Keep::All),
    (CARDS, Keep::Text),
    (PCM, Keep::Text),
    (input::TABLE, Keep::Lines(input_line)),
];

/// The lines of the table of inputs that are read: the others have addresses of Bluetooth.
fn input_line(line: &str) -> bool {
    ["I: Bus=", "N: ", "S: ", "B: EV=", "B: KEY=", "B: PROP="]
        .into_iter()
        .any(|start| line.starts_with(start))
        || line.is_empty()
}

/// Of a block device.
pub(crate) const BLOCK: [(&str, Keep); 5] = [
    ("uevent", Keep::Lines(block_line)),
    ("size", Keep::All),
    ("device/model", Keep::Text),
    ("dm/name", Keep::Text),
    ("dm/uuid", Keep::Prefix),
];

/// The lines of a block device's `uevent` that are read: others hold labels and ids.
fn block_line(line: &str) -> bool {
    ["MAJOR=", "MINOR=", "DEVTYPE="].into_iter().any(|start| line.starts_with(start))
}

/// The lines of an entry of udev's database that are read.
pub(crate) fn udev_line(line: &str) -> bool {
    ["E:ID_FS_TYPE=", "E:ID_FS_LABEL=", "E:ID_PART_ENTRY_TYPE="]
        .into_iter()
        .any(|start| line.starts_with(start))
}

/// Of a network interface.
pub(crate) const INTERFACE: [(&str, Keep); 3] = [
    ("uevent", Keep::Lines(|line| line.starts_with("DEVTYPE="))),
    ("type", Keep::All),
    ("operstate", Keep::All),
];

/// Names in the folder of a network interface that say what it is by being there.
pub(crate) const INTERFACE_SIGNS: [&str; 5] = ["bridge", "wireless", "phy80211", "bonding", "tun_flags"];

/// The lines of the state of a sound output that are read: the others name a program.
pub(crate) fn status_line(line: &str) -> bool {
    line == "closed" || line.starts_with("state:")
}
