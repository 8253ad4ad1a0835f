//! The program stops in every gap of applying, rolling back, undoing and recovering; recovery leads to *before* or on to
//! *after*: every byte, permission, owner, label and time of the whole computer.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use gangway_core::config::grub_env;
use gangway_core::plan::{Back, Intent, Plan};
use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::journal::{RecordId, State};
use gangway_helper::report::{ApplyError, Unwatched};
use gangway_helper::write::Root;
use gangway_tests::helper::{
    Fault, Picture, at, counting, cut_power, engine, everything, make, picture, read, restart, stop_at,
    stop_where, stops, timeless, write,
};
use gangway_tests::programs::{Program, example};
use gangway_tests::systems::seen::{Seen, differences, kept_of_a_trial, tree};
use gangway_tests::systems::tools::Imitations;
use gangway_tests::systems::{self, System};
use gangway_tests::tree::folder;

/// Recovers, to the state before, and counts how often `tool` ran for it.
fn rolled_back_with(root: &Path, tool: &'static str) -> usize {
    let heard = Arc::new(Mutex::new(0));
    let listener = Arc::clone(&heard);
    let gaps = Gaps::told(move |name, what| {
        *listener.lock().unwrap() += usize::from((name, what) == ("run-begin", tool))
    });
    let recovered = engine(root, &gaps, None).recover(&mut Unwatched).unwrap();
    let rolled_back = matches!(&recovered[..], [one] if matches!(one.state, State::RolledBack { .. }));
    assert!(rolled_back, "{recovered:?}");
    *heard.lock().unwrap()
}

fn only(engine: &Engine) -> (RecordId, State) {
    let records = engine.records().unwrap();
    let summary = records.last().expect("a record").as_ref().unwrap();
    (summary.record.id.clone(), summary.state.clone())
}

fn assert_same(now: &Picture, then: &Picture, gap: usize) {
    for (path, what) in then {
        assert_eq!(now.get(path), Some(what), "{path} after a stop at gap {gap}");
    }
    for path in now.keys() {
        assert!(then.contains_key(path), "{path} is left after a stop at gap {gap}");
    }
}

/// A computer, its picture, and a plan for it.
fn computer(root: &Path) -> (Picture, Plan) {
    make(root);
    (picture(root), everything(root))
}

#[test]
fn a_stop_anywhere_in_applying_leads_back() {
    let (gaps, count) = counting();
    let whole = folder();
    let (_, plan) = computer(whole.path());
    engine(whole.path(), &gaps, None).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    let count = count.load(Ordering::Relaxed);
    assert!(count > 120, "{count}");
    let done = timeless(&picture(whole.path()));
    let mut begun = 0;
    for gap in 0..count {
        let folder = folder();
        let root = folder.path();
        let (before, plan) = computer(root);
        let engine_to_stop = engine(root, &stop_at(gap), None);
        let stopped = stops(|| drop(engine_to_stop.apply(&plan, plan.digest(), 1000, &mut Unwatched)));
        assert!(stopped, "gap {gap} was not reached");
        let engine = engine(root, &Gaps::default(), None);
        let recovered = engine.recover(&mut Unwatched).unwrap();
        let now = picture(root);
        match engine.records().unwrap().last().map(|_| only(&engine).1) {
            None => {
                assert_eq!(recovered, [], "gap {gap}");
                assert_same(&now, &before, gap);
            }
            Some(State::RolledBack { .. }) => {
                begun += 1;
                assert_same(&now, &before, gap);
            }
            // The last mark is written, and only the sync of it missing.
            Some(State::Applied) if gap == count - 1 => assert_same(&timeless(&now), &done, gap),
            Some(state) => panic!("gap {gap}: {state:?}"),
        }
        assert_eq!(engine.recover(&mut Unwatched).unwrap(), [], "once is enough, gap {gap}");
    }
    assert!(begun > count / 2, "{begun} of {count}");
}

