//! The kernel modules that the drivers of PCI functions come from.
//!
//! Source: kernel, `module_add_driver` in `drivers/base/module.c`: a driver's folder has a link to its module. A driver that
//! is built into the kernel has one too where the kernel knows of a module of that name, and none otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::module_list::ModuleName;
use crate::host::{Host, attribute};
use crate::pci::DriverName;
use crate::reading::Reading;
use crate::source::Source;

/// The module of each driver that has a function; absent where the driver names none.
pub type Modules = BTreeMap<DriverName, Reading<ModuleName>>;

/// The drivers of PCI, a folder each.
pub(crate) const DRIVERS: &str = "/sys/bus/pci/drivers";
/// The link to the module, in such a folder.
pub(crate) const MODULE: &str = "module";

/// The drivers that have functions.
pub(crate) fn drivers(host: &Host) -> BTreeSet<&DriverName> {
    host.functions.iter().filter_map(|function| function.driver.known()).collect()
}

/// Reads where the drivers of a host come from.
pub(crate) fn read(source: &Source, host: &Host) -> Modules {
    drivers(host).into_iter().map(|driver| (driver.clone(), module(source, driver))).collect()
}

fn module(source: &Source, driver: &DriverName) -> Reading<ModuleName> {
    match source.open(format!("{DRIVERS}/{}", driver.as_str())) {
        Ok(folder) => attribute::link(&folder, MODULE, |name| ModuleName::new(str::from_utf8(name).ok()?)),
        Err(error) if error.kind.is_absent() => Reading::Absent,
        Err(error) => Reading::Unreadable(Box::new(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;
    use crate::source::SourceErrorKind;

    fn read_one(make: impl FnOnce(&mut MachineBuilder)) -> Reading<ModuleName> {
        let mut builder = MachineBuilder::default();
        let uevent = "DRIVER=snd_hda_intel\nPCI_CLASS=40300\nPCI_ID=10DE:228B\n";
        builder.file("/sys/bus/pci/devices/0000:01:00.1/uevent", uevent);
        make(&mut builder);
        let source = Source::machine(&builder.build());
        read(&source, &Host::scan(&source)).into_values().next().unwrap()
    }

    #[test]
    fn the_module_of_a_driver_is_the_last_name_of_its_link() {
        let place = "/sys/bus/pci/drivers/snd_hda_intel";
        let link = |builder: &mut MachineBuilder| {
            builder.link(&format!("{place}/module"), "../../../../module/snd_hda_intel");
        };
        assert_eq!(read_one(link), Reading::Known(ModuleName::new("snd_hda_intel").unwrap()));
        assert!(read_one(|builder| builder.folder(place)).is_absent(), "it is built in");
        assert!(read_one(|_| {}).is_absent(), "nothing is known of it");
        let hidden = |builder: &mut MachineBuilder| builder.unreadable(place, SourceErrorKind::NoPermission);
        assert!(read_one(hidden).trouble().is_some());
        let odd = |builder: &mut MachineBuilder| builder.link(&format!("{place}/module"), "../a b");
        assert!(read_one(odd).trouble().is_some());
    }
}
