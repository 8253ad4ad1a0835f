//! Checks of the start: boot loader, configured arguments, images, initramfs.

use super::ask::{COMMAND_LINE, given, known_line};
use super::examination::Examination;
use super::modules::reserved_ids;
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Subject, Value, Weight};
use crate::host::Argument;
use crate::system::{ArgumentWay, Generator, Image, Loader, Owner};

const LOADER_INFO: &str = "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/// The arguments that concern passing devices on.
const CONCERNED: [&str; 8] = [
    "intel_iommu",
    "amd_iommu",
    "iommu",
    "vfio_pci.ids",
    "hugepages",
    "default_hugepagesz",
    "pcie_acs_override",
    "kvm.ignore_msrs",
];

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: CheckId::BootLoader,
        subject: Subject::Boot,
        weight: Weight::Advice,
        source: "systemd, docs/BOOT_LOADER_INTERFACE.md (LoaderInfo)",
        examine: loader,
    },
    Check {
        id: CheckId::ArgumentsWaiting,
        subject: Subject::Boot,
        weight: Weight::Important,
        source: "GRUB manual, grub-mkconfig; systemd, kernel-install(8): the running kernel keeps the arguments it was given",
        examine: waiting,
    },
    Check {
        id: CheckId::ImmutableSystem,
        subject: Subject::Boot,
        weight: Weight::Advice,
        source: "rpm-ostree(1) (kargs, /run/ostree-booted); NixOS manual (boot.kernelParams); transactional-update(8)",
        examine: immutable,
    },
    Check {
        id: CheckId::InitramfsGenerator,
        subject: Subject::Initramfs,
        weight: Weight::Advice,
        source: "dracut(8), mkinitcpio(8), update-initramfs(8)",
        examine: generator,
    },
    Check {
        id: CheckId::InitramfsEarly,
        subject: Subject::Initramfs,
        weight: Weight::Advice,
        source: "dracut.conf(5) (force_drivers), mkinitcpio.conf(5) (MODULES), initramfs-tools(7) (modules), modprobe.d(5) (softdep)",
        examine: early,
    },
    Check {
        id: CheckId::InitramfsModconf,
        subject: Subject::Initramfs,
        weight: Weight::Important,
        source: "mkinitcpio(8), hook modconf: it puts modprobe's settings into the image",
        examine: modconf,
    },
];

const fn loader_name(loader: Loader) -> &'static str {
    match loader {
        Loader::Grub => "GRUB",
        Loader::SystemdBoot => "systemd-boot",
        Loader::Refind => "rEFInd",
        Loader::Limine => "Limine",
    }
}

fn loader(model: &Examination<'_>) -> Vec<Answer> {
    let boot = &model.system.boot;
    let told = Evidence::reading(LOADER_INFO, &boot.told, Clone::clone);
    if boot.arguments != ArgumentWay::Unknown || boot.loader().is_some() {
        return vec![Answer::ok().saw(told)];
    }
    let need = match boot.installed.as_slice() {
        [] => Need::of(&boot.told, LOADER_INFO),
        several => Need::OneOf(several.iter().map(|loader| loader_name(*loader)).collect()),
    };
    vec![Answer::could_not_tell(need).saw(told)]
}

/// Whether the file is the one from which this machine's arguments come.
fn counts(path: &str, way: ArgumentWay) -> bool {
    match way {
        ArgumentWay::Grub { .. } => path.starts_with("/etc/default/grub"),
        ArgumentWay::KernelCmdline { .. } => {
            path.starts_with("/etc/kernel/") || path.starts_with("/etc/cmdline.d")
        }
        ArgumentWay::LimineDefault => path == "/etc/default/limine",
        _ => false,
    }
}

