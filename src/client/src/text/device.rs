//! What is said of one PCI function at length: links, sizes, regions, ways to reset it, and values that are unknown.

use gangway_core::config::module_list::ModuleName;
use gangway_core::devices::Candidates;
use gangway_core::devices::Resizable;
use gangway_core::host::{Link, LinkSpeed, Region};
use gangway_core::pci::PciAddress;
use gangway_core::reading::Reading;
use gettextrs::gettext;

use super::{fill, trouble_detail};

/// A value, or why there is none.
pub fn reading<T: ToString>(reading: &Reading<T>) -> String {
    match (reading.known(), reading.trouble()) {
        (Some(value), _) => value.to_string(),
        (None, Some(trouble)) => {
            fill(&gettext("unknown ({detail})"), &[("detail", &trouble_detail(trouble))])
        }
        (None, None) => gettext("none"),
    }
}

/// The kernel modules that could drive a function, or why that is not known; none where there is nothing to tell.
pub fn candidates(candidates: &Reading<Candidates>, address: PciAddress) -> Option<String> {
    let modules = |all: &Candidates| all.get(&address).cloned().unwrap_or_default();
    match candidates.as_ref().map(modules) {
        Reading::Absent => None,
        Reading::Known(modules) if modules.is_empty() => None,
        Reading::Known(modules) => {
            Some(modules.iter().map(ModuleName::as_str).collect::<Vec<_>>().join(&gettext(", ")))
        }
        trouble => Some(reading(&trouble.map(|_| String::new()))),
    }
}

/// A size of hardware, which is mostly a power of two: `16 MiB`.
pub fn size(bytes: u64) -> String {
    let (unit, template) = match bytes {
        0..0x400 => (1, gettext("{size} bytes")),
        0x400..0x10_0000 => (0x400, gettext("{size} KiB")),
        0x10_0000..0x4000_0000 => (0x10_0000, gettext("{size} MiB")),
        _ => (0x4000_0000, gettext("{size} GiB")),
    };
    let number = match (bytes / unit, bytes % unit * 10 / unit) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => {
            let digits = [("whole", whole.to_string()), ("tenth", tenth.to_string())];
            let [whole, tenth] = &digits;
            fill(&gettext("{whole}.{tenth}"), &[(whole.0, &whole.1), (tenth.0, &tenth.1)])
        }
    };
    fill(&template, &[("size", &number)])
}

/// A region of a function (BAR): how large, and in which space.
pub fn region(region: &Region) -> String {
    let template = match (region.io, region.prefetchable) {
        (true, _) => gettext("{size} of ports"),
        (false, true) => gettext("{size}, prefetchable"),
        (false, false) => return size(region.size),
    };
    fill(&template, &[("size", &size(region.size))])
}

/// The sizes that a region may have (resizable BAR).
pub fn resizable(resizable: &Resizable) -> String {
    match resizable.sizes.as_slice() {
        [] => gettext("none"),
        [only] => size(*only),
        [first, .., last] => {
            fill(&gettext("from {least} to {most}"), &[("least", &size(*first)), ("most", &size(*last))])
        }
    }
}

/// The link of a device now: `PCIe 3.0 ×8`. None where it has none.
pub fn link_now(link: &Link) -> Option<String> {
    if link.asleep {
        return Some(gettext("asleep, so its link was not asked for"));
    }
    pair(&link.speed, &link.width)
}

/// What its link could be at best, where the device tells.
pub fn link_at_best(link: &Link) -> Option<String> {
    pair(&link.best_speed, &link.best_width)
}

fn pair(speed: &Reading<LinkSpeed>, width: &Reading<u8>) -> Option<String> {
    let speed = match (speed.known(), speed.trouble()) {
        (Some(speed), _) => match speed.generation() {
            Some(generation) => {
                fill(&gettext("PCIe {generation}.0"), &[("generation", &generation.to_string())])
            }
            None => speed.to_string(),
        },
        (None, Some(_)) => reading(speed),
        (None, None) => return None,
    };
    Some(match (width.known().filter(|lanes| **lanes > 0), width.trouble()) {
        (Some(lanes), _) => format!("{speed} ×{lanes}"),
        (None, Some(_)) => format!("{speed}, {}", reading(width)),
        (None, None) => speed,
    })
}

/// The ways to reset a function, in the order in which the kernel tries them, in words with the kernel's own ones.
/// Source: kernel, `drivers/pci/pci.c`, `pci_reset_fn_methods`.
pub fn reset_methods(methods: &[String]) -> String {
    let said: Vec<String> = methods
        .iter()
        .map(|method| {
            let words = match method.as_str() {
                "device_specific" => gettext("its own way"),
                "acpi" => gettext("by the firmware"),
                "flr" | "af_flr" => gettext("function level reset"),
                "pm" => gettext("by power management"),
                "bus" => gettext("bus reset"),
                "cxl_bus" => gettext("CXL bus reset"),
                _ => return method.clone(),
            };
            format!("{words} ({method})")
        })
        .collect();
    said.join(&gettext(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_the_largest_unit() {
        let said = [0, 256, 2048, 0x1_8000, 0x1000_0000, 0x2_0000_0000, 0x6000_0000].map(size);
        assert_eq!(said, ["0 bytes", "256 bytes", "2 KiB", "96 KiB", "256 MiB", "8 GiB", "1.5 GiB"]);
    }

    #[test]
    fn a_link_is_said_as_far_as_it_is_known() {
        let known = Link {
            speed: Reading::Known(LinkSpeed(80)),
            width: Reading::Known(8),
            best_speed: Reading::Known(LinkSpeed(160)),
            best_width: Reading::Known(16),
            asleep: false,
        };
        assert_eq!(link_now(&known).as_deref(), Some("PCIe 3.0 ×8"));
        assert_eq!(link_at_best(&known).as_deref(), Some("PCIe 4.0 ×16"));
        assert_eq!(link_now(&Link::default()), None);
        let asleep = Link { best_speed: Reading::Known(LinkSpeed(160)), asleep: true, ..Link::default() };
        assert!(link_now(&asleep).is_some_and(|said| said.starts_with("asleep")));
        assert_eq!(link_at_best(&asleep).as_deref(), Some("PCIe 4.0"));
    }

    #[test]
    fn every_way_to_reset_keeps_the_kernels_word() {
        let methods = ["flr", "bus", "new_one"].map(str::to_owned);
        assert_eq!(reset_methods(&methods), "function level reset (flr), bus reset (bus), new_one");
    }
}
