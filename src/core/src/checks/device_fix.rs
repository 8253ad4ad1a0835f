//! What to do about a finding on a device: mostly something for hands and eyes, not for a command.

use crate::pci::PciAddress;

/// What to do about a device.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DeviceFix {
    /// Give the host another graphics card, or switch on the one of the processor.
    AnotherCard,
    /// Choose another card for the firmware's picture.
    PrimaryDisplay,
    /// Connect a screen to a card that stays.
    MoveScreen,
    /// Reserve the card by its address.
    ByAddress,
    /// End the programs that hold it.
    ClosePrograms,
    /// Reserve it from the start, so that no driver of the host ever has it.
    ReserveAtBoot,
    /// Expect no picture before a driver draws, and bring a ROM.
    IntegratedGraphics,
    /// Look at the guest over the network or a shared memory.
    RemoteScreen,
    /// Set the size of its memory window before the guest gets it.
    ResizeBefore,
    /// Give the guest a ROM file.
    RomFile,
    /// Put it into another slot.
    OtherSlot,
    /// Keep it from sleeping without power.
    KeepAwake {
        /// The function.
        address: PciAddress,
    },
    /// Stop what plays, or let it play elsewhere.
    StopSound,
    /// Hand over everything in the group.
    WholeGroup,
    /// Use another slot, or the firmware's settings for access control.
    AnotherGroup,
    /// Install the module that resets it.
    VendorReset,
    /// Restart the host between two runs of the guest.
    RestartBetween,
    /// Take the computer's power away for a moment.
    PowerOff,
    /// Plug a keyboard into another controller.
    OtherKeyboard,
    /// Use an adapter on another controller.
    OtherBluetooth,
    /// Name the device by bus and number.
    UsbByNumber,
    /// Unmount what is on it.
    Unmount,
    /// Switch its swap space off.
    SwapOff,
    /// Stop the volumes on it.
    StopVolumes,
    /// Give the host another way out.
    AnotherRoute,
    /// Use the network of libvirt in place of a bridge.
    Nat,
    /// Start the network of libvirt.
    StartDefaultNetwork,
    /// Switch virtual functions off.
    VirtualFunctionsOff {
        /// The physical function.
        address: PciAddress,
    },
}

impl DeviceFix {
    /// The command that does it, where one command does.
    pub fn command(&self) -> Option<String> {
        match self {
            Self::KeepAwake { address } => {
                Some(format!("echo 0 | sudo tee /sys/bus/pci/devices/{address}/d3cold_allowed"))
            }
            Self::VirtualFunctionsOff { address } => {
                Some(format!("echo 0 | sudo tee /sys/bus/pci/devices/{address}/sriov_numvfs"))
            }
            Self::StartDefaultNetwork => Some("virsh --connect qemu:///system net-start default".to_owned()),
            _ => None,
        }
    }
}
