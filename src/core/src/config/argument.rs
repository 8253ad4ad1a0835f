//! Arguments of the kernel: their words, and the closed set of those that we may add.
//!
//! How words are split is the kernel's own rule (`lib/cmdline.c`, `next_arg`): white space separates, double quotes
//! protect it, `-` and `_` are the same in names, what follows `--` is for the first process. What the arguments mean:
//! `Documentation/admin-guide/kernel-parameters.txt`, and our own early script for `gangway.reserve`.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::pci::{DeviceId, PciAddress, VendorId};
use crate::system::bytes;

/// The name of the one switch that is ours.
const RESERVE: &str = "gangway.reserve";

/// The most seconds that a panicked kernel waits before it restarts.
const PANIC_CAP: u16 = 600;

/// The most huge pages that are asked for at once.
const PAGES_CAP: u32 = 1 << 20;

/// An argument as it is added and removed: one word, or words that mean something only together and in this order,
/// such as `hugepagesz=1G hugepages=8`.
///
/// Printed and read as its words with one space between. Words have no quotes, blanks, backslashes or other signs that
/// a shell, a boot loader or a configuration format gives a meaning, so that they can be written anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KernelArgument {
    words: Vec<String>,
}

/// A text is no argument that can be written into any configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an argument that can be written")]
pub struct ArgumentError(pub String);

impl KernelArgument {
    /// Its words; at least one.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Where it stands last in a list of words. After `--` are words for the first process, and none of the kernel.
    pub(super) fn last_in(&self, words: &[String]) -> Option<Range<usize>> {
        let count = self.words.len();
        let same = |run: &[String]| run.iter().zip(&self.words).all(|(one, other)| same_word(one, other));
        kernel_words(words).windows(count).rposition(same).map(|start| start..start + count)
    }
}

impl FromStr for KernelArgument {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-=:,@+/%".contains(&byte);
        let word = |word: &str| {
            let name = word.split('=').next().unwrap_or_default();
            !name.is_empty() && word != "--" && word.bytes().all(fits)
        };
        if text.split(' ').all(word) {
            Ok(Self { words: text.split(' ').map(str::to_owned).collect() })
        } else {
            Err(ArgumentError(text.chars().take(200).collect()))
        }
    }
}

impl fmt::Display for KernelArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

impl From<&OwnArgument> for KernelArgument {
    fn from(argument: &OwnArgument) -> Self {
        Self { words: argument.to_string().split(' ').map(str::to_owned).collect() }
    }
}

/// The size of a huge page. Others of the kernel's sizes are not offered: on x86 there are these two.
///
/// Source: kernel, `Documentation/admin-guide/mm/hugetlbpage.rst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HugePageSize {
    /// 2 MiB, which can be reserved while the computer runs.
    #[serde(rename = "2M")]
    TwoMiB,
    /// 1 GiB, which is best reserved at the start.
    #[serde(rename = "1G")]
    OneGiB,
}

/// A function that the early script reserves, and what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reserved {
    address: PciAddress,
    vendor: VendorId,
    device: DeviceId,
}

impl Reserved {
    /// A function with its identity; none for a domain above `ffff`, which the early script does not know.
    pub fn new(address: PciAddress, vendor: VendorId, device: DeviceId) -> Option<Self> {
        (address.domain() <= 0xffff).then_some(Self { address, vendor, device })
    }

    /// Where it is.
    pub const fn address(self) -> PciAddress {
        self.address
    }

    /// Who made it, and which device it is.
    pub const fn id(self) -> (VendorId, DeviceId) {
        (self.vendor, self.device)
    }
}

impl fmt::Display for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}:{}", self.address, self.vendor, self.device)
    }
}

impl FromStr for Reserved {
    type Err = ArgumentError;

