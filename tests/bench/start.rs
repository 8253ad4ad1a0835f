//! From exec to the window: `gangway --measure-start` of 55 and of 4,096 functions beside an empty window of
//! libadwaita and the bare reading of the same files. Runs alternate, and minima and medians are told; since a
//! display, a bus and a desktop's threads take part, a busy computer is no failure, and no target missed is one.

use std::path::Path;
use std::time::Instant;

use gangway_tests::programs::{self, Program};
use gangway_tests::{skip, tree};

const ROUNDS: usize = 20;
const SIZES: [usize; 2] = [55, 4096];

/// Of the first frame, as a multiple of the empty window's.
const FIRST_FRAME: f64 = 1.25;
/// Of the frame with the tree, beyond that: as a multiple of the bare reading.
const READING: f64 = 1.5;

fn main() {
    if ["DISPLAY", "WAYLAND_DISPLAY"].iter().all(|name| std::env::var_os(name).is_none()) {
        skip("the start of the window: there is no display");
        return;
    }
    let empty = programs::example("gangway", "empty_window");
    let gangway = programs::binary("gangway");
    let home = tempfile::tempdir().unwrap();
    for functions in SIZES {
        let root = home.path().join(functions.to_string());
        tree::write_many(&root, functions);
        let round = || {
            let [nothing] = window(&empty, home.path(), &[], ["first-frame"]);
            let root_option = ["--measure-start".as_ref(), "--root".as_ref(), root.as_path()];
            let [first, shown] = window(&gangway, home.path(), &root_option, ["first-frame", "tree"]);
            let begun = Instant::now();
            assert!(tree::read_bare(&root) > 0);
            [nothing, first, shown, begun.elapsed().as_secs_f64() * 1000.0]
        };
        // Once for the caches.
        round();
        let rounds: Vec<[f64; 4]> = (0..ROUNDS).map(|_| round()).collect();
        tell(functions, &rounds);
    }
}

/// The figures that a window prints of its start, in milliseconds.
fn window<const N: usize>(program: &Path, home: &Path, arguments: &[&Path], names: [&str; N]) -> [f64; N] {
    let outcome = Program::new(program)
        .args(arguments)
        .env("GDK_DISABLE", "gl,vulkan")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", home)
        .run();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    names.map(|name| {
        let line = outcome.text().lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|figure| figure.trim().parse().ok()).unwrap_or_else(|| panic!("no {name}: {outcome:?}"))
    })
}

fn tell(functions: usize, rounds: &[[f64; 4]]) {
    for (what, pick) in [("minimum", minimum as fn(Vec<f64>) -> f64), ("median", median)] {
        let [empty, first, shown, bare] =
            [0, 1, 2, 3].map(|column| pick(rounds.iter().map(|round| round[column]).collect()));
        let most_first = FIRST_FRAME * empty;
        let most_shown = most_first + READING * bare;
        println!(
            "{functions} functions, {what} of {}: empty window {empty:.1} ms, bare reading {bare:.1} ms; \
             first frame {first:.1} ms, {:.2} times the empty window ({}); \
             tree {shown:.1} ms of {most_shown:.1} ms allowed ({})",
            rounds.len(),
            first / empty,
            verdict(first <= most_first),
            verdict(shown <= most_shown),
        );
    }
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}

fn minimum(figures: Vec<f64>) -> f64 {
    figures.into_iter().fold(f64::INFINITY, f64::min)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}
