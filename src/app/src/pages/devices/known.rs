//! What the full model adds to a machine's rows, once it was read in the background: who uses what, and what is
//! plugged into its USB controllers. Made in the thread that read it, painted on the main one.

use std::sync::Arc;

use gangway_core::devices::{Candidates, Devices, candidates};
use gangway_core::reading::Reading;
use gangway_core::source::Source;

use super::claims::{self, Claims};
use super::state::DevicesView;
use super::usb;
use crate::situation::Snapshot;

/// The full model as the page of the devices needs it.
pub struct Known {
    pub devices: Devices,
    /// The kernel modules that could drive each function.
    pub candidates: Reading<Candidates>,
    pub claims: Claims,
    /// By controller and port.
    pub usb: Arc<DevicesView>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("claims", &self.claims.len()).finish_non_exhaustive()
    }
}

impl Known {
    /// What was read beside the functions of this machine.
    pub fn of(snapshot: &Snapshot, devices: Devices, source: &Source) -> Arc<Self> {
        let candidates = candidates::read(source, &snapshot.host);
        let claims = claims::claims(&snapshot.host, &devices);
        let usb = Arc::new(usb::view(snapshot, &devices));
        Arc::new(Self { devices, candidates, claims, usb })
    }
}
