//! A disk that is full, and one that cannot be written any more, in the middle of applying: all is as before in the end. On a
//! small file system of its own, in a name space of its own.

use gangway_tests::programs::{Outcome, Program, example};
use gangway_tests::skip;

/// Runs `helper-stop` on an empty file system of 4 MiB; none where this system does not let us mount one.
fn on_a_small_disk(arguments: &[&str]) -> Option<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=4m,mode=755 none \"$1\" || exit 77; shift; exec \"$@\"";
    let root = folder.path().to_str().unwrap().to_owned();
    let program = example("gangway-tests", "helper-stop");
    let mut call =
        Program::new("unshare").args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    call = call.arg(&root).arg(program).arg(&root).args(arguments);
    let outcome = call.run();
    let refused = outcome.status == 77 || outcome.errors.contains("unshare");
    if refused {
        skip(&format!("no file system of our own: {}", outcome.errors.trim()));
        return None;
    }
    Some(outcome)
}

#[test]
fn a_disk_that_gets_full_leads_back() {
    let mut failed = 0;
    // The later steps write to what is no disk in a real computer, and is one here.
    for step in 0..6 {
        for free in ["0", "8192", "40960"] {
            let Some(outcome) = on_a_small_disk(&["full", &step.to_string(), free]) else { return };
            let said = String::from_utf8_lossy(&outcome.output).into_owned();
            match outcome.status {
                // The rest of the steps needs no room.
                0 => {}
                3 => {
                    failed += 1;
                    let reason = ["No space left", "bytes are needed", "is not in it"];
                    assert!(reason.iter().any(|reason| said.contains(reason)), "step {step}, {free}: {said}");
                }
                _ => panic!("step {step}, {free} bytes: {said} {}", outcome.errors),
            }
        }
    }
    assert!(failed > 8, "{failed}");
}

#[test]
fn a_disk_that_cannot_be_written_any_more_leads_back() {
    // The later steps write to what is no disk in a real computer, and is one here.
    for step in 0..6 {
        let Some(outcome) = on_a_small_disk(&["read-only", &step.to_string()]) else { return };
        let said = String::from_utf8_lossy(&outcome.output).into_owned();
        assert_eq!(outcome.status, 3, "step {step}: {said} {}", outcome.errors);
        assert!(said.contains("Read-only file system"), "step {step}: {said}");
    }
}
