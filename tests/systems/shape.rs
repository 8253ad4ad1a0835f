//! What the imitated tools of a system go by: its kernels, and what makes the loader's configuration.

use super::grub::Grub;
use super::tools;
use crate::checks::lab::Machine;

/// A kernel that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    /// Its release.
    pub release: String,
    /// Its file below the folder of kernels.
    pub file: String,
    /// Its initramfs images there, in the order in which the loader reads them.
    pub initramfs: Vec<String>,
    /// Whether `vfio_virqfd` is a module of its own, as before 6.2.
    pub virqfd: bool,
}

/// The shape of a system.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Its kernels, the newest first.
    pub kernels: Vec<Kernel>,
    /// What says where the root file system is.
    pub root: &'static str,
    /// GRUB, where that is the loader.
    pub grub: Option<Grub>,
    /// A script that initramfs-tools runs before all others, whatever they are called.
    pub first_script: Option<&'static str>,
}

/// A computer on which no system is installed: Intel, its IOMMU off until the kernel is asked.
pub(super) fn bare(kernels: &[Kernel], intel_default: &str) -> Machine {
    let mut machine = Machine::desktop();
    machine.no_groups().gone("/sys/firmware/acpi/tables/IVRS").denied("/sys/firmware/acpi/tables/DMAR");
    machine.replace("/proc/cpuinfo", " svm ", " vmx ").replace(
        "/proc/cpuinfo",
        "AuthenticAMD",
        "GenuineIntel",
    );
    for gone in [
        "/boot",
        "/etc/default",
        "/etc/initramfs-tools",
        "/etc/os-release",
        "/etc/modprobe.d",
        "/etc/modules-load.d",
        "/lib/modules",
        "/usr/sbin/update-grub",
        "/usr/sbin/mkinitramfs",
        "/usr/sbin/update-initramfs",
        "/usr/sbin/grub-mkconfig",
        "/usr/bin/grub-script-check",
        "/usr/bin/lsinitramfs",
        "/usr/bin/unmkinitramfs",
    ] {
        machine.gone(gone);
    }
    let options = "CONFIG_IOMMU_SUPPORT=y\nCONFIG_INTEL_IOMMU=y\nCONFIG_VFIO=m\nCONFIG_VFIO_PCI=m\n";
    for (index, kernel) in kernels.iter().enumerate() {
        let Kernel { release, .. } = kernel;
        let modules = format!("/lib/modules/{release}");
        let mut names =
            vec!["vfio/pci/vfio-pci", "vfio/pci/vfio-pci-core", "vfio/vfio", "vfio/vfio_iommu_type1"];
        if kernel.virqfd {
            names.push("vfio/vfio_virqfd");
        }
        let list: String = names.iter().map(|name| format!("kernel/drivers/{name}.ko.xz:\n")).collect();
        machine.file(&format!("{modules}/modules.dep"), &list);
        for name in names {
            machine.file(&format!("{modules}/kernel/drivers/{name}.ko.xz"), "");
        }
        machine.file(&format!("{modules}/modules.builtin"), "kernel/drivers/pci/pcie/portdrv.ko\n");
        machine.file(&format!("{modules}/config"), &format!("{options}{intel_default}"));
        machine.file(&format!("/usr/lib/modules/{release}/config"), &format!("{options}{intel_default}"));
        if index == 0 {
            machine.file("/proc/sys/kernel/osrelease", &format!("{release}\n"));
        }
    }
    machine
}

/// A kernel whose files have its release in their names, `*` in this name of an initramfs.
pub(crate) fn kernel(release: &str, initramfs: &str) -> Kernel {
    Kernel {
        release: release.to_owned(),
        file: format!("vmlinuz-{release}"),
        initramfs: vec![initramfs.replace('*', release)],
        virqfd: false,
    }
}

/// What a loader says of itself to the firmware, as an EFI variable has it.
pub(super) fn said(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
    [6, 0, 0, 0].into_iter().chain(units).collect()
}

/// The variable in which a loader says what it is.
pub(super) const LOADER_INFO: &str =
    "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/// The variable in which a unified image says what started the kernel.
pub(super) const STUB_INFO: &str = "/sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/// What asks for `intel_iommu=on`. Debian's own kernels, for one, are built otherwise; the machines are held against
/// kernels of their owners' that are not.
pub(super) const ASK: &str = "CONFIG_INTEL_IOMMU_DEFAULT_OFF=y\n";
/// The root file system of all of them.
pub(crate) const ROOT: &str = "root=UUID=00000000-0000-4000-8000-000000000001";

/// A computer with this system's name, kernels with their images below a folder, and what it was started with.
pub(super) fn installed(release: &str, kernels: &[Kernel], folder: &str, line: &str) -> Machine {
    let mut machine = bare(kernels, ASK);
    machine.file("/usr/bin/rm", "");
    machine.file("/etc/os-release", release).file("/proc/cmdline", &format!("{line}\n"));
    for folder in ["/etc/modprobe.d", "/etc/modules-load.d", "/etc/sysctl.d", "/etc/kernel"] {
        machine.folder(folder);
    }
    for kernel in kernels {
        machine.file(&format!("{folder}/{}", kernel.file), &format!("kernel {}\n", kernel.release));
        for image in &kernel.initramfs {
            machine.file(&format!("{folder}/{image}"), &tools::image(&kernel.release, &[], &[]));
        }
    }
    machine
}
