//! Debian and Ubuntu with GRUB. Made after Debian's packages `grub2-common` (`grub-mkconfig` reads drop-ins,
//! `update-grub`), `grub-efi-amd64` (the settings) and `initramfs-tools`; Ubuntu's GRUB has `$vt_handoff` besides.

use super::System;
use super::grub::Grub;
use super::shape::{Kernel, LOADER_INFO, ROOT, Shape, installed, kernel, said};

const UUID: &str = "00000000-0000-4000-8000-000000000001";
const INITRD: &str = "initrd.img-*";

pub(crate) const GRUB_MKCONFIG: &str = "\
#!/bin/sh
set -e
sysconfdir=\"/etc\"
if test -f ${sysconfdir}/default/grub ; then
  . ${sysconfdir}/default/grub
fi
for x in ${sysconfdir}/default/grub.d/*.cfg ; do
  if [ -e \"${x}\" ]; then
    . \"${x}\"
  fi
done
";

/// Debian 12, with a kernel of the time before 6.2.
pub(super) fn debian_12() -> System {
    let kernels = vec![Kernel { virqfd: true, ..kernel("6.1.0-40-amd64", INITRD) }];
    system("debian-12", "ID=debian\nVERSION_ID=\"12\"\n", kernels, "quiet", false)
}

/// Debian 13, with two kernels.
pub(super) fn debian_13() -> System {
    let kernels = vec![kernel("6.12.57+deb13-amd64", INITRD), kernel("6.12.43+deb13-amd64", INITRD)];
    system("debian-13", "ID=debian\nVERSION_ID=\"13\"\n", kernels, "quiet", false)
}

/// Debian 13 with dracut in place of initramfs-tools: no wrapper, and the images under Debian's names. Made after dracut's
/// `postinst.d/dracut`.
pub(super) fn debian_13_dracut() -> System {
    let identity = "ID=debian\nVERSION_ID=\"13\"\n";
    let kernels = vec![kernel("6.12.57+deb13-amd64", INITRD)];
    let mut system = system("debian-13-dracut", identity, kernels, "quiet", false);
    with_dracut(&mut system.machine);
    system.machine.gone("/usr/sbin/update-initramfs");
    system
}

/// Ubuntu 24.04.
pub(super) fn ubuntu_24_04() -> System {
    let identity = "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n";
    system("ubuntu-24.04", identity, vec![kernel("6.8.0-88-generic", INITRD)], "quiet splash", true)
}

/// Ubuntu 26.04, whose images dracut makes, behind a wrapper of the former tool's name.
pub(super) fn ubuntu_26_04() -> System {
    let identity = "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"26.04\"\n";
    let mut system =
        system("ubuntu-26.04", identity, vec![kernel("7.0.0-14-generic", INITRD)], "quiet splash", true);
    with_dracut(&mut system.machine);
    system.machine.file("/usr/sbin/update-initramfs", "#!/bin/sh\n# calls dracut\n");
    system
}

fn with_dracut(machine: &mut crate::checks::lab::Machine) {
    machine
        .gone("/usr/sbin/mkinitramfs")
        .gone("/usr/bin/lsinitramfs")
        .gone("/usr/bin/unmkinitramfs")
        .gone("/etc/initramfs-tools")
        .file("/usr/bin/dracut", "#!/bin/bash\n")
        .file("/usr/bin/lsinitrd", "#!/bin/bash\n")
        .folder("/etc/dracut.conf.d");
}

fn system(name: &'static str, identity: &str, kernels: Vec<Kernel>, ordinary: &str, ubuntu: bool) -> System {
    let grub = Grub {
        distributor: if ubuntu { "Ubuntu" } else { "Debian GNU/Linux" },
        config: "/boot/grub/grub.cfg",
        drop_ins: true,
        prefix: "/boot",
        screen: ubuntu,
        uuid: UUID,
        entry_files: false,
    };
    let newest = kernels.first().map(|kernel| kernel.file.clone()).unwrap_or_default();
    let line = format!("BOOT_IMAGE=/boot/{newest} {ROOT} ro {ordinary}");
    let mut machine = installed(identity, &kernels, "/boot", &line);
    machine
        .file(
            "/etc/default/grub",
            &format!(
                "# If you change this file, run 'update-grub' afterwards to update\n# /boot/grub/grub.cfg.\n\nGRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n\
                 GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${{NAME:-Debian}} ) 2>/dev/null || echo Debian`\n\
                 GRUB_CMDLINE_LINUX_DEFAULT=\"{ordinary}\"\nGRUB_CMDLINE_LINUX=\"\"\n\n#GRUB_TERMINAL=console\n"
            ),
        )
        .file("/usr/sbin/grub-mkconfig", GRUB_MKCONFIG)
        .file("/usr/sbin/update-grub", "#!/bin/sh\nset -e\nexec grub-mkconfig -o /boot/grub/grub.cfg \"$@\"\n")
        .file("/boot/grub/grub.cfg", &grub.text(&kernels, ROOT, "", ordinary))
        .file("/usr/bin/grub-script-check", "");
    if ubuntu {
        machine.file(
            "/etc/default/grub.d/init-select.cfg",
            "# Work around a bug in the obsolete init-select package.\n",
        );
    }
    initramfs_tools(&mut machine);
    System { name, machine, shape: Shape { kernels, root: ROOT, grub: Some(grub), first_script: None } }
}

fn initramfs_tools(machine: &mut crate::checks::lab::Machine) {
    for tool in [
        "/usr/sbin/mkinitramfs",
        "/usr/sbin/update-initramfs",
        "/usr/bin/lsinitramfs",
        "/usr/bin/unmkinitramfs",
    ] {
        machine.file(tool, "#!/bin/sh\n");
    }
    machine
        .file(
            "/etc/initramfs-tools/modules",
            "# List of modules that you want to include in your initramfs.\n#\n# raid1\n# sd_mod\n",
        )
        .file("/etc/initramfs-tools/initramfs.conf", "MODULES=most\nCOMPRESS=zstd\n");
}

/// Pop!_OS 24.04 with systemd-boot, whose entries kernelstub writes. Made after kernelstub's `config.py` and `installer.py`.
pub(super) fn pop_os() -> System {
    let kernels = vec![kernel("6.16.3-76061603-generic", INITRD)];
    let line = format!("{ROOT} ro quiet loglevel=0 splash");
    let identity = "NAME=\"Pop!_OS\"\nID=pop\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"24.04\"\n";
    let mut machine =
        installed(identity, &kernels, "/boot", &format!("initrd=\\EFI\\Pop_OS-{UUID}\\initrd.img {line}"));
    let folder = format!("/EFI/Pop_OS-{UUID}");
    let entry =
        format!("title Pop!_OS\nlinux {folder}/vmlinuz.efi\ninitrd {folder}/initrd.img\noptions {line}\n");
    machine
        .bytes(LOADER_INFO, &said("systemd-boot 255.4-1ubuntu8"))
        .file("/boot/efi/loader/loader.conf", "default Pop_OS-current\n")
        .file("/boot/efi/loader/entries/Pop_OS-current.conf", &entry)
        .file(
            "/boot/efi/loader/entries/Recovery-0000-0000.conf",
            "title Pop!_OS recovery\nlinux /EFI/Recovery-0000-0000/vmlinuz.efi\ninitrd /EFI/Recovery-0000-0000/initrd.gz\n\
             options boot=casper hostname=recovery noprompt\n",
        )
        .file(&format!("/boot/efi{folder}/vmlinuz.efi"), "kernel 6.16.3-76061603-generic\n")
        .file(&format!("/boot/efi{folder}/initrd.img"), &super::tools::image("6.16.3-76061603-generic", &[], &[]))
        .file("/usr/bin/kernelstub", "#!/usr/bin/python3\n")
        .file(
            "/etc/kernelstub/configuration",
            "{\n  \"default\": {\n    \"kernel_options\": [\n      \"quiet\",\n      \"splash\"\n    ],\n    \"esp_path\": \"/boot/efi\",\n    \"setup_loader\": false,\n    \"manage_mode\": false\n  },\n  \
             \"user\": {\n    \"kernel_options\": [\n      \"quiet\",\n      \"loglevel=0\",\n      \"splash\"\n    ],\n    \"esp_path\": \"/boot/efi\",\n    \"setup_loader\": true,\n    \"manage_mode\": true\n  }\n}\n",
        );
    initramfs_tools(&mut machine);
    System { name: "pop-os", machine, shape: Shape { kernels, root: ROOT, grub: None, first_script: None } }
}
