//! Plan, apply, take back, and everything that may come between.

use std::path::PathBuf;

use super::*;
use crate::handover::{
    ApplyError, FeatureWishes, PlanError, Refusal, Request, Step, VmChange, Warning, apply, plan,
    plan_take_back, plan_take_back_on,
};
use crate::hypervisor::fake::{Call, Fake, hostdev};
use crate::hypervisor::{Hypervisor, HypervisorErrorKind, NodeDevice, VmId, VmState};
use crate::store::Store;

pub(super) const WIN11: &str = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";
pub(super) const UBUNTU: &str = "11111111-2222-3333-4444-555555555555";

pub(super) fn definition(name: &str, uuid: &str, devices: &str) -> String {
    format!(
        "<domain type='kvm'>\n  <name>{name}</name>\n  <uuid>{uuid}</uuid>\n  <memory unit='KiB'>1048576</memory>\n  \
         <os>\n    <type arch='x86_64' machine='pc-q35-8.2'>hvm</type>\n  </os>\n  <features>\n    <acpi/>\n  \
         </features>\n  <devices>\n    <controller type='pci' index='0' model='pcie-root'/>\n{devices}    \
         <graphics type='vnc' passwd='hunter2'/>\n  </devices>\n</domain>\n"
    )
}

pub(super) struct Scene {
    pub(super) fake: Fake,
    pub(super) win11: VmId,
    pub(super) host: Host,
    pub(super) folder: tempfile::TempDir,
}

impl Scene {
    pub(super) fn new() -> Self {
        let fake = Fake::new();
        let win11 = fake.add("win11", WIN11, VmState::Off, &definition("win11", WIN11, ""));
        fake.add("ubuntu", UBUNTU, VmState::Running, &definition("ubuntu", UBUNTU, &hostdev(2, 0)));
        Self { fake, win11, host: desktop().build(), folder: tempfile::tempdir().unwrap() }
    }

    pub(super) fn store(&self) -> Store {
        Store::at(self.folder.path())
    }

    pub(super) fn plan(&self, request: &Request) -> Result<VmChange, PlanError> {
        plan(&self.host, &self.fake, request)
    }

    pub(super) fn saved(&self) -> String {
        self.fake.saved(&self.win11).unwrap()
    }

    fn kept(&self) -> usize {
        self.store().list(&self.win11).unwrap().len()
    }
}

pub(super) fn give(devices: &[&str]) -> Request {
    Request {
        devices: devices.iter().map(|text| at(text)).collect(),
        vm: "win11".into(),
        ..Request::default()
    }
}

#[test]
fn handing_over_and_taking_back_leaves_every_byte() {
    let scene = Scene::new();
    let before = scene.saved();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    assert_eq!(change.added, [at("01:00.0"), at("01:00.1")]);
    assert!(
        matches!(&change.steps[1], Step::Give { functions, vm, .. } if functions.len() == 2 && vm == "win11")
    );
    assert_eq!(scene.saved(), before, "a plan writes nothing");

    let applied = apply(&scene.fake, &scene.store(), &change).unwrap();
    assert_eq!(applied.lost, []);
    assert_eq!(std::fs::File::open(&applied.kept).unwrap().metadata().unwrap().len(), before.len() as u64);
    let vm = scene.fake.find("win11").unwrap();
    assert_eq!(vm.devices, [at("01:00.0"), at("01:00.1")]);

    let back = plan_take_back(&scene.fake, WIN11, &[at("01:00.1")]).unwrap();
    assert_eq!(back.removed, [at("01:00.0"), at("01:00.1")]);
    apply(&scene.fake, &scene.store(), &back).unwrap();
    assert_eq!(scene.saved(), before);
    assert_eq!(scene.kept(), 2);
}

#[test]
fn a_password_survives_and_is_never_shown() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    assert!(!change.difference.to_string().contains("hunter2"));
    assert!(!format!("{change:?}").contains("hunter2"));
    let applied = apply(&scene.fake, &scene.store(), &change).unwrap();
    assert!(!format!("{applied:?}").contains("hunter2"));
    assert!(scene.saved().contains("passwd='hunter2'"));
}

#[test]
fn what_another_machine_has_is_refused_by_its_name() {
    let scene = Scene::new();
    let error = scene.plan(&Request { whole_group: true, ..give(&["03:00.0"]) }).unwrap_err();
    assert_eq!(error, PlanError::Refused(Refusal::Claimed { address: at("02:00.0"), vm: "ubuntu".into() }));
}

