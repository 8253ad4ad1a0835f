//! The kernel command line, read as the kernel reads it.
//!
//! Parsing only; what an argument does is known where it matters. Source: kernel, `lib/cmdline.c` (`next_arg`),
//! `kernel/params.c` (`parse_args`) and `Documentation/admin-guide/kernel-parameters.rst`.

use crate::config::{name_and_value, same_name, word_ranges};
use crate::reading::Reading;
use crate::source::{Source, SourceErrorKind};

pub(crate) const PATH: &str = "/proc/cmdline";

/// What the kernel was started with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KernelCommandLine {
    arguments: Vec<Argument>,
    init: Vec<String>,
}

/// One argument: a name, and a value where there is a `=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name as given.
    pub name: String,
    /// The value without its quotes.
    pub value: Option<String>,
}

impl Argument {
    /// Whether this argument has that name; `-` and `_` are the same to the kernel.
    pub fn is(&self, name: &str) -> bool {
        same_name(&self.name, name)
    }
}

impl KernelCommandLine {
    /// Reads a command line. Every text is one: the kernel refuses none.
    pub fn parse(text: &str) -> Self {
        let mut line = Self::default();
        let (ranges, _) = word_ranges(text);
        let mut words = ranges.into_iter().filter_map(|range| text.get(range));
        while let Some(word) = words.next() {
            if word == "--" {
                line.init = words.map(|word| word.replace('"', "")).collect();
                break;
            }
            line.arguments.push(argument(word));
        }
        line
    }

    /// The arguments for the kernel, in order.
    pub fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    /// What stands after `--`, for the first process.
    pub fn init(&self) -> &[String] {
        &self.init
    }

    /// Whether an argument is given, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument.is(name))
    }

    /// The values given to an argument, in order; an argument without a value has none.
    pub fn values<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.arguments
            .iter()
            .filter(move |argument| argument.is(name))
            .filter_map(|argument| argument.value.as_deref())
    }
}

fn argument(word: &str) -> Argument {
    let (name, value) = name_and_value(word);
    Argument { name: name.to_owned(), value: value.map(str::to_owned) }
}

/// Reads the command line of a machine.
pub(crate) fn read(source: &Source) -> Reading<KernelCommandLine> {
    match source.read_text(PATH) {
        Ok(text) => Reading::Known(KernelCommandLine::parse(&text)),
        Err(error) => match error.kind {
            SourceErrorKind::Absent => Reading::Absent,
            SourceErrorKind::NotText => Reading::nonsense(error.path, error.kind),
            kind => Reading::unreadable(error.path, kind),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>)> {
        KernelCommandLine::parse(text).arguments.into_iter().map(|a| (a.name, a.value)).collect()
    }

    fn pairs(expected: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect()
    }

    #[test]
    fn names_and_values() {
        let text = "BOOT_IMAGE=/vmlinuz root=UUID=1234 quiet  iommu=pt\tintel_iommu=on\n";
        let expected = [
            ("BOOT_IMAGE", Some("/vmlinuz")),
            ("root", Some("UUID=1234")),
            ("quiet", None),
            ("iommu", Some("pt")),
            ("intel_iommu", Some("on")),
        ];
        assert_eq!(read(text), pairs(&expected));
        assert_eq!(read("a="), pairs(&[("a", Some(""))]));
        assert_eq!(read(" \n"), pairs(&[]));
    }

    #[test]
    fn quotes_keep_spaces() {
        assert_eq!(read(r#"dyndbg="file a +p" x"#), pairs(&[("dyndbg", Some("file a +p")), ("x", None)]));
        assert_eq!(read(r#""dyndbg=file a +p" x"#), pairs(&[("dyndbg", Some("file a +p")), ("x", None)]));
        assert_eq!(read(r#"a="unended b"#), pairs(&[("a", Some("unended b"))]));
    }

    #[test]
    fn dashes_are_underscores() {
        let line =
            KernelCommandLine::parse("vfio-pci.ids=10de:2484 vfio_pci.ids=10de:228b vfio-pci.disable_vga");
        assert_eq!(line.values("vfio_pci.ids").collect::<Vec<_>>(), ["10de:2484", "10de:228b"]);
        assert!(line.has("vfio_pci.disable-vga"));
        assert_eq!(line.values("vfio-pci.disable_vga").next(), None);
        assert!(!line.has("vfio"));
    }

    #[test]
    fn the_first_process_gets_the_rest() {
        let line = KernelCommandLine::parse("quiet -- single iommu=off");
        assert_eq!(line.init(), ["single", "iommu=off"]);
        assert!(!line.has("iommu"));
    }
}
