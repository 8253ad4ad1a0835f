//! Arch and its like, with every loader. Made after Arch's packages `mkinitcpio` (presets, configuration), `grub` and
//! `systemd`; Limine's CONFIG.md; rEFInd's `refind_linux.conf`; kernel-install(8).

use super::System;
use super::grub::Grub;
use super::shape::{Kernel, LOADER_INFO, ROOT, STUB_INFO, Shape, installed, kernel, said};
use super::tools;
use crate::checks::lab::Machine;

const RELEASE: &str = "7.2.3-arch1-2";
const ARCH: &str = "NAME=\"Arch Linux\"\nID=arch\n";
const SYSTEMD_BOOT: &str = "systemd-boot 258.2-1-arch";

fn linux() -> Kernel {
    Kernel {
        release: RELEASE.to_owned(),
        file: "vmlinuz-linux".to_owned(),
        initramfs: vec!["initramfs-linux.img".to_owned()],
        virqfd: false,
    }
}

/// Arch with its kernel in `/boot` and mkinitcpio's usual configuration.
fn base(line: &str, preset: &str) -> (Machine, Vec<Kernel>) {
    let kernels = vec![linux()];
    let mut machine = installed(ARCH, &kernels, "/boot", line);
    machine
        .file("/boot/initramfs-linux-fallback.img", &tools::image(RELEASE, &[], &[]))
        .file(&format!("/lib/modules/{RELEASE}/vmlinuz"), &format!("kernel {RELEASE}\n"))
        .file("/usr/bin/mkinitcpio", "#!/usr/bin/bash\n_d_config=/etc/mkinitcpio.conf.d\n")
        .file("/usr/bin/lsinitcpio", "#!/usr/bin/bash\n")
        .file(
            "/etc/mkinitcpio.conf",
            "# vim:set ft=sh:\nMODULES=()\nBINARIES=()\nFILES=()\nHOOKS=(base udev autodetect microcode modconf kms keyboard keymap consolefont block filesystems fsck)\n",
        )
        .folder("/etc/mkinitcpio.conf.d")
        .file("/etc/mkinitcpio.d/linux.preset", preset);
    (machine, kernels)
}

const IMAGES: &str = "ALL_kver=\"/boot/vmlinuz-linux\"\n\nPRESETS=('default' 'fallback')\n\ndefault_image=\"/boot/initramfs-linux.img\"\n\n\
                      fallback_image=\"/boot/initramfs-linux-fallback.img\"\nfallback_options=\"-S autodetect\"\n";

fn made(name: &'static str, machine: Machine, kernels: Vec<Kernel>, grub: Option<Grub>) -> System {
    System { name, machine, shape: Shape { kernels, root: ROOT, grub, first_script: None } }
}

/// GRUB as its makers publish it: no drop-ins, one file of settings.
pub(super) fn grub() -> System {
    let grub = Grub {
        distributor: "Arch Linux",
        config: "/boot/grub/grub.cfg",
        drop_ins: false,
        prefix: "/boot",
        screen: false,
        uuid: "00000000-0000-4000-8000-000000000001",
        entry_files: false,
    };
    let line = format!("BOOT_IMAGE=/boot/vmlinuz-linux {ROOT} ro loglevel=3 quiet");
    let (mut machine, kernels) = base(&line, IMAGES);
    machine
        .file("/etc/default/grub", "# GRUB boot loader configuration\n\nGRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=\"Arch\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"loglevel=3 quiet\"\nGRUB_CMDLINE_LINUX=\"\"\n")
        .file("/usr/bin/grub-mkconfig", "#!/bin/sh\nif test -f ${sysconfdir}/default/grub ; then\n  . ${sysconfdir}/default/grub\nfi\n")
        .file("/boot/grub/grub.cfg", &grub.text(&kernels, ROOT, "", "loglevel=3 quiet"));
    made("arch-grub", machine, kernels, Some(grub))
}

