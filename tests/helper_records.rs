//! Records: read for ever, never trusted blindly; and undo, which takes back what is ours and nothing else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};

use gangway_core::plan::{
    ArgumentEdit, ArgumentFormat, Back, Expectation, Plan, Step, StopReason, UndoAction, Unneeded,
};
use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::journal::{JournalError, RecordError, RecordId, State};
use gangway_helper::report::{ApplyError, Progress, Unwatched, Watch};
use gangway_helper::undo::UndoError;
use gangway_tests::helper::{
    Fault, Picture, at, engine, everything, file, make, picture, plan, read, refresh, restart, write,
};
use gangway_tests::tree::folder;

const RECORDS: &str = "/var/lib/gangway/records";
/// A record of format 1, of [`everything`] on the computer that [`make`] makes. It must be readable for ever.
const SAMPLE: &str = "2026-11-21T15.30.00Z-1";

fn applied(root: &Path, plan: &Plan) -> (Engine, RecordId) {
    let engine = engine(root, &Gaps::default(), None);
    let id = engine.apply(plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    (engine, id)
}

fn undo(engine: &Engine, id: &RecordId) {
    let reviewed = engine.plan_undo(id).unwrap();
    assert_eq!(reviewed.stops, []);
    engine.undo(id, reviewed.digest(), &mut Unwatched).unwrap();
}

fn assert_same(now: &Picture, then: &Picture) {
    for (path, what) in then {
        assert_eq!(now.get(path), Some(what), "{path}");
    }
    assert_eq!(now.keys().find(|path| !then.contains_key(*path)), None);
}

fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("helper/records/1")
}

/// Writes the sample anew; only until the first release.
#[test]
#[ignore = "writes the sample"]
fn write_the_sample() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let (_, id) = applied(root, &everything(root));
    fs::create_dir_all(sample()).unwrap();
    for name in ["record.json", "progress"] {
        fs::copy(at(root, &format!("{RECORDS}/{id}/{name}")), sample().join(name)).unwrap();
    }
}

#[test]
fn a_record_of_format_1_is_read_and_undone() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let before = picture(root);
    let (engine, id) = applied(root, &everything(root));
    // The sample takes the place of the record of the same change; only its copy of the image is not in the sample.
    let text = String::from_utf8(read_sample("record.json")).unwrap();
    let start = text.find("\"id\":\"").unwrap() + 6;
    let name = &text[start..start + text[start..].find('"').unwrap()];
    fs::rename(at(root, &format!("{RECORDS}/{id}")), at(root, &format!("{RECORDS}/{name}"))).unwrap();
    for file in ["record.json", "progress"] {
        let path = at(root, &format!("{RECORDS}/{name}/{file}"));
        fs::copy(sample().join(file), path).unwrap();
    }
    let id: RecordId = name.parse().unwrap();
    let summary = engine.summary(&id).unwrap();
    assert_eq!((summary.state, summary.record.uid), (State::Applied, 1000));
    assert_eq!(summary.record.plan.steps.len(), 10);
    assert_eq!(summary.record.boot.as_deref(), Some("11111111-1111-4111-8111-111111111111"));
    undo(&engine, &id);
    assert!(!at(root, &format!("{RECORDS}/{id}/kept-4-0")).exists(), "copies are not needed any more");
    let now = picture(root);
    if rustix::process::geteuid().is_root() {
        assert_same(&now, &before);
    } else {
        gangway_tests::skip("owners cannot be compared: not root");
    }
}

#[expect(clippy::disallowed_methods, reason = "test data of this project")]
fn read_sample(name: &str) -> Vec<u8> {
    fs::read(sample().join(name)).unwrap()
}

#[test]
fn a_record_that_was_touched_is_not_acted_on_and_keeps_nobody_from_anything() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let (engine, id) = applied(root, &plan(vec![file("/etc/modprobe.d/a.conf", None, Some("a\n"))]));
    let path = format!("{RECORDS}/{id}/record.json");
    let good = read(root, &path);
    let before = picture(root);
    let cut: Vec<String> = (0..good.len()).step_by(7).map(|length| good[..length].to_owned()).collect();
    let other_place = good.replace("/etc/modprobe.d/a.conf", "/etc/shadow");
    let other_name = good.replace(id.as_str(), SAMPLE);
    for text in cut.into_iter().chain([other_place, other_name, "{}".to_owned(), "\0".to_owned()]) {
        write(root, &path, &text);
        let read = engine.summary(&id);
        let damaged = |read: &Result<_, JournalError>| {
            matches!(read, Err(JournalError::Record { error: RecordError::Damaged(_), .. }))
        };
        assert!(read.is_err() && damaged(&read.map(|_| ())), "{text:.80}");
        assert!(matches!(engine.plan_undo(&id), Err(UndoError::Journal(_))));
        assert_eq!(engine.recover(&mut Unwatched).unwrap(), []);
    }
    write(root, &path, &good.replacen("\"version\":1", "\"version\":2", 1));
    let newer = engine.summary(&id).unwrap_err().to_string();
    assert!(newer.contains("newer version of Gangway"), "{newer}");
    assert_same(&picture(root), &before);
    // Others go on, and the list tells of both.
    let other = plan(vec![file("/etc/modprobe.d/b.conf", None, Some("b\n"))]);
    engine.apply(&other, other.digest(), 1000, &mut Unwatched).unwrap();
    let records = engine.records().unwrap();
    assert_eq!(records.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);
    write(root, &path, &good);
    undo(&engine, &id);
}

