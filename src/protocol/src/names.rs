//! The names on the system bus. They are the service's contract: a change of what stands behind them is a new interface.

/// The name that the service owns.
pub const SERVICE: &str = "org.gangway.Helper1";

/// Its one object.
pub const PATH: &str = "/org/gangway/Helper1";

/// The interface of that object.
pub const INTERFACE: &str = "org.gangway.Helper1";
