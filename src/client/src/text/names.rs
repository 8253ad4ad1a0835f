//! The name that people know a device by, for a sentence, and lists of names. Where only an address is
//! known, the address is the name.

use gangway_core::host::{Function, Host};
use gangway_core::pci::{DeviceId, DeviceKind, Names, PciAddress, VendorId};
use gettextrs::{gettext, ngettext};

use super::fill;

/// Names devices in sentences.
pub struct DeviceNames<'a> {
    name: Box<dyn Fn(PciAddress) -> Option<String> + 'a>,
    ids: Option<&'a Names>,
}

impl<'a> DeviceNames<'a> {
    /// Asks `name` for what people call the function at an address.
    pub fn new(name: impl Fn(PciAddress) -> Option<String> + 'a) -> Self {
        Self { name: Box::new(name), ids: None }
    }

    /// Knows what a device is called that is not in the machine, too.
    #[must_use]
    pub fn with_ids(self, ids: &'a Names) -> Self {
        Self { ids: Some(ids), ..self }
    }

    /// The names that the host's ids have in `pci.ids`.
    pub fn of_host(host: &'a Host, ids: &'a Names) -> Self {
        Self::new(|address| host.function(address).map(|function| host.name_of(function, ids).title))
            .with_ids(ids)
    }

    /// Nothing but addresses, where the host is not at hand.
    pub fn addresses() -> Self {
        Self::new(|_| None)
    }

    /// “GeForce RTX 3070 (01:00.0)”, or the address alone.
    pub fn of(&self, address: PciAddress) -> String {
        match (self.name)(address) {
            Some(name) if !name.is_empty() => {
                fill(&gettext("{device} ({address})"), &[("device", &name), ("address", &address.short())])
            }
            _ => address.short(),
        }
    }

    /// What a device of these ids is called, in the machine or not: “GA104 [GeForce RTX 3070]”, or the ids alone.
    pub fn of_ids(&self, vendor: VendorId, device: DeviceId) -> String {
        let listed = self.ids.and_then(|ids| ids.device(vendor, device));
        listed.map_or_else(|| format!("{vendor}:{device}"), str::to_owned)
    }

    /// Several of them as one enumeration.
    pub fn all(&self, addresses: &[PciAddress]) -> String {
        enumerate(addresses, |address| self.of(*address))
    }
}

/// The name that people use: the companions of a graphics card are called by what they do for it.
pub fn device_name(host: &Host, function: &Function, title: &str) -> String {
    let on_graphics_card = function.address != function.card
        && host.function(function.card).is_some_and(|first| first.kind() == DeviceKind::Graphics);
    match function.kind() {
        DeviceKind::Audio if on_graphics_card => gettext("HDMI audio"),
        DeviceKind::UsbController if on_graphics_card => gettext("USB-C controller"),
        DeviceKind::SerialBus if on_graphics_card => gettext("USB-C power (UCSI)"),
        _ => title.to_owned(),
    }
}

/// At most this many items are spelled out.
const SPELLED_OUT: usize = 4;

/// “a”, “a and b”, “a, b and c”, “a, b, c, d and 5 more”.
pub fn join(items: &[String]) -> String {
    enumerate(items, String::clone)
}

/// The same of things that have to be called something first: only those that are spelled out are.
fn enumerate<T>(items: &[T], call: impl Fn(&T) -> String) -> String {
    let (listed, more) = items.split_at(items.len().min(SPELLED_OUT));
    let listed: Vec<String> = listed.iter().map(call).collect();
    if !more.is_empty() {
        let number = u32::try_from(more.len()).unwrap_or(u32::MAX);
        let template = ngettext("{items} and {number} more", "{items} and {number} more", number);
        return fill(&template, &[("items", &listed.join(&gettext(", "))), ("number", &number.to_string())]);
    }
    match listed.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => {
            fill(&gettext("{items} and {last}"), &[("items", &first.join(&gettext(", "))), ("last", last)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumerations_read_like_a_sentence() {
        let items = |n: usize| (1..=n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(join(&items(0)), "");
        assert_eq!(join(&items(1)), "1");
        assert_eq!(join(&items(2)), "1 and 2");
        assert_eq!(join(&items(4)), "1, 2, 3 and 4");
        assert_eq!(join(&items(9)), "1, 2, 3, 4 and 5 more");
    }

    #[test]
    fn a_device_has_its_name_and_its_address() {
        let address: PciAddress = "0000:01:00.0".parse().unwrap();
        let names = DeviceNames::new(|_| Some("GeForce RTX 3070".into()));
        assert_eq!(names.of(address), "GeForce RTX 3070 (01:00.0)");
        assert_eq!(DeviceNames::addresses().of(address), "01:00.0");
        assert_eq!(DeviceNames::addresses().of("10000:01:00.0".parse().unwrap()), "10000:01:00.0");
    }
}
