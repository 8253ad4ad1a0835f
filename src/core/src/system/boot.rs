//! The boot loader really in use, and how this machine keeps the kernel's arguments.
//!
//! Source: systemd, `docs/BOOT_LOADER_INTERFACE.md` (LoaderInfo, StubInfo), kernel-install(8), grubby(8), GRUB manual
//! (grub-mkconfig), rpm-ostree(1) kargs. Nothing here edits anything.

use super::distribution::{Distribution, Family, Image};
use super::list;
use super::reader::Reader;
use crate::config::efi_variable;
use crate::host::KernelCommandLine;
use crate::reading::{Reading, Trouble};

/// How the machine starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Boot {
    /// What the loader said of itself to the firmware; absent where it says nothing, as GRUB mostly does.
    pub told: Reading<String>,
    /// Whether the kernel was started out of a unified image (systemd-stub), which carries its arguments.
    pub unified: Reading<String>,
    /// The loaders whose configuration is there.
    pub installed: Vec<Loader>,
    /// How the kernel's arguments are kept.
    pub arguments: ArgumentWay,
    /// The arguments that are configured for the next start, by file.
    pub configured: Vec<(String, KernelCommandLine)>,
    /// The files and folders of such arguments that could not be read: what they say is not known.
    pub unread: Vec<Trouble>,
}

/// A boot loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loader {
    /// GRUB.
    Grub,
    /// systemd-boot.
    SystemdBoot,
    /// rEFInd.
    Refind,
    /// Limine.
    Limine,
}

impl Boot {
    /// The loader in use: the one that said so, or the only one that is installed.
    pub fn loader(&self) -> Option<Loader> {
        let told = self.told.known().map(|told| told.to_lowercase()).unwrap_or_default();
        let by_word = [
            ("systemd-boot", Loader::SystemdBoot),
            ("grub", Loader::Grub),
            ("limine", Loader::Limine),
            ("refind", Loader::Refind),
        ];
        let told = by_word.into_iter().find(|(word, _)| told.starts_with(word)).map(|(_, loader)| loader);
        told.or(match self.installed.as_slice() {
            [only] => Some(*only),
            _ => None,
        })
    }
}

/// How a machine keeps the arguments of its kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum ArgumentWay {
    /// A variable of GRUB's settings, and a command that makes its configuration.
    Grub {
        /// The variable, in `/etc/default/grub`.
        variable: &'static str,
        /// What is run afterwards.
        command: &'static str,
    },
    /// Entries that `grubby` changes.
    Grubby,
    /// One file for all kernels, and a command that makes the entries or images.
    KernelCmdline {
        /// What is run afterwards.
        command: &'static str,
    },
    /// Entries that were written by hand, in this folder.
    Entries {
        /// The folder.
        folder: &'static str,
    },
    /// Pop!_OS's `kernelstub`.
    Kernelstub,
    /// `rpm-ostree kargs`.
    RpmOstree,
    /// `boot.kernelParams` of NixOS's configuration.
    NixOs,
    /// rEFInd's file beside the kernel.
    Refind,
    /// The settings of Limine's entry tool, and its command.
    LimineDefault,
    /// Limine's own configuration.
    Limine,
    /// Not known: several loaders are installed, or none that we know.
    #[default]
    Unknown,
}

impl ArgumentWay {
    /// The command that adds an argument, where one command does.
    pub fn command_to_add(self, argument: &str) -> Option<String> {
        match self {
            Self::Grubby => Some(format!("sudo grubby --update-kernel=ALL --args=\"{argument}\"")),
            Self::Kernelstub => Some(format!("sudo kernelstub -a \"{argument}\"")),
            Self::RpmOstree => Some(ostree("append-if-missing", argument)),
            _ => None,
        }
    }

    /// The command that removes an argument, where one command does.
    pub fn command_to_remove(self, argument: &str) -> Option<String> {
        match self {
            Self::Grubby => Some(format!("sudo grubby --update-kernel=ALL --remove-args=\"{argument}\"")),
            Self::Kernelstub => Some(format!("sudo kernelstub -d \"{argument}\"")),
            Self::RpmOstree => Some(ostree("delete-if-present", argument)),
            _ => None,
        }
    }
}

