use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use gangway_core::plan::{Content, Effect, FileChange, FileRole, Intent};

use super::*;
use crate::command::{Call, CommandError, Finished};
use crate::gap::Gaps;
use crate::journal::State;
use crate::report::Unwatched;

struct NoTools;

impl Tools for NoTools {
    fn has(&self, _: &str) -> bool {
        false
    }

    fn run(&self, call: &Call, _: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        Err(CommandError::NotFound(call.name().to_owned()))
    }
}

fn engine(folder: &Path) -> Engine {
    fs::create_dir_all(folder.join("etc/default")).unwrap();
    fs::create_dir_all(folder.join("var/lib")).unwrap();
    for path in ["", "etc", "etc/default", "var", "var/lib"] {
        fs::set_permissions(folder.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    Engine::new(Root::open(folder, Gaps::default()).unwrap(), Box::new(NoTools))
}

fn file(path: &str, before: Option<&str>, after: Option<&str>) -> Step {
    let content = |text: Option<&str>| text.map(Content::from);
    let (before, after) = (content(before), content(after));
    Step::File(FileChange {
        path: path.to_owned(),
        role: FileRole::KernelArguments,
        before,
        after,
        edit: None,
    })
}

fn plan(steps: Vec<Step>) -> Plan {
    let intent = Intent::Bind { device: "01:00.0".parse().unwrap(), whole_group: false };
    Plan { intent, caller: None, steps, effect: Effect::Now }
}

#[test]
fn a_plan_is_applied_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let grub = folder.path().join("etc/default/grub");
    #[expect(clippy::disallowed_methods, reason = "makes the tree that is changed, in a temporary folder")]
    fs::write(&grub, "A=\n").unwrap();
    fs::set_permissions(&grub, fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(&grub).unwrap();
    let plan = plan(vec![
        file("/etc/default/grub", Some("A=\n"), Some("A=b\n")),
        file("/etc/modprobe.d/x.conf", None, Some("options\n")),
    ]);
    let id = engine.apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    assert_eq!(fs::metadata(&grub).unwrap().mode(), before.mode());
    assert!(folder.path().join("etc/modprobe.d/x.conf").is_file());
    assert_eq!(engine.summary(&id).unwrap().state, State::Applied);
    let undo = engine.plan_undo(&id).unwrap();
    assert_eq!((undo.actions.len(), undo.stops.len()), (2, 0));
    engine.undo(&id, undo.digest(), &mut Unwatched).unwrap();
    let after = fs::metadata(&grub).unwrap();
    assert_eq!(
        (after.mode(), after.mtime(), after.mtime_nsec(), after.len()),
        (before.mode(), before.mtime(), before.mtime_nsec(), 3)
    );
    assert!(!folder.path().join("etc/modprobe.d").exists());
    assert_eq!(engine.summary(&id).unwrap().state, State::Undone);
}

#[test]
fn only_what_was_reviewed_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let reviewed = plan(vec![file("/etc/default/grub", None, Some("A=b\n"))]);
    let other = plan(vec![file("/etc/default/grub", None, Some("A=c\n"))]);
    let refused = engine.apply(&other, reviewed.digest(), 0, &mut Unwatched);
    assert!(matches!(refused, Err(ApplyError::OtherDigest)), "{refused:?}");
    let nothing = plan(Vec::new());
    let refused = engine.apply(&nothing, nothing.digest(), 0, &mut Unwatched);
    assert!(matches!(refused, Err(ApplyError::Nothing)), "{refused:?}");
    for path in ["/etc/shadow", "/etc/default/../shadow", "etc/default/grub"] {
        let plan = plan(vec![file(path, None, Some("x"))]);
        let refused = engine.apply(&plan, plan.digest(), 0, &mut Unwatched);
        assert!(matches!(refused, Err(ApplyError::Refused { step: 0, .. })), "{refused:?}");
    }
    let twice = plan(vec![
        file("/etc/default/grub", None, Some("a")),
        file("/etc/default/grub", Some("a"), Some("b")),
    ]);
    let refused = engine.apply(&twice, twice.digest(), 0, &mut Unwatched);
    assert!(
        matches!(&refused, Err(ApplyError::Refused { step: 1, error: StepError::Twice(_) })),
        "{refused:?}"
    );
    assert!(!folder.path().join("etc/default/grub").exists());
    assert_eq!(engine.records().unwrap().len(), 0);
}
