//! What is refused before the XML parser sees it: wrong size or encoding, a DTD, and shapes that only an attack has.
//!
//! The scan knows just enough of XML to find the tags; whether the text is well-formed is left to the parser.

use super::error::{ParseError, ParseErrorKind};
use super::{MAX_BYTES, error};

/// Deepest nesting. libxml2, and so libvirt, stops at 256 (`xmlParserMaxDepth`).
const MAX_DEPTH: usize = 256;
/// Most attributes of one element, and most namespace declarations in all: the parser compares each with each.
const MAX_ATTRIBUTES: usize = 256;

/// The bytes as text, if they may go to the parser.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, ParseError> {
    let at_start = |kind| ParseError { kind, line: 1, column: 1 };
    if bytes.len() > MAX_BYTES {
        return Err(at_start(ParseErrorKind::TooLarge { size: bytes.len() }));
    }
    if let Some(encoding) = marked_encoding(&bytes) {
        return Err(at_start(ParseErrorKind::Encoding { encoding: encoding.into() }));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        place(&String::from_utf8_lossy(valid), valid.len(), ParseErrorKind::NotUtf8)
    })?;
    if let Some(encoding) = declared_encoding(&text).filter(|name| !is_utf8(name)) {
        return Err(at_start(ParseErrorKind::Encoding { encoding: error::shortened(encoding) }));
    }
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(at_start(ParseErrorKind::Empty));
    }
    scan(&text).map_err(|(at, kind)| place(&text, at, kind))?;
    Ok(text)
}

/// The encoding that the first bytes give away, where it is not UTF-8.
fn marked_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] | [b'<', 0, _, 0, ..] => Some("UTF-16LE"),
        [0xfe, 0xff, ..] | [0, b'<', 0, _, ..] => Some("UTF-16BE"),
        _ => None,
    }
}

/// The encoding that the XML declaration names.
fn declared_encoding(text: &str) -> Option<&str> {
    let declaration = text.trim_start_matches('\u{feff}').strip_prefix("<?xml")?;
    let (declaration, _) = declaration.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after.get(1..)?.split_once(quote).map(|(name, _)| name)
}

fn is_utf8(name: &str) -> bool {
    ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Walks over the tags and stops at the first thing that is refused, with its place.
fn scan(text: &str) -> Result<(), (usize, ParseErrorKind)> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut namespaces) = (0, 0_usize, 0);
    while let Some(found) = find(bytes, at, b"<") {
        let rest = bytes.get(found..).unwrap_or_default();
        at = if rest.starts_with(b"<!--") {
            after(bytes, found + 4, b"-->")
        } else if rest.starts_with(b"<![CDATA[") {
            after(bytes, found + 9, b"]]>")
        } else if rest.starts_with(b"<?") {
            after(bytes, found + 2, b"?>")
        } else if rest.starts_with(b"<!") {
            return Err((found, ParseErrorKind::Dtd));
        } else if rest.starts_with(b"</") {
            depth = depth.saturating_sub(1);
            after(bytes, found + 2, b">")
        } else {
            let tag = Tag::read(bytes, found + 1);
            namespaces += tag.namespaces;
            depth += usize::from(!tag.closed);
            if depth > MAX_DEPTH {
                return Err((found, ParseErrorKind::TooDeep { limit: MAX_DEPTH }));
            }
            if tag.attributes > MAX_ATTRIBUTES || namespaces > MAX_ATTRIBUTES {
                return Err((found, ParseErrorKind::TooManyAttributes { limit: MAX_ATTRIBUTES }));
            }
            tag.end
        };
    }
    Ok(())
}

/// What the scan wants to know of a start tag.
struct Tag {
    end: usize,
    attributes: usize,
    namespaces: usize,
    closed: bool,
}

impl Tag {
    fn read(bytes: &[u8], start: usize) -> Self {
        let mut tag = Self { end: bytes.len(), attributes: 0, namespaces: 0, closed: false };
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' | b'\'' => {
                    tag.attributes += 1;
                    at = after(bytes, at + 1, &[*byte]);
                    continue;
                }
                b'x' if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"xmlns")) => tag.namespaces += 1,
                b'>' => {
                    tag.closed = at > start && bytes.get(at - 1) == Some(&b'/');
                    tag.end = at + 1;
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        tag
    }
}

fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes.get(from..)?, wanted).map(|at| from + at)
}

/// The place behind the next `wanted`, or the end.
fn after(bytes: &[u8], from: usize, wanted: &[u8]) -> usize {
    find(bytes, from, wanted).map_or(bytes.len(), |at| at + wanted.len())
}

/// An error at a byte offset.
fn place(text: &str, at: usize, kind: ParseErrorKind) -> ParseError {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    ParseError { kind, line: short(line), column: short(column) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: impl Into<Vec<u8>>) -> ParseErrorKind {
        text(bytes.into()).unwrap_err().kind
    }

    #[test]
    fn nothing_is_empty() {
        for nothing in ["", " \r\n\t", "\u{feff}\n"] {
            assert_eq!(refused(nothing), ParseErrorKind::Empty);
        }
    }

    #[test]
    fn other_encodings_are_named() {
        let declared = "<?xml version='1.0' encoding = \"ISO-8859-1\"?><domain/>";
        assert_eq!(refused(declared), ParseErrorKind::Encoding { encoding: "ISO-8859-1".into() });
        let wide: Vec<u8> = "<domain/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(refused(wide), ParseErrorKind::Encoding { encoding: "UTF-16LE".into() });
        assert!(text("<?xml version='1.0' encoding='UTF-8'?><domain/>".into()).is_ok());
        assert!(text("<?xml version='1.0'?><domain encoding='latin1'/>".into()).is_ok());
    }

    #[test]
    fn bytes_that_are_not_text_have_their_place() {
        let error = text(b"<domain>\n<name>\xff</name></domain>".to_vec()).unwrap_err();
        assert_eq!(error, ParseError { kind: ParseErrorKind::NotUtf8, line: 2, column: 7 });
    }

    #[test]
    fn a_document_type_is_refused_even_when_empty() {
        assert_eq!(refused("<!-- <!DOCTYPE no> --><!DOCTYPE domain><domain/>"), ParseErrorKind::Dtd);
        assert_eq!(refused("<!DOCTYPE domain []><domain/>"), ParseErrorKind::Dtd);
        assert!(text("<domain><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE b>]]></domain>".into()).is_ok());
    }

    #[test]
    fn nesting_has_libxml2s_limit() {
        let nested =
            |depth: usize| format!("<domain>{}{}</domain>", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(text(nested(MAX_DEPTH - 1).into()).is_ok());
        assert_eq!(refused(nested(MAX_DEPTH)), ParseErrorKind::TooDeep { limit: MAX_DEPTH });
        assert!(text(format!("<domain>{}</domain>", "<a b='>'/>".repeat(1000)).into()).is_ok());
    }

    #[test]
    fn a_flood_of_attributes_is_refused() {
        let attributes: String = (0..=MAX_ATTRIBUTES).map(|n| format!(" a{n}=''")).collect();
        assert_eq!(
            refused(format!("<domain{attributes}/>")),
            ParseErrorKind::TooManyAttributes { limit: MAX_ATTRIBUTES }
        );
        let namespaces: String = (0..=MAX_ATTRIBUTES).map(|n| format!("<a xmlns:n{n}='u'/>")).collect();
        assert_eq!(
            refused(format!("<domain>{namespaces}</domain>")),
            ParseErrorKind::TooManyAttributes { limit: MAX_ATTRIBUTES }
        );
    }
}
