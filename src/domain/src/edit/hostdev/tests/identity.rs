//! Taking back what was added gives the former text, byte for byte, whatever the text looks like.

use proptest::prelude::*;

use super::*;

/// Shapes that have tripped editors.
#[test]
fn odd_texts_come_back_as_they_were() {
    for devices in [
        "<devices/>",
        "<devices />",
        "<devices\n/>",
        "<devices></devices>",
        "<devices> </devices>",
        "<devices></devices >",
        "<devices>\n</devices  >",
        "<devices>\n  </devices\n>",
        "<devices>\n\n\n</devices>",
        "<devices><!-- nothing --></devices>",
        "<devices> <!-- a --> <!-- b -->\n <memballoon/></devices>",
        "<devices><disk/> <!-- a\n --> <rng/></devices>",
        "<devices>text<disk/>more</devices>",
        "<devices><![CDATA[ ]]></devices>",
        "<devices>\n<?pi x?> <!-- a -->\n</devices>",
        "<devices>\n  <disk/></devices>",
        "<devices><disk/>\n  </devices>",
        "<devices>\r\n  <disk/>\r\n</devices>",
        "<devices>\r  <disk/>\r</devices>",
        "<devices a='>' b=\"'/>\" xmlns:x='/>'/>",
        "<devices>\n<hostdev type='usb'/> <!-- a -->\n<!-- b --> <rng/></devices>",
        "<devices><video><address type='pci' slot='2'/></video></devices>",
    ] {
        for machine in ["q35", "pc", "virt"] {
            let os = format!("<os><type machine='{machine}'/></os>");
            for text in [
                format!("<domain>{os}{devices}</domain>"),
                format!("<domain>\n {os}\n {devices}\n</domain>\n"),
                format!("\u{feff}<?xml version='1.0'?>\r\n<domain>\r\n\t{os}\r\n\t{devices} </domain>"),
            ] {
                assert_comes_back(&text, &["01:00.0", "01:00.1", "02:00.3"]);
            }
        }
    }
}

fn assert_comes_back(text: &str, list: &[&str]) {
    let document = Document::parse(text).unwrap();
    let added = when_added(&document, list).unwrap().document;
    assert_ne!(added, document);
    let back = when_removed(&added, list).unwrap().document;
    assert_eq!(back.text(), text, "with the device:\n{}", added.text());
    // One after the other, and in another order.
    let mut step = document;
    for one in list {
        step = when_added(&step, &[one]).unwrap().document;
    }
    for one in list.iter().rev() {
        step = when_removed(&step, &[one]).unwrap().document;
    }
    assert_eq!(step.text(), text);
}

fn gap() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "",
            "",
            "\n",
            "\n  ",
            "\n    ",
            "\r\n\t",
            " ",
            "\n\n  ",
            "<!-- c -->",
            "\n <!-- d\n -->",
            " <!-- e -->\n",
        ][..],
    )
}

/// A child of `<devices>`.
fn device() -> impl Strategy<Value = String> {
    let guest = (
        0_u8..3,
        0_u8..5,
        0_u8..3,
        prop::sample::select(&["", " multifunction='on'", " multifunction='off'"][..]),
    );
    let address = guest.prop_map(|(bus, slot, function, more)| {
        format!("<address type='pci' bus='{bus}' slot='{slot}' function='{function}'{more}/>")
    });
    let address = prop_oneof![Just(String::new()), address];
    let source = (1_u8..3, 0_u8..3);
    prop_oneof![
        address.clone().prop_map(|address| format!("<video>{address}</video>")),
        (source, address, prop::bool::ANY).prop_map(|((bus, function), address, ours)| {
            let alias = if ours { format!("<alias name='ua-gangway-multifunction-{bus}'/>") } else { String::new() };
            format!("<hostdev type=\"pci\"><source><address bus='{bus}' function='{function}'/></source>{alias}\n{address}</hostdev>")
        }),
        (0_u8..4, prop::bool::ANY).prop_map(|(index, ours)| {
            let alias = if ours { "<alias name='ua-gangway-port-0000-01-00'/>" } else { "" };
            format!("<controller index='{index}' type='pci' model='pcie-root-port'>{alias}</controller>")
        }),
        Just("<memballoon model='none'/>".to_owned()),
        Just("<hostdev type='usb'/>".to_owned()),
    ]
}

