//! Text, icons and pills that a widget draws by itself, for rows of long lists. A list view keeps 200 rows, and with every
//! frame that scrolls it GTK looks at the style of each widget in all of them: a dozen widgets a row take ten milliseconds.
//! What is drawn here looks as the widgets of the same style would.

use std::cell::{Cell, RefCell};

use relm4::adw;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk, graphene, gsk, pango};

use super::pill::{Pill, Tone};
pub use super::texts::{Font, Pen, Setting};
use super::texts::{LaidOut, Texts};

/// Pixels of icons in rows and in pills.
pub const ICON: i32 = 16;
const PILL_ICON: i32 = 12;
/// As `.gw-pill` in the style sheet has them.
const PILL_PADDING: (i32, i32) = (8, 1);
const PILL_HEIGHT: i32 = 20;
const PILL_SPACING: i32 = 5;
const PILL_CHARACTERS: i32 = 24;
/// As libadwaita dims labels, and in high contrast.
const DIM: (f32, f32) = (0.55, 0.9);

/// A text of one line, with the room that it takes.
#[derive(Debug)]
pub struct Text {
    whole: LaidOut,
    /// The same in less room than it wants, while it has to make do with that.
    cut: RefCell<Option<pango::Layout>>,
    /// What it takes at least and at best.
    pub widths: Widths,
    pub height: i32,
}

/// The least width of something and the best one.
pub type Widths = (i32, i32);

impl Text {
    /// A text that is never cut.
    pub fn whole(pen: &Pen<'_>, text: &str, font: Font) -> Self {
        let whole = pen.text(text, font);
        let (widths, height) = ((whole.width, whole.width), whole.height);
        Self { whole, cut: RefCell::default(), widths, height }
    }

    /// A text whose end gives way where there is no room for it.
    pub fn cut(pen: &Pen<'_>, text: &str, font: Font) -> Self {
        let mut text = Self::whole(pen, text, font);
        // Room for an ellipsis and a letter.
        text.widths.0 = text.whole.width.min(text.height);
        text
    }

    /// The same, and at best as wide as so many characters.
    #[must_use]
    fn at_best(mut self, characters: i32) -> Self {
        let layout = &self.whole.layout;
        if layout.character_count() > characters {
            let font = layout.font_description();
            let metrics = layout.context().metrics(font.as_ref(), None);
            let each = metrics.approximate_char_width().max(metrics.approximate_digit_width());
            let best = each.saturating_mul(characters) / pango::SCALE;
            self.widths.1 = self.whole.width.min(best).max(self.widths.0);
        }
        self
    }

    /// Gives it room, and tells how much of it it takes.
    pub fn fit(&self, width: i32) -> i32 {
        let mut cut = self.cut.borrow_mut();
        if self.whole.width <= width {
            *cut = None;
            return self.whole.width;
        }
        let layout = cut.get_or_insert_with(|| self.whole.layout.copy());
        layout.set_width(width.max(0).saturating_mul(pango::SCALE));
        layout.pixel_size().0.min(width)
    }

    /// Draws it in the middle of a line of this height.
    pub fn draw(&self, snapshot: &gtk::Snapshot, (x, y): (i32, i32), line: i32, color: &gdk::RGBA) {
        let cut = self.cut.borrow();
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x as f32, (y + (line - self.height) / 2) as f32));
        snapshot.append_layout(cut.as_ref().unwrap_or(&self.whole.layout), color);
        snapshot.restore();
    }
}

/// An icon of one colour.
#[derive(Debug)]
pub struct Icon {
    paintable: gtk::IconPaintable,
    size: i32,
}

impl Icon {
    pub fn new(pen: &Pen<'_>, name: &'static str, size: i32) -> Self {
        Self { paintable: pen.icon(name, size), size }
    }

    /// Draws it in the middle of a line of this height.
    pub fn draw(&self, snapshot: &gtk::Snapshot, (x, y): (i32, i32), line: i32, color: &gdk::RGBA) {
        let size = f64::from(self.size);
        snapshot.save();
        snapshot.translate(&graphene::Point::new(x as f32, (y + (line - self.size) / 2) as f32));
        self.paintable.snapshot_symbolic(snapshot, size, size, &[*color]);
        snapshot.restore();
    }
}

