//! Putting a former definition back: byte for byte, and under the rules of handing over.

use super::flow::{Scene, UBUNTU, WIN11, definition, give};
use super::*;
use crate::handover::{ApplyError, PlanError, Refusal, Step, VmChange, apply, plan_put_back, plan_take_back};
use crate::hypervisor::fake::hostdev;
use crate::hypervisor::{Definition, Hypervisor, HypervisorErrorKind};
use crate::store::Kept;

/// The change that puts back what was kept last of win11.
fn put_back(scene: &Scene) -> Result<VmChange, PlanError> {
    let (kept, former) = latest(scene);
    plan_put_back(&scene.host, &scene.fake, "win11", &kept, &former)
}

fn latest(scene: &Scene) -> (Kept, Definition) {
    let kept = scene.store().latest(&scene.win11).unwrap().expect("something was kept");
    let former = scene.store().read(&kept).unwrap();
    (kept, former)
}

#[test]
fn what_was_handed_over_goes_with_the_former_definition() {
    let scene = Scene::new();
    let before = scene.saved();
    apply(&scene.fake, &scene.store(), &scene.plan(&give(&["01:00.0"])).unwrap()).unwrap();
    let given = scene.saved();
    let change = put_back(&scene).unwrap();
    let seconds = latest(&scene).0.seconds;
    assert_eq!(change.removed, [at("01:00.0"), at("01:00.1")]);
    assert_eq!(
        change.steps,
        [
            Step::KeepPresent,
            Step::PutBack { vm: "win11".into(), seconds },
            Step::Take { functions: vec![at("01:00.0"), at("01:00.1")], vm: "win11".into() },
        ]
    );
    let applied = apply(&scene.fake, &scene.store(), &change).unwrap();
    assert_eq!(scene.saved(), before);
    assert_eq!(applied.lost, []);
    // And what was in place is kept in its turn.
    assert_eq!(latest(&scene).1.text(), given);
    let again = put_back(&scene).unwrap();
    assert_eq!(again.added, [at("01:00.0"), at("01:00.1")]);
    apply(&scene.fake, &scene.store(), &again).unwrap();
    assert_eq!(scene.saved(), given);
}

#[test]
fn what_comes_with_it_must_be_free() {
    let scene = Scene::new();
    apply(&scene.fake, &scene.store(), &scene.plan(&give(&["01:00.0"])).unwrap()).unwrap();
    apply(&scene.fake, &scene.store(), &plan_take_back(&scene.fake, "win11", &[at("01:00.0")]).unwrap())
        .unwrap();
    assert_eq!(put_back(&scene).unwrap().added, [at("01:00.0"), at("01:00.1")]);
    let ubuntu = scene.fake.find("ubuntu").unwrap().id;
    scene.fake.change(&ubuntu, &definition("ubuntu", UBUNTU, &hostdev(1, 0)));
    let refusal = Refusal::Claimed { address: at("01:00.0"), vm: "ubuntu".into() };
    assert_eq!(put_back(&scene).unwrap_err(), PlanError::Refused(refusal));
}

#[test]
fn the_rules_of_the_host_hold_for_what_comes() {
    let scene = Scene::new();
    scene.store().keep(&scene.win11, &Definition::new(definition("win11", WIN11, &hostdev(5, 0)))).unwrap();
    let refusal =
        gangway_core::leaving::Refusal::SystemDisk { address: at("05:00.0"), path: "/".into() }.into();
    assert_eq!(put_back(&scene).unwrap_err(), PlanError::Refused(refusal));
}

#[test]
fn only_its_own_and_only_another_definition_is_put_back() {
    let scene = Scene::new();
    let keep = |text: &str| scene.store().keep(&scene.win11, &Definition::new(text)).unwrap();
    keep(&scene.saved());
    assert_eq!(put_back(&scene).unwrap_err(), PlanError::Same { vm: "win11".into() });
    for other in [definition("win10", WIN11, ""), definition("win11", UBUNTU, "")] {
        keep(&other);
        assert!(matches!(put_back(&scene), Err(PlanError::OfAnother { .. })), "{other}");
    }
    keep("<domain");
    assert!(matches!(put_back(&scene), Err(PlanError::Definition { .. })));
}

#[test]
fn a_definition_that_changed_since_the_review_is_not_overwritten() {
    let scene = Scene::new();
    apply(&scene.fake, &scene.store(), &scene.plan(&give(&["01:00.0"])).unwrap()).unwrap();
    let change = put_back(&scene).unwrap();
    let meanwhile = scene.saved().replace("1048576", "2097152");
    scene.fake.change(&scene.win11, &meanwhile);
    match apply(&scene.fake, &scene.store(), &change) {
        Err(ApplyError::Define { error, .. }) => assert_eq!(error.kind, HypervisorErrorKind::Changed),
        other => panic!("{other:?}"),
    }
    assert_eq!(scene.saved(), meanwhile);
}
