//! More about every function that is no bridge: reset, power, link, regions and their sizes, virtual functions, serial.
//!
//! What only a device that is awake can tell is read only where the kernel says that it is: the link now and the sizes
//! that a region may have would wake a sleeping one. Sources: kernel, `Documentation/ABI/testing/sysfs-bus-pci`,
//! `drivers/pci/pci-sysfs.c` (`resource_resize`), `drivers/gpu/drm/amd/pm/amdgpu_pm.c` (`unique_id`).

use crate::host::scan::in_parallel;
use crate::host::{Details, Function, Host, Link, attribute, details, link};
use crate::pci::{DeviceKind, PciAddress};
use crate::reading::Reading;
use crate::source::{Folder, Source};

/// More about one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extras {
    /// The function.
    pub address: PciAddress,
    /// What is read of one function when somebody looks at it.
    pub details: Details,
    /// Whether the kernel may let it sleep without power; absent where it has no say in that.
    pub d3cold_allowed: Reading<bool>,
    /// Its link; of the first function of a card alone, which speaks for the others.
    pub link: Link,
    /// The sizes that its regions may have, of graphics cards alone. None where it sleeps, since asking would wake it.
    pub resizable: Option<Vec<Resizable>>,
    /// The serial number of the card or disk, where the kernel shows one to everybody.
    pub serial: Reading<String>,
}

/// A region that can have several sizes (resizable BAR).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resizable {
    /// Which of the six it is.
    pub index: u8,
    /// The sizes in bytes, the smallest first.
    pub sizes: Vec<u64>,
}

/// The folder of a function's NVMe controllers, which have a serial each.
pub(crate) const NVME: &str = "nvme";
/// What tells the serial number of a graphics card, where its driver does.
pub(crate) const UNIQUE_ID: &str = "unique_id";

/// Reads more about the functions of a host.
pub(crate) fn read(source: &Source, host: &Host) -> Vec<Extras> {
    let Ok(devices) = source.open("/sys/bus/pci/devices") else { return Vec::new() };
    let wanted: Vec<&Function> = host.functions.iter().filter(|function| !function.is_bridge()).collect();
    in_parallel(&wanted, |function| extras(&devices, function)).into_iter().flatten().collect()
}

/// Reads the same of those alone that may have a serial number.
pub(crate) fn read_serials(source: &Source, host: &Host) -> Vec<Extras> {
    let Ok(devices) = source.open("/sys/bus/pci/devices") else { return Vec::new() };
    let kinds = [DeviceKind::Graphics, DeviceKind::Nvme];
    let wanted = host.functions.iter().filter(|function| kinds.contains(&function.kind()));
    wanted.filter_map(|function| extras(&devices, function)).collect()
}

fn extras(devices: &Folder<'_>, function: &Function) -> Option<Extras> {
    let folder = devices.open(&function.address.to_string()).ok()?;
    let graphics = function.kind() == DeviceKind::Graphics;
    let first = function.card == function.address && function.physical_function.is_none();
    Some(Extras {
        address: function.address,
        details: Details::read(&folder),
        d3cold_allowed: attribute::read(&folder, details::D3COLD_ALLOWED, attribute::flag),
        link: if first { link::read(&folder) } else { Link::default() },
        resizable: match graphics {
            true => link::is_awake(&folder).then(|| resizable(&folder)),
            false => Some(Vec::new()),
        },
        serial: serial(&folder, function),
    })
}

/// The attribute that tells the sizes of a region.
pub(crate) fn resize_attribute(index: u8) -> String {
    format!("resource{index}_resize")
}

/// The sizes of the regions that can be resized: a bit a size, the first one for a mebibyte.
fn resizable(folder: &Folder<'_>) -> Vec<Resizable> {
    let region = |index: u8| {
        let bits = attribute::read(folder, &resize_attribute(index), |text| {
            u64::from_str_radix(str::from_utf8(text).ok()?.trim_start_matches("0x"), 16).ok()
        });
        let bits = *bits.known()?;
        let sizes = (0..44).filter(|bit| bits >> bit & 1 == 1).map(|bit| 1_u64 << (20 + bit)).collect();
        Some(Resizable { index, sizes })
    };
    (0..6).filter_map(region).collect()
}

/// The serial of a graphics card or of an NVMe disk.
fn serial(folder: &Folder<'_>, function: &Function) -> Reading<String> {
    let text = |bytes: &[u8]| {
        attribute::text(bytes).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    match function.kind() {
        DeviceKind::Graphics => attribute::read(folder, UNIQUE_ID, text),
        DeviceKind::Nvme => {
            let names = folder.open(NVME).and_then(|below| below.list()).unwrap_or_default();
            let first = names.iter().find_map(|name| name.to_str());
            first.map_or(Reading::Absent, |name| {
                attribute::read(folder, &format!("{NVME}/{name}/serial"), text)
            })
        }
        _ => Reading::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    fn read_one(class: &str, files: &[(&str, &str)]) -> Extras {
        let mut builder = MachineBuilder::default();
        let place = "/sys/bus/pci/devices/0000:01:00.0";
        builder.file(&format!("{place}/class"), format!("0x{class}\n"));
        for (name, text) in files {
            builder.file(&format!("{place}/{name}"), *text);
        }
        let source = Source::machine(&builder.build());
        read(&source, &Host::scan(&source)).pop().unwrap()
    }

    const SIZES: (&str, &str) = ("resource1_resize", "0000000000007f00\n");

    #[test]
    fn a_device_that_is_awake_tells_its_sizes() {
        let extras = read_one("030000", &[SIZES, ("power_state", "D0\n"), ("d3cold_allowed", "1\n")]);
        let sizes = &extras.resizable.unwrap()[0];
        let ends = (sizes.sizes.first(), sizes.sizes.last());
        assert_eq!((sizes.index, ends), (1, (Some(&(256 << 20)), Some(&(16 << 30)))));
        assert_eq!(extras.d3cold_allowed, Reading::Known(true));
        assert_eq!(read_one("020000", &[SIZES]).resizable, Some(Vec::new()), "only graphics cards are asked");
    }

    #[test]
    fn a_sleeping_device_is_left_alone() {
        for state in ["D3cold\n", "D3hot\n", "error\n"] {
            let extras =
                read_one("030000", &[SIZES, ("power_state", state), ("max_link_speed", "8.0 GT/s PCIe\n")]);
            assert_eq!((extras.resizable, extras.link.asleep), (None, true), "{state}");
        }
    }

    #[test]
    fn serials_that_everybody_may_see() {
        let known = |text: &str| Reading::Known(text.to_owned());
        assert_eq!(read_one("030000", &[("unique_id", "f00d\n")]).serial, known("f00d"));
        assert_eq!(read_one("010802", &[("nvme/nvme0/serial", "S5GX  \n")]).serial, known("S5GX"));
        assert!(read_one("010802", &[("nvme/nvme0/serial", "  \n")]).serial.trouble().is_some());
        assert!(read_one("020000", &[]).serial.is_absent());
    }
}
