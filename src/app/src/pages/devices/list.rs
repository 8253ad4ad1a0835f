//! The device list: one `GtkListView`, which stays quick with thousands of rows. What stands above it is in `filters`, its
//! rows are made in `bound`.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::bound::row_factory;
use super::filters::{Filters, filters};
use super::key::Key;
use super::keys::fold_with_keys;
use super::model::{DeviceItem, DeviceModel};
use super::state::{DevicesView, Row};
use super::{DevicesInput, DevicesPage, Shared, empty};
use crate::widgets::views::View;

/// The list's widgets.
pub struct List {
    pub model: DeviceModel,
    pub selection: gtk::SingleSelection,
    /// Search and class filters, above the list; empty until the first frame is painted.
    pub filters: adw::Bin,
    made: OnceCell<Filters>,
    narrow: Cell<bool>,
    view: gtk::ListView,
    scrolled: gtk::ScrolledWindow,
    /// Whether it stays at its top whatever comes there.
    held: Rc<Cell<bool>>,
    /// The list, or what is said where a search finds nothing.
    pub stack: gtk::Stack,
}

/// On both sides of the list.
pub const MARGIN: i32 = 14;

/// The room that search and filters take in a wide window.
const FILTERS_HEIGHT: i32 = 42;

const LIST: &str = "list";
const NOTHING: &str = "nothing";
const SAID: &str = "said";

impl List {
    pub fn new(shared: &Rc<Shared>, sender: &ComponentSender<DevicesPage>) -> Self {
        let model = DeviceModel::default();
        let selection = gtk::SingleSelection::builder()
            .model(&model)
            .autoselect(false)
            .can_unselect(true)
            .selected(gtk::INVALID_LIST_POSITION)
            .build();
        let input = sender.input_sender().clone();
        selection.connect_selected_notify(move |selection| {
            input.emit(DevicesInput::Selected(selection.selected()));
        });

        let view = gtk::ListView::builder()
            .model(&selection)
            .factory(&row_factory(shared, sender))
            // Tab leaves the list: nobody wants to press it a thousand times.
            .tab_behavior(gtk::ListTabBehavior::Item)
            .build();
        view.add_css_class("gw-devices");
        view.update_property(&[gtk::accessible::Property::Label(&View::Groups.list_label())]);
        fold_with_keys(&view, &selection, sender);
        let input = sender.input_sender().clone();
        view.connect_activate(move |_, _| input.emit(DevicesInput::Activated));
        let clamp = adw::ClampScrollable::builder()
            .maximum_size(860)
            .tightening_threshold(860)
            .margin_start(MARGIN)
            .margin_end(MARGIN)
            .child(&view)
            .build();
        let scrolled = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vexpand(true)
            .child(&clamp)
            .build();

        let held = Rc::new(Cell::new(false));
        hold_at_top(&scrolled.vadjustment(), &held);
        let stack = gtk::Stack::new();
        stack.add_named(&scrolled, Some(LIST));
        // Of a list that was here before.
        if let Some(before) = shared.inks.widgets.parent().and_downcast::<gtk::Stack>() {
            before.remove(&shared.inks.widgets);
        }
        stack.add_named(&shared.inks.widgets, None);
        let filters = adw::Bin::builder().height_request(FILTERS_HEIGHT).build();
        Self {
            model,
            selection,
            filters,
            made: OnceCell::new(),
            narrow: Cell::default(),
            view,
            scrolled,
            held,
            stack,
        }
    }

    /// Shows these rows of a view; gives what has to be painted anew.
    pub fn show(&self, view: &Arc<DevicesView>, rows: Vec<usize>, at_first: usize) -> Vec<DeviceItem> {
        let nothing = rows.is_empty();
        let stale = self.model.list(view, rows, at_first);
        if nothing && self.stack.child_by_name(NOTHING).is_none() {
            self.stack.add_named(&empty::nothing_found(), Some(NOTHING));
        }
        self.stack.set_visible_child_name(if nothing { NOTHING } else { LIST });
        stale
    }

    /// Shows a page in the place of the rows.
    pub fn say(&self, page: &impl IsA<gtk::Widget>) {
        if let Some(old) = self.stack.child_by_name(SAID) {
            self.stack.remove(&old);
        }
        self.stack.add_named(page, Some(SAID));
        self.stack.set_visible_child_name(SAID);
    }

