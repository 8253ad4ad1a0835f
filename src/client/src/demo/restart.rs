//! A restart of the demo's computer, imitated: what is in memory is as in a first start, and what is on the disk stays. The
//! loader chooses what is started, the early script takes what the command line reserves, the virtual machines are off, and
//! the service notes how a trial went, as its unit does. No program is run but the demo's own service.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use gangway_core::config::{Reservation, Reserved};
use gangway_core::host::{Function, Host};
use gangway_core::machine_file::{MachineFile, Place};
use gangway_core::source::Source;
use gangway_core::trial::{ARGUMENT, BOOT, EARLY, Early};

use super::folder::{Folder, FolderError};
use super::loader::{self, Chosen};
use super::machine::DemoMachine;
use super::root;

/// What is no file of a disk.
const MEMORY: [&str; 3] = ["proc", "sys", "run"];
/// The script of ours in an image. Source: `gangway_core::plan`.
const SCRIPT: &str = "scripts/init-top/00-gangway";
const DRIVER: &str = "/sys/bus/pci/drivers/vfio-pci";
const SETTINGS: &str = "/etc/sysctl.d";

/// Starts the computer in `state` again, if it was made.
pub(super) fn restart(machine: DemoMachine, file: &MachineFile, state: &Path) -> Result<(), FolderError> {
    let Some(folder) = root::made(machine, state) else { return Ok(()) };
    let _lock = Folder::open(state)?.lock()?;
    let chosen = loader::choose(&folder)?;
    let start = Start::new(file, chosen, huge_pages(&folder));
    root::renew(&folder, &MEMORY, |fresh| start.fill(fresh, file))
}

/// What is otherwise in this start than in the bundled machine.
struct Start {
    /// The command line; none where it is that of the bundled machine.
    line: Option<String>,
    /// What the early script did.
    early: Early,
    huge_pages: Option<u64>,
}

impl Start {
    fn new(file: &MachineFile, chosen: Option<Chosen>, huge_pages: Option<u64>) -> Self {
        let Some(Chosen { line, image }) = chosen else {
            return Self { line: None, early: Early::DidNotRun, huge_pages };
        };
        let prefix = format!("{ARGUMENT}=");
        let wanted = line.split_whitespace().filter_map(|word| word.strip_prefix(&prefix)).next_back();
        let runs = image.lines().any(|line| line == SCRIPT);
        let early = match wanted.filter(|_| runs).map(|wanted| taken(file, wanted)) {
            None => Early::DidNotRun,
            Some(Ok(reservation)) => Early::Reserved(reservation),
            Some(Err(why)) => Early::Refused(why),
        };
        Self { line: Some(line), early, huge_pages }
    }

    /// Puts everything there that is in memory after the start.
    fn fill(&self, fresh: &Path, file: &MachineFile) -> Result<(), FolderError> {
        root::put_file(fresh, BOOT, another_start()?.as_bytes())?;
        if !self.functions().is_empty() {
            root::put(fresh, Path::new(DRIVER), Place::Folder)?;
        }
        if let Some(report) = self.early.to_word() {
            root::put_file(fresh, EARLY, format!("{report}\n").as_bytes())?;
        }
        let is_memory = |path: &str| {
            let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
            MEMORY.contains(&first)
        };
        root::fill_with(file, |path, place| match path.to_str() {
            Some(path) if is_memory(path) => self.place(fresh, path, place),
            _ => Ok(()),
        })
    }

