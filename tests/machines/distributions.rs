//! The distributions of the machines: what lies in `/etc`, `/boot` and `/usr` of each, as far as the program looks.
//!
//! One table, so that whoever needs a system's files finds them in one place. Source: each distribution's own packages
//! and manuals (GRUB's and systemd-boot's paths, dracut, mkinitcpio, initramfs-tools, kernelstub, limine-entry-tool).

/// A distribution as its programs lie there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distribution {
    /// Debian 13 with GRUB and initramfs-tools.
    Debian,
    /// Ubuntu 24.04 with GRUB and initramfs-tools.
    Ubuntu,
    /// Linux Mint 22 with GRUB and initramfs-tools.
    Mint,
    /// Pop!_OS with systemd-boot and kernelstub.
    Pop,
    /// Proxmox VE 9 with systemd-boot and proxmox-boot-tool's command line.
    Proxmox,
    /// Fedora with GRUB's entries and dracut.
    Fedora,
    /// Fedora Kinoite, an image by ostree.
    Kinoite,
    /// Rocky Linux 9 with GRUB's entries, dracut and the daemons of libvirt apart.
    Rocky,
    /// openSUSE Tumbleweed with systemd-boot and sdbootutil.
    Tumbleweed,
    /// openSUSE Aeon, a transactional system.
    Aeon,
    /// Arch with systemd-boot and mkinitcpio.
    Arch,
    /// Arch with GRUB and mkinitcpio.
    ArchGrub,
    /// CachyOS with Limine.
    Cachy,
    /// EndeavourOS with systemd-boot and dracut.
    Endeavour,
    /// NixOS.
    Nix,
    /// Gentoo with OpenRC, GRUB and dracut.
    Gentoo,
    /// Void with runit, GRUB and dracut.
    Void,
}

/// Where a distribution keeps the configuration of its kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Configuration {
    /// Beside the kernel in `/boot`.
    Boot,
    /// Beside the modules.
    Modules,
    /// Nowhere but in the kernel.
    Nowhere,
}

/// What init starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Init {
    Systemd,
    OpenRc,
    Runit,
}

/// What lies where.
pub(super) struct Files {
    pub(super) texts: &'static [(&'static str, &'static str)],
    /// Files that are looked for, and never into.
    pub(super) present: &'static [&'static str],
    pub(super) folders: &'static [&'static str],
    /// What the boot loader tells of itself in an EFI variable.
    pub(super) loader: Option<&'static str>,
    pub(super) programs: &'static [&'static [&'static str]],
    /// Where the kernels' modules are.
    pub(super) modules: &'static str,
    /// How modules are compressed.
    pub(super) suffix: &'static str,
    pub(super) configuration: Configuration,
    /// What its kernel was configured with, beside what all have.
    pub(super) options: &'static str,
    pub(super) init: Init,
}

const ON_ALL: &[&str] = &["/dev/kvm", "/dev/vfio/vfio", "/dev/vhost-net"];
const USUAL: &[&str] = &[
    "/usr/bin/qemu-system-x86_64",
    "/usr/bin/swtpm",
    "/usr/sbin/dnsmasq",
    "/usr/lib/polkit-1/polkitd",
    "/usr/share/polkit-1/rules.d/60-libvirt.rules",
];
/// libvirt as one daemon.
const LIBVIRTD: &[&str] = &["/usr/sbin/libvirtd", "/run/libvirt/libvirt-sock"];
/// libvirt as a daemon for each part.
const PARTS: &[&str] = &[
    "/usr/sbin/virtqemud",
    "/run/libvirt/virtqemud-sock",
    "/run/libvirt/virtnetworkd-sock",
    "/run/libvirt/virtnodedevd-sock",
    "/run/libvirt/virtstoraged-sock",
    "/etc/systemd/system/sockets.target.wants/virtqemud.socket",
];
const NIX: &[&str] = &[
    "/run/current-system/sw/bin/libvirtd",
    "/run/libvirt/libvirt-sock",
    "/run/current-system/sw/bin/pkaction",
    "/run/current-system/sw/bin/swtpm",
    "/run/libvirt/nix-emulators/qemu-system-x86_64",
    "/usr/share/polkit-1/rules.d/60-libvirt.rules",
    "/usr/sbin/dnsmasq",
];

