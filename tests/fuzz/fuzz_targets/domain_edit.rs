//! Any bytes as a domain definition: what can be read comes back unchanged, a card that is added and taken back
//! leaves no trace, switches can be set, and no password survives redaction.

#![no_main]

use gangway_core::pci::PciAddress;
use gangway_domain::{AddDevices, Document, EditError, FeatureChanges, add, redact, remove, set_features};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes) else { return };
    assert_eq!(document.bytes(), bytes);
    assert_eq!(redact(document.text()).matches('\n').count(), document.text().matches('\n').count());

    for change in [true, false] {
        let changes =
            FeatureChanges { hidden: Some(change), vendor_id: None, hyperv_windows: Some(change) };
        match set_features(&document, &changes) {
            Ok(edited) => {
                let again = set_features(&edited.document, &changes).expect("set once, settable twice");
                assert_eq!(again.document.text(), edited.document.text());
            }
            Err(error) => assert!(matches!(error, EditError::VendorIdAlone | EditError::Result(_)), "{error}"),
        }
    }

    let there = document.pci_hostdevs();
    let card: Vec<PciAddress> = (0..3).filter_map(|function| PciAddress::new(0, 1, 0, function)).collect();
    let new: Vec<PciAddress> =
        card.into_iter().filter(|address| there.iter().all(|device| device.source != *address)).collect();
    let added = match add(&document, &AddDevices { functions: new.clone(), ..AddDevices::default() }) {
        Ok(edited) => edited.document,
        Err(error) => {
            assert!(!matches!(error, EditError::NotThere { .. } | EditError::AlreadyThere { .. }), "{error}");
            return;
        }
    };
    assert_eq!(added.pci_hostdevs().len(), there.len() + new.len());
    let back = remove(&added, &new).expect("what was added can be taken back");
    assert_eq!(back.document.text(), document.text());
});
