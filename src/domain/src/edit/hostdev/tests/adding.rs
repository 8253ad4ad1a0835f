//! Adding: what is written, and where.

use super::*;
use crate::view::Controller;

#[test]
fn a_card_on_q35_gets_a_root_port_of_ours() {
    let before = given("pc-q35-9.2", &[ROOT, PORT_1, "<input type='mouse' bus='ps2'/>\n", BALLOON].concat());
    let edited = when_added(&before, &["01:00.1", "01:00.0"]).unwrap();
    let expected = [
        ROOT,
        PORT_1,
        "<controller type='pci' index='2' model='pcie-root-port'>\n  <alias name='ua-gangway-port-0000-01-00'/>\n</controller>\n",
        "<input type='mouse' bus='ps2'/>\n",
        &hostdev("01:00.0", &guest("bus='0x02' slot='0x00' function='0x0' multifunction='on'")),
        &hostdev("01:00.1", &guest("bus='0x02' slot='0x00' function='0x1'")),
        BALLOON,
    ]
    .concat();
    assert_eq!(devices(&edited.document), expected);
    assert_eq!(edited.root_ports, [2]);
    let places: Vec<_> =
        edited.placed.iter().map(|at| format!("{} {}", at.source, at.guest.unwrap())).collect();
    assert_eq!(places, ["0000:01:00.0 0000:02:00.0", "0000:01:00.1 0000:02:00.1"]);
}

#[test]
fn a_single_function_is_no_multifunction_device() {
    let edited = when_added(&given("q35", BALLOON), &["02:00.0"]).unwrap();
    assert!(
        devices(&edited.document)
            .contains(&hostdev("02:00.0", &guest("bus='0x02' slot='0x00' function='0x0'")))
    );
}

#[test]
fn a_card_without_function_0_gets_one() {
    let edited = when_added(&given("q35", BALLOON), &["0001:02:03.1", "0001:02:03.4"]).unwrap();
    let functions: Vec<_> = edited.placed.iter().map(|placed| placed.guest.unwrap().function).collect();
    assert_eq!(functions, [0, 4]);
    assert!(
        edited.document.text().contains("<address domain='0x0001' bus='0x02' slot='0x03' function='0x1'/>")
    );
}

#[test]
fn every_card_gets_a_root_port_of_its_own() {
    let edited = when_added(&given("q35", BALLOON), &["02:00.0", "01:00.0", "01:00.1"]).unwrap();
    assert_eq!(edited.root_ports, [2, 3]);
    let ours: Vec<_> = edited.document.controllers().into_iter().filter(Controller::is_ours).collect();
    assert_eq!(ours.iter().map(|port| port.index).collect::<Vec<_>>(), [Some(2), Some(3)]);
}

#[test]
fn every_virtual_function_gets_a_slot_of_its_own() {
    let list = ["02:10.0", "02:10.2"];
    let virtual_functions = addresses(&list);
    let add_one = |document: &Document, one: &str| {
        let wanted = AddDevices {
            functions: addresses(&[one]),
            virtual_functions: virtual_functions.clone(),
            ..AddDevices::default()
        };
        add(document, &wanted).unwrap()
    };
    for machine in ["q35", "pc"] {
        let before = given(machine, BALLOON);
        let together = AddDevices {
            functions: virtual_functions.clone(),
            virtual_functions: virtual_functions.clone(),
            ..AddDevices::default()
        };
        let at_once = add(&before, &together).unwrap().document;
        let one = add_one(&before, list[0]).document;
        let other = add_one(&one, list[1]).document;
        assert_eq!(at_once.text(), other.text(), "{machine}: at once or one after the other");
        let places: Vec<_> =
            other.pci_hostdevs().iter().map(|device| device.guest.expect("a place")).collect();
        assert!(places.iter().all(|place| place.function == 0), "{machine}: {places:?}");
        assert!(!places[0].same_slot(places[1]), "{machine}: {places:?}");
        assert!(!other.text().contains("multifunction"), "{machine}");
        // The other one keeps its place when one leaves.
        let left = when_removed(&other, &[list[0]]).unwrap().document;
        assert_eq!(left.pci_hostdevs()[0].guest, Some(places[1]), "{machine}");
        assert_eq!(when_removed(&left, &[list[1]]).unwrap().document, before, "{machine}");
    }
}

