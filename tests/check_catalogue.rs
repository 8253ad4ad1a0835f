//! The catalogue of checks: each has a machine that trips it and one that does not, says its evidence, makes whole
//! sentences, and stands in `src/core/CHECKS.md`
//! or `src/domain/CHECKS.md`.

use std::collections::BTreeSet;
use std::path::Path;

use gangway_client::text::{DeviceNames, checks as text};
use gangway_core::checks::{self, CheckId, Evidence, Finding, Outcome, Verdict, Weight};
use gangway_core::machine_file::MachineFile;
use gangway_core::model::Model;
use gangway_core::source::Source;
use gangway_domain::check::{self, GuestCheckId, GuestFinding};
use gangway_tests::checks::guest::{Lab, guest_cases};
use gangway_tests::checks::lab::Machine;
use gangway_tests::checks::{cases, catalogue_page, guest_page};

fn guest_speaks(finding: &GuestFinding) {
    let names = DeviceNames::addresses();
    let title = text::guest_title(finding.check);
    assert!(!title.is_empty() && !title.ends_with('.'), "{title:?}");
    whole(&text::guest_sentence(finding, &names));
    whole(&text::guest_meaning(finding.check));
    if let Some(fix) = &finding.fix {
        whole(&text::guest_fix(fix, &names));
    }
    assert!(finding.evidence.iter().all(|Evidence { path, .. }| path.starts_with('/')), "{finding:?}");
}

#[test]
fn each_check_of_virtual_machines_has_one_that_trips_it_and_one_that_does_not() {
    let cases = guest_cases();
    let covered: BTreeSet<GuestCheckId> = cases.iter().map(|case| case.check).collect();
    assert_eq!(covered, check::catalogue().map(|check| check.id).collect());
    for case in &cases {
        let (name, findings) = (case.trips.0, case.tripping().findings());
        let own: Vec<&GuestFinding> = findings.iter().filter(|finding| finding.check == case.check).collect();
        let tripped: Vec<&&GuestFinding> =
            own.iter().filter(|finding| case.outcome.is(&finding.outcome)).collect();
        assert!(!tripped.is_empty(), "{} on “{name}”: {own:?}", case.check);
        for finding in tripped {
            assert!(!finding.evidence.is_empty(), "{} shows nothing: {finding:?}", case.check);
            assert!(finding.outcome != Outcome::ToDo || finding.fix.is_some(), "{}", case.check);
        }
        findings.iter().for_each(guest_speaks);
        let (name, findings) = (case.passes.0, case.passing().findings());
        let own: Vec<&GuestFinding> = findings.iter().filter(|finding| finding.check == case.check).collect();
        assert!(!own.is_empty(), "{} says nothing on “{name}”", case.check);
        assert!(own.iter().all(|finding| finding.is_ok()), "{} on “{name}”: {own:?}", case.check);
        findings.iter().for_each(guest_speaks);
    }
}

#[test]
fn on_the_base_of_virtual_machines_all_is_in_order() {
    let findings = Lab::base().findings();
    let open: Vec<&GuestFinding> = findings.iter().filter(|finding| !finding.is_ok()).collect();
    assert!(open.is_empty(), "{open:#?}");
    let asked: BTreeSet<GuestCheckId> = findings.iter().map(|finding| finding.check).collect();
    assert!(asked.len() > 15, "{asked:?}");
}

#[test]
fn only_what_keeps_a_machine_from_starting_well_is_work() {
    let work = |name: &str| {
        let case = guest_cases().into_iter().find(|case| case.trips.0 == name).unwrap();
        check::needs_work(&case.tripping().findings())
    };
    for name in ["a card without its sound", "a device at 99:00.0", "more memory than the computer has"] {
        assert!(work(name), "{name}");
    }
    for name in ["a balloon", "i440FX", "more memory than is free", "another machine with the same card"] {
        assert!(!work(name), "{name}");
    }
    assert!(work("another machine that runs with the same card"));
}

fn of(findings: &[Finding], check: CheckId) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.check == check).collect()
}

/// One or more sentences, whole, without placeholders left over.
fn whole(text: &str) {
    assert!(text.ends_with('.') && !text.contains(['{', '}', '!', '\n']), "{text:?}");
    assert!(!text.contains("  ") && !text.contains("“”") && !text.contains(" ."), "{text:?}");
}

fn speaks(finding: &Finding) {
    let names = DeviceNames::addresses();
    let title = text::title(finding.check);
    assert!(!title.is_empty() && !title.ends_with('.'), "{title:?}");
    whole(&text::sentence(finding, &names));
    whole(&text::meaning(finding.check));
    if let Some(fix) = &finding.fix {
        whole(&text::fix(fix));
    }
    assert!(finding.evidence.iter().all(|Evidence { path, .. }| path.starts_with('/')), "{finding:?}");
}

