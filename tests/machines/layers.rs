//! What lies between a file system and a disk, and what shares a card: encryption, volumes, RAID, pools, virtual functions.

use super::computer::Computer;

impl Computer {
    /// A mapping of device-mapper: number, name, the prefix that says what it is, and what it is made of.
    pub(super) fn mapping(&mut self, number: u32, name: &str, kind: &str, below: &[&str]) {
        let place = format!("/sys/devices/virtual/block/dm-{number}");
        self.made(&format!("dm-{number}"), (253, number), below);
        self.builder().file(&format!("{place}/dm/name"), format!("{name}\n"));
        self.builder().file(&format!("{place}/dm/uuid"), format!("{kind}-00000000-{name}\n"));
    }

    /// A RAID of the kernel.
    pub(super) fn raid(&mut self, number: u32, level: &str, below: &[&str]) {
        let name = format!("md{number}");
        self.made(&name, (9, number), below);
        self.builder().file(&format!("/sys/devices/virtual/block/{name}/md/level"), format!("{level}\n"));
    }

    fn made(&mut self, name: &str, numbers: (u32, u32), below: &[&str]) {
        let place = format!("/sys/devices/virtual/block/{name}");
        let (major, minor) = numbers;
        for member in below {
            let target = self.blocks.get(*member).cloned().unwrap_or_default();
            let target = format!("../../../../{}", target.trim_start_matches("/sys/devices/"));
            self.builder().link(&format!("{place}/slaves/{member}"), target);
        }
        let event = format!("MAJOR={major}\nMINOR={minor}\nDEVNAME={name}\nDEVTYPE=disk\n");
        self.builder().file(&format!("{place}/uevent"), event);
        self.builder().file(&format!("{place}/size"), "1048576000\n");
        for link in [format!("/sys/class/block/{name}"), format!("/sys/dev/block/{major}:{minor}")] {
            self.builder().link(&link, format!("../../devices/virtual/block/{name}"));
        }
        self.blocks.insert(name.to_owned(), place);
    }

    /// What udev found on a block device, before it is added: the file system's kind and its label.
    pub(super) fn content(&mut self, numbers: &str, kind: &str, label: &str) {
        let label = if label.is_empty() { String::new() } else { format!("E:ID_FS_LABEL={label}\n") };
        self.builder().file(&format!("/run/udev/data/b{numbers}"), format!("{label}E:ID_FS_TYPE={kind}\n"));
    }

    /// A Btrfs file system of several devices.
    pub(super) fn btrfs(&mut self, members: &[&str]) {
        for member in members {
            let target = self.blocks.get(*member).cloned().unwrap_or_default();
            let target = format!("../../../../{}", target.trim_start_matches("/sys/"));
            let path = format!("/sys/fs/btrfs/00000000-0000-4000-8000-00000000000b/devices/{member}");
            self.builder().link(&path, target);
        }
    }

    /// A physical function with its virtual ones, of which it could have so many.
    pub(super) fn virtual_functions(&mut self, physical: &str, most: u32, own: &[&str]) {
        self.attribute(physical, "sriov_totalvfs", &most.to_string());
        self.attribute(physical, "sriov_numvfs", &own.len().to_string());
        let name = |place: &str| place.rsplit('/').next().unwrap_or_default().to_owned();
        let above = self.place(physical);
        for (number, at) in own.iter().enumerate() {
            let place = self.place(at);
            self.builder().link(&format!("{place}/physfn"), format!("../{}", name(&above)));
            self.builder().link(&format!("{above}/virtfn{number}"), format!("../{}", name(&place)));
        }
    }

    /// What the firmware wants mapped one to one for a group, before its functions are added.
    pub(super) fn demanded(&mut self, group: u32, region: &str) {
        let text = format!("{region}\n0x00000000fee00000 0x00000000feefffff msi\n");
        self.builder().file(&format!("/sys/kernel/iommu_groups/{group}/reserved_regions"), text);
    }

    /// The kernel's log, where it may be read.
    pub(super) fn log(&mut self, lines: &[&str]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.builder().file("/dev/kmsg", text);
    }

    /// A file in place of the one that the machine would have.
    pub(super) fn text(&mut self, path: &str, text: &str) {
        self.builder().file(path, text);
    }
}
