//! `gangwayctl`: Gangway's verbs for a terminal, a script, a remote shell. Here is only how it begins and
//! ends; what it does is in `command`, and what it decides on in the library crates.

mod arguments;
mod command;
mod failure;
mod json;
mod output;
mod seen;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::Asked;

/// Wrong usage, as other programs of the desktop and the shell's own have it.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    gangway_client::language::start();
    let asked = match arguments::read(std::env::args_os()) {
        Ok(asked) => asked,
        Err(error) => return ended(&error.to_string(), ExitCode::from(WRONG_USAGE)),
    };
    let done = match &asked {
        Asked::Text(text) => output::write(text.as_bytes()),
        Asked::Invocation(invocation) => command::run(invocation),
    };
    match done {
        Ok(ending) => ExitCode::from(ending.status()),
        Err(error) => ended(&error.to_string(), ExitCode::FAILURE),
    }
}

/// Says why on standard error, in one line; where that is closed too, the status says enough.
fn ended(sentence: &str, status: ExitCode) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "{}", failure::line_of(sentence));
    status
}
