//! Sentences about findings of virtual machines: what a check is called, what came of it, what that means, what to do.

use gangway_core::checks::Outcome;
use gangway_domain::check::{GuestCheckId, GuestFinding, GuestFix};
use gettextrs::{gettext, ngettext};

use super::super::{DeviceNames, fill};
use super::listing::planned;
use super::{fact, need, outcome_label, size, value};
use crate::guests::CheckedGuest;

/// The title of a check of virtual machines.
pub fn guest_title(check: GuestCheckId) -> String {
    match check {
        GuestCheckId::Identity => gettext("The card that was chosen"),
        GuestCheckId::DeviceThere => gettext("Devices that are there"),
        GuestCheckId::WholeCard => gettext("Whole cards"),
        GuestCheckId::SharedDevice => gettext("Devices of its own"),
        GuestCheckId::Managed => gettext("Devices that leave their drivers"),
        GuestCheckId::RomFile => gettext("ROM file"),
        GuestCheckId::RomSigned => gettext("ROM under Secure Boot"),
        GuestCheckId::Balloon => gettext("No memory balloon"),
        GuestCheckId::Memory => gettext("Memory of the host for it"),
        GuestCheckId::HugePages => gettext("Huge pages for it"),
        GuestCheckId::LockedMemory => gettext("Limit of locked memory"),
        GuestCheckId::Chipset => gettext("Chipset with PCI Express"),
        GuestCheckId::Firmware => gettext("UEFI instead of BIOS"),
        GuestCheckId::Processor => gettext("The host’s processor"),
        GuestCheckId::EmulatedDisplay => gettext("The card as its only display"),
        GuestCheckId::Hypervisor => gettext("Old drivers of NVIDIA"),
        GuestCheckId::HypervFeatures => gettext("What Windows uses in a virtual machine"),
        GuestCheckId::Sockets => gettext("Processors that Windows can use"),
        GuestCheckId::Tpm => gettext("TPM for Windows 11"),
    }
}

/// Why it matters.
pub fn guest_meaning(check: GuestCheckId) -> String {
    match check {
        GuestCheckId::Identity => gettext(
            "The address of a card changes when another card is added, and the machine would get whatever is there now.",
        ),
        GuestCheckId::DeviceThere => gettext("A virtual machine whose device is not there does not start."),
        GuestCheckId::WholeCard => gettext(
            "The functions of a card are reset together, and what stays with the host keeps the card from being reset.",
        ),
        GuestCheckId::SharedDevice => gettext("A device belongs to one virtual machine at a time."),
        GuestCheckId::Managed => gettext(
            "Where libvirt does not take a device from its driver and nobody else has, the machine does not start.",
        ),
        GuestCheckId::RomFile => gettext("QEMU does not start without the ROM file that it is told to use."),
        GuestCheckId::RomSigned => gettext(
            "UEFI with keys runs signed ROMs only, and a file that somebody changed has lost its signature: then there is no picture until the system’s own driver runs.",
        ),
        GuestCheckId::Balloon => gettext(
            "A device may reach all memory of its machine, so all of it stays pinned and a balloon can give nothing back.",
        ),
        GuestCheckId::Memory => gettext(
            "All memory of a machine with a device is taken from the host when it starts, and not as it is needed.",
        ),
        GuestCheckId::HugePages => {
            gettext("A machine on huge pages starts only where enough of them are free.")
        }
        GuestCheckId::LockedMemory => gettext(
            "All memory of a machine with a device is locked, and a limit below it and what QEMU needs ends its start.",
        ),
        GuestCheckId::Chipset => gettext(
            "Drivers of some cards look for PCI Express, and large memory windows have more room there.",
        ),
        GuestCheckId::Firmware => gettext(
            "Today’s graphics cards show the first picture through UEFI; through a BIOS many show none until the driver runs.",
        ),
        GuestCheckId::Processor => {
            gettext("Games and drivers use what the processor can do, and a made-up one cannot do all of it.")
        }
        GuestCheckId::EmulatedDisplay => gettext(
            "The firmware, and often the system, draws on the emulated display first, so the card may stay dark; it is the way in until the card’s driver is installed.",
        ),
        GuestCheckId::Hypervisor => gettext(
            "NVIDIA’s drivers for Windows before 465 (2021) refused to run in a virtual machine (Code 43); newer ones do not and need nothing.",
        ),
        GuestCheckId::HypervFeatures => {
            gettext("Windows asks its hypervisor for these, and is slow where it gets no answer.")
        }
        GuestCheckId::Sockets => gettext(
            "Windows for desktops uses two sockets at most, and leaves the processors in all others idle.",
        ),
        GuestCheckId::Tpm => {
            gettext("Windows 11 asks for a TPM when it is installed and when it gets a new version.")
        }
    }
}

