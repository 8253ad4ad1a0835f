//! Who holds a device now, and what the host loses without it.
//!
//! Values only, made of what was read; `gangway_client::text::uses` makes the sentences. What virtual machines claim is
//! handed in, since this crate knows no libvirt.

mod find;
mod usb;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Devices;
use super::storage::{Layer, Role};
use super::usb::UsbKind;
use crate::host::Host;
use crate::pci::PciAddress;
pub use find::Finder;
pub use usb::usb_uses;

/// A function with one use of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Used {
    /// The function.
    pub address: PciAddress,
    /// The use.
    pub by: Use,
}

/// A use of a function. `only` says that nothing else is left for it once the functions asked about are gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "use", rename_all = "kebab-case")]
pub enum Use {
    /// A mounted file system is on it.
    Mounted {
        /// Where that is mounted.
        path: String,
        /// What it is to the host.
        role: Role,
        /// What lies between.
        layers: BTreeSet<Layer>,
    },
    /// Swap space in use is on it.
    Swap,
    /// A volume is made of its disks, on which nothing is mounted.
    Volume {
        /// Its name.
        name: String,
        /// What it is.
        layer: Layer,
    },
    /// A default route goes through it.
    DefaultRoute {
        /// The interface.
        interface: String,
        /// Whether that is Wi-Fi.
        wireless: bool,
        /// Whether no other default route is left.
        only: bool,
    },
    /// A network interface that is up, through which no default route goes.
    Interface {
        /// Its name.
        name: String,
        /// The bridge or bond that it is a port of.
        master: Option<String>,
    },
    /// It shows the firmware's picture since the start.
    BootDisplay,
    /// The kernel shows the firmware's picture in its memory.
    FirmwarePicture {
        /// Who has the memory, in the kernel's word.
        holder: String,
    },
    /// A screen is connected to it.
    Screen {
        /// The connector.
        connector: String,
        /// What the screen calls itself.
        monitor: Option<String>,
        /// Whether no other screen is left.
        only: bool,
    },
    /// A keyboard.
    Keyboard {
        /// What it is called.
        name: String,
        /// Whether no other one is left.
        only: bool,
    },
    /// A mouse, touchpad or the like.
    Pointer {
        /// What it is called.
        name: String,
        /// Whether no other one is left.
        only: bool,
    },
    /// A Bluetooth adapter.
    Bluetooth {
        /// The kernel's name for it.
        name: String,
        /// Whether no other one is left.
        only: bool,
    },
    /// Another device on USB.
    UsbDevice {
        /// What it calls itself.
        name: String,
        /// What it is good for.
        kinds: BTreeSet<UsbKind>,
    },
    /// A sound card.
    Sound {
        /// What it is called.
        name: String,
        /// Whether it plays now, where that is known.
        playing: Option<bool>,
        /// Whether no other one with an output is left.
        only: bool,
    },
    /// A program has a node of it open.
    Program {
        /// Its number.
        process: u32,
        /// Its name.
        name: String,
    },
    /// A virtual machine has it, or would get it when it starts.
    VirtualMachine {
        /// Its name.
        name: String,
        /// Whether it runs with it.
        running: bool,
    },
}

/// How bad it is to lose something; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// The host stops, or does not start again.
    Host,
    /// Nobody at this computer can work with it any more, or reach it.
    Access,
    /// Something that is in use goes away.
    Use,
    /// Something is not there for a while, and nobody may notice.
    Little,
}

/// A device that a virtual machine has, or gets when it starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VmClaim {
    /// The virtual machine.
    pub vm: String,
    /// Whether it runs with it.
    pub running: bool,
    /// The device.
    pub device: Claimed,
}

/// What a virtual machine claims.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claimed {
    /// A PCI function.
    Function(PciAddress),
    /// A USB device, by the name of its port.
    UsbDevice(String),
}

impl Use {
    /// How bad it is to lose it.
    pub const fn loss(&self) -> Loss {
        match self {
            Self::Mounted { role: Role::System | Role::Boot, .. } => Loss::Host,
            Self::Swap => Loss::Host,
            Self::DefaultRoute { only: true, .. }
            | Self::Screen { only: true, .. }
            | Self::Keyboard { only: true, .. } => Loss::Access,
            Self::Mounted { .. }
            | Self::Volume { .. }
            | Self::DefaultRoute { .. }
            | Self::Screen { .. }
            | Self::Keyboard { .. }
            | Self::Pointer { .. }
            | Self::Program { .. }
            | Self::Sound { playing: Some(true), .. }
            | Self::VirtualMachine { running: true, .. } => Loss::Use,
            Self::Interface { .. }
            | Self::BootDisplay
            | Self::FirmwarePicture { .. }
            | Self::Bluetooth { .. }
            | Self::UsbDevice { .. }
            | Self::Sound { .. }
            | Self::VirtualMachine { .. } => Loss::Little,
        }
    }
}

/// The uses of these functions, as if all of them were to leave together; in order of address and use.
pub fn uses(host: &Host, devices: &Devices, vms: &[VmClaim], leaving: &[PciAddress]) -> Vec<Used> {
    Finder::new(host, devices).uses(vms, leaving)
}

#[cfg(test)]
mod tests;
