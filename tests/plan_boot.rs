//! Plans of boot changes on the systems that we know: what is planned, in which order, and what is told instead.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use gangway_core::difference::{Difference, LineKind};
use gangway_core::plan::{ArtefactKind, Expectation, Ground, Intent, Plan, Refusal, Step, plan};
use gangway_core::source::Source;
use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::report::Unwatched;
use gangway_helper::write::Root;
use gangway_tests::systems::tools::Imitations;
use gangway_tests::systems::{self, System};

/// A plan as a person reads it: each step, with the difference or the command.
fn told(outcome: &Result<Plan, Vec<Refusal>>) -> String {
    match outcome {
        Ok(plan) if plan.steps.is_empty() => "nothing to do\n".to_owned(),
        Ok(plan) => plan.steps.iter().map(step).chain([format!("effect: {:?}\n", plan.effect)]).collect(),
        Err(refusals) => refusals.iter().map(refusal).collect(),
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::File(file) => {
            let text = |content: &Option<gangway_core::plan::Content>| {
                content.as_ref().and_then(|content| content.text()).unwrap_or_default().to_owned()
            };
            let (before, after) = (text(&file.before), text(&file.after));
            let kind = match (&file.before, &file.after) {
                (None, _) => "make",
                (_, None) => "remove",
                _ => "change",
            };
            let added =
                file.edit.as_ref().map(|edit| format!(" adding {:?}", edit.added)).unwrap_or_default();
            let difference = Difference::between(&before, &after);
            let changed =
                difference.hunks.iter().flat_map(|hunk| &hunk.lines).filter_map(|line| match line.kind {
                    LineKind::Removed => Some(format!("  - {}\n", line.text)),
                    LineKind::Added => Some(format!("  + {}\n", line.text)),
                    LineKind::Context => None,
                });
            let lines: String = changed.collect();
            format!("{kind} {} ({:?}){added}\n{lines}", file.path, file.role)
        }
        Step::Keep(kept) => format!("keep {} as {}\n", kept.path, kept.copy),
        Step::Run(run) => {
            let mut text = format!("run {}\n", run.tool.command().join(" "));
            for path in &run.rewrites {
                text += &format!("  rewrites {path}\n");
            }
            for path in &run.rebuilds {
                text += &format!("  rebuilds {path}\n");
            }
            for expectation in &run.expects {
                text += &match expectation {
                    Expectation::Arguments { kind, path, present, absent } => {
                        let kind: &ArtefactKind = kind;
                        format!("  expects of {kind:?} {path}: {present:?}, and not {absent:?}\n")
                    }
                    Expectation::Image { path, modules, files } => {
                        format!("  expects in image {path}: {modules:?}, {files:?}\n")
                    }
                };
            }
            text
        }
        other => format!("{other:?}\n"),
    }
}

fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::ByHand { paste } => paste
            .iter()
            .map(|paste| match &paste.path {
                Some(path) => {
                    format!("by hand, into {path}:\n  {}\n", paste.text.trim_end().replace('\n', "\n  "))
                }
                None => format!("by hand, run: {}\n", paste.text),
            })
            .collect(),
        other => format!("no: {other:?}\n"),
    }
}

/// Plans twice and over both kinds of source: the same machine and intent are the same plan.
fn planned(system: &System, intent: &Intent) -> Result<Plan, Vec<Refusal>> {
    let outcome = plan(&system.ground(), intent, None);
    let root = system.root();
    let files = plan(&Ground::read(&Source::folder(root.path()).unwrap()), intent, None);
    assert_eq!(files, outcome, "{}: files tell something else than the captured machine", system.name);
    if let (Ok(one), Ok(other)) = (&outcome, &files) {
        assert_eq!(one.digest(), other.digest());
        let written = serde_json::to_string(one).unwrap();
        assert_eq!(&serde_json::from_str::<Plan>(&written).unwrap(), one);
    }
    outcome
}

/// What is at a path: kind, mode, owner, time of change where it is a file, and its bytes or target.
type Seen = (u32, u32, u32, Option<(i64, i64)>, Vec<u8>);

/// Everything of a tree but the journal of the engine.
#[expect(clippy::disallowed_methods, reason = "looks at a temporary folder as it is")]
fn tree(root: &Path) -> BTreeMap<String, Seen> {
    let mut seen = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("/{}", path.strip_prefix(root).unwrap().display());
            if ["/var", "/run", "/sys", "/proc", "/dev"].iter().any(|out| name.starts_with(out)) {
                continue;
            }
            let meta = fs::symlink_metadata(&path).unwrap();
            let time = meta.is_file().then(|| (meta.mtime(), meta.mtime_nsec()));
            let content = if meta.is_symlink() {
                fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec()
            } else if meta.is_file() {
                fs::read(&path).unwrap()
            } else {
                left.push(path.clone());
                Vec::new()
            };
            seen.insert(name, (meta.mode(), meta.uid(), meta.gid(), time, content));
        }
    }
    seen
}

/// What differs between two trees, a line each.
fn differences(before: &BTreeMap<String, Seen>, after: &BTreeMap<String, Seen>) -> String {
    let mut lines = String::new();
    for (path, seen) in after {
        match before.get(path) {
            None => lines += &format!("new {path}\n"),
            Some(other) if other != seen => lines += &format!("changed {path}\n"),
            Some(_) => {}
        }
    }
    lines
        .extend(before.keys().filter(|path| !after.contains_key(*path)).map(|path| format!("gone {path}\n")));
    lines
}

/// Applies what is planned, tells its effects, sees that there is nothing left to do, and undoes it to the same bytes,
/// owners, modes and times.
fn applied_and_undone(system: &System, intent: &Intent) -> String {
    let folder = system.root();
    let tools = Imitations::new(folder.path(), &system.shape);
    let engine = Engine::new(Root::open(folder.path(), Gaps::default()).unwrap(), Box::new(tools.clone()));
    let planned = plan(&engine.ground().unwrap(), intent, None).unwrap();
    let before = tree(folder.path());
    let name = system.name;
    let record = engine
        .apply(&planned, planned.digest(), 1000, &mut Unwatched)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let after = tree(folder.path());
    let calls: String = tools.calls().iter().map(|call| format!("ran {call}\n")).collect();
    let effects = calls + &differences(&before, &after);
    let again = plan(&engine.ground().unwrap(), intent, None);
    assert_eq!(told(&again), "nothing to do\n", "{name}: after it was applied");
    let undo = engine.plan_undo(&record).unwrap();
    assert_eq!(undo.stops, [], "{name}");
    engine.undo(&record, undo.digest(), &mut Unwatched).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(differences(&before, &tree(folder.path())), "", "{name}: after it was undone");
    effects
}

fn planned_applied_and_undone(what: &str, intent: &Intent) {
    for system in systems::all() {
        let outcome = planned(&system, intent);
        let mut text = told(&outcome);
        if outcome.is_ok_and(|plan| !plan.steps.is_empty()) {
            text += &format!("effects:\n{}", applied_and_undone(&system, intent));
        }
        insta::assert_snapshot!(format!("{what}-{}", system.name), text);
    }
}

#[test]
fn turning_the_iommu_on() {
    planned_applied_and_undone("iommu", &Intent::TurnOnIommu);
}
