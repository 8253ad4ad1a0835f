//! Every domain definition of the corpus: untouched it is byte-identical, adding and taking back a card leaves no
//! trace, and a definition that libvirt's schema accepts is still accepted with the card.

#![allow(clippy::disallowed_methods, reason = "a test reads the corpus and writes files for xmllint")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gangway_core::pci::PciAddress;
use gangway_domain::{
    AddDevices, Document, EditError, FeatureChanges, RomFile, VendorChange, VendorIdText, add, redact,
    remove, set_features,
};
use gangway_tests::programs::Program;
use gangway_tests::{corpus, skip};

/// A graphics card of two functions; the bus is one that no definition of the corpus uses.
fn card() -> Vec<PciAddress> {
    ["0000:7e:00.0", "0000:7e:00.1"].iter().map(|text| text.parse().unwrap()).collect()
}

/// The same with who it is.
fn chosen_card() -> AddDevices {
    let identity = |function: &PciAddress| {
        format!("{function} 0000:00/01.1/00.{} 10de:2484 1462:3904 a&b", function.function()).parse().unwrap()
    };
    AddDevices {
        identities: card().iter().map(identity).collect(),
        functions: card(),
        ..AddDevices::default()
    }
}

/// The definition with the card, a ROM file, and every switch on that goes with it.
fn with_card(document: &Document) -> Document {
    let vendor = VendorIdText::new("a&b<c>").unwrap();
    let switches = FeatureChanges { hidden: Some(true), hyperv_windows: Some(true), vendor_id: None };
    let all = FeatureChanges { vendor_id: Some(VendorChange::Set(vendor)), ..switches.clone() };
    let document = &match set_features(document, &all) {
        Err(EditError::VendorIdInMode { .. }) => set_features(document, &switches),
        edited => edited,
    }
    .unwrap()
    .document;
    let rom = RomFile { function: card()[0], file: "/usr/share/vgabios/card & more.rom".into() };
    add(document, &AddDevices { rom: Some(rom), ..chosen_card() }).unwrap().document
}

/// Every file of the corpus that holds a domain definition, with its bytes.
fn definitions() -> Option<Vec<(PathBuf, Vec<u8>)>> {
    let corpus = corpus()?;
    let mut found = Vec::new();
    for folder in ["user-domains", "libvirt-domains/qemuxmlconf", "virt-manager"] {
        let before = found.len();
        walk(&corpus.join(folder), &mut found);
        assert!(found.len() > before, "no definition in {folder}");
    }
    Some(found)
}

fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            let bytes = fs::read(&path).unwrap();
            if is_domain(&bytes) {
                found.push((path, bytes));
            }
        }
    }
}

/// Whether the outermost element is called `domain`, found without the code under test.
fn is_domain(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.trim_start();
    loop {
        let end = match rest {
            comment if comment.starts_with("<!--") => comment.find("-->").map(|at| at + 3),
            instruction if instruction.starts_with("<?") => instruction.find("?>").map(|at| at + 2),
            _ => {
                return rest.starts_with("<domain")
                    && !rest["<domain".len()..].starts_with(char::is_alphabetic);
            }
        };
        let Some(end) = end else { return false };
        rest = rest[end..].trim_start();
    }
}

#[test]
fn untouched_definitions_are_byte_identical() {
    let Some(definitions) = definitions() else { return };
    let mut read = 0;
    for (path, bytes) in &definitions {
        match Document::parse(bytes.as_slice()) {
            Ok(document) => {
                assert!(document.bytes() == bytes, "{} changed", path.display());
                read += 1;
            }
            // The corpus is not all well-formed; the parser of libvirt's own tests must agree about each.
            Err(error) => assert!(!well_formed(path), "{}: {error}", path.display()),
        }
    }
    assert!(read > 800, "only {read} definitions");
    eprintln!("{read} of {} definitions read", definitions.len());
}

#[test]
fn a_card_that_comes_and_goes_leaves_no_trace() {
    let Some(definitions) = definitions() else { return };
    let mut edited = 0;
    for (path, bytes) in &definitions {
        let Ok(document) = Document::parse(bytes.as_slice()) else { continue };
        let added = match add(&document, &chosen_card()) {
            Ok(added) => added.document,
            Err(error) => {
                assert!(matches!(error, EditError::NoDevices), "{}: {error}", path.display());
                continue;
            }
        };
        assert_ne!(added, document);
        let removed = remove(&added, &card()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(removed.document == document, "{} is not the same again", path.display());
        edited += 1;
    }
    assert!(edited > 800, "only {edited} definitions");
}

#[test]
fn what_the_schema_accepts_it_accepts_with_a_card() {
    let Some(definitions) = definitions() else { return };
    let Some(schema) = Schema::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for (number, (path, bytes)) in definitions.iter().enumerate() {
        let Ok(document) = Document::parse(bytes.as_slice()) else { continue };
        if add(&document, &AddDevices { functions: card(), ..AddDevices::default() }).is_err() {
            continue;
        }
        let [before, after] =
            ["before", "after"].map(|when| folder.path().join(format!("{number}-{when}.xml")));
        fs::write(&before, document.bytes()).unwrap();
        fs::write(&after, with_card(&document).bytes()).unwrap();
        names.push((path, before, after));
    }
    let valid = schema.valid(names.iter().flat_map(|(_, before, after)| [before, after]));
    let mut accepted = 0;
    for (path, before, after) in &names {
        if valid.contains(before) {
            accepted += 1;
            assert!(valid.contains(after), "{} is no longer valid", path.display());
        }
    }
    assert!(accepted > 700, "only {accepted} definitions are valid to begin with");
    eprintln!("{accepted} of {} definitions are valid, before and after", names.len());
}

#[test]
fn redaction_keeps_lines_and_hides_every_password() {
    let Some(definitions) = definitions() else { return };
    let mut with_passwords = 0;
    for (path, bytes) in &definitions {
        let Ok(document) = Document::parse(bytes.as_slice()) else { continue };
        let hidden = redact(document.text());
        assert_eq!(hidden.lines().count(), document.text().lines().count(), "{}", path.display());
        let shown = Document::parse(hidden).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!shown.has_passwords(), "{}", path.display());
        if document.has_passwords() {
            with_passwords += 1;
            assert_ne!(shown, document, "{}", path.display());
        } else {
            assert_eq!(shown, document, "{}", path.display());
        }
    }
    assert!(with_passwords > 5, "only {with_passwords} definitions with passwords");
}

/// Whether libxml2 reads a file; true where there is no `xmllint` to ask.
fn well_formed(path: &Path) -> bool {
    !in_path("xmllint") || Program::new("xmllint").args(["--noout", "--nonet"]).arg(path).run().status == 0
}

fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// libvirt's schema of domains.
struct Schema;

impl Schema {
    const FILE: &str = "/usr/share/libvirt/schemas/domain.rng";

    fn find() -> Option<Self> {
        if Path::new(Self::FILE).is_file() && in_path("xmllint") {
            return Some(Self);
        }
        skip("libvirt's schema or xmllint is not installed");
        None
    }

    /// Those of the files that are valid. All are checked in one go, since reading the schema takes long.
    fn valid<'a>(&self, files: impl IntoIterator<Item = &'a PathBuf>) -> HashSet<PathBuf> {
        let lint = Program::new("xmllint").args(["--noout", "--nonet", "--relaxng", Self::FILE]).args(files);
        let outcome = lint.limit(Duration::from_secs(300)).run();
        outcome.errors.lines().filter_map(|line| line.strip_suffix(" validates")).map(PathBuf::from).collect()
    }
}
