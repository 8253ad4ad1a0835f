//! The computer's folder: made, read as a whole in order to be compared, restarted.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::tree::{self, Spec};

/// The card that is handed over.
pub const CARD: &str = "0000:01:00.0";

/// A path of the computer.
pub fn at(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// The text of a file; nothing where it is not there.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(at(root, path)).unwrap_or_default()
}

/// Writes a file, as somebody else than the helper would.
///
/// # Panics
/// When it cannot be written.
pub fn write(root: &Path, path: &str, text: &str) {
    try_write(root, path, text).unwrap();
}

/// The same, where the disk may be full.
///
/// # Errors
/// The system's.
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
pub fn try_write(root: &Path, path: &str, text: &str) -> std::io::Result<()> {
    let path = at(root, path);
    let mut missing = Vec::new();
    let mut folder = path.parent();
    while let Some(above) = folder.filter(|folder| !folder.exists()) {
        missing.push(above);
        folder = above.parent();
    }
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    match fs::write(&path, text) {
        // Root may write what nobody may; where the tests run as another user, the way is this.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let rights = fs::metadata(&path)?.permissions();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
            fs::write(&path, text)?;
            fs::set_permissions(&path, rights)
        }
        other => other,
    }
}

fn old(root: &Path, path: &str, mode: u32) {
    let path = at(root, path);
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_600_000_000, 123_456_789);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Makes the computer.
///
/// # Panics
/// When its folder cannot be written.
pub fn make(root: &Path) {
    write(
        root,
        "/etc/default/grub",
        "GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n",
    );
    old(root, "/etc/default/grub", 0o640);
    write(root, "/etc/modprobe.d/old.conf", "options vfio-pci ids=10de:2484\n");
    old(root, "/etc/modprobe.d/old.conf", 0o600);
    write(root, "/etc/group", "root:x:0:\nlibvirt:x:64055:bob\n");
    write(root, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");
    old(root, "/etc/passwd", 0o644);
    let lines: Vec<String> = (0..800).map(|line| format!("usr/lib/firmware/{line}")).collect();
    write(root, "/boot/initrd.img", &(lines.join("\n") + "\n"));
    old(root, "/boot/initrd.img", 0o600);
    write(root, "/boot/grub/grub.cfg", "menuentry 'Linux' {\n\tlinux /vmlinuz root=/dev/a quiet\n}\n");
    old(root, "/boot/grub/grub.cfg", 0o444);
    // Only root may, and not in a name space of users.
    let _ = std::os::unix::fs::chown(at(root, "/etc/modprobe.d/old.conf"), Some(1), Some(2));
    // Not every file system has them.
    let label = rustix::fs::XattrFlags::empty();
    let _ = rustix::fs::setxattr(at(root, "/etc/default/grub"), "user.label", b"system_u\0", label);
    write(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
    write(root, "/sys/module/kvm/refcnt", "0\n");
    write(root, "/sys/bus/pci/drivers_probe", "");
    write(root, "/proc/sys/kernel/random/boot_id", "11111111-1111-4111-8111-111111111111\n");
    write(root, "/proc/sys/kernel/osrelease", "6.12.48\n");
    fs::create_dir(at(root, "/run")).unwrap();
    write(root, "/var/lib/dpkg", "");
    old(root, "/var/lib/dpkg", 0o644);
    write(root, "/imitated/services", "");
    write(root, "/etc/systemd/system/own.service", "[Service]\n");
    old(root, "/etc/systemd/system/own.service", 0o644);
    let card = Spec {
        address: CARD,
        class: "030000",
        ids: ("10de", "2484"),
        group: Some(1),
        driver: Some("nouveau"),
    };
    tree::write(root, &[card]);
    write(root, "/sys/bus/pci/drivers/nouveau/unbind", "");
}

/// The computer is restarted: what was only in the running system is gone.
///
/// # Panics
/// When its folder cannot be written.
pub fn restart(root: &Path) {
    write(root, "/proc/sys/kernel/random/boot_id", "22222222-2222-4222-8222-222222222222\n");
    write(root, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n");
    let home = tree::home(root, CARD);
    let _ = fs::remove_file(home.join("driver"));
    symlink("../../../bus/pci/drivers/nouveau", home.join("driver")).unwrap();
    let place = format!("/{}", home.strip_prefix(root).unwrap().display());
    write(root, &format!("{place}/driver_override"), "(null)\n");
    let uevent = read(root, &format!("{place}/uevent"));
    let rest: Vec<&str> = uevent.lines().filter(|line| !line.starts_with("DRIVER=")).collect();
    write(root, &format!("{place}/uevent"), &format!("DRIVER=nouveau\n{}\n", rest.join("\n")));
    let _ = fs::remove_dir_all(at(root, "/sys/module/vfio_pci"));
    let _ = fs::remove_dir_all(at(root, "/run"));
    fs::create_dir(at(root, "/run")).unwrap();
    let enabled = at(root, "/etc/systemd/system/multi-user.target.wants/libvirtd.service").is_symlink();
    write(root, "/imitated/services", if enabled { "active libvirtd.service" } else { "" });
}

/// What a power cut makes of a file that was being written and not yet synced: it is cut off.
///
/// # Panics
/// When it cannot be cut.
pub fn cut_power(root: &Path, path: &str, length: u64) {
    fs::File::options().write(true).open(at(root, path)).unwrap().set_len(length).unwrap();
}

/// What a loaded module leaves in `/sys`; it stays loaded.
const LOADED: [&str; 2] = ["/sys/module/vfio_pci", "/sys/bus/pci/drivers/vfio-pci"];

/// Everything that is on a computer, but what the helper keeps for itself.
pub type Picture = BTreeMap<String, String>;

/// Takes a picture of the computer. Of files that other programs rewrite (accounts, `/sys`, the imitation's own) the time
/// does not count.
///
/// # Panics
/// When it cannot be read.
pub fn picture(root: &Path) -> Picture {
    let mut picture = Picture::new();
    look(root, root, &mut picture);
    picture
}

/// A picture without times, which tell two computers apart that were changed one after the other.
pub fn timeless(picture: &Picture) -> Picture {
    let words = |what: &String| {
        let words = what.split(' ').enumerate().filter(|(word, _)| *word != 2);
        words.map(|(_, word)| word).collect::<Vec<_>>().join(" ")
    };
    picture.iter().map(|(path, what)| (path.clone(), words(what))).collect()
}

#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn look(root: &Path, folder: &Path, picture: &mut Picture) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("/{}", path.strip_prefix(root).unwrap().display());
        if name == "/var/lib/gangway" || LOADED.iter().any(|loaded| name.starts_with(loaded)) {
            continue;
        }
        let data = fs::symlink_metadata(&path).unwrap();
        let rights = format!("{:o} {}:{}", data.mode(), data.uid(), data.gid());
        if data.is_symlink() {
            picture.insert(name, format!("-> {}", fs::read_link(&path).unwrap().display()));
        } else if data.is_dir() {
            picture.insert(name, rights);
            look(root, &path, picture);
        } else {
            let others = ["/sys/", "/proc/", "/imitated/", "/etc/group"];
            let time = match others.iter().any(|other| name.starts_with(other)) {
                true => String::new(),
                false => format!("{}.{}", data.mtime(), data.mtime_nsec()),
            };
            let mut label = vec![0; 100];
            let length = rustix::fs::getxattr(&path, "user.label", &mut label).unwrap_or(0);
            let bytes = fs::read(&path).unwrap();
            let content = String::from_utf8_lossy(&bytes);
            let content = if content.len() > 400 {
                format!("{} bytes, {}", content.len(), sum(&bytes))
            } else {
                content.into()
            };
            picture.insert(name, format!("{rights} {time} {:?} {content:?}", &label[..length]));
        }
    }
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}
