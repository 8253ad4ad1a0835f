//! How far a group reaches. Devices of a group that stand together are one piece; the bridges of the group that lead
//! to nothing else are in it. A piece has exactly its members inside, so its left side may have steps.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use gangway_core::host::{GroupId, Isolation};
use gettextrs::gettext;

use super::layout::{CARD, INSIDE, PAD};
use super::tree::{Branch, Forest};
use super::{Bond, Facts, NodeKind, Note, Outline, Point, Rect, Region, words};
use crate::text;

const ROUND: f64 = 13.0;

/// What the leaves and bridges belong to, and the room that each leaf has.
pub(super) struct Plan {
    key: Vec<Option<Key>>,
    /// The bridges that lead only to members of their group.
    whole: Vec<bool>,
    /// The bridges of a drawn group that no piece can hold.
    apart: Vec<bool>,
    /// From the top of the tree, and the height.
    slot: Vec<(f64, f64)>,
    colours: BTreeMap<Key, usize>,
    /// How many pieces a group has.
    pieces: BTreeMap<Key, usize>,
    /// Which of these pieces a leaf is in, from 1.
    part: Vec<usize>,
}

/// A region: a group, or the groups of one box that counts several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Group(GroupId),
    Own(Vec<GroupId>),
}

impl Key {
    fn groups(&self) -> &[GroupId] {
        match self {
            Self::Group(group) => std::slice::from_ref(group),
            Self::Own(groups) => groups,
        }
    }
}

impl Plan {
    pub(super) fn of(forest: &Forest) -> Self {
        let branches = &forest.branches;
        let key: Vec<Option<Key>> = branches.iter().map(key).collect();
        let whole = whole(forest, &key);
        let is_leaf = |branch: &Branch| branch.children.is_empty();
        let mut colours = BTreeMap::new();
        let mut pieces: BTreeMap<Key, usize> = BTreeMap::new();
        let mut part = vec![0; branches.len()];
        let mut before: Option<&Key> = None;
        for ((branch, own), part) in branches.iter().zip(&key).zip(&mut part) {
            if branch.kind == NodeKind::Root {
                before = None;
            }
            if !is_leaf(branch) {
                continue;
            }
            if let Some(own) = own {
                let next = colours.len();
                colours.entry(own.clone()).or_insert(next);
                let count = pieces.entry(own.clone()).or_insert(0);
                if before != Some(own) {
                    *count += 1;
                }
                *part = *count;
            }
            before = own.as_ref();
        }
        let apart = branches
            .iter()
            .zip(&key)
            .zip(&whole)
            .map(|((branch, key), whole)| branch.kind == NodeKind::Bridge && key.is_some() && !whole)
            .collect();
        Self { slot: vec![(0.0, 0.0); branches.len()], key, whole, apart, colours, pieces, part }
    }

    fn key(&self, index: usize) -> Option<&Key> {
        self.key.get(index)?.as_ref()
    }

    pub(super) fn is_in_region(&self, leaf: usize) -> bool {
        self.key(leaf).is_some()
    }

    pub(super) fn same_piece(&self, one: usize, other: usize) -> bool {
        let key = self.key(one);
        key.is_some() && key == self.key(other)
    }

    pub(super) fn is_apart(&self, bridge: usize) -> bool {
        self.apart.get(bridge).copied().unwrap_or(false)
    }

    pub(super) fn set_slot(&mut self, leaf: usize, top: f64, height: f64) {
        if let Some(slot) = self.slot.get_mut(leaf) {
            *slot = (top, height);
        }
    }

    pub(super) fn move_slot(&mut self, leaf: usize, by: f64) {
        if let Some(slot) = self.slot.get_mut(leaf) {
            slot.0 += by;
        }
    }

    /// What is written about the region of a leaf.
    pub(super) fn texts(&self, facts: &Facts<'_>, index: usize) -> Option<(String, String)> {
        let Some(key) = self.key(index) else {
            // The room for a leaf without a group.
            return Some((String::new(), gettext("No IOMMU group")));
        };
        let part = self.part.get(index).copied().filter(|part| *part > 0)?;
        let of = self.pieces.get(key).copied().unwrap_or(1);
        let title = words::groups(key.groups(), (of > 1).then_some((part, of)));
        let group = key.groups().first().and_then(|group| facts.host.group(*group));
        Some((title, group.map(|group| text::isolation_label(&group.isolation)).unwrap_or_default()))
    }

    pub(super) fn note(&self, facts: &Facts<'_>, index: usize, branch: &Branch) -> Option<Note> {
        if self.is_apart(index) {
            let key = self.key(index)?;
            let text = words::groups(key.groups(), None);
            return Some(Note { text, colour: self.colours.get(key).copied(), beside: false });
        }
        let lonely =
            branch.kind == NodeKind::Device && self.key(index).is_none() && !facts.host.groups.is_empty();
        lonely.then(|| Note { text: gettext("No IOMMU group"), colour: None, beside: true })
    }
}

fn key(branch: &Branch) -> Option<Key> {
    match (branch.group, branch.own_groups.as_slice()) {
        (Some(group), _) => Some(Key::Group(group)),
        (None, []) => None,
        (None, groups) => Some(Key::Own(groups.to_vec())),
    }
}

