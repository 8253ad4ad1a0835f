//! A pill: one fact in a few words, never a button. Its icon or word tells it as well as its colour, and its
//! tooltip says the whole sentence.

use relm4::gtk;
use relm4::gtk::prelude::*;

use super::tooltip;

/// What kind of fact a pill tells; decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Neutral,
    /// The name of a driver: neutral, in monospace.
    Driver,
    /// The host uses it, or giving it away costs something.
    Claim,
    /// A virtual machine has it.
    Machine,
    /// Costs nothing; ready.
    Good,
    /// Refused or failed.
    Bad,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pill {
    pub text: String,
    pub tone: Tone,
    pub icon: Option<&'static str>,
    /// What it says where there is little room.
    pub short: Option<String>,
    pub tooltip: String,
}

/// About as long as two words.
const FIRM_CHARACTERS: usize = 14;

impl Tone {
    pub const ALL: [Self; 6] =
        [Self::Neutral, Self::Driver, Self::Claim, Self::Machine, Self::Good, Self::Bad];

    /// Its class in the style sheet.
    pub fn class(self) -> Option<&'static str> {
        match self {
            Self::Neutral => None,
            Self::Driver => Some("driver"),
            Self::Claim => Some("claim"),
            Self::Machine => Some("vm"),
            Self::Good => Some("good"),
            Self::Bad => Some("bad"),
        }
    }
}

impl Pill {
    /// A pill without an icon whose text says it all.
    pub fn plain(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, icon: None, short: None, tooltip: String::new() }
    }

    /// The same pill where there is little room.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        if let Some(short) = self.short.take() {
            self.text = short;
        }
        self
    }

    /// The widget; it gives way where a name beside it needs the room.
    pub fn widget(&self) -> gtk::Widget {
        self.around(&self.label(-1))
    }

    /// The widget where the text beside it wraps: two words are never cut, and of more it keeps as much.
    pub fn firm_widget(&self) -> gtk::Widget {
        if self.text.chars().count() <= FIRM_CHARACTERS {
            self.around(&gtk::Label::new(Some(&self.text)))
        } else {
            self.around(&self.label(i32::try_from(FIRM_CHARACTERS).unwrap_or(-1)))
        }
    }

    fn label(&self, characters: i32) -> gtk::Label {
        gtk::Label::builder()
            .label(&self.text)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .width_chars(characters)
            .max_width_chars(24)
            .build()
    }

    fn around(&self, label: &gtk::Label) -> gtk::Widget {
        let widget: gtk::Widget = match self.icon {
            None => label.clone().upcast(),
            Some(icon) => {
                let pair = gtk::Box::new(gtk::Orientation::Horizontal, 5);
                pair.append(&gtk::Image::from_icon_name(icon));
                pair.append(label);
                pair.upcast()
            }
        };
        widget.add_css_class("gw-pill");
        if let Some(class) = self.tone.class() {
            widget.add_css_class(class);
        }
        widget.set_valign(gtk::Align::Center);
        if !self.tooltip.is_empty() {
            tooltip::describe(&widget, &self.tooltip);
        }
        widget
    }
}