#[test]
fn a_stop_anywhere_in_rolling_back_leads_back() {
    // The last step fails, so that everything is rolled back.
    let fault = Some(Fault::Pages(10));
    let (gaps, count) = counting();
    let whole = folder();
    let (before, plan) = computer(whole.path());
    engine(whole.path(), &gaps, fault).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap_err();
    assert_same(&picture(whole.path()), &before, usize::MAX);
    let (applying, all) = (gaps_to_the_last_step(), count.load(Ordering::Relaxed));
    assert!(all > applying + 30, "{applying} {all}");
    for gap in applying..all {
        let folder = folder();
        let root = folder.path();
        let (before, plan) = computer(root);
        let engine_to_stop = engine(root, &stop_at(gap), fault);
        let stopped = stops(|| drop(engine_to_stop.apply(&plan, plan.digest(), 1000, &mut Unwatched)));
        assert!(stopped, "gap {gap} was not reached");
        let engine = engine(root, &Gaps::default(), fault);
        engine.recover(&mut Unwatched).unwrap();
        let (_, state) = only(&engine);
        let reason = "of 64 huge pages";
        assert!(
            matches!(&state, State::RolledBack { reason: why } if why.contains(reason) || why.contains("interrupted")),
            "gap {gap}: {state:?}"
        );
        assert_same(&picture(root), &before, gap);
    }
}

/// How many gaps there are until the last step of the plan of everything begins.
fn gaps_to_the_last_step() -> usize {
    let count = Arc::new(Mutex::new((0, 0)));
    let counter = Arc::clone(&count);
    let gaps = Gaps::told(move |name, about| {
        let mut count = counter.lock().unwrap();
        count.0 += 1;
        if (name, about) == ("step-begin", "9") {
            count.1 = count.0;
        }
    });
    let folder = folder();
    let (_, plan) = computer(folder.path());
    engine(folder.path(), &gaps, None).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    let last = count.lock().unwrap().1;
    assert!(last > 0);
    last
}

#[test]
fn a_stop_anywhere_in_undoing_leads_to_undone() {
    let applied = |root: &Path| {
        let (before, plan) = computer(root);
        let engine = engine(root, &Gaps::default(), None);
        let id = engine.apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
        let reviewed = engine.plan_undo(&id).unwrap();
        assert_eq!(reviewed.stops, []);
        (before, picture(root), id, reviewed.digest())
    };
    let (gaps, count) = counting();
    let whole = folder();
    let (before, _, id, reviewed) = applied(whole.path());
    engine(whole.path(), &gaps, None).undo(&id, reviewed, &mut Unwatched).unwrap();
    assert_same(&picture(whole.path()), &before, usize::MAX);
    let count = count.load(Ordering::Relaxed);
    assert!(count > 50, "{count}");
    let mut finished = 0;
    for gap in 0..count {
        let folder = folder();
        let root = folder.path();
        let (before, after, id, reviewed) = applied(root);
        let engine_to_stop = engine(root, &stop_at(gap), None);
        assert!(
            stops(|| drop(engine_to_stop.undo(&id, reviewed, &mut Unwatched))),
            "gap {gap} was not reached"
        );
        let engine = engine(root, &Gaps::default(), None);
        engine.recover(&mut Unwatched).unwrap();
        match only(&engine).1 {
            // Not a word of it was on disk yet.
            State::Applied => assert_same(&picture(root), &after, gap),
            State::Undone => {
                finished += 1;
                assert_same(&picture(root), &before, gap);
            }
            state => panic!("gap {gap}: {state:?}"),
        }
    }
    assert!(finished > count - 10, "{finished} of {count}");
}

