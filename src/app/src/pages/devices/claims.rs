//! Who uses what, as the pills of a row: of the full model, which arrives after the first rows. Values without GTK.

use std::collections::HashMap;

use gangway_client::text;
use gangway_core::devices::uses::{usb_uses, uses};
use gangway_core::devices::{Devices, Use};
use gangway_core::host::Host;
use gangway_core::pci::PciAddress;
use gettextrs::{gettext, ngettext};

use super::key::Key;
use super::state::claim_pill;
use crate::widgets::pill::{Pill, Tone};

/// The pills of what the host uses; what is not in it is not used.
pub type Claims = HashMap<Key, Vec<Pill>>;

/// What makes a pill of the uses that it is about, where there are such.
type Maker = fn(&[Use]) -> Option<Pill>;

/// So many stand on a row beside its driver.
const MOST: usize = 2;

/// The claims on everything of a machine, virtual machines left out.
pub fn claims(host: &Host, devices: &Devices) -> Claims {
    let all: Vec<PciAddress> = host.functions.iter().map(|function| function.address).collect();
    let mut of: HashMap<PciAddress, Vec<Use>> = HashMap::new();
    for used in uses(host, devices, &[], &all) {
        of.entry(used.address).or_default().push(used.by);
    }
    let functions = of.into_iter().map(|(address, uses)| (Key::Function(address), pills(&uses)));
    let plugged = devices.usb.devices.iter().map(|device| {
        let uses = usb_uses(devices, &[], &device.port);
        // What is plugged into a hub has rows of its own.
        (Key::Usb(device.port.clone()), pills(&own(uses, device.ports > 0)))
    });
    functions.chain(plugged).filter(|(_, pills)| !pills.is_empty()).collect()
}

fn own(mut uses: Vec<Use>, hub: bool) -> Vec<Use> {
    if hub {
        uses.clear();
    }
    uses
}

/// What these uses look like, the most telling first.
pub fn pills(uses: &[Use]) -> Vec<Pill> {
    let makers: [Maker; 7] = [boot_display, screens, disks, swap, network, inputs, sound];
    let told: Vec<Pill> = makers.iter().filter_map(|make| make(uses)).take(MOST).collect();
    if told.is_empty() { others(uses).into_iter().collect() } else { told }
}