    /// Reads it exactly as it is written: anything else was not written by us, and the early script refuses it.
    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let id = |id: &str| u16::from_str_radix(id, 16).ok();
        let parse = || {
            let (address, ids) = text.split_once('=')?;
            let (vendor, device) = ids.split_once(':')?;
            let address = PciAddress::parse(address.as_bytes())?;
            let function = Self::new(address, VendorId(id(vendor)?), DeviceId(id(device)?))?;
            (function.to_string() == text).then_some(function)
        };
        parse().ok_or_else(|| ArgumentError(text.chars().take(200).collect()))
    }
}

/// An argument that we may add. Nothing else is ever added to a command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OwnArgument {
    /// `intel_iommu=on`.
    IntelIommuOn,
    /// `iommu=pt`: devices of the host are mapped one to one.
    IommuPassthrough,
    /// `hugepagesz=SIZE hugepages=COUNT`.
    HugePages(HugePageSize, PageCount),
    /// `default_hugepagesz=SIZE`.
    DefaultHugePageSize(HugePageSize),
    /// `gangway.reserve=ADDRESS=VENDOR:DEVICE,…`, sorted.
    Reserve(Reservation),
    /// `panic=SECONDS`: a kernel that panics restarts.
    Panic(PanicSeconds),
}

/// How many huge pages: at least one, and a number that makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageCount(u32);

/// After how many seconds a panicked kernel restarts: at least one, at most ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PanicSeconds(u16);

/// The functions that are reserved: sorted, at least one, none twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reservation(Vec<Reserved>);

impl Reservation {
    /// These functions; none without any, or where one is named twice.
    pub fn new(mut functions: Vec<Reserved>) -> Option<Self> {
        functions.sort_unstable();
        let twice = functions.windows(2).any(|pair| matches!(pair, [a, b] if a.address == b.address));
        (!functions.is_empty() && !twice).then_some(Self(functions))
    }

    /// The functions, by address.
    pub fn functions(&self) -> &[Reserved] {
        &self.0
    }
}

impl fmt::Display for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&list.join(","))
    }
}

impl FromStr for Reservation {
    type Err = ArgumentError;

    /// Reads the value of `gangway.reserve=` exactly as it is written, in order.
    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let functions: Result<Vec<Reserved>, ArgumentError> = text.split(',').map(str::parse).collect();
        let reservation = Self::new(functions?).filter(|reservation| reservation.to_string() == text);
        reservation.ok_or_else(|| ArgumentError(text.chars().take(200).collect()))
    }
}

/// Whether an argument is on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It, or what does the same, is there.
    There,
    /// Neither it nor anything against it.
    Absent,
    /// This is there, which contradicts it.
    Contradicted(String),
}

impl OwnArgument {
    /// Huge pages; none for no pages, or more than make sense.
    pub fn huge_pages(size: HugePageSize, count: u32) -> Option<Self> {
        (1..=PAGES_CAP).contains(&count).then_some(Self::HugePages(size, PageCount(count)))
    }

    /// The switch of the reservation; none without any function, or where one is named twice.
    pub fn reserve(functions: Vec<Reserved>) -> Option<Self> {
        Reservation::new(functions).map(Self::Reserve)
    }

    /// A restart after a panic; none for 0, which waits for ever, or more than ten minutes.
    pub fn panic(seconds: u16) -> Option<Self> {
        (1..=PANIC_CAP).contains(&seconds).then_some(Self::Panic(PanicSeconds(seconds)))
    }

