//! gangway-client

pub mod arguments;
pub mod demo;
pub mod target;
