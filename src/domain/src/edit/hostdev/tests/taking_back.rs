//! Taking back: what leaves with a device, and what stays valid.

use super::*;

#[test]
fn a_device_that_is_not_there_is_named() {
    let document = given("q35", &hostdev("01:00.0", ""));
    let address = "0000:01:00.1".parse().unwrap();
    assert_eq!(when_removed(&document, &["01:00.0", "01:00.1"]), Err(EditError::NotThere { address }));
    assert_eq!(when_removed(&document, &[]), Err(EditError::NothingNamed));
    assert_eq!(when_removed(&Document::parse("<domain/>").unwrap(), &["01:00.0"]), Err(EditError::NoDevices));
}

#[test]
fn a_device_of_somebody_else_leaves_with_what_is_in_it() {
    let theirs = "<!-- mine -->\n<hostdev type='pci' mode='subsystem'>\n  <!-- the card -->\n  <driver name='vfio'/>\n\
        \x20 <source>\n    <address function='0' slot=\"0\" bus='1'/>\n  </source>\n</hostdev>\n";
    let document = given("q35", &["<disk/>\n", theirs, "<rng/>\n"].concat());
    let edited = when_removed(&document, &["01:00.0"]).unwrap();
    assert_eq!(devices(&edited.document), "<disk/>\n<!-- mine -->\n<rng/>\n");
    assert_eq!(edited.root_ports, [0_u8; 0]);
}

#[test]
fn a_comment_behind_a_device_stays_on_its_line() {
    let one_line = "<hostdev type='pci'><source><address bus='1'/></source></hostdev> <!-- the card -->\n";
    let document = given("q35", &["<disk/>\n", one_line, "<rng/>\n"].concat());
    assert_eq!(
        devices(&when_removed(&document, &["01:00.0"]).unwrap().document),
        "<disk/>\n<!-- the card -->\n<rng/>\n"
    );
}

#[test]
fn devices_on_one_line_close_up() {
    let hostdev = "<hostdev type='pci'><source><address bus='1'/></source></hostdev>";
    let text = format!("<domain><devices><disk/> {hostdev} <rng/></devices></domain>");
    let edited = when_removed(&Document::parse(text).unwrap(), &["01:00.0"]).unwrap();
    assert_eq!(edited.document.text(), "<domain><devices><disk/> <rng/></devices></domain>");
}

#[test]
fn a_device_that_is_there_twice_leaves_twice() {
    let document = given("q35", &[hostdev("01:00.0", ""), hostdev("01:00.0", "")].concat());
    assert_eq!(devices(&when_removed(&document, &["01:00.0"]).unwrap().document), "");
}

#[test]
fn a_network_function_leaves_and_a_disk_does_not() {
    let interface = "<interface type='hostdev'>\n  <mac address='52:54:00:00:00:01'/>\n  <source>\n    <address type='pci' bus='0x06'/>\n  </source>\n</interface>\n";
    assert_eq!(devices(&when_removed(&given("q35", interface), &["06:00.0"]).unwrap().document), "");
    let nvme = "<disk type='nvme'><source><address bus='7'/></source></disk>\n";
    let address = "0000:07:00.0".parse().unwrap();
    assert_eq!(when_removed(&given("q35", nvme), &["07:00.0"]), Err(EditError::HeldAsDisk { address }));
}

#[test]
fn our_root_port_leaves_with_the_last_function() {
    let before = given("q35", BALLOON);
    let card = when_added(&before, &["01:00.0", "01:00.1"]).unwrap().document;
    let half = when_removed(&card, &["01:00.1"]).unwrap();
    assert_eq!(half.root_ports, [0_u8; 0]);
    assert_eq!(half.document.controllers().len(), 1);
    let none = when_removed(&half.document, &["01:00.0"]).unwrap();
    assert_eq!((none.root_ports, none.document), (vec![2], before));
}