    /// How it stands to the words of a command line.
    pub(super) fn standing(&self, words: &[String]) -> Standing {
        let words = kernel_words(words);
        let all: Vec<(&str, &str)> = words
            .iter()
            .map(|word| name_and_value(word))
            .map(|(name, value)| (name, value.unwrap_or_default()))
            .collect();
        let values = |name: &'static str| {
            all.iter().filter(move |(given, _)| same_name(given, name)).map(|(_, value)| *value)
        };
        let against = |name: &str, value: &str| Standing::Contradicted(format!("{name}={value}"));
        let option = |name: &'static str, good: &str, bad: &[&str]| {
            let parts = || values(name).flat_map(|value| value.split(','));
            match parts().find(|part| bad.contains(part)) {
                Some(part) => against(name, part),
                None if parts().any(|part| part == good) => Standing::There,
                None => Standing::Absent,
            }
        };
        match self {
            Self::IntelIommuOn => option("intel_iommu", "on", &["off"]),
            Self::IommuPassthrough => {
                // iommu=nopt, off and soft: kernel-parameters.txt, iommu= [X86]; iommu.passthrough= is the same switch.
                match option("iommu", "pt", &["off", "nopt", "soft", "noforce"]) {
                    Standing::Absent => match values("iommu.passthrough").next_back() {
                        Some("1" | "on" | "y") => Standing::There,
                        Some(value) => against("iommu.passthrough", value),
                        None => Standing::Absent,
                    },
                    other => other,
                }
            }
            Self::HugePages(size, count) => huge_pages(&all, *size, count.0),
            Self::DefaultHugePageSize(size) => match values("default_hugepagesz").next_back() {
                None => Standing::Absent,
                Some(value) if bytes(value) == Some(size.bytes()) => Standing::There,
                Some(value) => against("default_hugepagesz", value),
            },
            Self::Reserve(_) => {
                let wanted = self.to_string();
                let wanted = wanted.split_once('=').map(|(_, value)| value);
                match values(RESERVE).next_back() {
                    None => Standing::Absent,
                    given if given == wanted => Standing::There,
                    Some(given) => against(RESERVE, given),
                }
            }
            Self::Panic(_) => match values("panic").next_back() {
                None => Standing::Absent,
                // Another wait is as good: what counts is that it does not stop there.
                Some(value) if value.parse::<i32>().is_ok_and(|seconds| seconds != 0) => Standing::There,
                Some(value) => against("panic", value),
            },
        }
    }
}

/// `hugepages=` counts for the `hugepagesz=` before it.
fn huge_pages(all: &[(&str, &str)], size: HugePageSize, count: u32) -> Standing {
    let mut of_size: Option<&str> = None;
    for (name, value) in all {
        if same_name(name, "hugepagesz") {
            of_size = Some(value);
        } else if same_name(name, "hugepages") {
            let same_size = of_size.map(|given| bytes(given) == Some(size.bytes()));
            match same_size {
                Some(true) if value.parse() == Ok(count) => return Standing::There,
                Some(false) => {}
                // Of this size, or of the default size, which may be this one.
                Some(true) | None => return Standing::Contradicted(format!("hugepages={value}")),
            }
        }
    }
    Standing::Absent
}

impl HugePageSize {
    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::TwoMiB => 1 << 21,
            Self::OneGiB => 1 << 30,
        }
    }

    /// As the kernel's arguments spell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TwoMiB => "2M",
            Self::OneGiB => "1G",
        }
    }
}

impl fmt::Display for OwnArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IntelIommuOn => f.write_str("intel_iommu=on"),
            Self::IommuPassthrough => f.write_str("iommu=pt"),
            Self::HugePages(size, count) => write!(f, "hugepagesz={} hugepages={}", size.word(), count.0),
            Self::DefaultHugePageSize(size) => write!(f, "default_hugepagesz={}", size.word()),
            Self::Panic(seconds) => write!(f, "panic={}", seconds.0),
            Self::Reserve(functions) => write!(f, "{RESERVE}={functions}"),
        }
    }
}

/// The words before `--`.
fn kernel_words(words: &[String]) -> &[String] {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    words.get(..end).unwrap_or(words)
}

/// The name of a word, and its value where there is one. Quotes stand around the whole word or around its value.
pub(crate) fn name_and_value(word: &str) -> (&str, Option<&str>) {
    let bare = |text| str::strip_prefix(text, '"').map(|text| text.strip_suffix('"').unwrap_or(text));
    let whole = bare(word);
    match whole.unwrap_or(word).split_once('=') {
        None => (whole.unwrap_or(word), None),
        Some((name, value)) => (name, Some(bare(value).filter(|_| whole.is_none()).unwrap_or(value))),
    }
}