#[test]
fn a_group_is_not_split_between_two_machines() {
    let scene = Scene {
        host: Machine::new()
            .function("02:00.0", NETWORK, 15, "vfio-pci")
            .function("03:00.0", USB, 15, "vfio-pci")
            .build(),
        ..Scene::new()
    };
    let error = scene.plan(&give(&["03:00.0"])).unwrap_err();
    assert_eq!(
        error,
        PlanError::Refused(Refusal::GroupClaimed {
            group: GroupId(15),
            address: at("02:00.0"),
            vm: "ubuntu".into()
        })
    );
}

#[test]
fn what_the_machine_has_already_is_refused_plainly() {
    let scene = Scene::new();
    scene.fake.change(&scene.win11, &definition("win11", WIN11, &hostdev(1, 0)));
    let error = scene.plan(&give(&["01:00.0"])).unwrap_err();
    assert!(
        matches!(error, PlanError::Refused(Refusal::AlreadyThere { addresses, .. }) if addresses == [at("01:00.0")])
    );
    // The rest of the card still can follow.
    let change = scene.plan(&give(&["01:00.1"])).unwrap();
    assert_eq!(change.added, [at("01:00.1")]);
}

#[test]
fn a_change_in_between_is_not_overwritten() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    let other = definition("win11", WIN11, "    <!-- someone else -->\n");
    scene.fake.change(&scene.win11, &other);
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(
        matches!(&error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::Changed),
        "{error}"
    );
    assert_eq!(scene.saved(), other);
    assert_eq!(scene.kept(), 0, "nothing was changed, so nothing is a former definition");
}

#[test]
fn a_device_that_another_machine_got_in_between_stays_there() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.1"])).unwrap();
    let ubuntu = VmId::new(UBUNTU);
    scene.fake.change(&ubuntu, &definition("ubuntu", UBUNTU, &hostdev(1, 0)));
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(
        matches!(&error, ApplyError::Claimed { address, other, kept: None, .. }
            if *address == at("01:00.0") && other == "ubuntu"),
        "{error}"
    );
    assert_eq!(scene.saved(), change.before.text());
    assert_eq!(scene.kept(), 0);
}

#[test]
fn a_device_that_two_machines_get_at_the_same_moment_goes_back() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    // What the other program wrote is seen only once ours is written: the first look fails.
    scene.fake.fail_next(Call::List, HypervisorErrorKind::Other);
    scene.fake.change(&VmId::new(UBUNTU), &definition("ubuntu", UBUNTU, &hostdev(1, 0)));
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(matches!(&error, ApplyError::Claimed { kept: None, .. }), "{error}");
    assert_eq!(scene.saved(), change.before.text());
    assert_eq!(scene.kept(), 0);
}

#[test]
fn a_machine_deleted_in_between_stays_deleted() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    scene.fake.delete(&scene.win11);
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(
        matches!(error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::NoSuchMachine)
    );
    assert_eq!(scene.fake.saved(&scene.win11), None);
    assert!(matches!(
        scene.plan(&give(&["01:00.0"])),
        Err(PlanError::Hypervisor(error)) if error.kind == HypervisorErrorKind::NoSuchMachine
    ));
}

#[test]
fn a_daemon_that_dies_between_review_and_write_changed_nothing_for_sure() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    scene.fake.die();
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(matches!(error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::Lost));
    assert_eq!(scene.kept(), 0);
}

#[test]
fn a_daemon_that_dies_in_the_write_leaves_it_unsure() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    scene.fake.fail_next(Call::Define, HypervisorErrorKind::Lost);
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(matches!(error, ApplyError::Unsure { .. }));
    assert_eq!(scene.kept(), 1);
}

#[test]
fn an_answer_that_never_comes_is_said_to_be_unsure() {
    let scene = Scene::new();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    scene.fake.fail_next(Call::ReadBack, HypervisorErrorKind::Lost);
    let ApplyError::Unsure { kept, .. } = apply(&scene.fake, &scene.store(), &change).unwrap_err() else {
        panic!("it is not known whether the change is there");
    };
    assert!(kept.exists());
}