#[test]
fn strange_things_in_the_journal_do_no_harm() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let (engine, id) = applied(root, &plan(vec![file("/etc/modprobe.d/a.conf", None, Some("a\n"))]));
    write(root, &format!("{RECORDS}/notes.txt"), "mine");
    write(root, &format!("{RECORDS}/{id}/notes.txt"), "mine");
    write(root, &format!("{RECORDS}/2026-01-01T00.00.00Z-9/other"), "mine");
    write(root, &format!("{RECORDS}/.new-2026-01-01T00.00.00Z-8/kept-0-0"), "left by a power cut");
    let records = engine.records().unwrap();
    assert_eq!(records.iter().filter(|record| record.is_ok()).count(), 1);
    engine.recover(&mut Unwatched).unwrap();
    assert!(!at(root, &format!("{RECORDS}/.new-2026-01-01T00.00.00Z-8")).exists());
    assert_eq!(read(root, &format!("{RECORDS}/notes.txt")), "mine");
    let progress = format!("{RECORDS}/{id}/progress");
    let marks = read(root, &progress);
    write(root, &progress, &marks.replacen("begun", "begin", 1));
    assert!(engine.summary(&id).is_err(), "a line in the middle that does not fit");
    for name in ["", "..", "../x", "a", "2026/1", ".new-1"] {
        assert!(name.parse::<RecordId>().is_err(), "{name}");
    }
}

/// Another one who wants to change something in the middle of it is told so.
#[test]
fn two_changes_at_a_time_are_refused() {
    struct Second<'a>(&'a Engine, Plan, Vec<String>);
    impl Watch for Second<'_> {
        fn heard(&mut self, progress: Progress<'_>) {
            if matches!(progress, Progress::Begun { .. }) {
                let refused = self.0.apply(&self.1, self.1.digest(), 1000, &mut Unwatched);
                assert!(matches!(refused, Err(ApplyError::Journal(JournalError::Busy))), "{refused:?}");
                assert_eq!(self.0.recover(&mut Unwatched), Err(JournalError::Busy));
                self.2.push(refused.unwrap_err().to_string());
            }
        }
    }
    let folder = folder();
    let root = folder.path();
    make(root);
    let engine = engine(root, &Gaps::default(), None);
    let one = plan(vec![file("/etc/modprobe.d/a.conf", None, Some("a\n"))]);
    let other = plan(vec![file("/etc/modprobe.d/b.conf", None, Some("b\n"))]);
    let mut second = Second(&engine, other, Vec::new());
    engine.apply(&one, one.digest(), 1000, &mut second).unwrap();
    assert_eq!(second.2, ["another change is being made; wait until it has ended"]);
}

#[test]
fn the_journal_is_roots_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let root = folder.path();
    make(root);
    let (_, id) = applied(root, &everything(root));
    let mode = |path: &str| fs::metadata(at(root, path)).unwrap().permissions().mode() & 0o777;
    // The state of a reservation in it is for everybody.
    assert_eq!(mode("/var/lib/gangway"), 0o711);
    assert_eq!(mode(RECORDS), 0o700);
    assert_eq!(mode(&format!("{RECORDS}/{id}")), 0o700);
    for name in ["record.json", "progress", "kept-4-0"] {
        assert_eq!(mode(&format!("{RECORDS}/{id}/{name}")), 0o600, "{name}");
    }
    // A folder that somebody else prepared is not used.
    let other = gangway_tests::tree::folder();
    make(other.path());
    fs::create_dir(at(other.path(), "/var/lib/gangway")).unwrap();
    fs::set_permissions(at(other.path(), "/var/lib/gangway"), fs::Permissions::from_mode(0o755)).unwrap();
    let refused = engine(other.path(), &Gaps::default(), None).recover(&mut Unwatched);
    assert!(matches!(refused, Err(JournalError::Write(_))), "{refused:?}");
}

