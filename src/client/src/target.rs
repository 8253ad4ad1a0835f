//! What the user chose to look at and to talk to, and how to open both: the machine's files as a source,
//! its virtual machines through libvirt, and the folder for former definitions. No window, no output.

use std::path::PathBuf;
use std::sync::Arc;

use gangway_core::machine_file::{MachineFile, MachineFileError, OpenMachineError};
use gangway_core::source::{Source, SourceError};

use crate::demo::{self, DemoMachine};
use crate::helper::{Helper, HelperError};
use crate::hypervisor::{self, DEFAULT_URI, Hypervisor, HypervisorError};
use crate::network::NetworkRecord;
use crate::restart::{RestartError, restart};
use crate::saga::Wishes;
use crate::store::{Store, StoreError, user_state};

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

/// The chosen machine cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The folder, or `/`, cannot be opened.
    #[error(transparent)]
    Folder(#[from] SourceError),
    /// The file cannot be read, or is no captured machine.
    #[error(transparent)]
    Machine(#[from] OpenMachineError),
    /// A bundled machine is damaged; the tests of this crate read them all.
    #[error("demo machine {id}: {error}")]
    Demo {
        /// Its id.
        id: &'static str,
        /// What is wrong in it.
        error: MachineFileError,
    },
}

impl Target {
    /// The machine's files.
    ///
    /// # Errors
    /// The chosen folder or file cannot be opened, or is none.
    pub fn source(&self) -> Result<Source, TargetError> {
        Ok(match &self.host {
            HostChoice::Live => Source::live()?,
            HostChoice::Folder(folder) => Source::folder(folder)?,
            HostChoice::Machine(file) => Source::open_machine(file)?,
            HostChoice::Demo(machine) => demo::source(*machine)?,
        })
    }

    /// The service that changes this machine: the computer's own, or the demo's. Another machine has none that could be asked.
    ///
    /// # Errors
    /// There is none, or it cannot be started.
    pub fn helper(&self) -> Result<Helper, HelperError> {
        match self.host {
            HostChoice::Live => Helper::system(),
            HostChoice::Demo(machine) => demo::service(machine),
            HostChoice::Folder(_) | HostChoice::Machine(_) => Err(HelperError::NotInstalled),
        }
    }

    /// A connection to the machine's libvirt; may take as long as a daemon takes to start.
    ///
    /// # Errors
    /// What libvirt reports.
    pub fn connect(&self) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
        match (&self.connect, &self.host) {
            (Some(uri), _) => hypervisor::connect(uri),
            (None, HostChoice::Demo(machine)) => demo::connect(*machine),
            (None, HostChoice::Live | HostChoice::Folder(_) | HostChoice::Machine(_)) => {
                hypervisor::connect(DEFAULT_URI)
            }
        }
    }

    /// A connection to the machine's libvirt that can only read; as long as that may take.
    ///
    /// # Errors
    /// What libvirt reports.
    pub fn look(&self) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
        match (&self.connect, &self.host) {
            (Some(uri), _) => hypervisor::look(uri),
            (None, HostChoice::Demo(machine)) => demo::connect(*machine),
            (None, HostChoice::Live | HostChoice::Folder(_) | HostChoice::Machine(_)) => {
                hypervisor::look(DEFAULT_URI)
            }
        }
    }

    /// Starts the machine again: this computer, when it returns with this having begun; or the demo's, which has started then.
    ///
    /// # Errors
    /// Why there is no restart.
    pub fn restart(&self) -> Result<(), RestartError> {
        match &self.host {
            HostChoice::Live => restart(),
            HostChoice::Demo(machine) => demo::restart(*machine),
            HostChoice::Folder(_) | HostChoice::Machine(_) => Err(RestartError::Elsewhere),
        }
    }

    /// Whether the machine's virtual machines can be asked for without being told where: the files in a folder and in a
    /// captured machine are another computer's, and the libvirt of this one has no part in them.
    pub fn has_libvirt(&self) -> bool {
        self.connect.is_some() || matches!(self.host, HostChoice::Live | HostChoice::Demo(_))
    }

    /// Where it is kept what virtual machines shall get once the host is ready: the user's folder, or the demo's own. None
    /// where that is another computer's business, or the environment does not say where the user's state belongs.
    pub fn wishes(&self) -> Option<Wishes> {
        let folder = match self.host {
            HostChoice::Live => user_state(),
            HostChoice::Demo(machine) => demo::state_folder(machine),
            HostChoice::Folder(_) | HostChoice::Machine(_) => None,
        };
        folder.map(|folder| Wishes::at(folder.join("hand-overs")))
    }

    /// What of libvirt's default network is ours, in the user's folder or the demo's own.
    ///
    /// # Errors
    /// The environment does not say where the user's state belongs.
    pub fn network_record(&self) -> Result<NetworkRecord, StoreError> {
        let folder = match self.host {
            HostChoice::Demo(machine) => demo::state_folder(machine),
            HostChoice::Live | HostChoice::Folder(_) | HostChoice::Machine(_) => user_state(),
        };
        folder.map(|folder| NetworkRecord::at(folder.join("network.json"))).ok_or(StoreError::NoHome)
    }

    /// Where former definitions are kept: the user's folder, or the demo's own.
    ///
    /// # Errors
    /// The environment does not say where the user's state belongs.
    pub fn store(&self) -> Result<Store, StoreError> {
        match self.host {
            HostChoice::Demo(machine) => demo::state_folder(machine)
                .map(|folder| Store::at(folder.join("definitions")))
                .ok_or(StoreError::NoHome),
            HostChoice::Live | HostChoice::Folder(_) | HostChoice::Machine(_) => Store::open_default(),
        }
    }
}

/// The files of a demo machine as it is bundled.
pub(crate) fn demo_source(machine: DemoMachine) -> Result<Source, TargetError> {
    let text = machine.text();
    let file =
        MachineFile::parse(text.as_bytes()).map_err(|error| TargetError::Demo { id: machine.id(), error })?;
    Ok(Source::machine(&file))
}
