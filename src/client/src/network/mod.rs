//! libvirt's network `default`: whether it runs and starts by itself, what brings it about, and the way back.
//!
//! Distributions ship it and many leave it off (libvirt's own package for Debian, openSUSE); a virtual machine that uses it
//! does not start then. It is libvirt's, so it is changed through libvirt and not by the root service. Sentences are in
//! `crate::text`.

mod addresses;
mod record;
mod undo;

use gangway_core::source::Source;

use crate::hypervisor::{Hypervisor, HypervisorError, NetworkChange};
pub use addresses::Subnet;
pub use record::{NetworkRecord, RecordError};
pub use undo::{NetworkBack, NetworkStop, NetworkUndo, plan_undo, undo};

/// The network's name.
pub const DEFAULT: &str = "default";

/// Where libvirt keeps the definition that it ships. Source: libvirt, `src/network/meson.build` (`pkgdatadir/networks`).
pub const TEMPLATE: &str = "/usr/share/libvirt/networks/default.xml";

/// What must be done so that the network is there; in order. None of them where all is so already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkPlan {
    /// The steps.
    pub steps: Vec<NetworkStep>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkStep {
    /// It is defined as libvirt ships it.
    Define {
        /// The definition.
        xml: String,
    },
    /// It is started.
    Start,
    /// It starts with libvirt from now on.
    Autostart,
}

/// Why it is not planned, or was not done.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// libvirt said no.
    #[error(transparent)]
    Hypervisor(#[from] HypervisorError),
    /// There is no such network, and libvirt's own definition of it is not installed.
    #[error("no network, and no {TEMPLATE}")]
    NoTemplate,
    /// A definition that does not say what it should.
    #[error("{path} is not understood")]
    NotUnderstood {
        /// The file, or the network's name where it is libvirt's own.
        path: String,
    },
    /// Its addresses are those of a network that this computer is in.
    #[error("{subnet} is routed through {interface}")]
    Overlap {
        /// Its addresses.
        subnet: Subnet,
        /// What this computer reaches by them already.
        route: Subnet,
        /// Through this interface.
        interface: String,
    },
    /// Something changed since it was reviewed.
    #[error("changed since the review")]
    Changed,
    /// What is done could not be noted for undo.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Plans what brings the network about; `source` is the computer that libvirt runs on.
///
/// # Errors
/// libvirt could not be asked, or its addresses are in use.
pub fn plan(hypervisor: &dyn Hypervisor, source: &Source) -> Result<NetworkPlan, NetworkError> {
    let mut steps = Vec::new();
    match hypervisor.network(DEFAULT)? {
        None => {
            let xml = source.read_text(TEMPLATE).map_err(|_| NetworkError::NoTemplate)?;
            addresses::check(&xml, TEMPLATE, source)?;
            steps = vec![NetworkStep::Define { xml }, NetworkStep::Start, NetworkStep::Autostart];
        }
        Some(network) => {
            if !network.active {
                addresses::check(&network.xml, DEFAULT, source)?;
                steps.push(NetworkStep::Start);
            }
            if !network.autostart {
                steps.push(NetworkStep::Autostart);
            }
        }
    }
    Ok(NetworkPlan { steps })
}

/// Does what was reviewed, and notes what of it is ours before each step.
///
/// # Errors
/// Something changed meanwhile, or libvirt said no; what was done before that is in the record.
pub fn apply(
    hypervisor: &dyn Hypervisor,
    source: &Source,
    record: &NetworkRecord,
    reviewed: &NetworkPlan,
) -> Result<(), NetworkError> {
    if plan(hypervisor, source)? != *reviewed {
        return Err(NetworkError::Changed);
    }
    let mut ours = record.read()?.unwrap_or_default();
    for step in &reviewed.steps {
        let before = ours.clone();
        let change = match step {
            NetworkStep::Define { xml } => {
                ours.defined = true;
                NetworkChange::Define(xml.clone())
            }
            NetworkStep::Start => {
                ours.started = true;
                NetworkChange::Start
            }
            NetworkStep::Autostart => {
                ours.autostart = true;
                NetworkChange::Autostart(true)
            }
        };
        record.write(&ours)?;
        if let Err(error) = hypervisor.change_network(DEFAULT, &change) {
            // It did not happen, so undo must not take it for ours.
            record.write(&before)?;
            return Err(error.into());
        }
        if matches!(step, NetworkStep::Define { .. }) {
            // As libvirt has it: it adds what it chose.
            ours.definition = hypervisor.network(DEFAULT)?.map(|network| record::hash(&network.xml));
            record.write(&ours)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
