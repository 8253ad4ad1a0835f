//! Plans of boot changes on the systems that we know: what is planned, in which order, and what is told instead.

use std::fs;
use std::path::Path;

use gangway_core::difference::{Difference, LineKind};
use gangway_core::plan::{
    ArtefactKind, Back, Doubt, Expectation, Ground, HugePageSize, Intent, Plan, Refusal, Step, UndoAction,
    WayBack, plan,
};
use gangway_core::source::Source;
use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::report::Unwatched;
use gangway_helper::write::Root;
use gangway_tests::systems::seen::{differences, tree};
use gangway_tests::systems::tools::Imitations;
use gangway_tests::systems::{self, System};

/// A plan as a person reads it: each step, with the difference or the command.
fn told(outcome: &Result<Plan, Vec<Refusal>>) -> String {
    match outcome {
        Ok(plan) if plan.steps.is_empty() => "nothing to do\n".to_owned(),
        Ok(plan) => plan.steps.iter().map(step).chain([format!("effect: {:?}\n", plan.effect)]).collect(),
        Err(refusals) => refusals.iter().map(refusal).collect(),
    }
}

fn step(step: &Step) -> String {
    match step {
        Step::File(file) => {
            let text = |content: &Option<gangway_core::plan::Content>| {
                content.as_ref().and_then(|content| content.text()).unwrap_or_default().to_owned()
            };
            let (before, after) = (text(&file.before), text(&file.after));
            let kind = match (&file.before, &file.after) {
                (None, _) => "make",
                (_, None) => "remove",
                _ => "change",
            };
            let added =
                file.edit.as_ref().map(|edit| format!(" adding {:?}", edit.added)).unwrap_or_default();
            let difference = Difference::between(&before, &after);
            let changed =
                difference.hunks.iter().flat_map(|hunk| &hunk.lines).filter_map(|line| match line.kind {
                    LineKind::Removed => Some(format!("  - {}\n", line.text)),
                    LineKind::Added => Some(format!("  + {}\n", line.text)),
                    LineKind::Context => None,
                });
            let lines: String = changed.collect();
            format!("{kind} {} ({:?}){added}\n{lines}", file.path, file.role)
        }
        Step::Keep(kept) => format!("keep {} as {}\n", kept.path, kept.copy),
        Step::Run(run) => {
            let mut text = format!("run {}\n", run.tool.command().join(" "));
            for path in &run.rewrites {
                text += &format!("  rewrites {path}\n");
            }
            for path in &run.rebuilds {
                text += &format!("  rebuilds {path}\n");
            }
            for expectation in &run.expects {
                text += &match expectation {
                    Expectation::Arguments { kind, path, present, absent } => {
                        let kind: &ArtefactKind = kind;
                        format!("  expects of {kind:?} {path}: {present:?}, and not {absent:?}\n")
                    }
                    Expectation::Image { path, modules, files } => {
                        format!("  expects in image {path}: {modules:?}, {files:?}\n")
                    }
                };
            }
            text
        }
        other => format!("{other:?}\n"),
    }
}

fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::ByHand { paste } => paste
            .iter()
            .map(|paste| match &paste.path {
                Some(path) => {
                    format!("by hand, into {path}:\n  {}\n", paste.text.trim_end().replace('\n', "\n  "))
                }
                None => format!("by hand, run: {}\n", paste.text),
            })
            .collect(),
        other => format!("no: {other:?}\n"),
    }
}

/// Plans twice and over both kinds of source: the same machine and intent are the same plan.
fn planned(system: &System, intent: &Intent) -> Result<Plan, Vec<Refusal>> {
    let outcome = plan(&system.ground(), intent, None);
    let root = system.root();
    let files = plan(&Ground::read(&Source::folder(root.path()).unwrap()), intent, None);
    assert_eq!(files, outcome, "{}: files tell something else than the captured machine", system.name);
    if let (Ok(one), Ok(other)) = (&outcome, &files) {
        assert_eq!(one.digest(), other.digest());
        let written = serde_json::to_string(one).unwrap();
        assert_eq!(&serde_json::from_str::<Plan>(&written).unwrap(), one);
    }
    outcome
}

