//! The map on a cairo surface: in the window, and as a picture. Texts are laid out by Pango in the font of the desktop;
//! their layouts are kept, since a frame shows mostly what the one before it showed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::Arc;

use gangway_client::map::{
    Anchor, Canvas, Colour, Fill, Glyph, Ink, Line, Map, Metric, Outline, Palette, Point, Rect, Segment,
    TextStyle, draw_edge, draw_node, draw_region,
};
use relm4::gtk::{cairo, gsk, pango};

/// Letters lower than this on the screen are not painted.
const READABLE: f64 = 3.5;
/// More layouts than this are not kept.
const KEPT: usize = 3000;
const HATCH: f64 = 9.0;

/// The small pictures as cairo has outlines. They are read on the main thread, and can be used on any.
pub struct Pictures(HashMap<Glyph, Vec<cairo::PathSegment>>);

impl Pictures {
    /// Reads them.
    pub fn new() -> Self {
        let outline = |glyph: Glyph| {
            let surface = cairo::ImageSurface::create(cairo::Format::A8, 1, 1).ok()?;
            let cairo = cairo::Context::new(&surface).ok()?;
            gsk::Path::parse(glyph.path()).ok()?.to_cairo(&cairo);
            Some((glyph, cairo.copy_path().ok()?.iter().collect()))
        };
        Self(Glyph::ALL.into_iter().filter_map(outline).collect())
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self::new()
    }
}

/// The fonts of the map, with the widths of their letters, and its pictures.
pub struct Fonts {
    pictures: Arc<Pictures>,
    context: pango::Context,
    family: String,
    widths: RefCell<HashMap<(char, TextStyle), f64>>,
    layouts: RefCell<HashMap<TextStyle, HashMap<String, pango::Layout>>>,
}

impl Fonts {
    /// The fonts that a family has; the empty one is the usual sans serif font.
    pub fn new(family: &str, pictures: Arc<Pictures>) -> Self {
        use pangocairo::prelude::FontMapExt as _;
        let context = pangocairo::FontMap::default().create_context();
        if let Ok(mut options) = cairo::FontOptions::new() {
            // Widths stay in proportion at every zoom.
            options.set_hint_metrics(cairo::HintMetrics::Off);
            options.set_hint_style(cairo::HintStyle::None);
            pangocairo::functions::context_set_font_options(&context, Some(&options));
        }
        context.set_round_glyph_positions(false);
        let family = if family.is_empty() { "sans-serif" } else { family }.to_owned();
        Self { pictures, context, family, widths: RefCell::default(), layouts: RefCell::default() }
    }

    /// What this family is called.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// Its pictures, for another thread's fonts.
    pub fn pictures(&self) -> Arc<Pictures> {
        self.pictures.clone()
    }

    fn layout(&self, text: &str, style: TextStyle) -> pango::Layout {
        let mut layouts = self.layouts.borrow_mut();
        let of_style = layouts.entry(style).or_default();
        if let Some(layout) = of_style.get(text) {
            return layout.clone();
        }
        if of_style.len() >= KEPT {
            of_style.clear();
        }
        let layout = self.new_layout(text, style);
        of_style.insert(text.to_owned(), layout.clone());
        layout
    }

    fn new_layout(&self, text: &str, style: TextStyle) -> pango::Layout {
        let mut font = pango::FontDescription::new();
        font.set_family(if style.monospace() { "monospace" } else { &self.family });
        font.set_absolute_size(style.size() * f64::from(pango::SCALE));
        font.set_weight(match style.weight() {
            700.. => pango::Weight::Bold,
            600.. => pango::Weight::Semibold,
            _ => pango::Weight::Normal,
        });
        let layout = pango::Layout::new(&self.context);
        layout.set_font_description(Some(&font));
        layout.set_single_paragraph_mode(true);
        layout.set_text(text);
        layout
    }
}

impl Metric for Fonts {
    fn advance(&self, letter: char, style: TextStyle) -> f64 {
        let known = self.widths.borrow().get(&(letter, style)).copied();
        known.unwrap_or_else(|| {
            let (width, _) = self.new_layout(letter.encode_utf8(&mut [0; 4]), style).size();
            let width = f64::from(width) / f64::from(pango::SCALE);
            self.widths.borrow_mut().insert((letter, style), width);
            width
        })
    }
}

