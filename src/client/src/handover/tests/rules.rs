//! What goes along and what is refused.

use super::*;
use gangway_core::host::IommuOff;
use gangway_core::leaving::{Cost, Refusal, Warning, Why, going, going_beside};
use gangway_core::reading::Trouble;

fn addresses(texts: &[&str]) -> Vec<PciAddress> {
    texts.iter().map(|text| at(text)).collect()
}

#[test]
fn a_card_goes_whole_and_says_why() {
    let going = going(&desktop().build(), &[at("01:00.1")], false).unwrap();
    assert_eq!(going.functions, addresses(&["01:00.0", "01:00.1"]));
    assert_eq!(going.cards, addresses(&["01:00.0"]));
    assert_eq!(going.along[0].why, Why::SameCard(at("01:00.1")));
    assert_eq!(going.along[1].why, Why::Asked);
    assert_eq!((going.costs, going.warnings), (vec![], vec![]));
}

#[test]
fn nothing_and_nobody_are_refused() {
    let host = desktop().build();
    assert_eq!(going(&host, &[], false), Err(Refusal::Nothing));
    assert_eq!(going(&host, &[at("0a:00.0")], false), Err(Refusal::NotFound { address: at("0a:00.0") }));
}

#[test]
fn a_bridge_is_refused_by_name() {
    let refusal = going(&desktop().build(), &[at("00:01.0")], true).unwrap_err();
    assert!(
        matches!(refusal, Refusal::Bridge { address, class } if address == at("00:01.0") && class.code() == PORT)
    );
}

#[test]
fn a_shared_group_names_those_that_would_stay() {
    let host = desktop().build();
    let refusal = going(&host, &[at("03:00.0")], false).unwrap_err();
    assert_eq!(refusal, Refusal::GroupStays { group: GroupId(15), others: addresses(&["02:00.0"]) });
    let going = going(&host, &[at("03:00.0")], true).unwrap();
    assert_eq!(going.functions, addresses(&["02:00.0", "03:00.0"]));
    assert_eq!(going.along[0].why, Why::SameGroup(GroupId(15)));
    assert_eq!(going.costs, [Cost::DefaultRoute { address: at("02:00.0"), interface: "enp2s0".into() }]);
}

#[test]
fn members_that_vfio_or_the_machine_itself_has_do_not_stand_in_the_way() {
    let host =
        Machine::new().function("02:00.0", NETWORK, 15, "vfio-pci").function("03:00.0", USB, 15, "").build();
    assert_eq!(going(&host, &[at("03:00.0")], false).unwrap().functions, addresses(&["03:00.0"]));
    let host =
        Machine::new().function("02:00.0", NETWORK, 15, "r8169").function("03:00.0", USB, 15, "").build();
    assert!(going(&host, &[at("03:00.0")], false).is_err());
    let going = going_beside(&host, &[at("03:00.0")], false, &[at("02:00.0")]).unwrap();
    assert_eq!(going.functions, addresses(&["03:00.0"]));
}

#[test]
fn an_unknown_driver_is_not_taken_for_vfio() {
    let host = Machine::new()
        .function("03:00.0", USB, 15, "xhci_hcd")
        .function("02:00.0", NETWORK, 15, "")
        .with(|function| function.driver = Reading::Unreadable(Box::new(Trouble::new("/sys/x", "denied"))))
        .build();
    assert!(matches!(going(&host, &[at("03:00.0")], false), Err(Refusal::GroupStays { .. })));
    let going = going(&host, &[at("03:00.0")], true).unwrap();
    assert!(matches!(&going.warnings[..], [Warning::DriverUnknown { .. }]));
}

#[test]
fn whole_groups_reach_as_far_as_their_cards_do() {
    // The card's second function sits in another group, with yet another card.
    let host = Machine::new()
        .function("01:00.0", USB, 1, "")
        .function("01:00.1", USB, 2, "")
        .function("02:00.0", NETWORK, 2, "")
        .function("02:00.1", NETWORK, 3, "")
        .build();
    let going = going(&host, &[at("01:00.0")], true).unwrap();
    assert_eq!(going.functions, addresses(&["01:00.0", "01:00.1", "02:00.0", "02:00.1"]));
}

#[test]
fn a_group_that_the_host_needs_stays() {
    let host = Machine::new()
        .function("00:1f.0", ISA, 9, "lpc_ich")
        .function("00:1f.3", AUDIO, 9, "snd_hda_intel")
        .build();
    let refusal = going(&host, &[at("00:1f.3")], true).unwrap_err();
    assert!(matches!(refusal, Refusal::HostNeeds { address, .. } if address == at("00:1f.0")));
    let host =
        Machine::new().function("00:1f.0", ISA, 9, "").function("00:1f.3", AUDIO, 9, "snd_hda_intel").build();
    assert_eq!(going(&host, &[at("00:1f.3")], false).unwrap().functions, addresses(&["00:1f.3"]));
}

