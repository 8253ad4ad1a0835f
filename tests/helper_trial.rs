//! A reservation in the hands of the service: kept and taken back with a stop in every gap, noted and cleared at each start,
//! and given up when nobody is there.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gangway_core::plan::{self, Back, Intent, Plan, Refusal, Step};
use gangway_core::source::Source;
use gangway_core::trial::{self, Entry, Failure, Part, Request, Stage, Standing, State, Trial};
use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::journal::State as RecordState;
use gangway_helper::report::Unwatched;
use gangway_helper::trial::{Noted, TrialEnd};
use gangway_tests::checks::lab::Machine;
use gangway_tests::checks::trial::{ENV, kept, noted, pointers, reserve, started, state};
use gangway_tests::helper::{
    Fault, Picture, counting, engine, picture, read, stop_at, stops, timeless, write,
};
use gangway_tests::systems::tree;
use gangway_tests::tree::folder;
use tempfile::TempDir;

const EFI: &str = "/sys/firmware/efi/efivars";
const DEFAULT: &str = "/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

fn computer(change: impl FnOnce(&mut Machine)) -> TempDir {
    let mut machine = Machine::desktop();
    change(&mut machine);
    let folder = folder();
    tree::write(&machine, folder.path());
    // As the service makes it, where there is something in it.
    let own = folder.path().join("var/lib/gangway");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    assert!(!own.exists() || std::fs::set_permissions(&own, mode).is_ok());
    folder
}

fn on_trial() -> TempDir {
    computer(|machine| started(machine, noted()))
}

/// The same with systemd-boot, which has something else for its default.
fn on_trial_with_systemd_boot() -> TempDir {
    computer(|machine| {
        started(machine, noted());
        let mut state = state(noted());
        state.promise.entry = Entry::SystemdBoot {
            id: "gangway-trial.conf".to_owned(),
            file: "/boot/efi/loader/entries/gangway-trial.conf".to_owned(),
            former: "/boot/efi/loader/entries/debian.conf".to_owned(),
        };
        let entry = format!("linux /l\noptions {}={}\n", trial::ARGUMENT, state.promise.reserve);
        machine.file("/boot/efi/loader/entries/gangway-trial.conf", &entry);
        machine.file("/boot/efi/loader/entries/debian.conf", "linux /l\noptions quiet\n");
        machine.bytes(DEFAULT, &gangway_core::config::efi_variable::make("debian.conf"));
        machine.file(trial::STATE, &state.to_text().unwrap());
    })
}

fn quiet(root: &Path) -> Engine {
    engine(root, &Gaps::default(), None)
}

fn planned(root: &Path) -> Result<Plan, Vec<Refusal>> {
    plan::plan(&quiet(root).ground().unwrap(), &Intent::Confirm, None)
}

fn confirm(root: &Path) -> gangway_helper::journal::RecordId {
    let plan = planned(root).unwrap();
    assert!(matches!(plan.steps.as_slice(), [Step::Confirm(_)]), "{plan:?}");
    quiet(root).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap()
}

fn trial_of(root: &Path) -> Trial {
    Trial::of(&Source::folder(root).unwrap())
}

fn stage(root: &Path) -> Stage {
    State::parse(&read(root, trial::STATE)).unwrap().stage
}

fn default(root: &Path) -> Option<String> {
    trial_of(root).found.default.known().cloned().flatten()
}

/// Two pictures, compared so that only what differs is shown.
fn assert_same(now: &Picture, then: &Picture, gap: usize) {
    let paths = now.keys().chain(then.keys());
    let other: Vec<_> = paths.filter(|path| now.get(*path) != then.get(*path)).collect();
    let shown: Vec<_> = other.iter().map(|path| (path, now.get(*path), then.get(*path))).collect();
    assert!(other.is_empty(), "gap {gap}: {shown:#?}");
}

