//! Computers of every shape that we know people to have, each with what the checks must say of it.
//!
//! All of them are invented: real PCI ids and the layout of real boards, and nobody's data. What is expected follows
//! from how a machine is made, and is written beside it; the snapshots in `tests/snapshots` show the rest.

mod desktops;
mod groups;
mod laptops;
mod servers;
mod storage;
mod systems;
mod virtual_machines;

pub use servers::large;

use gangway_core::checks::{CheckId, Verdict};
use gangway_core::machine_file::MachineFile;

use crate::checks::Trip;

/// One computer, and what is known of it by how it is made.
pub struct Shape {
    /// Its name, which is that of its snapshots.
    pub name: &'static str,
    /// The computer.
    pub machine: MachineFile,
    /// The verdict on each graphics card, by the card's address without its domain.
    pub cards: Vec<(&'static str, Verdict)>,
    /// Findings that must be there: the check, what came of it, and a device that it is about, or an empty text.
    pub says: Vec<(CheckId, Trip, &'static str)>,
    /// Checks that must find all in order.
    pub passes: Vec<CheckId>,
}

impl Shape {
    fn new(name: &'static str, machine: MachineFile) -> Self {
        Self { name, machine, cards: Vec::new(), says: Vec::new(), passes: Vec::new() }
    }

    fn card(mut self, at: &'static str, verdict: Verdict) -> Self {
        self.cards.push((at, verdict));
        self
    }

    fn says(mut self, check: CheckId, outcome: Trip, about: &'static str) -> Self {
        self.says.push((check, outcome, about));
        self
    }

    fn passes(mut self, checks: &[CheckId]) -> Self {
        self.passes.extend(checks);
        self
    }
}

/// All of them.
pub fn shapes() -> Vec<Shape> {
    [
        desktops::all(),
        groups::all(),
        laptops::all(),
        servers::all(),
        storage::all(),
        systems::all(),
        virtual_machines::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
