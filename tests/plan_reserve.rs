//! Plans of a reservation on the systems that we know: what is planned or why not, what it makes, and that undo takes all
//! of it away to the same bytes.

use std::fs;
use std::path::Path;

use gangway_core::config::{efi_variable, grub_env};
use gangway_core::leaving;
use gangway_core::plan::{
    Back, Content, FileChange, Intent, NoTrial, Plan, Refusal, Step, StopReason, UndoStop, plan,
};
use gangway_core::source::Source;
use gangway_core::trial::{self, Stage, State};
use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::journal::RecordId;
use gangway_helper::report::{ApplyError, Unwatched};
use gangway_helper::write::Root;
use gangway_tests::systems::seen::{differences, kept_of_a_trial, tree};
use gangway_tests::systems::tools::Imitations;
use gangway_tests::systems::{self, System};

const ONE_SHOT: &str = "/sys/firmware/efi/efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const RESERVE: &str =
    "0000:01:00.0=10de:2484,0000:01:00.1=10de:228b,0000:01:00.2=10de:1ad8,0000:01:00.3=10de:1ad9";

fn intent() -> Intent {
    Intent::Reserve { device: "0000:01:00.0".parse().unwrap(), whole_group: false }
}

/// The systems, with groups, so that a card can leave.
fn all() -> Vec<System> {
    systems::all().into_iter().map(System::with_iommu).collect()
}

fn named(name: &str) -> System {
    systems::named(name).with_iommu()
}

fn changed(name: &str, change: impl FnOnce(&mut System)) -> System {
    let mut system = named(name);
    change(&mut system);
    system
}

fn planned(system: &System) -> Result<Plan, Vec<Refusal>> {
    plan(&system.ground(), &intent(), None)
}

/// A plan as a person reads it: what is made, and what is in it.
fn told(plan: &Plan) -> String {
    plan.steps.iter().map(step).collect()
}

fn step(step: &Step) -> String {
    let inside = |content: &Option<Content>| {
        let text = content.as_ref().and_then(Content::text).unwrap_or_default();
        // The early script is looked at by itself.
        match text.contains("gives the PCI functions that the kernel's command line names") {
            true => "  the early script\n".to_owned(),
            false => text.lines().map(|line| format!("  | {line}\n")).collect(),
        }
    };
    match step {
        Step::File(file) => format!("file {} ({:?})\n{}", file.path, file.role, inside(&file.after)),
        Step::Keep(kept) => format!("keep {} as {}\n", kept.path, kept.copy),
        Step::Image(made) => format!(
            "image {}, like {}\n  run {}\n  with {:?}, {:?}\n",
            made.path,
            made.like,
            made.command().join(" "),
            made.modules,
            made.files
        ),
        Step::Environment(made) => format!("environment {}\n", made.path),
        Step::Arm(arming) => format!("arm {:?}\n  {}\n", arming.promise.entry, arming.promise.reserve),
        other => panic!("{other:?}"),
    }
}

struct Machine {
    folder: tempfile::TempDir,
    tools: Imitations,
    engine: Engine,
}

impl Machine {
    fn of(system: &System) -> Self {
        let folder = system.root();
        let tools = Imitations::new(folder.path(), &system.shape);
        let root = Root::open(folder.path(), Gaps::default()).unwrap();
        Self { engine: Engine::new(root, Box::new(tools.clone())), folder, tools }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn apply(&self) -> Result<RecordId, ApplyError> {
        let planned = plan(&self.engine.ground().unwrap(), &intent(), None).unwrap();
        self.engine.apply(&planned, planned.digest(), 1000, &mut Unwatched)
    }

    fn undo(&self, record: &RecordId) {
        let undo = self.engine.plan_undo(record).unwrap();
        assert_eq!(undo.stops, []);
        self.engine.undo(record, undo.digest(), &mut Unwatched).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "looks at a temporary folder as it is")]
    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.root().join(path.trim_start_matches('/'))).unwrap_or_default()
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "changes a temporary folder as somebody else would")]
    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.root().join(path.trim_start_matches('/')), bytes).unwrap();
    }

    fn gone(&self, path: &str) {
        fs::remove_file(self.root().join(path.trim_start_matches('/'))).unwrap();
    }

    fn state(&self) -> State {
        State::parse(&self.text(trial::STATE)).unwrap()
    }
}

