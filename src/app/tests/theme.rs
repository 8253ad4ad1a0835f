//! What is read once for the first frame: our style sheet and libadwaita's, our icons and libadwaita's; and that the
//! style sheet of GTK's that is passed over is in its place afterwards.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

use gangway_app::theme;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk, gio};

/// The size of a label's font, in Pango units.
fn size(class: Option<&str>) -> i32 {
    let label = gtk::Label::new(Some("Group 14"));
    let window = gtk::Window::builder().child(&label).build();
    if let Some(class) = class {
        label.add_css_class(class);
    }
    let (_, natural) = label.preferred_size();
    assert!(natural.width() > 0);
    let font = label.pango_context().font_description().expect("a font");
    window.destroy();
    font.size()
}

#[gtk::test]
fn everything_is_there_that_would_have_been_read_later() {
    theme::load().expect("the resources of the program");
    let plain = size(None);
    assert!(size(Some("gw-small")) < plain, "our style sheet");
    assert!(size(Some("title-1")) > plain, "libadwaita's");

    let display = gdk::Display::default().expect("a display");
    let icons = gtk::IconTheme::for_display(&display);
    for name in ["gpu-symbolic", "vm-off-symbolic", gangway_app::APPLICATION_ID, "window-close-symbolic"] {
        assert!(icons.has_icon(name), "{name}");
    }

    let gtk_style = "/org/gtk/libgtk/theme/Default/gtk.css";
    let text =
        gio::resources_lookup_data(gtk_style, gio::ResourceLookupFlags::NONE).expect("GTK's style sheet");
    assert!(!text.starts_with(b"/* No rules"), "GTK's own style sheet is found again");
}

#[gtk::test]
fn the_application_reads_nothing_of_it_again() {
    let application = theme::application();
    assert_eq!(application.resource_base_path(), None);
    assert!(gtk::Window::default_icon_name().is_some(), "or the application waits for the icon theme");

    let window = gtk::Window::new();
    theme::set_icon(&window);
    assert_eq!(window.icon_name().as_deref(), Some(gangway_app::APPLICATION_ID));
    assert_eq!(gtk::Window::default_icon_name().as_deref(), Some(gangway_app::APPLICATION_ID));
    window.destroy();
}
