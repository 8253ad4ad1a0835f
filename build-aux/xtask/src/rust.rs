//! Rust source made readable for xgettext, which takes it for C: lifetimes lose their quote and raw strings their
//! content, both of which would make it lose its place and, silently, strings. What gettext gets stays as it is.

/// The same text with the same lines, without what C's scanner would misread.
pub(crate) fn as_c(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (taken, written) = token(rest, first, out.chars().last());
        out.push_str(&written);
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// How long the token at the start of `rest` is, in bytes, and what to write for it.
fn token(rest: &str, first: char, before: Option<char>) -> (usize, String) {
    let whole = |length: usize| (length, rest.get(..length).unwrap_or(rest).to_owned());
    if rest.starts_with("//") {
        return whole(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return whole(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    let within_word = before.is_some_and(|character| character.is_alphanumeric() || character == '_');
    if first == 'r'
        && (!within_word || before == Some('b'))
        && let Some(length) = raw_string(rest)
    {
        let lines = rest.get(..length).unwrap_or_default().matches('\n').count();
        return (length, format!("\"\"{}", "\n".repeat(lines)));
    }
    match first {
        '"' => whole(quoted(rest, '"')),
        '\'' if is_character(rest) => whole(quoted(rest, '\'')),
        '\'' => (1, " ".to_owned()),
        _ => whole(first.len_utf8()),
    }
}

/// The length of the raw string at the start of `rest`, if there is one.
fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let content = after.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = 1 + hashes + 1;
    Some(content.find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

/// A quote starts a character, not a lifetime, when it is closed after one character or holds an escape.
fn is_character(rest: &str) -> bool {
    let mut characters = rest.chars().skip(1);
    match characters.next() {
        Some('\\') => true,
        Some(_) => characters.next() == Some('\''),
        None => false,
    }
}

/// The length of what stands between two quotes, with them.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        if character == quote && !escaped {
            return at + quote.len_utf8();
        }
        escaped = character == '\\' && !escaped;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::as_c;

    #[test]
    fn lifetimes_lose_their_quote_and_characters_keep_it() {
        assert_eq!(
            as_c("fn a<'a>(x: &'a str, c: 'b') {'\\'' '\"'}"),
            "fn a< a>(x: & a str, c: 'b') {'\\'' '\"'}"
        );
    }

    #[test]
    fn strings_and_comments_stay() {
        let text = "gettext(\"It's “here”, \\\"there\\\"\"); // it's\n/* isn't \" */ gettext(\"x\")";
        assert_eq!(as_c(text), text);
    }

    #[test]
    fn raw_strings_are_emptied_and_keep_their_lines() {
        assert_eq!(as_c("let a = r#\"<a b=\"c\">\n'\"#; gettext(\"x\")"), "let a = \"\"\n; gettext(\"x\")");
        assert_eq!(as_c("br\"\\\" for r in r"), "b\"\" for r in r");
        assert_eq!(as_c("for\"x\""), "for\"x\"");
    }
}
