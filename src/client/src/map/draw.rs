//! How the map looks: boxes, lines, regions and legend in terms of a few shapes that any [`Canvas`] can paint. Here is
//! what stands where within a box; where boxes stand is the layout's.

use gettextrs::gettext;

use super::layout::{
    BESIDE, BRIDGE, CARD, CLAIM_GLYPH, END, LABEL, MAIN_ROW, ROOT, ROW, ROW_TEXT, ROWS_TOP, TEXT,
};
use super::{
    Bond, Edge, Glyph, Holder, Ink, Map, Metric, Node, NodeKind, Outline, Point, Rect, Region, Row, Segment,
    TextStyle,
};

/// Something that can be painted on.
pub trait Canvas {
    /// A rectangle with rounded corners.
    fn rect(&mut self, rect: Rect, radius: f64, fill: Option<Fill>, line: Option<Line>);
    /// An outline.
    fn outline(&mut self, outline: &Outline, fill: Option<Fill>, line: Option<Line>);
    /// A text, by the place on its baseline that the anchor names.
    fn text(&mut self, text: &str, at: Point, anchor: Anchor, style: TextStyle, ink: Ink);
    /// A small picture, by its upper left corner.
    fn glyph(&mut self, glyph: Glyph, at: Point, size: f64, ink: Ink);
}

/// What is inside an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    /// The colour.
    pub ink: Ink,
    /// Lines over it: none, in one direction, or crossed.
    pub hatch: Option<(Ink, bool)>,
}

impl Fill {
    const fn plain(ink: Ink) -> Option<Self> {
        Some(Self { ink, hatch: None })
    }
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The colour.
    pub ink: Ink,
    /// How thick it is.
    pub width: f64,
    /// Interrupted.
    pub dashed: bool,
}

impl Line {
    const fn plain(ink: Ink, width: f64) -> Option<Self> {
        Some(Self { ink, width, dashed: false })
    }
}

/// Which part of a text a place is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

const BEND: f64 = 6.0;
const TRUNK: f64 = 2.5;

/// Paints a group, below everything else.
pub fn draw_region(region: &Region, canvas: &mut dyn Canvas) {
    let colour = region.colour;
    let (hatch, glyph) = bond_signs(region.bond, colour);
    canvas.outline(
        &region.outline,
        Some(Fill { ink: Ink::Region(colour), hatch }),
        Some(Line { ink: Ink::RegionLine(colour), width: 1.5, dashed: region.bond != Bond::Isolated }),
    );
    let Point { x, y } = region.label;
    canvas.text(&region.title, Point::new(x, y - 3.0), Anchor::Start, TextStyle::Group, Ink::Text);
    canvas.glyph(glyph, Point::new(x, y + 4.0), 12.0, Ink::Dim);
    canvas.text(
        &region.state,
        Point::new(x + CLAIM_GLYPH, y + 14.0),
        Anchor::Start,
        TextStyle::Small,
        Ink::Dim,
    );
}

fn bond_signs(bond: Bond, colour: usize) -> (Option<(Ink, bool)>, Glyph) {
    match bond {
        Bond::Isolated => (None, Glyph::Alone),
        Bond::Shared => (Some((Ink::Hatch(colour), false)), Glyph::Shared),
        Bond::Held => (Some((Ink::Hatch(colour), true)), Glyph::Held),
    }
}

