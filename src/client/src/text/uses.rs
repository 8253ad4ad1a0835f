//! Who holds a device now, and what the host loses without it, in words a person understands.
//!
//! Labels for badges and lists, and one whole sentence for each loss. What is used for what is found by core.

use gangway_core::devices::storage::{Layer, Role};
use gangway_core::devices::usb::UsbKind;
use gangway_core::devices::{Loss, Use};
use gettextrs::gettext;

use super::{fill, join};

/// What a device is used for, as a label.
pub fn used_for(by: &Use) -> String {
    match by {
        Use::Mounted { path, .. } => fill(&gettext("holds {path}"), &[("path", &plain(path))]),
        Use::Swap => gettext("holds swap space"),
        Use::Volume { name, .. } => fill(&gettext("holds the volume {name}"), &[("name", &plain(name))]),
        Use::DefaultRoute { interface, .. } => {
            fill(&gettext("default route ({interface})"), &[("interface", &plain(interface))])
        }
        Use::Interface { name, .. } => {
            fill(&gettext("network ({interface})"), &[("interface", &plain(name))])
        }
        Use::BootDisplay => gettext("boot display"),
        Use::FirmwarePicture { .. } => gettext("firmware’s picture"),
        Use::Screen { connector, monitor, .. } => {
            let screen = monitor.as_ref().unwrap_or(connector);
            fill(&gettext("drives {screen}"), &[("screen", &plain(screen))])
        }
        Use::Keyboard { name, .. } => fill(&gettext("keyboard {name}"), &[("name", &plain(name))]),
        Use::Pointer { name, .. } => fill(&gettext("pointer {name}"), &[("name", &plain(name))]),
        Use::Bluetooth { .. } => gettext("Bluetooth"),
        Use::UsbDevice { name, .. } => plain(name),
        Use::Sound { playing: Some(true), .. } => gettext("plays sound"),
        Use::Sound { .. } => gettext("sound"),
        Use::Program { name, .. } => fill(&gettext("open in {program}"), &[("program", &plain(name))]),
        Use::VirtualMachine { name, .. } => fill(&gettext("in {vm}"), &[("vm", &plain(name))]),
    }
}

/// What the host loses, as a sentence.
pub fn loss(by: &Use) -> String {
    match by {
        Use::Mounted { path, role, layers } => mounted(path, *role, layers.iter().copied()),
        Use::Swap => gettext("Swap space in use is lost, and with it the memory of programs."),
        Use::Volume { name, layer } => fill(
            &gettext("The open volume “{name}” ({kind}) is lost."),
            &[("name", &plain(name)), ("kind", &self::layer(*layer))],
        ),
        Use::DefaultRoute { interface, wireless, only } => route(interface, *wireless, *only),
        Use::Interface { name, master: Some(master) } => fill(
            &gettext("The network interface “{interface}” is lost, and “{master}” loses a port."),
            &[("interface", &plain(name)), ("master", &plain(master))],
        ),
        Use::Interface { name, master: None } => {
            fill(&gettext("The network interface “{interface}” is lost."), &[("interface", &plain(name))])
        }
        Use::BootDisplay => gettext(
            "The next start of the computer shows its first messages on this card, even when it belongs to a virtual machine.",
        ),
        Use::FirmwarePicture { holder } => fill(
            &gettext("The console that “{holder}” draws into the card’s memory goes dark."),
            &[("holder", &plain(holder))],
        ),
        Use::Screen { connector, monitor, only } => screen(connector, monitor.as_deref(), *only),
        Use::Keyboard { name, only: true } => fill(
            &gettext("The only keyboard, “{name}”, is lost: nobody can type on this computer any more."),
            &[("name", &plain(name))],
        ),
        Use::Keyboard { name, only: false } => {
            fill(&gettext("The keyboard “{name}” is lost."), &[("name", &plain(name))])
        }
        Use::Pointer { name, only: true } => {
            fill(&gettext("The only pointer, “{name}”, is lost."), &[("name", &plain(name))])
        }
        Use::Pointer { name, only: false } => {
            fill(&gettext("The pointer “{name}” is lost."), &[("name", &plain(name))])
        }
        Use::Bluetooth { only: true, .. } => {
            gettext("Bluetooth is lost, and everything that is connected through it.")
        }
        Use::Bluetooth { name, only: false } => {
            fill(&gettext("The Bluetooth adapter “{name}” is lost."), &[("name", &plain(name))])
        }
        Use::UsbDevice { name, kinds } if kinds.is_empty() => {
            fill(&gettext("The USB device “{name}” is lost."), &[("name", &plain(name))])
        }
        Use::UsbDevice { name, kinds } => {
            let kinds: Vec<String> = kinds.iter().map(|kind| usb_kind(*kind)).collect();
            fill(
                &gettext("The USB device “{name}” ({kinds}) is lost."),
                &[("name", &plain(name)), ("kinds", &join(&kinds))],
            )
        }
        Use::Sound { name, playing, only } => sound(name, *playing, *only),
        Use::Program { process, name } => fill(
            &gettext("The program “{program}” (process {process}) has it open and may end or hang."),
            &[("program", &plain(name)), ("process", &process.to_string())],
        ),
        Use::VirtualMachine { name, running: true } => fill(
            &gettext("The virtual machine “{vm}” is using it and has to be shut down first."),
            &[("vm", &plain(name))],
        ),
        Use::VirtualMachine { name, running: false } => fill(
            &gettext(
                "The virtual machine “{vm}” has it in its definition, and only one of them can run with it.",
            ),
            &[("vm", &plain(name))],
        ),
    }
}

