//! What can be wanted of the host so that a finding is no longer true: the bridge from the checks to the planner.
//!
//! Only where the intent does away with this finding on this machine, as far as the model tells: what the planner refuses
//! for a reason that is known here has no intent, and the text of the fix says what a person can do; missing packages are
//! the exception, since the review itself names them. Files that only root can read may still be a reason against it, which
//! the review says then.

use super::package::{Package, install_command, missing_packages};
use super::{DeviceFix, Fix};
use crate::config::OwnArgument;
use crate::host::{IommuOff, IommuState, KernelCommandLine};
use crate::model::Model;
use crate::plan::{self, HugePageSize, Intent};
use crate::system::{ArgumentWay, Image, Init, Layout, Module, Support, asked_pages};

impl Fix {
    /// What can be wanted of the host so that this is done for the user; none where a person does it.
    pub fn intent(&self, model: &Model) -> Option<Intent> {
        match self {
            Self::AddArgument { argument, .. } => turn_on_iommu(model, argument),
            Self::LoadVfioEarly { .. } => load_vfio_early(model),
            // What is missing beside a daemon that runs may not be installed, which the model does not tell.
            Self::Start { .. } if !model.system.virtualization.socket.is_there() => make_ready(model),
            Self::JoinGroup { group } if is_of_libvirt(group) => make_ready(model),
            // libvirt's part of it, which the programs review and do beside the service's.
            Self::Device(DeviceFix::StartDefaultNetwork) => start_network(model),
            Self::Install { package, .. } => install(model, *package),
            // Given only where all that was looked at holds.
            Self::KeepReservation => Some(Intent::Confirm),
            _ => None,
        }
    }
}

/// The group that lets its members use libvirt: the name of most distributions, and NixOS's.
fn is_of_libvirt(group: &str) -> bool {
    matches!(group, "libvirt" | "libvirtd")
}

/// Where the IOMMU is on, the same argument is asked for to get the processor's graphics into a group, and nobody plans
/// that: it is refused as being so already.
fn turn_on_iommu(model: &Model, argument: &str) -> Option<Intent> {
    let missing = matches!(&model.host.iommu, IommuState::Off { why: IommuOff::ArgumentMissing, .. });
    let ours = argument == OwnArgument::IntelIommuOn.to_string();
    (missing && ours && has_known_loader(model)).then_some(Intent::TurnOnIommu)
}

/// Whether arguments of ours can be brought into the next start, as far as the kind of system tells.
fn has_known_loader(model: &Model) -> bool {
    let known = match model.system.boot.arguments {
        ArgumentWay::RpmOstree => return model.system.distribution.image == Image::Ostree,
        ArgumentWay::NixOs | ArgumentWay::LimineDefault | ArgumentWay::Unknown => false,
        ArgumentWay::KernelCmdline { command } => !command.starts_with("sdbootutil"),
        _ => true,
    };
    known && model.system.distribution.image == Image::No
}

/// Where the generator names the module already, or it is a part of the kernel, being early is not what is missing.
fn load_vfio_early(model: &Model) -> Option<Intent> {
    let early = &model.system.early;
    let generator = early.generator()?;
    let is_file = matches!(
        model.system.kernel.support(Module::VfioPci),
        Support::Loaded | Support::Module(_) | Support::Unknown
    );
    let kept = matches!(
        model.system.boot.arguments,
        ArgumentWay::Grub { .. } | ArgumentWay::Grubby | ArgumentWay::Entries { .. }
    );
    let plannable = kept && is_file && !early.generator_names_vfio(generator);
    (plannable && model.system.distribution.image == Image::No).then_some(Intent::LoadVfioEarly)
}

/// Services and groups are one intent, which is refused as a whole where something must be installed before.
fn make_ready(model: &Model) -> Option<Intent> {
    let virtualization = &model.system.virtualization;
    let known = match (model.system.early.init, virtualization.layout()?) {
        (Init::Systemd, Layout::One | Layout::Parts) | (Init::OpenRc | Init::Runit, Layout::One) => true,
        (Init::OpenRc | Init::Runit, Layout::Parts) | (Init::Other, _) => false,
    };
    let ready = known && !virtualization.qemu.is_missing();
    (ready && model.system.distribution.image != Image::NixOs).then_some(Intent::MakeReady)
}