/// A cairo surface that is painted on.
pub struct Painter<'a> {
    pub cairo: &'a cairo::Context,
    pub fonts: &'a Fonts,
    pub palette: Palette,
    /// How large a pixel of the map is.
    pub zoom: f64,
    /// What of the map is seen; lines outside of it need not be made.
    pub seen: Rect,
}

impl Painter<'_> {
    /// Paints what is seen of a map.
    pub fn map(&mut self, map: &Map) {
        let seen = self.seen;
        for region in map.regions.iter().filter(|region| region.rect.overlaps(&seen)) {
            draw_region(region, self);
        }
        for edge in map.edges.iter().filter(|edge| reaches(edge, &seen)) {
            draw_edge(map, edge, self);
        }
        // A device without a group has a note beside it.
        let near = Rect::new(seen.x - 200.0, seen.y, seen.width + 200.0, seen.height);
        for node in map.nodes.iter().filter(|node| node.rect.overlaps(&near)) {
            draw_node(node, self);
        }
    }

    /// A ring around the box that was come to; a wider one where the keyboard is at it.
    pub fn ring(&mut self, rect: &Rect, focused: bool) {
        // As wide on the screen at every zoom.
        let line = |width: f64| Some(Line { ink: Ink::Machine, width: width / self.zoom, dashed: false });
        let (line, by) = if focused { (line(3.0), 2.5) } else { (line(2.0), 1.0) };
        self.rect(rect.grown(by / self.zoom), 10.0, None, line);
    }

    fn set(&self, ink: Ink) {
        let Colour { rgb: [red, green, blue], alpha } = self.palette.colour(ink);
        let part = |value: u8| f64::from(value) / 255.0;
        self.cairo.set_source_rgba(part(red), part(green), part(blue), f64::from(alpha));
    }

    /// Paints the outline that was made.
    fn finish(&self, fill: Option<Fill>, line: Option<Line>) {
        let cairo = self.cairo;
        if let Some(fill) = fill {
            self.set(fill.ink);
            done(cairo.fill_preserve());
            if let Some((ink, crossed)) = fill.hatch {
                self.hatch(ink, crossed);
            }
        }
        match line {
            Some(line) => {
                self.set(line.ink);
                cairo.set_line_width(line.width);
                cairo.set_dash(if line.dashed { &[5.0, 4.0] } else { &[] }, 0.0);
                done(cairo.stroke());
            }
            None => cairo.new_path(),
        }
    }

    /// Slanting lines inside the outline that was made, which stays.
    fn hatch(&self, ink: Ink, crossed: bool) {
        let cairo = self.cairo;
        let Ok(path) = cairo.copy_path() else { return };
        let Ok((left, top, right, bottom)) = cairo.fill_extents() else { return };
        let left = left.max(self.seen.x);
        let right = right.min(self.seen.right());
        let top = top.max(self.seen.y);
        let bottom = bottom.min(self.seen.bottom());
        // As an upright pattern of this distance that was turned by an eighth.
        let step = HATCH * std::f64::consts::SQRT_2;
        if self.zoom * step >= 3.0 && left < right && top < bottom {
            done(cairo.save());
            cairo.clip();
            self.set(ink);
            cairo.set_line_width(1.6);
            cairo.set_dash(&[], 0.0);
            let down = bottom - top;
            let mut at = ((left + top) / step).floor() * step;
            while at < right + bottom {
                cairo.move_to(at - top, top);
                cairo.line_to(at - bottom, bottom);
                at += step;
            }
            if crossed {
                let mut at = ((left - bottom) / step).floor() * step;
                while at < right - top {
                    cairo.move_to(at + top, top);
                    cairo.line_to(at + top + down, bottom);
                    at += step;
                }
            }
            done(cairo.stroke());
            done(cairo.restore());
        }
        cairo.new_path();
        cairo.append_path(&path);
    }
}

