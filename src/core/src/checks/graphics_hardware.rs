//! Checks of graphics cards: what they are built like, and what that means for a guest.

use std::ops::RangeInclusive;

use super::device::{Graphics, each_card, path};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Need, Subject, Value, Weight};
use crate::host::Function;
use crate::model::Model;
use crate::pci::VendorId;
use crate::reading::Reading;

const NVIDIA: VendorId = VendorId(0x10de);
const AMD_GRAPHICS: VendorId = VendorId(0x1002);
const AMD: VendorId = VendorId(0x1022);
const INTEL: VendorId = VendorId(0x8086);

pub(super) const CHECKS: &[Check] = &[
    Subject::GraphicsCard.check(
        CheckId::GraphicsIntegrated,
        Weight::Important,
        "QEMU, docs/igd-assign.txt; kernel, drivers/vfio/pci/Kconfig (VFIO_PCI_IGD), drivers/gpu/drm/ast and mgag200 (management processors)",
        integrated,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsOutputs,
        Weight::Advice,
        "PCI Code and ID Assignment Specification (0302, 0380); kernel, drivers/gpu/drm/drm_sysfs.c",
        outputs,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsResizableBar,
        Weight::Advice,
        "QEMU, hw/vfio/pci.c (resizable BAR is fixed at its size); kernel, Documentation/ABI/testing/sysfs-bus-pci (resourceN_resize)",
        resizable,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsRom,
        Weight::Advice,
        "kernel, drivers/pci/rom.c (the shadow copy of the boot display's ROM); QEMU, hw/vfio/pci.c (vfio_pci_load_rom)",
        rom,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsLinkWidth,
        Weight::Advice,
        "kernel, Documentation/ABI/testing/sysfs-bus-pci (current_link_width, max_link_width)",
        link_width,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsD3cold,
        Weight::Advice,
        "kernel, Documentation/ABI/testing/sysfs-bus-pci (d3cold_allowed, power_state); drivers/vfio/pci/vfio_pci.c (disable_idle_d3)",
        d3cold,
    ),
    Subject::GraphicsCard.check(
        CheckId::GraphicsVirtualFunctions,
        Weight::Important,
        "kernel, drivers/vfio/pci/vfio_pci_core.c (“Cannot bind to PF with SR-IOV enabled”)",
        virtual_functions,
    ),
];

/// Intel's sits on the root bus in slot 2; AMD's shares its slot with other parts of the processor.
fn is_integrated(model: &Model, card: Graphics<'_>) -> Option<bool> {
    let vendor = *card.function.vendor.known()?;
    let at = card.function.address;
    if vendor == INTEL {
        return Some(card.function.parent.is_none() && (at.bus(), at.slot()) == (0, 2));
    }
    let of_processor = |function: &Function| function.vendor.known() == Some(&AMD);
    Some(vendor == AMD_GRAPHICS && model.host.functions_of(card.card).any(of_processor))
}

const ASPEED: VendorId = VendorId(0x1a03);
const MATROX: VendorId = VendorId(0x102b);
/// Matrox's chips for servers: kernel, drivers/gpu/drm/mgag200/mgag200_drv.c (G200_SE_A to G200_EH3).
const MATROX_SERVER: RangeInclusive<u16> = 0x0522..=0x0538;

/// Whether a card is a part of the board's management processor, which shows its picture to whoever is far away.
fn is_management(function: &Function) -> bool {
    match (function.vendor.known(), function.device.known()) {
        (Some(&ASPEED), _) => true,
        (Some(&MATROX), Some(device)) => MATROX_SERVER.contains(&device.0),
        _ => false,
    }
}

fn integrated(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let at = card.path("vendor");
        let seen = Evidence::reading(&at, &card.function.vendor, |vendor| format!("0x{vendor}"));
        if is_management(card.function) {
            let device =
                Evidence::reading(&card.path("device"), &card.function.device, |id| format!("0x{id}"));
            return Some(Answer::not_possible().saw(seen).saw(device));
        }
        Some(match is_integrated(model, card) {
            Some(true) => Answer::to_do(Fix::Device(DeviceFix::IntegratedGraphics)).saw(seen),
            Some(false) => Answer::ok().saw(seen),
            None => Answer::could_not_tell(Need::of(&card.function.vendor, &at)).saw(seen),
        })
    })
}

fn outputs(model: &Examination<'_>) -> Vec<Answer> {
    const VGA: u8 = 0x00;
    each_card(model, |card| {
        let class = card.function.class.known()?;
        let seen = Evidence::value(card.path("class"), format!("0x{class}"));
        let connectors = model.host.connectors_of(card.function.address).count();
        if connectors > 0 || class.subclass() == VGA {
            return Some(Answer::ok().saw(seen));
        }
        // Without its own driver, nobody lists its connectors.
        Some(if card.has_left() || card.driver().is_none() {
            Answer::could_not_tell(Need::Path("/sys/class/drm".to_owned())).saw(seen).saw(card.driver_seen())
        } else {
            let answer = Answer::to_do(Fix::Device(DeviceFix::RemoteScreen));
            answer.saw(seen).saw(Evidence::absent(card.path("drm/card*/card*-*")))
        })
    })
}

