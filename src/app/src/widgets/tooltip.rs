//! Tooltips that are asked for when the pointer rests. `gtk_widget_set_tooltip_text` looks at once what is below the
//! pointer, which on X11 means to wait for the server three times: too much for what is made by the dozen, such
//! as the pills of a list that is being scrolled.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// Gives a widget a tooltip that says its name.
pub fn set(widget: &impl IsA<gtk::Widget>, text: &str) {
    let shown = text.to_owned();
    widget.connect_query_tooltip(move |_, _, _, _, tooltip| {
        tooltip.set_text(Some(&shown));
        true
    });
    widget.set_has_tooltip(true);
}

/// Gives a widget a tooltip that says more, to a screen reader too.
pub fn describe(widget: &impl IsA<gtk::Widget>, text: &str) {
    set(widget, text);
    widget.upcast_ref::<gtk::Widget>().update_property(&[gtk::accessible::Property::Description(text)]);
}
