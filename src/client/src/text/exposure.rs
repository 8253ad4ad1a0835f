//! Sentences about what a virtual machine can do with the devices that it has.

use gettextrs::gettext;

use super::{DeviceNames, fill};
use crate::handover::Exposure;

/// What to know before devices are handed over.
pub fn exposure(exposure: &Exposure, names: &DeviceNames<'_>) -> String {
    match exposure {
        Exposure::Memory => gettext(
            "The IOMMU confines the device to the virtual machine’s memory, so it cannot read the host’s.",
        ),
        Exposure::Firmware => gettext(
            "The virtual machine can write the device’s own firmware, which stays when the host gets it back: trust what runs in it.",
        ),
        Exposure::Reset => gettext(
            "A device that is not reset wholly between two users may need the computer restarted, and may keep data of the one before.",
        ),
        Exposure::Disk(address) => fill(
            &gettext("The virtual machine can read and write all that is on {device}."),
            &[("device", &names.of(*address))],
        ),
        Exposure::Network(address) => fill(
            &gettext(
                "Through {device} the virtual machine is in the network itself, and no firewall of the host is between.",
            ),
            &[("device", &names.of(*address))],
        ),
        Exposure::Usb(address) => fill(
            &gettext("Everything that is plugged into {device} belongs to the virtual machine, also later."),
            &[("device", &names.of(*address))],
        ),
        Exposure::Licence => gettext(
            "NVIDIA’s licence says what its drivers may be used for, and it holds in a virtual machine, too.",
        ),
    }
}
