//! Rows and groups of boxed lists, as settings pages have them.

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

use super::tooltip;

/// A row of a title and a line below it. Texts are taken as they are, not as markup.
pub fn plain(title: &str, subtitle: &str) -> adw::ActionRow {
    let row = adw::ActionRow::builder().use_markup(false).build();
    // Set after it was built, or it is tried as markup first.
    row.set_title(title);
    if !subtitle.is_empty() {
        row.set_subtitle(subtitle);
    }
    row
}

/// The same with an icon before it.
pub fn with_icon(icon: &str, title: &str, subtitle: &str) -> adw::ActionRow {
    let row = plain(title, subtitle);
    row.add_prefix(&gtk::Image::from_icon_name(icon));
    row
}

/// A device: its icon, its name, then its address in monospace and a remark.
pub fn device(icon: &str, title: &str, address: &str, remark: &str) -> adw::ActionRow {
    let row = with_icon(icon, title, "");
    row.set_use_markup(true);
    row.set_title(&gtk::glib::markup_escape_text(title));
    let address = format!("<tt>{}</tt>", gtk::glib::markup_escape_text(address));
    let remark = gtk::glib::markup_escape_text(remark);
    row.set_subtitle(&if remark.is_empty() { address } else { format!("{address}  {remark}") });
    row
}

/// A fact: the label small, the value below it.
pub fn property(label: &str, value: &str, monospace: bool) -> adw::ActionRow {
    let row = plain(label, value);
    row.add_css_class("property");
    row.set_subtitle_selectable(true);
    if monospace {
        row.add_css_class("monospace");
    }
    row
}

/// A sentence with its number before it.
pub fn numbered(number: usize, title: &str, subtitle: &str, accent: bool) -> adw::ActionRow {
    let row = plain(title, subtitle);
    let label = gtk::Label::builder().label(number.to_string()).valign(gtk::Align::Center).build();
    label.add_css_class("gw-step");
    if accent {
        label.add_css_class("now");
    }
    row.add_prefix(&label);
    row
}

/// A titled group; an empty description is left out.
pub fn group(title: &str, description: &str) -> adw::PreferencesGroup {
    let group = adw::PreferencesGroup::builder().title(gtk::glib::markup_escape_text(title)).build();
    if !description.is_empty() {
        group.set_description(Some(&gtk::glib::markup_escape_text(description)));
    }
    group
}

/// A big tile with the icon of what a page or pane is about, its name and a line below it.
pub fn title(icon: &str, name: &str, line: &str) -> gtk::Box {
    let image = gtk::Image::builder()
        .icon_name(icon)
        .hexpand(true)
        .halign(gtk::Align::Center)
        .valign(gtk::Align::Center)
        .build();
    let tile = gtk::Box::builder().valign(gtk::Align::Center).hexpand(false).build();
    tile.add_css_class("gw-tile");
    tile.append(&image);

    let name = gtk::Label::builder().label(name).xalign(0.0).wrap(true).build();
    name.add_css_class("title-4");
    let line = gtk::Label::builder().label(line).xalign(0.0).wrap(true).build();
    line.add_css_class("dim-label");
    line.add_css_class("gw-small");
    let texts = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .spacing(2)
        .build();
    texts.append(&name);
    texts.append(&line);

    let both = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    both.append(&tile);
    both.append(&texts);
    both
}

/// Groups below each other in a scrolled, clamped column.
pub fn column(width: i32) -> (gtk::ScrolledWindow, gtk::Box) {
    let column = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(24)
        .margin_top(12)
        .margin_bottom(24)
        .margin_start(12)
        .margin_end(12)
        .build();
    let clamp = adw::Clamp::builder().maximum_size(width).child(&column).build();
    let scrolled = gtk::ScrolledWindow::builder()
        .hscrollbar_policy(gtk::PolicyType::Never)
        .vexpand(true)
        .child(&clamp)
        .build();
    (scrolled, column)
}

/// A button with a text, called something longer by those who cannot see what it belongs to.
pub fn text_button(text: &str, name: &str) -> gtk::Button {
    let button = gtk::Button::builder().label(text).valign(gtk::Align::Center).build();
    // The label inside would speak louder than the name.
    button.reset_relation(gtk::AccessibleRelation::LabelledBy);
    button.update_property(&[gtk::accessible::Property::Label(name)]);
    button
}

/// A button with an icon alone: named for everyone who cannot see it.
pub fn icon_button(icon: &str, name: &str) -> gtk::Button {
    let button = gtk::Button::builder().icon_name(icon).build();
    tooltip::set(&button, name);
    button.update_property(&[gtk::accessible::Property::Label(name)]);
    button
}
