//! Plans for the computer: one with every kind of step, and small ones.

use std::path::Path;

use gangway_core::devices::{Devices, Identity};
use gangway_core::host::Host;
use gangway_core::plan::{
    ArgumentEdit, ArgumentFormat, ArtefactKind, Content, Effect, Expectation, FileChange, FileRole,
    GroupChange, HugePageChange, HugePageSize, Intent, KeptFile, ModuleLoad, Plan, Rebinding, ServiceChange,
    Step, Tool, ToolRun,
};
use gangway_core::source::Source;

use super::{CARD, read};

/// A plan of these steps.
///
/// # Panics
/// Never: the card's address is one.
pub fn plan(steps: Vec<Step>) -> Plan {
    let intent = Intent::Bind { device: CARD.parse().unwrap(), whole_group: false };
    Plan { intent, caller: None, steps, effect: Effect::NextStart }
}

/// A file that is made, changed or removed.
pub fn file(path: &str, before: Option<&str>, after: Option<&str>) -> Step {
    let content = |text: Option<&str>| text.map(Content::from);
    let (before, after) = (content(before), content(after));
    Step::File(FileChange {
        path: path.to_owned(),
        role: FileRole::KernelArguments,
        before,
        after,
        edit: None,
    })
}

/// The boot loader's configuration and the initramfs are made anew, with the argument in one and the module in the other.
pub fn refresh() -> Step {
    Step::Run(ToolRun {
        tool: Tool::UpdateGrub,
        rewrites: vec!["/boot/grub/grub.cfg".to_owned()],
        rebuilds: vec!["/boot/initrd.img".to_owned()],
        expects: vec![
            Expectation::Arguments {
                kind: ArtefactKind::GrubConfig,
                path: "/boot/grub/grub.cfg".to_owned(),
                present: vec!["intel_iommu=on".to_owned()],
                absent: Vec::new(),
            },
            Expectation::Image {
                path: "/boot/initrd.img".to_owned(),
                modules: vec!["vfio-pci".to_owned()],
                files: vec!["etc/gangway.conf".to_owned()],
            },
        ],
    })
}

/// A plan with every kind of step.
///
/// # Panics
/// When the computer has no card.
pub fn everything(root: &Path) -> Plan {
    let grub = read(root, "/etc/default/grub");
    let after = grub.replace("quiet\"", "quiet intel_iommu=on\"");
    let mut edited = file("/etc/default/grub", Some(&grub), Some(&after));
    if let Step::File(change) = &mut edited {
        let format = ArgumentFormat::Shell { variable: "GRUB_CMDLINE_LINUX_DEFAULT".to_owned() };
        change.edit = Some(ArgumentEdit { format, added: vec!["intel_iommu=on".to_owned()] });
    }
    let old = read(root, "/etc/modprobe.d/old.conf");
    let source = Source::folder(root).unwrap();
    let host = Host::scan(&source);
    let devices = Devices::read(&source, &host);
    let identity = Identity::of(&host, Some(&devices), CARD.parse().unwrap()).unwrap();
    let driver = Some("nouveau".to_owned());
    plan(vec![
        edited,
        file("/etc/dracut.conf.d/gangway.conf", None, Some("force_drivers+=\" vfio_pci \"\n")),
        file("/etc/modprobe.d/old.conf", Some(&old), None),
        Step::Keep(KeptFile {
            path: "/boot/initrd.img".to_owned(),
            copy: "/boot/initrd.img.gangway".to_owned(),
        }),
        refresh(),
        Step::Load(ModuleLoad { module: "vfio-pci".to_owned() }),
        Step::Bind(Rebinding { identity, driver, driver_override: None }),
        Step::Service(ServiceChange::Systemd { unit: "libvirtd.service".to_owned() }),
        Step::Group(GroupChange { group: "libvirt".to_owned(), uid: 1000, user: "alice".to_owned() }),
        Step::HugePages(HugePageChange { size: HugePageSize::TwoMiB, before: 0, after: 64 }),
    ])
}
