//! Snapshots of what Gangway makes of the demo's machines: the model, what goes along with each card and what it
//! costs or why it stays, and the plan for every graphics card and virtual machine.
//!
//! Names come from the bundled list, sentences are the untranslated ones, so that every computer says the same.

use std::fmt::Write as _;

use gangway_client::demo::{self, DemoMachine};
use gangway_client::handover::{Going, PlanError, Request, VmChange, going, plan, plan_take_back};
use gangway_client::hypervisor::Hypervisor;
use gangway_client::text::{self, DeviceNames};
use gangway_core::host::Host;
use gangway_core::machine_file::MachineFile;
use gangway_core::pci::{DeviceKind, Names, PciAddress};
use gangway_core::source::Source;
use gangway_tests::shown;

fn host(machine: DemoMachine) -> Host {
    Host::scan(&Source::machine(&MachineFile::parse(machine.text().as_bytes()).unwrap()))
}

fn goes_along(going: &Going, names: &DeviceNames<'_>) -> String {
    let mut text = String::new();
    for along in &going.along {
        let _ = writeln!(text, "  {}: {}", names.of(along.address), text::why(along.why, names));
    }
    for cost in &going.costs {
        let _ = writeln!(text, "  cost: {}", text::cost(cost, names));
    }
    for warning in &going.warnings {
        let _ = writeln!(text, "  warning: {}", text::leaving_warning(warning, names));
    }
    text
}

fn cards(host: &Host, names: &DeviceNames<'_>) -> String {
    let mut text = String::new();
    for card in &host.cards {
        for whole_group in [false, true] {
            let scope = if whole_group { "whole group" } else { "alone" };
            let _ = writeln!(text, "{} {scope}", card.address);
            match going(host, &[card.address], whole_group) {
                Ok(going) => text.push_str(&goes_along(&going, names)),
                Err(refusal) => {
                    let _ = writeln!(text, "  refused: {}", text::stays(&refusal, names));
                }
            }
        }
    }
    text
}

fn change(planned: Result<VmChange, PlanError>, names: &DeviceNames<'_>) -> String {
    let change = match planned {
        Ok(change) => change,
        Err(error) => return format!("refused: {}\n", text::plan_error(&error, names)),
    };
    let mut text = String::new();
    for step in &change.steps {
        let _ = writeln!(text, "- {}", text::step(step, names));
    }
    format!("{text}{}", change.difference)
}

fn plans(host: &Host, hypervisor: &dyn Hypervisor, names: &DeviceNames<'_>) -> String {
    let graphics: Vec<PciAddress> = host
        .functions
        .iter()
        .filter(|function| function.kind() == DeviceKind::Graphics)
        .map(|function| function.address)
        .collect();
    let mut text = String::new();
    for vm in hypervisor.list().unwrap() {
        for address in &graphics {
            let request = Request {
                devices: vec![*address],
                whole_group: true,
                vm: vm.name.clone(),
                ..Request::default()
            };
            let planned = change(plan(host, hypervisor, &request), names);
            let _ = writeln!(text, "== {address} to {}\n{planned}", vm.name);
        }
        if !vm.devices.is_empty() {
            let planned = change(plan_take_back(hypervisor, &vm.name, &vm.devices), names);
            let _ = writeln!(text, "== everything from {}\n{planned}", vm.name);
        }
    }
    text
}

#[test]
fn the_demo_machines_are_understood_as_before() {
    let ids = Names::bundled();
    for machine in DemoMachine::ALL {
        let host = host(machine);
        let names = DeviceNames::of_host(&host, &ids);
        let folder = tempfile::tempdir().unwrap();
        let hypervisor = demo::connect_at(machine, folder.path()).unwrap();
        insta::assert_snapshot!(format!("{}-model", machine.id()), shown::host(&host, &ids));
        insta::assert_snapshot!(format!("{}-cards", machine.id()), cards(&host, &names));
        insta::assert_snapshot!(format!("{}-plans", machine.id()), plans(&host, &*hypervisor, &names));
    }
}
