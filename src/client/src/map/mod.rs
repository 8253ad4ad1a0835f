//! The map: a machine's PCI tree as a drawing, with the IOMMU groups as regions. A pure function from what is known of
//! a host to places and texts, and the drawing of those on any [`Canvas`]; [`svg`] is one, the window has another.
//!
//! Units are pixels at a zoom of 100 %. Nothing here reads a machine or knows GTK. `tree` decides what is one box,
//! `layout` where it stands, `region` how far a group reaches, `words` what is said, `draw` how it looks.

mod draw;
mod geometry;
mod glyph;
mod layout;
mod link;
mod metric;
mod navigate;
mod palette;
mod place;
mod region;
pub mod svg;
#[cfg(test)]
mod tests;
mod tree;
mod words;

use std::collections::BTreeMap;

use gangway_core::host::{GroupId, Host, Link};
use gangway_core::pci::{Names, PciAddress};

use crate::claims::Owners;

pub use draw::{Anchor, Canvas, Fill, Line, draw_edge, draw_legend, draw_node, draw_region};
pub use geometry::{Outline, Point, Rect, Segment};
pub use glyph::Glyph;
pub use link::LinkLabel;
pub use metric::{Metric, Sans, TextStyle, ellipsize};
pub use navigate::Direction;
pub use palette::{Colour, Ink, Palette};
pub use place::{Place, places};

/// What is known of a machine.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The machine.
    pub host: &'a Host,
    /// What its devices are called.
    pub names: &'a Names,
    /// Its links, where they have been read.
    pub links: Option<&'a BTreeMap<PciAddress, Link>>,
    /// The virtual machines that have its devices, where libvirt was asked.
    pub owners: &'a Owners,
}

/// A machine's map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// How large it is.
    pub width: f64,
    /// How large it is.
    pub height: f64,
    /// The boxes, each after the one above it in the tree; those of one column from top to bottom.
    pub nodes: Vec<Node>,
    /// The lines between boxes, in the order of the boxes at their ends.
    pub edges: Vec<Edge>,
    /// The groups, in the order in which they stand.
    pub regions: Vec<Region>,
}

impl Map {
    /// Draws up the map of a machine; `metric` knows how wide texts are.
    pub fn new(facts: &Facts<'_>, metric: &dyn Metric) -> Self {
        layout::map(facts, metric)
    }

    /// The box that shows a function.
    pub fn node_of(&self, address: PciAddress) -> Option<usize> {
        self.nodes.iter().position(|node| node.functions.contains(&address))
    }

    /// The line that leads to a box.
    pub fn edge_to(&self, node: usize) -> Option<&Edge> {
        let index = self.edges.binary_search_by_key(&node, |edge| edge.child).ok()?;
        self.edges.get(index)
    }

    /// The box at a place.
    pub fn node_at(&self, point: Point) -> Option<usize> {
        self.nodes.iter().position(|node| node.rect.contains(point))
    }

    /// What a box is called, in one sentence for those who do not see it.
    pub fn spoken(&self, facts: &Facts<'_>, node: usize) -> String {
        words::spoken(self, facts, node)
    }
}

/// What a box stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Where a PCI tree begins.
    Root,
    /// A function with others behind it.
    Bridge,
    /// The functions of one slot that are in one group.
    Device,
    /// Several alike, which are counted instead of drawn one by one.
    Run(Run),
}

/// What is counted in one box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Ports with nothing behind them.
    EmptyPorts,
    /// Bridges that lead nowhere: host bridges, ISA bridges.
    Bridges,
    /// Virtual functions of one physical function.
    Virtual,
    /// Parts of the chipset that no driver has.
    Quiet,
}

/// A box.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// All functions in it, the main one first; none in a root.
    pub functions: Vec<PciAddress>,
    /// Its group, where it has one that is drawn.
    pub group: Option<GroupId>,
    /// Where it stands.
    pub rect: Rect,
    /// The box above it in the tree; always one that comes earlier.
    pub parent: Option<usize>,
    /// The boxes below it, from top to bottom.
    pub children: Vec<usize>,
    /// What is written in it, the main row first; texts are shortened to their room.
    pub rows: Vec<Row>,
    /// Only a line high.
    pub compact: bool,
    /// What is said of its group where no region can.
    pub note: Option<Note>,
}

/// What is said of a box's group where no region reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Such as `Group 1`.
    pub text: String,
    /// Which colour the group has; none where there is no group.
    pub colour: Option<usize>,
    /// Where it is written: below a bridge's address, or beside a device.
    pub beside: bool,
}

/// One row of a box.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its picture.
    pub glyph: Glyph,
    /// The name.
    pub title: String,
    /// The address, or from where to where they go.
    pub address: String,
    /// How wide that is written.
    pub address_width: f64,
    /// Who made it; only in the main row of a device.
    pub vendor: String,
    /// Who uses it.
    pub claim: Option<Claim>,
}

/// Who uses a function, and for what.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What for, or the virtual machine's name.
    pub text: String,
    /// How wide that is written.
    pub width: f64,
    /// On the line of the address, where the name needs its own for itself.
    pub below: bool,
    /// Its picture.
    pub glyph: Glyph,
    /// Who.
    pub by: Holder,
}

/// Who uses a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The host itself.
    Host,
    /// A virtual machine.
    Machine,
}

/// A line from a box to one below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The upper box.
    pub parent: usize,
    /// The lower box.
    pub child: usize,
    /// How many lanes it has; 0 where that is not known.
    pub lanes: u8,
    /// What is written on it, and where.
    pub label: Option<(LinkLabel, Rect)>,
    /// Where the lines from the upper box part.
    pub fork: f64,
    /// Its height at both ends.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
}

/// One piece of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// The group, or several that are counted in one box.
    pub groups: Vec<GroupId>,
    /// Which of the colours it has.
    pub colour: usize,
    /// How it can leave the host.
    pub bond: Bond,
    /// Its outline.
    pub outline: Outline,
    /// The rectangle around it.
    pub rect: Rect,
    /// What it is called.
    pub title: String,
    /// What it is tied to.
    pub state: String,
    /// Where both are written.
    pub label: Point,
}

/// How a group can leave the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bond {
    /// By itself.
    Isolated,
    /// Only with other cards.
    Shared,
    /// Not at all: the host needs something in it.
    Held,
}