#[test]
fn a_physical_function_does_not_join_a_virtual_one() {
    let there = hostdev("01:00.1", &guest("bus='0x05' slot='0x00' function='0x0'"));
    let wanted = AddDevices {
        functions: addresses(&["01:00.0"]),
        virtual_functions: addresses(&["01:00.1"]),
        ..AddDevices::default()
    };
    assert_eq!(add(&given("q35", &there), &wanted).unwrap().root_ports, [6]);
}

#[test]
fn a_root_port_never_takes_a_bus_in_use() {
    let highest = "<controller type='pci' index='0xff' model='pcie-root-port'/>\n";
    assert_eq!(
        when_added(&given("q35", &[highest, BALLOON].concat()), &["02:00.0"]).unwrap().root_ports,
        [2]
    );
    let all: String =
        (0..=255).map(|n| format!("<controller type='pci' index='{n}' model='pcie-root-port'/>\n")).collect();
    let address = "0000:02:00.0".parse().unwrap();
    assert_eq!(
        when_added(&given("q35", &[&all, BALLOON].concat()), &["02:00.0"]),
        Err(EditError::NoFreeBus { address })
    );
}

#[test]
fn a_root_port_keeps_away_from_one_that_is_alone_in_its_slot() {
    let lone = "<controller type='pci' index='1' model='pcie-root-port'>\n  <address type='pci' bus='0' slot='2'/>\n</controller>\n";
    let edited = when_added(&given("q35", &[lone, BALLOON].concat()), &["02:00.0"]).unwrap();
    let port = edited.document.controllers().into_iter().find(Controller::is_ours).unwrap();
    assert_eq!(port.guest.unwrap().to_string(), "0000:00:03.0");
}

#[test]
fn a_card_on_i440fx_gets_a_free_slot() {
    let taken = "<video>\n  <address type='pci' bus='0x00' slot='0x03' function='0x0'/>\n</video>\n";
    let edited = when_added(&given("pc-i440fx-noble", taken), &["01:00.0", "01:00.1"]).unwrap();
    let expected = [
        taken,
        &hostdev("01:00.0", &guest("bus='0x00' slot='0x04' function='0x0' multifunction='on'")),
        &hostdev("01:00.1", &guest("bus='0x00' slot='0x04' function='0x1'")),
    ];
    assert_eq!(devices(&edited.document), expected.concat());
    assert_eq!(edited.root_ports, [0_u8; 0]);
}

#[test]
fn a_full_i440fx_uses_a_bridge_or_leaves_it_to_libvirt() {
    let full: String =
        (3..32).map(|slot| format!("<video><address type='pci' slot='{slot}'/></video>\n")).collect();
    let place = |document: &Document| {
        when_added(document, &["01:00.0"]).unwrap().placed[0].guest.map(|at| at.to_string())
    };
    assert_eq!(place(&given("pc", &full)), None);
    let bridge = format!("{full}<controller type='pci' index='1' model='pci-bridge'/>\n");
    assert_eq!(place(&given("pc", &bridge)).as_deref(), Some("0000:01:01.0"));
}

#[test]
fn libvirt_places_where_nothing_has_an_address_and_on_other_machines() {
    let expected = hostdev("01:00.0", "");
    assert_eq!(
        devices(&when_added(&given("q35", "<emulator>/q</emulator>\n"), &["01:00.0"]).unwrap().document),
        format!("<emulator>/q</emulator>\n{expected}")
    );
    let virt = given("virt", BALLOON);
    assert_eq!(devices(&when_added(&virt, &["01:00.0"]).unwrap().document), format!("{expected}{BALLOON}"));
}

