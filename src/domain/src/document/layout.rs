//! How a document is written: line ends, indentation, quotes; and where the white space around an element belongs.
//!
//! New elements look like their neighbours. An element that is inserted brings the white space before it along, and
//! takes exactly that with it when it leaves; so an insertion can be undone without a trace.

use std::ops::Range;

use roxmltree::Node;

use super::{Document, is_plain_element};

/// The style in which a new child of an element is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Style {
    /// Line end and indentation before the child; empty where elements follow each other on one line.
    pub(crate) before: String,
    /// What one level of nesting adds to the indentation.
    unit: String,
    /// The quote around attribute values.
    quote: char,
}

impl Style {
    /// The style for children of `parent`: that of `neighbour` where it begins a line, or of the first child that does, or
    /// what follows from where `parent` itself stands.
    pub(crate) fn beside(document: &Document, parent: Node<'_, '_>, neighbour: Option<Node<'_, '_>>) -> Self {
        let text = document.text();
        let own = line_break(text, parent.range().start);
        let unit_of = |child: &str| own.and_then(|own| child.strip_prefix(own)).map(str::to_owned);
        let children = neighbour.into_iter().chain(parent.children().filter(Node::is_element));
        let before = children.map(|child| line_break(text, child.range().start)).find_map(|found| found);
        let (before, unit) = match (before, own) {
            (Some(child), _) => (child.to_owned(), unit_of(child).unwrap_or_else(|| "  ".to_owned())),
            (None, Some(own)) if !parent.children().any(|child| child.is_element()) => {
                let unit = unit_of_parent(text, parent).unwrap_or_else(|| "  ".to_owned());
                (format!("{own}{unit}"), unit)
            }
            _ => (String::new(), String::new()),
        };
        Self { before, unit, quote: quote_near(document, neighbour.unwrap_or(parent)) }
    }

    /// The style of this one's children.
    pub(crate) fn deeper(&self) -> Self {
        let before =
            if self.before.is_empty() { String::new() } else { format!("{}{}", self.before, self.unit) };
        Self { before, ..self.clone() }
    }

    /// ` name='value'`, escaped.
    pub(crate) fn attribute(&self, name: &str, value: &str) -> String {
        format!(" {name}={quote}{}{quote}", escaped(value), quote = self.quote)
    }
}

/// White space before `at` that holds a line end, from the last line end on.
fn line_break(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let run = before.get(before.trim_end_matches(is_space).len()..)?;
    let last = run.rfind(['\n', '\r'])?;
    let start =
        if run.get(..last).is_some_and(|front| front.ends_with('\r')) && run.get(last..)?.starts_with('\n') {
            last - 1
        } else {
            last
        };
    run.get(start..)
}

/// The line end and indentation before `at`, empty where it does not begin a line.
pub(crate) fn line_break_before(text: &str, at: usize) -> &str {
    line_break(text, at).unwrap_or_default()
}

/// What an element's indentation adds to that of its parent.
fn unit_of_parent(text: &str, node: Node<'_, '_>) -> Option<String> {
    let own = line_break(text, node.range().start)?;
    match node.parent_element() {
        Some(parent) if parent.parent_element().is_some() => {
            own.strip_prefix(line_break(text, parent.range().start)?).map(str::to_owned)
        }
        // The root often stands at the very start, without a line end before it.
        Some(_) => Some(own.trim_start_matches(['\n', '\r']).to_owned()),
        None => None,
    }
}

/// White space of XML (`S` in the specification).
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// What leaves when an element leaves: the element, with the line end and indentation before it, or with all the
/// white space before it where it does not begin a line.
///
/// A comment that follows on the same line stays on that line.
pub(crate) fn with_space_before(text: &str, element: Range<usize>) -> Range<usize> {
    let before = text.get(..element.start).unwrap_or_default();
    let Some(found) = line_break(text, element.start) else {
        return before.trim_end_matches(is_space).len()..element.end;
    };
    let rest = text.get(element.end..).unwrap_or_default();
    let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if rest.get(gap..).is_some_and(|rest| rest.starts_with("<!--")) {
        return element.start..element.end + gap;
    }
    element.start - found.len()..element.end
}

/// The first place at or behind `end` where a new element goes: behind comments that follow on the same line.
pub(crate) fn behind(text: &str, mut end: usize, mut next: Option<Node<'_, '_>>) -> usize {
    let is_gap = |node: &Node<'_, '_>| {
        node.is_text() && text.get(node.range()).is_some_and(|gap| gap.chars().all(|c| c == ' ' || c == '\t'))
    };
    while let Some(node) = next {
        if node.is_comment() {
            end = node.range().end;
        } else if !is_gap(&node) {
            break;
        }
        next = node.next_sibling();
    }
    end
}

