//! What a check is good for: one sentence for the user, whatever came of it.

use gangway_core::checks::CheckId;
use gettextrs::gettext;

/// Why it matters.
pub fn meaning(check: CheckId) -> String {
    match check {
        CheckId::IommuArgumentOff | CheckId::IommuArgumentMissing | CheckId::IommuNotOffered => gettext(
            "Only an IOMMU keeps a device of a virtual machine away from the memory of the host, so without one nothing can be handed over.",
        ),
        CheckId::GraphicsOnly | CheckId::GraphicsScreens => gettext(
            "Without a card and a screen of its own the host has no desktop any more, and can only be reached over the network.",
        ),
        CheckId::GraphicsBootDisplay | CheckId::GraphicsFirmwarePicture | CheckId::GraphicsRom => gettext(
            "A card that shows the firmware’s picture is harder to hand over: its memory and its ROM have been in use before any driver.",
        ),
        CheckId::GraphicsTwin | CheckId::UsbTwins => {
            gettext("Ids name a model and not a device, so two of a kind need another way to be told apart.")
        }
        CheckId::GraphicsPrograms
        | CheckId::GraphicsNvidiaInUse
        | CheckId::GraphicsDesktopDriver
        | CheckId::GraphicsSound => gettext(
            "A driver can only let go of a card that nothing uses; otherwise programs end, or the computer hangs.",
        ),
        CheckId::GraphicsIntegrated | CheckId::GraphicsOutputs => {
            gettext("What a card is built like decides whether a guest can show its picture on a screen.")
        }
        CheckId::GraphicsResizableBar | CheckId::GraphicsLinkWidth => {
            gettext("It works without this as well, only slower than it could.")
        }
        CheckId::GraphicsD3cold | CheckId::ResetPowerState => {
            gettext("A device that does not wake up cannot be started in a virtual machine.")
        }
        CheckId::GraphicsVirtualFunctions | CheckId::NetworkVirtualFunctions => {
            gettext("A device with virtual functions can hand over those or itself, and not both.")
        }
        CheckId::GroupViable | CheckId::GroupMissing | CheckId::GroupMapping | CheckId::GroupAcs => gettext(
            "The IOMMU keeps groups apart and not single devices, so all of a group leaves the host together or not at all.",
        ),
        CheckId::ResetAbility | CheckId::ResetKnownBad | CheckId::ResetDisk => {
            gettext("A device that cannot be reset works for the first guest, and often for none after it.")
        }
        CheckId::UsbKeyboard | CheckId::UsbBluetooth => {
            gettext("With a USB controller everything goes that is plugged into it, also later.")
        }
        CheckId::StorageSystem | CheckId::StorageData | CheckId::StorageSwap | CheckId::StorageVolumes => {
            gettext("A disk that host and guest write to at the same time loses its data.")
        }
        CheckId::NetworkWayOut => {
            gettext("Without a way out this computer has no network until the card comes back.")
        }
        CheckId::NetworkWireless | CheckId::NetworkBridge => gettext(
            "A bridge puts guests into the host’s own network; Wi-Fi carries only what comes from the card’s own address.",
        ),
        CheckId::NetworkDefault => {
            gettext("Guests that are made with the usual tools use this network to reach others.")
        }
    }
}
