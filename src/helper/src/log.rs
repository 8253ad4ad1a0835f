//! What the service says to the system's journal: what was asked, by whom, and how it ended. No contents of files.

use std::fmt::Display;
use std::io::Write as _;

/// Says one line on standard error, which systemd and a terminal take.
pub fn log(line: impl Display) {
    let line: String = line.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // Where nobody listens, nothing is lost that is not in the records.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
