//! What to do about a finding, fitting this machine: its firmware, its distribution, its boot loader.
//!
//! Values only. A command is for a person to read and run; nothing here is run by us.

use super::DeviceFix;
use crate::system::{ArgumentWay, System};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fix {
    /// Switch something in the firmware setup.
    Firmware {
        /// What it is usually called there, by the maker of this mainboard.
        setting: FirmwareSetting,
        /// The usual name of the switch.
        name: &'static str,
        /// The mainboard or computer, where it says its name.
        board: Option<String>,
    },
    /// Add an argument for the kernel, and restart.
    AddArgument {
        /// The argument, such as `intel_iommu=on`.
        argument: String,
        /// How this machine keeps the kernel's arguments.
        way: ArgumentWay,
    },
    /// Remove an argument for the kernel, and restart.
    RemoveArgument {
        /// The argument as given.
        argument: String,
        /// How this machine keeps the kernel's arguments.
        way: ArgumentWay,
    },
    /// Do something about a device.
    Device(DeviceFix),
}

/// A switch of the firmware setup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FirmwareSetting {
    /// The processor's virtualization: VT-x, SVM.
    Virtualization,
    /// The IOMMU: VT-d, AMD-Vi.
    Iommu,
}

impl Fix {
    /// To add an argument on this machine.
    pub fn add_argument(system: &System, argument: impl Into<String>) -> Self {
        Self::AddArgument { argument: argument.into(), way: system.argument_way() }
    }

    /// To remove an argument on this machine.
    pub fn remove_argument(system: &System, argument: impl Into<String>) -> Self {
        Self::RemoveArgument { argument: argument.into(), way: system.argument_way() }
    }

    /// The command that does it, where one command does.
    pub fn command(&self) -> Option<String> {
        match self {
            Self::Firmware { .. } => None,
            Self::Device(fix) => fix.command(),
            Self::AddArgument { argument, way } => way.command_to_add(argument),
            Self::RemoveArgument { argument, way } => way.command_to_remove(argument),
        }
    }
}
