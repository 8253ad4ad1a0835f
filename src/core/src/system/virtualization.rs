//! What of virtualization is installed and runs: libvirt's daemons and sockets, QEMU, firmware and TPM for guests.
//!
//! Source: libvirt, `docs/daemons.rst`; QEMU, `docs/interop/firmware.json`. Nothing is connected to here.

use super::list;
use super::reader::{Presence, Reader};
use crate::reading::Reading;

/// libvirt, QEMU and what they need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Virtualization {
    /// The one daemon for everything.
    pub libvirtd: Presence,
    /// The daemon for QEMU alone.
    pub virtqemud: Presence,
    /// The socket of the one daemon, and whether the user may use it.
    pub libvirt_socket: Reading<()>,
    /// The socket of the daemon for QEMU, and whether the user may use it.
    pub qemu_socket: Reading<()>,
    /// Whether a socket of either is there.
    pub socket: Presence,
    /// Whether the one daemon is enabled for the next start.
    pub libvirtd_enabled: Presence,
    /// Whether the daemon for QEMU is enabled for the next start.
    pub virtqemud_enabled: Presence,
    /// The sockets of the daemons that belong to the one for QEMU.
    pub companions: Vec<(&'static str, Presence)>,
    /// The user that QEMU runs as, where it is set.
    pub qemu_user: Reading<String>,
    /// The rule of polkit that lets a group manage virtual machines.
    pub polkit_rule: Presence,
    /// polkit itself.
    pub polkit: Presence,
    /// What gives guests of the default network their addresses.
    pub dnsmasq: Presence,
    /// The emulator.
    pub qemu: Presence,
    /// Firmware for guests.
    pub firmware: Reading<Vec<GuestFirmware>>,
    /// A TPM for guests.
    pub swtpm: Presence,
}

/// A firmware image that QEMU's descriptors name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestFirmware {
    /// The descriptor.
    pub path: String,
    /// Whether it is UEFI.
    pub uefi: bool,
    /// Whether it is for 64-bit PCs.
    pub pc: bool,
    /// Whether it does Secure Boot with keys enrolled, as Windows 11 wants it.
    pub secure_boot: bool,
}

/// How libvirt is laid out on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One daemon, `libvirtd`.
    One,
    /// A daemon for each part, `virtqemud` among them.
    Parts,
}

impl Virtualization {
    /// The layout that runs, or that is installed where none does.
    pub fn layout(&self) -> Option<Layout> {
        let there = |socket: &Reading<()>| !socket.is_absent();
        match () {
            () if there(&self.qemu_socket) => Some(Layout::Parts),
            () if there(&self.libvirt_socket) => Some(Layout::One),
            () if self.libvirtd.is_there() => Some(Layout::One),
            () if self.virtqemud.is_there() => Some(Layout::Parts),
            () => None,
        }
    }
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> Virtualization {
    let there = |entries: &[&list::Entry]| reader.there(entries);
    Virtualization {
        libvirtd: there(&[&list::LIBVIRTD, &list::LIBVIRTD_BIN, &list::LIBVIRTD_NIXOS]),
        virtqemud: there(&[&list::VIRTQEMUD, &list::VIRTQEMUD_BIN]),
        libvirt_socket: reader.usable(&list::LIBVIRT_SOCKET),
        qemu_socket: reader.usable(&list::VIRTQEMUD_SOCKET),
        socket: there(&[&list::LIBVIRT_SOCKET, &list::VIRTQEMUD_SOCKET]),
        libvirtd_enabled: there(&[&list::LIBVIRTD_ENABLED]),
        virtqemud_enabled: there(&[&list::VIRTQEMUD_ENABLED]),
        companions: vec![
            ("virtnetworkd", there(&[&list::VIRTNETWORKD_SOCKET])),
            ("virtnodedevd", there(&[&list::VIRTNODEDEVD_SOCKET])),
            ("virtstoraged", there(&[&list::VIRTSTORAGED_SOCKET])),
        ],
        qemu_user: qemu_user(reader.text(&list::QEMU_CONF)),
        polkit_rule: there(&[&list::POLKIT_RULES]),
        polkit: there(&[&list::POLKIT, &list::POLKIT_LIBEXEC, &list::POLKIT_NIXOS]),
        dnsmasq: there(&[&list::DNSMASQ, &list::DNSMASQ_BIN]),
        qemu: there(&[&list::QEMU, &list::QEMU_KVM, &list::QEMU_LIBEXEC, &list::QEMU_NIXOS]),
        firmware: firmware(reader),
        swtpm: there(&[&list::SWTPM, &list::SWTPM_NIXOS]),
    }
}

/// The `user = "…"` of qemu.conf.
fn qemu_user(text: Reading<String>) -> Reading<String> {
    let find = |text: &String| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'']);
            (name.trim() == "user" && !value.is_empty()).then(|| value.to_owned())
        })
    };
    match text {
        Reading::Known(text) => find(&text).map_or(Reading::Absent, Reading::Known),
        other => other,
    }
}

fn firmware(reader: &Reader<'_>) -> Reading<Vec<GuestFirmware>> {
    let folder = reader.there(&[&list::GUEST_FIRMWARE]);
    let texts =
        reader.texts(&list::GUEST_FIRMWARE).into_iter().chain(reader.texts(&list::GUEST_FIRMWARE_ETC));
    let mut all = Vec::new();
    let mut unread = None;
    for (path, text) in texts {
        match text {
            Reading::Known(text) => all.push(descriptor(&path, &text)),
            Reading::Absent => {}
            other => unread = Some(other.map(|_| Vec::new())),
        }
    }
    match unread {
        Some(unread) if all.is_empty() => unread,
        _ if all.is_empty() && folder == Presence::Unknown => Reading::Absent,
        _ => Reading::Known(all),
    }
}

/// A descriptor, by the words in it: its vocabulary is closed, and each word stands in one place alone.
fn descriptor(path: &str, text: &str) -> GuestFirmware {
    let says = |word: &str| text.contains(&format!("\"{word}\""));
    GuestFirmware {
        path: path.to_owned(),
        uefi: says("uefi"),
        pc: says("x86_64"),
        secure_boot: says("secure-boot") && says("enrolled-keys"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_qemu() {
        let of = |text: &str| qemu_user(Reading::Known(text.to_owned()));
        assert_eq!(of("user = \"ada\"\ngroup = \"kvm\"\n"), Reading::Known("ada".to_owned()));
        assert!(of("username = \"x\"\nuser = \"\"\n#user\n").is_absent());
    }

    #[test]
    fn descriptors() {
        let text = r#"{"interface-types": ["uefi"], "targets": [{"architecture": "x86_64"}], "features": ["secure-boot", "enrolled-keys"]}"#;
        let read = descriptor("/x.json", text);
        assert!(read.uefi && read.pc && read.secure_boot);
        let odd = descriptor("/x.json", "not json \"bios\"");
        assert!(!odd.uefi && !odd.pc && !odd.secure_boot);
    }
}