#[test]
fn a_root_port_of_others_stays() {
    let port = "<controller type='pci' index='5' model='pcie-root-port'/>\n";
    let document =
        given("q35", &[port, &hostdev("01:00.0", &guest("bus='0x05' slot='0x00' function='0x0'"))].concat());
    assert_eq!(devices(&when_removed(&document, &["01:00.0"]).unwrap().document), port);
}

#[test]
fn our_root_port_stays_while_something_else_is_behind_it() {
    let port = "<controller type='pci' index='1' model='pcie-root-port'>\n  <alias name='ua-gangway-port-0000-01-00'/>\n</controller>\n";
    let document = given(
        "q35",
        &[port, &hostdev("01:00.0", &guest("bus='0x01' slot='0x00' function='0x1'")), BALLOON].concat(),
    );
    let edited = when_removed(&document, &["01:00.0"]).unwrap();
    assert_eq!(devices(&edited.document), [port, BALLOON].concat());
}

#[test]
fn when_function_0_leaves_the_lowest_other_takes_its_place() {
    let at = |source, function, more| {
        hostdev(source, &guest(&format!("bus='0x05' slot='0x00' function='{function}'{more}")))
    };
    let document = given(
        "q35",
        &[at("01:00.0", "0x0", " multifunction='on'"), at("01:00.2", "0x2", ""), at("01:00.1", "0x1", "")]
            .concat(),
    );
    let edited = when_removed(&document, &["01:00.0"]).unwrap();
    assert_eq!(
        devices(&edited.document),
        [at("01:00.2", "0x2", ""), at("01:00.1", "0x0", " multifunction='on'")].concat()
    );
    assert_eq!(edited.placed.len(), 1);
    assert_eq!(edited.placed[0].guest.unwrap().function, 0);
    let last = when_removed(&edited.document, &["01:00.1"]).unwrap();
    assert_eq!(devices(&last.document), at("01:00.2", "0x0", ""));
}

#[test]
fn a_slot_without_function_0_is_left_alone() {
    let at =
        |source, function| hostdev(source, &guest(&format!("bus='0x05' slot='0x00' function='{function}'")));
    let document = given("q35", &[at("01:00.1", "0x1"), at("01:00.2", "0x2")].concat());
    assert_eq!(devices(&when_removed(&document, &["01:00.1"]).unwrap().document), at("01:00.2", "0x2"));
}

#[test]
fn a_late_function_leaves_its_slot_as_it_was() {
    let before = given("q35", &hostdev("01:00.0", &guest("bus='0x05' slot='0x00' function='0x0'")));
    let two =
        when_added(&when_added(&before, &["01:00.1"]).unwrap().document, &["01:00.2"]).unwrap().document;
    let one = when_removed(&two, &["01:00.1"]).unwrap().document;
    assert!(one.text().contains("function='0x0' multifunction='on'"), "a second function is still there");
    assert_eq!(when_removed(&one, &["01:00.2"]).unwrap().document, before);
}

#[test]
fn what_libvirt_wrote_anew_can_be_taken_back() {
    // What libvirt 11.3 made of an added card: attributes in its own order, everything filled in.
    let filled = "<controller type='pci' index='2' model='pcie-root-port'>\n  <model name='pcie-root-port'/>\n  <target chassis='2' port='0x9'/>\n\
        \x20 <alias name='ua-gangway-port-0000-01-00'/>\n  <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x1'/>\n</controller>\n";
    let card = [
        hostdev("01:00.0", &guest("bus='0x02' slot='0x00' function='0x0' multifunction='on'")),
        hostdev("01:00.1", &guest("bus='0x02' slot='0x00' function='0x1'")),
    ];
    let document = given("q35", &[ROOT, PORT_1, filled, &card.concat(), BALLOON].concat());
    let edited = when_removed(&document, &["01:00.0", "01:00.1"]).unwrap();
    assert_eq!(devices(&edited.document), [ROOT, PORT_1, BALLOON].concat());
    assert_eq!(edited.root_ports, [2]);
}
