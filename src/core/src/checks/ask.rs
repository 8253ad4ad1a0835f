//! What several checks ask in the same way: the kernel's arguments, and whether something is there.

use super::{Answer, Evidence, Fix, Need};
use crate::host::{Argument, KernelCommandLine};
use crate::model::Model;
use crate::system::Presence;

pub(super) const COMMAND_LINE: &str = "/proc/cmdline";

/// An argument as it was given.
pub(super) fn given(argument: &Argument) -> String {
    match &argument.value {
        Some(value) => format!("{}={value}", argument.name),
        None => argument.name.clone(),
    }
}

/// Whether a list of words between commas has one of these.
pub(super) fn lists(argument: &Argument, words: &[&str]) -> bool {
    argument.value.as_deref().is_some_and(|value| value.split(',').any(|word| words.contains(&word)))
}

/// To do where an argument is given that should not be, in order where none is; each answer for one argument.
pub(super) fn unwanted(
    model: &Model,
    unwanted: impl Fn(&Argument) -> bool,
    fix: impl Fn(String) -> Fix,
) -> Vec<Answer> {
    let line = match known_line(model) {
        Ok(line) => line,
        Err(unknown) => return unknown,
    };
    let found: Vec<String> =
        line.arguments().iter().filter(|argument| unwanted(argument)).map(given).collect();
    if found.is_empty() {
        return vec![Answer::ok().saw(Evidence::value(COMMAND_LINE, ""))];
    }
    let answer = |argument: String| {
        let evidence = Evidence::value(COMMAND_LINE, argument.clone());
        Answer::to_do(fix(argument.clone())).saying("argument", argument).saw(evidence)
    };
    found.into_iter().map(answer).collect()
}

/// The command line, or that it could not be told without it.
pub(super) fn known_line(model: &Model) -> Result<&KernelCommandLine, Vec<Answer>> {
    let reading = &model.system.command_line;
    let unknown = || {
        let evidence = Evidence::reading(COMMAND_LINE, reading, |_| String::new());
        vec![Answer::could_not_tell(Need::of(reading, COMMAND_LINE)).saw(evidence)]
    };
    reading.known().ok_or_else(unknown)
}

/// That a table about devices does not tell: because it could not be read, or is not there.
pub(super) fn untold(model: &Model, table: &str) -> Answer {
    match model.devices.problems.iter().find(|trouble| trouble.path == table) {
        Some(trouble) => Answer::could_not_tell(Need::of_trouble(trouble)).saw(Evidence::trouble(trouble)),
        None => Answer::could_not_tell(Need::Path(table.to_owned())).saw(Evidence::absent(table)),
    }
}

/// In order where it is there, to do where it is missing; `path` is where it would be.
pub(super) fn present(presence: &Presence, path: &str, fix: impl FnOnce() -> Fix) -> Vec<Answer> {
    vec![match presence {
        Presence::There(path) => Answer::ok().saw(Evidence::value(path, "")),
        Presence::Missing => Answer::to_do(fix()).saw(Evidence::absent(path)),
        Presence::Unknown => Answer::could_not_tell(Need::Path(path.to_owned())).saw(Evidence::absent(path)),
    }]
}
