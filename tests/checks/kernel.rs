//! Machines whose kernel, modules or memory are not ready.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{Case, Trip, case};

const RELEASE: &str = "/proc/sys/kernel/osrelease";
const CONFIG: &str = "/boot/config-6.12.43+deb13-amd64";
const MODULES: &str = "/lib/modules/6.12.43+deb13-amd64";
const POOL_2M: &str = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
const POOL_1G: &str = "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages";

/// Takes a module away: from those that are loaded, from the folder, and from the configuration.
fn without(machine: &mut Machine, name: &str, file: &str, option: &str) {
    if name != "vfio_pci" && name != "vfio_iommu_type1" {
        machine.replace("/proc/modules", &format!("\t{name}\n"), "");
    }
    machine.gone(&format!("{MODULES}/kernel/{file}.ko.xz"));
    machine.replace(CONFIG, &format!("{option}=m\n"), &format!("# {option} is not set\n"));
}

/// The card of the base, reserved by its ids.
fn reserved(machine: &mut Machine) {
    machine.argument("vfio-pci.ids=10de:2484,10de:228b");
}

pub(super) fn cases() -> Vec<Case> {
    [kernel(), modules(), memory()].into_iter().flatten().collect()
}

fn kernel() -> Vec<Case> {
    vec![
        case(CheckId::KernelVersion, Trip::ToDo, "Linux 5.10", |machine| {
            machine.file(RELEASE, "5.10.0-30-amd64\n").no_attribute("reset_method");
        })
        .passing_on("Linux 5.14 of a distribution that brought the choice to it", |machine| {
            machine.file(RELEASE, "5.14.0-570.el9.x86_64\n");
        }),
        case(CheckId::KernelVersion, Trip::CouldNotTell, "a release that is no version", |machine| {
            machine.file(RELEASE, "custom\n");
        }),
        case(CheckId::RepeatedVfioIds, Trip::ToDo, "vfio-pci.ids twice on the command line", |machine| {
            machine.argument("vfio-pci.ids=10de:2484 vfio_pci.ids=10de:228b");
        })
        .passing_on("vfio-pci.ids once", reserved),
        case(
            CheckId::UselessEfifbOff,
            Trip::ToDo,
            "video=efifb:off, and a kernel with SYSFB_SIMPLEFB",
            |machine| {
                machine.argument("video=efifb:off").replace(
                    CONFIG,
                    "CONFIG_FB_EFI=y",
                    "CONFIG_SYSFB_SIMPLEFB=y",
                );
            },
        )
        .passing_on("video=efifb:off, and a kernel with efifb", |machine| {
            machine.argument("video=efifb:off");
        }),
        case(
            CheckId::UselessEfifbOff,
            Trip::CouldNotTell,
            "video=efifb:off, and no configuration of the kernel",
            |machine| {
                machine.argument("video=efifb:off").gone(CONFIG);
            },
        ),
    ]
}