    fn place(&self, fresh: &Path, path: &str, place: Place<'_>) -> Result<(), FolderError> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match (path, place) {
            (BOOT, _) => Ok(()),
            ("/proc/cmdline", Place::File(bytes)) => {
                let line = self.line.as_ref().map_or_else(|| text(bytes), |line| format!("{line}\n"));
                root::put_file(fresh, path, line.as_bytes())
            }
            ("/proc/modules", Place::File(bytes)) if !self.functions().is_empty() => {
                let more = "vfio_pci\nvfio_pci_core\nvfio_iommu_type1\nvfio\n";
                root::put_file(fresh, path, (text(bytes) + more).as_bytes())
            }
            (_, Place::File(_)) if path.contains("/hugepages-2048kB/") && self.huge_pages.is_some() => {
                let pages = self.huge_pages.unwrap_or_default();
                root::put_file(fresh, path, format!("{pages}\n").as_bytes())
            }
            (_, place) => self.of_device(fresh, path, place),
        }
    }

    /// A reserved function has vfio-pci and nothing that its own driver would have made of it: no screens, no sound, no
    /// buses.
    fn of_device(&self, fresh: &Path, path: &str, place: Place<'_>) -> Result<(), FolderError> {
        for function in self.functions() {
            let inside = format!("/{}/", function.address());
            if let Place::Link(target) = place
                && target.to_string_lossy().contains(&inside)
            {
                return Ok(());
            }
            let Some((above, name)) = path.rsplit_once(&inside) else { continue };
            return match (name, place) {
                ("driver", _) => Ok(()),
                ("driver_override", _) => root::put_file(fresh, path, b"vfio-pci\n"),
                ("uevent", Place::File(bytes)) => {
                    let link = format!("{above}{inside}driver");
                    root::put(fresh, Path::new(&link), Place::Link(Path::new(DRIVER)))?;
                    root::put_file(fresh, path, driven(&String::from_utf8_lossy(bytes)).as_bytes())
                }
                (name, place) if name.contains('/') || matches!(place, Place::Folder) => Ok(()),
                (_, place) => root::put(fresh, Path::new(path), place),
            };
        }
        root::put(fresh, Path::new(path), place)
    }

    fn functions(&self) -> &[Reserved] {
        match &self.early {
            Early::Reserved(reservation) => reservation.functions(),
            _ => &[],
        }
    }
}

/// The text of a function's `uevent` with vfio-pci as its driver.
fn driven(uevent: &str) -> String {
    let rest = uevent.lines().filter(|line| !line.starts_with("DRIVER="));
    ["DRIVER=vfio-pci"].into_iter().chain(rest).flat_map(|line| [line, "\n"]).collect()
}

/// What the early script takes: everything that is named, if all of it is what was named.
fn taken(file: &MachineFile, wanted: &str) -> Result<Reservation, String> {
    let reservation: Reservation = wanted.parse().map_err(|_| format!("'{wanted}' names no devices"))?;
    let host = Host::scan(&Source::machine(file));
    for reserved in reservation.functions() {
        let (vendor, device) = reserved.id();
        let is_it = |function: &Function| {
            function.vendor.known() == Some(&vendor) && function.device.known() == Some(&device)
        };
        if !host.function(reserved.address()).is_some_and(is_it) {
            return Err(format!("{} is not '{vendor}:{device}'", reserved.address()));
        }
    }
    Ok(reservation)
}

/// How many huge pages the settings set aside, as systemd does it at a start. Source: sysctl.d(5).
fn huge_pages(folder: &Path) -> Option<u64> {
    let source = Source::folder(folder).ok()?;
    let mut names: Vec<String> =
        source.list(SETTINGS).ok()?.into_iter().filter_map(|name| name.into_string().ok()).collect();
    names.sort();
    let texts = names.iter().filter_map(|name| source.read_text(format!("{SETTINGS}/{name}")).ok());
    let pages = |text: String| {
        let mut values = text.lines().filter_map(|line| line.split_once('=')).filter_map(|(name, value)| {
            (name.trim() == "vm.nr_hugepages").then(|| value.trim().parse().ok()).flatten()
        });
        values.next_back()
    };
    texts.filter_map(pages).next_back()
}

/// What a start is known by, which no other one has. Source: random(4).
fn another_start() -> Result<String, FolderError> {
    const UUID: &str = "/proc/sys/kernel/random/uuid";
    let mut id = String::new();
    let read = File::open(UUID).and_then(|mut file| file.read_to_string(&mut id));
    read.map(|_| id).map_err(|cause| FolderError { path: UUID.into(), cause })
}
