//! What a check is called: a few words without a verdict, so that they fit whatever came of it.

use gangway_core::checks::{CheckId, Subject};
use gettextrs::gettext;

/// The title of a check.
pub fn title(check: CheckId) -> String {
    match check {
        CheckId::IommuArgumentOff => gettext("IOMMU not switched off by an argument"),
        CheckId::IommuArgumentMissing => gettext("Argument for Intel’s IOMMU"),
        CheckId::IommuNotOffered => gettext("IOMMU offered by the firmware"),
        CheckId::GraphicsOnly => gettext("A graphics card left for the host"),
        CheckId::GraphicsBootDisplay => gettext("Firmware’s picture on another card"),
        CheckId::GraphicsScreens => gettext("A screen left for the host"),
        CheckId::GraphicsFirmwarePicture => gettext("Memory free of the firmware’s picture"),
        CheckId::GraphicsTwin => gettext("Told apart by its ids"),
        CheckId::GraphicsPrograms => gettext("Not held by programs"),
        CheckId::GraphicsNvidiaInUse => gettext("NVIDIA’s driver lets go"),
        CheckId::GraphicsDesktopDriver => gettext("The desktop’s driver lets go"),
        CheckId::GraphicsSound => gettext("Sound output quiet"),
        CheckId::GraphicsIntegrated => gettext("A card of its own"),
        CheckId::GraphicsOutputs => gettext("Outputs of its own"),
        CheckId::GraphicsResizableBar => gettext("Memory window at its full size"),
        CheckId::GraphicsRom => gettext("ROM that a guest can use"),
        CheckId::GraphicsLinkWidth => gettext("All lanes of the slot"),
        CheckId::GraphicsD3cold => gettext("Awake"),
        CheckId::GraphicsVirtualFunctions => gettext("Virtual functions of the graphics card off"),
        CheckId::GroupViable => gettext("The group can leave as one"),
        CheckId::GroupMissing => gettext("In an IOMMU group"),
        CheckId::GroupMapping => gettext("No memory that the firmware claims"),
        CheckId::GroupAcs => gettext("Bridges that keep devices apart"),
        CheckId::ResetAbility => gettext("Reset between two runs"),
        CheckId::ResetKnownBad => gettext("Comes back from a reset"),
        CheckId::ResetPowerState => gettext("Answers"),
        CheckId::ResetDisk => gettext("Disk can be reset by itself"),
        CheckId::UsbKeyboard => gettext("A keyboard left for the host"),
        CheckId::UsbBluetooth => gettext("Bluetooth left for the host"),
        CheckId::UsbTwins => gettext("USB devices told apart by their ids"),
        CheckId::StorageSystem => gettext("Nothing of the system on it"),
        CheckId::StorageData => gettext("Nothing mounted from it"),
        CheckId::StorageSwap => gettext("No swap space on it"),
        CheckId::StorageVolumes => gettext("No volumes open on it"),
        CheckId::NetworkWayOut => gettext("A way out left for the host"),
        CheckId::NetworkWireless => gettext("Guests in the host’s network"),
        CheckId::NetworkDefault => gettext("libvirt’s own network"),
        CheckId::NetworkBridge => gettext("Ports of the bridge"),
        CheckId::NetworkVirtualFunctions => gettext("Virtual functions of the network card off"),
    }
}

/// What a check is about, as a heading.
pub fn subject(subject: Subject) -> String {
    match subject {
        Subject::Firmware => gettext("Firmware"),
        Subject::Cpu => gettext("Processor"),
        Subject::Iommu => gettext("IOMMU"),
        Subject::Kernel => gettext("Kernel"),
        Subject::Modules => gettext("Kernel modules"),
        Subject::GraphicsCard => gettext("Graphics card"),
        Subject::Group => gettext("IOMMU group"),
        Subject::Reset => gettext("Reset"),
        Subject::Usb => gettext("USB"),
        Subject::Storage => gettext("Storage"),
        Subject::Memory => gettext("Memory"),
        Subject::Boot => gettext("Start of the computer"),
        Subject::Initramfs => gettext("Initramfs"),
        Subject::Libvirt => gettext("libvirt"),
        Subject::Qemu => gettext("QEMU"),
        Subject::FirmwareImages => gettext("Firmware for virtual machines"),
        Subject::Permissions => gettext("Permissions"),
        Subject::Network => gettext("Network"),
        Subject::Guest => gettext("Virtual machine"),
    }
}
