//! What the user chose to look at and to talk to, and how to open both: the machine's files as a source,
//! its virtual machines through libvirt, and the folder for former definitions. No window, no output.

use std::path::PathBuf;

use crate::demo::DemoMachine;

/// The machine that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostChoice {
    /// This computer.
    Live,
    /// The tree below a folder, as `/` of another machine.
    Folder(PathBuf),
    /// A captured machine (`*.host`).
    Machine(PathBuf),
    /// A bundled machine with virtual machines to try everything on.
    Demo(DemoMachine),
}

/// A machine and the libvirt connection that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The machine.
    pub host: HostChoice,
    /// A libvirt URI given by the user; without one the host decides (`qemu:///system`, or the demo's own).
    pub connect: Option<String>,
}
