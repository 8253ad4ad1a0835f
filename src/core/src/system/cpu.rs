//! The processor: who made it, what it can do, and how its threads share cores and caches.
//!
//! Source: kernel, `arch/x86/kernel/cpu/proc.c`, `Documentation/ABI/stable/sysfs-devices-system-cpu`.

use std::collections::BTreeSet;

use super::list;
use super::reader::Reader;
use crate::reading::Reading;

/// The processor of a computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cpu {
    /// What the first processor says of itself.
    pub info: Reading<CpuInfo>,
    /// How many threads are online.
    pub threads: Reading<u32>,
    /// The threads of each core, such as `0,8`, in order; empty where the kernel does not say.
    pub cores: Vec<String>,
    /// The threads that share each last cache, such as `0-3,8-11`, in order.
    pub caches: Vec<String>,
    /// Xen's word for this system, where it runs on Xen, such as `xen`.
    pub hypervisor: Reading<String>,
}

/// What a processor says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CpuInfo {
    /// Its maker.
    pub maker: CpuMaker,
    /// Its name for people.
    pub model: Option<String>,
    /// Its flags; none where it is no x86.
    pub flags: Option<BTreeSet<String>>,
}

/// The maker of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum CpuMaker {
    /// Intel.
    Intel,
    /// AMD, and Hygon, whose processors are AMD's.
    Amd,
    /// Any other.
    #[default]
    Other,
}

impl Cpu {
    /// Whether the processor has a flag; none where that is not known.
    pub fn has(&self, flag: &str) -> Option<bool> {
        Some(self.info.known()?.flags.as_ref()?.contains(flag))
    }

    /// Whether it can run virtual machines now; none where that is not known.
    pub fn virtualizes(&self) -> Option<bool> {
        Some(self.has("vmx")? || self.has("svm")?)
    }

    /// The maker.
    pub fn maker(&self) -> CpuMaker {
        self.info.known().map(|info| info.maker).unwrap_or_default()
    }
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> Cpu {
    let sets = |entry| {
        let texts = reader.texts(entry).into_iter();
        let mut sets: Vec<String> =
            texts.filter_map(|(_, text)| text.known().map(|text| text.trim().to_owned())).collect();
        sets.sort_by_key(|set| first_number(set));
        sets.dedup();
        sets
    };
    Cpu {
        info: reader.parse(&list::CPU_INFO, info),
        threads: reader.parse(&list::CPU_ONLINE, count),
        cores: sets(&list::CPU_CORES),
        caches: sets(&list::CPU_CACHES),
        hypervisor: reader.text(&list::HYPERVISOR).map(|text| text.trim().to_owned()),
    }
}

fn first_number(set: &str) -> u32 {
    set.split(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok()).unwrap_or(u32::MAX)
}

/// The first block of `/proc/cpuinfo`.
fn info(text: &str) -> Option<CpuInfo> {
    let value = |name: &str| {
        let line = text.lines().find(|line| line.split(':').next().map(str::trim) == Some(name))?;
        Some(line.split_once(':')?.1.trim())
    };
    if !text.contains(':') {
        return None;
    }
    Some(CpuInfo {
        maker: match value("vendor_id") {
            Some("GenuineIntel") => CpuMaker::Intel,
            Some("AuthenticAMD" | "HygonGenuine") => CpuMaker::Amd,
            _ => CpuMaker::Other,
        },
        // Some names are padded with blanks in the middle.
        model: value("model name")
            .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|name| !name.is_empty()),
        flags: value("flags").map(|flags| flags.split_whitespace().map(str::to_owned).collect()),
    })
}

/// How many numbers a list such as `0-7,9` names.
fn count(list: &str) -> Option<u32> {
    list.split(',').try_fold(0_u32, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        sum.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_tells() {
        let text = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD  Ryzen \nflags\t\t: fpu svm\nbugs\t: x\n";
        let info = info(text).unwrap();
        assert_eq!((info.maker, info.model.as_deref()), (CpuMaker::Amd, Some("AMD Ryzen")));
        let cpu = Cpu { info: Reading::Known(info), ..Cpu::default() };
        assert_eq!(
            (cpu.has("svm"), cpu.has("vmx"), cpu.virtualizes()),
            (Some(true), Some(false), Some(true))
        );
    }

    #[test]
    fn a_processor_without_flags_is_not_one_that_cannot() {
        let arm = info("processor : 0\nFeatures : fp asimd\n").unwrap();
        let cpu = Cpu { info: Reading::Known(arm), ..Cpu::default() };
        assert_eq!(cpu.virtualizes(), None);
        assert_eq!(info("banana"), None);
    }

    #[test]
    fn lists_of_processors() {
        assert_eq!(count("0-15"), Some(16));
        assert_eq!(count("0-3,8"), Some(5));
        for nonsense in ["", "3-1", "a", "0-", "0-4294967295,1", "1,,2"] {
            assert_eq!(count(nonsense), None, "{nonsense:?}");
        }
    }
}