/// Applies what is planned, tells its effects, sees that there is nothing left to do, and undoes it to the same bytes,
/// owners, modes and times.
fn applied_and_undone(system: &System, intent: &Intent) -> String {
    let folder = system.root();
    let tools = Imitations::new(folder.path(), &system.shape);
    let engine = Engine::new(Root::open(folder.path(), Gaps::default()).unwrap(), Box::new(tools.clone()));
    let planned = plan(&engine.ground().unwrap(), intent, None).unwrap();
    let before = tree(folder.path());
    let name = system.name;
    let record = engine
        .apply(&planned, planned.digest(), 1000, &mut Unwatched)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let after = tree(folder.path());
    let calls: String = tools.calls().iter().map(|call| format!("ran {call}\n")).collect();
    let effects = calls + &differences(&before, &after);
    let again = plan(&engine.ground().unwrap(), intent, None);
    assert_eq!(told(&again), "nothing to do\n", "{name}: after it was applied");
    let undo = engine.plan_undo(&record).unwrap();
    assert_eq!(undo.stops, [], "{name}");
    engine.undo(&record, undo.digest(), &mut Unwatched).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(differences(&before, &tree(folder.path())), "", "{name}: after it was undone");
    effects
}

fn planned_applied_and_undone(what: &str, intent: &Intent) {
    for system in systems::all() {
        let outcome = planned(&system, intent);
        let mut text = told(&outcome);
        if outcome.is_ok_and(|plan| !plan.steps.is_empty()) {
            text += &format!("effects:\n{}", applied_and_undone(&system, intent));
        }
        insta::assert_snapshot!(format!("{what}-{}", system.name), text);
    }
}

#[test]
fn turning_the_iommu_on() {
    planned_applied_and_undone("iommu", &Intent::TurnOnIommu);
}

#[test]
fn loading_vfio_early() {
    planned_applied_and_undone("early", &Intent::LoadVfioEarly);
}

#[test]
fn huge_pages_of_two_mebibytes() {
    let intent = Intent::SetHugePages { size: HugePageSize::TwoMiB, count: 4096 };
    planned_applied_and_undone("huge-2M", &intent);
}

#[test]
fn huge_pages_of_one_gibibyte() {
    let intent = Intent::SetHugePages { size: HugePageSize::OneGiB, count: 8 };
    planned_applied_and_undone("huge-1G", &intent);
}

const GIBIBYTES: Intent = Intent::SetHugePages { size: HugePageSize::OneGiB, count: 8 };

fn pages(size: HugePageSize, count: u32) -> Intent {
    Intent::SetHugePages { size, count }
}

#[test]
fn changes_on_top_of_each_other_are_undone_from_the_last_to_the_first() {
    for system in systems::all() {
        let folder = system.root();
        let tools = Imitations::new(folder.path(), &system.shape);
        let engine = Engine::new(Root::open(folder.path(), Gaps::default()).unwrap(), Box::new(tools));
        let mut states = vec![tree(folder.path())];
        let mut records = Vec::new();
        for intent in [Intent::TurnOnIommu, GIBIBYTES, Intent::LoadVfioEarly] {
            let Ok(planned) = plan(&engine.ground().unwrap(), &intent, None) else { continue };
            let record = engine.apply(&planned, planned.digest(), 1000, &mut Unwatched);
            records.push(record.unwrap_or_else(|error| panic!("{}, {intent:?}: {error}", system.name)));
            states.push(tree(folder.path()));
        }
        states.pop();
        for record in records.iter().rev() {
            let undo = engine.plan_undo(record).unwrap();
            assert_eq!(undo.stops, [], "{}", system.name);
            engine.undo(record, undo.digest(), &mut Unwatched).unwrap();
            assert_eq!(differences(&states.pop().unwrap(), &tree(folder.path())), "", "{}", system.name);
        }
    }
}

