//! Makes small trees that look like sysfs, for tests and benchmarks that need a machine of a certain shape, and finds a
//! fast place for them. Only what the kernel presents of a function is here; what is expected of it belongs to the tests.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A file system in memory, on which ten thousand functions take a second instead of half a minute.
const MEMORY: &str = "/dev/shm";
/// What two trees of that size need at the same time: a page a file, some thirteen entries a function. Containers often
/// have less.
const ROOM: u64 = 1 << 30;
const ENTRIES: u64 = 400_000;

/// A temporary folder for a tree: in memory where there is room, else where temporary files are.
///
/// # Panics
/// When there is no place for temporary files.
pub fn folder() -> TempDir {
    let roomy = rustix::fs::statvfs(MEMORY).is_ok_and(|memory| {
        memory.f_bavail.saturating_mul(memory.f_frsize) >= ROOM && memory.f_favail >= ENTRIES
    });
    let in_memory = roomy.then(|| tempfile::tempdir_in(MEMORY).ok()).flatten();
    in_memory.unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// One function to be.
#[derive(Debug, Clone, Copy)]
pub struct Spec<'a> {
    /// Its full address.
    pub address: &'a str,
    /// Its class, six digits.
    pub class: &'a str,
    /// Vendor and device, four digits each.
    pub ids: (&'a str, &'a str),
    /// Its IOMMU group.
    pub group: Option<u32>,
    /// Its driver.
    pub driver: Option<&'a str>,
}

/// Writes the functions below `root`, on one root bus a domain.
///
/// # Panics
/// When a file cannot be written.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn write(root: &Path, functions: &[Spec<'_>]) {
    let devices = root.join("sys/bus/pci/devices");
    fs::create_dir_all(&devices).unwrap();
    fs::create_dir_all(root.join("sys/kernel/iommu_groups")).unwrap();
    for function in functions {
        let home = home(root, function.address);
        fs::create_dir_all(&home).unwrap();
        let put = |name: &str, text: String| fs::write(home.join(name), text + "\n").unwrap();
        let (vendor, device) = function.ids;
        put("class", format!("0x{}", function.class));
        put("vendor", format!("0x{vendor}"));
        put("device", format!("0x{device}"));
        put("subsystem_vendor", "0x0000".into());
        put("subsystem_device", "0x0000".into());
        put("revision", "0x01".into());
        put("driver_override", "(null)".into());
        if function.class.starts_with("0300") {
            put("boot_vga", "0".into());
        }
        let driver = function.driver.map(|driver| format!("DRIVER={driver}\n")).unwrap_or_default();
        let class = function.class.trim_start_matches('0').to_uppercase();
        put(
            "uevent",
            format!(
                "{driver}PCI_CLASS={class}\nPCI_ID={}:{}\nPCI_SUBSYS_ID=0000:0000\nPCI_SLOT_NAME={}",
                vendor.to_uppercase(),
                device.to_uppercase(),
                function.address
            ),
        );
        let domain_and_bus = &function.address[..function.address.len() - 5];
        let target = format!("../../../devices/pci{domain_and_bus}/{}", function.address);
        symlink(target, devices.join(function.address)).unwrap();
        if let Some(driver) = function.driver {
            fs::create_dir_all(root.join("sys/bus/pci/drivers").join(driver)).unwrap();
            symlink(format!("../../../bus/pci/drivers/{driver}"), home.join("driver")).unwrap();
        }
        if let Some(group) = function.group {
            let folder = root.join(format!("sys/kernel/iommu_groups/{group}"));
            fs::create_dir_all(folder.join("devices")).unwrap();
            fs::write(folder.join("type"), "DMA-FQ\n").unwrap();
            symlink(
                format!("../../../../devices/pci{domain_and_bus}/{}", function.address),
                folder.join("devices").join(function.address),
            )
            .unwrap();
            symlink(format!("../../../kernel/iommu_groups/{group}"), home.join("iommu_group")).unwrap();
        }
    }
}

/// Where the attributes of a function are.
pub fn home(root: &Path, address: &str) -> PathBuf {
    root.join(format!("sys/devices/pci{}", &address[..address.len() - 5])).join(address)
}

/// A machine of so many functions: graphics cards with sound, disks, network, bridges, eight a slot, two a group.
///
/// # Panics
/// When a file cannot be written.
pub fn write_many(root: &Path, number: usize) {
    with_many(number, |functions| write(root, functions));
}

