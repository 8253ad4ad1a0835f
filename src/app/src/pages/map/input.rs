//! What mouse, touch and keys do on the map: drag and scroll move it, Ctrl with the wheel and two fingers zoom, the
//! arrows go from box to box, Enter and a double click open what a box stands for.

use std::cell::Cell;
use std::rc::Rc;

use gangway_client::map::Direction;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk, glib};

use super::view::MapView;
use super::zoom;

/// One notch of a wheel.
const NOTCH: f64 = 1.15;

/// Connects everything.
pub fn connect(view: &MapView) {
    connect_keys(view);
    connect_clicks(view);
    connect_drag(view);
    connect_zoom(view);
    view.set_has_tooltip(true);
    view.connect_query_tooltip(|view, x, y, keyboard, tooltip| {
        let node = if keyboard { Some(view.cursor()) } else { view.node_at(f64::from(x), f64::from(y)) };
        let spoken = node.zip(view.scene()).map(|(node, scene)| scene.spoken(node));
        tooltip.set_text(spoken.as_deref());
        spoken.is_some()
    });
}

fn connect_keys(view: &MapView) {
    let keys = gtk::EventControllerKey::new();
    let weak = view.downgrade();
    keys.connect_key_pressed(move |_, key, _, modifiers| {
        let Some(view) = weak.upgrade() else { return glib::Propagation::Proceed };
        let pressed =
            gdk::ModifierType::CONTROL_MASK | gdk::ModifierType::ALT_MASK | gdk::ModifierType::SUPER_MASK;
        if modifiers.intersects(pressed) {
            return glib::Propagation::Proceed;
        }
        // In a language that is written from right to left the tree still grows to the right: it is a drawing.
        let direction = match key {
            gdk::Key::Left | gdk::Key::KP_Left => Direction::Left,
            gdk::Key::Right | gdk::Key::KP_Right => Direction::Right,
            gdk::Key::Up | gdk::Key::KP_Up => Direction::Up,
            gdk::Key::Down | gdk::Key::KP_Down => Direction::Down,
            gdk::Key::Home | gdk::Key::KP_Home => Direction::First,
            gdk::Key::End | gdk::Key::KP_End => Direction::Last,
            gdk::Key::Return | gdk::Key::KP_Enter | gdk::Key::ISO_Enter => {
                view.open(view.cursor());
                return glib::Propagation::Stop;
            }
            _ => return glib::Propagation::Proceed,
        };
        if let Some(next) = view.scene().and_then(|scene| scene.map.neighbour(view.cursor(), direction)) {
            view.go_to(next);
        }
        glib::Propagation::Stop
    });
    view.add_controller(keys);
}

fn connect_clicks(view: &MapView) {
    let click = gtk::GestureClick::new();
    let weak = view.downgrade();
    click.connect_released(move |_, times, x, y| {
        let Some(view) = weak.upgrade() else { return };
        let Some(node) = view.node_at(x, y) else { return };
        view.go_to(node);
        if times == 2 {
            view.open(node);
        }
    });
    view.add_controller(click);
}

/// The mouse drags the map; touch does so by the scrolled window around it.
fn connect_drag(view: &MapView) {
    let drag = gtk::GestureDrag::new();
    drag.set_button(0);
    let start: Rc<Cell<Option<(f64, f64)>>> = Rc::default();
    let begun = start.clone();
    let weak = view.downgrade();
    drag.connect_drag_begin(move |drag, _, _| {
        let touched = drag
            .current_event_device()
            .is_some_and(|device| device.source() == gdk::InputSource::Touchscreen);
        let button = drag.current_button();
        let places =
            weak.upgrade().and_then(|view| Some((view.hadjustment()?.value(), view.vadjustment()?.value())));
        begun.set(places.filter(|_| !touched && (button == 1 || button == 2)));
        if touched {
            drag.set_state(gtk::EventSequenceState::Denied);
        }
    });
    let weak = view.downgrade();
    let moved = start.clone();
    drag.connect_drag_update(move |drag, x, y| {
        let (Some(view), Some(from)) = (weak.upgrade(), moved.get()) else { return };
        if view.drag_check_threshold(0, 0, x as i32, y as i32) {
            // From here on it is no click.
            drag.set_state(gtk::EventSequenceState::Claimed);
            view.set_cursor_from_name(Some("grabbing"));
        }
        if let (Some(across), Some(down)) = (view.hadjustment(), view.vadjustment()) {
            across.set_value(from.0 - x);
            down.set_value(from.1 - y);
        }
    });
    let weak = view.downgrade();
    drag.connect_drag_end(move |_, _, _| {
        start.set(None);
        if let Some(view) = weak.upgrade() {
            view.set_cursor(None);
        }
    });
    view.add_controller(drag);
}

fn connect_zoom(view: &MapView) {
    let scroll = gtk::EventControllerScroll::new(gtk::EventControllerScrollFlags::VERTICAL);
    let pointer: Rc<Cell<Option<(f64, f64)>>> = Rc::default();
    let motion = gtk::EventControllerMotion::new();
    let here = pointer.clone();
    motion.connect_motion(move |_, x, y| here.set(Some((x, y))));
    let gone = pointer.clone();
    motion.connect_leave(move |_| gone.set(None));
    view.add_controller(motion);
    let weak = view.downgrade();
    scroll.connect_scroll(move |scroll, _, by| {
        let held = scroll.current_event_state().contains(gdk::ModifierType::CONTROL_MASK);
        match weak.upgrade().filter(|_| held) {
            Some(view) => {
                view.set_zoom(view.zoom() * NOTCH.powf(-by), pointer.get());
                glib::Propagation::Stop
            }
            None => glib::Propagation::Proceed,
        }
    });
    view.add_controller(scroll);

    let pinch = gtk::GestureZoom::new();
    let before = Rc::new(Cell::new(1.0));
    let begun = before.clone();
    let weak = view.downgrade();
    pinch.connect_begin(move |_, _| {
        if let Some(view) = weak.upgrade() {
            begun.set(view.zoom());
        }
    });
    let weak = view.downgrade();
    pinch.connect_scale_changed(move |pinch, scale| {
        if let Some(view) = weak.upgrade() {
            view.set_zoom(zoom::clamped(before.get() * scale), pinch.bounding_box_center());
        }
    });
    view.add_controller(pinch);
}
