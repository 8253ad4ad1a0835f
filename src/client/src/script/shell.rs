//! The commands of each step. They look first, as the root service does, as far as a shell can.

use gangway_core::config::grub_env;
use gangway_core::pci::PciAddress;
use gangway_core::plan::{
    Arming, ArtefactKind, Builder, Confirmation, Expectation, FileChange, HugePageSize, Rebinding,
    SecondImage, ServiceChange, Step, ToolRun,
};
use gangway_core::trial::{Entry, GRUB_REQUEST, Pointer};

use super::quote::{printed, word};

/// What every script begins with: it stops with a reason, and files are written whole or not at all, with the mode and the
/// owner that they had.
pub(super) const PREPARE: &str = r#"umask 022
stop() {
    printf '%s\n' "$1" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || stop 'Run this as root.'
# put PATH: makes standard input the content of a file
put() {
    mkdir -p "$(dirname "$1")"
    if [ -e "$1" ]; then cp -p "$1" "$1.gangway-new"; else : >"$1.gangway-new"; fi
    cat >"$1.gangway-new"
    sync
    mv -f "$1.gangway-new" "$1"
}"#;

/// The commands of a step.
pub(super) fn step(step: &Step) -> Vec<String> {
    match step {
        Step::File(change) => file(change),
        Step::Keep(kept) => vec![
            format!(
                "[ ! -e {} ] || stop {}",
                word(&kept.copy),
                word(&format!("{} is there already.", kept.copy))
            ),
            format!("cp -a {} {}", word(&kept.path), word(&kept.copy)),
        ],
        Step::Run(run) => tool(run),
        Step::Load(load) => vec![format!("modprobe -- {}", word(&load.module))],
        Step::Bind(change) => rebind(change, "vfio-pci"),
        Step::GiveBack(change) => rebind(change, ""),
        Step::Service(change) => service(change),
        Step::Group(change) => {
            vec![format!("usermod -a -G {} -- {}", word(&change.group), word(&change.user))]
        }
        Step::Image(made) => image(made),
        Step::Environment(made) => vec![
            format!(
                "[ ! -e {} ] || stop {}",
                word(&made.path),
                word(&format!("{} is there already.", made.path))
            ),
            format!("{} | put {}", printed(&grub_env::empty()), word(&made.path)),
        ],
        Step::Arm(arming) => ask(arming),
        Step::Confirm(confirmation) => keep(confirmation),
        Step::HugePages(change) => {
            let folder = match change.size {
                HugePageSize::TwoMiB => "hugepages-2048kB",
                HugePageSize::OneGiB => "hugepages-1048576kB",
            };
            let path = format!("/sys/kernel/mm/hugepages/{folder}/nr_hugepages");
            vec![format!("echo {} >{}", change.after, word(&path))]
        }
    }
}

fn file(change: &FileChange) -> Vec<String> {
    let path = word(&change.path);
    let other = word(&format!("{} is not as it was when this was made.", change.path));
    let looked = match &change.before {
        Some(before) => format!("{} | cmp -s - {path} || stop {other}", printed(before.bytes())),
        None => format!("[ ! -e {path} ] || stop {other}"),
    };
    let done = match &change.after {
        Some(after) => format!("{} | put {path}", printed(after.bytes())),
        None => format!("rm -- {path}"),
    };
    vec![looked, done]
}

fn tool(run: &ToolRun) -> Vec<String> {
    let words: Vec<String> = run.tool.command().iter().map(|part| word(part)).collect();
    let mut lines = vec![words.join(" ")];
    for expectation in &run.expects {
        match expectation {
            // In a unified kernel image the arguments are bytes among others.
            Expectation::Arguments { kind, path, present, .. } => {
                let binary = match kind {
                    ArtefactKind::Unified | ArtefactKind::Staged => "-a ",
                    _ => "",
                };
                lines.extend(present.iter().map(|argument| {
                    let missing = word(&format!("{argument} did not get into {path}."));
                    format!("grep {binary}-qF -e {} -- {} || stop {missing}", word(argument), word(path))
                }));
            }
            Expectation::Image { path, .. } => {
                lines.push(format!("[ -s {} ] || stop {}", word(path), word(&format!("{path} is empty."))));
            }
        }
    }
    lines
}

/// Made beside its place, and named once it is whole.
fn image(made: &SecondImage) -> Vec<String> {
    let beside = made.beside();
    let (path, beside) = (word(&made.path), word(&beside));
    let mut lines = vec![format!("mkdir -p \"$(dirname {path})\"")];
    if let Builder::InitramfsTools { configuration, own, copy, .. } = &made.builder {
        let (own, copy) = (word(own), word(copy));
        lines.push(format!("cp -a {} {copy}", word(configuration)));
        lines.push(format!("cp -a {own}/. {copy}"));
    }
    lines.push(made.command().iter().map(|part| word(part)).collect::<Vec<_>>().join(" "));
    lines.push(format!("[ -s {beside} ] || stop {}", word(&format!("{} is empty.", made.path))));
    lines.push("sync".to_owned());
    lines.push(format!("mv {beside} {path}"));
    if let Builder::InitramfsTools { copy, .. } = &made.builder {
        lines.push(format!("rm -r -- {}", word(copy)));
    }
    lines
}

/// One pointer, written in place as well; what is asked for one start is erased by then.
fn keep(step: &Confirmation) -> Vec<String> {
    let other = word(&format!("{} is not as it was when this was made.", step.pointer.path()));
    match &step.pointer {
        Pointer::Grub { file, name } => {
            let with = |value: &str| grub_env::set(&grub_env::empty(), name, value).unwrap_or_default();
            let line = word(&format!("^{name}=."));
            vec![
                format!("! grep -q {line} {} || stop {other}", word(file)),
                format!(
                    "{} | dd of={} conv=notrunc,fsync status=none",
                    printed(&with(&step.after)),
                    word(file)
                ),
            ]
        }
        Pointer::Efi { .. } => vec![format!("bootctl set-default {}", word(&step.after))],
    }
}

/// GRUB's memory is written in place: its blocks must stay where GRUB knows them.
fn ask(arming: &Arming) -> Vec<String> {
    let entry = arming.promise.entry_name();
    match &arming.promise.entry {
        Entry::Grub { env, .. } => {
            let asked = grub_env::set(&grub_env::empty(), GRUB_REQUEST, entry).unwrap_or_default();
            vec![
                "sync".to_owned(),
                format!("{} | dd of={} conv=notrunc,fsync status=none", printed(&asked), word(env)),
            ]
        }
        Entry::SystemdBoot { id, .. } => {
            vec!["sync".to_owned(), format!("bootctl set-oneshot {}", word(id))]
        }
    }
}

fn service(change: &ServiceChange) -> Vec<String> {
    match change {
        ServiceChange::Systemd { unit } => vec![format!("systemctl enable --now -- {}", word(unit))],
        ServiceChange::OpenRc { service } => {
            vec![
                format!("rc-update add {} default", word(service)),
                format!("rc-service {} start", word(service)),
            ]
        }
        ServiceChange::Runit { folder, link } => vec![format!("ln -s {} {}", word(folder), word(link))],
    }
}

/// Only if it is still that device with that driver. Source: kernel, `Documentation/ABI/testing/sysfs-bus-pci`.
fn rebind(change: &Rebinding, driver: &str) -> Vec<String> {
    let address = change.address();
    let folder = format!("/sys/bus/pci/devices/{address}");
    let at = |name: &str| word(&format!("{folder}/{name}"));
    let (vendor, device) = change.identity.id;
    let mut lines = vec![
        same(&at("vendor"), &format!("0x{vendor}"), address),
        same(&at("device"), &format!("0x{device}"), address),
    ];
    if let Some(former) = &change.driver {
        let other = word(&format!("{address} has another driver now."));
        let driver = format!("$(basename \"$(readlink {})\")", at("driver"));
        lines.push(format!("[ \"{driver}\" = {} ] || stop {other}", word(former)));
    }
    lines.push(format!("printf '%s\\n' {} >{}", word(driver), at("driver_override")));
    if change.driver.is_some() {
        lines.push(format!("printf '%s' {} >{}", word(&address.to_string()), at("driver/unbind")));
    }
    lines.push(format!("printf '%s' {} >'/sys/bus/pci/drivers_probe'", word(&address.to_string())));
    lines
}

fn same(path: &str, value: &str, address: PciAddress) -> String {
    let other = word(&format!("Another device is at {address} now."));
    format!("[ \"$(cat {path})\" = {} ] || stop {other}", word(value))
}
