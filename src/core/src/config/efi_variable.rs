//! Texts in EFI variables, as efivarfs shows them: four bytes of attributes, then UTF-16 with a zero at its end.
//!
//! Source: kernel, `Documentation/filesystems/efivarfs.rst`; systemd, `docs/BOOT_LOADER_INTERFACE.md` (LoaderInfo,
//! LoaderEntrySelected, LoaderEntryOneShot, LoaderEntryDefault).

/// The text of a variable; none where there is none, or it is not UTF-16.
pub fn text(bytes: &[u8]) -> Option<String> {
    let (pairs, _) = bytes.get(4..)?.as_chunks::<2>();
    let units: Vec<u16> =
        pairs.iter().map(|pair| u16::from_le_bytes(*pair)).take_while(|unit| *unit != 0).collect();
    String::from_utf16(&units).ok().filter(|text| !text.is_empty())
}

/// A variable with a text, as it is written: it lasts, and is there for the firmware and the running system alike.
/// Source: UEFI specification, 8.2 (`EFI_VARIABLE_NON_VOLATILE`, `_BOOTSERVICE_ACCESS`, `_RUNTIME_ACCESS`).
pub fn make(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
    7_u32.to_le_bytes().into_iter().chain(units).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_none() {
        let variable = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
            [6, 0, 0, 0].into_iter().chain(units).collect()
        };
        assert_eq!(text(&variable("gangway-trial.conf")).as_deref(), Some("gangway-trial.conf"));
        assert_eq!(make("a"), [7, 0, 0, 0, b'a', 0, 0, 0]);
        assert_eq!(text(&make("gangway-trial.conf")).as_deref(), Some("gangway-trial.conf"));
        let unended = &variable("ab")[..8];
        assert_eq!(text(unended).as_deref(), Some("ab"));
        for none in [&[][..], &[6, 0, 0], &[6, 0, 0, 0], &[6, 0, 0, 0, 0, 0], &[6, 0, 0, 0, 0, 0xd8]] {
            assert_eq!(text(none), None);
        }
    }
}