#[test]
fn a_stop_anywhere_in_recovering_leads_back() {
    let stopped = |root: &Path| {
        let (before, plan) = computer(root);
        let last = gaps_to_the_last_step();
        let engine = engine(root, &stop_at(last + 4), None);
        assert!(stops(|| drop(engine.apply(&plan, plan.digest(), 1000, &mut Unwatched))));
        before
    };
    let (gaps, count) = counting();
    let whole = folder();
    stopped(whole.path());
    assert_eq!(engine(whole.path(), &gaps, None).recover(&mut Unwatched).unwrap().len(), 1);
    let count = count.load(Ordering::Relaxed);
    assert!(count > 40, "{count}");
    for gap in (0..count).step_by(2) {
        let folder = folder();
        let root = folder.path();
        let before = stopped(root);
        let first = engine(root, &stop_at(gap), None);
        assert!(stops(|| drop(first.recover(&mut Unwatched))), "gap {gap} was not reached");
        let engine = engine(root, &Gaps::default(), None);
        engine.recover(&mut Unwatched).unwrap();
        assert!(matches!(only(&engine).1, State::RolledBack { .. }), "gap {gap}: {:?}", only(&engine));
        assert_same(&picture(root), &before, gap);
    }
}

#[test]
fn after_a_restart_only_what_lasts_is_rolled_back() {
    let (gaps, count) = counting();
    let whole = folder();
    let (_, plan) = computer(whole.path());
    engine(whole.path(), &gaps, None).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    // With the last gap it is applied.
    for gap in (0..count.load(Ordering::Relaxed) - 1).step_by(3) {
        let folder = folder();
        let root = folder.path();
        let (_, plan) = computer(root);
        let untouched = tempfile::tempdir().unwrap();
        make(untouched.path());
        restart(untouched.path());
        let engine_to_stop = engine(root, &stop_at(gap), None);
        assert!(stops(|| drop(engine_to_stop.apply(&plan, plan.digest(), 1000, &mut Unwatched))));
        restart(root);
        let engine = engine(root, &Gaps::default(), None);
        engine.recover(&mut Unwatched).unwrap();
        let (now, then) = (picture(root), picture(untouched.path()));
        assert_same(&now, &then, gap);
    }
}

#[test]
fn a_mark_that_was_torn_was_never_said() {
    let folder = folder();
    let root = folder.path();
    let (before, plan) = computer(root);
    let done = engine(root, &Gaps::default(), None);
    let id = done.apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    let after = picture(root);
    let path = format!("/var/lib/gangway/records/{id}/progress");
    let marks = read(root, &path);
    for length in 0..marks.len() {
        cut_power(root, &path, 0);
        write(root, &path, &marks[..length]);
        let state = done.summary(&id).unwrap().state;
        assert_eq!(state, State::Interrupted, "cut at {length}");
    }
    // A new mark after a torn one is read, and the torn one is gone.
    write(root, &path, &marks[..marks.len() - 4]);
    assert_eq!(done.recover(&mut Unwatched).unwrap().len(), 1);
    assert!(matches!(only(&done).1, State::RolledBack { .. }));
    assert_same(&picture(root), &before, 0);
    assert_ne!(before, after);
}

/// What dies here is a process of its own, without a last word, as at a power cut.
#[test]
fn a_process_that_is_killed_anywhere_is_recovered_by_the_next() {
    let program = example("gangway-tests", "helper-stop");
    let run = |root: &Path, what: &str, gap: usize| {
        let outcome = Program::new(&program).arg(root).args([what, &gap.to_string()]).run();
        (outcome.status, String::from_utf8(outcome.output).unwrap(), outcome.errors)
    };
    let (mut gap, mut killed, mut applied) = (0, 0, 0);
    loop {
        let folder = folder();
        let root = folder.path();
        let (before, _) = computer(root);
        let (status, _, errors) = run(root, "apply", gap);
        if status == 0 {
            break;
        }
        assert_eq!(status, -1, "gap {gap}: {errors}");
        killed += 1;
        let (status, output, errors) = run(root, "recover", usize::MAX);
        assert_eq!(status, 0, "gap {gap}: {output} {errors}");
        let now = engine(root, &Gaps::default(), None);
        match now.records().unwrap().last().map(|_| only(&now).1) {
            Some(State::Applied) => applied += 1,
            _ => assert_same(&picture(root), &before, gap),
        }
        gap += 3;
    }
    assert!(applied <= 1, "only with the last gap: {applied}");
    assert!(killed > 40, "{killed}");
}

