//! What Windows in particular wants of its machine.

use gangway_core::checks::{Evidence, Value, Weight};

use super::{Guest, GuestAnswer, GuestCheck, GuestCheckId, GuestFix, check};
use crate::document::{child, text_of};
use crate::suggest::{SuggestionId, SuggestionReason, suggestions};
use crate::view::GuestSystem;

pub(super) const CHECKS: &[GuestCheck] = &[
    check(
        GuestCheckId::HypervFeatures,
        Weight::Advice,
        "QEMU, docs/system/i386/hyperv.rst: the enlightenments that are good for every Windows",
        hyperv,
    ),
    check(
        GuestCheckId::Sockets,
        Weight::Advice,
        "libvirt, formatdomain.html#cpu-model-and-topology: without a topology each processor is a socket; Windows for desktops uses two",
        sockets,
    ),
    check(
        GuestCheckId::Tpm,
        Weight::Advice,
        "Microsoft, Windows 11 specifications: a TPM of version 2.0; libvirt, formatdomain.html#tpm-device",
        tpm,
    ),
];

/// Sockets that a Windows for desktops uses.
const SOCKETS: u64 = 2;

fn hyperv(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const PATH: &str = "/domain/features/hyperv";
    if !guest.is_windows() {
        return Vec::new();
    }
    let found = suggestions(guest.document, &[]).into_iter();
    let answers =
        found.filter(|suggestion| suggestion.id == SuggestionId::HypervForWindows).map(|suggestion| {
            match suggestion.reason {
                SuggestionReason::WindowsIsFaster { missing } => {
                    let missing: Vec<String> = missing.into_iter().map(str::to_owned).collect();
                    GuestAnswer::to_do(GuestFix::HypervFeatures)
                        .saw(Evidence::absent(format!(
                            "{PATH}/{}",
                            missing.first().map_or("*", String::as_str)
                        )))
                        .with("missing", Value::List(missing))
                }
                _ => GuestAnswer::ok().saw(Evidence::value(PATH, "")),
            }
        });
    answers.collect()
}

fn sockets(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const PATH: &str = "/domain/cpu/topology/@sockets";
    let root = guest.document.root();
    let processors = child(root, "vcpu").and_then(|vcpu| text_of(vcpu).trim().parse::<u64>().ok());
    let Some(processors) = processors.filter(|_| guest.is_windows()) else { return Vec::new() };
    let topology = child(root, "cpu").and_then(|cpu| child(cpu, "topology"));
    let named = topology.and_then(|topology| topology.attribute("sockets")?.parse::<u64>().ok());
    let sockets = named.unwrap_or(processors);
    let answer = if sockets > SOCKETS {
        GuestAnswer::to_do(GuestFix::Write { element: "<topology sockets='1' …/>" })
            .with("sockets", Value::Number(sockets))
    } else {
        GuestAnswer::ok()
    };
    let evidence = match named {
        Some(named) => Evidence::value(PATH, named.to_string()),
        None => Evidence::absent(PATH),
    };
    vec![answer.saw(evidence).saw(Evidence::value("/domain/vcpu", processors.to_string()))]
}

fn tpm(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const PATH: &str = "/domain/devices/tpm/backend/@version";
    if guest.document.guest_system() != GuestSystem::Windows("11".to_owned()) {
        return Vec::new();
    }
    let tpms = guest.document.devices().filter(|device| device.tag_name().name() == "tpm");
    let backend = tpms.filter_map(|tpm| child(tpm, "backend")).next();
    let to_do = || {
        GuestAnswer::to_do(GuestFix::Write {
            element: "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>",
        })
    };
    vec![match backend.map(|backend| (backend.attribute("type"), backend.attribute("version"))) {
        // What the host's TPM is cannot be told from here, and libvirt takes 2.0 where none is named for tpm-crb.
        Some((Some("passthrough"), _) | (_, Some("2.0") | None)) => {
            GuestAnswer::ok().saw(Evidence::value(PATH, "2.0"))
        }
        Some((_, Some(version))) => to_do().saw(Evidence::value(PATH, version)),
        None => to_do().saw(Evidence::absent(PATH)),
    }]
}
