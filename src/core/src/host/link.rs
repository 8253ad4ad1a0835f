//! The links of PCI Express functions: how fast and wide each one is now, and at best. Read when somebody looks at
//! them, never in a scan.
//!
//! Nothing here wakes a sleeping device: asking for the link of now or for the greatest width resumes what is above
//! the function, so both are left alone unless the function is known to be awake. Source: kernel,
//! `drivers/pci/pci-sysfs.c` (`pci_config_pm_runtime_get`) and `Documentation/ABI/testing/sysfs-bus-pci`.

use std::collections::BTreeMap;
use std::fmt;

use super::attribute;
use super::details::POWER_STATE;
use super::scan::in_parallel;
use super::{Function, Host};
use crate::pci::PciAddress;
use crate::reading::Reading;
use crate::source::{Folder, Source};

/// What can be asked without waking anything, and what only of a function that is awake.
pub(crate) const BEST_SPEED: &str = "max_link_speed";
pub(crate) const AWAKE_ONLY: [&str; 3] = ["current_link_speed", "current_link_width", "max_link_width"];
pub(crate) const RUNTIME_STATUS: &str = "power/runtime_status";

/// How fast a link is, in hundreds of megatransfers a second and lane: 25 is `2.5 GT/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkSpeed(pub u32);

impl LinkSpeed {
    /// The generation of PCI Express that brought it, such as 3 for `8.0 GT/s`.
    pub const fn generation(self) -> Option<u8> {
        match self.0 {
            25 => Some(1),
            50 => Some(2),
            80 => Some(3),
            160 => Some(4),
            320 => Some(5),
            640 => Some(6),
            _ => None,
        }
    }

    /// Reads `8.0 GT/s PCIe`, or as older kernels have it `8 GT/s`.
    fn parse(text: &[u8]) -> Option<Self> {
        let number = str::from_utf8(text).ok()?.split_once(" GT/s")?.0;
        let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(tenth) || tenth.len() != 1 {
            return None;
        }
        whole.parse::<u32>().ok()?.checked_mul(10)?.checked_add(tenth.parse().ok()?).map(Self)
    }
}

impl fmt::Display for LinkSpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} GT/s", self.0 / 10, self.0 % 10)
    }
}

/// The link of one function. Everything is absent where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// How fast it is now; cards lower it while they are idle.
    pub speed: Reading<LinkSpeed>,
    /// How many lanes it uses now; 0 where nothing is connected.
    pub width: Reading<u8>,
    /// How fast it could be.
    pub best_speed: Reading<LinkSpeed>,
    /// How many lanes it could use.
    pub best_width: Reading<u8>,
    /// The function is not known to be awake, so all but the speed at best was left alone.
    pub asleep: bool,
}

impl Host {
    /// Reads the link of one function, from the source that this host was read from. None where it is gone.
    pub fn link(source: &Source, address: PciAddress) -> Option<Link> {
        let folder = source.open(format!("sys/bus/pci/devices/{address}")).ok()?;
        Some(read(&folder))
    }

    /// Reads the links of all bridges, and of the first function of every slot, which speaks for the others.
    pub fn links(&self, source: &Source) -> BTreeMap<PciAddress, Link> {
        let asked: Vec<&Function> = self
            .functions
            .iter()
            .filter(|function| function.physical_function.is_none())
            .filter(|function| function.is_bridge() || function.card == function.address)
            .collect();
        let links = in_parallel(&asked, |function| Self::link(source, function.address));
        asked
            .iter()
            .zip(links)
            .filter_map(|(function, link)| Some((function.address, link?)))
            .filter(|(_, link)| *link != Link::default())
            .collect()
    }
}

/// Whether asking a function for its link wakes nothing.
pub(crate) fn is_awake(folder: &Folder<'_>) -> bool {
    let state = attribute::read(folder, POWER_STATE, attribute::text);
    match state.known().map(String::as_str) {
        Some("D0") => true,
        // Before Linux 5.11 nothing tells it but this; then, or where the kernel does not know, it must say active.
        None | Some("unknown") => attribute::read(folder, RUNTIME_STATUS, attribute::text)
            .known()
            .is_some_and(|text| text == "active"),
        Some(_) => false,
    }
}