#[test]
fn a_late_function_joins_its_card() {
    let before = given("q35", &hostdev("01:00.0", &guest("bus='0x05' slot='0x00' function='0x0'")));
    let edited = when_added(&before, &["01:00.1", "01:00.2"]).unwrap();
    let alias = |function| format!("  <alias name='ua-gangway-multifunction-0000-01-00-{function}'/>\n");
    let expected = [
        hostdev("01:00.0", &guest("bus='0x05' slot='0x00' function='0x0' multifunction='on'")),
        hostdev("01:00.1", &format!("{}{}", alias(1), guest("bus='0x05' slot='0x00' function='0x1'"))),
        hostdev("01:00.2", &format!("{}{}", alias(2), guest("bus='0x05' slot='0x00' function='0x2'"))),
    ];
    assert_eq!(devices(&edited.document), expected.concat());
    assert_eq!(edited.root_ports, [0_u8; 0]);
}

#[test]
fn a_late_function_takes_another_number_where_its_own_is_taken() {
    let before =
        given("q35", &hostdev("01:00.1", &guest("bus='0x05' slot='0x00' function='0x0' multifunction='on'")));
    let edited = when_added(&before, &["01:00.0"]).unwrap();
    assert_eq!(edited.placed[0].guest.unwrap().to_string(), "0000:05:00.1");
    assert!(!edited.document.text().contains("ua-gangway"), "nothing had to be switched");
}

#[test]
fn a_slot_that_is_broken_or_refuses_more_is_not_joined() {
    for there in
        ["bus='0x05' slot='0x00' function='0x1'", "bus='0x05' slot='0x00' function='0x0' multifunction='off'"]
    {
        let before = given("q35", &hostdev("01:00.1", &guest(there)));
        assert_eq!(when_added(&before, &["01:00.0"]).unwrap().root_ports, [6], "{there}");
    }
}

#[test]
fn a_function_whose_card_libvirt_places_is_left_to_libvirt() {
    let before = given("q35", &[&hostdev("01:00.0", ""), BALLOON].concat());
    assert_eq!(when_added(&before, &["01:00.1"]).unwrap().placed[0].guest, None);
}

#[test]
fn a_rom_file_goes_to_its_function() {
    let rom =
        RomFile { function: "0000:01:00.0".parse().unwrap(), file: "/roms/a&b's \"<card>\".rom".into() };
    let add_with = |rom| {
        add(
            &given("virt", ""),
            &AddDevices {
                functions: addresses(&["01:00.0", "01:00.1"]),
                rom: Some(rom),
                ..AddDevices::default()
            },
        )
    };
    let edited = add_with(rom.clone()).unwrap();
    let rom_line = "  <rom file='/roms/a&amp;b&apos;s &quot;&lt;card&gt;&quot;.rom'/>\n";
    assert_eq!(devices(&edited.document), [hostdev("01:00.0", rom_line), hostdev("01:00.1", "")].concat());
    assert_eq!(
        edited.document.pci_hostdevs()[0].rom.as_ref().unwrap().file.as_deref(),
        Some(rom.file.as_str())
    );
    let other = "0000:02:00.0".parse().unwrap();
    assert_eq!(
        add_with(RomFile { function: other, ..rom.clone() }),
        Err(EditError::RomForOther { address: other })
    );
    for path in ["relative.rom", "", "/a\u{1}", "/a\n"] {
        assert_eq!(
            add_with(RomFile { file: path.into(), ..rom.clone() }),
            Err(EditError::RomPath { path: path.into() })
        );
    }
}

#[test]
fn what_is_there_already_is_refused_by_name() {
    let address = "0000:01:00.0".parse().unwrap();
    let there = "<hostdev type='pci'><source><address bus='1'/></source></hostdev>\n";
    assert_eq!(
        when_added(&given("q35", there), &["02:00.0", "01:00.0"]),
        Err(EditError::AlreadyThere { address })
    );
    let interface =
        "<interface type='hostdev'><source><address type='pci' bus='0x1'/></source></interface>\n";
    assert_eq!(when_added(&given("q35", interface), &["01:00.0"]), Err(EditError::AlreadyThere { address }));
    let nvme = "<disk type='nvme'><source><address bus='1'/></source></disk>\n";
    assert_eq!(when_added(&given("q35", nvme), &["01:00.0"]), Err(EditError::HeldAsDisk { address }));
}

