//! The device list with its search row: one `GtkListView` with section headers, which stays quick with thousands
//! of rows, and the class filters.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::claims::Claims;
use super::header::SectionHeader;
use super::key::Key;
use super::model::{DeviceItem, DeviceModel, Stale};
use super::row::{Around, DeviceRow};
use super::state::{DevicesView, Row};
use super::{DevicesInput, DevicesPage, Shared, empty};
use crate::widgets::views::View;
use crate::words::Chip;

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
const MARGIN: i32 = 14;

/// The room that search and filters take in a wide window.
const FILTERS_HEIGHT: i32 = 42;

/// What changes above the list.
struct Filters {
    line: gtk::Box,
    search: gtk::SearchEntry,
    all: Option<gtk::ToggleButton>,
}

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
            .header_factory(&header_factory(shared))
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
        stay_at_top(&scrolled.vadjustment(), &held);
        begin_at_top(&view, &scrolled.vadjustment());
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
    pub fn show(&self, view: &Arc<DevicesView>, rows: Vec<usize>, at_first: usize) -> Stale {
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

    /// Gives the list the focus, and shows the first header too: focus scrolls no further than to the row.
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

/// Keeps a list that stands at its top there while its height changes: it would keep the first row at the same
/// part of the height instead, and so push the header above that out of sight.
fn stay_at_top(adjustment: &gtk::Adjustment, held: &Rc<Cell<bool>>) {
    let height = Rc::new(Cell::new(0.0));
    let at_top = Rc::new(Cell::new(true));
    let (known, top) = (height.clone(), at_top.clone());
    adjustment.connect_changed(move |adjustment| {
        if known.replace(adjustment.page_size()) != adjustment.page_size() && top.get() {
            let adjustment = adjustment.clone();
            glib::idle_add_local_once(move || adjustment.set_value(adjustment.lower()));
        }
    });
    let held = held.clone();
    adjustment.connect_value_changed(move |adjustment| {
        if held.get() && adjustment.value() > adjustment.lower() {
            adjustment.set_value(adjustment.lower());
            return;
        }
        // With another height it is the list that moved, not the user.
        if height.get() == adjustment.page_size() {
            at_top.set(adjustment.value() <= adjustment.lower());
        }
    });
}

/// Shows the first header in the first frame already: by itself a list begins with its first row.
fn begin_at_top(view: &gtk::ListView, adjustment: &gtk::Adjustment) {
    let adjustment = Cell::new(Some(adjustment.clone()));
    view.connect_map(move |view| {
        if let (Some(clock), Some(adjustment)) = (view.frame_clock(), adjustment.take()) {
            let adjustment = Cell::new(Some(adjustment));
            // The rows have their places now; to ask for others here is still in time for the same frame.
            clock.connect_layout(move |_| {
                if let Some(adjustment) = adjustment.take() {
                    adjustment.set_value(adjustment.lower());
                }
            });
        }
    });
}

/// The keys of trees: right shows what is below a row, or goes there; left hides it, or goes to the row above.
fn fold_with_keys(
    view: &gtk::ListView,
    selection: &gtk::SingleSelection,
    sender: &ComponentSender<DevicesPage>,
) {
    let keys = gtk::EventControllerKey::new();
    keys.set_propagation_phase(gtk::PropagationPhase::Capture);
    let (input, list, selection) = (sender.input_sender().clone(), view.downgrade(), selection.clone());
    keys.connect_key_pressed(move |_, key, _, state| {
        use gtk::gdk::{Key as K, ModifierType as M};
        if state.intersects(M::CONTROL_MASK | M::ALT_MASK | M::SHIFT_MASK) {
            return glib::Propagation::Proceed;
        }
        let to_left = list.upgrade().is_some_and(|list| list.direction() == gtk::TextDirection::Rtl);
        let opens = match key {
            K::plus | K::KP_Add => true,
            K::minus | K::KP_Subtract => false,
            K::Right | K::KP_Right => !to_left,
            K::Left | K::KP_Left => to_left,
            _ => return glib::Propagation::Proceed,
        };
        let position = selection.selected();
        let item = selection.selected_item().and_downcast::<DeviceItem>();
        let Some((place, key, item)) = item.and_then(|item| {
            item.with(|row, _| row.place.map(|place| (place, row.key.clone())))
                .flatten()
                .map(|(p, k)| (p, k, item))
        }) else {
            return glib::Propagation::Proceed;
        };
        let go = |position: u32| {
            if let Some(list) = list.upgrade() {
                list.scroll_to(position, gtk::ListScrollFlags::SELECT | gtk::ListScrollFlags::FOCUS, None);
            }
        };
        match (item.shape().arrow, opens) {
            (Some(open), wanted) if open != wanted => input.emit(DevicesInput::Fold(key)),
            (Some(true), true) => go(position + 1),
            (_, true) => {}
            (_, false) if place.parent.is_some() => {
                let level = |position: u32| {
                    let item = selection.item(position).and_downcast::<DeviceItem>()?;
                    item.with(|row, _| row.place.map(|place| place.level)).flatten()
                };
                let above =
                    (0..position).rev().find(|position| level(*position).is_some_and(|it| it < place.level));
                above.into_iter().for_each(go);
            }
            (_, false) => {}
        }
        glib::Propagation::Stop
    });
    view.add_controller(keys);
}

fn row_factory(shared: &Rc<Shared>, sender: &ComponentSender<DevicesPage>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let input = sender.input_sender().clone();
    let items = shared.clone();
    factory.connect_setup(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListItem>() else { return };
        let row = DeviceRow::new(&items.inks);
        // A click selects first; where the details lie over the list, it opens them too.
        let click = gtk::GestureClick::new();
        let input = input.clone();
        click.connect_released(move |_, _, _, _| input.emit(DevicesInput::Clicked));
        row.add_controller(click);
        item.set_child(Some(&row));
        let mut items = items.items.borrow_mut();
        items.retain(|item| item.upgrade().is_some());
        items.push(item.downgrade());
    });
    shared.input.replace(Some(sender.input_sender().clone()));
    let shared = shared.clone();
    factory.connect_bind(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            bind(item, &shared);
        }
    });
    factory
}

