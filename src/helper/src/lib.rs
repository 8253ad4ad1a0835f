//! The root service of Gangway: it authorises, plans again, journals, carries out and undoes changes of the host.
//!
//! What is wanted comes as an intent with the digest of the plan that was reviewed; no path, file content or command ever
//! comes from a caller. There is one way to write a file, one way to run a command, and one file that asks polkit.

pub mod attribute;
pub mod command;
pub mod engine;
pub mod gap;
pub mod journal;
pub mod places;
pub mod recover;
pub mod report;
mod step;
pub mod undo;
pub mod write;

pub use step::StepError;