#[test]
fn a_function_named_twice_is_added_once() {
    let edited = when_added(&given("virt", ""), &["01:00.0", "0000:01:00.0"]).unwrap();
    assert_eq!(devices(&edited.document), hostdev("01:00.0", ""));
    assert_eq!(when_added(&given("virt", ""), &[]), Err(EditError::NothingNamed));
}

#[test]
fn without_devices_or_with_several_nothing_is_done() {
    let refusal = |text: &str| when_added(&Document::parse(text).unwrap(), &["01:00.0"]).unwrap_err();
    assert_eq!(refusal("<domain/>"), EditError::NoDevices);
    assert_eq!(refusal("<domain><os><devices/></os><!-- <devices/> --></domain>"), EditError::NoDevices);
    assert_eq!(refusal("<domain><x:devices xmlns:x='urn:x'/></domain>"), EditError::NoDevices);
    assert_eq!(
        refusal("<domain><devices/><devices/><devices/></domain>"),
        EditError::RepeatedDevices { count: 3 }
    );
}

#[test]
fn a_new_device_stands_where_libvirt_writes_it() {
    let order = |devices: &str| {
        let edited = when_added(&given("virt", devices), &["01:00.0"]).unwrap().document;
        let names: Vec<_> = edited.devices().map(|device| device.tag_name().name().to_owned()).collect();
        names.join(" ")
    };
    assert_eq!(order("<disk/>\n<memballoon/>\n"), "disk hostdev memballoon");
    assert_eq!(order("<video/>\n<redirdev/>\n<rng/>\n"), "video hostdev redirdev rng");
    assert_eq!(order("<memballoon/>\n"), "hostdev memballoon");
    assert_eq!(order("<hostdev type='usb'/>\n<disk/>\n"), "hostdev hostdev disk");
    assert_eq!(order("<disk/>\n<unheard-of/>\n"), "disk unheard-of hostdev");
}

#[test]
fn the_style_of_the_surroundings_is_kept() {
    let text = "<domain type=\"kvm\">\r\n\t<devices>\r\n\t\t<disk type=\"file\"/>\r\n\t\t<!-- the balloon -->\r\n\t\t<memballoon model=\"none\"/>\r\n\t</devices>\r\n</domain>";
    let edited = when_added(&Document::parse(text).unwrap(), &["01:00.0"]).unwrap();
    let expected = "<domain type=\"kvm\">\r\n\t<devices>\r\n\t\t<disk type=\"file\"/>\r\n\
        \t\t<hostdev mode=\"subsystem\" type=\"pci\" managed=\"yes\">\r\n\t\t\t<source>\r\n\
        \t\t\t\t<address domain=\"0x0000\" bus=\"0x01\" slot=\"0x00\" function=\"0x0\"/>\r\n\t\t\t</source>\r\n\t\t</hostdev>\r\n\
        \t\t<!-- the balloon -->\r\n\t\t<memballoon model=\"none\"/>\r\n\t</devices>\r\n</domain>";
    assert_eq!(edited.document.text(), expected);
}

#[test]
fn one_line_stays_one_line() {
    let text = "<domain><devices><disk type='file'/><memballoon/></devices></domain>";
    let edited = when_added(&Document::parse(text).unwrap(), &["01:00.0"]).unwrap();
    let expected = "<domain><devices><disk type='file'/><hostdev mode='subsystem' type='pci' managed='yes'><source>\
        <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev><memballoon/></devices></domain>";
    assert_eq!(edited.document.text(), expected);
}

#[test]
fn devices_without_content_are_opened() {
    let text = "<domain type='kvm'>\n  <name>a</name>\n  <devices/>\n</domain>\n";
    let edited = when_added(&Document::parse(text).unwrap(), &["01:00.0"]).unwrap();
    let inside: String = hostdev("01:00.0", "").lines().map(|line| format!("    {line}\n")).collect();
    let expected =
        format!("<domain type='kvm'>\n  <name>a</name>\n  <devices>\n{inside}  </devices >\n</domain>\n");
    assert_eq!(edited.document.text(), expected);
}
