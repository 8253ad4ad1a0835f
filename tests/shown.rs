//! What is made of a machine, as text for a snapshot: the model, what its devices are used for, and the findings.
//!
//! Names come from the bundled list, sentences are the untranslated ones, so that every computer says the same.

use std::fmt::Write as _;

use gangway_client::text::{self, DeviceNames, checks as sentences};
use gangway_core::checks::{self, CardVerdict, Finding, Outcome};
use gangway_core::devices::uses::uses;
use gangway_core::host::{Function, Group, Host};
use gangway_core::leaving::going;
use gangway_core::model::Model;
use gangway_core::pci::Names;
use gangway_core::reading::Reading;

/// A value, or the kind of no answer.
pub fn reading<T: std::fmt::Display>(value: &Reading<T>) -> String {
    match value {
        Reading::Known(value) => value.to_string(),
        Reading::Absent => "–".into(),
        Reading::Unreadable(trouble) => format!("unreadable {trouble}"),
        Reading::Nonsense(trouble) => format!("nonsense {trouble}"),
    }
}

/// The PCI functions, groups, screens and claims of a machine.
pub fn host(host: &Host, names: &Names) -> String {
    let mut text = format!("{}\n\n", text::iommu_state(&host.iommu));
    for function in &host.functions {
        let _ = writeln!(
            text,
            "{} {} {}:{} rev {} group {} driver {} above {} card {} boot display {} | {}",
            function.address,
            reading(&function.class),
            reading(&function.vendor),
            reading(&function.device),
            reading(&function.revision.clone().map(|revision| format!("{revision:02x}"))),
            reading(&function.group),
            reading(&function.driver),
            function.parent.map_or_else(|| "–".into(), |parent| parent.to_string()),
            function.card,
            reading(&function.boot_display),
            host.name_of(function, names).title,
        );
    }
    text.push('\n');
    for connector in &host.connectors {
        let _ = writeln!(
            text,
            "{} {} {:?} {:?}",
            connector.card, connector.name, connector.status, connector.monitor
        );
    }
    for claim in &host.claims {
        let _ = writeln!(text, "{} {:?}", claim.address, claim.kind);
    }
    let device_names = DeviceNames::of_host(host, names);
    let only_bridges = |group: &Group| {
        group.functions.iter().all(|member| host.function(*member).is_some_and(Function::is_bridge))
    };
    for group in host.groups.iter().filter(|group| !only_bridges(group)) {
        let _ = writeln!(text, "{}", text::isolation(group.id, &group.isolation, &device_names));
    }
    text
}

/// What of a machine is no device: a line a subject.
pub fn system(model: &Model) -> String {
    let system = &model.system;
    let (cpu, kernel, boot, virtualization) =
        (&system.cpu, &system.kernel, &system.boot, &system.virtualization);
    let name = system.distribution.name.as_deref().unwrap_or("–");
    let mut text =
        format!("{name} ({:?}, image {:?})\n", system.distribution.family(), system.distribution.image);
    let _ = writeln!(
        text,
        "firmware {} uefi {} secure boot {}",
        system.firmware.title().unwrap_or_else(|| "–".to_owned()),
        system.firmware.uefi.is_there(),
        reading(&system.firmware.secure_boot)
    );
    let processor = cpu.info.known().and_then(|info| info.model.clone()).unwrap_or_default();
    let _ = writeln!(
        text,
        "processor {processor} ({:?}) virtualizes {:?} threads {}",
        cpu.maker(),
        cpu.virtualizes(),
        reading(&cpu.threads)
    );
    let _ = writeln!(text, "memory {}", reading(&system.memory.total));
    let _ = writeln!(text, "kernel {} lockdown {:?}", reading(&kernel.release), kernel.lockdown.known());
    let _ = writeln!(
        text,
        "boot loader {:?} of {:?}, arguments by {:?}",
        boot.loader(),
        boot.installed,
        boot.arguments
    );
    let _ = writeln!(text, "init {:?}, initramfs by {:?}", system.early.init, system.early.generators);
    let _ = writeln!(text, "libvirt {:?}", virtualization.layout());
    text
}

