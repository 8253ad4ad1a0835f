//! Gangway's window: painting and input. What is shown is decided in plain Rust (the `state` modules), what is
//! done is done by `gangway-client`; nothing here waits for a machine, a file or a daemon on the main thread.

pub mod measure;
