//! What to do about a finding, as one or two sentences. The command that does it, where one does, is core's.

use gangway_core::checks::{Fix, Package};
use gangway_core::system::{ArgumentWay, Family, Generator, Image, Layout};
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
        Fix::IsolateOtherwise { argument, way } => {
            let place = place(*way);
            fill(
                &gettext(
                    "Remove “{argument}” from the arguments of the kernel: {place}. Then restart, and get isolation otherwise: put the card into another slot, switch on ACS and AER in the firmware setup, or hand over the whole group.",
                ),
                &[("argument", argument), ("place", &place)],
            )
        }
        Fix::UpdateFirmware { board: Some(board) } => {
            fill(&gettext("Install the newest firmware for this computer ({board})."), &[("board", board)])
        }
        Fix::UpdateFirmware { board: None } => gettext("Install the newest firmware for this computer."),
        Fix::OtherKernel { wanted } => fill(
            &gettext("Start a kernel with {wanted}; those that distributions build for desktops have it."),
            &[("wanted", wanted)],
        ),
        Fix::ReadLog => {
            gettext("Look into the kernel’s log for the reason, then try newer firmware or another kernel.")
        }
        Fix::StartWithoutXen => gettext("Restart and choose Linux without Xen in the boot menu."),
        Fix::Restart => gettext("Restart the computer."),
        Fix::KeepReservation => {
            gettext("Keep the reservation, if all works that you need; otherwise undo it.")
        }
        Fix::UndoReservation => gettext(
            "Undo the changes that made it, the last one first; the records of this computer list them.",
        ),
        Fix::RenewReservation => gettext(
            "Undo the changes that made it, the last one first, then ask for it anew: with the kernel and the devices of now.",
        ),
        Fix::ApplyArguments { command: Some(command) } => {
            fill(&gettext("Run “{command}” as administrator, and restart."), &[("command", command)])
        }
        Fix::ApplyArguments { command: None } => gettext("Restart the computer."),
        Fix::SetModuleOption { module, option } => fill(
            &gettext("Write “options {module} {option}” into a file in /etc/modprobe.d, and restart."),
            &[("module", module), ("option", option)],
        ),
        Fix::LoadModule { module } => fill(&gettext("Load the module “{module}”."), &[("module", module)]),
        Fix::SignModule { path } => fill(
            &gettext(
                "Sign {path} with a key of your own, and enrol that with “mokutil --import” and a restart.",
            ),
            &[("path", path)],
        ),
        Fix::RebuildImage => gettext("Build and sign the image anew whenever the arguments change."),
        Fix::RemoveFrom { path, word, .. } => {
            fill(&gettext("Take “{word}” out of {path}."), &[("word", word), ("path", path)])
        }
        Fix::AddTo { path, list, word, .. } => fill(
            &gettext("Add “{word}” to “{list}” in {path}, and make the initramfs anew."),
            &[("word", word), ("list", list), ("path", path)],
        ),
        Fix::LoadVfioEarly { generator } => early(*generator),
        Fix::FewerHugePages => gettext(
            "Reserve fewer huge pages: a smaller number for “hugepages” on the kernel command line, or for “vm.nr_hugepages” in /etc/sysctl.d.",
        ),
        Fix::UseImage { image } => use_image(*image),
        Fix::Install { package, family, image } => install(*package, *family, *image),
        Fix::Start { layout: Layout::One, .. } => {
            gettext("Start libvirtd, now and with each start of the computer.")
        }
        Fix::Start { layout: Layout::Parts, .. } => {
            gettext("Start libvirt’s daemons, now and with each start of the computer.")
        }
        Fix::DisableLibvirtd => gettext("Disable libvirtd, and leave libvirt’s separate daemons enabled."),
        Fix::JoinGroup { group } => {
            fill(&gettext("Join the group “{group}”, then log out and in."), &[("group", group)])
        }
        Fix::LeaveGroup { group } => {
            fill(&gettext("Leave the group “{group}”, then log out and in."), &[("group", group)])
        }
        Fix::LogInAgain => gettext("Log out and in."),
    }
}

/// How the initramfs of this machine gets vfio-pci.
fn early(generator: Option<Generator>) -> String {
    match generator {
        Some(Generator::Dracut) => gettext(
            "Write “force_drivers+=\" vfio vfio_iommu_type1 vfio-pci \"” into a file in /etc/dracut.conf.d, and make the initramfs anew.",
        ),
        Some(Generator::InitramfsTools) => gettext(
            "Put vfio_pci into /etc/initramfs-tools/modules, write “softdep” lines for the graphics drivers into a file in /etc/modprobe.d, and make the initramfs anew.",
        ),
        Some(Generator::Mkinitcpio) => gettext(
            "Put vfio_pci, vfio and vfio_iommu_type1 at the front of MODULES in /etc/mkinitcpio.conf, and make the initramfs anew.",
        ),
        Some(Generator::Booster) => gettext(
            "Put vfio_pci, vfio and vfio_iommu_type1 into “modules_force_load” in /etc/booster.yaml, and make the initramfs anew.",
        ),
        None => gettext("Let the initramfs load vfio-pci before the graphics drivers."),
    }
}

/// How a system that comes from an image is changed.
fn use_image(image: Image) -> String {
    match image {
        Image::Ostree => gettext(
            "Change arguments with “rpm-ostree kargs”, the initramfs with “rpm-ostree initramfs”, packages with “rpm-ostree install”.",
        ),
        Image::NixOs => gettext("Change the configuration in /etc/nixos, and run “nixos-rebuild boot”."),
        Image::Transactional => {
            gettext("Change packages with “transactional-update”, and restart into the new snapshot.")
        }
        Image::No => gettext("Nothing is to do."),
    }
}

/// How to install something here.
fn install(package: Package, family: Family, image: Image) -> String {
    if image == Image::NixOs || family == Family::NixOs {
        return gettext(
            "Set “virtualisation.libvirtd.enable = true;” in the configuration, and run “nixos-rebuild switch”.",
        );
    }
    let name = package.name(family);
    fill(&gettext("Install what this distribution calls “{package}”."), &[("package", name)])
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