fn definition() -> impl Strategy<Value = String> {
    let machine = prop::sample::select(&["q35", "pc", "virt"][..]);
    (machine, gap(), gap(), prop::collection::vec((device(), gap()), 0..6)).prop_map(|(machine, outer, first, devices)| {
        let inside: String = devices.iter().map(|(device, gap)| format!("{device}{gap}")).collect();
        format!("<domain>{outer}<os><type machine='{machine}'/></os>{outer}<devices>{first}{inside}</devices>{outer}</domain>")
    })
}

proptest! {
    #[test]
    fn adding_and_taking_back_leaves_no_trace(
        text in definition(),
        functions in prop::collection::btree_set((1_u8..4, 0_u8..4), 1..5),
    ) {
        let document = Document::parse(text.as_str()).unwrap();
        let there = document.pci_hostdevs();
        let new: Vec<_> = functions
            .iter()
            .filter_map(|(bus, function)| PciAddress::new(0, *bus, 0, *function))
            .filter(|address| there.iter().all(|device| device.source != *address))
            .collect();
        prop_assume!(!new.is_empty());
        let added = add(&document, &AddDevices { functions: new.clone(), ..AddDevices::default() }).unwrap();
        for address in &new {
            let found = added.document.pci_hostdevs().into_iter().find(|device| device.source == *address).unwrap();
            let placed = added.placed.iter().find(|placed| placed.source == *address).unwrap();
            prop_assert_eq!(placed.guest, found.guest);
        }
        let back = remove(&added.document, &new).unwrap();
        prop_assert_eq!(back.document.text(), text);
    }

    #[test]
    fn taking_back_any_of_them_leaves_the_others(text in definition(), chosen in prop::bits::u8::ANY) {
        let document = Document::parse(text.as_str()).unwrap();
        let mut there: Vec<_> = document.pci_hostdevs().into_iter().map(|device| device.source).collect();
        there.sort_unstable();
        there.dedup();
        let (leaving, staying): (Vec<_>, Vec<_>) =
            there.iter().enumerate().partition(|(at, _)| chosen & (1 << (at % 8)) != 0);
        let leaving: Vec<_> = leaving.into_iter().map(|(_, address)| *address).collect();
        if leaving.is_empty() {
            prop_assert_eq!(remove(&document, &leaving), Err(EditError::NothingNamed));
            return Ok(());
        }
        let after = remove(&document, &leaving).unwrap().document;
        let mut left: Vec<_> = after.pci_hostdevs().into_iter().map(|device| device.source).collect();
        left.sort_unstable();
        left.dedup();
        prop_assert_eq!(left, staying.into_iter().map(|(_, address)| *address).collect::<Vec<_>>());
        let comments = |text: &str| text.matches("<!--").count();
        prop_assert_eq!(comments(after.text()), comments(&text));
        let others = |text: &str| text.matches("<video>").count() + text.matches("<memballoon").count();
        prop_assert_eq!(others(after.text()), others(&text));
    }

    #[test]
    fn no_two_devices_share_a_place(machine in prop::sample::select(&["q35", "pc"][..]), cards in 1_u8..20) {
        let document = given(machine, BALLOON);
        let functions = (1..=cards).flat_map(|bus| (0..4).filter_map(move |f| PciAddress::new(0, bus, 0, f))).collect();
        let added = add(&document, &AddDevices { functions, ..AddDevices::default() }).unwrap().document;
        let mut places = added.guest_addresses();
        let count = places.len();
        places.sort_unstable();
        places.dedup();
        prop_assert_eq!(places.len(), count);
    }
}