/// Those of some kind, with what they are called in a sentence.
fn labels(uses: &[Use], wanted: impl Fn(&Use) -> bool) -> Vec<String> {
    let mut labels: Vec<String> = uses.iter().filter(|by| wanted(by)).map(text::used_for).collect();
    labels.dedup();
    labels
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn boot_display(uses: &[Use]) -> Option<Pill> {
    uses.contains(&Use::BootDisplay).then(|| Pill {
        text: gettext("Boot display"),
        tone: Tone::Neutral,
        icon: None,
        short: None,
        tooltip: gettext("The firmware shows its picture on this card."),
    })
}

fn screens(uses: &[Use]) -> Option<Pill> {
    let screens: Vec<(&String, Option<&String>)> = uses
        .iter()
        .filter_map(|by| match by {
            Use::Screen { connector, monitor, .. } => Some((connector, monitor.as_ref())),
            _ => None,
        })
        .collect();
    let (connector, monitor) = *screens.first()?;
    Some(screen_pill(monitor.unwrap_or(connector), connector, screens.len()))
}

/// How a card with so many screens is marked.
pub fn screen_pill(screen: &str, connector: &str, screens: usize) -> Pill {
    let label = if screens == 1 {
        gettext("Drives {screen}").replace("{screen}", screen)
    } else {
        ngettext("Drives {count} screen", "Drives {count} screens", count(screens))
            .replace("{count}", &screens.to_string())
    };
    let tooltip = gettext("A screen is connected to this card: {screen} at {connector}.");
    let tooltip = text::fill(&tooltip, &[("screen", screen), ("connector", connector)]);
    Pill { short: Some(gettext("Display")), ..claim_pill(label, "video-display-symbolic", tooltip) }
}

fn disks(uses: &[Use]) -> Option<Pill> {
    let mounts: Vec<&str> = uses
        .iter()
        .filter_map(|by| match by {
            Use::Mounted { path, .. } => Some(path.as_str()),
            _ => None,
        })
        .collect();
    if let Some(pill) = mount_pill(&mounts) {
        return Some(pill);
    }
    let volumes = labels(uses, |by| matches!(by, Use::Volume { .. }));
    let first = uses.iter().find_map(|by| match by {
        Use::Volume { name, .. } => Some(name),
        _ => None,
    })?;
    Some(claim_pill(
        gettext("Holds {path}").replace("{path}", first),
        "drive-harddisk-symbolic",
        text::join(&volumes),
    ))
}

/// How a device with these mounted file systems is marked.
pub fn mount_pill(mounts: &[&str]) -> Option<Pill> {
    let first = mounts.iter().min_by_key(|path| path.len())?;
    let short = Some(gettext("Disk"));
    let tooltip = gettext("Mounted file systems of the host are on it: {paths}.")
        .replace("{paths}", &mounts.join(", "));
    let text = gettext("Holds {path}").replace("{path}", first);
    Some(Pill { short, ..claim_pill(text, "drive-harddisk-symbolic", tooltip) })
}

fn swap(uses: &[Use]) -> Option<Pill> {
    uses.contains(&Use::Swap).then(swap_pill)
}

/// How a device with swap space is marked.
pub fn swap_pill() -> Pill {
    let tooltip = gettext("Swap space of the host is on it.");
    claim_pill(gettext("Swap"), "drive-harddisk-symbolic", tooltip)
}

fn network(uses: &[Use]) -> Option<Pill> {
    let route = uses.iter().find_map(|by| match by {
        Use::DefaultRoute { interface, .. } => Some(route_pill(interface)),
        _ => None,
    });
    route.or_else(|| {
        let interfaces = labels(uses, |by| matches!(by, Use::Interface { .. }));
        let tooltip = text::join(&interfaces);
        (!interfaces.is_empty()).then(|| claim_pill(gettext("Network"), "network-wired-symbolic", tooltip))
    })
}

/// How a device with the way out is marked.
pub fn route_pill(interface: &str) -> Pill {
    let tooltip =
        gettext("The host reaches the network through it, as {interface}.").replace("{interface}", interface);
    let short = Some(gettext("Network"));
    Pill { short, ..claim_pill(gettext("Default route"), "network-wired-symbolic", tooltip) }
}

fn inputs(uses: &[Use]) -> Option<Pill> {
    let has = |wanted: fn(&Use) -> bool| uses.iter().any(wanted);
    let keyboard = has(|by| matches!(by, Use::Keyboard { .. }));
    let pointer = has(|by| matches!(by, Use::Pointer { .. }));
    let bluetooth = has(|by| matches!(by, Use::Bluetooth { .. }));
    let (text, icon) = match (keyboard, pointer, bluetooth) {
        (true, true, _) => (gettext("Keyboard and pointer"), "input-keyboard-symbolic"),
        (true, false, _) => (gettext("Keyboard"), "input-keyboard-symbolic"),
        (false, true, _) => (gettext("Pointer"), "input-mouse-symbolic"),
        (false, false, true) => (gettext("Bluetooth"), "bluetooth-symbolic"),
        (false, false, false) => return None,
    };
    let told =
        labels(uses, |by| matches!(by, Use::Keyboard { .. } | Use::Pointer { .. } | Use::Bluetooth { .. }));
    let short = (keyboard || pointer).then(|| gettext("Input"));
    Some(Pill { short, ..claim_pill(text, icon, text::join(&told)) })
}

fn sound(uses: &[Use]) -> Option<Pill> {
    let playing = uses.iter().any(|by| matches!(by, Use::Sound { playing: Some(true), .. }));
    playing.then(|| {
        let tooltip = gettext("Something plays on it now.");
        let short = Some(gettext("Sound"));
        Pill { short, ..claim_pill(gettext("Plays sound"), "audio-speakers-symbolic", tooltip) }
    })
}

/// What is worth a word where nothing else is.
fn others(uses: &[Use]) -> Option<Pill> {
    let plugged = labels(uses, |by| matches!(by, Use::UsbDevice { .. }));
    if !plugged.is_empty() {
        let number = plugged.len();
        let text = ngettext("{count} device", "{count} devices", count(number))
            .replace("{count}", &number.to_string());
        let kept = Pill { tone: Tone::Neutral, ..claim_pill(text, "usb-symbolic", text::join(&plugged)) };
        return Some(kept);
    }
    let programs = labels(uses, |by| matches!(by, Use::Program { .. }));
    let tooltip = text::join(&programs);
    (!programs.is_empty()).then(|| claim_pill(gettext("In use"), "view-reveal-symbolic", tooltip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gangway_core::devices::storage::Role;

    fn texts(uses: &[Use]) -> Vec<String> {
        pills(uses).into_iter().map(|pill| pill.text).collect()
    }

    #[test]
    fn the_most_telling_two_are_shown() {
        let name = || "x".to_owned();
        let mounted =
            |path: &str| Use::Mounted { path: path.to_owned(), role: Role::Data, layers: Default::default() };
        assert_eq!(texts(&[]), [""; 0]);
        assert_eq!(texts(&[mounted("/home"), mounted("/"), Use::Swap]), ["Holds /", "Swap"]);
        let both = [
            Use::Keyboard { name: name(), only: true },
            Use::Pointer { name: name(), only: false },
            Use::Bluetooth { name: name(), only: true },
        ];
        assert_eq!(texts(&both), ["Keyboard and pointer"]);
        assert_eq!(texts(&both[2..]), ["Bluetooth"]);
        let silent = Use::Sound { name: name(), playing: Some(false), only: false };
        assert_eq!(texts(&[silent]), [""; 0]);
        let plays = Use::Sound { name: name(), playing: Some(true), only: false };
        let open = Use::Program { process: 1, name: name() };
        assert_eq!(texts(&[open.clone(), plays]), ["Plays sound"]);
        assert_eq!(texts(std::slice::from_ref(&open)), ["In use"]);
        let screen = Use::Screen { connector: name(), monitor: Some("Dell".to_owned()), only: true };
        assert_eq!(texts(&[open, Use::BootDisplay, screen]), ["Boot display", "Drives Dell"]);
    }
}
