//! Debian and Ubuntu with GRUB. Made after Debian's packages `grub2-common` (`grub-mkconfig` reads drop-ins,
//! `update-grub`), `grub-efi-amd64` (the settings) and `initramfs-tools`; Ubuntu's GRUB has `$vt_handoff` besides.

use super::System;
use super::grub::Grub;
use super::shape::{Kernel, Shape, bare, debian_kernel};
use super::tools;

const UUID: &str = "00000000-0000-4000-8000-000000000001";
const ROOT: &str = "root=UUID=00000000-0000-4000-8000-000000000001";
/// Debian's kernels are built like this, and map discrete devices without being asked; the system is held against a kernel
/// of its owner's that is not.
const ASK: &str = "CONFIG_INTEL_IOMMU_DEFAULT_OFF=y\n";

pub(super) const GRUB_MKCONFIG: &str = "\
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
    let kernels = vec![debian_kernel("6.1.0-40-amd64", true)];
    system(
        "debian-12",
        "Debian GNU/Linux 12 (bookworm)",
        "ID=debian\nVERSION_ID=\"12\"\n",
        kernels,
        "quiet",
        false,
    )
}

/// Debian 13, with two kernels.
pub(super) fn debian_13() -> System {
    let kernels =
        vec![debian_kernel("6.12.57+deb13-amd64", false), debian_kernel("6.12.43+deb13-amd64", false)];
    system(
        "debian-13",
        "Debian GNU/Linux 13 (trixie)",
        "ID=debian\nVERSION_ID=\"13\"\n",
        kernels,
        "quiet",
        false,
    )
}

/// Ubuntu 24.04.
pub(super) fn ubuntu_24_04() -> System {
    let kernels = vec![debian_kernel("6.8.0-88-generic", false)];
    let identity = "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n";
    system("ubuntu-24.04", "Ubuntu 24.04.3 LTS", identity, kernels, "quiet splash", true)
}

fn system(
    name: &'static str,
    pretty: &str,
    identity: &str,
    kernels: Vec<Kernel>,
    ordinary: &str,
    ubuntu: bool,
) -> System {
    let grub = Grub {
        distributor: if ubuntu { "Ubuntu" } else { "Debian GNU/Linux" },
        config: "/boot/grub/grub.cfg",
        drop_ins: true,
        prefix: "/boot",
        screen: ubuntu,
        uuid: UUID,
        entry_files: false,
    };
    let mut machine = bare(&kernels, ASK);
    let newest = kernels.first().map(|kernel| kernel.file.clone()).unwrap_or_default();
    machine
        .file("/etc/os-release", &format!("PRETTY_NAME=\"{pretty}\"\n{identity}"))
        .file("/proc/cmdline", &format!("BOOT_IMAGE=/boot/{newest} {ROOT} ro {ordinary}\n"))
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
        .file("/usr/sbin/mkinitramfs", "#!/bin/sh\n")
        .file("/usr/sbin/update-initramfs", "#!/bin/sh\n")
        .file("/etc/initramfs-tools/modules", "# List of modules that you want to include in your initramfs.\n#\n# raid1\n# sd_mod\n")
        .file("/etc/initramfs-tools/initramfs.conf", "MODULES=most\nCOMPRESS=zstd\n")
        .file("/boot/grub/grub.cfg", &grub.text(&kernels, ROOT, "", ordinary));
    machine.folder("/etc/modprobe.d").folder("/etc/modules-load.d").folder("/etc/sysctl.d");
    if ubuntu {
        machine.file(
            "/etc/default/grub.d/init-select.cfg",
            "# Work around a bug in the obsolete init-select package.\n",
        );
    }
    for kernel in &kernels {
        machine.file(&format!("/boot/{}", kernel.file), "kernel\n");
        for image in &kernel.initramfs {
            machine.file(&format!("/boot/{image}"), &tools::image(&kernel.release, &[], &[]));
        }
    }
    System { name, machine, shape: Shape { kernels, root: ROOT, grub: Some(grub) } }
}
