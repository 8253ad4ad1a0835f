//! What to do about a finding on a device, as one or two sentences.

use gangway_core::checks::DeviceFix;
use gettextrs::gettext;

/// What to do.
pub(super) fn device_fix(fix: &DeviceFix) -> String {
    match fix {
        DeviceFix::AnotherCard => gettext(
            "Put in another graphics card, or switch on the processor’s graphics in the firmware setup.",
        ),
        DeviceFix::PrimaryDisplay => gettext(
            "Choose another card as the primary display in the firmware setup, and connect a screen to that one.",
        ),
        DeviceFix::MoveScreen => gettext("Connect a screen to a graphics card that stays with the host."),
        DeviceFix::ByAddress => gettext("Do not reserve it by its ids (“vfio-pci.ids”), but by its address."),
        DeviceFix::ClosePrograms => gettext("End these programs before the card is handed over."),
        DeviceFix::ReserveAtBoot => gettext(
            "Reserve the card for virtual machines from the start of the computer, so that no driver of the host ever has it, and let another card show the desktop.",
        ),
        DeviceFix::IntegratedGraphics => gettext(
            "Hand over a card of its own instead, or give the guest a ROM file made for this processor and look at it over the network until its driver runs.",
        ),
        DeviceFix::RemoteScreen => gettext("Look at the guest over the network, or with Looking Glass."),
        DeviceFix::ResizeBefore => gettext(
            "Switch on “Resizable BAR” and “Above 4G Decoding” in the firmware setup, or leave it as it is where everything works.",
        ),
        DeviceFix::RomFile => gettext(
            "Give the virtual machine a ROM file of exactly this card, read while another card was the primary display.",
        ),
        DeviceFix::OtherSlot => gettext(
            "Put the card into a slot with more lanes, best one of the processor’s own; cards also save lanes while they are idle.",
        ),
        DeviceFix::KeepAwake { .. } => gettext(
            "Keep the card from sleeping without power before it is handed over; this lasts until the next start.",
        ),
        DeviceFix::StopSound => gettext("Stop what plays, or choose another output."),
        DeviceFix::WholeGroup => gettext("Hand over the whole group, or put the card into another slot."),
        DeviceFix::AnotherGroup => gettext(
            "Put the card into another slot, best one of the processor’s own, or look for “ACS” and “AER” in the firmware setup.",
        ),
        DeviceFix::VendorReset => gettext(
            "Install the kernel module “vendor-reset” if it builds for this kernel, and shut the guest down instead of stopping it; otherwise restart the host between two runs.",
        ),
        DeviceFix::RestartBetween => gettext(
            "Shut the guest down instead of stopping it, and restart the host if the device does not come back.",
        ),
        DeviceFix::PowerOff => gettext("Switch the computer off and take its power away for ten seconds."),
        DeviceFix::OtherKeyboard => gettext(
            "Plug a keyboard into a port of another controller before this one is handed over; “gangwayctl usb” lists the ports.",
        ),
        DeviceFix::OtherBluetooth => {
            gettext("Use an adapter on another controller, or connect with a cable what you need.")
        }
        DeviceFix::UsbByNumber => gettext("Hand the device over by bus and number instead of by its ids."),
        DeviceFix::Unmount => {
            gettext("Unmount these file systems, and take them out of /etc/fstab where they stand there.")
        }
        DeviceFix::SwapOff => gettext(
            "Switch this swap space off with “swapoff”, and take it out of /etc/fstab where it stands there.",
        ),
        DeviceFix::StopVolumes => {
            gettext("Close these volumes: deactivate, lock or stop them with the tool that opened them.")
        }
        DeviceFix::AnotherRoute => gettext("Connect the host to the network through another card first."),
        DeviceFix::Nat => gettext(
            "Use libvirt’s network “default” for guests, or connect the host with a cable and make a bridge of that.",
        ),
        DeviceFix::StartDefaultNetwork => gettext(
            "Start libvirt’s network “default”; where it is not there, the package with libvirt’s network configuration brings it.",
        ),
        DeviceFix::VirtualFunctionsOff { .. } => {
            gettext("Switch its virtual functions off, or hand over one of them instead.")
        }
    }
}