#[test]
fn undo_leaves_what_others_did_meanwhile() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let before = picture(root);
    let (engine, id) = applied(root, &everything(root));
    // The user adds an argument, and a package makes the boot loader's configuration anew.
    let edited = read(root, "/etc/default/grub").replace("quiet intel", "quiet splash intel") + "# mine\n";
    write(root, "/etc/default/grub", &edited);
    let grub = read(root, "/boot/grub/grub.cfg").replace("quiet intel", "quiet splash intel");
    write(root, "/boot/grub/grub.cfg", &grub);
    let reviewed = engine.plan_undo(&id).unwrap();
    let of = |step: usize| &reviewed.actions.iter().find(|action| action.step == step).unwrap().back;
    assert!(matches!(of(0), Back::File { whole: false, .. }), "{:?}", of(0));
    assert!(matches!(of(4), Back::RunAgain { .. }), "{:?}", of(4));
    engine.undo(&id, reviewed.digest(), &mut Unwatched).unwrap();
    let grub = read(root, "/etc/default/grub");
    assert_eq!(grub, edited.replace(" intel_iommu=on", ""));
    let made = read(root, "/boot/grub/grub.cfg");
    assert!(made.contains("quiet splash") && !made.contains("intel_iommu"), "{made}");
    let now = picture(root);
    let theirs = ["/etc/default/grub", "/boot/grub/grub.cfg", "/boot/initrd.img"];
    for (path, what) in before.iter().filter(|(path, _)| !theirs.contains(&path.as_str())) {
        assert_eq!(now.get(path), Some(what), "{path}");
    }
}

/// Two changes of the same files, of which the earlier one is undone first.
#[test]
fn changes_of_the_same_files_are_undone_in_either_order() {
    const GRUB: &str = "/etc/default/grub";
    const OURS: &str = "/etc/modprobe.d/gangway.conf";
    let grub = |root: &Path, argument: &str| {
        let before = read(root, GRUB);
        let after = before.replace("quiet", &format!("quiet {argument}"));
        let mut edited = file(GRUB, Some(&before), Some(&after));
        let mut made = refresh();
        if let (Step::File(change), Step::Run(run)) = (&mut edited, &mut made) {
            let format = ArgumentFormat::Shell { variable: "GRUB_CMDLINE_LINUX_DEFAULT".to_owned() };
            change.edit = Some(ArgumentEdit { format, added: vec![argument.to_owned()] });
            run.expects.truncate(1);
            if let Some(Expectation::Arguments { present, .. }) = run.expects.first_mut() {
                *present = vec![argument.to_owned()];
            }
        }
        plan(vec![edited, made])
    };
    let folder = folder();
    let root = folder.path();
    make(root);
    let (engine, first) = applied(root, &grub(root, "intel_iommu=on"));
    let (_, second) = applied(root, &grub(root, "iommu=pt"));
    undo(&engine, &first);
    for path in [GRUB, "/boot/grub/grub.cfg"] {
        let text = read(root, path);
        assert!(text.contains("iommu=pt") && !text.contains("intel_iommu"), "{path}: {text}");
    }
    undo(&engine, &second);
    for path in [GRUB, "/boot/grub/grub.cfg"] {
        assert!(!read(root, path).contains("iommu"), "{path}");
    }
    // A file that is ours alone cannot be taken apart: the later change goes first.
    let (_, first) = applied(root, &plan(vec![file(OURS, None, Some("a\n"))]));
    let (_, second) = applied(root, &plan(vec![file(OURS, Some("a\n"), Some("b\n"))]));
    assert_eq!(engine.plan_undo(&first).unwrap().stops[0].why, StopReason::Changed);
    undo(&engine, &second);
    assert_eq!(read(root, OURS), "a\n");
    undo(&engine, &first);
    assert!(!at(root, OURS).exists());
}

#[test]
fn undo_stops_where_ours_cannot_be_told() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let (engine, id) = applied(root, &everything(root));
    write(root, "/etc/dracut.conf.d/gangway.conf", "force_drivers+=\" vfio_pci mine \"\n");
    let after = picture(root);
    let reviewed = engine.plan_undo(&id).unwrap();
    assert!(
        matches!(&reviewed.stops[..], [stop] if stop.step == 1 && stop.why == StopReason::Changed),
        "{:?}",
        reviewed.stops
    );
    assert!(matches!(engine.undo(&id, reviewed.digest(), &mut Unwatched), Err(UndoError::Stops(_))));
    assert_same(&picture(root), &after);
    // With the file as we left it, it goes on; what was reviewed before then is not what is done.
    write(root, "/etc/dracut.conf.d/gangway.conf", "force_drivers+=\" vfio_pci \"\n");
    assert!(matches!(engine.undo(&id, reviewed.digest(), &mut Unwatched), Err(UndoError::OtherDigest)));
    undo(&engine, &id);
    assert!(matches!(engine.plan_undo(&id), Err(UndoError::NotApplied { state: State::Undone, .. })));
}