#[test]
fn an_earlier_change_is_not_undone_from_under_a_later_one_that_keeps_another_entry() {
    let system = systems::named("debian-13");
    let folder = system.root();
    let tools = Imitations::new(folder.path(), &system.shape);
    let engine = Engine::new(Root::open(folder.path(), Gaps::default()).unwrap(), Box::new(tools));
    let apply = |intent| {
        let planned = plan(&engine.ground().unwrap(), &intent, None).unwrap();
        engine.apply(&planned, planned.digest(), 1000, &mut Unwatched).unwrap()
    };
    let (first, _) = (apply(Intent::TurnOnIommu), apply(Intent::LoadVfioEarly));
    let undo = engine.plan_undo(&first).unwrap();
    let stops: Vec<&str> = undo.stops.iter().map(|stop| stop.what.as_str()).collect();
    assert_eq!(stops, ["/boot/grub/custom.cfg"]);
    let state = tree(folder.path());
    assert!(engine.undo(&first, undo.digest(), &mut Unwatched).is_err());
    assert_eq!(differences(&state, &tree(folder.path())), "");
}

/// A system that was changed.
fn changed(name: &str, change: impl FnOnce(&mut System)) -> System {
    let mut system = systems::named(name);
    change(&mut system);
    system
}

fn refused(system: &System, intent: &Intent) -> Vec<Refusal> {
    planned(system, intent).unwrap_err()
}

#[test]
fn what_no_argument_changes_is_told() {
    let on = changed("debian-13", |system| {
        system.machine.folder("/sys/kernel/iommu_groups/0/devices");
    });
    assert_eq!(told(&planned(&on, &Intent::TurnOnIommu)), "nothing to do\n");
    let none = changed("debian-13", |system| {
        system.machine.gone("/sys/firmware/acpi/tables/DMAR");
    });
    assert!(matches!(refused(&none, &Intent::TurnOnIommu)[..], [Refusal::Iommu { .. }]));
    let off = changed("debian-13", |system| {
        system.machine.argument("intel_iommu=off").replace(
            "/etc/default/grub",
            "LINUX_DEFAULT=\"quiet",
            "LINUX_DEFAULT=\"quiet intel_iommu=off",
        );
    });
    let expected = Refusal::SwitchedOff {
        argument: "intel_iommu=off".to_owned(),
        places: vec!["/etc/default/grub".to_owned()],
    };
    let refusals = refused(&off, &Intent::TurnOnIommu);
    assert_eq!(refusals[0], expected);
    assert_eq!(told(&Err(refusals[1..].to_vec())), "by hand, run: sudo update-grub\n");
}

#[test]
fn without_a_way_back_nothing_is_planned() {
    let why = |system: &System| match refused(system, &Intent::TurnOnIommu).as_slice() {
        [Refusal::NoWayBack { why, .. }, Refusal::ByHand { .. }] => *why,
        other => panic!("{other:?}"),
    };
    let removed = changed("debian-13", |system| {
        system.machine.replace("/boot/grub/grub.cfg", "custom.cfg", "other.cfg");
    });
    assert_eq!(why(&removed), WayBack::NotRead);
    let odd = changed("debian-13", |system| {
        system.machine.replace("/boot/grub/grub.cfg", "insmod gzio", "devicetree /x.dtb");
    });
    assert_eq!(why(&odd), WayBack::NotCopied);
    let other = changed("debian-13", |system| {
        system.machine.file("/proc/cmdline", "BOOT_IMAGE=/boot/mine root=/dev/x quiet\n");
        system.machine.file("/proc/sys/kernel/osrelease", "6.99.0-mine\n");
        system.machine.file("/boot/config-6.99.0-mine", "CONFIG_INTEL_IOMMU_DEFAULT_OFF=y\n");
    });
    assert_eq!(why(&other), WayBack::NoEntry);
    let by_firmware = changed("debian-13", |system| {
        system.machine.replace("/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.12.57+deb13-amd64 ", "");
    });
    assert_eq!(why(&by_firmware), WayBack::NoEntry);
    let default = changed("arch-systemd-boot", |system| {
        system.machine.file("/boot/loader/loader.conf", "default *former*\n");
    });
    assert_eq!(why(&default), WayBack::NoDefault);
}

