//! Where everything stands. Devices stand in a column at the right, in the order of their tree, so that a group is one
//! piece; bridges in columns before it, each at the middle of what is behind it. Roots of large machines stand side by
//! side, so that the whole is no strip.

use std::ops::Range;

use super::metric::{Metric, TextStyle, ellipsize};
use super::region::{self, Plan};
use super::tree::{Branch, Forest};
use super::{Claim, Edge, Facts, LinkLabel, Map, Node, NodeKind, Point, Rect, Row, link, words};

pub(super) const MARGIN: f64 = 24.0;
pub(super) const ROOT: (f64, f64) = (108.0, 82.0);
pub(super) const BRIDGE: (f64, f64) = (100.0, 40.0);
/// With a line about its group.
const BRIDGE_WITH_NOTE: f64 = 54.0;
pub(super) const CARD: f64 = 346.0;
pub(super) const MAIN_ROW: f64 = 44.0;
pub(super) const COMPACT: f64 = 30.0;
/// Between the main row and the others, and below those.
pub(super) const ROWS_TOP: f64 = 3.0;
pub(super) const ROWS_END: f64 = 5.0;
pub(super) const ROW: f64 = 20.0;
/// Between a box and the place where the lines to those behind it part.
const FORK: f64 = 18.0;
const PLAIN_GAP: f64 = 40.0;
pub(super) const LABEL: (f64, f64) = (8.0, 18.0);
/// Between boxes of one region, and between others.
pub(super) const INSIDE: f64 = 7.0;
const OUTSIDE: f64 = 10.0;
/// From a box to the border of its region.
pub(super) const PAD: f64 = 8.0;
/// From a device to what is written about its group.
pub(super) const BESIDE: f64 = 15.0;
const BESIDE_END: f64 = 14.0;
const BESIDE_MOST: f64 = 190.0;
/// Between columns of trees.
const BETWEEN: f64 = 56.0;
/// How wide a column of trees is, roughly, and how much wider than high the whole should be.
const COLUMN: f64 = 1200.0;
const ASPECT: f64 = 1.6;

/// Where texts begin in a device: after its picture; a smaller one begins there in the other rows.
pub(super) const TEXT: f64 = 44.0;
pub(super) const ROW_TEXT: f64 = 66.0;
pub(super) const END: f64 = 14.0;
pub(super) const CLAIM_GLYPH: f64 = 18.0;
const CLAIM_MOST: f64 = 150.0;

/// A tree: which boxes it has, which leaves, and how high it is.
struct Tree {
    branches: Range<usize>,
    height: f64,
}

/// What is worked out before there are places.
struct Draft<'a> {
    facts: &'a Facts<'a>,
    metric: &'a dyn Metric,
    forest: Forest,
    plan: Plan,
    rows: Vec<Vec<Row>>,
    links: Vec<Option<(LinkLabel, u8)>>,
    /// The middle of each box from the top of its tree, and its height.
    middle: Vec<f64>,
    height: Vec<f64>,
}

pub(super) fn map(facts: &Facts<'_>, metric: &dyn Metric) -> Map {
    let forest = Forest::grow(facts);
    let plan = Plan::of(&forest);
    let count = forest.branches.len();
    let rows = forest.branches.iter().map(|branch| words::rows(facts, &forest, branch)).collect();
    let links = (0..count).map(|index| link_to(facts, &forest, index)).collect();
    let mut draft = Draft {
        facts,
        metric,
        plan,
        rows,
        links,
        middle: vec![0.0; count],
        height: vec![0.0; count],
        forest,
    };
    let trees = draft.stack();
    let mut map = Map::default();
    let mut x = MARGIN;
    let mut lowest: f64 = 0.0;
    for column in columns(&trees) {
        let trees = trees.get(column).unwrap_or_default();
        let (right, bottom) = draft.column(trees, x, &mut map);
        x = right + BETWEEN;
        lowest = lowest.max(bottom);
    }
    if !map.nodes.is_empty() {
        map.width = x - BETWEEN + MARGIN;
        map.height = lowest + MARGIN;
    }
    map
}

/// The link of a box to the one above it. Between the ports of a switch, and from the root to its ports, is none.
fn link_to(facts: &Facts<'_>, forest: &Forest, index: usize) -> Option<(LinkLabel, u8)> {
    let branch = forest.branches.get(index)?;
    let links = facts.links?;
    let above = forest.branches.get(branch.parent?)?;
    let first_of = |branch: &Branch| facts.host.functions.get(*branch.functions.first()?);
    let port = first_of(above).filter(|_| above.kind == NodeKind::Bridge)?;
    let function = first_of(branch)?;
    let faces_down = branch.kind == NodeKind::Bridge && branch.depth % 2 == 1;
    if faces_down || matches!(branch.kind, NodeKind::Root | NodeKind::Run(_)) {
        return None;
    }
    link::label(links.get(&function.address)?, links.get(&port.address))
}

