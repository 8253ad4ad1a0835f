//! GRUB's settings: `/etc/default/grub` and its drop-ins, of which `grub-mkconfig` makes `grub.cfg`.
//!
//! The variables that hold kernel arguments, and how to read what the files say together. Quotes and refusals are those
//! of [`super::shell`]. Source: GRUB manual, 6.1 Simple configuration handling; Debian's `grub-mkconfig` sources
//! `/etc/default/grub.d/*.cfg` after `/etc/default/grub`.

use super::argument::{KernelArgument, OwnArgument};
use super::edit::Edit;
use super::error::ConfigError;
use super::shell;

/// A variable that holds arguments of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// `GRUB_CMDLINE_LINUX`: for every entry, the one for recovery included.
    CmdlineLinux,
    /// `GRUB_CMDLINE_LINUX_DEFAULT`: for ordinary entries only.
    CmdlineLinuxDefault,
}

impl Variable {
    /// Its name in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CmdlineLinux => "GRUB_CMDLINE_LINUX",
            Self::CmdlineLinuxDefault => "GRUB_CMDLINE_LINUX_DEFAULT",
        }
    }
}

/// What the files say that matters for starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrubDefaults {
    /// `GRUB_CMDLINE_LINUX`; none where it is not set.
    pub cmdline_linux: Result<Option<String>, ConfigError>,
    /// `GRUB_CMDLINE_LINUX_DEFAULT`; none where it is not set.
    pub cmdline_linux_default: Result<Option<String>, ConfigError>,
    /// `GRUB_DEFAULT`, such as `0` or `saved`; none where it is not set, which means `0`.
    pub default: Result<Option<String>, ConfigError>,
    /// Whether `GRUB_ENABLE_BLSCFG` is `true`: entries are files of their own.
    pub entry_files: Result<bool, ConfigError>,
    /// Whether `GRUB_DISABLE_SUBMENU` is `true` or `y`: older kernels are in no submenu.
    pub no_submenu: Result<bool, ConfigError>,
    /// Whether `GRUB_SAVEDEFAULT` is `true`: what is chosen becomes the default.
    pub save_default: Result<bool, ConfigError>,
}

/// Reads what the files say together, in the order in which they are sourced.
///
/// # Errors
///
/// A file that is not understood, with its index. Single settings that are not known for certain say so themselves.
pub fn read(texts: &[&str]) -> Result<GrubDefaults, (usize, ConfigError)> {
    let mut settings = shell::Settings::default();
    for (index, text) in texts.iter().enumerate() {
        settings.source(text).map_err(|error| (index, error))?;
    }
    let value = |name: &str| settings.text(name).map(|text| text.map(str::to_owned));
    let truth = |name: &str| settings.text(name).map(|text| matches!(text, Some("true" | "y")));
    Ok(GrubDefaults {
        cmdline_linux: value(Variable::CmdlineLinux.name()),
        cmdline_linux_default: value(Variable::CmdlineLinuxDefault.name()),
        default: value("GRUB_DEFAULT"),
        entry_files: truth("GRUB_ENABLE_BLSCFG"),
        no_submenu: truth("GRUB_DISABLE_SUBMENU"),
        save_default: truth("GRUB_SAVEDEFAULT"),
    })
}

/// Adds arguments that are not there yet, in the quotes that are there; a file without the variable gets a line for it.
///
/// # Errors
///
/// Refuses as [`shell::add_arguments`] does.
pub fn add_arguments(text: &str, variable: Variable, arguments: &[OwnArgument]) -> Result<Edit, ConfigError> {
    shell::add_arguments(text, variable.name(), arguments)
}

/// Removes arguments, and the line where it was ours and is empty now.
///
/// # Errors
///
/// Refuses as [`shell::remove_arguments`] does.
pub fn remove_arguments(
    text: &str,
    variable: Variable,
    arguments: &[KernelArgument],
) -> Result<Edit, ConfigError> {
    shell::remove_arguments(text, variable.name(), arguments)
}
