//! Which way a card leaves the host, on computers of every shape: the recommended one, and what speaks against the others;
//! whether it can be reserved is what the planner says of the same computer.

use gangway_client::handover::{Method, Methods, NotReserved};
use gangway_client::text::{self, DeviceNames};
use gangway_core::leaving::{self, going};
use gangway_core::pci::{Names, PciAddress};
use gangway_core::plan::{Ground, Intent, plan};
use gangway_core::source::Source;
use gangway_tests::machines::shapes;
use gangway_tests::systems;

fn at(address: &str) -> PciAddress {
    address.parse().unwrap()
}

/// What there is to choose from for a card, as a hand-over asks it.
fn methods(ground: &Ground, device: PciAddress) -> Result<Methods, leaving::Refusal> {
    let host = &ground.model.host;
    let going = going(host, &[device], false)?;
    let intent = Intent::Reserve { device, whole_group: false };
    let reserved = plan(ground, &intent, None).map(|_| ()).map_err(NotReserved::Refused);
    Ok(Methods::of(host, &going, reserved))
}

#[test]
fn every_graphics_card_of_every_shape() {
    let bundled = Names::bundled();
    let mut said = String::new();
    for shape in shapes::shapes() {
        let ground = Ground::read(&Source::machine(&shape.machine));
        let names = DeviceNames::of_host(&ground.model.host, &bundled);
        for (card, _) in &shape.cards {
            said += &format!("{} {card}\n", shape.name);
            let methods = match methods(&ground, at(card)) {
                Ok(methods) => methods,
                Err(refusal) => {
                    said += &format!("  stays: {}\n", text::stays(&refusal, &names));
                    continue;
                }
            };
            said += &format!("  best: {:?}\n", methods.recommended());
            for method in [Method::Managed, Method::Reserved] {
                let against = text::methods_against(&methods, method, &names);
                // What is not the best has a reason, but for more than is needed.
                let needed = methods.recommended() != Some(Method::Managed);
                assert!(
                    methods.recommended() == Some(method) || !needed || !against.is_empty(),
                    "{} {card}: {method:?}",
                    shape.name
                );
                said.extend(against.iter().map(|reason| format!("  not {method:?}: {reason}\n")));
            }
        }
    }
    insta::assert_snapshot!("method-shapes", said);
}

#[test]
fn a_card_of_nvidia_is_reserved_where_the_loader_can_be_asked_for_one_start() {
    for (name, best) in [
        ("debian-13", Some(Method::Reserved)),
        ("fedora", Some(Method::Reserved)),
        ("arch-systemd-boot", Some(Method::Reserved)),
        ("arch-refind", None),
        ("arch-uki", None),
    ] {
        let ground = systems::named(name).with_iommu().ground();
        assert_eq!(methods(&ground, at("0000:01:00.0")).unwrap().recommended(), best, "{name}");
    }
}