#[test]
fn files_of_ours_that_others_made_or_changed_are_left_alone() {
    let path = "/etc/default/grub.d/zz-gangway-iommu.cfg";
    for (path, text) in [
        (path, "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT mine\"\n"),
        ("/boot/grub/custom.cfg", "menuentry mine --id gangway-former {\n}\n"),
    ] {
        let system = changed("debian-13", |system| {
            system.machine.file(path, text);
        });
        let refusals = refused(&system, &Intent::TurnOnIommu);
        assert_eq!(refusals[0], Refusal::Occupied { path: path.to_owned() });
    }
    let kept = changed("debian-13", |system| {
        system.machine.file("/boot/grub/custom.cfg", "menuentry mine {\n}\n");
    });
    let plan = planned(&kept, &Intent::TurnOnIommu).unwrap();
    let Step::File(file) = &plan.steps[0] else { panic!("{plan:?}") };
    assert!(file.after.as_ref().unwrap().text().unwrap().starts_with("menuentry mine {\n}\n### BEGIN"));
}

#[test]
fn images_that_must_be_signed_are_left_alone() {
    for secure_boot in [&[6, 0, 0, 0, 1][..], b"x"] {
        let system = changed("arch-uki", |system| {
            let path = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
            system.machine.bytes(path, secure_boot);
        });
        let refusals = refused(&system, &Intent::TurnOnIommu);
        assert_eq!(refusals[0], Refusal::Start { doubt: Doubt::SignedImages }, "{secure_boot:?}");
    }
}

#[test]
fn modules_are_named_only_where_every_kernel_has_them() {
    let virqfd = changed("debian-13", |system| {
        let path = "/lib/modules/6.12.43+deb13-amd64/modules.dep";
        system.machine.replace(
            path,
            "kernel/drivers/vfio/vfio.ko",
            "kernel/drivers/vfio/vfio_virqfd.ko.xz:\n\tkernel/drivers/vfio/vfio.ko",
        );
    });
    let text = told(&planned(&virqfd, &Intent::LoadVfioEarly));
    assert!(text.contains("+ vfio_pci\n") && !text.contains("virqfd"), "{text}");
    let lacking = changed("debian-13", |system| {
        system.machine.file("/lib/modules/6.12.43+deb13-amd64/modules.dep", "kernel/fs/ext4/ext4.ko.xz:\n");
    });
    let release = "6.12.43+deb13-amd64".to_owned();
    let expected = Refusal::NoModule { module: "vfio-pci".to_owned(), release };
    assert_eq!(refused(&lacking, &Intent::LoadVfioEarly)[0], expected);
    let unreadable = changed("debian-13", |system| {
        system.machine.denied("/lib/modules/6.12.43+deb13-amd64/modules.dep");
    });
    let refusals = plan(&unreadable.ground(), &Intent::LoadVfioEarly, None).unwrap_err();
    assert!(
        matches!(&refusals[0], Refusal::Unreadable { path, .. } if path.contains("6.12.43")),
        "{refusals:?}"
    );
    let so = changed("fedora", |system| {
        system.machine.file("/etc/dracut.conf.d/mine.conf", "force_drivers+=\" vfio-pci \"\n");
    });
    assert_eq!(told(&planned(&so, &Intent::LoadVfioEarly)), "nothing to do\n");
    let two = changed("debian-13", |system| {
        system.machine.file("/usr/bin/dracut", "");
    });
    assert_eq!(refused(&two, &Intent::LoadVfioEarly)[0], Refusal::Start { doubt: Doubt::Generator });
}

