//! Virtual networks of libvirt's: what is asked of one, and what is done to it, as plain types and over the `virt` crate.
//!
//! Which network matters, and when it is changed, is decided in `crate::network`.

use virt::error::ErrorNumber;
use virt::network::Network as Handle;
use virt::sys;

use super::HypervisorError;
use super::error::During;
use super::libvirt::{Libvirt, check_text, is};

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Whether it runs.
    pub active: bool,
    /// Whether it starts with libvirt.
    pub autostart: bool,
    /// Its definition.
    pub xml: String,
}

/// Something done to a virtual network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkChange {
    /// Defines it; it does not run by that.
    Define(String),
    /// Starts it.
    Start,
    /// Lets it start with libvirt, or not any more.
    Autostart(bool),
    /// Stops it, whoever uses it.
    Stop,
    /// Takes its definition away.
    Undefine,
}

impl Libvirt {
    pub(super) fn look_at_network(&self, name: &str) -> Result<Option<Network>, HypervisorError> {
        check_text(name, name)?;
        let handle = match self.connection.lookup_network_by_name(name) {
            Ok(handle) => handle,
            Err(error) if is(&error, ErrorNumber::NoNetwork) => return Ok(None),
            Err(error) => return Err(self.error(During::Call, name)(error)),
        };
        let failed = self.error(During::Call, name);
        Ok(Some(Network {
            active: handle.is_active().map_err(&failed)?,
            autostart: handle.autostart().map_err(&failed)?,
            xml: definition(&handle).map_err(&failed)?,
        }))
    }

    pub(super) fn do_to_network(&self, name: &str, change: &NetworkChange) -> Result<(), HypervisorError> {
        check_text(name, name)?;
        if let NetworkChange::Define(xml) = change {
            check_text(xml, name)?;
            let defined = self.connection.define_network_xml(xml);
            return defined.map(|_| ()).map_err(self.error(During::Define, name));
        }
        let failed = self.error(During::Call, name);
        let handle = self.connection.lookup_network_by_name(name).map_err(&failed)?;
        match change {
            NetworkChange::Define(_) => Ok(()),
            NetworkChange::Start => handle.create(),
            NetworkChange::Autostart(on) => handle.set_autostart(*on),
            NetworkChange::Stop => handle.destroy(),
            NetworkChange::Undefine => handle.undefine(),
        }
        .map_err(&failed)
    }
}

/// The saved definition; drivers that know no other than the one in use refuse to tell them apart.
fn definition(handle: &Handle) -> Result<String, virt::error::Error> {
    handle.xml_desc(sys::VIR_NETWORK_XML_INACTIVE).or_else(|_| handle.xml_desc(0))
}