#[test]
fn reserving_a_card_on_every_system() {
    for system in all() {
        let name = system.name;
        let text = match planned(&system) {
            Err(refusals) => refusals.iter().map(|refusal| format!("no: {refusal:?}\n")).collect(),
            Ok(plan) => told(&plan) + &applied_and_undone(&system),
        };
        insta::assert_snapshot!(format!("reserve-{name}"), text);
    }
}

/// Applies it, tells its effects, sees that there is nothing left to do, and undoes it to the same bytes.
fn applied_and_undone(system: &System) -> String {
    let name = system.name;
    let machine = Machine::of(system);
    let (before, kept) = (tree(machine.root()), kept_of_a_trial(machine.root()));
    let record = machine.apply().unwrap_or_else(|error| panic!("{name}: {error}"));
    let after = tree(machine.root());
    let calls: String = machine.tools.calls().iter().map(|call| format!("ran {call}\n")).collect();
    let effects = format!("effects:\n{calls}{}", differences(&before, &after));
    let state = machine.state();
    assert_eq!((state.record.as_str(), &state.stage), (record.as_str(), &Stage::Armed), "{name}");
    assert_eq!(state.promise.reserve.to_string(), RESERVE, "{name}");
    assert!(machine.engine.ground().unwrap().file(trial::STATE).is_known());
    let again = plan(&machine.engine.ground().unwrap(), &intent(), None).unwrap();
    assert_eq!(again.steps, [], "{name}: it is armed already");
    machine.undo(&record);
    assert_eq!(differences(&before, &tree(machine.root())), "", "{name}: after it was undone");
    assert_eq!(kept_of_a_trial(machine.root()), kept, "{name}: after it was undone");
    effects
}

const ENV: &str = "/boot/gangway/env";

fn env(name: &str, value: &str) -> Vec<u8> {
    grub_env::set(&grub_env::empty(), name, value).unwrap()
}

#[test]
fn the_request_comes_last_and_is_read_by_the_loader() {
    let debian = Machine::of(&named("debian-13"));
    debian.apply().unwrap();
    assert_eq!(debian.bytes(ENV), env("gw_next", "gangway-trial"));
    let arch = Machine::of(&named("arch-systemd-boot"));
    let record = arch.apply().unwrap();
    assert_eq!(arch.bytes(ONE_SHOT), efi_variable::make("gangway-trial.conf"));
    let source = Source::folder(arch.root()).unwrap();
    let measured = trial::measure(&source, "/boot/gangway/initramfs-linux.img");
    assert_eq!(measured.known(), Some(&arch.state().image_sha256));
    arch.undo(&record);
    assert!(!arch.root().join(ONE_SHOT.trim_start_matches('/')).exists());
    for system in [named("debian-13"), named("arch-systemd-boot"), named("fedora")] {
        let plan = planned(&system).unwrap();
        assert!(matches!(plan.steps.last(), Some(Step::Arm(_))), "{}", system.name);
    }
}

