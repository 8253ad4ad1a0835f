//! Domain definitions that are broken, hostile or merely unusual: each gives its one error, quickly and without
//! overflowing a small stack, or is edited with every byte in its place.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use gangway_core::pci::PciAddress;
use gangway_domain::document::MAX_BYTES;
use gangway_domain::{AddDevices, Document, EditError, ParseErrorKind, add, remove};

fn card() -> Vec<PciAddress> {
    ["0000:01:00.0", "0000:01:00.1"].iter().map(|text| text.parse().unwrap()).collect()
}

fn adding(document: &Document) -> Result<Document, EditError> {
    add(document, &AddDevices { functions: card(), ..AddDevices::default() }).map(|edited| edited.document)
}

fn refusal(bytes: impl Into<Vec<u8>>) -> ParseErrorKind {
    Document::parse(bytes).unwrap_err().kind
}

/// The definition can be edited, and the edit taken back.
fn assert_edits(text: &str) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(document.text(), text);
    let added = adding(&document).unwrap();
    assert_eq!(added.pci_hostdevs().len(), document.pci_hostdevs().len() + 2);
    assert_eq!(remove(&added, &card()).unwrap().document.text(), text);
}

/// Runs something on a thread with a small stack, and within a time.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let started = Instant::now();
    let result = thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
    assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());
    result
}

const GOOD: &str = "<domain type='kvm'>
  <name>a</name>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <devices>
    <video>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>
    </video>
  </devices>
</domain>
";

#[test]
fn empty_input_is_empty() {
    for nothing in ["", "\n", " \t\r\n", "\u{feff}"] {
        assert_eq!(refusal(nothing), ParseErrorKind::Empty);
    }
}

#[test]
fn a_hundred_megabytes_are_refused_at_once() {
    let size = 100 << 20;
    let mut text = b"<domain><devices/><!--".to_vec();
    text.resize(size, b'x');
    let started = Instant::now();
    assert_eq!(refusal(text), ParseErrorKind::TooLarge { size });
    assert!(started.elapsed() < Duration::from_millis(500), "took {:?}", started.elapsed());
}

#[test]
fn the_longest_definition_is_read_and_cannot_grow() {
    let frame = "<domain><devices/><!---->".len() + "</domain>".len();
    let text = format!("<domain><devices/><!--{}--></domain>", "x".repeat(MAX_BYTES - frame));
    let document = Document::parse(text).unwrap();
    assert!(
        matches!(adding(&document), Err(EditError::Result(error)) if matches!(error.kind, ParseErrorKind::TooLarge { .. }))
    );
}

#[test]
fn hostile_shapes_end_quickly_on_a_small_stack() {
    let deep = |open: &str, close: &str, depth| {
        format!("<domain>{}{}</domain>", open.repeat(depth), close.repeat(depth))
    };
    assert!(matches!(
        on_a_small_stack(move || refusal(deep("<a>", "</a>", 200_000))),
        ParseErrorKind::TooDeep { .. }
    ));
    assert!(matches!(
        on_a_small_stack(|| refusal("<domain>".repeat(1 << 20))),
        ParseErrorKind::TooDeep { .. }
    ));
    on_a_small_stack(move || {
        Document::parse(deep("<devices>", "</devices>", 200)).unwrap().pci_hostdevs().len()
    });

    let mut attributes = "<domain".to_owned();
    (0..1_000_000).for_each(|n| write!(attributes, " a{n}=''").unwrap());
    assert!(matches!(
        on_a_small_stack(|| refusal(attributes + "/>")),
        ParseErrorKind::TooManyAttributes { .. }
    ));
    let namespaces: String = (0..400_000).map(|n| format!("<a xmlns:n{n}='urn:{n}'/>")).collect();
    assert!(matches!(
        on_a_small_stack(move || refusal(format!("<domain>{namespaces}</domain>"))),
        ParseErrorKind::TooManyAttributes { .. }
    ));

    let wide = format!("<domain><devices>{}</devices></domain>", "<hostdev type='pci'/>".repeat(100_000));
    let document = on_a_small_stack(|| Document::parse(wide).unwrap());
    assert_eq!(on_a_small_stack(move || adding(&document).unwrap().unreadable_hostdevs().len()), 100_000);
}

#[test]
fn what_is_no_xml_says_where() {
    for text in [
        "hello",
        "{\"domain\": 1}",
        "<domain",
        "<domain>",
        "</domain>",
        "<domain></domaim>",
        "<domain a='1' a='2'/>",
        "<domain>&nbsp;</domain>",
        "<domain/><domain/>",
        "<q:domain/>",
        "<domain><qemu:commandline/></domain>",
    ] {
        let error = Document::parse(text).unwrap_err();
        assert!(
            matches!(&error.kind, ParseErrorKind::NotXml { detail } if !detail.is_empty()),
            "{text}: {error}"
        );
        assert!(error.line == 1 && error.column >= 1, "{text}: {error}");
    }
}

