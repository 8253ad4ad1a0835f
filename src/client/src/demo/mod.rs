//! The demo: bundled captured machines, each with virtual machines in libvirt's test driver whose state
//! lives in a folder, so that successive calls see each other's changes. Nothing outside that folder and
//! libvirt's own process-private mock is touched.

mod machine;

pub use machine::{DemoMachine, UnknownDemo};
