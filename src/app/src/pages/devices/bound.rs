//! Rows that the list shows now: how they are made, bound to devices, and painted anew when something about them changed that
//! a list view does not look at by itself.

use std::rc::Rc;

use relm4::adw;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, glib};
use relm4::prelude::*;

use super::claims::Claims;
use super::model::DeviceItem;
use super::row::DeviceRow;
use super::said::{Around, Said};
use super::{DevicesInput, DevicesPage, Shared};

pub fn row_factory(shared: &Rc<Shared>, sender: &ComponentSender<DevicesPage>) -> gtk::SignalListItemFactory {
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
    let input = shared.input.borrow();
    if let (Some(row), Some(device), Some(input)) = (row, device, input.as_ref()) {
        let said = shared.lately.of(&device, || {
            let (held, claims) = (shared.held.borrow(), shared.claims.borrow());
            Said::of(&device, &Around { held: &held, claims: claims.as_ref(), narrow: shared.narrow.get() })
        });
        item.set_accessible_label(&said.spoken);
        item.set_accessible_description(&said.described);
        row.bind(&device, said, input);
    }
}

/// Paints the rows anew about which the host says something else than before.
pub fn repaint_claims(shared: &Shared, before: Option<&Claims>) {
    shared.lately.forget();
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
    shared.lately.forget();
    for item in shared.bound() {
        bind(&item, shared);
    }
}

/// Draws all anew when the desktop's colours change: by itself GTK does so only where a row's own ones do.
pub fn follow_colors(shared: &Rc<Shared>) {
    if let Some(display) = gtk::gdk::Display::default() {
        let shared = Rc::downgrade(shared);
        gtk::IconTheme::for_display(&display).connect_changed(move |_| {
            if let Some(shared) = shared.upgrade() {
                shared.inks.forget_texts();
                repaint(&shared);
            }
        });
    }
    let shared = Rc::downgrade(shared);
    adw::StyleManager::default().connect_notify_local(None, move |_, _| {
        let Some(shared) = shared.upgrade() else { return };
        shared.bound().into_iter().filter_map(|item| item.child()).for_each(|row| row.queue_draw());
    });
}

/// Paints what stays in the list and says something else.
pub fn repaint_stale(shared: &Shared, stale: &[DeviceItem]) {
    for item in shared.bound() {
        if item.item().and_downcast::<DeviceItem>().is_some_and(|device| stale.contains(&device)) {
            bind(&item, shared);
        }
    }
}

impl Shared {
    fn bound(&self) -> Vec<gtk::ListItem> {
        self.items.borrow().iter().filter_map(glib::WeakRef::upgrade).collect()
    }
}
