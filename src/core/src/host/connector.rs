//! The connectors of graphics cards, as the kernel's DRM subsystem knows them.
//!
//! What the kernel last saw is read; nothing is probed, so no sleeping card is woken. Source: kernel,
//! `drivers/gpu/drm/drm_sysfs.c`.

use std::collections::BTreeMap;

use super::attribute;
use super::edid;
use super::function::Function;
use crate::pci::PciAddress;
use crate::reading::{Reading, Trouble};
use crate::source::{Folder, Source};

const DRM: &str = "sys/class/drm";

/// A connector of a graphics card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connector {
    /// Its name without the card's number, such as `HDMI-A-1`.
    pub name: String,
    /// The first function of the card that it belongs to.
    pub card: PciAddress,
    /// Whether a screen is connected, as the kernel last saw it.
    pub status: Reading<ConnectorStatus>,
    /// The name that the screen gives in its EDID.
    pub monitor: Option<String>,
}

/// Whether a screen is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectorStatus {
    /// A screen is there.
    Connected,
    /// Nothing is there.
    Disconnected,
    /// The driver cannot tell.
    Unknown,
}

/// What DRM says about the graphics cards.
#[derive(Debug, Default)]
pub(super) struct Screens {
    /// The connectors, in order of card and name.
    pub(super) connectors: Vec<Connector>,
    /// Which function has the firmware's picture, where the kernel (7.x) says so.
    pub(super) boot_displays: BTreeMap<PciAddress, bool>,
}

/// Reads what DRM says.
pub(super) fn scan(source: &Source, functions: &[Function], problems: &mut Vec<Trouble>) -> Screens {
    let mut screens = Screens::default();
    match source.open(DRM).and_then(|drm| Ok((drm.list()?, drm))) {
        Ok((names, drm)) => {
            for name in names.iter().filter_map(|name| name.to_str()).filter(|name| name.starts_with("card"))
            {
                entry(&drm, name, functions, &mut screens, problems);
            }
        }
        Err(error) if error.kind.is_absent() => {}
        Err(error) => problems.push(error.into()),
    }
    screens.connectors.sort_by(|a, b| (a.card, &a.name).cmp(&(b.card, &b.name)));
    screens
}

/// One entry of the class: a card, or a connector of one.
fn entry(
    drm: &Folder<'_>,
    name: &str,
    functions: &[Function],
    screens: &mut Screens,
    problems: &mut Vec<Trouble>,
) {
    let mut room = [0; 1024];
    let way = drm.link_into(name, &mut room).unwrap_or_default();
    // A card of no PCI function is virtual, or built into the chip.
    let Some(address) = attribute::last_function(way) else { return };
    let Ok(index) = functions.binary_search_by_key(&address, |function| function.address) else { return };
    let Some(card) = functions.get(index).map(|function| function.card) else { return };
    let folder = match drm.open(name) {
        Ok(folder) => folder,
        Err(error) => return problems.push(error.into()),
    };
    let Some((_, connector)) = name.split_once('-') else {
        if let Reading::Known(boot) = attribute::read(&folder, "boot_display", attribute::flag) {
            screens.boot_displays.insert(address, boot);
        }
        return;
    };
    let status = attribute::read(&folder, "status", status);
    problems.extend(status.trouble().cloned());
    let monitor = match status {
        Reading::Known(ConnectorStatus::Connected) => monitor(&folder),
        _ => None,
    };
    screens.connectors.push(Connector { name: connector.to_owned(), card, status, monitor });
}

fn status(word: &[u8]) -> Option<ConnectorStatus> {
    match word {
        b"connected" => Some(ConnectorStatus::Connected),
        b"disconnected" => Some(ConnectorStatus::Disconnected),
        b"unknown" => Some(ConnectorStatus::Unknown),
        _ => None,
    }
}

fn monitor(folder: &Folder<'_>) -> Option<String> {
    // An EDID has at most 256 blocks of 128 bytes.
    let mut room = vec![0; 256 * 128 + 1];
    edid::monitor_name(folder.read_into("edid", &mut room).ok()?)
}