/// The stages of a trial are somebody else's; undo takes everything away in each of them but the last.
#[test]
fn undo_after_the_loader_took_the_request() {
    for name in ["debian-13", "arch-systemd-boot"] {
        let machine = Machine::of(&named(name));
        let (before, kept) = (tree(machine.root()), kept_of_a_trial(machine.root()));
        let record = machine.apply().unwrap();
        let request = if name == "debian-13" { ENV } else { ONE_SHOT };
        match request {
            ENV => machine.write(ENV, env("gw_next", "")),
            _ => machine.gone(ONE_SHOT),
        }
        let early = Some(format!("reserved {RESERVE}"));
        let boot = "22222222-2222-4222-8222-222222222222".to_owned();
        let stage = Stage::OnTrial { since: 7, boot, early };
        machine.write(trial::STATE, State { stage, ..machine.state() }.to_text().unwrap());
        let line = machine.text("/proc/cmdline").trim().to_owned();
        machine.write("/proc/cmdline", format!("{line} panic=30 gangway.reserve={RESERVE}\n"));
        let undo = machine.engine.plan_undo(&record).unwrap();
        let running = |back: &Back| matches!(back, Back::Disarm { running: true, .. });
        assert!(undo.actions.iter().any(|action| running(&action.back)), "{:?}", undo.actions);
        machine.undo(&record);
        machine.write("/proc/cmdline", format!("{line}\n"));
        assert_eq!(differences(&before, &tree(machine.root())), "", "{name}");
        assert_eq!(kept_of_a_trial(machine.root()), kept, "{name}");
    }
}

#[test]
fn what_was_kept_is_not_undone_from_under_its_confirmation() {
    let machine = Machine::of(&named("debian-13"));
    let record = machine.apply().unwrap();
    let confirmation = "2026-11-21T10.00.00Z-1".to_owned();
    let stage = Stage::Confirmed { at: 7, record: confirmation.clone() };
    machine.write(trial::STATE, State { stage, ..machine.state() }.to_text().unwrap());
    let undo = machine.engine.plan_undo(&record).unwrap();
    let [UndoStop { why: StopReason::Kept { record }, what, .. }] = &undo.stops[..] else {
        panic!("{:?}", undo.stops)
    };
    assert_eq!((record, what.as_str()), (&confirmation, "gangway-trial"));
}

#[test]
fn there_is_one_reservation_at_a_time() {
    let machine = Machine::of(&named("debian-13"));
    let record = machine.apply().unwrap();
    let other = Intent::Reserve { device: "0000:04:00.0".parse().unwrap(), whole_group: true };
    let ground = machine.engine.ground().unwrap();
    let refused = |intent: &Intent| plan(&ground, intent, None).unwrap_err();
    let already = Refusal::ReservedAlready { reserve: RESERVE.to_owned(), record: record.to_string() };
    // Its own reasons come first where it has any.
    let first = refused(&other);
    assert!(!first.is_empty() && (first == [already.clone()] || !first.contains(&already)), "{first:?}");
    let stage = Stage::Failed { why: trial::Failure::Died, at: 7, early: None };
    machine.write(trial::STATE, State { stage, ..machine.state() }.to_text().unwrap());
    let again = plan(&machine.engine.ground().unwrap(), &intent(), None).unwrap_err();
    assert_eq!(again, [already]);
    machine.undo(&record);
    machine.apply().unwrap();
    machine.write(trial::STATE, "nonsense");
    let again = plan(&machine.engine.ground().unwrap(), &intent(), None).unwrap_err();
    assert!(matches!(&again[..], [Refusal::Unreadable { path, .. }] if path == trial::STATE), "{again:?}");
}

#[test]
fn what_somebody_added_to_the_menu_meanwhile_survives_the_undo() {
    let machine = Machine::of(&changed("debian-13", |system| {
        system.machine.file("/boot/grub/custom.cfg", "menuentry mine {\n}\n");
    }));
    let record = machine.apply().unwrap();
    let text = machine.text("/boot/grub/custom.cfg");
    assert!(text.starts_with("menuentry mine {\n}\n### BEGIN gangway-trial\n"), "{text}");
    machine.write("/boot/grub/custom.cfg", format!("{text}menuentry later {{\n}}\n"));
    machine.undo(&record);
    assert_eq!(machine.text("/boot/grub/custom.cfg"), "menuentry mine {\n}\nmenuentry later {\n}\n");
}

/// The reason for which one start cannot be had.
fn no_trial(system: &System) -> NoTrial {
    match planned(system).unwrap_err().into_iter().next() {
        Some(Refusal::NoTrial { why }) => why,
        other => panic!("{}: {other:?}", system.name),
    }
}

