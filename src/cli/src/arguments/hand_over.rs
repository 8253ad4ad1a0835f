//! The two commands that hand devices over and take them back, on both sides: the host's and a virtual machine's.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use gangway_client::arguments::UsageError;
use gangway_client::handover::Method;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;

use super::{Verb, addresses, flag, many_addresses, vm_option};

/// Handing over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HandOver {
    pub(crate) devices: Vec<PciAddress>,
    /// None where the card is reserved only.
    pub(crate) vm: Option<String>,
    /// None where the recommended one is to be taken.
    pub(crate) method: Option<Method>,
    pub(crate) whole_group: bool,
    pub(crate) rom: Option<PathBuf>,
    pub(crate) hide_hypervisor: bool,
    pub(crate) yes: bool,
}

/// Taking back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakeBack {
    pub(crate) devices: Vec<PciAddress>,
    /// None for the one that has them, if there is one.
    pub(crate) vm: Option<String>,
    /// Whether the host's reservation stays.
    pub(crate) keep_reserved: bool,
    pub(crate) yes: bool,
}

pub(super) fn hand_over(matches: &ArgMatches) -> Result<Verb, UsageError> {
    let yes = matches.get_flag("yes");
    if matches.get_flag("continue") {
        return Ok(Verb::GoOn { yes });
    }
    let method = match matches.get_one::<String>("method").map(String::as_str) {
        Some("managed") => Some(Method::Managed),
        Some(_) => Some(Method::Reserved),
        None => None,
    };
    let asked = HandOver {
        devices: addresses(matches),
        vm: matches.get_one("vm").cloned(),
        method,
        whole_group: matches.get_flag("whole-group"),
        rom: matches.get_one("rom").cloned(),
        hide_hypervisor: matches.get_flag("hide-hypervisor"),
        yes,
    };
    if asked.vm.is_none() && method == Some(Method::Managed) {
        return Err(UsageError::new(gettext(
            "With the method “managed” the host is not changed, so a virtual machine is needed: name it with --to.",
        )));
    }
    if asked.vm.is_none() && (asked.rom.is_some() || asked.hide_hypervisor) {
        return Err(UsageError::new(gettext("Options for a virtual machine need one: name it with --to.")));
    }
    Ok(Verb::HandOver(asked))
}

pub(super) fn take_back(matches: &ArgMatches) -> Result<TakeBack, UsageError> {
    Ok(TakeBack {
        devices: addresses(matches),
        vm: matches.get_one("vm").cloned(),
        keep_reserved: matches.get_flag("keep-reserved"),
        yes: matches.get_flag("yes"),
    })
}

pub(super) fn hand_over_command(usage: &dyn Fn(&str) -> String) -> Command {
    let (address, vm) = (gettext("ADDRESS"), gettext("VM"));
    Command::new("hand-over")
        .about(gettext("Give devices to a virtual machine; shows the differences and asks first"))
        .override_usage(usage(&format!("hand-over {address}... [--to {vm}] | hand-over --continue")))
        .after_help(gettext(
            "Without --to a card is only reserved, and a virtual machine can get it later.\nThe method “managed” leaves the host as it is: libvirt takes the card when the virtual machine starts. With “reserved” the host leaves the card alone from the next start on, and the virtual machine gets it after that: with “hand-over --continue”.",
        ))
        .arg(many_addresses(1).required(false).required_unless_present("continue"))
        .arg(vm_option("to").required(false).help(gettext("The virtual machine that gets them")))
        .arg(
            Arg::new("method")
                .long("method")
                .value_parser(["managed", "reserved"])
                .help(gettext("How the host lets go of them; without this the safe one that changes least")),
        )
        .arg(flag("whole-group").help(gettext("Take along what shares their IOMMU groups")))
        .arg(
            Arg::new("rom")
                .long("rom")
                .value_name(gettext("FILE"))
                .value_parser(value_parser!(PathBuf))
                .help(gettext("A ROM file for the graphics card")),
        )
        .arg(flag("hide-hypervisor").help(gettext("Hide from the virtual machine that it is one")))
        .arg(
            flag("continue")
                .conflicts_with_all(["address", "vm", "method", "whole-group", "rom", "hide-hypervisor"])
                .help(gettext("Go on with what waited for a restart, and tell how it stands")),
        )
        .arg(flag("yes").help(gettext("Do not ask")))
}

pub(super) fn take_back_command(usage: &dyn Fn(&str) -> String) -> Command {
    let (address, vm) = (gettext("ADDRESS"), gettext("VM"));
    Command::new("take-back")
        .about(gettext(
            "Take devices back from a virtual machine and from a reservation; shows the differences and asks first",
        ))
        .override_usage(usage(&format!("take-back {address}... [--from {vm}]")))
        .arg(many_addresses(1))
        .arg(
            vm_option("from")
                .required(false)
                .help(gettext("The virtual machine that has them; without this the one that does")),
        )
        .arg(flag("keep-reserved").help(gettext("Leave them reserved, for another virtual machine")))
        .arg(flag("yes").help(gettext("Do not ask")))
}
