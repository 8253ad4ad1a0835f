//! The text of one libvirt domain definition, with its tree.
//!
//! A document is made of bytes, checked once, and never changed: an edit makes a new one by splicing the text
//! ([`splice`]) and parsing again. What the text looks like (indentation, line ends, quotes) is in [`layout`]; what
//! is refused before the parser sees it in [`guard`]. Meaning belongs to `view` and `edit`.

mod error;
pub(crate) mod guard;
mod hash;
pub(crate) mod layout;
pub(crate) mod splice;

use std::fmt;
use std::sync::Arc;

use roxmltree::{Node, ParsingOptions};
use self_cell::self_cell;

pub use error::{ParseError, ParseErrorKind};
pub use hash::DefinitionHash;

/// The longest definition that is read, in bytes (16 MiB).
///
/// libvirt itself takes at most 4 MiB over its wire (`REMOTE_STRING_MAX`, `src/remote/remote_protocol.x`).
pub const MAX_BYTES: usize = 16 << 20;

type Tree<'text> = roxmltree::Document<'text>;

self_cell! {
    struct Parsed {
        owner: String,
        #[covariant]
        dependent: Tree,
    }
}

/// One libvirt domain definition: its text as it was given, every byte of it, and its tree.
///
/// Cloning is cheap. The root is `<domain>`; whether libvirt would accept the rest is libvirt's business.
#[derive(Clone)]
pub struct Document {
    parsed: Arc<Parsed>,
}

impl Document {
    /// Reads a definition.
    ///
    /// # Errors
    /// When it is empty, longer than [`MAX_BYTES`], not UTF-8, declared in another encoding, nested deeper than
    /// libvirt reads, has a DTD, is not well-formed, or is no `<domain>`.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, ParseError> {
        let text = guard::text(bytes.into())?;
        let parsed = Parsed::try_new(text, |text| {
            let tree = Tree::parse_with_options(text, ParsingOptions::default());
            tree.map_err(|error| ParseError::of_parser(&error))
        })?;
        let root = parsed.borrow_dependent().root_element();
        if root.tag_name().name() != "domain" || root.tag_name().namespace().is_some() {
            let place = parsed.borrow_dependent().text_pos_at(root.range().start);
            let kind = ParseErrorKind::NotADomain { root: error::shortened(root.tag_name().name()) };
            return Err(ParseError { kind, line: place.row, column: place.col });
        }
        Ok(Self { parsed: Arc::new(parsed) })
    }

    /// The whole text, unchanged.
    pub fn text(&self) -> &str {
        self.parsed.borrow_owner()
    }

    /// The whole text as bytes, unchanged.
    pub fn bytes(&self) -> &[u8] {
        self.text().as_bytes()
    }

    /// A hash of the text: equal where every byte is equal.
    pub fn hash(&self) -> DefinitionHash {
        DefinitionHash::of(self.bytes())
    }

    /// The `<domain>` element.
    pub(crate) fn root(&self) -> Node<'_, '_> {
        self.parsed.borrow_dependent().root_element()
    }

    /// The child elements of every `<devices>` of the root, in document order.
    ///
    /// libvirt reads devices with the XPath `./devices/...`, so all of them count where there are several, and none
    /// that is nested elsewhere.
    pub(crate) fn devices(&self) -> impl Iterator<Item = Node<'_, '_>> {
        children(self.root(), "devices").flat_map(|devices| devices.children().filter(is_plain_element))
    }
}

impl fmt::Debug for Document {
    /// Without the text: a definition may hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("bytes", &self.text().len()).finish_non_exhaustive()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Document {}

/// Whether a node is an element of libvirt's own vocabulary: those have no namespace.
pub(crate) fn is_plain_element(node: &Node<'_, '_>) -> bool {
    node.is_element() && node.tag_name().namespace().is_none()
}

/// Whether a node is libvirt's element of that name.
pub(crate) fn is(node: Node<'_, '_>, name: &str) -> bool {
    is_plain_element(&node) && node.tag_name().name() == name
}

/// The child elements of a name.
pub(crate) fn children<'a, 'text: 'a>(
    node: Node<'a, 'text>,
    name: &'a str,
) -> impl DoubleEndedIterator<Item = Node<'a, 'text>> {
    node.children().filter(move |child| is(*child, name))
}

/// The first child element of a name.
pub(crate) fn child<'a, 'text: 'a>(node: Node<'a, 'text>, name: &str) -> Option<Node<'a, 'text>> {
    node.children().find(|child| is(*child, name))
}

/// The text inside an element as XPath's `string()` gives it: comments left out, entities resolved.
pub(crate) fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> ParseErrorKind {
        Document::parse(bytes).unwrap_err().kind
    }

    #[test]
    fn a_document_keeps_every_byte() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding='utf-8'?>\r\n<!-- a --><domain  type = \"kvm\"\r\n>\t<name><![CDATA[<x>]]></name></domain >\r\n<!-- end -->";
        assert_eq!(Document::parse(text).unwrap().bytes(), text.as_bytes());
    }

    #[test]
    fn another_root_is_named() {
        assert_eq!(
            kind(b"<domstatus><domain/></domstatus>"),
            ParseErrorKind::NotADomain { root: "domstatus".into() }
        );
        assert_eq!(kind(b"<domain xmlns='urn:x'/>"), ParseErrorKind::NotADomain { root: "domain".into() });
    }

    #[test]
    fn a_fault_has_its_place() {
        let error = Document::parse("<domain>\n  <name>a</nam>\n</domain>").unwrap_err();
        assert!(matches!(error.kind, ParseErrorKind::NotXml { .. }), "{error}");
        assert_eq!((error.line, error.column), (2, 10));
    }

    #[test]
    fn the_hash_tells_documents_apart() {
        let [a, b, c] =
            ["<domain/>", "<domain />", "<domain/>"].map(|text| Document::parse(text).unwrap().hash());
        assert_ne!(a, b);
        assert_eq!(a, c);
        assert_eq!(a.to_string().len(), 64);
    }

    #[test]
    fn only_devices_of_the_root_count() {
        let text = "<domain><metadata><devices><disk/></devices></metadata><devices><a/><q:b xmlns:q='urn:q'/></devices><devices><c/></devices></domain>";
        let document = Document::parse(text).unwrap();
        let names: Vec<_> = document.devices().map(|device| device.tag_name().name()).collect();
        assert_eq!(names, ["a", "c"]);
    }

    #[test]
    fn debug_output_holds_no_text() {
        let document = Document::parse("<domain><graphics passwd='secret'/></domain>").unwrap();
        assert!(!format!("{document:?}").contains("secret"));
    }
}
