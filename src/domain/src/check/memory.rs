//! Memory: all that a machine with a device of the host has stays pinned while it runs.

use gangway_core::checks::{Evidence, Need, Value, Weight};

use super::{Guest, GuestAnswer, GuestCheck, GuestCheckId, GuestFix, check};
use crate::document::{child, children, text_of};
use crate::view::amount;

pub(super) const CHECKS: &[GuestCheck] = &[
    check(
        GuestCheckId::Balloon,
        Weight::Advice,
        "kernel, Documentation/driver-api/vfio.rst: a device may reach all memory of the guest, so all of it is pinned",
        balloon,
    ),
    check(
        GuestCheckId::Memory,
        Weight::Important,
        "kernel, drivers/vfio/vfio_iommu_type1.c: the whole memory of the guest is pinned when it starts",
        memory,
    ),
    check(
        GuestCheckId::HugePages,
        Weight::Important,
        "QEMU, system/physmem.c: “unable to map backing store for guest RAM” where too few pages are free",
        huge_pages,
    ),
    check(
        GuestCheckId::LockedMemory,
        Weight::Important,
        "libvirt, src/qemu/qemu_domain.c (qemuDomainGetMemLockLimitBytes): a hard limit is the limit of locked memory, too",
        locked,
    ),
];

/// What QEMU and the device need beside the guest's memory, as libvirt reckons it.
const BESIDE: u64 = 1 << 30;

fn balloon(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    if guest.devices().is_empty() {
        return Vec::new();
    }
    const PATH: &str = "/domain/devices/memballoon/@model";
    let balloon = guest.document.devices().find(|device| device.tag_name().name() == "memballoon");
    let to_do = || GuestAnswer::to_do(GuestFix::Write { element: "<memballoon model='none'/>" });
    vec![match balloon.map(|balloon| balloon.attribute("model").unwrap_or_default()) {
        Some("none") => GuestAnswer::ok().saw(Evidence::value(PATH, "none")),
        Some(model) => to_do().saw(Evidence::value(PATH, model)),
        // libvirt adds one where there is none.
        None => to_do().saw(Evidence::absent(PATH)),
    }]
}

/// The memory at start in bytes, with its evidence.
fn wanted(guest: &Guest<'_>) -> Option<(u64, Evidence)> {
    let kib = guest.document.memory_kib()?;
    Some((kib.checked_mul(1024)?, Evidence::value("/domain/memory", format!("{kib} KiB"))))
}

/// The size of the huge pages that it asks for; where it names none, the host's.
fn pages(guest: &Guest<'_>) -> Option<(Option<u64>, Evidence)> {
    let backing = child(guest.document.root(), "memoryBacking")?;
    let pages = child(backing, "hugepages")?;
    let size = children(pages, "page")
        .next()
        .and_then(|page| amount(page.attribute("size")?, page.attribute("unit")));
    let evidence = Evidence::value(
        "/domain/memoryBacking/hugepages",
        size.map(|size| format!("{} KiB", size / 1024)).unwrap_or_default(),
    );
    Some((size, evidence))
}

fn memory(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    const HOST: &str = "/proc/meminfo";
    let Some((wanted, evidence)) = wanted(guest) else { return Vec::new() };
    // Huge pages are set aside before, and a machine that runs has what it needs.
    if guest.devices().is_empty() || pages(guest).is_some() || guest.running {
        return Vec::new();
    }
    let memory = &guest.model.system.memory;
    let (Some(total), Some(available)) = (memory.total.known().copied(), memory.available.known().copied())
    else {
        return vec![GuestAnswer::could_not_tell(Need::of(&memory.available, HOST)).saw(evidence)];
    };
    let needed = wanted.saturating_add(BESIDE);
    let answer = if needed > available {
        GuestAnswer::to_do(GuestFix::LessMemory)
            // What is in use now may be free when it starts; what is not in the computer will not be.
            .weighing(if needed > total { Weight::Important } else { Weight::Advice })
            .with("wanted", Value::Bytes(wanted))
            .with("available", Value::Bytes(available))
    } else {
        GuestAnswer::ok()
    };
    vec![answer.saw(evidence).saw(Evidence::value(HOST, format!("MemAvailable: {} kB", available / 1024)))]
}

fn huge_pages(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let (Some((asked, evidence)), Some((wanted, _))) = (pages(guest), wanted(guest)) else {
        return Vec::new();
    };
    if guest.running {
        return vec![GuestAnswer::ok().saw(evidence)];
    }
    let memory = &guest.model.system.memory;
    let Some(size) = asked.or_else(|| memory.huge_page.known().copied()).filter(|size| *size > 0) else {
        return vec![GuestAnswer::could_not_tell(Need::of(&memory.huge_page, "/proc/meminfo")).saw(evidence)];
    };
    let path = format!("/sys/kernel/mm/hugepages/hugepages-{}kB/free_hugepages", size / 1024);
    let needed = wanted.div_ceil(size);
    let free = match memory.huge.iter().find(|pages| pages.size == size) {
        Some(pages) => match pages.free.known() {
            Some(free) => *free,
            None => return vec![GuestAnswer::could_not_tell(Need::of(&pages.free, &path)).saw(evidence)],
        },
        None if memory.huge.is_empty() => {
            return vec![GuestAnswer::could_not_tell(Need::Path(path)).saw(evidence)];
        }
        // The host knows other sizes, and not this one.
        None => 0,
    };
    let answer = if free < needed {
        GuestAnswer::to_do(GuestFix::ReserveHugePages { number: needed, size })
            .with("needed", Value::Number(needed))
            .with("free", Value::Number(free))
            .with("size", Value::Bytes(size))
    } else {
        GuestAnswer::ok()
    };
    vec![answer.saw(evidence).saw(Evidence::value(path, free.to_string()))]
}

fn locked(guest: &Guest<'_>) -> Vec<GuestAnswer> {
    let tune = child(guest.document.root(), "memtune").and_then(|tune| child(tune, "hard_limit"));
    let (Some(limit), Some((wanted, evidence))) = (tune, wanted(guest)) else { return Vec::new() };
    let Some(bytes) =
        amount(&text_of(limit), limit.attribute("unit")).filter(|_| !guest.devices().is_empty())
    else {
        return Vec::new();
    };
    let least = wanted.saturating_add(BESIDE);
    let answer = if bytes < least {
        GuestAnswer::to_do(GuestFix::RaiseLimit { least })
            .with("limit", Value::Bytes(bytes))
            .with("least", Value::Bytes(least))
    } else {
        GuestAnswer::ok()
    };
    vec![
        answer
            .saw(Evidence::value("/domain/memtune/hard_limit", format!("{} KiB", bytes / 1024)))
            .saw(evidence),
    ]
}
