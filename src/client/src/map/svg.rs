//! The map as SVG: one file without scripts, links or fonts of its own, with a title and a description for those who do
//! not see it, and an id for every group and device. Whoever opens it has some sans serif font; texts leave room for it.

use std::collections::HashSet;
use std::fmt::Write as _;

use gettextrs::gettext;

use super::{
    Anchor, Bond, Canvas, Colour, Facts, Fill, Glyph, Ink, Line, Map, Node, NodeKind, Outline, Palette,
    Point, Rect, Region, Sans, Segment, TextStyle, draw_edge, draw_legend, draw_node, draw_region,
};
use crate::text;

const FONTS: &str = "'Adwaita Sans',Inter,Cantarell,'Noto Sans','Segoe UI','Helvetica Neue',Arial,sans-serif";
const FIXED: &str = "'Adwaita Mono','DejaVu Sans Mono','Noto Sans Mono',Consolas,Menlo,monospace";
const EDGE: f64 = 24.0;
/// The least width, for the legend.
const LEAST: f64 = 480.0;

/// A machine's map as an SVG document.
pub fn document(facts: &Facts<'_>, palette: Palette) -> String {
    let map = Map::new(facts, &Sans);
    let width = map.width.max(LEAST);
    let mut writer = Writer { out: String::with_capacity(map.nodes.len() * 900), palette };
    let mut legend = Writer { out: String::new(), palette };
    let below = draw_legend(&Sans, Point::new(EDGE, map.height + 4.0), width - 2.0 * EDGE, &mut legend);
    let height = map.height + 4.0 + below + EDGE / 2.0;
    writer.head(facts, &map, Rect::new(0.0, 0.0, width, height));
    let mut ids = HashSet::new();
    for region in &map.regions {
        let number = region.groups.first().map(ToString::to_string).unwrap_or_default();
        let said = format!("{}: {}", region.title, region.state);
        writer.open(&unused(&mut ids, &format!("group-{number}")), &said);
        draw_region(region, &mut writer);
        writer.close();
    }
    writer.push("<g id=\"links\" aria-hidden=\"true\">\n");
    for edge in &map.edges {
        draw_edge(&map, edge, &mut writer);
    }
    writer.close();
    for (index, node) in map.nodes.iter().enumerate() {
        writer.open(&unused(&mut ids, &id(node)), &map.spoken(facts, index));
        draw_node(node, &mut writer);
        writer.close();
    }
    writer.push("<g id=\"legend\">\n");
    writer.push(&legend.out);
    writer.push("</g>\n</svg>\n");
    writer.out
}

/// What a box is called in the document: `device-0000-01-00.0`.
fn id(node: &Node) -> String {
    let word = match node.kind {
        NodeKind::Root => return format!("root-{}", word(node.rows.first().map_or("", |row| &row.address))),
        NodeKind::Bridge => "bridge",
        NodeKind::Device => "device",
        NodeKind::Run(_) => "several",
    };
    let address = node.functions.first().map(ToString::to_string).unwrap_or_default();
    format!("{word}-{}", self::word(&address))
}

fn word(address: &str) -> String {
    address.replace(':', "-")
}

fn unused(ids: &mut HashSet<String>, wanted: &str) -> String {
    let mut id = wanted.to_owned();
    let mut next = 2;
    while !ids.insert(id.clone()) {
        id = format!("{wanted}-{next}");
        next += 1;
    }
    id
}

struct Writer {
    out: String,
    palette: Palette,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Formatting into a string cannot fail.
    fn write(&mut self, arguments: std::fmt::Arguments<'_>) {
        let _never_fails = self.out.write_fmt(arguments);
    }