/// Paints the line to a box, below the boxes.
pub fn draw_edge(map: &Map, edge: &Edge, canvas: &mut dyn Canvas) {
    let (from, to, fork) = (edge.from, edge.to, edge.fork);
    let siblings = map.nodes.get(edge.parent).map_or(&[][..], |parent| parent.children.as_slice());
    let width = stroke(edge.lanes);
    let level = (from.y - to.y).abs() < 0.5;
    if siblings.len() < 2 && level {
        canvas.outline(
            &Outline(vec![Segment::Move(from), Segment::Line(to)]),
            None,
            Line::plain(Ink::Edge, width),
        );
    } else if level {
        let start = Point::new(fork, to.y);
        canvas.outline(
            &Outline(vec![Segment::Move(from), Segment::Line(start)]),
            None,
            Line::plain(Ink::Edge, TRUNK),
        );
        canvas.outline(
            &Outline(vec![Segment::Move(start), Segment::Line(to)]),
            None,
            Line::plain(Ink::Edge, width),
        );
    } else {
        let bend = BEND.min((from.y - to.y).abs());
        let before = Point::new(fork, to.y + if to.y > from.y { -bend } else { bend });
        let after = Point::new(fork + BEND, to.y);
        let mut trunk = Vec::new();
        // Those between the first and the last share their way with these.
        if siblings.first() == Some(&edge.child) || siblings.last() == Some(&edge.child) {
            trunk.extend([Segment::Move(from), Segment::Line(Point::new(fork, from.y))]);
            trunk.push(Segment::Line(before));
        } else {
            trunk.push(Segment::Move(before));
        }
        trunk.push(Segment::Curve(Point::new(fork, to.y), after));
        canvas.outline(&Outline(trunk), None, Line::plain(Ink::Edge, TRUNK));
        canvas.outline(
            &Outline(vec![Segment::Move(after), Segment::Line(to)]),
            None,
            Line::plain(Ink::Edge, width),
        );
    }
    if let Some((label, rect)) = &edge.label {
        canvas.rect(*rect, LABEL.1 / 2.0, Fill::plain(Ink::Ground), Line::plain(Ink::BridgeLine, 1.0));
        let ink = match (label.held_back, label.asleep) {
            (true, _) => Ink::HostText,
            (false, true) => Ink::Dim,
            (false, false) => Ink::Text,
        };
        let at = Point::new(rect.centre().x, rect.centre().y + 3.7);
        canvas.text(&label.text, at, Anchor::Middle, TextStyle::Link, ink);
    }
}

/// The thickness of a link of so many lanes.
fn stroke(lanes: u8) -> f64 {
    match lanes {
        0 => 2.0,
        1 => 1.3,
        2..=3 => 2.0,
        4..=7 => 3.0,
        8..=15 => 4.2,
        _ => 5.6,
    }
}

/// Paints a box.
pub fn draw_node(node: &Node, canvas: &mut dyn Canvas) {
    let Some(main) = node.rows.first() else { return };
    match node.kind {
        NodeKind::Root => {
            canvas.rect(node.rect, 12.0, Fill::plain(Ink::Card), Line::plain(Ink::BridgeLine, 1.0));
            let (x, y) = (node.rect.x + ROOT.0 / 2.0, node.rect.y);
            canvas.glyph(main.glyph, Point::new(x - 10.0, y + 12.0), 20.0, Ink::Text);
            canvas.text(&main.title, Point::new(x, y + 50.0), Anchor::Middle, TextStyle::Name, Ink::Text);
            canvas.text(&main.address, Point::new(x, y + 66.0), Anchor::Middle, TextStyle::Address, Ink::Dim);
        }
        NodeKind::Bridge => draw_bridge(node, main, canvas),
        NodeKind::Device => {
            canvas.rect(node.rect, 9.0, Fill::plain(Ink::Card), Line::plain(Ink::CardLine, 1.0));
            draw_bar(node, canvas);
            if node.compact { draw_compact(node, main, canvas) } else { draw_device(node, main, canvas) }
        }
        NodeKind::Run(_) => {
            let line = Line { ink: Ink::BridgeLine, width: 1.0, dashed: true };
            canvas.rect(node.rect, 9.0, Fill::plain(Ink::Bridge), Some(line));
            draw_compact(node, main, canvas);
        }
    }
    if let Some(note) = node.note.as_ref().filter(|note| note.beside) {
        let at = Point::new(node.rect.right() + BESIDE, node.rect.centre().y + 4.0);
        canvas.text(&note.text, at, Anchor::Start, TextStyle::Small, Ink::Dim);
    }
}