    /// What the list is called by those who cannot see it.
    pub fn set_label(&self, view: View) {
        self.view.update_property(&[gtk::accessible::Property::Label(&view.list_label())]);
    }

    /// Gives the list the focus, and shows its top, wherever the row is that has the focus then.
    pub fn scroll_to_top(&self) {
        self.view.grab_focus();
        let adjustment = self.scrolled.vadjustment();
        glib::idle_add_local_once(move || adjustment.set_value(adjustment.lower()));
    }

    /// A list that stands at its top shows what comes there with the next frame: it would keep what was the first row
    /// in its place instead.
    pub fn stay_at_top(&self) {
        let adjustment = self.scrolled.vadjustment();
        if self.view.is_mapped() && adjustment.value() <= adjustment.lower() {
            self.held.set(true);
            let held = self.held.clone();
            crate::measure::after_next_frame(self.view.upcast_ref(), move || held.set(false));
        }
    }

    /// Whether the keyboard is in the list.
    pub fn has_focus(&self) -> bool {
        self.view.focus_child().is_some()
    }

    /// Gives the keyboard back to a list that lost it with the row that had it.
    pub fn focus_again(&self, position: u32) {
        if !self.has_focus() && position < self.model.n_items() {
            self.view.scroll_to(position, gtk::ListScrollFlags::FOCUS, None);
            self.view.grab_focus();
        }
    }

    /// Scrolls to a row and gives it the keyboard.
    pub fn go_to(&self, position: u32) {
        self.view.scroll_to(position, gtk::ListScrollFlags::FOCUS, None);
    }

    /// Takes back what was searched for and which class was chosen.
    pub fn clear_filters(&self) {
        if let Some(made) = self.made.get() {
            made.search.set_text("");
            if let Some(all) = &made.all {
                all.set_active(true);
            }
        }
    }

    /// The place of what one looks at first: a graphics card, or else a device that is no bridge.
    pub fn first_device(&self) -> u32 {
        let find = |wanted: fn(&Row) -> bool| {
            (0..self.model.n_items()).find(|position| {
                let item = self.model.item(*position).and_downcast::<DeviceItem>();
                item.and_then(|item| item.with(|row, _| wanted(row))).unwrap_or(false)
            })
        };
        // By groups it is the first row anyway.
        let tree = find(|row| row.place.is_none()).is_none();
        let device = || {
            find(|row| row.primary)
                .or_else(|| find(|row| !row.quiet && matches!(row.key, Key::Function(_) | Key::Usb(_))))
        };
        tree.then(device).flatten().unwrap_or(0)
    }

    /// What stands at a place in the list.
    pub fn key_at(&self, position: u32) -> Option<Key> {
        let item = self.model.item(position)?.downcast::<DeviceItem>().ok()?;
        item.with(|row, _| row.key.clone())
    }

    /// Puts the class filters on a line of their own.
    pub fn set_narrow(&self, narrow: bool) {
        self.narrow.set(narrow);
        if let Some(made) = self.made.get() {
            made.line.set_orientation(if narrow {
                gtk::Orientation::Vertical
            } else {
                gtk::Orientation::Horizontal
            });
        }
    }

    /// Fills the room above the list.
    pub fn add_filters(&self, sender: &ComponentSender<DevicesPage>) {
        self.made.get_or_init(|| {
            let (clamp, made) = filters(sender);
            made.search.set_key_capture_widget(Some(&self.scrolled));
            self.filters.set_child(Some(&clamp));
            made
        });
        self.set_narrow(self.narrow.get());
    }

    /// Puts the cursor into the search.
    pub fn focus_search(&self) {
        if let Some(made) = self.made.get() {
            made.search.grab_focus();
        }
    }
}

/// Keeps a list at its top for as long as it is held there.
fn hold_at_top(adjustment: &gtk::Adjustment, held: &Rc<Cell<bool>>) {
    let held = held.clone();
    adjustment.connect_value_changed(move |adjustment| {
        if held.get() && adjustment.value() > adjustment.lower() {
            adjustment.set_value(adjustment.lower());
        }
    });
}