/// From the leaves up: a bridge is whole where all behind it is of its group.
fn whole(forest: &Forest, keys: &[Option<Key>]) -> Vec<bool> {
    let mut whole = vec![false; forest.branches.len()];
    for (index, branch) in forest.branches.iter().enumerate().rev() {
        let key = keys.get(index).and_then(Option::as_ref);
        let fits = |child: &usize| {
            let leaf = forest.branches.get(*child).is_some_and(|child| child.children.is_empty());
            keys.get(*child).and_then(Option::as_ref) == key
                && (leaf || whole.get(*child).copied().unwrap_or(false))
        };
        let is_whole = branch.kind == NodeKind::Bridge && key.is_some() && branch.children.iter().all(fits);
        if let Some(place) = whole.get_mut(index) {
            *place = is_whole;
        }
    }
    whole
}

/// Leaves of one group that stand together, with the bridges in their piece.
pub(super) struct Piece {
    leaves: Vec<usize>,
    /// The uppermost bridge over each leaf that is in the piece.
    bridges: Vec<Option<usize>>,
}

/// The pieces of a tree, from top to bottom.
pub(super) fn pieces(plan: &Plan, forest: &Forest, branches: Range<usize>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before: Option<usize> = None;
    for index in branches {
        let Some(branch) = forest.branches.get(index).filter(|branch| branch.children.is_empty()) else {
            continue;
        };
        if plan.is_in_region(index) {
            let bridge = uppermost(plan, forest, branch);
            match pieces.last_mut().filter(|_| before.is_some_and(|before| plan.same_piece(before, index))) {
                Some(piece) => {
                    piece.leaves.push(index);
                    piece.bridges.push(bridge);
                }
                None => pieces.push(Piece { leaves: vec![index], bridges: vec![bridge] }),
            }
        }
        before = Some(index);
    }
    pieces
}

fn uppermost(plan: &Plan, forest: &Forest, leaf: &Branch) -> Option<usize> {
    let mut found = None;
    let mut at = leaf.parent;
    while let Some(index) = at.filter(|index| plan.whole.get(*index).copied().unwrap_or(false)) {
        found = Some(index);
        at = forest.branches.get(index).and_then(|branch| branch.parent);
    }
    found
}

impl Piece {
    /// Its outline, given where boxes start, the devices' column with the right end, and the top of the tree.
    pub(super) fn region(
        &self,
        facts: &Facts<'_>,
        plan: &Plan,
        x_of: &dyn Fn(usize) -> Option<f64>,
        (card, right): (f64, f64),
        top: f64,
    ) -> Region {
        let mut bands: Vec<(f64, f64, f64)> = Vec::new();
        for (leaf, bridge) in self.leaves.iter().zip(&self.bridges) {
            let (y, height) = plan.slot.get(*leaf).copied().unwrap_or_default();
            let left = bridge.and_then(x_of).unwrap_or(card) - PAD;
            let (upper, lower) = (top + y - INSIDE / 2.0, top + y + height + INSIDE / 2.0);
            match bands.last_mut().filter(|(_, _, before)| (*before - left).abs() < 0.5) {
                Some(band) => band.1 = lower,
                None => bands.push((upper, lower, left)),
            }
        }
        let more = PAD - INSIDE / 2.0;
        if let Some(first) = bands.first_mut() {
            first.0 -= more;
        }
        if let Some(last) = bands.last_mut() {
            last.1 += more;
        }
        let upper = bands.first().map_or(0.0, |band| band.0);
        let lower = bands.last().map_or(0.0, |band| band.1);
        let left = bands.iter().map(|band| band.2).fold(card - PAD, f64::min);
        // Without a text beside it, a region ends behind its devices.
        let right = right.max(card + CARD + PAD);
        let mut corners = vec![Point::new(right, upper), Point::new(right, lower)];
        for (upper, lower, left) in bands.iter().rev() {
            corners.extend([Point::new(*left, *lower), Point::new(*left, *upper)]);
        }
        let first = self.leaves.first().copied().unwrap_or_default();
        let key = plan.key(first);
        let (title, state) = plan.texts(facts, first).unwrap_or_default();
        let rect = Rect::new(left, upper, right - left, lower - upper);
        Region {
            groups: key.map(|key| key.groups().to_vec()).unwrap_or_default(),
            colour: key.and_then(|key| plan.colours.get(key)).copied().unwrap_or(0),
            bond: bond(facts, key),
            outline: Outline::rounded(&corners, ROUND),
            rect,
            title,
            state,
            label: rect.centre(),
        }
    }
}

fn bond(facts: &Facts<'_>, key: Option<&Key>) -> Bond {
    let groups: BTreeSet<GroupId> = key.map(|key| key.groups().iter().copied().collect()).unwrap_or_default();
    let bonds =
        groups.iter().filter_map(|group| facts.host.group(*group)).map(|group| match group.isolation {
            Isolation::Isolated => Bond::Isolated,
            Isolation::Shared { .. } => Bond::Shared,
            Isolation::HostBridgeWithDriver { .. } => Bond::Held,
        });
    bonds.max_by_key(|bond| *bond as u8).unwrap_or(Bond::Isolated)
}
