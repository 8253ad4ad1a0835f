//! How the programs of Gangway speak with its root service: names on the bus, wire types, polkit actions, errors.
//!
//! Both sides link this, so that neither can mean something else. Nothing here connects to a bus, asks polkit, or knows
//! what a step does.

pub mod names;
