//! A computer for the root helper to change, in a temporary folder: its configuration, what its boot loader reads, a card
//! in its sysfs, its accounts; and its tools, imitated so that all that they do is in that folder, too. So a process that
//! is ended in the middle, and another one that recovers, see the same computer.

mod computer;
mod imitation;
mod plans;

pub use computer::{CARD, Picture, at, cut_power, make, picture, read, restart, try_write, write};
pub use imitation::{Fault, Imitation};
pub use plans::{everything, file, plan, refresh};

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::write::Root;

/// An engine of the computer in a folder, whose gaps are told.
///
/// # Panics
/// When the folder is none that can be changed.
pub fn engine(root: &Path, gaps: &Gaps, fault: Option<Fault>) -> Engine {
    let tools = Imitation::new(root, gaps.clone(), fault);
    Engine::new(Root::open(root, gaps.clone()).expect("the folder can be changed"), Box::new(tools))
}

/// Counts gaps.
pub fn counting() -> (Gaps, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    (Gaps::told(move |_, _| _ = counter.fetch_add(1, Ordering::Relaxed)), count)
}

/// Does something at the gap with this number, from 0.
pub fn stopping(number: usize, stop: impl Fn() + Send + Sync + 'static) -> Gaps {
    let count = AtomicUsize::new(0);
    Gaps::told(move |_, _| {
        if count.fetch_add(1, Ordering::Relaxed) == number {
            stop();
        }
    })
}