const ROOT_MOUNT: &str = "31 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw";

#[test]
fn where_grub_cannot_erase_the_request_it_is_kept_elsewhere_or_nothing_is_planned() {
    let btrfs = |system: &mut System| {
        let mount = "31 1 0:27 /@ / rw,relatime shared:1 - btrfs /dev/nvme0n1p2 rw";
        system.machine.replace("/proc/self/mountinfo", ROOT_MOUNT, mount);
    };
    let path = ENV.to_owned();
    let expected = NoTrial::NotErasable { path: path.clone(), on: "btrfs".to_owned() };
    assert_eq!(no_trial(&changed("debian-13", btrfs)), expected);
    let with_partition = changed("debian-13", |system| {
        btrfs(system);
        system
            .machine
            .file("/etc/fstab", "# <file system>\nUUID=0A1B-2C3D  /boot/efi  vfat  umask=0077  0 1\n");
        system.machine.folder("/boot/efi");
    });
    let plan = planned(&with_partition).unwrap();
    let text = told(&plan);
    for line in [
        "environment /boot/efi/gangway/env\n",
        "  | search --no-floppy --fs-uuid --set=gw_memory 0A1B-2C3D\n",
        "  | if [ -s (${gw_memory})/gangway/env ]; then\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let machine = Machine::of(&with_partition);
    let before = tree(machine.root());
    let record = machine.apply().unwrap();
    assert_eq!(machine.bytes("/boot/efi/gangway/env"), env("gw_next", "gangway-trial"));
    machine.undo(&record);
    assert_eq!(differences(&before, &tree(machine.root())), "");
    let encrypted = changed("debian-13", |system| {
        let block = "/sys/devices/virtual/block/dm-0";
        system
            .machine
            .link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0")
            .file(&format!("{block}/uevent"), "MAJOR=253\nMINOR=0\nDEVNAME=dm-0\nDEVTYPE=disk\n")
            .file(&format!("{block}/dm/uuid"), "LVM-abc\n")
            .file(&format!("{block}/dm/name"), "vg-root\n")
            .replace("/proc/self/mountinfo", "259:2 / / rw", "253:0 / / rw");
    });
    assert_eq!(no_trial(&encrypted), NoTrial::NotErasable { path, on: "LVM".to_owned() });
}

#[test]
fn what_systemd_boot_cannot_be_asked_is_told() {
    let arch = |change: &dyn Fn(&mut System)| changed("arch-systemd-boot", |system| change(system));
    let asked = arch(&|system| {
        system.machine.bytes(ONE_SHOT, &efi_variable::make("windows.conf"));
    });
    assert_eq!(no_trial(&asked), NoTrial::Asked { entry: "windows.conf".to_owned() });
    let features = "/sys/firmware/efi/efivars/LoaderFeatures-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    for (bits, can) in [(0b0111, false), (0b1111, true)] {
        let system = arch(&|system| {
            system.machine.bytes(features, &[6, 0, 0, 0, bits, 0, 0, 0, 0, 0, 0, 0]);
        });
        assert_eq!(planned(&system).is_ok(), can, "{bits}");
    }
    let unsettled = arch(&|system| {
        system.machine.file("/boot/loader/loader.conf", "timeout 3\n");
    });
    let path = "/boot/loader/loader.conf".to_owned();
    assert_eq!(no_trial(&unsettled), NoTrial::NoDefault { path: path.clone() });
    let any = arch(&|system| {
        system.machine.file("/boot/loader/loader.conf", "default *\n");
    });
    assert_eq!(no_trial(&any), NoTrial::NoDefault { path });
    let sorted = arch(&|system| {
        system.machine.file("/boot/loader/loader.conf", "timeout 3\n").replace(
            "/boot/loader/entries/arch.conf",
            "title   Arch Linux\n",
            "title   Arch Linux\n\tsort-key arch\n",
        );
    });
    assert!(planned(&sorted).is_ok(), "{:?}", planned(&sorted));
    let made = changed("kernel-install", |system| {
        system.machine.file("/etc/kernel/cmdline", "root=UUID=1 rw\n");
    });
    assert!(planned(&made).is_ok(), "{:?}", planned(&made));
    let fedora = changed("fedora", |system| {
        system.machine.gone("/etc/kernel/cmdline");
    });
    assert_eq!(no_trial(&fedora), NoTrial::Copied { path: "/etc/kernel/cmdline".to_owned() });
}

