//! The host model of Gangway: a computer's PCI devices, read once from a rooted source and never changed.
//!
//! Reading goes through [`source`]; text formats have their own parsers, which never open a file. Nothing here
//! knows GTK, libvirt or D-Bus, and nothing here is a sentence for users: values and ids only.

pub mod checks;
pub mod config;
pub mod devices;
pub mod difference;
pub mod host;
pub mod leaving;
pub mod machine_file;
pub mod model;
mod packed;
pub mod pci;
pub mod plan;
pub mod reading;
pub mod source;
pub mod system;
pub mod trial;
pub mod udev;
pub mod versioned;
