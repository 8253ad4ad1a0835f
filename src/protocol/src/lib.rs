//! How the programs of Gangway speak with its root service: names on the bus, wire types, polkit actions, errors.
//!
//! Both sides link this, so that neither can mean something else. Nothing here connects to a bus, asks polkit, or knows
//! what a step does. What is sent is a D-Bus structure; what is received is parsed strictly, within bounds.

pub mod action;
pub mod error;
pub mod names;
pub mod wire;

pub use action::Action;
pub use error::ErrorName;