#[test]
fn what_the_next_start_needs_stays() {
    let refused = |system: &System| planned(system).unwrap_err();
    let ids = |ids: &str| {
        changed("debian-13", |system| {
            system.machine.file("/etc/modprobe.d/vfio.conf", &format!("options vfio-pci ids={ids}\n"));
        })
    };
    // The ids of the other card's functions.
    let path = "/etc/modprobe.d/vfio.conf".to_owned();
    let host = named("debian-13").ground().model.host;
    let other = host.function("0000:08:00.0".parse().unwrap()).unwrap();
    let other_ids = format!("{}:{}", other.vendor.known().unwrap(), other.device.known().unwrap());
    let expected = Refusal::BoundByIds { path, ids: other_ids.clone(), others: vec![other.address] };
    assert_eq!(refused(&ids(&other_ids)), [expected]);
    assert!(planned(&ids("10de:2484")).is_ok());
    let disk = Intent::Reserve { device: "0000:05:00.0".parse().unwrap(), whole_group: true };
    let refusals = plan(&named("debian-13").ground(), &disk, None).unwrap_err();
    let stays = |refusal: &Refusal| matches!(refusal, Refusal::Stays(leaving::Refusal::SystemDisk { .. }));
    assert!(refusals.iter().all(stays), "{refusals:?}");
    let mapped = changed("debian-13", |system| {
        system.machine.file(
            "/sys/kernel/iommu_groups/14/reserved_regions",
            "0x0000000079200000 0x00000000793fffff direct\n0x00000000fee00000 0x00000000feefffff msi\n",
        );
    });
    assert!(matches!(&refused(&mapped)[..], [Refusal::Mapped { group, .. }] if group.0 == 14));
    let relaxed = changed("debian-13", |system| {
        system.machine.file(
            "/sys/kernel/iommu_groups/14/reserved_regions",
            "0x0000000079200000 0x00000000793fffff direct-relaxable\n",
        );
    });
    assert!(planned(&relaxed).is_ok());
}

#[test]
fn a_tool_that_makes_another_image_is_rolled_back() {
    let first = changed("debian-13", |system| system.shape.first_script = Some("a-foreign-one"));
    let without = changed("fedora", |system| {
        let path = "/lib/modules/6.17.8-300.fc43.x86_64/modules.dep";
        system.machine.replace(path, "vfio_iommu_type1", "vfio_iommu_type9");
    });
    for (system, reason) in [(first, "00-gangway is not the first of its scripts"), (without, "")] {
        let machine = Machine::of(&system);
        let (before, kept) = (tree(machine.root()), kept_of_a_trial(machine.root()));
        let outcome = machine.apply();
        match reason {
            // Without that module there is nothing to ask for.
            "" => assert!(outcome.is_ok(), "{outcome:?}"),
            reason => {
                let error = outcome.unwrap_err();
                assert!(error.to_string().contains(reason), "{error}");
                assert_eq!(differences(&before, &tree(machine.root())), "");
                assert_eq!(kept_of_a_trial(machine.root()), kept);
            }
        }
    }
}

/// A broken `custom.cfg` is seen before anything is asked for.
#[test]
fn what_grub_would_not_read_is_not_asked_for() {
    let machine = Machine::of(&named("debian-13"));
    let before = tree(machine.root());
    let mut planned = plan(&machine.engine.ground().unwrap(), &intent(), None).unwrap();
    for step in &mut planned.steps {
        if let Step::File(FileChange { path, after, .. }) = step
            && path == "/boot/grub/custom.cfg"
        {
            *after = Some("if [ \n".into());
        }
    }
    let error = machine.engine.apply(&planned, planned.digest(), 1000, &mut Unwatched).unwrap_err();
    assert!(error.to_string().contains("grub-script-check"), "{error}");
    assert_eq!(differences(&before, &tree(machine.root())), "");
}

