//! A reservation with a boot entry of its own, on the base: the graphics card at 01:00, at each stage, and with something
//! that is not as it was promised.

use gangway_core::checks::CheckId;
use gangway_core::config::{Reservation, Reserved, grub_env};
use gangway_core::devices::Identity;
use gangway_core::trial::{self, Entry, Failure, Promise, Request, Stage, State, Twin};

use super::lab::{Machine, Put};
use super::{Case, Trip, case};

/// The kernel's release of the base.
pub const RELEASE: &str = "6.12.43+deb13-amd64";
/// The environment file of the reservation.
pub const ENV: &str = "/boot/gangway/env";
/// The file with the entry.
pub const CUSTOM: &str = "/boot/grub/custom.cfg";
/// The image of the entry.
pub const IMAGE: &str = "/boot/gangway/initrd.img-6.12.43+deb13-amd64";
/// The kernel of the entry.
pub const KERNEL: &str = "/boot/gangway/vmlinuz-6.12.43+deb13-amd64";
/// The menu of the former system.
pub const MENU: &str = "/boot/grub/grub.cfg";
/// The SHA-256 of `image`.
const DIGEST: &str = "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d";
const ARMED_IN: &str = "2f2b5c53-7f44-4d26-9d1a-0d4a6f4f3a51";
const THIS_BOOT: &str = "b7a3c1de-0000-4000-8000-000000000001";

/// What was reserved of the base.
///
/// # Panics
/// When the base has lost its card.
#[expect(clippy::expect_used, reason = "called by tests only")]
pub fn state(stage: Stage) -> State {
    let model = Machine::desktop().model();
    let functions: Vec<_> = ["01:00.0", "01:00.1", "01:00.2", "01:00.3"]
        .into_iter()
        .map(|address| address.parse().expect("an address"))
        .collect();
    let devices: Vec<Identity> = functions
        .into_iter()
        .map(|address| Identity::of(&model.host, None, address).expect("a function of the base"))
        .collect();
    let reserved = |device: &Identity| Reserved::new(device.address, device.id.0, device.id.1);
    let reserve = devices.iter().filter_map(reserved).collect();
    let twin = Twin { address: "08:00.0".parse().expect("an address"), driver: Some("amdgpu".to_owned()) };
    State {
        record: "20261121T174000Z-1".to_owned(),
        promise: Promise {
            reserve: Reservation::new(reserve).expect("a reservation"),
            devices,
            twins: vec![twin],
            release: RELEASE.to_owned(),
            kernel: KERNEL.to_owned(),
            image: IMAGE.to_owned(),
            entry: Entry::Grub { custom: CUSTOM.to_owned(), env: ENV.to_owned(), config: MENU.to_owned() },
            request: Request::Loader,
        },
        image_sha256: DIGEST.to_owned(),
        armed_in: ARMED_IN.to_owned(),
        stage,
    }
}

/// The stage in which a trial was noted in this start.
pub fn noted() -> Stage {
    let early = format!("reserved {}", state(Stage::Armed).promise.reserve);
    Stage::OnTrial { since: 1_795_000_000, boot: THIS_BOOT.to_owned(), early: Some(early) }
}

/// The stage after a person kept it.
pub fn kept() -> Stage {
    Stage::Confirmed { at: 1_795_000_900, record: "20261121T180000Z-1".to_owned() }
}

/// The stage after a start that did not come up.
pub fn failed() -> Stage {
    Stage::Failed { why: Failure::Died, at: 1_795_000_100, early: None }
}

/// Puts a reservation there, with its files; the request is erased.
///
/// # Panics
/// When the state cannot be written.
#[expect(clippy::expect_used, reason = "called by tests only")]
pub fn reserve(machine: &mut Machine, stage: Stage) {
    let state = state(stage);
    let argument = format!("{}={}", trial::ARGUMENT, state.promise.reserve);
    let entry = format!(
        "# gw_next, gw_default\nmenuentry 'Gangway trial' --id gangway-trial {{\n\tlinux /boot/gangway/vmlinuz root=/dev/a {argument} panic=30\n}}\n"
    );
    machine
        .file(trial::STATE, &state.to_text().expect("a state"))
        .file(trial::BOOT, &format!("{THIS_BOOT}\n"));
    machine.file(MENU, "menuentry 'Debian' {\n\tlinux /boot/vmlinuz root=/dev/a\n}\n").file(CUSTOM, &entry);
    machine.file(KERNEL, "kernel").file(IMAGE, "image");
    let default = matches!(state.stage, Stage::Confirmed { .. }).then_some("gangway-trial");
    pointers(machine, None, default);
}

