//! What stands above the list: the search, and the classes to choose from.

use std::cell::RefCell;

use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::list::MARGIN;
use super::{DevicesInput, DevicesPage};
use crate::words::Chip;

/// What changes above the list.
pub struct Filters {
    pub line: gtk::Box,
    pub search: gtk::SearchEntry,
    pub all: Option<gtk::ToggleButton>,
}

/// Makes them.
pub fn filters(sender: &ComponentSender<DevicesPage>) -> (adw::Clamp, Filters) {
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
