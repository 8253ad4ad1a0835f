//! Why a text is not a domain definition, and where.

use thiserror::Error;

use super::MAX_BYTES;

/// Why a definition cannot be read, with the place in the text (counted from 1).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} (line {line}, column {column})")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// What can be wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing but white space.
    #[error("the definition is empty")]
    Empty,
    /// Longer than [`MAX_BYTES`].
    #[error("the definition has {size} bytes, more than {MAX_BYTES}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the definition is not UTF-8 text")]
    NotUtf8,
    /// A declared or marked encoding that is not UTF-8.
    #[error("the definition is in the encoding {encoding:?}, not UTF-8")]
    Encoding {
        /// The encoding, as the definition names it.
        encoding: String,
    },
    /// A document type declaration; it could define entities, and libvirt writes none.
    #[error("the definition has a document type declaration")]
    Dtd,
    /// Nested deeper than libxml2, and so libvirt, reads.
    #[error("elements are nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More attributes on one element, or namespaces in all, than any definition has; reading them would take long.
    #[error("more than {limit} attributes on one element or namespaces in the text")]
    TooManyAttributes {
        /// The limit.
        limit: usize,
    },
    /// Not well-formed XML.
    #[error("the definition is not well-formed XML: {detail}")]
    NotXml {
        /// The parser's words.
        detail: String,
    },
    /// Well-formed, but the outermost element is not `<domain>`.
    #[error("the outermost element is <{root}>, not <domain>")]
    NotADomain {
        /// The element that it is.
        root: String,
    },
}

impl ParseError {
    /// What the XML parser found.
    pub(super) fn of_parser(error: &roxmltree::Error) -> Self {
        let place = error.pos();
        let kind = match error {
            roxmltree::Error::DtdDetected => ParseErrorKind::Dtd,
            other => ParseErrorKind::NotXml { detail: without_place(&other.to_string()) },
        };
        Self { kind, line: place.row, column: place.col }
    }
}

/// The parser ends its messages with ` at row:column`; the place is kept apart here.
fn without_place(message: &str) -> String {
    let cut = message.rfind(" at ").filter(|at| {
        message.get(at + 4..).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == ':'))
    });
    shortened(message.get(..cut.unwrap_or(message.len())).unwrap_or(message))
}

/// At most 80 characters of a text that others wrote.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
