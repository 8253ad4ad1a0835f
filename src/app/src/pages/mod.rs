//! The pages beside the sidebar. Each is made when it is first needed.

pub mod changes;
pub mod devices;
pub mod machine;
pub mod map;
pub mod readiness;
