//! A machine in a folder that the service can change: two cards, one of which nothing needs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use crate::tree::{self, Spec};

/// The card that nothing needs.
pub const FREE: &str = "0000:01:00.0";
/// Its sound.
pub const FREE_SOUND: &str = "0000:01:00.1";
/// The card that shows the host's picture.
pub const SHOWN: &str = "0000:02:00.0";

/// A kernel that serves no device to anybody: what a scan wants of `/proc` and `/etc`.
const FILES: [(&str, &str); 5] = [
    ("proc/cmdline", "quiet\n"),
    ("proc/sys/kernel/osrelease", "6.12.0-test\n"),
    ("proc/sys/kernel/random/boot_id", "8d0f7f5a-3f0c-4f0f-9a54-5d8a5a0c6f10\n"),
    ("etc/group", "root:x:0:\nlibvirt:x:64:\n"),
    ("lib/modules/6.12.0-test/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko.xz:\n"),
];

/// A machine whose two graphics cards can be told apart.
///
/// # Panics
/// When a file cannot be written.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn make() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let function = |address, class, ids, group, driver| Spec {
        address,
        class,
        ids,
        group: Some(group),
        driver: Some(driver),
    };
    tree::write(
        root.path(),
        &[
            function(FREE, "030000", ("1002", "73bf"), 14, "amdgpu"),
            function(FREE_SOUND, "040300", ("1002", "ab28"), 14, "snd_hda_intel"),
            function(SHOWN, "030000", ("8086", "4680"), 2, "i915"),
        ],
    );
    for (path, text) in FILES {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (user, _) = super::users();
    let accounts = format!("root:x:0:0:root:/root:/bin/sh\nada:x:{user}:{user}::/home/ada:/bin/sh\n");
    fs::write(root.path().join("etc/passwd"), accounts).unwrap();
    fs::write(tree::home(root.path(), SHOWN).join("boot_vga"), "1\n").unwrap();
    for folder in ["var/lib", "sys/module", "usr/bin", "usr/sbin", "sys/bus/pci/drivers/vfio-pci"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    root
}

/// Memory, of which some can be huge pages, and the folder that keeps their number.
///
/// # Panics
/// When a file cannot be written.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn add_huge_pages(root: &Path) {
    let pages = root.join("sys/kernel/mm/hugepages/hugepages-2048kB");
    fs::create_dir_all(&pages).unwrap();
    for name in ["nr_hugepages", "free_hugepages", "resv_hugepages"] {
        fs::write(pages.join(name), "0\n").unwrap();
    }
    fs::write(
        root.join("proc/meminfo"),
        "MemTotal:       33554432 kB\nMemFree:        30000000 kB\nMemAvailable:   30000000 kB\n",
    )
    .unwrap();
    for folder in ["etc/tmpfiles.d", "run/systemd/system"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
}

/// The driver that a function has.
///
/// # Panics
/// When its `uevent` cannot be read.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn driver(root: &Path, address: &str) -> Option<String> {
    let text = fs::read_to_string(tree::home(root, address).join("uevent")).unwrap();
    text.lines().find_map(|line| line.strip_prefix("DRIVER=")).map(str::to_owned)
}
