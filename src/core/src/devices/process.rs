//! Programs that hold a device's node open, as far as the user may see them.
//!
//! The links of `/proc/PID/fd` are read, and of those with a device behind them the program's name. A program that ends
//! meanwhile is none; one of another user is hidden, which is said. Source: kernel, `Documentation/filesystems/proc.rst`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::host::GroupId;
use crate::host::attribute;
use crate::host::scan::in_parallel;
use crate::pci::PciAddress;
use crate::source::{Folder, Source, SourceErrorKind};

/// One folder a program.
pub(crate) const PROCESSES: &str = "/proc";
/// The nodes of graphics cards.
pub(crate) const DRM: &str = "/sys/class/drm";
/// The nodes of functions that a driver for virtual machines has, where the kernel makes one for each. Source: kernel,
/// `Documentation/driver-api/vfio.rst`, VFIO Device cdev.
pub(crate) const VFIO: &str = "/sys/class/vfio-dev";
/// What NVIDIA's own driver says of its cards, a folder each.
pub(crate) const NVIDIA: &str = "/proc/driver/nvidia/gpus";
/// Room for the links that are read of all programs together: a desktop has some ten thousand.
const LINKS: usize = 200_000;

/// Who holds what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holders {
    /// Programs with the nodes that they have open, in order of their numbers.
    pub holders: Vec<Holder>,
    /// The functions of nodes that are of one alone, of graphics and of vfio, by the nodes' paths.
    pub graphics: BTreeMap<String, PciAddress>,
    /// Whether programs were left out, because they are another user's or there are too many open files.
    pub hidden: bool,
    /// Who has the many files open, where there are too many.
    pub crowd: Option<Crowd>,
}

/// More open files than are looked through.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Crowd {
    /// How many were counted.
    pub files: usize,
    /// How many are looked through.
    pub limit: usize,
    /// The program that has the most.
    pub process: u32,
    /// Its name; its number where that could not be read.
    pub name: String,
    /// How many it has.
    pub most: usize,
}

/// A program that has a device's node open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder {
    /// Its number.
    pub process: u32,
    /// Its name, of at most 15 bytes.
    pub name: String,
    /// The node.
    pub path: String,
    /// What the node belongs to.
    pub node: Node,
}

/// What a node belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A graphics card.
    Graphics,
    /// All cards of NVIDIA's own driver.
    NvidiaControl,
    /// A sound card.
    Sound(u32),
    /// A USB device, by bus and number on it.
    Usb(u16, u16),
    /// An IOMMU group: a virtual machine has its devices.
    Group(GroupId),
    /// One function that a driver for virtual machines has: a virtual machine has it, without its group's node.
    Function,
    /// A block device.
    Block(String),
}

/// What the node at a path belongs to. None where it is no device that could be handed over.
pub(crate) fn node(path: &str) -> Option<Node> {
    let name = path.strip_prefix("/dev/")?;
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    if name.strip_prefix("dri/").is_some_and(|node| node.starts_with("card") || node.starts_with("renderD")) {
        return Some(Node::Graphics);
    }
    if let Some(rest) = name.strip_prefix("nvidia") {
        return Some(if number(rest).is_some() { Node::Graphics } else { Node::NvidiaControl });
    }
    if let Some(node) = name.strip_prefix("snd/") {
        let digits = node.trim_start_matches(|c: char| c.is_ascii_lowercase()).strip_prefix('C')?;
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        return digits.get(..end)?.parse().ok().map(Node::Sound);
    }
    if let Some((bus, device)) = name.strip_prefix("bus/usb/").and_then(|place| place.split_once('/')) {
        return Some(Node::Usb(bus.parse().ok()?, device.parse().ok()?));
    }
    if name.strip_prefix("vfio/devices/").is_some_and(is_vfio_node) {
        return Some(Node::Function);
    }
    if let Some(group) = name.strip_prefix("vfio/") {
        return number(group).map(|group| Node::Group(GroupId(group)));
    }
    let block = ["sd", "nvme", "dm-", "md", "vd", "mmcblk"].into_iter().any(|kind| name.starts_with(kind));
    // A controller of NVMe, `nvme0`, is a node of its own, and a tool that looks at it uses no disk.
    (block && !name.contains('/') && name.strip_prefix("nvme").is_none_or(|rest| rest.contains('n')))
        .then(|| Node::Block(name.to_owned()))
}

