//! What the system's readers may read, in one list: each place with what a captured machine keeps of it.
//!
//! Readers take an [`Entry`] and no path, so nothing can be read that a capture forgets. A path may hold `{release}`, the
//! running kernel's, `{modules}`, the folder of its modules, and one `*` within a name, which stands for any text.

/// A place of the machine that is read, and how much of it a captured machine keeps.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: &'static str,
    pub(crate) keep: Keep,
}

/// How much of a place is read and kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// A text, with personal data replaced.
    Text,
    /// A line of kernel arguments, with personal data and secrets replaced.
    CommandLine,
    /// The lines that are wanted, with personal data replaced.
    Lines(fn(&str) -> bool),
    /// The wanted lines of a text that the kernel gives packed; a captured machine holds them unpacked.
    Packed(fn(&str) -> bool),
    /// Bytes as they are, which hold nothing personal.
    Bytes,
    /// What is made of the text, where only that is wanted; reading it again gives the same.
    Made(fn(&str) -> String),
    /// The wanted lines of the kernel's log.
    Log(fn(&str) -> bool),
    /// Only that it is there.
    Presence,
    /// Only that it is there, and whether the user may use it.
    Access,
}

/// Names the entries and puts all of them into one list.
macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident = $path:literal, $keep:expr;)+) => {
        $($(#[$doc])* pub(super) static $name: Entry = Entry { path: $path, keep: $keep };)+
        /// All of them.
        pub(crate) static ALL: &[&Entry] = &[$(&$name,)+];
    };
}

entries! {
    // The distribution.
    OS_RELEASE = "/etc/os-release", Keep::Lines(os_release);
    OS_RELEASE_USR = "/usr/lib/os-release", Keep::Lines(os_release);
    OSTREE = "/run/ostree-booted", Keep::Presence;
    NIXOS = "/etc/NIXOS", Keep::Presence;
    TRANSACTIONAL = "/usr/sbin/transactional-update", Keep::Presence;
    // What the computer is called by its firmware.
    BOARD_VENDOR = "/sys/class/dmi/id/board_vendor", Keep::Text;
    BOARD_NAME = "/sys/class/dmi/id/board_name", Keep::Text;
    SYSTEM_VENDOR = "/sys/class/dmi/id/sys_vendor", Keep::Text;
    PRODUCT_NAME = "/sys/class/dmi/id/product_name", Keep::Text;
    // The boot loader and its configuration.
    LOADER_INFO = "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", Keep::Bytes;
    STUB_INFO = "/sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", Keep::Bytes;
    GRUB_DEFAULT = "/etc/default/grub", Keep::Lines(kernel_arguments);
    GRUB_DROP_INS = "/etc/default/grub.d/*.cfg", Keep::Lines(kernel_arguments);
    GRUB_CONFIG = "/boot/grub/grub.cfg", Keep::Presence;
    GRUB2_CONFIG = "/boot/grub2/grub.cfg", Keep::Presence;
    UPDATE_GRUB = "/usr/sbin/update-grub", Keep::Presence;
    GRUBBY = "/usr/sbin/grubby", Keep::Presence;
    KERNEL_CMDLINE = "/etc/kernel/cmdline", Keep::CommandLine;
    MKINITCPIO = "/usr/bin/mkinitcpio", Keep::Presence;
    SDBOOTUTIL = "/usr/bin/sdbootutil", Keep::Presence;
    KERNELSTUB = "/etc/kernelstub/configuration", Keep::Presence;
    REFIND = "/boot/refind_linux.conf", Keep::Presence;
    LIMINE_DEFAULT = "/etc/default/limine", Keep::Lines(kernel_arguments);
    LIMINE_UPDATE = "/usr/bin/limine-update", Keep::Presence;
    LIMINE_BOOT = "/boot/limine.conf", Keep::Presence;
    ENTRIES_EFI = "/efi/loader/entries", Keep::Presence;
    ENTRIES_BOOT = "/boot/loader/entries", Keep::Presence;
    LOADER_CONF_EFI = "/efi/loader/loader.conf", Keep::Presence;
    LOADER_CONF_BOOT = "/boot/loader/loader.conf", Keep::Presence;
    LOADER_CONF_BOOT_EFI = "/boot/efi/loader/loader.conf", Keep::Presence;
    INITRD_ARGUMENTS = "/etc/cmdline.d/*.conf", Keep::CommandLine;
    // How it is started, and what with.
    INIT = "/proc/1/comm", Keep::Text;
    SYSTEMD = "/run/systemd/system", Keep::Presence;
    OPENRC = "/run/openrc", Keep::Presence;
    RUNIT = "/run/runit", Keep::Presence;
    DRACUT = "/usr/bin/dracut", Keep::Presence;
    DRACUT_SBIN = "/usr/sbin/dracut", Keep::Presence;
    MKINITRAMFS = "/usr/sbin/mkinitramfs", Keep::Presence;
    BOOSTER = "/usr/bin/booster", Keep::Presence;
    MKINITCPIO_CONF = "/etc/mkinitcpio.conf", Keep::Lines(mkinitcpio);
    MKINITCPIO_DROP_INS = "/etc/mkinitcpio.conf.d/*.conf", Keep::Lines(mkinitcpio);
    DRACUT_CONF = "/etc/dracut.conf", Keep::Lines(dracut);
    DRACUT_DROP_INS = "/etc/dracut.conf.d/*.conf", Keep::Lines(dracut);
    DRACUT_DISTRIBUTION = "/usr/lib/dracut/dracut.conf.d/*.conf", Keep::Lines(dracut);
    INITRAMFS_MODULES = "/etc/initramfs-tools/modules", Keep::Lines(names_vfio);
    BOOSTER_CONF = "/etc/booster.yaml", Keep::Lines(names_vfio);
    MODPROBE = "/etc/modprobe.d/*.conf", Keep::Lines(module_setting);
    MODPROBE_DISTRIBUTION = "/usr/lib/modprobe.d/*.conf", Keep::Lines(module_setting);
    MODULES_LOAD = "/etc/modules-load.d/*.conf", Keep::Lines(names_vfio);
    MODULES_DEBIAN = "/etc/modules", Keep::Lines(names_vfio);
    // The processor.
    CPU_INFO = "/proc/cpuinfo", Keep::Made(first_processor);
    CPU_ONLINE = "/sys/devices/system/cpu/online", Keep::Text;
    CPU_CORES = "/sys/devices/system/cpu/cpu*/topology/core_cpus_list", Keep::Text;
    CPU_CACHES = "/sys/devices/system/cpu/cpu*/cache/index3/shared_cpu_list", Keep::Text;
    HYPERVISOR = "/sys/hypervisor/type", Keep::Text;
    // Memory.
    MEMORY = "/proc/meminfo", Keep::Lines(memory);
    HUGE_PAGES = "/sys/kernel/mm/hugepages/*/nr_hugepages", Keep::Text;
    HUGE_PAGES_FREE = "/sys/kernel/mm/hugepages/*/free_hugepages", Keep::Text;
    // The kernel.
    RELEASE = "/proc/sys/kernel/osrelease", Keep::Text;
    CONFIG_BOOT = "/boot/config-{release}", Keep::Lines(configuration);
    CONFIG_MODULES = "{modules}/config", Keep::Lines(configuration);
    CONFIG_USR = "/usr/lib/modules/{release}/config", Keep::Lines(configuration);
    CONFIG_RUNNING = "/proc/config.gz", Keep::Packed(configuration);
    MODULES_TREE = "{modules}/modules.dep", Keep::Presence;
    MODULES_OTHERS = "/lib/modules/*/modules.dep", Keep::Presence;
    MODULES_LOADED = "/proc/modules", Keep::Made(first_words);
    MODULES_BUILT_IN = "{modules}/modules.builtin", Keep::Text;
    VFIO_PCI_FILE = "{modules}/kernel/drivers/vfio/pci/vfio-pci.ko*", Keep::Presence;
    VFIO_TYPE1_FILE = "{modules}/kernel/drivers/vfio/vfio_iommu_type1.ko*", Keep::Presence;
    VFIO_VIRQFD_FILE = "{modules}/kernel/drivers/vfio/vfio_virqfd.ko*", Keep::Presence;
    IOMMUFD_FILE = "{modules}/kernel/drivers/iommu/iommufd/iommufd.ko*", Keep::Presence;
    KVM_INTEL_FILE = "{modules}/kernel/arch/x86/kvm/kvm-intel.ko*", Keep::Presence;
    KVM_AMD_FILE = "{modules}/kernel/arch/x86/kvm/kvm-amd.ko*", Keep::Presence;
    VHOST_NET_FILE = "{modules}/kernel/drivers/vhost/vhost_net.ko*", Keep::Presence;
    BRIDGE_FILE = "{modules}/kernel/net/bridge/bridge.ko*", Keep::Presence;
    TUN_FILE = "{modules}/kernel/drivers/net/tun.ko*", Keep::Presence;
    VENDOR_RESET_DKMS = "{modules}/updates/dkms/vendor-reset.ko*", Keep::Presence;
    VENDOR_RESET_EXTRA = "{modules}/extra/vendor-reset.ko*", Keep::Presence;
    KVMFR_DKMS = "{modules}/updates/dkms/kvmfr.ko*", Keep::Presence;
    KVMFR_EXTRA = "{modules}/extra/kvmfr.ko*", Keep::Presence;
    NESTED_INTEL = "/sys/module/kvm_intel/parameters/nested", Keep::Text;
    NESTED_AMD = "/sys/module/kvm_amd/parameters/nested", Keep::Text;
    UNSAFE_INTERRUPTS = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", Keep::Text;
    INTERRUPTS = "/proc/interrupts", Keep::Made(interrupt_chips);
    RESERVED_REGIONS = "/sys/kernel/iommu_groups/*/reserved_regions", Keep::Text;
    LOCKDOWN = "/sys/kernel/security/lockdown", Keep::Text;
    LOG = "/dev/kmsg", Keep::Log(log_line);
    // The firmware's state.
    EFI = "/sys/firmware/efi", Keep::Presence;
    SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", Keep::Bytes;
    // What of virtualization is installed.
    LIBVIRTD = "/usr/sbin/libvirtd", Keep::Presence;
    LIBVIRTD_BIN = "/usr/bin/libvirtd", Keep::Presence;
    LIBVIRTD_NIXOS = "/run/current-system/sw/bin/libvirtd", Keep::Presence;
    VIRTQEMUD = "/usr/sbin/virtqemud", Keep::Presence;
    VIRTQEMUD_BIN = "/usr/bin/virtqemud", Keep::Presence;
    LIBVIRT_SOCKET = "/run/libvirt/libvirt-sock", Keep::Access;
    VIRTQEMUD_SOCKET = "/run/libvirt/virtqemud-sock", Keep::Access;
    VIRTNETWORKD_SOCKET = "/run/libvirt/virtnetworkd-sock", Keep::Presence;
    VIRTNODEDEVD_SOCKET = "/run/libvirt/virtnodedevd-sock", Keep::Presence;
    VIRTSTORAGED_SOCKET = "/run/libvirt/virtstoraged-sock", Keep::Presence;
    LIBVIRTD_ENABLED = "/etc/systemd/system/sockets.target.wants/libvirtd.socket", Keep::Presence;
    VIRTQEMUD_ENABLED = "/etc/systemd/system/sockets.target.wants/virtqemud.socket", Keep::Presence;
    QEMU_CONF = "/etc/libvirt/qemu.conf", Keep::Lines(qemu_conf);
    POLKIT_RULES = "/usr/share/polkit-1/rules.d/*libvirt.rules", Keep::Presence;
    POLKIT = "/usr/lib/polkit-1/polkitd", Keep::Presence;
    POLKIT_LIBEXEC = "/usr/libexec/polkitd", Keep::Presence;
    POLKIT_NIXOS = "/run/current-system/sw/bin/pkaction", Keep::Presence;
    DNSMASQ = "/usr/sbin/dnsmasq", Keep::Presence;
    DNSMASQ_BIN = "/usr/bin/dnsmasq", Keep::Presence;
    QEMU = "/usr/bin/qemu-system-x86_64", Keep::Presence;
    QEMU_KVM = "/usr/bin/qemu-kvm", Keep::Presence;
    QEMU_LIBEXEC = "/usr/libexec/qemu-kvm", Keep::Presence;
    QEMU_NIXOS = "/run/libvirt/nix-emulators/qemu-system-x86_64", Keep::Presence;
    GUEST_FIRMWARE = "/usr/share/qemu/firmware/*.json", Keep::Text;
    GUEST_FIRMWARE_ETC = "/etc/qemu/firmware/*.json", Keep::Text;
    SWTPM = "/usr/bin/swtpm", Keep::Presence;
    SWTPM_NIXOS = "/run/current-system/sw/bin/swtpm", Keep::Presence;
    // What the user may do.
    SELF = "/proc/self/status", Keep::Lines(identity);
    USERS = "/etc/passwd", Keep::Made(users);
    GROUPS = "/etc/group", Keep::Lines(group);
    KVM = "/dev/kvm", Keep::Access;
    VFIO = "/dev/vfio/vfio", Keep::Access;
    IOMMUFD = "/dev/iommu", Keep::Presence;
}

/// The drivers of graphics cards, whose settings decide who takes a card first.
const GRAPHICS: [&str; 7] = ["amdgpu", "radeon", "nouveau", "nvidia", "i915", "xe ", "nova"];

fn os_release(line: &str) -> bool {
    ["ID=", "ID_LIKE=", "VERSION_ID=", "VARIANT_ID=", "IMAGE_ID=", "NAME=", "PRETTY_NAME="]
        .into_iter()
        .any(|name| line.starts_with(name))
}

fn kernel_arguments(line: &str) -> bool {
    ["GRUB_CMDLINE_LINUX", "GRUB_ENABLE_BLSCFG", "KERNEL_CMDLINE"]
        .into_iter()
        .any(|name| line.trim_start().trim_start_matches("export ").starts_with(name))
}

fn names_vfio(line: &str) -> bool {
    !line.trim_start().starts_with('#') && (line.contains("vfio") || line.contains("kvm"))
}

fn mkinitcpio(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("MODULES") || line.starts_with("HOOKS")
}

fn dracut(line: &str) -> bool {
    !line.trim_start().starts_with('#') && line.contains("drivers") && line.contains("vfio")
}

/// Lines of modprobe's configuration that concern virtualization or say who takes a graphics card.
fn module_setting(line: &str) -> bool {
    let line = line.trim_start();
    let command = ["options ", "softdep ", "blacklist ", "install ", "alias "]
        .into_iter()
        .any(|word| line.starts_with(word));
    let named =
        ["vfio", "kvm", "iommu"].into_iter().chain(GRAPHICS).any(|word| line.contains(word.trim_end()));
    command && named
}

fn memory(line: &str) -> bool {
    ["MemTotal:", "MemAvailable:", "SwapTotal:", "Huge"].into_iter().any(|name| line.starts_with(name))
}

/// The options of the kernel that virtualization needs.
fn configuration(line: &str) -> bool {
    [
        "IOMMU",
        "IRQ_REMAP",
        "VFIO",
        "KVM",
        "VHOST_NET",
        "CONFIG_TUN",
        "CONFIG_BRIDGE",
        "HUGETLB",
        "SYSFB",
        "FB_EFI",
    ]
    .into_iter()
    .any(|word| line.contains(word))
}

/// What the kernel says about virtualization, the IOMMU and what it locked.
fn log_line(line: &str) -> bool {
    [
        "Linux version",
        "DMAR",
        "AMD-Vi",
        "iommu",
        "IOMMU",
        "VMX",
        "SVM",
        "kvm",
        "vfio",
        "Secure boot",
        "secureboot",
        "Lockdown",
        "lockdown",
        "interrupt remapping",
        "Interrupt remapping",
    ]
    .into_iter()
    .any(|word| line.contains(word))
}

fn qemu_conf(line: &str) -> bool {
    let line = line.trim_start();
    ["user", "group", "security_driver", "hugetlbfs_mount"].into_iter().any(|name| line.starts_with(name))
}

fn identity(line: &str) -> bool {
    ["Uid:", "Gid:", "Groups:"].into_iter().any(|name| line.starts_with(name))
}

/// The groups that matter.
pub(super) fn group(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    matches!(name, "libvirt" | "libvirtd" | "libvirt-qemu" | "kvm" | "qemu" | "input")
}

/// One processor tells enough of all.
fn first_processor(text: &str) -> String {
    text.split_inclusive("\n\n").next().unwrap_or_default().to_owned()
}

fn first_words(text: &str) -> String {
    text.lines().filter_map(|line| line.split_whitespace().next()).map(|word| format!("{word}\n")).collect()
}

/// The people among the users: name and number alone.
fn users(text: &str) -> String {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let (name, id, group) = (fields.first()?, fields.get(2)?, fields.get(3)?);
        let person = id.parse::<u32>().is_ok_and(|id| (1000..65_534).contains(&id));
        person.then(|| format!("{name}:x:{id}:{group}\n"))
    };
    text.lines().filter_map(line).collect()
}

