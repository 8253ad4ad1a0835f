//! What the planner goes by: the machine as it was read, and its files of configuration, byte for byte.
//!
//! The files are read once, so that planning twice from one ground gives one plan. Which files stands in [`PLACES`]; what
//! they mean belongs to `config` and to the planners.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Content, Refusal};
use crate::config;
use crate::model::Model;
use crate::reading::Reading;
use crate::source::Source;
use crate::trial::{self, Standing};

/// Who wants something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// The user's number, as the bus tells it.
    pub uid: u32,
    /// The account's name.
    pub name: String,
}

/// The machine that is planned for.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// The model of it.
    pub model: Model,
    files: BTreeMap<String, Reading<Content>>,
    /// Large files and folders of which only counts that they are there.
    names: BTreeSet<String>,
    /// The SHA-256 of the image that this start is on trial with; none where it is not.
    pub(super) image: Option<Reading<String>>,
}

/// Files that planners may look at; one `*` within a name stands for any text.
const PLACES: &[&str] = &[
    // Accounts.
    "/etc/passwd",
    "/etc/group",
    "/usr/lib/group",
    // Services: what there is, and what is enabled.
    "/usr/lib/systemd/system/libvirtd*",
    "/usr/lib/systemd/system/virt*.socket",
    "/lib/systemd/system/libvirtd*",
    "/lib/systemd/system/virt*.socket",
    "/etc/systemd/system/sockets.target.wants/*.socket",
    "/etc/systemd/system/multi-user.target.wants/libvirtd.service",
    "/etc/init.d/libvirtd",
    "/etc/runlevels/default/libvirtd",
    "/etc/sv/libvirtd/run",
    "/var/service/libvirtd/run",
    // GRUB: its settings, what makes its configuration, and that configuration.
    "/etc/default/grub",
    "/etc/default/grub.d/*.cfg",
    "/usr/sbin/grub-mkconfig",
    "/usr/bin/grub-mkconfig",
    "/usr/sbin/grub2-mkconfig",
    "/usr/sbin/update-grub",
    "/boot/grub/grub.cfg",
    "/boot/grub/custom.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/grub2/custom.cfg",
    "/usr/sbin/grubby",
    // Kernels, and the modules that each has.
    "/lib/modules/*/modules.dep",
    "/lib/modules/*/modules.builtin",
    "/lib/modules/*/pkgbase",
    // Entries that are files of their own, and who makes them.
    "/boot/loader/loader.conf",
    "/boot/loader/entries/*.conf",
    "/efi/loader/loader.conf",
    "/efi/loader/entries/*.conf",
    "/boot/efi/loader/loader.conf",
    "/boot/efi/loader/entries/*.conf",
    "/etc/kernel/cmdline",
    "/usr/lib/kernel/cmdline",
    "/etc/kernel/install.conf",
    "/usr/lib/kernel/install.conf",
    "/etc/kernel/tries",
    "/etc/cmdline.d/*.conf",
    "/etc/mkinitcpio.d/*.preset",
    "/etc/kernelstub/configuration",
    "/etc/sysconfig/bootloader",
    // The deployment of an image system that waits for the next start.
    "/run/ostree/staged-deployment",
    // Loaders that hold all in one file.
    "/boot/refind_linux.conf",
    "/boot/limine.conf",
    "/etc/default/limine",
    // Settings of the kernel.
    "/etc/sysctl.conf",
    "/etc/sysctl.d/*.conf",
    "/run/sysctl.d/*.conf",
    "/usr/local/lib/sysctl.d/*.conf",
    "/usr/lib/sysctl.d/*.conf",
    "/lib/sysctl.d/*.conf",
    "/etc/tmpfiles.d/zz-gangway-*.conf",
    // What is loaded early, and what makes the images.
    "/etc/modprobe.d/*.conf",
    "/etc/initramfs-tools/modules",
    "/etc/dracut.conf",
    "/etc/dracut.conf.d/*.conf",
    "/usr/lib/dracut/dracut.conf.d/*.conf",
    "/etc/mkinitcpio.conf",
    "/etc/mkinitcpio.conf.d/*.conf",
    "/usr/bin/mkinitcpio",
    "/etc/booster.yaml",
    // What reserves devices from the start: the state of the trial, ours for the second image, the loader's memory.
    "/var/lib/gangway/trial",
    "/var/lib/gangway/reserve/early",
    "/var/lib/gangway/reserve/pre-udev.sh",
    "/var/lib/gangway/reserve/initramfs-tools/hooks/gangway",
    "/var/lib/gangway/reserve/initramfs-tools/scripts/init-top/00-gangway",
    "/var/lib/gangway/reserve/mkinitcpio.conf",
    "/var/lib/gangway/reserve/gangway-early.service",
    "/var/lib/gangway/reserve/initcpio/hooks/gangway",
    "/var/lib/gangway/reserve/initcpio/install/gangway",
    "/sys/firmware/efi/efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
    "/sys/firmware/efi/efivars/LoaderFeatures-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
    "/etc/driverctl.d/*",
    "/etc/fstab",
    // What the running kernel was started with.
    "/proc/cmdline",
];

