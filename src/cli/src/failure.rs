//! Failures as the user reads them: one sentence each, with what went wrong and what to do. The sentences of
//! the machine, of libvirt and of definitions come from [`gangway_client::text`].

use anyhow::anyhow;

/// A failure with a sentence that is translated already.
pub(crate) fn failure(sentence: impl Into<String>) -> anyhow::Error {
    anyhow!(sentence.into())
}

/// The sentence on one line, as it goes to standard error.
///
/// File names, names of virtual machines and the words of other programs may hold line ends, and control
/// characters that a terminal obeys.
pub(crate) fn line_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().map(visible).collect()
}

/// A character that a terminal shows instead of obeying it.
pub(crate) fn visible(character: char) -> char {
    // Direction marks are not control characters to Unicode, but they can make a name read as another one.
    let direction =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if character.is_control() || direction { char::REPLACEMENT_CHARACTER } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_stays_on_its_line_and_commands_no_terminal() {
        assert_eq!(line_of("a\u{202e}b"), "a\u{fffd}b");
        assert_eq!(line_of("“a\nb” \u{1b}[2J is\tgone.\n"), "“a b” \u{fffd}[2J is gone.");
    }
}
