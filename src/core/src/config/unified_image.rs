//! A unified kernel image: the texts that it carries in its sections. Read, never edited.
//!
//! Source: UAPI.5 Unified Kernel Image (`.cmdline`, `.osrel`, `.uname`, `.profile`); Microsoft, PE Format: the sections'
//! headers follow the optional one. Every offset is checked.

use thiserror::Error;

/// The most sections that an image has.
const SECTIONS_CAP: usize = 96;

/// What an image carries. Texts are without zeros and line ends at their end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnifiedImage {
    /// `.cmdline`: the arguments of the kernel.
    pub cmdline: Option<String>,
    /// `.osrel`: what os-release says.
    pub os_release: Option<String>,
    /// `.uname`: the release of the kernel.
    pub release: Option<String>,
    /// Whether it has a kernel, in `.linux`; add-ons have none.
    pub has_kernel: bool,
    /// How many profiles follow the base; each may have a command line of its own.
    pub profiles: usize,
}

/// Why bytes are no image that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum ImageError {
    /// Not a PE file.
    #[error("not a PE image")]
    NotPe,
    /// A header or a section reaches beyond the end.
    #[error("the image is cut off")]
    CutOff,
    /// A section is there twice.
    #[error("a section is there twice")]
    Twice,
    /// A text is not UTF-8.
    #[error("a section is not text")]
    NotText,
}

impl UnifiedImage {
    /// Reads an image.
    ///
    /// # Errors
    ///
    /// Refuses what is no PE file, is cut off, or has the base's texts twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        if !bytes.starts_with(b"MZ") {
            return Err(ImageError::NotPe);
        }
        let header = number(bytes, 0x3c, 4)?;
        if bytes.get(header..).is_none_or(|rest| !rest.starts_with(b"PE\0\0")) {
            return Err(ImageError::NotPe);
        }
        let add = |a: usize, b: usize| a.checked_add(b).ok_or(ImageError::CutOff);
        let count = number(bytes, add(header, 6)?, 2)?;
        let optional = number(bytes, add(header, 20)?, 2)?;
        let table = add(add(header, 24)?, optional)?;
        if count > SECTIONS_CAP {
            return Err(ImageError::NotPe);
        }
        let mut image = Self::default();
        for index in 0..count {
            let at = add(table, index * 40)?;
            let name = bytes.get(at..add(at, 8)?).ok_or(ImageError::CutOff)?;
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            let length = number(bytes, add(at, 8)?, 4)?.min(number(bytes, add(at, 16)?, 4)?);
            let start = number(bytes, add(at, 20)?, 4)?;
            let content = || bytes.get(start..add(start, length)?).ok_or(ImageError::CutOff);
            if name == b".profile" {
                image.profiles += 1;
            }
            if image.profiles > 0 {
                continue;
            }
            let into = match name {
                b".cmdline" => &mut image.cmdline,
                b".osrel" => &mut image.os_release,
                b".uname" => &mut image.release,
                b".linux" => {
                    content()?;
                    image.has_kernel = true;
                    continue;
                }
                _ => continue,
            };
            if into.is_some() {
                return Err(ImageError::Twice);
            }
            let text = str::from_utf8(content()?).map_err(|_| ImageError::NotText)?;
            *into = Some(text.trim_end_matches(['\0', '\n', '\r', ' ']).to_owned());
        }
        Ok(image)
    }
}

/// A little-endian number of up to four bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Result<usize, ImageError> {
    let end = at.checked_add(length).ok_or(ImageError::CutOff)?;
    let bytes = bytes.get(at..end).ok_or(ImageError::CutOff)?;
    let number = bytes.iter().rev().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    usize::try_from(number).map_err(|_| ImageError::CutOff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; 0x80];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x80;
        bytes.extend(b"PE\0\0\x64\x86");
        bytes.extend((sections.len() as u16).to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend(16_u16.to_le_bytes());
        bytes.extend([0; 2 + 16]);
        let mut at = bytes.len() + sections.len() * 40;
        for (name, content) in sections {
            let mut header = [0_u8; 40];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[8..12].copy_from_slice(&(content.len() as u32).to_le_bytes());
            header[16..20].copy_from_slice(&(content.len() as u32).to_le_bytes());
            header[20..24].copy_from_slice(&(at as u32).to_le_bytes());
            bytes.extend(header);
            at += content.len();
        }
        for (_, content) in sections {
            bytes.extend(*content);
        }
        assert_eq!(bytes.len(), at, "contents of whole paragraphs");
        bytes
    }

    #[test]
    fn texts_of_an_image() {
        // Lengths of whole paragraphs, so that the contents follow each other.
        let cmdline = b"root=UUID=1 quiet iommu=pt rw \n\0";
        let sections: [(&str, &[u8]); 5] = [
            (".text", &[1; 16]),
            (".osrel", b"ID=arch\nVERSION_ID=20260101\n\0\0\0\0"),
            (".uname", b"6.17.4-arch1-1\0\0"),
            (".cmdline", cmdline),
            (".linux", &[2; 16]),
        ];
        let read = UnifiedImage::parse(&image(&sections)).unwrap();
        assert_eq!(read.cmdline.as_deref(), Some("root=UUID=1 quiet iommu=pt rw"));
        assert_eq!(read.release.as_deref(), Some("6.17.4-arch1-1"));
        assert_eq!(read.os_release.as_deref(), Some("ID=arch\nVERSION_ID=20260101"));
        assert!(read.has_kernel && read.profiles == 0);

        let profiles: [(&str, &[u8]); 4] = [
            (".cmdline", &[b'a'; 16]),
            (".profile", &[b'b'; 16]),
            (".cmdline", &[b'c'; 16]),
            (".profile", &[b'd'; 16]),
        ];
        let read = UnifiedImage::parse(&image(&profiles)).unwrap();
        assert_eq!((read.cmdline.as_deref(), read.profiles), (Some("aaaaaaaaaaaaaaaa"), 2));
    }

    #[test]
    fn what_is_no_image_or_is_cut_off() {
        let whole = image(&[(".cmdline", &[b'a'; 32]), (".uname", &[b'b'; 16])]);
        for length in 0..whole.len() {
            assert!(UnifiedImage::parse(&whole[..length]).is_err(), "{length}");
        }
        let twice = image(&[(".cmdline", &[b'a'; 16]), (".cmdline", &[b'b'; 16])]);
        assert_eq!(UnifiedImage::parse(&twice), Err(ImageError::Twice));
        let odd = image(&[(".cmdline", &[0xff; 16])]);
        assert_eq!(UnifiedImage::parse(&odd), Err(ImageError::NotText));
        let mut far = whole.clone();
        far[0x3c..0x40].fill(0xff);
        assert_eq!(UnifiedImage::parse(&far), Err(ImageError::NotPe));
        assert_eq!(UnifiedImage::parse(b"\x7fELF"), Err(ImageError::NotPe));
    }
}
