//! One file a command. Each makes the text for standard output; asking and telling in between is done by
//! those that change something.

mod capture;
mod change;
mod check;
mod definitions;
mod domain;
mod hand_over;
mod host;
mod list;
mod map;
mod report;
mod show;
mod status;
mod take_back;
mod usb;
mod vm;

use self::change::Manner;
use crate::arguments::{Invocation, Verb};
use crate::output::Ending;

/// Does what was asked for.
pub(crate) fn run(asked: &Invocation) -> anyhow::Result<Ending> {
    let target = &asked.target;
    match &asked.verb {
        Verb::List => list::run(target, asked.json),
        Verb::Show(address) => show::run(target, *address, asked.json),
        Verb::Usb => usb::run(target, asked.json),
        Verb::Capture(file) => capture::run(target, file.as_deref()),
        Verb::Map(file) => map::run(target, file),
        Verb::Check(what) => check::run(target, what, asked.json),
        Verb::Report(file) => report::run(target, file.as_deref()),
        Verb::Status => status::run(target, asked.json),
        Verb::VmList => vm::list(target, asked.json),
        Verb::VmShow(name) => vm::show(target, name, asked.json),
        Verb::HandOver(arguments) => hand_over::run(target, arguments, asked.json),
        Verb::GoOn { yes } => hand_over::go_on(target, Manner { yes: *yes, json: asked.json }),
        Verb::TakeBack(arguments) => take_back::run(target, arguments, asked.json),
        Verb::DefinitionsList(vm) => definitions::list(target, vm.as_deref(), asked.json),
        Verb::DefinitionsShow { vm, definition } => definitions::show(target, vm, definition.as_deref()),
        Verb::Restore(arguments) => definitions::restore(target, arguments, asked.json),
        Verb::Domain(edit) => domain::run(edit),
        Verb::Host(verb) => host::run(target, verb, asked.json),
    }
}
