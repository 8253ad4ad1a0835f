//! The commands that change this computer. What can be wanted of it stands in one table: a new intent is one more row.

use clap::{Arg, ArgMatches, Command};
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gettextrs::gettext;

use super::{flag, one_address};

/// A command about this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostVerb {
    /// What would be done.
    Plan(Intent),
    /// Doing it.
    Apply {
        intent: Intent,
        yes: bool,
    },
    /// The same as a script, or as a page.
    Script {
        intent: Intent,
        markdown: bool,
    },
    Undo {
        record: String,
        yes: bool,
    },
    Records,
}

/// Something that can be wanted.
struct Wish {
    name: &'static str,
    about: fn() -> String,
    /// Whether it is about a device.
    device: bool,
    /// Whether a whole group can go along.
    group: bool,
    intent: fn(Option<PciAddress>, bool) -> Option<Intent>,
}

const WISHES: [Wish; 4] = [
    Wish {
        name: "bind",
        about: || {
            gettext("Keep a card for virtual machines, until it is given back or the computer restarts")
        },
        device: true,
        group: true,
        intent: |device, whole_group| Some(Intent::Bind { device: device?, whole_group }),
    },
    Wish {
        name: "give-back",
        about: || gettext("Give a card that is kept for virtual machines back to the host"),
        device: true,
        group: false,
        intent: |device, _| Some(Intent::GiveBack { device: device? }),
    },
    Wish {
        name: "make-ready",
        about: || gettext("Switch on libvirt’s services, and let the user who asks use them"),
        device: false,
        group: false,
        intent: |_, _| Some(Intent::MakeReady),
    },
    Wish {
        name: "turn-on-iommu",
        about: || gettext("Turn on the IOMMU with the next start"),
        device: false,
        group: false,
        intent: |_, _| Some(Intent::TurnOnIommu),
    },
];

impl Wish {
    fn command(&self, verb: &str, usage: &dyn Fn(&str) -> String) -> Command {
        let address = if self.device { format!(" {}", gettext("ADDRESS")) } else { String::new() };
        let mut command = Command::new(self.name)
            .about((self.about)())
            .override_usage(usage(&format!("{verb} {}{address}", self.name)));
        if self.device {
            command = command.arg(one_address());
        }
        if self.group {
            let help = gettext("Take along what shares their IOMMU groups");
            command = command.arg(flag("whole-group").help(help));
        }
        command
    }

    fn read(&self, matches: &ArgMatches) -> Option<Intent> {
        let device = if self.device { matches.get_one("address").copied() } else { None };
        (self.intent)(device, self.group && matches.get_flag("whole-group"))
    }
}

pub(super) fn verb(matches: &ArgMatches) -> Option<HostVerb> {
    let (name, m) = matches.subcommand()?;
    let intent = |m: &ArgMatches| {
        let (name, m) = m.subcommand()?;
        Some((WISHES.iter().find(|wish| wish.name == name)?.read(m)?, m.clone()))
    };
    Some(match name {
        "plan" => HostVerb::Plan(intent(m)?.0),
        "apply" => {
            let (intent, m) = intent(m)?;
            HostVerb::Apply { intent, yes: m.get_flag("yes") }
        }
        "script" => {
            let (intent, m) = intent(m)?;
            HostVerb::Script { intent, markdown: m.get_flag("markdown") }
        }
        "undo" => HostVerb::Undo { record: m.get_one("record").cloned()?, yes: m.get_flag("yes") },
        "records" => HostVerb::Records,
        // The two that are wanted most have a shorter way.
        name => {
            let wish = WISHES.iter().find(|wish| wish.name == name)?;
            HostVerb::Apply { intent: wish.read(m)?, yes: m.get_flag("yes") }
        }
    })
}

pub(super) fn command(usage: &dyn Fn(&str) -> String) -> Command {
    let yes = || flag("yes").help(gettext("Do not ask"));
    let (kind, record) = (gettext("CHANGE"), gettext("RECORD"));
    let with_wishes = |name: &'static str, about: String, more: Option<Arg>| {
        let wishes = WISHES.iter().map(|wish| {
            let command = wish.command(&format!("host {name}"), usage);
            more.iter().cloned().fold(command, Command::arg)
        });
        Command::new(name)
            .about(about)
            .override_usage(usage(&format!("host {name} {kind} …")))
            .subcommand_required(true)
            .subcommands(wishes)
    };
    let markdown = flag("markdown").help(gettext("A page to read instead of a script to run"));
    let mut command = Command::new("host")
        .about(gettext("Change this computer for virtual machines, with a review and an undo"))
        .override_usage(usage(&format!(
            "host plan|apply|script {kind} … | host undo {record} | host records"
        )))
        .subcommand_required(true)
        .subcommand(with_wishes("plan", gettext("Show what would be done, with every difference"), None))
        .subcommand(with_wishes("apply", gettext("Show what would be done, ask, and do it"), Some(yes())))
        .subcommand(with_wishes(
            "script",
            gettext("Print the plan as a commented shell script, for a computer without Gangway’s service"),
            Some(markdown),
        ))
        .subcommand(
            Command::new("undo")
                .about(gettext("Show what undoing a change does now, ask, and undo it"))
                .override_usage(usage(&format!("host undo {record}")))
                .arg(
                    Arg::new("record")
                        .value_name(record)
                        .required(true)
                        .help(gettext("One that “host records” lists")),
                )
                .arg(yes()),
        )
        .subcommand(
            Command::new("records")
                .about(gettext("List the changes of this computer, the last one first"))
                .override_usage(usage("host records")),
        );
    for wish in WISHES.iter().filter(|wish| wish.device) {
        command = command.subcommand(wish.command("host", usage).arg(yes()));
    }
    command
}
