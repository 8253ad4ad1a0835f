//! Every listing of IOMMU groups and of `lspci` in the corpus, turned into a tree and read back, in this process and by
//! `gangwayctl list --json`: nothing may be lost or moved.

use std::path::{Path, PathBuf};

use gangway_core::host::{Function, GroupId, Host};
use gangway_core::machine_file::MachineFile;
use gangway_core::source::Source;
use gangway_tests::programs::Program;
use gangway_tests::{corpus, invariants, skip};
use serde_json::Value;

/// The listings, and the program that turns one into a tree.
fn listings() -> Option<(Vec<PathBuf>, PathBuf)> {
    let corpus = corpus()?;
    let tool = corpus.join("../tools/listing_to_sysfs.py");
    if !tool.is_file() {
        skip("listing_to_sysfs.py does not stand beside the corpus");
        return None;
    }
    let of = |folder: &str| corpus.join(folder).read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut listings: Vec<PathBuf> = of("iommu-listings").chain(of("lspci")).collect();
    listings.sort();
    assert!(listings.len() >= 70, "only {} listings in the corpus", listings.len());
    Some((listings, tool))
}

/// The tree of a listing, and what it holds; none where the listing names no PCI function.
fn tree(tool: &Path, listing: &Path, folder: &Path) -> Option<Vec<Value>> {
    let run = Program::new("python3").arg(tool).arg(listing).arg(folder).run();
    if run.status != 0 {
        assert!(run.errors.contains("no PCI function found"), "{}: {}", listing.display(), run.errors);
        return None;
    }
    let expected = Source::folder(folder).unwrap().read("expected.json").unwrap();
    Some(serde_json::from_slice::<Vec<Value>>(&expected).unwrap())
}

/// A function as a listing tells it.
fn told(function: &Function) -> Value {
    let class = function.class.known().unwrap().to_string();
    serde_json::json!({
        "address": function.address.to_string(),
        "group": function.group.known().map(|group| group.0),
        "class": class.get(..4).unwrap(),
        "vendor": function.vendor.known().unwrap().to_string(),
        "device": function.device.known().unwrap().to_string(),
        "revision": format!("{:02x}", function.revision.known().unwrap()),
        "driver": function.driver.known().map(ToString::to_string),
    })
}

#[test]
fn every_listing_is_read_back_equal_printed_equal_and_survives_being_captured() {
    let Some((listings, tool)) = listings() else { return };
    let mut without = 0;
    for listing in &listings {
        let folder = gangway_tests::tree::folder();
        let Some(expected) = tree(&tool, listing, folder.path()) else {
            without += 1;
            continue;
        };
        let source = Source::folder(folder.path()).unwrap();
        let host = Host::scan(&source);
        survives_being_captured(&source, &host);
        assert_eq!(host.problems, [], "{}", listing.display());
        assert_eq!(host.functions.len(), expected.len(), "{}", listing.display());
        printed(listing, folder.path(), &expected);
        let mut sorted = expected;
        sorted.sort_by_key(|function| {
            let address = function.get("address").and_then(Value::as_str).unwrap();
            address.parse::<gangway_core::pci::PciAddress>().unwrap()
        });
        for (function, mut expected) in host.functions.iter().zip(sorted) {
            expected.as_object_mut().unwrap().remove("name");
            assert_eq!(told(function), expected, "{}", listing.display());
        }
        invariants::hold(&listing.display().to_string(), &source);
    }
    assert!(without * 7 < listings.len(), "{without} listings without any PCI function");
}

/// What `gangwayctl list --json` prints is what the listing tells.
fn printed(listing: &Path, root: &Path, expected: &[Value]) {
    let found = Program::gangwayctl(root).args(["list", "--json", "--root"]).arg(root).run().json();
    let found = found["functions"].as_array().unwrap();
    let name = listing.display();
    assert_eq!(found.len(), expected.len(), "{name}");
    let mut addresses: Vec<&str> = expected.iter().map(|f| f["address"].as_str().unwrap()).collect();
    addresses.sort_by_key(|address| address.parse::<gangway_core::pci::PciAddress>().unwrap());
    assert_eq!(found.iter().map(|f| f["address"].as_str().unwrap()).collect::<Vec<_>>(), addresses, "{name}");
    for function in expected {
        let address = &function["address"];
        let read = found.iter().find(|read| read["address"] == *address).unwrap();
        assert_eq!(read["iommu_group"], function["group"], "{name} {address}");
        for key in ["vendor", "device", "revision", "driver"] {
            assert_eq!(read[key], function[key], "{name} {address} {key}");
        }
        let class = read["class"].as_str().unwrap();
        assert_eq!((class.len(), &class[..4]), (6, function["class"].as_str().unwrap()), "{name} {address}");
        assert!(!read["name"].as_str().unwrap().is_empty(), "{name} {address}");
    }
}

/// What a captured machine says is what its original says.
fn survives_being_captured(source: &Source, host: &Host) {
    let text = MachineFile::capture(source).write();
    let machine = MachineFile::parse(text.as_bytes()).unwrap();
    assert_eq!(machine.write(), text);
    let again = Host::scan(&Source::machine(&machine));
    assert_eq!(again.functions, host.functions);
    assert_eq!(again, *host);
}

#[test]
fn a_graphics_card_and_what_it_is_tied_to() {
    let Some((listings, tool)) = listings() else { return };
    let listing = listings.iter().find(|path| path.ends_with("f01-tvk-machine7.txt")).unwrap();
    let folder = gangway_tests::tree::folder();
    tree(&tool, listing, folder.path()).unwrap();
    let host = Host::scan(&Source::folder(folder.path()).unwrap());
    let group = host.group_of("23:00.0".parse().unwrap()).unwrap();
    assert_eq!((group.id, group.isolated), (GroupId(2), false));
    assert!(!host.shared_with(group.id, "23:00.0".parse().unwrap()).is_empty());
}
