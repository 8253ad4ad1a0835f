//! One PCI function as the kernel presents it.
//!
//! What a scan reads of every function; what is read of one function when somebody looks at it is in
//! [`super::Details`].

use super::group::GroupId;
use crate::pci::{DeviceId, DeviceKind, DriverName, PciAddress, PciClass, SubsystemId, VendorId};
use crate::reading::Reading;

/// One PCI function. Attributes: kernel, `Documentation/ABI/testing/sysfs-bus-pci`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Where it sits.
    pub address: PciAddress,
    /// What kind of device it says it is.
    pub class: Reading<PciClass>,
    /// Who made it.
    pub vendor: Reading<VendorId>,
    /// Which device it is.
    pub device: Reading<DeviceId>,
    /// The board it sits on; 0000:0000 where the hardware tells none.
    pub subsystem: Reading<SubsystemId>,
    /// The revision of the device.
    pub revision: Reading<u8>,
    /// The driver that has it now; absent where none has.
    pub driver: Reading<DriverName>,
    /// The only driver that may take it; absent where any may.
    pub driver_override: Reading<String>,
    /// Its IOMMU group; absent where the kernel does not translate for it.
    pub group: Reading<GroupId>,
    /// Whether the firmware's picture is on it; absent where the kernel does not say so for this class.
    pub boot_display: Reading<bool>,
    /// The bridge above it; none on a root bus.
    pub parent: Option<PciAddress>,
    /// The physical function of which this is a virtual one.
    pub physical_function: Option<PciAddress>,
    /// The first function of its card.
    pub card: PciAddress,
}

impl Function {
    /// Whether vfio-pci, or a driver of its kind, has it now. A driver that could not be read may be any driver.
    pub fn has_vfio(&self) -> bool {
        self.driver.known().is_some_and(DriverName::is_vfio)
    }

    /// A function of which nothing has been read yet, as its own card.
    pub const fn unread(address: PciAddress) -> Self {
        Self {
            address,
            class: Reading::Absent,
            vendor: Reading::Absent,
            device: Reading::Absent,
            subsystem: Reading::Absent,
            revision: Reading::Absent,
            driver: Reading::Absent,
            driver_override: Reading::Absent,
            group: Reading::Absent,
            boot_display: Reading::Absent,
            parent: None,
            physical_function: None,
            card: address,
        }
    }

    /// The kind of device; [`DeviceKind::Other`] where its class is not known.
    pub fn kind(&self) -> DeviceKind {
        self.class.known().map_or(DeviceKind::Other, |class| class.kind())
    }

    /// Whether it is a bridge of any kind. An unknown class is no bridge: it is never left out silently.
    pub fn is_bridge(&self) -> bool {
        self.class.known().is_some_and(|class| class.is_bridge())
    }
}
