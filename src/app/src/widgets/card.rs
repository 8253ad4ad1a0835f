//! The piece of a card that one row of a long list stands on, drawn as libadwaita's boxed lists look. A style sheet
//! could paint it, but then each row that comes into sight at an end of a card changes its class, and with every change
//! GTK looks at the style of all rows after it; and a clipped corner takes longer to draw than the row's texts.

use relm4::gtk::prelude::*;
use relm4::gtk::{self, gdk, graphene, gsk};

use super::drawn::{Inks, fill};

const RADIUS: f32 = 12.0;
/// What a card throws below itself: a pixel each, as a shadow of two pixels' blur that lies one pixel lower.
const SHADOW: [f32; 3] = [0.069, 0.031, 0.007];
/// And at its sides.
const SIDE: f32 = 0.04;
const FOCUS: f32 = 2.0;

/// Which part of its card a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Piece {
    pub first: bool,
    pub last: bool,
}

/// What is done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Touched {
    pub selected: bool,
    pub hovered: bool,
    /// Whether it has the keyboard, and that is to be seen.
    pub focused: bool,
}

impl Touched {
    /// What is done with the row of a list that has these states.
    pub fn of(states: gtk::StateFlags) -> Self {
        Self {
            selected: states.contains(gtk::StateFlags::SELECTED),
            hovered: states.contains(gtk::StateFlags::PRELIGHT),
            focused: states.contains(gtk::StateFlags::FOCUS_VISIBLE),
        }
    }
}

impl Piece {
    fn outline(self, (width, height): (f32, f32)) -> gsk::RoundedRect {
        let corner = |round: bool| {
            let radius = if round { RADIUS } else { 0.0 };
            graphene::Size::new(radius, radius)
        };
        let bounds = graphene::Rect::new(0.0, 0.0, width, height);
        let (top, bottom) = (corner(self.first), corner(self.last));
        gsk::RoundedRect::new(bounds, top, top, bottom, bottom)
    }

    /// Draws it below what stands on it.
    pub fn draw(self, snapshot: &gtk::Snapshot, size: (i32, i32), inks: &Inks, touched: Touched) {
        let (width, height) = (size.0 as f32, size.1 as f32);
        let bar = |x: f32, y: f32, width: f32, height: f32, color: &gdk::RGBA| {
            snapshot.append_color(color, &graphene::Rect::new(x, y, width, height));
        };
        let color = inks.card(touched.selected, touched.hovered);
        if self.first || self.last {
            fill(snapshot, &self.outline((width, height)), &color);
        } else {
            bar(0.0, 0.0, width, height, &color);
        }
        let (top, bottom) = (if self.first { RADIUS } else { 0.0 }, if self.last { RADIUS } else { 0.0 });
        match inks.border() {
            Some(color) => self.border(snapshot, (width, height), &color),
            None => {
                let side = gdk::RGBA::new(0.0, 0.0, 0.0, SIDE);
                bar(-1.0, top, 1.0, height - top - bottom, &side);
                bar(width, top, 1.0, height - top - bottom, &side);
            }
        }
        if !self.last {
            bar(0.0, height - 1.0, width, 1.0, &inks.line());
        } else if inks.border().is_none() {
            for (below, alpha) in (0_u8..).map(f32::from).zip(SHADOW) {
                let inset = RADIUS * 0.75 + below;
                let color = gdk::RGBA::new(0.0, 0.0, 0.0, alpha);
                bar(inset, height + below, width - 2.0 * inset, 1.0, &color);
            }
        }
    }

    /// The line around a card, where contrast counts more than looks.
    fn border(self, snapshot: &gtk::Snapshot, (width, height): (f32, f32), color: &gdk::RGBA) {
        let side = |on: bool| if on { 1.0 } else { 0.0 };
        let widths = [side(self.first), 1.0, side(self.last), 1.0];
        snapshot.append_border(&self.outline((width, height)), &widths, &[*color; 4]);
    }

    /// Draws above all where the keyboard is.
    pub fn draw_focus(self, snapshot: &gtk::Snapshot, size: (i32, i32), inks: &Inks) {
        let outline = self.outline((size.0 as f32, size.1 as f32));
        snapshot.append_border(&outline, &[FOCUS; 4], &[inks.focus(); 4]);
    }
}
