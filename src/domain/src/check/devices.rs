//! The devices of the host that a machine has: whether they are there, whole, its own, and can be had.

use gangway_core::checks::{Evidence, Need, Value, Weight};
use gangway_core::devices::Comparison;
use gangway_core::pci::PciAddress;
use gangway_core::system::Presence;

use super::ask::{has, place};
use super::{Guest, GuestAnswer, GuestCheck, GuestCheckId, GuestFix, check};
use crate::view::{ClaimKind, Firmware, Managed, SecureBoot};

pub(super) const CHECKS: &[GuestCheck] = &[
    check(
        GuestCheckId::DeviceThere,
        Weight::Important,
        "libvirt, src/hypervisor/virhostdev.c: a machine with a device that is not there does not start",
        there,
    ),
    check(
        GuestCheckId::WholeCard,
        Weight::Important,
        "QEMU, hw/vfio/pci.c: “Cannot reset device, depends on group which is not owned” where a function stays behind",
        whole_card,
    ),
    check(
        GuestCheckId::SharedDevice,
        Weight::Advice,
        "libvirt, src/hypervisor/virhostdev.c: “PCI device is in use by driver, domain”: only one of them can run",
        shared,
    ),
    check(
        GuestCheckId::Managed,
        Weight::Important,
        "libvirt, src/hypervisor/virhostdev.c: “Unmanaged PCI device must be manually detached from the host”",
        managed,
    ),
    check(
        GuestCheckId::RomFile,
        Weight::Important,
        "QEMU, hw/pci/pci.c: “failed to find romfile” ends the start",
        rom_file,
    ),
    check(
        GuestCheckId::RomSigned,
        Weight::Advice,
        "UEFI specification, Secure Boot and Driver Signing: with keys, unsigned drivers of option ROMs do not run",
        rom_signed,
    ),
];

fn there(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let host = &guest.model.host;
    if host.functions.is_empty() {
        // Nothing was read, or another computer: that is told by the host's own checks.
        return Vec::new();
    }
    // Of what was chosen, the other check says more.
    let moved: Vec<PciAddress> = guest
        .document
        .chosen()
        .into_iter()
        .filter(|chosen| chosen.compare(host, None) != Comparison::Same)
        .map(|chosen| chosen.address)
        .collect();
    let told =
        guest.devices().into_iter().map(|device| device.source).filter(|address| !moved.contains(address));
    told.map(|address| {
        let answer = match host.function(address) {
            Some(_) => GuestAnswer::ok().saw(Evidence::value(place(address), "")),
            None => GuestAnswer::to_do(GuestFix::TakeBack { address }).saw(Evidence::absent(place(address))),
        };
        answer.about([address]).saying("address", address.short()).saw(has(address))
    })
    .collect()
}

fn whole_card(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let host = &guest.model.host;
    let given: Vec<PciAddress> = guest.devices().into_iter().map(|device| device.source).collect();
    let mut cards: Vec<_> = given.iter().filter_map(|address| host.card_of(*address)).collect();
    cards.dedup_by_key(|card| card.address);
    let answer = |card: &gangway_core::host::Card| {
        let is_given = |address: &PciAddress| given.contains(address);
        let (held, mut left): (Vec<PciAddress>, Vec<PciAddress>) =
            card.functions.iter().copied().partition(is_given);
        // Functions of a chipset share a slot and are devices of their own, as their groups tell.
        let group = |address: PciAddress| host.group_of(address).map(|group| group.id);
        left.retain(|left| group(*left).is_some_and(|own| held.iter().any(|held| group(*held) == Some(own))));
        let answer = if left.is_empty() {
            GuestAnswer::ok()
        } else {
            GuestAnswer::to_do(GuestFix::HandOver { functions: left.clone() })
        };
        let answer =
            left.iter().fold(answer, |answer, address| answer.saw(Evidence::value(place(*address), "")));
        let answer = held.iter().fold(answer, |answer, address| answer.saw(has(*address)));
        answer.about(held.clone()).with("held", Value::Devices(held)).with("left", Value::Devices(left))
    };
    // A card of one function is always whole.
    cards.into_iter().filter(|card| card.functions.len() > 1).map(answer).collect()
}

