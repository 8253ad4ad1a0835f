//! Checks of the kernel's modules: there, allowed, and first at the devices that are reserved for them.

use super::ask::{COMMAND_LINE, given};
use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Subject, Weight};
use crate::host::Function;
use crate::model::Model;
use crate::system::{CpuMaker, Kernel, Module, Owner, Support};

const RELEASE: &str = "/proc/sys/kernel/osrelease";
/// Since this version vfio_virqfd is a part of vfio.
const WITHOUT_VIRQFD: (u32, u32) = (6, 2);
/// What virtualization needs and someone may have blocked.
const NEEDED: [&str; 6] = ["vfio", "vfio_pci", "vfio_iommu_type1", "kvm", "kvm_intel", "kvm_amd"];

pub(super) const CHECKS: &[Check] = &[
    Subject::Modules.check(CheckId::ModulesOfRunningKernel, Weight::Essential,
        "kernel, Documentation/kbuild/kbuild.rst: a kernel loads modules of its own release alone",
        of_running_kernel,
    ),
    Subject::Modules.check(CheckId::VfioSupport, Weight::Essential,
        "kernel, drivers/vfio/pci/Kconfig (VFIO_PCI)",
        |model| support(model, &[Module::VfioPci]),
    ),
    Subject::Modules.check(CheckId::VfioIommuSupport, Weight::Essential,
        "kernel, drivers/vfio/Kconfig (VFIO_IOMMU_TYPE1), drivers/iommu/iommufd/Kconfig",
        |model| support(model, &[Module::VfioType1, Module::Iommufd]),
    ),
    Subject::Modules.check(CheckId::KvmSupport, Weight::Essential,
        "kernel, arch/x86/kvm/Kconfig (KVM_INTEL, KVM_AMD)",
        |model| match model.system.cpu.maker() {
            CpuMaker::Intel => support(model, &[Module::KvmIntel]),
            CpuMaker::Amd => support(model, &[Module::KvmAmd]),
            CpuMaker::Other => Vec::new(),
        },
    ),
    Subject::Modules.check(CheckId::VhostNetSupport, Weight::Advice,
        "kernel, drivers/vhost/Kconfig (VHOST_NET)",
        |model| support(model, &[Module::VhostNet]),
    ),
    Subject::Network.check(CheckId::BridgeSupport, Weight::Advice,
        "kernel, net/bridge/Kconfig (BRIDGE); libvirt's networks are bridges",
        |model| support(model, &[Module::Bridge]),
    ),
    Subject::Network.check(CheckId::TunSupport, Weight::Advice,
        "kernel, drivers/net/Kconfig (TUN)",
        |model| support(model, &[Module::Tun]),
    ),
    Subject::Modules.check(CheckId::ModuleBlocked, Weight::Essential,
        "kernel, Documentation/admin-guide/kernel-parameters.txt (module_blacklist); kmod, modprobe.d(5)",
        blocked,
    ),
    Subject::Modules.check(CheckId::UselessVirqfd, Weight::Advice,
        "kernel, drivers/vfio/Makefile (vfio_virqfd, a part of vfio since Linux 6.2)",
        virqfd,
    ),
    Subject::Modules.check(CheckId::ReservationFailed, Weight::Important,
        "kernel, drivers/vfio/pci/vfio_pci.c (ids), drivers/base/dd.c: the first driver that fits takes the device",
        reservation,
    ),
];

fn of_running_kernel(model: &Examination<'_>) -> Vec<Answer> {
    let kernel = &model.system.kernel;
    let Some(release) = kernel.release.known() else { return Vec::new() };
    let folder = format!("/lib/modules/{release}");
    match (&kernel.modules, &kernel.other_modules) {
        (modules, _) if modules.is_there() => {
            vec![Answer::ok().saw(Evidence::value(modules.path().unwrap_or(&folder), ""))]
        }
        (_, others) if others.is_there() => {
            let other = Evidence::value(others.path().unwrap_or_default(), "");
            vec![
                Answer::to_do(Fix::Restart)
                    .saying("release", release)
                    .saw(Evidence::absent(folder))
                    .saw(other),
            ]
        }
        _ => Vec::new(),
    }
}

