//! A reservation after it was armed, on machines made by small edits of the base: how it stands, what of the promise holds,
//! and that a captured machine tells the same.

use gangway_core::checks::{CheckId, Need};
use gangway_core::machine_file::MachineFile;
use gangway_core::model::Model;
use gangway_core::reading::Reading;
use gangway_core::source::Source;
use gangway_core::trial::{
    self, Broken, Early, Failure, Part, Promised, Stage, Standing, State, Verified, is_kept, measure, verify,
};
use gangway_tests::checks::lab::Machine;
use gangway_tests::checks::trial::{
    CUSTOM, ENV, IMAGE, KERNEL, MENU, RELEASE, drive, drive_twin, kept, noted, pointers, reserve, started,
    state,
};

fn machine(stage: Stage, change: impl FnOnce(&mut Machine)) -> Source {
    let mut machine = Machine::desktop();
    started(&mut machine, stage);
    change(&mut machine);
    Source::machine(&machine.build())
}

fn without(stage: Stage, change: impl FnOnce(&mut Machine)) -> Source {
    let mut machine = Machine::desktop();
    reserve(&mut machine, stage);
    change(&mut machine);
    Source::machine(&machine.build())
}

fn verified(source: &Source) -> Vec<Promised> {
    let model = Model::read(source);
    let Reading::Known(state) = &model.system.trial.state else { panic!("{:?}", model.system.trial.state) };
    verify(state, &model, Some(&measure(source, &state.promise.image)))
}

/// What does not hold, or could not be told.
fn open(source: &Source) -> Vec<(Part, Verified)> {
    let parts = verified(source).into_iter();
    let parts = parts.filter(|part| part.verified != Verified::Holds);
    parts.map(|Promised { part, verified }| (part, verified)).collect()
}

fn broken(part: Part, instead: Broken, cause: Option<CheckId>) -> (Part, Verified) {
    (part, Verified::Broken { instead, cause })
}

fn at(function: u8) -> gangway_core::pci::PciAddress {
    format!("01:00.{function}").parse().unwrap()
}

fn words(parts: &[Promised]) -> Vec<&'static str> {
    let mut words: Vec<&str> = parts.iter().map(|part| part.part.word()).collect();
    words.dedup();
    words
}

#[test]
fn on_trial_every_promise_is_looked_at_and_holds() {
    for stage in [Stage::Armed, noted()] {
        let source = machine(stage, |_| {});
        let trial = Model::read(&source).system.trial;
        assert!(matches!(trial.standing, Standing::OnTrial { early: Early::Reserved(_) }), "{trial:?}");
        let parts = verified(&source);
        assert_eq!(open(&source), []);
        assert!(is_kept(&parts));
        let expected = [
            "argument", "early", "running", "device", "driver", "group", "modules", "twin", "kernel",
            "image", "entry", "former", "request",
        ];
        assert_eq!(words(&parts), expected);
    }
}

#[test]
fn on_trial_whatever_is_otherwise_is_told_with_what_is_there_instead() {
    type Change = fn(&mut Machine);
    let reserved = state(Stage::Armed).promise.reserve;
    let refused = "refused: 0000:01:00.0 already has a driver";
    let cases: Vec<(Change, Vec<(Part, Verified)>)> = vec![
        (
            |machine| {
                drive(machine, 0, "nvidia");
                machine.file(trial::EARLY, "refused: 0000:01:00.0 already has a driver\n");
            },
            vec![
                broken(Part::Early, Broken::Early(Early::parse(refused)), None),
                broken(
                    Part::Driver(at(0)),
                    Broken::Instead("nvidia".to_owned()),
                    Some(CheckId::ReservationFailed),
                ),
                broken(
                    Part::Group(at(0)),
                    Broken::Held(vec![(at(0), "nvidia".to_owned())]),
                    Some(CheckId::GroupViable),
                ),
            ],
        ),
        (
            |machine| {
                machine.gone(trial::EARLY);
            },
            vec![broken(Part::Early, Broken::Early(Early::DidNotRun), None)],
        ),
        (
            |machine| {
                let uevent = "/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/uevent";
                machine.replace(uevent, "PCI_ID=10DE:2484", "PCI_ID=10DE:2204");
            },
            vec![broken(Part::Device(at(0)), Broken::Replaced, None)],
        ),
        (
            |machine| {
                machine.file("/proc/sys/kernel/osrelease", "6.12.44+deb13-amd64\n");
            },
            vec![broken(Part::Running, Broken::Instead("6.12.44+deb13-amd64".to_owned()), None)],
        ),
        (
            |machine| pointers(machine, Some("gangway-trial"), None),
            vec![broken(Part::Request, Broken::Instead("gangway-trial".to_owned()), None)],
        ),
        (
            |machine| {
                machine.file(IMAGE, "another image").gone(CUSTOM).file(MENU, "# empty\n");
            },
            vec![
                broken(Part::Image, Broken::Changed, None),
                broken(Part::Entry, Broken::Missing, None),
                broken(Part::Former, Broken::Missing, None),
            ],
        ),
        (
            |machine| {
                drive_twin(machine, "vfio-pci");
                machine.gone(KERNEL);
            },
            vec![
                broken(Part::Twin("08:00.0".parse().unwrap()), Broken::Instead("vfio-pci".to_owned()), None),
                broken(Part::Kernel, Broken::Missing, None),
            ],
        ),
        (
            |machine| {
                machine.denied(MENU).denied(IMAGE);
            },
            vec![
                (Part::Image, Verified::Unknown(Need::Permission(IMAGE.to_owned()))),
                (Part::Former, Verified::Unknown(Need::Permission(MENU.to_owned()))),
            ],
        ),
    ];
    assert!(reserved.functions().len() == 4);
    for (change, expected) in cases {
        let source = machine(noted(), change);
        let open = open(&source);
        // Another kernel brings other modules along; what that means is said by the checks of modules.
        let open: Vec<_> = open.into_iter().filter(|(part, _)| *part != Part::Modules).collect();
        assert_eq!(open, expected);
        assert!(!is_kept(&verified(&source)));
    }
}

