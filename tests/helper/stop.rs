//! Applies, undoes or recovers on the computer in a folder, and kills itself at a gap: `helper-stop ROOT VERB GAP`.

use std::path::Path;
use std::process::{ExitCode, abort};

use gangway_helper::report::Unwatched;
use gangway_tests::helper::{engine, everything, stopping};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, verb, gap] = arguments.as_slice() else { return ExitCode::from(2) };
    let Ok(gap) = gap.parse() else { return ExitCode::from(2) };
    let root = Path::new(root);
    let engine = engine(root, &stopping(gap, || abort()), None);
    let done = match verb.as_str() {
        "apply" => {
            let plan = everything(root);
            engine.apply(&plan, plan.digest(), 1000, &mut Unwatched).is_ok()
        }
        "undo" => engine.records().unwrap_or_default().pop().is_some_and(|summary| {
            summary.is_ok_and(|summary| {
                let id = &summary.record.id;
                engine.plan_undo(id).is_ok_and(|plan| engine.undo(id, plan.digest(), &mut Unwatched).is_ok())
            })
        }),
        "recover" => engine.recover(&mut Unwatched).is_ok(),
        _ => return ExitCode::from(2),
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