/// Where the images lie that kernel-install has dracut make, with entries that have the arguments which are configured.
#[test]
fn kernel_install_makes_an_image_anew_that_changes_in_nothing_else() {
    let with = |line: &str| {
        changed("kernel-install", |system| {
            system.machine.file("/etc/kernel/cmdline", &format!("{line}\n"));
        })
    };
    let options = "root=UUID=00000000-0000-4000-8000-000000000001 rw quiet";
    let system = with(options);
    let text = told(&planned(&system, &Intent::LoadVfioEarly));
    insta::assert_snapshot!(
        "early-kernel-install-configured",
        text + &applied_and_undone(&system, &Intent::LoadVfioEarly)
    );
    let other = with(&format!("{options} nosmt"));
    let source = Doubt::Source("/etc/kernel/cmdline".to_owned());
    assert_eq!(refused(&other, &Intent::LoadVfioEarly)[0], Refusal::Start { doubt: source });
}

#[test]
fn memory_for_the_host_stays_and_settings_of_others_are_told() {
    let debian = systems::named("debian-13");
    assert!(matches!(
        refused(&debian, &pages(HugePageSize::TwoMiB, 15_000))[0],
        Refusal::TooLittleMemory { .. }
    ));
    assert!(matches!(
        refused(&debian, &pages(HugePageSize::OneGiB, u32::MAX))[0],
        Refusal::TooLittleMemory { .. }
    ));
    for size in [HugePageSize::TwoMiB, HugePageSize::OneGiB] {
        assert_eq!(told(&planned(&debian, &pages(size, 0))), "nothing to do\n");
    }
    let set = changed("debian-13", |system| {
        system.machine.file("/etc/sysctl.d/10-mine.conf", "vm/nr_hugepages=64\n");
    });
    let expected = Refusal::SetElsewhere {
        path: "/etc/sysctl.d/10-mine.conf".to_owned(),
        setting: "vm.nr_hugepages = 64".to_owned(),
    };
    assert_eq!(refused(&set, &pages(HugePageSize::TwoMiB, 512)), [expected]);
    let asked = changed("debian-13", |system| {
        system.machine.replace("/etc/default/grub", "\"quiet", "\"quiet hugepagesz=1G hugepages=4");
    });
    for count in [0, 8] {
        let refusals = refused(&asked, &pages(HugePageSize::OneGiB, count));
        assert!(
            matches!(&refusals[0], Refusal::SetElsewhere { path, setting } if path == "/etc/default/grub" && setting == "hugepages=4"),
            "{refusals:?}"
        );
    }
    assert_eq!(
        told(&planned(&asked, &pages(HugePageSize::OneGiB, 4))).lines().next(),
        Some("make /boot/grub/custom.cfg (FormerEntry)")
    );
    let small = changed("debian-13", |system| {
        system.machine.gone("/sys/kernel/mm/hugepages/hugepages-1048576kB");
    });
    assert_eq!(refused(&small, &GIBIBYTES)[0], Refusal::NoHugePages { size: HugePageSize::OneGiB });
}

#[test]
fn where_pages_are_of_another_size_by_default_a_file_of_systemd_keeps_them() {
    let large = |system: &mut System| {
        system.machine.replace("/proc/meminfo", "Hugepagesize:       2048 kB", "Hugepagesize:    1048576 kB");
    };
    let text = told(&planned(&changed("debian-13", large), &pages(HugePageSize::TwoMiB, 512)));
    let line = "  + w /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages - - - - 512\n";
    assert!(text.contains(line), "{text}");
    let refusals = refused(&changed("void", large), &pages(HugePageSize::TwoMiB, 512));
    assert!(matches!(refusals[..], [Refusal::ByHand { .. }]), "{refusals:?}");
}

