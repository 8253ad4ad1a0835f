//! Saving the machine as a captured machine, and opening one: both ask for a file first.

use gangway_client::target::{HostChoice, Target};
use gangway_client::text::{self, fill};
use gangway_core::machine_file::MachineFile;
use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::{Window, WindowInput};

/// Asks where to, captures the machine in a worker, and writes the file whole or not at all.
pub fn save(window: &adw::ApplicationWindow, target: &Target, sender: &ComponentSender<Window>) {
    let dialog = gtk::FileDialog::builder()
        .title(gettext("Save Report"))
        .initial_name(format!("{}.host", gettext("machine")))
        .filters(&filters())
        .build();
    let target = target.clone();
    let input = sender.input_sender().clone();
    dialog.save(Some(window), gio::Cancellable::NONE, move |chosen| {
        let Ok(file) = chosen else { return };
        glib::spawn_future_local(async move {
            let captured = gio::spawn_blocking(move || {
                let source = target.source().map_err(|error| text::target_error(&error))?;
                Ok(MachineFile::capture(&source).write())
            });
            let sentence = match captured.await {
                Ok(Ok(text)) => write(&file, text.into()).await,
                Ok(Err(reason)) => reason,
                Err(_) => gettext("The report could not be made: reading the machine stopped halfway."),
            };
            let _closing = input.send(WindowInput::Toast(sentence));
        });
    });
}

async fn write(file: &gio::File, bytes: Vec<u8>) -> String {
    let name = file.basename().unwrap_or_default().display().to_string();
    let written =
        file.replace_contents_future(bytes, None, false, gio::FileCreateFlags::REPLACE_DESTINATION).await;
    match written {
        Ok(_) => {
            fill(&gettext("Saved as “{name}”; serial numbers and names are replaced."), &[("name", &name)])
        }
        Err((_, error)) => fill(
            &gettext("“{name}” could not be written: {reason}."),
            &[("name", &name), ("reason", error.message())],
        ),
    }
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
