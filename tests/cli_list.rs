//! `gangwayctl list` and `show` as whole processes: the promised JSON, and the same options before and after the
//! command. Listings of real machines are read back in `listings`.

use std::path::Path;

use gangway_tests::programs::Program;
use gangway_tests::tree::{self, Spec};
use serde_json::Value;

const MACHINE: [Spec<'_>; 7] = [
    spec("0000:00:00.0", "060000", ("1022", "1480"), Some(0), None),
    spec("0000:01:00.0", "030000", ("10de", "2484"), Some(14), Some("nvidia")),
    spec("0000:01:00.1", "040300", ("10de", "228b"), Some(14), Some("snd_hda_intel")),
    spec("0000:02:00.0", "0c0330", ("1022", "43d5"), Some(15), Some("xhci_hcd")),
    spec("0000:03:00.0", "020000", ("8086", "1539"), Some(15), Some("igb")),
    spec("0000:05:00.0", "ff0000", ("fffe", "fffd"), None, None),
    spec("10000:e1:00.0", "010802", ("144d", "a809"), Some(3), Some("nvme")),
];

const fn spec<'a>(
    address: &'a str,
    class: &'a str,
    ids: (&'a str, &'a str),
    group: Option<u32>,
    driver: Option<&'a str>,
) -> Spec<'a> {
    Spec { address, class, ids, group, driver }
}

fn list(state: &Path, root: &Path) -> Value {
    Program::gangwayctl(state).args(["list", "--json", "--root"]).arg(root).run().json()
}

#[test]
fn every_promised_key_is_there_with_its_type() {
    let folder = tree::folder();
    tree::write(folder.path(), &MACHINE);
    let listing = list(folder.path(), folder.path());
    let functions = listing["functions"].as_array().unwrap();
    let addresses: Vec<&str> = functions.iter().map(|f| f["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, MACHINE.map(|spec| spec.address));
    for (function, spec) in functions.iter().zip(MACHINE) {
        assert_eq!(function["iommu_group"], Value::from(spec.group), "{function}");
        assert_eq!(function["class"], spec.class);
        assert_eq!((&function["vendor"], &function["device"]), (&spec.ids.0.into(), &spec.ids.1.into()));
        assert_eq!(function["revision"], "01");
        assert_eq!(function["driver"], Value::from(spec.driver));
        assert!(!function["name"].as_str().unwrap().trim().is_empty(), "{function}");
        assert_eq!(function["parent"], Value::Null);
        let card = format!("{}.0", spec.address.rsplit_once('.').unwrap().0);
        assert_eq!(function["card"], card);
        let boot_display = if spec.class == "030000" { Value::from(false) } else { Value::Null };
        assert_eq!(function["boot_display"], boot_display);
    }
    assert!(functions[5]["name"].as_str().unwrap().contains("fffe"), "ids where nothing is known");
}

#[test]
fn groups_say_whether_they_are_isolated() {
    let folder = tree::folder();
    tree::write(folder.path(), &MACHINE);
    let listing = list(folder.path(), folder.path());
    let groups: Vec<(u64, bool, usize)> = listing["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            assert_eq!(group["type"], "DMA-FQ");
            let members = group["functions"].as_array().unwrap();
            assert!(members.iter().all(Value::is_string));
            (group["id"].as_u64().unwrap(), group["isolated"].as_bool().unwrap(), members.len())
        })
        .collect();
    assert_eq!(groups, [(0, true, 1), (3, true, 1), (14, true, 2), (15, false, 2)]);
}

#[test]
fn options_mean_the_same_before_and_after_the_command() {
    let folder = tree::folder();
    tree::write(folder.path(), &MACHINE);
    let root = folder.path().as_os_str();
    let expected = list(folder.path(), folder.path());
    for line in [
        [root_option(), root, "--json".as_ref(), "list".as_ref()],
        ["--json".as_ref(), "list".as_ref(), root_option(), root],
        [root_option(), root, "list".as_ref(), "--json".as_ref()],
    ] {
        assert_eq!(Program::gangwayctl(folder.path()).args(line).run().json(), expected, "{line:?}");
    }
}

fn root_option() -> &'static std::ffi::OsStr {
    "--root".as_ref()
}

#[test]
fn the_text_names_groups_cards_and_functions() {
    let folder = tree::folder();
    tree::write(folder.path(), &MACHINE);
    let outcome = Program::gangwayctl(folder.path()).args(["list", "--root"]).arg(folder.path()).run();
    assert_eq!(outcome.status, 0, "{}", outcome.errors);
    let text = outcome.text();
    for expected in [
        "Group 14 · Isolated\n  01:00.0 ",
        "    01:00.1 ",
        "Group 15 · Shared by 2 devices (02:00.0 and 03:00.0)\n",
        "Without an IOMMU group\n  05:00.0 ",
        "  10000:e1:00.0 ",
        "snd_hda_intel",
    ] {
        assert!(text.contains(expected), "{expected:?} in\n{text}");
    }
    assert!(text.lines().all(|line| line.trim_end() == line), "no blanks at line ends");
    assert!(!text.contains('\u{1b}'), "no colours outside a terminal");
}

#[test]
fn one_function_is_shown_by_its_short_and_its_full_address() {
    let folder = tree::folder();
    tree::write(folder.path(), &MACHINE);
    let show = |address: &str| {
        Program::gangwayctl(folder.path()).args(["show", address, "--root"]).arg(folder.path()).run()
    };
    let (short, full) = (show("01:00.1"), show("0000:01:00.1"));
    assert_eq!(short.status, 0, "{}", short.errors);
    assert_eq!(short.output, full.output);
    assert!(
        short.text().contains("snd_hda_intel") && short.text().contains("01:00.0, 01:00.1"),
        "{}",
        short.text()
    );
    let json = Program::gangwayctl(folder.path())
        .args(["--json", "show", "01:00.1", "--root"])
        .arg(folder.path())
        .run()
        .json();
    assert_eq!(json["address"], "0000:01:00.1");
    assert_eq!(json["iommu_group"], 14);
    assert_eq!(json["details"]["reset_methods"], Value::Null);
    assert!(show("7f:00.0").refused().contains("0000:7f:00.0"));
}

/// What a scan leaves out is read of the one function that is looked at.
#[test]
#[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
fn a_function_that_is_looked_at_tells_more() {
    let folder = tree::folder();
    tree::write(folder.path(), &MACHINE);
    let home = tree::home(folder.path(), "0000:01:00.0");
    std::fs::write(home.join("reset_method"), "flr bus\n").unwrap();
    std::fs::write(home.join("power_state"), "D3hot\n").unwrap();
    let line = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n".repeat(6);
    std::fs::write(
        home.join("resource"),
        line + "0x00000000fc000000 0x00000000fc07ffff 0x0000000000046200\n",
    )
    .unwrap();
    let show = |more: &[&str]| {
        let run = Program::gangwayctl(folder.path()).args(["show", "01:00.0"]).args(more);
        run.arg("--root").arg(folder.path()).run()
    };
    let details = &show(&["--json"]).json()["details"];
    assert_eq!(details["reset_methods"], serde_json::json!(["flr", "bus"]));
    assert_eq!((&details["power_state"], &details["rom_size"]), (&"D3hot".into(), &(512 << 10).into()));
    assert_eq!((&details["regions"], &details["numa_node"]), (&serde_json::json!([]), &Value::Null));
    let text = show(&[]);
    assert!(
        ["flr, bus", "D3hot", "512 KiB"].iter().all(|value| text.text().contains(value)),
        "{}",
        text.text()
    );
}
