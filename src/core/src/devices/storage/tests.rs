//! Storage of several layers, and trees that contradict themselves.

use super::*;
use crate::machine_file::MachineBuilder;
use crate::source::Source;

pub(in crate::devices) struct Disks {
    pub(in crate::devices) builder: MachineBuilder,
}

impl Disks {
    pub(in crate::devices) fn new() -> Self {
        Self { builder: MachineBuilder::default() }
    }

    /// A block device by its place below `/sys/devices`, with its numbers.
    pub(in crate::devices) fn block(&mut self, place: &str, numbers: &str, files: &[(&str, &str)]) {
        let name = place.rsplit('/').next().unwrap();
        let (major, minor) = numbers.split_once(':').unwrap();
        let part = if files.iter().any(|(file, _)| *file == "partition") { "partition" } else { "disk" };
        self.builder.link(&format!("/sys/class/block/{name}"), format!("../../devices/{place}"));
        self.builder.file(
            &format!("/sys/devices/{place}/uevent"),
            format!("MAJOR={major}\nMINOR={minor}\nDEVTYPE={part}\n"),
        );
        for (file, text) in files {
            self.builder.file(&format!("/sys/devices/{place}/{file}"), *text);
        }
    }

    pub(in crate::devices) fn udev(&mut self, numbers: &str, text: &str) {
        self.builder.file(&format!("/run/udev/data/b{numbers}"), text);
    }

    pub(in crate::devices) fn mounts(&mut self, lines: &[&str]) {
        let line = |(number, line): (usize, &&str)| format!("{} 1 {line}\n", number + 20);
        self.builder.file("/proc/self/mountinfo", lines.iter().enumerate().map(line).collect::<String>());
    }
}

const NVME: &str = "pci0000:00/0000:01:00.0/nvme/nvme0/nvme0n1";
const SATA: &str = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block";
const STICK: &str = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdc";

fn read_all(disks: Disks) -> Storage {
    let mut problems = Vec::new();
    let storage = read(&Source::machine(&disks.builder.build()), &mut problems);
    assert_eq!(problems, []);
    storage
}

fn told(storage: &Storage, path: &str) -> (Vec<String>, Vec<Layer>) {
    let ground = storage.ground_of_mount(storage.mounts.iter().find(|mount| mount.path == path).unwrap());
    (ground.controllers.iter().map(|address| address.short()).collect(), ground.layers.into_iter().collect())
}

#[test]
fn encryption_volumes_and_raid_are_followed_down() {
    let mut disks = Disks::new();
    disks.block(NVME, "259:0", &[("device/model", "Samsung SSD 980 PRO  \n"), ("size", "1953525168\n")]);
    disks.block(&format!("{NVME}/nvme0n1p3"), "259:3", &[("partition", "3\n")]);
    disks.block(
        "virtual/block/dm-0",
        "254:0",
        &[("dm/uuid", "CRYPT-LUKS2-0f-luks\n"), ("dm/name", "luks\n"), ("slaves/nvme0n1p3", "")],
    );
    disks.block(
        "virtual/block/dm-1",
        "254:1",
        &[("dm/uuid", "LVM-abcdef\n"), ("dm/name", "vg-root\n"), ("slaves/dm-0", "")],
    );
    disks.block(&format!("{SATA}/sda"), "8:0", &[]);
    disks.block(&format!("{SATA}/sda/sda1"), "8:1", &[("partition", "1\n")]);
    disks.block(
        "virtual/block/md0",
        "9:0",
        &[("md/level", "raid1\n"), ("slaves/sda1", ""), ("slaves/nvme0n1p3", "")],
    );
    disks.block("virtual/block/loop0", "7:0", &[]);
    disks.mounts(&[
        "254:1 / / rw - ext4 /dev/mapper/vg-root rw",
        "9:0 / /srv rw - xfs /dev/md0 rw",
        "7:0 / /snap/core rw - squashfs /dev/loop0 ro",
        "0:5 / /proc rw - proc proc rw",
    ]);
    disks.builder.file(
        "/proc/swaps",
        "Filename Type Size Used Priority\n/swapfile file 8 0 -2\n/dev/sda1 partition 8 0 -3\n",
    );
    let storage = read_all(disks);
    assert_eq!(
        told(&storage, "/"),
        (vec!["01:00.0".to_owned()], vec![Layer::Encryption, Layer::LogicalVolume])
    );
    assert_eq!(told(&storage, "/srv"), (vec!["00:17.0".to_owned(), "01:00.0".to_owned()], vec![Layer::Raid]));
    let disk = storage.block("nvme0n1").unwrap();
    assert_eq!(
        (disk.model.known().map(String::as_str), disk.size.known()),
        (Some("Samsung SSD 980 PRO"), Some(&1_000_204_886_016))
    );
    assert!(storage.block("loop0").is_none());
    let swaps: Vec<usize> =
        storage.swaps.iter().map(|swap| storage.ground_of_swap(swap).controllers.len()).collect();
    assert_eq!(swaps, [1, 1]);
    assert_eq!(storage.ground_of_mount(&storage.mounts[0]).disks, BTreeSet::from(["nvme0n1".to_owned()]));
}