/// It takes one word at a time.
fn ostree(option: &str, arguments: &str) -> String {
    let words = arguments.split_whitespace().map(|word| format!(" --{option}=\"{word}\""));
    format!("rpm-ostree kargs{}", words.collect::<String>())
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>, distribution: &Distribution) -> Boot {
    let there = |entry| reader.there(&[entry]).is_there();
    let grub = there(&list::GRUB_DEFAULT) && (there(&list::GRUB_CONFIG) || there(&list::GRUB2_CONFIG));
    let systemd_boot =
        there(&list::LOADER_CONF_EFI) || there(&list::LOADER_CONF_BOOT) || there(&list::LOADER_CONF_BOOT_EFI);
    let installed = [
        (grub, Loader::Grub),
        (systemd_boot, Loader::SystemdBoot),
        (there(&list::REFIND), Loader::Refind),
        (there(&list::LIMINE_BOOT) || there(&list::LIMINE_DEFAULT), Loader::Limine),
    ];
    let mut boot = Boot {
        told: variable(reader.bytes(&list::LOADER_INFO), list::LOADER_INFO.path),
        unified: variable(reader.bytes(&list::STUB_INFO), list::STUB_INFO.path),
        installed: installed.into_iter().filter(|(there, _)| *there).map(|(_, loader)| loader).collect(),
        arguments: ArgumentWay::Unknown,
        configured: Vec::new(),
        unread: Vec::new(),
    };
    boot.configured = configured(reader, &mut boot.unread);
    boot.arguments = way(reader, distribution, &boot);
    boot
}

fn way(reader: &Reader<'_>, distribution: &Distribution, boot: &Boot) -> ArgumentWay {
    let there = |entry| reader.there(&[entry]).is_there();
    match distribution.image {
        Image::NixOs => return ArgumentWay::NixOs,
        Image::Ostree => return ArgumentWay::RpmOstree,
        Image::No | Image::Transactional => {}
    }
    if there(&list::KERNELSTUB) {
        return ArgumentWay::Kernelstub;
    }
    match boot.loader() {
        Some(Loader::Grub) => grub(reader, distribution),
        Some(Loader::SystemdBoot) if there(&list::KERNEL_CMDLINE) => ArgumentWay::KernelCmdline {
            command: if there(&list::SDBOOTUTIL) {
                "sdbootutil update-all-entries"
            } else if boot.unified.is_known() && there(&list::MKINITCPIO) {
                "mkinitcpio -P"
            } else {
                "kernel-install add-all"
            },
        },
        Some(Loader::SystemdBoot) if there(&list::ENTRIES_EFI) => {
            ArgumentWay::Entries { folder: list::ENTRIES_EFI.path }
        }
        Some(Loader::SystemdBoot) => ArgumentWay::Entries { folder: list::ENTRIES_BOOT.path },
        Some(Loader::Refind) => ArgumentWay::Refind,
        Some(Loader::Limine) if there(&list::LIMINE_DEFAULT) && there(&list::LIMINE_UPDATE) => {
            ArgumentWay::LimineDefault
        }
        Some(Loader::Limine) => ArgumentWay::Limine,
        None => ArgumentWay::Unknown,
    }
}

fn grub(reader: &Reader<'_>, distribution: &Distribution) -> ArgumentWay {
    let mut settings = reader.text(&list::GRUB_DEFAULT).known().cloned().unwrap_or_default();
    for (_, drop_in) in reader.texts(&list::GRUB_DROP_INS) {
        settings.push('\n');
        settings.push_str(drop_in.known().map(String::as_str).unwrap_or_default());
    }
    let has = |name: &str| settings.lines().any(|line| line.trim_start().starts_with(name));
    let entries =
        settings.lines().any(|line| line.trim().replace(['"', '\''], "") == "GRUB_ENABLE_BLSCFG=true");
    if entries && reader.there(&[&list::GRUBBY]).is_there() {
        return ArgumentWay::Grubby;
    }
    let normal = has("GRUB_CMDLINE_LINUX_DEFAULT=") || distribution.family() != Family::Fedora;
    ArgumentWay::Grub {
        variable: if normal { "GRUB_CMDLINE_LINUX_DEFAULT" } else { "GRUB_CMDLINE_LINUX" },
        command: if reader.there(&[&list::UPDATE_GRUB]).is_there() {
            "update-grub"
        } else if reader.there(&[&list::GRUB2_CONFIG]).is_there() {
            "grub2-mkconfig -o /boot/grub2/grub.cfg"
        } else {
            "grub-mkconfig -o /boot/grub/grub.cfg"
        },
    }
}

