//! Checks of graphics cards: what the host needs them for now, and who holds them.

use super::device::{Graphics, class_seen, each_card, path};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Need, Subject, Value, Weight};
use crate::host::{Function, Host};
use crate::pci::{DeviceKind, VendorId};
use crate::reading::Reading;

const NVIDIA: VendorId = VendorId(0x10de);
/// So many facts about other cards are evidence enough: a machine with hundreds would tell each of all.
const SEEN: usize = 8;

pub(super) const CHECKS: &[Check] = &[
    Subject::GraphicsCard.check(
        CheckId::GraphicsOnly,
        Weight::Essential,
        "kernel, drivers/pci/vgaarb.c (class codes of display controllers)",
        only,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsBootDisplay,
        Weight::Advice,
        "kernel, Documentation/ABI/testing/sysfs-bus-pci (boot_vga)",
        boot_display,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsScreens,
        Weight::Important,
        "kernel, drivers/gpu/drm/drm_sysfs.c (status of a connector)",
        screens,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsFirmwarePicture,
        Weight::Advice,
        "kernel, drivers/firmware/sysfb.c, drivers/vfio/pci/vfio_pci_core.c (aperture_remove_conflicting_pci_devices)",
        firmware_picture,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsTwin,
        Weight::Advice,
        "kernel, drivers/vfio/pci/vfio_pci.c (ids=), Documentation/ABI/testing/sysfs-bus-pci (driver_override)",
        twin,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsPrograms,
        Weight::Important,
        "kernel, Documentation/filesystems/proc.rst (/proc/PID/fd)",
        programs,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsNvidiaInUse,
        Weight::Important,
        "NVIDIA open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c (“non-zero usage count”)",
        nvidia_in_use,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsDesktopDriver,
        Weight::Advice,
        "kernel, drivers/gpu/drm/drm_drv.c (drm_dev_unplug), Documentation/gpu/drm-uapi.rst (device hot-unplug)",
        desktop_driver,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsSound,
        Weight::Important,
        "kernel, sound/core/pcm.c (status of a substream)",
        sound,
    ),
];

/// Whether a function can show the host's desktop: a 3D controller (class 0302) has no outputs unless the kernel lists
/// some.
fn can_show(host: &Host, function: &Function) -> bool {
    const THREE_D: u8 = 0x02;
    let outputs = function.class.known().is_some_and(|class| class.subclass() != THREE_D);
    function.kind() == DeviceKind::Graphics
        && (outputs || host.connectors_of(function.address).next().is_some())
}

fn only(model: &Examination<'_>) -> Vec<Answer> {
    let host = &model.host;
    each_card(model, |card| {
        let mut others = model.graphics().filter(|other| {
            other.card.address != card.card.address && !other.has_left() && can_show(host, other.function)
        });
        // What has left, or never shows anything, is not missed.
        if card.has_left() || !can_show(host, card.function) {
            return Some(Answer::ok().saw(card.driver_seen()).saw(class_seen(card.function)));
        }
        Some(match others.next() {
            Some(other) => Answer::ok().saw(class_seen(other.function)).saw(other.driver_seen()),
            None => Answer::not_possible()
                .try_this(Fix::Device(DeviceFix::AnotherCard))
                .saw(class_seen(card.function)),
        })
    })
}

fn boot_display(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let at = card.path("boot_vga");
        let seen = Evidence::reading(&at, &card.function.boot_display, |boot| u8::from(*boot).to_string());
        let elsewhere = model.graphics().find(|other| {
            other.card.address != card.card.address && other.function.boot_display == Reading::Known(true)
        });
        Some(match (&card.function.boot_display, elsewhere) {
            (Reading::Known(true), _) => Answer::to_do(Fix::Device(DeviceFix::PrimaryDisplay)).saw(seen),
            (Reading::Known(false), _) => Answer::ok().saw(seen),
            (_, Some(other)) => Answer::ok().saw(Evidence::value(other.path("boot_vga"), "1")),
            (reading, None) => Answer::could_not_tell(Need::of(reading, &at)).saw(seen),
        })
    })
}

fn screens(model: &Examination<'_>) -> Vec<Answer> {
    let host = &model.host;
    each_card(model, |card| {
        let own = card.screens(host);
        if own.is_empty() {
            let unclear = card.unclear_screens(host);
            return Some(match unclear.first() {
                None => Answer::ok().saw(card.driver_seen()).saw_all(card.dark_screens(host)),
                Some(first) => Answer::could_not_tell(Need::Path(first.path.clone())).saw_all(unclear),
            });
        }
        let elsewhere: Vec<Evidence> = model
            .graphics()
            .filter(|other| other.card.address != card.card.address)
            .flat_map(|other| other.screens(host))
            .take(SEEN)
            .collect();
        Some(if elsewhere.is_empty() {
            let names = host.connectors_of(card.function.address);
            let names: Vec<String> = names
                .filter(|connector| {
                    own.iter().any(|seen| seen.path.ends_with(&format!("-{}/status", connector.name)))
                })
                .map(|connector| connector.monitor.clone().unwrap_or_else(|| connector.name.clone()))
                .collect();
            Answer::to_do(Fix::Device(DeviceFix::MoveScreen)).with("screens", Value::List(names)).saw_all(own)
        } else {
            Answer::ok().saw_all(elsewhere)
        })
    })
}

