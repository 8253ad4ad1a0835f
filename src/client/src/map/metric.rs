//! How wide texts are. The layout asks a [`Metric`]: the window's knows its font, [`Sans`] is for a drawing whose font
//! is not known.

use std::borrow::Cow;

/// The styles that texts on the map have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextStyle {
    /// The name of a device.
    Title,
    /// The name of a bridge.
    Name,
    /// A row below the name of a device.
    Row,
    /// An address.
    Address,
    /// What a device is used for.
    Claim,
    /// The number of a group.
    Group,
    /// What is said below it, and in the legend.
    Small,
    /// What is written on a link.
    Link,
}

impl TextStyle {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Name,
        Self::Row,
        Self::Address,
        Self::Claim,
        Self::Group,
        Self::Small,
        Self::Link,
    ];

    /// The size of its letters.
    pub const fn size(self) -> f64 {
        match self {
            Self::Title | Self::Group => 13.0,
            Self::Name => 12.0,
            Self::Row | Self::Small | Self::Claim => 11.5,
            Self::Address | Self::Link => 10.5,
        }
    }

    /// How heavy its letters are, as fonts count it.
    pub const fn weight(self) -> u16 {
        match self {
            Self::Group => 700,
            Self::Title | Self::Name | Self::Claim => 600,
            Self::Row | Self::Address | Self::Small | Self::Link => 400,
        }
    }

    /// Whether all its letters have one width.
    pub const fn monospace(self) -> bool {
        matches!(self, Self::Address | Self::Link)
    }
}

/// Knows how wide letters are.
pub trait Metric {
    /// From one letter to the next, in pixels.
    fn advance(&self, letter: char, style: TextStyle) -> f64;

    /// The width of a text.
    fn width(&self, text: &str, style: TextStyle) -> f64 {
        text.chars().map(|letter| self.advance(letter, style)).sum()
    }
}

/// The widths of a sans serif font that is somewhat wider than most, so that a text fits in whichever is there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sans;

/// How much wider than Helvetica it is. Most interface fonts are 3 to 10 % wider.
const WIDER: f64 = 1.08;
const WIDER_BOLD: f64 = 1.14;
const MONOSPACE: f64 = 0.61;

/// The widths of Helvetica's letters from the blank to the tilde, in thousandths of its size: Adobe's public metrics
/// of the 14 standard fonts.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

impl Metric for Sans {
    fn advance(&self, letter: char, style: TextStyle) -> f64 {
        let em = match letter {
            ' '..='~' if style.monospace() => MONOSPACE,
            ' '..='~' => {
                let index = usize::try_from(u32::from(letter) - u32::from(' ')).unwrap_or(0);
                let width = f64::from(WIDTHS.get(index).copied().unwrap_or(600)) / 1000.0;
                width * if style.weight() >= 600 { WIDER_BOLD } else { WIDER }
            }
            '…' | '—' => 1.0,
            // Marks that stand on the letter before.
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
            // The scripts of East Asia, and pictures.
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' => 1.05,
            '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' => 1.05,
            '\u{1f000}'..='\u{3ffff}' => 1.3,
            _ if style.monospace() => MONOSPACE,
            '\u{80}'..='\u{24f}' => 0.68,
            _ => 0.8,
        };
        em * style.size()
    }
}

/// The text, or as much of it as fits with an ellipsis; empty where not even that fits.
pub fn ellipsize<'a>(metric: &dyn Metric, text: &'a str, style: TextStyle, room: f64) -> Cow<'a, str> {
    let mut width = 0.0;
    let mut fits = 0;
    let dots = metric.advance('…', style);
    for (start, letter) in text.char_indices() {
        if width + dots <= room {
            fits = start;
        }
        width += metric.advance(letter, style);
    }
    if width <= room {
        return Cow::Borrowed(text);
    }
    if dots > room {
        return Cow::Borrowed("");
    }
    let front = text.get(..fits).unwrap_or_default().trim_end();
    Cow::Owned(format!("{front}…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_text_fits_and_keeps_its_letters_whole() {
        for text in
            ["GeForce RTX 3070", "Überlänge: Gerät für Ton", "显卡显卡显卡显卡", "e\u{301}e\u{301}e\u{301}"]
        {
            let whole = Sans.width(text, TextStyle::Title);
            assert_eq!(ellipsize(&Sans, text, TextStyle::Title, whole), text);
            for tenths in 0..10 {
                let room = whole * f64::from(tenths) / 10.0;
                let short = ellipsize(&Sans, text, TextStyle::Title, room);
                assert!(Sans.width(&short, TextStyle::Title) <= room, "{text} in {room}: {short}");
                assert!(short.is_empty() || short.ends_with('…'), "{short}");
            }
        }
    }

    #[test]
    fn addresses_have_one_width_a_letter() {
        let width = |text: &str| Sans.width(text, TextStyle::Address);
        assert!((width("0000:01:00.0") - width("ffff:ff:1f.7")).abs() < 1e-9);
        assert!(Sans.width("W", TextStyle::Row) > Sans.width("i", TextStyle::Row));
    }
}
