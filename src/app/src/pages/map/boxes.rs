//! The boxes of the map as widgets: which of them have one, where it is, and which has the keyboard's focus.

use gangway_client::map::Rect;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::node::MapNode;
use super::view::MapView;

/// Below this zoom there are too many boxes to have a widget each; the one that was come to has one always.
const NODES_FROM: f64 = 0.3;

impl MapView {
    pub(super) fn focus_node(&self, index: usize) -> bool {
        self.node_widget(index).is_some_and(|node| {
            node.set_selected(true);
            node.grab_focus()
        })
    }

    /// The widget of a box, made where it is not there yet; in the order of the map.
    fn node_widget(&self, index: usize) -> Option<MapNode> {
        let mut nodes = self.nodes().borrow_mut();
        if let Some(node) = nodes.get(&index) {
            return Some(node.clone());
        }
        let scene = self.scene().filter(|scene| index < scene.map.nodes.len())?;
        let node = MapNode::new(index, &scene.spoken(index));
        match nodes.range(index..).next() {
            Some((_, next)) => node.insert_before(self, Some(next)),
            None => node.set_parent(self),
        }
        node.set_selected(index == self.cursor());
        nodes.insert(index, node.clone());
        Some(node)
    }

    /// Gives every box that is seen its widget, and takes it from those that are not.
    pub(super) fn place_nodes(&self) {
        let Some(scene) = self.scene() else { return };
        let nodes = self.nodes();
        let (seen, zoom, cursor) = (self.seen(), self.zoom(), self.cursor());
        let wanted =
            |index: usize, rect: &Rect| index == cursor || zoom >= NODES_FROM && rect.overlaps(&seen);
        let unseen: Vec<usize> = nodes
            .borrow()
            .keys()
            .copied()
            .filter(|index| scene.map.nodes.get(*index).is_none_or(|node| !wanted(*index, &node.rect)))
            .collect();
        for index in unseen {
            let gone = nodes.borrow_mut().remove(&index);
            if let Some(node) = gone {
                node.unparent();
            }
        }
        let offset = self.offset();
        for (index, node) in scene.map.nodes.iter().enumerate() {
            if !wanted(index, &node.rect) {
                continue;
            }
            let Some(widget) = self.node_widget(index) else { continue };
            let _smallest = widget.measure(gtk::Orientation::Horizontal, -1);
            let rect = gtk::Allocation::new(
                (node.rect.x * zoom + offset.x) as i32,
                (node.rect.y * zoom + offset.y) as i32,
                ((node.rect.width * zoom) as i32).max(1),
                ((node.rect.height * zoom) as i32).max(1),
            );
            widget.size_allocate(&rect, -1);
        }
    }

    /// Takes the widgets from all boxes.
    pub(super) fn drop_nodes(&self) {
        for node in self.nodes().take().into_values() {
            node.unparent();
        }
    }
}
