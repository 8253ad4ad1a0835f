//! The client over libvirt's own test driver, in this process: no daemon, no QEMU, nothing outside a temporary folder.
//!
//! Connections to `test:///default` share one state within a process, so a second one is another client; connections to
//! a file have a state of their own.

#![allow(clippy::disallowed_methods, reason = "a test makes files of its own")]

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use gangway_client::connection::{Keeper, Update};
use gangway_client::handover::{ApplyError, Request, VmChange, apply, plan, plan_take_back};
use gangway_client::hypervisor::{Event, HypervisorErrorKind, VmState, connect};
use gangway_client::network::{self, NetworkBack, NetworkRecord, NetworkStep};
use gangway_client::store::Store;
use gangway_domain::Document;
use gangway_tests::sample::{at, definition, host};
use virt::connect::Connect;

const WAIT: Duration = Duration::from_secs(30);

fn request(vm: &str) -> Request {
    Request { devices: vec![at("01:00.0")], vm: vm.into(), ..Request::default() }
}

/// Another client of the same state, with a machine that only this test knows.
fn other_client(name: &str, uuid: &str) -> Connect {
    let other = Connect::open(Some("test:///default")).unwrap();
    other.define_domain_xml_flags(&definition("test", name, uuid), 0).unwrap();
    other
}

/// A machine of the test driver in a file, with one PCI device.
fn node_file(folder: &std::path::Path) -> String {
    let file = folder.join("node.xml");
    let device = "<device><name>computer</name><capability type='system'><hardware><vendor>A</vendor><version>1</version>\
        <serial>s</serial><uuid>ceca9c06-7a4e-4e1a-8f1c-3a2f1dd41ed8</uuid></hardware><firmware><vendor>A</vendor>\
        <version>1</version><release_date>2024</release_date></firmware></capability></device>\
        <device><name>pci_0000_01_00_0</name><parent>computer</parent><capability type='pci'><class>0x030000</class>\
        <domain>0</domain><bus>1</bus><slot>0</slot><function>0</function><product id='0x2484'>GA104</product>\
        <vendor id='0x10de'>NVIDIA</vendor><iommuGroup number='14'>\
        <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></iommuGroup></capability></device>";
    let domain = definition("test", "win11", "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    std::fs::write(&file, format!("<node>{domain}{device}</node>")).unwrap();
    format!("test://{}", file.display())
}

#[test]
fn a_card_goes_over_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let hypervisor = connect(&node_file(folder.path())).unwrap();
    let vm = hypervisor.find("win11").unwrap();
    assert_eq!((vm.state, vm.persistent, vm.trouble), (VmState::Running, true, None));
    let before = hypervisor.definition(&vm.id).unwrap();
    assert!(before.text().contains("passwd='hunter2'"), "read with its passwords");

    let store = Store::at(folder.path().join("definitions"));
    let change = plan(&host(), hypervisor.as_ref(), &request("win11")).unwrap();
    assert!(!change.difference.to_string().contains("hunter2"));
    let applied = apply(hypervisor.as_ref(), &store, &change).unwrap();
    assert_eq!(applied.lost, []);
    assert!(applied.definition.text().contains("passwd='hunter2'"), "the password survives");
    assert_eq!(hypervisor.find("win11").unwrap().devices, [at("01:00.0"), at("01:00.1")]);
    let guests: Vec<_> = applied
        .definition
        .document()
        .unwrap()
        .pci_hostdevs()
        .iter()
        .filter_map(|device| device.guest)
        .collect();
    assert_eq!(guests.len(), 2);
    assert!(guests[0].same_slot(guests[1]), "one device with two functions");

    let change = plan_take_back(hypervisor.as_ref(), "win11", &[at("01:00.0")]).unwrap();
    let applied = apply(hypervisor.as_ref(), &store, &change).unwrap();
    assert_eq!(applied.lost, []);
    assert_eq!(applied.definition.text(), before.text());
    assert_eq!(store.list(&vm.id).unwrap().len(), 2);
    let first = &store.list(&vm.id).unwrap()[0];
    assert_eq!(store.read(first).unwrap(), before, "the former definition can be put back");
}

