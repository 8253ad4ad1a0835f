//! `gangwayctl map` as a whole process: the drawing on standard output and as a new file, which is never replaced.

use gangway_tests::programs::Program;
use gangway_tests::tree;

#[test]
fn the_drawing_goes_where_it_was_asked_to() {
    let folder = tree::folder();
    let map =
        |arguments: &[&str]| Program::gangwayctl(folder.path()).args(["--demo", "map"]).args(arguments).run();
    let printed = map(&["--svg", "-"]);
    assert_eq!(printed.status, 0, "{}", printed.errors);
    let text = printed.text();
    assert!(text.starts_with("<?xml") && text.ends_with("</svg>\n"));
    for expected in [
        "id=\"device-0000-01-00.0\"",
        "id=\"group-15\"",
        "GeForce RTX 3070",
        "3.0 ×8 of 4.0 ×16",
        "Default route",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    assert_ne!(map(&["--svg", "-", "--dark"]).text(), text);

    let file = folder.path().join("map.svg");
    let path = file.to_str().unwrap();
    let written = map(&["--svg", path]);
    assert_eq!((written.status, written.output.len()), (0, 0), "{}", written.errors);
    assert_eq!(std::fs::metadata(&file).unwrap().len(), text.len() as u64);
    assert!(map(&["--svg", path]).refused().contains("exists already"));
}

#[test]
fn a_machine_without_groups_or_devices_is_drawn_too() {
    let folder = tree::folder();
    let map =
        || Program::gangwayctl(folder.path()).args(["map", "--svg", "-", "--root"]).arg(folder.path()).run();
    assert!(map().text().contains("0 PCI functions."));
    let one = tree::Spec {
        address: "0000:01:00.0",
        class: "010802",
        ids: ("144d", "a809"),
        group: None,
        driver: Some("nvme"),
    };
    tree::write(folder.path(), &[one]);
    let drawn = map();
    assert!(drawn.text().contains("id=\"device-0000-01-00.0\"") && !drawn.text().contains("id=\"group-"));
}
