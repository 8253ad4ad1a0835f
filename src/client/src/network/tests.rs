//! Plans of the network, what is done, and the way back.

use gangway_core::machine_file::MachineBuilder;

use super::*;
use crate::hypervisor::fake::{Call, Fake};
use crate::hypervisor::{HypervisorErrorKind, Network, VmState};

const XML: &str = "<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/>\
    <ip address='192.168.122.1' netmask='255.255.255.0'/></network>";
const UUID: &str = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";

fn computer(template: bool, route: &str) -> Source {
    let mut machine = MachineBuilder::default();
    if template {
        machine.file(TEMPLATE, XML);
    }
    machine.file("/proc/net/route", format!("Iface Destination\n{route}\n"));
    Source::machine(&machine.build())
}

fn network(active: bool, autostart: bool) -> Option<Network> {
    Some(Network { active, autostart, xml: XML.to_owned() })
}

fn record(folder: &tempfile::TempDir) -> NetworkRecord {
    NetworkRecord::at(folder.path().join("state/network.json"))
}

#[test]
fn what_is_missing_is_planned_and_nothing_else() {
    let (fake, source) = (Fake::new(), computer(true, ""));
    let steps = |fake: &Fake| plan(fake, &source).unwrap().steps;
    let define = NetworkStep::Define { xml: XML.to_owned() };
    assert_eq!(steps(&fake), [define, NetworkStep::Start, NetworkStep::Autostart]);
    fake.set_network(DEFAULT, network(false, false));
    assert_eq!(steps(&fake), [NetworkStep::Start, NetworkStep::Autostart]);
    fake.set_network(DEFAULT, network(true, false));
    assert_eq!(steps(&fake), [NetworkStep::Autostart]);
    fake.set_network(DEFAULT, network(true, true));
    assert_eq!(steps(&fake), []);
}

#[test]
fn addresses_that_are_in_use_and_a_missing_definition_are_told() {
    let fake = Fake::new();
    assert!(matches!(plan(&fake, &computer(false, "")), Err(NetworkError::NoTemplate)));
    let lan = |interface: &str| {
        computer(true, &format!("{interface} 0000A8C0 00000000 0001 0 0 600 0000FFFF 0 0 0"))
    };
    let refused = plan(&fake, &lan("wlan0")).unwrap_err();
    let NetworkError::Overlap { subnet, route, interface } = refused else { panic!("{refused}") };
    assert_eq!(
        (subnet.to_string().as_str(), route.to_string().as_str()),
        ("192.168.122.0/24", "192.168.0.0/16")
    );
    assert_eq!(interface, "wlan0");
    assert!(plan(&fake, &lan("virbr0")).is_ok(), "its own bridge");
    fake.set_network(DEFAULT, network(false, true));
    assert!(matches!(plan(&fake, &lan("wlan0")), Err(NetworkError::Overlap { .. })));
    fake.set_network(DEFAULT, network(true, true));
    assert!(plan(&fake, &lan("wlan0")).is_ok(), "it runs, whatever the addresses are");
}

#[test]
fn what_is_ours_goes_back_and_what_was_so_before_stays() {
    let (folder, source) = (tempfile::tempdir().unwrap(), computer(true, ""));
    let record = record(&folder);
    for before in [None, network(false, false), network(false, true), network(true, false)] {
        let fake = Fake::new();
        fake.set_network(DEFAULT, before.clone());
        let reviewed = plan(&fake, &source).unwrap();
        apply(&fake, &source, &record, &reviewed).unwrap();
        assert_eq!(fake.network(DEFAULT).unwrap(), network(true, true));
        assert!(record.is_there().unwrap());
        let way_back = plan_undo(&fake, &record).unwrap();
        assert_eq!(way_back.stops, []);
        undo(&fake, &record, &way_back).unwrap();
        assert_eq!(fake.network(DEFAULT).unwrap(), before);
        assert!(!record.is_there().unwrap());
        assert_eq!(plan_undo(&fake, &record).unwrap(), NetworkUndo::default());
    }
}

#[test]
fn what_changed_meanwhile_is_neither_applied_nor_undone() {
    let (folder, source, fake) = (tempfile::tempdir().unwrap(), computer(true, ""), Fake::new());
    let record = record(&folder);
    let reviewed = plan(&fake, &source).unwrap();
    fake.set_network(DEFAULT, network(false, false));
    assert!(matches!(apply(&fake, &source, &record, &reviewed), Err(NetworkError::Changed)));
    assert!(!record.is_there().unwrap());
    fake.set_network(DEFAULT, None);
    apply(&fake, &source, &record, &reviewed).unwrap();
    let xml = XML.replace("122", "130");
    fake.set_network(DEFAULT, Some(Network { active: true, autostart: true, xml }));
    let way_back = plan_undo(&fake, &record).unwrap();
    assert_eq!(way_back.stops, [NetworkStop::Changed]);
    assert!(undo(&fake, &record, &way_back).is_err());
}

#[test]
fn a_network_that_a_machine_uses_is_not_stopped() {
    let (folder, source, fake) = (tempfile::tempdir().unwrap(), computer(true, ""), Fake::new());
    let record = record(&folder);
    apply(&fake, &source, &record, &plan(&fake, &source).unwrap()).unwrap();
    let inside = "<devices><interface type='network'><source network='default'/></interface></devices>";
    let id =
        fake.add("win11", UUID, VmState::Running, &format!("<domain><name>win11</name>{inside}</domain>"));
    let stops = plan_undo(&fake, &record).unwrap().stops;
    assert_eq!(stops, [NetworkStop::InUse { vm: "win11".to_owned() }]);
    fake.change(&id, "<domain><name>win11</name></domain>");
    assert_eq!(plan_undo(&fake, &record).unwrap().stops, []);
}

#[test]
fn a_step_that_fails_is_not_ours() {
    let (folder, source, fake) = (tempfile::tempdir().unwrap(), computer(true, ""), Fake::new());
    let record = record(&folder);
    fake.set_network(DEFAULT, network(false, true));
    fake.fail_next(Call::ChangeNetwork, HypervisorErrorKind::NoPermission);
    let reviewed = plan(&fake, &source).unwrap();
    assert!(matches!(apply(&fake, &source, &record, &reviewed), Err(NetworkError::Hypervisor(_))));
    assert!(!record.is_there().unwrap());
}
