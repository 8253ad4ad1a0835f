//! What can be wanted of every captured machine, and what the planner makes of it: the steps, or every reason against it.
//!
//! Intents of a device are planned for each card that can be handed over as a card: graphics, USB and network. Snapshots
//! are read by hand; what must hold for all of them is asserted beside.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use gangway_client::demo::DemoMachine;
use gangway_client::text::{self, DeviceNames};
use gangway_core::leaving;
use gangway_core::machine_file::MachineFile;
use gangway_core::pci::{DeviceKind, Names, PciAddress};
use gangway_core::plan::{Ground, HugePageSize, Intent, Plan, Refusal, plan};
use gangway_core::source::Source;
use gangway_tests::machines::shapes;

fn machines() -> Vec<(String, MachineFile)> {
    let shapes = shapes::shapes().into_iter().map(|shape| (shape.name.to_owned(), shape.machine));
    let demo = DemoMachine::ALL.into_iter().map(|machine| {
        let file = MachineFile::parse(machine.text().as_bytes()).unwrap();
        (format!("demo-{}", machine.id()), file)
    });
    shapes.chain(demo).collect()
}

/// The cards that somebody would want in a virtual machine.
fn wanted(ground: &Ground) -> Vec<PciAddress> {
    let kinds = [DeviceKind::Graphics, DeviceKind::UsbController, DeviceKind::Network];
    let functions = ground.model.host.functions.iter().filter(|function| kinds.contains(&function.kind()));
    functions.map(|function| function.card).collect::<BTreeSet<_>>().into_iter().collect()
}

fn intents(ground: &Ground) -> Vec<Intent> {
    let mut all = vec![
        Intent::MakeReady,
        Intent::TurnOnIommu,
        Intent::LoadVfioEarly,
        Intent::SetHugePages { size: HugePageSize::TwoMiB, count: 4096 },
        Intent::Confirm,
    ];
    for device in wanted(ground) {
        for whole_group in [false, true] {
            all.push(Intent::Bind { device, whole_group });
            all.push(Intent::Reserve { device, whole_group });
        }
        all.push(Intent::GiveBack { device });
    }
    all
}

fn shown(planned: &Result<Plan, Vec<Refusal>>, names: &DeviceNames<'_>) -> String {
    let mut text = String::new();
    match planned {
        Ok(plan) if plan.steps.is_empty() => text.push_str("  already so\n"),
        Ok(plan) => {
            for step in &plan.steps {
                let _ = writeln!(text, "  - {}", text::plan_step(step, names));
            }
            let _ = writeln!(text, "  takes effect: {:?}", plan.effect);
        }
        Err(refusals) => {
            for refusal in refusals {
                let _ = writeln!(
                    text,
                    "  refused: {}",
                    text::plan_refusal(refusal, names).replace('\n', "\n    ")
                );
            }
        }
    }
    text
}

#[test]
fn everything_that_can_be_wanted_is_planned_or_refused() {
    let ids = Names::bundled();
    for (name, machine) in machines() {
        let ground = Ground::read(&Source::machine(&machine));
        // Nobody would read thousands of the same.
        if ground.model.host.functions.len() > 200 {
            continue;
        }
        let names = DeviceNames::of_host(&ground.model.host, &ids);
        let mut text = String::new();
        for intent in intents(&ground) {
            let planned = plan(&ground, &intent, ground.account(1000).as_ref());
            let _ = write!(text, "{}\n{}", text::intent(&intent, &names), shown(&planned, &names));
        }
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn a_plan_takes_nothing_that_the_host_needs() {
    for (name, machine) in machines() {
        let ground = Ground::read(&Source::machine(&machine));
        for device in wanted(&ground) {
            let leaves = leaving::going(&ground.model.host, &[device], false);
            for intent in
                [Intent::Bind { device, whole_group: false }, Intent::Reserve { device, whole_group: false }]
            {
                let planned = plan(&ground, &intent, None);
                if let Err(refusal) = &leaves {
                    assert!(
                        planned.is_err(),
                        "{name}: {device} stays ({refusal:?}), and {intent:?} is planned"
                    );
                }
            }
        }
    }
}

#[test]
fn planning_is_the_same_every_time_and_writes_down_why_not() {
    for (name, machine) in machines() {
        let ground = Ground::read(&Source::machine(&machine));
        for intent in intents(&ground).into_iter().take(40) {
            let (first, second) = (plan(&ground, &intent, None), plan(&ground, &intent, None));
            match (&first, &second) {
                (Ok(first), Ok(second)) => assert_eq!(first.digest(), second.digest(), "{name}: {intent:?}"),
                (Err(first), Err(second)) => {
                    assert_eq!(first, second, "{name}: {intent:?}");
                    assert!(!first.is_empty(), "{name}: {intent:?} is refused without a reason");
                }
                other => panic!("{name}: {intent:?}: {other:?}"),
            }
        }
    }
}