/// What came of it.
pub fn guest_sentence(finding: &GuestFinding, names: &DeviceNames<'_>) -> String {
    match &finding.outcome {
        Outcome::Ok => fill(&gettext("{check}: in order."), &[("check", &guest_title(finding.check))]),
        Outcome::CouldNotTell(missing) => fill(
            &gettext("{check}: this could not be told, because {reason}."),
            &[("check", &guest_title(finding.check)), ("reason", &need(missing))],
        ),
        Outcome::ToDo | Outcome::NotPossible => {
            let values: Vec<(&str, String)> =
                finding.values.iter().map(|(name, said)| (*name, value(said, names))).collect();
            let devices = names.all(&finding.about);
            let mut pairs: Vec<(&str, &str)> = vec![("vm", &finding.machine), ("devices", &devices)];
            pairs.extend(values.iter().map(|(name, said)| (*name, said.as_str())));
            fill(&problem(finding), &pairs)
        }
    }
}

fn problem(finding: &GuestFinding) -> String {
    match finding.check {
        GuestCheckId::Identity if finding.values.iter().any(|(name, _)| *name == "found") => gettext(
            "{address} in “{vm}” is no longer the card that you chose: that one ({chosen}) is {found} now.",
        ),
        GuestCheckId::Identity => gettext(
            "{address} in “{vm}” is no longer the card that you chose: that one ({chosen}) is not in this computer any more.",
        ),
        GuestCheckId::DeviceThere => gettext("“{vm}” has {address}, and this computer has nothing there."),
        GuestCheckId::WholeCard => gettext("“{vm}” has {held}, and {left} of the same card stays behind."),
        GuestCheckId::SharedDevice => gettext("“{vm}” and “{other}” both have {device}."),
        GuestCheckId::Managed => {
            gettext("Nobody takes {device} from the host for “{vm}”, where its driver is “{driver}”.")
        }
        GuestCheckId::RomFile => gettext("The ROM file “{path}” of “{vm}” is not there."),
        GuestCheckId::RomSigned => {
            gettext("“{vm}” starts with Secure Boot and its keys, and with the ROM file “{path}”.")
        }
        GuestCheckId::Balloon => gettext("“{vm}” has a memory balloon, which does nothing beside a device."),
        GuestCheckId::Memory => {
            gettext("“{vm}” wants {wanted} of memory, and the host has {available} to give.")
        }
        GuestCheckId::HugePages => {
            gettext("“{vm}” needs {needed} huge pages of {size}, and {free} are free.")
        }
        GuestCheckId::LockedMemory => {
            gettext("“{vm}” may use {limit} at most, and needs {least} with a device.")
        }
        GuestCheckId::Chipset => gettext("“{vm}” has the chipset i440FX, which knows no PCI Express."),
        GuestCheckId::Firmware => gettext("“{vm}” starts with a BIOS and has a graphics card of the host."),
        GuestCheckId::Processor => gettext("“{vm}” has a processor that is made up by QEMU."),
        GuestCheckId::EmulatedDisplay => {
            gettext("“{vm}” has an emulated display ({model}) beside its graphics card.")
        }
        GuestCheckId::Hypervisor => gettext(
            "“{vm}” shows that it is a virtual machine to the driver of {devices}, and which driver that is cannot be seen from here.",
        ),
        GuestCheckId::HypervFeatures => gettext("“{vm}” runs Windows without {missing}."),
        GuestCheckId::Sockets => {
            gettext("“{vm}” has {sockets} sockets, of which Windows for desktops uses two.")
        }
        GuestCheckId::Tpm => gettext("“{vm}” runs Windows 11 and has no TPM of version 2.0."),
    }
}

