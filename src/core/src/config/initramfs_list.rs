//! What an initramfs has in it, as its tools list it: whether a module and a file arrived.
//!
//! Reads what `lsinitramfs`, `lsinitrd`, `lsinitcpio`, `lsinitcpio -a` and `booster ls` print. What is listed is in
//! the image; whether it is loaded is another question. Source: lsinitramfs(8), lsinitrd(1), lsinitcpio(1), booster(1).

use std::collections::{BTreeMap, BTreeSet};

/// How many links are followed to a file: more than an image has, and less than a circle.
const LINKS: usize = 8;

/// The files of an image, without `/` or `./` before them, where its links lead, and the modules that the list names without
/// files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileList {
    files: BTreeSet<String>,
    links: BTreeMap<String, String>,
    modules: BTreeSet<String>,
}

impl FileList {
    /// Reads what a tool printed. Headings and lines that name no file do no harm.
    pub fn parse(text: &str) -> Self {
        let mut list = Self::default();
        let mut modules = false;
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("==>") {
                modules = heading.trim_start().to_ascii_lowercase().starts_with("included modules");
                continue;
            }
            if modules {
                // `lsinitcpio -a` says behind a name how it came in.
                let names = line.split_whitespace().filter(|word| !word.starts_with('['));
                list.modules.extend(names.map(plain));
            } else if let Some(path) = path(line) {
                if let Some(module) = module(path) {
                    list.modules.insert(module);
                }
                if let Some((_, target)) = line.split_once(" -> ") {
                    list.links.insert(path.to_owned(), target.trim().to_owned());
                }
                list.files.insert(path.to_owned());
            }
        }
        list
    }

    /// Whether a module is in the image, however it is spelt.
    pub fn has_module(&self, name: &str) -> bool {
        self.modules.contains(&plain(name))
    }

    /// Whether a file is in the image; with `/` before it or not. What is below a link is looked for where that leads, and
    /// what is below `lib` and the like below `usr` as well, since not every tool tells of links.
    pub fn has_file(&self, path: &str) -> bool {
        let mut path = path.trim_start_matches('/').to_owned();
        for _ in 0..LINKS {
            let is_there = self.files.contains(&path)
                || self.files.contains(&format!("usr/{path}"))
                || path.strip_prefix("usr/").is_some_and(|path| self.files.contains(path));
            if is_there {
                return true;
            }
            match self.led(&path) {
                Some(other) => path = other,
                None => return false,
            }
        }
        false
    }

    /// Where a path leads by the first link above it.
    fn led(&self, path: &str) -> Option<String> {
        let ends = path.match_indices('/').map(|(at, _)| at);
        let (above, below, target) = ends
            .filter_map(|at| path.split_at_checked(at))
            .find_map(|(above, below)| self.links.get(above).map(|target| (above, below, target)))?;
        let folder = if target.starts_with('/') {
            ""
        } else {
            above.rsplit_once('/').map_or("", |(folder, _)| folder)
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in folder.split('/').chain(target.split('/')).chain(below.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        Some(parts.join("/"))
    }

    /// Whether the list names anything: an empty one tells nothing about an image.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.modules.is_empty()
    }
}

/// The path that a line names.
fn path(line: &str) -> Option<&str> {
    let mut fields = line.split_whitespace();
    let mode = fields.next()?;
    let listed = mode.len() >= 10
        && mode.starts_with(['-', 'd', 'l', 'b', 'c', 'p', 's'])
        && mode.bytes().skip(1).take(9).all(|byte| b"rwxsStT-".contains(&byte));
    let path = if listed {
        // As `ls -l` prints it: links, owner, group, size (or two numbers), date in three words, name.
        let device = mode.starts_with(['b', 'c']);
        let mut rest = line.trim_start();
        for _ in 0..if device { 9 } else { 8 } {
            rest = rest.split_once(char::is_whitespace)?.1.trim_start();
        }
        rest
    } else {
        line.trim_end()
    };
    let path = path.split(" -> ").next().unwrap_or_default();
    let path = path.strip_prefix("./").unwrap_or(path).trim_start_matches('/');
    (!path.is_empty() && path != ".").then_some(path)
}

