//! Rows that stand below each other as a tree: which of them a search and what was folded leave. Without GTK.

use std::collections::HashSet;

use super::key::Key;
use super::state::DevicesView;

/// Where a row stands in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many rows it is indented.
    pub level: usize,
    /// The row above it in the tree.
    pub parent: Option<usize>,
    /// Whether there is anything below it.
    pub folds: bool,
    /// Whether that is hidden until somebody asks for it.
    pub folded_at_first: bool,
}

/// The rows that were folded or unfolded by the user: each is the other way than at first.
pub type Toggled = HashSet<Key>;

impl DevicesView {
    /// Whether what is below a row is hidden.
    pub fn is_folded(&self, row: usize, toggled: &Toggled) -> bool {
        self.rows.get(row).is_some_and(|row| {
            row.place.is_some_and(|place| place.folds && place.folded_at_first != toggled.contains(&row.key))
        })
    }

    /// Those of all rows that nothing above them hides.
    pub fn unfolded(&self, toggled: &Toggled) -> Vec<usize> {
        let mut hidden_below = None;
        let mut left = Vec::with_capacity(self.rows.len());
        for (index, row) in self.rows.iter().enumerate() {
            let level = row.place.map_or(0, |place| place.level);
            if hidden_below.is_some_and(|folded| level > folded) {
                continue;
            }
            hidden_below = self.is_folded(index, toggled).then_some(level);
            left.push(index);
        }
        left
    }

    /// The rows that fit, with those above them, so that one sees where they are.
    pub fn with_ancestors(&self, fits: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut wanted = vec![false; self.rows.len()];
        for index in 0..self.rows.len() {
            let mut at = fits(index).then_some(index);
            while let Some(row) = at {
                match wanted.get_mut(row) {
                    Some(seen) if !*seen => *seen = true,
                    _ => break,
                }
                at = self.rows.get(row).and_then(|row| row.place?.parent);
            }
        }
        wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(index, _)| index).collect()
    }

    /// What to toggle so that nothing above a row hides it.
    pub fn hiding(&self, key: &Key, toggled: &Toggled) -> Vec<Key> {
        let mut hiding = Vec::new();
        let above = |row: usize| self.rows.get(row).and_then(|row| row.place?.parent);
        let mut at = self.position(key).and_then(above);
        while let Some(row) = at {
            if self.is_folded(row, toggled)
                && let Some(row) = self.rows.get(row)
            {
                hiding.push(row.key.clone());
            }
            at = above(row);
        }
        hiding
    }

    /// The row of something.
    pub fn position(&self, key: &Key) -> Option<usize> {
        self.rows.iter().position(|row| row.key == *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::devices::state::Row;

    /// A root with a folded card of two functions, and a port with a device.
    fn view() -> DevicesView {
        let row = |name: &str, level, parent, folds, folded_at_first| Row {
            name: name.to_owned(),
            haystack: name.to_owned(),
            place: Some(Place { level, parent, folds, folded_at_first }),
            ..Row::new(Key::Usb(name.to_owned()))
        };
        DevicesView {
            rows: vec![
                row("root", 0, None, true, false),
                row("card", 1, Some(0), true, true),
                row("audio", 2, Some(1), false, false),
                row("port", 1, Some(0), true, false),
                row("disk", 2, Some(3), false, false),
            ],
            ..DevicesView::default()
        }
    }

    fn key(name: &str) -> Key {
        Key::Usb(name.to_owned())
    }

    #[test]
    fn what_is_folded_hides_all_below_it() {
        let view = view();
        assert_eq!(view.unfolded(&Toggled::new()), [0, 1, 3, 4]);
        assert_eq!(view.unfolded(&Toggled::from([key("card")])), [0, 1, 2, 3, 4]);
        assert_eq!(view.unfolded(&Toggled::from([key("port")])), [0, 1, 3]);
        assert_eq!(view.unfolded(&Toggled::from([key("root"), key("card")])), [0]);
    }

    #[test]
    fn what_a_search_finds_has_its_way_above_it() {
        let view = view();
        assert_eq!(view.with_ancestors(|row| row == 2), [0, 1, 2]);
        assert_eq!(view.with_ancestors(|row| row == 4), [0, 3, 4]);
        assert_eq!(view.with_ancestors(|_| false), [0; 0]);
    }

    #[test]
    fn a_hidden_row_says_what_to_unfold() {
        let view = view();
        assert_eq!(view.hiding(&key("audio"), &Toggled::new()), [key("card")]);
        assert_eq!(view.hiding(&key("audio"), &Toggled::from([key("card")])), []);
        let all = Toggled::from([key("root")]);
        assert_eq!(view.hiding(&key("audio"), &all), [key("card"), key("root")]);
        assert_eq!(view.hiding(&key("nowhere"), &all), []);
    }
}