#[test]
fn without_isolation_nothing_goes() {
    let off = IommuState::Off { why: IommuOff::ArgumentMissing, evidence: vec![] };
    let host = desktop().no_groups(off.clone()).build();
    let refusal = going(&host, &[at("01:00.0")], true).unwrap_err();
    assert_eq!(refusal, Refusal::NoGroup { address: at("01:00.0"), iommu: off });
    let trouble = Trouble::new("/sys/x/iommu_group", "denied");
    let host = Machine::new()
        .function("01:00.0", VGA, 1, "")
        .with(|function| function.group = Reading::Unreadable(Box::new(trouble.clone())))
        .build();
    assert_eq!(
        going(&host, &[at("01:00.0")], false),
        Err(Refusal::GroupUnknown { address: at("01:00.0"), trouble })
    );
}

#[test]
fn a_physical_function_waits_for_its_virtual_ones() {
    let virtual_function = |function: &mut Function| {
        function.physical_function = Some(at("04:00.0"));
        function.card = function.address;
    };
    let host = Machine::new()
        .function("04:00.0", NETWORK, 1, "igb")
        .function("04:10.0", NETWORK, 2, "igbvf")
        .with(virtual_function)
        .function("04:10.2", NETWORK, 3, "igbvf")
        .with(virtual_function)
        .build();
    assert_eq!(
        going(&host, &[at("04:00.0")], false),
        Err(Refusal::VirtualFunctions { address: at("04:00.0"), count: 2 })
    );
    assert_eq!(going(&host, &[at("04:10.2")], false).unwrap().functions, addresses(&["04:10.2"]));
}

#[test]
fn the_systems_own_disk_stays() {
    let refusal = going(&desktop().build(), &[at("05:00.0")], false).unwrap_err();
    assert_eq!(refusal, Refusal::SystemDisk { address: at("05:00.0"), path: "/".into() });
    let host = Machine::new()
        .function("05:00.0", NVME, 16, "nvme")
        .claim("05:00.0", ClaimKind::Mounted { path: "/games".into() })
        .claim("05:00.0", ClaimKind::Swap)
        .build();
    assert_eq!(
        going(&host, &[at("05:00.0")], false).unwrap().costs,
        [
            Cost::Mounted { address: at("05:00.0"), path: "/games".into() },
            Cost::Swap { address: at("05:00.0") }
        ]
    );
}

#[test]
fn a_screen_is_a_cost_while_another_card_can_show_the_desktop() {
    let going = going(&desktop().build(), &[at("06:00.0")], false).unwrap();
    assert_eq!(
        going.costs,
        [
            Cost::BootDisplay { address: at("06:00.0") },
            Cost::Screen {
                address: at("06:00.0"),
                connector: "DP-1".into(),
                monitor: Some("Dell U2720Q".into())
            }
        ]
    );
}

#[test]
fn the_last_graphics_card_with_a_screen_stays() {
    let last = Refusal::LastGraphics { card: at("01:00.0") };
    let connected = || Reading::Known(ConnectorStatus::Connected);
    let one = || Machine::new().function("01:00.0", VGA, 1, "nvidia");
    let host = one().screen("01:00.0", "DP-1", connected()).build();
    assert_eq!(going(&host, &[at("01:00.0")], false), Err(last.clone()));
    // Another one that a vfio driver has, or that has no outputs, shows nothing.
    for machine in
        [one().function("02:00.0", VGA, 2, "vfio-pci"), one().function("02:00.0", THREE_D, 2, "nouveau")]
    {
        let host = machine.screen("01:00.0", "DP-1", connected()).build();
        assert_eq!(going(&host, &[at("01:00.0")], false), Err(last.clone()));
    }
    // Without a screen nobody looks at it.
    let host = one().screen("01:00.0", "DP-1", Reading::Known(ConnectorStatus::Disconnected)).build();
    assert!(going(&host, &[at("01:00.0")], false).is_ok());
}

#[test]
fn a_screen_that_cannot_be_told_is_said_to_be_unknown() {
    let host = desktop().screen("01:00.0", "DP-9", Reading::Known(ConnectorStatus::Unknown)).build();
    let going = going(&host, &[at("01:00.0")], false).unwrap();
    assert_eq!(going.warnings, [Warning::ScreenUnknown { address: at("01:00.0"), connector: "DP-9".into() }]);
}

#[test]
fn a_screen_is_told_once_for_a_card_of_two_graphics_functions() {
    let host = desktop().function("06:00.1", 0x03_8000, 17, "").build();
    let screens = going(&host, &[at("06:00.0")], false).unwrap().costs;
    assert_eq!(screens.iter().filter(|cost| matches!(cost, Cost::Screen { .. })).count(), 1);
}

#[test]
fn a_graphics_card_that_the_machine_has_already_does_not_keep_the_host_lit() {
    let host = desktop().build();
    assert!(going(&host, &[at("06:00.0")], false).is_ok());
    let beside = going_beside(&host, &[at("06:00.0")], false, &addresses(&["01:00.0", "01:00.1"]));
    assert_eq!(beside, Err(Refusal::LastGraphics { card: at("06:00.0") }));
}
