//! What the integration tests share: skipping in the open, and the way to the corpus.
//!
//! A test that cannot run here says so with [`skip`] and returns, so that it is counted as skipped and never as
//! passed. Test data of other people is read from the folder that `GANGWAY_CORPUS` names and never copied.

pub mod bus;
pub mod checks;
pub mod helper;
pub mod invariants;
pub mod machines;
pub mod plans;
pub mod programs;
pub mod sample;
pub mod shown;
pub mod systems;
pub mod tree;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

/// Notes that the running test cannot do its work here, and why; the caller then returns.
///
/// The line `module::test<TAB>reason` goes to the file that `GANGWAY_SKIP_LOG` names, from which the test command
/// counts the skipped tests, and to standard error.
///
/// # Panics
/// When the log cannot be written: a skipped test would otherwise count as a passed one.
#[expect(clippy::print_stderr, clippy::panic, reason = "called by tests only")]
pub fn skip(reason: &str) {
    let thread = std::thread::current();
    let line = format!("{}\t{reason}\n", thread.name().unwrap_or("unnamed"));
    eprint!("skipped: {line}");
    let Some(path) = std::env::var_os("GANGWAY_SKIP_LOG") else { return };
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut log| log.write_all(line.as_bytes()));
    if let Err(error) = written {
        panic!("{}: {error}", PathBuf::from(path).display());
    }
}

/// The folder of test data that other people made, or `None` after [`skip`] where `GANGWAY_CORPUS` is not set.
pub fn corpus() -> Option<PathBuf> {
    let Some(path) = std::env::var_os("GANGWAY_CORPUS") else {
        skip("GANGWAY_CORPUS is not set");
        return None;
    };
    Some(PathBuf::from(path))
}
