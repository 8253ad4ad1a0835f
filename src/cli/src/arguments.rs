//! The command line of `gangwayctl`: its commands and their arguments as plain data. The options that the
//! window has too come from [`gangway_client::arguments`]; what a command does is in `command`.

mod hand_over;
mod host;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use gangway_client::arguments::{Parsed, UsageError, host_options, parse, target};
use gangway_client::target::Target;
use gangway_client::text::fill;
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gettextrs::gettext;

pub(crate) use hand_over::{HandOver, TakeBack};
pub(crate) use host::HostVerb;

/// What the user asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// The machine and its libvirt.
    pub(crate) target: Target,
    /// Whether to print JSON.
    pub(crate) json: bool,
    /// The command.
    pub(crate) verb: Verb,
}

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verb {
    List,
    Show(PciAddress),
    Usb,
    Capture(Option<PathBuf>),
    Map(MapFile),
    Check(Checkup),
    Report(Option<PathBuf>),
    /// How a reservation stands.
    Status,
    VmList,
    VmShow(String),
    HandOver(HandOver),
    /// Going on with what waited for a restart.
    GoOn {
        yes: bool,
    },
    TakeBack(TakeBack),
    /// Of one machine, or of all.
    DefinitionsList(Option<String>),
    DefinitionsShow {
        vm: String,
        definition: Option<String>,
    },
    Restore(Restore),
    Domain(DomainEdit),
    Host(HostVerb),
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checkup {
    /// The whole machine, with its virtual machines.
    Host,
    /// One card.
    Device(PciAddress),
    /// One virtual machine.
    Machine(String),
}

/// Where the map goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MapFile {
    /// `-` is standard output.
    pub(crate) svg: PathBuf,
    pub(crate) dark: bool,
}

/// Putting a former definition back: the last one where none is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restore {
    pub(crate) vm: String,
    pub(crate) definition: Option<String>,
    pub(crate) yes: bool,
}

/// A change of a definition as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DomainEdit {
    /// Whether to add the devices, or to remove them.
    pub(crate) add: bool,
    /// `-` is standard input.
    pub(crate) file: PathBuf,
    pub(crate) devices: Vec<PciAddress>,
}

/// Something to do, or a text to print instead.
#[derive(Debug)]
pub(crate) enum Asked {
    Invocation(Invocation),
    Text(String),
}

/// Reads the command line, the program's name first.
pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, UsageError> {
    let matches = match parse(command(), arguments)? {
        Parsed::Text(text) => return Ok(Asked::Text(text)),
        Parsed::Matches(matches) => matches,
    };
    let target = target(&matches)?;
    let json = matches.get_flag("json");
    let verb = verb(&matches)?;
    if json
        && matches!(
            verb,
            Verb::Capture(_)
                | Verb::Map(_)
                | Verb::Report(_)
                | Verb::DefinitionsShow { .. }
                | Verb::Domain(_)
                | Verb::Host(HostVerb::Script { .. })
        )
    {
        return Err(UsageError::new(gettext(
            "This command prints its own format; --json does not go with it.",
        )));
    }
    Ok(Asked::Invocation(Invocation { target, json, verb }))
}

fn verb(matches: &ArgMatches) -> Result<Verb, UsageError> {
    let verb = match matches.subcommand() {
        Some(("list", _)) => Some(Verb::List),
        Some(("show", m)) => m.get_one("address").copied().map(Verb::Show),
        Some(("usb", _)) => Some(Verb::Usb),
        Some(("capture", m)) => Some(Verb::Capture(m.get_one("file").cloned())),
        Some(("map", m)) => {
            m.get_one("svg").cloned().map(|svg| Verb::Map(MapFile { svg, dark: m.get_flag("dark") }))
        }
        Some(("check", m)) => Some(Verb::Check(match (m.get_one("vm").cloned(), m.get_one("address")) {
            (Some(name), _) => Checkup::Machine(name),
            (None, Some(address)) => Checkup::Device(*address),
            (None, None) => Checkup::Host,
        })),
        Some(("report", m)) => Some(Verb::Report(m.get_one("file").cloned())),
        Some(("status", _)) => Some(Verb::Status),
        // The shorter way to what is wanted once, in the minutes of a trial.
        Some(("confirm", m)) => {
            Some(Verb::Host(HostVerb::Apply { intent: Intent::Confirm, yes: m.get_flag("yes") }))
        }
        Some(("vm", m)) => match m.subcommand() {
            Some(("list", _)) => Some(Verb::VmList),
            Some(("show", m)) => m.get_one("name").cloned().map(Verb::VmShow),
            _ => None,
        },
        Some(("hand-over", m)) => Some(hand_over::hand_over(m)?),
        Some(("take-back", m)) => Some(Verb::TakeBack(hand_over::take_back(m)?)),
        Some(("definitions", m)) => definitions_verb(m),
        Some(("host", m)) => host::verb(m).map(Verb::Host),
        Some(("domain", m)) => match m.subcommand() {
            Some((edit @ ("add" | "remove"), m)) => m
                .get_one("file")
                .cloned()
                .map(|file| Verb::Domain(DomainEdit { add: edit == "add", file, devices: addresses(m) })),
            _ => None,
        },
        _ => None,
    };
    verb.ok_or_else(|| UsageError::new(gettext("A command is missing; --help lists them.")))
}

