//! The connectors of graphics cards, as the kernel's DRM subsystem knows them.

use crate::pci::PciAddress;
use crate::reading::Reading;

/// A connector of a graphics card. Source: kernel, `drivers/gpu/drm/drm_sysfs.c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connector {
    /// Its name without the card's number, such as `HDMI-A-1`.
    pub name: String,
    /// The first function of the card that it belongs to.
    pub card: PciAddress,
    /// Whether a screen is connected, as the kernel last saw it.
    pub status: Reading<ConnectorStatus>,
    /// The name that the screen gives in its EDID.
    pub monitor: Option<String>,
}

/// Whether a screen is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectorStatus {
    /// A screen is there.
    Connected,
    /// Nothing is there.
    Disconnected,
    /// The driver cannot tell.
    Unknown,
}