/// The same with what `lspci` wants besides.
///
/// # Panics
/// When a file cannot be written.
pub fn write_many_for_lspci(root: &Path, number: usize) {
    with_many(number, |functions| {
        write(root, functions);
        for function in functions {
            add_config(&home(root, function.address), function);
        }
    });
}

/// Opens and reads what a scan needs of such a tree, makes nothing of it, and tells how many bytes it was: what a
/// scan is measured by.
///
/// # Panics
/// When a file that every function has cannot be read.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn read_bare(root: &Path) -> usize {
    let mut bytes = 0;
    for entry in fs::read_dir(root.join("sys/bus/pci/devices")).unwrap() {
        let home = entry.unwrap().path();
        bytes += fs::read_link(&home).unwrap().as_os_str().len();
        for name in ["uevent", "revision", "driver_override"] {
            bytes += fs::read(home.join(name)).unwrap().len();
        }
        bytes += fs::read_link(home.join("iommu_group")).unwrap().as_os_str().len();
        bytes += fs::read(home.join("boot_vga")).map_or(0, |text| text.len());
    }
    for group in fs::read_dir(root.join("sys/kernel/iommu_groups")).unwrap() {
        bytes += fs::read(group.unwrap().path().join("type")).unwrap().len();
    }
    bytes
}

fn with_many(number: usize, then: impl FnOnce(&[Spec<'_>])) {
    const KINDS: [(&str, (&str, &str), Option<&str>); 8] = [
        ("030000", ("10de", "2484"), Some("nvidia")),
        ("040300", ("10de", "228b"), Some("snd_hda_intel")),
        ("010802", ("144d", "a809"), Some("nvme")),
        ("020000", ("8086", "1539"), Some("igb")),
        ("0c0330", ("1022", "43d5"), Some("xhci_hcd")),
        ("060400", ("1022", "1483"), Some("pcieport")),
        ("060000", ("1022", "1482"), None),
        ("010601", ("1022", "43c8"), Some("ahci")),
    ];
    let addresses: Vec<String> = (0..number)
        .map(|i| format!("{:04x}:{:02x}:{:02x}.{}", i / 65536, i / 256 % 256, i / 8 % 32, i % 8))
        .collect();
    let functions: Vec<Spec<'_>> = addresses
        .iter()
        .enumerate()
        .map(|(i, address)| {
            let (class, ids, driver) = KINDS[i % 8];
            Spec { address, class, ids, group: u32::try_from(i / 2).ok(), driver }
        })
        .collect();
    then(&functions);
}

/// Adds what `lspci` wants of each function: 64 bytes of configuration space, and two files beside it.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn add_config(home: &Path, function: &Spec<'_>) {
    let number = |text: &str| u32::from_str_radix(text, 16).unwrap();
    let mut header = [0_u8; 64];
    header[0..2].copy_from_slice(&number(function.ids.0).to_le_bytes()[..2]);
    header[2..4].copy_from_slice(&number(function.ids.1).to_le_bytes()[..2]);
    header[8] = 1;
    header[9..12].copy_from_slice(&number(function.class).to_le_bytes()[..3]);
    header[14] = u8::from(function.class.starts_with("0604"));
    fs::write(home.join("config"), header).unwrap();
    fs::write(home.join("resource"), "0x0000000000000000 0x0000000000000000 0x0000000000000000\n".repeat(13))
        .unwrap();
    fs::write(home.join("irq"), "0\n").unwrap();
}

/// Writes a captured machine out as a folder: its files and links; what could not be read stays away.
///
/// # Panics
/// When a file cannot be written.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn write_out(root: &Path, machine: &gangway_core::machine_file::MachineFile) {
    let source = gangway_core::source::Source::machine(machine);
    let mut ahead = vec![PathBuf::from("/")];
    while let Some(folder) = ahead.pop() {
        for name in source.list(&folder).unwrap_or_default() {
            let path = folder.join(name);
            let place = root.join(path.strip_prefix("/").unwrap());
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            match source.kind(&path).unwrap() {
                gangway_core::source::Kind::File => fs::write(place, source.read(&path).unwrap()).unwrap(),
                gangway_core::source::Kind::Link => symlink(source.read_link(&path).unwrap(), place).unwrap(),
                gangway_core::source::Kind::Folder => ahead.push(path),
                gangway_core::source::Kind::Other => {}
            }
        }
    }
}