fn mounted(path: &str, role: Role, layers: impl Iterator<Item = Layer>) -> String {
    let layers: Vec<String> = layers.map(layer).collect();
    let path = plain(path);
    let place = if layers.is_empty() {
        fill(&gettext("“{path}”"), &[("path", &path)])
    } else {
        fill(&gettext("“{path}” ({layers})"), &[("path", &path), ("layers", &join(&layers))])
    };
    let template = match role {
        Role::System => gettext("The host stops: its system at {place} is on this device."),
        Role::Boot => {
            gettext("The host does not start again: what it starts from, at {place}, is on this device.")
        }
        Role::Home => gettext("The users’ files at {place} are gone as long as the device is."),
        Role::Data => gettext("The files at {place} are gone as long as the device is."),
    };
    fill(&template, &[("place", &place)])
}

fn route(interface: &str, wireless: bool, only: bool) -> String {
    let template = match (only, wireless) {
        (true, false) => gettext("The host’s only way into other networks (“{interface}”) is lost."),
        (true, true) => {
            gettext("The host’s only way into other networks (“{interface}”, over Wi-Fi) is lost.")
        }
        (false, false) => gettext("One of the host’s ways into other networks (“{interface}”) is lost."),
        (false, true) => {
            gettext("One of the host’s ways into other networks (“{interface}”, over Wi-Fi) is lost.")
        }
    };
    fill(&template, &[("interface", &plain(interface))])
}

fn screen(connector: &str, monitor: Option<&str>, only: bool) -> String {
    let template = match (monitor.is_some(), only) {
        (true, true) => {
            gettext("The only screen, “{monitor}” at {connector}, goes dark, and the desktop with it.")
        }
        (true, false) => gettext("The screen “{monitor}” at {connector} goes dark."),
        (false, true) => gettext("The only screen, at {connector}, goes dark, and the desktop with it."),
        (false, false) => gettext("The screen at {connector} goes dark."),
    };
    fill(&template, &[("monitor", &plain(monitor.unwrap_or_default())), ("connector", &plain(connector))])
}

fn sound(name: &str, playing: Option<bool>, only: bool) -> String {
    let template = match (only, playing) {
        (true, Some(true)) => gettext("The only sound output, “{name}”, is lost, and what plays now stops."),
        (true, _) => gettext("The only sound output, “{name}”, is lost."),
        (false, Some(true)) => gettext("The sound output “{name}” is lost, and what plays now stops."),
        (false, _) => gettext("The sound output “{name}” is lost."),
    };
    fill(&template, &[("name", &plain(name))])
}

/// What lies between a file system and a disk, as a label.
pub fn layer(layer: Layer) -> String {
    match layer {
        Layer::Encryption => gettext("encrypted"),
        Layer::LogicalVolume => gettext("LVM"),
        Layer::Raid => gettext("RAID"),
        Layer::Multipath => gettext("several ways to one disk"),
        Layer::Mapping => gettext("device mapper"),
        Layer::Cache => gettext("cached"),
        Layer::Btrfs => gettext("Btrfs over several disks"),
        Layer::Zfs => gettext("ZFS"),
    }
}

