//! A whole machine of which some places say anything: all parsers of the model, the checks over what they read, and
//! the capture, which has to say of the machine what the machine said.
//!
//! The input is a list of places and their texts, with the byte 0x1e between two: the first byte of each is a place of
//! the list below, counted from `!`.
#![no_main]

use gangway_core::checks;
use gangway_core::devices::uses;
use gangway_core::machine_file::{MachineBuilder, MachineFile};
use gangway_core::model::Model;
use gangway_core::source::Source;
use libfuzzer_sys::fuzz_target;

const CARD: &str = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";
const DISK: &str = "/sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1";
const MAPPED: &str = "/sys/devices/virtual/block/dm-0";
const NET: &str = "/sys/devices/pci0000:00/0000:03:00.0/net/lan";
const USB: &str = "/sys/devices/pci0000:00/0000:00:14.0/usb1";

/// The places that may say anything; a name without a slash at its front is one of the card's.
const PLACES: [&str; 89] = [
    "uevent",
    "class",
    "vendor",
    "revision",
    "driver_override",
    "boot_vga",
    "resource",
    "sriov_totalvfs",
    "sriov_numvfs",
    "reset_method",
    "power_state",
    "numa_node",
    "label",
    "d3cold_allowed",
    "max_link_speed",
    "current_link_speed",
    "current_link_width",
    "resource1_resize",
    "unique_id",
    "drm/card0/card0-DP-1/status",
    "drm/card0/card0-DP-1/edid",
    "drm/card0/boot_display",
    "/sys/devices/pci0000:00/0000:00:01.0/config",
    "/sys/devices/pci0000:00/0000:00:01.0/uevent",
    "/sys/kernel/iommu_groups/7/type",
    "/sys/kernel/iommu_groups/7/reserved_regions",
    "/proc/cmdline",
    "/proc/self/mountinfo",
    "/proc/swaps",
    "/proc/net/route",
    "/proc/net/ipv6_route",
    "/proc/iomem",
    "/proc/fb",
    "/proc/asound/cards",
    "/proc/asound/pcm",
    "/proc/asound/card0/pcm3p/sub0/status",
    "/proc/bus/input/devices",
    "/proc/7/comm",
    "/proc/driver/nvidia/gpus/0000:01:00.0/information",
    "/run/udev/data/b259:0",
    "disk:uevent",
    "disk:size",
    "disk:device/model",
    "mapped:uevent",
    "mapped:dm/name",
    "mapped:dm/uuid",
    "net:operstate",
    "net:uevent",
    "net:type",
    "usb:maxchild",
    "usb:speed",
    "usb:1-1/uevent",
    "usb:1-1/product",
    "usb:1-1/speed",
    "usb:1-1/1-1:1.0/uevent",
    "/etc/os-release",
    "/sys/class/dmi/id/board_vendor",
    "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
    "/etc/default/grub",
    "/etc/kernel/cmdline",
    "/etc/cmdline.d/a.conf",
    "/proc/1/comm",
    "/etc/mkinitcpio.conf",
    "/etc/dracut.conf.d/a.conf",
    "/etc/initramfs-tools/modules",
    "/etc/modprobe.d/a.conf",
    "/etc/modules-load.d/a.conf",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/cpu0/topology/core_cpus_list",
    "/sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list",
    "/sys/hypervisor/type",
    "/proc/meminfo",
    "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
    "/proc/sys/kernel/osrelease",
    "/boot/config-6.12.0",
    "/proc/modules",
    "/lib/modules/6.12.0/modules.builtin",
    "/sys/module/kvm_intel/parameters/nested",
    "/proc/interrupts",
    "/sys/kernel/security/lockdown",
    "/dev/kmsg",
    "/etc/libvirt/qemu.conf",
    "/usr/share/qemu/firmware/a.json",
    "/proc/self/status",
    "/etc/passwd",
    "/etc/group",
    "/proc/config.gz",
];

fn place(name: &str) -> String {
    match name.split_once(':') {
        _ if name.starts_with('/') => name.to_owned(),
        Some(("disk", name)) => format!("{DISK}/{name}"),
        Some(("mapped", name)) => format!("{MAPPED}/{name}"),
        Some(("net", name)) => format!("{NET}/{name}"),
        Some(("usb", name)) => format!("{USB}/{name}"),
        _ => format!("{CARD}/{name}"),
    }
}

/// A small machine with something at every place that is asked.
fn machine(said: &[u8]) -> MachineFile {
    let mut builder = MachineBuilder::default();
    for way in ["00:01.0", "00:01.0/0000:01:00.0", "00:14.0", "02:00.0", "03:00.0"] {
        let name = way.rsplit('/').next().unwrap_or(way).trim_start_matches("0000:");
        let home = format!("/sys/devices/pci0000:00/0000:{way}");
        builder.link(&format!("/sys/bus/pci/devices/0000:{name}"), format!("../../..{}", &home[4..]));
        builder.link(&format!("{home}/iommu_group"), "../../../kernel/iommu_groups/7");
        builder.file(&format!("{home}/power_state"), "D0\n");
        builder.folder(&home);
    }
    for (class, home) in [
        ("class/drm/card0", format!("{CARD}/drm/card0")),
        ("class/drm/card0-DP-1", format!("{CARD}/drm/card0/card0-DP-1")),
        ("class/sound/card0", format!("{CARD}/sound/card0")),
        ("class/block/nvme0n1", DISK.to_owned()),
        ("class/block/dm-0", MAPPED.to_owned()),
        ("class/net/lan", NET.to_owned()),
    ] {
        builder.link(&format!("/sys/{class}"), format!("../..{}", &home[4..]));
        builder.folder(&home);
    }
    for (name, below) in [("usb1", ""), ("1-1", "/1-1"), ("1-1:1.0", "/1-1/1-1:1.0")] {
        builder.link(&format!("/sys/bus/usb/devices/{name}"), format!("../../..{}{below}", &USB[4..]));
    }
    builder.link(&format!("{MAPPED}/slaves/nvme0n1"), "../../../../pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1");
    builder.link("/proc/7/fd/3", "/dev/dri/card0");
    builder.file("/proc/sys/kernel/osrelease", "6.12.0\n");
    for record in said.split(|byte| *byte == 0x1e) {
        let Some((first, text)) = record.split_first() else { continue };
        let name = PLACES[usize::from(first.wrapping_sub(b'!')) % PLACES.len()];
        builder.file(&place(name), text);
    }
    builder.build()
}

fuzz_target!(|said: &[u8]| {
    let machine = machine(said);
    let source = Source::machine(&machine);
    let model = Model::read(&source);
    let host = &model.host;
    for finding in checks::run(&model) {
        assert!(finding.about.iter().all(|about| host.function(*about).is_some()), "{finding:?}");
    }
    let all: Vec<_> = host.functions.iter().map(|function| function.address).collect();
    for used in uses::uses(host, &model.devices, &[], &all) {
        assert!(all.contains(&used.address), "{used:?}");
    }
    for group in &host.groups {
        assert!(!group.functions.is_empty());
        for address in &group.functions {
            assert_eq!(host.group_of(*address).map(|own| own.id), Some(group.id));
        }
    }
    let captured = MachineFile::capture(&source).write();
    let again = MachineFile::parse(captured.as_bytes()).expect("our own capture is read");
    let again = Model::read(&Source::machine(&again));
    assert_eq!(again.host.functions.len(), host.functions.len());
    assert_eq!(again.host.groups, host.groups);
});