fn firmware_picture(model: &Examination<'_>) -> Vec<Answer> {
    let pictures = &model.devices.pictures;
    each_card(model, |card| {
        let held: Vec<&str> = pictures.holding(&card.card.functions).map(|(_, holder)| holder).collect();
        if let Some(holder) = held.first() {
            let seen = held.iter().map(|holder| Evidence::value("/proc/iomem", *holder));
            let answer = Answer::to_do(Fix::Device(DeviceFix::PrimaryDisplay)).saying("holder", *holder);
            return Some(answer.saw_all(seen));
        }
        let drivers: Vec<&str> = pictures.drivers().collect();
        let may_be_its = card.function.boot_display.known() != Some(&false);
        Some(match drivers.first() {
            Some(driver) if may_be_its && !pictures.memory_known => {
                let seen = Evidence::value("/sys/bus/platform/devices", *driver);
                Answer::could_not_tell(Need::Path("/proc/iomem".to_owned())).saw(seen)
            }
            _ if pictures.memory_known => Answer::ok().saw(Evidence::value("/proc/iomem", "")),
            _ => Answer::ok().saw(Evidence::absent("/proc/iomem")),
        })
    })
}

fn twin(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let function = card.function;
        let ids =
            |function: &Function| function.vendor.known().copied().zip(function.device.known().copied());
        let seen = |function: &Function| {
            Evidence::reading(&path(function.address, "device"), &function.device, |device| {
                format!("0x{device}")
            })
        };
        let Some(own) = ids(function) else {
            return Some(
                Answer::could_not_tell(Need::of(&function.device, &card.path("device"))).saw(seen(function)),
            );
        };
        let twins: Vec<&Function> = model
            .graphics()
            .map(|other| other.function)
            .filter(|other| other.card != function.card && ids(other) == Some(own))
            .collect();
        if twins.is_empty() {
            return Some(Answer::ok().saw(seen(function)));
        }
        let twins_at = twins.iter().map(|twin| twin.address).collect();
        let answer = Answer::to_do(Fix::Device(DeviceFix::ByAddress)).with("twins", Value::Devices(twins_at));
        Some(answer.saw(seen(function)).saw_all(twins.into_iter().take(SEEN).map(seen)))
    })
}

const OPEN_FILES: &str = "/proc/*/fd";

fn programs(model: &Examination<'_>) -> Vec<Answer> {
    let holders = &model.devices.holders;
    each_card(model, |card| {
        let programs = card.programs(model);
        let seen = |text: String| Evidence::value(OPEN_FILES, text);
        Some(if !programs.is_empty() {
            let answer = Answer::to_do(Fix::Device(DeviceFix::ClosePrograms));
            answer.saw(seen(programs.join(", "))).with("programs", Value::List(programs))
        } else if holders.hidden {
            Answer::could_not_tell(Need::Permission(OPEN_FILES.to_owned())).saw(seen(String::new()))
        } else {
            Answer::ok().saw(card.driver_seen())
        })
    })
}

/// What shows that the host draws with a card: screens, programs and the console.
fn drawing(model: &Examination<'_>, card: Graphics<'_>) -> Vec<Evidence> {
    let mut seen = card.screens(&model.host);
    let programs = card.programs(model);
    if !programs.is_empty() {
        seen.push(Evidence::value(OPEN_FILES, programs.join(", ")));
    }
    seen
}

fn nvidia_in_use(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        if card.function.vendor.known() != Some(&NVIDIA) || card.driver() != Some("nvidia") {
            return None;
        }
        let seen = drawing(model, card);
        Some(if seen.is_empty() {
            Answer::ok().saw(card.driver_seen())
        } else {
            Answer::to_do(Fix::Device(DeviceFix::ReserveAtBoot)).saw(card.driver_seen()).saw_all(seen)
        })
    })
}

/// The kernel's own drivers that a desktop draws with.
const DESKTOP_DRIVERS: [&str; 5] = ["amdgpu", "radeon", "nouveau", "i915", "xe"];

fn desktop_driver(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let driver = card.driver().filter(|driver| DESKTOP_DRIVERS.contains(driver))?;
        let seen = drawing(model, card);
        Some(if seen.is_empty() {
            Answer::ok().saw(card.driver_seen())
        } else {
            let answer = Answer::to_do(Fix::Device(DeviceFix::ReserveAtBoot)).saying("driver", driver);
            answer.saw(card.driver_seen()).saw_all(seen)
        })
    })
}

fn sound(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let own =
            |function: &Option<_>| function.is_some_and(|function| card.card.functions.contains(&function));
        let sound = model.devices.sound.iter().find(|sound| own(&sound.function))?;
        let at = format!("/proc/asound/card{}", sound.number);
        Some(match sound.playing() {
            Some(true) => Answer::to_do(Fix::Device(DeviceFix::StopSound))
                .saying("sound", sound.name.clone())
                .saw(Evidence::value(at, "RUNNING")),
            Some(false) => Answer::ok().saw(Evidence::value(at, "closed")),
            None => Answer::could_not_tell(Need::Path(at.clone()))
                .saw(Evidence::value("/proc/asound/cards", sound.name.clone())),
        })
    })
}