#[test]
fn pools_and_btrfs_have_all_their_members() {
    let mut disks = Disks::new();
    for (name, numbers, pool) in [("sda", "8:0", "tank"), ("sdb", "8:16", "tank"), ("sdd", "8:48", "other")] {
        disks.block(&format!("{SATA}/{name}"), numbers, &[]);
        disks.udev(numbers, &format!("E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL={pool}\n"));
    }
    disks.block(NVME, "259:0", &[]);
    disks.block(STICK, "8:32", &[]);
    disks.builder.link("/sys/fs/btrfs/0f-0f/devices/nvme0n1", "x");
    disks.builder.link("/sys/fs/btrfs/0f-0f/devices/sdc", "x");
    disks.builder.folder("/sys/fs/btrfs/features");
    disks.mounts(&["0:40 / /tank rw - zfs tank/data rw", "0:41 /@ /home rw - btrfs /dev/nvme0n1 rw"]);
    let storage = read_all(disks);
    assert_eq!(told(&storage, "/tank").1, [Layer::Zfs]);
    let pool = storage.ground_of_mount(&storage.mounts[0]);
    assert_eq!(pool.disks.into_iter().collect::<Vec<_>>(), ["sda", "sdb"]);
    let home = storage.ground_of_mount(&storage.mounts[1]);
    assert_eq!(home.layers, BTreeSet::from([Layer::Btrfs]));
    assert_eq!(home.usb, BTreeSet::from(["2-1".to_owned()]));
    assert_eq!(home.controllers.len(), 2);
}

#[test]
fn what_is_made_of_itself_is_followed_once() {
    let mut disks = Disks::new();
    disks.block("virtual/block/dm-0", "254:0", &[("slaves/dm-1", "")]);
    disks.block(
        "virtual/block/dm-1",
        "254:1",
        &[("slaves/dm-0", ""), ("slaves/dm-1", ""), ("slaves/gone", "")],
    );
    disks.block(NVME, "x:0", &[("size", "many\n")]);
    disks.mounts(&[
        "254:0 / /loop rw - ext4 /dev/mapper/loop rw",
        "0:9 / /odd rw - bcachefs /dev/nvme0n1:/dev/gone rw",
    ]);
    let storage = read_all(disks);
    assert_eq!(told(&storage, "/loop").0, Vec::<String>::new());
    assert_eq!(told(&storage, "/odd").0, ["01:00.0"]);
    assert!(storage.block("nvme0n1").unwrap().size.trouble().is_some());
    assert_eq!(storage.tops().count(), 1, "the disk alone stands on top of nothing");
}

#[test]
fn the_place_tells_what_a_mount_is_for() {
    let role = |path: &str| {
        mounts::parse_mounts(&format!("1 0 8:1 / {path} rw - ext4 /dev/sda1 rw")).pop().unwrap().role()
    };
    assert_eq!(
        (role("/"), role("/boot"), role("/home"), role("/home/ann")),
        (Role::System, Role::Boot, Role::Home, Role::Home)
    );
    assert_eq!((role("/homes"), role("/mnt\\012/")), (Role::Data, Role::Data));
}

#[test]
fn the_nearest_mount_is_the_longest_way() {
    let mounts =
        mounts::parse_mounts("1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /var rw - ext4 /dev/b rw\n");
    let source = |path: &str| nearest(&mounts, path).map(|mount| mount.source.as_str());
    assert_eq!(
        (source("/var/swap"), source("/various"), source("/var")),
        (Some("/dev/b"), Some("/dev/a"), Some("/dev/b"))
    );
    assert_eq!(nearest(&[], "/x"), None);
}

#[test]
fn older_captured_machines_tell_by_place() {
    let mut disks = Disks::new();
    disks.builder.link("/sys/class/block/sda", "../../devices/pci0000:00/0000:00:17.0/ata1/block/sda");
    disks.builder.link("/sys/class/block/sda1", "../../devices/pci0000:00/0000:00:17.0/ata1/block/sda/sda1");
    disks.builder.folder("/sys/devices/pci0000:00/0000:00:17.0/ata1/block/sda/sda1");
    disks.builder.link("/sys/dev/block/8:1", "../../devices/pci0000:00/0000:00:17.0/ata1/block/sda/sda1");
    disks.mounts(&["8:1 / / rw - ext4 /dev/sda1 rw"]);
    let storage = read_all(disks);
    assert_eq!(told(&storage, "/").0, ["00:17.0"]);
    assert_eq!(storage.block("sda1").unwrap().below, ["sda"]);
}
