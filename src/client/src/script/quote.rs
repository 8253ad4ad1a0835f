//! Words and contents of files in a form that every POSIX shell takes for exactly that.
//! Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting.

/// A word, between single quotes: nothing in them means anything but their end.
pub(super) fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A command that writes these bytes: `printf` for text, octal digits for anything else.
pub(super) fn printed(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => {
            format!("printf '%s' {}", word(text))
        }
        _ => {
            let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
            format!("printf '{octal}'")
        }
    }
}