/// The next start, with the reservation or without.
fn restart(root: &Path, number: u32, with_it: bool) {
    write(root, trial::BOOT, &format!("c0000000-0000-4000-8000-00000000000{number}\n"));
    let reserve = state(Stage::Armed).promise.reserve;
    let argument = format!(" {}={reserve}", trial::ARGUMENT);
    let line = read(root, "/proc/cmdline").replace(&argument, "");
    let line = if with_it { format!("{}{argument}\n", line.trim_end()) } else { line };
    write(root, "/proc/cmdline", &line);
    let _ = std::fs::remove_dir_all(root.join("run/gangway"));
    if with_it {
        write(root, trial::EARLY, &format!("reserved {reserve}\n"));
    }
}

fn ask_for_one_start(root: &Path) {
    let state = state(Stage::Armed);
    let pointer = state.promise.request_pointer().unwrap();
    let bytes = Source::folder(root).unwrap().read(ENV).unwrap();
    let asked = pointer.with(Some(&bytes), Some("gangway-trial")).unwrap().unwrap();
    write(root, ENV, &String::from_utf8(asked).unwrap());
}

#[test]
fn a_trial_that_is_kept_moves_one_pointer_and_back_again() {
    for (computer, entry, former) in [
        (on_trial(), "gangway-trial", None),
        (on_trial_with_systemd_boot(), "gangway-trial.conf", Some("debian.conf")),
    ] {
        let root = computer.path();
        let before = timeless(&picture(root));
        assert_eq!(default(root).as_deref(), former);
        let record = confirm(root);
        assert_eq!(default(root).as_deref(), Some(entry));
        assert!(matches!(stage(root), Stage::Confirmed { record: by, .. } if by == record.to_string()));
        assert!(matches!(trial_of(root).standing, Standing::Confirmed { .. }));
        let now = timeless(&picture(root));
        let changed: Vec<&String> = now.keys().filter(|path| now.get(*path) != before.get(*path)).collect();
        assert_eq!(changed.len(), 1, "{changed:?}");
        // Wanted once more, nothing is to be done.
        assert_eq!(planned(root).unwrap().steps, []);
        let engine = quiet(root);
        let undo = engine.plan_undo(&record).unwrap();
        let release = Back::Release { entry: entry.to_owned(), to: former.map(str::to_owned), moved: true };
        assert_eq!(undo.actions.iter().map(|action| &action.back).collect::<Vec<_>>(), [&release]);
        engine.undo(&record, undo.digest(), &mut Unwatched).unwrap();
        assert_same(&timeless(&picture(root)), &before, 0);
        assert!(matches!(stage(root), Stage::OnTrial { .. }));
    }
}

