//! The colours of the map. Regions cycle through Paul Tol's muted set, made so that people with any of the usual kinds of
//! colour blindness tell them apart; amber is left for the host and blue for virtual machines. No colour says anything
//! alone: groups carry their number, shared ones a dashed border and hatching, uses a picture and a text.

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// What everything stands on.
    Ground,
    /// A device.
    Card,
    /// The border of a device.
    CardLine,
    /// A bridge.
    Bridge,
    /// The border of a bridge.
    BridgeLine,
    /// A line between boxes.
    Edge,
    /// What matters most.
    Text,
    /// What matters less.
    Dim,
    /// The bar of what the host uses.
    Host,
    /// The bar of what a virtual machine has.
    Machine,
    /// Texts about the host's uses.
    HostText,
    /// Texts about virtual machines.
    MachineText,
    /// The ground of a region.
    Region(usize),
    /// Its border.
    RegionLine(usize),
    /// Its hatching.
    Hatch(usize),
}

/// A colour with its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colour {
    /// Red, green and blue.
    pub rgb: [u8; 3],
    /// From 0 to 1.
    pub alpha: f32,
}

/// Tol's muted set without its yellow and blue, two of them a little darker for white ground.
const REGIONS: [[u8; 3]; 7] = [
    [0x44, 0xaa, 0x99],
    [0xaa, 0x44, 0x99],
    [0xcc, 0x66, 0x77],
    [0x99, 0x99, 0x33],
    [0x55, 0xb3, 0xd9],
    [0x2e, 0x9e, 0x5b],
    [0x6f, 0x66, 0xc4],
];

/// Light or dark, and whether contrast is to be high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Palette {
    /// Light on dark.
    pub dark: bool,
    /// Lines and lesser texts as strong as the others.
    pub high_contrast: bool,
}

impl Palette {
    /// The colour for something.
    pub fn colour(self, ink: Ink) -> Colour {
        let (light, dark) = match ink {
            Ink::Ground => ([0xfa, 0xfa, 0xfb], [0x22, 0x22, 0x26]),
            Ink::Card => ([0xff, 0xff, 0xff], [0x36, 0x36, 0x3a]),
            Ink::Bridge => ([0xeb, 0xeb, 0xed], [0x2e, 0x2e, 0x32]),
            Ink::Edge => ([0xa9, 0xa9, 0xae], [0x74, 0x74, 0x7a]),
            Ink::Text => ([0x2c, 0x2c, 0x30], [0xff, 0xff, 0xff]),
            Ink::Host => ([0xc8, 0x88, 0x00], [0xcd, 0x93, 0x09]),
            Ink::Machine => ([0x35, 0x84, 0xe4], [0x35, 0x84, 0xe4]),
            Ink::HostText => ([0x90, 0x54, 0x00], [0xff, 0xc2, 0x52]),
            Ink::MachineText => ([0x04, 0x61, 0xbe], [0x81, 0xd0, 0xff]),
            Ink::Dim if self.high_contrast => return self.colour(Ink::Text),
            Ink::CardLine | Ink::BridgeLine if self.high_contrast => return self.colour(Ink::Text),
            Ink::Dim => ([0x60, 0x60, 0x66], [0xba, 0xba, 0xbe]),
            Ink::CardLine => ([0xde, 0xde, 0xe1], [0x45, 0x45, 0x4a]),
            Ink::BridgeLine => ([0xc2, 0xc2, 0xc6], [0x5d, 0x5d, 0x62]),
            Ink::Region(index) => return self.region(index, 0.13, 0.20),
            Ink::RegionLine(index) if self.high_contrast => return self.region(index, 1.0, 1.0),
            Ink::RegionLine(index) => return self.region(index, 0.60, 0.75),
            Ink::Hatch(index) => return self.region(index, 0.24, 0.24),
        };
        Colour { rgb: if self.dark { dark } else { light }, alpha: 1.0 }
    }

    fn region(self, index: usize, light: f32, dark: f32) -> Colour {
        let rgb = REGIONS.get(index % REGIONS.len()).copied().unwrap_or_default();
        Colour { rgb, alpha: if self.dark { dark } else { light } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of one opaque colour on another: W3C, Web Content Accessibility Guidelines 2.2, 1.4.3.
    fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
        let luminance = |rgb: [f64; 3]| {
            let linear = |part: f64| {
                let part = part / 255.0;
                if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn over(palette: Palette, ink: Ink, ground: [f64; 3]) -> [f64; 3] {
        let Colour { rgb, alpha } = palette.colour(ink);
        let alpha = f64::from(alpha);
        [0, 1, 2].map(|n| f64::from(rgb[n]) * alpha + ground[n] * (1.0 - alpha))
    }

    #[test]
    fn texts_can_be_read_on_whatever_they_stand_on() {
        for dark in [false, true] {
            let palette = Palette { dark, high_contrast: false };
            let opaque = |ink| over(palette, ink, [0.0; 3]);
            let ground = opaque(Ink::Ground);
            let mut grounds = vec![ground, opaque(Ink::Card), opaque(Ink::Bridge)];
            grounds.extend((0..REGIONS.len()).map(|index| over(palette, Ink::Region(index), ground)));
            for ground in grounds {
                for ink in [Ink::Text, Ink::Dim] {
                    let contrast = contrast(opaque(ink), ground);
                    assert!(contrast >= 4.5, "{ink:?} on {ground:?}, dark {dark}: {contrast:.2}");
                }
            }
            for ink in [Ink::HostText, Ink::MachineText] {
                let contrast = contrast(opaque(ink), opaque(Ink::Card));
                assert!(contrast >= 4.5, "{ink:?}, dark {dark}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn high_contrast_leaves_nothing_pale() {
        let palette = Palette { dark: false, high_contrast: true };
        assert_eq!(palette.colour(Ink::Dim), palette.colour(Ink::Text));
        assert_eq!(palette.colour(Ink::CardLine), palette.colour(Ink::Text));
    }
}
