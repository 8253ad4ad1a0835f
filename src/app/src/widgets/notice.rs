//! Sentences that are as long as they are: labels that wrap wherever they must and whose text can be copied, and the notice
//! above a page. What such a sentence says is not known here.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// A label for a sentence, a path or an address of any length.
pub fn sentence(text: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(text)
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .selectable(true)
        .focusable(false)
        .build()
}

/// Something that is said above a page. A banner of libadwaita's cuts after three lines, and what to do stands last.
#[derive(Debug, Clone)]
pub struct Notice {
    revealer: gtk::Revealer,
    sentence: gtk::Label,
}

impl Default for Notice {
    fn default() -> Self {
        let sentence = sentence("");
        sentence.add_css_class("gw-notice");
        let revealer = gtk::Revealer::builder().child(&sentence).build();
        Self { revealer, sentence }
    }
}

impl Notice {
    pub fn widget(&self) -> &gtk::Widget {
        self.revealer.upcast_ref()
    }

    pub fn say(&self, sentence: &str) {
        self.sentence.set_label(sentence);
        self.revealer.set_reveal_child(true);
        self.revealer.announce(sentence, gtk::AccessibleAnnouncementPriority::Medium);
    }

    pub fn quiet(&self) {
        self.revealer.set_reveal_child(false);
    }
}
