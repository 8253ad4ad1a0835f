//! What the sidebar shows: rows for the devices, for what stands in their way and for changes, and below a heading the virtual machines, or why there are
//! none. Plain values without GTK.

use gangway_client::hypervisor::{HypervisorErrorKind, VirtualMachine, VmId, VmState};
use gangway_client::text;
use gettextrs::gettext;

use crate::connection::Connection;
use crate::situation::Snapshot;
use crate::words;

/// Where one can be in the window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    #[default]
    Devices,
    Readiness,
    Changes,
    Machine(VmId),
    /// The page that says why there are no virtual machines to show.
    Machines,
}

/// The rows of the sidebar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachinesView {
    /// The connection is being made, for the first time or again.
    Connecting,
    /// The virtual machines.
    Rows(Vec<MachineRow>),
    /// There is none, or they cannot be had.
    Nothing { icon: &'static str, label: String },
}

/// One virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineRow {
    pub id: VmId,
    pub name: String,
    pub state: String,
    pub running: bool,
}

impl MachinesView {
    /// What to show of this connection and these machines.
    pub fn new(connection: &Connection, machines: &[VirtualMachine], snapshot: Option<&Snapshot>) -> Self {
        match connection {
            Connection::Connecting => Self::Connecting,
            Connection::Failed(error) if error.kind == HypervisorErrorKind::NoPermission => {
                Self::Nothing { icon: "system-lock-screen-symbolic", label: gettext("Locked") }
            }
            Connection::Lost(_) | Connection::Failed(_) => {
                Self::Nothing { icon: "vm-off-symbolic", label: gettext("Not connected") }
            }
            Connection::Connected(_) if machines.is_empty() => {
                Self::Nothing { icon: "vm-off-symbolic", label: gettext("None yet") }
            }
            Connection::Connected(_) => Self::Rows(machines.iter().map(|vm| row(vm, snapshot)).collect()),
        }
    }
}

fn row(vm: &VirtualMachine, snapshot: Option<&Snapshot>) -> MachineRow {
    let state = text::vm_state(vm.state);
    let devices = host_devices(vm, snapshot);
    MachineRow {
        id: vm.id.clone(),
        name: vm.name.clone(),
        state: if devices.is_empty() { state } else { format!("{state} · {devices}") },
        running: vm.state == VmState::Running,
    }
}

/// The cards that a virtual machine has of the host, by the name of their main function.
fn host_devices(vm: &VirtualMachine, snapshot: Option<&Snapshot>) -> String {
    let Some(snapshot) = snapshot else { return String::new() };
    let names: Vec<String> = snapshot
        .cards_of(&vm.functions().into_keys().collect::<Vec<_>>())
        .iter()
        .filter_map(|part| part.functions.first())
        .map(|address| snapshot.name(*address).unwrap_or_else(|| words::short_address(*address)))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gangway_client::hypervisor::HypervisorError;

    fn vm(name: &str, state: VmState) -> VirtualMachine {
        VirtualMachine::new(VmId::new(name), name.to_owned(), state, true)
    }

    fn failed(kind: HypervisorErrorKind) -> Connection {
        Connection::Failed(HypervisorError::new(kind, "qemu:///system", ""))
    }

    #[test]
    fn a_missing_permission_is_told_from_a_missing_daemon() {
        let label = |connection: &Connection| match MachinesView::new(connection, &[], None) {
            MachinesView::Nothing { label, .. } => label,
            other => panic!("{other:?}"),
        };
        assert_eq!(label(&failed(HypervisorErrorKind::NoPermission)), "Locked");
        assert_eq!(label(&failed(HypervisorErrorKind::NotReachable)), "Not connected");
    }

    #[test]
    fn a_row_says_the_name_and_the_state() {
        let row = row(&vm("win11", VmState::Running), None);
        assert_eq!((row.name.as_str(), row.state.as_str(), row.running), ("win11", "Running", true));
    }

    #[test]
    fn machines_of_a_lost_connection_are_not_shown_as_if_they_were_known() {
        let view = MachinesView::new(&failed(HypervisorErrorKind::Lost), &[vm("win11", VmState::Off)], None);
        assert!(matches!(view, MachinesView::Nothing { .. }));
    }
}