/// What a USB device is good for, as a label.
pub fn usb_kind(kind: UsbKind) -> String {
    match kind {
        UsbKind::Hub => gettext("hub"),
        UsbKind::Keyboard => gettext("keyboard"),
        UsbKind::Pointer => gettext("pointer"),
        UsbKind::Hid => gettext("controls"),
        UsbKind::Storage => gettext("storage"),
        UsbKind::Sound => gettext("sound"),
        UsbKind::Video => gettext("camera"),
        UsbKind::Bluetooth => gettext("Bluetooth"),
        UsbKind::Network => gettext("network"),
        UsbKind::Printer => gettext("printer"),
        UsbKind::Picture => gettext("pictures"),
        UsbKind::SmartCard => gettext("smart cards"),
    }
}

/// How bad a loss is, as a heading.
pub fn loss_label(loss: Loss) -> String {
    match loss {
        Loss::Host => gettext("The host would stop"),
        Loss::Access => gettext("The host could not be used any more"),
        Loss::Use => gettext("In use now"),
        Loss::Little => gettext("Missed by few"),
    }
}

/// A name of the machine in one line: names of folders and programs may hold control characters.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn every_use() -> Vec<Use> {
        let name = || "a\nname".to_owned();
        let mut uses = vec![
            Use::Swap,
            Use::BootDisplay,
            Use::FirmwarePicture { holder: "BOOTFB".to_owned() },
            Use::Program { process: 7, name: name() },
        ];
        for role in [Role::System, Role::Boot, Role::Home, Role::Data] {
            for layers in [BTreeSet::new(), BTreeSet::from([Layer::Encryption, Layer::LogicalVolume])] {
                uses.push(Use::Mounted { path: "/my\ndisk".to_owned(), role, layers });
            }
        }
        for layer in [Layer::Raid, Layer::Multipath, Layer::Mapping, Layer::Cache, Layer::Btrfs, Layer::Zfs] {
            uses.push(Use::Volume { name: name(), layer });
        }
        for (only, other) in [(false, false), (false, true), (true, false), (true, true)] {
            let monitor = other.then(|| "Dell U2720Q".to_owned());
            uses.push(Use::DefaultRoute { interface: name(), wireless: other, only });
            uses.push(Use::Interface { name: name(), master: other.then(|| "br0".to_owned()) });
            uses.push(Use::Screen { connector: "DP-1".to_owned(), monitor, only });
            uses.push(Use::Keyboard { name: name(), only });
            uses.push(Use::Pointer { name: name(), only });
            uses.push(Use::Bluetooth { name: name(), only });
            uses.push(Use::Sound { name: name(), playing: Some(other), only });
            uses.push(Use::VirtualMachine { name: name(), running: other });
            let kinds =
                if other { BTreeSet::from([UsbKind::Video, UsbKind::Sound]) } else { BTreeSet::new() };
            uses.push(Use::UsbDevice { name: name(), kinds });
        }
        uses
    }

    #[test]
    fn every_loss_is_one_whole_sentence_and_every_use_a_label() {
        for by in every_use() {
            let sentence = loss(&by);
            assert!(sentence.ends_with('.') && !sentence.contains(['{', '}', '\n', '!']), "{sentence}");
            let label = used_for(&by);
            assert!(!label.is_empty() && !label.ends_with('.') && !label.contains(['{', '\n']), "{label}");
            assert!(!loss_label(by.loss()).is_empty());
        }
    }

    #[test]
    fn what_hurts_is_said_plainly() {
        let mounted = Use::Mounted {
            path: "/".to_owned(),
            role: Role::System,
            layers: BTreeSet::from([Layer::Encryption, Layer::LogicalVolume]),
        };
        let expected = "The host stops: its system at “/” (encrypted and LVM) is on this device.";
        assert_eq!(loss(&mounted), expected);
        let screen =
            Use::Screen { connector: "DP-1".to_owned(), monitor: Some("Dell".to_owned()), only: true };
        let expected = "The only screen, “Dell” at DP-1, goes dark, and the desktop with it.";
        assert_eq!(loss(&screen), expected);
    }
}
