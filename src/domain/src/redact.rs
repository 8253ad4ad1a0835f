//! Passwords out of text that is shown or logged.
//!
//! Works on any text, a fragment or a difference too, so it looks for how secrets are written and parses nothing.
//! Lines stay lines: what is replaced never holds a line end. Too much hidden is better than too little.

use std::ops::Range;

/// What stands in place of a secret.
const HIDDEN: &str = "********";

/// How names of settings begin or end whose values are secret: attributes (`passwd='…'`), QEMU's arguments
/// (`password=…`, `"password":"…"`), elements (`<password>…</password>`). libvirt itself hides passwords of graphics
/// and cookies of network disks from those who may not see secrets (`VIR_DOMAIN_XML_SECURE`).
const NAMES: [&str; 6] = ["passwd", "password", "passphrase", "secret", "token", "cookie"];

/// The text with every password replaced by asterisks. The number of lines is the same.
pub fn redact(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for range in secrets(text) {
        if range.start < at {
            continue;
        }
        result.push_str(text.get(at..range.start).unwrap_or_default());
        result.push_str(HIDDEN);
        at = range.end;
    }
    result.push_str(text.get(at..).unwrap_or_default());
    result
}

/// Whether the text holds a password that [`redact`] would hide.
pub fn has_passwords(text: &str) -> bool {
    secrets(text).into_iter().any(|range| text.get(range) != Some(HIDDEN))
}

impl crate::Document {
    /// Whether the definition holds a password.
    pub fn has_passwords(&self) -> bool {
        has_passwords(self.text())
    }
}

/// The places of all secret values, sorted, none empty, none across lines.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut values = Vec::new();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            values.extend(value_of(text, at, at + name.len()));
        }
    }
    // QEMU: `-object secret,id=…,data=…`, or `{"qom-type":"secret",…,"data":"…"}`.
    for (at, _) in lower.match_indices("data") {
        let start = lower.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let line = lower.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if line.contains("secret") {
            values.extend(value_of(text, at, at + "data".len()));
        }
    }
    let mut found: Vec<_> = values.into_iter().flat_map(|value| lines_of(text, value)).collect();
    found.sort_by_key(|range| (range.start, range.end));
    found
}

/// The parts of a range between line ends that are not blank.
fn lines_of(text: &str, value: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = value.start;
    for line in text.get(value).unwrap_or_default().split(['\n', '\r']) {
        if !line.trim().is_empty() {
            parts.push(start..start + line.len());
        }
        start += line.len() + 1;
    }
    parts
}

/// The value that belongs to the name at these offsets, if any does.
fn value_of(text: &str, name_start: usize, name_end: usize) -> Option<Range<usize>> {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let rest = text.get(name_end..)?;
    let tail = rest.get(..rest.len() - rest.trim_start_matches(name).len())?;
    if tail.eq_ignore_ascii_case("ValidTo") {
        return None;
    }
    let at = name_end + tail.len();
    let opened = text.get(..name_start)?.trim_end_matches(|c| name(c) || c == ':').ends_with('<');
    if opened {
        return element_text(text, at);
    }
    // The end of a quoted name, as in JSON; a quote ends a name only where a colon follows.
    let after_quote = QUOTES.iter().find_map(|quote| {
        let rest = text.get(at..)?.strip_prefix(quote)?.trim_start();
        rest.starts_with(':').then_some(text.len() - rest.len())
    });
    let rest = text.get(after_quote.unwrap_or(at)..)?.trim_start();
    let sign = rest.chars().next().filter(|sign| matches!(sign, '=' | ':'))?;
    let value = rest.get(1..)?;
    let value = if sign == '=' { value.trim_start() } else { value.trim_start_matches([' ', '\t']) };
    let start = text.len() - value.len();
    let around = enclosing_quote(text, name_start);
    let quote =
        QUOTES.iter().find(|quote| value.starts_with(**quote)).filter(|quote| Some(**quote) != around);
    let Some(quote) = quote else {
        return Some(start..start + bare_value(value, around, sign == '='));
    };
    let start = start + quote.len();
    Some(start..start + quoted_value(text.get(start..)?, quote))
}

/// How a quote is written in XML, and in JSON inside XML.
const QUOTES: [&str; 5] = ["'", "\"", "&quot;", "&apos;", "\\\""];

/// The text inside an element whose start tag goes on at `at`.
fn element_text(text: &str, at: usize) -> Option<Range<usize>> {
    let tag = text.get(at..)?;
    let end = tag.find('>')?;
    if tag.get(..end)?.ends_with('/') {
        return None;
    }
    let start = at + end + 1;
    let inside = text.get(start..)?;
    let end = if inside.starts_with("<![CDATA[") { inside.find("]]>") } else { inside.find('<') };
    Some(start..start + end.unwrap_or(inside.len()))
}

/// The quote of the attribute value in which `at` is.
fn enclosing_quote(text: &str, at: usize) -> Option<&'static str> {
    let before = text.get(..at)?;
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let start = before.rfind('<').unwrap_or(line);
    let mut open = None;
    for c in before.get(start..)?.chars() {
        match (open, c) {
            (None, '\'') => open = Some("'"),
            (None, '"') => open = Some("\""),
            (Some("'"), '\'') | (Some("\""), '"') => open = None,
            _ => {}
        }
    }
    open
}

