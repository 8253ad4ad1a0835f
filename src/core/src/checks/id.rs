//! The names of the checks, each with its question.
//!
//! Append a check in the part of its owner: the system's first, the devices' below. A name never changes its meaning:
//! scripts know it from `gangwayctl check --json`.

use std::fmt;
use std::str::FromStr;

/// Makes the enum, its names and its questions out of one table.
macro_rules! ids {
    ($($(#[doc = $question:literal])+ $id:ident = $name:literal,)+) => {
        /// Which check it is. Its documentation is its question.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CheckId {
            $($(#[doc = $question])+ $id,)+
        }

        impl CheckId {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$id,)+];

            /// Its stable name, such as `iommu-argument-off`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$id => $name,)+
                }
            }

            /// Its question, in English, for developers.
            pub const fn question(self) -> &'static str {
                match self {
                    $(Self::$id => concat!($($question),+),)+
                }
            }
        }
    };
}

ids! {
    // The system.
    /// Does an argument of the kernel switch the IOMMU off?
    IommuArgumentOff = "iommu-argument-off",
    /// Does this kernel wait for `intel_iommu=on`?
    IommuArgumentMissing = "iommu-argument-missing",
    /// Does the firmware offer an IOMMU?
    IommuNotOffered = "iommu-not-offered",

    // The devices.
    /// Does the host keep a graphics card that can show its desktop?
    GraphicsOnly = "graphics-only",
    /// Does the firmware show its picture on another card?
    GraphicsBootDisplay = "graphics-boot-display",
    /// Does the host keep a screen that is connected?
    GraphicsScreens = "graphics-screens",
    /// Is the card's memory free of the firmware's picture?
    GraphicsFirmwarePicture = "graphics-firmware-picture",
    /// Do its ids tell it from the other graphics cards?
    GraphicsTwin = "graphics-twin",
    /// Is it free of programs that hold it open?
    GraphicsPrograms = "graphics-programs",
    /// Would NVIDIA's driver let go of it?
    GraphicsNvidiaInUse = "graphics-nvidia-in-use",
    /// Would the driver of the desktop let go of it?
    GraphicsDesktopDriver = "graphics-desktop-driver",
    /// Is its sound output quiet?
    GraphicsSound = "graphics-sound",
    /// Is it a card of its own, and no part of the processor?
    GraphicsIntegrated = "graphics-integrated",
    /// Has it outputs of its own?
    GraphicsOutputs = "graphics-outputs",
    /// Is its memory window as large as it can be?
    GraphicsResizableBar = "graphics-resizable-bar",
    /// Can a guest use the card's own ROM?
    GraphicsRom = "graphics-rom",
    /// Does its slot give it all the lanes that it can use?
    GraphicsLinkWidth = "graphics-link-width",
    /// Is it awake, and not asleep without power?
    GraphicsD3cold = "graphics-d3cold",
    /// Are its virtual functions off?
    GraphicsVirtualFunctions = "graphics-virtual-functions",
    /// Can the whole group leave the host as one card?
    GroupViable = "group-viable",
    /// Is each graphics card in a group?
    GroupMissing = "group-missing",
    /// Is the group free of memory that the firmware wants mapped one to one?
    GroupMapping = "group-mapping",
    /// Do the bridges above the card keep devices apart?
    GroupAcs = "group-acs",
    /// Can the card be reset between two runs of a guest?
    ResetAbility = "reset-ability",
    /// Is it none of the cards that are known not to come back from a reset?
    ResetKnownBad = "reset-known-bad",
    /// Does the device answer?
    ResetPowerState = "reset-power-state",
    /// Can the disk be reset by itself?
    ResetDisk = "reset-disk",
    /// Does the host keep a keyboard without this controller?
    UsbKeyboard = "usb-keyboard",
    /// Does the host keep Bluetooth without this controller?
    UsbBluetooth = "usb-bluetooth",
    /// Do their ids tell the USB devices apart?
    UsbTwins = "usb-twins",
    /// Does the host run without this disk controller?
    StorageSystem = "storage-system",
    /// Is nothing of the user's mounted from it?
    StorageData = "storage-data",
    /// Is no swap space in use on it?
    StorageSwap = "storage-swap",
    /// Are no volumes open on it?
    StorageVolumes = "storage-volumes",
    /// Does the host keep a way out without this network card?
    NetworkWayOut = "network-way-out",
    /// Can guests be put into the host's network?
    NetworkWireless = "network-wireless",
    /// Does libvirt's own network run?
    NetworkDefault = "network-default",
    /// Can the bridge's ports carry what guests send?
    NetworkBridge = "network-bridge",
    /// Are the network card's virtual functions off?
    NetworkVirtualFunctions = "network-virtual-functions",
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no check has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no check is called {0:?}")]
pub struct UnknownCheck(pub String);

impl FromStr for CheckId {
    type Err = UnknownCheck;

    fn from_str(name: &str) -> Result<Self, UnknownCheck> {
        let known = Self::ALL.iter().copied().find(|id| id.name() == name);
        known.ok_or_else(|| UnknownCheck(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_lead_back() {
        for id in CheckId::ALL {
            assert_eq!(id.name().parse(), Ok(*id));
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(id.name().bytes().all(plain), "{id}");
            assert!(id.question().trim().ends_with('?'), "{id}: {}", id.question());
        }
        assert!("no-such-check".parse::<CheckId>().is_err());
    }
}
