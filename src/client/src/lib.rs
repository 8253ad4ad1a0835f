//! gangway-client

pub mod arguments;
pub mod demo;
pub mod language;
pub mod target;
