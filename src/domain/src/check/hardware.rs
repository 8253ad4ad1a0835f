//! What the machine is built of, where a card of the host is in it: chipset, firmware, processor, display.

use gangway_core::checks::{Evidence, Weight};
use gangway_core::pci::{DeviceKind, VendorId};

use super::{Guest, GuestAnswer, GuestCheck, GuestCheckId, GuestFix, check};
use crate::document::child;
use crate::suggest::NVIDIA;
use crate::view::{Firmware, GuestSystem, MachineType};

pub(super) const CHECKS: &[GuestCheck] = &[
    check(
        GuestCheckId::Chipset,
        Weight::Advice,
        "QEMU, docs/pcie.txt: i440FX has PCI alone, and a PCI Express card stands there on a bus of another kind",
        chipset,
    ),
    check(
        GuestCheckId::Firmware,
        Weight::Advice,
        "QEMU, docs/igd-assign.txt and hw/vfio/pci.c: without UEFI a card shows its picture through VGA’s old addresses",
        firmware,
    ),
    check(
        GuestCheckId::Processor,
        Weight::Advice,
        "libvirt, formatdomain.html#cpu-model-and-topology: without a mode the machine has QEMU’s oldest processor",
        processor,
    ),
    check(
        GuestCheckId::EmulatedDisplay,
        Weight::Advice,
        "libvirt, formatdomain.html#video-devices: the first video device is the primary one, which firmware draws on",
        display,
    ),
    check(
        GuestCheckId::Hypervisor,
        Weight::Advice,
        "NVIDIA, GeForce GPU passthrough for Windows virtual machine (2021): drivers from 465 on allow it, older ones end with Code 43",
        hypervisor,
    ),
];

fn chipset(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const PATH: &str = "/domain/os/type/@machine";
    if guest.devices().is_empty() {
        return Vec::new();
    }
    match guest.document.machine() {
        MachineType::Q35 => vec![GuestAnswer::ok().saw(Evidence::value(PATH, "q35"))],
        MachineType::I440fx => {
            vec![
                GuestAnswer::to_do(GuestFix::NewMachine { wanted: "Q35" })
                    .saw(Evidence::value(PATH, "i440fx")),
            ]
        }
        MachineType::Other(_) | MachineType::Unspecified => Vec::new(),
    }
}

fn firmware(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    if guest.graphics().is_empty() {
        return Vec::new();
    }
    match guest.document.firmware() {
        Firmware::Uefi(_) => vec![GuestAnswer::ok().saw(Evidence::value("/domain/os", "efi"))],
        Firmware::Bios => {
            vec![
                GuestAnswer::to_do(GuestFix::NewMachine { wanted: "UEFI" })
                    .saw(Evidence::value("/domain/os", "bios")),
            ]
        }
        Firmware::File(_) | Firmware::Other(_) | Firmware::Unspecified => Vec::new(),
    }
}

fn processor(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const PATH: &str = "/domain/cpu/@mode";
    if guest.devices().is_empty() || guest.document.domain_type() == Some("qemu") {
        return Vec::new();
    }
    let mode = child(guest.document.root(), "cpu").and_then(|cpu| cpu.attribute("mode"));
    let to_do = || GuestAnswer::to_do(GuestFix::Write { element: "<cpu mode='host-passthrough'/>" });
    vec![match mode {
        // Every one of these has what the host's processor has, as far as a guest can.
        Some(mode @ ("host-passthrough" | "host-model" | "maximum")) => {
            GuestAnswer::ok().saw(Evidence::value(PATH, mode))
        }
        Some(mode) => to_do().saw(Evidence::value(PATH, mode)),
        None => to_do().saw(Evidence::absent(PATH)),
    }]
}

fn display(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const PATH: &str = "/domain/devices/video/model/@type";
    if guest.graphics().is_empty() {
        return Vec::new();
    }
    let models = guest.document.devices().filter(|device| device.tag_name().name() == "video");
    let model =
        models.filter_map(|video| child(video, "model")?.attribute("type")).find(|model| *model != "none");
    vec![match model {
        Some(model) => GuestAnswer::to_do(GuestFix::RemoveDisplay)
            .saying("model", model)
            .saw(Evidence::value(PATH, model)),
        None => GuestAnswer::ok().saw(Evidence::absent(PATH)),
    }]
}

fn hypervisor(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const PATH: &str = "/domain/features/kvm/hidden/@state";
    let vendor = |wanted: VendorId| {
        guest.graphics().into_iter().find(|function| {
            function.vendor.known() == Some(&wanted) && function.kind() == DeviceKind::Graphics
        })
    };
    // Drivers for Linux never minded, and Linux loses its clock where KVM is hidden.
    let linux = matches!(guest.document.guest_system(), GuestSystem::Linux(_));
    let Some(card) = vendor(NVIDIA).filter(|_| !linux) else { return Vec::new() };
    let hidden = guest.document.features().kvm_hidden;
    let answer = match hidden.as_ref().map(crate::view::Switch::is_on) {
        Some(true) => GuestAnswer::ok().saw(Evidence::value(PATH, "on")),
        Some(false) => GuestAnswer::to_do(GuestFix::HideFromOldDriver).saw(Evidence::value(PATH, "off")),
        None => GuestAnswer::to_do(GuestFix::HideFromOldDriver).saw(Evidence::absent(PATH)),
    };
    vec![answer.about([card.address])]
}
