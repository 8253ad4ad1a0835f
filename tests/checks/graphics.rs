//! Machines on which a graphics card is needed, held or built in a way that matters.

use gangway_core::checks::CheckId;

use super::lab::Machine;
use super::{BASE, Case, Trip};

/// The card that is to be handed over, and the one that shows the desktop.
pub(super) const GUEST: &str = "/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0";
pub(super) const HOST: &str = "/sys/devices/pci0000:00/0000:00:03.1/0000:06:00.0/0000:07:00.0/0000:08:00.0";

/// The desktop without the card that shows it: the other one is alone.
fn alone(machine: &mut Machine) {
    machine.gone("/sys/bus/pci/devices/0000:08:00.0").gone("/sys/bus/pci/devices/0000:08:00.1");
    machine.file(&format!("{GUEST}/boot_vga"), "1\n");
}

/// A screen on the card that is to be handed over, too.
fn two_screens(machine: &mut Machine) {
    machine.file(&format!("{GUEST}/drm/card0/card0-HDMI-A-1/status"), "connected\n");
}

/// No screen that the kernel knows of.
fn no_screen(machine: &mut Machine) {
    machine.file(&format!("{HOST}/drm/card1/card1-DP-1/status"), "disconnected\n");
}

/// A program has a node open.
fn open(machine: &mut Machine, node: &str) {
    machine.link("/proc/2211/fd/9", node).file("/proc/2211/comm", "blender\n");
}

fn reserved(machine: &mut Machine) {
    let uevent = format!("{GUEST}/uevent");
    machine.replace(&uevent, "DRIVER=nvidia", "DRIVER=vfio-pci");
    machine.link(&format!("{GUEST}/driver"), "../../../../bus/pci/drivers/vfio-pci");
}

pub(super) fn cases() -> Vec<Case> {
    [in_use(), built()].into_iter().flatten().collect()
}

fn in_use() -> Vec<Case> {
    let case = |check, outcome, trips, passes| Case { check, outcome, trips, passes };
    vec![
        case(CheckId::GraphicsOnly, Trip::NotPossible, ("a single graphics card", alone), BASE),
        case(
            CheckId::GraphicsBootDisplay,
            Trip::ToDo,
            ("a single graphics card, which shows the firmware’s picture", alone),
            ("the firmware shows its picture nowhere", |machine| {
                machine.file(&format!("{HOST}/boot_vga"), "0\n");
            }),
        ),
        case(
            CheckId::GraphicsScreens,
            Trip::ToDo,
            ("one screen, on one of two cards", |_| {}),
            ("a screen on each card", two_screens),
        ),
        case(
            CheckId::GraphicsFirmwarePicture,
            Trip::ToDo,
            ("simpledrm holds the card’s memory", |machine| {
                machine.replace(
                    "/proc/iomem",
                    "00000000-00000000 : 0000:01:00.0\n",
                    "00000000-00000000 : 0000:01:00.0\n\t  00000000-00000000 : simpledrm\n",
                );
            }),
            BASE,
        ),
        case(
            CheckId::GraphicsTwin,
            Trip::ToDo,
            ("the desktop’s card has the ids of the other one", |machine| {
                machine.replace(&format!("{HOST}/uevent"), "PCI_ID=1002:743F", "PCI_ID=10DE:2484");
            }),
            BASE,
        ),
        case(
            CheckId::GraphicsPrograms,
            Trip::ToDo,
            ("a program draws with the card", |machine| open(machine, "/dev/dri/card0")),
            BASE,
        ),
        case(
            CheckId::GraphicsPrograms,
            Trip::CouldNotTell,
            ("programs of other users", |machine| {
                machine.denied("/proc/1/fd");
            }),
            BASE,
        ),
        case(
            CheckId::GraphicsNvidiaInUse,
            Trip::ToDo,
            ("a program computes with NVIDIA’s driver", |machine| open(machine, "/dev/nvidiactl")),
            BASE,
        ),
        case(
            CheckId::GraphicsDesktopDriver,
            Trip::ToDo,
            ("the desktop as it is", |_| {}),
            ("no screen is connected to the desktop’s card", no_screen),
        ),
        case(
            CheckId::GraphicsSound,
            Trip::ToDo,
            ("sound plays through the card", |machine| {
                machine.file("/proc/asound/card0/pcm3p/sub0/status", "state: RUNNING\n");
            }),
            BASE,
        ),
        case(
            CheckId::GraphicsSound,
            Trip::CouldNotTell,
            ("the state of an output is not shown", |machine| {
                machine.gone("/proc/asound/card0/pcm3p/sub0/status");
            }),
            BASE,
        ),
    ]
}

fn built() -> Vec<Case> {
    let case = |check, outcome, trips, passes| Case { check, outcome, trips, passes };
    vec![
        case(
            CheckId::GraphicsIntegrated,
            Trip::ToDo,
            ("a laptop with the processor’s graphics", |machine| *machine = Machine::demo("traveller")),
            BASE,
        ),
        case(
            CheckId::GraphicsIntegrated,
            Trip::NotPossible,
            ("a card of the board’s management processor", |machine| {
                machine.replace(&format!("{GUEST}/uevent"), "PCI_ID=10DE:2484", "PCI_ID=1A03:2000");
            }),
            BASE,
        ),
        case(
            CheckId::GraphicsOutputs,
            Trip::ToDo,
            ("a laptop whose second card only renders", |machine| *machine = Machine::demo("traveller")),
            BASE,
        ),
        case(
            CheckId::GraphicsResizableBar,
            Trip::ToDo,
            ("a window of 256 MiB that could be 8 GiB", |machine| {
                machine.file(&format!("{GUEST}/resource1_resize"), "0000000000003f00\n");
            }),
            ("a window of 256 MiB that cannot be larger", |machine| {
                machine.file(&format!("{GUEST}/resource1_resize"), "0000000000000100\n");
            }),
        ),
        case(
            CheckId::GraphicsResizableBar,
            Trip::CouldNotTell,
            ("the card sleeps", |machine| {
                machine.file(&format!("{GUEST}/power_state"), "D3hot\n");
            }),
            BASE,
        ),
        case(CheckId::GraphicsRom, Trip::ToDo, ("NVIDIA’s card shows the firmware’s picture", alone), BASE),
        case(
            CheckId::GraphicsLinkWidth,
            Trip::ToDo,
            ("the desktop as it is: 8 of 16 lanes", |_| {}),
            ("all 16 lanes", |machine| {
                machine.file(&format!("{GUEST}/current_link_width"), "16\n");
            }),
        ),
        case(
            CheckId::GraphicsD3cold,
            Trip::ToDo,
            ("the card sleeps without power", |machine| {
                machine.file(&format!("{GUEST}/power_state"), "D3cold\n");
            }),
            BASE,
        ),
        case(
            CheckId::GraphicsD3cold,
            Trip::CouldNotTell,
            ("an old kernel tells no power state", |machine| {
                machine.gone(&format!("{GUEST}/power_state"));
            }),
            BASE,
        ),
        case(
            CheckId::GraphicsVirtualFunctions,
            Trip::ToDo,
            ("two virtual functions of the card are on", |machine| {
                machine
                    .file(&format!("{GUEST}/sriov_totalvfs"), "7\n")
                    .file(&format!("{GUEST}/sriov_numvfs"), "2\n");
            }),
            ("the card is reserved, and has none", reserved),
        ),
    ]
}
