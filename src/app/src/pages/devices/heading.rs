//! What stands above the first row of a section: its title, what kind of devices it has, and whether it can leave alone.
//! The row draws it, and is clicked on there as anywhere. A header widget of the list's own would be one more beside each
//! row, where sections are short, which GTK measures, places and looks at the style of with every frame that scrolls.

use gangway_client::text::fill;
use gettextrs::gettext;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::state::{Section, SectionState};
use crate::widgets::drawn::{self, Font, ICON, Icon, Inks, Pen, Text};

const SPACING: i32 = 7;
const STATE: i32 = 5;
/// Above it, at both sides, and between it and the row.
const AROUND: [i32; 3] = [18, 5, 8];
/// The room above a section that says nothing.
const NONE: i32 = 14;

/// What it says; a section of a tree has no title, and only keeps its distance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    title: String,
    kind: String,
    state: Option<State>,
}

/// What it says at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    icon: &'static str,
    text: String,
    good: bool,
    sentence: String,
}

impl Heading {
    pub fn of(section: &Section) -> Self {
        let state = match &section.state {
            SectionState::Quiet => None,
            SectionState::Isolated => Some(State {
                icon: "object-select-symbolic",
                text: gettext("Isolated"),
                good: true,
                sentence: gettext("Nothing else is in this group: the card can leave the host alone."),
            }),
            SectionState::Shared { text } => Some(State {
                icon: "shared-symbolic",
                text: text.clone(),
                good: false,
                sentence: gettext("The devices in this group can only leave the host together."),
            }),
            SectionState::Needed { text, reason } => Some(State {
                icon: "system-lock-screen-symbolic",
                text: text.clone(),
                good: false,
                sentence: reason.clone(),
            }),
        };
        Self { title: section.title.clone(), kind: section.kind.clone(), state }
    }

    /// Each of its texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let state = self.state.as_ref().map(|state| state.text.as_str());
        [self.title.as_str(), self.kind.as_str()].into_iter().chain(state).filter(|text| !text.is_empty())
    }

    /// What a screen reader says of the section.
    pub fn spoken(&self) -> String {
        self.texts().collect::<Vec<_>>().join(&gettext(", "))
    }

    /// The same with what it means.
    pub fn described(&self) -> String {
        let spoken = self.spoken();
        match &self.state {
            Some(state) => {
                let template = gettext("{section}: {meaning}");
                fill(&template, &[("section", &spoken), ("meaning", &state.sentence)])
            }
            None => spoken,
        }
    }
}

/// The same, laid out.
#[derive(Debug)]
pub struct HeadingFace {
    title: Text,
    kind: Text,
    state: Option<(Icon, Text, bool)>,
    sentence: String,
    mirrored: bool,
    empty: bool,
}

impl HeadingFace {
    pub fn new(row: &gtk::Widget, pen: &Pen<'_>, heading: &Heading) -> Self {
        let state = heading.state.as_ref().map(|state| {
            let icon = Icon::new(pen, state.icon, ICON);
            (icon, Text::whole(pen, &state.text, Font::Small), state.good)
        });
        Self {
            title: Text::whole(pen, &heading.title, Font::Bold),
            kind: Text::cut(pen, &heading.kind, Font::Plain),
            state,
            sentence: heading.state.as_ref().map(|state| state.sentence.clone()).unwrap_or_default(),
            mirrored: row.direction() == gtk::TextDirection::Rtl,
            empty: heading.title.is_empty(),
        }
    }

    fn state_width(&self) -> i32 {
        self.state.as_ref().map_or(0, |(_, text, _)| ICON + STATE + text.widths.1)
    }

    fn line(&self) -> i32 {
        let state = self.state.as_ref().map_or(0, |(_, text, _)| text.height.max(ICON));
        self.title.height.max(self.kind.height).max(state)
    }

    /// The least width that it takes.
    pub fn width(&self) -> i32 {
        let state = if self.state.is_some() { SPACING + self.state_width() } else { 0 };
        if self.empty {
            0
        } else {
            2 * AROUND[1] + self.title.widths.1 + SPACING + self.kind.widths.0 + state
        }
    }

    /// The height that it takes.
    pub fn height(&self) -> i32 {
        let [above, _, below] = AROUND;
        if self.empty { NONE } else { above + self.line() + below }
    }

    /// Draws it at the top of a row of this width.
    pub fn draw(&self, snapshot: &gtk::Snapshot, width: i32, color: &gtk::gdk::RGBA, inks: &Inks) {
        if self.empty {
            return;
        }
        let [y, side, _] = AROUND;
        let line = self.line();
        let at = |x: i32, own: i32| if self.mirrored { width - x - own } else { x };
        let own = self.title.fit(width - 2 * side);
        self.title.draw(snapshot, (at(side, own), y), line, color);
        let (x, end) = (side + own + SPACING, width - side - self.state_width());
        let own = self.kind.fit(end - SPACING - x);
        self.kind.draw(snapshot, (at(x, own), y), line, &drawn::dimmed(color));
        if let Some((icon, text, good)) = &self.state {
            let color = inks.state(*good);
            icon.draw(snapshot, (at(end, ICON), y), line, &color);
            let own = text.fit(width);
            text.draw(snapshot, (at(end + ICON + STATE, own), y), line, &color);
        }
    }

    /// What is said of its end, in a row of this width.
    pub fn tooltip_at(&self, x: i32, width: i32) -> Option<&str> {
        let x = if self.mirrored { width - x } else { x };
        (self.state.is_some() && x >= width - AROUND[1] - self.state_width())
            .then_some(self.sentence.as_str())
    }
}
