//! openSUSE, Void, Gentoo and `NixOS`. Made after SUSE's administration guide (`grub2-mkconfig`) and perl-bootloader, Void's
//! package `grub` and void-runit, Gentoo's `installkernel` and OpenRC, and nixpkgs.

use super::System;
use super::grub::Grub;
use super::shape::{LOADER_INFO, ROOT, Shape, installed, kernel, said};
use crate::checks::lab::Machine;

const UUID: &str = "00000000-0000-4000-8000-000000000001";
const PLAIN: &str =
    "#!/bin/sh\nif test -f ${sysconfdir}/default/grub ; then\n  . ${sysconfdir}/default/grub\nfi\n";

/// GRUB as its makers publish it, and dracut.
fn grub(
    name: &'static str,
    identity: &str,
    grub: Grub,
    kernel: super::shape::Kernel,
    script: &str,
    ordinary: &str,
) -> System {
    let kernels = vec![kernel];
    let file = kernels.first().map(|kernel| kernel.file.clone()).unwrap_or_default();
    let line = format!("BOOT_IMAGE={}/{file} {ROOT} ro {ordinary}", grub.prefix);
    let mut machine = installed(identity, &kernels, "/boot", &line);
    machine
        .file(
            "/etc/default/grub",
            &format!("GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"{}\"\n", ordinary.trim()),
        )
        .file(script, PLAIN)
        .file(grub.config, &grub.text(&kernels, ROOT, "", ordinary))
        .file("/usr/bin/dracut", "#!/bin/bash\n")
        .file("/usr/bin/lsinitrd", "#!/bin/bash\n")
        .folder("/etc/dracut.conf.d");
    System { name, machine, shape: Shape { kernels, root: ROOT, grub: Some(grub), first_script: None } }
}

const UPSTREAM: Grub = Grub {
    distributor: "GNU/Linux",
    config: "/boot/grub/grub.cfg",
    drop_ins: false,
    prefix: "/boot",
    screen: false,
    uuid: UUID,
    entry_files: false,
};

/// openSUSE Leap with GRUB.
pub(super) fn opensuse() -> System {
    let identity =
        "NAME=\"openSUSE Leap\"\nID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"16.0\"\n";
    let suse = Grub { distributor: "openSUSE Leap 16.0", config: "/boot/grub2/grub.cfg", ..UPSTREAM };
    let mut system = grub(
        "opensuse",
        identity,
        suse,
        kernel("6.12.0-160000.5-default", "initrd-*"),
        "/usr/sbin/grub2-mkconfig",
        "splash=silent quiet",
    );
    system.machine.file("/etc/sysconfig/bootloader", "LOADER_TYPE=\"grub2-efi\"\nSECURE_BOOT=\"yes\"\n");
    system
}

/// openSUSE Tumbleweed with the entries of sdbootutil.
pub(super) fn opensuse_entries() -> System {
    let identity = "NAME=\"openSUSE Tumbleweed\"\nID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n";
    let kernels = vec![kernel("7.2.1-1-default", "initrd-*")];
    let options = format!("{ROOT} splash=silent quiet");
    let mut machine = installed(identity, &kernels, "/boot", &options);
    machine
        .bytes(LOADER_INFO, &said("systemd-boot 258.2"))
        .file("/etc/sysconfig/bootloader", "LOADER_TYPE=\"systemd-boot\"\n")
        .file("/etc/kernel/cmdline", &format!("{options}\n"))
        .file("/usr/bin/sdbootutil", "#!/bin/bash\n")
        .file("/usr/bin/dracut", "#!/bin/bash\n")
        .file("/boot/efi/loader/loader.conf", "timeout 8\n")
        .folder("/boot/efi/loader/entries");
    System {
        name: "opensuse-entries",
        machine,
        shape: Shape { kernels, root: ROOT, grub: None, first_script: None },
    }
}

/// Void with runit.
pub(super) fn void() -> System {
    let void = Grub { distributor: "Void GNU/Linux", ..UPSTREAM };
    let mut system = grub(
        "void",
        "NAME=Void\nID=void\n",
        void,
        kernel("6.12.58_1", "initramfs-*.img"),
        "/usr/bin/grub-mkconfig",
        "loglevel=4",
    );
    system.machine.file("/usr/bin/update-grub", "#!/bin/sh\nexec grub-mkconfig -o /boot/grub/grub.cfg\n");
    init(&mut system.machine, "runit\n", "/run/runit");
    system
}

/// Gentoo with OpenRC.
pub(super) fn gentoo() -> System {
    let gentoo = Grub { distributor: "Gentoo GNU/Linux", ..UPSTREAM };
    let mut system = grub(
        "gentoo",
        "NAME=Gentoo\nID=gentoo\n",
        gentoo,
        kernel("6.12.58-gentoo-dist", "initramfs-*.img"),
        "/usr/sbin/grub-mkconfig",
        "",
    );
    init(&mut system.machine, "init\n", "/run/openrc");
    system
}

fn init(machine: &mut Machine, first: &str, folder: &str) {
    machine.gone("/run/systemd").file("/proc/1/comm", first).folder(folder);
}

/// `NixOS`.
pub(super) fn nixos() -> System {
    let kernels = vec![kernel("6.12.58", "initrd-*")];
    let mut machine = installed(
        "NAME=NixOS\nID=nixos\nVERSION_ID=\"25.11\"\n",
        &kernels,
        "/boot",
        &format!("{ROOT} loglevel=4"),
    );
    machine
        .file("/etc/NIXOS", "")
        .bytes(LOADER_INFO, &said("systemd-boot 258.2"))
        .file("/boot/loader/loader.conf", "timeout 5\n");
    System { name: "nixos", machine, shape: Shape { kernels, root: ROOT, grub: None, first_script: None } }
}