impl Draft<'_> {
    /// Gives every box its height and its middle, tree by tree.
    fn stack(&mut self) -> Vec<Tree> {
        let count = self.forest.branches.len();
        let starts: Vec<usize> =
            (0..count).filter(|index| self.branch(*index).is_some_and(|it| it.parent.is_none())).collect();
        let ends = starts.iter().copied().skip(1).chain([count]);
        starts.iter().copied().zip(ends).map(|(start, end)| self.stack_tree(start..end)).collect()
    }

    fn branch(&self, index: usize) -> Option<&Branch> {
        self.forest.branches.get(index)
    }

    fn stack_tree(&mut self, branches: Range<usize>) -> Tree {
        let mut y: f64 = 0.0;
        let mut before: Option<usize> = None;
        for index in branches.clone() {
            let Some(branch) = self.forest.branches.get(index) else { continue };
            let height = self.box_height(index, branch);
            let leaf = branch.children.is_empty();
            put(&mut self.height, index, height);
            if !leaf {
                continue;
            }
            let pad = if self.plan.is_in_region(index) { PAD } else { 0.0 };
            y += match before {
                Some(before) if self.plan.same_piece(before, index) => INSIDE,
                Some(before) => pad + OUTSIDE + if self.plan.is_in_region(before) { PAD } else { 0.0 },
                None => pad,
            };
            let slot = height.max(self.bridge_height(index));
            put(&mut self.middle, index, y + slot / 2.0);
            self.plan.set_slot(index, y, slot);
            y += slot;
            before = Some(index);
        }
        y += before.map_or(0.0, |before| if self.plan.is_in_region(before) { PAD } else { 0.0 });
        for index in branches.clone().rev() {
            let Some(branch) = self.forest.branches.get(index) else { continue };
            if let (Some(first), Some(last)) = (branch.children.first(), branch.children.last()) {
                let of = |child: &usize| self.middle.get(*child).copied().unwrap_or(0.0);
                let middle = (of(first) + of(last)) / 2.0;
                put(&mut self.middle, index, middle);
            }
        }
        // A root is higher than a single device: what is behind it moves to its middle.
        let middle = self.middle.get(branches.start).copied().unwrap_or(0.0);
        let above = (ROOT.1 / 2.0 - middle).max(0.0);
        for index in branches.clone() {
            let moved = self.middle.get(index).copied().unwrap_or(0.0) + above;
            put(&mut self.middle, index, moved);
            self.plan.move_slot(index, above);
        }
        Tree { branches, height: (y + above).max(middle + above + ROOT.1 / 2.0) }
    }

    fn box_height(&self, index: usize, branch: &Branch) -> f64 {
        match branch.kind {
            NodeKind::Root => ROOT.1,
            NodeKind::Bridge if self.plan.is_apart(index) => BRIDGE_WITH_NOTE,
            NodeKind::Bridge => BRIDGE.1,
            NodeKind::Device if !self.is_compact(index, branch) => {
                let more = f64::from(u32::try_from(branch.functions.len()).unwrap_or(1).saturating_sub(1));
                MAIN_ROW + if more > 0.0 { ROWS_TOP + more * ROW + ROWS_END } else { 0.0 }
            }
            NodeKind::Device | NodeKind::Run(_) => COMPACT,
        }
    }

    fn is_compact(&self, index: usize, branch: &Branch) -> bool {
        match branch.kind {
            NodeKind::Run(_) => true,
            NodeKind::Root | NodeKind::Bridge => false,
            NodeKind::Device => self.rows.get(index).is_some_and(|rows| match rows.as_slice() {
                [row] => row.claim.is_none() && !row.glyph.is_prominent(),
                _ => false,
            }),
        }
    }

    /// The height of the bridges that have this leaf alone behind them: its place is at least as high.
    fn bridge_height(&self, leaf: usize) -> f64 {
        let mut height: f64 = 0.0;
        let mut at = self.branch(leaf).and_then(|branch| branch.parent);
        while let Some((index, bridge)) = at.and_then(|index| Some((index, self.branch(index)?))) {
            if bridge.kind != NodeKind::Bridge || bridge.children.len() != 1 {
                break;
            }
            height = height.max(self.height.get(index).copied().unwrap_or(0.0));
            at = bridge.parent;
        }
        height
    }

    /// Puts trees below each other from `left` on, and gives the right and lower end.
    fn column(&self, trees: &[Tree], left: f64, map: &mut Map) -> (f64, f64) {
        let starts = self.starts(trees, left);
        let card = starts.last().copied().unwrap_or(left);
        let beside = self.beside(trees);
        let right = card + CARD + if beside > 0.0 { BESIDE + beside + BESIDE_END } else { 0.0 };
        let mut top = MARGIN;
        for tree in trees {
            let first = map.nodes.len();
            // The boxes of a tree follow each other in both lists.
            let shift = |index: usize| (index + first).checked_sub(tree.branches.start);
            for index in tree.branches.clone() {
                if let Some(node) = self.node(index, &starts, card, top, &shift) {
                    map.nodes.push(node);
                }
            }
            for index in tree.branches.clone() {
                let parent = self.branch(index).and_then(|branch| branch.parent).and_then(shift);
                if let (Some(parent), Some(child)) = (parent, shift(index)) {
                    map.edges.extend(self.edge(index, parent, child, map));
                }
            }
            let pieces = region::pieces(&self.plan, &self.forest, tree.branches.clone());
            for piece in pieces {
                let x_of = |index: usize| shift(index).and_then(|node| Some(map.nodes.get(node)?.rect.x));
                let region = piece.region(self.facts, &self.plan, &x_of, (card, right), top);
                map.regions.push(self.with_label(region, card, beside));
            }
            top += tree.height + 2.0 * OUTSIDE;
        }
        (right, top - 2.0 * OUTSIDE)
    }

    /// Where each column of bridges starts, and at last the devices.
    fn starts(&self, trees: &[Tree], left: f64) -> Vec<f64> {
        let indexes = || trees.iter().flat_map(|tree| tree.branches.clone());
        let is_bridge = |index: &usize| self.branch(*index).is_some_and(|it| it.kind == NodeKind::Bridge);
        let depth_of = |index: usize| self.branch(index).map_or(0, |branch| branch.depth);
        let deepest = indexes().filter(is_bridge).map(depth_of).max().unwrap_or(0);
        let mut gaps = vec![PLAIN_GAP; deepest + 1];
        for index in indexes() {
            let Some((Some((label, _)), branch)) = self.links.get(index).zip(self.branch(index)) else {
                continue;
            };
            let depth = branch.depth.saturating_sub(1);
            // To a device further away there is room on the way.
            if branch.kind == NodeKind::Bridge || depth == deepest {
                let width = self.metric.width(&label.text, TextStyle::Link) + 2.0 * LABEL.0;
                if let Some(gap) = gaps.get_mut(depth) {
                    *gap = gap.max(FORK + width + 20.0);
                }
            }
        }
        let mut x = left + ROOT.0;
        let mut starts = vec![left];
        for (depth, gap) in gaps.iter().enumerate() {
            x += gap;
            starts.push(x);
            if depth < deepest {
                x += BRIDGE.0;
            }
        }
        starts
    }

    /// The room for what is written beside the devices.
    fn beside(&self, trees: &[Tree]) -> f64 {
        if self.facts.host.groups.is_empty() {
            return 0.0;
        }
        let indexes = trees.iter().flat_map(|tree| tree.branches.clone());
        let wide = |index: usize| {
            let branch = self.branch(index).filter(|branch| branch.children.is_empty())?;
            if branch.kind != NodeKind::Device && !self.plan.is_in_region(index) {
                return None;
            }
            let (title, state) = self.plan.texts(self.facts, index)?;
            let title = self.metric.width(&title, TextStyle::Group);
            Some(title.max(self.metric.width(&state, TextStyle::Small) + CLAIM_GLYPH))
        };
        indexes.filter_map(wide).fold(0.0_f64, f64::max).min(BESIDE_MOST)
    }

    fn with_label(&self, mut region: super::Region, card: f64, beside: f64) -> super::Region {
        region.title = self.fit(&region.title, TextStyle::Group, beside);
        region.state = self.fit(&region.state, TextStyle::Small, beside - CLAIM_GLYPH);
        region.label = Point::new(card + CARD + BESIDE, region.label.y);
        region
    }

    fn fit(&self, text: &str, style: TextStyle, room: f64) -> String {
        ellipsize(self.metric, text, style, room).into_owned()
    }

    fn node(
        &self,
        index: usize,
        starts: &[f64],
        card: f64,
        top: f64,
        shift: &dyn Fn(usize) -> Option<usize>,
    ) -> Option<Node> {
        let branch = self.branch(index)?;
        let height = self.height.get(index).copied()?;
        let y = top + self.middle.get(index).copied()? - height / 2.0;
        let rect = match branch.kind {
            NodeKind::Root => Rect::new(starts.first().copied()?, y, ROOT.0, height),
            NodeKind::Bridge => Rect::new(starts.get(branch.depth).copied()?, y, BRIDGE.0, height),
            NodeKind::Device | NodeKind::Run(_) => Rect::new(card, y, CARD, height),
        };
        let compact = self.is_compact(index, branch);
        let rows = self.rows.get(index)?;
        let addresses =
            branch.functions.iter().filter_map(|function| self.facts.host.functions.get(*function));
        Some(Node {
            kind: branch.kind,
            functions: addresses.map(|function| function.address).collect(),
            group: branch.group,
            rect,
            parent: branch.parent.and_then(shift),
            children: branch.children.iter().filter_map(|child| shift(*child)).collect(),
            rows: rows
                .iter()
                .enumerate()
                .map(|(n, row)| self.fit_row(row, branch.kind, n == 0, compact))
                .collect(),
            compact,
            note: self.plan.note(self.facts, index, branch),
        })
    }

    /// A row with its texts shortened to their room.
    fn fit_row(&self, row: &Row, kind: NodeKind, main: bool, compact: bool) -> Row {
        let room = match kind {
            NodeKind::Root => {
                let title = self.fit(&row.title, TextStyle::Name, ROOT.0 - 12.0);
                let address = self.fit(&row.address, TextStyle::Address, ROOT.0 - 12.0);
                return Row { title, address, ..row.clone() };
            }
            NodeKind::Bridge => {
                let title = self.fit(&row.title, TextStyle::Name, BRIDGE.0 - 12.0);
                let address = self.fit(&row.address, TextStyle::Address, BRIDGE.0 - 12.0);
                return Row { title, address, ..row.clone() };
            }
            NodeKind::Device | NodeKind::Run(_) => CARD - END,
        };
        let address = self.metric.width(&row.address, TextStyle::Address);
        let (start, style) = if main { (TEXT, TextStyle::Title) } else { (ROW_TEXT, TextStyle::Row) };
        let style = if compact { TextStyle::Row } else { style };
        let one_line = if main && !compact { 0.0 } else { address + 12.0 };
        let room = room - start - one_line;
        let claim = row.claim.as_ref().map(|claim| {
            let text = self.fit(&claim.text, TextStyle::Claim, CLAIM_MOST - CLAIM_GLYPH);
            let width = self.metric.width(&text, TextStyle::Claim);
            let beside = room - width - CLAIM_GLYPH - 12.0;
            let below = main && self.metric.width(&row.title, style) > beside;
            Claim { width, text, below, ..claim.clone() }
        });
        let claimed = |below: bool| match &claim {
            Some(claim) if claim.below == below => claim.width + CLAIM_GLYPH + 12.0,
            _ => 0.0,
        };
        let title = self.fit(&row.title, style, room - claimed(false));
        let vendor = self.fit(
            &row.vendor,
            TextStyle::Small,
            room - claimed(true).max(claimed(false)) - address - 10.0,
        );
        Row { title, vendor, claim, address_width: address, ..row.clone() }
    }

    fn edge(&self, index: usize, parent: usize, child: usize, map: &Map) -> Option<Edge> {
        let (upper, lower) = (map.nodes.get(parent)?.rect, map.nodes.get(child)?.rect);
        let from = Point::new(upper.right(), upper.centre().y);
        let to = Point::new(lower.x, lower.centre().y);
        let fork = from.x + FORK;
        let (label, lanes) = match self.links.get(index).cloned().flatten() {
            Some((label, lanes)) => {
                let width = self.metric.width(&label.text, TextStyle::Link) + 2.0 * LABEL.0;
                // The border of the group is before a device.
                let end = to.x - if map.nodes.get(child)?.children.is_empty() { PAD } else { 0.0 };
                let middle = (fork + end) / 2.0;
                let rect = Rect::new(middle - width / 2.0, to.y - LABEL.1 / 2.0, width, LABEL.1);
                (Some((label, rect)), lanes)
            }
            None => (None, 0),
        };
        Some(Edge { parent, child, lanes, label, fork, from, to })
    }
}

fn put(list: &mut [f64], index: usize, value: f64) {
    if let Some(place) = list.get_mut(index) {
        *place = value;
    }
}

/// Which trees stand below each other, so that the whole is about as wide as a screen.
fn columns(trees: &[Tree]) -> Vec<Range<usize>> {
    let total: f64 = trees.iter().map(|tree| tree.height + 2.0 * OUTSIDE).sum();
    let mut wanted = 1;
    while wanted < trees.len() && f64::from(wanted as u32 * wanted as u32) * COLUMN < total * ASPECT {
        wanted += 1;
    }
    let room = total / f64::from(wanted as u32);
    let mut columns = Vec::new();
    let (mut start, mut height) = (0, 0.0);
    for (index, tree) in trees.iter().enumerate() {
        let more = tree.height + 2.0 * OUTSIDE;
        if index > start && height + more / 2.0 > room {
            columns.push(start..index);
            (start, height) = (index, 0.0);
        }
        height += more;
    }
    columns.push(start..trees.len());
    columns
}
