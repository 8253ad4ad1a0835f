//! What stands below the map: buttons for the zoom, and what the signs mean.

use std::cell::Cell;
use std::rc::Rc;

use gangway_client::map::{Point, Rect, draw_legend};
use gettextrs::gettext;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::paint::{Fonts, Painter};
use super::view::MapView;
use crate::widgets::rows;

/// The buttons for the zoom, with the label that says it.
pub fn zoom_bar() -> (gtk::Box, gtk::Label) {
    let bar = gtk::Box::builder()
        .halign(gtk::Align::End)
        .valign(gtk::Align::Center)
        .margin_start(6)
        .margin_end(12)
        .margin_top(4)
        .margin_bottom(6)
        .spacing(2)
        .build();
    for class in ["osd", "toolbar", "gw-osd"] {
        bar.add_css_class(class);
    }
    let label = gtk::Label::builder()
        .width_chars(6)
        .label(gettext("{percent} %").replace("{percent}", "100"))
        .build();
    label.add_css_class("numeric");
    let button = |icon: &str, name: &str, action: &str| {
        let button = rows::icon_button(icon, name);
        button.set_action_name(Some(action));
        button
    };
    bar.append(&button("zoom-less-symbolic", &gettext("Zoom Out"), "map.zoom-out"));
    bar.append(&label);
    bar.append(&button("zoom-more-symbolic", &gettext("Zoom In"), "map.zoom-in"));
    bar.append(&button("zoom-whole-symbolic", &gettext("Show All"), "map.zoom-fit"));
    (bar, label)
}

/// What the signs mean. The boxes say the same in words, so a screen reader does not need it.
pub fn legend(fonts: Rc<Fonts>) -> gtk::DrawingArea {
    const EDGE: f64 = 18.0;
    let area = gtk::DrawingArea::builder()
        .accessible_role(gtk::AccessibleRole::Presentation)
        .content_height(26)
        .hexpand(true)
        .valign(gtk::Align::Center)
        .build();
    let height = Rc::new(Cell::new(26));
    area.set_draw_func(move |area, cairo, width, _| {
        let width = f64::from(width);
        let seen = Rect::new(0.0, 0.0, width, 400.0);
        let palette = MapView::palette();
        let mut painter = Painter { cairo, fonts: &fonts, palette, zoom: 1.0, seen };
        let needed = draw_legend(&*fonts, Point::new(EDGE, 0.0), width - 2.0 * EDGE, &mut painter);
        let needed = needed.ceil() as i32;
        if height.replace(needed) != needed {
            let area = area.clone();
            gtk::glib::idle_add_local_once(move || area.set_content_height(needed));
        }
    });
    area
}