/// The arguments in files that the loader's configuration is made of.
fn configured(reader: &Reader<'_>, unread: &mut Vec<Trouble>) -> Vec<(String, KernelCommandLine)> {
    let mut texts = |entry| {
        let texts = reader.texts(entry);
        unread.extend(texts.iter().filter_map(|(_, text)| text.trouble().cloned()));
        texts
    };
    let shell = [&list::GRUB_DEFAULT, &list::GRUB_DROP_INS, &list::LIMINE_DEFAULT];
    let plain = [&list::KERNEL_CMDLINE, &list::INITRD_ARGUMENTS];
    let mut found = Vec::new();
    for (path, text) in shell.into_iter().flat_map(&mut texts) {
        let values: Vec<&str> =
            text.known().map(String::as_str).unwrap_or_default().lines().filter_map(shell_value).collect();
        found.push((path, values.join(" ")));
    }
    found.extend(
        plain.into_iter().flat_map(texts).filter_map(|(path, text)| Some((path, text.known()?.clone()))),
    );
    found
        .into_iter()
        .map(|(path, text)| (path, KernelCommandLine::parse(&text)))
        .filter(|(_, line)| !line.arguments().is_empty())
        .collect()
}

/// The value of a line that gives kernel arguments, such as `GRUB_CMDLINE_LINUX_DEFAULT="quiet"`.
fn shell_value(line: &str) -> Option<&str> {
    let (name, value) = line.trim().split_once('=')?;
    if !name.contains("CMDLINE") {
        return None;
    }
    let value = value.trim();
    let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    Some(quoted('"').or_else(|| quoted('\'')).unwrap_or(value))
}

/// The text of an EFI variable.
fn variable(bytes: Reading<Vec<u8>>, path: &str) -> Reading<String> {
    let Reading::Known(bytes) = bytes else { return bytes.map(|_| String::new()) };
    match efi_variable::text(&bytes) {
        Some(text) => Reading::Known(text),
        None => Reading::nonsense(path, &*String::from_utf8_lossy(&bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str) -> Vec<u8> {
        let units = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
        [6, 0, 0, 0].into_iter().chain(units).collect()
    }

    #[test]
    fn variables_of_the_loader() {
        let read = |bytes: Vec<u8>| variable(Reading::Known(bytes), "/v");
        assert_eq!(read(utf_16("systemd-boot 257")), Reading::Known("systemd-boot 257".to_owned()));
        for nonsense in [vec![], vec![6, 0, 0, 0], vec![6, 0, 0, 0, 0x00, 0xd8]] {
            assert!(matches!(read(nonsense), Reading::Nonsense(_)));
        }
        assert!(variable(Reading::Absent, "/v").is_absent());
    }

    #[test]
    fn arguments_in_settings() {
        assert_eq!(shell_value("GRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=pt\""), Some("quiet iommu=pt"));
        assert_eq!(shell_value("KERNEL_CMDLINE[default]+='a b'"), Some("a b"));
        assert_eq!(shell_value("GRUB_CMDLINE_LINUX=\"$X"), Some("\"$X"));
        assert_eq!(shell_value("GRUB_TIMEOUT=5"), None);
    }

    #[test]
    fn the_loader_that_speaks_counts_before_those_that_are_installed() {
        let mut boot = Boot { installed: vec![Loader::Grub, Loader::SystemdBoot], ..Boot::default() };
        assert_eq!(boot.loader(), None);
        boot.told = Reading::Known("systemd-boot 257.9".to_owned());
        assert_eq!(boot.loader(), Some(Loader::SystemdBoot));
        boot = Boot { installed: vec![Loader::Grub], ..Boot::default() };
        assert_eq!(boot.loader(), Some(Loader::Grub));
    }
}
