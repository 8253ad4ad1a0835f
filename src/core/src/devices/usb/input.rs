//! Keyboards and pointers, out of the kernel's table of input devices.
//!
//! Parsing only. What counts as a keyboard or a pointer is decided as udev does it: `src/udev/udev-builtin-input_id.c`;
//! the table is written by `drivers/input/input.c`, the numbers are those of `include/uapi/linux/input-event-codes.h`.

use super::super::storage::usb_device;
use crate::host::attribute;
use crate::pci::PciAddress;

/// The kernel's table of input devices.
pub(crate) const TABLE: &str = "/proc/bus/input/devices";
const RELATIVE: u32 = 2;
const LEFT_BUTTON: u32 = 0x110;
/// The property of what moves a pointer without being the screen itself, such as a touchpad.
const POINTER_PROPERTY: u32 = 0;
const BLUETOOTH_BUS: &str = "0005";

/// A keyboard or a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: InputKind,
    /// The PCI function that it hangs on, such as a USB controller; absent for those of the mainboard itself.
    pub function: Option<PciAddress>,
    /// The USB device that it is, by the name of its port.
    pub usb: Option<String>,
    /// Whether it is on Bluetooth, by whichever adapter.
    pub bluetooth: bool,
}

/// What an input device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputKind {
    /// It has all keys of a keyboard.
    Keyboard,
    /// It moves a pointer.
    Pointer,
}

/// Reads the table. A device that is neither, or that is made by a program, is left out.
pub fn parse_inputs(text: &str) -> Vec<Input> {
    text.split("\n\n").filter_map(input).collect()
}

fn input(block: &str) -> Option<Input> {
    let field = |prefix: &str| block.lines().find_map(|line| line.strip_prefix(prefix));
    let place = field("S: Sysfs=")?;
    let bluetooth = field("I: Bus=").is_some_and(|ids| ids.starts_with(BLUETOOTH_BUS));
    // What a program makes is not there without it; Bluetooth's own way may be through a program, too.
    if place.starts_with("/devices/virtual/") && !bluetooth {
        return None;
    }
    let bits = |prefix: &str| field(prefix).unwrap_or_default();
    let (events, keys, properties) = (bits("B: EV="), bits("B: KEY="), bits("B: PROP="));
    let kind = if is_keyboard(keys) {
        InputKind::Keyboard
    } else if (has(events, RELATIVE) && has(keys, LEFT_BUTTON)) || has(properties, POINTER_PROPERTY) {
        InputKind::Pointer
    } else {
        return None;
    };
    let name = field("N: Name=").unwrap_or_default().trim_matches('"').trim();
    Some(Input {
        name: if name.is_empty() {
            place.rsplit('/').next().unwrap_or_default().to_owned()
        } else {
            name.to_owned()
        },
        kind,
        function: attribute::last_function(place.as_bytes()),
        usb: usb_device(place.as_bytes()),
        bluetooth,
    })
}

/// All of the first 31 keys: escape, digits, and the letters in between.
fn is_keyboard(keys: &str) -> bool {
    (1..32).all(|key| has(keys, key))
}

/// Whether a bit is set in words of 64 bits, the highest first.
fn has(words: &str, bit: u32) -> bool {
    let word = words.split_ascii_whitespace().rev().nth((bit / 64) as usize);
    word.and_then(|word| u64::from_str_radix(word, 16).ok()).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYBOARD: &str = "I: Bus=0003 Vendor=046d Product=c31c Version=0110\nN: Name=\"Logitech USB Keyboard\"\n\
        P: Phys=usb-0000:00:14.0-2/input0\n\
        S: Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/0003:046D:C31C.0001/input/input5\nU: Uniq=\n\
        H: Handlers=sysrq kbd leds event3\nB: PROP=0\nB: EV=120013\n\
        B: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\nB: MSC=10\nB: LED=7\n";
    const MOUSE: &str = "I: Bus=0005 Vendor=046d Product=b034 Version=0013\nN: Name=\"MX Master\"\n\
        S: Sysfs=/devices/virtual/misc/uhid/0005:046D:B034.0009/input/input30\n\
        H: Handlers=mouse2 event9\nB: PROP=0\nB: EV=17\nB: KEY=ffff0000 0 0 0 0\nB: REL=1943\n";
    const POWER: &str = "I: Bus=0019 Vendor=0000 Product=0001 Version=0000\nN: Name=\"Power Button\"\n\
        S: Sysfs=/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0\nB: PROP=0\nB: EV=3\nB: KEY=10000000000000 0\n";
    const TOUCHPAD: &str = "I: Bus=0018 Vendor=04f3 Product=3140 Version=0100\nN: Name=\"Touchpad\"\n\
        S: Sysfs=/devices/pci0000:00/0000:00:15.0/i2c_designware.0/i2c-1/x/input/input12\nB: PROP=5\nB: EV=1b\nB: KEY=e520 10000 0 0 0 0\n";
    const MADE: &str = "I: Bus=0003 Vendor=1 Product=1 Version=1\nN: Name=\"ydotoold\"\n\
        S: Sysfs=/devices/virtual/input/input40\nB: EV=7\nB: KEY=fffffffffffffffe\n";

    #[test]
    fn keyboards_and_pointers_are_told_from_buttons() {
        let inputs = parse_inputs(&[KEYBOARD, MOUSE, POWER, TOUCHPAD, MADE].join("\n"));
        let told: Vec<(&str, InputKind)> =
            inputs.iter().map(|input| (input.name.as_str(), input.kind)).collect();
        let expected = [
            ("Logitech USB Keyboard", InputKind::Keyboard),
            ("MX Master", InputKind::Pointer),
            ("Touchpad", InputKind::Pointer),
        ];
        assert_eq!(told, expected);
        assert_eq!(
            (inputs[0].usb.as_deref(), inputs[0].function),
            (Some("1-2"), "0000:00:14.0".parse().ok())
        );
        assert!(inputs[1].bluetooth && inputs[1].function.is_none());
        assert_eq!(inputs[2].function, "0000:00:15.0".parse().ok());
    }

    #[test]
    fn garbled_tables_hold_no_inputs() {
        assert_eq!(parse_inputs(""), []);
        assert_eq!(parse_inputs("B: KEY=zzz\n\nS: Sysfs=\nB: KEY=\nB: PROP=-1\n\n\n\n"), []);
        assert!(!has("ffff", 64) && !has("", 0) && has("8000000000000000", 63));
    }
}
