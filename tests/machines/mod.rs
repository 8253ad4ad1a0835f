//! The computers of the demo, described in a few lines each and written out as captured machines.
//!
//! They are of our own making: real PCI ids and the layout of real boards, invented serials and screens. The example
//! `machines` writes them to `src/client/machines`; a test sees that the files there are those described here.

mod boards;
mod computer;
mod distributions;
mod edid;
mod hanging;
mod layers;
mod parts;
pub mod shapes;
mod studio;
mod system;
mod traveller;
mod workshop;

use gangway_core::machine_file::MachineFile;

/// The names and the machines of the demo.
pub fn all() -> Vec<(&'static str, MachineFile)> {
    vec![
        ("workshop", workshop::machine()),
        ("studio", studio::machine()),
        ("traveller", traveller::machine()),
    ]
}
