//! The commands that change this computer. What can be wanted of it stands in one table: a new intent is one more row.

use clap::{Arg, ArgMatches, Command, value_parser};
use gangway_core::pci::PciAddress;
use gangway_core::plan::{HugePageSize, Intent};
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
    /// Starting the computer again; the demo's is imitated.
    Restart {
        yes: bool,
    },
}

/// Something that can be wanted.
struct Wish {
    name: &'static str,
    about: fn() -> String,
    /// Its arguments as the usage tells them.
    usage: fn() -> String,
    arguments: fn(Command) -> Command,
    intent: fn(&ArgMatches) -> Option<Intent>,
    /// Whether it has a shorter way beside “apply”.
    short: bool,
}

const WISHES: [Wish; 8] = [
    Wish {
        name: "bind",
        about: || {
            gettext("Keep a card for virtual machines, until it is given back or the computer restarts")
        },
        usage: || gettext("ADDRESS"),
        arguments: |command| {
            let help = gettext("Take along what shares their IOMMU groups");
            command.arg(one_address()).arg(flag("whole-group").help(help))
        },
        intent: |m| Some(Intent::Bind { device: device(m)?, whole_group: m.get_flag("whole-group") }),
        short: true,
    },
    Wish {
        name: "give-back",
        about: || gettext("Give a card that is kept for virtual machines back to the host"),
        usage: || gettext("ADDRESS"),
        arguments: |command| command.arg(one_address()),
        intent: |m| Some(Intent::GiveBack { device: device(m)? }),
        short: true,
    },
    Wish {
        name: "reserve",
        about: || {
            gettext(
                "Keep a card for virtual machines from the next start on, which is a trial until it is kept",
            )
        },
        usage: || gettext("ADDRESS"),
        arguments: |command| {
            let help = gettext("Take along what shares their IOMMU groups");
            command.arg(one_address()).arg(flag("whole-group").help(help))
        },
        intent: |m| Some(Intent::Reserve { device: device(m)?, whole_group: m.get_flag("whole-group") }),
        short: false,
    },
    Wish {
        name: "confirm",
        about: || gettext("Keep the reservation that is on trial, so that every start has it"),
        usage: String::new,
        arguments: |command| command,
        intent: |_| Some(Intent::Confirm),
        short: false,
    },
    Wish {
        name: "make-ready",
        about: || gettext("Switch on libvirt’s services and network, and let the user who asks use them"),
        usage: String::new,
        arguments: |command| command,
        intent: |_| Some(Intent::MakeReady),
        short: false,
    },
    Wish {
        name: "turn-on-iommu",
        about: || gettext("Turn on the IOMMU with the next start"),
        usage: String::new,
        arguments: |command| command,
        intent: |_| Some(Intent::TurnOnIommu),
        short: false,
    },
    Wish {
        name: "load-vfio-early",
        about: || gettext("Load vfio-pci with the first modules of the next start"),
        usage: String::new,
        arguments: |command| command,
        intent: |_| Some(Intent::LoadVfioEarly),
        short: false,
    },
    Wish {
        name: "huge-pages",
        about: || gettext("Keep memory free for virtual machines as huge pages"),
        usage: || gettext("COUNT"),
        arguments: |command| {
            let count = Arg::new("count").value_name(gettext("COUNT")).value_parser(value_parser!(u32));
            let size = Arg::new("size").long("size").value_parser(["2M", "1G"]).default_value("2M");
            command
                .arg(count.required(true).help(gettext("How many; 0 for none any more")))
                .arg(size.help(gettext("The size of one")))
        },
        intent: |m| {
            let giant = m.get_one::<String>("size").is_some_and(|size| size == "1G");
            let size = if giant { HugePageSize::OneGiB } else { HugePageSize::TwoMiB };
            Some(Intent::SetHugePages { size, count: *m.get_one("count")? })
        },
        short: false,
    },
];

fn device(matches: &ArgMatches) -> Option<PciAddress> {
    matches.get_one("address").copied()
}

impl Wish {
    fn command(&self, verb: &str, usage: &dyn Fn(&str) -> String) -> Command {
        let line = format!("{verb} {} {}", self.name, (self.usage)());
        (self.arguments)(Command::new(self.name).about((self.about)()).override_usage(usage(line.trim_end())))
    }
}

pub(super) fn verb(matches: &ArgMatches) -> Option<HostVerb> {
    let (name, m) = matches.subcommand()?;
    let intent = |m: &ArgMatches| {
        let (name, m) = m.subcommand()?;
        Some(((WISHES.iter().find(|wish| wish.name == name)?.intent)(m)?, m.clone()))
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
        "restart" => HostVerb::Restart { yes: m.get_flag("yes") },
        // The two that are wanted most have a shorter way.
        name => {
            let wish = WISHES.iter().find(|wish| wish.name == name)?;
            HostVerb::Apply { intent: (wish.intent)(m)?, yes: m.get_flag("yes") }
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
            "host plan|apply|script {kind} … | host undo {record} | host records | host restart"
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
        )
        .subcommand(
            Command::new("restart")
                .about(gettext("Start this computer again; in the demo, that is imitated"))
                .override_usage(usage("host restart"))
                .arg(yes()),
        );
    for wish in WISHES.iter().filter(|wish| wish.short) {
        command = command.subcommand(wish.command("host", usage).arg(yes()));
    }
    command
}
