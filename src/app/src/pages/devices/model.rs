//! The list model behind the device list: rows of a view that a search left, with their sections. Objects are
//! made when the list asks for them, so that a machine of thousands of devices costs only what is seen, and a device
//! that stays keeps its object: that is by what the list view knows place, selection and focus again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{gio, glib};

use super::key::Key;
use super::state::{DevicesView, Row, Section};

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct DeviceItem {
        pub view: RefCell<Option<Arc<DevicesView>>>,
        pub row: std::cell::Cell<usize>,
        pub shape: std::cell::Cell<Shape>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for DeviceItem {
        const NAME: &'static str = "GangwayDeviceItem";
        type Type = super::DeviceItem;
    }

    impl ObjectImpl for DeviceItem {}

    /// What of a view is listed.
    #[derive(Default)]
    pub struct Listed {
        pub view: Option<Arc<DevicesView>>,
        /// Indices of the view's rows.
        pub rows: Vec<usize>,
        /// Ends of the sections, as positions in `rows`.
        pub ends: Vec<usize>,
        /// One object a row, once it was asked for.
        pub items: Vec<Option<super::DeviceItem>>,
        /// How many rows the list is told of.
        pub shown: usize,
    }

    #[derive(Default)]
    pub struct DeviceModel {
        pub listed: RefCell<Listed>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for DeviceModel {
        const NAME: &'static str = "GangwayDeviceModel";
        type Type = super::DeviceModel;
        type Interfaces = (gio::ListModel,);
    }

    impl ObjectImpl for DeviceModel {}

    impl ListModelImpl for DeviceModel {
        fn item_type(&self) -> glib::Type {
            super::DeviceItem::static_type()
        }

        fn n_items(&self) -> u32 {
            u32::try_from(self.listed.borrow().shown).unwrap_or(u32::MAX)
        }

        fn item(&self, position: u32) -> Option<glib::Object> {
            let position = usize::try_from(position).ok()?;
            let mut listed = self.listed.borrow_mut();
            if position >= listed.shown {
                return None;
            }
            if let Some(Some(item)) = listed.items.get(position) {
                return Some(item.clone().upcast());
            }
            let view = listed.view.clone()?;
            let row = *listed.rows.get(position)?;
            let item = super::DeviceItem::new(view, row, listed.shape(position));
            if let Some(slot) = listed.items.get_mut(position) {
                *slot = Some(item.clone());
            }
            Some(item.upcast())
        }
    }

    impl Listed {
        /// Where the section of a position begins and ends.
        pub fn section(&self, position: usize) -> (usize, usize) {
            let index = self.ends.partition_point(|end| *end <= position);
            let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
            (start, self.ends.get(index).copied().unwrap_or(self.rows.len()))
        }

        /// How the row at a position stands among the others.
        pub fn shape(&self, position: usize) -> Shape {
            let (start, end) = self.section(position);
            let place = |position: usize| {
                self.view.as_ref()?.rows.get(*self.rows.get(position)?).and_then(|row| row.place)
            };
            let arrow = place(position)
                .filter(|place| place.folds)
                .map(|own| place(position + 1).is_some_and(|next| next.level > own.level));
            Shape { first: position == start, last: position + 1 == end, arrow }
        }

        /// What all rows stand for, those that the list is not told of included.
        pub fn keys(&self) -> Vec<&Key> {
            let Some(view) = &self.view else { return Vec::new() };
            self.rows.iter().filter_map(|row| Some(&view.rows.get(*row)?.key)).collect()
        }
    }
}

/// How a row stands among the others that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// Whether it is the first row of what is listed of its section.
    pub first: bool,
    /// Whether it is the last one.
    pub last: bool,
    /// Where there is something below it in its tree: whether that is listed.
    pub arrow: Option<bool>,
}

glib::wrapper! {
    /// One row of the list.
    pub struct DeviceItem(ObjectSubclass<imp::DeviceItem>);
}

glib::wrapper! {
    /// The rows that are listed.
    pub struct DeviceModel(ObjectSubclass<imp::DeviceModel>) @implements gio::ListModel;
}

impl DeviceItem {
    fn new(view: Arc<DevicesView>, row: usize, shape: Shape) -> Self {
        let item: Self = glib::Object::new();
        item.set(view, row, shape);
        item
    }

    fn set(&self, view: Arc<DevicesView>, row: usize, shape: Shape) {
        self.imp().view.replace(Some(view));
        self.imp().row.set(row);
        self.imp().shape.set(shape);
    }

    /// Stands for the same from now on as another view has it; whether anything on its row or in its heading changed.
    fn follow(&self, view: &Arc<DevicesView>, row: usize, shape: Shape) -> bool {
        let same = self.shape() == shape
            && self.with(|old, section| {
                let heading = view.section_of(row).is_some_and(|now| now.says_the_same(section));
                view.rows.get(row) == Some(old) && (heading || !shape.first)
            }) == Some(true);
        self.set(view.clone(), row, shape);
        !same
    }

    /// Looks at the row and its section.
    pub fn with<T>(&self, look: impl FnOnce(&Row, &Section) -> T) -> Option<T> {
        let view = self.imp().view.borrow();
        let view = view.as_ref()?;
        let index = self.imp().row.get();
        Some(look(view.rows.get(index)?, view.section_of(index)?))
    }