/// systemd-boot with entries that the owner wrote.
pub(super) fn systemd_boot() -> System {
    let options = format!("{ROOT} rw quiet");
    let (mut machine, kernels) = base(&options, IMAGES);
    let entry = |title: &str, image: &str| {
        format!(
            "title   {title}\nlinux   /vmlinuz-linux\ninitrd  /intel-ucode.img\ninitrd  /{image}\noptions {options}\n"
        )
    };
    machine
        .bytes(LOADER_INFO, &said(SYSTEMD_BOOT))
        .file("/boot/intel-ucode.img", "microcode\n")
        .file("/boot/loader/loader.conf", "default  arch.conf\ntimeout  3\n")
        .file("/boot/loader/entries/arch.conf", &entry("Arch Linux", "initramfs-linux.img"))
        .file(
            "/boot/loader/entries/arch-fallback.conf",
            &entry("Arch Linux (fallback initramfs)", "initramfs-linux-fallback.img"),
        );
    made("arch-systemd-boot", machine, kernels, None)
}

/// systemd-boot with booster's images. Made after booster's `regenerate_images` for Arch, and booster(1).
pub(super) fn booster() -> System {
    let mut system = systemd_boot();
    let machine = &mut system.machine;
    for gone in [
        "/usr/bin/mkinitcpio",
        "/usr/bin/lsinitcpio",
        "/etc/mkinitcpio.conf",
        "/etc/mkinitcpio.conf.d",
        "/etc/mkinitcpio.d",
        "/boot/initramfs-linux.img",
        "/boot/initramfs-linux-fallback.img",
        "/boot/loader/entries/arch-fallback.conf",
    ] {
        machine.gone(gone);
    }
    machine
        .file("/usr/bin/booster", "")
        .file("/etc/booster.yaml", "compression: zstd\nmodules: -nouveau\n")
        .file(&format!("/lib/modules/{RELEASE}/pkgbase"), "linux\n")
        .file("/boot/booster-linux.img", &tools::image(RELEASE, &[], &[]))
        .replace("/boot/loader/entries/arch.conf", "initramfs-linux.img", "booster-linux.img");
    System { name: "arch-booster", ..system }
}

/// systemd-boot with what kernel-install and dracut make, as `EndeavourOS` has it, and no file with the arguments yet.
pub(super) fn kernel_install() -> System {
    let kernels = vec![Kernel {
        file: "linux".to_owned(),
        initramfs: vec!["initrd".to_owned()],
        ..kernel(RELEASE, "")
    }];
    let options = format!("{ROOT} rw quiet");
    let token = "00000000000040008000000000000002";
    let folder = format!("/{token}/{RELEASE}");
    let mut machine = installed(
        "NAME=EndeavourOS\nID=endeavouros\nID_LIKE=arch\n",
        &kernels,
        &format!("/efi{folder}"),
        &options,
    );
    machine
        .bytes(LOADER_INFO, &said(SYSTEMD_BOOT))
        .file(&format!("/lib/modules/{RELEASE}/vmlinuz"), &format!("kernel {RELEASE}\n"))
        .file("/efi/loader/loader.conf", "timeout 5\n")
        .file(
            &format!("/efi/loader/entries/{token}-{RELEASE}.conf"),
            &format!("title      EndeavourOS\nversion    {RELEASE}\nmachine-id {token}\nsort-key   endeavouros\noptions    {options} systemd.machine_id={token}\nlinux      {folder}/linux\ninitrd     {folder}/initrd\n"),
        )
        .file("/usr/bin/kernel-install", "#!/bin/sh\n")
        .file("/usr/bin/dracut", "#!/bin/bash\n")
        .file("/usr/bin/lsinitrd", "#!/bin/bash\n")
        .folder("/etc/dracut.conf.d");
    made("kernel-install", machine, kernels, None)
}

