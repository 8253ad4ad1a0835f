//! The two places by which a loader goes: what is asked for the next start alone, and what is asked for every start.
//!
//! Each is one value in a small file: a name in GRUB's environment file, which is written in place, or an EFI variable.
//! Moving one pointer is all that arming and confirming do to the loader. Texts come in and go out; the helper writes.

use serde::{Deserialize, Serialize};

use super::{EFI_DEFAULT, EFI_REQUEST, EFI_VENDOR, Entry, GRUB_DEFAULT, GRUB_REQUEST, Promise, Request};
use crate::config::{efi_variable, grub_cfg, grub_env};

/// Where the kernel shows EFI variables. Source: kernel, `Documentation/filesystems/efivarfs.rst`.
const EFI_VARIABLES: &str = "/sys/firmware/efi/efivars";

/// Where a loader looks for a name of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "pointer", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Pointer {
    /// A name in an environment file of GRUB.
    Grub {
        /// The file, absolute.
        file: String,
        /// The name in it.
        name: String,
    },
    /// A variable of systemd-boot.
    Efi {
        /// Its name.
        name: String,
    },
}

impl Pointer {
    /// The file in which it is.
    pub fn path(&self) -> String {
        match self {
            Self::Grub { file, .. } => file.clone(),
            Self::Efi { name } => format!("{EFI_VARIABLES}/{name}-{EFI_VENDOR}"),
        }
    }

    /// Whether it is one of those that we move.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Grub { name, .. } => [GRUB_REQUEST, GRUB_DEFAULT].contains(&name.as_str()),
            Self::Efi { name } => [EFI_REQUEST, EFI_DEFAULT].contains(&name.as_str()),
        }
    }

    /// Its value in the bytes of its file; none where it asks for nothing.
    ///
    /// # Errors
    /// Why the bytes are not understood.
    pub fn value(&self, file: Option<&[u8]>) -> Result<Option<String>, String> {
        match (self, file) {
            (Self::Grub { .. }, None) => Err("the environment file is not there".to_owned()),
            (Self::Grub { name, .. }, Some(bytes)) => {
                let mut names = grub_cfg::environment(bytes).map_err(|error| error.to_string())?;
                Ok(names.remove(name).filter(|value| !value.is_empty()))
            }
            (Self::Efi { .. }, None) => Ok(None),
            (Self::Efi { .. }, Some(bytes)) => match efi_variable::text(bytes) {
                Some(text) => Ok(Some(text)),
                // Attributes alone, or an empty text.
                None if bytes.len() >= 4 && bytes.iter().skip(4).all(|byte| *byte == 0) => Ok(None),
                None => Err("the variable holds no text".to_owned()),
            },
        }
    }

    /// The bytes of its file with another value; none where the file is to go.
    ///
    /// # Errors
    /// Why that cannot be written.
    pub fn with(&self, file: Option<&[u8]>, value: Option<&str>) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Grub { name, .. } => {
                let bytes = file.ok_or("the environment file is not there")?;
                let made = grub_env::set(bytes, name, value.unwrap_or_default());
                made.map(Some).map_err(|error| error.to_string())
            }
            Self::Efi { .. } => Ok(value.map(efi_variable::make)),
        }
    }
}

impl Promise {
    /// Where one start with the entry is asked for; none where nobody writes anything for it.
    pub fn request_pointer(&self) -> Option<Pointer> {
        (self.request == Request::Loader).then(|| self.pointer(GRUB_REQUEST, EFI_REQUEST))
    }

    /// Where every start is asked for: what a confirmation moves.
    pub fn default_pointer(&self) -> Pointer {
        self.pointer(GRUB_DEFAULT, EFI_DEFAULT)
    }

    /// The file in which the entry is.
    pub fn entry_file(&self) -> &str {
        match &self.entry {
            Entry::Grub { custom, .. } => custom,
            Entry::SystemdBoot { file, .. } => file,
        }
    }

    /// The file in which the former system's entry is.
    pub fn former_file(&self) -> &str {
        match &self.entry {
            Entry::Grub { config, .. } => config,
            Entry::SystemdBoot { former, .. } => former,
        }
    }

    fn pointer(&self, grub: &str, efi: &str) -> Pointer {
        match &self.entry {
            Entry::Grub { env, .. } => Pointer::Grub { file: env.clone(), name: grub.to_owned() },
            Entry::SystemdBoot { .. } => Pointer::Efi { name: efi.to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::GRUB_ENTRY;
    use super::*;

    #[test]
    fn a_name_in_the_environment_is_moved_and_moved_back() {
        let pointer = Pointer::Grub { file: "/boot/gangway/env".to_owned(), name: GRUB_DEFAULT.to_owned() };
        assert!(pointer.is_ours() && pointer.path() == "/boot/gangway/env");
        let empty = grub_env::empty();
        assert_eq!(pointer.value(Some(&empty)), Ok(None));
        let moved = pointer.with(Some(&empty), Some(GRUB_ENTRY)).unwrap().unwrap();
        assert_eq!(pointer.value(Some(&moved)).unwrap().as_deref(), Some(GRUB_ENTRY));
        let back = pointer.with(Some(&moved), None).unwrap().unwrap();
        assert_eq!(pointer.value(Some(&back)), Ok(None));
        assert_eq!(back.len(), empty.len());
        for nothing in [None, Some(&b"# GRUB"[..])] {
            assert!(pointer.value(nothing).is_err() && pointer.with(nothing, None).is_err());
        }
        let foreign = Pointer::Grub { file: "/boot/grub/grubenv".to_owned(), name: "saved_entry".to_owned() };
        assert!(!foreign.is_ours());
    }

    #[test]
    fn a_variable_is_made_and_goes_again() {
        let pointer = Pointer::Efi { name: EFI_DEFAULT.to_owned() };
        let path = "/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
        assert_eq!(pointer.path(), path);
        assert_eq!(pointer.value(None), Ok(None));
        let made = pointer.with(None, Some("gangway-trial.conf")).unwrap().unwrap();
        assert_eq!(pointer.value(Some(&made)).unwrap().as_deref(), Some("gangway-trial.conf"));
        assert_eq!(pointer.with(Some(&made), None), Ok(None));
        assert_eq!(pointer.value(Some(&[7, 0, 0, 0, 0, 0])), Ok(None));
        assert!(pointer.value(Some(&[7, 0])).is_err());
        assert!(pointer.value(Some(&[7, 0, 0, 0, 0, 0xd8])).is_err());
    }

    #[test]
    fn each_loader_has_its_two() {
        let mut promise = super::super::state::tests::armed().promise;
        let default = Pointer::Grub { file: "/boot/gangway/env".to_owned(), name: "gw_default".to_owned() };
        let request = Pointer::Grub { file: "/boot/gangway/env".to_owned(), name: "gw_next".to_owned() };
        assert_eq!((promise.default_pointer(), promise.request_pointer()), (default, Some(request)));
        assert_eq!(promise.entry_name(), "gangway-trial");
        promise.request = Request::Kexec;
        assert_eq!(promise.request_pointer(), None);
    }
}