#[test]
fn another_number_takes_the_place_of_ours_and_none_takes_it_away() {
    for size in [HugePageSize::TwoMiB, HugePageSize::OneGiB] {
        let system = systems::named("debian-13");
        let folder = system.root();
        let tools = Imitations::new(folder.path(), &system.shape);
        let engine = Engine::new(Root::open(folder.path(), Gaps::default()).unwrap(), Box::new(tools));
        let before = tree(folder.path());
        for count in [8, 4, 0] {
            let planned = plan(&engine.ground().unwrap(), &pages(size, count), None).unwrap();
            assert!(!planned.steps.is_empty(), "{size:?} {count}");
            engine.apply(&planned, planned.digest(), 1000, &mut Unwatched).unwrap();
            let again = plan(&engine.ground().unwrap(), &pages(size, count), None);
            assert_eq!(told(&again), "nothing to do\n", "{size:?} {count}");
        }
        let left = differences(&before, &tree(folder.path()));
        // What starts the former configuration stays as long as the changes are not undone.
        let expected = match size {
            HugePageSize::TwoMiB => "",
            HugePageSize::OneGiB => {
                "new /boot/grub/custom.cfg\nchanged /boot/grub/grub.cfg\nnew /etc/default/grub.d\n"
            }
        };
        assert_eq!(left, expected);
    }
}

/// An image system of Fedora: the change is a deployment that waits, gets its entry at the shutdown, and leaves the one that
/// ran as the second entry.
#[test]
fn a_deployment_is_made_and_unmade_over_restarts() {
    let system = systems::named("fedora-atomic");
    let folder = system.root();
    let root = folder.path();
    let tools = Imitations::new(root, &system.shape);
    let engine = Engine::new(Root::open(root, Gaps::default()).unwrap(), Box::new(tools.clone()));
    let options = |entry: &str| {
        let text = text_of(root, &format!("/boot/loader/entries/{entry}.conf"));
        text.lines().find_map(|line| line.strip_prefix("options ")).unwrap().to_owned()
    };
    let (staged, former) = (root.join("run/ostree/staged-deployment"), options("ostree-1"));
    let planned = || plan(&engine.ground().unwrap(), &GIBIBYTES, None);
    let first = planned().unwrap();
    let record = engine.apply(&first, first.digest(), 1000, &mut Unwatched).unwrap();
    assert!(staged.exists() && options("ostree-1") == former);
    assert_eq!(told(&planned()), "nothing to do\n", "it waits");
    assert_eq!(
        told(&plan(&engine.ground().unwrap(), &Intent::TurnOnIommu, None)).lines().next(),
        Some("no: Start { doubt: Pending }")
    );
    tools.restart();
    let boot = |line: &str| line.replace("boot.0", "boot.1");
    assert_eq!(boot(&options("ostree-2")), format!("{former} hugepagesz=1G hugepages=8"));
    assert_eq!(options("ostree-1"), former, "the way back");
    assert_eq!(told(&planned()), "nothing to do\n", "it runs");

    // Undone after the restart, and started once more.
    tools.calls();
    let undo = engine.plan_undo(&record).unwrap();
    assert_eq!(undo.stops, []);
    engine.undo(&record, undo.digest(), &mut Unwatched).unwrap();
    let calls = tools.calls();
    let back = "rpm-ostree kargs --delete-if-present=hugepagesz=1G --delete-if-present=hugepages=8";
    assert!(calls.contains(&back.to_owned()), "{calls:?}");
    assert!(staged.exists());
    tools.restart();
    assert_eq!(boot(&options("ostree-2")), former);
    assert!(options("ostree-1").ends_with(" hugepages=8"));

    // Somebody took it out meanwhile.
    let second = planned().unwrap();
    let record = engine.apply(&second, second.digest(), 1000, &mut Unwatched).unwrap();
    fs::remove_file(&staged).unwrap();
    let undo = engine.plan_undo(&record).unwrap();
    let nothing = |action: &UndoAction| matches!(action.back, Back::Nothing { .. });
    assert!(undo.actions.iter().all(nothing), "{undo:?}");
}

