//! Sentences about a device that stays because something uses it: what that is, and how that use is ended, which is
//! another thing for a screen than for a program.

use gangway_core::devices::uses::Use;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;

use super::uses::plain;
use super::{DeviceNames, fill, used_for};

/// Why a function stays, and what to do first.
pub(super) fn in_use(address: PciAddress, by: &Use, names: &DeviceNames<'_>) -> String {
    let template = match by {
        Use::Mounted { .. } => gettext(
            "{device} is in use ({use}): unmount that first, for good where the next start would mount it.",
        ),
        Use::Swap => gettext("{device} is in use ({use}): switch that swap space off first."),
        Use::Volume { .. } => gettext("{device} is in use ({use}): move that to other disks first."),
        Use::DefaultRoute { .. } | Use::Interface { .. } => {
            gettext("{device} is in use ({use}): give the host another way to the network first.")
        }
        Use::BootDisplay | Use::FirmwarePicture { .. } | Use::Screen { .. } => {
            gettext("{device} is in use ({use}): connect a screen to another card first.")
        }
        Use::Keyboard { .. } | Use::Pointer { .. } | Use::Bluetooth { .. } | Use::UsbDevice { .. } => {
            gettext("{device} is in use ({use}): plug that into another USB controller first.")
        }
        Use::Sound { .. } => gettext("{device} is in use ({use}): stop what plays there first."),
        Use::Program { name, process } => {
            return fill(
                &gettext("“{program}” (process {process}) has {device} open: end it first."),
                &[
                    ("program", &plain(name)),
                    ("process", &process.to_string()),
                    ("device", &names.of(address)),
                ],
            );
        }
        Use::VirtualMachine { name, running: true } => {
            return fill(
                &gettext("The virtual machine “{vm}” has {device}: shut it down first."),
                &[("vm", &plain(name)), ("device", &names.of(address))],
            );
        }
        Use::VirtualMachine { name, running: false } => {
            return fill(
                &gettext(
                    "The virtual machine “{vm}” gets {device} when it starts: take it back from there first.",
                ),
                &[("vm", &plain(name)), ("device", &names.of(address))],
            );
        }
    };
    fill(&template, &[("device", &names.of(address)), ("use", &used_for(by))])
}