/// A pill that is drawn.
#[derive(Debug)]
pub struct DrawnPill {
    text: Text,
    icon: Option<Icon>,
    tone: Tone,
    pub tooltip: String,
    pub widths: Widths,
    pub height: i32,
}

impl DrawnPill {
    pub fn new(pen: &Pen<'_>, pill: &Pill) -> Self {
        let font = if pill.tone == Tone::Driver { Font::SmallMonospace } else { Font::Small };
        let text = Text::cut(pen, &pill.text, font).at_best(PILL_CHARACTERS);
        let icon = pill.icon.map(|name| Icon::new(pen, name, PILL_ICON));
        let beside = 2 * PILL_PADDING.0 + if icon.is_some() { PILL_ICON + PILL_SPACING } else { 0 };
        let widths = (text.widths.0 + beside, text.widths.1 + beside);
        let height = text.height.max(PILL_HEIGHT) + 2 * PILL_PADDING.1;
        Self { text, icon, tone: pill.tone, tooltip: pill.tooltip.clone(), widths, height }
    }

    /// Draws it in the middle of a line of this height, this wide.
    pub fn draw(
        &self,
        snapshot: &gtk::Snapshot,
        (x, y): (i32, i32),
        (width, line): (i32, i32),
        inks: &Inks,
        mirrored: bool,
    ) {
        let y = y + (line - self.height) / 2;
        let bounds = graphene::Rect::new(x as f32, y as f32, width as f32, self.height as f32);
        let outline = gsk::RoundedRect::from_rect(bounds, self.height as f32 / 2.0);
        fill(snapshot, &outline, &inks.fill(self.tone));
        let color = inks.text(self.tone);
        let at = |offset: i32, own: i32| x + if mirrored { width - offset - own } else { offset };
        let mut offset = PILL_PADDING.0;
        if let Some(icon) = &self.icon {
            icon.draw(snapshot, (at(offset, PILL_ICON), y), self.height, &color);
            offset += PILL_ICON + PILL_SPACING;
        }
        let own = self.text.fit(width - offset - PILL_PADDING.0);
        self.text.draw(snapshot, (at(offset, own), y), self.height, &color);
    }
}

/// Fills a rounded area. A border that is as wide as all of it is one shape for GTK to fill; a colour that is clipped to
/// the shape takes it three times as long where no graphics card helps.
pub fn fill(snapshot: &gtk::Snapshot, outline: &gsk::RoundedRect, color: &gdk::RGBA) {
    let bounds = outline.bounds();
    let (x, y) = (bounds.width() / 2.0, bounds.height() / 2.0);
    snapshot.append_border(outline, &[y, x, y, x], &[*color; 4]);
}

/// What rows of a list draw with: colours as the style sheet has them, which are those of widgets that nobody sees; the
/// texts that were laid out before; and what all rows have to agree on.
#[derive(Debug)]
pub struct Inks {
    /// To be put where what is drawn is, so that it has the style of that.
    pub widgets: gtk::Box,
    tones: [gtk::Label; Tone::ALL.len()],
    fills: [gtk::Label; Tone::ALL.len()],
    good: gtk::Label,
    warning: gtk::Label,
    cards: [gtk::Label; 3],
    line: gtk::Label,
    border: gtk::Label,
    focus: gtk::Label,
    texts: Texts,
    /// The least width of the widest row so far.
    least: Cell<i32>,
}

impl Default for Inks {
    fn default() -> Self {
        let widgets = gtk::Box::builder().visible(false).build();
        widgets.add_css_class("gw-inks");
        let ink = |class: &str, tone: Option<&str>| {
            let ink = gtk::Label::new(None);
            ink.add_css_class(class);
            if let Some(tone) = tone.filter(|tone| !tone.is_empty()) {
                ink.add_css_class(tone);
            }
            widgets.append(&ink);
            ink
        };
        let tones = Tone::ALL.map(|tone| ink("gw-pill", tone.class()));
        let fills = Tone::ALL.map(|tone| ink("gw-fill", tone.class()));
        let cards = ["", "hovered", "selected"].map(|touched| ink("gw-card", Some(touched)));
        Self {
            good: ink("success", None),
            warning: ink("warning", None),
            line: ink("gw-line", None),
            border: ink("gw-border", None),
            focus: ink("gw-focus", None),
            cards,
            fills,
            tones,
            widgets,
            texts: Texts::default(),
            least: Cell::default(),
        }
    }
}

