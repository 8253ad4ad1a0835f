//! Frames while the list of 4,096 devices is scrolled, beside a plain list of as many labels in the same run, and the
//! way from the activation of a row to its painted details. `list_frames` measures; here it is told, with the load of the
//! computer. Since a display takes part, a busy computer is no failure, and no target missed is one.

use std::time::Duration;

use gangway_core::source::Source;
use gangway_tests::programs::{self, Program};
use gangway_tests::{skip, tree};

const FUNCTIONS: usize = 4096;
/// Nine rounds of two lists, and a pause after each.
const LIMIT: Duration = Duration::from_secs(300);
/// Of the 95th percentile of the frames, as a multiple of the plain list's.
const FRAMES: f64 = 1.5;
/// Of the way to the details, in milliseconds.
const DETAILS: f64 = 100.0;

fn main() {
    if ["DISPLAY", "WAYLAND_DISPLAY"].iter().all(|name| std::env::var_os(name).is_none()) {
        skip("the frames of the list: there is no display");
        return;
    }
    let program = programs::example("gangway", "list_frames");
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("root");
    tree::write_many(&root, FUNCTIONS);
    let outcome = Program::new(&program)
        .args([&root])
        .limit(LIMIT)
        .env("GDK_DISABLE", "gl,vulkan")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", home.path())
        .run();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    let figures = |name: &str| -> Vec<Vec<f64>> {
        let lines = outcome.text().lines().filter_map(|line| line.strip_prefix(name)).map(str::to_owned);
        lines.map(|line| line.split_whitespace().map(|figure| figure.parse().unwrap()).collect()).collect()
    };
    let (frames, details) = (figures("frames"), figures("details"));
    assert!(!frames.is_empty() && !details.is_empty(), "{outcome:?}");
    let load = Source::live().unwrap().read_text("/proc/loadavg").unwrap_or_default();
    println!("load {}", load.split(' ').next().unwrap_or_default());
    for (what, pick) in [("minimum", minimum as fn(Vec<f64>) -> f64), ("median", median)] {
        let [own, plain, own_half, plain_half, own_processor, plain_processor] =
            [0, 1, 2, 3, 4, 5].map(|column| pick(frames.iter().map(|round| round[column]).collect()));
        let shown = pick(details.iter().map(|round| round[0]).collect());
        println!(
            "{FUNCTIONS} rows, {what} of {}: 95th percentile of frames {own:.2} ms, plain list {plain:.2} ms, {:.2} times \
             ({}); half of them {own_half:.2} and {plain_half:.2} ms; of processor time {own_processor:.2} and \
             {plain_processor:.2} ms, {:.2} times; details {shown:.1} ms ({})",
            frames.len(),
            own / plain,
            verdict(own <= FRAMES * plain),
            own_processor / plain_processor,
            verdict(shown <= DETAILS),
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
