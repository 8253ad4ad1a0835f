//! The captured machines of the demo: up to date, free of personal data, and as the demo's texts say.

use std::collections::BTreeSet;
use std::path::Path;

use gangway_core::host::{ClaimKind, GroupId, Host, IommuState, Isolation, Link};
use gangway_core::machine_file::MachineFile;
use gangway_core::pci::{DeviceKind, Names, PciAddress};
use gangway_core::source::Source;
use gangway_tests::machines;

fn host(name: &str) -> Host {
    let (_, machine) = machines::all().into_iter().find(|(known, _)| *known == name).unwrap();
    Host::scan(&Source::machine(&machine))
}

fn at(address: &str) -> PciAddress {
    address.parse().unwrap()
}

fn title(host: &Host, address: &str) -> String {
    host.name_of(host.function(at(address)).unwrap(), &Names::bundled()).title
}

#[test]
fn the_files_are_those_described() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/client/machines");
    for (name, machine) in machines::all() {
        let path = folder.join(format!("{name}.host"));
        let written = MachineFile::open(&path).unwrap().write();
        assert_eq!(
            written,
            machine.write(),
            "write {name}.host again: cargo run -p gangway-tests --example machines"
        );
    }
}

#[test]
fn every_device_of_a_machine_has_a_name_and_nothing_is_in_doubt() {
    let names = Names::bundled();
    for (name, machine) in machines::all() {
        let host = Host::scan(&Source::machine(&machine));
        assert_eq!(host.problems, [], "{name}");
        assert!(matches!(host.iommu, IommuState::On { .. }), "{name}: {:?}", host.iommu);
        for function in &host.functions {
            let listed = names.device(*function.vendor.known().unwrap(), *function.device.known().unwrap());
            assert!(listed.is_some(), "{name}: {} is not in the list of names", function.address);
        }
        let graphics =
            host.functions.iter().filter(|function| function.kind() == DeviceKind::Graphics).count();
        assert_eq!(graphics, if name == "studio" { 1 } else { 2 }, "{name}");
    }
}

#[test]
fn capturing_a_machine_again_changes_nothing() {
    for (name, machine) in machines::all() {
        let again = MachineFile::capture(&Source::machine(&machine));
        let (first, second) = (Host::scan(&Source::machine(&machine)), Host::scan(&Source::machine(&again)));
        assert_eq!(first, second, "{name}");
        assert_eq!(again.write(), MachineFile::capture(&Source::machine(&again)).write(), "{name}");
    }
}

#[test]
fn the_workshop_has_a_card_to_give() {
    let host = host("workshop");
    assert_eq!(host.functions.len(), 51);
    assert_eq!(title(&host, "01:00.0"), "GeForce RTX 3070");
    let card = host.card_of(at("01:00.2")).unwrap();
    assert_eq!((card.address, card.functions.len()), (at("01:00.0"), 4));
    let group = host.group_of(at("01:00.0")).unwrap();
    assert_eq!((group.id, &group.isolation), (GroupId(14), &Isolation::Isolated));
    assert_eq!(host.connectors_of(at("01:00.0")).filter(|connector| connector.monitor.is_none()).count(), 4);
    let screens: BTreeSet<&str> =
        host.connectors.iter().filter_map(|connector| connector.monitor.as_deref()).collect();
    assert_eq!(screens, BTreeSet::from(["Dell U2720Q"]));
    assert_eq!(host.function(at("08:00.0")).unwrap().boot_display.known(), Some(&true));
    let shared = host.group(GroupId(15)).unwrap();
    let cards = vec![at("02:00.0"), at("04:00.0")];
    assert_eq!(shared.isolation, Isolation::Shared { cards });
    let claims: Vec<(PciAddress, &ClaimKind)> =
        host.claims.iter().map(|claim| (claim.address, &claim.kind)).collect();
    let mounted = |path: &str| ClaimKind::Mounted { path: path.to_owned() };
    assert_eq!(
        claims,
        [
            (at("02:00.1"), &mounted("/home")),
            (at("04:00.0"), &ClaimKind::DefaultRoute { interface: "enp4s0".to_owned() }),
            (at("05:00.0"), &mounted("/")),
            (at("05:00.0"), &mounted("/boot/efi")),
            (at("05:00.0"), &ClaimKind::Swap),
        ]
    );
}

#[test]
fn links_are_read_of_what_is_awake() {
    let link = |name: &str, address: &str| {
        let (_, machine) = machines::all().into_iter().find(|(known, _)| *known == name).unwrap();
        // Captured once more: what a capture leaves out is unknown to whoever opens it.
        let source = Source::machine(&MachineFile::capture(&Source::machine(&machine)));
        Host::scan(&source).links(&source).get(&at(address)).cloned().unwrap_or_default()
    };
    let card = link("workshop", "01:00.0");
    assert_eq!((card.speed.known().unwrap().generation(), card.width.known()), (Some(3), Some(&8)));
    assert_eq!(
        (card.best_speed.known().unwrap().generation(), card.best_width.known()),
        (Some(4), Some(&16))
    );
    let sleeping = link("traveller", "01:00.0");
    assert!(sleeping.asleep && sleeping.speed.is_absent() && sleeping.best_speed.is_known());
    assert_eq!(link("workshop", "00:14.0"), Link::default(), "no PCI Express link");
}

#[test]
fn the_studio_shares_and_the_traveller_renders() {
    let studio = host("studio");
    let group = studio.group_of(at("01:00.0")).unwrap();
    assert_eq!(group.isolation, Isolation::Shared { cards: vec![at("01:00.0"), at("02:00.0")] });
    assert_eq!(studio.shared_with(group.id, at("01:00.0")).len(), 1);

    let traveller = host("traveller");
    assert_eq!(title(&traveller, "01:00.0"), "GeForce RTX 3050 Mobile");
    assert!(traveller.group_of(at("01:00.0")).unwrap().isolated);
    assert_eq!(traveller.connectors_of(at("01:00.0")).count(), 0);
    assert!(traveller.function(at("01:00.0")).unwrap().boot_display.is_absent());
}
