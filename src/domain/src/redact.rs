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
/// The serial numbers of chosen cards (`edit::chosen`) are no secrets, but nobody else’s business either.
const NAMES: [&str; 7] = ["passwd", "password", "passphrase", "secret", "token", "cookie", SERIAL_NUMBER];

/// The attribute of our marks that holds a serial number.
pub(crate) const SERIAL_NUMBER: &str = "serial-number";

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
///
/// Every name is looked at once and every value passed once, so that a long text takes no longer than its length.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let of = |name: &'static str| lower.match_indices(name).map(move |(at, _)| at..at + name.len());
    let mut names: Vec<_> = NAMES.into_iter().flat_map(of).chain(secret_data(&lower)).collect();
    names.sort_unstable_by_key(|name| name.start);
    let mut quotes = Quotes { text, at: 0, open: None, in_markup: false };
    let mut found = Vec::new();
    let mut passed = 0;
    for name in names {
        if name.start < passed {
            continue;
        }
        let whole_name = name.start..end_of_name(text, name.end);
        passed = whole_name.end;
        if let Some(value) = value_of(text, name.end, whole_name, &mut quotes) {
            passed = value.end;
            found.extend(lines_of(text, value));
        }
    }
    found
}

/// The places of `data` on lines about secrets; QEMU: `-object secret,id=…,data=…`, or
/// `{"qom-type":"secret",…,"data":"…"}`.
fn secret_data(lower: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let lines = lower.split_inclusive('\n').map(move |line| {
        start += line.len();
        (start - line.len(), line)
    });
    lines.filter(|(_, line)| line.contains("secret")).flat_map(|(start, line)| {
        line.match_indices("data").map(move |(at, name)| start + at..start + at + name.len())
    })
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Where the name ends that goes on at `at`.
fn end_of_name(text: &str, at: usize) -> usize {
    text.get(at..).map_or(at, |rest| text.len() - rest.trim_start_matches(is_name).len())
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

/// The value that belongs to a name, if any does. `known` is where the part of it ends that we know.
fn value_of(text: &str, known: usize, name: Range<usize>, quotes: &mut Quotes<'_>) -> Option<Range<usize>> {
    if text.get(known..name.end)?.eq_ignore_ascii_case("ValidTo") {
        return None;
    }
    let opened = text.get(..name.start)?.trim_end_matches(|c| is_name(c) || c == ':').ends_with('<');
    if opened {
        return element_text(text, name.end);
    }
    // The end of a quoted name, as in JSON; a quote ends a name only where a colon follows.
    let after_quote = QUOTES.iter().find_map(|quote| {
        let rest = text.get(name.end..)?.strip_prefix(quote)?.trim_start();
        rest.starts_with(':').then_some(text.len() - rest.len())
    });
    let rest = text.get(after_quote.unwrap_or(name.end)..)?.trim_start();
    let sign = rest.chars().next().filter(|sign| matches!(sign, '=' | ':'))?;
    let value = rest.get(1..)?;
    let value = if sign == '=' { value.trim_start() } else { value.trim_start_matches([' ', '\t']) };
    let start = text.len() - value.len();
    let around = quotes.around(name.start);
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
    let end = tag.find(['<', '>'])?;
    if tag.get(..=end)?.ends_with('<') || tag.get(..end)?.ends_with('/') {
        return None;
    }
    let start = at + end + 1;
    let inside = text.get(start..)?;
    let end = if inside.starts_with("<![CDATA[") { inside.find("]]>") } else { inside.find('<') };
    Some(start..start + end.unwrap_or(inside.len()))
}

/// Tells in which quotes a place stands, for places in the order of the text.
struct Quotes<'a> {
    text: &'a str,
    at: usize,
    open: Option<&'static str>,
    /// Whether a `<` was seen; before the first one, as in a difference, every line begins outside of quotes.
    in_markup: bool,
}

impl Quotes<'_> {
    /// The quote of the attribute value in which `at` is.
    fn around(&mut self, at: usize) -> Option<&'static str> {
        for c in self.text.get(self.at..at).unwrap_or_default().chars() {
            match (self.open, c) {
                (_, '<') => (self.open, self.in_markup) = (None, true),
                (_, '\n') if !self.in_markup => self.open = None,
                (None, '\'') => self.open = Some("'"),
                (None, '"') => self.open = Some("\""),
                (Some("'"), '\'') | (Some("\""), '"') => self.open = None,
                _ => {}
            }
        }
        self.at = self.at.max(at);
        self.open
    }
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
    fn a_long_text_takes_no_longer_than_its_length() {
        let started = std::time::Instant::now();
        for part in [
            "passwd",
            "<passwd",
            "passwd=",
            "passwd='",
            "secret data=",
            "a=\"passwd,",
            "passwd \"",
            "passwd='a' ",
            "passwd=\\\"",
        ] {
            let text = part.repeat((1 << 20) / part.len());
            assert_eq!(redact(&text).lines().count(), 1, "{part}");
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "took {:?}", started.elapsed());
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