/// Whether two names are the same to the kernel.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let plain = |byte: u8| if byte == b'-' { b'_' } else { byte };
    one.bytes().map(plain).eq(other.bytes().map(plain))
}

fn same_word(one: &str, other: &str) -> bool {
    let part = |word: &str| word.split_once('=').map_or(word.len(), |(name, _)| name.len());
    let (one, one_value) = one.split_at(part(one));
    let (other, other_value) = other.split_at(part(other));
    same_name(one, other) && one_value == other_value
}

/// The words of a command line, and whether every quote was ended. White space is what the kernel's `isspace` says of
/// ASCII.
pub(crate) fn word_ranges(text: &str) -> (Vec<Range<usize>>, bool) {
    let mut words = Vec::new();
    let (mut start, mut quoted) = (None, false);
    for (at, character) in text.char_indices() {
        quoted ^= character == '"';
        let space = !quoted && matches!(character, ' ' | '\t'..='\r');
        match (space, start) {
            (true, Some(begin)) => {
                words.push(begin..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.extend(start.map(|begin| begin..text.len()));
    (words, !quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(argument: &OwnArgument, line: &str) -> Standing {
        let words: Vec<String> =
            word_ranges(line).0.into_iter().map(|range| line[range].to_owned()).collect();
        argument.standing(&words)
    }

    fn against(found: &str) -> Standing {
        Standing::Contradicted(found.to_owned())
    }

    fn function(text: &str, vendor: u16, device: u16) -> Reserved {
        Reserved::new(text.parse().unwrap(), VendorId(vendor), DeviceId(device)).unwrap()
    }

    #[test]
    fn words_are_split_as_the_kernel_does() {
        let words = |text: &str| -> Vec<String> {
            word_ranges(text).0.into_iter().map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(words(" a\tb=\"c d\"  e\n"), ["a", "b=\"c d\"", "e"]);
        assert_eq!(words(" \n"), [""; 0]);
        assert!(word_ranges("a \"b").0.len() == 2 && !word_ranges("a \"b").1);
        assert_eq!(name_and_value("\"a=b c\""), ("a", Some("b c")));
        assert_eq!(name_and_value("a=\"b c\""), ("a", Some("b c")));
        assert_eq!(name_and_value("quiet"), ("quiet", None));
    }

    #[test]
    fn only_words_that_mean_nothing_to_any_format_are_arguments() {
        for good in ["quiet", "iommu=pt", "hugepagesz=1G hugepages=8", "root=UUID=1-2", "video=DP-1:d"] {
            assert_eq!(good.parse::<KernelArgument>().unwrap().to_string(), good);
        }
        for bad in [
            "", " a", "a  b", "a\n", "a\"b\"", "$a", "a;b", "=x", "--", "a --", "a\\", "ä", "a'", "#a",
            "`a`", "a|b", "(a)", "a*", "{a}",
        ] {
            assert!(bad.parse::<KernelArgument>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_argument_of_ours_is_one() {
        let reserve = OwnArgument::reserve(vec![
            function("0000:01:00.1", 0x10de, 0x228b),
            function("0000:01:00.0", 0x10de, 0x2484),
        ])
        .unwrap();
        assert_eq!(reserve.to_string(), "gangway.reserve=0000:01:00.0=10de:2484,0000:01:00.1=10de:228b");
        let all = [
            reserve,
            OwnArgument::IntelIommuOn,
            OwnArgument::IommuPassthrough,
            OwnArgument::huge_pages(HugePageSize::OneGiB, 8).unwrap(),
            OwnArgument::DefaultHugePageSize(HugePageSize::TwoMiB),
            OwnArgument::panic(30).unwrap(),
        ];
        for argument in all {
            assert_eq!(argument.to_string().parse(), Ok(KernelArgument::from(&argument)));
            assert_eq!(standing(&argument, "quiet"), Standing::Absent);
            assert_eq!(standing(&argument, &format!("quiet {argument}")), Standing::There);
            // What is for the first process does not count.
            assert_eq!(standing(&argument, &format!("quiet -- {argument}")), Standing::Absent);
        }
    }

    #[test]
    fn values_outside_of_their_grammar_are_none() {
        let one = function("0000:01:00.0", 1, 2);
        assert_eq!(OwnArgument::reserve(vec![]), None);
        assert_eq!(OwnArgument::reserve(vec![one, function("0000:01:00.0", 1, 3)]), None);
        assert_eq!(Reserved::new("10000:01:00.0".parse().unwrap(), VendorId(1), DeviceId(2)), None);
        assert_eq!((OwnArgument::panic(0), OwnArgument::panic(601)), (None, None));
        assert_eq!(OwnArgument::huge_pages(HugePageSize::OneGiB, 0), None);
    }

    #[test]
    fn a_reservation_is_read_as_it_was_written_and_not_otherwise() {
        let text = "0000:01:00.0=10de:2484,0000:01:00.1=10de:228b";
        let read: Reservation = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
        assert_eq!(read.functions()[1].id(), (VendorId(0x10de), DeviceId(0x228b)));
        for bad in [
            "",
            "0000:01:00.0",
            "0000:01:00.0=10de",
            "01:00.0=10de:2484",
            "0000:01:00.0=10DE:2484",
            "0000:01:00.0=+0de:2484",
            "10000:01:00.0=10de:2484",
            "0000:01:00.1=10de:228b,0000:01:00.0=10de:2484",
            "0000:01:00.0=10de:2484,0000:01:00.0=10de:2484",
            "0000:01:00.0=10de:2484,",
            " 0000:01:00.0=10de:2484",
        ] {
            assert!(bad.parse::<Reservation>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_does_the_same_is_there_and_what_is_against_it_is_told() {
        let iommu = OwnArgument::IommuPassthrough;
        assert_eq!(standing(&iommu, "iommu=memaper=3,pt"), Standing::There);
        assert_eq!(standing(&iommu, "iommu.passthrough=1"), Standing::There);
        assert_eq!(standing(&iommu, "iommu.passthrough=0"), against("iommu.passthrough=0"));
        assert_eq!(standing(&iommu, "iommu=off"), against("iommu=off"));
        assert_eq!(standing(&OwnArgument::IntelIommuOn, "intel-iommu=on,sm_on"), Standing::There);
        assert_eq!(standing(&OwnArgument::IntelIommuOn, "intel_iommu=igfx_off"), Standing::Absent);
        assert_eq!(standing(&OwnArgument::IntelIommuOn, "intel_iommu=off"), against("intel_iommu=off"));
        assert_eq!(standing(&OwnArgument::panic(30).unwrap(), "panic=10"), Standing::There);
        assert_eq!(standing(&OwnArgument::panic(30).unwrap(), "panic=0"), against("panic=0"));
        let pages = OwnArgument::huge_pages(HugePageSize::OneGiB, 8).unwrap();
        assert_eq!(standing(&pages, "hugepagesz=2M hugepages=8"), Standing::Absent);
        assert_eq!(standing(&pages, "hugepagesz=1024M hugepages=8"), Standing::There);
        assert_eq!(standing(&pages, "hugepagesz=1G hugepages=4"), against("hugepages=4"));
        assert_eq!(standing(&pages, "hugepages=8"), against("hugepages=8"));
    }

    #[test]
    fn the_last_run_of_the_words_is_found() {
        let find = |argument: &str, line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            argument.parse::<KernelArgument>().unwrap().last_in(&words)
        };
        assert_eq!(find("vfio-pci.ids=a-b", "x vfio_pci.ids=a-b y"), Some(1..2));
        assert_eq!(find("vfio-pci.ids=a-b", "x vfio_pci.ids=a_b y"), None);
        let pages = "hugepagesz=1G hugepages=8 hugepagesz=2M hugepages=8";
        assert_eq!(find("hugepagesz=1G hugepages=8", pages), Some(0..2));
        assert_eq!(find("quiet", "a -- quiet"), None);
    }
}