#[test]
fn its_devices_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let devices = connect(&node_file(folder.path())).unwrap().node_devices().unwrap();
    assert_eq!(devices.len(), 1);
    assert_eq!((devices[0].address, devices[0].group.map(|group| group.0)), (at("01:00.0"), Some(14)));
}

#[test]
fn what_another_client_changed_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let uuid = "aaaaaaaa-0000-0000-0000-000000000001";
    let other = other_client("changed", uuid);
    let hypervisor = connect("test:///default").unwrap();
    let change = plan(&host(), hypervisor.as_ref(), &request("changed")).unwrap();
    let theirs = definition("test", "changed", uuid).replace("262144", "524288");
    other.define_domain_xml_flags(&theirs, 0).unwrap();
    let error = apply(hypervisor.as_ref(), &Store::at(folder.path()), &change).unwrap_err();
    assert!(matches!(error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::Changed));
    let now = hypervisor.definition(&change.vm.id).unwrap();
    assert!(now.text().contains("524288") && !now.text().contains("hostdev"));
}

#[test]
fn what_another_client_deleted_is_not_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let other = other_client("deleted", "aaaaaaaa-0000-0000-0000-000000000002");
    let hypervisor = connect("test:///default").unwrap();
    let change = plan(&host(), hypervisor.as_ref(), &request("deleted")).unwrap();
    other.lookup_domain_by_name("deleted").unwrap().undefine().unwrap();
    let error = apply(hypervisor.as_ref(), &Store::at(folder.path()), &change).unwrap_err();
    assert!(
        matches!(error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::NoSuchMachine)
    );
    let error = hypervisor.find("deleted").unwrap_err();
    assert_eq!((error.kind, error.subject.as_str()), (HypervisorErrorKind::NoSuchMachine, "deleted"));
}

#[test]
fn any_name_is_found_by_name_and_by_uuid() {
    let folder = tempfile::tempdir().unwrap();
    let hypervisor = connect("test:///default").unwrap();
    let names = ["two words", "  led by blanks", "🐧 pinguin", "ümläut", "{device}", "-rf", "a&amp;b"];
    for (number, xml_name) in names.iter().enumerate() {
        let uuid = format!("bbbbbbbb-0000-0000-0000-00000000000{number}");
        let _other = other_client(xml_name, &uuid);
        let name = xml_name.replace("&amp;", "&");
        assert_eq!(hypervisor.find(&name).unwrap().id.as_str(), uuid);
        assert_eq!(hypervisor.find(&uuid.to_uppercase()).unwrap().name, name);
        // A card that no other test of this process hands over: they share the machines.
        let request = Request { devices: vec![at("06:00.0")], ..request(&name) };
        let change = plan(&host(), hypervisor.as_ref(), &request).unwrap();
        let applied = apply(hypervisor.as_ref(), &Store::at(folder.path()), &change).unwrap();
        assert!(applied.definition.text().contains("hostdev"), "{name}");
        let change = plan_take_back(hypervisor.as_ref(), &name, &[at("06:00.0")]).unwrap();
        apply(hypervisor.as_ref(), &Store::at(folder.path()), &change).unwrap();
    }
}

