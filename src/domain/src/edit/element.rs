//! Small new elements, and attributes of old ones, as splices.

use roxmltree::Node;

use crate::document::layout::{Style, escaped, start_tag};
use crate::document::splice::Splices;
use crate::document::{Document, ParseError, child};
use crate::edit::order;

/// An element to be written.
pub(super) struct Element<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    pub(super) fn new(name: &'a str, attributes: &[(&'a str, &'a str)]) -> Self {
        Self { name, attributes: attributes.to_vec(), children: Vec::new() }
    }

    pub(super) fn with(mut self, child: Element<'a>) -> Self {
        self.children.push(child);
        self
    }

    fn text(&self, style: &Style) -> String {
        let attributes: String =
            self.attributes.iter().map(|(name, value)| style.attribute(name, value)).collect();
        if self.children.is_empty() {
            return format!("<{}{attributes}/>", self.name);
        }
        let inner = style.deeper();
        let children: String =
            self.children.iter().map(|child| format!("{}{}", inner.before, child.text(&inner))).collect();
        format!("<{}{attributes}>{children}{}</{}>", self.name, style.before, self.name)
    }
}

/// The document with `element` at the end of a path below `<domain>`; parents that are missing are made.
pub(super) fn put<'a>(
    document: &Document,
    path: &[&'a str],
    element: Element<'a>,
) -> Result<Document, ParseError> {
    let mut parent = document.root();
    let mut missing = path;
    while let Some((name, rest)) = missing.split_first() {
        let Some(found) = child(parent, name) else { break };
        parent = found;
        missing = rest;
    }
    put_into(document, parent, missing, element)
}

/// The same below an element that is there.
pub(super) fn put_into<'a>(
    document: &Document,
    parent: Node<'_, '_>,
    missing: &[&'a str],
    element: Element<'a>,
) -> Result<Document, ParseError> {
    let element = missing.iter().rev().fold(element, |element, name| Element::new(name, &[]).with(element));
    let mut splices = Splices::default();
    order::insert(document, &mut splices, parent, element.name, &[&|style: &Style| element.text(style)]);
    splices.document(document)
}

/// Gives an attribute of an element this value; a new one goes behind the others.
pub(super) fn set_attribute(
    document: &Document,
    splices: &mut Splices,
    node: Node<'_, '_>,
    name: &str,
    value: &str,
) {
    if let Some(attribute) = node.attribute_node(name) {
        splices.replace(attribute.range_value(), escaped(value));
        return;
    }
    let behind_name = node.range().start + 1 + node.tag_name().name().len();
    let end = node.attributes().map(|attribute| attribute.range().end).max();
    let end = end.unwrap_or(behind_name).min(start_tag(document.text(), node).end);
    splices.insert(end, Style::beside(document, node, Some(node)).attribute(name, value));
}
