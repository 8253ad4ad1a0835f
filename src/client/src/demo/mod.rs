//! The demo: bundled captured machines, each with virtual machines in libvirt's test driver whose state
//! lives in a folder, so that successive calls see each other's changes. Nothing outside that folder and
//! libvirt's own process-private mock is touched.

mod folder;
mod guests;
mod hypervisor;
mod machine;
mod node;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gangway_core::host::Host;

pub use machine::{DemoMachine, UnknownDemo};

use crate::hypervisor::{Hypervisor, HypervisorError, HypervisorErrorKind};
use crate::store::user_state;
use crate::target::demo_source;
use hypervisor::DemoHypervisor;

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