/// The module that a path is the file of.
fn module(path: &str) -> Option<String> {
    let (name, packed) = path.rsplit('/').next()?.split_once(".ko")?;
    matches!(packed, "" | ".gz" | ".xz" | ".zst" | ".lz4").then(|| plain(name))
}

fn plain(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lists() {
        let debian = FileList::parse(
            ".\nbin\nscripts/init-top/00-gangway\nusr/lib/modules/6.12/kernel/drivers/vfio/pci/vfio-pci.ko.xz\nusr/lib/modprobe.d/x.conf\n",
        );
        assert!(debian.has_module("vfio_pci") && debian.has_module("vfio-pci") && !debian.has_module("vfio"));
        assert!(debian.has_file("/scripts/init-top/00-gangway") && debian.has_file("lib/modprobe.d/x.conf"));
        assert!(!debian.has_file("/etc/modprobe.d/x.conf"));
        let booster = FileList::parse("./init\n./usr/lib/modules/vfio.ko\n");
        assert!(booster.has_module("vfio") && booster.has_file("init"));
    }

    #[test]
    fn long_lists() {
        let text = "Image: /boot/initramfs-6.17.img: 36M\n========\nVersion: dracut-107\n\n\
            drwxr-xr-x  12 root     root            0 Jan  1  1970 .\ncrw-r--r--   1 root     root       5,   1 Jan  1  1970 dev/console\n\
            lrwxrwxrwx   1 root     root            7 Jan  1  1970 lib -> usr/lib\n\
            -rw-r--r--   1 root     root        12345 Jan  1  1970 usr/lib/modules/6.17/kernel/drivers/vfio/vfio_iommu_type1.ko.zst\n";
        let list = FileList::parse(text);
        assert!(
            list.has_module("vfio-iommu-type1") && list.has_file("/lib") && !list.has_file("lib -> usr/lib")
        );
        assert!(list.has_file("/dev/console") && !list.has_file("console"));
    }

    #[test]
    fn what_is_below_a_link() {
        let list = FileList::parse(
            "lrwxrwxrwx 1 root root 7 Jan 1 1970 lib -> usr/lib\n\
             lrwxrwxrwx 1 root root 29 Jan 1 1970 usr/lib/dracut/hooks -> ../../../var/lib/dracut/hooks\n\
             -rw-r--r-- 1 root root 9 Jan 1 1970 var/lib/dracut/hooks/pre-udev/00-gangway.sh\n\
             lrwxrwxrwx 1 root root 4 Jan 1 1970 a -> /b\nlrwxrwxrwx 1 root root 2 Jan 1 1970 b -> ./a\n",
        );
        for there in
            ["usr/lib/dracut/hooks/pre-udev/00-gangway.sh", "/lib/dracut/hooks/pre-udev/00-gangway.sh"]
        {
            assert!(list.has_file(there), "{there}");
        }
        assert!(!list.has_file("usr/lib/dracut/hooks/pre-udev/01-other.sh"));
        assert!(!list.has_file("a/x"), "a circle ends");
    }

    #[test]
    fn an_analysis() {
        let text = "==> Image: /boot/initramfs-linux.img\n==> Created with mkinitcpio 41\n\n==> Included modules:\n  ahci\t\tvfio_pci [explicit]\n  vfio\n\n==> Included binaries:\n  lsmod\n";
        let list = FileList::parse(text);
        assert!(list.has_module("vfio-pci") && list.has_module("ahci") && list.has_module("vfio"));
        assert!(!list.has_module("lsmod") && !list.has_module("explicit"));
    }

    #[test]
    fn nothing_is_in_an_empty_list() {
        let list = FileList::parse("");
        assert!(list.is_empty() && !list.has_module("") && !list.has_file(""));
        assert!(!FileList::parse("a.ko.bak\nb.kox\n").has_module("a"));
    }
}