/// Looks for the programs that hold devices.
pub(crate) fn read(source: &Source) -> Holders {
    let mut holders = Holders { graphics: graphics(source), ..Holders::default() };
    let Ok(top) = source.open(PROCESSES) else { return holders };
    let names = top.list().unwrap_or_default();
    let processes: Vec<u32> = names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
    let seen = AtomicUsize::new(0);
    let mut most = (0, 0);
    for (process, found) in processes.iter().zip(in_parallel(&processes, |process| of(&top, *process, &seen)))
    {
        most = most.max((found.files, *process));
        match found.nodes {
            Some((name, paths)) => holders.holders.extend(paths.into_iter().filter_map(|path| {
                Some(Holder { process: *process, name: name.clone(), node: node(&path)?, path })
            })),
            None => holders.hidden = true,
        }
    }
    let files = seen.into_inner();
    if files > LINKS {
        let (most, process) = most;
        let name = name(&top, process).filter(|name| !name.is_empty()).unwrap_or_else(|| process.to_string());
        holders.crowd = Some(Crowd { files, limit: LINKS, process, name, most });
    }
    holders.holders.sort();
    holders
}

/// What is seen of one program.
struct Seen {
    /// How many files it has open.
    files: usize,
    /// The nodes among them, with its name. None where it may not be seen, or there are too many.
    nodes: Option<(String, BTreeSet<String>)>,
}

fn of(top: &Folder<'_>, process: u32, seen: &AtomicUsize) -> Seen {
    match top.open(&format!("{process}/fd")).and_then(|folder| Ok((folder.list()?, folder))) {
        Ok((names, folder)) => {
            let files = names.len();
            let fits = seen.fetch_add(files, Ordering::Relaxed) + files <= LINKS;
            Seen { files, nodes: fits.then(|| nodes(top, process, &folder, &names)) }
        }
        Err(error) if error.kind == SourceErrorKind::NoPermission => Seen { files: 0, nodes: None },
        // It has ended.
        Err(_) => Seen { files: 0, nodes: Some(Default::default()) },
    }
}

/// The nodes that one program has open, with its name.
fn nodes(
    top: &Folder<'_>,
    process: u32,
    folder: &Folder<'_>,
    names: &[OsString],
) -> (String, BTreeSet<String>) {
    let mut paths = BTreeSet::new();
    for name in names.iter().filter_map(|name| name.to_str()) {
        let mut room = [0; 256];
        let Ok(path) = folder.link_into(name, &mut room) else { continue };
        if path.starts_with(b"/dev/")
            && let Some(path) = str::from_utf8(path).ok().filter(|path| node(path).is_some())
        {
            paths.insert(path.to_owned());
        }
    }
    if paths.is_empty() {
        return Default::default();
    }
    match name(top, process) {
        Some(name) if name.is_empty() => (process.to_string(), paths),
        Some(name) => (name, paths),
        // It has ended meanwhile.
        None => Default::default(),
    }
}

/// What a program calls itself; none where it has ended.
fn name(top: &Folder<'_>, process: u32) -> Option<String> {
    let name = attribute::read(top, &format!("{process}/comm"), |text| {
        Some(String::from_utf8_lossy(text).into_owned())
    });
    name.known().cloned()
}

/// Which function each node of a graphics card, and of vfio, is.
fn graphics(source: &Source) -> BTreeMap<String, PciAddress> {
    let mut found = BTreeMap::new();
    if let Ok(class) = source.open(DRM) {
        let names = class.list().unwrap_or_default();
        for name in names.iter().filter_map(|name| name.to_str()).filter(|name| is_drm_node(name)) {
            let mut room = [0; 1024];
            let function = class.link_into(name, &mut room).ok().and_then(attribute::last_function);
            found.extend(function.map(|function| (format!("/dev/dri/{name}"), function)));
        }
    }
    if let Ok(class) = source.open(VFIO) {
        let names = class.list().unwrap_or_default();
        for name in names.iter().filter_map(|name| name.to_str()).filter(|name| is_vfio_node(name)) {
            let mut room = [0; 1024];
            let function = class.link_into(name, &mut room).ok().and_then(attribute::last_function);
            found.extend(function.map(|function| (format!("/dev/vfio/devices/{name}"), function)));
        }
    }
    if let Ok(cards) = source.open(NVIDIA) {
        for name in cards.list().unwrap_or_default().iter().filter_map(|name| name.to_str()) {
            let Some(function) = PciAddress::parse(name.as_bytes()) else { continue };
            let minor = attribute::read(&cards, &format!("{name}/information"), minor);
            found.extend(minor.known().map(|minor| (format!("/dev/nvidia{minor}"), function)));
        }
    }
    found
}

/// Whether a name of the class is that of a node, and not of a connector.
pub(crate) fn is_drm_node(name: &str) -> bool {
    !name.contains('-') && (name.starts_with("card") || name.starts_with("renderD"))
}

