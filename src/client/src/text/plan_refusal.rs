//! Sentences about why a plan of the host is not made: what stands in the way, and the way out of it.

use gangway_core::pci::PciAddress;
use gangway_core::plan::{Doubt, HugePageSize, NoTrial, Paste, Refusal, WayBack};
use gettextrs::gettext;

use super::device::size;
use super::in_use::in_use;
use super::uses::plain;
use super::{DeviceNames, fill, iommu_off, stays, with_reason};

/// Why an intent is not planned, with the way out.
pub fn plan_refusal(refusal: &Refusal, names: &DeviceNames<'_>) -> String {
    match refusal {
        Refusal::Stays(refusal) => stays(refusal, names),
        Refusal::NoIdentity { address } => fill(
            &gettext(
                "The ids of {device} could not be read, so it could not be told from another one later.",
            ),
            &[("device", &names.of(*address))],
        ),
        Refusal::InUse { address, by } => in_use(*address, by, names),
        Refusal::HoldersHidden { address } => fill(
            &gettext(
                "Whether a program has {device} open cannot be seen here, since programs of other users are hidden.",
            ),
            &[("device", &names.of(*address))],
        ),
        Refusal::ManyFiles { address, crowd } => fill(
            &gettext(
                "Whether a program has {device} open cannot be told, since {files} files are open on this computer, and {limit} are looked through: end “{program}” (process {process}), which has {most} of them, then try again.",
            ),
            &[
                ("device", &names.of(*address)),
                ("files", &crowd.files.to_string()),
                ("limit", &crowd.limit.to_string()),
                ("program", &plain(&crowd.name)),
                ("process", &crowd.process.to_string()),
                ("most", &crowd.most.to_string()),
            ],
        ),
        Refusal::DriverWaits { address, hangs: false } => fill(
            &gettext(
                "A driver is letting go of {device}, or taking it up, just now: wait a minute, then try again.",
            ),
            &[("device", &names.of(*address))],
        ),
        Refusal::DriverWaits { address, hangs: true } => fill(
            &gettext("The driver of {device} hangs, and only a restart of the computer ends that."),
            &[("device", &names.of(*address))],
        ),
        Refusal::NoModule { module, release } => fill(
            &gettext(
                "The kernel {release} has no module “{module}”: install the rest of its modules, or start another kernel.",
            ),
            &[("module", module), ("release", release)],
        ),
        Refusal::NotInstalled { package, family } => fill(
            &gettext("Something is missing that this distribution calls “{package}”: install it first."),
            &[("package", package.name(*family))],
        ),
        Refusal::UnknownService { service } => fill(
            &gettext("How this computer runs the service “{service}” is not known: switch it on by hand."),
            &[("service", service)],
        ),
        Refusal::NoAccount { uid } => fill(
            &gettext(
                "The user {number} is not in “/etc/passwd”, so it cannot be put into a group there: ask whoever keeps the accounts.",
            ),
            &[("number", &uid.to_string())],
        ),
        Refusal::NotUnderstood { path, line, reason } => not_understood(path, *line, reason),
        Refusal::Unreadable { path, reason } => with_reason(
            &gettext("“{path}” could not be read{reason}: make it readable, then try again."),
            reason,
            &[("path", path)],
        ),
        Refusal::Iommu { why } => fill(
            &gettext("The IOMMU cannot be turned on from here: {reason}."),
            &[("reason", &iommu_off(why))],
        ),
        Refusal::SwitchedOff { argument, places } => fill(
            &gettext("“{argument}” switches it off, and it stands in {places}: remove it there first."),
            &[("argument", argument), ("places", &super::join(places))],
        ),
        Refusal::NoWayBack { path, why } => way_back(path, *why),
        Refusal::Start { doubt } => start(doubt),
        Refusal::SetElsewhere { path, setting } => fill(
            &gettext("“{path}” sets it already, as “{setting}”: change it there, or remove it there first."),
            &[("path", path), ("setting", setting)],
        ),
        Refusal::NoHugePages { size } => {
            let size = match size {
                HugePageSize::TwoMiB => "2 MiB",
                HugePageSize::OneGiB => "1 GiB",
            };
            fill(
                &gettext("The kernel has no huge pages of {size} on this computer: choose the other size."),
                &[("size", size)],
            )
        }
        Refusal::TooLittleMemory { total, rest, least } => fill(
            &gettext(
                "Of {total} of memory {rest} would stay for the host, which needs {least}: reserve less.",
            ),
            &[("total", &size(*total)), ("rest", &size(*rest)), ("least", &size(*least))],
        ),
        Refusal::Occupied { path } => fill(
            &gettext("“{path}” is there already and is not ours: see what it is for, and move it away."),
            &[("path", path)],
        ),
        Refusal::NoTool { tool } => {
            fill(&gettext("The program “{tool}” is not installed: install it first."), &[("tool", tool)])
        }
        Refusal::Mapped { group, region } => fill(
            &gettext(
                "The firmware uses memory of its own with the group {group} ({region}), so no virtual machine may have what is in it: look for a newer firmware, or use another slot.",
            ),
            &[("group", &group.to_string()), ("region", region)],
        ),
        Refusal::BoundByIds { path, ids, others } => fill(
            &gettext(
                "“{path}” gives every device with the ids {ids} to vfio-pci, {others} as well: take the ids out there first.",
            ),
            &[("path", path), ("ids", ids), ("others", &listed(others, names))],
        ),
        Refusal::NotReservable { address } => fill(
            &gettext(
                "{device} has an address that cannot be reserved from the start: hand it over while the computer runs.",
            ),
            &[("device", &names.of(*address))],
        ),
        Refusal::ReservedAlready { reserve, record } => fill(
            &gettext(
                "There is a reservation already ({reserve}), of the change {record}: undo that one first, then reserve all of it together.",
            ),
            &[("reserve", reserve), ("record", record)],
        ),
        Refusal::NoTrial { why } => no_trial(why),
        Refusal::NotOnTrial { standing } => not_on_trial(standing),
        Refusal::NotKept { part, instead: Some(instead), .. } => fill(
            &gettext("The reservation is not kept as long as this is so: {sentence}"),
            &[("sentence", &super::trial::broken(part, instead, None, names))],
        ),
        Refusal::NotKept { part, instead: None, unread, .. } => with_reason(
            &gettext("The reservation is not kept, because this could not be told{reason}: {sentence}"),
            unread.as_deref().unwrap_or_default(),
            &[("sentence", &super::trial::claim(part, names))],
        ),
        Refusal::ByHand { paste } => fill(
            &gettext(
                "How this computer starts is not known well enough to change it; this can be done by hand: {paste}.",
            ),
            &[("paste", &pasted(paste))],
        ),
    }
}