#[test]
fn a_definition_that_libvirt_refuses_changes_nothing() {
    let uuid = "aaaaaaaa-0000-0000-0000-000000000003";
    let _other = other_client("refused", uuid);
    let hypervisor = connect("test:///default").unwrap();
    let vm = hypervisor.find("refused").unwrap();
    let before = hypervisor.definition(&vm.id).unwrap();
    let wrong = [
        before.text().replace("</devices>", "<frob/></devices>"),
        before.text().replace("<vcpu placement='static'>1</vcpu>", "<vcpu>none</vcpu>"),
        before.text().replace("<name>refused</name>", "<name>other</name>"),
        "not a definition".to_owned(),
    ];
    for xml in wrong {
        let error = hypervisor.define(&vm.id, &before.hash(), &xml).unwrap_err();
        assert_eq!(error.kind, HypervisorErrorKind::Rejected, "{error}");
        assert!(!error.message.contains("hunter2"), "{error}");
        assert_eq!(hypervisor.definition(&vm.id).unwrap(), before);
    }
    let error = hypervisor.define(&vm.id, &before.hash(), "<domain>\0</domain>").unwrap_err();
    assert_eq!(error.kind, HypervisorErrorKind::ZeroByte);
    assert!(hypervisor.find("other").is_err(), "no second machine was made");
}

#[test]
fn a_definition_that_never_passed_the_schema_can_be_changed_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let uuid = "aaaaaaaa-0000-0000-0000-000000000006";
    let other = other_client("odd", uuid);
    // libvirt takes a weight that its schema does not, and keeps it.
    let odd = definition("test", "odd", uuid)
        .replace("  <vcpu>", "  <blkiotune>\n    <weight>5000</weight>\n  </blkiotune>\n  <vcpu>");
    other.define_domain_xml_flags(&odd, 0).unwrap();
    let hypervisor = connect("test:///default").unwrap();
    let request = Request { devices: vec![at("07:00.0")], ..request("odd") };
    let change = plan(&host(), hypervisor.as_ref(), &request).unwrap();
    assert!(
        other.define_domain_xml_flags(change.before.text(), virt::sys::VIR_DOMAIN_DEFINE_VALIDATE).is_err(),
        "the former definition does not pass"
    );
    let applied = apply(hypervisor.as_ref(), &Store::at(folder.path()), &change).unwrap();
    assert_eq!(applied.lost, []);
    assert!(applied.definition.text().contains("<weight>5000</weight>"));
    assert!(applied.definition.text().contains("hostdev"));
    // Without the schema libvirt drops what it does not know; that is seen by reading back.
    let change = plan_take_back(hypervisor.as_ref(), "odd", &request.devices).unwrap();
    let wrong = change.after.text().replace("</devices>", "<frob colour='red'/></devices>");
    let change = VmChange { after: Document::parse(wrong).unwrap(), ..change };
    let applied = apply(hypervisor.as_ref(), &Store::at(folder.path()), &change).unwrap();
    assert_eq!(applied.lost.iter().map(|lost| lost.path.as_str()).collect::<Vec<_>>(), ["devices/frob"]);
}

#[test]
fn addresses_that_lead_nowhere_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("qemu+unix:///system?socket={}/none", folder.path().display());
    for (uri, kind) in [
        (socket.as_str(), HypervisorErrorKind::NotReachable),
        ("test:///no/such/file.xml", HypervisorErrorKind::BadAddress),
        ("xen:///system", HypervisorErrorKind::OtherDriver),
        ("nonsense", HypervisorErrorKind::BadAddress),
        ("", HypervisorErrorKind::BadAddress),
        ("test:///a\0b", HypervisorErrorKind::ZeroByte),
    ] {
        let error = connect(uri).err().unwrap();
        assert_eq!(error.kind, kind, "{error}");
        let sentence = gangway_client::text::hypervisor_error(&error);
        assert!(sentence.ends_with('.') && !sentence.contains(['{', '\0']), "{sentence}");
    }
    let hypervisor = connect("test:///default").unwrap();
    assert_eq!(hypervisor.find("a\0b").unwrap_err().kind, HypervisorErrorKind::ZeroByte);
    for missing in ["", "a/b", "../..", "4dea22b3-1d52-d8f3-2516-000000000000"] {
        let error = hypervisor.find(missing).unwrap_err();
        assert_eq!((error.kind, error.subject.as_str()), (HypervisorErrorKind::NoSuchMachine, missing));
    }
}

