//! Whole processes against the programs that people use today, in one run: `gangwayctl list` against `lspci`,
//! and `gangwayctl domain add` against `virt-xml`. Rounds alternate, medians are compared, and a missed target
//! fails. A comparison whose other program is not installed is skipped and said.

use std::path::Path;
use std::time::Duration;

use gangway_tests::programs::Program;
use gangway_tests::{skip, tree};

fn main() {
    let state = tempfile::tempdir().unwrap();
    let mut missed = false;
    for (functions, rounds, at_most) in [(55, 40, 2.0), (4096, 8, 1.0)] {
        let root = state.path().join(functions.to_string());
        tree::write_many_for_lspci(&root, functions);
        let path = format!("sysfs.path={}/sys/bus/pci", root.display());
        let theirs = || Program::new("lspci").args(["-nnk", "-A", "linux-sysfs", "-O", &path]);
        for json in [None, Some("--json")] {
            let ours = || Program::gangwayctl(state.path()).args(["list", "--root"]).arg(&root).args(json);
            let name = format!("list {} of {functions} functions against lspci", json.unwrap_or(""));
            missed |= compare(&name, "lspci", rounds, ours, theirs, |ratio| ratio <= at_most);
        }
    }
    let root = state.path().join("4096");
    let ours = || Program::gangwayctl(state.path()).args(["check", "--root"]).arg(&root);
    let list = || Program::gangwayctl(state.path()).args(["list", "--root"]).arg(&root);
    missed |= compare("check of 4096 functions against list", "lspci", 10, ours, list, |ratio| ratio <= 3.0);
    let xml = sample_definition();
    let ours =
        || Program::gangwayctl(state.path()).args(["domain", "add", "-", "01:00.0", "01:00.1"]).input(xml);
    let theirs = || {
        Program::new("virt-xml")
            .args(["--connect", "test:///default", "--edit", "--cpu", "host-passthrough", "--print-diff"])
            .input(xml)
    };
    missed |=
        compare("domain add against virt-xml", "virt-xml", 10, ours, theirs, |ratio| ratio <= 1.0 / 15.0);
    if missed {
        std::process::exit(1);
    }
}

/// A definition of usual size: the demo's Windows machine.
fn sample_definition() -> &'static str {
    include_str!("../../src/client/machines/win11.xml")
}

/// Prints both medians and their ratio; whether the target was missed.
fn compare(
    name: &str,
    other: &str,
    rounds: usize,
    ours: impl Fn() -> Program,
    theirs: impl Fn() -> Program,
    reached: impl Fn(f64) -> bool,
) -> bool {
    if !installed(other) {
        skip(&format!("{name}: {other} is not installed"));
        return false;
    }
    // Once each for the caches.
    ours().time();
    theirs().time();
    let (mut us, mut them) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        us.push(ours().time());
        them.push(theirs().time());
    }
    let (us, them) = (median(us), median(them));
    let ratio = us.as_secs_f64() / them.as_secs_f64();
    let verdict = if reached(ratio) { "reached" } else { "MISSED" };
    println!(
        "{name}: {:.1} ms against {:.1} ms, ratio {ratio:.3} (1/{:.1}), target {verdict}",
        us.as_secs_f64() * 1000.0,
        them.as_secs_f64() * 1000.0,
        1.0 / ratio
    );
    !reached(ratio)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}