/// Unified images of mkinitcpio.
pub(super) fn unified() -> System {
    let options = format!("{ROOT} rw quiet");
    let preset = "ALL_kver=\"/boot/vmlinuz-linux\"\n\nPRESETS=('default' 'fallback')\n\n#default_image=\"/boot/initramfs-linux.img\"\ndefault_uki=\"/efi/EFI/Linux/arch-linux.efi\"\n\n\
                  #fallback_image=\"/boot/initramfs-linux-fallback.img\"\nfallback_uki=\"/efi/EFI/Linux/arch-linux-fallback.efi\"\nfallback_options=\"-S autodetect\"\n";
    let (mut machine, kernels) = base(&options, preset);
    let image = tools::unified_image(RELEASE, &options);
    machine
        .bytes(LOADER_INFO, &said(SYSTEMD_BOOT))
        .bytes(STUB_INFO, &said("systemd-stub 258.2-1-arch"))
        .file("/efi/loader/loader.conf", "timeout 3\n")
        .folder("/efi/loader/entries")
        .file("/etc/kernel/cmdline", &format!("{options}\n"))
        .bytes("/efi/EFI/Linux/arch-linux.efi", &image)
        .bytes("/efi/EFI/Linux/arch-linux-fallback.efi", &image);
    made("arch-uki", machine, kernels, None)
}

/// Unified images of kernel-install.
pub(super) fn unified_by_kernel_install() -> System {
    let mut system = kernel_install();
    let options = format!("{ROOT} rw quiet");
    let token = "00000000000040008000000000000002";
    let machine = &mut system.machine;
    machine
        .gone(&format!("/efi/{token}"))
        .gone(&format!("/efi/loader/entries/{token}-{RELEASE}.conf"))
        .bytes(STUB_INFO, &said("systemd-stub 258.2-1-arch"))
        .file("/etc/kernel/install.conf", "layout=uki\nuki_generator=ukify\n")
        .file("/etc/kernel/cmdline", &format!("{options}\n"))
        .bytes(&format!("/efi/EFI/Linux/{token}-{RELEASE}.efi"), &tools::unified_image(RELEASE, &options));
    System { name: "kernel-install-uki", ..system }
}

/// Limine with a configuration that its owner keeps.
pub(super) fn limine() -> System {
    let options = format!("{ROOT} rw quiet");
    let (mut machine, kernels) = base(&options, IMAGES);
    machine.file(
        "/boot/limine.conf",
        &format!("timeout: 5\n\n/Arch Linux\n    protocol: linux\n    path: boot():/vmlinuz-linux\n    cmdline: {options}\n    module_path: boot():/initramfs-linux.img\n\n/EFI Fallback\n    protocol: efi\n    path: boot():/EFI/BOOT/BOOTX64.EFI\n"),
    );
    made("arch-limine", machine, kernels, None)
}

/// Limine with the tools of `CachyOS` that write its configuration.
pub(super) fn limine_with_tools() -> System {
    let mut system = limine();
    system
        .machine
        .file(
            "/etc/default/limine",
            &format!("ESP_PATH=\"/boot\"\nKERNEL_CMDLINE[default]=\"{ROOT} rw quiet\"\n"),
        )
        .file("/usr/bin/limine-update", "#!/bin/bash\n");
    System { name: "limine-with-tools", ..system }
}

/// rEFInd.
pub(super) fn refind() -> System {
    let options = format!("{ROOT} rw quiet");
    let (mut machine, kernels) = base(&format!("{options} initrd=boot\\initramfs-linux.img"), IMAGES);
    machine.file(
        "/boot/refind_linux.conf",
        &format!("\"Boot with standard options\"  \"{options} initrd=boot\\initramfs-%v.img\"\n\"Boot to single-user mode\"    \"{options} single\"\n\"Boot with minimal options\"   \"{ROOT} ro\"\n"),
    );
    made("arch-refind", machine, kernels, None)
}

/// Two loaders, neither of which said that it started the computer.
pub(super) fn two_loaders() -> System {
    let mut system = grub();
    system.machine.file("/boot/loader/loader.conf", "default arch.conf\n").folder("/boot/loader/entries");
    System { name: "two-loaders", ..system }
}