const DEBIAN_GRUB: (&str, &str) =
    ("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n");
const FEDORA_GRUB: (&str, &str) =
    ("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"rhgb quiet\"\nGRUB_ENABLE_BLSCFG=true\n");
const MKINITCPIO: (&str, &str) = (
    "/etc/mkinitcpio.conf",
    "MODULES=()\nHOOKS=(base udev autodetect microcode modconf kms keyboard block filesystems fsck)\n",
);
/// Debian's programs for the start, and its initramfs.
const DEBIAN_START: &[&str] = &[
    "/boot/grub/grub.cfg",
    "/usr/sbin/update-grub",
    "/usr/sbin/mkinitramfs",
    "/etc/initramfs-tools/modules",
];
/// Debian, and Ubuntu with it, switch Intel's IOMMU on by themselves, except for built-in graphics.
const INTGPU_OFF: &str = "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n";
const SIMPLEDRM: &str = "CONFIG_SYSFB_SIMPLEFB=y\n";
const ARCH: &str = "CONFIG_SYSFB_SIMPLEFB=y\nCONFIG_IOMMUFD=m\n";

/// As Debian has it; the others say what is otherwise.
const DEBIAN: Files = Files {
    texts: &[],
    present: DEBIAN_START,
    folders: &[],
    loader: None,
    programs: &[ON_ALL, USUAL, LIBVIRTD],
    modules: "/lib/modules",
    suffix: ".xz",
    configuration: Configuration::Boot,
    options: "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\nCONFIG_FB_EFI=y\n",
    init: Init::Systemd,
};

