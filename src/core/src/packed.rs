//! Texts that the kernel gives packed with gzip, and that a captured machine holds unpacked.
//!
//! The header and the length at the end are read here (RFC 1952), what is between by `miniz_oxide`. Bounded in size, so
//! that no text unpacks to more than memory has room for. What the text means belongs to others.

use crate::source::{SourceError, SourceErrorKind};

/// The most that is unpacked: a kernel's configuration has some 300 KB.
const LIMIT: usize = 4 << 20;
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// Length of the fixed part of the header, and of the check sum and the length at the end.
const HEADER: usize = 10;
const TRAILER: usize = 8;

/// The text of a file at this path that is packed, or is a text already.
pub(crate) fn text(path: &str, bytes: Vec<u8>) -> Result<String, SourceError> {
    plain(bytes).map_err(|kind| SourceError { path: path.to_owned(), kind })
}

fn plain(bytes: Vec<u8>) -> Result<String, SourceErrorKind> {
    let bytes = match bytes.starts_with(&MAGIC) {
        true => unpack(&bytes)?,
        false => bytes,
    };
    String::from_utf8(bytes).map_err(|_| SourceErrorKind::NotText)
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, SourceErrorKind> {
    let (body, length) = member(bytes).ok_or(SourceErrorKind::NotText)?;
    // The length is told before any room is taken.
    if length > LIMIT {
        return Err(SourceErrorKind::TooLarge);
    }
    let unpacked = miniz_oxide::inflate::decompress_to_vec_with_limit(body, length);
    unpacked.ok().filter(|unpacked| unpacked.len() == length).ok_or(SourceErrorKind::NotText)
}

/// What is packed, and how long it is unpacked. None where there is more in the header than the kernel's build puts there
/// (`gzip -n`: no name, no comment).
fn member(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (body, trailer) = bytes.split_at_checked(bytes.len().checked_sub(TRAILER)?)?;
    let flags = *bytes.get(MAGIC.len())?;
    let length = u32::from_le_bytes(trailer.get(4..)?.try_into().ok()?);
    (flags == 0).then_some(())?;
    Some((body.get(HEADER..)?, usize::try_from(length).ok()?))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A text packed as it is: one stored block (RFC 1951, section 3.2.4).
    pub(crate) fn stored(text: &[u8], length: u32) -> Vec<u8> {
        let size = u16::try_from(text.len()).unwrap();
        let mut packed =
            [&MAGIC[..], &[0; 7], &[1], &size.to_le_bytes(), &(!size).to_le_bytes(), text].concat();
        packed.extend([0; 4]);
        packed.extend(length.to_le_bytes());
        packed
    }

    #[test]
    fn what_gzip_packed_comes_back() {
        // printf 'CONFIG_VFIO=m\nCONFIG_KVM=y\n' | gzip -n
        let packed = PACKED.to_vec();
        assert_eq!(plain(packed).as_deref(), Ok("CONFIG_VFIO=m\nCONFIG_KVM=y\n"));
        assert_eq!(plain(stored(b"CONFIG_KVM=y\n", 13)).as_deref(), Ok("CONFIG_KVM=y\n"));
        assert_eq!(plain(b"CONFIG_KVM=y\n".to_vec()).as_deref(), Ok("CONFIG_KVM=y\n"));
        assert_eq!(plain(Vec::new()).as_deref(), Ok(""));
    }

    #[test]
    fn what_is_cut_or_lies_about_its_length_is_none() {
        for end in 3..PACKED.len() {
            assert!(plain(PACKED[..end].to_vec()).is_err(), "{end}");
        }
        assert_eq!(plain(stored(b"short", 6)), Err(SourceErrorKind::NotText));
        assert_eq!(plain(stored(b"long", 3)), Err(SourceErrorKind::NotText));
        assert_eq!(plain(stored(&[0xff, 0xfe], 2)), Err(SourceErrorKind::NotText));
        assert_eq!(plain(stored(b"", u32::MAX)), Err(SourceErrorKind::TooLarge));
        let mut named = stored(b"x", 1);
        named[3] = 8;
        assert_eq!(plain(named), Err(SourceErrorKind::NotText));
    }

    #[rustfmt::skip]
    const PACKED: [u8; 42] = [0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x73, 0xf6, 0xf7, 0x73, 0xf3, 0x74, 0x8f, 0x0f, 0x73, 0xf3, 0xf4, 0xb7, 0xcd, 0xe5, 0x72, 0x86, 0xf0, 0xbc, 0xc3, 0x7c, 0x6d, 0x2b, 0xb9, 0x00, 0x42, 0x9b, 0xc7, 0x7e, 0x1b, 0x00, 0x00, 0x00];
}
