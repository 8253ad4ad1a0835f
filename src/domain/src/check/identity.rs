//! Whether a device is the one that was chosen: what the definition remembers of it beside the host.

use gangway_core::checks::{Evidence, Need, Value, Weight};
use gangway_core::devices::{Comparison, Identity};

use super::ask::place;
use super::{Guest, GuestAnswer, GuestCheck, GuestCheckId, GuestFix, check};

pub(super) const CHECKS: &[GuestCheck] = &[check(
    GuestCheckId::Identity,
    Weight::Important,
    "kernel, Documentation/PCI/sysfs-pci.rst: an address is a bus number, and those are given anew when a card is added",
    identity,
)];

fn identity(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    guest.document.chosen().iter().map(|chosen| compared(guest, chosen)).collect()
}

fn compared(guest: &Guest<'_>, chosen: &Identity) -> GuestAnswer {
    let address = chosen.address;
    let (vendor, device) = chosen.id;
    let mark = Evidence::value(
        "/domain/metadata/devices/device",
        format!("{address} {vendor}:{device} {}", chosen.way),
    );
    let host = &guest.model.host;
    let there = match host.function(address) {
        Some(function) => {
            let ids = function.vendor.known().zip(function.device.known());
            Evidence::value(
                place(address),
                ids.map_or_else(String::new, |(vendor, device)| format!("{vendor}:{device}")),
            )
        }
        None => Evidence::absent(place(address)),
    };
    let again = |found| GuestAnswer::to_do(GuestFix::ChooseAgain { address, found });
    let answer = match chosen.compare(host, Some(&guest.model.devices)) {
        Comparison::Same => GuestAnswer::ok(),
        Comparison::Moved { to } => again(Some(to)).with("found", Value::Devices(vec![to])),
        Comparison::Replaced | Comparison::Gone => again(None),
        Comparison::Unclear { .. } | Comparison::Unknown => {
            GuestAnswer::could_not_tell(Need::Path(format!("{}/device", place(address))))
        }
    };
    answer
        .about([address])
        .saying("address", address.short())
        .saying("chosen", format!("{vendor}:{device}"))
        .saw(mark)
        .saw(there)
}
