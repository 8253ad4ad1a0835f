//! Lossless editors of configuration text: one file a format, text in, text or a refusal out, no I/O.
//!
//! An editor splices: every byte that it does not edit stays. "Already so" is no edit, what was added can be removed to
//! the same bytes, and the edited text is read again, with everything else compared, before it is given out. What is
//! not understood for certain is a [`Refusal`] with its line, never a guess. Which file is edited, and whether it
//! should be, is decided by who plans; files that only we write are made by [`own_file`].

mod argument;
pub mod bls;
pub mod booster;
pub mod drop_in;
mod edit;
pub mod efi_variable;
mod error;
pub mod grub_cfg;
pub mod grub_default;
pub mod grub_env;
pub mod initramfs_list;
pub mod kernel_cmdline;
pub mod limine;
pub mod marked_block;
pub mod mkinitcpio;
pub mod modprobe;
pub mod module_list;
pub mod own_file;
#[cfg(test)]
mod properties;
pub mod refind;
pub mod shell;
pub mod sysctl;
pub mod tools;
pub mod unified_image;
mod words;

pub use argument::{
    ArgumentError, HugePageSize, KernelArgument, OwnArgument, PageCount, PanicSeconds, Reservation, Reserved,
};
pub use edit::Edit;
pub use error::{ConfigError, Refusal, text};

pub(crate) use argument::{name_and_value, same_name, word_ranges};