fn modules() -> Vec<Case> {
    vec![
        case(
            CheckId::ModulesOfRunningKernel,
            Trip::ToDo,
            "modules of another release than the running kernel's",
            |machine| {
                machine.file(RELEASE, "6.12.41+deb13-amd64\n");
            },
        ),
        case(CheckId::VfioSupport, Trip::ToDo, "a kernel without vfio-pci", |machine| {
            without(machine, "vfio_pci", "drivers/vfio/pci/vfio-pci", "CONFIG_VFIO_PCI");
        })
        .passing_on("vfio-pci built in", |machine| {
            machine.file(&format!("{MODULES}/modules.builtin"), "kernel/drivers/vfio/pci/vfio-pci.ko\n");
        }),
        case(
            CheckId::VfioSupport,
            Trip::CouldNotTell,
            "no modules and no configuration to look at",
            |machine| {
                machine.gone("/lib/modules").gone(CONFIG).gone("/proc/modules");
            },
        ),
        case(
            CheckId::VfioIommuSupport,
            Trip::ToDo,
            "a kernel without vfio_iommu_type1 and iommufd",
            |machine| {
                without(
                    machine,
                    "vfio_iommu_type1",
                    "drivers/vfio/vfio_iommu_type1",
                    "CONFIG_VFIO_IOMMU_TYPE1",
                );
            },
        )
        .passing_on("iommufd in place of vfio_iommu_type1", |machine| {
            without(machine, "vfio_iommu_type1", "drivers/vfio/vfio_iommu_type1", "CONFIG_VFIO_IOMMU_TYPE1");
            machine.file(&format!("{MODULES}/kernel/drivers/iommu/iommufd/iommufd.ko.xz"), "");
        }),
        case(CheckId::KvmSupport, Trip::ToDo, "a kernel without kvm_amd", |machine| {
            without(machine, "kvm_amd", "arch/x86/kvm/kvm-amd", "CONFIG_KVM_AMD");
        }),
        case(CheckId::VhostNetSupport, Trip::ToDo, "a kernel without vhost_net", |machine| {
            without(machine, "vhost_net", "drivers/vhost/vhost_net", "CONFIG_VHOST_NET");
        }),
        case(CheckId::BridgeSupport, Trip::ToDo, "a kernel without bridges", |machine| {
            without(machine, "bridge", "net/bridge/bridge", "CONFIG_BRIDGE");
        }),
        case(CheckId::TunSupport, Trip::ToDo, "a kernel without tun", |machine| {
            without(machine, "tun", "drivers/net/tun", "CONFIG_TUN");
        }),
        case(
            CheckId::ModuleBlocked,
            Trip::ToDo,
            "module_blacklist=vfio_pci on the command line",
            |machine| {
                machine.argument("module_blacklist=nouveau,vfio_pci");
            },
        )
        .passing_on("module_blacklist=nouveau on the command line", |machine| {
            machine.argument("module_blacklist=nouveau");
        }),
        case(CheckId::ModuleBlocked, Trip::ToDo, "“blacklist vfio-pci” in modprobe.d", |machine| {
            machine.file("/etc/modprobe.d/rescue.conf", "blacklist vfio-pci\n");
        }),
        case(CheckId::UselessVirqfd, Trip::ToDo, "vfio_virqfd in modules-load.d", |machine| {
            machine.file("/etc/modules-load.d/vfio.conf", "vfio\nvfio_virqfd\n");
        })
        .passing_on("vfio alone in modules-load.d", |machine| {
            machine.file("/etc/modules-load.d/vfio.conf", "vfio\n");
        }),
        case(CheckId::UselessVirqfd, Trip::ToDo, "vfio_virqfd for the initramfs", |machine| {
            machine.file("/etc/initramfs-tools/modules", "vfio vfio_iommu_type1 vfio_virqfd vfio_pci\n");
        }),
        case(
            CheckId::ReservationFailed,
            Trip::ToDo,
            "ids on the command line whose functions another driver has",
            reserved,
        )
        .passing_on("ids that no function has", |machine| {
            machine.argument("vfio-pci.ids=1002:73ff");
        }),
    ]
}

fn memory() -> Vec<Case> {
    vec![
        case(CheckId::MemorySmall, Trip::NotPossible, "4 GiB of memory", |machine| {
            machine.file("/proc/meminfo", "MemTotal:        3984588 kB\nHugepagesize:       2048 kB\n");
        }),
        case(CheckId::MemorySmall, Trip::CouldNotTell, "memory that is not told", |machine| {
            machine.file("/proc/meminfo", "MemTotal: much\n");
        }),
        case(CheckId::HugePagesTooMany, Trip::ToDo, "28 of 32 GiB in huge pages", |machine| {
            machine.file(POOL_2M, "14336\n");
        })
        .passing_on("16 of 32 GiB in huge pages", |machine| {
            machine.file(POOL_2M, "8192\n");
        }),
        case(CheckId::HugePagesShort, Trip::ToDo, "16 pages of 1 GiB asked for, 12 there", |machine| {
            machine.argument("hugepagesz=1G hugepages=16").file(POOL_1G, "12\n");
        })
        .passing_on("16 pages of 1 GiB asked for, and there", |machine| {
            machine.argument("hugepagesz=1G hugepages=16").file(POOL_1G, "16\n");
        }),
        case(
            CheckId::HugePagesDefaultSize,
            Trip::ToDo,
            "pages of 1 GiB beside a default of 2 MiB",
            |machine| {
                machine.file(POOL_1G, "8\n");
            },
        )
        .passing_on("pages of 1 GiB as the default", |machine| {
            machine.file(POOL_1G, "8\n").replace(
                "/proc/meminfo",
                "Hugepagesize:       2048",
                "Hugepagesize:    1048576",
            );
        }),
        case(
            CheckId::HugePagesUnsupported,
            Trip::ToDo,
            "hugepagesz=1G without the flag pdpe1gb",
            |machine| {
                machine.argument("hugepagesz=1G hugepages=4").replace("/proc/cpuinfo", " pdpe1gb", "");
            },
        )
        .passing_on("hugepagesz=1G with the flag pdpe1gb", |machine| {
            machine.argument("hugepagesz=1G hugepages=4");
        }),
    ]
}
