//! Gangway's window: painting and input. What is shown is decided in plain Rust (the `state` modules), what is
//! done is done by `gangway-client`; nothing here waits for a machine, a file or a daemon on the main thread.

#![allow(missing_docs, reason = "a library for this package's own binary and tests; names and types say it")]
#![allow(unreachable_pub, reason = "`pub` marks what a module offers to the rest of the window")]

pub mod attempt;
pub mod connection;
pub mod dialogs;
pub mod gone;
pub mod job;
pub mod measure;
pub mod network;
pub mod pages;
pub mod save;
pub mod service;
pub mod sidebar;
pub mod situation;
pub mod start;
pub mod theme;
pub mod walk;
pub mod widgets;
pub mod window;
pub mod words;

pub use gangway_client::APPLICATION_ID;
use gangway_client::hypervisor::{Held, VirtualMachine};

use pages::devices::state::Owners;

/// Which virtual machine has which device, the one that runs with it before one that gets it when it starts.
pub fn owners(machines: &[VirtualMachine]) -> Owners {
    having(machines, |_| true)
}

/// Which virtual machine each device can be taken back from.
pub fn holders(machines: &[VirtualMachine]) -> Owners {
    having(machines, Held::is_saved)
}

fn having(machines: &[VirtualMachine], wanted: impl Fn(Held) -> bool) -> Owners {
    let all = gangway_client::claims::owners(machines).into_iter();
    let first = all.filter_map(|(address, owners)| {
        Some((address, owners.into_iter().find(|owner| wanted(owner.held))?.vm))
    });
    first.collect()
}
