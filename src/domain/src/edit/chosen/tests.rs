//! Marks as sentences: what is remembered is exactly this text, and what is forgotten leaves none.

use proptest::prelude::*;

use super::*;
use crate::edit::hostdev::{AddDevices, add, remove};
use crate::redact::redact;

fn identity(text: &str) -> Identity {
    text.parse().unwrap()
}

fn card() -> Identity {
    identity("0000:01:00.0 0000:00/01.1/00.0 10de:2484 1462:3904")
}

fn audio() -> Identity {
    identity("0000:01:00.1 0000:00/01.1/00.1 10de:228b - 0x1234 5")
}

fn given(text: &str) -> Document {
    Document::parse(text).unwrap()
}

const HOSTDEV: &str = "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>\
    <hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='1'/></source></hostdev>";

#[test]
fn a_mark_stands_where_libvirt_has_metadata() {
    let document = given(
        "<domain>\n  <name>a</name>\n  <uuid>u</uuid>\n  <memory>1</memory>\n  <devices/>\n</domain>\n",
    );
    let marked = remember(&document, &[card(), audio()]).unwrap();
    assert_eq!(
        marked.text(),
        "<domain>\n  <name>a</name>\n  <uuid>u</uuid>\n  <metadata>\n    \
         <gangway:devices xmlns:gangway='https://gangway.org/xmlns/libvirt/domain/1.0' metadata-was='missing'>\n      \
         <gangway:device address='0000:01:00.0' way='0000:00/01.1/00.0' id='10de:2484' subsystem='1462:3904'/>\n      \
         <gangway:device address='0000:01:00.1' way='0000:00/01.1/00.1' id='10de:228b' serial-number='0x1234 5'/>\n    \
         </gangway:devices>\n  </metadata>\n  <memory>1</memory>\n  <devices/>\n</domain>\n"
    );
    assert_eq!(forget(&marked, &[card().address, audio().address]).unwrap(), document);
}

#[test]
fn what_was_remembered_is_read_again_while_the_device_is_there() {
    let document = given(&format!("<domain><devices>{HOSTDEV}</devices></domain>"));
    let marked = remember(&document, &[card(), audio()]).unwrap();
    assert_eq!(marked.chosen(), [card(), audio()]);
    // libvirt writes double quotes there, and a program may choose another prefix.
    let other =
        marked.text().replace('\'', "\"").replace("gangway:", "g:").replace("xmlns:gangway", "xmlns:g");
    assert_eq!(given(&other).chosen(), [card(), audio()]);
    let gone = remove(&given(&other), &[card().address]).unwrap().document;
    assert_eq!(gone.chosen(), [audio()]);
    assert!(!gone.text().contains("2484"), "{}", gone.text());
    let without = remember(&given("<domain/>"), &[card()]).unwrap();
    assert_eq!(without.chosen(), [], "a mark without its device says nothing");
    assert_eq!(given("<domain><metadata><devices/></metadata></domain>").chosen(), []);
}

#[test]
fn a_later_choice_replaces_an_earlier_one() {
    let document = given(&format!("<domain><devices>{HOSTDEV}</devices></domain>"));
    let later = identity("0000:01:00.0 0000:00/01.1/00.0 1002:73bf -");
    let marked = remember(&remember(&document, &[card()]).unwrap(), std::slice::from_ref(&later)).unwrap();
    assert_eq!(marked.chosen(), [later]);
    assert_eq!(forget(&marked, &[card().address]).unwrap(), document);
}

#[test]
fn nonsense_is_no_mark_and_stays() {
    let text = format!(
        "<domain><metadata><g:devices xmlns:g='{MARKS}'><g:device address='x'/><g:device/>\
         <g:device address='0000:01:00.0' way='0000:00/1' id='10de:2484'/></g:devices></metadata>\
         <devices>{HOSTDEV}</devices></domain>"
    );
    assert_eq!(given(&text).chosen(), []);
    assert_eq!(forget(&given(&text), &[card().address]).unwrap().text(), text);
    let empty =
        given(&format!("<domain>\n <metadata>\n  <g:devices xmlns:g='{MARKS}'/>\n </metadata>\n</domain>"));
    assert!(remember(&empty, &[card()]).unwrap().text().contains("2484"));
}

