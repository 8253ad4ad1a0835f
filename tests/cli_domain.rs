//! `gangwayctl domain` as a whole process: text in, text out, bytes that are not edited the same, and one
//! sentence for every text that cannot be edited.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use gangway_tests::programs::{Outcome, Program};

const CARD: [&str; 2] = ["01:00.0", "0000:01:00.1"];

fn edit(state: &Path, verb: &str, xml: &[u8]) -> Outcome {
    // No libvirt and no host: neither can be reached from here.
    Program::gangwayctl(state)
        .args(["domain", verb, "-"])
        .args(CARD)
        .args(["--connect", "qemu+unix:///system?socket=/nowhere", "--root", "/nowhere"])
        .input(xml)
        .run()
}

const Q35: &str = "<?xml version='1.0'?>\r\n<!-- before -->\r\n<domain type=\"kvm\" xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\r\n  <name>a &amp; b / 😀</name>\r\n  <os><type arch='x86_64' machine='pc-q35-9.2'>hvm</type></os>\r\n  <devices>\r\n\t<emulator><![CDATA[/usr/bin/qemu]]></emulator>\r\n    <controller type='pci' index='0' model='pcie-root'/>\r\n  </devices>\r\n  <qemu:commandline><qemu:arg value='-x'></qemu:arg></qemu:commandline>\r\n</domain>\r\n<!-- after -->";

#[test]
fn what_was_added_is_removed_to_the_byte() {
    let state = tempfile::tempdir().unwrap();
    let i440fx =
        Q35.replace("pc-q35-9.2", "pc-i440fx-9.2").replace("pcie-root", "pci-root").replace("\r\n", "\n");
    let marked = format!("\u{feff}{Q35}");
    for xml in [Q35, &i440fx, &marked] {
        let added = edit(state.path(), "add", xml.as_bytes());
        assert_eq!((added.status, added.errors.as_str()), (0, ""));
        assert_ne!(added.output, xml.as_bytes());
        assert_eq!(added.text().matches("managed='yes'").count(), 2, "{}", added.text());
        let removed = edit(state.path(), "remove", &added.output);
        assert_eq!((removed.status, removed.errors.as_str()), (0, ""));
        assert!(removed.output == xml.as_bytes(), "{}", removed.text());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn a_file_is_read_and_stays_as_it_is() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("a name with spaces.xml");
    fs::write(&file, Q35).unwrap();
    let added = Program::gangwayctl(state.path()).args(["domain", "add"]).arg(&file).args(CARD).run();
    assert_eq!(added.status, 0, "{}", added.errors);
    assert_eq!(added.output, edit(state.path(), "add", Q35.as_bytes()).output);
    assert_eq!(fs::read_to_string(&file).unwrap(), Q35);
}

#[test]
fn bad_texts_get_one_sentence_and_nothing_else() {
    let state = tempfile::tempdir().unwrap();
    let huge = [b"<domain><!--".as_slice(), &vec![b'x'; 100 << 20], b"--></domain>"].concat();
    let deep = [b"<domain>".repeat(100_000), b"</domain>".repeat(100_000)].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", b"".to_vec()),
        ("blank", b" \n\t".to_vec()),
        ("100 MB", huge),
        ("too deep", deep),
        ("not XML", b"\x7fELF\x02\x01".to_vec()),
        ("a list", b"<domains><domain/></domains>".to_vec()),
        ("not closed", Q35.trim_end_matches("</domain>\r\n<!-- after -->").into()),
        (
            "a DTD",
            b"<!DOCTYPE domain [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><domain><name>&b;</name></domain>"
                .to_vec(),
        ),
        ("not UTF-8", b"<domain><name>\xff\xfe</name><devices/></domain>".to_vec()),
        ("no devices", b"<domain><name>a</name></domain>".to_vec()),
        ("devices twice", b"<domain><devices></devices><devices></devices></domain>".to_vec()),
        ("unbound prefix", b"<domain><qemu:commandline/><devices/></domain>".to_vec()),
    ];
    for (name, xml) in cases {
        let outcome = edit(state.path(), "add", &xml);
        let sentence = outcome.refused();
        assert!(outcome.output.is_empty(), "{name}");
        assert!(sentence.contains("standard input"), "{name}: {sentence}");
        assert!(sentence.len() < 400, "{name}: {sentence}");
    }
}

#[test]
fn nested_devices_are_not_mistaken_for_the_machines_own() {
    let state = tempfile::tempdir().unwrap();
    let xml = "<domain><name>a</name><metadata><x:y xmlns:x='urn:x'><devices><hostdev/></devices></x:y></metadata><devices>\n</devices></domain>";
    let added = edit(state.path(), "add", xml.as_bytes());
    assert_eq!(added.status, 0, "{}", added.errors);
    assert!(added.text().contains("<devices><hostdev/></devices></x:y>"), "{}", added.text());
    assert!(edit(state.path(), "remove", &added.output).output == xml.as_bytes());
}

#[test]
fn what_is_there_already_or_not_at_all_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let added = edit(state.path(), "add", Q35.as_bytes());
    assert!(edit(state.path(), "add", &added.output).refused().contains("01:00.0"));
    assert!(edit(state.path(), "remove", Q35.as_bytes()).refused().contains("01:00.0"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let state = tempfile::tempdir().unwrap();
    for file in [state.path().join("absent.xml"), state.path().to_path_buf()] {
        let outcome = Program::gangwayctl(state.path()).args(["domain", "add"]).arg(&file).args(CARD).run();
        assert!(outcome.refused().contains(file.to_str().unwrap()));
    }
}

#[test]
fn a_pipe_is_read_and_one_that_nobody_writes_to_is_not_waited_for() {
    let state = tempfile::tempdir().unwrap();
    let pipe = state.path().join("pipe");
    let made = Program::new("mkfifo").arg(&pipe).run();
    assert_eq!(made.status, 0, "{}", made.errors);
    let add = || Program::gangwayctl(state.path()).args(["domain", "add"]).arg(&pipe).args(CARD);
    assert!(add().run().refused().contains("it is empty"));
    // Open for both, it never blocks here, and has a writer for as long as it stays open.
    let mut both = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let writer = std::thread::spawn(move || {
        both.write_all(b"<domain><devices>").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        both.write_all(b"</devices></domain>").unwrap();
    });
    let outcome = add().run();
    writer.join().unwrap();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    assert!(outcome.text().contains("</hostdev>"));
}