#[test]
fn what_is_not_so_or_is_no_trial_is_not_kept() {
    let refused = |change: fn(&mut Machine)| planned(computer(change).path()).unwrap_err();
    let word = |refusals: &[Refusal]| match refusals {
        [Refusal::NotOnTrial { standing }] => standing.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(word(&refused(|_| {})), "none");
    assert_eq!(word(&refused(|machine| reserve(machine, noted()))), "over");
    let moved = |machine: &mut Machine| {
        reserve(machine, kept());
        pointers(machine, None, Some("other"));
    };
    assert_eq!(word(&refused(moved)), "without");
    let kept_already = computer(|machine| reserve(machine, kept()));
    assert_eq!(planned(kept_already.path()).unwrap().steps, []);
    let foreign = |machine: &mut Machine| {
        machine.argument("gangway.reserve=0000:01:00.0=10de:2484");
        reserve(machine, Stage::Armed);
    };
    assert_eq!(word(&refused(foreign)), "foreign");
    let asked = refused(|machine| {
        started(machine, noted());
        pointers(machine, Some("gangway-trial"), None);
    });
    assert!(matches!(&asked[..], [Refusal::NotKept { part: Part::Request, .. }]), "{asked:?}");
    let changed = refused(|machine| {
        started(machine, noted());
        machine.file("/boot/gangway/initrd.img-6.12.43+deb13-amd64", "another");
        machine.gone(trial::EARLY);
    });
    assert!(
        matches!(
            &changed[..],
            [Refusal::NotKept { part: Part::Early, .. }, Refusal::NotKept { part: Part::Image, .. }]
        ),
        "{changed:?}"
    );
    let odd = refused(|machine| {
        started(machine, noted());
        machine.file(trial::STATE, "{}");
    });
    assert!(matches!(&odd[..], [Refusal::Unreadable { .. }]), "{odd:?}");
}

#[test]
fn what_changes_between_review_and_keeping_stops_it() {
    let computer = on_trial();
    let root = computer.path();
    let plan = planned(root).unwrap();
    let bytes = Source::folder(root).unwrap().read(ENV).unwrap();
    let pointer = state(noted()).promise.default_pointer();
    let moved = pointer.with(Some(&bytes), Some("other")).unwrap().unwrap();
    write(root, ENV, &String::from_utf8(moved).unwrap());
    let before = timeless(&picture(root));
    quiet(root).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap_err();
    assert_same(&timeless(&picture(root)), &before, 0);
    assert_eq!(stage(root), noted());
}

#[test]
fn a_stop_anywhere_in_keeping_leads_back() {
    for make in [on_trial as fn() -> TempDir, on_trial_with_systemd_boot] {
        let (gaps, count) = counting();
        let whole = make();
        let plan = planned(whole.path()).unwrap();
        engine(whole.path(), &gaps, None).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
        let count = count.load(Ordering::Relaxed);
        assert!(count > 15, "{count}");
        for gap in 0..count {
            let computer = make();
            let root = computer.path();
            let (before, former) = (timeless(&picture(root)), read(root, trial::STATE));
            let plan = planned(root).unwrap();
            let stopping = engine(root, &stop_at(gap), None);
            assert!(
                stops(|| drop(stopping.apply(&plan, plan.digest(), 1000, &mut Unwatched))),
                "gap {gap} was not reached"
            );
            let engine = quiet(root);
            engine.recover(&mut Unwatched).unwrap();
            match engine.records().unwrap().last().map(|summary| summary.as_ref().unwrap().state.clone()) {
                None | Some(RecordState::RolledBack { .. }) => {
                    assert_same(&timeless(&picture(root)), &before, gap);
                    assert_eq!(read(root, trial::STATE), former, "gap {gap}");
                }
                Some(RecordState::Applied) if gap == count - 1 => {
                    assert!(matches!(stage(root), Stage::Confirmed { .. }));
                }
                state => panic!("gap {gap}: {state:?}"),
            }
        }
    }
}

#[test]
fn a_stop_anywhere_in_taking_it_back_leads_to_undone() {
    for make in [on_trial as fn() -> TempDir, on_trial_with_systemd_boot] {
        let (gaps, count) = counting();
        let whole = make();
        let record = confirm(whole.path());
        let undo = quiet(whole.path()).plan_undo(&record).unwrap();
        engine(whole.path(), &gaps, None).undo(&record, undo.digest(), &mut Unwatched).unwrap();
        let count = count.load(Ordering::Relaxed);
        assert!(count > 8, "{count}");
        let mut undone = 0;
        for gap in 0..count {
            let computer = make();
            let root = computer.path();
            let before = timeless(&picture(root));
            let record = confirm(root);
            let undo = quiet(root).plan_undo(&record).unwrap();
            let stopping = engine(root, &stop_at(gap), None);
            assert!(stops(|| drop(stopping.undo(&record, undo.digest(), &mut Unwatched))), "gap {gap}");
            let engine = quiet(root);
            engine.recover(&mut Unwatched).unwrap();
            match engine.summary(&record).unwrap().state {
                RecordState::Applied => assert!(matches!(stage(root), Stage::Confirmed { .. }), "gap {gap}"),
                RecordState::Undone => {
                    undone += 1;
                    assert_same(&timeless(&picture(root)), &before, gap);
                    assert!(matches!(stage(root), Stage::OnTrial { .. }), "gap {gap}");
                }
                state => panic!("gap {gap}: {state:?}"),
            }
        }
        assert!(undone + 4 > count, "{undone} of {count}");
    }
}

#[test]
fn a_pointer_that_somebody_else_moved_stays_theirs() {
    let computer = on_trial_with_systemd_boot();
    let root = computer.path();
    let record = confirm(root);
    let theirs = gangway_core::config::efi_variable::make("theirs.conf");
    let path = root.join(DEFAULT.trim_start_matches('/'));
    std::fs::remove_file(&path).unwrap();
    std::fs::copy(root.join("boot/efi/loader/entries/debian.conf"), &path).unwrap();
    std::fs::File::options().write(true).truncate(true).open(&path).unwrap();
    std::io::Write::write_all(&mut std::fs::File::options().write(true).open(&path).unwrap(), &theirs)
        .unwrap();
    let engine = quiet(root);
    let undo = engine.plan_undo(&record).unwrap();
    assert!(matches!(&undo.actions[0].back, Back::Release { moved: false, .. }), "{undo:?}");
    engine.undo(&record, undo.digest(), &mut Unwatched).unwrap();
    assert_eq!(default(root).as_deref(), Some("theirs.conf"));
    assert!(matches!(stage(root), Stage::OnTrial { .. }));
}

#[test]
fn taken_back_from_the_former_system_it_is_over() {
    let computer = on_trial();
    let root = computer.path();
    let record = confirm(root);
    restart(root, 1, false);
    let engine = quiet(root);
    assert_eq!(trial_of(root).standing, Standing::Without);
    let undo = engine.plan_undo(&record).unwrap();
    engine.undo(&record, undo.digest(), &mut Unwatched).unwrap();
    assert_eq!(default(root), None);
    assert!(matches!(stage(root), Stage::Failed { why: Failure::TakenBack, .. }));
}

#[test]
fn each_start_notes_how_the_trial_went_and_clears_what_is_left() {
    let failed = |why| move |stage: &Stage| matches!(stage, Stage::Failed { why: is, .. } if *is == why);
    type Check = Box<dyn Fn(&Stage) -> bool>;
    let cases: [(Stage, bool, bool, bool, Check); 7] = [
        // Stage before, asked, this start has it; whether it is cleared, and the stage afterwards.
        (Stage::Armed, false, true, false, Box::new(|stage| matches!(stage, Stage::OnTrial { .. }))),
        (Stage::Armed, true, true, true, Box::new(|stage| matches!(stage, Stage::OnTrial { .. }))),
        (Stage::Armed, true, false, true, Box::new(failed(Failure::NotTried))),
        (Stage::Armed, false, false, false, Box::new(failed(Failure::Died))),
        (noted(), false, false, false, Box::new(failed(Failure::NotKept))),
        (noted(), true, false, true, Box::new(failed(Failure::NotKept))),
        (kept(), true, true, true, Box::new(|stage| matches!(stage, Stage::Confirmed { .. }))),
    ];
    for (before, asked, with_it, cleared, after) in cases {
        let computer = computer(|machine| reserve(machine, before.clone()));
        let root = computer.path();
        restart(root, 1, with_it);
        if asked {
            ask_for_one_start(root);
        }
        let engine = quiet(root);
        let noted = engine.note_trial().unwrap().unwrap();
        assert_eq!(noted.cleared, cleared, "{before:?} {asked} {with_it}");
        assert!(after(&stage(root)), "{before:?} {asked} {with_it}: {:?}", stage(root));
        assert_eq!(trial_of(root).found.request.known(), Some(&None));
        // Once is enough.
        let again = engine.note_trial().unwrap().unwrap();
        assert_eq!((again.stage, again.cleared), (None, false));
    }
}

#[test]
fn before_the_restart_and_for_others_nothing_is_touched() {
    let waiting = computer(|machine| reserve(machine, Stage::Armed));
    let root = waiting.path();
    write(root, trial::BOOT, &format!("{}\n", state(Stage::Armed).armed_in));
    ask_for_one_start(root);
    let before = timeless(&picture(root));
    assert_eq!(quiet(root).note_trial().unwrap(), None);
    assert_same(&timeless(&picture(root)), &before, 0);
    // The argument of somebody else, with a request that is ours.
    let foreign = computer(|machine| {
        machine.argument("gangway.reserve=0000:01:00.0=10de:2484");
        reserve(machine, Stage::Armed);
    });
    let root = foreign.path();
    ask_for_one_start(root);
    let before = timeless(&picture(root));
    assert_eq!(quiet(root).note_trial().unwrap(), None);
    assert_same(&timeless(&picture(root)), &before, 0);
    assert_eq!(stage(root), Stage::Armed);
    let none = computer(|_| {});
    assert_eq!(quiet(none.path()).note_trial().unwrap(), None);
    let broken = computer(|machine| {
        reserve(machine, Stage::Armed);
        machine.file(trial::STATE, "{\"version\": 9}\n");
    });
    assert_eq!(quiet(broken.path()).note_trial().unwrap(), None);
    assert_eq!(read(broken.path(), trial::STATE), "{\"version\": 9}\n");
}

#[test]
fn a_stop_anywhere_in_noting_leaves_no_start_that_nobody_asked_for() {
    let make = || {
        let computer = computer(|machine| reserve(machine, Stage::Armed));
        restart(computer.path(), 1, false);
        ask_for_one_start(computer.path());
        computer
    };
    let (gaps, count) = counting();
    engine(make().path(), &gaps, None).note_trial().unwrap();
    let count = count.load(Ordering::Relaxed);
    assert!(count > 5, "{count}");
    for gap in 0..count {
        let computer = make();
        let root = computer.path();
        let stopping = engine(root, &stop_at(gap), None);
        assert!(stops(|| drop(stopping.note_trial())), "gap {gap}");
        quiet(root).recover(&mut Unwatched).unwrap();
        assert_eq!(trial_of(root).found.request.known(), Some(&None), "gap {gap}");
        let over = matches!(stage(root), Stage::Failed { why: Failure::NotTried | Failure::Died, .. });
        assert!(over, "gap {gap}: {:?}", stage(root));
    }
}

#[test]
fn a_trial_that_nobody_keeps_ends_only_where_nobody_is() {
    let left = on_trial();
    let asked = AtomicBool::new(false);
    let there = || {
        asked.store(true, Ordering::Relaxed);
        true
    };
    assert_eq!(quiet(left.path()).end_trial(there).unwrap(), TrialEnd::LeftToUser);
    assert!(asked.load(Ordering::Relaxed));
    assert_eq!((stage(left.path()), read(left.path(), "/imitated/restarted")), (noted(), String::new()));
    let ended = on_trial();
    assert_eq!(quiet(ended.path()).end_trial(|| false).unwrap(), TrialEnd::Restarted);
    assert!(matches!(stage(ended.path()), Stage::Failed { why: Failure::GaveUp, .. }));
    assert_eq!(read(ended.path(), "/imitated/restarted"), "reboot --check-inhibitors=yes\n");
    restart(ended.path(), 1, false);
    let Noted { standing, stage: new, .. } = quiet(ended.path()).note_trial().unwrap().unwrap();
    assert_eq!((standing, new), ("over", None));
    // Something asks to be waited for: the trial goes on.
    let kept_up = on_trial();
    let fault = Some(Fault::Fails("systemctl"));
    engine(kept_up.path(), &Gaps::default(), fault).end_trial(|| false).unwrap_err();
    assert!(matches!(stage(kept_up.path()), Stage::OnTrial { .. }));
    for stage in [kept(), Stage::Armed] {
        let other = computer(|machine| reserve(machine, stage));
        restart(other.path(), 1, false);
        let never = || -> bool { panic!("nobody is to be asked") };
        assert_eq!(quiet(other.path()).end_trial(never).unwrap(), TrialEnd::NotOnTrial);
    }
}

#[test]
fn the_request_of_a_reservation_is_one_that_is_written() {
    assert_eq!(state(Stage::Armed).promise.request, Request::Loader);
    assert!(DEFAULT.starts_with(EFI));
}
