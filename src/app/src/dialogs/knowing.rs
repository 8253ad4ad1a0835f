//! What a review says besides the change: what a virtual machine can do with its devices, and dangers that the user takes by
//! typing the virtual machine's name.

use gangway_client::handover::{Danger, exposures};
use gangway_client::text;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk::{self, gio};

use crate::situation::Snapshot;
use crate::widgets::rows;

/// What is to be known before one agrees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Knowing {
    /// Sentences, each with an address where more is written.
    pub exposures: Vec<(String, Option<&'static str>)>,
    /// Sentences of what the user takes in so many words.
    pub dangers: Vec<String>,
    /// The word.
    pub word: String,
}

impl Knowing {
    /// What to know of these functions, and dangers that the word is asked for.
    pub fn new(snapshot: &Snapshot, functions: &[PciAddress], dangers: &[Danger], word: &str) -> Self {
        let names = snapshot.device_names();
        let exposure = |exposure| (text::exposure(&exposure, &names), exposure.link());
        Self {
            exposures: exposures(&snapshot.host, functions).into_iter().map(exposure).collect(),
            dangers: dangers.iter().map(|danger| text::danger(danger, &names)).collect(),
            word: word.to_owned(),
        }
    }

    /// Whether what was typed is the word, or none is asked for.
    pub fn is_taken(&self, typed: &str) -> bool {
        self.dangers.is_empty() || typed.trim() == self.word
    }

    /// The dangers with the place for the word; `taken` hears whether it stands there. None where there is no danger.
    pub fn dangers_group(&self, taken: impl Fn(bool) + 'static) -> Option<adw::PreferencesGroup> {
        if self.dangers.is_empty() {
            return None;
        }
        let group = rows::group(&gettext("Your Own Risk"), "");
        for danger in &self.dangers {
            let row = rows::with_icon("dialog-warning-symbolic", danger, "");
            row.set_title_lines(0);
            group.add(&row);
        }
        let title = text::fill(&gettext("Type “{vm}” to take the risk"), &[("vm", &self.word)]);
        let entry = adw::EntryRow::builder().use_markup(false).build();
        entry.set_title(&title);
        let knowing = self.clone();
        entry.connect_changed(move |entry| taken(knowing.is_taken(&entry.text())));
        group.add(&entry);
        Some(group)
    }

    /// What a virtual machine can do with the devices; none where there is nothing to say.
    pub fn exposures_group(&self) -> Option<adw::PreferencesGroup> {
        if self.exposures.is_empty() {
            return None;
        }
        let group = rows::group(&gettext("What a Virtual Machine Can Do With It"), "");
        for (sentence, link) in &self.exposures {
            let row = rows::with_icon("info-symbolic", sentence, "");
            row.set_title_lines(0);
            if let Some(link) = link {
                let name = text::fill(&gettext("Read more at {address}"), &[("address", link)]);
                let button = rows::icon_button("external-link-symbolic", &name);
                button.add_css_class("flat");
                button.set_valign(gtk::Align::Center);
                let link = (*link).to_owned();
                button.connect_clicked(move |button| {
                    let window = button.root().and_downcast::<gtk::Window>();
                    // Where nothing opens it, the address still stands in the tooltip.
                    gtk::UriLauncher::new(&link).launch(window.as_ref(), gio::Cancellable::NONE, |_| {});
                });
                row.add_suffix(&button);
            }
            group.add(&row);
        }
        Some(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_asked_for_where_there_is_a_danger() {
        let mut knowing = Knowing { word: "win11".into(), ..Knowing::default() };
        assert!(knowing.is_taken(""));
        knowing.dangers = vec!["It may hang.".into()];
        assert!(!knowing.is_taken("") && !knowing.is_taken("win") && !knowing.is_taken("Win11"));
        assert!(knowing.is_taken("win11") && knowing.is_taken(" win11 "));
    }
}
