//! The way back: what of libvirt's network is ours goes, and what others did to it stays.

use roxmltree::Document;

use super::record::hash;
use super::{DEFAULT, NetworkError, NetworkRecord};
use crate::hypervisor::{Hypervisor, NetworkChange};

/// What undoing does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkUndo {
    /// The actions, in order; none where nothing of ours is left.
    pub actions: Vec<NetworkBack>,
    /// What stands in the way; nothing is undone then.
    pub stops: Vec<NetworkStop>,
}

/// An action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkBack {
    /// It does not start with libvirt any more.
    NoAutostart,
    /// It is stopped.
    Stop,
    /// Its definition goes.
    Undefine,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkStop {
    /// A virtual machine that uses it runs.
    InUse {
        /// Its name.
        vm: String,
    },
    /// Somebody changed the definition that is ours.
    Changed,
}

/// What undoing would do now.
///
/// # Errors
/// The record cannot be read, or libvirt cannot be asked.
pub fn plan_undo(hypervisor: &dyn Hypervisor, record: &NetworkRecord) -> Result<NetworkUndo, NetworkError> {
    let ours = record.read()?.unwrap_or_default();
    let Some(network) = hypervisor.network(DEFAULT)?.filter(|_| !ours.is_nothing()) else {
        return Ok(NetworkUndo::default());
    };
    let mut undo = NetworkUndo::default();
    if ours.autostart && network.autostart {
        undo.actions.push(NetworkBack::NoAutostart);
    }
    if (ours.started || ours.defined) && network.active {
        undo.stops.extend(users(hypervisor)?.into_iter().map(|vm| NetworkStop::InUse { vm }));
        undo.actions.push(NetworkBack::Stop);
    }
    if ours.defined {
        if ours.definition.is_some_and(|definition| definition != hash(&network.xml)) {
            undo.stops.push(NetworkStop::Changed);
        }
        undo.actions.push(NetworkBack::Undefine);
    }
    Ok(undo)
}

/// Undoes what was reviewed, and forgets the record.
///
/// # Errors
/// It is not as it was reviewed, or libvirt said no; the record stays then.
pub fn undo(
    hypervisor: &dyn Hypervisor,
    record: &NetworkRecord,
    reviewed: &NetworkUndo,
) -> Result<(), NetworkError> {
    if plan_undo(hypervisor, record)? != *reviewed || !reviewed.stops.is_empty() {
        return Err(NetworkError::Changed);
    }
    for action in &reviewed.actions {
        let change = match action {
            NetworkBack::NoAutostart => NetworkChange::Autostart(false),
            NetworkBack::Stop => NetworkChange::Stop,
            NetworkBack::Undefine => NetworkChange::Undefine,
        };
        hypervisor.change_network(DEFAULT, &change)?;
    }
    Ok(record.write(&super::record::Ours::default())?)
}

/// The running virtual machines that use the network, by name.
fn users(hypervisor: &dyn Hypervisor) -> Result<Vec<String>, NetworkError> {
    let mut names = Vec::new();
    for vm in hypervisor.list()?.into_iter().filter(|vm| vm.state.is_active()) {
        if uses(hypervisor.definition(&vm.id)?.text()) {
            names.push(vm.name);
        }
    }
    Ok(names)
}

/// Whether a definition has an interface in the network. What is no XML may have one.
fn uses(xml: &str) -> bool {
    let Ok(document) = Document::parse(xml) else { return true };
    let mut sources = document.descendants().filter(|node| node.has_tag_name("source"));
    sources.any(|source| source.attribute("network") == Some(DEFAULT))
}