/// The names of the chips that interrupts come through, each once and without the device behind it.
pub(super) fn interrupt_chips(text: &str) -> String {
    let mut chips: Vec<&str> = text
        .split_whitespace()
        .filter(|word| ["APIC", "MSI", "HPET"].into_iter().any(|chip| word.contains(chip)))
        .map(|word| word.split_once("-0").map_or(word, |(chip, _)| chip))
        .collect();
    chips.sort_unstable();
    chips.dedup();
    chips.iter().map(|chip| format!("{chip}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_a_text_stays_when_it_is_made_again() {
        let interrupts =
            "           CPU0\n   0: 44 IR-IO-APIC 2-edge timer\n 28: 0 IR-PCI-MSI-0000:01:00.0 0-edge x\n";
        let samples = [
            (interrupt_chips as fn(&str) -> String, interrupts, "IR-IO-APIC\nIR-PCI-MSI\n"),
            (first_words, "kvm 1 2 - Live 0x0\n\n", "kvm\n"),
            (
                users,
                "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\nodd\n",
                "ada:x:1000:1000\n",
            ),
            (first_processor, "a: 1\n\nb: 2\n", "a: 1\n\n"),
        ];
        for (make, text, expected) in samples {
            assert_eq!(make(text), expected);
            assert_eq!(make(expected), expected);
        }
    }

    #[test]
    fn paths_are_absolute_and_have_one_star_at_most() {
        for entry in ALL {
            assert!(entry.path.starts_with(['/', '{']) && !entry.path.ends_with('/'), "{}", entry.path);
            assert!(entry.path.matches('*').count() <= 1, "{}", entry.path);
        }
    }
}