#[test]
fn each_check_has_a_machine_that_trips_it_and_one_that_does_not() {
    let cases = cases();
    let covered: BTreeSet<CheckId> = cases.iter().map(|case| case.check).collect();
    let missing: Vec<&CheckId> = CheckId::ALL.iter().filter(|id| !covered.contains(id)).collect();
    assert!(missing.is_empty(), "no machines for {missing:?}");
    for case in &cases {
        let (name, findings) = (case.trips.0, case.tripping().findings());
        let tripped: Vec<&Finding> = of(&findings, case.check)
            .into_iter()
            .filter(|finding| case.outcome.is(&finding.outcome))
            .collect();
        assert!(!tripped.is_empty(), "{} on “{name}”: {:?}", case.check, of(&findings, case.check));
        for finding in tripped {
            assert!(!finding.evidence.is_empty(), "{} shows nothing: {finding:?}", case.check);
            assert!(finding.outcome != Outcome::ToDo || finding.fix.is_some(), "{}", case.check);
        }
        findings.iter().for_each(speaks);

        let (name, findings) = (case.passes.0, case.passing().findings());
        let passed = of(&findings, case.check);
        assert!(!passed.is_empty(), "{} says nothing on “{name}”", case.check);
        assert!(
            passed.iter().all(|finding| finding.outcome == Outcome::Ok),
            "{} on “{name}”: {passed:?}",
            case.check
        );
        findings.iter().for_each(speaks);
    }
}

#[test]
fn on_the_base_nothing_is_to_do() {
    let machine = Machine::desktop();
    let findings = machine.findings();
    let open: Vec<&Finding> = findings
        .iter()
        .filter(|finding| {
            finding.about.is_empty() && finding.outcome != Outcome::Ok && finding.weight != Weight::Advice
        })
        .collect();
    assert!(open.is_empty(), "{open:#?}");
    assert_eq!(checks::of_machine(&machine.model().host, &findings), Verdict::Ready);
}

#[test]
fn a_group_says_what_goes_along_with_it() {
    let said = |machine: &Machine| {
        let findings = machine.findings();
        let group = of(&findings, CheckId::GroupViable).into_iter().find(|one| one.outcome == Outcome::ToDo);
        group.map(|group| text::sentence(group, &DeviceNames::addresses())).unwrap_or_default()
    };
    let mut machine = Machine::desktop();
    let before = said(&machine);
    let along =
        "With them the host loses the only way into other networks (“enp4s0”) and the files at “/home”.";
    assert!(before.ends_with(along), "{before}");
    machine
        .file("/proc/net/route", "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n");
    machine.file("/proc/self/mountinfo", "30 1 0:30 / / rw - tmpfs tmpfs rw\n");
    let after = said(&machine);
    assert!(after.contains("only together") && !after.contains("loses"), "{after}");
}

#[test]
fn a_capture_keeps_everything_that_the_model_reads() {
    let all = cases();
    let mut machines: Vec<_> =
        all.iter().flat_map(|case| [(case, case.tripping()), (case, case.passing())]).collect();
    machines.sort_by(|(_, one), (_, other)| one.cmp(other));
    machines.dedup_by(|(_, one), (_, other)| one == other);
    for (case, machine) in machines {
        let machine = machine.build();
        let again = MachineFile::capture(&Source::machine(&machine));
        let read = |machine: &MachineFile| Model::read(&Source::machine(machine));
        let (first, second) = (read(&machine), read(&again));
        assert_eq!(first.system, second.system, "{}", case.check);
        assert!(first == second, "{}: the host or the devices differ", case.check);
    }
}

#[test]
fn an_empty_machine_makes_whole_sentences_and_no_promises() {
    let model = Model::default();
    let findings = checks::run(&model);
    findings.iter().for_each(speaks);
    assert!(findings.iter().all(|finding| finding.outcome != Outcome::Ok), "{findings:#?}");
}

#[test]
fn the_page_of_the_catalogue_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/core/CHECKS.md");
    let page = Source::live().unwrap().read_text(path.canonicalize().unwrap()).unwrap();
    assert!(page == catalogue_page(), "write src/core/CHECKS.md again: cargo xtask checks");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/domain/CHECKS.md");
    let page = Source::live().unwrap().read_text(path.canonicalize().unwrap()).unwrap();
    assert!(page == guest_page(), "write src/domain/CHECKS.md again: cargo xtask checks");
}