fn bind(item: &gtk::ListItem, shared: &Shared) {
    let row = item.child().and_downcast::<DeviceRow>();
    let device = item.item().and_downcast::<DeviceItem>();
    let (held, claims, input) = (shared.held.borrow(), shared.claims.borrow(), shared.input.borrow());
    if let (Some(row), Some(device), Some(input)) = (row, device, input.as_ref()) {
        let around = Around { held: &held, claims: claims.as_ref(), narrow: shared.narrow.get(), input };
        let (spoken, described) = row.bind(&device, &around).unwrap_or_default();
        item.set_accessible_label(&spoken);
        item.set_accessible_description(&described);
    }
}

/// Paints the rows anew about which the host says something else than before.
pub fn repaint_claims(shared: &Shared, before: Option<&Claims>) {
    let changed = |device: &DeviceItem| {
        let claims = shared.claims.borrow();
        device.with(|row, _| row.claims(before) != row.claims(claims.as_ref())).unwrap_or(true)
    };
    for item in shared.bound() {
        if item.item().and_downcast::<DeviceItem>().is_some_and(|device| changed(&device)) {
            bind(&item, shared);
        }
    }
}

/// Paints all rows anew, when something about them changed that is not in the list.
pub fn repaint(shared: &Shared) {
    for item in shared.bound() {
        bind(&item, shared);
    }
}

/// Draws all anew when the desktop's colours change: by itself GTK does so only where a row's own ones do.
pub fn follow_colors(shared: &Rc<Shared>) {
    if let Some(display) = gtk::gdk::Display::default() {
        let inks = Rc::downgrade(&shared.inks);
        gtk::IconTheme::for_display(&display).connect_changed(move |_| {
            if let Some(inks) = inks.upgrade() {
                inks.forget_texts();
            }
        });
    }
    let shared = Rc::downgrade(shared);
    adw::StyleManager::default().connect_notify_local(None, move |_, _| {
        let Some(shared) = shared.upgrade() else { return };
        let rows = shared.bound().into_iter().filter_map(|item| item.child());
        let headers = shared.bound_headers().into_iter().filter_map(|header| header.child());
        rows.chain(headers).for_each(|drawn| drawn.queue_draw());
    });
}

