//! Everything of a computer that is not a device: firmware, processor, memory, kernel, how it starts, what of
//! virtualization is installed, and what the user may do.
//!
//! One file a subject, each with its parsers and a thin reader. What is read at all stands in [`list`], which a capture
//! follows. Judging is done by the checks.

mod boot;
mod distribution;
mod firmware;
pub(crate) mod list;
mod reader;

pub use boot::{ArgumentWay, Boot, Loader};
pub use distribution::{Distribution, Family, Image};
pub use firmware::Firmware;
pub use reader::Presence;
pub(crate) use reader::Reader;

use crate::checks::{FirmwareSetting, Fix};
use crate::host::KernelCommandLine;
use crate::reading::Reading;
use crate::source::Source;

/// A computer without its devices, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// The distribution.
    pub distribution: Distribution,
    /// The firmware.
    pub firmware: Firmware,
    /// How it starts.
    pub boot: Boot,
    /// The release of the running kernel, such as `6.12.43+deb13-amd64`; absent where it is not told.
    pub release: Option<String>,
    /// Whether the user may use `/dev/kvm`.
    pub kvm: Reading<()>,
    /// What the kernel was started with.
    pub command_line: Reading<KernelCommandLine>,
}

impl System {
    /// Reads it. Never fails: what could not be read is in the readings.
    pub fn read(source: &Source) -> Self {
        let reader = Reader::new(source);
        let distribution = distribution::read(&reader);
        let boot = boot::read(&reader, &distribution);
        Self {
            firmware: firmware::read(&reader),
            release: reader.release().map(str::to_owned),
            kvm: reader.usable(&list::KVM),
            command_line: reader.command_line(),
            boot,
            distribution,
        }
    }

    /// How this machine keeps the kernel's arguments.
    pub const fn argument_way(&self) -> ArgumentWay {
        self.boot.arguments
    }

    /// What to do in this computer's firmware setup.
    pub fn firmware_fix(&self, setting: FirmwareSetting) -> Fix {
        let vendor = self.firmware.board_vendor.known().map(String::as_str).unwrap_or_default();
        let name = match setting {
            FirmwareSetting::Virtualization => firmware::virtualization_switch(vendor, false),
            FirmwareSetting::Iommu => firmware::iommu_switch(vendor, false),
        };
        Fix::Firmware { setting, name, board: self.firmware.title() }
    }
}
