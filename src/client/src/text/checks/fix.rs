//! What to do about a finding, as one or two sentences. The command that does it, where one does, is core's.

use gangway_core::checks::Fix;
use gangway_core::system::ArgumentWay;
use gettextrs::gettext;

use super::super::fill;

/// What to do.
pub fn fix(fix: &Fix) -> String {
    match fix {
        Fix::Device(fix) => super::device_fix::device_fix(fix),
        Fix::Firmware { name, board: Some(board), .. } => fill(
            &gettext(
                "Switch on “{name}” in the firmware setup of this computer ({board}); if there is no such switch, the hardware does not have it.",
            ),
            &[("name", name), ("board", board)],
        ),
        Fix::Firmware { name, board: None, .. } => fill(
            &gettext(
                "Switch on “{name}” in the firmware setup of this computer; if there is no such switch, the hardware does not have it.",
            ),
            &[("name", name)],
        ),
        Fix::AddArgument { argument, way } => {
            let place = place(*way);
            fill(
                &gettext("Add “{argument}” to the arguments of the kernel: {place}. Then restart."),
                &[("argument", argument), ("place", &place)],
            )
        }
        Fix::RemoveArgument { argument, way } => {
            let place = place(*way);
            fill(
                &gettext("Remove “{argument}” from the arguments of the kernel: {place}. Then restart."),
                &[("argument", argument), ("place", &place)],
            )
        }
    }
}

/// Where this machine keeps the kernel's arguments, as the part of a sentence that follows a colon.
fn place(way: ArgumentWay) -> String {
    match way {
        ArgumentWay::Grub { variable, command } => fill(
            &gettext("they stand in “{variable}” in /etc/default/grub, and “{command}” makes them count"),
            &[("variable", variable), ("command", command)],
        ),
        ArgumentWay::Grubby => gettext("“grubby” changes them here"),
        ArgumentWay::KernelCmdline { command } => fill(
            &gettext("they stand in /etc/kernel/cmdline, and “{command}” makes them count"),
            &[("command", command)],
        ),
        ArgumentWay::Entries { folder } => fill(
            &gettext("they stand in the lines “options” of the files in {folder}"),
            &[("folder", folder)],
        ),
        ArgumentWay::Kernelstub => gettext("“kernelstub” changes them here"),
        ArgumentWay::RpmOstree => gettext("“rpm-ostree kargs” changes them here"),
        ArgumentWay::NixOs => gettext(
            "they stand in “boot.kernelParams” of the configuration, and “nixos-rebuild boot” makes them count",
        ),
        ArgumentWay::Refind => gettext("they stand in /boot/refind_linux.conf"),
        ArgumentWay::LimineDefault => gettext(
            "they stand in “KERNEL_CMDLINE” in /etc/default/limine, and “limine-update” makes them count",
        ),
        ArgumentWay::Limine => gettext("they stand in the lines “cmdline” of limine.conf"),
        ArgumentWay::Unknown => {
            gettext("which boot loader this computer uses is not known, so look where it keeps them")
        }
    }
}
