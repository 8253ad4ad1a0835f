//! Everything of a computer that is not a device: firmware, processor, memory, kernel, how it starts, what of
//! virtualization is installed, and what the user may do.
//!
//! One file a subject, each with its parsers and a thin reader. What is read at all stands in [`list`], which a capture
//! follows. Judging is done by the checks.

mod boot;
mod cpu;
mod distribution;
mod early;
mod firmware;
mod kernel;
pub(crate) mod list;
mod memory;
mod reader;
mod user;
mod virtualization;

pub use boot::{ArgumentWay, Boot, Loader};
pub use cpu::{Cpu, CpuInfo, CpuMaker};
pub use distribution::{Distribution, Family, Image};
pub use early::{Early, Generator, Init, Owner, Setting};
pub use firmware::Firmware;
pub use kernel::{Configuration, Kernel, Lockdown, Module, Support};
pub(crate) use memory::bytes;
pub use memory::{AskedPages, HugePages, Memory, asked_pages};
pub use reader::Presence;
pub(crate) use reader::Reader;
pub use user::{Group, Identity, Membership, User};
pub use virtualization::{GuestFirmware, Layout, Virtualization};

use crate::checks::{FirmwareSetting, Fix};
use crate::host::KernelCommandLine;
use crate::reading::Reading;
use crate::source::Source;
use crate::trial::Trial;

/// A computer without its devices, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct System {
    /// The distribution.
    pub distribution: Distribution,
    /// The firmware.
    pub firmware: Firmware,
    /// The processor.
    pub cpu: Cpu,
    /// Memory and huge pages.
    pub memory: Memory,
    /// The kernel.
    pub kernel: Kernel,
    /// What the kernel was started with.
    pub command_line: Reading<KernelCommandLine>,
    /// How it starts.
    pub boot: Boot,
    /// What is decided before the disks are there.
    pub early: Early,
    /// What of virtualization is installed.
    pub virtualization: Virtualization,
    /// What the user may do.
    pub user: User,
    /// A reservation with a boot entry of its own, and how it stands.
    pub trial: Trial,
}

impl System {
    /// Reads it. Never fails: what could not be read is in the readings.
    pub fn read(source: &Source) -> Self {
        let reader = Reader::new(source);
        let distribution = distribution::read(&reader);
        Self {
            boot: boot::read(&reader, &distribution),
            distribution,
            firmware: firmware::read(&reader),
            cpu: cpu::read(&reader),
            memory: memory::read(&reader),
            kernel: kernel::read(&reader),
            command_line: reader.command_line(),
            early: early::read(&reader),
            virtualization: virtualization::read(&reader),
            user: user::read(&reader),
            trial: Trial::of(source),
        }
    }

    /// How this machine keeps the kernel's arguments.
    pub const fn argument_way(&self) -> ArgumentWay {
        self.boot.arguments
    }

    /// What to do in this computer's firmware setup.
    pub fn firmware_fix(&self, setting: FirmwareSetting) -> Fix {
        let maker = self.firmware.board_vendor.known().or(self.firmware.system_vendor.known());
        let maker = maker.map(String::as_str).unwrap_or_default();
        let amd = self.cpu.maker() == CpuMaker::Amd;
        let name = match setting {
            FirmwareSetting::Virtualization => firmware::virtualization_switch(maker, amd),
            FirmwareSetting::Iommu => firmware::iommu_switch(maker, amd),
        };
        Fix::Firmware { setting, name, board: self.firmware.title() }
    }
}
