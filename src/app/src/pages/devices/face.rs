//! What is drawn on a row of the list, and where: its icon, texts and pills. What they say is decided in `said`.

use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk};

use super::heading::{Heading, HeadingFace};
use crate::widgets::drawn::{self, DrawnPill, Font, ICON, Icon, Inks, Setting, Text, Widths};
use crate::widgets::pill::{Pill, Tone};

/// How wide the arrow of a tree is.
pub const ARROW: i32 = 20;
/// Between the parts of a row, between pills, between the texts of the second line, and between the lines if they stand
/// beside each other or below.
const SPACING: i32 = 12;
const PILLS: i32 = 6;
const WORDS: i32 = 8;
const BESIDE: i32 = 10;
const BELOW: i32 = 1;

/// What a row says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// On the first row of a section.
    pub heading: Option<Heading>,
    pub icon: &'static str,
    pub name: String,
    pub primary: bool,
    pub quiet: bool,
    pub address: String,
    /// What stands beside the address.
    pub remark: String,
    pub pills: Vec<Pill>,
    /// Its group, at its end.
    pub group: String,
    /// Whether an arrow at its end leads to its details.
    pub chevron: bool,
    pub one_line: bool,
    pub in_tree: bool,
    pub indent: i32,
    /// Whether something is below it in its tree, and whether that is shown.
    pub arrow: Option<bool>,
}

impl Content {
    /// All that can be read on it, a line each.
    pub fn text(&self) -> String {
        let pills = self.pills.iter().map(|pill| &pill.text);
        let own = [&self.name, &self.address, &self.remark].into_iter().chain(pills).chain([&self.group]);
        let own = own.filter(|text| !text.is_empty()).map(String::as_str);
        let heading = self.heading.iter().flat_map(Heading::texts);
        heading.chain(own).collect::<Vec<_>>().join("\n")
    }
}

/// The same, laid out in the row's font.
#[derive(Debug)]
pub struct Face {
    setting: Setting,
    pub heading: Option<HeadingFace>,
    icon: Icon,
    name: Text,
    address: Text,
    remark: Text,
    pills: Vec<DrawnPill>,
    group: Option<DrawnPill>,
    chevron: Option<Icon>,
    one_line: bool,
    quiet: bool,
    mirrored: bool,
    /// Where the icon stands.
    begin: i32,
}

/// Where the parts of a row are, counted from its beginning, and how wide they are.
struct Places {
    texts: (i32, i32),
    pills: Vec<(i32, i32)>,
    chevron: i32,
}

impl Face {
    pub fn new(row: &gtk::Widget, inks: &Inks, content: &Content) -> Self {
        let pen = &inks.pen(row);
        let name = if content.primary { Font::Bold } else { Font::Plain };
        let group = (!content.group.is_empty()).then(|| {
            let mut group = DrawnPill::new(pen, &Pill::plain(content.group.as_str(), Tone::Neutral));
            group.widths.0 = group.widths.1;
            group
        });
        Self {
            setting: Setting::of(row),
            heading: content.heading.as_ref().map(|heading| HeadingFace::new(row, pen, heading)),
            icon: Icon::new(pen, content.icon, ICON),
            name: Text::cut(pen, &content.name, name),
            address: Text::whole(pen, &content.address, Font::SmallMonospace),
            remark: Text::cut(pen, &content.remark, Font::Small),
            pills: content.pills.iter().map(|pill| DrawnPill::new(pen, pill)).collect(),
            group,
            chevron: content.chevron.then(|| Icon::new(pen, "go-next-symbolic", ICON)),
            one_line: content.one_line,
            quiet: content.quiet,
            mirrored: row.direction() == gtk::TextDirection::Rtl,
            begin: if content.in_tree { content.indent + ARROW + SPACING } else { 0 },
        }
    }

    /// Whether it was made for the font, scale and direction that the row has.
    pub fn fits(&self, row: &gtk::Widget) -> bool {
        self.setting == Setting::of(row)
    }

