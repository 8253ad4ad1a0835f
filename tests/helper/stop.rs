//! Applies, undoes or recovers on the computer in a folder, in a process of its own.
//!
//! - `helper-stop ROOT apply|undo|recover GAP` kills itself at a gap.
//! - `helper-stop ROOT full STEP FREE`: the disk, a file system of its own, has only so many bytes left when that step begins.
//! - `helper-stop ROOT read-only STEP`: nothing can be written any more when that step begins.
//!
//! The last two say what came of it, and end with 3 where all is as before in the end, after room was made.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{ExitCode, abort};

use gangway_helper::gap::Gaps;
use gangway_helper::report::Unwatched;
use gangway_tests::helper::{at, engine, everything, make, picture, stopping};
use gangway_tests::programs::Program;

const BALLAST: &str = "/ballast";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().unwrap_or(usize::MAX);
    match words.as_slice() {
        [root, "full", step, free] => {
            let place = Path::new(root).to_owned();
            let free = number(free);
            trouble(
                root,
                step,
                move || fill(&place, free),
                |root| {
                    let _ = fs::remove_file(at(root, BALLAST));
                },
            )
        }
        [root, "read-only", step] => {
            let place = (*root).to_owned();
            trouble(root, step, move || mount(&place, "ro"), |root| mount(&root.to_string_lossy(), "rw"))
        }
        [root, verb, gap] => stop(Path::new(root), verb, number(gap)),
        _ => ExitCode::from(2),
    }
}

fn stop(root: &Path, verb: &str, gap: usize) -> ExitCode {
    let engine = engine(root, &stopping(gap, || abort()), None);
    let done = match verb {
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

/// Lets something happen when a step begins, takes it away after the failure, and recovers.
#[expect(clippy::print_stdout, reason = "what a test reads")]
fn trouble(
    root: &str,
    step: &str,
    begin: impl Fn() + Send + Sync + 'static,
    end: impl FnOnce(&Path),
) -> ExitCode {
    let root = Path::new(root);
    make(root);
    let before = picture(root);
    let plan = everything(root);
    let step = step.to_owned();
    let gaps = Gaps::told(move |name, about| {
        if name == "step-begin" && about == step {
            begin();
        }
    });
    let applied = engine(root, &gaps, None).apply(&plan, plan.digest(), 1000, &mut Unwatched);
    end(root);
    match applied {
        Ok(id) => {
            println!("applied: {id}");
            return ExitCode::SUCCESS;
        }
        Err(error) => println!("{error}"),
    }
    let recovered = engine(root, &Gaps::default(), None).recover(&mut Unwatched);
    println!("{recovered:?}");
    let after = picture(root);
    for (path, what) in &before {
        if after.get(path) != Some(what) {
            println!("{path}: {what} became {:?}", after.get(path));
        }
    }
    for path in after.keys().filter(|path| !before.contains_key(*path)) {
        println!("{path} is left");
    }
    if after == before { ExitCode::from(3) } else { ExitCode::from(4) }
}

/// Fills the file system up to some bytes.
fn fill(root: &Path, free: usize) {
    let Ok(mut ballast) = File::create(at(root, BALLAST)) else { return };
    let mut written = 0_u64;
    while ballast.write_all(&[1; 4096]).is_ok() {
        written += 4096;
    }
    let _ = ballast.set_len(written.saturating_sub(free as u64));
}

/// Mounts the file system of a folder anew.
fn mount(root: &str, how: &str) {
    let outcome = Program::new("mount").args(["-o", &format!("remount,{how}"), root]).run();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
}
