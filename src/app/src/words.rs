//! Short words and icons of the window: kinds of devices, addresses, states of virtual machines, host devices in
//! a few words. Sentences about plans, refusals and errors are in `gangway_client::text`.

use gangway_client::target::HostChoice;
use gangway_client::text;
pub use gangway_client::text::device_name;
use gangway_core::host::Function;
use gangway_core::pci::{DeviceKind, PciAddress};
use gangway_core::reading::Reading;
use gettextrs::gettext;
use relm4::gtk::glib;

/// The classes that the device list can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Chip {
    #[default]
    All,
    Graphics,
    Storage,
    Network,
    Usb,
    Audio,
    Other,
}

impl Chip {
    /// All of them, in the order to show them.
    pub const ALL: [Self; 7] =
        [Self::All, Self::Graphics, Self::Storage, Self::Network, Self::Usb, Self::Audio, Self::Other];

    /// Its word.
    pub fn label(self) -> String {
        match self {
            Self::All => gettext("All"),
            Self::Graphics => gettext("Graphics"),
            Self::Storage => gettext("Storage"),
            Self::Network => gettext("Network"),
            Self::Usb => gettext("USB"),
            Self::Audio => gettext("Audio"),
            Self::Other => gettext("Other"),
        }
    }

    /// The chip that a device belongs to.
    pub fn of(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Graphics => Self::Graphics,
            DeviceKind::Storage | DeviceKind::Nvme => Self::Storage,
            DeviceKind::Network | DeviceKind::Wireless => Self::Network,
            DeviceKind::UsbController => Self::Usb,
            DeviceKind::Audio => Self::Audio,
            _ => Self::Other,
        }
    }
}

/// The icon of a kind of device.
pub fn icon(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Graphics => "gpu-symbolic",
        DeviceKind::Audio => "audio-speakers-symbolic",
        DeviceKind::UsbController => "usb-controller-symbolic",
        DeviceKind::Nvme => "drive-harddisk-solidstate-symbolic",
        DeviceKind::Storage => "drive-harddisk-symbolic",
        DeviceKind::Network => "network-wired-symbolic",
        DeviceKind::Wireless => "network-wireless-symbolic",
        DeviceKind::HostBridge | DeviceKind::IsaBridge | DeviceKind::PciBridge | DeviceKind::OtherBridge => {
            "bridge-symbolic"
        }
        DeviceKind::Multimedia => "expansion-card-symbolic",
        _ => "chip-symbolic",
    }
}

/// A kind of device in a word or two, in sentence case.
pub fn kind(kind: DeviceKind) -> String {
    match kind {
        DeviceKind::Graphics => gettext("Graphics card"),
        DeviceKind::Audio => gettext("Sound"),
        DeviceKind::Multimedia => gettext("Multimedia"),
        DeviceKind::UsbController => gettext("USB controller"),
        DeviceKind::Nvme => gettext("NVMe disk"),
        DeviceKind::Storage => gettext("Disk controller"),
        DeviceKind::Network => gettext("Network"),
        DeviceKind::Wireless => gettext("Wireless"),
        DeviceKind::HostBridge => gettext("Host bridge"),
        DeviceKind::IsaBridge => gettext("ISA bridge"),
        DeviceKind::PciBridge => gettext("PCI bridge"),
        DeviceKind::OtherBridge => gettext("Bridge"),
        DeviceKind::SerialBus => gettext("Serial bus"),
        DeviceKind::Communication => gettext("Communication"),
        DeviceKind::Memory => gettext("Memory"),
        DeviceKind::System => gettext("System device"),
        DeviceKind::Encryption => gettext("Encryption"),
        DeviceKind::SignalProcessing => gettext("Signal processing"),
        DeviceKind::Processing => gettext("Accelerator"),
        DeviceKind::Other => gettext("Other device"),
    }
}

/// The address as it stands in a row; behind another domain than 0 that one too, or two devices would look alike.
pub fn short_address(address: PciAddress) -> String {
    address.short()
}

/// Vendor and device id, such as `10de:2484`.
pub fn ids(function: &Function) -> String {
    format!("{}:{}", or_unknown(&function.vendor), or_unknown(&function.device))
}

/// The value of a reading, or a word for why there is none.
pub fn or_unknown<T: ToString>(reading: &Reading<T>) -> String {
    match reading {
        Reading::Known(value) => value.to_string(),
        Reading::Absent => gettext("none"),
        Reading::Unreadable(_) | Reading::Nonsense(_) => gettext("unknown"),
    }
}

/// That a virtual machine has a device.
pub fn given_to(machine: &str) -> String {
    gettext("given to “{name}”").replace("{name}", machine)
}

/// What the host switcher calls a machine; `label` is what its source calls itself.
pub fn machine_label(choice: &HostChoice, label: &str) -> String {
    match choice {
        HostChoice::Live => gettext("This Computer"),
        HostChoice::Demo(machine) => machine.id().to_owned(),
        HostChoice::Machine(_) if !label.is_empty() => label.to_owned(),
        HostChoice::Folder(path) | HostChoice::Machine(path) => {
            path.file_name().map_or_else(|| label.to_owned(), |name| name.to_string_lossy().into_owned())
        }
    }
}

/// A moment, in seconds since 1970, as the user's language writes it.
pub fn moment(seconds: u64) -> String {
    let time = glib::DateTime::from_unix_local(i64::try_from(seconds).unwrap_or(i64::MAX));
    time.and_then(|time| time.format("%x %X")).map_or_else(|_| text::kept_time(seconds), Into::into)
}

/// An amount of memory, in the largest unit that keeps it short.
pub fn memory(kib: u64) -> String {
    let mib = kib / 1024;
    if mib >= 1024 && mib.is_multiple_of(1024) {
        gettext("{amount} GiB").replace("{amount}", &(mib / 1024).to_string())
    } else if mib >= 10 * 1024 {
        let tenths = (mib * 10 + 512) / 1024;
        gettext("{amount} GiB").replace("{amount}", &format!("{}.{}", tenths / 10, tenths % 10))
    } else {
        gettext("{amount} MiB").replace("{amount}", &mib.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_said_shortly() {
        assert_eq!(memory(12 * 1024 * 1024), "12 GiB");
        assert_eq!(memory(1536 * 1024), "1536 MiB");
        assert_eq!(memory(12 * 1024 * 1024 + 512 * 1024), "12.5 GiB");
        assert_eq!(memory(0), "0 MiB");
    }

    #[test]
    fn short_addresses_are_lower_case_hex() {
        let address: PciAddress = "0000:0A:1f.7".parse().expect("an address");
        assert_eq!(short_address(address), "0a:1f.7");
    }
}