/// The first place that would tell of the kernel's modules, and is not there.
fn untold(kernel: &Kernel) -> String {
    match (kernel.modules.path(), kernel.release.known()) {
        (Some(path), _) => path.replace("modules.dep", "modules.builtin"),
        (None, Some(release)) => format!("/lib/modules/{release}/modules.dep"),
        (None, None) => "/lib/modules".to_owned(),
    }
}

/// In order where the kernel has one of these modules.
fn support(model: &Model, modules: &[Module]) -> Vec<Answer> {
    let mut missing = Vec::new();
    let mut unknown = false;
    let configuration = model.system.kernel.configuration.known().map(|configuration| &configuration.path);
    let is_configuration = |path: &String| configuration == Some(path);
    for module in modules {
        let name = module.name();
        let seen = match model.system.kernel.support(*module) {
            Support::BuiltIn(path) if is_configuration(&path) => {
                Evidence::value(path, format!("{}=y", module.option()))
            }
            Support::BuiltIn(path) => Evidence::value(path, name),
            Support::Loaded => Evidence::value("/proc/modules", name),
            Support::Module(path) => Evidence::value(path, ""),
            Support::Missing(path) => {
                missing.push(if is_configuration(&path) {
                    Evidence::value(path, format!("{} is not set", module.option()))
                } else {
                    Evidence::absent(path)
                });
                continue;
            }
            Support::Unknown => {
                unknown = true;
                continue;
            }
        };
        return vec![Answer::ok().saw(seen)];
    }
    let first = modules.first().map_or("", |module| module.option());
    if unknown || missing.is_empty() {
        let path = untold(&model.system.kernel);
        return vec![Answer::could_not_tell(Need::Path(path.clone())).saw(Evidence::absent(path))];
    }
    let fix = Fix::OtherKernel { wanted: first.to_owned() };
    vec![Answer::to_do(fix).saying("option", first).saw_all(missing)]
}

fn blocked(model: &Examination<'_>) -> Vec<Answer> {
    let is_needed = |name: &str| NEEDED.contains(&name.replace('-', "_").as_str());
    let mut answers = Vec::new();
    if let Some(line) = model.system.command_line.known() {
        for argument in line.arguments() {
            let blocks = argument.is("module_blacklist") || argument.is("modprobe.blacklist");
            let value = argument.value.as_deref().unwrap_or_default();
            if let Some(module) = value.split(',').find(|module| blocks && is_needed(module)) {
                let given = given(argument);
                let evidence = Evidence::value(COMMAND_LINE, given.clone());
                let fix = Fix::remove_argument(&model.system, given);
                answers.push(Answer::to_do(fix).saying("module", module).saw(evidence));
            }
        }
    }
    for setting in model.system.early.settings.iter().filter(|setting| setting.owner == Owner::Modprobe) {
        let words: Vec<&str> = setting.line.split_whitespace().collect();
        let module = match words.as_slice() {
            ["blacklist", module, ..] => module,
            ["install", module, command, ..] if command.ends_with("/false") || command.ends_with("/true") => {
                module
            }
            _ => continue,
        };
        if is_needed(module) {
            let evidence = Evidence::value(&setting.path, &setting.line);
            let fix = Fix::RemoveFrom { path: setting.path.clone(), word: setting.line.clone(), then: None };
            answers.push(Answer::to_do(fix).saying("module", *module).saw(evidence));
        }
    }
    if answers.is_empty()
        && let Some(trouble) = model.system.early.unread_of(Owner::Modprobe)
    {
        let answer = Answer::could_not_tell(Need::of_trouble(trouble)).weighing(Weight::Important);
        answers.push(answer.saw(Evidence::trouble(trouble)));
    } else if answers.is_empty() && model.system.command_line.is_known() {
        answers.push(Answer::ok().saw(Evidence::value(COMMAND_LINE, "")));
    }
    answers
}