#[test]
fn a_serial_number_is_hidden_where_passwords_are_and_must_fit_into_xml() {
    let document = given("<domain/>");
    let marked = remember(&document, &[audio()]).unwrap();
    let shown = redact(marked.text());
    assert!(!shown.contains("1234") && shown.contains("serial-number='********'"), "{shown}");
    let odd = Identity { serial: Some("a\u{1}b".to_owned()), ..card() };
    assert!(!remember(&document, &[odd]).unwrap().text().contains("serial"));
    let quoted = Identity { serial: Some("<'\"&\u{e9}>".to_owned()), ..card() };
    let marked = remember(
        &given(&format!("<domain><devices>{HOSTDEV}</devices></domain>")),
        std::slice::from_ref(&quoted),
    );
    assert_eq!(marked.unwrap().chosen(), [quoted]);
}

#[test]
fn odd_texts_come_back_as_they_were() {
    let other = "<o:x xmlns:o='urn:o'><o:devices/></o:x>";
    for metadata in [
        "",
        "<metadata/>",
        "<metadata />",
        "<metadata\n/>",
        "<metadata></metadata>",
        "<metadata></metadata >",
        "<metadata> </metadata>",
        "<metadata>\n  </metadata>",
        "<metadata>\n\n</metadata\n>",
        "<metadata><!-- a --></metadata>",
        "<metadata> <!-- a --> <!-- b\n --> </metadata>",
        "<metadata>\n    <!-- a -->\n  </metadata>",
        &format!("<metadata>{other}</metadata>"),
        &format!("<metadata> {other} <!-- a --></metadata>"),
        &format!("<metadata>\n    {other}\n  </metadata>"),
        &format!("<metadata>\r\n\t\t{other} <!-- a -->\r\n\t</metadata>"),
        &format!("<metadata>{other}{other}</metadata><metadata/>"),
        "<metadata a='>' xmlns:x='/>'/>",
        "<metadata><![CDATA[ ]]>text</metadata>",
    ] {
        for frame in [
            "<domain><name>a</name>M<memory>1</memory></domain>",
            "<domain>M</domain>",
            "<domain>\n  <name>a</name> <!-- n -->\n  M\n  <memory>1</memory>\n</domain>\n",
            "<domain>\n  M\n</domain>",
            "\u{feff}<?xml version='1.0'?>\r\n<domain type=\"kvm\">\r\n\t<title>M</title>\r\n\tM <!-- c -->\r\n</domain>",
            "<domain> <memory>1</memory> M </domain>",
        ] {
            comes_back(&frame.replace('M', metadata));
        }
    }
}

fn comes_back(text: &str) {
    let Ok(document) = Document::parse(text) else { panic!("{text}") };
    let (card, audio) = (card(), audio());
    let both = remember(&document, &[card.clone(), audio.clone()]).unwrap();
    assert_eq!(forget(&both, &[audio.address, card.address]).unwrap().text(), text, "{}", both.text());
    let one = remember(&document, std::slice::from_ref(&card)).unwrap();
    let other = remember(&one, std::slice::from_ref(&audio)).unwrap();
    assert_eq!(forget(&other, &[audio.address]).unwrap(), one, "{}", other.text());
    let first_gone = forget(&other, &[card.address]).unwrap();
    assert_eq!(forget(&first_gone, &[audio.address]).unwrap().text(), text);
}

fn gap() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
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

fn definition() -> impl Strategy<Value = String> {
    let metadata = prop::sample::select(
        &["", "<metadata/>", "<metadata>G</metadata>", "<metadata>G<o:x xmlns:o='urn:o'/>G</metadata>"][..],
    );
    (metadata, gap(), gap(), prop::sample::select(&["", "<devices/>", "<devices><rng/></devices>"][..])).prop_map(
        |(metadata, outer, inner, devices)| {
            let metadata = metadata.replace('G', inner);
            format!("<domain>{outer}<name>a</name>{outer}{metadata}{outer}<memory>1</memory>{inner}{devices}{outer}</domain>")
        },
    )
}

proptest! {
    #[test]
    fn remembering_and_forgetting_leaves_no_trace(text in definition()) {
        comes_back(&text);
        let document = Document::parse(text.as_str()).unwrap();
        let devices = AddDevices {
            functions: vec![card().address, audio().address],
            identities: vec![card(), audio()],
            ..AddDevices::default()
        };
        if let Ok(added) = add(&document, &devices) {
            prop_assert_eq!(added.document.chosen(), [card(), audio()]);
            let back = remove(&added.document, &devices.functions).unwrap().document;
            prop_assert_eq!(back.text(), text);
        }
    }
}
