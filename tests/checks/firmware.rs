//! Machines whose firmware or processor stands in the way.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{Case, Trip, case};

const LOG: &str = "/dev/kmsg";
const START: &str = "Linux version 6.12.43+deb13-amd64 (debian-kernel@lists.debian.org)\n";
const SECURE_BOOT: &str = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const STUB_INFO: &str = "/sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const LOCKDOWN: &str = "/sys/kernel/security/lockdown";
const VENDOR_RESET: &str = "/lib/modules/6.12.43+deb13-amd64/updates/dkms/vendor-reset.ko.xz";

/// The processor's virtualization is not there.
fn without_svm(machine: &mut Machine) {
    machine.replace("/proc/cpuinfo", " svm ", " ");
}

fn log(machine: &mut Machine, line: &str) {
    machine.file(LOG, &format!("{START}{line}\n"));
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            CheckId::VirtualizationSwitchedOff,
            Trip::ToDo,
            "no svm flag, and “SVM disabled (by BIOS)” in the kernel's log",
            |machine| {
                without_svm(machine);
                log(machine, "kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0");
            },
        ),
        case(
            CheckId::VirtualizationSwitchedOff,
            Trip::CouldNotTell,
            "no svm flag, and a log that may not be read",
            without_svm,
        ),
        case(
            CheckId::VirtualizationNotSupported,
            Trip::NotPossible,
            "no svm flag, and a log from the start on that says nothing of the firmware",
            |machine| {
                without_svm(machine);
                log(machine, "kvm: no hardware support");
            },
        ),
        case(
            CheckId::InsideVirtualMachine,
            Trip::NotPossible,
            "the flag hypervisor, and no groups",
            |machine| {
                machine.no_groups().gone("/sys/firmware/acpi/tables/IVRS");
                machine.replace("/proc/cpuinfo", " svm ", " svm hypervisor ");
            },
        )
        .passing_on("the flag hypervisor, and groups of a virtual IOMMU", |machine| {
            machine.replace("/proc/cpuinfo", " svm ", " svm hypervisor ");
        }),
        case(CheckId::Xen, Trip::ToDo, "Linux on Xen", |machine| {
            machine.file("/sys/hypervisor/type", "xen\n");
        }),
        case(CheckId::FewProcessors, Trip::NotPossible, "two threads", |machine| {
            machine.file("/sys/devices/system/cpu/online", "0-1\n");
        }),
        case(
            CheckId::FewProcessors,
            Trip::CouldNotTell,
            "a list of threads that makes no sense",
            |machine| {
                machine.file("/sys/devices/system/cpu/online", "7-3\n");
            },
        ),
        case(CheckId::NestedVirtualization, Trip::ToDo, "kvm_amd with nested=0", |machine| {
            machine.file("/sys/module/kvm_amd/parameters/nested", "0\n");
        }),
        case(
            CheckId::SelfBuiltModuleSigned,
            Trip::ToDo,
            "vendor-reset of DKMS, not loaded, in a kernel that is locked",
            |machine| {
                machine.file(LOCKDOWN, "none [integrity] confidentiality\n").file(VENDOR_RESET, "");
            },
        )
        .passing_on("vendor-reset of DKMS in a kernel that is not locked", |machine| {
            machine.file(VENDOR_RESET, "");
        }),
        case(
            CheckId::SignedCommandLine,
            Trip::ToDo,
            "a unified image (StubInfo) under Secure Boot",
            |machine| {
                machine.bytes(SECURE_BOOT, &[6, 0, 0, 0, 1]);
                machine.bytes(STUB_INFO, b"\x06\0\0\0s\0t\0u\0b\0\0\0");
            },
        ),
        case(
            CheckId::FirmwareBug,
            Trip::ToDo,
            "“[Firmware Bug]: AMD-Vi” in the kernel's log",
            |machine| {
                log(machine, "[Firmware Bug]: AMD-Vi: IOAPIC[4] not in IVRS table");
            },
        )
        .passing_on("a log from the start on without complaints", |machine| {
            log(machine, "AMD-Vi: Interrupt remapping enabled");
        }),
    ]
}
