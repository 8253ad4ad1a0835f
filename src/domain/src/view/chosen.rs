//! Which cards were chosen for the machine: marks of ours in `<metadata>`, as `edit::chosen` writes them.
//!
//! An address alone is no identity: it moves when a card is added. What became of a card is compared elsewhere.

use gangway_core::devices::Identity;
use roxmltree::Node;

use crate::document::{Document, children};
use crate::redact::SERIAL_NUMBER;

/// Our namespace in `<metadata>`.
pub(crate) const MARKS: &str = "https://gangway.org/xmlns/libvirt/domain/1.0";

impl Document {
    /// The identities of the devices that were chosen and that the definition still has, in its order.
    ///
    /// A device that another program put there has none.
    pub fn chosen(&self) -> Vec<Identity> {
        let marks: Vec<Identity> = chosen_elements(self).filter_map(identity_of).collect();
        let mut chosen: Vec<Identity> = Vec::new();
        for device in self.pci_hostdevs() {
            let mark = marks.iter().rfind(|mark| mark.address == device.source);
            chosen.extend(mark.filter(|mark| !chosen.contains(*mark)).cloned());
        }
        chosen
    }
}

/// Our element in `<metadata>`; libvirt reads the first `<metadata>`, and keeps one element of a namespace there.
pub(crate) fn marks_of(document: &Document) -> Option<Node<'_, '_>> {
    let metadata = children(document.root(), "metadata").next()?;
    metadata.children().find(|node| is_ours(*node, "devices"))
}

/// The marks, one a device.
pub(crate) fn chosen_elements(document: &Document) -> impl Iterator<Item = Node<'_, '_>> {
    let all = marks_of(document).into_iter().flat_map(|marks| marks.children());
    all.filter(|node| is_ours(*node, "device"))
}

fn is_ours(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(MARKS) && node.tag_name().name() == name
}

/// What a mark says; none where it makes no sense.
pub(crate) fn identity_of(mark: Node<'_, '_>) -> Option<Identity> {
    let attribute = |name: &str| mark.attribute(name).filter(|value| !value.contains(char::is_whitespace));
    let place = format!("{} {} {}", attribute("address")?, attribute("way")?, attribute("id")?);
    let board = attribute("subsystem").unwrap_or("-");
    let mut identity: Identity = format!("{place} {board}").parse().ok()?;
    identity.serial = mark.attribute(SERIAL_NUMBER).map(str::to_owned);
    Some(identity)
}
