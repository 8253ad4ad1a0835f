//! A computer for the root helper to change, in a temporary folder: its configuration, what its boot loader reads, a card
//! in its sysfs, its accounts; and its tools, imitated so that all that they do is in that folder, too. So a process that
//! is ended in the middle, and another one that recovers, see the same computer.

mod computer;
mod imitation;
mod plans;

pub use computer::{CARD, Picture, at, cut_power, make, picture, read, restart, timeless, try_write, write};
pub use imitation::{Fault, Imitation};
pub use plans::{everything, file, plan, refresh};

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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

/// Stops at the gap with this number, from 0; [`stops`] runs what is stopped.
pub fn stop_at(number: usize) -> Gaps {
    stopping(number, stop)
}

/// Stops at the gap of this name that is about this; [`stops`] runs what is stopped.
pub fn stop_where(point: &'static str, about: impl Into<String>) -> Gaps {
    let about = about.into();
    Gaps::told(move |name, what| {
        if (name, what) == (point, about.as_str()) {
            stop();
        }
    })
}

fn stop() {
    resume_unwind(Box::new("stop"));
}

/// Runs something that stops at a gap, without a sound; whether it did.
pub fn stops(what: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(what)).is_err()
}
