//! Sentences about libvirt and virtual machines: errors of the connection, states, systems.

use gangway_domain::{Firmware, GuestSystem, MachineType, SecureBoot};
use gettextrs::gettext;

use super::{fill, with_reason};
use crate::hypervisor::{HypervisorError, HypervisorErrorKind, VmState};

/// What went wrong, and what to do.
pub fn hypervisor_error(error: &HypervisorError) -> String {
    let template = match error.kind {
        HypervisorErrorKind::NotReachable => gettext(
            "libvirt does not answer at “{subject}”{reason}: check that it is installed and that its service runs, then try again.",
        ),
        HypervisorErrorKind::NoPermission => gettext(
            "libvirt at “{subject}” does not let you manage its virtual machines{reason}: have an administrator add you to the group “libvirt”, then log out and in again.",
        ),
        HypervisorErrorKind::NoSuchMachine => {
            gettext("There is no virtual machine “{subject}”: choose one of those in the list.")
        }
        HypervisorErrorKind::Changed => gettext(
            "The definition of “{subject}” was changed meanwhile, so nothing was written: review the change again.",
        ),
        HypervisorErrorKind::Rejected => gettext(
            "libvirt does not accept the new definition of “{subject}”{reason}, so nothing was changed: correct what it names in the definition, then try again.",
        ),
        HypervisorErrorKind::Lost => gettext(
            "The connection to libvirt at “{subject}” was lost{reason}: check that its service runs, then try again.",
        ),
        HypervisorErrorKind::Unsupported => gettext(
            "libvirt cannot do this for “{subject}”{reason}: use a newer libvirt or another connection.",
        ),
        HypervisorErrorKind::BadAddress => gettext(
            "“{subject}” is not an address of libvirt{reason}: use one such as “qemu:///system” or “qemu+ssh://user@host/system”.",
        ),
        HypervisorErrorKind::OtherDriver => gettext(
            "“{subject}” leads to a hypervisor that Gangway cannot hand PCI devices to: use a QEMU connection such as “qemu:///system”.",
        ),
        HypervisorErrorKind::ZeroByte => gettext("“{subject}” contains a zero byte: write it without."),
        HypervisorErrorKind::DemoState => gettext(
            "The demo cannot keep its state in “{subject}”{reason}: remove that to begin anew, or name another folder in the environment variable GANGWAY_DEMO_STATE.",
        ),
        HypervisorErrorKind::Other => {
            gettext("libvirt could not do this for “{subject}”{reason}: look into its log, then try again.")
        }
    };
    with_reason(&template, &error.message, &[("subject", &error.subject)])
}

/// A state as a label.
pub fn vm_state(state: VmState) -> String {
    match state {
        VmState::Running => gettext("Running"),
        VmState::Paused => gettext("Paused"),
        VmState::Off => gettext("Off"),
        VmState::Crashed => gettext("Crashed"),
        VmState::Other => gettext("Changing State"),
    }
}

/// The system in a virtual machine as a label.
pub fn guest_system(system: &GuestSystem) -> String {
    match system {
        GuestSystem::Windows(version) if version.is_empty() => gettext("Windows"),
        GuestSystem::Windows(version) => fill(&gettext("Windows {version}"), &[("version", version)]),
        // Ids such as “ubuntu.com/ubuntu/24.04”: what stands behind the vendor is the name.
        GuestSystem::Linux(id) | GuestSystem::Other(id) => match id.split_once('/') {
            Some((_, name)) => name.split('/').map(capital).collect::<Vec<_>>().join(" "),
            None => capital(id),
        },
        GuestSystem::Unknown => gettext("Unknown system"),
    }
}

/// The chipset of a machine type as a label.
pub fn chipset(machine: &MachineType) -> String {
    match machine {
        MachineType::Q35 => gettext("Q35 (PCI Express)"),
        MachineType::I440fx => gettext("i440FX (PCI)"),
        MachineType::Other(name) => name.clone(),
        MachineType::Unspecified => gettext("chosen by libvirt"),
    }
}

/// The firmware of a virtual machine as a label.
pub fn firmware(firmware: &Firmware) -> String {
    match firmware {
        Firmware::Bios => gettext("BIOS"),
        Firmware::Uefi(SecureBoot::WithKeys) => gettext("UEFI with Secure Boot"),
        Firmware::Uefi(SecureBoot::WithoutKeys) => gettext("UEFI with Secure Boot, without keys"),
        Firmware::Uefi(SecureBoot::Possible) => gettext("UEFI that is capable of Secure Boot"),
        Firmware::Uefi(SecureBoot::No) => gettext("UEFI without Secure Boot"),
        Firmware::Uefi(SecureBoot::Unknown) => gettext("UEFI"),
        Firmware::File(path) => fill(&gettext("From the file “{path}”"), &[("path", path)]),
        Firmware::Other(name) => name.clone(),
        Firmware::Unspecified => gettext("chosen by libvirt"),
    }
}

/// A name with a capital first letter, as it stands in a sentence's place of names: “Ubuntu”.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