impl Distribution {
    /// What lies where.
    pub(super) const fn files(self) -> Files {
        match self {
            Self::Debian => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nID=debian\n",
                    ),
                    DEBIAN_GRUB,
                ],
                ..DEBIAN
            },
            Self::Ubuntu => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nID=ubuntu\nID_LIKE=debian\n",
                    ),
                    (
                        "/etc/default/grub",
                        "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\nGRUB_CMDLINE_LINUX=\"\"\n",
                    ),
                ],
                suffix: ".zst",
                options: INTGPU_OFF,
                ..DEBIAN
            },
            Self::Mint => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"Linux Mint\"\nVERSION_ID=\"22.2\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\nPRETTY_NAME=\"Linux Mint 22.2\"\n",
                    ),
                    (
                        "/etc/default/grub",
                        "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\nGRUB_CMDLINE_LINUX=\"\"\n",
                    ),
                ],
                suffix: ".zst",
                options: INTGPU_OFF,
                ..DEBIAN
            },
            Self::Pop => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"Pop!_OS\"\nVERSION_ID=\"24.04\"\nID=pop\nID_LIKE=\"ubuntu debian\"\nPRETTY_NAME=\"Pop!_OS 24.04 LTS\"\n",
                    ),
                    ("/etc/kernelstub/configuration", "{}\n"),
                ],
                present: &[
                    "/boot/efi/loader/loader.conf",
                    "/usr/sbin/mkinitramfs",
                    "/etc/initramfs-tools/modules",
                ],
                loader: Some("systemd-boot 255.4-1ubuntu8"),
                suffix: ".zst",
                options: INTGPU_OFF,
                ..DEBIAN
            },
            Self::Proxmox => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nID=debian\n",
                    ),
                    ("/etc/kernel/cmdline", "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n"),
                ],
                present: &[
                    "/efi/loader/loader.conf",
                    "/usr/sbin/mkinitramfs",
                    "/etc/initramfs-tools/modules",
                ],
                loader: Some("systemd-boot 257.8-1~deb13u2"),
                options: INTGPU_OFF,
                ..DEBIAN
            },
            Self::Fedora => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=43\nPRETTY_NAME=\"Fedora Linux 43 (Workstation Edition)\"\nVARIANT_ID=workstation\n",
                    ),
                    FEDORA_GRUB,
                ],
                present: &["/boot/grub2/grub.cfg", "/usr/sbin/grubby", "/usr/bin/dracut"],
                configuration: Configuration::Modules,
                options: SIMPLEDRM,
                ..DEBIAN
            },
            Self::Kinoite => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=43\nPRETTY_NAME=\"Fedora Linux 43.20251120.0 (Kinoite)\"\nVARIANT_ID=kinoite\n",
                    ),
                    FEDORA_GRUB,
                ],
                present: &[
                    "/run/ostree-booted",
                    "/boot/grub2/grub.cfg",
                    "/usr/sbin/grubby",
                    "/usr/bin/dracut",
                ],
                programs: &[ON_ALL, USUAL, PARTS],
                configuration: Configuration::Modules,
                options: SIMPLEDRM,
                ..DEBIAN
            },
            Self::Rocky => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"Rocky Linux\"\nVERSION_ID=\"9.6\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nPRETTY_NAME=\"Rocky Linux 9.6 (Blue Onyx)\"\n",
                    ),
                    (
                        "/etc/default/grub",
                        "GRUB_CMDLINE_LINUX=\"crashkernel=1G-4G:192M\"\nGRUB_ENABLE_BLSCFG=true\n",
                    ),
                ],
                present: &["/boot/grub2/grub.cfg", "/usr/sbin/grubby", "/usr/bin/dracut"],
                programs: &[
                    ON_ALL,
                    &[
                        "/usr/libexec/qemu-kvm",
                        "/usr/bin/swtpm",
                        "/usr/sbin/dnsmasq",
                        "/usr/lib/polkit-1/polkitd",
                        "/usr/share/polkit-1/rules.d/60-libvirt.rules",
                    ],
                    PARTS,
                ],
                options: "",
                ..DEBIAN
            },
            Self::Tumbleweed => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"openSUSE Tumbleweed\"\nVERSION_ID=\"20251120\"\nID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\nPRETTY_NAME=\"openSUSE Tumbleweed\"\n",
                    ),
                    (
                        "/etc/kernel/cmdline",
                        "root=UUID=00000000-0000-4000-8000-000000000001 rootflags=subvol=@ quiet\n",
                    ),
                ],
                present: &["/efi/loader/loader.conf", "/usr/bin/sdbootutil", "/usr/bin/dracut"],
                folders: &["/efi/loader/entries"],
                loader: Some("systemd-boot 258.2+suse.1"),
                programs: &[ON_ALL, USUAL, PARTS],
                suffix: ".zst",
                configuration: Configuration::Modules,
                options: SIMPLEDRM,
                ..DEBIAN
            },
            Self::Aeon => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"Aeon\"\nID=\"aeon\"\nID_LIKE=\"opensuse suse\"\nPRETTY_NAME=\"Aeon Desktop\"\n",
                    ),
                    ("/etc/kernel/cmdline", "root=UUID=00000000-0000-4000-8000-000000000001 quiet\n"),
                ],
                present: &[
                    "/usr/sbin/transactional-update",
                    "/efi/loader/loader.conf",
                    "/usr/bin/sdbootutil",
                    "/usr/bin/dracut",
                ],
                folders: &["/efi/loader/entries"],
                loader: Some("systemd-boot 258.2+suse.1"),
                programs: &[ON_ALL, USUAL, PARTS],
                suffix: ".zst",
                configuration: Configuration::Modules,
                options: SIMPLEDRM,
                ..DEBIAN
            },
            Self::Arch => Files {
                texts: &[
                    ("/etc/os-release", "NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch\n"),
                    MKINITCPIO,
                ],
                present: &["/boot/loader/loader.conf", "/usr/bin/mkinitcpio"],
                folders: &["/boot/loader/entries"],
                loader: Some("systemd-boot 258.2"),
                suffix: ".zst",
                // Arch keeps no configuration beside its kernel.
                configuration: Configuration::Nowhere,
                options: ARCH,
                ..DEBIAN
            },
            Self::ArchGrub => Files {
                texts: &[
                    ("/etc/os-release", "NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch\n"),
                    (
                        "/etc/default/grub",
                        "GRUB_CMDLINE_LINUX_DEFAULT=\"loglevel=3 quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n",
                    ),
                    MKINITCPIO,
                ],
                present: &["/boot/grub/grub.cfg", "/usr/bin/mkinitcpio"],
                suffix: ".zst",
                configuration: Configuration::Nowhere,
                options: ARCH,
                ..DEBIAN
            },
            Self::Cachy => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"CachyOS Linux\"\nPRETTY_NAME=\"CachyOS\"\nID=cachyos\nID_LIKE=arch\n",
                    ),
                    ("/etc/default/limine", "KERNEL_CMDLINE[default]+=\"quiet nowatchdog splash\"\n"),
                    MKINITCPIO,
                ],
                present: &["/usr/bin/limine-update", "/boot/limine.conf", "/usr/bin/mkinitcpio"],
                suffix: ".zst",
                configuration: Configuration::Nowhere,
                options: ARCH,
                ..DEBIAN
            },
            Self::Endeavour => Files {
                texts: &[
                    (
                        "/etc/os-release",
                        "NAME=\"EndeavourOS\"\nPRETTY_NAME=\"EndeavourOS\"\nID=endeavouros\nID_LIKE=arch\n",
                    ),
                    (
                        "/etc/kernel/cmdline",
                        "nvme_load=YES nowatchdog rw root=UUID=00000000-0000-4000-8000-000000000001\n",
                    ),
                ],
                present: &["/efi/loader/loader.conf", "/usr/bin/dracut"],
                folders: &["/efi/loader/entries"],
                loader: Some("systemd-boot 258.2-1-arch"),
                suffix: ".zst",
                configuration: Configuration::Nowhere,
                options: ARCH,
                ..DEBIAN
            },
            Self::Nix => Files {
                texts: &[(
                    "/etc/os-release",
                    "NAME=NixOS\nID=nixos\nVERSION_ID=\"25.11\"\nPRETTY_NAME=\"NixOS 25.11 (Xantusia)\"\n",
                )],
                present: &["/etc/NIXOS", "/boot/loader/loader.conf"],
                folders: &["/boot/loader/entries"],
                loader: Some("systemd-boot 258.2"),
                programs: &[ON_ALL, NIX],
                modules: "/run/booted-system/kernel-modules/lib/modules",
                configuration: Configuration::Nowhere,
                options: "",
                ..DEBIAN
            },
            Self::Gentoo => Files {
                texts: &[
                    ("/etc/os-release", "NAME=Gentoo\nID=gentoo\nPRETTY_NAME=\"Gentoo Linux\"\n"),
                    ("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"\n"),
                ],
                present: &["/boot/grub/grub.cfg", "/usr/bin/dracut", "/run/openrc"],
                suffix: "",
                options: "CONFIG_INTEL_IOMMU_DEFAULT_ON=y\nCONFIG_FB_EFI=y\n",
                init: Init::OpenRc,
                ..DEBIAN
            },
            Self::Void => Files {
                texts: &[
                    ("/etc/os-release", "NAME=\"Void\"\nID=\"void\"\nPRETTY_NAME=\"Void Linux\"\n"),
                    ("/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"loglevel=4\"\n"),
                ],
                present: &["/boot/grub/grub.cfg", "/usr/sbin/update-grub", "/usr/bin/dracut", "/run/runit"],
                suffix: ".zst",
                options: SIMPLEDRM,
                init: Init::Runit,
                ..DEBIAN
            },
        }
    }
}
