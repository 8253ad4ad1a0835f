//! Two machines for every check: one that trips it, and one that does not. Both are small differences from a base.
//!
//! `tests/check_catalogue.rs` holds the whole catalogue against them; `src/core/CHECKS.md` names them.

mod boot;
mod catalogue;
mod firmware;
mod graphics;
mod group;
pub mod guest;
mod hanging;
mod iommu;
mod isolation;
mod kernel;
pub mod lab;
mod permissions;
pub mod trial;
mod virtualization;

use gangway_core::checks::{CheckId, Outcome};
use lab::Machine;

pub use catalogue::{catalogue_page, guest_page};

/// The two machines of one check.
pub struct Case {
    /// The check.
    pub check: CheckId,
    /// What comes of it on the machine that trips it.
    pub outcome: Trip,
    /// The machine that trips it, in words, and how it differs from the base.
    pub trips: (&'static str, fn(&mut Machine)),
    /// The machine that does not, the same way; the check must say there that all is in order.
    pub passes: (&'static str, fn(&mut Machine)),
}

impl Case {
    /// The same with another machine on which all is in order.
    fn passing_on(self, name: &'static str, change: fn(&mut Machine)) -> Self {
        Self { passes: (name, change), ..self }
    }
}

/// How a check is tripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trip {
    /// Something is to do.
    ToDo,
    /// It is in the way for good.
    NotPossible,
    /// It cannot be told.
    CouldNotTell,
}

impl Trip {
    /// Whether an outcome is this one.
    pub const fn is(self, outcome: &Outcome) -> bool {
        matches!(
            (self, outcome),
            (Self::ToDo, Outcome::ToDo)
                | (Self::NotPossible, Outcome::NotPossible)
                | (Self::CouldNotTell, Outcome::CouldNotTell(_))
        )
    }
}

/// The base itself.
const BASE: (&str, fn(&mut Machine)) = ("the desktop as it is", |_| {});

/// All cases, of all subjects.
pub fn cases() -> Vec<Case> {
    let system = [
        firmware::cases(),
        iommu::cases(),
        isolation::cases(),
        kernel::cases(),
        boot::cases(),
        virtualization::cases(),
        permissions::cases(),
        trial::cases(),
    ];
    let devices = [graphics::cases(), group::cases(), hanging::cases()];
    system.into_iter().chain(devices).flatten().collect()
}

/// A case whose check passes on the base itself.
fn case(check: CheckId, outcome: Trip, name: &'static str, change: fn(&mut Machine)) -> Case {
    Case { check, outcome, trips: (name, change), passes: BASE }
}

impl Case {
    /// The machine that trips the check.
    pub fn tripping(&self) -> Machine {
        changed(self.trips.1)
    }

    /// The machine that does not.
    pub fn passing(&self) -> Machine {
        changed(self.passes.1)
    }
}

fn changed(change: fn(&mut Machine)) -> Machine {
    let mut machine = Machine::desktop();
    change(&mut machine);
    machine
}