/// Recovery that comes late, because no unit asks for it, or because the record came back with a backup: what was made since
/// then is not replaced either, whichever start of the computer it was made in.
#[test]
fn what_was_made_long_after_the_stop_is_not_replaced_by_the_past() {
    let folder = folder();
    let root = folder.path();
    let (_, plan) = computer(root);
    let gaps = stop_where("tool-writing", "/boot/grub/grub.cfg");
    let first = engine(root, &gaps, None);
    assert!(stops(|| drop(first.apply(&plan, plan.digest(), 1000, &mut Unwatched))));
    restart(root);
    let text = "menuentry 'New kernel' {\n\tlinux /new root=/dev/a intel_iommu=on\n}\n";
    write(root, "/boot/grub/grub.cfg", text);
    let later = std::time::SystemTime::now() + std::time::Duration::from_hours(24);
    let file = std::fs::File::options().write(true).open(root.join("boot/grub/grub.cfg")).unwrap();
    file.set_modified(later).unwrap();
    // That was in a start of the computer before this one.
    write(root, "/proc/stat", "cpu 1 2 3\nbtime 4000000000\n");
    assert_eq!(rolled_back_with(root, "update-grub"), 1);
    assert!(!read(root, "/boot/grub/grub.cfg").contains("intel_iommu"));
}

/// What the administrator switched on between the stop and a late recovery stays so.
#[test]
fn a_unit_that_was_switched_on_long_after_the_stop_stays_so() {
    let folder = folder();
    let root = folder.path();
    let (_, plan) = computer(root);
    let gaps = stop_where("step-carried-out", "7");
    let first = engine(root, &gaps, None);
    assert!(stops(|| drop(first.apply(&plan, plan.digest(), 1000, &mut Unwatched))));
    let wants = root.join("etc/systemd/system/sockets.target.wants");
    assert!(wants.join("virtlogd.socket").is_symlink(), "the tool made its links");
    restart(root);
    let later = wants.join("cups.socket");
    std::os::unix::fs::symlink("/usr/lib/systemd/system/cups.socket", &later).unwrap();
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_hours(24);
    let since = tomorrow.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let time = rustix::fs::Timespec { tv_sec: since.try_into().unwrap(), tv_nsec: 0 };
    let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
    let link = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::utimensat(rustix::fs::CWD, &later, &times, link).unwrap();
    let recovered = engine(root, &Gaps::default(), None).recover(&mut Unwatched).unwrap();
    assert!(
        matches!(&recovered[..], [one] if matches!(one.state, State::RolledBack { .. })),
        "{recovered:?}"
    );
    assert!(later.is_symlink());
    assert!(!wants.join("virtlogd.socket").is_symlink());
    assert!(!root.join("etc/systemd/system/multi-user.target.wants/libvirtd.service").is_symlink());
}

/// The power went while a plan was applied; at the next start a package made the boot loader's configuration anew before
/// recovery. What it made may know kernels that the former one does not, so the tool runs again instead.
#[test]
fn what_a_package_made_after_the_power_cut_is_not_replaced_by_the_past() {
    for (point, about) in [("step-begin", "5"), ("tool-writing", "/boot/grub/grub.cfg")] {
        let folder = folder();
        let root = folder.path();
        let (before, plan) = computer(root);
        let gaps = stop_where(point, about);
        let first = engine(root, &gaps, None);
        assert!(stops(|| drop(first.apply(&plan, plan.digest(), 1000, &mut Unwatched))));
        restart(root);
        write(root, "/proc/stat", "cpu 1 2 3\nbtime 1700000000\n");
        write(
            root,
            "/boot/grub/grub.cfg",
            "menuentry 'New kernel' {\n\tlinux /new root=/dev/a intel_iommu=on\n}\n",
        );
        assert_eq!(rolled_back_with(root, "update-grub"), 1, "{point}");
        assert!(!read(root, "/boot/grub/grub.cfg").contains("intel_iommu"));
        let now = picture(root);
        for path in ["/etc/default/grub", "/etc/modprobe.d/old.conf"] {
            assert_eq!(now.get(path), before.get(path), "{path}");
        }
        assert!(
            !now.contains_key("/etc/dracut.conf.d/gangway.conf")
                && !now.contains_key("/boot/initrd.img.gangway")
        );
    }
}

