//! Memory and huge pages. Source: kernel, `Documentation/filesystems/proc.rst` (meminfo),
//! `Documentation/admin-guide/mm/hugetlbpage.rst`.

use super::list;
use super::reader::Reader;
use crate::host::KernelCommandLine;
use crate::reading::Reading;

/// The memory of a computer; sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// All that the kernel has.
    pub total: Reading<u64>,
    /// What could be had now without swapping.
    pub available: Reading<u64>,
    /// The size of a huge page where none is named.
    pub huge_page: Reading<u64>,
    /// The huge pages of each size, the smallest first.
    pub huge: Vec<HugePages>,
}

/// The huge pages of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HugePages {
    /// The size of a page.
    pub size: u64,
    /// How many are reserved.
    pub reserved: Reading<u64>,
    /// How many of them are free.
    pub free: Reading<u64>,
}

/// Huge pages that the kernel's arguments ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedPages {
    /// The size of a page; none where the default one is meant.
    pub size: Option<u64>,
    /// How many.
    pub number: u64,
}

impl Memory {
    /// The bytes that huge pages take away from everything else.
    pub fn reserved(&self) -> u64 {
        self.huge.iter().fold(0, |sum, pages| {
            sum.saturating_add(pages.reserved.known().copied().unwrap_or(0).saturating_mul(pages.size))
        })
    }
}

/// What the arguments ask for: `hugepages=` counts for the size before it.
pub fn asked_pages(line: &KernelCommandLine) -> Vec<AskedPages> {
    let mut size = None;
    let mut asked = Vec::new();
    for argument in line.arguments() {
        let value = argument.value.as_deref().unwrap_or_default();
        if argument.is("hugepagesz") {
            size = bytes(value);
        } else if argument.is("hugepages")
            && let Ok(number) = value.parse()
        {
            asked.push(AskedPages { size, number });
        }
    }
    asked
}

/// A size with one of the kernel's letters, such as `1G`. Source: kernel, `lib/cmdline.c` (memparse).
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    let shift = match text.get(digits.len()..)?.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> Memory {
    let text = reader.text(&list::MEMORY);
    let line = |name: &str| field(&text, name);
    Memory {
        total: line("MemTotal"),
        available: line("MemAvailable"),
        huge_page: line("Hugepagesize"),
        huge: huge(reader),
    }
}

/// A line of meminfo, such as `MemTotal:  32768 kB`.
fn field(text: &Reading<String>, name: &str) -> Reading<u64> {
    let text = match text {
        Reading::Known(text) => text,
        other => return other.as_ref().map(|_| 0),
    };
    let find = |line: &&str| line.split_once(':').is_some_and(|(key, _)| key == name);
    let Some(line) = text.lines().find(find) else { return Reading::Absent };
    let value = line.split_once(':').map(|(_, value)| value.trim()).unwrap_or_default();
    let number = value.strip_suffix(" kB").and_then(|number| number.trim().parse::<u64>().ok());
    match number.and_then(|number| number.checked_mul(1024)) {
        Some(bytes) => Reading::Known(bytes),
        None => Reading::nonsense(list::MEMORY.path, line),
    }
}

fn huge(reader: &Reader<'_>) -> Vec<HugePages> {
    let free = reader.texts(&list::HUGE_PAGES_FREE);
    let mut all: Vec<HugePages> = reader
        .texts(&list::HUGE_PAGES)
        .into_iter()
        .filter_map(|(path, reserved)| {
            let folder = path.rsplit_once('/')?.0;
            let size = page_size(folder)?;
            let free =
                free.iter().find(|(path, _)| path.rsplit_once('/').is_some_and(|(other, _)| other == folder));
            let free = free.map_or(Reading::Absent, |(path, text)| number(path, text));
            Some(HugePages { size, reserved: number(&path, &reserved), free })
        })
        .collect();
    all.sort_by_key(|pages| pages.size);
    all
}

/// The size in the name of a folder such as `hugepages-2048kB`.
fn page_size(folder: &str) -> Option<u64> {
    let kilobytes = folder.rsplit('/').next()?.strip_prefix("hugepages-")?.strip_suffix("kB")?;
    kilobytes.parse::<u64>().ok()?.checked_mul(1024)
}

fn number(path: &str, text: &Reading<String>) -> Reading<u64> {
    match text {
        Reading::Known(text) => match text.trim().parse() {
            Ok(number) => Reading::Known(number),
            Err(_) => Reading::nonsense(path, text.trim()),
        },
        other => other.as_ref().map(|_| 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_meminfo() {
        let text = Reading::Known(
            "MemTotal:       32768 kB\nHugepagesize:    many kB\nX: 99999999999999999999 kB\n".to_owned(),
        );
        assert_eq!(field(&text, "MemTotal"), Reading::Known(32 << 20));
        assert!(field(&text, "MemAvailable").is_absent());
        assert!(field(&text, "Hugepagesize").trouble().is_some() && field(&text, "X").trouble().is_some());
    }

    #[test]
    fn sizes_of_pages() {
        assert_eq!(page_size("/sys/kernel/mm/hugepages/hugepages-1048576kB"), Some(1 << 30));
        assert_eq!(page_size("/sys/kernel/mm/hugepages/hugepages-kB"), None);
        assert_eq!(
            (bytes("1G"), bytes("2m"), bytes("16"), bytes("1X"), bytes("")),
            (Some(1 << 30), Some(2 << 20), Some(16), None, None)
        );
        assert_eq!(bytes("99999999999T"), None);
    }

    #[test]
    fn an_order_counts_for_the_size_before_it() {
        let line = KernelCommandLine::parse("hugepages=4 hugepagesz=1G hugepages=8 hugepages=x");
        let expected = [AskedPages { size: None, number: 4 }, AskedPages { size: Some(1 << 30), number: 8 }];
        assert_eq!(asked_pages(&line), expected);
    }

    #[test]
    fn no_sum_overflows() {
        let pages = HugePages { size: 1 << 30, reserved: Reading::Known(u64::MAX), free: Reading::Absent };
        assert_eq!(Memory { huge: vec![pages.clone(), pages], ..Memory::default() }.reserved(), u64::MAX);
    }
}