#[test]
fn a_refusal_of_libvirt_changes_nothing() {
    let scene = Scene::new();
    let before = scene.saved();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    scene.fake.fail_next(Call::Define, HypervisorErrorKind::Rejected);
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(matches!(error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::Rejected));
    assert_eq!((scene.saved(), scene.kept()), (before, 0));
}

#[test]
fn without_a_place_for_the_former_definition_nothing_is_written() {
    let scene = Scene::new();
    let before = scene.saved();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    let file = scene.folder.path().join("file");
    std::fs::File::create(&file).unwrap();
    let error = apply(&scene.fake, &Store::at(file), &change).unwrap_err();
    assert!(matches!(error, ApplyError::Store(_)));
    assert_eq!(scene.saved(), before);
}

#[test]
fn devices_that_libvirt_leaves_out_bring_the_former_definition_back() {
    let scene = Scene::new();
    let before = scene.saved();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    let former = before.clone();
    scene.fake.rewrite(move |xml| if xml.contains("<hostdev") { former.clone() } else { xml.to_owned() });
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    assert!(
        matches!(&error, ApplyError::LeftOut { missing, restored: true, .. } if missing.len() == 2),
        "{error}"
    );
    assert_eq!(scene.saved(), before);
}

#[test]
fn a_former_definition_that_does_not_come_back_is_said() {
    let scene = Scene::new();
    let former = scene.saved();
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    scene.fake.rewrite(move |_| former.replace("<acpi/>", "<acpi/><apic/>"));
    let error = apply(&scene.fake, &scene.store(), &change).unwrap_err();
    let ApplyError::LeftOut { restored: false, kept, .. } = error else { panic!("{error}") };
    assert!(kept.exists());
}

#[test]
fn what_libvirt_drops_is_said() {
    let scene = Scene::new();
    let request = Request { rom: Some(PathBuf::from("/usr/share/vgabios/card.rom")), ..give(&["01:00.0"]) };
    let change = scene.plan(&request).unwrap();
    scene.fake.rewrite(|xml| {
        let start = xml.find("<rom ").unwrap();
        let end = start + xml[start..].find("/>").unwrap() + 2;
        format!("{}{}", &xml[..start], &xml[end..])
    });
    let applied = apply(&scene.fake, &scene.store(), &change).unwrap();
    assert_eq!(applied.lost.len(), 1);
    assert_eq!(applied.lost[0].path, "devices/hostdev/rom");
}

#[test]
fn a_running_machine_waits_for_its_next_start() {
    let scene = Scene::new();
    let request = Request { vm: "ubuntu".into(), ..give(&["01:00.0"]) };
    let change = scene.plan(&request).unwrap();
    assert!(change.steps.contains(&Step::AtNextStart { vm: "ubuntu".into() }));
    let off = scene.plan(&give(&["01:00.0"])).unwrap();
    assert!(!off.steps.iter().any(|step| matches!(step, Step::AtNextStart { .. })));
}

#[test]
fn what_vfio_has_is_not_said_to_come_from_the_host() {
    let mut scene = Scene::new();
    let last = |scene: &Scene| scene.plan(&give(&["01:00.0"])).unwrap().steps.last().cloned();
    assert_eq!(last(&scene), Some(Step::FromStartToStop { vm: "win11".into() }));
    for address in ["01:00.0", "01:00.1"] {
        assert_eq!(
            last(&scene),
            Some(Step::FromStartToStop { vm: "win11".into() }),
            "one of them is the host's"
        );
        let function = scene.host.functions.iter_mut().find(|function| function.address == at(address));
        function.unwrap().driver = Reading::Known(DriverName::new("vfio-pci").unwrap());
    }
    assert_eq!(last(&scene), Some(Step::HeldForMachines { vm: "win11".into() }));
}

#[test]
fn a_machine_without_a_saved_definition_is_refused() {
    let scene = Scene::new();
    scene.fake.make_transient(&scene.win11);
    let not_saved = PlanError::NotSaved { vm: "win11".into() };
    assert_eq!(scene.plan(&give(&["01:00.0"])).unwrap_err(), not_saved);
    assert_eq!(plan_take_back(&scene.fake, "win11", &[at("01:00.0")]).unwrap_err(), not_saved);
}