/// The review of making a computer ready names what is missing and how to install it, even where the rest is refused for it.
fn install(model: &Model, package: Package) -> Option<Intent> {
    let named = missing_packages(model).contains(&package);
    (named && install_command(&[package], &model.system).is_some()).then_some(Intent::MakeReady)
}

/// libvirt starts no network of its own without dnsmasq.
fn start_network(model: &Model) -> Option<Intent> {
    make_ready(model).filter(|_| !model.system.virtualization.dnsmasq.is_missing())
}

impl Intent {
    /// To keep so many huge pages of a size free, besides those that are in use; sizes in bytes. None where the kernel has
    /// no such pages, too little would stay for the host, or somebody else asks for them.
    pub fn huge_pages(model: &Model, size: u64, free: u64) -> Option<Self> {
        let system = &model.system;
        let known =
            [HugePageSize::TwoMiB, HugePageSize::OneGiB].into_iter().find(|one| one.bytes() == size)?;
        let pages = system.memory.huge.iter().find(|pages| pages.size == size)?;
        let in_use = pages.reserved.known()?.checked_sub(*pages.free.known()?)?;
        let count = u32::try_from(in_use.checked_add(free)?).ok()?;
        let default = system.memory.huge_page.known() == Some(&size);
        let asks = |line: &KernelCommandLine| {
            asked_pages(line).iter().any(|asked| asked.size.map_or(default, |of| of == size))
        };
        let elsewhere = system.command_line.known().is_some_and(asks);
        let plannable = match known {
            HugePageSize::TwoMiB => system.distribution.image != Image::NixOs,
            HugePageSize::OneGiB => has_known_loader(model),
        };
        (plannable && !elsewhere && plan::leaves_enough(&system.memory, known, count))
            .then_some(Self::SetHugePages { size: known, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Reading;
    use crate::system::Generator;
    use crate::system::{HugePages, Presence};

    fn off(why: IommuOff) -> Model {
        let mut model = Model::default();
        model.host.iommu = IommuState::Off { why, evidence: Vec::new() };
        model.system.boot.arguments = ArgumentWay::Grubby;
        model
    }

    #[test]
    fn the_iommu_is_turned_on_where_its_argument_is_what_is_missing() {
        let wanted = |model: &Model| Fix::add_argument(&model.system, "intel_iommu=on").intent(model);
        let mut model = off(IommuOff::ArgumentMissing);
        assert_eq!(wanted(&model), Some(Intent::TurnOnIommu));
        assert_eq!(Fix::add_argument(&model.system, "default_hugepagesz=1G").intent(&model), None);
        for way in
            [ArgumentWay::Unknown, ArgumentWay::NixOs, ArgumentWay::RpmOstree, ArgumentWay::LimineDefault]
        {
            model.system.boot.arguments = way;
            assert_eq!(wanted(&model), None, "{way:?}");
        }
        model.system.boot.arguments = ArgumentWay::Grubby;
        model.system.distribution.image = Image::Ostree;
        assert_eq!(wanted(&model), None);
        // The argument is asked for the processor's graphics then, and would change nothing about the IOMMU.
        model = Model { host: crate::host::Host::default(), ..off(IommuOff::NotOffered) };
        model.host.iommu = IommuState::On { groups: 12 };
        assert_eq!(wanted(&model), None);
        assert_eq!(wanted(&off(IommuOff::ByArgument { argument: "intel_iommu=off".to_owned() })), None);
    }

    #[test]
    fn libvirt_is_made_ready_where_it_is_installed() {
        let mut model = Model::default();
        let start =
            |model: &Model| Fix::Start { layout: Layout::One, init: model.system.early.init }.intent(model);
        let join = |model: &Model, group: &str| Fix::JoinGroup { group: group.to_owned() }.intent(model);
        assert_eq!(start(&model), None);
        model.system.early.init = Init::Systemd;
        model.system.virtualization.libvirtd = Presence::There("/usr/sbin/libvirtd".to_owned());
        assert_eq!(start(&model), Some(Intent::MakeReady));
        assert_eq!(join(&model, "libvirt"), Some(Intent::MakeReady));
        assert_eq!(join(&model, "kvm"), None);
        model.system.early.init = Init::Other;
        assert_eq!(start(&model), None);
        model.system.early.init = Init::Runit;
        assert_eq!(start(&model), Some(Intent::MakeReady));
        model.system.virtualization.qemu = Presence::Missing;
        assert_eq!(join(&model, "libvirt"), None);
        model.system.virtualization.qemu = Presence::Unknown;
        model.system.distribution.image = Image::NixOs;
        assert_eq!(start(&model), None);
    }

    #[test]
    fn packages_are_installed_where_their_names_are_known() {
        let mut model = Model::default();
        let install = |model: &Model, package| Fix::install(&model.system, package).intent(model);
        model.system.virtualization.swtpm = Presence::Missing;
        assert_eq!(install(&model, Package::Swtpm), None, "an unknown distribution");
        model.system.distribution.id = Reading::Known("debian".to_owned());
        assert_eq!(install(&model, Package::Swtpm), Some(Intent::MakeReady));
        assert_eq!(install(&model, Package::Qemu), None, "not known to be missing");
        model.system.distribution.image = Image::NixOs;
        assert_eq!(install(&model, Package::Swtpm), None);
    }

    #[test]
    fn the_network_is_started_where_libvirt_can() {
        let start = |model: &Model| Fix::Device(DeviceFix::StartDefaultNetwork).intent(model);
        let mut model = Model::default();
        assert_eq!(start(&model), None, "no libvirt");
        model.system.early.init = Init::Systemd;
        model.system.virtualization.libvirtd = Presence::There("/usr/sbin/libvirtd".to_owned());
        assert_eq!(start(&model), Some(Intent::MakeReady));
        model.system.virtualization.dnsmasq = Presence::Missing;
        assert_eq!(start(&model), None);
    }

    #[test]
    fn vfio_is_loaded_early_where_that_is_not_so_and_can_be_planned() {
        let fix = Fix::LoadVfioEarly { generator: None };
        let mut model = Model::default();
        model.system.boot.arguments = ArgumentWay::Entries { folder: "/boot/loader/entries" };
        assert_eq!(fix.intent(&model), None);
        model.system.early.generators = vec![Generator::Dracut];
        assert_eq!(fix.intent(&model), Some(Intent::LoadVfioEarly));
        model.system.early.settings = vec![crate::system::Setting {
            path: "/etc/dracut.conf.d/a.conf".to_owned(),
            owner: crate::system::Owner::Initramfs(Generator::Dracut),
            line: "force_drivers+=\" vfio-pci \"".to_owned(),
        }];
        assert_eq!(fix.intent(&model), None);
        model.system.early.settings.clear();
        model.system.boot.arguments = ArgumentWay::Refind;
        assert_eq!(fix.intent(&model), None);
        model.system.boot.arguments = ArgumentWay::Grubby;
        model.system.early.generators = vec![Generator::Booster];
        assert_eq!(fix.intent(&model), Some(Intent::LoadVfioEarly));
        model.system.early.generators.push(Generator::Dracut);
        assert_eq!(fix.intent(&model), None);
    }

    #[test]
    fn huge_pages_are_kept_besides_those_in_use() {
        let mut model = Model::default();
        let size = HugePageSize::TwoMiB;
        let pages =
            HugePages { size: size.bytes(), reserved: Reading::Known(1024), free: Reading::Known(1000) };
        model.system.memory.total = Reading::Known(32 << 30);
        model.system.memory.huge_page = Reading::Known(size.bytes());
        model.system.memory.huge = vec![pages];
        let wanted = |model: &Model, size: HugePageSize, free| Intent::huge_pages(model, size.bytes(), free);
        assert_eq!(wanted(&model, size, 4096), Some(Intent::SetHugePages { size, count: 4120 }));
        assert_eq!(wanted(&model, size, 16 << 10), None, "nothing would be left");
        assert_eq!(wanted(&model, HugePageSize::OneGiB, 1), None, "the kernel has none");
        assert_eq!(Intent::huge_pages(&model, 4096, 1), None);
        let line = KernelCommandLine::parse("quiet hugepages=100");
        model.system.command_line = Reading::Known(line);
        assert_eq!(wanted(&model, size, 4096), None, "asked for elsewhere");
    }
}
