//! The kernel modules that say of themselves that they drive a PCI function, whether they are loaded or not: what might
//! take a device that is given back, or before vfio-pci does. The module that has it now is `module`'s.
//!
//! Source: depmod(8) (`modules.alias`, made of what modules declare); the form of the names: kernel, `do_pci_entry` in
//! `scripts/mod/file2alias.c`, and `pci_uevent` in `drivers/pci/pci-driver.c` for those of devices. A driver that is built
//! into the kernel is not in the table.

use std::collections::BTreeMap;

use crate::config::module_list::ModuleName;
use crate::host::{Function, Host};
use crate::pci::PciAddress;
use crate::reading::Reading;
use crate::source::Source;
use crate::system::Reader;

/// The modules of each function, in the table's order; none for a function of which the kernel's own numbers are not known.
pub type Candidates = BTreeMap<PciAddress, Vec<ModuleName>>;

/// The table, in the folder of the running kernel's modules.
const TABLE: &str = "{modules}/modules.alias";

/// The numbers by which the kernel looks for a driver, in the order of their keys.
type Numbers<T> = [T; KEYS.len()];

const KEYS: [&str; 7] = ["v", "d", "sv", "sd", "bc", "sc", "i"];

/// Reads which modules could drive the functions of a host; absent where there is no table. The table has some megabytes:
/// this is no part of the model.
pub fn read(source: &Source, host: &Host) -> Reading<Candidates> {
    let Some(path) = path(source) else { return Reading::Absent };
    match source.read(&path) {
        Ok(table) => Reading::Known(parse(&String::from_utf8_lossy(&table), host)),
        Err(error) if error.kind.is_absent() => Reading::Absent,
        Err(error) => Reading::unreadable(error.path, error.kind),
    }
}

/// Where the table is; none where it is not known which kernel runs.
pub(crate) fn path(source: &Source) -> Option<String> {
    let path = Reader::new(source).resolved(TABLE);
    (path != TABLE).then_some(path)
}

/// Those lines of a table that speak of the functions of a host, each once.
pub(crate) fn lines(table: &str, host: &Host) -> String {
    let wanted = Wanted::of(host);
    let mut kept = Vec::new();
    for line in table.lines() {
        let fits = alias(line).is_some_and(|(alias, _)| wanted.meant(&alias).next().is_some());
        if fits && !kept.contains(&line) {
            kept.push(line);
        }
    }
    kept.iter().flat_map(|line| [line, "\n"]).collect()
}

fn parse(table: &str, host: &Host) -> Candidates {
    let wanted = Wanted::of(host);
    let mut found: Candidates = wanted.all().map(|address| (address, Vec::new())).collect();
    for (alias, module) in table.lines().filter_map(alias) {
        for address in wanted.meant(&alias) {
            let modules = found.entry(address).or_default();
            if !modules.contains(&module) {
                modules.push(module.clone());
            }
        }
    }
    found
}

/// The functions by what the kernel knows them by: of virtual functions thousands have the same numbers. By vendor first,
/// since nearly every line speaks of one.
struct Wanted(BTreeMap<u32, BTreeMap<Numbers<u32>, Vec<PciAddress>>>);

impl Wanted {
    fn of(host: &Host) -> Self {
        let mut all: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for function in &host.functions {
            if let Some(numbers) = numbers(function) {
                let [vendor, ..] = numbers;
                all.entry(vendor).or_default().entry(numbers).or_default().push(function.address);
            }
        }
        Self(all)
    }

    fn all(&self) -> impl Iterator<Item = PciAddress> {
        self.0.values().flat_map(BTreeMap::values).flatten().copied()
    }

    /// The functions that a line speaks of.
    fn meant(&self, alias: &Numbers<Option<u32>>) -> impl Iterator<Item = PciAddress> {
        let [vendor, ..] = *alias;
        let vendors = match vendor {
            Some(vendor) => self.0.range(vendor..=vendor),
            None => self.0.range(..),
        };
        let fits = move |numbers: &Numbers<u32>| {
            alias.iter().zip(numbers).all(|(asked, own)| asked.is_none_or(|asked| asked == *own))
        };
        let kinds = vendors.flat_map(|(_, kinds)| kinds).filter(move |(numbers, _)| fits(numbers));
        kinds.flat_map(|(_, addresses)| addresses).copied()
    }
}

/// None where not all of them are known.
fn numbers(function: &Function) -> Option<Numbers<u32>> {
    let (vendor, device) = (function.vendor.known()?, function.device.known()?);
    let board = match &function.subsystem {
        Reading::Known(id) => (u32::from(id.vendor.0), u32::from(id.device.0)),
        Reading::Absent => (0, 0),
        Reading::Unreadable(_) | Reading::Nonsense(_) => return None,
    };
    let class = function.class.known()?;
    let interface = class.code() & 0xff;
    let own = [u32::from(vendor.0), u32::from(device.0), board.0, board.1];
    let [vendor, device, board_vendor, board_device] = own;
    let (base, subclass) = (u32::from(class.base()), u32::from(class.subclass()));
    Some([vendor, device, board_vendor, board_device, base, subclass, interface])
}