/// Paints what stays in the list and says something else.
pub fn repaint_stale(shared: &Shared, stale: &Stale) {
    for item in shared.bound() {
        if item.item().and_downcast::<DeviceItem>().is_some_and(|device| stale.rows.contains(&device)) {
            bind(&item, shared);
        }
    }
    for header in shared.bound_headers() {
        if header.item().and_downcast::<DeviceItem>().is_some_and(|device| stale.headers.contains(&device)) {
            bind_header(&header);
        }
    }
}

impl Shared {
    fn bound(&self) -> Vec<gtk::ListItem> {
        self.items.borrow().iter().filter_map(glib::WeakRef::upgrade).collect()
    }

    fn bound_headers(&self) -> Vec<gtk::ListHeader> {
        self.headers.borrow().iter().filter_map(glib::WeakRef::upgrade).collect()
    }
}

fn header_factory(shared: &Rc<Shared>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let shared = shared.clone();
    factory.connect_setup(move |_, item| {
        let Some(item) = item.downcast_ref::<gtk::ListHeader>() else { return };
        item.set_child(Some(&SectionHeader::new(&shared.inks)));
        let mut headers = shared.headers.borrow_mut();
        headers.retain(|header| header.upgrade().is_some());
        headers.push(item.downgrade());
    });
    factory.connect_bind(|_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListHeader>() {
            bind_header(item);
        }
    });
    factory
}

fn bind_header(item: &gtk::ListHeader) {
    if let (Some(header), Some(device)) =
        (item.child().and_downcast::<SectionHeader>(), item.item().and_downcast::<DeviceItem>())
    {
        header.bind(&device);
    }
}

fn filters(sender: &ComponentSender<DevicesPage>) -> (adw::Clamp, Filters) {
    let search = gtk::SearchEntry::builder()
        .placeholder_text(gettext("Search devices"))
        .hexpand(true)
        .search_delay(60)
        .width_chars(8)
        .build();
    search.update_property(&[gtk::accessible::Property::Label(&gettext("Search devices"))]);
    let input = sender.input_sender().clone();
    // A new entry says that it changed although it did not, and the whole list would be made again.
    let told = RefCell::new(String::new());
    search.connect_search_changed(move |search| {
        let text = search.text().to_string();
        if told.replace(text.clone()) != text {
            input.emit(DevicesInput::Search(text));
        }
    });
    search.connect_stop_search(|search| search.set_text(""));

    let chips = gtk::Box::new(gtk::Orientation::Horizontal, 0);
    let mut first: Option<gtk::ToggleButton> = None;
    for chip in Chip::ALL {
        let button = gtk::ToggleButton::builder().label(chip.label()).active(chip == Chip::All).build();
        button.add_css_class("flat");
        button.add_css_class("gw-chip");
        match &first {
            Some(first) => button.set_group(Some(first)),
            None => first = Some(button.clone()),
        }
        let input = sender.input_sender().clone();
        button.connect_toggled(move |button| {
            if button.is_active() {
                input.emit(DevicesInput::Filter(chip));
            }
        });
        chips.append(&button);
    }
    let chips = gtk::ScrolledWindow::builder()
        .vscrollbar_policy(gtk::PolicyType::Never)
        .hscrollbar_policy(gtk::PolicyType::External)
        .propagate_natural_width(true)
        .child(&chips)
        .build();
    let line = gtk::Box::builder()
        .spacing(8)
        .margin_start(MARGIN)
        .margin_end(MARGIN)
        .margin_top(6)
        .margin_bottom(2)
        .build();
    chips.update_property(&[gtk::accessible::Property::Label(&gettext("Class of the devices"))]);
    line.append(&search);
    line.append(&chips);
    let clamp = adw::Clamp::builder()
        .maximum_size(860 + 2 * MARGIN)
        .tightening_threshold(860 + 2 * MARGIN)
        .child(&line)
        .build();
    (clamp, Filters { line, search, all: first })
}