    /// What the row above it in its tree says of itself.
    pub fn above(&self) -> Option<String> {
        let view = self.imp().view.borrow();
        let view = view.as_ref()?;
        let parent = view.rows.get(self.imp().row.get())?.place?.parent?;
        view.rows.get(parent).map(|row| format!("{} {}", row.name, row.shown_address))
    }

    /// How it stands among the others.
    pub fn shape(&self) -> Shape {
        self.imp().shape.get()
    }
}

impl Default for DeviceModel {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl DeviceModel {
    /// Lists these rows of a view, and gives what stays and has to be painted anew, since a list view does not look at it
    /// again by itself. `at_first` bounds how many the list is told of until [`Self::show_all`]: a list view makes 200 rows
    /// at once, which the first frame need not wait for.
    pub fn list(&self, view: &Arc<DevicesView>, rows: Vec<usize>, at_first: usize) -> Vec<DeviceItem> {
        let mut listed = imp::Listed {
            ends: ends(view.sections.iter().map(|section| section.rows.end), &rows),
            items: vec![None; rows.len()],
            shown: rows.len().min(at_first),
            rows,
            view: Some(view.clone()),
        };
        let before = self.imp().listed.take();
        let (old, new) = (before.keys(), listed.keys());
        let mut known: HashMap<&Key, &DeviceItem> =
            old.iter().zip(&before.items).filter_map(|(key, item)| Some((*key, item.as_ref()?))).collect();
        let mut stale = Vec::new();
        let mut kept = Vec::new();
        for (position, key) in new.iter().enumerate() {
            let Some(item) = known.remove(key) else { continue };
            let row = listed.rows.get(position).copied().unwrap_or_default();
            if item.follow(view, row, listed.shape(position)) {
                stale.push(item.clone());
            }
            kept.push((position, item.clone()));
        }
        let part = between(old.get(..before.shown).unwrap_or(&old), new.get(..listed.shown).unwrap_or(&new));
        for (position, item) in kept {
            if let Some(slot) = listed.items.get_mut(position) {
                *slot = Some(item);
            }
        }
        self.imp().listed.replace(listed);
        if let Some((position, removed, added)) = part {
            self.items_changed(count(position), count(removed), count(added));
        }
        stale
    }

    /// Tells the list of the rows that were held back.
    pub fn show_all(&self) {
        let before = self.n_items();
        {
            let mut listed = self.imp().listed.borrow_mut();
            listed.shown = listed.rows.len();
        }
        if self.n_items() > before {
            self.items_changed(before, 0, self.n_items() - before);
        }
    }

    /// Where a row of the view stands in the list.
    pub fn position_of(&self, row: usize) -> Option<u32> {
        let listed = self.imp().listed.borrow();
        let position = listed.rows.binary_search(&row).ok()?;
        if position < listed.shown { u32::try_from(position).ok() } else { None }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where two lists differ: the position, how many are there no more, and how many stand there instead.
fn between<T: PartialEq>(old: &[T], new: &[T]) -> Option<(usize, usize, usize)> {
    if old == new {
        return None;
    }
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    Some((start, old.len() - start - end, new.len() - start - end))
}

/// The ends of the sections that still have rows, as positions in `rows`, which is sorted.
fn ends(section_ends: impl Iterator<Item = usize>, rows: &[usize]) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    for section_end in section_ends {
        let end = rows.partition_point(|row| *row < section_end);
        if ends.last().copied().unwrap_or(0) < end {
            ends.push(end);
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_without_rows_vanish() {
        // Sections 0..2, 2..5, 5..6; the search leaves 0, 1 and 5.
        assert_eq!(ends([2, 5, 6].into_iter(), &[0, 1, 5]), [2, 3]);
        assert_eq!(ends([2, 5, 6].into_iter(), &[]), [0; 0]);
        assert_eq!(ends([2, 5, 6].into_iter(), &[3]), [1]);
    }

    #[test]
    fn only_what_lies_between_the_same_ends_is_told() {
        assert_eq!(between::<u8>(&[], &[]), None);
        assert_eq!(between(&[1, 2, 3], &[1, 2, 3]), None);
        assert_eq!(between(&[1, 2, 3], &[1, 9, 2, 3]), Some((1, 0, 1)));
        assert_eq!(between(&[1, 2, 3], &[2, 3]), Some((0, 1, 0)));
        assert_eq!(between(&[1, 2, 3], &[1, 2]), Some((2, 1, 0)));
        assert_eq!(between(&[], &[1, 2]), Some((0, 0, 2)));
        // Alike on both sides at once: each is counted only once.
        assert_eq!(between(&[1, 1], &[1, 1, 1]), Some((2, 0, 1)));
        assert_eq!(between(&[1, 2, 3, 4], &[1, 3, 2, 4]), Some((1, 2, 2)));
    }

    #[test]
    fn a_position_finds_its_section() {
        let listed = imp::Listed { rows: vec![0, 1, 5], ends: vec![2, 3], ..Default::default() };
        assert_eq!(listed.section(0), (0, 2));
        assert_eq!(listed.section(1), (0, 2));
        assert_eq!(listed.section(2), (2, 3));
    }
}