    fn head(&mut self, facts: &Facts<'_>, map: &Map, size: Rect) {
        let Rect { width, height, .. } = size;
        self.push("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"graphics-document document\" aria-labelledby=\"map-title map-description\">\n",
            w = number(width.ceil()),
            h = number(height.ceil()),
        ));
        let title = escaped(&gettext("Map of the PCI tree"));
        let functions = text::fill(
            &gettextrs::ngettext("{number} PCI function.", "{number} PCI functions.", count(facts)),
            &[("number", &facts.host.functions.len().to_string())],
        );
        let about = escaped(&format!(
            "{functions} {} Gangway {}",
            text::iommu_state(&facts.host.iommu),
            env!("CARGO_PKG_VERSION")
        ));
        self.write(format_args!(
            "<title id=\"map-title\">{title}</title>\n<desc id=\"map-description\">{about}</desc>\n"
        ));
        self.style();
        self.hatches(&map.regions);
        self.rect(size, 0.0, Some(Fill { ink: Ink::Ground, hatch: None }), None);
    }

    fn style(&mut self) {
        self.write(format_args!("<style>text{{font-family:{FONTS}}}"));
        for style in TextStyle::ALL {
            let (class, size, weight) = (class(style), number(style.size()), style.weight());
            self.write(format_args!(".{class}{{font-size:{size}px;font-weight:{weight}"));
            if style.monospace() {
                self.write(format_args!(";font-family:{FIXED}"));
            }
            self.push("}");
        }
        self.push("</style>\n");
    }

    /// The hatching of the groups and of the legend.
    fn hatches(&mut self, regions: &[Region]) {
        let mut wanted: Vec<(usize, bool)> = vec![(2, false), (3, true)];
        wanted.extend(
            regions
                .iter()
                .filter(|region| region.bond != Bond::Isolated)
                .map(|region| (region.colour, region.bond == Bond::Held)),
        );
        wanted.sort_unstable();
        wanted.dedup();
        self.push("<defs>\n");
        for (colour, crossed) in wanted {
            let id = hatch(Ink::Hatch(colour), crossed);
            let line = paint("stroke", self.palette.colour(Ink::Hatch(colour)));
            let cross = if crossed { "M0 0H9" } else { "" };
            self.write(format_args!(
                "<pattern id=\"{id}\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"M0 0V9{cross}\" fill=\"none\"{line} stroke-width=\"1.6\"/></pattern>\n"
            ));
        }
        self.push("</defs>\n");
    }

    fn open(&mut self, id: &str, said: &str) {
        let said = escaped(said);
        self.write(format_args!("<g id=\"{id}\" role=\"graphics-symbol img\"><title>{said}</title>\n"));
    }

    fn close(&mut self) {
        self.push("</g>\n");
    }

    fn paints(&self, fill: Option<Fill>, line: Option<Line>) -> String {
        let mut paints = match fill {
            Some(fill) => paint("fill", self.palette.colour(fill.ink)),
            None => " fill=\"none\"".to_owned(),
        };
        if let Some(line) = line {
            paints += &paint("stroke", self.palette.colour(line.ink));
            paints += &format!(" stroke-width=\"{}\"", number(line.width));
            if line.dashed {
                paints += " stroke-dasharray=\"5 4\"";
            }
        }
        paints
    }

    /// The same shape once more, filled with lines.
    fn hatched(&mut self, shape: &str, fill: Option<Fill>) {
        if let Some((ink, crossed)) = fill.and_then(|fill| fill.hatch) {
            self.write(format_args!("<{shape} fill=\"url(#{})\"/>\n", hatch(ink, crossed)));
        }
    }
}

fn count(facts: &Facts<'_>) -> u32 {
    u32::try_from(facts.host.functions.len()).unwrap_or(u32::MAX)
}

impl Canvas for Writer {
    fn rect(&mut self, rect: Rect, radius: f64, fill: Option<Fill>, line: Option<Line>) {
        let Rect { x, y, width, height } = rect;
        let [x, y, width, height, radius] = [x, y, width, height, radius].map(number);
        let shape = format!("rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"");
        let paints = self.paints(fill, line);
        self.write(format_args!("<{shape}{paints}/>\n"));
        self.hatched(&shape, fill);
    }

    fn outline(&mut self, outline: &Outline, fill: Option<Fill>, line: Option<Line>) {
        let shape = format!("path d=\"{}\"", path(outline));
        let paints = self.paints(fill, line);
        self.write(format_args!("<{shape}{paints}/>\n"));
        self.hatched(&shape, fill);
    }

    fn text(&mut self, text: &str, at: Point, anchor: Anchor, style: TextStyle, ink: Ink) {
        if text.is_empty() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y, class) = (number(at.x), number(at.y), class(style));
        let fill = paint("fill", self.palette.colour(ink));
        let text = escaped(text);
        self.write(format_args!("<text x=\"{x}\" y=\"{y}\" class=\"{class}\"{anchor}{fill}>{text}</text>\n"));
    }

    fn glyph(&mut self, glyph: Glyph, at: Point, size: f64, ink: Ink) {
        let (x, y) = (number(at.x), number(at.y));
        let scale = size / 16.0;
        let fill = paint("fill", self.palette.colour(ink));
        let path = glyph.path();
        self.write(format_args!(
            "<path transform=\"translate({x} {y}) scale({scale})\" d=\"{path}\" fill-rule=\"evenodd\"{fill}/>\n"
        ));
    }
}

fn class(style: TextStyle) -> &'static str {
    match style {
        TextStyle::Title => "title",
        TextStyle::Name => "name",
        TextStyle::Row => "row",
        TextStyle::Address => "address",
        TextStyle::Claim => "claim",
        TextStyle::Group => "group",
        TextStyle::Small => "small",
        TextStyle::Link => "link",
    }
}

fn hatch(ink: Ink, crossed: bool) -> String {
    let colour = if let Ink::Hatch(colour) = ink { colour } else { 0 };
    format!("hatch-{colour}{}", if crossed { "-crossed" } else { "" })
}

fn paint(what: &str, colour: Colour) -> String {
    let [red, green, blue] = colour.rgb;
    let mut text = format!(" {what}=\"#{red:02x}{green:02x}{blue:02x}\"");
    if colour.alpha < 1.0 {
        text += &format!(" {what}-opacity=\"{:.2}\"", colour.alpha);
    }
    text
}

fn path(outline: &Outline) -> String {
    let mut path = String::new();
    for segment in &outline.0 {
        let _never_fails = match segment {
            Segment::Move(Point { x, y }) => write!(path, "M{} {}", number(*x), number(*y)),
            Segment::Line(Point { x, y }) => write!(path, "L{} {}", number(*x), number(*y)),
            Segment::Curve(by, to) => {
                write!(path, "Q{} {} {} {}", number(by.x), number(by.y), number(to.x), number(to.y))
            }
            Segment::Close => write!(path, "Z"),
        };
    }
    path
}

/// With one digit after the point, which is a tenth of a pixel.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// Text as it stands between tags: W3C, XML 1.0, 2.2 and 2.4. What no XML may hold is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}
