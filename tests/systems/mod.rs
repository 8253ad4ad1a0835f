//! The systems that plans of boot changes are held against: how each starts, as files and tools, and nothing else of it.
//!
//! All are of our own making, and each names what it is made after. The computer is one: an Intel desktop with two
//! graphics cards whose IOMMU is off until the kernel is asked. A system is a captured machine, or a folder of real
//! files; the imitations of its tools in [`tools`] do to that folder what the tools do to the files that matter.

mod arch;
pub(crate) mod debian;
mod fedora;
pub(crate) mod grub;
mod others;
pub mod seen;
pub(crate) mod shape;
pub mod tools;
pub mod tree;

use gangway_core::plan::Ground;
use gangway_core::source::Source;
use tempfile::TempDir;

use crate::checks::lab::Machine;
pub use shape::Shape;

/// A system.
#[derive(Debug, Clone)]
pub struct System {
    /// What it is called in snapshots.
    pub name: &'static str,
    /// It, as a captured machine.
    pub machine: Machine,
    /// What its tools go by.
    pub shape: Shape,
}

/// All of them.
pub fn all() -> Vec<System> {
    vec![
        debian::debian_12(),
        debian::debian_13(),
        debian::debian_13_dracut(),
        debian::ubuntu_24_04(),
        debian::ubuntu_26_04(),
        debian::pop_os(),
        fedora::fedora(),
        fedora::atomic(),
        arch::grub(),
        arch::systemd_boot(),
        arch::booster(),
        arch::kernel_install(),
        arch::unified_by_kernel_install(),
        arch::unified(),
        arch::limine(),
        arch::limine_with_tools(),
        arch::refind(),
        arch::two_loaders(),
        others::opensuse(),
        others::opensuse_entries(),
        others::void(),
        others::gentoo(),
        others::nixos(),
    ]
}

/// One of them.
///
/// # Panics
/// When there is none of this name.
#[expect(clippy::expect_used, reason = "called by tests only")]
pub fn named(name: &str) -> System {
    all().into_iter().find(|system| system.name == name).expect("a system of this name")
}

impl System {
    /// The same with the IOMMU on, as after the kernel was asked for it: every device is in a group.
    #[must_use]
    pub fn with_iommu(mut self) -> Self {
        self.machine.groups_of(&Machine::desktop());
        self
    }

    /// What planners go by.
    pub fn ground(&self) -> Ground {
        Ground::read(&Source::machine(&self.machine.build()))
    }

    /// A folder of real files that is this system.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn root(&self) -> TempDir {
        let folder = crate::tree::folder();
        tree::write(&self.machine, folder.path());
        folder
    }
}