#[test]
fn one_unclear_definition_is_a_warning_and_not_an_end() {
    let scene = Scene::new();
    scene.fake.add("odd", "99999999-2222-3333-4444-555555555555", VmState::Off, "<domain");
    assert_eq!(scene.fake.list().unwrap().len(), 3);
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    assert!(matches!(&change.warnings[..], [Warning::OtherUnclear { vm, .. }] if vm == "odd"));
    assert!(matches!(
        scene.plan(&Request { vm: "odd".into(), ..give(&["01:00.0"]) }),
        Err(PlanError::Definition { .. })
    ));
}

#[test]
fn what_was_attached_to_another_running_machine_is_a_warning() {
    let scene = Scene::new();
    let uuid = "99999999-2222-3333-4444-555555555555";
    let domain = |devices: &str| {
        format!("<domain><name>other</name><uuid>{uuid}</uuid><devices>{devices}</devices></domain>")
    };
    let other = scene.fake.add("other", uuid, VmState::Running, &domain(""));
    assert_eq!(scene.plan(&give(&["01:00.0"])).unwrap().warnings, []);
    let sound = "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='0' function='1'/></source></hostdev>";
    scene.fake.change_live(&other, &domain(sound));
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    assert_eq!(change.warnings, [Warning::InUse { vm: "other".to_owned(), address: at("01:00.1") }]);
}

#[test]
fn a_definition_without_devices_is_refused() {
    let scene = Scene::new();
    scene.fake.change(&scene.win11, &format!("<domain><name>win11</name><uuid>{WIN11}</uuid></domain>"));
    assert!(matches!(scene.plan(&give(&["01:00.0"])), Err(PlanError::Edit { .. })));
}

#[test]
fn a_rom_file_needs_a_whole_path_and_a_graphics_card() {
    let scene = Scene::new();
    let rom = |path: &str, device| scene.plan(&Request { rom: Some(path.into()), ..give(&[device]) });
    assert!(matches!(rom("card.rom", "01:00.0"), Err(PlanError::RomRelative { .. })));
    assert!(matches!(rom("/a\0b", "01:00.0"), Err(PlanError::RomName { .. })));
    let host = Machine::new().function("03:00.0", USB, 15, "").build();
    let request = Request { rom: Some("/card.rom".into()), ..give(&["03:00.0"]) };
    assert!(matches!(plan(&host, &scene.fake, &request), Err(PlanError::RomUnused { .. })));

    scene.fake.set_node_devices(vec![node("01:00.0", 0x2484), node("01:00.1", 0x2484)]);
    scene.fake.set_uri("qemu:///system");
    let missing = scene.folder.path().join("none.rom");
    let change = rom(missing.to_str().unwrap(), "01:00.0").unwrap();
    assert!(matches!(&change.warnings[..], [Warning::RomUnreadable { .. }]));
    assert!(change.steps.contains(&Step::Rom { address: at("01:00.0"), path: missing.clone() }));
    assert!(change.after.text().contains("none.rom"));
    scene.fake.set_uri("qemu+ssh://tower/system");
    let change = rom(missing.to_str().unwrap(), "01:00.0").unwrap();
    assert!(change.warnings.is_empty(), "the file is on the other computer");
}

#[test]
fn a_device_that_is_another_one_for_libvirt_is_warned_of() {
    let scene = Scene::new();
    let warned = || {
        let change = scene.plan(&give(&["01:00.0"])).unwrap();
        change.warnings.iter().any(|warning| matches!(warning, Warning::NotThere { .. }))
    };
    assert!(!warned(), "not a computer, but libvirt's test driver");
    scene.fake.set_uri("qemu:///system");
    scene.fake.set_node_devices(vec![node("01:00.0", 0x2484), node("01:00.1", 0x2484)]);
    assert!(!warned());
    scene.fake.set_node_devices(vec![node("01:00.0", 0x2484)]);
    assert!(warned(), "one of two is there");
    scene.fake.set_node_devices(vec![node("01:00.0", 0x1c03), node("01:00.1", 0x2484)]);
    assert!(warned(), "the address holds something else");
}

fn node(address: &str, device: u16) -> NodeDevice {
    NodeDevice {
        address: at(address),
        vendor: Some(VendorId(0x10de)),
        device: Some(DeviceId(device)),
        group: None,
    }
}

