//! The name of a screen out of its EDID.
//!
//! Parsing of the base block only; sizes and modes are of no use here. Source: VESA E-EDID Standard, release A,
//! section 3.10.3, display descriptors.

const HEADER: [u8; 8] = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
const BASE_BLOCK: usize = 128;
/// The tag of a descriptor that holds the product's name.
pub(crate) const NAME: u8 = 0xfc;
/// The tag of a descriptor that holds the serial number.
pub(crate) const SERIAL: u8 = 0xff;

/// Where the texts of a kind are in an EDID: 13 bytes each. None where it is no EDID.
pub(crate) fn texts(edid: &[u8], tag: u8) -> Option<impl Iterator<Item = std::ops::Range<usize>>> {
    if edid.len() < BASE_BLOCK || !edid.starts_with(&HEADER) {
        return None;
    }
    let starts = [54_usize, 72, 90, 108].into_iter();
    let found: Vec<usize> =
        starts.filter(|start| edid.get(*start..start + 5) == Some(&[0, 0, 0, tag, 0][..])).collect();
    Some(found.into_iter().map(|start| start + 5..start + 18))
}

/// The name that a screen gives itself, such as `DELL U2720Q`.
pub(super) fn monitor_name(edid: &[u8]) -> Option<String> {
    let range = texts(edid, NAME)?.next()?;
    let text = edid.get(range)?;
    let text = text.split(|byte| *byte == b'\n').next()?.trim_ascii();
    let printable = text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    (printable && !text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edid(tag: u8, text: &[u8; 13]) -> Vec<u8> {
        let mut block = vec![0; BASE_BLOCK];
        block[..8].copy_from_slice(&HEADER);
        block[72..77].copy_from_slice(&[0, 0, 0, tag, 0]);
        block[77..90].copy_from_slice(text);
        block
    }

    #[test]
    fn a_screen_tells_its_name() {
        assert_eq!(monitor_name(&edid(NAME, b"DELL U2720Q\n ")).as_deref(), Some("DELL U2720Q"));
        assert_eq!(monitor_name(&edid(NAME, b"THIRTEEN CHRS")).as_deref(), Some("THIRTEEN CHRS"));
    }

    #[test]
    fn what_is_no_name_is_none() {
        assert_eq!(monitor_name(&edid(SERIAL, b"ABC123\n      ")), None);
        assert_eq!(monitor_name(&edid(NAME, b"\n            ")), None);
        assert_eq!(monitor_name(&edid(NAME, b"\x01\x02\x03\n         ")), None);
        assert_eq!(monitor_name(&[]), None);
        assert_eq!(monitor_name(&[0; 128]), None);
        assert_eq!(monitor_name(&edid(NAME, b"DELL U2720Q\n ")[..127]), None);
    }
}