fn draw_bridge(node: &Node, main: &Row, canvas: &mut dyn Canvas) {
    let colour = node.note.as_ref().and_then(|note| note.colour);
    let line = colour.map_or(Ink::BridgeLine, Ink::RegionLine);
    canvas.rect(
        node.rect,
        8.0,
        Fill::plain(Ink::Bridge),
        Line::plain(line, if colour.is_some() { 1.5 } else { 1.0 }),
    );
    draw_bar(node, canvas);
    let (x, y) = (node.rect.x + BRIDGE.0 / 2.0, node.rect.y);
    canvas.text(&main.title, Point::new(x, y + 17.0), Anchor::Middle, TextStyle::Name, Ink::Text);
    canvas.text(&main.address, Point::new(x, y + 31.5), Anchor::Middle, TextStyle::Address, Ink::Dim);
    if let Some(note) = &node.note {
        canvas.text(&note.text, Point::new(x, y + 46.0), Anchor::Middle, TextStyle::Small, Ink::Text);
    }
}

/// The bar at the start of what somebody uses.
fn draw_bar(node: &Node, canvas: &mut dyn Canvas) {
    let holders = || node.rows.iter().filter_map(|row| Some(row.claim.as_ref()?.by));
    let ink = match (holders().any(|by| by == Holder::Machine), holders().next()) {
        (true, _) => Ink::Machine,
        (false, Some(_)) => Ink::Host,
        (false, None) => return,
    };
    let Rect { x, y, height, .. } = node.rect;
    let inset = if height < 36.0 { 5.0 } else { 7.0 };
    canvas.rect(Rect::new(x + 5.0, y + inset, 4.0, height - 2.0 * inset), 2.0, Fill::plain(ink), None);
}

fn draw_compact(node: &Node, main: &Row, canvas: &mut dyn Canvas) {
    let (x, y) = (node.rect.x, node.rect.centre().y);
    canvas.glyph(main.glyph, Point::new(x + 17.0, y - 7.0), 14.0, Ink::Dim);
    canvas.text(&main.title, Point::new(x + TEXT, y + 4.0), Anchor::Start, TextStyle::Row, Ink::Text);
    let end = Point::new(x + CARD - END, y + 4.0);
    canvas.text(&main.address, end, Anchor::End, TextStyle::Address, Ink::Dim);
}

fn draw_device(node: &Node, main: &Row, canvas: &mut dyn Canvas) {
    let (x, y) = (node.rect.x, node.rect.y);
    let end = x + CARD - END;
    canvas.glyph(main.glyph, Point::new(x + 17.0, y + 14.0), 16.0, Ink::Text);
    canvas.text(&main.title, Point::new(x + TEXT, y + 19.0), Anchor::Start, TextStyle::Title, Ink::Text);
    canvas.text(&main.address, Point::new(x + TEXT, y + 34.0), Anchor::Start, TextStyle::Address, Ink::Dim);
    let vendor = Point::new(x + TEXT + main.address_width + 10.0, y + 34.0);
    canvas.text(&main.vendor, vendor, Anchor::Start, TextStyle::Small, Ink::Dim);
    let below = main.claim.as_ref().is_some_and(|claim| claim.below);
    draw_claim(main, Point::new(end, y + if below { 34.0 } else { 26.0 }), canvas);
    if node.rows.len() > 1 {
        let line =
            [Segment::Move(Point::new(x + TEXT, y + MAIN_ROW)), Segment::Line(Point::new(end, y + MAIN_ROW))];
        canvas.outline(&Outline(line.to_vec()), None, Line::plain(Ink::CardLine, 1.0));
    }
    let mut middle = y + MAIN_ROW + ROWS_TOP + ROW / 2.0;
    for row in node.rows.iter().skip(1) {
        canvas.glyph(row.glyph, Point::new(x + TEXT, middle - 6.5), 13.0, Ink::Dim);
        let baseline = middle + 4.0;
        canvas.text(&row.title, Point::new(x + ROW_TEXT, baseline), Anchor::Start, TextStyle::Row, Ink::Text);
        canvas.text(&row.address, Point::new(end, baseline), Anchor::End, TextStyle::Address, Ink::Dim);
        draw_claim(row, Point::new(end - row.address_width - 12.0, baseline), canvas);
        middle += ROW;
    }
}

