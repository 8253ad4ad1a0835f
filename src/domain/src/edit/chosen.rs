//! Remembering which cards were chosen: marks of ours in `<metadata>`, beside those of other programs.
//!
//! libvirt gives each program one element of a namespace of its own there, and keeps it (`formatdomain.html#general-metadata`).
//! What was remembered can be forgotten without a trace; where `<metadata>` was made or opened for it, the mark says so.

use gangway_core::devices::Identity;
use gangway_core::pci::PciAddress;
use roxmltree::Node;

use super::EditError;
use super::order;
use crate::document::layout::{Style, content_start, is_space, start_tag, with_space_before};
use crate::document::splice::Splices;
use crate::document::{Document, ParseError, child};
use crate::redact::SERIAL_NUMBER;
use crate::view::{MARKS, chosen_elements, identity_of, marks_of};

/// The attribute that says what was there before the first mark, and its two values.
const WAS: &str = "metadata-was";
const MISSING: &str = "missing";
const EMPTY: &str = "empty";

/// The prefix of our namespace where we declare it.
const PREFIX: &str = "gangway";

/// The definition with marks of these identities. A mark of the same address that is there already is replaced.
///
/// # Errors
/// When the changed definition cannot be read.
pub fn remember(document: &Document, identities: &[Identity]) -> Result<Document, EditError> {
    if identities.is_empty() {
        return Ok(document.clone());
    }
    let addresses: Vec<PciAddress> = identities.iter().map(|identity| identity.address).collect();
    let document = &without(document, &addresses)?;
    let mut splices = Splices::default();
    if let Some(marks) = marks_of(document) {
        if content_start(document.text(), marks).is_none() {
            // Nobody's mark: only a program that is not ours leaves it empty.
            let style = marks.parent_element().map(|metadata| Style::beside(document, metadata, Some(marks)));
            let style = style.unwrap_or_else(|| Style::beside(document, marks, None));
            splices.replace(marks.range(), marks_text(&style, identities, None));
            return Ok(splices.document(document)?);
        }
        let prefix = prefix_of(document, marks);
        let writers: Vec<_> = identities.iter().map(|identity| device_writer(prefix, identity)).collect();
        let writers: Vec<&dyn Fn(&Style) -> String> = writers.iter().map(|write| write as _).collect();
        order::insert(document, &mut splices, marks, "device", &writers);
        return Ok(splices.document(document)?);
    }
    match child(document.root(), "metadata") {
        Some(metadata) => {
            let was = content_start(document.text(), metadata).is_none().then_some(EMPTY);
            order::insert(
                document,
                &mut splices,
                metadata,
                "devices",
                &[&|style: &Style| marks_text(style, identities, was)],
            );
        }
        None => order::insert(
            document,
            &mut splices,
            document.root(),
            "metadata",
            &[&|style: &Style| {
                let inner = style.deeper();
                let marks = marks_text(&inner, identities, Some(MISSING));
                format!("<metadata>{}{marks}{}</metadata>", inner.before, style.before)
            }],
        ),
    }
    Ok(splices.document(document)?)
}

/// The definition without the marks of these addresses.
///
/// # Errors
/// When the changed definition cannot be read.
pub fn forget(document: &Document, addresses: &[PciAddress]) -> Result<Document, EditError> {
    Ok(without(document, addresses)?)
}

fn without(document: &Document, addresses: &[PciAddress]) -> Result<Document, ParseError> {
    let Some(marks) = marks_of(document) else { return Ok(document.clone()) };
    let leaves = |node: &Node<'_, '_>| {
        identity_of(*node).is_some_and(|identity| addresses.contains(&identity.address))
    };
    let leaving: Vec<Node<'_, '_>> = chosen_elements(document).filter(leaves).collect();
    if leaving.is_empty() {
        return Ok(document.clone());
    }
    let text = document.text();
    let mut splices = Splices::default();
    let others = marks.children().any(|node| !leaving.contains(&node) && !is_blank(text, node));
    match marks.parent_element().filter(|_| !others) {
        None => leaving.iter().for_each(|node| splices.delete(with_space_before(text, node.range()))),
        Some(metadata) => {
            let alone = metadata.children().all(|node| node == marks || is_blank(text, node));
            match marks.attribute(WAS).filter(|_| alone) {
                Some(MISSING) => splices.delete(with_space_before(text, metadata.range())),
                Some(EMPTY) => {
                    let tag = start_tag(text, metadata);
                    splices.replace(tag.end.saturating_sub(1)..metadata.range().end, "/>");
                }
                _ => splices.delete(with_space_before(text, marks.range())),
            }
        }
    }
    splices.document(document)
}

fn is_blank(text: &str, node: Node<'_, '_>) -> bool {
    node.is_text() && text.get(node.range()).is_some_and(|text| text.chars().all(is_space))
}

/// The prefix that our element has in this text, with its colon; empty where our namespace is the default one.
fn prefix_of<'a>(document: &'a Document, marks: Node<'_, '_>) -> &'a str {
    let tag = document.text().get(start_tag(document.text(), marks)).unwrap_or_default();
    let name = tag.trim_start_matches('<');
    let end = name.find(|c: char| is_space(c) || matches!(c, '>' | '/')).unwrap_or(name.len());
    name.get(..end).and_then(|name| name.rfind(':').and_then(|colon| name.get(..=colon))).unwrap_or_default()
}

fn marks_text(style: &Style, identities: &[Identity], was: Option<&str>) -> String {
    let inner = style.deeper();
    let was = was.map(|was| style.attribute(WAS, was)).unwrap_or_default();
    let space = style.attribute(&format!("xmlns:{PREFIX}"), MARKS);
    let devices: String = identities
        .iter()
        .map(|identity| format!("{}{}", inner.before, device_writer(&format!("{PREFIX}:"), identity)(&inner)))
        .collect();
    format!("<{PREFIX}:devices{space}{was}>{devices}{}</{PREFIX}:devices>", style.before)
}

/// One mark.
fn device_writer<'a>(prefix: &'a str, identity: &'a Identity) -> impl Fn(&Style) -> String + 'a {
    move |style| {
        let (vendor, device) = identity.id;
        let mut text = format!("<{prefix}device");
        text += &style.attribute("address", &identity.address.to_string());
        text += &style.attribute("way", &identity.way.to_string());
        text += &style.attribute("id", &format!("{vendor}:{device}"));
        if let Some(subsystem) = identity.subsystem {
            text += &style.attribute("subsystem", &subsystem.to_string());
        }
        // What XML cannot hold is no serial number that could be compared later.
        let fits = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
        if let Some(serial) = identity.serial.as_ref().filter(|serial| serial.chars().all(fits)) {
            text += &style.attribute(SERIAL_NUMBER, serial);
        }
        text + "/>"
    }
}

#[cfg(test)]
mod tests;
