//! Machines whose IOMMU is off, for each of the reasons.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{BASE, Case, Trip, case};

const CONFIG: &str = "/boot/config-6.12.43+deb13-amd64";
const TABLES: &str = "/sys/firmware/acpi/tables";

/// An Intel computer whose firmware offers an IOMMU that is off.
fn intel_off(machine: &mut Machine) {
    machine.no_groups().gone(&format!("{TABLES}/IVRS")).denied(&format!("{TABLES}/DMAR"));
    machine.replace("/proc/cpuinfo", " svm ", " vmx ").replace(
        "/proc/cpuinfo",
        "AuthenticAMD",
        "GenuineIntel",
    );
    machine.gone("/sys/module/kvm_amd").file("/sys/module/kvm_intel/parameters/nested", "Y\n");
    machine.replace(CONFIG, "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y", "CONFIG_INTEL_IOMMU_DEFAULT_OFF=y");
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case {
            check: CheckId::IommuArgumentOff,
            outcome: Trip::ToDo,
            trips: ("“amd_iommu=off” on the command line", |machine| {
                machine.no_groups().argument("amd_iommu=off");
            }),
            passes: BASE,
        },
        Case {
            check: CheckId::IommuArgumentMissing,
            outcome: Trip::ToDo,
            trips: ("Intel, a DMAR table, and no argument", intel_off),
            passes: BASE,
        },
        Case {
            check: CheckId::IommuNotOffered,
            outcome: Trip::ToDo,
            trips: ("no table of an IOMMU from the firmware", |machine| {
                machine.no_groups().gone(&format!("{TABLES}/IVRS"));
            }),
            passes: BASE,
        },
        case(
            CheckId::IommuNotOffered,
            Trip::CouldNotTell,
            "no groups, and tables of the firmware that are not shown",
            |machine| {
                machine.no_groups().gone("/sys/firmware");
            },
        ),
        case(CheckId::IommuKernelSupport, Trip::ToDo, "a kernel without CONFIG_AMD_IOMMU", |machine| {
            machine.no_groups().replace(CONFIG, "CONFIG_AMD_IOMMU=y", "# CONFIG_AMD_IOMMU is not set");
        }),
        case(
            CheckId::IommuKernelSupport,
            Trip::CouldNotTell,
            "no groups, and no configuration of the kernel",
            |machine| {
                machine.no_groups().gone(CONFIG);
            },
        ),
        case(
            CheckId::IommuNotStarted,
            Trip::ToDo,
            "an IVRS table, a kernel with the driver, and no groups",
            |machine| {
                machine.no_groups().file("/dev/kmsg", "AMD-Vi: Failed to initialize IOMMU\n");
            },
        ),
    ]
}
