//! The whole picture of a computer: its PCI devices, and everything else that decides what can be handed over.
//!
//! [`Host`] is what the first tree of the window and `gangwayctl list` need, and it is read alone there. This is the one
//! further pass over the same source, for the checks, the inspector and reports.

use crate::devices::Devices;
use crate::host::Host;
use crate::source::Source;
use crate::system::System;

/// A computer, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Model {
    /// Its PCI devices and IOMMU groups.
    pub host: Host,
    /// Its firmware, processor, kernel and programs.
    pub system: System,
    /// What hangs on its PCI devices: disks, networks, sound, USB, and who holds them.
    pub devices: Devices,
}

impl Model {
    /// Reads a machine. Never fails: what could not be read is in the readings, and in [`Host::problems`].
    pub fn read(source: &Source) -> Self {
        Self::with(source, || Host::scan(source))
    }

    /// Reads what is beside the PCI devices, where those were read from the same source before.
    pub fn around(host: Host, source: &Source) -> Self {
        Self::with(source, || host)
    }

    fn with(source: &Source, host: impl FnOnce() -> Host) -> Self {
        std::thread::scope(|scope| {
            let system = scope.spawn(|| System::read(source));
            let host = host();
            let devices = Devices::read(source, &host);
            // A thread that was lost is made up for here.
            let system = system.join().unwrap_or_else(|_| System::read(source));
            Self { host, system, devices }
        })
    }
}
