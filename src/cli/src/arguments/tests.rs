//! Command lines, and what they mean.

use gangway_core::plan::{HugePageSize, Intent};

use super::*;

fn asked(line: &[&str]) -> Result<Invocation, UsageError> {
    match read(std::iter::once(&"gangwayctl").chain(line).map(OsString::from))? {
        Asked::Invocation(invocation) => Ok(invocation),
        Asked::Text(text) => panic!("{text}"),
    }
}

#[test]
fn the_definition_holds_together() {
    command().debug_assert();
}

#[test]
fn options_stand_before_and_after_a_command_of_two_words() {
    for line in [
        ["--json", "--demo", "vm", "list"],
        ["vm", "--demo", "list", "--json"],
        ["vm", "list", "--json", "--demo"],
    ] {
        let asked = asked(&line).unwrap();
        assert!(asked.json, "{line:?}");
        assert_eq!(asked.verb, Verb::VmList);
        assert_ne!(asked.target.host, gangway_client::target::HostChoice::Live);
    }
}

#[test]
fn short_addresses_are_those_of_domain_0_and_count_once() {
    let asked =
        asked(&["hand-over", "01:00.0", "0000:01:00.0", "01:00.1", "--to", "a / 😀", "--yes"]).unwrap();
    let Verb::HandOver(asked) = asked.verb else { panic!() };
    assert_eq!(asked.devices, ["01:00.0", "01:00.1"].map(|a| a.parse::<PciAddress>().unwrap()));
    assert_eq!(asked.vm.as_deref(), Some("a / 😀"));
    assert!(asked.yes && !asked.whole_group && !asked.hide_hypervisor);
}

#[test]
fn without_a_virtual_machine_a_card_is_reserved_only() {
    let verb = |line: &[&str]| asked(line).unwrap().verb;
    let Verb::HandOver(reserve) = verb(&["hand-over", "01:00.0", "--whole-group"]) else { panic!() };
    assert!(reserve.vm.is_none() && reserve.method.is_none() && reserve.whole_group);
    let Verb::HandOver(chosen) = verb(&["hand-over", "01:00.0", "--method", "reserved", "--to", "a"]) else {
        panic!()
    };
    assert_eq!(chosen.method, Some(gangway_client::handover::Method::Reserved));
    assert_eq!(verb(&["hand-over", "--continue", "--yes"]), Verb::GoOn { yes: true });
    let Verb::TakeBack(back) = verb(&["take-back", "01:00.0", "--keep-reserved"]) else { panic!() };
    assert!(back.vm.is_none() && back.keep_reserved && !back.yes);
}

#[test]
fn a_former_definition_is_the_last_one_where_none_is_named() {
    let verb = |line: &[&str]| asked(line).unwrap().verb;
    assert_eq!(verb(&["definitions", "list"]), Verb::DefinitionsList(None));
    assert_eq!(verb(&["definitions", "list", "a"]), Verb::DefinitionsList(Some("a".into())));
    let show = Verb::DefinitionsShow { vm: "a".into(), definition: None };
    assert_eq!(verb(&["definitions", "show", "a"]), show);
    let restore = Restore { vm: "a".into(), definition: Some("b".into()), yes: true };
    assert_eq!(verb(&["definitions", "restore", "--yes", "a", "b"]), Verb::Restore(restore));
}

#[test]
fn standard_input_is_a_file_name_of_its_own() {
    let Verb::Domain(edit) = asked(&["domain", "remove", "-", "01:00.0"]).unwrap().verb else { panic!() };
    assert_eq!((edit.add, edit.file.as_os_str().to_str()), (false, Some("-")));
}

#[test]
fn the_commands_that_findings_name_mean_their_intents() {
    let device: PciAddress = "0000:01:00.0".parse().unwrap();
    for intent in [
        Intent::Bind { device, whole_group: false },
        Intent::Bind { device, whole_group: true },
        Intent::GiveBack { device },
        Intent::MakeReady,
        Intent::TurnOnIommu,
        Intent::LoadVfioEarly,
        Intent::SetHugePages { size: HugePageSize::TwoMiB, count: 4096 },
        Intent::SetHugePages { size: HugePageSize::OneGiB, count: 0 },
    ] {
        let command = gangway_client::text::plan_command(&intent);
        let words: Vec<&str> = command.split(' ').collect();
        let (program, line) = words.split_first().unwrap();
        assert_eq!(*program, "gangwayctl");
        assert_eq!(asked(line).unwrap().verb, Verb::Host(HostVerb::Plan(intent)), "{command}");
    }
}

#[test]
fn wrong_usage_is_refused_with_one_sentence() {
    for line in [
        &["show"][..],
        &["show", "banana"],
        &["hand-over"],
        &["hand-over", "--to", "win11"],
        &["hand-over", "01:00.0", "--method", "managed"],
        &["hand-over", "01:00.0", "--method", "magic", "--to", "win11"],
        &["hand-over", "01:00.0", "--hide-hypervisor"],
        &["hand-over", "01:00.0", "--continue"],
        &["hand-over", "--continue", "--to", "win11"],
        &["vm"],
        &["domain", "add", "-"],
        &["capture", "--json"],
        &["map"],
        &["map", "--svg"],
        &["map", "--svg", "-", "--json"],
        &["definitions"],
        &["definitions", "restore"],
        &["definitions", "show", "win11", "--json"],
        &["list", "extra"],
        &["list", "--demo=castle"],
        &[],
    ] {
        let error = asked(line).expect_err("wrong usage").to_string();
        assert!(error.ends_with('.') && !error.contains('\n'), "{line:?}: {error}");
    }
}

#[test]
fn help_names_every_command() {
    let Asked::Text(help) = read(["gangwayctl", "--help"].map(OsString::from)).unwrap() else { panic!() };
    for name in [
        "list",
        "show",
        "capture",
        "map",
        "vm",
        "hand-over",
        "take-back",
        "definitions",
        "domain",
        "--root",
        "--demo",
    ] {
        assert!(help.contains(name), "{name} in {help}");
    }
}
