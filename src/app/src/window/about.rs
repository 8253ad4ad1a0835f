//! The windows about the program: what it is, and its keys.

use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

/// Says what the program is.
pub fn about(window: &adw::ApplicationWindow) {
    let dialog = adw::AboutDialog::builder()
        .application_name("Gangway")
        .application_icon(crate::APPLICATION_ID)
        .version(env!("CARGO_PKG_VERSION"))
        .developer_name(gettext("The Gangway developers"))
        .license_type(gtk::License::Gpl30)
        .comments(gettext("Hand devices of this computer to virtual machines, and take them back."))
        // Translators: your names, one a line.
        .translator_credits(credits(&gettext("translator-credits")))
        .build();
    dialog.present(Some(window));
}

/// Without a translation there are no translators to name.
fn credits(text: &str) -> &str {
    if text == "translator-credits" { "" } else { text }
}

/// Lists the keys.
pub fn shortcuts(window: &adw::ApplicationWindow) {
    let section = gtk::ShortcutsSection::builder().section_name("all").max_height(16).build();
    for (title, keys) in groups() {
        let group = gtk::ShortcutsGroup::builder().title(title).build();
        for (title, accelerator) in keys {
            let shortcut = gtk::ShortcutsShortcut::builder().title(title).accelerator(accelerator).build();
            group.add_shortcut(&shortcut);
        }
        section.add_group(&group);
    }
    let shortcuts = gtk::ShortcutsWindow::builder().transient_for(window).modal(true).build();
    shortcuts.add_section(&section);
    shortcuts.present();
}

fn groups() -> Vec<(String, Vec<(String, &'static str)>)> {
    vec![
        (
            gettext("Devices"),
            vec![
                (gettext("Search"), "<Control>f"),
                (gettext("Devices by PCIe topology"), "<Control>t"),
                (gettext("Devices by USB port"), "<Control>u"),
                (gettext("Show or hide what is behind a row"), "Right Left"),
                (gettext("Show or hide the details"), "F9"),
                (gettext("Hand over the selected device"), "<Control>h"),
                (gettext("Scan again"), "<Control>r"),
            ],
        ),
        (
            gettext("Map"),
            vec![
                (gettext("Devices on the map"), "<Control>m"),
                (gettext("Devices by group"), "<Control><Shift>g"),
                (gettext("From device to device"), "Left Right Up Down"),
                (gettext("Show the device in the list"), "Return"),
                (gettext("Zoom in, out, to 100 %"), "<Control>plus <Control>minus <Control>0"),
                (gettext("Show all of the map"), "<Control>9"),
                (gettext("Export the map"), "<Control>e"),
            ],
        ),
        (
            gettext("Places"),
            vec![
                (gettext("Devices"), "<Control>1"),
                (gettext("Readiness"), "<Control>2"),
                (gettext("Changes"), "<Control>3"),
                (gettext("Virtual machine 1 to 9"), "<Alt>1...9"),
                (gettext("Back, close"), "Escape"),
            ],
        ),
        (gettext("Dialogs"), vec![(gettext("Continue, but never apply"), "<Control>Return")]),
        (
            gettext("General"),
            vec![
                (gettext("Save a report"), "<Control>s"),
                (gettext("Main menu"), "F10"),
                (gettext("Restart the demo’s computer"), "<Control><Shift>r"),
                (gettext("Keyboard shortcuts"), "<Control>question"),
                (gettext("Quit"), "<Control>q"),
            ],
        ),
    ]
}
