//! What has to be installed, by the names that distributions have for it, and the command that installs it.
//!
//! Names only; whether something is missing is read by `system`, and installing is the programs' and PackageKit's.

use serde::{Deserialize, Serialize};

use crate::model::Model;
use crate::system::{Family, Image, System};

/// Something to install.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Package {
    /// libvirt with its daemon.
    Libvirt,
    /// QEMU.
    Qemu,
    /// UEFI firmware for virtual machines.
    Firmware,
    /// The software TPM.
    Swtpm,
    /// dnsmasq.
    Dnsmasq,
    /// polkit.
    Polkit,
}

impl Package {
    /// What it is called by a family of distributions; several names between blanks. Source: [`source`].
    pub const fn name(self, family: Family) -> &'static str {
        match (self, family) {
            (Self::Libvirt, Family::Debian) => "libvirt-daemon-system libvirt-clients",
            (Self::Libvirt, Family::Gentoo) => "app-emulation/libvirt",
            (Self::Libvirt, _) => "libvirt",
            (Self::Qemu, Family::Debian) => "qemu-system-x86",
            (Self::Qemu, Family::Fedora | Family::Suse) => "qemu-kvm",
            (Self::Qemu, Family::Arch) => "qemu-desktop",
            (Self::Qemu, Family::Gentoo) => "app-emulation/qemu",
            (Self::Qemu, _) => "qemu",
            (Self::Firmware, Family::Debian) => "ovmf",
            (Self::Firmware, Family::Suse) => "qemu-ovmf-x86_64",
            (Self::Firmware, Family::Gentoo) => "sys-firmware/edk2-bin",
            (Self::Firmware, _) => "edk2-ovmf",
            (Self::Swtpm, Family::Debian) => "swtpm swtpm-tools",
            (Self::Swtpm, Family::Gentoo) => "app-crypt/swtpm",
            (Self::Swtpm, _) => "swtpm",
            (Self::Dnsmasq, Family::Debian) => "dnsmasq-base",
            (Self::Dnsmasq, Family::Gentoo) => "net-dns/dnsmasq",
            (Self::Dnsmasq, _) => "dnsmasq",
            (Self::Polkit, Family::Debian) => "polkitd",
            (Self::Polkit, Family::Gentoo) => "sys-auth/polkit",
            (Self::Polkit, _) => "polkit",
        }
    }
}

/// Where the names of a family's packages are looked up; none where we know none.
pub const fn source(family: Family) -> Option<&'static str> {
    match family {
        Family::Debian => Some("https://packages.debian.org"),
        Family::Fedora => Some("https://packages.fedoraproject.org"),
        Family::Arch => Some("https://archlinux.org/packages"),
        Family::Suse => Some("https://software.opensuse.org"),
        Family::Gentoo => Some("https://packages.gentoo.org"),
        Family::Void => Some("https://voidlinux.org/packages"),
        Family::NixOs | Family::Other => None,
    }
}

/// What a computer lacks to be ready for virtual machines: only what is known to be missing.
pub fn missing_packages(model: &Model) -> Vec<Package> {
    let virtualization = &model.system.virtualization;
    let no_libvirt = virtualization.layout().is_none() && virtualization.libvirtd.is_missing();
    let firmware = virtualization.firmware.known();
    let no_firmware = firmware.is_some_and(|images| !images.iter().any(|image| image.uefi && image.pc));
    [
        (no_libvirt, Package::Libvirt),
        (virtualization.qemu.is_missing(), Package::Qemu),
        (no_firmware, Package::Firmware),
        (virtualization.swtpm.is_missing(), Package::Swtpm),
        (virtualization.dnsmasq.is_missing(), Package::Dnsmasq),
    ]
    .into_iter()
    .filter(|(missing, _)| *missing)
    .map(|(_, package)| package)
    .collect()
}

/// The names of several packages on this machine.
pub fn package_names(packages: &[Package], system: &System) -> Vec<&'static str> {
    let family = system.distribution.family();
    packages.iter().flat_map(|package| package.name(family).split(' ')).collect()
}

/// The command that installs several packages on this machine, where one does.
pub fn install_command(packages: &[Package], system: &System) -> Option<String> {
    let names = package_names(packages, system).join(" ");
    install(&names, system.distribution.family(), system.distribution.image)
}

/// The command that installs packages.
pub(super) fn install(packages: &str, family: Family, image: Image) -> Option<String> {
    let command = match (image, family) {
        (Image::NixOs, _) | (_, Family::NixOs | Family::Other) => return None,
        (Image::Ostree, _) => "rpm-ostree install",
        (Image::Transactional, _) => "sudo transactional-update pkg install",
        (Image::No, Family::Debian) => "sudo apt install",
        (Image::No, Family::Fedora) => "sudo dnf install",
        (Image::No, Family::Arch) => "sudo pacman -S",
        (Image::No, Family::Suse) => "sudo zypper install",
        (Image::No, Family::Gentoo) => "sudo emerge",
        (Image::No, Family::Void) => "sudo xbps-install",
    };
    Some(format!("{command} {packages}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Reading;
    use crate::system::Presence;

    #[test]
    fn what_is_missing_is_installed_by_one_command() {
        let mut model = Model::default();
        assert_eq!(missing_packages(&model), [], "nothing is known");
        model.system.virtualization.libvirtd = Presence::Missing;
        model.system.virtualization.swtpm = Presence::Missing;
        model.system.distribution.id = Reading::Known("debian".to_owned());
        let missing = missing_packages(&model);
        assert_eq!(missing, [Package::Libvirt, Package::Swtpm]);
        let command = install_command(&missing, &model.system);
        let expected = "sudo apt install libvirt-daemon-system libvirt-clients swtpm swtpm-tools";
        assert_eq!(command.as_deref(), Some(expected));
        model.system.distribution.image = Image::NixOs;
        assert_eq!(install_command(&missing, &model.system), None);
    }
}
