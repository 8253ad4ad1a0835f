//! What is said of USB: speeds as they stand on boxes, what a device is good for, what it is called.

use gangway_core::devices::Devices;
use gangway_core::devices::storage::BlockKind;
use gangway_core::devices::usb::{UsbDevice, UsbKind};
use gettextrs::gettext;

use super::{fill, usb_kind};

/// A speed of so many kilobits a second, as it stands on boxes: `1.5 Mbit/s`, `10 Gbit/s`.
pub fn usb_rate(kilobits: u32) -> String {
    let number = |unit: u32| match (kilobits / unit, kilobits % unit * 10 / unit) {
        (whole, 0) => whole.to_string(),
        (whole, tenth) => fill(
            // Translators: a number with one digit after the decimal point.
            &gettext("{whole}.{tenth}"),
            &[("whole", &whole.to_string()), ("tenth", &tenth.to_string())],
        ),
    };
    if kilobits >= 1_000_000 {
        return fill(&gettext("{number} Gbit/s"), &[("number", &number(1_000_000))]);
    }
    fill(&gettext("{number} Mbit/s"), &[("number", &number(1000))])
}

/// What a USB device is good for, all of it.
pub fn usb_kinds(device: &UsbDevice) -> String {
    let kinds: Vec<String> = device.kinds.iter().map(|kind| usb_kind(*kind)).collect();
    kinds.join(&gettext(", "))
}

/// The name that people know a USB device by: a stick or disk by what it says itself, a hub as one.
pub fn usb_name(device: &UsbDevice, devices: &Devices) -> String {
    let named = device.product.is_known() || device.maker.is_known();
    let disk = devices.storage.blocks.iter().find(|block| {
        matches!(block.kind, BlockKind::Disk | BlockKind::Optical)
            && block.usb.as_deref() == Some(device.port.as_str())
    });
    let model = disk.and_then(|disk| disk.model.known()).map(|model| model.trim().to_owned());
    match model.filter(|model| !model.is_empty() && !named) {
        Some(model) => model,
        None if !named && device.kinds.contains(&UsbKind::Hub) => gettext("USB hub"),
        None => device.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_said_as_on_boxes() {
        assert_eq!(usb_rate(1_500), "1.5 Mbit/s");
        assert_eq!(usb_rate(480_000), "480 Mbit/s");
        assert_eq!(usb_rate(10_000_000), "10 Gbit/s");
    }
}
