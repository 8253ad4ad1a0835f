//! Checks of libvirt, QEMU, and what virtual machines need beside them.

use super::ask::present;
use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Package, Subject, Value, Weight};
use crate::model::Model;
use crate::system::{Init, Layout, Presence};

/// The users that distributions run virtual machines as.
const SERVICES: [&str; 5] = ["qemu", "libvirt-qemu", "libvirt", "nobody", "kvm"];
const DAEMONS: &str = "libvirt, docs/daemons.rst";

pub(super) const CHECKS: &[Check] = &[
    Subject::Libvirt.check(CheckId::LibvirtInstalled, Weight::Essential, DAEMONS, installed),
    Subject::Libvirt.check(CheckId::LibvirtRunning, Weight::Essential, DAEMONS, running),
    Subject::Libvirt.check(CheckId::LibvirtOneLayout, Weight::Important, DAEMONS, one_layout),
    Subject::Libvirt.check(CheckId::LibvirtCompanions, Weight::Important, DAEMONS, companions),
    Subject::Qemu.check(
        CheckId::QemuUser,
        Weight::Advice,
        "libvirt, src/qemu/qemu.conf.in (user)",
        qemu_user,
    ),
    Subject::Qemu.check(
        CheckId::QemuInstalled,
        Weight::Essential,
        "QEMU, docs/system/invocation.rst",
        |model| {
            let system = &model.system;
            present(&system.virtualization.qemu, "/usr/bin/qemu-system-x86_64", || {
                Fix::install(system, Package::Qemu)
            })
        },
    ),
    Subject::FirmwareImages.check(
        CheckId::GuestFirmware,
        Weight::Important,
        "QEMU, docs/interop/firmware.json; libvirt, docs/formatdomain.rst (firmware autoselection)",
        |model| firmware(model, false),
    ),
    Subject::FirmwareImages.check(
        CheckId::GuestSecureBoot,
        Weight::Advice,
        "QEMU, docs/interop/firmware.json (secure-boot, enrolled-keys)",
        |model| firmware(model, true),
    ),
    Subject::FirmwareImages.check(
        CheckId::GuestTpm,
        Weight::Advice,
        "libvirt, docs/formatdomain.rst (tpm, backend emulator)",
        |model| {
            let system = &model.system;
            present(&system.virtualization.swtpm, "/usr/bin/swtpm", || Fix::install(system, Package::Swtpm))
        },
    ),
    Subject::Network.check(
        CheckId::DnsmasqInstalled,
        Weight::Advice,
        "libvirt, docs/formatnetwork.rst (dhcp, dns)",
        |model| {
            let system = &model.system;
            present(&system.virtualization.dnsmasq, "/usr/sbin/dnsmasq", || {
                Fix::install(system, Package::Dnsmasq)
            })
        },
    ),
];

fn installed(model: &Examination<'_>) -> Vec<Answer> {
    let virtualization = &model.system.virtualization;
    if virtualization.layout().is_some() {
        let daemon = virtualization.libvirtd.path().or(virtualization.virtqemud.path());
        let socket = virtualization.socket.path();
        return vec![Answer::ok().saw_all(daemon.or(socket).map(|path| Evidence::value(path, "")))];
    }
    present(&virtualization.libvirtd, "/usr/sbin/libvirtd", || Fix::install(&model.system, Package::Libvirt))
}

fn running(model: &Examination<'_>) -> Vec<Answer> {
    let system = &model.system;
    let Some(layout) = system.virtualization.layout() else { return Vec::new() };
    let path = match layout {
        Layout::One => "/run/libvirt/libvirt-sock",
        Layout::Parts => "/run/libvirt/virtqemud-sock",
    };
    present(&system.virtualization.socket, path, || Fix::Start { layout, init: system.early.init })
}

fn one_layout(model: &Examination<'_>) -> Vec<Answer> {
    let virtualization = &model.system.virtualization;
    let (one, parts) = (&virtualization.libvirtd_enabled, &virtualization.virtqemud_enabled);
    if model.system.early.init != Init::Systemd || virtualization.layout().is_none() {
        return Vec::new();
    }
    let seen = [(one, "libvirtd"), (parts, "virtqemud")].into_iter().map(|(presence, name)| {
        let path = format!("/etc/systemd/system/sockets.target.wants/{name}.socket");
        if presence.is_there() { Evidence::value(path, "") } else { Evidence::absent(path) }
    });
    let answer =
        if one.is_there() && parts.is_there() { Answer::to_do(Fix::DisableLibvirtd) } else { Answer::ok() };
    vec![answer.saw_all(seen)]
}

fn companions(model: &Examination<'_>) -> Vec<Answer> {
    let system = &model.system;
    let virtualization = &system.virtualization;
    match virtualization.layout() {
        Some(Layout::Parts) if virtualization.socket.is_there() => {}
        // One daemon does everything.
        Some(Layout::One) => {
            let place = virtualization.socket.path().or(virtualization.libvirtd.path());
            return vec![Answer::ok().saw_all(place.map(|path| Evidence::value(path, "")))];
        }
        _ => return Vec::new(),
    }
    let missing = |presence: &Presence| presence.is_missing();
    let names: Vec<String> = virtualization
        .companions
        .iter()
        .filter(|(_, there)| missing(there))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let path = |name: &str| format!("/run/libvirt/{name}-sock");
    if names.is_empty() {
        let seen = virtualization.companions.iter().map(|(name, _)| Evidence::value(path(name), ""));
        return vec![Answer::ok().saw_all(seen)];
    }
    let seen: Vec<Evidence> = names.iter().map(|name| Evidence::absent(path(name))).collect();
    let fix = Fix::Start { layout: Layout::Parts, init: system.early.init };
    vec![Answer::to_do(fix).with("daemons", Value::List(names)).saw_all(seen)]
}

fn qemu_user(model: &Examination<'_>) -> Vec<Answer> {
    const PATH: &str = "/etc/libvirt/qemu.conf";
    let virtualization = &model.system.virtualization;
    if virtualization.layout().is_none() {
        return Vec::new();
    }
    let user = &virtualization.qemu_user;
    let evidence = Evidence::reading(PATH, user, |user| format!("user = \"{user}\""));
    vec![match user.known() {
        Some(name) if !SERVICES.contains(&name.as_str()) => {
            let fix =
                Fix::RemoveFrom { path: PATH.to_owned(), word: format!("user = \"{name}\""), then: None };
            Answer::to_do(fix).saying("user", name).saw(evidence)
        }
        None if user.trouble().is_some() => Answer::could_not_tell(Need::of(user, PATH)).saw(evidence),
        _ => Answer::ok().saw(evidence),
    }]
}

fn firmware(model: &Model, secure: bool) -> Vec<Answer> {
    const PATH: &str = "/usr/share/qemu/firmware";
    let images = &model.system.virtualization.firmware;
    let Some(known) = images.known() else {
        return vec![Answer::could_not_tell(Need::of(images, PATH)).saw(Evidence::absent(PATH))];
    };
    let fits = known.iter().find(|image| image.uefi && image.pc && (image.secure_boot || !secure));
    vec![match fits {
        Some(image) => Answer::ok().saw(Evidence::value(&image.path, "")),
        None => {
            let answer = Answer::to_do(Fix::install(&model.system, Package::Firmware));
            if known.is_empty() {
                answer.saw(Evidence::absent(format!("{PATH}/*.json")))
            } else {
                answer.saw_all(known.iter().map(|image| Evidence::value(&image.path, "")))
            }
        }
    }]
}
