use gangway_core::devices::Identity;
use gangway_core::plan::{
    ArtefactKind, Effect, Expectation, FileRole, GroupChange, HugePageChange, HugePageSize, Intent, KeptFile,
    ModuleLoad, Rebinding, ServiceChange, Tool, ToolRun,
};

use super::*;

fn file(path: &str, before: Option<&[u8]>, after: Option<&[u8]>) -> Step {
    let content = |bytes: Option<&[u8]>| bytes.map(|bytes| Content::from(bytes.to_vec()));
    Step::File(FileChange {
        path: path.to_owned(),
        role: FileRole::KernelArguments,
        before: content(before),
        after: content(after),
        edit: None,
    })
}

fn plan(steps: Vec<Step>) -> Plan {
    let intent = Intent::Bind { device: "0000:01:00.0".parse().unwrap(), whole_group: false };
    Plan { intent, caller: None, steps, effect: Effect::NextStart }
}

/// One step of each kind, with texts that a shell would misunderstand.
fn every_step() -> Vec<Step> {
    let identity: Identity = "0000:01:00.0 0000:00/01.0/00.0 1002:73bf -".parse().unwrap();
    let rebinding = Rebinding { identity, driver: Some("amdgpu".to_owned()), driver_override: None };
    vec![
        file("/etc/default/grub", Some(b"A='$HOME'\n"), Some(b"A=`id` \"x\" \\ it's\n")),
        Step::Keep(KeptFile { path: "/boot/a b".to_owned(), copy: "/boot/a b.old".to_owned() }),
        Step::Run(ToolRun {
            tool: Tool::GrubMkconfig { grub2: true, output: "/boot/grub2/grub.cfg".to_owned() },
            rewrites: vec!["/boot/grub2/grub.cfg".to_owned()],
            rebuilds: Vec::new(),
            expects: vec![
                Expectation::Arguments {
                    kind: ArtefactKind::GrubConfig,
                    path: "/boot/grub2/grub.cfg".to_owned(),
                    present: vec!["-intel_iommu=on".to_owned()],
                    absent: Vec::new(),
                },
                Expectation::Image {
                    path: "/boot/initrd.img".to_owned(),
                    modules: Vec::new(),
                    files: Vec::new(),
                },
            ],
        }),
        Step::Load(ModuleLoad { module: "vfio-pci".to_owned() }),
        Step::Bind(rebinding.clone()),
        Step::GiveBack(Rebinding { driver: Some("vfio-pci".to_owned()), ..rebinding }),
        Step::Service(ServiceChange::Systemd { unit: "virtqemud.socket".to_owned() }),
        Step::Service(ServiceChange::OpenRc { service: "libvirtd".to_owned() }),
        Step::Service(ServiceChange::Runit {
            folder: "/etc/sv/libvirtd".to_owned(),
            link: "/var/service/libvirtd".to_owned(),
        }),
        Step::Group(GroupChange { group: "libvirt".to_owned(), uid: 1000, user: "ada".to_owned() }),
        Step::HugePages(HugePageChange { size: HugePageSize::TwoMiB, before: 0, after: 4096 }),
    ]
}

#[test]
fn words_are_words_whatever_is_in_them() {
    assert_eq!(quote::word("a b"), "'a b'");
    assert_eq!(quote::word("it's $(id)\n"), "'it'\\''s $(id)\n'");
    assert_eq!(quote::printed(b"100%\n"), "printf '%s' '100%\n'");
    assert_eq!(quote::printed(b"\xff\0%"), r"printf '\377\000\045'");
}

#[test]
fn every_step_has_a_sentence_and_commands() {
    let plan = plan(every_step());
    let script = script(&plan, &DeviceNames::addresses());
    for number in 1..=plan.steps.len() {
        let comment = script.lines().find(|line| line.starts_with(&format!("# {number}. ")));
        assert!(comment.is_some_and(|line| line.ends_with('.')), "{number}: {script}");
    }
    let page = markdown(&plan, &DeviceNames::addresses());
    assert_eq!(page.matches("\n   ```").count(), 2 * plan.steps.len(), "{page}");
    assert!(page.contains("+A=`id`"), "{page}");
}

#[test]
fn a_comment_ends_no_line() {
    let mut lines = Vec::new();
    comment(&mut lines, "a\nrm -r /");
    assert_eq!(lines, ["# a rm -r /"]);
}