/// What to do.
pub fn guest_fix(fix: &GuestFix, names: &DeviceNames<'_>) -> String {
    match fix {
        GuestFix::HandOver { functions } => {
            fill(&gettext("Hand over the rest too: {devices}."), &[("devices", &names.all(functions))])
        }
        GuestFix::TakeBack { address } => fill(
            &gettext("Take {address} back, or put the device back into the computer."),
            &[("address", &address.short())],
        ),
        GuestFix::ChooseAgain { address, found: Some(found) } => fill(
            &gettext("Take {address} back, then hand over {device}."),
            &[("address", &address.short()), ("device", &names.of(*found))],
        ),
        GuestFix::ChooseAgain { address, found: None } => fill(
            &gettext("Take {address} back, then hand over the card that you mean."),
            &[("address", &address.short())],
        ),
        GuestFix::Write { element } => {
            fill(&gettext("Write “{element}” into the definition."), &[("element", element)])
        }
        GuestFix::Remove { element } => fill(
            &gettext("Take “{element}” out of the definition if the card shows no picture."),
            &[("element", element)],
        ),
        GuestFix::OneAtATime { other } => fill(
            &gettext("Start one of them at a time, or take the device back from “{other}”."),
            &[("other", other)],
        ),
        GuestFix::ShutDown { other } => {
            fill(&gettext("Shut “{other}” down before this one starts."), &[("other", other)])
        }
        GuestFix::PutFile { path } => fill(
            &gettext(
                "Put the file to “{path}”, where QEMU may read it, or take the ROM out of the definition.",
            ),
            &[("path", path)],
        ),
        GuestFix::ReserveHugePages { number, size: bytes } => {
            let count = u32::try_from(*number).unwrap_or(u32::MAX);
            let template = ngettext(
                "Reserve {number} huge page of {size} before it starts, or leave huge pages out of the definition.",
                "Reserve {number} huge pages of {size} before it starts, or leave huge pages out of the definition.",
                count,
            );
            fill(&template, &[("number", &number.to_string()), ("size", &size(*bytes))])
        }
        GuestFix::LessMemory => {
            gettext("Give it less memory, or close what uses the host’s memory before it starts.")
        }
        GuestFix::RaiseLimit { least } => fill(
            &gettext("Take <hard_limit> out of the definition, or raise it to {size} at least."),
            &[("size", &size(*least))],
        ),
        GuestFix::NewMachine { wanted } => fill(
            &gettext(
                "If the card makes trouble, build a new virtual machine with {wanted}: a system that is installed may not start after such a change.",
            ),
            &[("wanted", wanted)],
        ),
        GuestFix::RemoveDisplay => gettext(
            "Keep it until the card shows a picture; then set the model of the video device to “none” and keep another way in.",
        ),
        GuestFix::HideFromOldDriver => gettext(
            "Nothing for a driver of 465 or newer. For an older one update it, or hide the hypervisor when you hand over.",
        ),
        GuestFix::HypervFeatures => gettext(
            "Write them into the definition, or switch them on when you hand over a device in Gangway’s window.",
        ),
    }
}

/// The lines about virtual machines, each under its name: what is open, and how many are in order.
pub fn guest_listing(guests: &[CheckedGuest], names: &DeviceNames<'_>) -> Vec<String> {
    guests.iter().flat_map(|guest| of_guest(guest, names)).collect()
}

fn of_guest(guest: &CheckedGuest, names: &DeviceNames<'_>) -> Vec<String> {
    let heading = fill(&gettext("Virtual machine “{vm}”"), &[("vm", &guest.name)]);
    let mut lines = vec![String::new(), heading];
    if let Some(trouble) = &guest.trouble {
        let template = gettext("Its definition could not be understood: {reason}.");
        lines.push(format!("  {}", fill(&template, &[("reason", trouble.trim_end_matches('.'))])));
        return lines;
    }
    for finding in guest.open() {
        let head = fill(
            &gettext("{outcome}: {check}"),
            &[("outcome", &outcome_label(&finding.outcome)), ("check", &guest_title(finding.check))],
        );
        lines.push(format!("  {head}"));
        lines.push(format!("    {}", guest_sentence(finding, names)));
        lines.push(format!("    {}", guest_meaning(finding.check)));
        if let Some(way) = &finding.fix {
            lines.push(format!("    → {}", guest_fix(way, names)));
            lines.extend(finding.command().map(|command| format!("      {command}")));
            lines.extend(finding.intent.as_ref().map(planned));
        }
        lines.extend(finding.evidence.iter().map(|evidence| format!("    {}", fact(evidence))));
    }
    let well = guest.findings.iter().filter(|finding| finding.is_ok()).count();
    let number = u32::try_from(well).unwrap_or(u32::MAX);
    let template = ngettext("{number} check is in order.", "{number} checks are in order.", number);
    lines.push(format!("  {}", fill(&template, &[("number", &number.to_string())])));
    lines
}