    /// The widths that it takes.
    pub fn widths(&self) -> Widths {
        let fixed = self.fixed();
        self.parts().iter().fold((fixed, fixed), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    }

    /// The height that its heading takes above it.
    pub fn above(&self) -> i32 {
        self.heading.as_ref().map_or(0, HeadingFace::height)
    }

    /// The height that it takes.
    pub fn height(&self) -> i32 {
        let pills = self.tail().map(|pill| pill.height);
        pills.chain([ICON, self.text_height()]).max().unwrap_or(ICON)
    }

    fn tail(&self) -> impl Iterator<Item = &DrawnPill> {
        self.pills.iter().chain(&self.group)
    }

    fn second_height(&self) -> i32 {
        self.address.height.max(self.remark.height)
    }

    fn text_height(&self) -> i32 {
        if self.one_line {
            self.name.height.max(self.second_height())
        } else {
            self.name.height + BELOW + self.second_height()
        }
    }

    fn second_widths(&self) -> Widths {
        let fixed = self.address.widths.1 + WORDS;
        (fixed + self.remark.widths.0, fixed + self.remark.widths.1)
    }

    fn text_widths(&self) -> Widths {
        let (name, second) = (self.name.widths, self.second_widths());
        if self.one_line {
            (name.0 + BESIDE + second.0, name.1 + BESIDE + second.1)
        } else {
            (name.0.max(second.0), name.1.max(second.1))
        }
    }

    /// What shares the width that is not fixed: the texts, and each pill.
    fn parts(&self) -> Vec<Widths> {
        std::iter::once(self.text_widths()).chain(self.tail().map(|pill| pill.widths)).collect()
    }

    fn before_pill(&self, index: usize) -> i32 {
        if index > 0 && index < self.pills.len() { PILLS } else { SPACING }
    }

    fn fixed(&self) -> i32 {
        let pills: i32 = (0..self.tail().count()).map(|index| self.before_pill(index)).sum();
        let chevron = if self.chevron.is_some() { SPACING + ICON } else { 0 };
        self.begin + ICON + SPACING + pills + chevron
    }

    fn places(&self, width: i32) -> Places {
        let given = drawn::share(width - self.fixed(), &self.parts());
        let chevron = width - ICON;
        let mut end = if self.chevron.is_some() { chevron - SPACING } else { width };
        let mut pills = Vec::new();
        for (index, own) in given.iter().skip(1).enumerate().rev() {
            pills.push((end - own, *own));
            end -= own + self.before_pill(index);
        }
        pills.reverse();
        let begin = self.begin + ICON + SPACING;
        Places { texts: (begin, end - begin), pills, chevron }
    }

    /// Draws it into a row of this size.
    pub fn draw(
        &self,
        snapshot: &gtk::Snapshot,
        (width, height): (i32, i32),
        color: &gdk::RGBA,
        inks: &Inks,
    ) {
        let dim = drawn::dimmed(color);
        let places = self.places(width);
        let at = |x: i32, own: i32| if self.mirrored { width - x - own } else { x };
        let own = if self.quiet { &dim } else { color };
        self.icon.draw(snapshot, (at(self.begin, ICON), 0), height, own);

        let (x, room) = places.texts;
        let top = (height - self.text_height()) / 2;
        let (first, second) = (self.name.widths, self.second_widths());
        let (name_room, mut x_second, second_room, lines) = if self.one_line {
            let given = drawn::share(room - BESIDE, &[first, second]);
            let name = given.first().copied().unwrap_or(0);
            let line = (top, self.text_height());
            (name, x + name + BESIDE, room - BESIDE - name, [line, line])
        } else {
            let below = top + self.name.height + BELOW;
            (room, x, room, [(top, self.name.height), (below, self.second_height())])
        };
        let [(y, line), (y_second, line_second)] = lines;
        let wide = self.name.fit(name_room);
        self.name.draw(snapshot, (at(x, wide), y), line, own);
        let wide = self.address.fit(second_room);
        self.address.draw(snapshot, (at(x_second, wide), y_second), line_second, &dim);
        x_second += wide + WORDS;
        let wide = self.remark.fit(second_room - wide - WORDS);
        self.remark.draw(snapshot, (at(x_second, wide), y_second), line_second, &dim);

        for (pill, (x, own)) in self.tail().zip(&places.pills) {
            pill.draw(snapshot, (at(*x, *own), 0), (*own, height), inks, self.mirrored);
        }
        if let Some(chevron) = &self.chevron {
            chevron.draw(snapshot, (at(places.chevron, ICON), 0), height, &dim);
        }
    }

    /// What is said of the pill there, in a row of this width.
    pub fn tooltip_at(&self, x: i32, width: i32) -> Option<&str> {
        let x = if self.mirrored { width - x } else { x };
        let places = self.places(width);
        let (pill, _) =
            self.tail().zip(&places.pills).find(|(_, (begin, own))| (*begin..begin + own).contains(&x))?;
        Some(pill.tooltip.as_str()).filter(|tooltip| !tooltip.is_empty())
    }
}