/// What a line says of PCI devices, with the module; a number that may be any is none.
fn alias(line: &str) -> Option<(Numbers<Option<u32>>, ModuleName)> {
    let (name, module) = line.strip_prefix("alias pci:")?.split_once(' ')?;
    let mut numbers = [None; KEYS.len()];
    let mut rest = name;
    for (number, key) in numbers.iter_mut().zip(KEYS) {
        rest = rest.strip_prefix(key)?;
        // Keys are small letters, digits are large ones.
        let end = rest.find(|c: char| c.is_ascii_lowercase()).unwrap_or(rest.len());
        let (value, after) = rest.split_at(end);
        // More may follow the last number; nothing does.
        let value = if after.is_empty() && value.len() > 1 { value.trim_end_matches('*') } else { value };
        *number = if value == "*" { None } else { Some(u32::from_str_radix(value, 16).ok()?) };
        rest = after;
    }
    if rest.is_empty() { Some((numbers, ModuleName::new(module.trim())?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::{MachineBuilder, MachineFile};
    use crate::source::SourceErrorKind;

    const TABLE: &str = "# Aliases extracted from modules themselves.\n\
        alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\n\
        alias pci:v000010DEd*sv*sd*bc03sc00i00* nvidia\n\
        alias pci:v000010DEd*sv*sd*bc03sc02i00* not_3d\n\
        alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\n\
        alias pci:v000010DEd00002484sv*sd*bc03sc*i* nvidiafb\n\
        alias pci:v000010DEd00002484sv00001458sd*bc*sc*i* other_board\n\
        alias pci:v*d*sv*sd*bc04sc03i00* snd_hda_intel\n\
        alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio-pci\n\
        alias usb:v046Dp*d*dc*dsc*dp*ic*isc*ip*in* pci_not\n\
        alias pci:v000010DEd00002484sv*sd*bc03sc*i broken\n\
        alias pci:v000010DEd00002484 broken\n\
        alias pci:v000010DEd00002484sv*sd*bc03sc*i* bad/name\n";
    const PLACE: &str = "/lib/modules/6.12/modules.alias";

    fn machine(make: impl FnOnce(&mut MachineBuilder)) -> Source {
        let mut builder = MachineBuilder::default();
        builder.file("/proc/sys/kernel/osrelease", "6.12\n");
        for (address, event) in [
            ("01:00.0", "PCI_CLASS=30000\nPCI_ID=10DE:2484\nPCI_SUBSYS_ID=1043:87BD\n"),
            ("01:00.1", "PCI_CLASS=40300\nPCI_ID=10DE:228B\nPCI_SUBSYS_ID=1043:87BD\n"),
            ("02:00.0", "PCI_CLASS=20000\nPCI_ID=8086:10D3\n"),
        ] {
            builder.file(&format!("/sys/bus/pci/devices/0000:{address}/uevent"), event);
        }
        make(&mut builder);
        Source::machine(&builder.build())
    }

    fn told(source: &Source) -> Reading<Vec<String>> {
        read(source, &Host::scan(source)).map(|found| {
            let modules = |modules: Vec<ModuleName>| {
                modules.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            };
            found.into_iter().map(|(address, own)| format!("{}: {}", address.short(), modules(own))).collect()
        })
    }

    #[test]
    fn modules_fit_by_ids_board_and_class() {
        let source = machine(|builder| builder.file(PLACE, TABLE));
        let expected = ["01:00.0: nouveau nvidia nvidiafb", "01:00.1: snd_hda_intel", "02:00.0: "];
        assert_eq!(told(&source), Reading::Known(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_table_that_is_missing_or_closed_is_no_empty_one() {
        assert!(told(&machine(|_| {})).is_absent());
        let mut nameless = MachineBuilder::default();
        nameless.file(PLACE, TABLE);
        assert!(told(&Source::machine(&nameless.build())).is_absent(), "nobody knows which kernel runs");
        let closed = machine(|builder| builder.unreadable(PLACE, SourceErrorKind::NoPermission));
        assert!(told(&closed).trouble().is_some());
    }

    #[test]
    fn a_captured_machine_keeps_what_speaks_of_its_devices() {
        let source = machine(|builder| builder.file(PLACE, TABLE));
        let text = MachineFile::capture(&source).write();
        assert!(
            text.contains("nvidiafb") && !text.contains("other_board") && !text.contains("usb:"),
            "{text}"
        );
        let captured = Source::machine(&MachineFile::parse(text.as_bytes()).unwrap());
        assert_eq!(told(&captured), told(&source));
    }
}
