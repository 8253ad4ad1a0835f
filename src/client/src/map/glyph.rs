//! The small pictures on the map: outlines of 16 by 16 pixels, filled by the even-odd rule. Those that the window has
//! as icons are taken from their files.

use gangway_core::pci::DeviceKind;

/// A small picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// A graphics card.
    Graphics,
    /// Sound.
    Sound,
    /// A USB controller.
    Usb,
    /// An NVMe disk.
    SolidState,
    /// A disk, or its controller.
    Disk,
    /// A network.
    Network,
    /// A wireless network.
    Wireless,
    /// Any other card.
    Card,
    /// A bridge.
    Bridge,
    /// A part of a chip.
    Chip,
    /// A screen; also a virtual machine.
    Screen,
    /// By itself.
    Alone,
    /// Several together.
    Shared,
    /// Not to be moved.
    Held,
}

impl Glyph {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Graphics,
        Self::Sound,
        Self::Usb,
        Self::SolidState,
        Self::Disk,
        Self::Network,
        Self::Wireless,
        Self::Card,
        Self::Bridge,
        Self::Chip,
        Self::Screen,
        Self::Alone,
        Self::Shared,
        Self::Held,
    ];

    /// The picture of a kind of device.
    pub fn of(kind: DeviceKind) -> Self {
        match kind {
            DeviceKind::Graphics => Self::Graphics,
            DeviceKind::Audio => Self::Sound,
            DeviceKind::UsbController => Self::Usb,
            DeviceKind::Nvme => Self::SolidState,
            DeviceKind::Storage => Self::Disk,
            DeviceKind::Network => Self::Network,
            DeviceKind::Wireless => Self::Wireless,
            DeviceKind::Multimedia | DeviceKind::Processing => Self::Card,
            DeviceKind::HostBridge
            | DeviceKind::IsaBridge
            | DeviceKind::PciBridge
            | DeviceKind::OtherBridge => Self::Bridge,
            DeviceKind::SerialBus
            | DeviceKind::Communication
            | DeviceKind::Memory
            | DeviceKind::System
            | DeviceKind::Encryption
            | DeviceKind::SignalProcessing
            | DeviceKind::Other => Self::Chip,
        }
    }

    /// Whether it is of a device that people look for.
    pub(super) fn is_prominent(self) -> bool {
        !matches!(self, Self::Bridge | Self::Chip)
    }

    /// Its outline, as SVG writes paths.
    pub fn path(self) -> &'static str {
        match self {
            Self::Graphics => {
                outline(include_str!("../../../../data/icons/scalable/actions/gpu-symbolic.svg"))
            }
            Self::Usb => {
                outline(include_str!("../../../../data/icons/scalable/actions/usb-controller-symbolic.svg"))
            }
            Self::Card => {
                outline(include_str!("../../../../data/icons/scalable/actions/expansion-card-symbolic.svg"))
            }
            Self::Bridge => {
                outline(include_str!("../../../../data/icons/scalable/actions/bridge-symbolic.svg"))
            }
            Self::Chip => outline(include_str!("../../../../data/icons/scalable/actions/chip-symbolic.svg")),
            Self::Screen => {
                outline(include_str!("../../../../data/icons/scalable/actions/vm-off-symbolic.svg"))
            }
            Self::Shared => {
                outline(include_str!("../../../../data/icons/scalable/actions/shared-symbolic.svg"))
            }
            Self::Sound => {
                "M1.5 6h2.6L8 2.6v10.8L4.1 10H1.5zM9.8 5.2a4 4 0 0 1 0 5.6l-1-1a2.6 2.6 0 0 0 0-3.6zM11.7 3.2a6.8 6.8 0 0 1 0 9.6l-1-1a5.4 5.4 0 0 0 0-7.6z"
            }
            Self::Disk => {
                "M4 1h8a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2zM4 2.7a.3.3 0 0 0-.3.3v10c0 .2.1.3.3.3h8c.2 0 .3-.1.3-.3V3a.3.3 0 0 0-.3-.3zM8 4.2a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4zM8 6.4a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM5 11.4h3v1.1H5z"
            }
            Self::SolidState => {
                "M4 1h8a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2zM4 2.7a.3.3 0 0 0-.3.3v10c0 .2.1.3.3.3h8c.2 0 .3-.1.3-.3V3a.3.3 0 0 0-.3-.3zM5.2 4.4h5.6v4.2H5.2zM5.2 10h1.4v2.2H5.2zM7.3 10h1.4v2.2H7.3zM9.4 10h1.4v2.2H9.4z"
            }
            Self::Network => {
                "M5.5 1h5v4.2H8.8v2H14v3.3h1.5V15h-4.6v-4.5h1.5V8.8H3.6v1.7h1.5V15H.5v-4.5H2V7.2h5.2v-2H5.5z"
            }
            Self::Wireless => {
                "M8 11a1.8 1.8 0 1 1 0 3.6A1.8 1.8 0 0 1 8 11zM8 7a6.6 6.6 0 0 1 4.7 1.9l-1.2 1.2a4.9 4.9 0 0 0-7 0L3.3 8.9A6.6 6.6 0 0 1 8 7zM8 3a10.6 10.6 0 0 1 7.5 3.1l-1.2 1.2a8.9 8.9 0 0 0-12.6 0L.5 6.1A10.6 10.6 0 0 1 8 3z"
            }
            Self::Alone => "M13.6 3.2l1.3 1.2-8.2 8.4L2 8.3l1.2-1.2 3.4 3.2z",
            Self::Held => {
                "M8 1a3.8 3.8 0 0 1 3.8 3.8V7h.6A1.6 1.6 0 0 1 14 8.6v4.8a1.6 1.6 0 0 1-1.6 1.6H3.6A1.6 1.6 0 0 1 2 13.4V8.6A1.6 1.6 0 0 1 3.6 7h.6V4.8A3.8 3.8 0 0 1 8 1zM8 2.7a2.1 2.1 0 0 0-2.1 2.1V7h4.2V4.8A2.1 2.1 0 0 0 8 2.7z"
            }
        }
    }
}

/// The outline in an icon's file; each has one path.
fn outline(file: &'static str) -> &'static str {
    let path = file.split_once(" d=\"").map_or("", |(_, rest)| rest);
    path.split_once('"').map_or("", |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_has_an_outline() {
        for glyph in Glyph::ALL {
            let path = glyph.path();
            let steps = |letter: char| letter.is_ascii_digit() || " .,-MmLlHhVvCcSsQqTtAaZz".contains(letter);
            assert!(
                path.starts_with('M') && path.ends_with('z') && path.chars().all(steps),
                "{glyph:?}: {path}"
            );
        }
    }
}