/// What the loader is asked for.
///
/// # Panics
/// When that cannot be written.
#[expect(clippy::expect_used, reason = "called by tests only")]
pub fn pointers(machine: &mut Machine, next: Option<&str>, default: Option<&str>) {
    let block = grub_env::set(&grub_env::empty(), trial::GRUB_REQUEST, next.unwrap_or_default());
    let block = grub_env::set(&block.expect("a block"), trial::GRUB_DEFAULT, default.unwrap_or_default());
    machine.bytes(ENV, &block.expect("a block"));
}

/// Starts with the reservation: vfio-pci has the card.
pub fn started(machine: &mut Machine, stage: Stage) {
    reserve(machine, stage);
    let reserve = state(Stage::Armed).promise.reserve;
    machine.argument(&format!("{}={reserve}", trial::ARGUMENT));
    machine.file(trial::EARLY, &format!("reserved {reserve}\n"));
    machine.replace("/proc/modules", "\tvhost_net\n", "\tvhost_net\n\tvfio_pci\n\tvfio_iommu_type1\n");
    for function in 0..4 {
        drive(machine, function, "vfio-pci");
    }
}

/// Gives a function of the card to a driver.
pub fn drive(machine: &mut Machine, function: u8, driver: &str) {
    drive_at(machine, &format!("/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.{function}"), driver);
}

/// Gives the graphics of the other card to a driver.
pub fn drive_twin(machine: &mut Machine, driver: &str) {
    let place = "/sys/devices/pci0000:00/0000:00:03.1/0000:06:00.0/0000:07:00.0/0000:08:00.0";
    drive_at(machine, place, driver);
}

fn drive_at(machine: &mut Machine, place: &str, driver: &str) {
    let uevent = format!("{place}/uevent");
    let said = machine.places().find(|(path, _)| *path == uevent).map(|(_, put)| put);
    let Some(Put::File(bytes)) = said else { return };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let others = text.lines().filter(|line| !line.starts_with("DRIVER=")).map(|line| format!("{line}\n"));
    let lines: String = others.collect();
    machine.file(&uevent, &format!("DRIVER={driver}\n{lines}"));
    machine.link(&format!("{place}/driver"), &format!("/sys/bus/pci/drivers/{driver}"));
}

pub(super) fn cases() -> Vec<Case> {
    let waits = |name, change| {
        case(CheckId::ReservationOpen, Trip::ToDo, name, change)
            .passing_on("a reservation that is kept", kept_card)
    };
    let drift = |name, change| {
        case(CheckId::ReservationAsPromised, Trip::ToDo, name, change)
            .passing_on("a reservation that is kept, and as it was left", kept_card)
    };
    vec![
        waits("a reservation that waits for the restart", |machine| {
            reserve(machine, Stage::Armed);
            machine.file(trial::BOOT, &format!("{ARMED_IN}\n"));
        }),
        waits("a reservation on trial", |machine| started(machine, noted())),
        waits("a reservation on trial that did not work", |machine| {
            started(machine, noted());
            machine.gone(trial::EARLY);
        }),
        waits("a trial that did not come up", |machine| reserve(machine, failed())),
        waits("a reservation that is kept, and a start without it", |machine| reserve(machine, kept())),
        drift("a kept reservation, and a newer kernel", |machine| {
            kept_card(machine);
            machine.file("/lib/modules/6.12.50+deb13-amd64/modules.dep", "");
        }),
        drift("a kept reservation, and the card in another slot", |machine| {
            kept_card(machine);
            let uevent = "/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/uevent";
            machine.replace(uevent, "PCI_ID=10DE:2484", "PCI_ID=10DE:2204");
        }),
        drift("a kept reservation, and another default of the loader", |machine| {
            kept_card(machine);
            pointers(machine, None, Some("other"));
        }),
        drift("a reservation on trial, and a function with the host", |machine| {
            started(machine, noted());
            drive(machine, 1, "snd_hda_intel");
        }),
        case(
            CheckId::ReservationAsPromised,
            Trip::CouldNotTell,
            "a kept reservation, and a boot menu that may not be read",
            |machine| {
                kept_card(machine);
                machine.denied(MENU);
            },
        )
        .passing_on("a reservation that is kept, and as it was left", kept_card),
        case(CheckId::ReservationOwn, Trip::ToDo, "somebody else’s “gangway.reserve=”", |machine| {
            machine.argument("gangway.reserve=0000:01:00.0=10de:2484");
        })
        .passing_on("a reservation that is kept", kept_card),
        case(CheckId::ReservationOwn, Trip::CouldNotTell, "a state that makes no sense", |machine| {
            kept_card(machine);
            machine.file(trial::STATE, "{}\n");
        })
        .passing_on("a reservation that is kept", kept_card),
    ]
}

fn kept_card(machine: &mut Machine) {
    started(machine, kept());
}
