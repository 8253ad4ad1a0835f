//! From box to box with the arrow keys: along the tree to the left and right, within a column up and down.

use super::{Map, Node};

/// Where to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what is above it in the tree.
    Left,
    /// To what is behind it.
    Right,
    /// To the one above it in its column.
    Up,
    /// To the one below it in its column.
    Down,
    /// To the first box.
    First,
    /// To the last one.
    Last,
}

impl Map {
    /// The box in that direction; none at the end of the way.
    pub fn neighbour(&self, from: usize, direction: Direction) -> Option<usize> {
        let node = self.nodes.get(from)?;
        match direction {
            Direction::Left => node.parent,
            Direction::Right => node.children.get(node.children.len() / 2).copied(),
            Direction::Up => self.in_column(from, node, true),
            Direction::Down => self.in_column(from, node, false),
            Direction::First => (!self.nodes.is_empty()).then_some(0),
            Direction::Last => self.nodes.len().checked_sub(1),
        }
    }

    /// The nearest of the same column, or the next of its sort in the next column of trees.
    fn in_column(&self, from: usize, node: &Node, up: bool) -> Option<usize> {
        let alike = |other: &Node| (other.rect.x - node.rect.x).abs() < 0.5;
        let middle = |node: &Node| node.rect.centre().y;
        let ahead = |other: &Node| {
            let by = middle(other) - middle(node);
            if up { by < 0.0 } else { by > 0.0 }
        };
        let nearest = self.nodes.iter().enumerate().filter(|(_, other)| alike(other) && ahead(other));
        let distance = |other: &Node| (middle(other) - middle(node)).abs();
        let nearest = nearest.min_by(|(_, one), (_, other)| distance(one).total_cmp(&distance(other)));
        if let Some((index, _)) = nearest {
            return Some(index);
        }
        let leads_on = !node.children.is_empty();
        let same = |index: &usize| {
            self.nodes.get(*index).is_some_and(|other| {
                other.children.is_empty() != leads_on
                    && (!leads_on || other.kind == node.kind)
                    && !alike(other)
            })
        };
        if up { (0..from).rev().find(same) } else { (from + 1..self.nodes.len()).find(same) }
    }
}
