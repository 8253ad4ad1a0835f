//! Compares the definition that was given to libvirt with the one it made of it. libvirt adds defaults and
//! drops comments, which is no loss; an element or attribute that is gone or has another value is.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::Lost;

/// What stands in `given` and not in `made`. Empty where either is not XML: libvirt has taken the one and
/// written the other, so there is nothing to say then.
pub(super) fn lost(given: &str, made: &str) -> Vec<Lost> {
    let (Ok(given), Ok(made)) = (Document::parse(given), Document::parse(made)) else { return Vec::new() };
    let mut there = elements(&made);
    let mut unmatched = Vec::new();
    // Exact matches first, so that an element which only grew does not take the place of an equal one.
    for (path, wanted) in elements(&given) {
        let present = there.entry(path.clone()).or_default();
        for element in wanted {
            match present.iter().position(|other| *other == element) {
                Some(index) => drop(present.swap_remove(index)),
                None => unmatched.push((path.clone(), element)),
            }
        }
    }
    unmatched.retain(|(path, element)| {
        let present = there.entry(path.clone()).or_default();
        let grown = present.iter().position(|other| other.includes(element));
        if let Some(index) = grown {
            present.swap_remove(index);
        }
        grown.is_none()
    });
    unmatched
        .into_iter()
        .map(|(path, element)| {
            let names: Vec<&str> = path.iter().map(|(_, name)| name.as_str()).collect();
            let text = gangway_domain::redact(&element.to_xml(names.last().copied().unwrap_or_default()));
            Lost { path: names.join("/"), text }
        })
        .collect()
}

/// Namespace and name of each element from below the root.
type Path = Vec<(Option<String>, String)>;

#[derive(Debug, PartialEq, Eq)]
struct Element {
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Element {
    fn of(node: Node<'_, '_>) -> Self {
        let text: String = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
        let attributes =
            node.attributes().map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()));
        Self { attributes: attributes.collect(), text: text.trim().to_owned() }
    }

    fn includes(&self, other: &Self) -> bool {
        self.text == other.text
            && other.attributes.iter().all(|(name, value)| self.attributes.get(name) == Some(value))
    }

    fn to_xml(&self, name: &str) -> String {
        let attributes: String =
            self.attributes.iter().map(|(name, value)| format!(" {name}='{value}'")).collect();
        if self.text.is_empty() {
            format!("<{name}{attributes}/>")
        } else {
            format!("<{name}{attributes}>{}</{name}>", self.text)
        }
    }
}

/// All elements below the root by their paths.
fn elements(document: &Document<'_>) -> BTreeMap<Path, Vec<Element>> {
    let mut found: BTreeMap<Path, Vec<Element>> = BTreeMap::new();
    let root = document.root_element();
    for node in root.descendants().filter(|node| node.is_element() && *node != root) {
        found.entry(path_of(node)).or_default().push(Element::of(node));
    }
    found
}

fn path_of(node: Node<'_, '_>) -> Path {
    let name = |node: Node<'_, '_>| {
        let name = node.tag_name();
        (name.namespace().map(str::to_owned), name.name().to_owned())
    };
    let mut path: Path = node.ancestors().filter(Node::is_element).map(name).collect();
    // The root.
    path.pop();
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(given: &str, made: &str) -> Vec<String> {
        lost(given, made).into_iter().map(|lost| format!("{}: {}", lost.path, lost.text)).collect()
    }

    #[test]
    fn defaults_that_libvirt_adds_are_no_loss() {
        assert!(
            paths(
                "<domain><!-- mine --><devices><a/><b x='1'/></devices></domain>",
                "<domain type='kvm'><devices><a/><a/><b x='1' y='2'><c/></b></devices></domain>",
            )
            .is_empty()
        );
    }

    #[test]
    fn what_is_dropped_or_changed_is_named() {
        assert_eq!(
            paths(
                "<domain><devices><rom file='/x'/><n>1</n><n>2</n></devices></domain>",
                "<domain><devices><rom/><n>2</n></devices></domain>",
            ),
            ["devices/n: <n>1</n>", "devices/rom: <rom file='/x'/>"]
        );
    }

    #[test]
    fn an_element_that_grew_does_not_hide_one_that_went() {
        assert_eq!(paths("<domain><b/><b x='1'/></domain>", "<domain><b x='1'/></domain>"), ["b: <b/>"]);
    }

    #[test]
    fn a_namespace_counts() {
        let other = "<domain><arg/></domain>";
        assert_eq!(paths("<domain xmlns:q='urn:q'><q:arg/></domain>", other).len(), 1);
    }
}
