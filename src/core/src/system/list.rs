//! What the system's readers may read, in one list: each place with what a captured machine keeps of it.
//!
//! Readers take an [`Entry`] and no path, so nothing can be read that a capture forgets. A path may hold `{release}`, the
//! running kernel's, and one `*` within a name, which stands for any text.

/// A place of the machine that is read, and how much of it a captured machine keeps.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: &'static str,
    pub(crate) keep: Keep,
}

/// How much of a place is read and kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// A text, with personal data replaced.
    Text,
    /// A line of kernel arguments, with personal data and secrets replaced.
    CommandLine,
    /// The lines that are wanted, with personal data replaced.
    Lines(fn(&str) -> bool),
    /// Bytes as they are, which hold nothing personal.
    Bytes,
    /// Only that it is there.
    Presence,
    /// Only that it is there, and whether the user may use it.
    Access,
}

/// Names the entries and puts all of them into one list.
macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident = $path:literal, $keep:expr;)+) => {
        $($(#[$doc])* pub(super) static $name: Entry = Entry { path: $path, keep: $keep };)+
        /// All of them.
        pub(crate) static ALL: &[&Entry] = &[$(&$name,)+];
    };
}

entries! {
    // The distribution.
    OS_RELEASE = "/etc/os-release", Keep::Lines(os_release);
    OS_RELEASE_USR = "/usr/lib/os-release", Keep::Lines(os_release);
    OSTREE = "/run/ostree-booted", Keep::Presence;
    NIXOS = "/etc/NIXOS", Keep::Presence;
    TRANSACTIONAL = "/usr/sbin/transactional-update", Keep::Presence;
    // What the computer is called by its firmware.
    BOARD_VENDOR = "/sys/class/dmi/id/board_vendor", Keep::Text;
    BOARD_NAME = "/sys/class/dmi/id/board_name", Keep::Text;
    SYSTEM_VENDOR = "/sys/class/dmi/id/sys_vendor", Keep::Text;
    PRODUCT_NAME = "/sys/class/dmi/id/product_name", Keep::Text;
    // What the user may use.
    KVM = "/dev/kvm", Keep::Access;
    // The boot loader and its configuration.
    LOADER_INFO = "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", Keep::Bytes;
    STUB_INFO = "/sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", Keep::Bytes;
    GRUB_DEFAULT = "/etc/default/grub", Keep::Lines(kernel_arguments);
    GRUB_DROP_INS = "/etc/default/grub.d/*.cfg", Keep::Lines(kernel_arguments);
    GRUB_CONFIG = "/boot/grub/grub.cfg", Keep::Presence;
    GRUB2_CONFIG = "/boot/grub2/grub.cfg", Keep::Presence;
    UPDATE_GRUB = "/usr/sbin/update-grub", Keep::Presence;
    GRUBBY = "/usr/sbin/grubby", Keep::Presence;
    KERNEL_CMDLINE = "/etc/kernel/cmdline", Keep::CommandLine;
    MKINITCPIO = "/usr/bin/mkinitcpio", Keep::Presence;
    SDBOOTUTIL = "/usr/bin/sdbootutil", Keep::Presence;
    KERNELSTUB = "/etc/kernelstub/configuration", Keep::Presence;
    REFIND = "/boot/refind_linux.conf", Keep::Presence;
    LIMINE_DEFAULT = "/etc/default/limine", Keep::Lines(kernel_arguments);
    LIMINE_UPDATE = "/usr/bin/limine-update", Keep::Presence;
    LIMINE_BOOT = "/boot/limine.conf", Keep::Presence;
    ENTRIES_EFI = "/efi/loader/entries", Keep::Presence;
    ENTRIES_BOOT = "/boot/loader/entries", Keep::Presence;
    LOADER_CONF_EFI = "/efi/loader/loader.conf", Keep::Presence;
    LOADER_CONF_BOOT = "/boot/loader/loader.conf", Keep::Presence;
    LOADER_CONF_BOOT_EFI = "/boot/efi/loader/loader.conf", Keep::Presence;
}

fn os_release(line: &str) -> bool {
    ["ID=", "ID_LIKE=", "VERSION_ID=", "VARIANT_ID=", "IMAGE_ID=", "NAME=", "PRETTY_NAME="]
        .into_iter()
        .any(|name| line.starts_with(name))
}

fn kernel_arguments(line: &str) -> bool {
    ["GRUB_CMDLINE_LINUX", "GRUB_ENABLE_BLSCFG", "KERNEL_CMDLINE"]
        .into_iter()
        .any(|name| line.trim_start().trim_start_matches("export ").starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_and_have_one_star_at_most() {
        for entry in ALL {
            assert!(entry.path.starts_with('/') && !entry.path.ends_with('/'), "{}", entry.path);
            assert!(entry.path.matches('*').count() <= 1, "{}", entry.path);
        }
    }
}