#[test]
fn a_confirmed_reservation_drifts_in_ways_that_are_told_apart() {
    let source = machine(kept(), |_| {});
    assert!(matches!(Model::read(&source).system.trial.standing, Standing::Confirmed { .. }));
    assert_eq!(open(&source), []);
    let parts = verified(&source);
    assert!(words(&parts).ends_with(&["request", "default", "newest"]), "{:?}", words(&parts));
    let drift = |change: fn(&mut Machine)| open(&machine(kept(), change));
    let newer = "6.12.50+deb13-amd64";
    assert_eq!(
        drift(|machine| {
            machine.file("/lib/modules/6.12.50+deb13-amd64/modules.dep", "");
        }),
        [broken(Part::Newest, Broken::Newer(newer.to_owned()), None)]
    );
    assert_eq!(
        drift(|machine| {
            machine.file("/lib/modules/6.1.0-9-amd64/modules.dep", "");
        }),
        []
    );
    assert_eq!(
        drift(|machine| pointers(machine, None, None)),
        [broken(Part::Default, Broken::Missing, None)]
    );
    assert_eq!(
        drift(|machine| pointers(machine, None, Some("other"))),
        [broken(Part::Default, Broken::Instead("other".to_owned()), None)]
    );
    // A twin may be with a virtual machine of its own by now.
    assert_eq!(
        drift(|machine| {
            drive_twin(machine, "vfio-pci");
        }),
        []
    );
}

#[test]
fn a_confirmed_reservation_that_this_start_lacks_is_looked_at_as_far_as_it_can_be() {
    let source = without(kept(), |_| {});
    assert_eq!(Model::read(&source).system.trial.standing, Standing::Without);
    assert_eq!(open(&source), []);
    let moved = without(kept(), |machine| {
        machine.gone("/sys/bus/pci/devices/0000:01:00.3");
        machine.gone(&format!("/lib/modules/{RELEASE}/modules.dep"));
        machine.file(IMAGE, "");
    });
    let expected = [
        broken(Part::Device(at(3)), Broken::Missing, None),
        broken(Part::Kernel, Broken::Missing, Some(CheckId::ModulesOfRunningKernel)),
        broken(Part::Image, Broken::Changed, None),
    ];
    assert_eq!(open(&moved), expected);
}

#[test]
fn what_a_machine_does_not_show_is_unknown_and_nothing_of_it_is_kept() {
    let source = machine(noted(), |machine| {
        for path in ["/boot/gangway", "/boot/grub"] {
            machine.gone(path);
        }
        machine.gone("/boot");
    });
    let open = open(&source);
    let parts: Vec<&str> = open.iter().map(|(part, _)| part.word()).collect();
    assert_eq!(parts, ["kernel", "image", "entry", "former", "request"]);
    let unknown = |part: &&(Part, Verified)| matches!(part.1, Verified::Unknown(Need::Path(_)));
    // The image was measured, and a file that is not there is not there.
    assert_eq!(open.iter().filter(unknown).count(), 4, "{open:?}");
    assert!(!is_kept(&verified(&source)));
}

#[test]
fn a_state_that_makes_no_sense_is_unknown_and_touches_nothing() {
    let source = machine(noted(), |machine| {
        machine.file(trial::STATE, "{\"version\": 1}\n");
    });
    let trial = Model::read(&source).system.trial;
    assert!(matches!(trial.standing, Standing::Unknown(_)) && trial.state.trouble().is_some(), "{trial:?}");
    let mut other = Machine::desktop();
    other.argument("gangway.reserve=0000:01:00.0=10de:2484");
    let foreign = Standing::Foreign { value: "0000:01:00.0=10de:2484".to_owned() };
    assert_eq!(other.model().system.trial.standing, foreign);
    assert_eq!(Machine::desktop().model().system.trial, trial::Trial::default());
}

#[test]
fn a_captured_machine_tells_the_same() {
    let failed = Stage::Failed { why: Failure::NotTried, at: 1, early: None };
    let sources = [
        machine(noted(), |_| {}),
        machine(noted(), |machine| pointers(machine, Some("gangway-trial"), None)),
        machine(kept(), |_| {}),
        machine(kept(), |machine| {
            machine.gone(IMAGE).gone(CUSTOM).denied(MENU);
        }),
        without(Stage::Armed, |_| {}),
        without(failed, |machine| {
            machine.gone(ENV);
        }),
    ];
    for source in sources {
        let captured = MachineFile::capture(&source).write();
        let captured = Source::machine(&MachineFile::parse(captured.as_bytes()).unwrap());
        let (one, other) = (Model::read(&source), Model::read(&captured));
        assert_eq!(one.system.trial.standing, other.system.trial.standing);
        let Reading::Known(state) = &one.system.trial.state else { panic!("no state") };
        let parts = |model: &Model| -> Vec<Promised> { verify(state, model, None) };
        assert_eq!(parts(&one), parts(&other));
    }
}

#[test]
fn the_state_of_the_tests_is_one() {
    let text = state(noted()).to_text().unwrap();
    assert_eq!(State::parse(&text), Ok(state(noted())));
}