#[test]
fn features_come_in_the_same_change() {
    let scene = Scene::new();
    let features = FeatureWishes { hide_hypervisor: Some(true), hyperv_windows: Some(true) };
    let change = scene.plan(&Request { features, ..give(&["01:00.0"]) }).unwrap();
    assert!(change.steps.contains(&Step::HideHypervisor));
    assert!(change.steps.contains(&Step::VendorId { id: "gangway".into() }));
    assert!(change.steps.contains(&Step::HypervForWindows));
    let features = change.after.features();
    assert!(features.kvm_hidden.is_some_and(|switch| switch.is_on()));
    assert_eq!(features.vendor_id.as_deref(), Some("gangway"));
}

#[test]
fn what_the_host_no_longer_has_still_comes_back() {
    let scene = Scene::new();
    scene.fake.change(
        &scene.win11,
        &definition("win11", WIN11, &format!("{}{}{}", hostdev(0x99, 0), hostdev(0x99, 1), hostdev(1, 0))),
    );
    let change = plan_take_back(&scene.fake, "win11", &[at("99:00.1")]).unwrap();
    assert_eq!(change.removed, [at("99:00.0"), at("99:00.1")]);
    assert_eq!(
        plan_take_back_on(&scene.host, None, &scene.fake, "win11", &[at("99:00.1")]).unwrap().removed.len(),
        2
    );
    let error = plan_take_back(&scene.fake, "win11", &[at("99:00.2")]).unwrap_err();
    assert_eq!(error, PlanError::NotHeld { vm: "win11".into(), address: at("99:00.2") });
}

#[test]
fn virtual_functions_come_back_one_by_one_where_the_host_tells() {
    let scene = Scene::new();
    let host = Machine::new()
        .function("02:00.0", NETWORK, 1, "")
        .with(|function| function.physical_function = Some(at("08:00.0")))
        .function("02:00.1", NETWORK, 2, "")
        .with(|function| {
            function.physical_function = Some(at("08:00.0"));
            function.card = function.address;
        })
        .build();
    scene
        .fake
        .change(&scene.win11, &definition("win11", WIN11, &format!("{}{}", hostdev(2, 0), hostdev(2, 1))));
    let change = plan_take_back_on(&host, None, &scene.fake, "win11", &[at("02:00.1")]).unwrap();
    assert_eq!(change.removed, [at("02:00.1")]);
}

#[test]
fn virtual_functions_of_one_slot_are_two_devices_in_the_virtual_machine() {
    let scene = Scene::new();
    let virtual_function = |function: &mut Function| {
        function.physical_function = Some(at("04:00.0"));
        function.card = function.address;
    };
    let host = Machine::new()
        .function("04:10.0", NETWORK, 2, "igbvf")
        .with(virtual_function)
        .function("04:10.2", NETWORK, 3, "igbvf")
        .with(virtual_function)
        .build();
    let placed = "    <memballoon model='virtio'>\n      <address type='pci' bus='0x01' slot='0x00'/>\n    </memballoon>\n";
    scene.fake.change(&scene.win11, &definition("win11", WIN11, placed));
    let change = plan(&host, &scene.fake, &give(&["04:10.0", "04:10.2"])).unwrap();
    let guests: Vec<String> =
        change.after.pci_hostdevs().iter().map(|device| device.guest.unwrap().to_string()).collect();
    assert_eq!(guests, ["0000:02:00.0", "0000:03:00.0"]);
    let given = change
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Give { functions, .. } if functions.len() == 1));
    assert_eq!(given.count(), 2);
}

#[test]
fn a_session_is_warned_of() {
    let scene = Scene::new();
    scene.fake.set_node_devices(vec![node("01:00.0", 0x2484), node("01:00.1", 0x2484)]);
    scene.fake.set_uri("qemu:///session");
    let change = scene.plan(&give(&["01:00.0"])).unwrap();
    assert_eq!(change.warnings, [Warning::Session { uri: "qemu:///session".into() }]);
}

#[test]
fn a_name_is_never_a_path() {
    let scene = Scene::new();
    let uuid = "77777777-2222-3333-4444-555555555555";
    let name = "../../win 11/🐧";
    let id = scene.fake.add(name, uuid, VmState::Off, &definition(name, uuid, ""));
    let change = scene.plan(&Request { vm: name.into(), ..give(&["01:00.0"]) }).unwrap();
    let applied = apply(&scene.fake, &scene.store(), &change).unwrap();
    assert_eq!(applied.kept.parent(), Some(scene.folder.path().join(uuid).as_path()));
    assert_eq!(scene.store().list(&id).unwrap().len(), 1);
}