fn resizable(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let extras = card.extras(model)?;
        let power = Evidence::reading(&card.path("power_state"), &extras.details.power_state, Clone::clone);
        let Some(resizable) = &extras.resizable else {
            return Some(Answer::could_not_tell(Need::Awake).saw(power));
        };
        let regions = extras.details.regions.known().map_or(&[][..], Vec::as_slice);
        for resize in resizable {
            let now = regions.iter().find(|region| region.index == resize.index).map(|region| region.size);
            let best = resize.sizes.last().copied();
            if let (Some(now), Some(best)) = (now, best)
                && now < best
            {
                let at = card.path(&format!("resource{}_resize", resize.index));
                let answer = Answer::to_do(Fix::Device(DeviceFix::ResizeBefore));
                let answer = answer.with("now", Value::Bytes(now)).with("best", Value::Bytes(best));
                return Some(answer.saw(Evidence::value(at, (best >> 20).to_string())));
            }
        }
        Some(Answer::ok().saw(match resizable.first() {
            None => Evidence::absent(card.path("resource1_resize")),
            Some(resize) => Evidence::value(card.path(&format!("resource{}_resize", resize.index)), ""),
        }))
    })
}

fn rom(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let nvidia = *card.function.vendor.known()? == NVIDIA;
        let at = card.path("boot_vga");
        let seen = Evidence::reading(&at, &card.function.boot_display, |boot| u8::from(*boot).to_string());
        Some(match &card.function.boot_display {
            Reading::Known(true) if nvidia => Answer::to_do(Fix::Device(DeviceFix::RomFile)).saw(seen),
            Reading::Unreadable(_) | Reading::Nonsense(_) if nvidia => {
                Answer::could_not_tell(Need::of(&card.function.boot_display, &at)).saw(seen)
            }
            _ => Answer::ok().saw(seen),
        })
    })
}

fn link_width(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let link = &card.extras(model)?.link;
        if link.asleep {
            let seen = Evidence::value(card.path("max_link_speed"), "");
            return Some(Answer::could_not_tell(Need::Awake).saw(seen));
        }
        let (now, best) = (*link.width.known()?, *link.best_width.known()?);
        let seen = |name: &str, width: u8| Evidence::value(card.path(name), width.to_string());
        let (now_seen, best_seen) = (seen("current_link_width", now), seen("max_link_width", best));
        let answer = if now < best {
            Answer::to_do(Fix::Device(DeviceFix::OtherSlot))
                .with("now", Value::Number(now.into()))
                .with("best", Value::Number(best.into()))
        } else {
            Answer::ok()
        };
        Some(answer.saw(now_seen).saw(best_seen))
    })
}

fn d3cold(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let extras = card.extras(model)?;
        let (state, allowed) = (&extras.details.power_state, &extras.d3cold_allowed);
        let seen = Evidence::reading(&card.path("power_state"), state, Clone::clone);
        let allowed_seen =
            Evidence::reading(&card.path("d3cold_allowed"), allowed, |on| u8::from(*on).to_string());
        let answer = match state {
            Reading::Known(state) if state == "D3cold" && allowed.known() != Some(&false) => {
                Answer::to_do(Fix::Device(DeviceFix::KeepAwake { address: card.function.address }))
            }
            Reading::Known(_) => Answer::ok(),
            unknown => Answer::could_not_tell(Need::of(unknown, &card.path("power_state"))),
        };
        Some(answer.saw(seen).saw(allowed_seen))
    })
}

fn virtual_functions(model: &Examination<'_>) -> Vec<Answer> {
    each_card(model, |card| {
        let at = path(card.function.address, "sriov_numvfs");
        Some(match &card.extras(model)?.details.virtual_functions {
            Reading::Known((on, most)) if *on > 0 => {
                let fix = DeviceFix::VirtualFunctionsOff { address: card.function.address };
                Answer::to_do(Fix::Device(fix))
                    .with("number", Value::Number((*on).into()))
                    .with("most", Value::Number((*most).into()))
                    .saw(Evidence::value(at, on.to_string()))
            }
            Reading::Known((on, _)) => Answer::ok().saw(Evidence::value(at, on.to_string())),
            Reading::Absent => Answer::ok().saw(Evidence::absent(at)),
            unknown => Answer::could_not_tell(Need::of(unknown, &at)).saw(Evidence::absent(at)),
        })
    })
}
