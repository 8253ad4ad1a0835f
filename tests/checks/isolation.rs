//! Machines whose isolation is weaker than it looks.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{Case, Trip, case};

const UNSAFE: &str = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";

fn traveller(machine: &mut Machine) {
    *machine = Machine::demo("traveller");
}

/// The laptop with its built-in graphics outside of every group.
fn without_group(machine: &mut Machine) {
    traveller(machine);
    machine.gone("/sys/devices/pci0000:00/0000:00:02.0/iommu_group");
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(CheckId::InterruptRemapping, Trip::ToDo, "interrupts through chips without IR-", |machine| {
            machine.file("/proc/interrupts", "IO-APIC\nPCI-MSI\n").argument("intremap=off");
        }),
        case(CheckId::InterruptRemapping, Trip::CouldNotTell, "interrupts that are not shown", |machine| {
            machine.gone("/proc/interrupts");
        }),
        case(CheckId::UnsafeInterrupts, Trip::ToDo, "allow_unsafe_interrupts=Y", |machine| {
            machine.file(UNSAFE, "Y\n");
            machine.file("/etc/modprobe.d/vfio.conf", "options vfio_iommu_type1 allow_unsafe_interrupts=1\n");
        })
        .passing_on("allow_unsafe_interrupts=N", |machine| {
            machine.file(UNSAFE, "N\n");
        }),
        case(CheckId::AcsOverride, Trip::ToDo, "pcie_acs_override on the command line", |machine| {
            machine.argument("pcie_acs_override=downstream,multifunction");
        }),
        case(CheckId::AcsOverride, Trip::CouldNotTell, "a command line that may not be read", |machine| {
            machine.denied("/proc/cmdline");
        }),
        case(CheckId::AcsWeakened, Trip::ToDo, "pci=disable_acs_redir on the command line", |machine| {
            machine.argument("pci=noats,disable_acs_redir=0000:00:01.0");
        }),
        case(CheckId::UselessAmdIommuOn, Trip::ToDo, "amd_iommu=on on the command line", |machine| {
            machine.argument("amd_iommu=on");
        })
        .passing_on("amd_iommu=force_isolation on the command line", |machine| {
            machine.argument("amd_iommu=force_isolation");
        }),
        case(
            CheckId::IntelGraphicsTranslated,
            Trip::ToDo,
            "the demo's laptop, its built-in graphics in no group",
            without_group,
        )
        .passing_on("the demo's laptop", traveller),
        case(CheckId::IntelGraphicsTranslated, Trip::ToDo, "the same with intel_iommu=igfx_off", |machine| {
            without_group(machine);
            machine.argument("intel_iommu=on,igfx_off");
        })
        .passing_on("the demo's laptop", traveller),
    ]
}
