//! Computers of every shape: what the checks must say of each by how it is made, what holds for all, and snapshots of
//! the model, of what its devices are used for, and of the findings.

use std::collections::BTreeMap;

use gangway_client::text::DeviceNames;
use gangway_core::checks::{self, CardVerdict, Outcome};
use gangway_core::host::Host;
use gangway_core::machine_file::MachineFile;
use gangway_core::model::Model;
use gangway_core::pci::{Names, PciAddress};
use gangway_core::source::Source;
use gangway_tests::checks::lab::Machine;
use gangway_tests::machines::{self, shapes};
use gangway_tests::{invariants, shown};

fn at(address: &str) -> PciAddress {
    address.parse().unwrap()
}

#[test]
fn every_shape_says_what_it_is_made_to_say() {
    for shape in shapes::shapes() {
        let name = shape.name;
        let model = Model::read(&Source::machine(&shape.machine));
        let findings = checks::run(&model);
        let verdicts: Vec<_> = CardVerdict::of_graphics(&model.host, &findings)
            .into_iter()
            .map(|card| (card.card, card.verdict))
            .collect();
        let expected: Vec<_> = shape
            .cards
            .iter()
            .map(|(address, verdict)| (model.host.function(at(address)).unwrap().card, *verdict))
            .collect();
        assert_eq!(verdicts, expected, "{name}");
        for (check, outcome, about) in &shape.says {
            let found = findings.iter().any(|finding| {
                finding.check == *check
                    && outcome.is(&finding.outcome)
                    && (about.is_empty() == finding.about.is_empty())
                    && (about.is_empty() || finding.about.contains(&at(about)))
            });
            let all: Vec<_> = findings.iter().filter(|finding| finding.check == *check).collect();
            assert!(found, "{name}: {check} {outcome:?} {about}: {all:#?}");
        }
        for check in &shape.passes {
            let mut all = findings.iter().filter(|finding| finding.check == *check).peekable();
            assert!(all.peek().is_some(), "{name}: {check} says nothing");
            assert!(all.all(|finding| finding.outcome == Outcome::Ok), "{name}: {check}");
        }
    }
}

#[test]
fn every_shape_is_whole_and_keeps_what_holds_for_all() {
    let names = Names::bundled();
    for shape in shapes::shapes() {
        let source = Source::machine(&shape.machine);
        let model = invariants::hold(shape.name, &source);
        assert_eq!(model.host.problems, [], "{}", shape.name);
        assert_eq!(model.devices.problems, [], "{}", shape.name);
        for function in &model.host.functions {
            let listed = names.device(*function.vendor.known().unwrap(), *function.device.known().unwrap());
            assert!(listed.is_some(), "{}: {} has no name", shape.name, function.address);
        }
        assert!(model.system.distribution.name.is_some(), "{}", shape.name);
        assert!(!model.devices.storage.mounts.is_empty(), "{}", shape.name);
    }
}

#[test]
fn a_capture_of_a_shape_says_the_same() {
    for shape in shapes::shapes() {
        let again = MachineFile::capture(&Source::machine(&shape.machine));
        let (first, second) =
            (Model::read(&Source::machine(&shape.machine)), Model::read(&Source::machine(&again)));
        assert_eq!(first.host, second.host, "{}", shape.name);
        assert_eq!(first.system, second.system, "{}", shape.name);
        assert_eq!(first.devices, second.devices, "{}", shape.name);
    }
}

#[test]
fn the_machines_of_the_demo_and_of_the_checks_keep_what_holds_for_all() {
    for (name, machine) in machines::all() {
        invariants::hold(name, &Source::machine(&machine));
    }
    let cases = gangway_tests::checks::cases();
    let mut machines: Vec<(String, Machine)> = cases
        .iter()
        .flat_map(|case| [(case.trips.0, case.tripping()), (case.passes.0, case.passing())])
        .map(|(name, machine)| (name.to_owned(), machine))
        .collect();
    machines.sort_by(|(_, one), (_, other)| one.cmp(other));
    machines.dedup_by(|(_, one), (_, other)| one == other);
    for (name, machine) in machines {
        invariants::hold(&name, &Source::machine(&machine.build()));
    }
}

#[test]
fn a_large_server_is_read_whole() {
    let machine = shapes::large(8);
    let source = Source::machine(&machine);
    let host = Host::scan(&source);
    // Each of 64 root buses has four functions of the chipset and one card; a quarter of those 16 virtual functions.
    assert_eq!(host.functions.len(), 64 * 5 + 16 * 16);
    assert_eq!(host.functions.iter().filter(|function| function.address.domain() == 7).count(), 72);
    assert_eq!(host.virtual_functions_of(at("0003:41:00.0")).count(), 16);
    let model = invariants::hold("large", &source);
    let findings = checks::run(&model);
    let verdicts = CardVerdict::of_graphics(&host, &findings);
    assert_eq!(verdicts.len(), 16);
    insta::assert_snapshot!("large-summary", {
        let ids = Names::bundled();
        let names = DeviceNames::of_host(&host, &ids);
        gangway_client::text::checks::listing(&host, &findings, None, &BTreeMap::new(), &names).join("\n")
    });
}

#[test]
fn the_shapes_are_understood_as_before() {
    let ids = Names::bundled();
    for shape in shapes::shapes() {
        let model = Model::read(&Source::machine(&shape.machine));
        let names = DeviceNames::of_host(&model.host, &ids);
        let findings = checks::run(&model);
        let all = format!(
            "{}\n{}\n{}",
            shown::system(&model),
            shown::host(&model.host, &ids),
            shown::devices(&model)
        );
        insta::assert_snapshot!(format!("{}-model", shape.name), all);
        insta::assert_snapshot!(format!("{}-claims", shape.name), shown::claims(&model, &names));
        insta::assert_snapshot!(
            format!("{}-findings", shape.name),
            shown::findings(&model.host, &findings, &names)
        );
    }
}
