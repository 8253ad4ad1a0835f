//! The direction of the crates is a fact of their manifests: what must not know GTK, libvirt or D-Bus has
//! none of it anywhere below it.

use gangway_tests::programs::cargo;

/// The packages below `package`, itself included.
fn tree(package: &str) -> Vec<String> {
    let outcome = cargo(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"])
        .args(["--target", "all", "--all-features", "--format", "{p}"])
        .run();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    outcome.text().lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn starts_with_any<'a>(tree: &'a [String], beginnings: &[&str]) -> Vec<&'a String> {
    tree.iter().filter(|name| beginnings.iter().any(|beginning| name.starts_with(beginning))).collect()
}

const WINDOW: [&str; 9] = ["gtk", "gdk", "gsk", "glib", "gio", "libadwaita", "relm4", "pango", "cairo"];
const LIBVIRT: [&str; 1] = ["virt"];
const BUS: [&str; 3] = ["zbus", "zvariant", "dbus"];

#[test]
fn core_and_domain_know_neither_window_nor_libvirt_nor_bus() {
    for (package, has) in [("gangway-core", "rustix"), ("gangway-domain", "roxmltree")] {
        let tree = tree(package);
        assert!(tree.iter().any(|name| name == has), "{package} without {has}: {tree:?}");
        for forbidden in [&WINDOW[..], &LIBVIRT, &BUS] {
            assert_eq!(starts_with_any(&tree, forbidden), Vec::<&String>::new(), "below {package}");
        }
    }
}

#[test]
fn client_and_terminal_know_no_window() {
    for package in ["gangway-client", "gangwayctl"] {
        let tree = tree(package);
        assert!(tree.iter().any(|name| name == "virt"), "{package} without virt: {tree:?}");
        assert_eq!(starts_with_any(&tree, &WINDOW), Vec::<&String>::new(), "below {package}");
    }
}

#[test]
fn what_is_looked_for_is_what_a_window_has() {
    let tree = tree("gangway");
    for name in ["gtk4", "glib", "libadwaita", "relm4", "virt"] {
        assert!(tree.iter().any(|package| package == name), "{name}");
    }
    assert!(starts_with_any(&tree, &WINDOW).len() > 10);
}

/// What root's service does without, besides windows and libvirt: each of it would be a large part of it.
const LARGE: [&str; 7] = ["tokio", "clap", "regex", "gettext", "async-std", "tracing", "openssl"];

/// How many crates there are below the service, those that only compile included: some more than on the day it was written.
const MOST_CRATES: usize = 64;

#[test]
fn the_service_is_small() {
    let mut tree = tree("gangway-helper");
    assert!(tree.iter().any(|name| name == "zbus"), "gangway-helper without zbus: {tree:?}");
    for forbidden in [&WINDOW[..], &LIBVIRT, &LARGE] {
        assert_eq!(starts_with_any(&tree, forbidden), Vec::<&String>::new(), "below gangway-helper");
    }
    tree.sort_unstable();
    tree.dedup();
    assert!(tree.len() <= MOST_CRATES, "{} crates below gangway-helper: {tree:?}", tree.len());
}

#[test]
fn the_protocol_connects_to_nothing() {
    let tree = tree("gangway-protocol");
    assert!(tree.iter().any(|name| name == "zbus"), "gangway-protocol without zbus' types: {tree:?}");
    for forbidden in [&WINDOW[..], &LIBVIRT, &["zruntime", "socket2", "tokio"]] {
        assert_eq!(starts_with_any(&tree, forbidden), Vec::<&String>::new(), "below gangway-protocol");
    }
}