/// Reads the link of the function that has this folder.
pub(crate) fn read(folder: &Folder<'_>) -> Link {
    let best_speed = attribute::read(folder, BEST_SPEED, LinkSpeed::parse);
    // Not PCI Express: there is nothing to ask for.
    if best_speed.is_absent() {
        return Link::default();
    }
    if !is_awake(folder) {
        return Link { best_speed, asleep: true, ..Link::default() };
    }
    let [speed, width, best_width] = AWAKE_ONLY;
    Link {
        speed: attribute::read(folder, speed, LinkSpeed::parse),
        width: attribute::read(folder, width, attribute::number),
        best_speed,
        best_width: attribute::read(folder, best_width, attribute::number),
        asleep: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    fn link(attributes: &[(&str, &str)]) -> Link {
        let mut builder = MachineBuilder::default();
        builder.folder("/sys/bus/pci/devices/0000:01:00.0");
        for (name, text) in attributes {
            builder.file(&format!("/sys/bus/pci/devices/0000:01:00.0/{name}"), *text);
        }
        Host::link(&Source::machine(&builder.build()), "01:00.0".parse().unwrap()).unwrap()
    }

    const LINK: [(&str, &str); 4] = [
        ("current_link_speed", "8.0 GT/s PCIe\n"),
        ("current_link_width", "8\n"),
        ("max_link_speed", "16.0 GT/s PCIe\n"),
        ("max_link_width", "16\n"),
    ];

    #[test]
    fn speeds_as_kernels_have_written_them() {
        for (text, tenths, generation) in [
            ("2.5 GT/s PCIe", 25, Some(1)),
            ("8 GT/s", 80, Some(3)),
            ("16.0 GT/s PCIe", 160, Some(4)),
            ("64.0 GT/s PCIe", 640, Some(6)),
            ("7.0 GT/s PCIe", 70, None),
        ] {
            let speed = LinkSpeed::parse(text.as_bytes()).unwrap();
            assert_eq!((speed.0, speed.generation()), (tenths, generation));
        }
        for text in ["Unknown", "", "GT/s", " GT/s", "-8.0 GT/s", "8.00 GT/s", "99999999999 GT/s"] {
            assert_eq!(LinkSpeed::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(LinkSpeed(25).to_string(), "2.5 GT/s");
    }

    #[test]
    fn an_awake_function_tells_all() {
        let mut attributes = LINK.to_vec();
        attributes.push(("power_state", "D0\n"));
        let told = link(&attributes);
        assert_eq!((told.speed, told.width), (Reading::Known(LinkSpeed(80)), Reading::Known(8)));
        assert_eq!((told.best_speed, told.best_width), (Reading::Known(LinkSpeed(160)), Reading::Known(16)));
        assert!(!told.asleep);
    }

    #[test]
    fn a_sleeping_function_is_left_alone() {
        for state in ["D3cold", "D3hot", "D1", "error"] {
            let mut attributes = LINK.to_vec();
            attributes.extend([("power_state", state), (RUNTIME_STATUS, "active\n")]);
            let told = link(&attributes);
            let expected =
                Link { best_speed: Reading::Known(LinkSpeed(160)), asleep: true, ..Link::default() };
            assert_eq!(told, expected, "{state}");
        }
    }

    #[test]
    fn where_the_kernel_tells_no_state_it_must_say_active() {
        let asleep = |more: &[(&str, &str)]| {
            let mut attributes = LINK.to_vec();
            attributes.extend(more);
            link(&attributes).asleep
        };
        assert!(asleep(&[]) && asleep(&[(RUNTIME_STATUS, "suspended\n")]));
        assert!(asleep(&[("power_state", "unknown\n")]));
        assert!(!asleep(&[(RUNTIME_STATUS, "active\n")]));
        assert!(!asleep(&[("power_state", "unknown\n"), (RUNTIME_STATUS, "active\n")]));
    }

    #[test]
    fn nonsense_is_said_and_a_function_without_a_link_is_none() {
        assert_eq!(link(&[("power_state", "D0\n")]), Link::default());
        let told = link(&[
            ("power_state", "D0\n"),
            ("max_link_speed", "Unknown\n"),
            ("current_link_width", "many\n"),
        ]);
        assert!(told.best_speed.trouble().is_some() && told.width.trouble().is_some());
        assert!(told.speed.is_absent());
    }
}
