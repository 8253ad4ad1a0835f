//! The root service as it is installed: a real system bus that starts it, a real polkit that reads its policy. Only where the
//! tests run as root in the Debian build root, whose `/run` is nobody else's; in namespaces that end with the test.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use gangway_tests::programs::{Program, binary};

/// Why it cannot be done here.
fn missing() -> Option<&'static str> {
    if !rustix::process::getuid().is_root() {
        return Some("a system bus is root's");
    }
    if std::env::var_os("GANGWAY_INSIDE").is_none_or(|place| place != "debian13") {
        return Some("only the build root has a /run of its own");
    }
    let there = |path: &str| Path::new(path).exists();
    if !there("/usr/bin/dbus-daemon") || !there("/usr/lib/polkit-1/polkitd") || !there("/usr/bin/dbus-send") {
        return Some("dbus-daemon, dbus-send or polkitd is not installed");
    }
    None
}

#[test]
fn the_installed_service_is_started_and_guarded() {
    if let Some(why) = missing() {
        gangway_tests::skip(why);
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let outcome = Program::new("unshare")
        .args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--propagation",
            "private",
            "sh",
        ])
        .arg(here.join("bus/real.sh"))
        .arg(binary("gangway-helper"))
        .arg(here.join("../data"))
        .arg(folder.path())
        .limit(Duration::from_secs(120))
        .run();
    if outcome.errors.contains("Operation not permitted") {
        gangway_tests::skip("this system lets nobody make a mount namespace");
        return;
    }
    assert_eq!(outcome.status, 0, "{}\n{}", outcome.text(), outcome.errors);
    let said: BTreeMap<&str, &str> =
        outcome.text().lines().filter_map(|line| line.split_once(": ")).collect();
    let expected = [
        ("pkaction read", "auth_admin_keep "),
        ("pkaction change-system", "auth_admin "),
        ("pkaction give-rights", "auth_admin "),
        ("pkaction change-boot", "auth_admin "),
        ("pkaction undo", "auth_admin "),
        ("activated by root", "answered"),
        ("root reads", "answered"),
        ("user asks the version", "answered"),
        ("user reads the records", "answered"),
        ("user without an agent", "org.gangway.Helper1.Error.NoAgent"),
        ("user with a rule that says yes", "answered"),
        ("user with a rule that says no", "org.gangway.Helper1.Error.NotAuthorized"),
        ("user calls properties", "org.freedesktop.DBus.Error.AccessDenied"),
        ("user wants the name", "org.freedesktop.DBus.Error.AccessDenied"),
    ];
    for (name, answer) in expected {
        assert_eq!(said.get(name), Some(&answer), "{name}\n{}\n{}", outcome.text(), outcome.errors);
    }
    let milliseconds: u64 = said["milliseconds"].parse().unwrap();
    assert!(milliseconds < 5000, "{milliseconds} ms until the first answer");
}