/// A reservation on a system of files, with its tools imitated: what is planned is the same each time.
struct Reserving {
    system: System,
    plan: Plan,
}

/// Everything that a reservation can leave.
type Everything = (std::collections::BTreeMap<String, Seen>, std::collections::BTreeMap<String, Vec<u8>>);

impl Reserving {
    fn on(name: &str) -> Self {
        let system = systems::named(name).with_iommu();
        let intent = Intent::Reserve { device: "0000:01:00.0".parse().unwrap(), whole_group: false };
        let plan = gangway_core::plan::plan(&system.ground(), &intent, None).unwrap();
        Self { system, plan }
    }

    fn engine(&self, root: &Path, gaps: &Gaps) -> Engine {
        let tools = Imitations::new(root, &self.system.shape);
        Engine::new(Root::open(root, gaps.clone()).unwrap(), Box::new(tools))
    }

    fn apply(&self, engine: &Engine) -> Result<RecordId, ApplyError> {
        engine.apply(&self.plan, self.plan.digest(), 1000, &mut Unwatched)
    }

    fn seen(root: &Path) -> Everything {
        (tree(root), kept_of_a_trial(root))
    }

    fn assert_same(root: &Path, then: &Everything, gap: usize) {
        assert_eq!(differences(&then.0, &tree(root)), "", "after a stop at gap {gap}");
        assert_eq!(kept_of_a_trial(root), then.1, "after a stop at gap {gap}");
    }

    fn applying(&self) {
        let (gaps, count) = counting();
        let whole = self.system.root();
        self.apply(&self.engine(whole.path(), &gaps)).unwrap();
        let count = count.load(Ordering::Relaxed);
        assert!(count > 80, "{count}");
        for gap in 0..count {
            let folder = self.system.root();
            let root = folder.path();
            let before = Self::seen(root);
            let to_stop = self.engine(root, &stop_at(gap));
            assert!(stops(|| drop(self.apply(&to_stop))), "gap {gap} was not reached");
            let engine = self.engine(root, &Gaps::default());
            engine.recover(&mut Unwatched).unwrap();
            match engine.records().unwrap().last().map(|_| only(&engine).1) {
                None | Some(State::RolledBack { .. }) => Self::assert_same(root, &before, gap),
                Some(State::Applied) if gap == count - 1 => {}
                Some(state) => panic!("gap {gap}: {state:?}"),
            }
        }
    }

    fn undoing(&self) {
        let applied = |root: &Path| {
            let before = Self::seen(root);
            let engine = self.engine(root, &Gaps::default());
            let id = self.apply(&engine).unwrap();
            let reviewed = engine.plan_undo(&id).unwrap();
            assert_eq!(reviewed.stops, []);
            (before, Self::seen(root), id, reviewed.digest())
        };
        let (gaps, count) = counting();
        let whole = self.system.root();
        let (before, _, id, reviewed) = applied(whole.path());
        self.engine(whole.path(), &gaps).undo(&id, reviewed, &mut Unwatched).unwrap();
        Self::assert_same(whole.path(), &before, usize::MAX);
        let count = count.load(Ordering::Relaxed);
        assert!(count > 30, "{count}");
        for gap in 0..count {
            let folder = self.system.root();
            let root = folder.path();
            let (before, after, id, reviewed) = applied(root);
            let to_stop = self.engine(root, &stop_at(gap));
            assert!(stops(|| drop(to_stop.undo(&id, reviewed, &mut Unwatched))), "gap {gap} was not reached");
            let engine = self.engine(root, &Gaps::default());
            engine.recover(&mut Unwatched).unwrap();
            match only(&engine).1 {
                State::Applied => Self::assert_same(root, &after, gap),
                State::Undone => Self::assert_same(root, &before, gap),
                state => panic!("gap {gap}: {state:?}"),
            }
        }
    }
}

