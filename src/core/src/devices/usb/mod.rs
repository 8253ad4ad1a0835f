//! The USB tree: controllers with their ports, what is plugged in, and keyboards, pointers and Bluetooth by name.
//!
//! The types, and the questions one asks of them. Sources: kernel, `Documentation/ABI/stable/sysfs-bus-usb` and
//! `Documentation/ABI/testing/sysfs-bus-usb`; the classes are those of USB-IF's list of defined class codes.

pub mod input;
mod read;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::pci::PciAddress;
use crate::reading::{Reading, Trouble};
use crate::source::Source;
pub use input::{Input, InputKind};
pub(crate) use read::{BLUETOOTH, DEVICES, connect_type};

/// The USB tree of a computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usb {
    /// The buses, in order of their numbers; a controller mostly has two, a slow and a fast one.
    pub buses: Vec<Bus>,
    /// The devices, in order of bus and ports; without the buses' own hubs.
    pub devices: Vec<UsbDevice>,
    /// Keyboards and pointers, those that are not on USB too.
    pub inputs: Vec<Input>,
    /// Whether the kernel's table of inputs could be read.
    pub inputs_known: bool,
    /// Bluetooth adapters.
    pub bluetooth: Vec<Bluetooth>,
}

/// A bus: what a controller's own hub spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bus {
    /// Its number, which changes with the order of detection.
    pub number: u16,
    /// The controller; absent where it is no PCI function.
    pub controller: Option<PciAddress>,
    /// Its speed in kilobits a second.
    pub speed: Reading<u32>,
    /// Its ports, in order.
    pub ports: Vec<Port>,
}

/// A port of a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its number, from 1.
    pub number: u8,
    /// What the firmware says is behind it: `hotplug`, `hardwired`, `not used` or `unknown`.
    pub connect: Reading<String>,
}

/// A device on a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbDevice {
    /// Where it is plugged in: bus and ports, such as `1-2.3`. This stays with the socket.
    pub port: String,
    /// The bus.
    pub bus: u16,
    /// Its number on the bus, another one each time it is plugged in; absent where the kernel does not tell.
    pub number: Option<u16>,
    /// Its ids.
    pub id: Reading<UsbId>,
    /// What it says it is.
    pub product: Reading<String>,
    /// Who it says made it.
    pub maker: Reading<String>,
    /// Its serial number.
    pub serial: Reading<String>,
    /// Its speed in kilobits a second.
    pub speed: Reading<u32>,
    /// The controller; absent where it is no PCI function.
    pub controller: Option<PciAddress>,
    /// How many ports it has itself.
    pub ports: u8,
    /// What it is good for.
    pub kinds: BTreeSet<UsbKind>,
    /// The drivers of its interfaces.
    pub drivers: BTreeSet<String>,
}

/// The ids of a USB device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbId {
    /// Who made it.
    pub vendor: u16,
    /// Which device it is.
    pub product: u16,
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

/// What a USB device is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsbKind {
    /// A hub.
    Hub,
    /// A keyboard.
    Keyboard,
    /// A mouse, touchpad or the like.
    Pointer,
    /// Another device for hands, such as a game controller.
    Hid,
    /// A disk or stick.
    Storage,
    /// Sound.
    Sound,
    /// A camera.
    Video,
    /// A Bluetooth adapter.
    Bluetooth,
    /// A network adapter or modem.
    Network,
    /// A printer.
    Printer,
    /// A scanner or photo camera.
    Picture,
    /// A reader of smart cards.
    SmartCard,
}

/// A Bluetooth adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bluetooth {
    /// The kernel's name for it, such as `hci0`.
    pub name: String,
    /// The PCI function that it hangs on; that of the controller where it hangs on USB.
    pub function: Option<PciAddress>,
    /// The USB device that it is, by the name of its port.
    pub usb: Option<String>,
}

/// Whether a product begins with the first word of its maker, as many do.
fn begins_with_maker(product: &str, maker: &str) -> bool {
    let first = |text: &str| text.split_whitespace().next().unwrap_or_default().to_lowercase();
    !first(maker).is_empty() && first(product) == first(maker)
}

impl UsbKind {
    /// The word for programs and developers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Keyboard => "keyboard",
            Self::Pointer => "pointer",
            Self::Hid => "hid",
            Self::Storage => "storage",
            Self::Sound => "sound",
            Self::Video => "video",
            Self::Bluetooth => "bluetooth",
            Self::Network => "network",
            Self::Printer => "printer",
            Self::Picture => "picture",
            Self::SmartCard => "smart-card",
        }
    }
}

impl UsbDevice {
    /// What people call it: its own words, or its ids.
    pub fn name(&self) -> String {
        let words: Vec<&str> = [&self.maker, &self.product]
            .into_iter()
            .filter_map(|reading| reading.known())
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .collect();
        match words.as_slice() {
            // Many products begin with their maker's name.
            [maker, product] if begins_with_maker(product, maker) => (*product).to_owned(),
            [_, ..] if self.product.is_known() => words.join(" "),
            _ => match self.id.known() {
                Some(id) => [words.as_slice(), &[id.to_string().as_str()]].concat().join(" "),
                None => self.port.clone(),
            },
        }
    }

    /// The hub that it is plugged into; none where that is the controller's own.
    pub fn above(&self) -> Option<&str> {
        self.port.rsplit_once('.').map(|(above, _)| above)
    }
}

impl Usb {
    /// Reads the USB tree of a machine alone; what could not be read is added to the problems.
    pub fn read(source: &Source, problems: &mut Vec<Trouble>) -> Self {
        read::read(source, problems)
    }

    /// The device at a port.
    pub fn device(&self, port: &str) -> Option<&UsbDevice> {
        self.devices.iter().find(|device| device.port == port)
    }

    /// The devices of a controller.
    pub fn below(&self, controller: PciAddress) -> impl Iterator<Item = &UsbDevice> {
        self.devices.iter().filter(move |device| device.controller == Some(controller))
    }

    /// The controllers, in order of address.
    pub fn controllers(&self) -> BTreeSet<PciAddress> {
        self.buses.iter().filter_map(|bus| bus.controller).collect()
    }

    /// Whether an input would be gone with these controllers. One on Bluetooth goes with the last adapter.
    pub fn goes_with(&self, input: &Input, controllers: &[PciAddress]) -> bool {
        if input.bluetooth {
            let mut adapters = self.bluetooth.iter().peekable();
            return adapters.peek().is_some()
                && adapters
                    .all(|adapter| adapter.function.is_some_and(|function| controllers.contains(&function)));
        }
        input.function.is_some_and(|function| controllers.contains(&function))
    }
}

#[cfg(test)]
mod tests;
