//! Fedora, with files of the package and as an image. Made after `grubby`, Fedora's `10_linux` and `blscfg`, dracut and
//! rpm-ostree.

use super::System;
use super::grub::Grub;
use super::shape::{ROOT, Shape, installed, kernel};
use super::tools;

const ID: &str = "00000000000040008000000000000002";
const BOOT: &str = "00000000-0000-4000-8000-000000000003";

const GRUB: Grub = Grub {
    distributor: "Fedora Linux",
    config: "/boot/grub2/grub.cfg",
    drop_ins: false,
    prefix: "",
    screen: false,
    uuid: BOOT,
    entry_files: true,
};

/// Fedora 43, with two kernels and the rescue entry.
pub(super) fn fedora() -> System {
    let kernels = ["6.17.8-300.fc43.x86_64", "6.17.7-300.fc43.x86_64"]
        .map(|release| kernel(release, "initramfs-*.img"))
        .to_vec();
    let options = format!("{ROOT} ro rhgb quiet");
    let line = format!("BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.17.8-300.fc43.x86_64 {options}");
    let mut machine =
        installed("NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=43\n", &kernels, "/boot", &line);
    let entry = |release: &str, file: &str, image: &str| {
        format!(
            "title Fedora Linux ({release}) 43 (Workstation Edition)\nversion {release}\nlinux /{file}\ninitrd /{image}\noptions {options}\n\
             grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n"
        )
    };
    for kernel in &kernels {
        let [image] = kernel.initramfs.as_slice() else { continue };
        machine.file(
            &format!("/boot/loader/entries/{ID}-{}.conf", kernel.release),
            &entry(&kernel.release, &kernel.file, image),
        );
    }
    let rescue = format!("0-rescue-{ID}");
    machine
        .file(
            &format!("/boot/loader/entries/{ID}-0-rescue.conf"),
            &entry(&rescue, &format!("vmlinuz-{rescue}"), &format!("initramfs-{rescue}.img")),
        )
        .file(&format!("/boot/vmlinuz-{rescue}"), "kernel\n")
        .file(&format!("/boot/initramfs-{rescue}.img"), &tools::image(&rescue, &[], &[]))
        .file(
            "/etc/default/grub",
            "GRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=\"$(sed 's, release .*$,,g' /etc/system-release)\"\nGRUB_DEFAULT=saved\nGRUB_DISABLE_SUBMENU=true\n\
             GRUB_CMDLINE_LINUX=\"rhgb quiet\"\nGRUB_DISABLE_RECOVERY=\"true\"\nGRUB_ENABLE_BLSCFG=true\n",
        )
        .file("/etc/kernel/cmdline", &format!("{options}\n"))
        .file("/boot/grub2/grub.cfg", &GRUB.text(&kernels, ROOT, "rhgb quiet", ""));
    for tool in ["/usr/sbin/grubby", "/usr/sbin/grub2-mkconfig", "/usr/bin/dracut", "/usr/bin/lsinitrd"] {
        machine.file(tool, "#!/bin/bash\n");
    }
    machine.folder("/etc/dracut.conf.d");
    System {
        name: "fedora",
        machine,
        shape: Shape { kernels, root: ROOT, grub: Some(GRUB), first_script: None },
    }
}

/// Fedora Silverblue.
pub(super) fn atomic() -> System {
    let kernels = vec![kernel("6.17.8-300.fc43.x86_64", "initramfs-*.img")];
    let deployment = "/ostree/fedora-0011223344556677889900112233445566778899001122334455667788990011";
    let options = format!("{ROOT} rhgb quiet rw ostree=/ostree/boot.1/fedora/0011/0");
    let line = format!("BOOT_IMAGE=(hd0,gpt2){deployment}/vmlinuz-6.17.8-300.fc43.x86_64 {options}");
    let mut machine = installed(
        "NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=43\nVARIANT_ID=silverblue\n",
        &kernels,
        &format!("/boot{deployment}"),
        &line,
    );
    machine
        .file("/run/ostree-booted", "")
        .file(
            "/boot/loader/entries/ostree-1.conf",
            &format!("title Fedora Linux 43 (Silverblue) (ostree:0)\nversion 1\nlinux {deployment}/vmlinuz-6.17.8-300.fc43.x86_64\ninitrd {deployment}/initramfs-6.17.8-300.fc43.x86_64.img\noptions {options}\n"),
        )
        .file("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"rhgb quiet\"\nGRUB_ENABLE_BLSCFG=true\n")
        .file("/boot/grub2/grub.cfg", &GRUB.text(&kernels, ROOT, "", ""));
    for tool in ["/usr/bin/rpm-ostree", "/usr/bin/dracut", "/usr/sbin/grubby"] {
        machine.file(tool, "");
    }
    System {
        name: "fedora-atomic",
        machine,
        shape: Shape { kernels, root: ROOT, grub: None, first_script: None },
    }
}
