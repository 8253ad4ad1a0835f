//! The pages of the catalogues, `src/core/CHECKS.md` and `src/domain/CHECKS.md`: every check with its question, its source and
//! its two machines.

use gangway_core::checks;
use gangway_domain::check;

use super::cases;
use super::guest::guest_cases;

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

const GUEST_HEAD: &str = "\
# The checks of virtual machines

Made by `cargo xtask checks` from the catalogue in `src/domain/src/check` and the definitions in `tests/checks/guest.rs`; do
not edit. They are the subject *guest* beside those of `src/core/CHECKS.md`. Every definition is a small difference from a
base: Windows 11 with the first graphics card of the demo's desktop.
";

/// The text of the page about virtual machines, `src/domain/CHECKS.md`.
pub fn guest_page() -> String {
    let cases = guest_cases();
    let mut page = GUEST_HEAD.to_owned();
    page += &format!("\n{} checks.\n", check::catalogue().count());
    for check in check::catalogue() {
        page += &format!("\n## {}\n\n{}\n\n", check.id, check.id.question().trim());
        page += &format!("- weight: {}\n- source: {}\n", check.weight.word(), check.source);
        for case in cases.iter().filter(|case| case.check == check.id) {
            page += &format!("- trips: {}\n- does not: {}\n", case.trips.0, case.passes.0);
        }
    }
    page
}