/// The length of a value between quotes; a backslash keeps the next character.
fn quoted_value(value: &str, quote: &str) -> usize {
    let mut from = 0;
    while let Some(found) = value.get(from..).and_then(|rest| rest.find(quote)) {
        let at = from + found;
        let kept = value.get(..at).is_some_and(|before| {
            let slashes = before.len() - before.trim_end_matches('\\').len();
            slashes % 2 == 1
        });
        if !kept || quote == "'" {
            return at;
        }
        from = at + quote.len();
    }
    value.len()
}

/// The length of a value without quotes: to the end of the argument, the attribute, the element or the line. A comma
/// ends an argument of QEMU, two commas stand for one in a value.
fn bare_value(value: &str, around: Option<&str>, comma_ends: bool) -> usize {
    let mut characters = value.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let ends = match c {
            '\n' | '\r' | '<' => true,
            ',' if comma_ends => characters.next_if(|(_, next)| *next == ',').is_none(),
            _ => around.is_some_and(|quote| value.get(at..).is_some_and(|rest| rest.starts_with(quote))),
        };
        if ends {
            return at;
        }
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        for (text, expected) in [
            (
                "<graphics type='vnc' passwd='hunter2' port='1'/>",
                "<graphics type='vnc' passwd='********' port='1'/>",
            ),
            ("<graphics passwd = \"it's\"/>", "<graphics passwd = \"********\"/>"),
            (
                "<graphics PASSWD='a' passwdValidTo='2030-01-01'/>",
                "<graphics PASSWD='********' passwdValidTo='2030-01-01'/>",
            ),
            (
                "<qemu:arg value='secret,id=s0,data=hunter2,format=raw'/>",
                "<qemu:arg value='secret,id=s0,data=********,format=raw'/>",
            ),
            (
                "<qemu:arg value='user,password=a,,b,id=1'/>",
                "<qemu:arg value='user,password=********,id=1'/>",
            ),
            ("<qemu:arg value=\"password=it's\"/>", "<qemu:arg value=\"password=********\"/>"),
            (
                r#"<a value='{"qom-type":"secret","data":"hun\"ter2","id":1}'/>"#,
                r#"<a value='{"qom-type":"secret","data":"********","id":1}'/>"#,
            ),
            (
                "<a value='{&quot;password&quot;: &quot;x&quot;}'/>",
                "<a value='{&quot;password&quot;: &quot;********&quot;}'/>",
            ),
            ("<m:password when='now'>hunter2</m:password>", "<m:password when='now'>********</m:password>"),
            (
                "<cookies>\n<cookie name='id'>hunter2</cookie>\n</cookies>",
                "<cookies>\n<cookie name='id'>********</cookie>\n</cookies>",
            ),
            (
                "<qemu:env name='X' value='VNC_PASSWORD=hunter2'/>",
                "<qemu:env name='X' value='VNC_PASSWORD=********'/>",
            ),
            (
                "<entry>io.systemd.credential:passwd.hashed-password.root=$6$x</entry>",
                "<entry>io.systemd.credential:passwd.hashed-password.root=********</entry>",
            ),
            ("+      passwd='hunter2'/>", "+      passwd='********'/>"),
            ("password: hunter2, really\nnext", "password: ********\nnext"),
        ] {
            assert_eq!(redact(text), expected);
            assert!(has_passwords(text), "{text}");
            assert!(!has_passwords(expected), "{expected}");
            assert_eq!(redact(expected), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "",
            "<secret type='volume' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/>",
            "<graphics type='vnc' passwd=''/>",
            "<qemu:arg value='password='/>\n<qemu:arg value='x'/>",
            "<name>secret</name>",
            "<disk><source data='x'/></disk>",
            "<seclabel type='dynamic'/>",
        ] {
            assert_eq!(redact(text), text);
            assert!(!has_passwords(text), "{text}");
        }
    }

    #[test]
    fn lines_stay_lines() {
        let text = "<graphics passwd='one\n two\r\nthree'\n port='1'/>";
        assert_eq!(redact(text), "<graphics passwd='********\n********\r\n********'\n port='1'/>");
    }

    proptest::proptest! {
        #[test]
        fn a_password_is_never_shown(password in "[a-zA-Z0-9]{9,20}", before in "[^']{0,20}", quote in "['\"]") {
            let text = format!("<x a='{before}'/>\n<graphics type={quote}vnc{quote} passwd={quote}{password}{quote}/>\n");
            let hidden = redact(&text);
            proptest::prop_assert!(!hidden.contains(&password));
            proptest::prop_assert_eq!(hidden.lines().count(), text.lines().count());
        }

        #[test]
        fn any_text_keeps_its_lines(text in "([a-z<>='\",:&;\n\r ]|passwd|password|secret|data=|é){0,40}") {
            let hidden = redact(&text);
            proptest::prop_assert_eq!(hidden.matches('\n').count(), text.matches('\n').count());
        }
    }
}
