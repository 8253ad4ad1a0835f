//! What many of the machines have: screens, a keyboard and a mouse, processors.

use super::edid::{Mode, Screen};
use super::hanging::Plugged;

const INTEL_FLAGS: &str = "fpu vme sse sse2 ht syscall nx lm vmx avx avx2 pdpe1gb";
const AMD_FLAGS: &str = "fpu vme sse sse2 ht syscall nx lm svm avx avx2 pdpe1gb";

/// An Intel processor that virtualizes.
pub(super) const fn intel(name: &str) -> (&str, &str) {
    (name, INTEL_FLAGS)
}

/// An AMD processor that virtualizes.
pub(super) const fn amd(name: &str) -> (&str, &str) {
    (name, AMD_FLAGS)
}

/// A desktop's screen.
pub(super) fn screen() -> Vec<u8> {
    let mode = Mode { across: (2560, 160), down: (1440, 41), clock: 24_150 };
    Screen { maker: b"DEL", product: 0x41d9, name: "Dell U2719D", size: (60, 34), mode }.edid()
}

/// The panel of a laptop.
pub(super) fn panel() -> Vec<u8> {
    let mode = Mode { across: (1920, 160), down: (1200, 35), clock: 15_425 };
    Screen { maker: b"BOE", product: 0x0a1b, name: "Panel 16", size: (34, 22), mode }.edid()
}

/// Three outputs without a screen.
pub(super) const DARK: [(&str, Option<Vec<u8>>); 3] = [("DP-1", None), ("DP-2", None), ("HDMI-A-1", None)];

/// Outputs of which the first has a screen.
pub(super) fn lit() -> [(&'static str, Option<Vec<u8>>); 3] {
    [("DP-1", Some(screen())), ("DP-2", None), ("HDMI-A-1", None)]
}

/// A keyboard and a mouse on the first bus of a computer.
pub(super) const DESK: [Plugged; 2] = [
    Plugged {
        port: "1-3",
        id: "046d:c31c",
        maker: "Logitech",
        product: "USB Keyboard",
        speed: "1.5",
        interfaces: &["3/1/1 usbhid", "3/0/0 usbhid"],
    },
    Plugged {
        port: "1-4",
        id: "046d:c077",
        maker: "Logitech",
        product: "USB Optical Mouse",
        speed: "1.5",
        interfaces: &["3/1/2 usbhid"],
    },
];

/// A plain disk: the partition with the boot loaders and one for everything else.
pub(super) const PLAIN: [(&str, u32, &str, &str); 2] =
    [("nvme0n1p1", 1, "vfat", "/boot/efi"), ("nvme0n1p2", 2, "ext4", "/")];
/// Where such a disk is below its controller.
pub(super) const NVME: &str = "nvme/nvme0/nvme0n1";
/// The same of a SATA disk.
pub(super) const SATA: &str = "ata1/host0/target0:0:0/0:0:0:0/block/sda";