#[test]
fn a_deployment_of_somebody_elses_is_not_added_to() {
    let waiting = "target\0kargs\0root=/dev/x\0\u{8}\0as";
    let pending = changed("fedora-atomic", |system| {
        system.machine.file("/run/ostree/staged-deployment", waiting);
    });
    assert_eq!(refused(&pending, &Intent::TurnOnIommu)[0], Refusal::Start { doubt: Doubt::Pending });
    let other = changed("fedora-atomic", |system| {
        system.machine.replace("/proc/cmdline", "ostree=/ostree/boot.1", "ostree=/ostree/boot.0");
    });
    let refusals = refused(&other, &Intent::TurnOnIommu);
    assert!(matches!(refusals[0], Refusal::NoWayBack { why: WayBack::NoEntry, .. }), "{refusals:?}");
    let bare = changed("fedora-atomic", |system| {
        system.machine.gone("/usr/bin/rpm-ostree");
    });
    assert_eq!(refused(&bare, &Intent::TurnOnIommu)[0], Refusal::NoTool { tool: "rpm-ostree".to_owned() });
    let half = changed("fedora-atomic", |system| {
        let path = "/boot/loader/entries/ostree-1.conf";
        system.machine.replace(path, "rhgb quiet rw", "hugepages=8 rhgb quiet rw");
    });
    assert!(matches!(refused(&half, &GIBIBYTES)[0], Refusal::SetElsewhere { .. }));

    // One comes between the review and the change.
    let system = systems::named("fedora-atomic");
    let folder = system.root();
    let tools = Imitations::new(folder.path(), &system.shape);
    let engine = Engine::new(Root::open(folder.path(), Gaps::default()).unwrap(), Box::new(tools.clone()));
    let planned = plan(&engine.ground().unwrap(), &Intent::TurnOnIommu, None).unwrap();
    let staged = folder.path().join("run/ostree/staged-deployment");
    fs::create_dir_all(staged.parent().unwrap()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "changes a temporary folder as somebody else would")]
    fs::write(&staged, waiting).unwrap();
    assert!(engine.apply(&planned, planned.digest(), 1000, &mut Unwatched).is_err());
    assert_eq!(tools.calls(), [""; 0]);
}

/// Puts another text in place of a part of a file of a tree.
#[expect(clippy::disallowed_methods, reason = "changes a temporary folder as somebody else would")]
fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let place = root.join(path.trim_start_matches('/'));
    let text = fs::read_to_string(&place).unwrap();
    assert!(text.contains(from), "{path}: {text}");
    fs::write(place, text.replace(from, to)).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "looks at a temporary folder as it is")]
fn text_of(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path.trim_start_matches('/'))).unwrap()
}

#[test]
fn what_somebody_changed_meanwhile_survives_an_undo() {
    let entry = "/boot/loader/entries/00000000000040008000000000000002-6.17.8-300.fc43.x86_64.conf";
    // What is edited after the change, what is edited with it, and what undo runs.
    let cases = [
        ("debian-13", "/etc/default/grub", "/boot/grub/grub.cfg", "update-grub"),
        ("arch-grub", "/etc/default/grub", "/boot/grub/grub.cfg", "grub-mkconfig -o /boot/grub/grub.cfg"),
        (
            "fedora",
            "/etc/kernel/cmdline",
            entry,
            "grubby --update-kernel=/boot/vmlinuz-6.17.8-300.fc43.x86_64 --remove-args=intel_iommu=on",
        ),
    ];
    for (name, settings, made, run) in cases {
        let system = systems::named(name);
        let folder = system.root();
        let tools = Imitations::new(folder.path(), &system.shape);
        let engine =
            Engine::new(Root::open(folder.path(), Gaps::default()).unwrap(), Box::new(tools.clone()));
        let planned = plan(&engine.ground().unwrap(), &Intent::TurnOnIommu, None).unwrap();
        let record = engine.apply(&planned, planned.digest(), 1000, &mut Unwatched).unwrap();
        edit(folder.path(), settings, "quiet", "quiet nosmt");
        edit(folder.path(), made, " quiet", " quiet nosmt");
        tools.calls();
        let undo = engine.plan_undo(&record).unwrap();
        assert_eq!(undo.stops, [], "{name}");
        engine.undo(&record, undo.digest(), &mut Unwatched).unwrap();
        assert_eq!(tools.calls(), [run], "{name}");
        for path in [settings, made] {
            let text = text_of(folder.path(), path);
            assert!(text.contains("quiet nosmt") && !text.contains("intel_iommu"), "{name}: {path}: {text}");
        }
    }
}
