//! The command line that both programs share: which machine to look at, which libvirt to talk to, and
//! how wrong usage is said. Everything a user reads here is translated, so clap's own English sentences
//! are replaced. Options of one program alone live in that program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use gettextrs::gettext;

use crate::demo::DemoMachine;
use crate::target::{HostChoice, Target};
use crate::text::fill;

const ROOT: &str = "root";
const MACHINE: &str = "machine";
const DEMO: &str = "demo";
const CONNECT: &str = "connect";

/// Wrong usage: one translated sentence. Both programs end with status 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct UsageError {
    sentence: String,
}

impl UsageError {
    /// Wrong usage with `sentence`, which is translated already.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into() }
    }
}

/// What a command line came to.
#[derive(Debug)]
pub enum Parsed {
    /// Something to do.
    Matches(ArgMatches),
    /// Help or version, for standard output; nothing else is to be done.
    Text(String),
}

/// Adds `--root`, `--machine`, `--demo` and `--connect`, accepted before and after a subcommand.
pub fn host_options(command: Command) -> Command {
    command
        .args_override_self(true)
        .arg(
            Arg::new(ROOT)
                .display_order(901)
                .long("root")
                .value_name(gettext("DIR"))
                .value_parser(value_parser!(PathBuf))
                .global(true)
                .help(gettext("Look at the machine whose files are in this folder")),
        )
        .arg(
            Arg::new(MACHINE)
                .display_order(902)
                .long("machine")
                .value_name(gettext("FILE"))
                .value_parser(value_parser!(PathBuf))
                .global(true)
                .help(gettext("Look at a captured machine")),
        )
        .arg(
            Arg::new(DEMO)
                .display_order(903)
                .long("demo")
                .value_name(gettext("NAME"))
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value(DemoMachine::default().id())
                .value_parser(demo_machine)
                .global(true)
                .help(gettext("Try everything on a demo machine: workshop, studio or traveller")),
        )
        .arg(
            Arg::new(CONNECT)
                .display_order(904)
                .long("connect")
                .value_name(gettext("URI"))
                .global(true)
                .help(gettext("Connect to this libvirt instead of qemu:///system")),
        )
}

/// Parses `arguments` (the program's name first) with help, version and errors in the user's language.
///
/// # Errors
/// Wrong usage, as one sentence.
pub fn parse(command: Command, arguments: impl IntoIterator<Item = OsString>) -> Result<Parsed, UsageError> {
    match polished(command, true).try_get_matches_from(arguments) {
        Ok(matches) => Ok(Parsed::Matches(matches)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Parsed::Text(error.render().to_string()))
            }
            _ => Err(UsageError::new(sentence(&error))),
        },
    }
}

/// The machine and the connection that [`host_options`] were used to choose.
///
/// # Errors
/// More than one machine was chosen.
pub fn target(matches: &ArgMatches) -> Result<Target, UsageError> {
    let chosen: Vec<HostChoice> = [
        matches.get_one::<PathBuf>(ROOT).cloned().map(HostChoice::Folder),
        matches.get_one::<PathBuf>(MACHINE).cloned().map(HostChoice::Machine),
        matches.get_one::<DemoMachine>(DEMO).copied().map(HostChoice::Demo),
    ]
    .into_iter()
    .flatten()
    .collect();
    if chosen.len() > 1 {
        return Err(UsageError::new(gettext(
            "Only one of --root, --machine and --demo can be used; choose the machine that you mean.",
        )));
    }
    let connect = matches.get_one::<String>(CONNECT).cloned();
    if connect.as_ref().is_some_and(|uri| uri.contains('\0')) {
        return Err(UsageError::new(gettext("The connection given with --connect holds a zero byte.")));
    }
    Ok(Target { host: chosen.into_iter().next().unwrap_or(HostChoice::Live), connect })
}

/// Our own help option, headings and layout, on `command` and all below it.
fn polished(mut command: Command, top: bool) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| polished(sub, false));
    }
    let options = gettext("Options");
    let usage = gettext("Usage:");
    command = command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading(gettext("Commands"))
        .mut_args(|arg| match arg.get_help_heading() {
            None if arg.is_positional() => arg.help_heading(gettext("Arguments")),
            None => arg.help_heading(options.clone()),
            Some(_) => arg,
        })
        .arg(
            Arg::new("help")
                .display_order(910)
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help_heading(options.clone())
                .help(gettext("Print this help")),
        )
        .help_template(format!("{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}"));
    if top && command.get_version().is_some() {
        command = command.disable_version_flag(true).arg(
            Arg::new("version")
                .display_order(911)
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help_heading(options)
                .help(gettext("Print the version")),
        );
    }
    command
}

