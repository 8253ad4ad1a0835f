//! Where a plan may write at all: the folders of configuration that Gangway knows, and what boot loaders read.
//!
//! Plans are made by our own planner, never by a caller; this is the second lock on the same door, and what a record that
//! was changed by hand runs into.

/// Files, and folders with everything below them (they end with a slash).
const PLACES: &[&str] = &[
    "/boot/",
    "/efi/",
    "/etc/booster.yaml",
    "/etc/cmdline.d/",
    "/etc/conf.d/modules",
    "/etc/default/grub",
    "/etc/default/grub.d/",
    "/etc/default/limine",
    "/etc/dracut.conf.d/",
    "/etc/grub.d/",
    "/etc/initcpio/",
    "/etc/initramfs-tools/",
    "/etc/kernel/",
    "/etc/kernelstub/configuration",
    "/etc/libvirt/hooks/",
    "/etc/limine-entry-tool.d/",
    "/etc/mkinitcpio.conf",
    "/etc/mkinitcpio.conf.d/",
    "/etc/mkinitcpio.d/",
    "/etc/modprobe.d/",
    "/etc/modules",
    "/etc/modules-load.d/",
    "/etc/sysctl.d/",
    "/etc/systemd/system/",
    "/etc/tmpfiles.d/",
    "/etc/udev/rules.d/",
    "/usr/lib/dracut/modules.d/",
    "/var/lib/gangway/reserve/",
];

/// Folders of running services, in which runit's links are.
const SERVICES: &[&str] = &["/var/service/", "/run/runit/service/", "/etc/runit/runsvdir/", "/service/"];

/// Whether a plan may make, change or remove this file.
pub fn is_writable(path: &str) -> bool {
    is_in(path, PLACES)
}

/// Whether a plan may make this link of a service.
pub(crate) fn is_service_link(path: &str) -> bool {
    is_in(path, SERVICES)
}

fn is_in(path: &str, places: &[&str]) -> bool {
    let plain = path.split('/').skip(1).all(|name| !matches!(name, "" | "." | ".."));
    let below = |place: &str| match place.ends_with('/') {
        true => path.len() > place.len() && path.starts_with(place),
        false => path == place,
    };
    plain && places.iter().any(|place| below(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nobodys_business_is_not_written() {
        for path in
            ["/etc/default/grub", "/etc/default/grub.d/gangway.cfg", "/boot/efi/loader/entries/a.conf"]
        {
            assert!(is_writable(path), "{path}");
        }
        for path in [
            "/etc/shadow",
            "/etc/default/grub.d/../../shadow",
            "/etc/default/grub.d/",
            "/etc/default/grubx",
            "/boot//x",
            "/boot",
            "etc/default/grub",
            "/etc/sudoers.d/x",
            "/var/service/x",
            "",
        ] {
            assert!(!is_writable(path), "{path}");
        }
        assert!(is_service_link("/var/service/libvirtd"));
    }
}