fn waiting(model: &Examination<'_>) -> Vec<Answer> {
    let line = match known_line(model) {
        Ok(line) => line,
        Err(unknown) => return unknown,
    };
    let way = model.system.argument_way();
    let concerned = |argument: &&Argument| CONCERNED.iter().any(|name| argument.is(name));
    let missing = |argument: &&Argument| !line.arguments().contains(argument);
    let mut evidence = Vec::new();
    let mut names = Vec::new();
    for (path, configured) in model.system.boot.configured.iter().filter(|(path, _)| counts(path, way)) {
        for argument in configured.arguments().iter().filter(concerned).filter(missing) {
            names.push(given(argument));
            evidence.push(Evidence::value(path, given(argument)));
        }
    }
    if names.is_empty() {
        let unread = model.system.boot.unread.iter().find(|trouble| counts(&trouble.path, way));
        return vec![match unread {
            Some(trouble) => {
                Answer::could_not_tell(Need::of_trouble(trouble)).saw(Evidence::trouble(trouble))
            }
            None => Answer::ok().saw(Evidence::value(COMMAND_LINE, "")),
        }];
    }
    let command = match way {
        ArgumentWay::Grub { command, .. } | ArgumentWay::KernelCmdline { command } => Some(command),
        ArgumentWay::LimineDefault => Some("limine-update"),
        _ => None,
    };
    let answer = Answer::to_do(Fix::ApplyArguments { command }).with("arguments", Value::List(names));
    vec![answer.saw_all(evidence).saw(Evidence::value(COMMAND_LINE, ""))]
}

fn immutable(model: &Examination<'_>) -> Vec<Answer> {
    let distribution = &model.system.distribution;
    let path = match distribution.image {
        Image::Ostree => "/run/ostree-booted",
        Image::NixOs => "/etc/NIXOS",
        Image::Transactional => "/usr/sbin/transactional-update",
        Image::No if distribution.id.is_known() => {
            return vec![Answer::ok().saw(Evidence::absent("/run/ostree-booted"))];
        }
        Image::No => return Vec::new(),
    };
    let fix = Fix::UseImage { image: distribution.image };
    let name = distribution.name.clone().unwrap_or_default();
    let name = if name.is_empty() { distribution.id.known().cloned().unwrap_or_default() } else { name };
    vec![Answer::to_do(fix).saying("distribution", name).saw(Evidence::value(path, ""))]
}

fn generator(model: &Examination<'_>) -> Vec<Answer> {
    let early = &model.system.early;
    let names: Vec<&'static str> = early.generators.iter().map(|generator| generator.name()).collect();
    match names.as_slice() {
        [_] => vec![Answer::ok().saw(Evidence::value("/usr", names.join(" ")))],
        [] if model.system.distribution.image != Image::No => Vec::new(),
        [] => vec![
            Answer::could_not_tell(Need::Path("/usr/bin/dracut".to_owned()))
                .saw(Evidence::absent("/usr/bin/dracut")),
        ],
        _ => vec![
            Answer::could_not_tell(Need::OneOf(names.clone())).saw(Evidence::value("/usr", names.join(" "))),
        ],
    }
}

fn early(model: &Examination<'_>) -> Vec<Answer> {
    if !model.system.command_line.is_known() {
        return Vec::new();
    }
    let ids = reserved_ids(model);
    let early = &model.system.early;
    let seen = || ids.iter().map(|(_, evidence)| evidence.clone());
    // Where it works, it need not be told how.
    if ids.is_empty()
        || early.loads_vfio_early()
        || model.host.functions.iter().any(crate::host::Function::has_vfio)
    {
        return vec![Answer::ok().saw_all(seen()).saw(Evidence::value(COMMAND_LINE, ""))];
    }
    let fix = Fix::LoadVfioEarly { generator: early.generator() };
    vec![Answer::to_do(fix).saw_all(seen())]
}

fn modconf(model: &Examination<'_>) -> Vec<Answer> {
    let early = &model.system.early;
    if early.generator() != Some(Generator::Mkinitcpio) {
        return Vec::new();
    }
    let hooks = early.settings.iter().rfind(|setting| {
        setting.owner == Owner::Initramfs(Generator::Mkinitcpio) && setting.line.starts_with("HOOKS")
    });
    let Some(hooks) = hooks else { return Vec::new() };
    let evidence = Evidence::value(&hooks.path, &hooks.line);
    if hooks.names("modconf") || early.vfio_ids().next().is_none() {
        return vec![Answer::ok().saw(evidence)];
    }
    let fix = Fix::AddTo {
        path: hooks.path.clone(),
        list: "HOOKS",
        word: "modconf",
        then: Generator::Mkinitcpio.command(),
    };
    vec![Answer::to_do(fix).saw(evidence)]
}