fn demo_machine(name: &str) -> Result<DemoMachine, UsageError> {
    name.parse().map_err(|_| {
        let names: Vec<&str> = DemoMachine::ALL.iter().map(|machine| machine.id()).collect();
        let template = gettext("There is no demo machine “{name}”; there are: {names}.");
        UsageError::new(fill(&template, &[("name", name), ("names", &names.join(", "))]))
    })
}

/// clap's finding as one translated sentence.
fn sentence(error: &clap::Error) -> String {
    if let Some(ours) = std::error::Error::source(error).and_then(|e| e.downcast_ref::<UsageError>()) {
        return ours.to_string();
    }
    let context = |kind| error.get(kind).map(plain).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    let template = match error.kind() {
        ErrorKind::UnknownArgument => gettext("“{argument}” is not known here; --help lists what is."),
        ErrorKind::InvalidSubcommand => gettext("There is no command “{name}”; --help lists them."),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            gettext("A command is missing; --help lists them.")
        }
        ErrorKind::MissingRequiredArgument => gettext("Something is missing: {argument}."),
        ErrorKind::ArgumentConflict => {
            gettext("{argument} is given twice, or together with what it excludes.")
        }
        ErrorKind::InvalidValue
        | ErrorKind::NoEquals
        | ErrorKind::WrongNumberOfValues
        | ErrorKind::TooFewValues
            if value.is_empty() =>
        {
            gettext("{argument} needs a value.")
        }
        ErrorKind::TooManyValues => gettext("{argument} takes no value “{value}”."),
        ErrorKind::InvalidUtf8 => gettext("An argument holds bytes that are not text; only file names may."),
        _ => gettext("“{value}” cannot be used for {argument}."),
    };
    // `<ADDRESS>...` would end the sentence in four dots.
    let argument = match error.kind() {
        ErrorKind::MissingRequiredArgument => argument.trim_end_matches('.'),
        _ => &argument,
    };
    let name = context(ContextKind::InvalidSubcommand);
    fill(&template, &[("argument", argument), ("value", &value), ("name", &name)])
}

fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Result<Target, UsageError> {
        let command = host_options(Command::new("gangway")).subcommand(Command::new("list"));
        let line = std::iter::once("gangway").chain(line.iter().copied()).map(OsString::from);
        match parse(command, line)? {
            Parsed::Matches(matches) => target(&matches),
            Parsed::Text(text) => panic!("{text}"),
        }
    }

    #[test]
    fn without_options_the_machine_is_this_one() {
        assert_eq!(parsed(&[]), Ok(Target { host: HostChoice::Live, connect: None }));
    }

    #[test]
    fn options_stand_before_and_after_the_command() {
        let folder = HostChoice::Folder(PathBuf::from("/x y"));
        for line in [["--root", "/x y", "list"], ["list", "--root", "/x y"]] {
            assert_eq!(parsed(&line).map(|t| t.host), Ok(folder.clone()), "{line:?}");
        }
        let both = parsed(&["--root=/x y", "list", "--connect", "test:///default"]);
        assert_eq!(both, Ok(Target { host: folder, connect: Some("test:///default".into()) }));
    }

    #[test]
    fn two_machines_are_refused_wherever_they_stand() {
        for line in [
            ["--root=/x", "list", "--demo"],
            ["--root=/x", "--machine=y", "list"],
            ["list", "--machine=y", "--demo=studio"],
        ] {
            let error = parsed(&line).expect_err("two machines");
            assert!(error.to_string().starts_with("Only one of"), "{error}");
        }
    }

    #[test]
    fn a_demo_without_name_is_the_first_and_takes_no_word_after_it() {
        assert_eq!(parsed(&["--demo", "list"]).map(|t| t.host), Ok(HostChoice::Demo(DemoMachine::Workshop)));
        assert_eq!(
            parsed(&["--demo=traveller"]).map(|t| t.host),
            Ok(HostChoice::Demo(DemoMachine::Traveller))
        );
        let error = parsed(&["--demo=castle"]).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "There is no demo machine “castle”; there are: workshop, studio, traveller."
        );
    }

    #[test]
    fn wrong_usage_is_one_sentence() {
        for (line, said) in [
            (&["--nonsense"][..], "“--nonsense” is not known here; --help lists what is."),
            (&["--root"], "--root <DIR> needs a value."),
            (&["dance"], "There is no command “dance”; --help lists them."),
        ] {
            assert_eq!(parsed(line).expect_err("wrong").to_string(), said);
        }
    }
}