fn listed(addresses: &[PciAddress], names: &DeviceNames<'_>) -> String {
    super::join(&addresses.iter().map(|address| names.of(*address)).collect::<Vec<_>>())
}

/// Why there is nothing to keep, by the word for how a reservation stands.
fn not_on_trial(standing: &str) -> String {
    match standing {
        "waiting" => gettext("The reservation was not tried yet: restart the computer first."),
        "over" => gettext(
            "The trial is over and this is the system as before: undo the reservation, and ask for it anew.",
        ),
        "confirmed" | "without" => gettext(
            "The reservation was kept already, and something else is started by itself now: undo both changes, and ask for it anew.",
        ),
        "foreign" => gettext(
            "This start has a reservation that no change in effect made, so there is nothing to keep: where it was undone, a restart ends it.",
        ),
        _ => gettext("No reservation is on trial in this start: ask for one first."),
    }
}

/// Why one start cannot be had for certain, and the nearest safe thing.
fn no_trial(why: &NoTrial) -> String {
    match why {
        NoTrial::NotErasable { path, on } if on.is_empty() => fill(
            &gettext(
                "Whether GRUB could erase at “{path}” what it is asked for once is not known, and it would start with it for ever: start such an entry from the boot menu by hand, or with kexec.",
            ),
            &[("path", path)],
        ),
        NoTrial::NotErasable { path, on } => fill(
            &gettext(
                "GRUB cannot write to “{path}”, which is on {kind}, so it would start for ever with what it is asked for once: mount the EFI system partition at “/boot/efi” with a line in “/etc/fstab”, or start such an entry from the boot menu by hand or with kexec.",
            ),
            &[("path", path), ("kind", on)],
        ),
        NoTrial::Loader { name } => fill(
            &gettext(
                "The boot loader {name} cannot be asked to start something once and then as before: use the firmware’s one-time boot menu (BootNext), or kexec.",
            ),
            &[("name", name)],
        ),
        NoTrial::NoVariables => gettext(
            "The firmware’s variables, by which the boot loader is asked for one start, are not there or cannot be written: start such an entry from the boot menu by hand, or with kexec.",
        ),
        NoTrial::Asked { entry } => fill(
            &gettext(
                "The boot loader is asked already to start “{entry}” next: restart the computer first, or take that back with “bootctl set-oneshot ''”.",
            ),
            &[("entry", entry)],
        ),
        NoTrial::Unified => gettext(
            "This computer starts from one image of kernel, initramfs and arguments, beside which a second one cannot be put without its owner’s key: use kexec, or build the image with the reservation yourself.",
        ),
        NoTrial::NoDefault { path } => fill(
            &gettext(
                "Which entry starts by itself is not settled in “{path}”, so the new one could be it: name the present one there with “default”.",
            ),
            &[("path", path)],
        ),
        NoTrial::Copied { path } => fill(
            &gettext(
                "“{path}” is not there, so a kernel that is installed while the computer runs on trial would take over the reservation: write the present arguments of the kernel into it first.",
            ),
            &[("path", path)],
        ),
        NoTrial::Generator { name } => fill(
            &gettext(
                "“{name}” makes an initramfs in which nothing of ours can run before the drivers: install another generator, such as dracut.",
            ),
            &[("name", name)],
        ),
    }
}

