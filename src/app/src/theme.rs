//! Style sheets and icons: what the first frame is painted with, read once each. Left to themselves, GTK reads a style
//! sheet that libadwaita throws away at once, and the icon theme is read twice, once of it while the window waits; that
//! is a fifth of what an empty window takes. Nothing looks otherwise for what is left out here.

use relm4::adw;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk, gio, glib};

/// Ours, applied above libadwaita's.
const STYLE: &str = "/org/gangway/Gangway/style.css";
/// GTK's own, which libadwaita replaces.
const GTK_STYLE: &str = "/org/gtk/libgtk/theme/Default/gtk.css";
/// The name of an icon that there is not.
const NO_ICON: &str = "none";

/// Reads everything, before the application starts and would do it. GTK must have a display.
///
/// # Errors
/// When resources that were compiled into the program cannot be used.
pub fn load() -> Result<(), glib::Error> {
    // The icons among them are in a folder of libadwaita's. GTK begins to read the icon theme in a thread of its own as
    // soon as anybody asks for it, and begins again when a folder is added later; libadwaita asks and adds its folder at
    // once, so that the theme is read while this thread has its hands full with the style sheet.
    gio::resources_register_include!("gangway.gresource")?;
    make_settings()?;
    if adw::init().is_ok()
        && let Some(display) = gdk::Display::default()
    {
        let style = gtk::CssProvider::new();
        style.load_from_resource(STYLE);
        let above = gtk::STYLE_PROVIDER_PRIORITY_APPLICATION;
        gtk::style_context_add_provider_for_display(&display, &style, above);
    }
    Ok(())
}

/// The application, which does not read again what [`load`] has read.
pub fn application() -> adw::Application {
    let application = adw::Application::builder().application_id(crate::APPLICATION_ID).build();
    // It would look below this path for our style sheet, and add a folder to the icon theme.
    application.set_resource_base_path(None);
    // It would ask the icon theme whether there is an icon for windows, and wait for it, if they had none by default.
    gtk::Window::set_default_icon_name(NO_ICON);
    application
}

/// Gives this window and later ones the program's icon. X11 gets it drawn in every size: nothing for the first frame.
pub fn set_icon(window: &impl IsA<gtk::Window>) {
    gtk::Window::set_default_icon_name(crate::APPLICATION_ID);
    window.set_icon_name(Some(crate::APPLICATION_ID));
}

/// Makes GTK's settings, which read GTK's own style sheet as they are made, while an empty one stands in its place: a
/// tenth of what an empty window takes, for rules that libadwaita takes away again before anything is painted.
fn make_settings() -> Result<(), glib::Error> {
    // By this variable people choose GTK's style sheet, and libadwaita leaves it to them.
    let chosen = std::env::var_os("GTK_THEME").is_some();
    // Of two resources the later one is found. GTK's are registered with the first question for any, which is this one.
    let replaced = gio::resources_get_info(GTK_STYLE, gio::ResourceLookupFlags::NONE).is_ok();
    if chosen || !replaced {
        return Ok(());
    }
    let empty = include_bytes!(concat!(env!("OUT_DIR"), "/no-theme.gresource"));
    let empty = gio::Resource::from_data(&glib::Bytes::from_static(empty))?;
    gio::resources_register(&empty);
    let _made = gtk::Settings::default();
    gio::resources_unregister(&empty);
    Ok(())
}
