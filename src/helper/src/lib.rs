//! The root service of Gangway: it authorises, plans again, journals, carries out and undoes changes of the host.
//!
//! What is wanted comes as an intent with the digest of the plan that was reviewed; no path, file content or command ever
//! comes from a caller. There is one way to write a file, one way to run a command, and one file that asks polkit.

pub mod attribute;
pub mod authority;
mod call;
pub mod caller;
pub mod command;
mod confined;
pub mod engine;
pub mod gap;
mod hung;
mod inhibit;
mod job;
pub mod journal;
pub mod log;
mod notify;
pub mod places;
mod pointer;
pub mod private;
mod quota;
mod reader;
pub mod recover;
mod refused;
pub mod report;
mod seal;
pub mod service;
mod sessions;
mod step;
mod summary;
pub mod system;
pub mod trial;
pub mod undo;
mod watch;
pub mod work;
pub mod write;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use step::StepError;

/// The value behind a lock. A thread that panicked while it held one left nothing half done: each is held for one
/// assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
