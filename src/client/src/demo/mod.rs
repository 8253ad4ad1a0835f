//! The demo: bundled captured machines, each with virtual machines in libvirt's test driver whose state
//! lives in a folder, so that successive calls see each other's changes, and with the root service as a process of the user's
//! that changes a copy of the computer there. Nothing outside that folder and libvirt's own process-private mock is touched.

mod folder;
mod guests;
mod hypervisor;
mod loader;
mod machine;
mod node;
mod restart;
mod root;
mod service;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gangway_core::host::Host;
use gangway_core::machine_file::MachineFile;
use gangway_core::source::Source;

pub use machine::{DemoMachine, UnknownDemo};

use crate::helper::{Helper, HelperError};
use crate::hypervisor::{Hypervisor, HypervisorError, HypervisorErrorKind};
use crate::restart::RestartError;
use crate::store::user_state;
use crate::target::{TargetError, demo_source};
use hypervisor::DemoHypervisor;
pub(crate) use service::Process;

/// The variable that names another folder for the demos' states.
const STATE_VARIABLE: &str = "GANGWAY_DEMO_STATE";

/// The folder of a demo machine's state: `$GANGWAY_DEMO_STATE/<id>`, else `gangway/demo/<id>` in the user's
/// state folder. `None` where the environment tells neither.
pub fn state_folder(machine: DemoMachine) -> Option<PathBuf> {
    if let Some(told) = std::env::var_os(STATE_VARIABLE).filter(|told| !told.is_empty()) {
        return Some(PathBuf::from(told).join(machine.id()));
    }
    user_state().map(|state| state.join("demo").join(machine.id()))
}

/// The computer of a demo machine: as it is bundled, or as it was changed since.
///
/// # Errors
/// The bundled machine is damaged, or its folder cannot be opened.
pub fn source(machine: DemoMachine) -> Result<Source, TargetError> {
    match state_folder(machine).and_then(|state| root::made(machine, &state)) {
        Some(root) => Ok(Source::named_folder(&root, &demo_source(machine)?.label())?),
        None => demo_source(machine),
    }
}

/// The service that changes the computer of a demo machine: the real one, as a process of the user's. It ends when the last
/// copy of it is dropped.
///
/// # Errors
/// Its program is not there, the folder cannot be used, or this runs as root.
pub fn service(machine: DemoMachine) -> Result<Helper, HelperError> {
    let state = state_folder(machine).ok_or_else(|| HelperError::failed("no state folder"))?;
    service::start(machine, &state)
}

/// Starts the computer of a demo machine again, which is imitated: no real one has a part in it.
///
/// # Errors
/// Its folder cannot be written to, or its service does not start.
pub fn restart(machine: DemoMachine) -> Result<(), RestartError> {
    let failed = |reason: &dyn ToString| RestartError::Demo { reason: reason.to_string() };
    let state = state_folder(machine).ok_or_else(|| failed(&"no state folder"))?;
    let file = MachineFile::parse(machine.text().as_bytes()).map_err(|error| failed(&error))?;
    let source = Source::machine(&file);
    let hypervisor =
        DemoHypervisor::open(machine, Host::scan(&source), &state).map_err(|error| failed(&error.message))?;
    hypervisor.power_off().map_err(|error| failed(&error.message))?;
    restart::restart(machine, &file, &state).map_err(|error| failed(&error))?;
    if root::made(machine, &state).is_none() {
        return Ok(());
    }
    // As its unit does at every start: it notes how a trial went.
    service::start(machine, &state).map(drop).map_err(|error| failed(&error))
}

/// The virtual machines of a demo machine, with their state in its folder.
///
/// # Errors
/// The folder cannot be used, or libvirt's test driver cannot.
pub fn connect(machine: DemoMachine) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
    let folder = state_folder(machine).ok_or_else(|| {
        let message = "neither XDG_STATE_HOME nor HOME is set";
        HypervisorError::new(HypervisorErrorKind::DemoState, machine.id(), message)
    })?;
    connect_at(machine, &folder)
}

/// The same with the state in another folder.
///
/// # Errors
/// As [`connect`].
pub fn connect_at(machine: DemoMachine, folder: &Path) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
    let source = demo_source(machine)
        .map_err(|error| HypervisorError::new(HypervisorErrorKind::Other, machine.id(), error.to_string()))?;
    Ok(Arc::new(DemoHypervisor::open(machine, Host::scan(&source), folder)?))
}
