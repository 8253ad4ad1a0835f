//! What the host loses with a device, the worst first; and what cannot be known of that.

use gangway_client::claims::claims;
use gangway_client::text;
use gangway_core::devices::uses::uses;
use gangway_core::devices::{Devices, Loss, Use, VmClaim};
use gangway_core::host::Host;
use gangway_core::pci::{DeviceKind, PciAddress};
use gettextrs::{gettext, ngettext};

use super::{Fact, Line, Sources};

/// So many programs are named; the others are counted.
const PROGRAMS: usize = 6;

/// What virtual machines claim, by libvirt.
pub(super) fn vm_claims(sources: &Sources<'_>, devices: &Devices) -> Vec<VmClaim> {
    claims(sources.machines, &devices.usb)
}

/// The uses of functions that leave together, without those by a virtual machine that has them anyway.
pub(super) fn of_functions(
    sources: &Sources<'_>,
    devices: &Devices,
    leaving: &[PciAddress],
    owner: Option<&str>,
) -> Vec<Use> {
    let found = uses(&sources.snapshot.host, devices, &vm_claims(sources, devices), leaving);
    let found = found.into_iter().map(|used| used.by);
    found
        .filter(|by| !matches!(by, Use::VirtualMachine { name, .. } if Some(name.as_str()) == owner))
        .collect()
}

/// The lines of these uses.
pub(super) fn lines(mut uses: Vec<Use>) -> Vec<Line> {
    uses.sort_by_key(|by| (by.loss(), matches!(by, Use::Program { .. })));
    uses.dedup();
    let is_program = |by: &Use| matches!(by, Use::Program { .. });
    let programs = uses.iter().filter(|by| is_program(by)).count();
    let more = programs.saturating_sub(PROGRAMS);
    let mut named = 0;
    let mut lines: Vec<Line> = Vec::new();
    for by in &uses {
        named += usize::from(is_program(by));
        if !is_program(by) || named <= PROGRAMS {
            let remark = match by.loss() {
                bad @ (Loss::Host | Loss::Access) => text::loss_label(bad),
                Loss::Use | Loss::Little => String::new(),
            };
            lines.push(fact(icon_of(by), text::loss(by), remark));
        }
    }
    if more > 0 {
        let title = ngettext(
            "{count} more program has it open.",
            "{count} more programs have it open.",
            u32::try_from(more).unwrap_or(u32::MAX),
        );
        let title = title.replace("{count}", &more.to_string());
        lines.push(fact("application-x-executable-symbolic", title, String::new()));
    }
    lines
}

fn fact(icon: &'static str, title: String, remark: String) -> Line {
    Line::Fact(Fact { icon, title, remark, monospace: false })
}

/// What could not be looked at, so that more may be lost than is said.
pub(super) fn unknown(host: &Host, devices: &Devices, leaving: &[PciAddress]) -> Vec<Line> {
    let is = |kinds: &[DeviceKind]| {
        leaving.iter().filter_map(|address| host.function(*address)).any(|it| kinds.contains(&it.kind()))
    };
    let mut said = Vec::new();
    let disks = [DeviceKind::Storage, DeviceKind::Nvme, DeviceKind::UsbController];
    if is(&disks) && !(devices.storage.mounts_known && devices.storage.swaps_known) {
        said.push(gettext("Which file systems and swap space are in use could not be read."));
    }
    let networks = [DeviceKind::Network, DeviceKind::Wireless, DeviceKind::UsbController];
    if is(&networks) && !devices.network.routes_known {
        said.push(gettext("Which network the host uses could not be read."));
    }
    if is(&[DeviceKind::UsbController]) && !devices.usb.inputs_known {
        said.push(gettext("Which keyboards and pointers there are could not be read."));
    }
    if is(&[DeviceKind::Graphics, DeviceKind::Audio]) && devices.holders.hidden {
        said.push(gettext("Programs of other users are not shown to you: some may have it open."));
    }
    let unknown = |title| fact("dialog-question-symbolic", title, gettext("Unknown"));
    said.into_iter().map(unknown).collect()
}

/// The picture of a use.
pub fn icon_of(by: &Use) -> &'static str {
    match by {
        Use::Mounted { .. } | Use::Swap | Use::Volume { .. } => "drive-harddisk-symbolic",
        Use::DefaultRoute { wireless: true, .. } => "network-wireless-symbolic",
        Use::DefaultRoute { .. } | Use::Interface { .. } => "network-wired-symbolic",
        Use::BootDisplay | Use::FirmwarePicture { .. } | Use::Screen { .. } => "video-display-symbolic",
        Use::Keyboard { .. } => "input-keyboard-symbolic",
        Use::Pointer { .. } => "input-mouse-symbolic",
        Use::Bluetooth { .. } => "bluetooth-symbolic",
        Use::UsbDevice { .. } => "usb-symbolic",
        Use::Sound { .. } => "audio-speakers-symbolic",
        Use::Program { .. } => "application-x-executable-symbolic",
        Use::VirtualMachine { .. } => "vm-symbolic",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_many_programs_are_counted() {
        let mut uses: Vec<Use> =
            (0..9).map(|process| Use::Program { process, name: "player".to_owned() }).collect();
        uses.push(Use::Swap);
        uses.push(Use::Swap);
        let lines = lines(uses);
        let titles: Vec<&str> = lines
            .iter()
            .map(|line| match line {
                Line::Fact(fact) => fact.title.as_str(),
                Line::Property(_) => "",
            })
            .collect();
        assert_eq!(titles.len(), 1 + PROGRAMS + 1);
        assert!(titles[0].starts_with("Swap space"), "{titles:?}");
        assert_eq!(titles.last(), Some(&"3 more programs have it open."));
    }
}