fn virqfd(model: &Examination<'_>) -> Vec<Answer> {
    let Some(version) = model.system.kernel.version() else { return Vec::new() };
    let early = &model.system.early;
    let asking = early
        .settings
        .iter()
        .filter(|setting| setting.owner != Owner::Modprobe && setting.names("vfio_virqfd"));
    let answer = |setting: &crate::system::Setting| {
        let then = match setting.owner {
            Owner::Initramfs(generator) => Some(generator.command()),
            Owner::Modprobe | Owner::ModulesLoad => None,
        };
        let fix = Fix::RemoveFrom { path: setting.path.clone(), word: "vfio_virqfd".to_owned(), then };
        Answer::to_do(fix).saying("path", &setting.path).saw(Evidence::value(&setting.path, &setting.line))
    };
    let answers: Vec<Answer> = asking.filter(|_| version >= WITHOUT_VIRQFD).map(answer).collect();
    let unread = early.unread.iter().find(|(owner, _)| *owner != Owner::Modprobe);
    if let Some((_, trouble)) = unread.filter(|_| answers.is_empty() && version >= WITHOUT_VIRQFD) {
        return vec![Answer::could_not_tell(Need::of_trouble(trouble)).saw(Evidence::trouble(trouble))];
    }
    if answers.is_empty() {
        let release = &model.system.kernel.release;
        return vec![Answer::ok().saw(Evidence::reading(RELEASE, release, Clone::clone))];
    }
    answers
}

/// The ids that vfio-pci is to take, each with where that stands.
pub(super) fn reserved_ids(model: &Model) -> Vec<(String, Evidence)> {
    let line = model.system.command_line.known();
    let of_line = line.and_then(|line| line.values("vfio-pci.ids").next_back());
    let of_line =
        of_line.map(|ids| (ids.to_owned(), Evidence::value(COMMAND_LINE, format!("vfio-pci.ids={ids}"))));
    let of_files = model
        .system
        .early
        .vfio_ids()
        .map(|(setting, ids)| (ids.to_owned(), Evidence::value(&setting.path, &setting.line)));
    of_line.into_iter().chain(of_files).collect()
}

/// Whether a list of ids such as `10de:2484,10de:228b` names this function. Ids may be followed by subsystem and class,
/// which only narrow it.
fn names(ids: &str, function: &Function) -> bool {
    let (Some(vendor), Some(device)) = (function.vendor.known(), function.device.known()) else {
        return false;
    };
    ids.split(',').any(|id| {
        let mut parts = id.split(':').map(|part| u16::from_str_radix(part.trim_start_matches("0x"), 16));
        parts.next() == Some(Ok(vendor.0)) && parts.next() == Some(Ok(device.0)) && parts.next().is_none()
    })
}

fn reservation(model: &Examination<'_>) -> Vec<Answer> {
    if !model.system.command_line.is_known() {
        return Vec::new();
    }
    let ids = reserved_ids(model);
    let mut answers = Vec::new();
    for function in &model.host.functions {
        let Some((_, evidence)) = ids.iter().find(|(ids, _)| names(ids, function)) else { continue };
        let Some(driver) = function.driver.known() else { continue };
        if driver.as_str().ends_with("vfio-pci") || driver.as_str().ends_with("vfio_pci") {
            continue;
        }
        let fix = Fix::LoadVfioEarly { generator: model.system.early.generator() };
        let path = format!("/sys/bus/pci/devices/{}/driver", function.address);
        answers.push(
            Answer::to_do(fix)
                .about([function.address])
                .saying("driver", driver.as_str())
                .saw(evidence.clone())
                .saw(Evidence::value(path, driver.as_str())),
        );
    }
    if answers.is_empty() {
        let seen = ids.into_iter().map(|(_, evidence)| evidence);
        answers.push(Answer::ok().saw_all(seen).saw(Evidence::value(COMMAND_LINE, "")));
    }
    answers
}