fn shared(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let answer = |address: PciAddress| {
        let has_now = |other: &super::OtherGuest<'_>| other.now.contains(&address);
        let claims = |other: &&super::OtherGuest<'_>| has_now(other) || other.saved.contains(&address);
        let mut others: Vec<_> = guest.others.iter().filter(claims).collect();
        others.sort_by_key(|other| !has_now(other));
        let answer = match others.first() {
            None => GuestAnswer::ok(),
            Some(other) => {
                let name = other.name.to_owned();
                let answer = GuestAnswer::to_do(if other.saved.contains(&address) {
                    GuestFix::OneAtATime { other: name }
                } else {
                    GuestFix::ShutDown { other: name }
                });
                let answer = answer.saying("other", other.name);
                // It has it now, and this one would not start.
                if has_now(other) { answer.weighing(Weight::Important) } else { answer }
            }
        };
        answer.about([address]).with("device", Value::Devices(vec![address])).saw(has(address))
    };
    let host = &guest.model.host;
    // A card is told of once, by its first function.
    let mut told = Vec::new();
    let devices = guest.devices().into_iter().map(|device| device.source);
    let firsts = devices.filter(|address| {
        let card = host.card_of(*address).map_or(*address, |card| card.address);
        let new = !told.contains(&card);
        told.push(card);
        new
    });
    firsts.map(answer).collect()
}

fn managed(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let unmanaged = guest.devices().into_iter().map(|device| {
        let address = device.source;
        let element = match device.kind {
            ClaimKind::Interface => "/domain/devices/interface/@managed",
            ClaimKind::Hostdev | ClaimKind::NvmeDisk => "/domain/devices/hostdev/@managed",
        };
        let driver = guest.model.host.function(address).map(|function| &function.driver);
        let path = format!("{}/driver", place(address));
        let name = driver.and_then(|driver| driver.known()).map(ToString::to_string);
        let answer = match (&device.managed, &name) {
            (Managed::Yes, _) => {
                return GuestAnswer::ok().about([address]).saw(Evidence::value(element, "yes"));
            }
            (_, Some(driver)) if driver.contains("vfio") => {
                GuestAnswer::ok().saw(Evidence::value(path, driver.clone()))
            }
            // The machine that runs has it; what its driver is called can change with kernels.
            _ if guest.running => GuestAnswer::ok(),
            (_, Some(driver)) => GuestAnswer::to_do(GuestFix::Write { element: "managed='yes'" })
                .saying("driver", driver.clone())
                .saw(Evidence::value(path, driver.clone())),
            (_, None) if driver.is_some_and(|driver| driver.trouble().is_some()) => {
                GuestAnswer::could_not_tell(Need::Path(path))
            }
            (_, None) => GuestAnswer::to_do(GuestFix::Write { element: "managed='yes'" })
                .saying("driver", "–")
                .saw(Evidence::absent(path)),
        };
        answer
            .about([address])
            .with("device", Value::Devices(vec![address]))
            .saw(Evidence::value(element, "no"))
    });
    unmanaged.collect()
}

fn rom_file(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let answer = |(address, path): (PciAddress, String)| {
        let answer = match (guest.file)(&path) {
            Presence::There(_) => GuestAnswer::ok(),
            Presence::Missing => GuestAnswer::to_do(GuestFix::PutFile { path: path.clone() })
                .saw(Evidence::absent(path.clone())),
            Presence::Unknown => GuestAnswer::could_not_tell(Need::Path(path.clone())),
        };
        answer
            .about([address])
            .saying("path", path.clone())
            .saw(Evidence::value("/domain/devices/hostdev/rom/@file", path))
    };
    roms(guest).into_iter().map(answer).collect()
}

/// The devices with a ROM of a file.
fn roms(guest: &Guest<'_>) -> Vec<(PciAddress, String)> {
    let devices = guest.devices().into_iter();
    devices
        .filter_map(|device| Some((device.source, device.rom?.file.filter(|file| !file.is_empty())?)))
        .collect()
}

fn rom_signed(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let with_keys = guest.document.firmware() == Firmware::Uefi(SecureBoot::WithKeys);
    let answer = |(address, path): (PciAddress, String)| {
        let answer = if with_keys {
            GuestAnswer::to_do(GuestFix::Remove { element: "<rom file='…'/>" })
        } else {
            GuestAnswer::ok()
        };
        answer
            .about([address])
            .saying("path", path.clone())
            .saw(Evidence::value("/domain/devices/hostdev/rom/@file", path))
    };
    roms(guest).into_iter().map(answer).collect()
}
