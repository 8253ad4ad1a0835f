//! The keys by which the rows of a tree are opened and closed. What that shows and hides is the page's.

use relm4::gtk::prelude::*;
use relm4::gtk::{self, glib};
use relm4::prelude::*;

use super::model::DeviceItem;
use super::{DevicesInput, DevicesPage};

/// The keys of trees: right shows what is below a row, or goes there; left hides it, or goes to the row above.
pub fn fold_with_keys(
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
