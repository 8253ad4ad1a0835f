//! Machines that contradict themselves or hide a part: the model is read, the checks run, and every way in which
//! `gangwayctl` shows a machine ends well and says the same as the model.

use std::collections::BTreeSet;
use std::path::Path;

use gangway_core::checks::{self, CheckId, Evidence, Finding, Need, Outcome, Said};
use gangway_core::devices::uses;
use gangway_core::host::{GroupId, IommuState};
use gangway_core::machine_file::{MachineBuilder, MachineFile};
use gangway_core::model::Model;
use gangway_core::pci::{DeviceKind, PciAddress};
use gangway_core::reading::Reading;
use gangway_core::source::{Source, SourceErrorKind};
use gangway_tests::checks::lab::Machine;
use gangway_tests::programs::Program;
use serde_json::Value;

fn at(address: &str) -> PciAddress {
    address.parse().unwrap()
}

/// Reads a machine in every way there is, and holds the answers against each other.
fn look(machine: &MachineFile) -> (Model, Vec<Finding>) {
    let model = Model::read(&Source::machine(machine));
    let findings = checks::run(&model);
    let host = &model.host;
    let mut grouped = BTreeSet::new();
    for group in &host.groups {
        assert!(!group.functions.is_empty(), "a group of nothing: {group:?}");
        for address in &group.functions {
            assert!(grouped.insert(*address), "{address} is in two groups");
            assert_eq!(host.function(*address).unwrap().group, Reading::Known(group.id));
        }
    }
    for function in &host.functions {
        assert_eq!(function.group.is_known(), grouped.contains(&function.address));
        assert!(host.card_of(function.address).unwrap().functions.contains(&function.address));
    }
    match host.iommu {
        IommuState::On { groups } => assert!(groups >= host.groups.len()),
        IommuState::Off { .. } => assert!(host.groups.is_empty()),
    }
    for finding in &findings {
        assert!(finding.about.iter().all(|about| host.function(*about).is_some()), "{finding:?}");
        for evidence in &finding.evidence {
            assert!(evidence.path.starts_with('/'), "{finding:?}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machine.host");
    #[expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]
    std::fs::write(&path, machine.write()).unwrap();
    let listed: Value = serde_json::from_str(&run(folder.path(), &path, &["list", "--json"])).unwrap();
    let listed_functions: Vec<&str> = listed["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["address"].as_str().unwrap())
        .collect();
    let known: Vec<String> = host.functions.iter().map(|function| function.address.to_string()).collect();
    assert_eq!(listed_functions, known);
    assert_eq!(listed["problems"].as_array().unwrap().len(), host.problems.len());
    for arguments in [&["list"][..], &["usb"], &["usb", "--json"], &["check"], &["check", "--json"]] {
        let text = run(folder.path(), &path, arguments);
        let odd = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(odd, None, "{arguments:?} shows a control character: {text:?}");
    }
    let graphics = host.functions.iter().find(|function| function.kind() == DeviceKind::Graphics);
    let graphics = graphics.map(|function| function.address.to_string());
    for address in [known.first(), known.last(), graphics.as_ref()].into_iter().flatten() {
        run(folder.path(), &path, &["show", address]);
        run(folder.path(), &path, &["check", address]);
    }
    let map = run(folder.path(), &path, &["map", "--svg", "-"]);
    assert!(map.starts_with("<?xml") || map.starts_with("<svg"), "{map}");
    let report = folder.path().join("report.host");
    run(folder.path(), &path, &["report", report.to_str().unwrap()]);
    let again = MachineFile::open(&report).unwrap();
    assert_eq!(Model::read(&Source::machine(&again)).host.groups, host.groups);
    (model, findings)
}

/// Runs `gangwayctl`; a verdict is no failure.
fn run(state: &Path, machine: &Path, arguments: &[&str]) -> String {
    let outcome = Program::gangwayctl(state).args(arguments).arg("--machine").arg(machine).run();
    assert!(matches!(outcome.status, 0 | 3..=5), "{arguments:?}: {outcome:?}");
    assert_eq!(outcome.errors, "", "{arguments:?}");
    String::from_utf8(outcome.output).unwrap()
}

/// The demo's desktop with changes.
fn desktop(change: impl FnOnce(&mut Machine)) -> MachineFile {
    let mut machine = Machine::desktop();
    change(&mut machine);
    machine.build()
}

const CARD: &str = "/sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0";

#[test]
fn a_device_in_two_groups_is_in_the_one_that_it_names() {
    let machine = desktop(|machine| {
        let way = "../../../../devices/pci0000:00/0000:00:01.1/0000:01:00.0";
        machine.link("/sys/kernel/iommu_groups/90/devices/0000:01:00.0", way);
        machine.file("/sys/kernel/iommu_groups/90/type", "DMA\n");
    });
    let (model, _) = look(&machine);
    let own = model.host.group_of(at("01:00.0")).unwrap();
    assert_ne!(own.id, GroupId(90));
    assert_eq!(model.host.group(GroupId(90)), None, "nobody names it");
}

#[test]
fn a_group_without_devices_is_counted_and_not_shown() {
    let without = look(&desktop(|_| {})).0;
    let machine = desktop(|machine| {
        machine.folder("/sys/kernel/iommu_groups/91/devices");
    });
    let (model, _) = look(&machine);
    assert_eq!(model.host.groups, without.host.groups);
    let count = |model: &Model| match model.host.iommu {
        IommuState::On { groups } => groups,
        IommuState::Off { .. } => 0,
    };
    assert_eq!(count(&model), count(&without) + 1);
}

#[test]
fn bridges_below_themselves_and_below_each_other() {
    let mut builder = MachineBuilder::default();
    for (name, way) in [
        ("0000:00:01.0", "0000:00:01.0/0000:00:01.0"),
        ("0000:00:02.0", "0000:00:03.0/0000:00:02.0"),
        ("0000:00:03.0", "0000:00:02.0/0000:00:03.0"),
        ("0000:04:00.0", "0000:00:03.0/0000:04:00.0"),
    ] {
        let class = if name.starts_with("0000:04") { "30000" } else { "60400" };
        builder.link(&format!("/sys/bus/pci/devices/{name}"), format!("../../../devices/pci0000:00/{way}"));
        let place = format!("/sys/devices/pci0000:00/{way}");
        builder.file(&format!("{place}/uevent"), format!("PCI_CLASS={class}\nPCI_ID=8086:1901\n"));
        builder.link(&format!("{place}/iommu_group"), "../../../../kernel/iommu_groups/1");
    }
    let (model, _) = look(&builder.build());
    assert_eq!(model.host.functions.len(), 4);
    assert_eq!(model.host.function(at("00:01.0")).unwrap().parent, Some(at("00:01.0")));
}

#[test]
fn a_screen_with_a_broken_edid_is_a_screen_without_a_name() {
    let whole = look(&desktop(|_| {})).0;
    let connector = whole.host.connectors.iter().find(|connector| connector.monitor.is_some()).unwrap();
    let card = whole.host.function(connector.card).unwrap();
    let name = connector.name.clone();
    let texts = Machine::desktop().build().write();
    let path = texts
        .lines()
        .find(|line| line.contains(&format!("-{name}/edid")) && line.contains(&connector.card.to_string()))
        .unwrap();
    let path = path.split(' ').next().unwrap().to_owned();
    let mut header = vec![0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
    header.resize(128, 0xfc);
    for edid in [vec![], vec![0; 128], header, vec![0xff; 256 * 128], vec![0x41; 7]] {
        let (model, _) = look(&desktop(|machine| {
            machine.bytes(&path, &edid);
        }));
        let screen = model.host.connectors_of(card.address).find(|other| other.name == name).unwrap();
        assert_eq!((&screen.status, &screen.monitor), (&connector.status, &None));
    }
}

#[test]
fn names_of_mounts_may_hold_any_byte() {
    let machine = desktop(|machine| {
        machine.replace(
            "/proc/self/mountinfo",
            " / /home rw",
            " /@a\\\\012b /odd\\\\012place\\\\011and\\\\134040\\\\033[31m\\\\377 rw",
        );
    });
    let (model, findings) = look(&machine);
    let odd = "/odd\nplace\tand\\040\u{1b}[31m\u{fffd}";
    let mount = model.devices.storage.mounts.iter().find(|mount| mount.path == odd).unwrap();
    assert!(!model.devices.storage.ground_of_mount(mount).controllers.is_empty());
    let odd = |seen: &Evidence| matches!(&seen.said, Said::Value(value) if value.starts_with("/odd"));
    assert!(findings.iter().any(|finding| finding.evidence.iter().any(odd)));
}

#[test]
fn a_program_that_ends_while_it_is_read_holds_nothing() {
    let machine = desktop(|machine| {
        // Its folder is still listed, its open files are gone; then its name is; then all but the number.
        machine.file("/proc/90001/comm", "gone\n");
        machine.link("/proc/90002/fd/5", "/dev/dri/card0");
        machine.folder("/proc/90003");
        machine.folder("/proc/90004/fd");
        machine.link("/proc/90005/fd/3", r"/dev/dri/card0\x20(deleted)");
    });
    let (model, _) = look(&machine);
    let programs: Vec<(u32, &str)> = model
        .devices
        .holders
        .holders
        .iter()
        .filter(|holder| holder.process > 90_000)
        .map(|holder| (holder.process, holder.name.as_str()))
        .collect();
    assert!(!programs.iter().any(|(number, _)| [90_001, 90_003, 90_004].contains(number)), "{programs:?}");
    let all: Vec<PciAddress> = model.host.functions.iter().map(|function| function.address).collect();
    for used in uses::uses(&model.host, &model.devices, &[], &all) {
        if let uses::Use::Program { name, .. } = used.by {
            assert!(!name.is_empty(), "a program without a name is shown");
        }
    }
}

/// What a user of a hardened computer may not read, with the check that says so.
#[test]
fn what_may_not_be_read_is_said_and_the_rest_is_there() {
    let places = [
        ("/etc/modprobe.d", Some(CheckId::ModuleBlocked)),
        ("/etc/default/grub", Some(CheckId::ArgumentsWaiting)),
        ("/etc/modules-load.d", Some(CheckId::UselessVirqfd)),
        ("/usr/share/qemu/firmware", None),
        ("/proc/interrupts", Some(CheckId::InterruptRemapping)),
        ("/proc/cmdline", Some(CheckId::AcsOverride)),
        ("/proc/self/mountinfo", Some(CheckId::StorageSystem)),
        ("/proc/bus/input/devices", Some(CheckId::UsbKeyboard)),
        ("/proc/net/route", Some(CheckId::NetworkWayOut)),
    ];
    let whole = look(&desktop(|_| {})).0;
    for (place, check) in places {
        let (model, findings) = look(&desktop(|machine| {
            machine.gone(place).denied(place);
        }));
        assert_eq!(model.host.functions, whole.host.functions, "{place}");
        assert_eq!(model.host.groups, whole.host.groups, "{place}");
        let unknown: Vec<(CheckId, &Need)> = findings
            .iter()
            .filter_map(|finding| match &finding.outcome {
                Outcome::CouldNotTell(need) => Some((finding.check, need)),
                _ => None,
            })
            .collect();
        if let Some(check) = check {
            let said = unknown.iter().find(|(own, _)| *own == check);
            let (_, need) = said.unwrap_or_else(|| panic!("{place}: {check} said nothing: {unknown:?}"));
            let right = matches!(need, Need::Permission(path) | Need::Path(path) if path.starts_with(place));
            assert!(right, "{place}: {need:?}");
        }
        for finding in findings.iter().filter(|finding| finding.outcome == Outcome::Ok) {
            let rests_on = |seen: &Evidence| seen.path.starts_with(place) && seen.said == Said::Absent;
            assert!(!finding.evidence.iter().any(rests_on), "{place} is no absence: {finding:?}");
        }
    }
}

#[test]
fn a_function_that_may_not_be_read_is_listed_with_what_is_missing() {
    let machine = desktop(|machine| {
        for name in ["uevent", "class", "vendor", "device"] {
            machine.denied(&format!("{CARD}/{name}"));
        }
    });
    let (model, _) = look(&machine);
    let function = model.host.function(at("01:00.0")).unwrap();
    assert!(matches!(function.class, Reading::Unreadable(_)), "{function:?}");
    let told = |path: &str| model.host.problems.iter().any(|trouble| trouble.path.ends_with(path));
    assert!(told("0000:01:00.0/class") && told("0000:01:00.0/vendor"), "{:?}", model.host.problems);
    assert!(model.host.functions.len() > 10);

    let mut builder = MachineBuilder::default();
    builder.unreadable("/sys/bus/pci/devices", SourceErrorKind::NoPermission);
    let (model, findings) = look(&builder.build());
    assert_eq!(model.host.problems.len(), 1);
    assert!(findings.iter().any(|finding| matches!(finding.outcome, Outcome::CouldNotTell(_))));
}
