//! The same tree as text: one place a box, for a list that tells in words what the drawing shows.

use gangway_core::host::GroupId;
use gangway_core::pci::PciAddress;

use super::tree::{Branch, Forest};
use super::{Facts, Glyph, NodeKind, words};

/// A box of the tree without a place on a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it stands for.
    pub kind: NodeKind,
    /// All functions in it, the main one first; none in a root.
    pub functions: Vec<PciAddress>,
    /// The box above it; always one that comes earlier.
    pub parent: Option<usize>,
    /// How many boxes are above it.
    pub level: usize,
    /// Its group, where it has one with more than bridges.
    pub group: Option<GroupId>,
    /// Its picture.
    pub glyph: Glyph,
    /// What it is called.
    pub title: String,
    /// Its address, or from where to where they go.
    pub address: String,
}

/// The boxes of a machine's PCI trees, each followed by those below it.
pub fn places(facts: &Facts<'_>) -> Vec<Place> {
    let forest = Forest::grow(facts);
    forest.branches.iter().map(|branch| place(facts, &forest, branch)).collect()
}

fn place(facts: &Facts<'_>, forest: &Forest, branch: &Branch) -> Place {
    let first = words::rows(facts, forest, branch).into_iter().next();
    let (glyph, title, address) =
        first.map_or((Glyph::Chip, String::new(), String::new()), |row| (row.glyph, row.title, row.address));
    let functions = branch.functions.iter().filter_map(|index| facts.host.functions.get(*index));
    Place {
        kind: branch.kind,
        functions: functions.map(|function| function.address).collect(),
        parent: branch.parent,
        level: branch.depth,
        group: branch.group,
        glyph,
        title,
        address,
    }
}

#[cfg(test)]
mod tests {
    use gangway_core::host::Host;
    use gangway_core::machine_file::MachineFile;
    use gangway_core::pci::Names;
    use gangway_core::source::Source;

    use super::*;
    use crate::claims::Owners;

    #[test]
    fn each_place_follows_the_one_above_it_and_each_function_has_one() {
        let text = include_bytes!("../../machines/workshop.host");
        let host = Host::scan(&Source::machine(&MachineFile::parse(text).unwrap()));
        let owners = Owners::new();
        let names = Names::bundled();
        let places = places(&Facts { host: &host, names: &names, links: None, owners: &owners });
        assert_eq!(places[0].kind, NodeKind::Root);
        let mut functions: Vec<PciAddress> =
            places.iter().flat_map(|place| place.functions.iter().copied()).collect();
        functions.sort_unstable();
        let all: Vec<PciAddress> = host.functions.iter().map(|function| function.address).collect();
        assert_eq!(functions, all);
        for (index, place) in places.iter().enumerate() {
            let above = place.parent.map(|parent| (parent, places[parent].level));
            assert_eq!(above.map_or(0, |(_, level)| level + 1), place.level, "{place:?}");
            assert!(above.is_none_or(|(parent, _)| parent < index));
            assert!(!place.title.is_empty() && !place.address.is_empty(), "{place:?}");
        }
    }
}