#[test]
fn a_document_type_is_refused() {
    let bomb = "<!DOCTYPE domain [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><domain><name>&b;</name></domain>";
    let outside = "<?xml version='1.0'?>\n<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>";
    for text in [bomb, outside, "<!DOCTYPE domain><domain/>"] {
        assert_eq!(refusal(text), ParseErrorKind::Dtd);
    }
}

#[test]
fn nul_bytes_and_invalid_utf8_are_refused() {
    assert!(matches!(refusal("<domain>\0</domain>"), ParseErrorKind::NotXml { .. }));
    assert!(matches!(refusal("\0\0\0\0"), ParseErrorKind::NotXml { .. }));
    assert_eq!(refusal(b"<domain><name>\xc3\x28</name></domain>".to_vec()), ParseErrorKind::NotUtf8);
    assert_eq!(refusal(b"<domain><name>\xed\xa0\x80</name></domain>".to_vec()), ParseErrorKind::NotUtf8);
    assert!(matches!(refusal("<domain>\u{ffff}</domain>"), ParseErrorKind::NotXml { .. }));
}

#[test]
fn other_encodings_are_refused_by_name() {
    let latin =
        b"<?xml version='1.0' encoding='ISO-8859-1'?><domain><name>M\xfcller</name></domain>".to_vec();
    assert!(matches!(refusal(latin), ParseErrorKind::NotUtf8 | ParseErrorKind::Encoding { .. }));
    assert_eq!(
        refusal("<?xml version='1.0' encoding='latin1'?><domain/>"),
        ParseErrorKind::Encoding { encoding: "latin1".into() }
    );
    let wide: Vec<u8> = "\u{feff}<domain/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(refusal(wide), ParseErrorKind::Encoding { encoding: "UTF-16BE".into() });
}

#[test]
fn every_cut_is_an_error() {
    for end in 0..GOOD.trim_end().len() {
        let error = Document::parse(&GOOD.as_bytes()[..end]).unwrap_err();
        assert!(
            matches!(error.kind, ParseErrorKind::NotXml { .. } | ParseErrorKind::Empty),
            "{end}: {error}"
        );
    }
}

#[test]
fn other_documents_of_libvirt_are_named() {
    for root in ["domstatus", "domainsnapshot", "node", "network", "Domain"] {
        let text = format!("<{root}>{GOOD}</{root}>");
        assert_eq!(refusal(text), ParseErrorKind::NotADomain { root: root.into() });
    }
    assert_eq!(refusal("<domain xmlns='urn:other'/>"), ParseErrorKind::NotADomain { root: "domain".into() });
}

#[test]
fn nested_devices_are_not_devices() {
    let nested = "<domain><metadata><devices><hostdev type='pci'><source><address bus='1'/></source></hostdev></devices></metadata>";
    let without = Document::parse(format!("{nested}</domain>")).unwrap();
    assert_eq!(without.pci_hostdevs(), []);
    assert_eq!(adding(&without), Err(EditError::NoDevices));
    assert_edits(&format!("{nested}<devices><devices/></devices></domain>"));
}

#[test]
fn repeated_devices_are_read_but_not_edited() {
    let hostdev = "<hostdev type='pci'><source><address bus='1'/></source></hostdev>";
    let text = format!("<domain><name>a</name><devices>{hostdev}</devices><devices/></domain>");
    let document = Document::parse(text).unwrap();
    assert_eq!(document.name().as_deref(), Some("a"));
    assert_eq!(document.pci_hostdevs().len(), 1);
    assert_eq!(adding(&document), Err(EditError::RepeatedDevices { count: 2 }));
    let refused = remove(&document, &card()[..1]).unwrap_err();
    assert_eq!(refused, EditError::RepeatedDevices { count: 2 });
}

#[test]
fn unusual_texts_are_edited_with_every_byte_in_place() {
    assert_edits(GOOD);
    assert_edits(&GOOD.replace('\n', "\r\n"));
    assert_edits(&GOOD.replace('\n', "\r"));
    assert_edits(&format!("\u{feff}{GOOD}"));
    assert_edits(&format!(
        "<?xml version=\"1.1\" encoding=\"utf-8\" standalone='yes' ?>\n<!-- a -->\n<?pi b?>\n{GOOD}<!-- c -->\n"
    ));
    assert_edits(&GOOD.replace("  ", "\t"));
    assert_edits(&GOOD.replace('\n', ""));
    assert_edits(GOOD.trim_end());
    assert_edits(&GOOD.replace('\'', "\""));
    assert_edits(&GOOD.replace("<name>a", "<name><![CDATA[<devices>]]>&amp;&#x1F600;\u{1f600}"));
    assert_edits(&GOOD.replace("<devices>", "<devices ><!-- <devices> -->"));
    let qemu = "<qemu:commandline>\n    <qemu:arg value='-device'/>\n  </qemu:commandline>\n</domain>";
    let namespace = "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'";
    assert_edits(&GOOD.replace("<domain", namespace).replace("</domain>", qemu));
}