/// The place behind an element's start tag, or `None` where the element is `<name/>`.
pub(crate) fn content_start(text: &str, node: Node<'_, '_>) -> Option<usize> {
    let tag = start_tag(text, node);
    (!text.get(tag.clone())?.ends_with("/>")).then_some(tag.end)
}

/// The range of the start tag.
pub(crate) fn start_tag(text: &str, node: Node<'_, '_>) -> Range<usize> {
    let start = node.range().start;
    let from = node.attributes().map(|attribute| attribute.range().end).max().unwrap_or(start);
    // Namespace declarations are no attributes to the parser, so quotes may still follow.
    let mut at = from;
    let mut quote = None;
    for byte in text.as_bytes().get(from..).unwrap_or_default() {
        at += 1;
        match (quote, byte) {
            (None, b'>') => break,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    start..at
}

/// The range of the end tag, `None` where the element is `<name/>`.
pub(crate) fn end_tag(text: &str, node: Node<'_, '_>) -> Option<Range<usize>> {
    content_start(text, node)?;
    let range = node.range();
    let start = text.get(range.clone())?.rfind("</")?;
    Some(range.start + start..range.end)
}

/// The quote of the nearest attribute: of the element itself, what is in it, or of the root.
fn quote_near(document: &Document, node: Node<'_, '_>) -> char {
    let attribute = |node: Node<'_, '_>| {
        let attribute = node.attributes().next()?;
        document.text().get(attribute.range())?.chars().next_back().filter(|c| matches!(c, '"' | '\''))
    };
    node.descendants()
        .filter(is_plain_element)
        .chain(Some(document.root()))
        .find_map(attribute)
        .unwrap_or('\'')
}

/// A value as it stands between quotes of either kind.
pub(crate) fn escaped(value: &str) -> String {
    let mut result = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&apos;"),
            '\t' | '\n' | '\r' => result.push_str(&format!("&#{};", u32::from(c))),
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaving(text: &str) -> &str {
        let document = Document::parse(text).unwrap();
        let element = document.root().descendants().find(|node| node.has_tag_name("x")).unwrap();
        text.get(with_space_before(text, element.range())).unwrap()
    }

    #[test]
    fn an_element_leaves_with_the_space_that_is_its_own() {
        assert_eq!(leaving("<domain>\n  <a/>\n\n  <x/>\n</domain>"), "\n  <x/>");
        assert_eq!(leaving("<domain>\r\n\t<x>1</x>\r\n</domain>"), "\r\n\t<x>1</x>");
        assert_eq!(leaving("<domain>\r<x/>\r</domain>"), "\r<x/>");
        assert_eq!(leaving("<domain><a/>  <x/> <b/></domain>"), "  <x/>");
        assert_eq!(leaving("<domain>\n <x/>  <!-- c --></domain>"), "<x/>  ");
        assert_eq!(leaving("<domain>text <x/></domain>"), " <x/>");
    }

    fn style(text: &str) -> Style {
        let document = Document::parse(text).unwrap();
        let parent = document.root().descendants().find(|node| node.has_tag_name("p")).unwrap();
        Style::beside(&document, parent, None)
    }

    #[test]
    fn the_style_is_that_of_the_children() {
        let of = |text| {
            let style = style(text);
            (style.before.clone(), style.deeper().before, style.attribute("a", "b"))
        };
        let expected =
            |before: &str, deeper: &str, attribute: &str| (before.into(), deeper.into(), attribute.into());
        assert_eq!(of("<domain>\n <p>\n   <a/>\n </p></domain>"), expected("\n   ", "\n     ", " a='b'"));
        assert_eq!(of("<domain>\n\t<p q=\"r\"/></domain>"), expected("\n\t\t", "\n\t\t\t", " a=\"b\""));
        assert_eq!(
            of("<domain t=\"k\">\n  <o>\n      <p></p></o></domain>"),
            expected("\n          ", "\n              ", " a=\"b\"")
        );
        assert_eq!(of("<domain><p><a/></p></domain>"), expected("", "", " a='b'"));
        assert_eq!(of("<domain>\n<p>\n<a/>\n</p></domain>"), expected("\n", "\n", " a='b'"));
    }

    #[test]
    fn the_start_tag_ends_behind_quotes() {
        for text in ["<domain a='>' xmlns:b=\"/>'\" c='d'>", "<domain xmlns:b='>'>", "<domain\n>"] {
            let whole = format!("{text}</domain>");
            let document = Document::parse(whole.as_str()).unwrap();
            assert_eq!(whole.get(start_tag(&whole, document.root())), Some(text));
            assert_eq!(whole.get(end_tag(&whole, document.root()).unwrap()), Some("</domain>"));
        }
        let empty = Document::parse("<domain a='/>'/>").unwrap();
        assert_eq!(content_start(empty.text(), empty.root()), None);
    }
}
