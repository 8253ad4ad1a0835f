//! Screens of our own making: a valid EDID base block with a name, a serial and one mode.

/// What a screen says of itself.
pub(super) struct Screen {
    /// The maker's three letters.
    pub(super) maker: &'static [u8; 3],
    pub(super) product: u16,
    /// At most 13 characters.
    pub(super) name: &'static str,
    /// Width and height in centimetres.
    pub(super) size: (u8, u8),
    /// Pixels across and down, with the blanking between, and the clock in units of 10 kHz.
    pub(super) mode: Mode,
}

/// A detailed timing.
pub(super) struct Mode {
    pub(super) across: (u16, u16),
    pub(super) down: (u16, u16),
    pub(super) clock: u16,
}

impl Screen {
    /// The 128 bytes (VESA E-EDID Standard, release A, section 3).
    pub(super) fn edid(&self) -> Vec<u8> {
        let mut block = vec![0, 255, 255, 255, 255, 255, 255, 0];
        let letters = self.maker.iter().fold(0_u16, |sum, letter| sum << 5 | u16::from(letter - b'A' + 1));
        block.extend(letters.to_be_bytes());
        block.extend(self.product.to_le_bytes());
        block.extend(1_u32.to_le_bytes());
        // Week 10 of 2021, version 1.4, digital with 8 bits a colour over DisplayPort, gamma 2.2, sRGB.
        block.extend([10, 31, 1, 4, 0xa5, self.size.0, self.size.1, 120, 0x06]);
        block.extend([0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54]);
        block.extend([0, 0, 0]);
        block.extend([1; 16]);
        block.extend(self.timing());
        block.extend(descriptor(0xfc, self.name));
        block.extend(descriptor(0xff, "SERIAL1"));
        block.extend([0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        block.push(0);
        let sum = block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        block.push(sum.wrapping_neg());
        block
    }

    fn timing(&self) -> [u8; 18] {
        let Mode { across, down, clock } = self.mode;
        let low = |value: u16| value.to_le_bytes()[0];
        let high = |value: u16| value.to_le_bytes()[1];
        let [clock_low, clock_high] = clock.to_le_bytes();
        let (width, height) = (u16::from(self.size.0) * 10, u16::from(self.size.1) * 10);
        [
            clock_low,
            clock_high,
            low(across.0),
            low(across.1),
            high(across.0) << 4 | high(across.1),
            low(down.0),
            low(down.1),
            high(down.0) << 4 | high(down.1),
            48,
            32,
            0x35,
            0,
            low(width),
            low(height),
            high(width) << 4 | high(height),
            0,
            0,
            0x1e,
        ]
    }
}

/// A descriptor that holds text, ended by a line feed and filled with spaces.
fn descriptor(tag: u8, text: &str) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, tag, 0];
    bytes.extend(text.bytes());
    if text.len() < 13 {
        bytes.push(b'\n');
    }
    bytes.resize(18, b' ');
    bytes
}