/// Who uses a row's function; the picture stands before the text.
fn draw_claim(row: &Row, end: Point, canvas: &mut dyn Canvas) {
    let Some(claim) = &row.claim else { return };
    let ink = match claim.by {
        Holder::Host => Ink::HostText,
        Holder::Machine => Ink::MachineText,
    };
    let start = end.x - claim.width;
    canvas.text(&claim.text, Point::new(start, end.y), Anchor::Start, TextStyle::Claim, ink);
    canvas.glyph(claim.glyph, Point::new(start - CLAIM_GLYPH, end.y - 10.0), 12.0, ink);
}

/// Paints what the signs mean, from a place on, in lines of at most this width; gives the height.
pub fn draw_legend(metric: &dyn Metric, at: Point, width: f64, canvas: &mut dyn Canvas) -> f64 {
    const LINE: f64 = 26.0;
    const SIGN: f64 = 20.0;
    let signs = [
        (gettext("Isolated group"), Sign::Group(Bond::Isolated, 0)),
        (gettext("Shared group"), Sign::Group(Bond::Shared, 2)),
        (gettext("Needed by the host"), Sign::Group(Bond::Held, 3)),
        (gettext("Used by the host"), Sign::Bar(Ink::Host)),
        (gettext("Given to a virtual machine"), Sign::Bar(Ink::Machine)),
        (gettext("Link width"), Sign::Links),
        (gettext("Less than the device can do"), Sign::Slower),
    ];
    let mut x = at.x;
    let mut y = at.y + LINE / 2.0;
    for (text, sign) in signs {
        let room = sign.width(SIGN) + 8.0 + metric.width(&text, TextStyle::Small);
        if x > at.x && x + room > at.x + width {
            x = at.x;
            y += LINE;
        }
        sign.draw(Point::new(x, y), SIGN, canvas);
        let start = Point::new(x + sign.width(SIGN) + 8.0, y + 4.0);
        canvas.text(&text, start, Anchor::Start, TextStyle::Small, Ink::Dim);
        x += room + 22.0;
    }
    y + LINE / 2.0 - at.y
}

/// A sign of the legend.
#[derive(Clone, Copy)]
enum Sign {
    Group(Bond, usize),
    Bar(Ink),
    Links,
    Slower,
}

impl Sign {
    fn width(self, usual: f64) -> f64 {
        match self {
            Self::Group(..) => usual,
            Self::Bar(_) => 4.0,
            Self::Links => 52.0,
            Self::Slower => 32.0,
        }
    }

    fn draw(self, at: Point, usual: f64, canvas: &mut dyn Canvas) {
        let Point { x, y } = at;
        match self {
            Self::Group(bond, colour) => {
                let (hatch, _) = bond_signs(bond, colour);
                canvas.rect(
                    Rect::new(x, y - 7.0, usual, 14.0),
                    4.0,
                    Some(Fill { ink: Ink::Region(colour), hatch }),
                    Some(Line { ink: Ink::RegionLine(colour), width: 1.5, dashed: bond != Bond::Isolated }),
                );
            }
            Self::Bar(ink) => canvas.rect(Rect::new(x, y - 7.0, 4.0, 14.0), 2.0, Fill::plain(ink), None),
            Self::Links => {
                for (start, lanes) in [(0.0, 1), (18.0, 4), (36.0, 16)] {
                    let from = Segment::Move(Point::new(x + start, y));
                    let to = Segment::Line(Point::new(x + start + 15.0, y));
                    canvas.outline(&Outline(vec![from, to]), None, Line::plain(Ink::Edge, stroke(lanes)));
                }
            }
            Self::Slower => {
                let rect = Rect::new(x, y - LABEL.1 / 2.0, 32.0, LABEL.1);
                canvas.rect(rect, LABEL.1 / 2.0, Fill::plain(Ink::Ground), Line::plain(Ink::BridgeLine, 1.0));
                let at = Point::new(x + 16.0, y + 3.7);
                canvas.text("×8", at, Anchor::Middle, TextStyle::Link, Ink::HostText);
            }
        }
    }
}
