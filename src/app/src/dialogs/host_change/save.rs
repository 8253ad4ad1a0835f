//! Saving a plan for a computer without the service: as a commented shell script, or as a page to read.

use gangway_client::script;
use gangway_client::text::DeviceNames;
use gangway_core::plan::Plan;
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk::{self, gio, glib};

use crate::save::save_as;

/// What a plan is saved as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Script,
    Markdown,
}

impl Kind {
    /// What is written.
    pub fn text(self, plan: &Plan, names: &DeviceNames<'_>) -> String {
        match self {
            Self::Script => script::script(plan, names),
            Self::Markdown => script::markdown(plan, names),
        }
    }

    fn title(self) -> String {
        match self {
            Self::Script => gettext("Save as Script"),
            Self::Markdown => gettext("Save as Markdown"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Script => "gangway.sh",
            Self::Markdown => "gangway.md",
        }
    }
}

/// Asks where to, and writes; what came of it is said in passing.
pub fn save(kind: Kind, text: String, dialog: &adw::Dialog, toasts: &adw::ToastOverlay) {
    let window = dialog.root().and_downcast::<gtk::Window>();
    let files = gtk::FileDialog::builder().title(kind.title()).initial_name(kind.name()).build();
    let toasts = toasts.clone();
    files.save(window.as_ref(), gio::Cancellable::NONE, move |chosen| {
        let Ok(file) = chosen else { return };
        glib::spawn_future_local(async move {
            let sentence = save_as(&file, text.into(), &gettext("Saved as “{name}”.")).await;
            toasts.add_toast(adw::Toast::builder().use_markup(false).title(sentence).build());
        });
    });
}
