//! More about every PCI bridge: the link above it, and whether it sleeps.
//!
//! Nothing here wakes a sleeping bridge: its link is asked for only where the kernel says that it is awake, and its power
//! state is what the kernel keeps in mind. Source: kernel, `Documentation/ABI/testing/sysfs-bus-pci`,
//! `drivers/pci/pci-sysfs.c` (`power_state_show`).

use crate::host::scan::in_parallel;
use crate::host::{Function, Host, Link, attribute, details, link};
use crate::pci::PciAddress;
use crate::reading::Reading;
use crate::source::{Folder, Source};

/// More about one bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// The bridge.
    pub address: PciAddress,
    /// The link that it speaks of: a port's is that to what is behind it.
    pub link: Link,
    /// Its power state, such as `D0` or `D3hot`; absent before Linux 5.11.
    pub power_state: Reading<String>,
    /// Whether the kernel may let it sleep without power; absent where it has no say in that.
    pub d3cold_allowed: Reading<bool>,
}

/// Reads more about the bridges of a host.
pub(crate) fn read(source: &Source, host: &Host) -> Vec<Bridge> {
    let Ok(devices) = source.open("/sys/bus/pci/devices") else { return Vec::new() };
    let wanted: Vec<&Function> = host.functions.iter().filter(|function| function.is_bridge()).collect();
    in_parallel(&wanted, |function| bridge(&devices, function.address)).into_iter().flatten().collect()
}

fn bridge(devices: &Folder<'_>, address: PciAddress) -> Option<Bridge> {
    let folder = devices.open(&address.to_string()).ok()?;
    Some(Bridge {
        address,
        link: link::read(&folder),
        power_state: attribute::read(&folder, details::POWER_STATE, attribute::text),
        d3cold_allowed: attribute::read(&folder, details::D3COLD_ALLOWED, attribute::flag),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    fn read_one(files: &[(&str, &str)]) -> Bridge {
        let mut builder = MachineBuilder::default();
        let place = "/sys/bus/pci/devices/0000:00:01.0";
        builder.file(&format!("{place}/class"), "0x060400\n");
        for (name, text) in files {
            builder.file(&format!("{place}/{name}"), *text);
        }
        let source = Source::machine(&builder.build());
        let host = Host::scan(&source);
        assert_eq!(super::super::function::read(&source, &host), [], "a bridge is no other function");
        read(&source, &host).pop().unwrap()
    }

    const LINK: [(&str, &str); 4] = [
        ("current_link_speed", "8.0 GT/s PCIe\n"),
        ("current_link_width", "16\n"),
        ("max_link_speed", "16.0 GT/s PCIe\n"),
        ("max_link_width", "16\n"),
    ];

    #[test]
    fn a_port_that_is_awake_tells_its_link() {
        let bridge = read_one(&[&[("power_state", "D0\n"), ("d3cold_allowed", "1\n")], &LINK[..]].concat());
        assert_eq!(bridge.link.width, Reading::Known(16));
        assert_eq!(bridge.power_state, Reading::Known("D0".to_owned()));
        assert_eq!(bridge.d3cold_allowed, Reading::Known(true));
    }

    #[test]
    fn a_port_that_sleeps_is_left_alone() {
        for state in ["D3cold\n", "D3hot\n"] {
            let bridge = read_one(&[&[("power_state", state)], &LINK[..]].concat());
            assert!(bridge.link.asleep && bridge.link.speed.is_absent(), "{bridge:?}");
            assert_eq!(bridge.power_state, Reading::Known(state.trim().to_owned()));
        }
        assert!(read_one(&[]).power_state.is_absent());
    }
}