fn definitions_verb(matches: &ArgMatches) -> Option<Verb> {
    let (name, m) = matches.subcommand()?;
    let vm = || m.get_one::<String>("vm").cloned();
    if name == "list" {
        return Some(Verb::DefinitionsList(vm()));
    }
    let (vm, definition) = (vm()?, m.get_one("definition").cloned());
    match name {
        "show" => Some(Verb::DefinitionsShow { vm, definition }),
        "restore" => Some(Verb::Restore(Restore { vm, definition, yes: m.get_flag("yes") })),
        _ => None,
    }
}

fn addresses(matches: &ArgMatches) -> Vec<PciAddress> {
    let mut addresses: Vec<PciAddress> = Vec::new();
    for address in matches.get_many("address").into_iter().flatten() {
        if !addresses.contains(address) {
            addresses.push(*address);
        }
    }
    addresses
}

fn command() -> Command {
    let options = gettext("[OPTIONS]");
    let usage = |rest: &str| format!("gangwayctl {options} {rest}");
    let address = gettext("ADDRESS");
    let vm = gettext("VM");
    let file = gettext("FILE");
    host_options(Command::new("gangwayctl"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(gettext("Hand devices of this computer to virtual machines, and take them back"))
        .override_usage(usage(&gettext("COMMAND")))
        .subcommand_required(true)
        .arg(
            Arg::new("json")
                .display_order(905)
                .long("json")
                .action(ArgAction::SetTrue)
                .global(true)
                .help(gettext("Print JSON for programs instead of text for people")),
        )
        .subcommand(
            Command::new("list")
                .about(gettext("List IOMMU groups, cards and functions"))
                .override_usage(usage("list")),
        )
        .subcommand(
            Command::new("show")
                .about(gettext("Show what is known of one function"))
                .override_usage(usage(&format!("show {address}")))
                .arg(one_address()),
        )
        .subcommand(
            Command::new("usb")
                .about(gettext("List USB controllers with their ports and devices"))
                .override_usage(usage("usb")),
        )
        .subcommand(
            Command::new("capture")
                .about(gettext("Write this machine as a captured machine, without personal data"))
                .override_usage(usage(&format!("capture [{file}]")))
                .arg(
                    Arg::new("file")
                        .value_name(file.clone())
                        .value_parser(value_parser!(PathBuf))
                        .help(gettext("A new file; standard output where none is named, or “-”")),
                ),
        )
        .subcommand(
            Command::new("map")
                .about(gettext("Draw the PCI tree with the IOMMU groups"))
                .override_usage(usage(&format!("map --svg {file}|-")))
                .arg(
                    Arg::new("svg")
                        .long("svg")
                        .value_name(file.clone())
                        .value_parser(value_parser!(PathBuf))
                        .required(true)
                        .help(gettext("A new SVG file; - for standard output")),
                )
                .arg(flag("dark").help(gettext("Light on dark"))),
        )
        .subcommand(
            Command::new("check")
                .about(gettext(
                    "Say whether this computer can hand over a graphics card, and what stands in the way",
                ))
                .override_usage(usage(&format!("check [{address} | --vm {vm}]")))
                .after_help(gettext(
                    "Ends with 0 where nothing is to be done, 3 where something is, 4 where it is not possible and 5 where it could not be told.\nAdvice never counts; of a virtual machine counts only what keeps it from starting well with its devices.",
                ))
                .arg(one_address().required(false).conflicts_with("vm"))
                .arg(vm_option("vm").required(false).help(gettext("Check one virtual machine instead"))),
        )
        .subcommand(
            Command::new("report")
                .about(gettext("Write a report: this machine as captured machine, with what the checks find"))
                .override_usage(usage(&format!("report [{file}]")))
                .arg(
                    Arg::new("file")
                        .value_name(file.clone())
                        .value_parser(value_parser!(PathBuf))
                        .help(gettext("A new file; standard output where none is named, or “-”")),
                ),
        )
        .subcommand(
            Command::new("status")
                .about(gettext("Say how a reservation stands: waiting, on trial, kept, or over"))
                .override_usage(usage("status"))
                .after_help(gettext(
                    "Ends with 0 where nothing is to be done, 3 where something waits for you, 4 where it did not work, and 5 where it could not be told.",
                )),
        )
        .subcommand(
            Command::new("confirm")
                .about(gettext("Keep the reservation that is on trial; shows what is moved and asks first"))
                .override_usage(usage("confirm"))
                .arg(flag("yes").help(gettext("Do not ask"))),
        )
        .subcommand(vm_command(&usage))
        .subcommand(hand_over::hand_over_command(&usage))
        .subcommand(hand_over::take_back_command(&usage))
        .subcommand(definitions_command(&usage))
        .subcommand(domain_command(&usage))
        .subcommand(host::command(&usage))
}

fn vm_command(usage: &dyn Fn(&str) -> String) -> Command {
    let name = gettext("NAME");
    Command::new("vm")
        .about(gettext("Look at virtual machines"))
        .override_usage(usage(&format!("vm list | vm show {name}")))
        .subcommand_required(true)
        .subcommand(
            Command::new("list").about(gettext("List the virtual machines")).override_usage(usage("vm list")),
        )
        .subcommand(
            Command::new("show")
                .about(gettext("Show one virtual machine and the devices it has"))
                .override_usage(usage(&format!("vm show {name}")))
                .arg(Arg::new("name").value_name(name).required(true).help(gettext("Its name or its UUID"))),
        )
}

fn definitions_command(usage: &dyn Fn(&str) -> String) -> Command {
    let (vm, definition) = (gettext("VM"), gettext("DEFINITION"));
    let machine = |required: bool| {
        Arg::new("vm").value_name(vm.clone()).required(required).help(gettext("Its name or its UUID"))
    };
    let which = || {
        Arg::new("definition")
            .value_name(definition.clone())
            .help(gettext("One that “definitions list” shows; the last one where none is named"))
    };
    Command::new("definitions")
        .about(gettext("List, show and put back definitions as they were before a change"))
        .override_usage(usage(&format!(
            "definitions list [{vm}] | definitions show|restore {vm} [{definition}]"
        )))
        .subcommand_required(true)
        .subcommand(
            Command::new("list")
                .about(gettext("List the former definitions that are kept, the last one first"))
                .override_usage(usage(&format!("definitions list [{vm}]")))
                .arg(machine(false)),
        )
        .subcommand(
            Command::new("show")
                .about(gettext("Print a former definition, passwords hidden"))
                .override_usage(usage(&format!("definitions show {vm} [{definition}]")))
                .arg(machine(true))
                .arg(which()),
        )
        .subcommand(
            Command::new("restore")
                .about(gettext("Put a former definition back; shows the difference and asks first"))
                .override_usage(usage(&format!("definitions restore {vm} [{definition}]")))
                .arg(machine(true))
                .arg(which())
                .arg(flag("yes").help(gettext("Do not ask"))),
        )
}

fn domain_command(usage: &dyn Fn(&str) -> String) -> Command {
    let (address, file) = (gettext("ADDRESS"), gettext("FILE"));
    let edit = |name: &'static str, about: String| {
        Command::new(name)
            .about(about)
            .override_usage(usage(&format!("domain {name} {file}|- {address}...")))
            .arg(
                Arg::new("file")
                    .value_name(file.clone())
                    .value_parser(value_parser!(PathBuf))
                    .required(true)
                    .help(gettext("A file with domain XML; - for standard input")),
            )
            .arg(many_addresses(2))
    };
    Command::new("domain")
        .about(gettext("Change domain XML as text and print it; nothing is connected to or defined"))
        .override_usage(usage(&format!("domain add|remove {file}|- {address}...")))
        .subcommand_required(true)
        .subcommand(edit("add", gettext("Add devices to domain XML")))
        .subcommand(edit("remove", gettext("Remove devices from domain XML")))
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

fn vm_option(name: &'static str) -> Arg {
    Arg::new("vm").long(name).value_name(gettext("VM")).required(true)
}

fn one_address() -> Arg {
    Arg::new("address")
        .value_name(gettext("ADDRESS"))
        .value_parser(address)
        .required(true)
        .help(gettext("A PCI address, such as 0000:01:00.0 or 01:00.0"))
}

fn many_addresses(index: usize) -> Arg {
    one_address().num_args(1..).index(index).help(gettext("PCI addresses, such as 0000:01:00.0 or 01:00.0"))
}

fn address(text: &str) -> Result<PciAddress, UsageError> {
    text.parse().map_err(|_| {
        let template = gettext("“{text}” is no PCI address; one looks like 0000:01:00.0 or 01:00.0.");
        UsageError::new(fill(&template, &[("text", text)]))
    })
}

#[cfg(test)]
mod tests;