#[test]
fn a_stop_anywhere_in_reserving_with_grub_leads_back() {
    Reserving::on("debian-13").applying();
}

#[test]
fn a_stop_anywhere_in_reserving_with_systemd_boot_leads_back() {
    Reserving::on("arch-systemd-boot").applying();
}

#[test]
fn a_stop_anywhere_in_undoing_a_reservation_with_grub_leads_to_undone() {
    Reserving::on("debian-13").undoing();
}

#[test]
fn a_stop_anywhere_in_undoing_a_reservation_with_systemd_boot_leads_to_undone() {
    Reserving::on("arch-systemd-boot").undoing();
}

#[test]
fn what_a_reservation_alone_had_made_is_removed_however_it_looks_now() {
    for (name, folder) in [("debian-13", "/boot/gangway"), ("arch-systemd-boot", "/boot/gangway")] {
        let reserving = Reserving::on(name);
        let computer = reserving.system.root();
        let root = computer.path();
        let before = Reserving::seen(root);
        let engine = reserving.engine(root, &Gaps::default());
        let id = reserving.apply(&engine).unwrap();
        let made: Vec<String> = tree(root)
            .into_keys()
            .filter(|path| path.starts_with(folder) && !path.ends_with("/env"))
            .collect();
        let mut damaged = 0;
        for path in made.iter().filter(|path| at(root, path).is_file()) {
            write(root, path, "cut short");
            damaged += 1;
        }
        assert_eq!(damaged, 2, "{name}: a kernel and its image: {made:?}");
        let undo = engine.plan_undo(&id).unwrap();
        assert_eq!(undo.stops, [], "{name}");
        let told = undo.actions.iter().filter(|action| matches!(action.back, Back::RemoveDamaged { .. }));
        assert_eq!(told.count(), damaged, "{name}: {:#?}", undo.actions);
        engine.undo(&id, undo.digest(), &mut Unwatched).unwrap();
        Reserving::assert_same(root, &before, 0);
    }
}

/// The start after a stop may be the trial itself, when the request was the last thing that was written: recovery takes all of
/// it away there, too.
#[test]
fn a_reservation_that_was_interrupted_after_the_request_is_taken_back_in_the_start_that_it_asked_for() {
    let reserving = Reserving::on("debian-13");
    let folder = reserving.system.root();
    let root = folder.path();
    let before = Reserving::seen(root);
    let last = (reserving.plan.steps.len() - 1).to_string();
    let gaps = stop_where("step-carried-out", last);
    assert!(stops(|| drop(reserving.apply(&reserving.engine(root, &gaps)))));
    assert!(read(root, "/boot/gangway/env").contains("gw_next=gangway-trial"));
    // GRUB erases the request, and starts the entry.
    let erased = grub_env::set(&grub_env::empty(), "gw_next", "").unwrap();
    write(root, "/boot/gangway/env", &String::from_utf8(erased).unwrap());
    write(root, "/proc/sys/kernel/random/boot_id", "22222222-2222-4222-8222-222222222222\n");
    let line = read(root, "/proc/cmdline");
    write(root, "/proc/cmdline", &format!("{} gangway.reserve=0000:01:00.0=10de:2484\n", line.trim()));
    let engine = reserving.engine(root, &Gaps::default());
    engine.recover(&mut Unwatched).unwrap();
    assert!(matches!(only(&engine).1, State::RolledBack { .. }));
    Reserving::assert_same(root, &before, 0);
}
