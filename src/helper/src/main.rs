//! The program of the root service: on the system bus; to end interrupted work at the start of the computer; to wait for the
//! end of a change before the computer is switched off; to note a start on trial, and to end one that nobody keeps; as the
//! process that writes one attribute; or, for the demo, as a user on a private socket and a folder of theirs.

use std::path::Path;
use std::process::ExitCode;

use gangway_helper::log::log;
use gangway_helper::{attribute, private, service, system};

fn main() -> ExitCode {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(written) = attribute::main(words.iter().cloned()) {
        return written;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => system::serve(service::IDLE),
        ["--recover"] => system::recover(),
        ["--wait"] => system::wait(),
        ["--trial"] => system::note_trial(),
        ["--end-trial"] => system::end_trial(),
        // For the demo alone: never as root, never on this computer itself.
        ["--private", root] => private::serve(Path::new(root)),
        _ => Err(anyhow::anyhow!(
            "gangway-helper is started by the system bus; gangwayctl and Gangway call it"
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
