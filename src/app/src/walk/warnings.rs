//! What GTK and its libraries warn of while the demo is walked. Each is a defect of ours, so the walk fails with it.

use std::sync::{Mutex, PoisonError};

use gettextrs::gettext;
use relm4::gtk::glib::{self, LogField, LogLevel};

/// The libraries whose warnings count; what others say is about the computer that the walk runs on.
const LIBRARIES: [&str; 6] = ["Gtk", "Gdk", "Gsk", "Adwaita", "GLib", "GLib-GObject"];

/// The last picture that was saved, and what was heard: after which picture, and what.
struct Heard {
    picture: String,
    warnings: Vec<(String, String)>,
}

static HEARD: Mutex<Heard> = Mutex::new(Heard { picture: String::new(), warnings: Vec::new() });

/// Listens from now on; what is said is printed as before. To be called once.
pub fn listen() {
    glib::log_set_writer_func(|level, fields| {
        let field = |key: &str| fields.iter().find(|field| field.key() == key).and_then(LogField::value_str);
        let domain = field("GLIB_DOMAIN").unwrap_or_default();
        let serious = matches!(level, LogLevel::Error | LogLevel::Critical | LogLevel::Warning);
        if serious && LIBRARIES.contains(&domain) {
            let said = format!("{domain}: {}", field("MESSAGE").unwrap_or_default());
            let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
            let picture = heard.picture.clone();
            heard.warnings.push((picture, said));
        }
        glib::log_writer_default(level, fields)
    });
}

/// A picture was saved: what is heard from now on comes after it.
pub fn saved(picture: &str) {
    picture.clone_into(&mut HEARD.lock().unwrap_or_else(PoisonError::into_inner).picture);
}

/// The sentence about the first warning, where there was one.
pub fn first() -> Option<String> {
    let heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    let (picture, said) = heard.warnings.first()?;
    let template = gettext(
        "The demo was walked to its end, but after the picture “{picture}” there was a warning, which is a defect: {warning}",
    );
    Some(template.replace("{picture}", picture).replace("{warning}", said))
}