#[test]
fn undo_after_a_restart_and_of_what_was_so_before() {
    let folder = folder();
    let root = folder.path();
    make(root);
    write(root, "/imitated/services", "active libvirtd.service");
    let enabled = "/etc/systemd/system/multi-user.target.wants/libvirtd.service";
    fs::create_dir_all(at(root, enabled).parent().unwrap()).unwrap();
    symlink("/usr/lib/systemd/system/libvirtd.service", at(root, enabled)).unwrap();
    write(root, "/etc/group", "root:x:0:\nlibvirt:x:64055:bob,alice\n");
    let (engine, id) = applied(root, &everything(root));
    restart(root);
    let reviewed = engine.plan_undo(&id).unwrap();
    let nothing = |step: usize| match reviewed.actions.iter().find(|action| action.step == step) {
        Some(UndoAction { back: Back::Nothing { why }, .. }) => Some(*why),
        _ => None,
    };
    let why = [4, 5, 6, 7, 8, 9].map(nothing);
    assert_eq!(
        why,
        [
            None,
            Some(Unneeded::ModuleStays),
            Some(Unneeded::Restarted),
            Some(Unneeded::NotOurs),
            Some(Unneeded::NotOurs),
            Some(Unneeded::Restarted)
        ]
    );
    engine.undo(&id, reviewed.digest(), &mut Unwatched).unwrap();
    assert_eq!(read(root, "/etc/group"), "root:x:0:\nlibvirt:x:64055:bob,alice\n");
    assert!(at(root, enabled).is_symlink());
}

/// A tool that fails while it runs again: undo says so, and can be begun again.
#[test]
fn an_undo_that_stopped_can_be_begun_again() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let mut steps = everything(root).steps;
    steps.truncate(5);
    let plan = plan(steps);
    let (engine_now, id) = applied(root, &plan);
    write(root, "/boot/grub/grub.cfg", &(read(root, "/boot/grub/grub.cfg") + "# by a package\n"));
    let broken = engine(root, &Gaps::default(), Some(Fault::Fails("update-grub")));
    let reviewed = broken.plan_undo(&id).unwrap();
    let failed = broken.undo(&id, reviewed.digest(), &mut Unwatched);
    assert!(matches!(failed, Err(UndoError::Failed { .. })), "{failed:?}");
    let state = engine_now.summary(&id).unwrap().state;
    assert!(matches!(&state, State::UndoStopped { reason } if reason.contains("No space left")), "{state:?}");
    undo(&engine_now, &id);
    assert!(!read(root, "/boot/grub/grub.cfg").contains("intel_iommu"));
    assert!(!at(root, "/boot/initrd.img.gangway").exists());
    assert_eq!(engine_now.summary(&id).unwrap().state, State::Undone);
}

/// The order of effects is what a power cut depends on, so it is looked at as a whole.
#[test]
fn effects_come_in_this_order() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let gaps = Gaps::told(move |name, about| {
        // Names of records differ each time.
        let about = about.split('/').map(|part| if part.contains("Z-") { "RECORD" } else { part });
        listener
            .lock()
            .unwrap()
            .push(format!("{name} {}", about.collect::<Vec<_>>().join("/")).trim_end().to_owned());
    });
    let engine = engine(root, &gaps, None);
    let mut steps = everything(root).steps;
    steps.retain(|step| !matches!(step, Step::Keep(_)));
    let plan = plan(steps);
    let id = engine.apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    heard.lock().unwrap().push("--- undo".to_owned());
    let reviewed = engine.plan_undo(&id).unwrap();
    engine.undo(&id, reviewed.digest(), &mut Unwatched).unwrap();
    insta::assert_snapshot!("helper_effects", heard.lock().unwrap().join("\n"));
}

#[test]
fn a_tool_may_make_the_same_file_twice() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let before = picture(root);
    let mut steps = everything(root).steps;
    steps.truncate(5);
    steps.push(refresh());
    let (engine, id) = applied(root, &plan(steps));
    undo(&engine, &id);
    assert_same(&picture(root), &before);
}
