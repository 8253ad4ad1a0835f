//! A device that left the computer while somebody looked at it or was about to hand it over: what is said of it, and
//! when it counts as back. Plain values without GTK.

use gangway_core::host::{Function, Host, HostChange};
use gangway_core::pci::PciAddress;
use gettextrs::gettext;

use crate::situation::Snapshot;

/// The device, as it was when it was seen last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    function: Function,
    name: String,
    /// Whether another device sits at its address now.
    replaced: bool,
}

impl Gone {
    /// The device at this address, where it was in the earlier picture and this change took it away.
    pub fn new(before: &Snapshot, address: PciAddress, change: &HostChange) -> Option<Self> {
        if !change.is_gone(address) {
            return None;
        }
        Some(Self {
            function: before.host.function(address)?.clone(),
            name: before.name(address)?,
            replaced: change.replaced.contains(&address),
        })
    }

    /// Where it was.
    pub fn address(&self) -> PciAddress {
        self.function.address
    }

    /// What is said of it in a few words.
    pub fn title(&self) -> String {
        gettext("No Longer There")
    }

    /// And in a sentence.
    pub fn sentence(&self) -> String {
        let sentence = if self.replaced {
            gettext("“{name}” has left this computer, and another device is at {address} now.")
        } else {
            gettext("“{name}” at {address} has left this computer.")
        };
        gangway_client::text::fill(
            &sentence,
            &[("name", &self.name), ("address", &self.function.address.to_string())],
        )
    }

    /// Whether the same device is at its place again.
    pub fn is_back(&self, host: &Host) -> bool {
        host.function(self.function.address).is_some_and(|function| function.may_be(&self.function))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gangway_core::pci::{DeviceId, Names};
    use gangway_core::reading::Reading;

    use super::*;

    fn snapshot(device: Option<u16>) -> Arc<Snapshot> {
        let address: PciAddress = "0000:01:00.0".parse().unwrap();
        let function = device
            .map(|device| Function { device: Reading::Known(DeviceId(device)), ..Function::unread(address) });
        let host = Host { functions: function.into_iter().collect(), ..Host::default() };
        Snapshot::of(host, Names::bundled(), String::new())
    }

    fn gone(before: &Snapshot, after: &Snapshot) -> Option<Gone> {
        let change = HostChange::between(&before.host, &after.host);
        Gone::new(before, "0000:01:00.0".parse().unwrap(), &change)
    }

    #[test]
    fn a_device_that_left_is_named_and_known_again() {
        let (there, away) = (snapshot(Some(1)), snapshot(None));
        let gone = gone(&there, &away).unwrap();
        assert!(gone.sentence().contains("0000:01:00.0") && !gone.sentence().contains('{'));
        assert!(gone.is_back(&there.host) && !gone.is_back(&away.host));
        assert!(!gone.is_back(&snapshot(Some(2)).host));
    }

    #[test]
    fn another_device_at_its_address_is_said() {
        let gone = gone(&snapshot(Some(1)), &snapshot(Some(2))).unwrap();
        assert!(gone.sentence().contains("another device"));
    }

    #[test]
    fn a_device_that_stays_is_not_gone() {
        assert_eq!(gone(&snapshot(Some(1)), &snapshot(Some(1))), None);
    }
}
