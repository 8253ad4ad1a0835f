//! Plans of boot changes on the systems that we know: what is planned, in which order, and what is told instead.

use gangway_core::plan::{ArtefactKind, Expectation, Ground, Intent, Plan, Refusal, Step, plan};
use gangway_core::source::Source;
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
            let gone = before.lines().filter(|line| !after.lines().any(|other| other == *line));
            let new = after.lines().filter(|line| !before.lines().any(|other| other == *line));
            let lines: String = gone
                .map(|line| format!("  - {line}\n"))
                .chain(new.map(|line| format!("  + {line}\n")))
                .collect();
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

#[test]
fn turning_the_iommu_on() {
    for system in systems::all() {
        insta::assert_snapshot!(
            format!("{}-iommu", system.name),
            told(&planned(&system, &Intent::TurnOnIommu))
        );
    }
}