/// The restart that the loader was asked for: it erased the request, and the early script took the card.
fn restarted_on_trial(machine: &Machine) {
    let state = machine.state();
    let request = state.promise.request_pointer().unwrap();
    let path = request.path();
    match request.with(Some(&machine.bytes(&path)), None).unwrap() {
        Some(erased) => machine.write(&path, erased),
        None => machine.gone(&path),
    }
    machine.write(trial::BOOT, "c0000000-0000-4000-8000-000000000001\n");
    let line = machine.text("/proc/cmdline");
    machine.write("/proc/cmdline", format!("{} {}={RESERVE}\n", line.trim_end(), trial::ARGUMENT));
    fs::create_dir_all(machine.root().join("run/gangway")).unwrap();
    machine.write(trial::EARLY, format!("reserved {RESERVE}\n"));
    machine.write("/proc/modules", format!("{}vfio_pci\n", machine.text("/proc/modules")));
    for device in &state.promise.devices {
        let place = format!("/sys/bus/pci/devices/{}", device.address);
        let uevent = machine.text(&format!("{place}/uevent"));
        let others =
            uevent.lines().filter(|line| !line.starts_with("DRIVER=")).map(|line| format!("{line}\n"));
        let others: String = others.collect();
        machine.write(&format!("{place}/uevent"), format!("DRIVER=vfio-pci\n{others}"));
        let driver = machine.root().join(place.trim_start_matches('/')).join("driver");
        let _ = fs::remove_file(&driver);
        std::os::unix::fs::symlink("/sys/bus/pci/drivers/vfio-pci", driver).unwrap();
    }
}

/// From arming to undoing: what the entry really has is what was promised, on every system on which one is made.
#[test]
fn what_was_armed_is_tried_kept_and_undone() {
    let mut kept = 0;
    for system in all().iter().filter(|system| planned(system).is_ok()) {
        let name = system.name;
        let machine = Machine::of(system);
        fs::create_dir_all(machine.root().join("proc/sys/kernel/random")).unwrap();
        machine.write(trial::BOOT, "b0000000-0000-4000-8000-000000000001\n");
        let reservation = machine.apply().unwrap();
        let before = plan(&machine.engine.ground().unwrap(), &Intent::Confirm, None).unwrap_err();
        assert!(matches!(&before[..], [Refusal::NotOnTrial { .. }]), "{name}: {before:?}");
        restarted_on_trial(&machine);
        let noted = machine.engine.note_trial().unwrap().unwrap();
        assert_eq!((noted.standing, noted.cleared), ("on-trial", false), "{name}");
        let confirm = plan(&machine.engine.ground().unwrap(), &Intent::Confirm, None);
        let confirm = confirm.unwrap_or_else(|refusals| panic!("{name}: {refusals:#?}"));
        assert!(matches!(confirm.steps.as_slice(), [Step::Confirm(_)]), "{name}: {confirm:?}");
        let confirmation = machine.engine.apply(&confirm, confirm.digest(), 1000, &mut Unwatched).unwrap();
        assert!(matches!(machine.state().stage, Stage::Confirmed { .. }), "{name}");
        let stands_above = machine.engine.plan_undo(&reservation).unwrap().stops;
        assert!(
            stands_above.iter().any(|stop| matches!(stop.why, StopReason::Kept { .. })),
            "{name}: {stands_above:?}"
        );
        machine.undo(&confirmation);
        assert!(matches!(machine.state().stage, Stage::OnTrial { .. }), "{name}");
        machine.undo(&reservation);
        assert_eq!(machine.bytes(trial::STATE), b"", "{name}");
        kept += 1;
    }
    assert!(kept >= 4, "{kept}");
}
