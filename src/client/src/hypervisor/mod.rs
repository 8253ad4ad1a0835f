//! libvirt behind one trait of ours: list virtual machines, read and define their definitions, listen.
//! The trait and its plain types are here and in `machine` and `error`; `libvirt` implements it over the
//! `virt` crate, `fake` in memory for tests. What to change in a definition is decided in `handover`.
//! Every call may block (ssh, a daemon that starts): call from a worker thread, never from the window's.

mod error;
mod events;
pub mod fake;
mod library;
mod libvirt;
mod machine;
mod network;
mod node_device;

use std::sync::Arc;

pub use error::{HypervisorError, HypervisorErrorKind};
pub use gangway_domain::DefinitionHash;
pub use machine::{Attached, Definition, Held, VirtualMachine, VmId, VmState};
pub use network::{Network, NetworkChange};
pub use node_device::NodeDevice;

/// The connection that is used where the user chose none: the system's own virtual machines.
/// Only these can have PCI devices without further rights (<https://libvirt.org/uri.html>).
pub const DEFAULT_URI: &str = "qemu:///system";

/// What Gangway needs of a hypervisor. Implementations are shared between threads.
pub trait Hypervisor: Send + Sync {
    /// The address of this connection as libvirt knows it, for example `qemu:///system`.
    fn uri(&self) -> String;

    /// All virtual machines, running or not, sorted by name. One whose definition cannot be read or
    /// understood is in the list too, with [`VirtualMachine::trouble`] set.
    ///
    /// # Errors
    /// When the list itself cannot be had.
    fn list(&self) -> Result<Vec<VirtualMachine>, HypervisorError>;

    /// One virtual machine by its name or, where no machine has that name, by its UUID.
    ///
    /// # Errors
    /// [`HypervisorErrorKind::NoSuchMachine`] where there is none.
    fn find(&self, name_or_uuid: &str) -> Result<VirtualMachine, HypervisorError>;

    /// The saved definition, passwords included: `VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE`
    /// (<https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainXMLFlags>).
    ///
    /// # Errors
    /// [`HypervisorErrorKind::NoSuchMachine`] where it is gone, and what libvirt reports.
    fn definition(&self, id: &VmId) -> Result<Definition, HypervisorError>;

    /// Replaces the saved definition with `xml`, checked against libvirt's schema where the present one
    /// passes it, and returns what libvirt has made of it. Nothing is written unless the present
    /// definition still is the one that `expected` was made of.
    ///
    /// # Errors
    /// [`HypervisorErrorKind::Changed`] where it no longer is, [`HypervisorErrorKind::Rejected`] where
    /// libvirt does not take `xml`; in both cases nothing has changed.
    fn define(&self, id: &VmId, expected: &DefinitionHash, xml: &str) -> Result<Definition, HypervisorError>;

    /// Starts a virtual machine of its saved definition; nothing is done where it runs already.
    ///
    /// # Errors
    /// [`HypervisorErrorKind::NoSuchMachine`] where it is gone, and what libvirt or the machine's own program reports.
    fn start(&self, id: &VmId) -> Result<(), HypervisorError>;

    /// The PCI devices of the computer that the daemon runs on, as libvirt knows them.
    ///
    /// # Errors
    /// When the list cannot be had; a single odd device is left out instead.
    fn node_devices(&self) -> Result<Vec<NodeDevice>, HypervisorError>;

    /// A virtual network by its name; none where there is no such network.
    ///
    /// # Errors
    /// What libvirt reports.
    fn network(&self, name: &str) -> Result<Option<Network>, HypervisorError>;

    /// Changes a virtual network. Nothing is looked at before: whether it is wanted is decided in `crate::network`.
    ///
    /// # Errors
    /// What libvirt reports, above all that there is no such network.
    fn change_network(&self, name: &str, change: &NetworkChange) -> Result<(), HypervisorError>;

    /// Calls `callback` when something happens, from a thread of the hypervisor's: be quick, and do not
    /// call the hypervisor from it. Ends when the subscription is dropped.
    ///
    /// # Errors
    /// Where this connection has no events.
    fn subscribe(&self, callback: Box<dyn Fn(Event) + Send + Sync>) -> Result<Subscription, HypervisorError>;

    /// Whether the connection still stands. Does not ask the daemon.
    fn is_alive(&self) -> bool;
}

/// Something that happened at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A virtual machine appeared, went, started, stopped or was defined anew, or a device came to or left a running one.
    MachinesChanged,
    /// A device of the host appeared or went.
    DevicesChanged,
    /// The connection is gone.
    Closed {
        /// Why, as libvirt distinguishes it.
        reason: CloseReason,
    },
}

/// Why a connection ended (<https://libvirt.org/html/libvirt-libvirt-common.html#virConnectCloseReason>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// An error on the socket.
    Error,
    /// The daemon closed it, as it does when it ends.
    EndOfFile,
    /// The daemon did not answer in time.
    KeepAlive,
    /// This program closed it.
    Client,
    /// A reason that is newer than this program.
    Other(i32),
}

/// A standing subscription; dropping it ends it.
pub struct Subscription {
    end: Option<Box<dyn FnOnce() + Send>>,
}

impl Subscription {
    /// A subscription that calls `end` when it is dropped.
    pub fn new(end: impl FnOnce() + Send + 'static) -> Self {
        Self { end: Some(Box::new(end)) }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            end();
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscription")
    }
}

/// Opens a connection. QEMU/KVM, local or remote, and libvirt's test driver are supported.
///
/// # Errors
/// [`HypervisorErrorKind::BadAddress`] and [`HypervisorErrorKind::OtherDriver`] before anything is opened;
/// else what libvirt reports.
pub fn connect(uri: &str) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
    Ok(Arc::new(libvirt::Libvirt::open(uri)?))
}

/// Opens a connection that can only read, for who just wants to know what virtual machines there are.
///
/// Everybody may do so, without a password and without being in a group (action `org.libvirt.unix.monitor`;
/// <https://libvirt.org/auth.html>). It hears of no events, and refuses definitions with their passwords.
///
/// # Errors
/// As [`connect`].
pub fn look(uri: &str) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
    Ok(Arc::new(libvirt::Libvirt::open_read_only(uri)?))
}
