//! The list model behind the device list: rows of a view that a search left, with their sections. Objects are
//! made when the list asks for them, so that a machine of thousands of devices costs only what is seen.

use std::cell::RefCell;
use std::sync::Arc;

use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, gio, glib};

use super::state::{Row, Section};
use crate::situation::Snapshot;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct DeviceItem {
        pub snapshot: RefCell<Option<Arc<Snapshot>>>,
        pub row: std::cell::Cell<usize>,
        pub first: std::cell::Cell<bool>,
        pub last: std::cell::Cell<bool>,
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
        pub snapshot: Option<Arc<Snapshot>>,
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
        type Interfaces = (gio::ListModel, gtk::SectionModel);
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
            let snapshot = listed.snapshot.clone()?;
            let row = *listed.rows.get(position)?;
            let (start, end) = listed.section(position);
            let item = super::DeviceItem::new(snapshot, row, position == start, position + 1 == end);
            if let Some(slot) = listed.items.get_mut(position) {
                *slot = Some(item.clone());
            }
            Some(item.upcast())
        }
    }

    impl SectionModelImpl for DeviceModel {
        fn section(&self, position: u32) -> (u32, u32) {
            let listed = self.listed.borrow();
            let position = usize::try_from(position).unwrap_or(usize::MAX);
            if position >= listed.shown {
                return (u32::try_from(listed.shown).unwrap_or(u32::MAX), u32::MAX);
            }
            let (start, end) = listed.section(position);
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            (count(start), count(end.min(listed.shown)))
        }
    }

    impl Listed {
        /// Where the section of a position begins and ends.
        pub fn section(&self, position: usize) -> (usize, usize) {
            let index = self.ends.partition_point(|end| *end <= position);
            let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
            (start, self.ends.get(index).copied().unwrap_or(self.rows.len()))
        }
    }
}

glib::wrapper! {
    /// One row of the list.
    pub struct DeviceItem(ObjectSubclass<imp::DeviceItem>);
}

glib::wrapper! {
    /// The rows that are listed.
    pub struct DeviceModel(ObjectSubclass<imp::DeviceModel>) @implements gio::ListModel, gtk::SectionModel;
}

impl DeviceItem {
    fn new(snapshot: Arc<Snapshot>, row: usize, first: bool, last: bool) -> Self {
        let item: Self = glib::Object::new();
        item.imp().snapshot.replace(Some(snapshot));
        item.imp().row.set(row);
        item.imp().first.set(first);
        item.imp().last.set(last);
        item
    }

    /// Looks at the row and its section.
    pub fn with<T>(&self, look: impl FnOnce(&Row, &Section) -> T) -> Option<T> {
        let snapshot = self.imp().snapshot.borrow();
        let view = &snapshot.as_ref()?.devices;
        let index = self.imp().row.get();
        Some(look(view.rows.get(index)?, view.section_of(index)?))
    }

    /// Whether it is the first row of what is listed of its section.
    pub fn is_first(&self) -> bool {
        self.imp().first.get()
    }

    /// Whether it is the last one.
    pub fn is_last(&self) -> bool {
        self.imp().last.get()
    }
}

impl Default for DeviceModel {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl DeviceModel {
    /// Lists these rows of a machine. `at_first` bounds how many the list is told of until [`Self::show_all`]:
    /// a list view makes 200 rows at once, which the first frame need not wait for.
    pub fn list(&self, snapshot: &Arc<Snapshot>, rows: Vec<usize>, at_first: usize) {
        let before = self.n_items();
        {
            let mut listed = self.imp().listed.borrow_mut();
            let view = &snapshot.devices;
            listed.ends = ends(view.sections.iter().map(|section| section.rows.end), &rows);
            listed.items = vec![None; rows.len()];
            listed.shown = rows.len().min(at_first);
            listed.rows = rows;
            listed.snapshot = Some(snapshot.clone());
        }
        self.items_changed(0, before, self.n_items());
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
    fn a_position_finds_its_section() {
        let listed = imp::Listed { rows: vec![0, 1, 5], ends: vec![2, 3], ..Default::default() };
        assert_eq!(listed.section(0), (0, 2));
        assert_eq!(listed.section(1), (0, 2));
        assert_eq!(listed.section(2), (2, 3));
    }
}
