//! Checks of memory and huge pages.

use super::ask::{COMMAND_LINE, given, known_line};
use super::examination::Examination;
use super::{Answer, Check, CheckId, Evidence, Fix, Need, Subject, Value, Weight};
use crate::model::Model;
use crate::system::asked_pages;

const GIB: u64 = 1 << 30;
/// What the kernel shows of a computer with 8 GiB.
const ENOUGH: u64 = 7 * GIB;
const MEMINFO: &str = "/proc/meminfo";
const POOLS: &str = "/sys/kernel/mm/hugepages";
const HUGETLB: &str = "kernel, Documentation/admin-guide/mm/hugetlbpage.rst";

pub(super) const CHECKS: &[Check] = &[
    Subject::Memory.check(
        CheckId::MemorySmall,
        Weight::Advice,
        "kernel, drivers/vfio/vfio_iommu_type1.c: all memory of a virtual machine with a device is pinned",
        small,
    ),
    Subject::Memory.check(CheckId::HugePagesTooMany, Weight::Important, HUGETLB, too_many),
    Subject::Memory.check(CheckId::HugePagesShort, Weight::Important, HUGETLB, short),
    Subject::Memory.check(
        CheckId::HugePagesDefaultSize,
        Weight::Advice,
        "libvirt, docs/formatdomain.rst (hugepages): without a size the default one is used",
        default_size,
    ),
    Subject::Memory.check(
        CheckId::HugePagesUnsupported,
        Weight::Important,
        "kernel, Documentation/admin-guide/kernel-parameters.txt (hugepagesz), arch/x86/mm/hugetlbpage.c (GBPAGES)",
        unsupported,
    ),
];

fn total(model: &Model) -> Result<(u64, Evidence), Vec<Answer>> {
    let total = &model.system.memory.total;
    let evidence = Evidence::reading(MEMINFO, total, |bytes| format!("MemTotal: {} kB", bytes / 1024));
    match total.known() {
        Some(bytes) => Ok((*bytes, evidence)),
        None => Err(vec![Answer::could_not_tell(Need::of(total, MEMINFO)).saw(evidence)]),
    }
}

fn small(model: &Examination<'_>) -> Vec<Answer> {
    let (bytes, evidence) = match total(model) {
        Ok(total) => total,
        Err(unknown) => return unknown,
    };
    let answer = if bytes < ENOUGH { Answer::not_possible() } else { Answer::ok() };
    vec![answer.with("memory", Value::Bytes(bytes)).saw(evidence)]
}

/// The pools as evidence.
fn pools(model: &Model) -> Vec<Evidence> {
    let pools = model.system.memory.huge.iter();
    pools
        .map(|pages| {
            let path = format!("{POOLS}/hugepages-{}kB/nr_hugepages", pages.size / 1024);
            Evidence::reading(&path, &pages.reserved, ToString::to_string)
        })
        .collect()
}

fn too_many(model: &Examination<'_>) -> Vec<Answer> {
    let (bytes, evidence) = match total(model) {
        Ok(total) => total,
        Err(unknown) => return unknown,
    };
    let reserved = model.system.memory.reserved();
    let answer = if reserved > bytes / 4 * 3 { Answer::to_do(Fix::FewerHugePages) } else { Answer::ok() };
    let answer = answer.with("reserved", Value::Bytes(reserved)).with("memory", Value::Bytes(bytes));
    vec![answer.saw(evidence).saw_all(pools(model))]
}

fn short(model: &Examination<'_>) -> Vec<Answer> {
    let line = match known_line(model) {
        Ok(line) => line,
        Err(unknown) => return unknown,
    };
    let memory = &model.system.memory;
    let mut answers = Vec::new();
    for asked in asked_pages(line) {
        let Some(size) = asked.size.or(memory.huge_page.known().copied()) else { continue };
        let pool = memory.huge.iter().find(|pages| pages.size == size);
        let Some(reserved) = pool.and_then(|pages| pages.reserved.known()) else { continue };
        if *reserved < asked.number {
            answers.push(
                Answer::to_do(Fix::FewerHugePages)
                    .with("asked", Value::Number(asked.number))
                    .with("got", Value::Number(*reserved))
                    .with("size", Value::Bytes(size))
                    .saw(Evidence::value(COMMAND_LINE, format!("hugepages={}", asked.number)))
                    .saw_all(pools(model)),
            );
        }
    }
    if answers.is_empty() { vec![Answer::ok().saw_all(pools(model))] } else { answers }
}

fn default_size(model: &Examination<'_>) -> Vec<Answer> {
    let memory = &model.system.memory;
    let Some(default) = memory.huge_page.known() else { return Vec::new() };
    let evidence = Evidence::value(MEMINFO, format!("Hugepagesize: {} kB", default / 1024));
    let large = memory.huge.iter().find(|pages| pages.size == GIB).and_then(|pages| pages.reserved.known());
    let answer = if *default < GIB && large.is_some_and(|number| *number > 0) {
        Answer::to_do(Fix::add_argument(&model.system, "default_hugepagesz=1G"))
    } else {
        Answer::ok()
    };
    vec![answer.with("size", Value::Bytes(*default)).saw(evidence).saw_all(pools(model))]
}

fn unsupported(model: &Examination<'_>) -> Vec<Answer> {
    let line = match known_line(model) {
        Ok(line) => line,
        Err(unknown) => return unknown,
    };
    let Some(supported) = model.system.cpu.has("pdpe1gb") else { return Vec::new() };
    let large = |argument: &&crate::host::Argument| {
        let named = argument.is("hugepagesz") || argument.is("default_hugepagesz");
        named && argument.value.as_deref().and_then(crate::system::bytes) == Some(GIB)
    };
    let asked = line.arguments().iter().find(large).map(given);
    let flag = Evidence::value("/proc/cpuinfo", if supported { "pdpe1gb" } else { "" });
    match asked {
        Some(argument) if !supported => {
            let evidence = Evidence::value(COMMAND_LINE, argument.clone());
            let fix = Fix::remove_argument(&model.system, argument.clone());
            vec![Answer::to_do(fix).saying("argument", argument).saw(evidence).saw(flag)]
        }
        _ => vec![Answer::ok().saw(flag)],
    }
}
