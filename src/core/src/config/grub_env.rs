//! GRUB's environment block: 1024 bytes with names and values, that GRUB itself can write. Edited here without a byte more
//! or less, so that it can be written in place and no block of the disk changes its address.
//!
//! Only values of one plain word are set, as ours are. Source: GRUB, `lib/envblk.c` (the first line, `#` up to the end, a
//! backslash before backslashes and line ends); reading is in [`super::grub_cfg::environment`].

use super::error::{ConfigError, Refusal};
use super::grub_cfg::environment;

/// How long a block is, in bytes.
pub const LENGTH: usize = 1024;
const FIRST: &str = "# GRUB Environment Block\n";

/// A block without any name.
pub fn empty() -> Vec<u8> {
    filled(FIRST.as_bytes().to_vec())
}

/// The block with this value of a name; an empty one is what GRUB leaves where it erased a value.
///
/// # Errors
///
/// Refuses what is no block, names and values that are no plain words, and values for which there is no room.
pub fn set(block: &[u8], name: &str, value: &str) -> Result<Vec<u8>, ConfigError> {
    let mut expected = environment(block)?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    for text in [name, value] {
        if !plain(text) || name.is_empty() {
            return Err(at_first(Refusal::NotAllowed(text.to_owned())));
        }
    }
    let start = format!("{name}=");
    let mut kept: Vec<u8> = Vec::new();
    let mut put = false;
    for line in lines(block) {
        if line.starts_with(start.as_bytes()) {
            if !put {
                kept.extend(format!("{name}={value}\n").bytes());
            }
            put = true;
        } else {
            kept.extend(line);
        }
    }
    if !put {
        kept.extend(format!("{name}={value}\n").bytes());
    }
    if kept.len() > LENGTH {
        return Err(at_first(Refusal::NotAllowed(value.to_owned())));
    }
    let made = filled(kept);
    expected.insert(name.to_owned(), value.to_owned());
    if environment(&made)? != expected {
        return Err(at_first(Refusal::ReadBack));
    }
    Ok(made)
}

fn at_first(refusal: Refusal) -> ConfigError {
    ConfigError { line: 1, refusal }
}

fn filled(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(LENGTH, b'#');
    bytes
}

/// The lines that say something, each with its end; what follows the last of them is filling.
fn lines(block: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, byte) in block.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'\n' => {
                lines.extend(block.get(start..=at));
                start = at + 1;
            }
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(block: &[u8]) -> String {
        assert_eq!(block.len(), LENGTH);
        String::from_utf8_lossy(block).trim_end_matches('#').to_owned()
    }

    #[test]
    fn a_request_is_made_and_erased() {
        let armed = set(&empty(), "gw_next", "gangway-trial").unwrap();
        assert_eq!(text(&armed), "# GRUB Environment Block\ngw_next=gangway-trial\n");
        let erased = set(&armed, "gw_next", "").unwrap();
        assert_eq!(text(&erased), "# GRUB Environment Block\ngw_next=\n");
        let both = set(&erased, "gw_default", "gangway-trial").unwrap();
        assert_eq!(text(&both), "# GRUB Environment Block\ngw_next=\ngw_default=gangway-trial\n");
        assert_eq!(set(&armed, "gw_next", "gangway-trial").unwrap(), armed);
    }

    #[test]
    fn what_others_put_there_stays() {
        let mut block = b"# GRUB Environment Block\nsaved_entry=a b\\\nc\nnext_entry=\n".to_vec();
        block.resize(LENGTH, b'#');
        let with = set(&block, "gw_next", "x").unwrap();
        assert_eq!(text(&with), "# GRUB Environment Block\nsaved_entry=a b\\\nc\nnext_entry=\ngw_next=x\n");
    }

    #[test]
    fn what_is_no_block_or_no_word_is_refused() {
        for bad in [&b""[..], b"# GRUB Environment Block\n", &[b'#'; LENGTH]] {
            assert!(set(bad, "a", "b").is_err());
        }
        for (name, value) in [("", "x"), ("a b", "x"), ("a", "x\ny"), ("a", "$x"), ("a", &"x".repeat(LENGTH))]
        {
            assert!(set(&empty(), name, value).is_err(), "{name} {value}");
        }
    }
}
