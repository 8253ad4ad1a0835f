//! Saving a report, which is a captured machine with what was found above it, and opening one.

use gangway_client::asked::Asked;
use gangway_client::report::report;
use gangway_client::target::{HostChoice, Target};
use gangway_client::text;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::{Window, WindowInput};
use crate::save::save_as;
use crate::widgets::{difference, focus, status};

/// Makes the report in a worker and shows it whole: nothing is written that was not seen.
pub fn save(
    window: &adw::ApplicationWindow,
    target: &Target,
    asked: Asked,
    sender: &ComponentSender<Window>,
) {
    if window.visible_dialog().is_some() {
        return;
    }
    let target = target.clone();
    let (window, input) = (window.clone(), sender.input_sender().clone());
    let dialog = adw::Dialog::builder()
        .title(gettext("Report"))
        .content_width(720)
        .content_height(690)
        .child(&frame(&status::waiting(&gettext("Looking at this computer…")), None))
        .build();
    dialog.present(Some(&window));
    glib::spawn_future_local(async move {
        let made = gio::spawn_blocking(move || {
            let source = target.source().map_err(|error| text::target_error(&error))?;
            Ok(report(&source, &asked))
        });
        let sentence = match made.await {
            Ok(Ok(text)) => {
                preview(&dialog, &window, text, input);
                return;
            }
            Ok(Err(reason)) => reason,
            Err(_) => gettext("The report could not be made: reading the machine stopped halfway."),
        };
        dialog.close();
        let _closing = input.send(WindowInput::Toast(sentence));
    });
}

/// The report as it will be written, and the button that asks where to.
fn preview(
    dialog: &adw::Dialog,
    window: &adw::ApplicationWindow,
    text: String,
    input: relm4::Sender<WindowInput>,
) {
    let shown = difference::plain(&text, &gettext("The report"));
    let save = gtk::Button::builder().label(gettext("Save…")).build();
    save.add_css_class("suggested-action");
    dialog.set_child(Some(&frame(&shown, Some(&save))));
    focus::soon(save.upcast_ref());
    let (weak, window) = (dialog.downgrade(), window.clone());
    save.connect_clicked(move |_| {
        let files = gtk::FileDialog::builder()
            .title(gettext("Save Report"))
            .initial_name(format!("{}.host", gettext("machine")))
            .filters(&filters())
            .build();
        let (weak, text, input) = (weak.clone(), text.clone(), input.clone());
        files.save(Some(&window), gio::Cancellable::NONE, move |chosen| {
            let Ok(file) = chosen else { return };
            if let Some(dialog) = weak.upgrade() {
                dialog.close();
            }
            glib::spawn_future_local(async move {
                let saved = gettext("Saved as “{name}”; serial numbers and names are replaced.");
                let sentence = save_as(&file, text.into(), &saved).await;
                // The window may be gone.
                let _closing = input.send(WindowInput::Toast(sentence));
            });
        });
    });
}

fn frame(content: &impl IsA<gtk::Widget>, save: Option<&gtk::Button>) -> adw::ToolbarView {
    let title = adw::WindowTitle::new(&gettext("Report"), &gettext("Serial numbers and names are replaced"));
    let header = adw::HeaderBar::builder().title_widget(&title).build();
    if let Some(save) = save {
        header.pack_start(save);
    }
    let frame = adw::ToolbarView::new();
    frame.add_top_bar(&header);
    frame.set_content(Some(content));
    frame
}

/// Asks for a captured machine and switches to it.
pub fn open(window: &adw::ApplicationWindow, sender: &ComponentSender<Window>) {
    let dialog =
        gtk::FileDialog::builder().title(gettext("Open Captured Machine")).filters(&filters()).build();
    let input = sender.input_sender().clone();
    dialog.open(Some(window), gio::Cancellable::NONE, move |chosen| {
        if let Some(path) = chosen.ok().and_then(|file| file.path()) {
            let _closing = input.send(WindowInput::Switch(HostChoice::Machine(path)));
        }
    });
}

fn filters() -> gio::ListStore {
    let filter = gtk::FileFilter::new();
    filter.set_name(Some(&gettext("Captured machines")));
    filter.add_suffix("host");
    let all = gtk::FileFilter::new();
    all.set_name(Some(&gettext("All files")));
    all.add_pattern("*");
    let filters = gio::ListStore::new::<gtk::FileFilter>();
    filters.append(&filter);
    filters.append(&all);
    filters
}
