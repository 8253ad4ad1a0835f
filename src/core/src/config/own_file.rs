//! Files that only we write: a header that says so, and a hash by which a change by hand is seen.
//!
//! The comment sign is `#`, as every format has it in which we write files of our own. A script keeps its first line.
//! What is in such a file is made by the modules of the formats.

use sha2::{Digest, Sha256};

/// What the header says before the hash.
const HEADER: &str = "# Written by Gangway (managed, do not edit; undo it in Gangway). sha256:";

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// It has no header of ours.
    Foreign,
    /// It is as we wrote it.
    Ours,
    /// We wrote it, and somebody changed it since.
    ChangedByHand,
}

/// The text of a file of our own with this content. A first line with `#!` stays the first.
pub fn make(content: &str) -> String {
    let (first, rest) = script_line(content);
    format!("{first}{HEADER}{}\n{rest}", hash(first, rest))
}

/// Whose a text is. Bytes that are no text are somebody else's, or changed.
pub fn ownership(bytes: &[u8]) -> Ownership {
    let Ok(text) = str::from_utf8(bytes) else {
        let ours = bytes.windows(HEADER.len()).any(|window| window == HEADER.as_bytes());
        return if ours { Ownership::ChangedByHand } else { Ownership::Foreign };
    };
    match content(text) {
        Some(_) => Ownership::Ours,
        None if text.contains(HEADER) => Ownership::ChangedByHand,
        None => Ownership::Foreign,
    }
}

/// The content that the file was made of; none where it is not as we wrote it.
pub fn content(text: &str) -> Option<String> {
    let (first, rest) = script_line(text);
    let (given, rest) = rest.strip_prefix(HEADER)?.split_once('\n')?;
    (given == hash(first, rest)).then(|| format!("{first}{rest}"))
}

fn script_line(text: &str) -> (&str, &str) {
    let end = text.find('\n').map_or(text.len(), |end| end + 1);
    let (first, rest) = text.split_at(end);
    if first.starts_with("#!") && first.ends_with('\n') { (first, rest) } else { ("", text) }
}

fn hash(first: &str, rest: &str) -> String {
    let digest = Sha256::new().chain_update(first).chain_update(rest).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_ours_is_known_again_with_its_content() {
        for body in
            ["", "options vfio-pci disable_vga=1\n", "#!/bin/sh\nexit 0\n", "#!/bin/sh", "a\r\nb", "\n"]
        {
            let text = make(body);
            assert_eq!(ownership(text.as_bytes()), Ownership::Ours, "{body:?}");
            assert_eq!(content(&text).as_deref(), Some(body));
        }
        assert!(make("#!/bin/sh\nexit 0\n").starts_with("#!/bin/sh\n# Written by Gangway"));
    }

    #[test]
    fn any_change_by_hand_is_seen() {
        let text = make("#!/bin/sh\nsoftdep nouveau pre: vfio-pci\n");
        for (from, to) in
            [("nouveau", "nvidia"), ("sha256:", "sha256:0"), ("/bin/sh", "/bin/bash"), ("pci\n", "pci")]
        {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert_eq!(ownership(changed.as_bytes()), Ownership::ChangedByHand, "{to}");
        }
        let mut bytes = text.into_bytes();
        bytes.push(0xff);
        assert_eq!(ownership(&bytes), Ownership::ChangedByHand);
        // Something was written above our header.
        let above = format!("# mine\n{}", make("x\n"));
        assert_eq!(ownership(above.as_bytes()), Ownership::ChangedByHand);
    }

    #[test]
    fn what_others_wrote_is_foreign() {
        for text in ["", "# Written by me\n", "options vfio-pci ids=10de:2484\n", "#!/bin/sh\n"] {
            assert_eq!(ownership(text.as_bytes()), Ownership::Foreign);
        }
        assert_eq!(ownership(&[0xff, 0xfe]), Ownership::Foreign);
    }
}