/// Large files of which only counts whether they are there; one `*` as above.
const NAMES: &[&str] = &[
    "/boot/vmlinuz*",
    "/lib/modules/*/vmlinuz",
    "/usr/bin/kernel-install",
    "/usr/bin/kernelstub",
    "/usr/bin/rpm-ostree",
    "/usr/bin/sdbootutil",
    "/usr/sbin/update-initramfs",
    "/boot/initrd.img-*",
    "/boot/initrd-*",
    "/boot/initramfs-*",
    "/boot/booster-*",
    "/boot/gangway-former-*",
    "/efi/gangway-former-*",
    "/boot/efi/gangway-former-*",
    "/usr/sbin/mkinitramfs",
    "/usr/bin/unmkinitramfs",
    "/boot/gangway/*",
    "/efi/gangway/*",
    "/boot/efi/gangway/*",
    "/boot/EFI/Linux/*.efi",
    "/efi/EFI/Linux/*.efi",
    "/boot/efi/EFI/Linux/*.efi",
];

/// The most that is read of one file. Files of configuration have some kilobytes; `grub.cfg` and `modules.dep` may have some
/// hundred.
const LIMIT: usize = 4 << 20;

impl Ground {
    /// Reads a machine. What could not be read stays unreadable in it.
    pub fn read(source: &Source) -> Self {
        let paths = PLACES.iter().flat_map(|place| paths(source, place));
        let files = paths.map(|path| (path.clone(), content(source, &path))).collect();
        let names = NAMES.iter().flat_map(|place| self::paths(source, place));
        let names = names.filter(|path| source.exists(path)).collect();
        let model = Model::read(source);
        let image = match (&model.system.trial.standing, &model.system.trial.state) {
            (Standing::OnTrial { .. }, Reading::Known(state)) => {
                Some(trial::measure(source, &state.promise.image))
            }
            _ => None,
        };
        Self { model, files, names, image }
    }

    /// A ground of its parts.
    pub fn new(model: Model, files: impl IntoIterator<Item = (String, Reading<Content>)>) -> Self {
        Self { model, files: files.into_iter().collect(), names: BTreeSet::new(), image: None }
    }

    /// A file as it was read; absent where it was not there, or is none that planners look at.
    pub fn file(&self, path: &str) -> &Reading<Content> {
        self.files.get(path).unwrap_or(&Reading::Absent)
    }

    /// The account of a user's number, where the machine knows it. Source: passwd(5).
    pub fn account(&self, uid: u32) -> Option<Caller> {
        let name = self.file("/etc/passwd").known()?.text()?.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, number) = (fields.next()?, fields.nth(1)?);
            (number.parse() == Ok(uid) && !name.is_empty()).then(|| name.to_owned())
        })?;
        Some(Caller { uid, name })
    }

    /// The files of a folder that were read, by name and in the order of names.
    pub fn folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Reading<Content>)> {
        self.files.iter().filter_map(move |(path, content)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((name, content))
        })
    }

    /// The releases of the kernels whose modules are installed, whether the list of them could be read or not.
    pub(super) fn kernels(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|path| {
            let (release, name) = path.strip_prefix("/lib/modules/")?.split_once('/')?;
            (name == "modules.dep" && !self.file(path).is_absent()).then_some(release)
        })
    }

    /// The large files of a folder, by path.
    pub(super) fn names<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        let names = self.names.iter().map(String::as_str);
        names.filter(move |path| path.rsplit_once('/').is_some_and(|(above, _)| above == folder))
    }

    /// Whether something that can be read is at a path.
    pub fn is_there(&self, path: &str) -> bool {
        self.file(path).is_known() || self.names.contains(path)
    }

    /// The text of a file; none where there is no file.
    ///
    /// # Errors
    /// A file that could not be read, or is no text.
    pub(super) fn text(&self, path: &str) -> Result<Option<&str>, Refusal> {
        let reason = match self.file(path) {
            Reading::Known(content) => match config::text(content.bytes()) {
                Ok(text) => return Ok(Some(text)),
                Err(error) => return Err(Refusal::not_understood(path, &error)),
            },
            Reading::Absent => return Ok(None),
            Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => trouble.to_string(),
        };
        Err(Refusal::Unreadable { path: path.to_owned(), reason })
    }
}

/// The files that a place stands for.
fn paths(source: &Source, place: &str) -> Vec<String> {
    let Some((before, after)) = place.split_once('*') else { return vec![place.to_owned()] };
    let Some((folder, beginning)) = before.rsplit_once('/') else { return Vec::new() };
    let (ending, below) = after.find('/').map_or((after, ""), |at| after.split_at(at));
    let fits = |name: &str| name.strip_prefix(beginning).is_some_and(|rest| rest.ends_with(ending));
    // A folder that is not there, or may not be read, holds nothing that could be planned with.
    let names = source.list(folder).unwrap_or_default();
    names
        .iter()
        .filter_map(|name| name.to_str())
        .filter(|name| fits(name))
        .map(|name| format!("{folder}/{name}{below}"))
        .collect()
}

fn content(source: &Source, path: &str) -> Reading<Content> {
    match source.read_up_to(path, LIMIT) {
        Ok(bytes) => Reading::Known(bytes.into()),
        Err(error) if error.kind.is_absent() => Reading::Absent,
        Err(error) => Reading::Unreadable(Box::new(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number_alone() {
        let users = "root:x:0:0::/root:/bin/sh\nbroken\nada:x:1000:1001::/home/ada:/bin/sh\n:x:7:7:::\n";
        let ground =
            Ground::new(Model::default(), [("/etc/passwd".to_owned(), Reading::Known(users.into()))]);
        let name = |uid| ground.account(uid).map(|caller| caller.name);
        assert_eq!(name(1000).as_deref(), Some("ada"));
        assert_eq!(name(0).as_deref(), Some("root"));
        for unknown in [1001, 7, u32::MAX] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }
}
