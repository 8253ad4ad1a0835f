//! What of a computer is no device: its distribution, firmware, kernel, start, and what of virtualization is installed.

use super::computer::Computer;
use super::distributions::{Configuration, Distribution, Init};

/// What of a computer is no device.
pub(super) struct System {
    pub(super) distribution: Distribution,
    /// The kernel's release.
    pub(super) release: &'static str,
    pub(super) amd: bool,
    /// Threads, two of each core.
    pub(super) threads: u32,
    /// In GiB.
    pub(super) memory: u64,
    /// Whether Secure Boot is on.
    pub(super) secure_boot: bool,
}

const LOADER_INFO: &str = "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

impl Computer {
    /// Puts all of it there, in order and ready.
    pub(super) fn installed(&mut self, system: &System) {
        let System { distribution, amd, .. } = *system;
        let builder = self.builder();
        match distribution.files().init {
            Init::Systemd => {
                builder.folder("/run/systemd/system");
                builder.file("/proc/1/comm", "systemd\n");
            }
            Init::OpenRc => builder.file("/proc/1/comm", "init\n"),
            Init::Runit => builder.file("/proc/1/comm", "runit\n"),
        }
        for folder in ["/etc/modprobe.d", "/etc/modules-load.d", "/usr/lib/modprobe.d"] {
            builder.folder(folder);
        }
        builder.file(
            "/proc/self/status",
            "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t104 130 1000 \n",
        );
        builder.file("/etc/passwd", "user1:x:1000:1000\n");
        builder.file("/etc/group", "kvm:x:104:user1\ninput:x:105:\nlibvirt:x:130:user1\n");
        for (name, features) in [
            ("50-edk2-x86_64", "\"acpi-s3\""),
            ("40-edk2-x86_64-secure", "\"secure-boot\", \"enrolled-keys\""),
        ] {
            let text = format!(
                "{{\"interface-types\": [\"uefi\"], \"targets\": [{{\"architecture\": \"x86_64\", \"machines\": [\"pc-q35-*\"]}}], \"features\": [{features}]}}\n"
            );
            builder.file(&format!("/usr/share/qemu/firmware/{name}.json"), text);
        }
        self.kernel(system);
        self.firmware_state(system.secure_boot);
        self.processors(system.threads);
        self.memory(system.memory);
        self.start(distribution);
        let nested = if amd { "kvm_amd" } else { "kvm_intel" };
        self.builder()
            .file(&format!("/sys/module/{nested}/parameters/nested"), if amd { "1\n" } else { "Y\n" });
    }

    fn kernel(&mut self, system: &System) {
        let System { release, amd, distribution, .. } = *system;
        let builder = self.builder();
        let modules = format!("{}/{release}", distribution.files().modules);
        let kvm = if amd { "kvm_amd\nccp\n" } else { "kvm_intel\n" };
        builder.file(
            "/proc/modules",
            format!("vhost_net\nvhost\ntap\ntun\nbridge\nstp\nllc\n{kvm}kvm\nsnd_hda_intel\n"),
        );
        let files = distribution.files();
        let suffix = files.suffix;
        let kvm_file = if amd { "kvm-amd" } else { "kvm-intel" };
        for file in [
            "drivers/vfio/pci/vfio-pci",
            "drivers/vfio/vfio_iommu_type1",
            "drivers/vhost/vhost_net",
            "net/bridge/bridge",
            "drivers/net/tun",
            &format!("arch/x86/kvm/{kvm_file}"),
        ] {
            builder.file(&format!("{modules}/kernel/{file}.ko{suffix}"), "");
        }
        builder.file(&format!("{modules}/modules.dep"), "");
        builder.file(
            &format!("{modules}/modules.builtin"),
            "kernel/drivers/pci/pcie/portdrv.ko\nkernel/drivers/video/fbdev/efifb.ko\n",
        );
        let options = "CONFIG_IOMMU_SUPPORT=y\nCONFIG_AMD_IOMMU=y\nCONFIG_INTEL_IOMMU=y\nCONFIG_IRQ_REMAP=y\nCONFIG_KVM=m\n\
                       CONFIG_KVM_INTEL=m\nCONFIG_KVM_AMD=m\nCONFIG_VFIO=m\nCONFIG_VFIO_IOMMU_TYPE1=m\nCONFIG_VFIO_PCI=m\nCONFIG_VHOST_NET=m\n\
                       CONFIG_TUN=m\nCONFIG_BRIDGE=m\nCONFIG_HUGETLBFS=y\nCONFIG_SYSFB=y\n";
        let configuration = format!("{options}{}", files.options);
        match files.configuration {
            Configuration::Boot => builder.file(&format!("/boot/config-{release}"), configuration),
            Configuration::Modules => builder.file(&format!("{modules}/config"), configuration),
            Configuration::Nowhere => builder.folder("/boot"),
        }
        builder.file("/proc/interrupts", "IR-IO-APIC\nIR-PCI-MSI\n");
        let mode = if system.secure_boot {
            "none [integrity] confidentiality\n"
        } else {
            "[none] integrity confidentiality\n"
        };
        builder.file("/sys/kernel/security/lockdown", mode);
        builder.unreadable("/dev/kmsg", gangway_core::source::SourceErrorKind::NoPermission);
    }

    fn firmware_state(&mut self, secure_boot: bool) {
        let builder = self.builder();
        let path = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
        builder.file(path, [6, 0, 0, 0, u8::from(secure_boot)]);
    }

    fn processors(&mut self, threads: u32) {
        let builder = self.builder();
        builder.file("/sys/devices/system/cpu/online", format!("0-{}\n", threads - 1));
        let half = threads / 2;
        for thread in 0..threads {
            let core = thread % half;
            let folder = format!("/sys/devices/system/cpu/cpu{thread}");
            builder.file(&format!("{folder}/topology/core_cpus_list"), format!("{core},{}\n", core + half));
            let first = core / 4 * 4;
            let last = (first + 3).min(half - 1);
            let shared = format!("{first}-{last},{}-{}\n", first + half, last + half);
            builder.file(&format!("{folder}/cache/index3/shared_cpu_list"), shared);
        }
    }

    fn memory(&mut self, gibibytes: u64) {
        let kilobytes = gibibytes << 20;
        let text = format!(
            "MemTotal:       {} kB\nMemAvailable:   {} kB\nSwapTotal:      16777212 kB\nHugePages_Total:       0\nHugePages_Free:        0\nHugepagesize:       2048 kB\n",
            kilobytes - kilobytes / 50,
            kilobytes / 4 * 3
        );
        let builder = self.builder();
        builder.file("/proc/meminfo", text);
        for size in ["2048", "1048576"] {
            for name in ["nr_hugepages", "free_hugepages"] {
                builder.file(&format!("/sys/kernel/mm/hugepages/hugepages-{size}kB/{name}"), "0\n");
            }
        }
    }

    fn start(&mut self, distribution: Distribution) {
        let files = distribution.files();
        let builder = self.builder();
        for (path, text) in files.texts {
            builder.file(path, *text);
        }
        for path in files.programs.iter().copied().flatten().chain(files.present) {
            builder.file(path, "");
        }
        for path in files.folders {
            builder.folder(path);
        }
        if let Some(loader) = files.loader {
            let text = format!("{loader}\0");
            let info = [6, 0, 0, 0].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes));
            builder.file(LOADER_INFO, info.collect::<Vec<u8>>());
        }
    }
}
