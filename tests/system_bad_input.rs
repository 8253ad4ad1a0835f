//! Systems that contradict themselves or are garbled: every place of the list, one after the other and all at once, as
//! nonsense, as bytes, as a folder, or refused. Nothing may panic, and nothing that could not be read may become a promise.

use gangway_core::checks::{self, Outcome, Verdict};
use gangway_core::machine_file::MachineFile;
use gangway_core::model::Model;
use gangway_core::source::Source;
use gangway_tests::checks::lab::Machine;
use proptest::prelude::*;

/// The places of the base that are no devices.
fn places() -> Vec<String> {
    let text = Machine::desktop().build().write();
    let path = |line: &str| line.split(' ').next().filter(|path| path.starts_with('/')).map(str::to_owned);
    let device = |path: &String| {
        ["/sys/bus", "/sys/devices/pci", "/sys/class", "/sys/dev", "/sys/kernel/iommu"]
            .into_iter()
            .any(|top| path.starts_with(top))
    };
    text.lines().filter_map(path).filter(|path| !device(path)).collect()
}

fn read(machine: &Machine) -> (Model, Verdict) {
    let model = machine.model();
    let findings = checks::run(&model);
    let verdict = checks::of_machine(&model.host, &findings);
    (model, verdict)
}

/// Ways in which a place can be garbled.
const WAYS: usize = 5;

fn garble(machine: &mut Machine, path: &str, way: usize) {
    match way % WAYS {
        0 => machine.file(path, "\u{0}[=:\"'-\n\n ,\t*{release}\\\n"),
        1 => machine.bytes(path, &[0xff, 0xfe, 0, 1, 0x80]),
        2 => machine.denied(path),
        3 => machine.folder(path),
        _ => machine.file(path, "99999999999999999999 99999999999999999999-0\n"),
    };
}

#[test]
fn one_place_after_the_other_may_be_nonsense() {
    let places = places();
    assert!(places.len() > 50, "{places:?}");
    for (index, path) in places.iter().enumerate() {
        let mut machine = Machine::desktop();
        garble(&mut machine, path, index);
        read(&machine);
    }
}

#[test]
fn every_place_may_be_nonsense_and_the_machine_is_still_captured() {
    for way in 0..WAYS {
        let mut machine = Machine::desktop();
        for (index, path) in places().iter().enumerate() {
            garble(&mut machine, path, index + way);
        }
        let (_, verdict) = read(&machine);
        assert_ne!(verdict, Verdict::Ready);
        let again = MachineFile::capture(&Source::machine(&machine.build())).write();
        assert_eq!(MachineFile::parse(again.as_bytes()).unwrap().write(), again);
    }
}

#[test]
fn where_nothing_may_be_read_nothing_is_promised() {
    let mut machine = Machine::desktop();
    for path in places() {
        machine.denied(&path);
    }
    let (model, verdict) = read(&machine);
    assert_ne!(verdict, Verdict::Ready);
    let findings = checks::run(&model);
    let unknown =
        findings.iter().filter(|finding| matches!(finding.outcome, Outcome::CouldNotTell(_))).count();
    assert!(unknown > 15, "{unknown} of {}", findings.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn texts_that_people_and_programs_wrote_may_be_anything(
        index in 0_usize..1000,
        text in "[ -~\n]{0,200}|(flags|MemTotal|HOOKS|options|user|Uid|GRUB_CMDLINE_LINUX)[:= \"a-z0-9,.(-]{0,80}",
    ) {
        let places = places();
        let path = &places[index % places.len()];
        let mut machine = Machine::desktop();
        machine.file(path, &text);
        read(&machine);
    }
}
