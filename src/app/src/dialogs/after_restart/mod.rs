//! The dialog after the restart of a reservation: the verdict, part by part, and the ways on. It does nothing itself: each way
//! is asked of the window, which opens the review that belongs to it.

pub mod state;

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

use self::state::{AfterView, Way};
use crate::widgets::rows;

/// Opens it; `closed` and the way that is chosen are told.
pub fn open(
    view: &AfterView,
    window: &adw::ApplicationWindow,
    chosen: impl Fn(Way) + Clone + 'static,
    closed: impl Fn() + 'static,
) -> adw::Dialog {
    // A verdict without a list needs no more room than its words.
    let height = if view.parts.is_empty() { 440 } else { 690 };
    let dialog = adw::Dialog::builder().title(&view.title).content_width(640).content_height(height).build();
    let buttons = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .halign(gtk::Align::Center)
        .spacing(12)
        .build();
    for row in &view.ways {
        let button = gtk::Button::builder().label(&row.label).use_underline(true).width_request(220).build();
        button.add_css_class("pill");
        if row.suggested {
            button.add_css_class("suggested-action");
        }
        let (way, chosen, dialog) = (row.way.clone(), chosen.clone(), dialog.downgrade());
        button.connect_clicked(move |_| {
            if let Some(dialog) = dialog.upgrade() {
                dialog.close();
            }
            chosen(way.clone());
        });
        buttons.append(&button);
    }
    let (scrolled, column) = rows::column(560);
    column.append(&head(view));
    column.append(&buttons);
    if !view.parts.is_empty() {
        let group = rows::group(&gettextrs::gettext("What Was Promised"), "");
        for part in &view.parts {
            let row = rows::plain(&part.sentence, "");
            row.set_title_lines(0);
            let icon = gtk::Image::from_icon_name(part.icon);
            icon.add_css_class(part.class);
            row.add_prefix(&icon);
            group.add(&row);
        }
        column.append(&group);
    }
    let body = adw::ToolbarView::new();
    body.add_top_bar(&adw::HeaderBar::new());
    body.set_content(Some(&scrolled));
    dialog.set_child(Some(&body));
    dialog.connect_closed(move |_| closed());
    dialog.present(Some(window));
    dialog
}

/// The verdict: an icon, a few words, and the sentence.
fn head(view: &AfterView) -> gtk::Box {
    let head = gtk::Box::new(gtk::Orientation::Vertical, 12);
    let icon = if view.good { "object-select-symbolic" } else { "dialog-warning-symbolic" };
    let image = gtk::Image::builder().icon_name(icon).pixel_size(64).build();
    image.add_css_class(if view.good { "success" } else { "warning" });
    head.append(&image);
    for (text, class) in [(&view.title, "title-2"), (&view.sentence, "body")] {
        let label = gtk::Label::builder()
            .label(text)
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .build();
        label.add_css_class(class);
        head.append(&label);
    }
    head
}
