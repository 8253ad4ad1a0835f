//! What the programs of Gangway share, without a window or a terminal: libvirt behind one trait, the
//! connection that keeps itself alive, udev's events, handing over and taking back (over a restart, too), former definitions,
//! the demo, the map, and everything that is said to users as translated sentences.

pub mod arguments;
pub mod asked;
pub mod claims;
pub mod connection;
pub mod demo;
pub mod guests;
pub mod handover;
pub mod helper;
pub mod hypervisor;
pub mod language;
pub mod map;
pub mod network;
pub mod packages;
pub mod report;
pub mod restart;
pub mod saga;
pub mod script;
pub mod store;
pub mod target;
pub mod text;
pub mod udev;

/// The application id: the name of the window's application, its desktop entry, metainfo, icons and resources.
/// Everything outside the code that carries it is compared with this by `build-aux/test data`.
pub const APPLICATION_ID: &str = "org.gangway.Gangway";
