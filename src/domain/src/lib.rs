//! Lossless editing of libvirt domain XML.
//!
//! A [`Document`] owns the text of one definition and is never changed. Views (`document.name()`,
//! `document.pci_hostdevs()`, …) read typed facts out of it; edits ([`add`], [`remove`], [`set_features`]) splice
//! the text and give back a new document in which every byte that was not edited is the same. Nothing here reads
//! or writes files, talks to libvirt or speaks to users: errors are types with values.

pub mod check;
pub mod document;
pub mod edit;
pub mod redact;
pub mod suggest;
pub mod view;

pub use document::{DefinitionHash, Document, ParseError, ParseErrorKind};
pub use edit::chosen::{forget, remember};
pub use edit::features::{FeatureChanges, VendorChange, VendorIdText, VendorIdTextError, set_features};
pub use edit::hostdev::{AddDevices, Edited, Placed, RomFile, add, remove};
pub use edit::{ALIAS_PREFIX, EditError};
pub use redact::{has_passwords, redact};
pub use view::{
    ClaimKind, Controller, Features, Firmware, GuestAddress, GuestSystem, HypervMode, MachineType, Managed,
    PciHostDevice, Rom, SecureBoot, Switch,
};