impl Inks {
    fn text(&self, tone: Tone) -> gdk::RGBA {
        Self::of(&self.tones, tone)
    }

    fn fill(&self, tone: Tone) -> gdk::RGBA {
        Self::of(&self.fills, tone)
    }

    /// For what is said of a whole section.
    pub fn state(&self, good: bool) -> gdk::RGBA {
        if good { self.good.color() } else { self.warning.color() }
    }

    /// Of a card, below one of its rows.
    pub fn card(&self, selected: bool, hovered: bool) -> gdk::RGBA {
        let [plain, hover, chosen] = &self.cards;
        match (selected, hovered) {
            (true, _) => chosen.color(),
            (false, true) => hover.color(),
            (false, false) => plain.color(),
        }
    }

    /// Around a card, where the desktop asks for high contrast.
    pub fn border(&self) -> Option<gdk::RGBA> {
        is_high_contrast().then(|| self.border.color())
    }

    /// Between the rows of a card.
    pub fn line(&self) -> gdk::RGBA {
        self.border().unwrap_or_else(|| self.line.color())
    }

    /// Around the row that has the keyboard.
    pub fn focus(&self) -> gdk::RGBA {
        self.focus.color()
    }

    /// A row's least width becomes that of the widest one so far. A list asks the widest one anyway, and has all of them
    /// measured anew where a row that came into sight says something else than what was there before.
    pub fn least(&self, own: i32) -> i32 {
        let least = self.least.get().max(own);
        self.least.set(least);
        least
    }

    /// From now on rows are other ones.
    pub fn forget_least(&self) {
        self.least.set(0);
    }

    /// For laying out what stands on a widget.
    pub fn pen<'a>(&'a self, widget: &'a gtk::Widget) -> Pen<'a> {
        self.texts.for_widget(widget)
    }

    /// The desktop's fonts or icons may be other ones.
    pub fn forget_texts(&self) {
        self.texts.forget();
    }

    fn of(inks: &[gtk::Label], tone: Tone) -> gdk::RGBA {
        let index = Tone::ALL.iter().position(|other| *other == tone);
        index.and_then(|index| inks.get(index)).map_or(gdk::RGBA::BLACK, WidgetExt::color)
    }
}

/// A colour as libadwaita dims it.
pub fn dimmed(color: &gdk::RGBA) -> gdk::RGBA {
    color.with_alpha(color.alpha() * if is_high_contrast() { DIM.1 } else { DIM.0 })
}

fn is_high_contrast() -> bool {
    adw::StyleManager::default().is_high_contrast()
}

/// Shares a width out as GTK does: each gets the least that it takes, and then those first that lack little.
pub fn share(width: i32, parts: &[Widths]) -> Vec<i32> {
    let mut given: Vec<i32> = parts.iter().map(|(least, _)| *least).collect();
    let mut rest = (width - given.iter().sum::<i32>()).max(0);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let gap = |index: &usize| parts.get(*index).map_or(0, |(least, best)| best - least);
    order.sort_by_key(gap);
    for (done, index) in order.iter().enumerate() {
        let left = i32::try_from(parts.len() - done).unwrap_or(1).max(1);
        let more = gap(index).min(rest / left);
        if let Some(own) = given.get_mut(*index) {
            *own += more;
        }
        rest -= more;
    }
    given
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn who_lacks_little_gets_it_first_and_nobody_less_than_the_least() {
        assert_eq!(share(100, &[(10, 20), (10, 200)]), [20, 80]);
        assert_eq!(share(300, &[(10, 20), (10, 200)]), [20, 200]);
        assert_eq!(share(10, &[(10, 20), (10, 200)]), [10, 10]);
        assert_eq!(share(40, &[(10, 100), (10, 100)]), [20, 20]);
        assert_eq!(share(40, &[]), [0; 0]);
    }
}