/// Whether any of a line can be seen; its way from the box above may be long.
fn reaches(edge: &gangway_client::map::Edge, seen: &Rect) -> bool {
    let (top, bottom) = (edge.from.y.min(edge.to.y), edge.from.y.max(edge.to.y));
    let way = Rect::new(edge.from.x, top, edge.to.x - edge.from.x, bottom - top);
    way.grown(10.0).overlaps(seen)
}

/// Painting fails where the surface did, and then nothing of it can be seen.
fn done(result: Result<(), cairo::Error>) {
    let _nothing_to_see = result;
}

impl Canvas for Painter<'_> {
    fn rect(&mut self, rect: Rect, radius: f64, fill: Option<Fill>, line: Option<Line>) {
        let cairo = self.cairo;
        let radius = radius.min(rect.width / 2.0).min(rect.height / 2.0);
        cairo.new_path();
        if radius * self.zoom < 0.7 {
            cairo.rectangle(rect.x, rect.y, rect.width, rect.height);
        } else {
            let (left, right) = (rect.x + radius, rect.right() - radius);
            let (top, bottom) = (rect.y + radius, rect.bottom() - radius);
            cairo.arc(right, top, radius, -FRAC_PI_2, 0.0);
            cairo.arc(right, bottom, radius, 0.0, FRAC_PI_2);
            cairo.arc(left, bottom, radius, FRAC_PI_2, PI);
            cairo.arc(left, top, radius, PI, 3.0 * FRAC_PI_2);
            cairo.close_path();
        }
        self.finish(fill, line);
    }

    fn outline(&mut self, outline: &Outline, fill: Option<Fill>, line: Option<Line>) {
        let cairo = self.cairo;
        cairo.new_path();
        let mut at = Point::default();
        for segment in &outline.0 {
            match *segment {
                Segment::Move(to) => {
                    cairo.move_to(to.x, to.y);
                    at = to;
                }
                Segment::Line(to) => {
                    cairo.line_to(to.x, to.y);
                    at = to;
                }
                Segment::Curve(by, to) => {
                    // The same curve with the two control points of a cubic one.
                    let nearer = |end: Point| {
                        Point::new(end.x + (by.x - end.x) * 2.0 / 3.0, end.y + (by.y - end.y) * 2.0 / 3.0)
                    };
                    let (first, second) = (nearer(at), nearer(to));
                    cairo.curve_to(first.x, first.y, second.x, second.y, to.x, to.y);
                    at = to;
                }
                Segment::Close => cairo.close_path(),
            }
        }
        self.finish(fill, line);
    }

    fn text(&mut self, text: &str, at: Point, anchor: Anchor, style: TextStyle, ink: Ink) {
        if text.is_empty() || style.size() * self.zoom < READABLE {
            return;
        }
        let layout = self.fonts.layout(text, style);
        let scale = f64::from(pango::SCALE);
        let width = f64::from(layout.size().0) / scale;
        let x = match anchor {
            Anchor::Start => at.x,
            Anchor::Middle => at.x - width / 2.0,
            Anchor::End => at.x - width,
        };
        self.set(ink);
        self.cairo.move_to(x, at.y - f64::from(layout.baseline()) / scale);
        pangocairo::functions::show_layout(self.cairo, &layout);
        self.cairo.new_path();
    }

    fn glyph(&mut self, glyph: Glyph, at: Point, size: f64, ink: Ink) {
        if size * self.zoom < READABLE {
            return;
        }
        let Some(path) = self.fonts.pictures.0.get(&glyph) else { return };
        let cairo = self.cairo;
        done(cairo.save());
        cairo.translate(at.x, at.y);
        cairo.scale(size / 16.0, size / 16.0);
        cairo.new_path();
        for segment in path {
            match *segment {
                cairo::PathSegment::MoveTo((x, y)) => cairo.move_to(x, y),
                cairo::PathSegment::LineTo((x, y)) => cairo.line_to(x, y),
                cairo::PathSegment::CurveTo((a, b), (c, d), (x, y)) => cairo.curve_to(a, b, c, d, x, y),
                cairo::PathSegment::ClosePath => cairo.close_path(),
            }
        }
        cairo.set_fill_rule(cairo::FillRule::EvenOdd);
        self.set(ink);
        done(cairo.fill());
        done(cairo.restore());
    }
}
