//! The escaping of a captured machine: any bytes as printable text, and back.

/// Appends bytes so that they are one printable word or line: text as it is, all else as `\xNN`.
pub(super) fn escape(bytes: &[u8], space_too: bool, out: &mut String) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                ' ' if space_too => out.push_str("\\x20"),
                // Characters that end a line or hide on a screen are written by their bytes.
                c if c.is_control()
                    || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{202a}'..='\u{202e}') =>
                {
                    let mut space = [0; 4];
                    c.encode_utf8(&mut space).bytes().for_each(|byte| push_hex(byte, out));
                }
                c => out.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| push_hex(*byte, out));
    }
}

/// Appends one byte as `\xNN`.
pub(super) fn push_hex(byte: u8, out: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push_str("\\x");
    for digit in [byte >> 4, byte & 15] {
        out.extend(DIGITS.get(usize::from(digit)));
    }
}

/// Appends the bytes that a text stands for. True where the text ends in a lone backslash, `None` where an escape is
/// not one.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) -> Option<bool> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escaped) = rest.split_at(at);
        out.extend_from_slice(plain);
        rest = match escaped {
            [b'\\'] => return Some(true),
            [b'\\', b'\\', rest @ ..] => {
                out.push(b'\\');
                rest
            }
            [b'\\', b'x', high, low, rest @ ..] => {
                out.push(hex(*high)? << 4 | hex(*low)?);
                rest
            }
            _ => return None,
        };
    }
    out.extend_from_slice(rest);
    Some(false)
}

/// The value of a lower-case hexadecimal digit.
const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(bytes: &[u8], space_too: bool) -> String {
        let mut text = String::new();
        escape(bytes, space_too, &mut text);
        let mut back = Vec::new();
        assert_eq!(unescape(text.as_bytes(), &mut back), Some(false), "{text}");
        assert_eq!(back, bytes, "{text}");
        text
    }

    #[test]
    fn text_stays_readable() {
        assert_eq!(there_and_back("Größe 3 \"x\"".as_bytes(), false), "Größe 3 \"x\"");
        assert_eq!(there_and_back(b"a b\\c", true), "a\\x20b\\\\c");
        assert_eq!(there_and_back(b"\x00\xff\t\x7f", false), "\\x00\\xff\\x09\\x7f");
        assert_eq!(there_and_back("\u{2028}".as_bytes(), false), "\\xe2\\x80\\xa8");
    }

    #[test]
    fn a_wrong_escape_is_refused() {
        for text in ["\\y", "\\x", "\\x1", "\\xZZ", "\\xAA"] {
            assert_eq!(unescape(text.as_bytes(), &mut Vec::new()), None, "{text}");
        }
        assert_eq!(unescape(b"a\\", &mut Vec::new()), Some(true));
    }
}
