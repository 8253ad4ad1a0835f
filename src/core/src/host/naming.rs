//! What to call a function: the name that people know, its maker, and the whole name of the list.

use super::{Function, Host};
use crate::pci::{DeviceKind, Names, spoken};

/// The names of a function. None of them is ever empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName {
    /// The name that people know, such as `GeForce RTX 3070`; the class and ids where the list knows no better.
    pub title: String,
    /// Who made it, such as `NVIDIA`; the id where the list does not know.
    pub vendor: String,
    /// Both as the list has them, such as `NVIDIA Corporation GA104 [GeForce RTX 3070]`.
    pub full: String,
}

impl Host {
    /// What to call a function.
    pub fn name_of(&self, function: &Function, names: &Names) -> DeviceName {
        function.name(names)
    }
}

impl Function {
    fn name(&self, names: &Names) -> DeviceName {
        let (vendor, device) = (self.vendor.known().copied(), self.device.known().copied());
        let listed_vendor = vendor.and_then(|vendor| names.vendor(vendor));
        let listed_device = vendor.zip(device).and_then(|(vendor, device)| names.device(vendor, device));
        let vendor_name = match (listed_vendor, vendor) {
            (Some(name), _) => spoken::vendor(name).to_owned(),
            (None, Some(id)) => id.to_string(),
            (None, None) => self.address.to_string(),
        };
        let title = match listed_device {
            Some(name) if self.kind() == DeviceKind::Graphics => spoken::graphics(name).to_owned(),
            Some(name) => name.to_owned(),
            None => self.class_and_ids(names),
        };
        let full = match (listed_vendor, listed_device) {
            (Some(vendor), Some(device)) => format!("{vendor} {device}"),
            (Some(vendor), None) => format!("{vendor} {title}"),
            (None, _) => title.clone(),
        };
        DeviceName { title, vendor: vendor_name, full }
    }

    /// What can be said of a function that the list does not know: `VGA compatible controller [10de:9999]`.
    fn class_and_ids(&self, names: &Names) -> String {
        let class = self.class.known().and_then(|class| names.class(*class));
        let ids = match (self.vendor.known(), self.device.known()) {
            (Some(vendor), Some(device)) => Some(format!("{vendor}:{device}")),
            (Some(vendor), None) => Some(vendor.to_string()),
            (None, Some(device)) => Some(device.to_string()),
            (None, None) => None,
        };
        match (class, ids) {
            (Some(class), Some(ids)) => format!("{class} [{ids}]"),
            (Some(class), None) => class.to_owned(),
            (None, Some(ids)) => ids,
            (None, None) => self.address.to_string(),
        }
    }
}