/// Whether a name is that of a node of vfio's for one function.
pub(crate) fn is_vfio_node(name: &str) -> bool {
    name.strip_prefix("vfio")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The beginning of the line of NVIDIA's `information` that is read: the others say which card it is.
pub(crate) const NVIDIA_MINOR: &str = "Device Minor:";

fn minor(text: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(text);
    text.lines().find_map(|line| line.strip_prefix(NVIDIA_MINOR))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine_file::MachineBuilder;

    #[test]
    fn nodes_belong_to_devices() {
        assert_eq!(node("/dev/dri/renderD128"), Some(Node::Graphics));
        assert_eq!(node("/dev/nvidia0"), Some(Node::Graphics));
        assert_eq!(node("/dev/nvidia-modeset"), Some(Node::NvidiaControl));
        assert_eq!(node("/dev/snd/pcmC10D3p"), Some(Node::Sound(10)));
        assert_eq!(node("/dev/snd/controlC0"), Some(Node::Sound(0)));
        assert_eq!(node("/dev/bus/usb/001/007"), Some(Node::Usb(1, 7)));
        assert_eq!(node("/dev/vfio/14"), Some(Node::Group(GroupId(14))));
        assert_eq!(node("/dev/vfio/devices/vfio3"), Some(Node::Function));
        assert_eq!(node("/dev/nvme0n1"), Some(Node::Block("nvme0n1".to_owned())));
        for path in [
            "/dev/null",
            "/dev/vfio/vfio",
            "/dev/vfio/devices/vfio",
            "/dev/vfio/devices/3",
            "/dev/iommu",
            "/dev/snd/seq",
            "/dev/nvme0",
            "/dev/bus/usb/x/1",
            "/dev/pts/1",
            "/home/a",
            "/dev/dri/by-path/x",
        ] {
            assert_eq!(node(path), None, "{path}");
        }
    }

    #[test]
    fn hidden_and_ended_programs_are_no_error() {
        let mut builder = MachineBuilder::default();
        builder.link("/proc/100/fd/7", "/dev/dri/card1");
        builder.link("/proc/100/fd/8", "/dev/dri/card1");
        builder.link("/proc/100/fd/9", "socket:[7]");
        builder.file("/proc/100/fd/10", "no link");
        builder.file("/proc/100/comm", "gnome-shell\n");
        builder.folder("/proc/200");
        builder.file("/proc/201", "no folder");
        builder.link("/proc/self", "100");
        builder.link("/sys/class/drm/card1", "../../devices/pci0000:00/0000:01:00.0/drm/card1");
        builder
            .link("/sys/class/drm/card1-DP-1", "../../devices/pci0000:00/0000:01:00.0/drm/card1/card1-DP-1");
        builder.file("/proc/driver/nvidia/gpus/0000:02:00.0/information", "Model: x\nDevice Minor: \t 3\n");
        let holders = read(&Source::machine(&builder.build()));
        let told: Vec<(u32, &str, &str)> =
            holders.holders.iter().map(|h| (h.process, h.name.as_str(), h.path.as_str())).collect();
        assert_eq!(told, [(100, "gnome-shell", "/dev/dri/card1")]);
        assert!(!holders.hidden);
        assert_eq!(holders.graphics.get("/dev/dri/card1").copied(), "0000:01:00.0".parse().ok());
        assert_eq!(holders.graphics.get("/dev/nvidia3").copied(), "0000:02:00.0".parse().ok());
        let mut builder = MachineBuilder::default();
        builder.unreadable("/proc/1/fd", SourceErrorKind::NoPermission);
        assert!(read(&Source::machine(&builder.build())).hidden);
    }

    #[test]
    fn whoever_has_too_many_files_open_is_named() {
        let mut builder = MachineBuilder::default();
        for file in 0..=LINKS / 2 {
            builder.link(&format!("/proc/100/fd/{file}"), "/dev/null");
            builder.link(&format!("/proc/200/fd/{file}"), "/dev/null");
        }
        builder.link("/proc/200/fd/x", "/dev/null");
        builder.file("/proc/200/comm", "flood\n");
        let holders = read(&Source::machine(&builder.build()));
        let crowd = holders.crowd.unwrap();
        assert_eq!((crowd.files, crowd.limit), (LINKS + 3, LINKS));
        assert_eq!((crowd.process, crowd.name.as_str(), crowd.most), (200, "flood", LINKS / 2 + 2));
        assert!(holders.hidden);
    }

    #[test]
    fn this_program_may_be_seen_on_the_running_system() {
        let holders = read(&Source::live().unwrap());
        assert!(holders.holders.iter().all(|holder| holder.process > 0));
    }
}