/// What to paste where, on one line.
fn pasted(paste: &[Paste]) -> String {
    let one = |paste: &Paste| match &paste.path {
        Some(path) => {
            fill(&gettext("“{text}” into “{path}”"), &[("text", paste.text.trim()), ("path", path)])
        }
        None => fill(&gettext("“{text}” as a command"), &[("text", paste.text.trim())]),
    };
    super::join(&paste.iter().map(one).collect::<Vec<_>>())
}

fn not_understood(path: &str, line: Option<usize>, reason: &str) -> String {
    match line {
        Some(line) => with_reason(
            &gettext(
                "Line {line} of “{path}” cannot be changed without guessing{reason}: change it by hand.",
            ),
            reason,
            &[("path", path), ("line", &line.to_string())],
        ),
        None => with_reason(
            &gettext("“{path}” cannot be changed without guessing{reason}: change it by hand."),
            reason,
            &[("path", path)],
        ),
    }
}

/// Why the former configuration could not be kept.
fn way_back(path: &str, why: WayBack) -> String {
    let reason = match why {
        WayBack::NotRead => gettext("the boot loader does not read entries of others"),
        WayBack::NoEntry => gettext("no entry in it starts the running kernel"),
        WayBack::NotCopied => gettext("the entry of the running kernel cannot be copied for certain"),
        WayBack::Signed => gettext("every file of the start must be signed"),
        WayBack::NoDefault => gettext("which entry starts by itself is not settled"),
        WayBack::NoImage => gettext("an image is not where it should be"),
    };
    let template = gettext(
        "The way the computer starts now could not be kept beside the new one, because of “{path}” ({reason}), so nothing is changed.",
    );
    fill(&template, &[("path", path), ("reason", &reason)])
}

fn start(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Loader => gettext(
            "Which boot loader starts this computer is not known for certain, so nothing is changed: change the kernel’s arguments by hand.",
        ),
        Doubt::Declared => gettext(
            "This computer is made of a configuration that its owner writes: change that, then build it anew.",
        ),
        Doubt::Tool(tool) => fill(
            &gettext(
                "The arguments of the kernel are the business of “{tool}” here, which Gangway does not drive yet: use it by hand.",
            ),
            &[("tool", tool)],
        ),
        Doubt::Pending => gettext(
            "Another version of this system waits for the next start already: restart the computer first, then try again.",
        ),
        Doubt::SignedImages => gettext(
            "The images that this computer starts from are signed, so they cannot be made anew here: change them where they are signed.",
        ),
        Doubt::Generator => gettext(
            "What makes the initramfs of this computer is not known, so nothing is changed: change it by hand.",
        ),
        Doubt::Source(path) => fill(
            &gettext(
                "Where the arguments of the kernel come from is not known for certain, because of “{path}”, so nothing is changed: change them by hand.",
            ),
            &[("path", path)],
        ),
    }
}
