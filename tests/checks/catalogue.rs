//! The page of the catalogue, `src/core/CHECKS.md`: every check with its question, its source and its two machines.

use gangway_core::checks;

use super::cases;

const HEAD: &str = "\
# The checks

Made by `cargo xtask checks` from the catalogue in `src/core/src/checks` and the machines in `tests/checks`; do not edit.
Every machine is a small difference from the demo's desktop.
";

/// The text of the page.
pub fn catalogue_page() -> String {
    let cases = cases();
    let mut page = HEAD.to_owned();
    let mut subjects: Vec<_> = checks::catalogue().map(|check| check.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    page += &format!("\n{} checks of {} subjects.\n", checks::catalogue().count(), subjects.len());
    for subject in subjects {
        page += &format!("\n## {}\n", subject.word());
        for check in checks::catalogue().filter(|check| check.subject == subject) {
            page += &format!("\n### {}\n\n{}\n\n", check.id, check.id.question().trim());
            page += &format!("- weight: {}\n- source: {}\n", check.weight.word(), check.source);
            for case in cases.iter().filter(|case| case.check == check.id) {
                page += &format!("- trips: {}\n- does not: {}\n", case.trips.0, case.passes.0);
            }
        }
    }
    page
}
