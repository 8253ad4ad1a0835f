//! Writing to an attribute of the kernel, by a process of its own that can be left behind: a driver that does not let go
//! keeps its writer for ever, and nothing ends it but a restart.
//!
//! The process is this program again, with [`FLAG`]. What it may write is a closed set, and each value is checked on both
//! sides. Source: kernel, `Documentation/ABI/testing/sysfs-bus-pci`; setting `driver_override` takes the device's lock, too.

use std::process::ExitCode;
use std::time::Duration;

use gangway_core::pci::{DriverName, PciAddress};
use gangway_core::plan::HugePageSize;

use crate::command::{Call, Program};
use crate::step::{Context, StepError};
use crate::write::{Root, WriteError};

/// The argument by which the program knows that it is such a process.
pub const FLAG: &str = "--write-attribute";

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// The only driver that a function may get; none for any.
    Override {
        /// The function.
        address: PciAddress,
        /// The driver.
        driver: Option<String>,
    },
    /// A function's driver lets go of it.
    Unbind {
        /// The function.
        address: PciAddress,
    },
    /// The kernel looks for a driver for a function.
    Probe {
        /// The function.
        address: PciAddress,
    },
    /// How many huge pages are reserved.
    HugePages {
        /// Their size.
        size: HugePageSize,
        /// How many.
        pages: u64,
    },
}

impl Attribute {
    /// The words by which it is handed to the process.
    fn words(&self) -> Vec<String> {
        match self {
            Self::Override { address, driver } => {
                vec!["override".to_owned(), address.to_string(), driver.clone().unwrap_or_default()]
            }
            Self::Unbind { address } => vec!["unbind".to_owned(), address.to_string()],
            Self::Probe { address } => vec!["probe".to_owned(), address.to_string()],
            Self::HugePages { size, pages } => {
                let size = match size {
                    HugePageSize::TwoMiB => "2M",
                    HugePageSize::OneGiB => "1G",
                };
                vec!["huge-pages".to_owned(), size.to_owned(), pages.to_string()]
            }
        }
    }

    /// The attribute that such words tell, after [`FLAG`].
    pub fn parse(words: &[impl AsRef<str>]) -> Option<Self> {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let address = |text: &str| PciAddress::parse(text.as_bytes());
        match words.as_slice() {
            ["override", at, ""] => Some(Self::Override { address: address(at)?, driver: None }),
            ["override", at, driver] => {
                Some(Self::Override { address: address(at)?, driver: Some(check_driver(driver)?) })
            }
            ["unbind", at] => Some(Self::Unbind { address: address(at)? }),
            ["probe", at] => Some(Self::Probe { address: address(at)? }),
            ["huge-pages", "2M", pages] => {
                Some(Self::HugePages { size: HugePageSize::TwoMiB, pages: pages.parse().ok()? })
            }
            ["huge-pages", "1G", pages] => {
                Some(Self::HugePages { size: HugePageSize::OneGiB, pages: pages.parse().ok()? })
            }
            _ => None,
        }
    }

    /// Its path.
    pub fn path(&self) -> String {
        match self {
            Self::Override { address, .. } => format!("/sys/bus/pci/devices/{address}/driver_override"),
            Self::Unbind { address } => format!("/sys/bus/pci/devices/{address}/driver/unbind"),
            Self::Probe { .. } => "/sys/bus/pci/drivers_probe".to_owned(),
            Self::HugePages { size, .. } => Self::huge_pages_path(*size).to_owned(),
        }
    }

    pub(crate) fn huge_pages_path(size: HugePageSize) -> &'static str {
        match size {
            HugePageSize::TwoMiB => "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
            HugePageSize::OneGiB => "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages",
        }
    }

    /// What is written to it.
    pub fn text(&self) -> String {
        match self {
            Self::Override { driver, .. } => format!("{}\n", driver.as_deref().unwrap_or_default()),
            Self::Unbind { address } | Self::Probe { address } => address.to_string(),
            Self::HugePages { pages, .. } => format!("{pages}\n"),
        }
    }

    /// Writes it here and now, however long that takes.
    ///
    /// # Errors
    /// When the kernel says no.
    pub fn write_here(&self, root: &Root) -> Result<(), WriteError> {
        root.write_attribute(&self.path(), &self.text())
    }

    /// Has it written by a process of its own, and waits for that.
    pub(crate) fn write(&self, context: &mut Context<'_>, limit: Duration) -> Result<(), StepError> {
        if let Self::Override { driver: Some(driver), .. } = self {
            check_driver(driver).ok_or_else(|| StepError::BadName(driver.clone()))?;
        }
        let path = self.path();
        context.root.gap("attribute-begin", &path);
        let mut arguments = vec![FLAG.to_owned()];
        arguments.extend(self.words());
        let call = Call { program: Program::Own, arguments, limit };
        call.succeed(context.tools, context.line)?;
        context.root.gap("attribute-written", &path);
        Ok(())
    }
}

/// A driver's name is a file name, and one word.
fn check_driver(name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let plain =
        name.len() <= 64 && name.chars().all(fits) && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (plain && DriverName::new(name).is_some()).then(|| name.to_owned())
}

/// What the program does when [`FLAG`] is its first argument: the rest of them says what is written to the running system.
/// The program calls this before anything else; none where it was started in order to serve.
pub fn main(arguments: impl IntoIterator<Item = String>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter();
    if arguments.next().as_deref() != Some(FLAG) {
        return None;
    }
    let words: Vec<String> = arguments.collect();
    let written = match Attribute::parse(&words) {
        None => Err("not an attribute".to_owned()),
        Some(attribute) => {
            Root::live().and_then(|root| attribute.write_here(&root)).map_err(|error| error.to_string())
        }
    };
    match written {
        Ok(()) => Some(ExitCode::SUCCESS),
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the way from this process to the one that waits for it")]
            {
                eprintln!("{error}");
            }
            Some(ExitCode::FAILURE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_and_nothing_else_is_written() {
        let address: PciAddress = "0000:01:00.0".parse().unwrap();
        for attribute in [
            Attribute::Override { address, driver: Some("vfio-pci".to_owned()) },
            Attribute::Override { address, driver: None },
            Attribute::Unbind { address },
            Attribute::Probe { address },
            Attribute::HugePages { size: HugePageSize::OneGiB, pages: 16 },
        ] {
            assert_eq!(Attribute::parse(&attribute.words()), Some(attribute));
        }
        let wrong: [&[&str]; 8] = [
            &[],
            &["unbind"],
            &["unbind", "../../x"],
            &["override", "0000:01:00.0", "a/b"],
            &["override", "0000:01:00.0", "a\nb"],
            &["override", "0000:01:00.0", ".."],
            &["huge-pages", "4K", "1"],
            &["huge-pages", "2M", "-1"],
        ];
        for words in wrong {
            assert_eq!(Attribute::parse(words), None, "{words:?}");
        }
        assert_eq!(main(["--serve".to_owned()]), None);
    }
}