#[test]
fn another_clients_definition_is_heard_of() {
    let hypervisor = connect("test:///default").unwrap();
    let (tell, told) = channel();
    let subscription = hypervisor.subscribe(Box::new(move |event| drop(tell.send(event)))).unwrap();
    let other = other_client("heard", "aaaaaaaa-0000-0000-0000-000000000004");
    assert_eq!(told.recv_timeout(WAIT).unwrap(), Event::MachinesChanged);
    other.lookup_domain_by_name("heard").unwrap().undefine().unwrap();
    assert_eq!(told.recv_timeout(WAIT).unwrap(), Event::MachinesChanged);
    drop(subscription);
    // The callback is gone with its sender, once events that were under way have passed.
    while told.recv_timeout(WAIT).is_ok() {}
    assert!(told.try_recv().is_err());
}

#[test]
fn the_keeper_sees_a_machine_come_start_and_go() {
    let (tell, told) = channel();
    let _keeper = Keeper::start(|| connect("test:///default"), move |update| drop(tell.send(update)));
    let name = "kept";
    assert!(matches!(told.recv_timeout(WAIT).unwrap(), Update::Connecting));
    assert!(matches!(told.recv_timeout(WAIT).unwrap(), Update::Connected(..)));
    let other = other_client(name, "aaaaaaaa-0000-0000-0000-000000000005");
    wait_for(&told, name, Some(VmState::Off));
    let domain = other.lookup_domain_by_name(name).unwrap();
    domain.create().unwrap();
    wait_for(&told, name, Some(VmState::Running));
    domain.destroy().unwrap();
    wait_for(&told, name, Some(VmState::Off));
    domain.undefine().unwrap();
    wait_for(&told, name, None);
}

/// Waits until the list has this machine in this state, or not at all. Other tests' machines come and go in it.
fn wait_for(told: &Receiver<Update>, name: &str, state: Option<VmState>) {
    loop {
        match told.recv_timeout(WAIT).unwrap() {
            Update::Machines(machines) => {
                let found = machines.iter().find(|machine| machine.name == name).map(|machine| machine.state);
                if found == state {
                    return;
                }
            }
            Update::Lost(error) | Update::Failed(error) => panic!("{error}"),
            _ => {}
        }
    }
}

#[test]
fn the_default_network_is_brought_about_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let hypervisor = connect(&node_file(folder.path())).unwrap();
    let mut machine = gangway_core::machine_file::MachineBuilder::default();
    let xml = "<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/>\
        <ip address='192.168.122.1' netmask='255.255.255.0'/></network>";
    machine.file(network::TEMPLATE, xml);
    let source = gangway_core::source::Source::machine(&machine.build());
    let record = NetworkRecord::at(folder.path().join("state/network.json"));

    assert_eq!(hypervisor.network(network::DEFAULT).unwrap(), None);
    let plan = network::plan(&*hypervisor, &source).unwrap();
    assert_eq!(
        plan.steps,
        [NetworkStep::Define { xml: xml.to_owned() }, NetworkStep::Start, NetworkStep::Autostart]
    );
    network::apply(&*hypervisor, &source, &record, &plan).unwrap();
    let now = hypervisor.network(network::DEFAULT).unwrap().unwrap();
    assert!(now.active && now.autostart && now.xml.contains("192.168.122.1"), "{now:?}");
    assert_eq!(network::plan(&*hypervisor, &source).unwrap().steps, []);

    let undo = network::plan_undo(&*hypervisor, &record).unwrap();
    assert_eq!(undo.actions, [NetworkBack::NoAutostart, NetworkBack::Stop, NetworkBack::Undefine]);
    assert_eq!(undo.stops, []);
    network::undo(&*hypervisor, &record, &undo).unwrap();
    assert_eq!(hypervisor.network(network::DEFAULT).unwrap(), None);
}
