//! What a check is called: a few words without a verdict, so that they fit whatever came of it.

use gangway_core::checks::{CheckId, Subject};
use gettextrs::gettext;

/// The title of a check.
pub fn title(check: CheckId) -> String {
    match check {
        CheckId::IommuArgumentOff => gettext("IOMMU not switched off by an argument"),
        CheckId::IommuArgumentMissing => gettext("Argument for Intel’s IOMMU"),
        CheckId::IommuNotOffered => gettext("IOMMU offered by the firmware"),
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
