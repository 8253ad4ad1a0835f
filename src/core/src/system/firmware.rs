//! The firmware: what it calls the computer, and what its switches are usually called.
//!
//! The names of switches are those that the makers' own manuals use; boards of one maker differ a little.

use super::list;
use super::reader::{Presence, Reader};
use crate::reading::Reading;

/// What the firmware says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Firmware {
    /// Who made the mainboard.
    pub board_vendor: Reading<String>,
    /// What the mainboard is called.
    pub board_name: Reading<String>,
    /// Who made the computer; makers of mainboards often leave it empty.
    pub system_vendor: Reading<String>,
    /// What the computer is called.
    pub product_name: Reading<String>,
    /// Whether it is UEFI.
    pub uefi: Presence,
    /// Whether Secure Boot is on; absent where the firmware has none.
    pub secure_boot: Reading<bool>,
}

impl Firmware {
    /// What a person knows the computer or its board by.
    pub fn title(&self) -> Option<String> {
        let said = |vendor: &Reading<String>, name: &Reading<String>| {
            let vendor = vendor.known().map(String::as_str).unwrap_or_default();
            let name = name.known().filter(|name| !is_filler(name))?;
            Some(if vendor.is_empty() || is_filler(vendor) {
                name.clone()
            } else {
                format!("{vendor} {name}")
            })
        };
        said(&self.board_vendor, &self.board_name).or_else(|| said(&self.system_vendor, &self.product_name))
    }
}

/// What firmware says where its maker filled nothing in.
fn is_filler(text: &str) -> bool {
    let text = text.to_lowercase();
    text.is_empty()
        || text.contains("o.e.m")
        || text.contains("system manufacturer")
        || text.contains("default string")
}

/// The usual name of the switch for the processor's virtualization.
pub(super) fn virtualization_switch(vendor: &str, amd: bool) -> &'static str {
    match (maker(vendor), amd) {
        (Maker::Dell, _) => "Virtualization Technology",
        (Maker::Hp, _) => "Virtualization Technology (VTx)",
        (Maker::Lenovo, false) => "Intel (R) Virtualization Technology",
        (Maker::Lenovo, true) => "AMD SVM Technology",
        (_, false) => "Intel Virtualization Technology",
        (_, true) => "SVM Mode",
    }
}

/// The usual name of the switch for the IOMMU.
pub(super) fn iommu_switch(vendor: &str, amd: bool) -> &'static str {
    match (maker(vendor), amd) {
        (Maker::Dell, false) => "VT for Direct I/O",
        (Maker::Hp, false) => "Virtualization Technology for Directed I/O (VTd)",
        (Maker::Lenovo, false) => "Intel (R) VT-d Feature",
        (Maker::Msi, false) => "Intel VT-D Tech",
        (_, false) => "VT-d",
        (_, true) => "IOMMU",
    }
}

#[derive(Clone, Copy)]
enum Maker {
    Dell,
    Hp,
    Lenovo,
    Msi,
    Other,
}

fn maker(vendor: &str) -> Maker {
    let vendor = vendor.to_lowercase();
    let is = |word: &str| vendor.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word);
    match () {
        () if is("dell") => Maker::Dell,
        () if is("hp") || vendor.starts_with("hewlett") => Maker::Hp,
        () if is("lenovo") => Maker::Lenovo,
        () if is("msi") || vendor.starts_with("micro-star") => Maker::Msi,
        () => Maker::Other,
    }
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> Firmware {
    let line = |entry| reader.text(entry).map(|text| text.trim().to_owned());
    Firmware {
        board_vendor: line(&list::BOARD_VENDOR),
        board_name: line(&list::BOARD_NAME),
        system_vendor: line(&list::SYSTEM_VENDOR),
        product_name: line(&list::PRODUCT_NAME),
        uefi: reader.there(&[&list::EFI]),
        secure_boot: secure_boot(reader.bytes(&list::SECURE_BOOT)),
    }
}

/// The EFI variable `SecureBoot`: four bytes of attributes, then 0 or 1. Source: UEFI specification, 3.3.
fn secure_boot(bytes: Reading<Vec<u8>>) -> Reading<bool> {
    match bytes {
        Reading::Known(bytes) => match bytes.get(4..) {
            Some([0]) => Reading::Known(false),
            Some([1]) => Reading::Known(true),
            _ => Reading::nonsense(list::SECURE_BOOT.path, &*format!("{bytes:?}")),
        },
        other => other.map(|_| false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_secure_boot() {
        let of = |bytes: &[u8]| secure_boot(Reading::Known(bytes.to_vec()));
        assert_eq!(
            (of(&[6, 0, 0, 0, 1]), of(&[6, 0, 0, 0, 0])),
            (Reading::Known(true), Reading::Known(false))
        );
        for nonsense in [&[][..], &[1], &[6, 0, 0, 0], &[6, 0, 0, 0, 2], &[6, 0, 0, 0, 1, 0]] {
            assert!(of(nonsense).trouble().is_some());
        }
        assert!(secure_boot(Reading::Absent).is_absent());
    }

    #[test]
    fn switches_by_maker() {
        assert_eq!(iommu_switch("Dell Inc.", false), "VT for Direct I/O");
        assert_eq!(iommu_switch("Micro-Star International Co., Ltd.", true), "IOMMU");
        assert_eq!(virtualization_switch("ASUSTeK COMPUTER INC.", true), "SVM Mode");
        assert_eq!(virtualization_switch("", false), "Intel Virtualization Technology");
    }

    #[test]
    fn fillers_are_no_names() {
        let known = |text: &str| Reading::Known(text.to_owned());
        let mut firmware = Firmware {
            board_vendor: known("MSI"),
            board_name: known("To be filled by O.E.M."),
            ..Firmware::default()
        };
        assert_eq!(firmware.title(), None);
        firmware.product_name = known("ThinkPad");
        assert_eq!(firmware.title().as_deref(), Some("ThinkPad"));
        firmware.board_name = known("B550");
        assert_eq!(firmware.title().as_deref(), Some("MSI B550"));
    }
}