/// Disks, networks, sound, USB: what hangs on the functions.
pub fn devices(model: &Model) -> String {
    let devices = &model.devices;
    let mut text = String::new();
    for block in &devices.storage.blocks {
        let content = block.content.known().map(|content| content.kind.as_str()).unwrap_or_default();
        let on: Vec<String> = block.controllers.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "{} {:?} {content} of [{}] on [{}]",
            block.name,
            block.kind,
            block.below.join(" "),
            on.join(" ")
        );
    }
    for mount in &devices.storage.mounts {
        let ground = devices.storage.ground_of_mount(mount);
        let on: Vec<String> = ground.controllers.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "{} {:?} {} through {:?} on [{}]",
            mount.path,
            mount.role(),
            mount.kind,
            ground.layers,
            on.join(" ")
        );
    }
    for interface in &devices.network.interfaces {
        let at = interface.function.map_or_else(|| "–".to_owned(), |function| function.to_string());
        let _ = writeln!(text, "{} {:?} {} {at}", interface.name, interface.kind, reading(&interface.state));
    }
    for sound in &devices.sound {
        let at = sound.function.map_or_else(|| "–".to_owned(), |function| function.to_string());
        let _ = writeln!(text, "sound {} {at} plays {:?}", sound.name, sound.playing());
    }
    for device in &devices.usb.devices {
        let at = device.controller.map_or_else(|| "–".to_owned(), |controller| controller.to_string());
        let _ = writeln!(text, "usb {} {} {at} {:?}", device.port, device.name(), device.kinds);
    }
    text
}

/// What goes along with each card, what it costs, and what the host would lose.
pub fn claims(model: &Model, names: &DeviceNames<'_>) -> String {
    let mut text = String::new();
    let host = &model.host;
    for card in &host.cards {
        let bridge = host.functions_of(card).all(Function::is_bridge);
        let used = uses(host, &model.devices, &[], &card.functions);
        if bridge && used.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{} {}", card.address, names.of(card.address));
        match going(host, &[card.address], true) {
            Ok(going) => {
                for along in going.along.iter().filter(|along| !card.functions.contains(&along.address)) {
                    let why = text::why(along.why, names);
                    let _ = writeln!(text, "  along {}: {why}", names.of(along.address));
                }
                for warning in &going.warnings {
                    let _ = writeln!(text, "  warning: {}", text::leaving_warning(warning, names));
                }
            }
            Err(refusal) => {
                let _ = writeln!(text, "  refused: {}", text::stays(&refusal, names));
            }
        }
        for used in &used {
            let (label, loss) = (text::used_for(&used.by), text::loss(&used.by));
            let _ = writeln!(text, "  {:?} · {label} · {loss}", used.by.loss());
        }
    }
    text
}

/// The verdicts and every open finding with its meaning, fix and evidence; of those in order, their checks.
pub fn findings(host: &Host, findings: &[Finding], names: &DeviceNames<'_>) -> String {
    let mut text = format!("machine: {}\n", checks::of_machine(host, findings).word());
    for card in CardVerdict::of_graphics(host, findings) {
        let _ = writeln!(text, "{}", sentences::card_verdict(&card, findings, names));
    }
    for finding in findings.iter().filter(|finding| finding.outcome != Outcome::Ok) {
        let about: Vec<String> = finding.about.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "\n{} {} {} [{}]\n  {}\n  {}",
            finding.weight.word(),
            finding.outcome.word(),
            finding.check,
            about.join(" "),
            sentences::sentence(finding, names),
            sentences::meaning(finding.check)
        );
        if let Some(fix) = &finding.fix {
            let _ = writeln!(text, "  → {}", sentences::fix(fix));
            if let Some(command) = fix.command() {
                let _ = writeln!(text, "    {command}");
            }
        }
        for evidence in &finding.evidence {
            let _ = writeln!(text, "  {}", sentences::fact(evidence));
        }
    }
    let mut well: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Ok)
        .map(|finding| finding.check.name())
        .collect();
    well.sort_unstable();
    well.dedup();
    let _ = writeln!(text, "\nin order: {}", well.join(" "));
    text
}
